//! Table `duplicate_dismissals`.
//!
//! Pairs of machines that look alike and are not one; the smaller id first.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::MachineId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "duplicate_dismissals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub first_id: MachineId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub second_id: MachineId,
    pub at: Timestamp,
    #[sea_orm(column_type = "Text")]
    pub by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
