//! Table `machine_software`. Which machine has which title, in which version. Written with the section `software` of its inventory.

use sea_orm::entity::prelude::*;

use crate::ids::{MachineId, SoftwareTitleId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine_software")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub title_id: SoftwareTitleId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub machine_id: MachineId,
    #[sea_orm(column_type = "Text")]
    pub version: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
