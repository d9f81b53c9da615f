//! Audit entries: kept, hash-chained proof of what was done by whom.
//!
//! Rules of other domains call [`record`] inside the transaction of the change it proves, so that neither exists without
//! the other. The chain (one per organization) is in `chain.rs`; queries in `store.rs`; the list in `api.rs`; checking
//! everything in `verify.rs`. Entries never hold secrets, and nothing in the program changes or removes one.

mod action;
mod api;
mod chain;
mod enrolled;
mod entry;
mod store;
mod verify;

use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::Caller;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Page, PageQuery};
use crate::ids::{AuditEntryId, OrganizationId, RequestId};
use crate::organizations::Permission;
use crate::store::WriteTx;

pub use action::Action;
pub use api::routes;
pub use chain::GENESIS;
pub use enrolled::enrolled_with;
pub use entry::{Actor, ActorKind, Entry, Target, TargetKind};
pub use verify::{Finding, Report, verify};

/// One entry as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its identifier.
    pub id: AuditEntryId,
    /// Whose chain it is in.
    pub organization_id: OrganizationId,
    /// Its place in the chain, counted from 1 without gaps.
    pub seq: i64,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it.
    pub actor: ActorView,
    /// What was done, `session.started`; a closed set that grows.
    pub action: String,
    /// What it was done to.
    pub target: Option<TargetView>,
    /// More about it; the fields depend on the action.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// The request that did it, the same id as in the server's log.
    pub request_id: Option<RequestId>,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub struct ActorView {
    /// `account`, `agent`, `command_line` (the server's own) or `server`.
    pub kind: String,
    /// Its id, where the kind has one.
    pub id: Option<String>,
    /// Its name at the time.
    pub name: String,
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AuditTarget)]
pub struct TargetView {
    /// `account`, `machine`, `session`, …
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its name at the time.
    pub name: String,
}

/// Appends `entry` to its organization's chain, in the transaction of the change it proves. Writers of one organization
/// wait for each other here, so call it last before the commit.
///
/// # Errors
/// Those of the database.
pub async fn record(tx: &WriteTx, now: Timestamp, entry: Entry) -> Result<()> {
    store::append(tx, now, entry).await
}

/// Entries of the caller's organizations, newest first.
///
/// # Errors
/// `forbidden` when the caller may read none; those of the database.
pub async fn list(ctx: &Ctx, by: &Caller, query: &PageQuery) -> Result<Page<AuditEntry>> {
    let organizations = by.require_any(Permission::ReadAudit)?;
    let entries = store::newest(ctx.db.read(), &organizations, query.key()?, query.limit() + 1).await?;
    Ok(Page::of(entries, query.limit(), |entry| entry.id))
}
