//! Queries of the `machine_keys` table: which key is or was which machine's.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{MachineId, OrganizationId};
use crate::store::entities::machine_key::{ActiveModel, Column, Entity, KeyState, Model};

/// The key's row, in any organization; keys are unique.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, key: &[u8; 32]) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(key.to_vec()).one(db).await?)
}

/// Those of these keys that are or were a machine's.
pub(super) async fn some<C: ConnectionTrait>(
    db: &C,
    keys: impl Iterator<Item = [u8; 32]>,
) -> Result<Vec<Model>> {
    let query = Entity::find().filter(Column::PublicKey.is_in(keys.map(|key| key.to_vec())));
    Ok(query.all(db).await?)
}

/// The key that proves the machine now; machines of other products' agents have none.
pub(super) async fn current<C: ConnectionTrait>(db: &C, machine: MachineId) -> Result<Option<Model>> {
    let query = Entity::find()
        .filter(Column::MachineId.eq(machine))
        .filter(Column::State.eq(KeyState::Current));
    Ok(query.one(db).await?)
}

/// Makes `key` the machine's; the one before, if any, becomes a former one.
pub(crate) async fn put<C: ConnectionTrait>(
    tx: &C,
    (organization, machine): (OrganizationId, MachineId),
    key: &[u8; 32],
    now: Timestamp,
) -> Result<()> {
    end(tx, machine, KeyState::Former, now).await?;
    let row = ActiveModel {
        public_key: Set(key.to_vec()),
        organization_id: Set(organization),
        machine_id: Set(machine),
        state: Set(KeyState::Current),
        added_at: Set(now),
        ended_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// All keys of a record, the present one first, then the newest.
pub(super) async fn of<C: ConnectionTrait>(db: &C, machine: MachineId) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::MachineId.eq(machine))
        .order_by_asc(Column::State)
        .order_by_desc(Column::AddedAt);
    Ok(query.all(db).await?)
}

/// Makes a key that the machine had before its present one again.
pub(crate) async fn revive<C: ConnectionTrait>(
    tx: &C,
    machine: MachineId,
    key: &[u8; 32],
    now: Timestamp,
) -> Result<()> {
    end(tx, machine, KeyState::Former, now).await?;
    Entity::update_many()
        .col_expr(Column::State, Expr::value(KeyState::Current))
        .col_expr(Column::EndedAt, Expr::value(Option::<Timestamp>::None))
        .filter(Column::PublicKey.eq(key.to_vec()))
        .filter(Column::MachineId.eq(machine))
        .exec(tx)
        .await?;
    Ok(())
}

/// The record's present key, if it has one, proves it no more.
pub(crate) async fn retire<C: ConnectionTrait>(tx: &C, machine: MachineId, now: Timestamp) -> Result<()> {
    end(tx, machine, KeyState::Former, now).await
}

/// None of the machine's keys proves anything any more; they are remembered, so that its agent can be told.
pub(super) async fn remove<C: ConnectionTrait>(tx: &C, machine: MachineId, now: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(KeyState::Removed))
        .col_expr(Column::EndedAt, Expr::value(Some(now)))
        .filter(Column::MachineId.eq(machine))
        .exec(tx)
        .await?;
    Ok(())
}

/// The machine's present key proves it no more.
async fn end<C: ConnectionTrait>(tx: &C, machine: MachineId, state: KeyState, now: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::EndedAt, Expr::value(Some(now)))
        .filter(Column::MachineId.eq(machine))
        .filter(Column::State.eq(KeyState::Current))
        .exec(tx)
        .await?;
    Ok(())
}
