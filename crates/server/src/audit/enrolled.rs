//! Which machines were enrolled with a token, as the audit entries prove it.
//!
//! Rows of machines come and go, entries stay: so this is asked here and not of the machines.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Action, AuditEntry};
use crate::error::Result;
use crate::ids::{AuditEntryId, EnrollmentTokenId, OrganizationId};
use crate::store::entities::audit_entry::{Column, Entity};

/// What gives an installation that asked with a token its machine.
const ENROLLMENTS: [Action; 3] = [
    Action::MachineEnrolled,
    Action::MachineRebound,
    Action::QuarantineApproved,
];

/// The entries of machines that were enrolled with a token, newest first: up to `limit` before `before`. They name the
/// token in `detail` as `enrollment_token_id`.
///
/// Looks through the details as text: it costs a walk over the organization's entries and is asked for by hand only.
///
/// # Errors
/// Those of the database.
pub async fn enrolled_with<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    token: EnrollmentTokenId,
    (before, limit): (Option<AuditEntryId>, u64),
) -> Result<Vec<AuditEntry>> {
    // Quotation marks within texts are escaped in JSON, so what an agent says cannot look like this.
    let named = format!("\"enrollment_token_id\":\"{token}\"");
    let mut query = Entity::find()
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::Action.is_in(ENROLLMENTS.map(Action::as_str)))
        .filter(Column::Detail.contains(named))
        .order_by_desc(Column::Id)
        .limit(limit);
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before));
    }
    Ok(query.all(db).await?.into_iter().map(AuditEntry::from).collect())
}
