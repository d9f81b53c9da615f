//! Table `webhook_attempts`. What became of each attempt to deliver an event.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{OrganizationId, WebhookAttemptId, WebhookDeliveryId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookAttemptId,
    pub organization_id: OrganizationId,
    pub delivery_id: WebhookDeliveryId,
    pub at: Timestamp,
    pub duration_ms: i64,
    pub status: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub failure_code: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub failure: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub answer: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
