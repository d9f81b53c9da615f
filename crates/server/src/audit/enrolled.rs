//! Which machines were enrolled with a token, as the audit entries prove it.
//!
//! Rows of machines come and go, entries stay: so this is asked here and not of the machines. The entries name the token in
//! `detail` as `enrollment_token_id`; each is found by it in `token_uses`, which is written in the entry's transaction.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value;

use super::{Action, AuditEntry};
use crate::error::Result;
use crate::ids::{AuditEntryId, EnrollmentTokenId, OrganizationId};
use crate::store::entities::{audit_entry, token_use};

/// What gives an installation that asked with a token its machine.
const ENROLLMENTS: [Action; 3] = [
    Action::MachineEnrolled,
    Action::MachineRebound,
    Action::QuarantineApproved,
];

/// The token with which somebody got a machine, if that is what an entry says.
pub(super) fn token_of(action: Action, detail: &Value) -> Option<&str> {
    detail
        .get("enrollment_token_id")
        .and_then(Value::as_str)
        .filter(|_| ENROLLMENTS.contains(&action))
}

/// Makes an entry one that is found by its token.
pub(super) async fn index<C: ConnectionTrait>(tx: &C, token: &str, entry: AuditEntryId) -> Result<()> {
    let row = token_use::ActiveModel {
        token_id: Set(token.to_owned()),
        entry_id: Set(entry),
    };
    token_use::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The entries of machines that were enrolled with a token, newest first: up to `limit` before `before`.
///
/// # Errors
/// Those of the database.
pub async fn enrolled_with<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    token: EnrollmentTokenId,
    (before, limit): (Option<AuditEntryId>, u64),
) -> Result<Vec<AuditEntry>> {
    let mut query = token_use::Entity::find()
        .filter(token_use::Column::TokenId.eq(token.to_string()))
        .order_by_desc(token_use::Column::EntryId)
        .limit(limit);
    if let Some(before) = before {
        query = query.filter(token_use::Column::EntryId.lt(before));
    }
    let uses = query.all(db).await?;
    let rows = audit_entry::Entity::find()
        .filter(audit_entry::Column::OrganizationId.eq(organization))
        .filter(audit_entry::Column::Id.is_in(uses.into_iter().map(|row| row.entry_id)))
        .order_by_desc(audit_entry::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
}
