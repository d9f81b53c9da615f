//! Table `machines`.
//!
//! Managed computers. Presence is memory, not rows: `last_seen_at` is written on transitions. `version`
//! feeds the ETag.

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
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub machine_key: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub install_id: String,
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
    pub removed_at: Option<Timestamp>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
