//! Table `machine_reports`. What helpdesk desktop agents delivered, each report once.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::MachineId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine_reports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub machine_id: MachineId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: ReportKind,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub report_id: String,
    pub at: Timestamp,
    pub received_at: Timestamp,
    #[sea_orm(column_type = "Json")]
    pub body: Json,
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ReportKind {
    /// What a registration told.
    #[sea_orm(string_value = "registration")]
    Registration,
    /// State and metrics.
    #[sea_orm(string_value = "heartbeat")]
    Heartbeat,
    /// Which sections an inventory had.
    #[sea_orm(string_value = "inventory")]
    Inventory,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
