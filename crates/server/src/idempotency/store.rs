//! Queries of the table `idempotency_keys`.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::IdempotencyKeyId;
use crate::sealed::Place;
use crate::store::entities::idempotency_key::{Column, Entity, Model};
use crate::store::{WriteTx, dialect};

/// Where what was asked is sealed; `row` is its identifier.
pub(super) fn request_place(row: &str) -> Place<'_> {
    Place {
        table: "idempotency_keys",
        column: "sealed_request",
        row,
    }
}

/// Where the answer is sealed; `row` is its identifier.
pub(super) fn answer_place(row: &str) -> Place<'_> {
    Place {
        table: "idempotency_keys",
        column: "sealed_answer",
        row,
    }
}

pub(super) async fn find(tx: &WriteTx, asker: Uuid, key_hash: &[u8; 32]) -> Result<Option<Model>> {
    let query = Entity::find()
        .filter(Column::AskerId.eq(asker))
        .filter(Column::KeyHash.eq(key_hash.as_slice()));
    Ok(query.one(tx).await?)
}

/// Writes a new row; `false` when the asker has the key already, after which the transaction is of no more use.
pub(super) async fn insert(tx: &WriteTx, row: Model) -> Result<bool> {
    let row = row.into_active_model().reset_all();
    match Entity::insert(row).exec_without_returning(tx).await {
        Ok(_) => Ok(true),
        Err(error) if dialect::is_unique_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Writes the answer of a row that has none.
pub(super) async fn settle(tx: &WriteTx, id: IdempotencyKeyId, sealed: Vec<u8>) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::SealedAnswer, Expr::value(Some(sealed)))
        .filter(Column::Id.eq(id))
        .filter(Column::SealedAnswer.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn delete(tx: &WriteTx, id: IdempotencyKeyId) -> Result<()> {
    Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Deletes the oldest answered rows of an asker beyond the newest `most` of all.
pub(super) async fn make_room(tx: &WriteTx, asker: Uuid, most: u64) -> Result<()> {
    let beyond = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::AskerId.eq(asker))
        .order_by_desc(Column::Id)
        .offset(most)
        .limit(1)
        .into_tuple::<IdempotencyKeyId>()
        .one(tx)
        .await?;
    if let Some(last) = beyond {
        Entity::delete_many()
            .filter(Column::AskerId.eq(asker))
            .filter(Column::Id.lte(last))
            .filter(Column::SealedAnswer.is_not_null())
            .exec(tx)
            .await?;
    }
    Ok(())
}

pub(super) async fn delete_before(tx: &WriteTx, before: Timestamp) -> Result<()> {
    Entity::delete_many()
        .filter(Column::BegunAt.lt(before))
        .exec(tx)
        .await?;
    Ok(())
}
