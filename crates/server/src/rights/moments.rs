//! What ends or begins by itself: assignments whose time comes or is over, access for a while. A request finds that out alone; sessions under way, streams and
//! consoles are told from here.

use std::time::Duration;

use super::{Moment, assignments, store};
use crate::access_requests;
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::AccountId;
use crate::store::entities::assignment::Model;

/// Remembers when it looked last.
#[derive(Debug, Default)]
pub struct Moments {
    looked: Option<Timestamp>,
}

impl Moments {
    /// How often to look: what runs on a right outlives its end by no more than this.
    pub const LOOK: Duration = Duration::from_secs(5);

    /// Looks at what ended or began since the last look: notes ends, ends what may not go on, tells streams and consoles.
    ///
    /// # Errors
    /// Those of the database; the next look finds the same.
    pub async fn look(&mut self, ctx: &Ctx) -> Result<()> {
        let now = ctx.clock.now();
        let rows = store::passing(ctx.db.read()).await?;
        let (mut accounts, mut over): (Vec<AccountId>, Vec<&Model>) = (Vec::new(), Vec::new());
        for row in &rows {
            let conditions = store::conditions(row);
            let counts = |at| conditions.standing_at(&Moment::Running { now: at }).is_in_time();
            let ended = conditions.expires_at.is_some_and(|end| end <= now);
            let turned = self.looked.is_some_and(|looked| counts(looked) != counts(now));
            if (turned || ended) && !accounts.contains(&row.account_id) {
                accounts.push(row.account_id);
            }
            if ended {
                over.push(row);
            }
        }
        let lent = access_requests::passed(ctx, now).await?;
        for row in &lent {
            if !accounts.contains(&row.account_id) {
                accounts.push(row.account_id);
            }
        }
        if !accounts.is_empty() {
            assignments::changed(ctx, &accounts).await;
        }
        for row in over {
            note(ctx, row, now).await?;
        }
        access_requests::note_ends(ctx, lent, now).await?;
        self.looked = Some(now);
        Ok(())
    }
}

async fn note(ctx: &Ctx, row: &Model, now: Timestamp) -> Result<()> {
    let tx = ctx.db.write().await?;
    super::hold(&tx).await?;
    if !store::note_end(&tx, row.id, now).await? {
        return Ok(());
    }
    let holder = crate::accounts::people_of(&tx, &[row.account_id]).await?.pop();
    let Some(holder) = holder else {
        return Ok(());
    };
    let role = assignments::find_role(&tx, row.role).await?;
    let role_name = role.map_or_else(|| row.role.to_string(), |role| role.name);
    for organization in assignments::chains(&tx, row.organization_id).await? {
        let entry = Entry::new(organization, Actor::server(), Action::RoleEnded)
            .on(crate::accounts::target_of(&holder))
            .change(assignments::says(row, &role_name), serde_json::Value::Null);
        audit::record(&tx, now, entry).await?;
    }
    Ok(tx.commit().await?)
}
