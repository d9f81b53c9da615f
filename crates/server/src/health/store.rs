//! The write that proves that the database takes writes.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

use crate::clock::Timestamp;
use crate::error::Result;
use crate::store::entities::server_state;

pub(super) async fn note_ready<C: ConnectionTrait>(tx: &C, now: Timestamp) -> Result<()> {
    let row = server_state::ActiveModel {
        name: Set("ready_at".into()),
        value: Set(now.rfc3339()),
    };
    let replace = OnConflict::column(server_state::Column::Name)
        .update_column(server_state::Column::Value)
        .to_owned();
    server_state::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
