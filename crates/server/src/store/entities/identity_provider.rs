//! Table `identity_providers`. OpenID providers that vouch for people; the client's secret is sealed.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{AccountId, IdentityProviderId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity_providers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdentityProviderId,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub issuer: String,
    #[sea_orm(column_type = "Text")]
    pub client_id: String,
    #[sea_orm(column_type = "Blob", nullable)]
    pub sealed_client_secret: Option<Vec<u8>>,
    #[sea_orm(column_type = "Text")]
    pub scopes: String,
    #[sea_orm(column_type = "Text")]
    pub groups_claim: String,
    #[sea_orm(column_type = "Text")]
    pub mappings: String,
    pub creates_accounts: bool,
    pub accounts_max: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub email_domains: String,
    pub trusts_email: bool,
    pub links_invited: bool,
    pub enabled: bool,
    pub created_at: Timestamp,
    pub created_by: Option<AccountId>,
    #[sea_orm(column_type = "Text")]
    pub created_by_name: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
