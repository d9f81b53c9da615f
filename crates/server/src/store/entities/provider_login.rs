//! Table `provider_logins`. The logins for which an identity provider vouched.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, IdentityProviderId, LoginId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_logins")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub login_id: LoginId,
    pub provider_id: IdentityProviderId,
    pub account_id: AccountId,
    #[sea_orm(column_type = "Blob", nullable)]
    pub sealed_id_token: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
