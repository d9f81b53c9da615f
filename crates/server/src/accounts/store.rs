//! Queries about accounts, logins and one-time links.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{AccountId, LinkId, LoginId};
use crate::store::entities::{account, login, one_time_link};

/// An account's row.
pub(super) type Account = account::Model;

/// Logins ended in one run of the sweeper; the next run takes the rest.
const EXPIRED_AT_ONCE: u64 = 100;

/// A login to be inserted.
pub(super) struct NewLogin {
    pub(super) id: LoginId,
    pub(super) account: AccountId,
    pub(super) secret_hash: [u8; 32],
    pub(super) now: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) address: String,
    pub(super) user_agent: String,
    pub(super) method: &'static str,
}

/// What an e-mail address is compared by: case does not tell people apart.
pub(super) fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

pub(super) async fn any<C: ConnectionTrait>(db: &C) -> Result<bool> {
    Ok(account::Entity::find().count(db).await? > 0)
}

pub(super) async fn find<C: ConnectionTrait>(db: &C, id: AccountId) -> Result<Option<Account>> {
    Ok(account::Entity::find_by_id(id).one(db).await?)
}

pub(super) async fn find_by_email<C: ConnectionTrait>(db: &C, email: &str) -> Result<Option<Account>> {
    Ok(account::Entity::find()
        .filter(account::Column::EmailKey.eq(email_key(email)))
        .one(db)
        .await?)
}

pub(super) async fn insert<C: ConnectionTrait>(tx: &C, new: Account) -> Result<()> {
    let row = account::ActiveModel {
        id: Set(new.id),
        name: Set(new.name),
        email: Set(new.email),
        email_key: Set(new.email_key),
        password_hash: Set(new.password_hash),
        locale: Set(new.locale),
        created_at: Set(new.created_at),
        password_changed_at: Set(new.password_changed_at),
    };
    account::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) async fn update_profile<C: ConnectionTrait>(
    tx: &C,
    id: AccountId,
    name: &str,
    locale: &str,
) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::Name, Expr::value(name))
        .col_expr(account::Column::Locale, Expr::value(locale))
        .filter(account::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn update_password_hash<C: ConnectionTrait>(
    tx: &C,
    id: AccountId,
    hash: &str,
) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::value(hash))
        .filter(account::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn insert_login<C: ConnectionTrait>(tx: &C, new: &NewLogin) -> Result<()> {
    let row = login::ActiveModel {
        id: Set(new.id),
        account_id: Set(new.account),
        secret_hash: Set(new.secret_hash.to_vec()),
        created_at: Set(new.now),
        last_used_at: Set(new.now),
        expires_at: Set(new.expires_at),
        address: Set(new.address.clone()),
        user_agent: Set(new.user_agent.clone()),
        method: Set(new.method.to_owned()),
    };
    login::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) async fn login_by_secret<C: ConnectionTrait>(
    db: &C,
    secret_hash: [u8; 32],
) -> Result<Option<(login::Model, Account)>> {
    let found = login::Entity::find()
        .filter(login::Column::SecretHash.eq(secret_hash.to_vec()))
        .one(db)
        .await?;
    let Some(login) = found else { return Ok(None) };
    let account = find(db, login.account_id).await?;
    Ok(account.map(|account| (login, account)))
}

/// Whether the account has a login from this address that has not been ended.
pub(super) async fn has_login_from<C: ConnectionTrait>(
    db: &C,
    account: AccountId,
    address: &str,
) -> Result<bool> {
    let found = login::Entity::find()
        .filter(login::Column::AccountId.eq(account))
        .filter(login::Column::Address.eq(address))
        .one(db)
        .await?;
    Ok(found.is_some())
}

pub(super) async fn has_login<C: ConnectionTrait>(db: &C, id: LoginId) -> Result<bool> {
    Ok(login::Entity::find_by_id(id).one(db).await?.is_some())
}

pub(super) async fn touch_login<C: ConnectionTrait>(tx: &C, id: LoginId, now: Timestamp) -> Result<()> {
    login::Entity::update_many()
        .col_expr(login::Column::LastUsedAt, Expr::value(now))
        .filter(login::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn delete_login<C: ConnectionTrait>(tx: &C, id: LoginId) -> Result<()> {
    login::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

pub(super) async fn delete_login_if_unused<C: ConnectionTrait>(
    tx: &C,
    id: LoginId,
    last_used_at: Timestamp,
) -> Result<bool> {
    let deleted = login::Entity::delete_many()
        .filter(login::Column::Id.eq(id))
        .filter(login::Column::LastUsedAt.eq(last_used_at))
        .exec(tx)
        .await?;
    Ok(deleted.rows_affected == 1)
}

pub(super) async fn expired_logins<C: ConnectionTrait>(
    db: &C,
    now: Timestamp,
    unused_since: Timestamp,
) -> Result<Vec<(login::Model, Account)>> {
    let expired = login::Column::ExpiresAt
        .lte(now)
        .or(login::Column::LastUsedAt.lte(unused_since));
    let rows = login::Entity::find()
        .filter(expired)
        .order_by_asc(login::Column::Id)
        .limit(EXPIRED_AT_ONCE)
        .all(db)
        .await?;
    let mut pairs = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(account) = find(db, row.account_id).await? {
            pairs.push((row, account));
        }
    }
    Ok(pairs)
}

/// What a one-time link is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Making the first account.
    SetUp,
    /// Signing an account in.
    SignIn,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "set_up",
            Self::SignIn => "sign_in",
        }
    }
}

pub(super) async fn insert_link<C: ConnectionTrait>(
    tx: &C,
    purpose: Purpose,
    account: Option<AccountId>,
    secret_hash: [u8; 32],
    times: (Timestamp, Timestamp),
) -> Result<()> {
    let row = one_time_link::ActiveModel {
        id: Set(LinkId::new()),
        purpose: Set(purpose.as_str().to_owned()),
        account_id: Set(account),
        secret_hash: Set(secret_hash.to_vec()),
        created_at: Set(times.0),
        expires_at: Set(times.1),
        used_at: Set(None),
    };
    one_time_link::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Uses a link up; the row if it was valid until now. Of two at once only one gets it.
pub(super) async fn redeem_link<C: ConnectionTrait>(
    tx: &C,
    purpose: Purpose,
    secret_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<one_time_link::Model>> {
    let redeemed = one_time_link::Entity::update_many()
        .col_expr(one_time_link::Column::UsedAt, Expr::value(now))
        .filter(one_time_link::Column::SecretHash.eq(secret_hash.to_vec()))
        .filter(one_time_link::Column::Purpose.eq(purpose.as_str()))
        .filter(one_time_link::Column::UsedAt.is_null())
        .filter(one_time_link::Column::ExpiresAt.gt(now))
        .exec(tx)
        .await?;
    if redeemed.rows_affected != 1 {
        return Ok(None);
    }
    let row = one_time_link::Entity::find()
        .filter(one_time_link::Column::SecretHash.eq(secret_hash.to_vec()))
        .one(tx)
        .await?;
    Ok(row)
}

/// Whether a link could be redeemed now.
pub(super) async fn link_is_valid<C: ConnectionTrait>(
    db: &C,
    purpose: Purpose,
    secret_hash: [u8; 32],
    now: Timestamp,
) -> Result<bool> {
    let found = one_time_link::Entity::find()
        .filter(one_time_link::Column::SecretHash.eq(secret_hash.to_vec()))
        .filter(one_time_link::Column::Purpose.eq(purpose.as_str()))
        .filter(one_time_link::Column::UsedAt.is_null())
        .filter(one_time_link::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Removes links of a kind that nobody can use any more.
pub(super) async fn delete_links<C: ConnectionTrait>(tx: &C, purpose: Purpose) -> Result<()> {
    one_time_link::Entity::delete_many()
        .filter(one_time_link::Column::Purpose.eq(purpose.as_str()))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn delete_stale_links<C: ConnectionTrait>(tx: &C, before: Timestamp) -> Result<()> {
    one_time_link::Entity::delete_many()
        .filter(one_time_link::Column::ExpiresAt.lt(before))
        .exec(tx)
        .await?;
    Ok(())
}
