//! Table `session_events`. What happened in a session, in order; goes with the session. `detail` is a JSON object.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{OrganizationId, SessionEventId, SessionId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionEventId,
    pub organization_id: OrganizationId,
    pub session_id: SessionId,
    pub at: Timestamp,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub who_kind: String,
    #[sea_orm(column_type = "Text")]
    pub who: String,
    #[sea_orm(column_type = "Json")]
    pub detail: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
