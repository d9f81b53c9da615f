//! Queries of the tables `teams` and `team_members`.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use crate::error::{Error, Result};
use crate::ids::{AccountId, OrganizationId};
use crate::store::dialect;
use crate::store::entities::team::{Column, Entity, Model};
use crate::store::entities::team_member;

// What `crate::rights` asks.

/// The teams that an account is in, as part of a query.
pub(crate) fn of_account(account: AccountId) -> SelectStatement {
    Query::select()
        .column(team_member::Column::TeamId)
        .from(team_member::Entity)
        .and_where(team_member::Column::AccountId.eq(account))
        .to_owned()
}

/// For each team that any of these accounts is in, those that are.
///
/// # Errors
/// Those of the database.
pub(crate) async fn memberships<C: ConnectionTrait>(
    db: &C,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Vec<AccountId>>> {
    let within = team_member::Column::AccountId.is_in(accounts.iter().copied());
    pairs(db, Condition::all().add(within)).await
}

/// For every team that anybody is in, who is.
///
/// # Errors
/// Those of the database.
pub(crate) async fn all_memberships<C: ConnectionTrait>(
    db: &C,
) -> Result<HashMap<AccountId, Vec<AccountId>>> {
    pairs(db, Condition::all()).await
}

/// Each account once, and instead of teams the people in them.
///
/// # Errors
/// Those of the database.
pub(crate) async fn people_behind<C: ConnectionTrait>(
    db: &C,
    accounts: &[AccountId],
) -> Result<Vec<AccountId>> {
    let teams: Vec<AccountId> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(accounts.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    let mut people: Vec<AccountId> = accounts.to_vec();
    if !teams.is_empty() {
        people.retain(|account| !teams.contains(account));
        let within = Condition::all().add(team_member::Column::TeamId.is_in(teams));
        people.extend(pairs(db, within).await?.into_values().flatten());
    }
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

async fn pairs<C: ConnectionTrait>(db: &C, within: Condition) -> Result<HashMap<AccountId, Vec<AccountId>>> {
    let pairs: Vec<(AccountId, AccountId)> = team_member::Entity::find()
        .select_only()
        .column(team_member::Column::TeamId)
        .column(team_member::Column::AccountId)
        .filter(within)
        .order_by_asc(team_member::Column::AccountId)
        .into_tuple()
        .all(db)
        .await?;
    let mut of: HashMap<AccountId, Vec<AccountId>> = HashMap::new();
    for (team, account) in pairs {
        of.entry(team).or_default().push(account);
    }
    Ok(of)
}

// Teams.

pub(super) async fn some<C: ConnectionTrait>(db: &C, ids: &[AccountId]) -> Result<Vec<Model>> {
    let query = Entity::find().filter(Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(db).await?)
}

/// Those of these organizations, and with `server` those of the whole server; oldest first, up to `limit` after `after`.
pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    (organizations, server): (&[OrganizationId], bool),
    (after, limit): (Option<AccountId>, u64),
) -> Result<Vec<Model>> {
    let mut within = Condition::any().add(Column::OrganizationId.is_in(organizations.iter().copied()));
    if server {
        within = within.add(Column::OrganizationId.is_null());
    }
    let mut query = Entity::find().filter(within);
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after));
    }
    Ok(query.order_by_asc(Column::Id).limit(limit).all(db).await?)
}

pub(super) async fn count<C: ConnectionTrait>(db: &C) -> Result<u64> {
    Ok(Entity::find().count(db).await?)
}

fn name_taken(error: sea_orm::DbErr) -> Error {
    if dialect::is_unique_violation(&error) {
        Error::invalid("name", "taken", "There is a team of this name there already.")
    } else {
        error.into()
    }
}

pub(super) async fn insert<C: ConnectionTrait>(tx: &C, row: Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    let done = Entity::insert(row).exec_without_returning(tx).await;
    done.map(drop).map_err(name_taken)
}

/// Writes what a team is called, if it is still at `version`; false otherwise.
pub(super) async fn change<C: ConnectionTrait>(
    tx: &C,
    id: AccountId,
    name_key: &str,
    version: i64,
) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::NameKey, Expr::value(name_key))
        .col_expr(Column::Version, Expr::value(version + 1))
        .filter(Column::Id.eq(id))
        .filter(Column::Version.eq(version))
        .exec(tx)
        .await;
    Ok(done.map_err(name_taken)?.rows_affected > 0)
}

// People in them.

/// Who is in a team, those who have been longest first.
pub(super) async fn members<C: ConnectionTrait>(db: &C, team: AccountId) -> Result<Vec<team_member::Model>> {
    Ok(team_member::Entity::find()
        .filter(team_member::Column::TeamId.eq(team))
        .order_by_asc(team_member::Column::AddedAt)
        .order_by_asc(team_member::Column::AccountId)
        .all(db)
        .await?)
}

/// How many people are in each of these teams; those without any are left out.
pub(super) async fn sizes<C: ConnectionTrait>(
    db: &C,
    teams: &[AccountId],
) -> Result<HashMap<AccountId, u64>> {
    let counts: Vec<(AccountId, i64)> = team_member::Entity::find()
        .select_only()
        .column(team_member::Column::TeamId)
        .column_as(team_member::Column::AccountId.count(), "people")
        .filter(team_member::Column::TeamId.is_in(teams.iter().copied()))
        .group_by(team_member::Column::TeamId)
        .into_tuple()
        .all(db)
        .await?;
    let counts = counts.into_iter();
    Ok(counts
        .map(|(team, people)| (team, u64::try_from(people).unwrap_or(0)))
        .collect())
}

pub(super) async fn is_in<C: ConnectionTrait>(db: &C, team: AccountId, account: AccountId) -> Result<bool> {
    let found = team_member::Entity::find_by_id((team, account)).one(db).await?;
    Ok(found.is_some())
}

/// In how many teams an account is.
pub(super) async fn count_of<C: ConnectionTrait>(db: &C, account: AccountId) -> Result<u64> {
    let of = team_member::Entity::find().filter(team_member::Column::AccountId.eq(account));
    Ok(of.count(db).await?)
}

pub(super) async fn insert_member<C: ConnectionTrait>(tx: &C, row: team_member::Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    team_member::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn delete_member<C: ConnectionTrait>(
    tx: &C,
    team: AccountId,
    account: AccountId,
) -> Result<bool> {
    let done = team_member::Entity::delete_by_id((team, account))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}
