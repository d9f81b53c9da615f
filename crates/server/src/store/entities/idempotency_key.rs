//! Table `idempotency_keys`. Requests that were sent with an `Idempotency-Key`, and their answers.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{AccountId, IdempotencyKeyId, LoginId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdempotencyKeyId,
    pub account_id: AccountId,
    pub asker_id: Uuid,
    pub shown_to: LoginId,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub key_hash: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    pub sealed_request: Vec<u8>,
    #[sea_orm(column_type = "Blob", nullable)]
    pub sealed_answer: Option<Vec<u8>>,
    pub begun_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
