//! Table `machine_tokens`. What helpdesk desktop agents prove their machines with; only hashes are kept.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{MachineId, MachineTokenId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MachineTokenId,
    pub organization_id: OrganizationId,
    pub machine_id: MachineId,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub secret_hash: Vec<u8>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    pub revoked_at: Option<Timestamp>,
    pub revoked_because: Option<Because>,
}

/// Why a token was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Because {
    /// The machine registered again.
    #[sea_orm(string_value = "registered_again")]
    RegisteredAgain,
    /// A technician withdrew it.
    #[sea_orm(string_value = "withdrawn")]
    Withdrawn,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
