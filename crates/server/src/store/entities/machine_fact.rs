//! Table `machine_facts`.
//!
//! What each machine says in the fields of the search language, a row for each value. `text` is folded; `key` compares as text like the
//! address or the version that it is; `value` is the number, or 1 and 0 for yes and no. Written with what says it (`machines/search`): the
//! machine's row, or a section of its inventory. Removed with the machine.

use sea_orm::entity::prelude::*;

use crate::ids::MachineId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine_facts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub field: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub machine_id: MachineId,
    /// Whose word it is: `row`, or a section.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub part: String,
    /// Which of several values of the field, counted from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    #[sea_orm(column_type = "Text")]
    pub text: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub key: Option<String>,
    pub value: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
