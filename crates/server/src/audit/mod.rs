//! Audit entries: kept, hash-chained proof of what was done by whom.
//!
//! Rules of other domains call [`record`] inside the transaction of the change it proves, so that neither exists without
//! the other. The chain (one per organization) is in `chain.rs`, its signed checkpoints in `checkpoint.rs`, what is noted of
//! them outside of the database in `noted.rs`; queries in `store.rs`; list, export and verification over HTTP in `api.rs`;
//! checking everything in `verify.rs`; removing what is old in `retention.rs`, the only place that removes anything; taking a
//! restored database for right in `restore.rs`. Entries never hold secrets, and nothing changes one: the database refuses
//! that as well.

mod action;
mod api;
mod attempts;
mod chain;
mod checkpoint;
mod enrolled;
mod entry;
mod export;
mod filter;
mod noted;
mod progress;
mod restore;
mod retention;
mod store;
mod verify;

use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::Caller;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::events::{Scope, Topic};
use crate::http::{List, Page, PageQuery};
use crate::ids::{AuditEntryId, OrganizationId, RequestId};
use crate::organizations;
use crate::rights::Permission;
use crate::store::WriteTx;
use crate::store::entities::audit_entry;
use crate::webhooks;

pub use action::Action;
pub use api::routes;
pub use attempts::{LoginAttempt, attempts_of};
pub use chain::GENESIS;
pub use checkpoint::PublicKey;
pub use enrolled::enrolled_with;
pub use entry::{Actor, ActorKind, Entry, Target, TargetKind};
pub use export::{Export, Format};
pub use filter::AuditFilter;
pub use noted::FILE as NOTE_FILE;
pub use progress::{STEP, Verification, verify_some};
pub use restore::{Accepted, accept_restore};
pub use retention::{Pruned, Tending, prune, sign_all, tend};
pub use verify::{Finding, FindingKind, Known, Report, verify};

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
    /// What was there before, for changes: an object with the fields that changed.
    #[schema(value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    /// What is there now, for changes.
    #[schema(value_type = Option<Object>)]
    pub after: Option<serde_json::Value>,
    /// From where: an IP address.
    pub address: Option<String>,
    /// The request that did it, the same id as in the server's log.
    pub request_id: Option<RequestId>,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub struct ActorView {
    /// `account`, `api_token`, `agent` (of a machine), `guest` (of a session), `command_line` (the server's own) or `server`.
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

/// Appends `entry` to its organization's chain, in the transaction of the change it proves, and queues it for the webhooks that are told
/// of it. Writers of one organization
/// wait for each other here, so call it last before the commit.
///
/// # Errors
/// Those of the database.
pub async fn record(tx: &WriteTx, now: Timestamp, entry: Entry) -> Result<()> {
    let entry = store::append(tx, now, entry).await?;
    webhooks::entry_recorded(tx, entry).await
}

/// What this server knows of its chains outside of the database: the identity keys that it holds, whose checkpoints it
/// accepts by themselves (what a retired key signed is vouched for by the checkpoints after it), and the last checkpoints.
///
/// # Errors
/// `storage_unavailable` when the note of the last checkpoints cannot be read.
pub fn known(ctx: &Ctx) -> Result<Known> {
    Ok(Known {
        marks: noted::read(ctx)?,
        ..Known::by_keys(ctx.identity.public_keys())
    })
}

/// Entries of the caller's organizations that pass `filter`, newest first.
///
/// # Errors
/// `forbidden` when the caller may read none; `validation_failed`; those of the database.
pub async fn list(
    ctx: &Ctx,
    by: &Caller,
    query: &PageQuery,
    filter: &AuditFilter,
) -> Result<Page<AuditEntry>> {
    let organizations = by.require_any(Permission::AuditRead)?;
    let filter = filter.checked()?.with_merged(ctx.db.read()).await?;
    let list = List::new(ctx, "audit");
    let rows = store::newest(
        ctx.db.read(),
        &organizations,
        &filter,
        query.key(&list)?,
        query.limit() + 1,
    )
    .await?;
    let entries = rows.into_iter().map(AuditEntry::from).collect();
    Ok(Page::of(&list, entries, query.limit(), |entry: &AuditEntry| {
        store::Last {
            at: entry.at,
            id: entry.id,
        }
    }))
}

/// Records that the caller exports the entries that pass `filter`, and returns the export.
///
/// # Errors
/// `forbidden` when the caller may read none; `validation_failed`; those of the database.
pub async fn export(ctx: &Ctx, by: &Caller, format: Format, filter: &AuditFilter) -> Result<Export> {
    let allowed = by.require_any(Permission::AuditRead)?;
    let checked = filter.checked()?.with_merged(ctx.db.read()).await?;
    let detail = serde_json::json!({ "format": format.as_str(), "filter": filter.trimmed() });
    let tx = ctx.db.write().await?;
    let mut chains = std::collections::VecDeque::new();
    for id in allowed {
        let organization = organizations::find(&tx, id).await?;
        let entry = by
            .entry(id, Action::AuditExported)
            .on(Target::new(TargetKind::Organization, id, &organization.name))
            .detail(detail.clone());
        record(&tx, ctx.clock.now(), entry).await?;
        chains.push_back((id, store::head(&tx, id).await?.place.seq));
    }
    tx.commit().await?;
    for (id, _) in &chains {
        ctx.events.publish(Scope::Organization(*id), &[Topic::Audit]);
    }
    Ok(Export {
        format,
        filter: checked,
        chains,
    })
}

impl From<audit_entry::Model> for AuditEntry {
    fn from(row: audit_entry::Model) -> Self {
        // Written by this program; were it damaged, `verify` says so and the list still shows the rest.
        let json = |text: &String| serde_json::from_str(text).unwrap_or_default();
        let target = match (row.target_kind, row.target_id, row.target_name) {
            (Some(kind), Some(id), Some(name)) => Some(TargetView { kind, id, name }),
            _ => None,
        };
        Self {
            id: row.id,
            organization_id: row.organization_id,
            seq: row.seq,
            at: row.at,
            actor: ActorView {
                kind: row.actor_kind,
                id: row.actor_id,
                name: row.actor_name,
            },
            action: row.action,
            target,
            detail: json(&row.detail),
            before: row.before.as_ref().map(json),
            after: row.after.as_ref().map(json),
            address: row.address,
            request_id: row.request_id.and_then(|text| text.parse().ok()),
        }
    }
}
