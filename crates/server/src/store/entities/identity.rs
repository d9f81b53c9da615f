//! Table `identities`. Who accounts are at identity providers.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{AccountId, IdentityId, IdentityProviderId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identities")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdentityId,
    pub provider_id: IdentityProviderId,
    pub account_id: AccountId,
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    #[sea_orm(column_type = "Text")]
    pub email: String,
    pub made_account: bool,
    pub linked_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
