//! Table `sessions`.
//!
//! Periods of remote access, kept after machine and account are gone: names are copied.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{AccountId, LoginId, MachineId, OrganizationId, SessionId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    pub organization_id: OrganizationId,
    pub machine_id: Option<MachineId>,
    #[sea_orm(column_type = "Text")]
    pub machine_name: String,
    pub account_id: Option<AccountId>,
    #[sea_orm(column_type = "Text")]
    pub technician_name: String,
    pub login_id: Option<LoginId>,
    #[sea_orm(column_type = "Text")]
    pub rights: String,
    #[sea_orm(column_type = "Text")]
    pub state: String,
    #[sea_orm(column_type = "Text")]
    pub asked: String,
    pub attempt: i64,
    pub requested_at: Timestamp,
    pub connected_at: Option<Timestamp>,
    pub interrupted_at: Option<Timestamp>,
    pub resumes: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub consent_outcome: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub consent_by: Option<String>,
    pub consent_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    #[sea_orm(column_type = "Text", nullable)]
    pub end_reason: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub end_by_kind: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub end_by_name: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub end_detail: Option<String>,
    pub bytes_to_viewer: i64,
    pub bytes_to_agent: i64,
    #[sea_orm(column_type = "Json", nullable)]
    pub figures: Option<Json>,
    #[sea_orm(column_type = "Text")]
    pub request_id: String,
    /// Of a guest: the session of who invited them.
    pub guest_of: Option<SessionId>,
    /// Why it was opened, as who did said; empty when nobody asked.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
