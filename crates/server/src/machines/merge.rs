//! Merging records of one machine, and taking it back.
//!
//! A merged record keeps its row, its key and its history and speaks for the survivor (`merged_into`): its sessions and audit
//! entries are found under the survivor, its agent links as the survivor, its identifier leads there. Nothing is rewritten, so
//! a merge can be taken back as long as [`UNDO`] has not passed.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Machine, beside, block, store};
use crate::accounts::Caller;
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::{MachineId, OrganizationId};
use crate::inventory;
use crate::organizations;
use crate::presence::Command;
use crate::rights::Permission;
use crate::sessions::{self, lifecycle::EndReason};
use crate::store::entities::machine::{Column, Entity, MachineState, Model};

/// How long a merge can be taken back.
pub(super) const UNDO: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Longest chain of merges; people merge pairs. A longer one is refused, so that every chain can be followed to its end.
pub const CHAIN_MAX: usize = 16;
/// Most records of one machine; more are refused, so that everything of a machine is found under it.
pub const RECORDS_MAX: usize = 64;

/// A record that was merged into a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MergedRecord {
    /// The identifier it had; it leads to the machine now.
    pub id: MachineId,
    /// The name it had.
    pub name: String,
    /// What it was merged into: the machine, or another of its records. A merge is taken back from there.
    pub merged_into: MachineId,
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
    let Some(into) = row.merged_into else {
        return Ok(row.id);
    };
    let found = follow(db, &[into]).await?;
    Ok(found.get(&into).map_or(into, |machine| machine.id))
}

/// The machines that these records speak for; without those of removed ones.
pub(crate) async fn follow<C: ConnectionTrait>(
    db: &C,
    records: &[MachineId],
) -> Result<HashMap<MachineId, Model>> {
    let mut found = HashMap::new();
    // Each record with the one that it leads to.
    let mut open: Vec<(MachineId, MachineId)> = records.iter().map(|id| (*id, *id)).collect();
    // One more than the chain has links: both its ends are read.
    for _ in 0..=CHAIN_MAX {
        if open.is_empty() {
            break;
        }
        let wanted: BTreeSet<MachineId> = open.iter().map(|(_, at)| *at).collect();
        let rows = Entity::find().filter(Column::Id.is_in(wanted)).all(db).await?;
        let rows: HashMap<MachineId, Model> = rows.into_iter().map(|row| (row.id, row)).collect();
        let mut next = Vec::new();
        for (record, at) in open {
            match rows.get(&at) {
                Some(row) => match row.merged_into {
                    Some(into) => next.push((record, into)),
                    None => drop(found.insert(record, row.clone())),
                },
                None => continue,
            }
        }
        open = next;
    }
    Ok(found)
}

/// Every record that speaks for a machine, its own first.
///
/// # Errors
/// Those of the database.
pub async fn records<C: ConnectionTrait>(db: &C, machine: MachineId) -> Result<Vec<MachineId>> {
    let levels = levels(db, machine).await?;
    Ok(levels.into_iter().flatten().collect())
}

/// The machine, the records merged into it, those merged into these, and so on.
async fn levels<C: ConnectionTrait>(db: &C, machine: MachineId) -> Result<Vec<Vec<MachineId>>> {
    let mut levels = vec![vec![machine]];
    while let Some(last) = levels.last().filter(|_| levels.len() <= CHAIN_MAX) {
        let rows = merged_into(db, last).await?;
        if rows.is_empty() {
            break;
        }
        levels.push(rows.iter().map(|row| row.id).collect());
    }
    Ok(levels)
}

async fn merged_into<C: ConnectionTrait>(db: &C, machines: &[MachineId]) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::MergedInto.is_in(machines.iter().copied()))
        .order_by_asc(Column::Id)
        .limit(RECORDS_MAX as u64);
    Ok(query.all(db).await?)
}

/// Refuses a merge after which not everything of the machine would be found under it.
async fn require_room<C: ConnectionTrait>(db: &C, into: MachineId, from: MachineId) -> Result<()> {
    let (of_target, of_source) = (levels(db, into).await?, levels(db, from).await?);
    let records = of_target.iter().chain(&of_source).map(Vec::len).sum::<usize>();
    if records <= RECORDS_MAX && of_source.len() <= CHAIN_MAX {
        return Ok(());
    }
    let detail = format!(
        "A machine has at most {RECORDS_MAX} records, merged at most {CHAIN_MAX} times one into the other. Remove records that \
         are not needed any more first."
    );
    Err(Error::conflict(Code::Conflict, detail))
}

/// The records that were merged into a machine, also by way of another of its records.
pub(crate) async fn merged<C: ConnectionTrait>(db: &C, machine: MachineId) -> Result<Vec<MergedRecord>> {
    let records = records(db, machine).await?;
    let rows = merged_into(db, &records).await?;
    let record = |row: Model| {
        let merged_at = row.merged_at.unwrap_or(row.enrolled_at);
        Some(MergedRecord {
            id: row.id,
            merged_into: row.merged_into?,
            name: row.name,
            merged_at,
            undo_until: merged_at.after(UNDO),
        })
    };
    Ok(rows.into_iter().filter_map(record).collect())
}

/// Merges the record `from` into the machine `into`.
///
/// # Errors
/// `not_found`, `forbidden`, `validation_failed` for a machine with itself, `machine_blocked` when one of them is, `both_online` for
/// two that are connected at the same time, `conflict` while `from` has open sessions, or when that would be too many records; those of the database.
pub async fn merge(ctx: &Ctx, by: &Caller, into: MachineId, from: MachineId) -> Result<Machine> {
    if into == from {
        return Err(Error::invalid("from_id", "same", "Name two different machines."));
    }
    let organizations = by.organizations_with(Permission::MachineSee);
    let connected = if by.is_command_line() {
        beside::connected(ctx, &[into, from]).await?
    } else {
        let both = [into, from].into_iter();
        both.filter(|id| ctx.presence.view(*id).is_some()).collect()
    };
    let tx = ctx.db.write().await?;
    let organization = find(&tx, &organizations, into).await?.organization_id;
    by.require(organization, Permission::MachineManage)?;
    // Of two that merge two records into each other at the same moment, the second sees what the first did.
    organizations::hold(&tx, organization).await?;
    let target = find(&tx, &[organization], into).await?;
    let source = find(&tx, &[organization], from).await?;
    if target.merged_into.is_some() || source.merged_into.is_some() {
        return Err(merged_already());
    }
    for side in [&target, &source] {
        if side.one_time {
            let detail = format!(
                "{} is that of a one-time agent, which leaves no record behind. It is never one with another machine.",
                side.name
            );
            return Err(Error::conflict(Code::Conflict, detail));
        }
        if side.state == MachineState::Blocked {
            // As a part of another machine its block would be seen by nobody.
            let detail = format!("{} is blocked. Unblock it first, then merge.", side.name);
            return Err(Error::conflict(Code::MachineBlocked, detail));
        }
    }
    if connected.len() > 1 {
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
    require_room(&tx, into, from).await?;
    let now = ctx.clock.now();
    if !set(&tx, (from, None), Some((into, now))).await? {
        return Err(merged_already());
    }
    inventory::align(&tx, into).await?;
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

/// Takes a merge back: `from` is a machine of its own again, and blocked if the machine is that it leaves. `into` is what it was
/// merged into, which may be a record of that machine itself.
///
/// # Errors
/// `not_found`, `forbidden`, `merge_final` when too much time has passed; those of the database.
pub async fn undo(ctx: &Ctx, by: &Caller, into: MachineId, from: MachineId) -> Result<Machine> {
    let organizations = by.organizations_with(Permission::MachineSee);
    let tx = ctx.db.write().await?;
    let organization = find(&tx, &organizations, from).await?.organization_id;
    by.require(organization, Permission::MachineManage)?;
    organizations::hold(&tx, organization).await?;
    let source = find(&tx, &[organization], from).await?;
    if source.merged_into != Some(into) {
        return Err(Error::NotFound("merged record"));
    }
    let now = ctx.clock.now();
    let merged_at = source.merged_at.unwrap_or(source.enrolled_at);
    if now > merged_at.after(UNDO) {
        let detail =
            "This merge is older than 30 days and stays. Remove the machine and enroll it anew instead.";
        return Err(Error::conflict(Code::MergeFinal, detail));
    }
    if !set(&tx, (from, Some(into)), None).await? {
        return Err(Error::NotFound("merged record"));
    }
    let merged = find(&tx, &[organization], into).await?;
    let machine = survivor(&tx, &merged).await?;
    let left = find(&tx, &[organization], machine).await?;
    inventory::align(&tx, machine).await?;
    inventory::align(&tx, from).await?;
    let blocked = left.state == MachineState::Blocked;
    if blocked {
        block::copy(&tx, &left, from).await?;
    }
    let entry = by
        .entry(source.organization_id, Action::MachineMergeUndone)
        .on(Target::new(TargetKind::Machine, machine, &left.name))
        .detail(json!({
            "merged_machine_id": from,
            "merged_machine": source.name,
            "blocked": blocked,
        }))
        .change(json!({ "merged_into": into }), json!({ "merged_into": null }));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    // Whose agent took part in a session is not known any more once the records are two again.
    sessions::machine_gone(ctx, machine, EndReason::MachineChanged);
    come_again(ctx, machine);
    super::nudge(ctx, &source);
    // Its merged records are one fewer.
    ctx.events.machine(source.organization_id, machine);
    super::get(ctx, by, from).await
}

async fn find<C: ConnectionTrait>(db: &C, within: &[OrganizationId], id: MachineId) -> Result<Model> {
    store::find(db, within, id)
        .await?
        .ok_or(Error::NotFound("machine"))
}

fn merged_already() -> Error {
    let detail = "One of these records is part of another machine already. Reload the page.";
    Error::conflict(Code::Conflict, detail)
}

/// Writes whom `from` speaks for, if that is still `was`; false otherwise.
async fn set<C: ConnectionTrait>(
    tx: &C,
    (from, was): (MachineId, Option<MachineId>),
    into: Option<(MachineId, Timestamp)>,
) -> Result<bool> {
    let still = was.map_or(Column::MergedInto.is_null(), |was| Column::MergedInto.eq(was));
    let done = Entity::update_many()
        .col_expr(Column::MergedInto, Expr::value(into.map(|(into, _)| into)))
        .col_expr(Column::MergedAt, Expr::value(into.map(|(_, at)| at)))
        .filter(Column::Id.eq(from))
        .filter(still)
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// A link that counts for the wrong machine now is ended; its agent dials again and is counted rightly.
fn come_again(ctx: &Ctx, machine: MachineId) {
    ctx.presence.dismiss(
        machine,
        Command::Goodbye(farol_protocol::link::GoodbyeReason::ServerStopping),
    );
}
