//! Table `software_titles`. What packages are called, each once for all machines; `folded` is the name as it is looked for. Those that no
//! machine has any more are forgotten after a while.

use sea_orm::entity::prelude::*;

use crate::ids::SoftwareTitleId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "software_titles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SoftwareTitleId,
    #[sea_orm(column_type = "Text")]
    pub manager: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub folded: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
