//! Table `sites`. Where machines stand. Into what is archived nothing new goes.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{OrganizationId, SiteId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sites")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SiteId,
    pub organization_id: OrganizationId,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub created_at: Timestamp,
    pub version: i64,
    pub archived_at: Option<Timestamp>,
    #[sea_orm(column_type = "Text", nullable)]
    pub archived_by_name: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
