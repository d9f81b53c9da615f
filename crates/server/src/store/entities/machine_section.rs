//! Table `machine_sections`. The newest of each section of a machine's inventory.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::MachineId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine_sections")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub machine_id: MachineId,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub section: String,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub hash: Vec<u8>,
    pub at: Timestamp,
    #[sea_orm(column_type = "Json")]
    pub body: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
