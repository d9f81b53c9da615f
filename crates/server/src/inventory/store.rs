//! Queries of the tables `inventory_sections` and `machine_changes`.

use std::collections::BTreeMap;

use farol_inventory::Section;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::view::Wanted;
use super::{CHANGES_KEPT, Outcome, Settled};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{MachineChangeId, MachineId};
use crate::store::WriteTx;
use crate::store::entities::{inventory_section, machine_change};

/// Rows written by one statement.
const TOGETHER: usize = 200;

/// A section as this record delivered it last.
pub(super) async fn section<C: ConnectionTrait>(
    db: &C,
    record: MachineId,
    section: Section,
) -> Result<Option<inventory_section::Model>> {
    let key = (record, section.name().to_owned());
    Ok(inventory_section::Entity::find_by_id(key).one(db).await?)
}

/// The hashes of what is kept of the sections that this record delivered, by name.
pub(super) async fn hashes<C: ConnectionTrait>(
    db: &C,
    record: MachineId,
) -> Result<BTreeMap<String, Vec<u8>>> {
    hashes_in(db, record, inventory_section::Column::Hash).await
}

/// The hashes by which its agent knows them.
pub(super) async fn told_hashes<C: ConnectionTrait>(
    db: &C,
    record: MachineId,
) -> Result<BTreeMap<String, Vec<u8>>> {
    hashes_in(db, record, inventory_section::Column::ToldHash).await
}

async fn hashes_in<C: ConnectionTrait>(
    db: &C,
    record: MachineId,
    hash: inventory_section::Column,
) -> Result<BTreeMap<String, Vec<u8>>> {
    use inventory_section::{Column, Entity};
    let rows: Vec<(String, Vec<u8>)> = Entity::find()
        .select_only()
        .columns([Column::Section, hash])
        .filter(Column::MachineId.eq(record))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Of each section the newest that one of these records delivered, in no order; all of them, or one.
pub(super) async fn sections<C: ConnectionTrait>(
    db: &C,
    records: &[MachineId],
    wanted: Option<Section>,
) -> Result<Vec<inventory_section::Model>> {
    use inventory_section::{Column, Entity};
    // Bodies are read of the newest alone: many records may have been made one.
    let mut query = Entity::find()
        .select_only()
        .columns([Column::MachineId, Column::Section])
        .filter(Column::MachineId.is_in(records.iter().copied()))
        .order_by_desc(Column::ReceivedAt);
    if let Some(wanted) = wanted {
        query = query.filter(Column::Section.eq(wanted.name()));
    }
    let known: Vec<(MachineId, String)> = query.into_tuple().all(db).await?;
    let mut newest = BTreeMap::new();
    for (record, section) in known {
        newest.entry(section).or_insert(record);
    }
    let mut rows = Vec::new();
    for (section, record) in newest {
        rows.extend(Entity::find_by_id((record, section)).one(db).await?);
    }
    Ok(rows)
}

/// How many sections these records delivered.
pub(super) async fn count<C: ConnectionTrait>(db: &C, records: &[MachineId]) -> Result<u64> {
    let of = inventory_section::Column::MachineId.is_in(records.iter().copied());
    Ok(inventory_section::Entity::find().filter(of).count(db).await?)
}

pub(super) async fn insert_section(tx: &WriteTx, row: inventory_section::Model) -> Result<()> {
    inventory_section::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Writes what a section is now. One that could not be compared with what was kept begins a new history.
pub(super) async fn update_section(
    tx: &WriteTx,
    (record, section): (MachineId, Section),
    settled: &Settled,
    (told, now, outcome): ([u8; 32], Timestamp, Outcome),
) -> Result<()> {
    use inventory_section::{Column, Entity};
    let mut update = Entity::update_many()
        .col_expr(Column::Body, Expr::value(settled.body.clone()))
        .col_expr(Column::Problems, Expr::value(settled.problems.clone()))
        .col_expr(Column::ToldHash, Expr::value(told.to_vec()))
        .col_expr(Column::ReceivedAt, Expr::value(now));
    if outcome == Outcome::First {
        update = update.col_expr(Column::FirstAt, Expr::value(now));
    }
    if outcome != Outcome::Same {
        update = update
            .col_expr(Column::Hash, Expr::value(settled.hash.to_vec()))
            .col_expr(Column::ChangedAt, Expr::value(now));
    }
    update
        .filter(Column::MachineId.eq(record))
        .filter(Column::Section.eq(section.name()))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn insert_changes(tx: &WriteTx, rows: &[machine_change::Model]) -> Result<()> {
    for rows in rows.chunks(TOGETHER) {
        let rows = rows.iter().map(|row| row.clone().into_active_model().reset_all());
        machine_change::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// What changed, the newest first.
pub(super) async fn changes<C: ConnectionTrait>(
    db: &C,
    records: &[MachineId],
    wanted: &Wanted,
    (before, limit): (Option<MachineChangeId>, u64),
) -> Result<Vec<machine_change::Model>> {
    use machine_change::{Column, Entity};
    let mut query = Entity::find().filter(Column::MachineId.is_in(records.iter().copied()));
    if let Some(section) = wanted.section {
        query = query.filter(Column::Section.eq(section.name()));
    }
    if let Some(kind) = wanted.kind {
        query = query.filter(Column::Kind.eq(kind));
    }
    if let Some(from) = wanted.from {
        query = query.filter(Column::At.gte(from));
    }
    if let Some(to) = wanted.to {
        query = query.filter(Column::At.lt(to));
    }
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before));
    }
    Ok(query.order_by_desc(Column::Id).limit(limit).all(db).await?)
}

/// What changed after one moment until another, the oldest first.
pub(super) async fn changes_between<C: ConnectionTrait>(
    db: &C,
    records: &[MachineId],
    (from, to): (Timestamp, Timestamp),
    limit: u64,
) -> Result<Vec<machine_change::Model>> {
    use machine_change::{Column, Entity};
    let query = Entity::find()
        .filter(Column::MachineId.is_in(records.iter().copied()))
        .filter(Column::At.gt(from))
        .filter(Column::At.lte(to))
        .order_by_asc(Column::Id)
        .limit(limit);
    Ok(query.all(db).await?)
}

/// When the oldest change happened that is kept of a record of which older ones may have been forgotten.
pub(super) async fn forgotten_until<C: ConnectionTrait>(
    db: &C,
    record: MachineId,
) -> Result<Option<Timestamp>> {
    use machine_change::{Column, Entity};
    let of = || Entity::find().filter(Column::MachineId.eq(record));
    if of().count(db).await? < CHANGES_KEPT {
        return Ok(None);
    }
    let oldest = of().order_by_asc(Column::Id).one(db).await?;
    Ok(oldest.map(|row| row.at))
}

/// The newest change of a record that is not to be kept, if it has too many.
pub(super) async fn too_old<C: ConnectionTrait>(
    db: &C,
    record: MachineId,
) -> Result<Option<MachineChangeId>> {
    use machine_change::{Column, Entity};
    let query = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::MachineId.eq(record))
        .order_by_desc(Column::Id)
        .offset(CHANGES_KEPT)
        .limit(1);
    Ok(query.into_tuple().one(db).await?)
}

/// Removes the changes of a record up to this one.
pub(super) async fn forget(tx: &WriteTx, record: MachineId, until: MachineChangeId) -> Result<()> {
    use machine_change::{Column, Entity};
    Entity::delete_many()
        .filter(Column::MachineId.eq(record))
        .filter(Column::Id.lte(until))
        .exec(tx)
        .await?;
    Ok(())
}
