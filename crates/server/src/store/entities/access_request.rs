//! Table `access_requests`. Who asked for more on which machine, and what became of it. Names are copied.

use std::time::Duration;

use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access_requests::WAIT_MAX;
use crate::clock::Timestamp;
use crate::ids::{AccessRequestId, AccountId, MachineId, OrganizationId};
use crate::rights::Permissions;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, ToSchema)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[schema(as = AccessRequestState)]
pub enum RequestState {
    /// Nobody has decided yet.
    Waiting,
    /// It counts until its end.
    Approved,
    /// Somebody said no.
    Refused,
    /// Whoever asked took it back, or somebody ended it before its time.
    Withdrawn,
    /// Its time is over.
    Ended,
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_requests")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccessRequestId,
    pub organization_id: OrganizationId,
    pub machine_id: MachineId,
    #[sea_orm(column_type = "Text")]
    pub machine_name: String,
    pub account_id: AccountId,
    #[sea_orm(column_type = "Text")]
    pub account_name: String,
    #[sea_orm(column_type = "Text")]
    pub permissions: String,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    pub duration_seconds: i64,
    pub state: RequestState,
    pub created_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<AccountId>,
    #[sea_orm(column_type = "Text", nullable)]
    pub decided_by_name: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub note: String,
    pub expires_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    #[sea_orm(column_type = "Text", nullable)]
    pub ended_by_name: Option<String>,
}

impl Model {
    /// What is asked for.
    pub(crate) fn wanted(&self) -> Permissions {
        Permissions::from_column(&self.permissions)
    }

    /// For how long.
    pub(crate) fn life(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.duration_seconds).unwrap_or(0))
    }

    /// Whether nobody decided in time.
    pub(crate) fn lapsed(&self, now: Timestamp) -> bool {
        self.state == RequestState::Waiting && now >= self.created_at.after(WAIT_MAX)
    }

    /// Whether what was approved has not ended.
    pub(crate) fn counts(&self, now: Timestamp) -> bool {
        self.state == RequestState::Approved && self.expires_at.is_some_and(|end| end > now)
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
