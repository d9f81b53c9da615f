//! Table `token_uses`.
//!
//! Which audit entries prove what became of whoever asked with an enrollment token: an index over what the entries say in their
//! details, written and removed with them. `token_id` is text, as the details have it.

use sea_orm::entity::prelude::*;

use crate::ids::AuditEntryId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token_uses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub token_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: AuditEntryId,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
