//! Sessions: one period of remote access to one machine, from request to end.
//!
//! Here: who may see and end sessions, what ends many at once. Not here, but beside: opening (`open.rs`), coming back
//! (`resume.rs`), other rights (`ask.rs`), one more person without an account (`invitations`), removing records (`remove.rs`), restarts (`recover.rs`); what the rules mean
//! (`consent.rs`); the life cycle (`lifecycle`, pure), the registry of live sessions (`live.rs`), their tasks (`task.rs`), what is
//! written (`record.rs`, `store.rs`), what agents are told (`offer.rs`) and say (`told.rs`, `notes.rs`, `figures.rs`), grants (`grants.rs`), sockets
//! (`crate::relay`).
//!
//! A session lives twice: as a row, from the request on until somebody removes it, and as a live entry with a task until the
//! end of it is recorded, over restarts too. The API shows the row, with the live entry laid over it.

mod api;
mod ask;
mod consent;
mod figures;
pub mod grants;
pub mod invitations;
pub mod lifecycle;
pub mod live;
mod notes;
mod offer;
mod open;
mod record;
mod recover;
mod remove;
mod resume;
mod rights;
mod store;
mod task;
pub mod ticks;
mod told;
mod view;

use std::time::Duration;

use crate::accounts::Caller;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::{Scope, Topic};
use crate::http::{List, Page, PageQuery};
use crate::ids::{LoginId, MachineId, OrganizationId, SessionId};
use crate::machines;
use crate::rights::{self as account_rights, MachineFacts, Moment, Permission};
use crate::store::entities::session::Model;
pub use api::routes;
pub use ask::ask_rights;
pub use figures::{SessionFigures, figures};
use lifecycle::{End, EndReason};
use live::{Handle, Info};
pub use notes::{NOTES_MAX, Notes};
pub use open::{REASON_MAX, open};
pub use recover::recover;
pub use remove::{REMOVE_MAX, remove};
pub use resume::resume;
pub use rights::RightSet;
pub use told::{answered, ended, held, link_lost, rights_changed};
use view::SessionEvent;
pub use view::{Session, SessionEnding, SessionSummary};

/// How long a request to end a session waits for the row; the sockets are cut long before.
const END_WAIT: Duration = Duration::from_secs(5);
/// Most events of a session in an answer; of more, the newest are shown. A day of a bad network stays below, and all notes.
const TIMELINE_MAX: u64 = 1_000 + NOTES_MAX as u64;

/// Ends a session. Ending one that is over already is no error.
///
/// # Errors
/// `not_found`, `forbidden`; those of the database.
pub async fn end(ctx: &Ctx, by: &Caller, id: SessionId) -> Result<()> {
    let row = find_row(ctx, by, id).await?;
    if !by.owns(row.account_id, row.login_id) {
        require(ctx, by, &row, Permission::SessionManage).await?;
    }
    end_live(ctx, id, End::by_technician(by.account, &by.name).from(by.request)).await;
    Ok(())
}

/// Ends a session if it is not over, and waits for its row, but not for ever.
async fn end_live(ctx: &Ctx, id: SessionId, end: End) {
    if let Some(handle) = ctx.live.get(id) {
        handle.end(end);
        if tokio::time::timeout(END_WAIT, handle.recorded()).await.is_err() {
            tracing::warn!(session = %id, "the end of the session is not recorded yet");
        }
    }
}

/// One session, with what happened in it.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn get(ctx: &Ctx, by: &Caller, id: SessionId) -> Result<Session> {
    let row = find_row(ctx, by, id).await?;
    let events = store::events(ctx.db.read(), (row.organization_id, id), TIMELINE_MAX).await?;
    Ok(Session {
        timeline: Some(events.into_iter().map(SessionEvent::of).collect()),
        ..Session::of_row(row, ctx.live.get(id).as_ref())
    })
}

async fn find_row(ctx: &Ctx, by: &Caller, id: SessionId) -> Result<Model> {
    let db = ctx.db.read();
    let row = store::find(db, by.rights.organizations(), id).await?;
    let row = row.ok_or(Error::NotFound("session"))?;
    if by.owns(row.account_id, row.login_id) || by.rights.allows(row.organization_id, Permission::SessionSee)
    {
        return Ok(row);
    }
    // Of a machine that is gone only who sees the whole organization knows.
    let facts = machines::facts(db, row.machine_id).await?;
    let seen = facts.is_some_and(|facts| by.rights.allows_on(&facts, Permission::SessionSee));
    if seen {
        Ok(row)
    } else {
        Err(Error::NotFound("session"))
    }
}

/// That the caller's roles allow this with somebody else's session.
async fn require(ctx: &Ctx, by: &Caller, row: &Model, permission: Permission) -> Result<()> {
    match machines::facts(ctx.db.read(), row.machine_id).await? {
        Some(facts) => by.require_on(&facts, permission),
        None => by.require(row.organization_id, permission),
    }
}

/// Sessions that the caller sees, newest first.
///
/// # Errors
/// `validation_failed` for a cursor of another list; those of the database.
pub async fn list(
    ctx: &Ctx,
    by: &Caller,
    page: &PageQuery,
    (machine, state): (Option<MachineId>, Option<view::StateFilter>),
) -> Result<Page<Session>> {
    let list = List::new(ctx, "sessions");
    let filter = store::Filter {
        sight: by.rights.sight(Permission::SessionSee),
        machines: match machine {
            // Those of records that were merged into it are its own.
            Some(machine) => Some(machines::records(ctx.db.read(), machine).await?),
            None => None,
        },
        ended: state.map(|state| state == view::StateFilter::Ended),
        after: page.key(&list)?,
        limit: page.limit(),
    };
    let rows = store::list(ctx.db.read(), &filter).await?;
    let sessions = rows.into_iter().map(|row| {
        let live = ctx.live.get(row.id);
        Session::of_row(row, live.as_ref())
    });
    Ok(Page::of(&list, sessions.collect(), page.limit(), |session| {
        session.id
    }))
}

/// The live sessions of a machine, oldest first.
#[must_use]
pub fn of_machine(ctx: &Ctx, machine: MachineId) -> Vec<SessionSummary> {
    let mut handles = ctx.live.find(|info| info.machine == machine);
    handles.sort_by_key(|handle| handle.info().id);
    handles.iter().filter_map(SessionSummary::of).collect()
}

/// Ends what a login that ended had open; the sockets are cut at once.
#[allow(
    clippy::unused_async,
    reason = "rows are written by the sessions' tasks; callers need not know"
)]
pub async fn login_ended(ctx: &Ctx, login: LoginId) {
    for handle in ctx.live.of_login(login) {
        handle.end(handle.info().end_by_login());
    }
}

/// Ends the sessions of a machine that was removed or blocked, or is another installation now.
pub fn machine_gone(ctx: &Ctx, machine: MachineId, reason: EndReason) {
    for handle in ctx.live.find(|info| info.machine == machine) {
        handle.end(End::new(reason, ""));
    }
}

/// Looks again whether those who are in sessions of an organization may still do what they do there; ends what may not go on. To
/// be called after accounts, places or access rules changed; sockets are cut at once.
///
/// # Errors
/// Those of the database.
pub async fn recheck(ctx: &Ctx, organization: OrganizationId) -> Result<()> {
    let db = ctx.db.read();
    let now = ctx.clock.now();
    for handle in ctx.live.find(|info| info.organization == organization) {
        if !may_go_on(db, &handle, now).await? {
            handle.end(End::new(EndReason::AccessChanged, ""));
        }
    }
    Ok(())
}

async fn may_go_on<C: sea_orm::ConnectionTrait>(db: &C, handle: &Handle, now: Timestamp) -> Result<bool> {
    let info = handle.info();
    let status = handle.status();
    let wanted = status.rights.or(status.asked);
    let theirs = account_rights::of_account(db, info.account, Moment::Running { now }).await?;
    let Some((_, machine)) = machines::of_record(db, info.machine).await? else {
        return Ok(false);
    };
    let facts = MachineFacts::from(&machine);
    if !consent::permitted(&theirs, &facts, wanted) {
        return Ok(false);
    }
    let roles = theirs.role_keys_on(&facts);
    let plan = consent::plan(db, &machine, &roles, wanted).await?;
    Ok(plan.denied.is_none())
}

/// How many sessions these records of a machine have had.
///
/// # Errors
/// Those of the database.
pub async fn count_of(ctx: &Ctx, records: &[MachineId]) -> Result<u64> {
    store::count_of(ctx.db.read(), records).await
}

/// Tells consoles that a session changed.
fn nudge(ctx: &Ctx, info: &Info) {
    let mut topics = vec![
        Topic::Session(info.id),
        Topic::Sessions,
        Topic::Machine(info.machine),
        Topic::Machines,
        Topic::Audit,
    ];
    // Its invitations say who came.
    topics.extend(info.guest_of.map(Topic::Session));
    ctx.events
        .publish(Scope::Machine(info.organization, info.machine), &topics);
}

/// Forgets grants that have been void for long; run every minute or so.
///
/// # Errors
/// Those of the database.
pub async fn sweep(ctx: &Ctx) -> Result<u64> {
    grants::sweep(ctx).await
}
