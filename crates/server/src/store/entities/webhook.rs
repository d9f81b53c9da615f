//! Table `webhooks`. Receivers of an organization's events; secrets are sealed.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{AccountId, OrganizationId, WebhookId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookId,
    pub organization_id: OrganizationId,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub url: String,
    #[sea_orm(column_type = "Text")]
    pub event_types: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub expression: Option<String>,
    pub enabled: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub disabled_because: Option<String>,
    #[sea_orm(column_type = "Blob")]
    pub sealed_secret: Vec<u8>,
    #[sea_orm(column_type = "Blob", nullable)]
    pub sealed_previous: Option<Vec<u8>>,
    pub previous_until: Option<Timestamp>,
    pub failures: i64,
    pub strained: bool,
    pub resume_at: Option<Timestamp>,
    pub attempted_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub created_by: Option<AccountId>,
    #[sea_orm(column_type = "Text")]
    pub created_by_name: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
