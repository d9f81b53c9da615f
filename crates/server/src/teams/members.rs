//! Putting people into teams and taking them out.

use serde_json::{Value, json};

use super::manage::{Known, detail, held, record};
use super::view::TeamDetail;
use super::{MEMBERS_MAX, TEAMS_OF_ONE_MAX, store};
use crate::accounts::{self, Caller, Person};
use crate::audit::Action;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::AccountId;
use crate::organizations;
use crate::rights;
use crate::store::WriteTx;
use crate::store::entities::account::AccountKind;
use crate::store::entities::team_member::Model;

/// Puts somebody into a team: they have all that it has from now on. Who is in it already stays; that is no error.
///
/// # Errors
/// `not_found` (the team, the person), `forbidden` without all that the team has, `archived` (its organization), `conflict` when there are
/// too many; those of the database.
pub async fn add(ctx: &Ctx, by: &Caller, id: AccountId, account: AccountId) -> Result<TeamDetail> {
    let now = ctx.clock.now();
    let (tx, team) = held(ctx, by, id).await?;
    let person = find_member(&tx, by, account).await?;
    if store::is_in(&tx, id, account).await? {
        return detail(ctx, by, team).await;
    }
    organizations::require_open(&tx, team.organization).await?;
    require_room(&tx, id, account).await?;
    let row = Model {
        team_id: id,
        account_id: account,
        added_at: now,
        added_by: by.account_id(),
        added_by_name: by.name.clone(),
    };
    store::insert_member(&tx, row).await?;
    told(ctx, &tx, by, (Action::TeamMemberAdded, &team, &person)).await?;
    tx.commit().await?;
    rights::changed(ctx, &[account]).await;
    detail(ctx, by, team).await
}

/// Takes somebody out of a team: they lose all that it has, and what they do with it ends.
///
/// # Errors
/// `not_found` (the team, or nobody of it), `forbidden` without all that the team has; those of the database.
pub async fn remove(ctx: &Ctx, by: &Caller, id: AccountId, account: AccountId) -> Result<()> {
    let (tx, team) = held(ctx, by, id).await?;
    let unknown = || Error::NotFound("team member");
    if !store::delete_member(&tx, id, account).await? {
        return Err(unknown());
    }
    let person = accounts::people_of(&tx, &[account]).await?.pop();
    let person = person.ok_or_else(unknown)?;
    told(ctx, &tx, by, (Action::TeamMemberRemoved, &team, &person)).await?;
    tx.commit().await?;
    rights::changed(ctx, &[account]).await;
    Ok(())
}

/// People alone are in teams: a program's rights are its own, and a team of teams would be a riddle.
async fn find_member(tx: &WriteTx, by: &Caller, id: AccountId) -> Result<Person> {
    let found = accounts::find_person(tx, by, id).await?;
    Some(found)
        .filter(|found| found.kind == AccountKind::Person)
        .ok_or(Error::NotFound("person"))
}

async fn require_room(tx: &WriteTx, team: AccountId, account: AccountId) -> Result<()> {
    let size = store::sizes(tx, &[team]).await?.remove(&team).unwrap_or(0);
    if size >= MEMBERS_MAX {
        let detail = format!("A team has at most {MEMBERS_MAX} people. Take some out, or make another team.");
        return Err(Error::conflict(Code::Conflict, detail));
    }
    if store::count_of(tx, account).await? >= TEAMS_OF_ONE_MAX {
        let detail = format!(
            "Somebody is in at most {TEAMS_OF_ONE_MAX} teams. Take them out of some they do not need."
        );
        return Err(Error::conflict(Code::Conflict, detail));
    }
    Ok(())
}

async fn told(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    (action, team, person): (Action, &Known, &Person),
) -> Result<()> {
    let who = json!({ "member_id": person.id, "member_name": person.name });
    record(ctx, tx, by, (action, team), (who, (Value::Null, Value::Null))).await
}
