//! Table `machine_keys`.
//!
//! Every key that is or was a machine's. Rows outlive the machine, so that its agent can be told that it was removed.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{MachineId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine_keys")]
pub struct Model {
    #[sea_orm(
        primary_key,
        auto_increment = false,
        column_type = "VarBinary(StringLen::N(32))"
    )]
    pub public_key: Vec<u8>,
    pub organization_id: OrganizationId,
    pub machine_id: MachineId,
    pub state: KeyState,
    pub added_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// What a key is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum KeyState {
    /// It proves the machine.
    #[sea_orm(string_value = "current")]
    Current,
    /// Another took its place.
    #[sea_orm(string_value = "former")]
    Former,
    /// Its machine was removed.
    #[sea_orm(string_value = "removed")]
    Removed,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
