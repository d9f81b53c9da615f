//! Queries of the table `api_tokens`.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{AccountId, ApiTokenId, OrganizationId, SiteId};
use crate::rights::Reach;
use crate::store::entities::api_token::{Column, Entity, Model};

/// The only organizations in which a token works; None = wherever its account may. What cannot be read names none.
pub(super) fn organizations_of(row: &Model) -> Option<Vec<OrganizationId>> {
    let ids = |column: &String| {
        column
            .split_whitespace()
            .filter_map(|id| id.parse().ok())
            .collect()
    };
    row.organizations.as_ref().map(ids)
}

/// The same as it is kept.
pub(super) fn organizations_to_column(only: &[OrganizationId]) -> String {
    let ids: Vec<String> = only.iter().map(ToString::to_string).collect();
    ids.join(" ")
}

/// The only sites whose machines a token is for; None = no matter which.
pub(super) fn sites_of(row: &Model) -> Option<Vec<SiteId>> {
    let ids = |column: &String| {
        column
            .split_whitespace()
            .filter_map(|id| Uuid::parse_str(id).ok().map(SiteId))
            .collect()
    };
    row.sites.as_ref().map(ids)
}

/// The same as it is kept.
pub(super) fn sites_to_column(only: &[SiteId]) -> String {
    let ids: Vec<String> = only.iter().map(ToString::to_string).collect();
    ids.join(" ")
}

/// The tags that machines carry for which a token is; None = no matter which.
pub(super) fn tags_of(row: &Model) -> Option<Vec<String>> {
    row.tags
        .as_ref()
        .map(|tags| tags.split(',').map(str::to_owned).collect())
}

/// Where a token works; None = wherever its account may.
pub(super) fn reaches_of(row: &Model) -> Option<Vec<Reach>> {
    let (organizations, sites, tags) = (organizations_of(row), sites_of(row), tags_of(row));
    if organizations.is_none() && sites.is_none() && tags.is_none() {
        return None;
    }
    let some = |all: Option<Vec<OrganizationId>>| match all {
        Some(all) => all.into_iter().map(Some).collect(),
        None => vec![None],
    };
    let sites = match sites {
        Some(sites) => sites.into_iter().map(Some).collect(),
        None => vec![None],
    };
    let tags = tags.unwrap_or_default();
    let mut reaches = Vec::new();
    for organization in some(organizations) {
        for site in &sites {
            reaches.push(Reach {
                organization,
                site: *site,
                tags: tags.clone(),
                machine: None,
            });
        }
    }
    Some(reaches)
}

pub(super) async fn insert<C: ConnectionTrait>(tx: &C, row: Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) async fn find<C: ConnectionTrait>(db: &C, id: ApiTokenId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// The token with this secret, now or before its last rotation, however it stands.
pub(super) async fn by_secret<C: ConnectionTrait>(db: &C, hash: &[u8; 32]) -> Result<Option<Model>> {
    let either = Condition::any()
        .add(Column::SecretHash.eq(hash.to_vec()))
        .add(Column::PreviousHash.eq(hash.to_vec()));
    Ok(Entity::find().filter(either).one(db).await?)
}

/// All tokens of these accounts, newest first.
pub(super) async fn of_accounts<C: ConnectionTrait>(db: &C, accounts: &[AccountId]) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::AccountId.is_in(accounts.iter().copied()))
        .order_by_desc(Column::Id);
    Ok(query.all(db).await?)
}

/// All tokens, newest first; for who may see all accounts.
pub(super) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<Model>> {
    Ok(Entity::find().order_by_desc(Column::Id).all(db).await?)
}

pub(super) async fn count_live<C: ConnectionTrait>(
    db: &C,
    account: AccountId,
    now: Timestamp,
) -> Result<u64> {
    let query = Entity::find()
        .filter(Column::AccountId.eq(account))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now));
    Ok(query.count(db).await?)
}

/// Writes what a token is, if it is still at `version` and not revoked; false otherwise.
pub(super) async fn change<C: ConnectionTrait>(tx: &C, row: &Model, version: i64) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::Name, Expr::value(row.name.clone()))
        .col_expr(Column::Scopes, Expr::value(row.scopes.clone()))
        .col_expr(Column::ReadOnly, Expr::value(row.read_only))
        .col_expr(Column::SecretHash, Expr::value(row.secret_hash.clone()))
        .col_expr(Column::PreviousHash, Expr::value(row.previous_hash.clone()))
        .col_expr(Column::PreviousUntil, Expr::value(row.previous_until))
        .col_expr(Column::ExpiresAt, Expr::value(row.expires_at))
        .col_expr(Column::RotatedAt, Expr::value(row.rotated_at))
        .col_expr(Column::Version, Expr::value(version + 1))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(version))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Marks a token as revoked; false when it was already.
pub(super) async fn revoke<C: ConnectionTrait>(tx: &C, id: ApiTokenId, at: Timestamp) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(Some(at)))
        .filter(Column::Id.eq(id))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Writes when and from where a token was last used.
pub(super) async fn touch<C: ConnectionTrait>(
    tx: &C,
    id: ApiTokenId,
    (at, address): (Timestamp, String),
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(Some(at)))
        .col_expr(Column::LastUsedAddress, Expr::value(Some(address)))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Those that are over by their age.
pub(super) async fn expired<C: ConnectionTrait>(db: &C, now: Timestamp) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::ExpiresAt.lte(now))
        .filter(Column::RevokedAt.is_null());
    Ok(query.all(db).await?)
}

/// Forgets tokens that ended before this moment.
pub(super) async fn forget<C: ConnectionTrait>(tx: &C, before: Timestamp) -> Result<()> {
    let over = Condition::any()
        .add(Column::ExpiresAt.lt(before))
        .add(Column::RevokedAt.lt(before));
    Entity::delete_many().filter(over).exec(tx).await?;
    Ok(())
}
