//! Queries of the table `access_requests`.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{AccessRequestId, AccountId, OrganizationId};
use crate::store::entities::access_request::{Column, Entity, Model, RequestState};

/// Most requests in a list; the newest.
const LISTED_MAX: u64 = 500;

/// What was approved for an account and has not ended by `now`.
pub(crate) async fn granted<C: ConnectionTrait>(
    db: &C,
    account: AccountId,
    now: Timestamp,
) -> Result<Vec<Model>> {
    let of = Entity::find().filter(Column::AccountId.eq(account));
    Ok(of
        .filter(Column::State.eq(RequestState::Approved))
        .filter(Column::ExpiresAt.gt(now))
        .order_by_asc(Column::Id)
        .all(db)
        .await?)
}

/// The same of several accounts.
pub(crate) async fn granted_of<C: ConnectionTrait>(
    db: &C,
    accounts: &[AccountId],
    now: Timestamp,
) -> Result<HashMap<AccountId, Vec<Model>>> {
    let rows = Entity::find()
        .filter(Column::AccountId.is_in(accounts.iter().copied()))
        .filter(Column::State.eq(RequestState::Approved))
        .filter(Column::ExpiresAt.gt(now))
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    let mut of: HashMap<AccountId, Vec<Model>> = HashMap::new();
    for row in rows {
        of.entry(row.account_id).or_default().push(row);
    }
    Ok(of)
}

pub(super) async fn insert<C: ConnectionTrait>(tx: &C, row: Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) async fn find<C: ConnectionTrait>(db: &C, id: AccessRequestId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// How many of an account wait that were made after a moment.
pub(super) async fn count_waiting<C: ConnectionTrait>(
    db: &C,
    account: AccountId,
    after: Timestamp,
) -> Result<u64> {
    let of = Entity::find().filter(Column::AccountId.eq(account));
    let waiting = of
        .filter(Column::State.eq(RequestState::Waiting))
        .filter(Column::CreatedAt.gt(after));
    Ok(waiting.count(db).await?)
}

/// Those of an account, and those of these organizations, newest first.
pub(super) async fn of_organizations<C: ConnectionTrait>(
    db: &C,
    account: AccountId,
    organizations: &[OrganizationId],
) -> Result<Vec<Model>> {
    let either = Condition::any()
        .add(Column::AccountId.eq(account))
        .add(Column::OrganizationId.is_in(organizations.iter().copied()));
    Ok(Entity::find()
        .filter(either)
        .order_by_desc(Column::Id)
        .limit(LISTED_MAX)
        .all(db)
        .await?)
}

/// Writes what became of a request, if it is still in this state; false otherwise.
pub(super) async fn change<C: ConnectionTrait>(tx: &C, row: &Model, was: RequestState) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(row.state))
        .col_expr(Column::DecidedAt, Expr::value(row.decided_at))
        .col_expr(Column::DecidedBy, Expr::value(row.decided_by))
        .col_expr(Column::DecidedByName, Expr::value(row.decided_by_name.clone()))
        .col_expr(Column::Note, Expr::value(row.note.clone()))
        .col_expr(Column::ExpiresAt, Expr::value(row.expires_at))
        .col_expr(Column::EndedAt, Expr::value(row.ended_at))
        .col_expr(Column::EndedByName, Expr::value(row.ended_by_name.clone()))
        .filter(Column::Id.eq(row.id))
        .filter(Column::State.eq(was))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// What was approved and is over by `now`.
pub(super) async fn passed<C: ConnectionTrait>(db: &C, now: Timestamp) -> Result<Vec<Model>> {
    Ok(Entity::find()
        .filter(Column::State.eq(RequestState::Approved))
        .filter(Column::ExpiresAt.lte(now))
        .order_by_asc(Column::Id)
        .all(db)
        .await?)
}

/// Forgets those that were made before a moment and do not count.
pub(super) async fn forget<C: ConnectionTrait>(tx: &C, before: Timestamp) -> Result<()> {
    Entity::delete_many()
        .filter(Column::CreatedAt.lt(before))
        .filter(Column::State.ne(RequestState::Approved))
        .exec(tx)
        .await?;
    Ok(())
}
