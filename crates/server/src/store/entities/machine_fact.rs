//! Table `machine_facts`.
//!
//! What each machine says in the fields of the search language, a row for each value. `text` is folded; `key` compares as text like the
//! address or the version that it is. Written with the machine's row (`machines/search`), removed with it.

use sea_orm::entity::prelude::*;

use crate::ids::MachineId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine_facts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub field: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub machine_id: MachineId,
    /// Which of several values of the field, counted from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    #[sea_orm(column_type = "Text")]
    pub text: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub key: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
