//! Table `quarantine`.
//!
//! Installations about which a person has to decide, and what was decided. `copy_key` is a hash of key, install id and
//! fingerprint: one entry for one copy, however often it asks.

use sea_orm::entity::prelude::*;

use super::machine::Door;
use crate::clock::Timestamp;
use crate::ids::{EnrollmentTokenId, MachineId, OrganizationId, QuarantineId, SiteId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quarantine")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: QuarantineId,
    pub organization_id: OrganizationId,
    pub site_id: SiteId,
    pub enrollment_token_id: Option<EnrollmentTokenId>,
    pub machine_id: Option<MachineId>,
    pub door: Door,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub copy_key: Vec<u8>,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub machine_key: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub install_id: String,
    pub install_counter: i64,
    #[sea_orm(column_type = "Json")]
    pub evidence: Json,
    #[sea_orm(column_type = "Text", nullable)]
    pub machine_uid: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub hostname: String,
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
    #[sea_orm(column_type = "Text")]
    pub address: String,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub attempts: i32,
    pub state: QuarantineState,
    pub decided_at: Option<Timestamp>,
    #[sea_orm(column_type = "Text", nullable)]
    pub decided_by: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub decided_by_kind: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub decision_reason: Option<String>,
    pub result_machine_id: Option<MachineId>,
}

/// What was decided of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum QuarantineState {
    /// Nothing yet.
    #[sea_orm(string_value = "waiting")]
    Waiting,
    /// It is a machine of its own.
    #[sea_orm(string_value = "approved_new")]
    ApprovedNew,
    /// It is the machine `result_machine_id`.
    #[sea_orm(string_value = "approved_same")]
    ApprovedSame,
    /// It has no place here.
    #[sea_orm(string_value = "refused")]
    Refused,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
