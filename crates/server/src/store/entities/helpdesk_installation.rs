//! Table `helpdesk_installations`.
//!
//! Installations of helpdesk desktop agents, by the hash of what they store. Rows outlive the machine.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{MachineId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "helpdesk_installations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    #[sea_orm(
        primary_key,
        auto_increment = false,
        column_type = "VarBinary(StringLen::N(32))"
    )]
    pub installation_key: Vec<u8>,
    pub machine_id: MachineId,
    pub state: InstallationState,
    pub added_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// What an installation is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum InstallationState {
    /// It speaks for the machine.
    #[sea_orm(string_value = "current")]
    Current,
    /// Another took its place.
    #[sea_orm(string_value = "former")]
    Former,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
