//! Queries of the `sign_in_rules` table.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable};

use crate::error::Result;
use crate::store::entities::sign_in_rules::{Column, Entity, Model};

/// Of the one row.
pub(super) const NAME: &str = "sign-in-rules";

pub(super) async fn find<C: ConnectionTrait>(db: &C) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(NAME.to_owned()).one(db).await?)
}

/// Writes the rules over those of before.
pub(super) async fn keep<C: ConnectionTrait>(tx: &C, row: Model) -> Result<()> {
    let again = OnConflict::column(Column::Name)
        .update_columns(Column::iter().filter(|column| !matches!(column, Column::Name)))
        .to_owned();
    Entity::insert(row.into_active_model().reset_all())
        .on_conflict(again)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
