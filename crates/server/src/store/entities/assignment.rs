//! Table `assignments`. Which account has which role where; without an organization it is for the whole server.
//! With a provider, that one gave it.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{AccountId, AssignmentId, IdentityProviderId, OrganizationId};
use crate::rights::RoleKey;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assignments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssignmentId,
    pub account_id: AccountId,
    pub organization_id: Option<OrganizationId>,
    pub role: RoleKey,
    pub created_at: Timestamp,
    pub created_by: Option<AccountId>,
    #[sea_orm(column_type = "Text")]
    pub created_by_name: String,
    pub provider_id: Option<IdentityProviderId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
