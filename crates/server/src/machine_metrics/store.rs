//! Queries of the table `machine_metrics`.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::span::Resolution;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::MachineId;
use crate::store::entities::machine_metric::{Column, Entity, Model};
use crate::store::{WriteTx, dialect};

/// Rows written by one statement.
const TOGETHER: usize = 100;

/// The blocks of these machines that begin from one moment on until before another.
pub(super) async fn blocks<C: ConnectionTrait>(
    db: &C,
    machines: &[MachineId],
    resolution: Resolution,
    (from, until): (i64, i64),
) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::MachineId.is_in(machines.iter().copied()))
        .filter(Column::Resolution.eq(resolution.key()))
        .filter(Column::Start.gte(Timestamp(from)))
        .filter(Column::Start.lt(Timestamp(until)));
    Ok(query.all(db).await?)
}

/// The same of minutes that coarser blocks do not have.
pub(super) async fn not_rolled<C: ConnectionTrait>(
    db: &C,
    machines: &[MachineId],
    (from, until): (i64, i64),
) -> Result<Vec<Model>> {
    // Some machines' rows are looked through, not the hours of all machines that are to be rolled up.
    let rolled = dialect::looked_at(db.get_database_backend(), Column::Rolled);
    let query = Entity::find()
        .filter(Column::MachineId.is_in(machines.iter().copied()))
        .filter(Column::Resolution.eq(Resolution::Minute.key()))
        .filter(ExprTrait::eq(rolled, false))
        .filter(Column::Start.gte(Timestamp(from)))
        .filter(Column::Start.lt(Timestamp(until)));
    Ok(query.all(db).await?)
}

/// Minutes that begin before a moment and are to be rolled up, the oldest first.
pub(super) async fn to_roll<C: ConnectionTrait>(db: &C, before: i64, limit: u64) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::Resolution.eq(Resolution::Minute.key()))
        .filter(Column::Rolled.eq(false))
        .filter(Column::Start.lt(Timestamp(before)))
        .order_by_asc(Column::Start)
        .limit(limit);
    Ok(query.all(db).await?)
}

/// One block.
pub(super) async fn block<C: ConnectionTrait>(
    db: &C,
    machine: MachineId,
    resolution: Resolution,
    start: i64,
) -> Result<Option<Model>> {
    let key = (machine, resolution.key(), Timestamp(start));
    Ok(Entity::find_by_id(key).one(db).await?)
}

/// Writes blocks, instead of those that are there.
pub(super) async fn put(tx: &WriteTx, rows: &[Model]) -> Result<()> {
    for rows in rows.chunks(TOGETHER) {
        let rows = rows.iter().map(|row| row.clone().into_active_model().reset_all());
        let replace = OnConflict::columns([Column::MachineId, Column::Resolution, Column::Start])
            .update_columns([Column::Body, Column::Rolled])
            .to_owned();
        Entity::insert_many(rows)
            .on_conflict(replace)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// The coarser blocks have these minutes.
pub(super) async fn rolled(tx: &WriteTx, machine: MachineId, start: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Rolled, Expr::value(true))
        .filter(Column::MachineId.eq(machine))
        .filter(Column::Resolution.eq(Resolution::Minute.key()))
        .filter(Column::Start.eq(start))
        .exec(tx)
        .await?;
    Ok(())
}

/// Which blocks begin before a moment and may go. Minutes that are not rolled up may not.
pub(super) async fn too_old<C: ConnectionTrait>(
    db: &C,
    resolution: Resolution,
    before: i64,
    limit: u64,
) -> Result<Vec<(MachineId, Timestamp)>> {
    let query = Entity::find()
        .select_only()
        .columns([Column::MachineId, Column::Start])
        .filter(Column::Resolution.eq(resolution.key()))
        .filter(Column::Rolled.eq(true))
        .filter(Column::Start.lt(Timestamp(before)))
        .limit(limit);
    Ok(query.into_tuple().all(db).await?)
}

/// Removes a block.
pub(super) async fn forget(
    tx: &WriteTx,
    resolution: Resolution,
    (machine, start): (MachineId, Timestamp),
) -> Result<()> {
    Entity::delete_by_id((machine, resolution.key(), start))
        .exec(tx)
        .await?;
    Ok(())
}
