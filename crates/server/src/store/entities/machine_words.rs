//! Table `machine_words`.
//!
//! What is found by words: everything that a machine's row and its inventory say in text, folded as searches are, a line for each thing
//! said.
//! Written with what says it (`machines/search`), removed with the machine.

use sea_orm::entity::prelude::*;

use crate::ids::MachineId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine_words")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub machine_id: MachineId,
    #[sea_orm(column_type = "Text")]
    pub words: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
