//! Machines that may be one: pairs whose evidence agrees, side by side, and the word of a person that they are two.

use std::collections::{BTreeMap, BTreeSet};

use farol_protocol::evidence::{Evidence, EvidenceValue, Hardware, Sameness};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryResult};

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
use crate::rights::{Permission, Rights};
use crate::store::entities::machine::Model;
use crate::store::entities::{duplicate_dismissal, machine, machine_evidence, non_unique_value};

/// Pairs looked at for one answer: those that share the most values. Not all of them are likely.
const LOOKED_AT: u64 = 400;
/// Pairs in one answer; whoever has more merges these first.
const PAIRS_MAX: usize = 100;
/// Records whose values are looked up among the learned ones at once.
const STEP: usize = 20;

type Pair = (MachineId, MachineId);

/// Pairs of machines that may be one, the likeliest first; at most 100.
///
/// # Errors
/// Those of the database.
pub async fn list(ctx: &Ctx, by: &Caller) -> Result<Page<DuplicatePair>> {
    let db = ctx.db.read();
    let mut found = Vec::new();
    for organization in by.organizations_with(Permission::MachineSee) {
        let pairs = sharing(db, organization).await?;
        let ids: BTreeSet<MachineId> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
        let ids: Vec<MachineId> = ids.into_iter().collect();
        let sides = sides(db, organization, &ids).await?;
        let likely = pairs
            .iter()
            .filter_map(|(a, b)| compare(ctx, &by.rights, (sides.get(a)?, sides.get(b)?)));
        found.extend(likely);
    }
    found.sort_by_key(|pair| (!pair.strong, pair.differs.len(), usize::MAX - pair.agrees.len()));
    found.truncate(PAIRS_MAX);
    Ok(Page::whole(found))
}

/// A machine, with its evidence as far as it counts.
struct Side {
    row: Model,
    counts: Evidence,
}

async fn sides<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    ids: &[MachineId],
) -> Result<BTreeMap<MachineId, Side>> {
    let mut sides = BTreeMap::new();
    for ids in ids.chunks(STEP) {
        let rows = store::machines(db, ids).await?;
        let values: Vec<EvidenceValue> = rows
            .iter()
            .flat_map(|row| evidence::of_row(&row.evidence).values())
            .collect();
        let learned = evidence::learned(db, organization, &values).await?;
        sides.extend(rows.into_iter().map(|row| {
            let counts = evidence::of_row(&row.evidence).without(&learned);
            (row.id, Side { row, counts })
        }));
    }
    Ok(sides)
}

fn compare(ctx: &Ctx, rights: &Rights, (first, second): (&Side, &Side)) -> Option<DuplicatePair> {
    let likeness = first.counts.likeness(&second.counts);
    let likely = match likeness.hardware() {
        Hardware::Same | Hardware::Doubtful => true,
        Hardware::Unknown => likeness.os == Sameness::Same,
        // One image on two machines.
        Hardware::Different => false,
    };
    let (agrees, differs) = verdicts(&likeness);
    let side = |side: &Side| DuplicateSide {
        evidence: evidence::of_row(&side.row.evidence).into(),
        machine: Machine::of(ctx, rights, side.row.clone()),
    };
    likely.then(|| DuplicatePair {
        id: format!("{}_{}", first.row.id, second.row.id),
        first: side(first),
        second: side(second),
        agrees,
        differs,
        strong: likeness.board_agrees(),
    })
}

/// Pairs of this organization's machines that share a value which counts, those that share the most first. What was merged or
/// dismissed takes no place among them.
async fn sharing<C: ConnectionTrait>(db: &C, organization: OrganizationId) -> Result<Vec<Pair>> {
    use machine_evidence::Column;
    let (one, other) = ("one", "other");
    let both = |column: Column| Expr::col((one, column)).equals((other, column));
    let kept = |record, machine: &'static str| {
        Condition::all()
            .add(Expr::col((machine, machine::Column::Id)).equals((record, Column::MachineId)))
            .add(Expr::col((machine, machine::Column::MergedInto)).is_null())
    };
    let learned = Query::select()
        .expr(Expr::value(1))
        .from(non_unique_value::Entity)
        .and_where(non_unique_value::Column::OrganizationId.eq(organization))
        .and_where(
            Expr::col((non_unique_value::Entity, non_unique_value::Column::Kind)).equals((one, Column::Kind)),
        )
        .and_where(
            Expr::col((non_unique_value::Entity, non_unique_value::Column::Value))
                .equals((one, Column::Value)),
        )
        .take();
    let dismissed = Query::select()
        .expr(Expr::value(1))
        .from(duplicate_dismissal::Entity)
        .and_where(
            Expr::col((duplicate_dismissal::Entity, duplicate_dismissal::Column::FirstId))
                .equals((one, Column::MachineId)),
        )
        .and_where(
            Expr::col((duplicate_dismissal::Entity, duplicate_dismissal::Column::SecondId))
                .equals((other, Column::MachineId)),
        )
        .take();
    let shared = Condition::all()
        .add(both(Column::OrganizationId))
        .add(both(Column::Kind))
        .add(both(Column::Value))
        // Each pair once, in the order in which dismissals name it.
        .add(Expr::col((one, Column::MachineId)).lt(Expr::col((other, Column::MachineId))));
    let query = Query::select()
        .column((one, Column::MachineId))
        .expr_as(Expr::col((other, Column::MachineId)), "other_id")
        .from_as(machine_evidence::Entity, one)
        .join_as(JoinType::InnerJoin, machine_evidence::Entity, other, shared)
        .join_as(JoinType::InnerJoin, machine::Entity, "first", kept(one, "first"))
        .join_as(
            JoinType::InnerJoin,
            machine::Entity,
            "second",
            kept(other, "second"),
        )
        .and_where(Expr::col((one, Column::OrganizationId)).eq(organization))
        .and_where(Expr::exists(learned).not())
        .and_where(Expr::exists(dismissed).not())
        .add_group_by([
            Expr::col((one, Column::MachineId)),
            Expr::col((other, Column::MachineId)),
        ])
        .order_by_expr(Expr::col((one, Column::Value)).count(), Order::Desc)
        .limit(LOOKED_AT)
        .take();
    let rows = db.query_all(&query).await?;
    let pair = |row: &QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    rows.iter().map(pair).collect()
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
    by.require(organization, Permission::MachineManage)?;
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
