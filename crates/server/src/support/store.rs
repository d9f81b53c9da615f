//! Queries of the `support_codes` table.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};

use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{AccountId, MachineId, OrganizationId, SupportCodeId};
use crate::store::entities::support_code::{Column, Entity, Model};

pub(super) async fn insert<C: ConnectionTrait>(tx: &C, row: Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// What makes a code worth something.
fn is_open(now: Timestamp) -> Condition {
    Condition::all()
        .add(Column::RedeemedAt.is_null())
        .add(Column::RevokedAt.is_null())
        .add(Column::ExpiresAt.gt(now))
}

/// The open ones of these organizations, those that expire first first; their number is bounded when they are made.
pub(super) async fn open<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    now: Timestamp,
) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::OrganizationId.is_in(organizations.iter().copied()))
        .filter(is_open(now))
        .order_by_asc(Column::ExpiresAt)
        .order_by_asc(Column::Id);
    Ok(query.all(db).await?)
}

/// How many are open in an organization, and how many of them this account made.
pub(super) async fn count_open<C: ConnectionTrait>(
    db: &C,
    (organization, account): (OrganizationId, AccountId),
    now: Timestamp,
) -> Result<(u64, u64)> {
    let all = Entity::find()
        .filter(Column::OrganizationId.eq(organization))
        .filter(is_open(now));
    let own = Entity::find()
        .filter(Column::CreatedBy.eq(account))
        .filter(is_open(now));
    Ok((all.count(db).await?, own.count(db).await?))
}

/// One of these organizations' codes, however it stands.
pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    id: SupportCodeId,
) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id).filter(Column::OrganizationId.is_in(organizations.iter().copied()));
    Ok(query.one(db).await?)
}

/// Whether any code that is remembered has this hash.
pub(super) async fn is_known<C: ConnectionTrait>(db: &C, hash: &[u8; 32]) -> Result<bool> {
    let found = Entity::find().filter(Column::Hash.eq(hash.to_vec()));
    Ok(found.count(db).await? > 0)
}

/// The open code with this hash, for whoever holds it.
pub(super) async fn open_by_hash<C: ConnectionTrait>(
    db: &C,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Model>> {
    let query = Entity::find()
        .filter(Column::Hash.eq(hash.to_vec()))
        .filter(is_open(now));
    Ok(query.one(db).await?)
}

/// Uses the code with this hash, if it is open: of two at the same moment one gets the row. One statement, so that it holds on
/// every engine and node.
pub(super) async fn redeem<C: ConnectionTrait>(
    tx: &C,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Model>> {
    let done = Entity::update_many()
        .col_expr(Column::RedeemedAt, Expr::value(Some(now)))
        .filter(Column::Hash.eq(hash.to_vec()))
        .filter(is_open(now))
        .exec(tx)
        .await?;
    if done.rows_affected == 0 {
        return Ok(None);
    }
    let query = Entity::find().filter(Column::Hash.eq(hash.to_vec()));
    Ok(query.one(tx).await?)
}

/// Revokes an open code; false when it was not.
pub(super) async fn revoke<C: ConnectionTrait>(tx: &C, id: SupportCodeId, now: Timestamp) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(Some(now)))
        .filter(Column::Id.eq(id))
        .filter(is_open(now))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Revokes the open codes of an organization; how many.
pub(super) async fn revoke_into<C: ConnectionTrait>(
    tx: &C,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<u64> {
    let done = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(Some(now)))
        .filter(Column::OrganizationId.eq(organization))
        .filter(is_open(now))
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}

/// Notes the machine that came with a code; false when another did.
pub(super) async fn came<C: ConnectionTrait>(tx: &C, id: SupportCodeId, machine: MachineId) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::MachineId, Expr::value(Some(machine)))
        .filter(Column::Id.eq(id))
        .filter(Column::MachineId.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// The codes that these machines came with.
pub(super) async fn of_machines<C: ConnectionTrait>(db: &C, machines: &[MachineId]) -> Result<Vec<Model>> {
    let query = Entity::find().filter(Column::MachineId.is_in(machines.iter().copied()));
    Ok(query.all(db).await?)
}

/// Notes who took a waiting person; false when somebody did already.
pub(super) async fn take<C: ConnectionTrait>(
    tx: &C,
    id: SupportCodeId,
    (account, name): (AccountId, &str),
    now: Timestamp,
) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::TakenBy, Expr::value(Some(account)))
        .col_expr(Column::TakenByName, Expr::value(Some(name.to_owned())))
        .col_expr(Column::TakenAt, Expr::value(Some(now)))
        .filter(Column::Id.eq(id))
        .filter(Column::TakenAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Nobody has taken the person any more; false when nobody had, or another than `taken_by` has now.
pub(super) async fn release<C: ConnectionTrait>(
    tx: &C,
    id: SupportCodeId,
    taken_by: Option<AccountId>,
) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::TakenBy, Expr::value(Option::<AccountId>::None))
        .col_expr(Column::TakenByName, Expr::value(Option::<String>::None))
        .col_expr(Column::TakenAt, Expr::value(Option::<Timestamp>::None))
        .filter(Column::Id.eq(id))
        .filter(Column::TakenAt.is_not_null())
        .filter(match taken_by {
            Some(account) => Column::TakenBy.eq(account),
            None => Column::TakenBy.is_null(),
        })
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Forgets codes that expired before this moment, but for those whose machines are there.
pub(super) async fn forget<C: ConnectionTrait>(tx: &C, before: Timestamp, kept: &[MachineId]) -> Result<()> {
    Entity::delete_many()
        .filter(Column::ExpiresAt.lt(before))
        .filter(
            Condition::any()
                .add(Column::MachineId.is_null())
                .add(Column::MachineId.is_not_in(kept.iter().copied())),
        )
        .exec(tx)
        .await?;
    Ok(())
}

/// Gives the open codes that are assigned to or taken by `from` to somebody else, or to nobody; within `organizations`, or everywhere.
pub(super) async fn hand_over<C: ConnectionTrait>(
    tx: &C,
    from: AccountId,
    to: Option<(AccountId, &str)>,
    organizations: Option<&[OrganizationId]>,
) -> Result<()> {
    let columns = [
        (Column::AssignedTo, Column::AssignedToName),
        (Column::TakenBy, Column::TakenByName),
    ];
    for (whose, name) in columns {
        let mut update = Entity::update_many()
            .col_expr(whose, Expr::value(to.map(|(id, _)| id)))
            .col_expr(name, Expr::value(to.map(|(_, name)| name.to_owned())))
            .filter(whose.eq(from))
            .filter(Column::RevokedAt.is_null());
        if to.is_none() && matches!(whose, Column::TakenBy) {
            update = update.col_expr(Column::TakenAt, Expr::value(Option::<Timestamp>::None));
        }
        if let Some(organizations) = organizations {
            update = update.filter(Column::OrganizationId.is_in(organizations.iter().copied()));
        }
        update.exec(tx).await?;
    }
    Ok(())
}
