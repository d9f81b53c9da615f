//! Table `organizations`.
//!
//! Whose machines. `audit_seq` and `audit_head` are the end of the organization's audit chain, `audit_checkpoints` counts its
//! signed checkpoints. Into what is archived nothing new goes.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::OrganizationId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganizationId,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub created_at: Timestamp,
    pub audit_seq: i64,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub audit_head: Vec<u8>,
    pub audit_checkpoints: i64,
    pub version: i64,
    pub archived_at: Option<Timestamp>,
    #[sea_orm(column_type = "Text", nullable)]
    pub archived_by_name: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
