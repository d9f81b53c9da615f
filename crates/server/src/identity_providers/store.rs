//! Queries of the tables `identity_providers`, `identities`, `provider_attempts` and `provider_logins`.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};

use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{AccountId, IdentityId, IdentityProviderId, LoginId, ProviderAttemptId};
use crate::sealed::{Place, Sealed};
use crate::store::entities::{identity, identity_provider, provider_attempt, provider_login};
use crate::store::{WriteTx, dialect};

/// Where the client secret of a provider is kept; `row` is its identifier as text.
pub(super) fn secret_place(row: &str) -> Place<'_> {
    Place {
        table: "identity_providers",
        column: "sealed_client_secret",
        row,
    }
}

/// Where the ID token of a login is kept; `row` is its identifier as text.
pub(super) fn id_token_place(row: &str) -> Place<'_> {
    Place {
        table: "provider_logins",
        column: "sealed_id_token",
        row,
    }
}

// Providers.

/// All of them, by name.
pub(super) async fn providers<C: ConnectionTrait>(db: &C) -> Result<Vec<identity_provider::Model>> {
    Ok(identity_provider::Entity::find()
        .order_by_asc(identity_provider::Column::Name)
        .order_by_asc(identity_provider::Column::Id)
        .all(db)
        .await?)
}

pub(super) async fn count_providers<C: ConnectionTrait>(db: &C) -> Result<u64> {
    Ok(identity_provider::Entity::find().count(db).await?)
}

pub(super) async fn find_provider<C: ConnectionTrait>(
    db: &C,
    id: IdentityProviderId,
) -> Result<Option<identity_provider::Model>> {
    Ok(identity_provider::Entity::find_by_id(id).one(db).await?)
}

/// Writes a new provider.
///
/// # Errors
/// `validation_failed` when another one has its issuer; those of the database.
pub(super) async fn insert_provider<C: ConnectionTrait>(tx: &C, row: identity_provider::Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    match identity_provider::Entity::insert(row)
        .exec_without_returning(tx)
        .await
    {
        Ok(_) => Ok(()),
        Err(error) if dialect::is_unique_violation(&error) => Err(Error::invalid(
            "issuer",
            "taken",
            "There is an identity provider with this issuer already.",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Writes what a provider is, if it is still at `version`; false otherwise.
pub(super) async fn change_provider<C: ConnectionTrait>(
    tx: &C,
    row: identity_provider::Model,
    version: i64,
) -> Result<bool> {
    let id = row.id;
    let done = identity_provider::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(identity_provider::Column::Id.eq(id))
        .filter(identity_provider::Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Deletes a provider, if it is still at `version`; false otherwise.
pub(super) async fn delete_provider<C: ConnectionTrait>(
    tx: &C,
    id: IdentityProviderId,
    version: i64,
) -> Result<bool> {
    let done = identity_provider::Entity::delete_many()
        .filter(identity_provider::Column::Id.eq(id))
        .filter(identity_provider::Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

// Identities.

/// How many accounts are connected with a provider, and how many of them were made for it.
pub(super) async fn count_identities<C: ConnectionTrait>(
    db: &C,
    provider: IdentityProviderId,
) -> Result<(u64, u64)> {
    let all = identity::Entity::find().filter(identity::Column::ProviderId.eq(provider));
    let made = all.clone().filter(identity::Column::MadeAccount.eq(true));
    Ok((all.count(db).await?, made.count(db).await?))
}

pub(super) async fn find_identity<C: ConnectionTrait>(
    db: &C,
    provider: IdentityProviderId,
    subject: &str,
) -> Result<Option<identity::Model>> {
    Ok(identity::Entity::find()
        .filter(identity::Column::ProviderId.eq(provider))
        .filter(identity::Column::Subject.eq(subject))
        .one(db)
        .await?)
}

/// Who an account is at a provider.
pub(super) async fn find_identity_of<C: ConnectionTrait>(
    db: &C,
    provider: IdentityProviderId,
    account: AccountId,
) -> Result<Option<identity::Model>> {
    Ok(identity::Entity::find()
        .filter(identity::Column::ProviderId.eq(provider))
        .filter(identity::Column::AccountId.eq(account))
        .one(db)
        .await?)
}

/// Those of an account, oldest first.
pub(super) async fn identities<C: ConnectionTrait>(
    db: &C,
    account: AccountId,
) -> Result<Vec<identity::Model>> {
    Ok(identity::Entity::find()
        .filter(identity::Column::AccountId.eq(account))
        .order_by_asc(identity::Column::Id)
        .all(db)
        .await?)
}

/// Writes a new identity.
///
/// # Errors
/// `conflict` when it was connected a moment ago; those of the database.
pub(super) async fn insert_identity<C: ConnectionTrait>(tx: &C, row: identity::Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    match identity::Entity::insert(row).exec_without_returning(tx).await {
        Ok(_) => Ok(()),
        Err(error) if dialect::is_unique_violation(&error) => Err(Error::conflict(
            Code::Conflict,
            "This was connected a moment ago. Sign in again.",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Somebody signs in with an identity.
pub(super) async fn use_identity<C: ConnectionTrait>(
    tx: &C,
    (provider, account): (IdentityProviderId, AccountId),
    email: &str,
    now: Timestamp,
) -> Result<()> {
    identity::Entity::update_many()
        .col_expr(identity::Column::LastUsedAt, Expr::value(now))
        .col_expr(identity::Column::Email, Expr::value(email))
        .filter(identity::Column::ProviderId.eq(provider))
        .filter(identity::Column::AccountId.eq(account))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn delete_identity<C: ConnectionTrait>(tx: &C, id: IdentityId) -> Result<bool> {
    let done = identity::Entity::delete_by_id(id).exec(tx).await?;
    Ok(done.rows_affected > 0)
}

// Sign-ins under way.

pub(super) async fn insert_attempt<C: ConnectionTrait>(tx: &C, row: provider_attempt::Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    provider_attempt::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Those that can be finished still.
pub(super) async fn count_open_attempts<C: ConnectionTrait>(db: &C, now: Timestamp) -> Result<u64> {
    Ok(provider_attempt::Entity::find()
        .filter(provider_attempt::Column::UsedAt.is_null())
        .filter(provider_attempt::Column::ExpiresAt.gt(now))
        .count(db)
        .await?)
}

pub(super) async fn find_attempt<C: ConnectionTrait>(
    db: &C,
    state_hash: [u8; 32],
) -> Result<Option<provider_attempt::Model>> {
    Ok(provider_attempt::Entity::find()
        .filter(provider_attempt::Column::StateHash.eq(state_hash.to_vec()))
        .one(db)
        .await?)
}

/// Uses an attempt up; of two at once only one does.
pub(super) async fn use_attempt<C: ConnectionTrait>(
    tx: &C,
    id: ProviderAttemptId,
    now: Timestamp,
) -> Result<bool> {
    let done = provider_attempt::Entity::update_many()
        .col_expr(provider_attempt::Column::UsedAt, Expr::value(now))
        .filter(provider_attempt::Column::Id.eq(id))
        .filter(provider_attempt::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

pub(super) async fn delete_stale_attempts<C: ConnectionTrait>(tx: &C, before: Timestamp) -> Result<()> {
    provider_attempt::Entity::delete_many()
        .filter(provider_attempt::Column::ExpiresAt.lt(before))
        .exec(tx)
        .await?;
    Ok(())
}

// Logins for which a provider vouched.

pub(super) async fn insert_login(
    tx: &WriteTx,
    sealed: &Sealed,
    (login, account, provider): (LoginId, AccountId, IdentityProviderId),
    id_token: Option<&str>,
) -> Result<()> {
    let row = login.to_string();
    let sealed_id_token = match id_token {
        Some(token) => Some(sealed.seal(tx, id_token_place(&row), token.as_bytes()).await?),
        None => None,
    };
    let row = provider_login::Model {
        login_id: login,
        provider_id: provider,
        account_id: account,
        sealed_id_token,
    };
    provider_login::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn find_login<C: ConnectionTrait>(
    db: &C,
    login: LoginId,
) -> Result<Option<provider_login::Model>> {
    Ok(provider_login::Entity::find_by_id(login).one(db).await?)
}

/// The logins for which a provider vouched; of everybody, or of one account.
pub(super) async fn logins_of<C: ConnectionTrait>(
    db: &C,
    provider: IdentityProviderId,
    account: Option<AccountId>,
) -> Result<Vec<LoginId>> {
    let mut query = provider_login::Entity::find().filter(provider_login::Column::ProviderId.eq(provider));
    if let Some(account) = account {
        query = query.filter(provider_login::Column::AccountId.eq(account));
    }
    let rows = query.all(db).await?;
    Ok(rows.into_iter().map(|row| row.login_id).collect())
}
