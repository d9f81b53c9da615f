//! Table `assignments`. Which account has which role where; without an organization it is for the whole server.
//! With a provider, that one gave it. `scope` is what of the organization it reaches, as `rights::Reach` writes it: empty for all.

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
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    pub expires_at: Option<Timestamp>,
    /// JSON of `rights::Hours`.
    #[sea_orm(column_type = "Text", nullable)]
    pub hours: Option<String>,
    pub step_up_minutes: Option<i64>,
    pub reason_required: bool,
    /// When its end was noted.
    pub ended_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
