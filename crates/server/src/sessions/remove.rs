//! Removing the records of sessions that are over.

use farol_protocol::rights::Rights;
use serde_json::json;

use super::lifecycle::State;
use super::rights::RightSet;
use super::store;
use super::view::SessionsRemoved;
use crate::accounts::Caller;
use crate::audit::{self, Action, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::ids::SessionId;
use crate::rights::Permission;
use crate::store::entities::session::Model;

/// Most records removed by one request: a page of the list and more, and each is an audit entry in the same transaction.
pub const REMOVE_MAX: usize = 200;

/// Removes records of sessions that are over, all or none; those that are gone already are passed over. Each leaves an audit
/// entry that says what it was.
///
/// # Errors
/// `forbidden`, `validation_failed`, `conflict` when one is not over; those of the database.
pub async fn remove(ctx: &Ctx, by: &Caller, ids: &[SessionId]) -> Result<SessionsRemoved> {
    let organizations = by.require_any(Permission::SessionRemove)?;
    if ids.len() > REMOVE_MAX {
        let detail = format!("At most {REMOVE_MAX} sessions can be removed at once.");
        return Err(Error::invalid("ids", "too_many", detail));
    }
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let rows = store::some(&tx, &organizations, ids).await?;
    if let Some(live) = rows.iter().find(|row| row.state != State::Ended.as_str()) {
        let detail = format!(
            "{}'s session with {} is not over. End it first; nothing was removed.",
            live.technician_name, live.machine_name
        );
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let mut removed = 0;
    let mut touched = Vec::new();
    for row in rows {
        if store::remove(&tx, row.id).await? {
            removed += 1;
            audit::record(&tx, now, entry(by, &row)).await?;
            touched.push((row.organization_id, row.machine_id, row.id));
        }
    }
    tx.commit().await?;
    for (organization, machine, id) in touched {
        let topics = [Topic::Session(id), Topic::Sessions, Topic::Audit];
        let scope = match machine {
            Some(machine) => Scope::Machine(organization, machine),
            None => Scope::Organization(organization),
        };
        ctx.events.publish(scope, &topics);
    }
    Ok(SessionsRemoved { removed })
}

fn entry(by: &Caller, row: &Model) -> audit::Entry {
    let was = json!({
        "technician": row.technician_name,
        "machine": row.machine_name,
        "rights": RightSet(Rights::from_names(&row.rights)),
        "requested_at": row.requested_at,
        "ended_at": row.ended_at,
        "reason": row.end_reason,
    });
    let entry = by
        .entry(row.organization_id, Action::SessionRemoved)
        .detail(json!({ "session_id": row.id }))
        .change(was, serde_json::Value::Null);
    match row.machine_id {
        Some(machine) => entry.on(Target::new(TargetKind::Machine, machine, &row.machine_name)),
        None => entry.on(Target::new(TargetKind::Session, row.id, &row.machine_name)),
    }
}
