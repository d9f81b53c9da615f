//! Table `machines`.
//!
//! Managed computers. Presence is memory, not rows: `last_seen_at` is written on transitions. `version`
//! feeds the ETag. A row that was merged into another (`merged_into`) speaks for that
//! one and is shown nowhere. A `one_time` one is that of a one-time agent and goes with it.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{EnrollmentTokenId, MachineId, OrganizationId, SiteId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machines")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MachineId,
    pub organization_id: OrganizationId,
    pub site_id: SiteId,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub hostname: String,
    pub state: MachineState,
    pub door: Door,
    #[sea_orm(column_type = "Text")]
    pub install_id: String,
    pub install_counter: i64,
    #[sea_orm(column_type = "Json")]
    pub evidence: Json,
    #[sea_orm(column_type = "Text", nullable)]
    pub machine_uid: Option<String>,
    #[sea_orm(column_type = "Json")]
    pub labels: Json,
    #[sea_orm(column_type = "Text")]
    pub os_family: String,
    #[sea_orm(column_type = "Text")]
    pub os_name: String,
    #[sea_orm(column_type = "Text")]
    pub os_version: String,
    #[sea_orm(column_type = "Text")]
    pub os_arch: String,
    #[sea_orm(column_type = "Text")]
    pub agent_version: String,
    #[sea_orm(column_type = "Json")]
    pub users: Json,
    #[sea_orm(column_type = "Json", nullable)]
    pub screen: Option<Json>,
    #[sea_orm(column_type = "Json")]
    pub capabilities: Json,
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    pub enrolled_at: Timestamp,
    pub enrollment_token_id: Option<EnrollmentTokenId>,
    pub last_seen_at: Option<Timestamp>,
    pub blocked_at: Option<Timestamp>,
    #[sea_orm(column_type = "Text", nullable)]
    pub blocked_by: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub blocked_by_kind: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub block_reason: Option<String>,
    pub merged_into: Option<MachineId>,
    pub merged_at: Option<Timestamp>,
    #[sea_orm(column_type = "Text", nullable)]
    pub trusts: Option<String>,
    pub rotation_asked_at: Option<Timestamp>,
    pub helpdesk_at: Option<Timestamp>,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))", nullable)]
    pub pipe_key: Option<Vec<u8>>,
    pub one_time: bool,
    pub version: i64,
}

/// Whether a machine may be worked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum MachineState {
    /// It may.
    #[sea_orm(string_value = "active")]
    Active,
    /// A technician blocked it.
    #[sea_orm(string_value = "blocked")]
    Blocked,
}

/// Which agent speaks for a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Door {
    /// Ours, over a link.
    #[sea_orm(string_value = "agent")]
    Agent,
    /// A helpdesk's desktop agent, over the machine routes.
    #[sea_orm(string_value = "helpdesk")]
    Helpdesk,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
