//! Access for a while: somebody who sees a machine asks for more on it, somebody else who has that decides, and it ends by itself.
//!
//! - [`ask`], [`approve`], [`refuse`], [`withdraw`]: the rules · `view.rs`: as the API shows it · `store.rs`: queries · `api.rs`: handlers
//! - `ends.rs`: what ends by itself
//!
//! What was approved counts as if it had been given on that machine until its end (`crate::rights`), with one difference: nobody gives
//! it on. Whoever decides has all of it on that machine themselves, for that long and under no condition that the asker would not have.

mod api;
mod ends;
mod store;
mod view;

use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::accounts::Caller;
use crate::audit::{self, Action, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, FieldError, Result};
use crate::events::{Scope, Topic};
use crate::ids::{AccessRequestId, MachineId};
use crate::machines;
use crate::rights::{self, Conditions, MachineFacts, Permission, Permissions};
use crate::store::entities::access_request::{Model, RequestState};
pub use api::routes;
pub(crate) use ends::{note_ends, passed, sweep};
pub(crate) use store::{granted, granted_of};
pub use view::{AccessRequest, Decision, NewAccessRequest};

/// Shortest time for which one asks.
pub const LIFE_MIN: Duration = Duration::from_secs(5 * 60);
/// Longest time: a week.
pub const LIFE_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A request that nobody decided about is over after this.
pub const WAIT_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Most requests of one account that wait.
pub const WAITING_MAX: u64 = 20;
/// Longest reason and longest note, in characters.
pub const TEXT_MAX: usize = 500;
/// How long one that is over is shown.
const SHOWN: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Asks for more on a machine.
///
/// # Errors
/// `not_found` for a machine out of sight, `validation_failed`, `conflict` when too many wait; those of the database.
pub async fn ask(ctx: &Ctx, by: &Caller, wanted: NewAccessRequest) -> Result<AccessRequest> {
    let now = ctx.clock.now();
    let machine = machines::find(ctx, by, wanted.machine_id).await?;
    let facts = MachineFacts::from(&machine);
    let permissions: Permissions = wanted.permissions.iter().copied().collect();
    let life = Duration::from_secs(wanted.duration_seconds);
    let (reason, mut wrong) = text("reason", &wanted.reason, true);
    if !(LIFE_MIN..=LIFE_MAX).contains(&life) {
        let detail = "Ask for five minutes at least and for a week at most.";
        wrong.push(FieldError::new("duration_seconds", "out_of_range", detail));
    }
    wrong.extend(objection(permissions, by.rights.permissions_on(&facts)));
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    if store::count_waiting(&tx, by.account, now.before(WAIT_MAX)).await? >= WAITING_MAX {
        let detail =
            format!("{WAITING_MAX} of your requests wait already. Withdraw some, or wait for an answer.");
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let row = Model {
        id: AccessRequestId::new(),
        organization_id: machine.organization_id,
        machine_id: machine.id,
        machine_name: machine.name,
        account_id: by.account,
        account_name: by.name.clone(),
        permissions: permissions.to_column(),
        reason,
        duration_seconds: i64::try_from(wanted.duration_seconds).map_err(Error::internal)?,
        state: RequestState::Waiting,
        created_at: now,
        decided_at: None,
        decided_by: None,
        decided_by_name: None,
        note: String::new(),
        expires_at: None,
        ended_at: None,
        ended_by_name: None,
    };
    store::insert(&tx, row.clone()).await?;
    let asked = json!({
        "permissions": permissions.names(), "reason": row.reason, "duration_seconds": row.duration_seconds,
    });
    let entry = by.entry(row.organization_id, Action::AccessRequested);
    audit::record(&tx, now, about(entry, &row).change(Value::Null, asked)).await?;
    tx.commit().await?;
    nudge(ctx, &row);
    Ok(AccessRequest::of(row, now, by, false))
}

/// What is wrong about asking for these, for who may `own` already.
fn objection(wanted: Permissions, own: Permissions) -> Option<FieldError> {
    let wrong = |code, detail| Some(FieldError::new("permissions", code, detail));
    if wanted == Permissions::NONE {
        wrong("required", "Say what you ask for.")
    } else if wanted != wanted.on_machines() {
        wrong(
            "not_about_machines",
            "Ask only for what is about machines and their sessions.",
        )
    } else if own.covers(wanted) {
        wrong("held", "You may do all of this on the machine already.")
    } else {
        None
    }
}

/// One line or several, as it is kept.
fn text(field: &'static str, text: &str, required: bool) -> (String, Vec<FieldError>) {
    let text = text.trim();
    let mut wrong = Vec::new();
    if required && text.is_empty() {
        wrong.push(FieldError::new(field, "required", "Say why in a few words."));
    } else if text.chars().count() > TEXT_MAX {
        let detail = format!("At most {TEXT_MAX} characters, please.");
        wrong.push(FieldError::new(field, "too_long", detail));
    } else if text.chars().any(farol_protocol::text::is_deceptive) {
        let detail = "This is one line of text, without characters that cannot be seen.";
        wrong.push(FieldError::new(field, "malformed", detail));
    }
    (text.to_owned(), wrong)
}

/// The caller's own requests and those about which they may decide, newest first; those that have been over for long are forgotten.
///
/// # Errors
/// Those of the database.
pub async fn list(ctx: &Ctx, by: &Caller) -> Result<Vec<AccessRequest>> {
    let (db, now) = (ctx.db.read(), ctx.clock.now());
    let rows = store::of_organizations(db, by.account, by.rights.organizations()).await?;
    let ids: Vec<MachineId> = rows.iter().map(|row| row.machine_id).collect();
    let machines = machines::follow(db, &ids).await?;
    let shown = rows.into_iter().filter_map(|row| {
        let facts = machines.get(&row.machine_id).map(MachineFacts::from);
        let decides = facts.is_some_and(|facts| decides(by, &row, &facts, now));
        (decides || row.account_id == by.account).then(|| AccessRequest::of(row, now, by, decides))
    });
    Ok(shown.collect())
}

/// One of them.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn get(ctx: &Ctx, by: &Caller, id: AccessRequestId) -> Result<AccessRequest> {
    let now = ctx.clock.now();
    let (row, facts) = find(ctx.db.read(), by, (id, now)).await?;
    let decides = facts.is_some_and(|facts| decides(by, &row, &facts, now));
    Ok(AccessRequest::of(row, now, by, decides))
}

/// A request that the caller may know of, with what decides about its machine as it is now, if it is there.
async fn find<C: ConnectionTrait>(
    db: &C,
    by: &Caller,
    (id, now): (AccessRequestId, Timestamp),
) -> Result<(Model, Option<MachineFacts>)> {
    let row = store::find(db, id).await?.ok_or_else(unknown)?;
    let facts = machines::facts(db, Some(row.machine_id)).await?;
    let decides = facts.as_ref().is_some_and(|facts| decides(by, &row, facts, now));
    if row.account_id == by.account || decides {
        Ok((row, facts))
    } else {
        Err(unknown())
    }
}

fn unknown() -> Error {
    Error::NotFound("access request")
}

/// What the caller would lend: until when it would count.
fn conditions(row: &Model, now: Timestamp) -> Conditions {
    Conditions {
        expires_at: Some(row.expires_at.unwrap_or_else(|| now.after(row.life()))),
        ..Conditions::NONE
    }
}

/// Whether the caller decides about this: all that is asked for they have themselves on the machine, and it is not their own request.
fn decides(by: &Caller, row: &Model, facts: &MachineFacts, now: Timestamp) -> bool {
    let own = by.rights.to_lend(facts, &conditions(row, now));
    row.account_id != by.account
        && by.rights.allows_on(facts, Permission::MachineSee)
        && own.covers(row.wanted())
}

/// That they do, of a request that they know of.
fn require_to_decide(by: &Caller, row: &Model, facts: &MachineFacts, now: Timestamp) -> Result<()> {
    if decides(by, row, facts, now) {
        return Ok(());
    }
    let detail = "Nobody decides about what they ask for themselves. Ask somebody else who may do this on the machine.";
    Err(Error::forbidden(detail))
}

/// Approves a request: what was asked for counts from now on, for as long as was asked.
///
/// # Errors
/// `not_found`, `forbidden`, `conflict` when it was decided about or is over, `validation_failed`; those of the
/// database.
pub async fn approve(
    ctx: &Ctx,
    by: &Caller,
    id: AccessRequestId,
    decision: Decision,
) -> Result<AccessRequest> {
    decide(ctx, by, id, (RequestState::Approved, decision)).await
}

/// Refuses it.
///
/// # Errors
/// Those of [`approve`].
pub async fn refuse(
    ctx: &Ctx,
    by: &Caller,
    id: AccessRequestId,
    decision: Decision,
) -> Result<AccessRequest> {
    decide(ctx, by, id, (RequestState::Refused, decision)).await
}

async fn decide(
    ctx: &Ctx,
    by: &Caller,
    id: AccessRequestId,
    (state, decision): (RequestState, Decision),
) -> Result<AccessRequest> {
    let now = ctx.clock.now();
    let (note, wrong) = text("note", &decision.note, false);
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let (row, facts) = find(&tx, by, (id, now)).await?;
    let facts = facts.ok_or(Error::NotFound("machine"))?;
    require_to_decide(by, &row, &facts, now)?;
    if row.state != RequestState::Waiting || row.lapsed(now) {
        return Err(decided());
    }
    let approved = state == RequestState::Approved;
    let changed = Model {
        state,
        decided_at: Some(now),
        decided_by: by.account_id(),
        decided_by_name: Some(by.name.clone()),
        note,
        expires_at: approved.then(|| now.after(row.life())),
        ..row.clone()
    };
    if !store::change(&tx, &changed, RequestState::Waiting).await? {
        return Err(decided());
    }
    let action = if approved {
        Action::AccessApproved
    } else {
        Action::AccessRefused
    };
    let after = json!({
        "permissions": changed.wanted().names(), "expires_at": changed.expires_at, "note": changed.note,
    });
    let entry = about(by.entry(row.organization_id, action), &changed);
    audit::record(&tx, now, entry.change(Value::Null, after)).await?;
    tx.commit().await?;
    if approved {
        rights::changed(ctx, &[row.account_id]).await;
    }
    nudge(ctx, &changed);
    Ok(AccessRequest::of(changed, now, by, true))
}

fn decided() -> Error {
    let detail = "This request is decided about already, or over. Reload the page.";
    Error::conflict(Code::Conflict, detail)
}

/// Withdraws a request that waits, or ends what was approved before its time: whoever asked, or whoever may decide.
///
/// # Errors
/// `not_found`, `forbidden`, `conflict` when it is over; those of the database.
pub async fn withdraw(ctx: &Ctx, by: &Caller, id: AccessRequestId) -> Result<AccessRequest> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let (row, facts) = find(&tx, by, (id, now)).await?;
    if row.account_id != by.account {
        let facts = facts.ok_or(Error::NotFound("machine"))?;
        require_to_decide(by, &row, &facts, now)?;
    }
    let counts = row.state == RequestState::Approved && row.counts(now);
    let waits = row.state == RequestState::Waiting && !row.lapsed(now);
    if !counts && !waits {
        return Err(decided());
    }
    let changed = Model {
        state: RequestState::Withdrawn,
        ended_at: Some(now),
        ended_by_name: Some(by.name.clone()),
        ..row.clone()
    };
    if !store::change(&tx, &changed, row.state).await? {
        return Err(decided());
    }
    let before = json!({ "permissions": row.wanted().names(), "expires_at": row.expires_at });
    let entry = about(by.entry(row.organization_id, Action::AccessWithdrawn), &row);
    audit::record(&tx, now, entry.change(before, Value::Null)).await?;
    tx.commit().await?;
    if counts {
        rights::changed(ctx, &[row.account_id]).await;
    }
    nudge(ctx, &changed);
    Ok(AccessRequest::of(changed, now, by, false))
}

/// An entry about a request stands at its machine.
fn about(entry: Entry, row: &Model) -> Entry {
    entry
        .on(Target::new(
            TargetKind::Machine,
            row.machine_id,
            &row.machine_name,
        ))
        .detail(json!({
            "access_request_id": row.id, "account_id": row.account_id, "account": row.account_name,
        }))
}

/// Tells whoever asked, and those who see the machine.
fn nudge(ctx: &Ctx, row: &Model) {
    let topics = [Topic::AccessRequests];
    ctx.events.publish(Scope::Account(row.account_id), &topics);
    let there = Scope::Machine(row.organization_id, row.machine_id);
    ctx.events.publish(there, &[Topic::AccessRequests, Topic::Audit]);
}
