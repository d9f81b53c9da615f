//! Table `audit_checkpoints`.
//!
//! Places of audit chains, signed by the server's identity key; see `audit::checkpoint`. The database refuses to change or
//! remove a row.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::OrganizationId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_checkpoints")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    pub seq: i64,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub hash: Vec<u8>,
    pub at: Timestamp,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub previous: Vec<u8>,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub public_key: Vec<u8>,
    #[sea_orm(column_type = "VarBinary(StringLen::N(64))")]
    pub signature: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
