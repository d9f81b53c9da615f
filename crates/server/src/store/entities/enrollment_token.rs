//! Table `enrollment_tokens`.
//!
//! What allows agents to ask for enrollment; only the hash of the secret is kept.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{AccountId, EnrollmentTokenId, OrganizationId, QuarantineId, SiteId, SupportCodeId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "enrollment_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EnrollmentTokenId,
    pub organization_id: OrganizationId,
    pub site_id: SiteId,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub secret_hash: Vec<u8>,
    pub uses: i32,
    pub max_uses: Option<i32>,
    pub created_at: Timestamp,
    pub created_by: Option<AccountId>,
    #[sea_orm(column_type = "Text")]
    pub created_by_name: String,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    pub approval: Approval,
    #[sea_orm(column_type = "Json")]
    pub labels: Json,
    #[sea_orm(column_type = "Json")]
    pub networks: Json,
    pub version: i64,
    pub internal: bool,
    pub quarantine_id: Option<QuarantineId>,
    pub support_code_id: Option<SupportCodeId>,
}

/// Whether a person has to agree before a newcomer becomes a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize, ToSchema)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
#[schema(as = EnrollmentApproval)]
pub enum Approval {
    /// Nobody, unless it is not clear which machine it is.
    #[sea_orm(string_value = "automatic")]
    Automatic,
    /// Somebody, each time.
    #[sea_orm(string_value = "first")]
    First,
    /// Somebody, when the newcomer is not plainly a new machine: it looks like one that is known, or like a sandbox.
    #[sea_orm(string_value = "when_doubtful")]
    WhenDoubtful,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
