//! Queries of the `helpdesk_installations` table.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{MachineId, OrganizationId};
use crate::store::entities::helpdesk_installation::{ActiveModel, Column, Entity, InstallationState, Model};

pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    key: &[u8; 32],
) -> Result<Option<Model>> {
    Ok(Entity::find_by_id((organization, key.to_vec())).one(db).await?)
}

/// Makes an installation the one that speaks for `machine`; the one before, if any, becomes a former one.
pub(super) async fn put<C: ConnectionTrait>(
    tx: &C,
    organization: OrganizationId,
    (machine, key): (MachineId, &[u8; 32]),
    now: Timestamp,
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(InstallationState::Former))
        .col_expr(Column::EndedAt, Expr::value(Some(now)))
        .filter(Column::MachineId.eq(machine))
        .filter(Column::State.eq(InstallationState::Current))
        .exec(tx)
        .await?;
    let known = Entity::update_many()
        .col_expr(Column::State, Expr::value(InstallationState::Current))
        .col_expr(Column::MachineId, Expr::value(machine))
        .col_expr(Column::EndedAt, Expr::value(Option::<Timestamp>::None))
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::InstallationKey.eq(key.to_vec()))
        .exec(tx)
        .await?;
    if known.rows_affected > 0 {
        return Ok(());
    }
    let row = ActiveModel {
        organization_id: Set(organization),
        installation_key: Set(key.to_vec()),
        machine_id: Set(machine),
        state: Set(InstallationState::Current),
        added_at: Set(now),
        ended_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}
