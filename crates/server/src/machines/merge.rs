//! Merging records of one machine, and taking it back.
//!
//! A merged record keeps its row, its key and its history and speaks for the survivor (`merged_into`): its sessions and audit
//! entries are found under the survivor, its agent links as the survivor, its identifier leads there. Nothing is rewritten, so
//! a merge can be taken back as long as [`UNDO`] has not passed.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Machine, store};
use crate::accounts::Caller;
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::MachineId;
use crate::organizations::Permission;
use crate::presence::Command;
use crate::store::entities::machine::{Column, Entity, Model};

/// How long a merge can be taken back.
pub(super) const UNDO: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Longest chain of merges followed; people merge pairs.
const CHAIN_MAX: usize = 16;
/// Most records of one machine.
const RECORDS_MAX: u64 = 64;

/// A record that was merged into a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MergedRecord {
    /// The identifier it had; it leads to the machine now.
    pub id: MachineId,
    /// The name it had.
    pub name: String,
    /// When it was merged.
    pub merged_at: Timestamp,
    /// Until when the merge can be taken back.
    pub undo_until: Timestamp,
}

/// The machine that a record speaks for.
///
/// # Errors
/// Those of the database.
pub async fn survivor<C: ConnectionTrait>(db: &C, row: &Model) -> Result<MachineId> {
    let mut id = row.id;
    let mut next = row.merged_into;
    for _ in 0..CHAIN_MAX {
        let Some(into) = next else { break };
        id = into;
        next = store::find_any(db, into).await?.and_then(|row| row.merged_into);
    }
    Ok(id)
}

/// Every record that speaks for a machine, its own first.
///
/// # Errors
/// Those of the database.
pub async fn records<C: ConnectionTrait>(db: &C, machine: MachineId) -> Result<Vec<MachineId>> {
    let mut found = vec![machine];
    let mut level = vec![machine];
    while !level.is_empty() && found.len() < CHAIN_MAX * 4 {
        let rows = merged_into(db, &level).await?;
        level = rows
            .iter()
            .map(|row| row.id)
            .filter(|id| !found.contains(id))
            .collect();
        found.extend(&level);
    }
    Ok(found)
}

async fn merged_into<C: ConnectionTrait>(db: &C, machines: &[MachineId]) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::MergedInto.is_in(machines.iter().copied()))
        .order_by_asc(Column::Id)
        .limit(RECORDS_MAX);
    Ok(query.all(db).await?)
}

/// The records that were merged into a machine.
pub(crate) async fn merged<C: ConnectionTrait>(db: &C, machine: MachineId) -> Result<Vec<MergedRecord>> {
    let rows = merged_into(db, &[machine]).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let merged_at = row.merged_at.unwrap_or(row.enrolled_at);
            MergedRecord {
                id: row.id,
                name: row.name,
                merged_at,
                undo_until: merged_at.after(UNDO),
            }
        })
        .collect())
}

/// Merges the record `from` into the machine `into`.
///
/// # Errors
/// `not_found`, `forbidden`, `validation_failed` for a machine with itself, `both_online` for two that are connected at the same
/// time, `conflict` while `from` has open sessions; those of the database.
pub(crate) async fn merge(ctx: &Ctx, by: &Caller, into: MachineId, from: MachineId) -> Result<Machine> {
    if into == from {
        return Err(Error::invalid("from_id", "same", "Name two different machines."));
    }
    let organizations = by.organizations_with(Permission::See);
    let tx = ctx.db.write().await?;
    let find = async |id| {
        store::find(&tx, &organizations, id)
            .await?
            .ok_or(Error::NotFound("machine"))
    };
    let (target, source) = (find(into).await?, find(from).await?);
    if target.organization_id != source.organization_id {
        return Err(Error::NotFound("machine"));
    }
    by.require(target.organization_id, Permission::ManageMachines)?;
    if target.merged_into.is_some() || source.merged_into.is_some() {
        let detail = "One of these records is part of another machine already. Reload the page.";
        return Err(Error::conflict(Code::Conflict, detail));
    }
    if ctx.presence.view(into).is_some() && ctx.presence.view(from).is_some() {
        let detail = format!(
            "{} and {} are connected at the same time, so they are two machines. Dismiss the pair instead, or block one.",
            target.name, source.name
        );
        return Err(Error::conflict(Code::BothOnline, detail));
    }
    if !ctx.live.find(|info| info.machine == from).is_empty() {
        let detail = format!("{} has open sessions. End them first.", source.name);
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let now = ctx.clock.now();
    set(&tx, from, Some((into, now))).await?;
    let entry = by
        .entry(target.organization_id, Action::MachineMerged)
        .on(Target::new(TargetKind::Machine, into, &target.name))
        .detail(json!({ "merged_machine_id": from, "merged_machine": source.name, "undo_until": now.after(UNDO) }))
        .change(json!({ "merged_into": null }), json!({ "merged_into": into }));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    come_again(ctx, from);
    super::nudge(ctx, &source);
    super::nudge(ctx, &target);
    super::get(ctx, by, into).await
}

/// Takes a merge back: `from` is a machine of its own again.
///
/// # Errors
/// `not_found`, `forbidden`, `merge_final` when too much time has passed; those of the database.
pub(crate) async fn undo(ctx: &Ctx, by: &Caller, into: MachineId, from: MachineId) -> Result<Machine> {
    let organizations = by.organizations_with(Permission::See);
    let tx = ctx.db.write().await?;
    let source = store::find(&tx, &organizations, from)
        .await?
        .filter(|row| row.merged_into == Some(into))
        .ok_or(Error::NotFound("merged record"))?;
    by.require(source.organization_id, Permission::ManageMachines)?;
    let now = ctx.clock.now();
    let merged_at = source.merged_at.unwrap_or(source.enrolled_at);
    if now > merged_at.after(UNDO) {
        let detail =
            "This merge is older than 30 days and stays. Remove the machine and enroll it anew instead.";
        return Err(Error::conflict(Code::MergeFinal, detail));
    }
    set(&tx, from, None).await?;
    let entry = by
        .entry(source.organization_id, Action::MachineMergeUndone)
        .on(Target::new(TargetKind::Machine, from, &source.name))
        .detail(json!({ "machine_id": into }))
        .change(json!({ "merged_into": into }), json!({ "merged_into": null }));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    come_again(ctx, into);
    super::nudge(ctx, &source);
    // Its merged records are one fewer.
    ctx.events.machine(source.organization_id, into);
    super::get(ctx, by, from).await
}

async fn set<C: ConnectionTrait>(
    tx: &C,
    from: MachineId,
    into: Option<(MachineId, Timestamp)>,
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::MergedInto, Expr::value(into.map(|(into, _)| into)))
        .col_expr(Column::MergedAt, Expr::value(into.map(|(_, at)| at)))
        .filter(Column::Id.eq(from))
        .exec(tx)
        .await?;
    Ok(())
}

/// A link that counts for the wrong machine now is ended; its agent dials again and is counted rightly.
fn come_again(ctx: &Ctx, machine: MachineId) {
    ctx.presence.dismiss(
        machine,
        Command::Goodbye(farol_protocol::link::GoodbyeReason::ServerStopping),
    );
}
