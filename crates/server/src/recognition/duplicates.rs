//! Machines that may be one: pairs whose evidence agrees, side by side, and the word of a person that they are two.

use farol_protocol::evidence::{Hardware, Sameness};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};

use super::view::{DuplicatePair, DuplicateSide, verdicts};
use super::{evidence, store};
use crate::accounts::Caller;
use crate::audit::{self, Action, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::{Scope, Topic};
use crate::http::Page;
use crate::ids::{MachineId, OrganizationId};
use crate::machines::{self, Machine};
use crate::organizations::Permission;
use crate::store::entities::machine::Model;
use crate::store::entities::{duplicate_dismissal, machine_evidence, non_unique_value};

/// Shared values looked at for one answer.
const VALUES_MAX: u64 = 500;
/// Pairs in one answer; whoever has more merges these first.
const PAIRS_MAX: usize = 100;

type Pair = (MachineId, MachineId);

/// Pairs of machines that may be one, the likeliest first; at most 100.
///
/// # Errors
/// Those of the database.
pub async fn list(ctx: &Ctx, by: &Caller) -> Result<Page<DuplicatePair>> {
    let db = ctx.db.read();
    let mut pairs = BTreeSet::new();
    for organization in by.organizations_with(Permission::See) {
        pairs.extend(sharing(db, organization).await?);
    }
    for dismissed in dismissed(db, &pairs).await? {
        pairs.remove(&dismissed);
    }
    let ids: BTreeSet<MachineId> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let ids: Vec<MachineId> = ids.into_iter().collect();
    let rows = store::machines(db, &ids).await?;
    let rows: BTreeMap<MachineId, Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut found: Vec<DuplicatePair> = pairs
        .iter()
        .filter_map(|(a, b)| compare(ctx, rows.get(a)?, rows.get(b)?))
        .collect();
    found.sort_by_key(|pair| (!pair.strong, pair.differs.len(), usize::MAX - pair.agrees.len()));
    found.truncate(PAIRS_MAX);
    Ok(Page::whole(found))
}

fn compare(ctx: &Ctx, first: &Model, second: &Model) -> Option<DuplicatePair> {
    let likeness = evidence::of_row(&first.evidence).likeness(&evidence::of_row(&second.evidence));
    let likely = match likeness.hardware() {
        Hardware::Same | Hardware::Doubtful => true,
        Hardware::Unknown => likeness.os == Sameness::Same,
        // One image on two machines.
        Hardware::Different => false,
    };
    let (agrees, differs) = verdicts(&likeness);
    let side = |row: &Model| DuplicateSide {
        evidence: evidence::of_row(&row.evidence).into(),
        machine: Machine::of(ctx, row.clone()),
    };
    likely.then(|| DuplicatePair {
        id: format!("{}_{}", first.id, second.id),
        first: side(first),
        second: side(second),
        agrees,
        differs,
        strong: likeness.board_agrees(),
    })
}

/// Pairs of this organization's machines that share a value which counts.
async fn sharing<C: ConnectionTrait>(db: &C, organization: OrganizationId) -> Result<BTreeSet<Pair>> {
    use machine_evidence::{Column, Entity};
    let learned = non_unique_value::Entity::find()
        .filter(non_unique_value::Column::OrganizationId.eq(organization))
        .limit(VALUES_MAX * 10)
        .all(db)
        .await?;
    let learned: BTreeSet<(String, String)> = learned.into_iter().map(|row| (row.kind, row.value)).collect();
    let shared: Vec<(String, String)> = Entity::find()
        .select_only()
        .column(Column::Kind)
        .column(Column::Value)
        .filter(Column::OrganizationId.eq(organization))
        .group_by(Column::Kind)
        .group_by(Column::Value)
        .having(Expr::col(Column::MachineId).count().gt(1))
        .limit(VALUES_MAX)
        .into_tuple()
        .all(db)
        .await?;
    let mut pairs = BTreeSet::new();
    for chunk in shared.chunks(50) {
        let any = chunk
            .iter()
            .filter(|value| !learned.contains(value))
            .fold(Condition::any(), |any, (kind, value)| {
                any.add(Column::Kind.eq(kind).and(Column::Value.eq(value)))
            });
        if any.is_empty() {
            continue;
        }
        let rows = Entity::find()
            .filter(Column::OrganizationId.eq(organization))
            .filter(any)
            .limit(VALUES_MAX * 4)
            .all(db)
            .await?;
        let mut holders: BTreeMap<(String, String), Vec<MachineId>> = BTreeMap::new();
        for row in rows {
            holders
                .entry((row.kind, row.value))
                .or_default()
                .push(row.machine_id);
        }
        for ids in holders.into_values() {
            pairs_of(db, &ids, &mut pairs).await?;
        }
    }
    Ok(pairs)
}

/// All pairs of the machines that these records stand for now.
async fn pairs_of<C: ConnectionTrait>(
    db: &C,
    records: &[MachineId],
    pairs: &mut BTreeSet<Pair>,
) -> Result<()> {
    let mut machines = BTreeSet::new();
    for row in store::machines(db, records).await? {
        machines.insert(machines::survivor(db, &row).await?);
    }
    let machines: Vec<MachineId> = machines.into_iter().collect();
    for (index, first) in machines.iter().enumerate() {
        for second in machines.iter().skip(index + 1) {
            if pairs.len() < PAIRS_MAX * 4 {
                pairs.insert((*first, *second));
            }
        }
    }
    Ok(())
}

async fn dismissed<C: ConnectionTrait>(db: &C, pairs: &BTreeSet<Pair>) -> Result<Vec<Pair>> {
    use duplicate_dismissal::{Column, Entity};
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let firsts: BTreeSet<MachineId> = pairs.iter().map(|(first, _)| *first).collect();
    let rows = Entity::find()
        .filter(Column::FirstId.is_in(firsts))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.first_id, row.second_id))
        .collect())
}

/// Notes that two machines are two, however alike they look.
///
/// # Errors
/// `not_found`, `forbidden`, `validation_failed` when it is one machine; those of the database.
pub async fn dismiss(ctx: &Ctx, by: &Caller, first: MachineId, second: MachineId) -> Result<()> {
    if first == second {
        return Err(Error::invalid(
            "second_id",
            "same",
            "Name two different machines.",
        ));
    }
    let (first, second) = if first < second {
        (first, second)
    } else {
        (second, first)
    };
    let rows = [
        machines::find(ctx, by, first).await?,
        machines::find(ctx, by, second).await?,
    ];
    let organization = rows[0].organization_id;
    if rows[1].organization_id != organization {
        return Err(Error::NotFound("machine"));
    }
    by.require(organization, Permission::ManageMachines)?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let known = duplicate_dismissal::Entity::find_by_id((first, second))
        .one(&tx)
        .await?;
    if known.is_some() {
        return Ok(());
    }
    let row = duplicate_dismissal::ActiveModel {
        first_id: Set(first),
        second_id: Set(second),
        at: Set(now),
        by: Set(by.name.clone()),
    };
    duplicate_dismissal::Entity::insert(row)
        .exec_without_returning(&tx)
        .await?;
    let entry = by
        .entry(organization, Action::MachineDuplicateDismissed)
        .on(Target::new(TargetKind::Machine, first, &rows[0].name))
        .detail(serde_json::json!({ "other_machine_id": second, "other_machine": rows[1].name }));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    ctx.events.publish(
        Scope::Organization(organization),
        &[Topic::Machines, Topic::Audit],
    );
    Ok(())
}
