//! Table `roles`. Roles that somebody made; those that are built in have no row. `permissions` are names with spaces between.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoleId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RoleId,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub name_key: String,
    #[sea_orm(column_type = "Text")]
    pub description: String,
    #[sea_orm(column_type = "Text")]
    pub permissions: String,
    pub created_at: Timestamp,
    pub created_by: Option<AccountId>,
    #[sea_orm(column_type = "Text")]
    pub created_by_name: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
