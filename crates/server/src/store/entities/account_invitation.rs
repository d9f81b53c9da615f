//! Table `account_invitations`. Who was asked to make an account, or to come into one more organization with theirs. `scope` is what of
//! the organization the role reaches, as `rights::Reach` writes it: empty for all.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{AccountId, AccountInvitationId, OrganizationId};
use crate::rights::RoleKey;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountInvitationId,
    pub organization_id: Option<OrganizationId>,
    pub role: RoleKey,
    #[sea_orm(column_type = "Text")]
    pub email: String,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub secret_hash: Vec<u8>,
    pub created_at: Timestamp,
    pub created_by: Option<AccountId>,
    #[sea_orm(column_type = "Text")]
    pub created_by_name: String,
    pub expires_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub accepted_by: Option<AccountId>,
    pub revoked_at: Option<Timestamp>,
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    /// JSON of `rights::Conditions`.
    #[sea_orm(column_type = "Text")]
    pub conditions: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
