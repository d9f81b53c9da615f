//! Table `machine_installations`.
//!
//! Install ids that a machine gave up for another, with the last counter seen of each: how a copy that lives on is told from a
//! snapshot that is restored once more.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::MachineId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine_installations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub machine_id: MachineId,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub install_id: String,
    pub counter: i64,
    pub ended_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
