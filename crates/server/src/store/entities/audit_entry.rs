//! Table `audit_entries`.
//!
//! Kept proof, hash-chained per organization; see `audit::chain`. Text columns hold exactly what was hashed. The
//! database itself refuses to change a row, and to remove one that no `pruned` checkpoint covers.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{AuditEntryId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditEntryId,
    pub organization_id: OrganizationId,
    pub seq: i64,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub prev_hash: Vec<u8>,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub hash: Vec<u8>,
    pub at: Timestamp,
    #[sea_orm(column_type = "Text")]
    pub actor_kind: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub actor_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub actor_name: String,
    #[sea_orm(column_type = "Text")]
    pub action: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub target_kind: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub target_id: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub target_name: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub detail: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub request_id: Option<String>,
    pub chain_version: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub before: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub after: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
