//! Queries about audit entries.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{ActorView, AuditEntry, Entry, TargetView, chain};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{AuditEntryId, OrganizationId};
use crate::store::entities::{audit_entry, organization};

/// Longest detail kept, in bytes of JSON; larger ones are a fault of the caller in this program.
const DETAIL_MAX: usize = 8 * 1024;

pub(super) async fn append<C: ConnectionTrait>(tx: &C, now: Timestamp, entry: Entry) -> Result<()> {
    let detail = entry.detail.to_string();
    if detail.len() > DETAIL_MAX {
        return Err(Error::internal("the detail of an audit entry is too long"));
    }
    let (seq, prev_hash) = take_place(tx, entry.organization).await?;
    let target = entry.target.as_ref();
    let mut row = audit_entry::Model {
        id: AuditEntryId::new(),
        organization_id: entry.organization,
        seq,
        prev_hash,
        hash: Vec::new(),
        at: now,
        actor_kind: entry.actor.kind.as_str().to_owned(),
        actor_id: entry.actor.id,
        actor_name: entry.actor.name,
        action: entry.action.as_str().to_owned(),
        target_kind: target.map(|target| target.kind.as_str().to_owned()),
        target_id: target.map(|target| target.id.clone()),
        target_name: target.map(|target| target.name.clone()),
        detail,
        request_id: entry.request.map(|id| id.to_string()),
    };
    row.hash = chain::hash(&row).to_vec();
    organization::Entity::update_many()
        .col_expr(organization::Column::AuditHead, Expr::value(row.hash.clone()))
        .filter(organization::Column::Id.eq(entry.organization))
        .exec(tx)
        .await?;
    audit_entry::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Counts the chain up and returns the new place with the hash before it. The update locks the organization's row until
/// the end of the transaction, so that no two entries take one place.
async fn take_place<C: ConnectionTrait>(tx: &C, organization: OrganizationId) -> Result<(i64, Vec<u8>)> {
    organization::Entity::update_many()
        .col_expr(
            organization::Column::AuditSeq,
            Expr::col(organization::Column::AuditSeq).add(1),
        )
        .filter(organization::Column::Id.eq(organization))
        .exec(tx)
        .await?;
    let row = organization::Entity::find_by_id(organization).one(tx).await?;
    row.map(|row| (row.audit_seq, row.audit_head))
        .ok_or(Error::NotFound("organization"))
}

pub(super) async fn newest<C: ConnectionTrait>(
    db: &C,
    within: &[OrganizationId],
    before: Option<AuditEntryId>,
    limit: u64,
) -> Result<Vec<AuditEntry>> {
    let mut query = audit_entry::Entity::find()
        .filter(audit_entry::Column::OrganizationId.is_in(within.iter().copied()))
        .order_by_desc(audit_entry::Column::Id)
        .limit(limit);
    if let Some(before) = before {
        query = query.filter(audit_entry::Column::Id.lt(before));
    }
    Ok(query.all(db).await?.into_iter().map(view).collect())
}

/// Up to `limit` rows of one chain after `seq`, in order.
pub(super) async fn stretch<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    after: i64,
    limit: u64,
) -> Result<Vec<audit_entry::Model>> {
    let rows = audit_entry::Entity::find()
        .filter(audit_entry::Column::OrganizationId.eq(organization))
        .filter(audit_entry::Column::Seq.gt(after))
        .order_by_asc(audit_entry::Column::Seq)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows)
}

/// The end of a chain as the organization's row has it.
pub(super) async fn head<C: ConnectionTrait>(db: &C, organization: OrganizationId) -> Result<(i64, Vec<u8>)> {
    let row = organization::Entity::find_by_id(organization).one(db).await?;
    row.map(|row| (row.audit_seq, row.audit_head))
        .ok_or(Error::NotFound("organization"))
}

pub(super) fn view(row: audit_entry::Model) -> AuditEntry {
    let target = match (row.target_kind, row.target_id, row.target_name) {
        (Some(kind), Some(id), Some(name)) => Some(TargetView { kind, id, name }),
        _ => None,
    };
    AuditEntry {
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
        // Written by this program; were it damaged, `verify` says so and the list still shows the rest.
        detail: serde_json::from_str(&row.detail).unwrap_or_default(),
        request_id: row.request_id.and_then(|text| text.parse().ok()),
    }
}
