//! Sessions after a restart: what ran lives again, interrupted; what did not run yet is over.
//!
//! Nobody is asked anew: agent and viewer come back by themselves within [`INTERRUPTED_MAX`](super::lifecycle::INTERRUPTED_MAX),
//! the viewer with a new grant. What does not hold any more (the login, the technician's place, the machine) ends a session here.

use farol_protocol::rights::Rights;
use uuid::Uuid;

use super::figures::SessionFigures;
use super::lifecycle::{Attempt, End, EndReason, Lifecycle, SESSION_MAX, State};
use super::live::{ALLOWED, Consent, Info, New, Status, Traffic, Way};
use super::record::{self, Note};
use super::store::{self, Progress};
use super::{consent, invitations, task};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::{LoginId, RequestId};
use crate::machines;
use crate::organizations;
use crate::rights::{self as account_rights, MachineFacts, Moment};
use crate::store::WriteTx;
use crate::store::entities::machine::MachineState;
use crate::store::entities::session::Model;
use crate::{accounts, clock::Timestamp};

/// Takes up what a stopped server left. Call once, before anything can open a session.
///
/// # Errors
/// Those of the database.
pub async fn recover(ctx: &Ctx) -> Result<()> {
    let now = ctx.clock.now();
    let rows = store::unfinished(ctx.db.read()).await?;
    let (mut alive, mut over) = (0_usize, 0_usize);
    for row in rows {
        let tx = ctx.db.write().await?;
        let found = of_row(&tx, &row).await?;
        let left = invitations::left(ctx, &tx, &row).await?;
        let end = match left {
            Some(reason) => Some(End::new(reason, "")),
            None => still(&tx, &row, (&found.info, now)).await?,
        };
        let status = match end {
            Some(end) => ended(&tx, (&row, &found), (end, now)).await?,
            None => interrupted(&tx, (&row, &found), now).await?,
        };
        tx.commit().await?;
        if status.end.is_some() {
            over += 1;
            continue;
        }
        alive += 1;
        revive(ctx, row, (found, status), now);
    }
    if alive + over > 0 {
        tracing::info!(alive, over, "took up the sessions of before");
    }
    Ok(())
}

/// What a row says of a session that is not over.
struct Found {
    info: Info,
    login: LoginId,
    rights: Rights,
    attempt: Attempt,
}

async fn of_row(tx: &WriteTx, row: &Model) -> Result<Found> {
    let organization = organizations::find(tx, row.organization_id).await?;
    let nobody = Uuid::nil();
    let info = Info {
        id: row.id,
        organization: row.organization_id,
        organization_name: organization.name,
        machine: row.machine_id.unwrap_or(crate::ids::MachineId(nobody)),
        machine_name: row.machine_name.clone(),
        account: row.account_id.unwrap_or(crate::ids::AccountId(nobody)),
        technician: row.technician_name.clone(),
        guest_of: row.guest_of,
        request_id: row.request_id.parse().unwrap_or(RequestId(nobody)),
        address: std::net::Ipv4Addr::UNSPECIFIED.into(),
        requested_at: row.requested_at,
        reason: row.reason.clone(),
    };
    Ok(Found {
        info,
        login: row.login_id.unwrap_or(LoginId(nobody)),
        rights: Rights::from_names(&row.rights),
        attempt: Attempt::try_from(row.attempt).unwrap_or(1),
    })
}

/// Why the session is over, if it is.
async fn still(tx: &WriteTx, row: &Model, (info, now): (&Info, Timestamp)) -> Result<Option<End>> {
    let over = |reason| Ok(Some(End::new(reason, "")));
    if ![State::Active, State::Interrupted]
        .into_iter()
        .any(|state| state.as_str() == row.state)
    {
        return over(EndReason::ServerRestarted);
    }
    let login = match row.login_id {
        Some(login) => accounts::has_login(tx, login).await?,
        None => false,
    };
    if !login {
        return Ok(Some(info.end_by_login()));
    }
    let Some((_, machine)) = machines::of_record(tx, info.machine).await? else {
        return over(EndReason::MachineRemoved);
    };
    if machine.state == MachineState::Blocked {
        return over(EndReason::MachineBlocked);
    }
    if machine.id != info.machine {
        return over(EndReason::MachineChanged);
    }
    let wanted = Rights::from_names(&row.rights);
    let theirs = account_rights::of_account(tx, info.account, Moment::Running { now }).await?;
    let facts = MachineFacts::from(&machine);
    if !consent::permitted(&theirs, &facts, wanted) {
        return over(EndReason::AccessChanged);
    }
    let roles = theirs.role_keys_on(&facts);
    let plan = consent::plan(tx, &machine, &roles, wanted).await?;
    if plan.denied.is_some() {
        return over(EndReason::AccessChanged);
    }
    Ok(None)
}

async fn ended(tx: &WriteTx, (row, found): (&Model, &Found), (end, at): (End, Timestamp)) -> Result<Status> {
    let note = Note::ended(&found.info, &end, traffic(row));
    let status = Status {
        state: State::Ended,
        end: Some(end),
        ..of(row, found)
    };
    put(tx, (row, found), (&status, Some(at)), (&[note], at)).await?;
    Ok(status)
}

async fn interrupted(tx: &WriteTx, (row, found): (&Model, &Found), at: Timestamp) -> Result<Status> {
    let status = of(row, found);
    if row.state == State::Interrupted.as_str() {
        return Ok(status);
    }
    let status = Status {
        interrupted_at: Some(at),
        ..status
    };
    let note = Note::interrupted("the server was started anew");
    put(tx, (row, found), (&status, None), (&[note], at)).await?;
    Ok(status)
}

async fn put(
    tx: &WriteTx,
    (row, found): (&Model, &Found),
    (status, ended_at): (&Status, Option<Timestamp>),
    (notes, at): (&[Note], Timestamp),
) -> Result<()> {
    let progress = Progress {
        status: status.clone(),
        traffic: traffic(row),
        ended_at,
    };
    store::set(tx, row.id, &progress).await?;
    for note in notes {
        record::put(tx, &found.info, at, note).await?;
    }
    Ok(())
}

/// Where the session stands as of its row, interrupted.
fn of(row: &Model, found: &Found) -> Status {
    let consent = row.consent_outcome.as_deref().zip(row.consent_at);
    Status {
        state: State::Interrupted,
        attempt: found.attempt,
        returning: None,
        rights: found.rights,
        asked: Rights::NONE,
        offered: false,
        consent: consent.map(|(outcome, at)| Consent {
            by: row.consent_by.clone().unwrap_or_default(),
            at,
            outcome: if outcome == ALLOWED {
                ALLOWED
            } else {
                "nobody_logged_on"
            },
        }),
        connected_at: row.connected_at,
        interrupted_at: row.interrupted_at,
        resumes: u32::try_from(row.resumes).unwrap_or(0),
        figures: row.figures.clone().and_then(SessionFigures::of_row),
        end: None,
        recorded: false,
    }
}

fn traffic(row: &Model) -> (u64, u64) {
    let count = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
    (count(row.bytes_to_viewer), count(row.bytes_to_agent))
}

fn revive(ctx: &Ctx, row: Model, (found, status): (Found, Status), now: Timestamp) {
    let tick = ctx.live.ticks().now();
    let left = SESSION_MAX.saturating_sub(now.since(row.requested_at));
    let (to_viewer, to_agent) = traffic(&row);
    let opened = ctx.live.reopen(New {
        lifecycle: Lifecycle::recovered(tick, (found.rights, found.attempt), tick.after(left)),
        way: Way::new(found.attempt, found.login, None),
        info: found.info,
        status,
        traffic: Traffic::from(to_viewer, to_agent),
    });
    ctx.tasks.spawn(task::run(ctx.clone(), opened));
}
