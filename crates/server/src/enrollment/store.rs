//! Queries of the `enrollment_tokens` table, and of what waits in quarantine because of a token.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait, LockType, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::view::TokenFilter;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{EnrollmentTokenId, OrganizationId, QuarantineId};
use crate::store::entities::enrollment_token::{Column, Entity, Model};
use crate::store::entities::quarantine::{self, QuarantineState};

pub(super) async fn insert<C: ConnectionTrait>(tx: &C, row: Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Newest first: up to `limit` before `before`; never the server's own.
pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    wanted: Option<(TokenFilter, Timestamp)>,
    (before, limit): (Option<EnrollmentTokenId>, u64),
) -> Result<Vec<Model>> {
    let mut query = Entity::find()
        .filter(Column::OrganizationId.is_in(organizations.iter().copied()))
        .filter(Column::Internal.eq(false));
    if let Some((filter, now)) = wanted {
        query = query.filter(match filter {
            TokenFilter::Active => works(now),
            TokenFilter::Ended => works(now).not(),
        });
    }
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before));
    }
    Ok(query.order_by_desc(Column::Id).limit(limit).all(db).await?)
}

/// Whether a machine could be enrolled with it; the same as `TokenState::Active`.
fn works(now: Timestamp) -> Condition {
    Condition::all()
        .add(Column::RevokedAt.is_null())
        .add(Column::ExpiresAt.gt(now))
        .add(some_left())
}

fn some_left() -> Condition {
    Condition::any()
        .add(Column::MaxUses.is_null())
        .add(Expr::col(Column::Uses).lt(Expr::col(Column::MaxUses)))
}

/// One token; never one of the server's own.
pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    id: EnrollmentTokenId,
) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id)
        .filter(Column::OrganizationId.is_in(organizations.iter().copied()))
        .filter(Column::Internal.eq(false));
    Ok(query.one(db).await?)
}

/// How many installations wait for a decision, by the token with which they asked; none is left out.
pub(super) async fn waiting<C: ConnectionTrait>(
    db: &C,
    tokens: &[EnrollmentTokenId],
) -> Result<HashMap<EnrollmentTokenId, u32>> {
    let counts: Vec<(EnrollmentTokenId, i64)> = quarantine::Entity::find()
        .select_only()
        .column(quarantine::Column::EnrollmentTokenId)
        .column_as(quarantine::Column::Id.count(), "waiting")
        .filter(quarantine::Column::EnrollmentTokenId.is_in(tokens.iter().copied()))
        .filter(quarantine::Column::State.eq(QuarantineState::Waiting))
        .group_by(quarantine::Column::EnrollmentTokenId)
        .into_tuple()
        .all(db)
        .await?;
    let counts = counts.into_iter();
    Ok(counts
        .map(|(token, count)| (token, u32::try_from(count).unwrap_or(u32::MAX)))
        .collect())
}

/// Writes what a token allows, if it is still at `version`, not revoked, and not used beyond the new limit; false otherwise.
pub(super) async fn change<C: ConnectionTrait>(tx: &C, row: &Model, version: i64) -> Result<bool> {
    let mut update = Entity::update_many()
        .col_expr(Column::Name, Expr::value(row.name.clone()))
        .col_expr(Column::SiteId, Expr::value(row.site_id))
        .col_expr(Column::Labels, Expr::value(row.labels.clone()))
        .col_expr(Column::MaxUses, Expr::value(row.max_uses))
        .col_expr(Column::ExpiresAt, Expr::value(row.expires_at))
        .col_expr(Column::Approval, Expr::value(row.approval))
        .col_expr(Column::Networks, Expr::value(row.networks.clone()))
        .col_expr(Column::Version, Expr::value(version + 1))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(version))
        .filter(Column::RevokedAt.is_null());
    if let Some(max) = row.max_uses {
        update = update.filter(Column::Uses.lte(max));
    }
    Ok(update.exec(tx).await?.rows_affected > 0)
}

/// Marks a token as revoked; false when it was already.
pub(super) async fn revoke<C: ConnectionTrait>(tx: &C, id: EnrollmentTokenId, at: Timestamp) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(Some(at)))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Marks the tokens as revoked that lead into a place and could be used still, the server's own included. How many of people's.
pub(super) async fn revoke_leading<C: ConnectionTrait>(
    tx: &C,
    place: SimpleExpr,
    at: Timestamp,
) -> Result<u64> {
    let mut revoked = 0;
    for internal in [true, false] {
        let done = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(Some(at)))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(place.clone())
            .filter(Column::Internal.eq(internal))
            .filter(works(at))
            .exec(tx)
            .await?;
        revoked = done.rows_affected;
    }
    Ok(revoked)
}

/// The token of this number, however it stands, locked until the end of the transaction.
pub(super) async fn hold_one<C: ConnectionTrait>(tx: &C, id: EnrollmentTokenId) -> Result<()> {
    Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(tx).await?;
    Ok(())
}

/// Marks the unused tokens as revoked that the server made for this copy.
pub(super) async fn revoke_internal<C: ConnectionTrait>(
    tx: &C,
    quarantine: QuarantineId,
    at: Timestamp,
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(Some(at)))
        .filter(Column::QuarantineId.eq(quarantine))
        .filter(Column::Internal.eq(true))
        .filter(Column::Uses.eq(0))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Forgets tokens of the server's own that ended before this moment.
pub(crate) async fn forget_internal<C: ConnectionTrait>(tx: &C, before: Timestamp) -> Result<()> {
    Entity::delete_many()
        .filter(Column::Internal.eq(true))
        .filter(Column::ExpiresAt.lt(before))
        .exec(tx)
        .await?;
    Ok(())
}

/// The token with this secret, however it stands, locked until the end of the transaction.
pub(super) async fn hold<C: ConnectionTrait>(tx: &C, secret_hash: &[u8; 32]) -> Result<Option<Model>> {
    let query = Entity::find()
        .filter(Column::SecretHash.eq(secret_hash.to_vec()))
        .lock(LockType::NoKeyUpdate);
    Ok(query.one(tx).await?)
}

/// Counts one use; false when none was left.
pub(super) async fn count_use<C: ConnectionTrait>(
    tx: &C,
    id: EnrollmentTokenId,
    now: Timestamp,
) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::Uses, Expr::col(Column::Uses).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .filter(some_left())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// The labels that machines enrolled with this token get; none when the token is gone.
pub(crate) async fn labels_of<C: ConnectionTrait>(
    db: &C,
    token: EnrollmentTokenId,
) -> Result<serde_json::Value> {
    let row = Entity::find_by_id(token).one(db).await?;
    Ok(row.map_or_else(|| serde_json::json!({}), |row| row.labels))
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::ids::SiteId;
    use crate::store::entities::enrollment_token::Approval;

    /// A token for tests of what is pure.
    pub(crate) fn row() -> Model {
        Model {
            id: EnrollmentTokenId::new(),
            organization_id: OrganizationId::new(),
            site_id: SiteId::new(),
            name: "test".into(),
            secret_hash: vec![0; 32],
            uses: 0,
            max_uses: None,
            created_at: Timestamp(0),
            created_by: None,
            created_by_name: "test".into(),
            expires_at: Timestamp(1_000),
            revoked_at: None,
            approval: Approval::Automatic,
            labels: json!({}),
            networks: json!([]),
            version: 1,
            internal: false,
            quarantine_id: None,
            support_code_id: None,
        }
    }
}
