//! Table `passkeys`. Public halves of the keys with which accounts sign in.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{AccountId, PasskeyId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkeys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PasskeyId,
    pub account_id: AccountId,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub credential_hash: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub credential: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub synced: bool,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
