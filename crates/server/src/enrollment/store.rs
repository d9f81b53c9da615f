//! Queries of the `enrollment_tokens` table.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{EnrollmentToken, TokenCreator};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{EnrollmentTokenId, OrganizationId};
use crate::store::entities::enrollment_token::{ActiveModel, Approval, Column, Entity, Model};

impl From<Model> for EnrollmentToken {
    fn from(row: Model) -> Self {
        let count = |number: i32| u32::try_from(number).unwrap_or(0);
        Self {
            id: row.id,
            name: row.name,
            site_id: row.site_id,
            organization_id: row.organization_id,
            uses: count(row.uses),
            max_uses: row.max_uses.map(count),
            expires_at: row.expires_at,
            created_at: row.created_at,
            created_by: TokenCreator {
                id: row.created_by,
                name: row.created_by_name,
            },
            revoked_at: row.revoked_at,
        }
    }
}

pub(super) async fn insert<C: ConnectionTrait>(
    tx: &C,
    token: &EnrollmentToken,
    secret_hash: [u8; 32],
) -> Result<()> {
    let row = ActiveModel {
        id: Set(token.id),
        organization_id: Set(token.organization_id),
        site_id: Set(token.site_id),
        name: Set(token.name.clone()),
        secret_hash: Set(secret_hash.to_vec()),
        uses: Set(0),
        max_uses: Set(token.max_uses.map(|uses| i32::try_from(uses).unwrap_or(i32::MAX))),
        created_at: Set(token.created_at),
        created_by: Set(token.created_by.id),
        created_by_name: Set(token.created_by.name.clone()),
        expires_at: Set(token.expires_at),
        revoked_at: Set(None),
        approval: Set(Approval::Automatic),
        labels: Set(serde_json::json!({})),
        networks: Set(serde_json::json!([])),
        version: Set(1),
        internal: Set(false),
        quarantine_id: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    before: Option<EnrollmentTokenId>,
    limit: u64,
) -> Result<Vec<EnrollmentToken>> {
    let mut query = Entity::find().filter(Column::OrganizationId.is_in(organizations.iter().copied()));
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before));
    }
    let rows = query.order_by_desc(Column::Id).limit(limit).all(db).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    id: EnrollmentTokenId,
) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id).filter(Column::OrganizationId.is_in(organizations.iter().copied()));
    Ok(query.one(db).await?)
}

/// Marks a token as revoked; false when it was already.
pub(super) async fn revoke<C: ConnectionTrait>(tx: &C, id: EnrollmentTokenId, at: Timestamp) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(Some(at)))
        .filter(Column::Id.eq(id))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// The token with this secret, unless it is revoked or expired. One that is used up still finds machines again.
pub(super) async fn find_valid<C: ConnectionTrait>(
    tx: &C,
    secret_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Model>> {
    let query = Entity::find()
        .filter(Column::SecretHash.eq(secret_hash.to_vec()))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now));
    Ok(query.one(tx).await?)
}

/// Counts one use; false when none was left.
pub(super) async fn count_use<C: ConnectionTrait>(
    tx: &C,
    id: EnrollmentTokenId,
    now: Timestamp,
) -> Result<bool> {
    let some_left = Condition::any()
        .add(Column::MaxUses.is_null())
        .add(Expr::col(Column::Uses).lt(Expr::col(Column::MaxUses)));
    let done = Entity::update_many()
        .col_expr(Column::Uses, Expr::col(Column::Uses).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .filter(some_left)
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}
