//! What ends by itself: access whose time is over, requests that nobody decided about.

use serde_json::{Value, json};

use super::{SHOWN, about, nudge, store};
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::store::entities::access_request::{Model, RequestState};

/// What was approved and is over, and was not noted yet.
///
/// # Errors
/// Those of the database.
pub(crate) async fn passed(ctx: &Ctx, now: Timestamp) -> Result<Vec<Model>> {
    store::passed(ctx.db.read(), now).await
}

/// Notes that these are over. Called after whoever had them was looked at again: what fails here is found by the next look.
///
/// # Errors
/// Those of the database.
pub(crate) async fn note_ends(ctx: &Ctx, rows: Vec<Model>, now: Timestamp) -> Result<()> {
    for row in rows {
        let tx = ctx.db.write().await?;
        let changed = Model {
            state: RequestState::Ended,
            ended_at: Some(now),
            ..row.clone()
        };
        if !store::change(&tx, &changed, RequestState::Approved).await? {
            continue;
        }
        let before = json!({ "permissions": row.wanted().names(), "expires_at": row.expires_at });
        let entry = Entry::new(row.organization_id, Actor::server(), Action::AccessEnded);
        audit::record(&tx, now, about(entry, &row).change(before, Value::Null)).await?;
        tx.commit().await?;
        nudge(ctx, &row);
    }
    Ok(())
}

/// Forgets requests that have been over for long; run every minute or so.
///
/// # Errors
/// Those of the database.
pub(crate) async fn sweep(ctx: &Ctx) -> Result<()> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    store::forget(&tx, now.before(SHOWN)).await?;
    Ok(tx.commit().await?)
}
