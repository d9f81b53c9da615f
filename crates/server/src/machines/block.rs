//! Blocking a machine: its agent is told so, its sessions end, and neither it nor a reinstallation of it gets in until it is
//! unblocked.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::Machine;
use crate::accounts::Caller;
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::MachineId;
use crate::presence::Command;
use crate::recognition::approvals::checked_reason;
use crate::rights::Permission;
use crate::sessions::{self, lifecycle::EndReason};
use crate::store::entities::machine::{Column, Entity, MachineState, Model};

/// Blocks a machine. Blocking it twice is no error.
///
/// # Errors
/// `not_found`, `forbidden`, `validation_failed` for the reason; those of the database.
pub async fn block(ctx: &Ctx, by: &Caller, id: MachineId, reason: &str) -> Result<Machine> {
    let reason = checked_reason(reason)?;
    let row = set(ctx, by, id, Some(&reason)).await?;
    sessions::machine_gone(ctx, row.id, EndReason::MachineBlocked);
    ctx.presence.dismiss(
        row.id,
        Command::Goodbye(farol_protocol::link::GoodbyeReason::Blocked),
    );
    ctx.helpdesk.forget(row.id);
    super::get(ctx, by, row.id).await
}

/// Lets a machine in again.
///
/// # Errors
/// `not_found`, `forbidden`; those of the database.
pub async fn unblock(ctx: &Ctx, by: &Caller, id: MachineId) -> Result<Machine> {
    let row = set(ctx, by, id, None).await?;
    super::get(ctx, by, row.id).await
}

async fn set(ctx: &Ctx, by: &Caller, id: MachineId, reason: Option<&str>) -> Result<Model> {
    let tx = ctx.db.write().await?;
    let row = super::find_to_change(&tx, by, (id, Permission::MachineManage)).await?;
    let (state, action) = match reason {
        Some(_) => (MachineState::Blocked, Action::MachineBlocked),
        None => (MachineState::Active, Action::MachineUnblocked),
    };
    if row.state == state {
        return Ok(row);
    }
    let now = ctx.clock.now();
    let at: Option<Timestamp> = reason.map(|_| now);
    let actor = by.actor();
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::BlockedAt, Expr::value(at))
        .col_expr(Column::BlockedBy, Expr::value(reason.map(|_| actor.name())))
        .col_expr(Column::BlockedByKind, Expr::value(reason.map(|_| actor.kind())))
        .col_expr(Column::BlockReason, Expr::value(reason.map(str::to_owned)))
        .filter(Column::Id.eq(row.id))
        .exec(&tx)
        .await?;
    let entry = by
        .entry(row.organization_id, action)
        .on(Target::new(TargetKind::Machine, row.id, &row.name))
        .detail(json!({ "reason": reason }))
        .change(word(row.state), word(state));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    super::nudge(ctx, &row);
    Ok(row)
}

/// Blocks a record as the machine is that it was a part of.
pub(super) async fn copy<C: ConnectionTrait>(tx: &C, machine: &Model, record: MachineId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(machine.state))
        .col_expr(Column::BlockedAt, Expr::value(machine.blocked_at))
        .col_expr(Column::BlockedBy, Expr::value(machine.blocked_by.clone()))
        .col_expr(
            Column::BlockedByKind,
            Expr::value(machine.blocked_by_kind.clone()),
        )
        .col_expr(Column::BlockReason, Expr::value(machine.block_reason.clone()))
        .filter(Column::Id.eq(record))
        .exec(tx)
        .await?;
    Ok(())
}

/// A side of the audit entry's change.
fn word(state: MachineState) -> serde_json::Value {
    let blocked = state == MachineState::Blocked;
    json!({ "state": if blocked { "blocked" } else { "active" } })
}
