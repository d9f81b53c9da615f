//! Queries of the `invitations` table.
//!
//! Those for technicians go by a session that was found within their sight; those for strangers by the hash of what they hold.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{InvitationId, OrganizationId, SessionId};
use crate::store::entities::invitation::{Column, Entity, Model};

pub(super) async fn insert(tx: &impl ConnectionTrait, row: Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// What makes an invitation worth something, as far as rows say.
fn is_open(now: Timestamp) -> Condition {
    Condition::all()
        .add(Column::AcceptedAt.is_null())
        .add(Column::RevokedAt.is_null())
        .add(Column::ExpiresAt.gt(now))
}

/// How many to a session are open.
pub(super) async fn count_open(db: &impl ConnectionTrait, session: SessionId, now: Timestamp) -> Result<u64> {
    let query = Entity::find()
        .filter(Column::SessionId.eq(session))
        .filter(is_open(now));
    Ok(query.count(db).await?)
}

/// Those to a session, newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    (organization, session): (OrganizationId, SessionId),
    limit: u64,
) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::SessionId.eq(session))
        .order_by_desc(Column::Id)
        .limit(limit);
    Ok(query.all(db).await?)
}

/// One to this session, however it stands.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    (session, id): (SessionId, InvitationId),
) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id).filter(Column::SessionId.eq(session));
    Ok(query.one(db).await?)
}

/// The open one with this hash, for whoever holds its secret.
pub(super) async fn open_by_hash(
    db: &impl ConnectionTrait,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Model>> {
    let query = Entity::find()
        .filter(Column::Hash.eq(hash.to_vec()))
        .filter(is_open(now));
    Ok(query.one(db).await?)
}

/// The one that the guest with this key came with, however it stands.
pub(super) async fn by_key(db: &impl ConnectionTrait, hash: &[u8; 32]) -> Result<Option<Model>> {
    let query = Entity::find().filter(Column::KeyHash.eq(hash.to_vec()));
    Ok(query.one(db).await?)
}

/// The one that this guest's session came of.
pub(super) async fn of_guest(db: &impl ConnectionTrait, session: SessionId) -> Result<Option<Model>> {
    let query = Entity::find().filter(Column::GuestSessionId.eq(session));
    Ok(query.one(db).await?)
}

/// Who came with an invitation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Came<'a> {
    pub(super) name: &'a str,
    pub(super) session: SessionId,
    pub(super) key_hash: [u8; 32],
}

/// Uses an invitation up, if it is open: of two at the same moment one does. One statement, so that it holds on every engine and
/// node.
pub(super) async fn accept(
    tx: &impl ConnectionTrait,
    id: InvitationId,
    came: Came<'_>,
    now: Timestamp,
) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::AcceptedAt, Expr::value(Some(now)))
        .col_expr(Column::GuestName, Expr::value(Some(came.name.to_owned())))
        .col_expr(Column::GuestSessionId, Expr::value(Some(came.session)))
        .col_expr(Column::KeyHash, Expr::value(Some(came.key_hash.to_vec())))
        .filter(Column::Id.eq(id))
        .filter(is_open(now))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Revokes an invitation that is open, or was accepted; false when it was not, or is none to this session.
pub(super) async fn revoke(
    tx: &impl ConnectionTrait,
    (session, id): (SessionId, InvitationId),
    now: Timestamp,
) -> Result<bool> {
    let worth = Condition::any()
        .add(Column::AcceptedAt.is_not_null())
        .add(Column::ExpiresAt.gt(now));
    let done = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(Some(now)))
        .filter(Column::Id.eq(id))
        .filter(Column::SessionId.eq(session))
        .filter(Column::RevokedAt.is_null())
        .filter(worth)
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}
