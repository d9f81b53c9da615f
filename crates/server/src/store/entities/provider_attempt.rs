//! Table `provider_attempts`. Sign-ins under way at identity providers; only hashes of their secrets are kept.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{AccountId, IdentityProviderId, LoginId, ProviderAttemptId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProviderAttemptId,
    pub provider_id: IdentityProviderId,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub state_hash: Vec<u8>,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub browser_hash: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub return_to: String,
    pub account_id: Option<AccountId>,
    pub login_id: Option<LoginId>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
