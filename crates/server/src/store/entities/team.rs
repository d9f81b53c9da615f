//! Table `teams`. A named set of people; its account of the same identifier has the name, the note and the roles. Without an
//! organization it is one of the whole server.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "teams")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    pub organization_id: Option<OrganizationId>,
    #[sea_orm(column_type = "Text")]
    pub name_key: String,
    pub created_by: Option<AccountId>,
    #[sea_orm(column_type = "Text")]
    pub created_by_name: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
