//! Table `machine_changes`. What changed about a machine, the oldest first by its id. Members mean what `farol_inventory::Change` says.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{MachineChangeId, MachineId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine_changes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MachineChangeId,
    pub organization_id: OrganizationId,
    pub machine_id: MachineId,
    #[sea_orm(column_type = "Text")]
    pub section: String,
    pub at: Timestamp,
    #[sea_orm(column_type = "Text")]
    pub path: String,
    #[sea_orm(column_type = "Text")]
    pub what: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub subject: Option<String>,
    pub kind: Kind,
    #[sea_orm(column_type = "Json", nullable)]
    pub before: Option<Json>,
    #[sea_orm(column_type = "Json", nullable)]
    pub after: Option<Json>,
    /// A value was longer than what is kept of one, and is missing.
    pub shortened: bool,
}

/// How something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize, ToSchema)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[schema(as = MachineChangeKind)]
pub enum Kind {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It is another.
    Changed,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
