//! Queries about accounts, logins and one-time links.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    FromQueryResult, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{AccountId, AccountInvitationId, LinkId, LoginId, OrganizationId};
use crate::rights::Changes;
use crate::store::dialect;
use crate::store::entities::account::AccountKind;
use crate::store::entities::{account, account_invitation, login, login_place, one_time_link};

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

/// The account, with how often what accounts may do had changed at that moment.
pub(super) async fn find_with_changes<C: ConnectionTrait>(
    db: &C,
    id: AccountId,
) -> Result<Option<(Account, Changes)>> {
    let mut statement = account::Entity::find_by_id(id).into_query();
    Changes::find_with(&mut statement);
    let Some(row) = db.query_one(&statement).await? else {
        return Ok(None);
    };
    Ok(Some((Account::from_query_result(&row, "")?, Changes::of(&row)?)))
}

pub(super) async fn find_by_email<C: ConnectionTrait>(db: &C, email: &str) -> Result<Option<Account>> {
    Ok(account::Entity::find()
        .filter(account::Column::EmailKey.eq(email_key(email)))
        // Programs have no e-mail address; what stands for one is nobody's to sign in with.
        .filter(account::Column::Kind.eq(AccountKind::Person))
        .one(db)
        .await?)
}

/// Writes a new account.
///
/// # Errors
/// `conflict` when another one with this e-mail address was made meanwhile; those of the database.
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
        disabled_at: Set(new.disabled_at),
        kind: Set(new.kind),
        note: Set(new.note),
    };
    match account::Entity::insert(row).exec_without_returning(tx).await {
        Ok(_) => Ok(()),
        Err(error) if dialect::is_unique_violation(&error) => Err(Error::conflict(
            Code::Conflict,
            "An account with this e-mail address was made a moment ago. Open the link again.",
        )),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<Account>> {
    Ok(account::Entity::find().all(db).await?)
}

pub(super) async fn count_service_accounts<C: ConnectionTrait>(db: &C) -> Result<u64> {
    let query = account::Entity::find().filter(account::Column::Kind.eq(AccountKind::Service));
    Ok(query.count(db).await?)
}

/// Writes the name and the note of an account of no person.
pub(super) async fn update_texts<C: ConnectionTrait>(
    tx: &C,
    id: AccountId,
    (name, note): (&str, &str),
) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::Name, Expr::value(name))
        .col_expr(account::Column::Note, Expr::value(note))
        .filter(account::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn some<C: ConnectionTrait>(db: &C, ids: &[AccountId]) -> Result<Vec<Account>> {
    let query = account::Entity::find().filter(account::Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(db).await?)
}

pub(super) async fn set_disabled<C: ConnectionTrait>(
    tx: &C,
    id: AccountId,
    at: Option<Timestamp>,
) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::DisabledAt, Expr::value(at))
        .filter(account::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn delete<C: ConnectionTrait>(tx: &C, id: AccountId) -> Result<()> {
    account::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Deletes all logins of an account; which they were.
pub(super) async fn delete_logins<C: ConnectionTrait>(tx: &C, account: AccountId) -> Result<Vec<LoginId>> {
    let ids: Vec<LoginId> = login::Entity::find()
        .select_only()
        .column(login::Column::Id)
        .filter(login::Column::AccountId.eq(account))
        .into_tuple()
        .all(tx)
        .await?;
    login::Entity::delete_many()
        .filter(login::Column::AccountId.eq(account))
        .exec(tx)
        .await?;
    Ok(ids)
}

/// When each account that is signed in was last seen.
pub(super) async fn last_uses<C: ConnectionTrait>(db: &C) -> Result<HashMap<AccountId, Timestamp>> {
    let uses: Vec<(AccountId, Timestamp)> = login::Entity::find()
        .select_only()
        .column(login::Column::AccountId)
        .column_as(login::Column::LastUsedAt.max(), "last_used_at")
        .group_by(login::Column::AccountId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(uses.into_iter().collect())
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
        proven_at: Set(new.now),
    };
    login::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) async fn login_by_secret<C: ConnectionTrait>(
    db: &C,
    secret_hash: [u8; 32],
) -> Result<Option<(login::Model, Account, Changes)>> {
    let found = login::Entity::find()
        .filter(login::Column::SecretHash.eq(secret_hash.to_vec()))
        .one(db)
        .await?;
    let Some(login) = found else { return Ok(None) };
    let account = find_with_changes(db, login.account_id).await?;
    Ok(account.map(|(account, changes)| (login, account, changes)))
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

/// Those of these logins that have not been ended.
pub(super) async fn logins<C: ConnectionTrait>(db: &C, ids: &[LoginId]) -> Result<Vec<login::Model>> {
    let query = login::Entity::find().filter(login::Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(db).await?)
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

/// The login has proved again who it is.
pub(super) async fn prove_login<C: ConnectionTrait>(tx: &C, id: LoginId, now: Timestamp) -> Result<()> {
    login::Entity::update_many()
        .col_expr(login::Column::ProvenAt, Expr::value(now))
        .filter(login::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The logins of an account that have not been ended, the one used last first.
pub(super) async fn logins_of<C: ConnectionTrait>(db: &C, account: AccountId) -> Result<Vec<login::Model>> {
    Ok(login::Entity::find()
        .filter(login::Column::AccountId.eq(account))
        .order_by_desc(login::Column::LastUsedAt)
        .order_by_desc(login::Column::Id)
        .all(db)
        .await?)
}

/// Deletes the logins of an account but one; which they were.
pub(super) async fn delete_other_logins<C: ConnectionTrait>(
    tx: &C,
    account: AccountId,
    kept: LoginId,
) -> Result<Vec<LoginId>> {
    let others = || {
        Condition::all()
            .add(login::Column::AccountId.eq(account))
            .add(login::Column::Id.ne(kept))
    };
    let ids: Vec<LoginId> = login::Entity::find()
        .select_only()
        .column(login::Column::Id)
        .filter(others())
        .into_tuple()
        .all(tx)
        .await?;
    login::Entity::delete_many().filter(others()).exec(tx).await?;
    Ok(ids)
}

/// Sets another password.
pub(super) async fn change_password<C: ConnectionTrait>(
    tx: &C,
    id: AccountId,
    hash: &str,
    now: Timestamp,
) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::value(hash))
        .col_expr(account::Column::PasswordChangedAt, Expr::value(now))
        .filter(account::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether an account signed in from a network, as far as that is remembered.
pub(super) async fn was_at<C: ConnectionTrait>(db: &C, account: AccountId, network: &str) -> Result<bool> {
    let found = login_place::Entity::find()
        .filter(login_place::Column::AccountId.eq(account))
        .filter(login_place::Column::Network.eq(network))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Notes that an account signed in from a place: whether it had been anywhere before, and whether it had been there.
pub(super) async fn note_place<C: ConnectionTrait>(
    tx: &C,
    account: AccountId,
    (network, device): (&str, &str),
    now: Timestamp,
) -> Result<(bool, bool)> {
    let all = login_place::Entity::find()
        .filter(login_place::Column::AccountId.eq(account))
        .all(tx)
        .await?;
    let before = !all.is_empty();
    let there = all
        .iter()
        .any(|one| one.network == network && one.device == device);
    if there {
        login_place::Entity::update_many()
            .col_expr(login_place::Column::LastSeenAt, Expr::value(now))
            .filter(login_place::Column::AccountId.eq(account))
            .filter(login_place::Column::Network.eq(network))
            .filter(login_place::Column::Device.eq(device))
            .exec(tx)
            .await?;
        return Ok((before, there));
    }
    let row = login_place::ActiveModel {
        account_id: Set(account),
        network: Set(network.to_owned()),
        device: Set(device.to_owned()),
        first_seen_at: Set(now),
        last_seen_at: Set(now),
    };
    login_place::Entity::insert(row)
        .on_conflict_do_nothing()
        .exec_without_returning(tx)
        .await?;
    Ok((before, there))
}

/// Forgets the places of all accounts that nobody has signed in from since `before`.
pub(super) async fn forget_places<C: ConnectionTrait>(tx: &C, before: Timestamp) -> Result<()> {
    login_place::Entity::delete_many()
        .filter(login_place::Column::LastSeenAt.lt(before))
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

// Invitations.

/// Those that are over are shown for as long as this after they were made, in milliseconds.
const INVITATIONS_SHOWN: std::time::Duration = std::time::Duration::from_secs(37 * 24 * 60 * 60);
/// Most invitations in one answer, the newest.
const INVITATIONS_MAX: u64 = 500;

fn is_open(now: Timestamp) -> Condition {
    Condition::all()
        .add(account_invitation::Column::AcceptedAt.is_null())
        .add(account_invitation::Column::RevokedAt.is_null())
        .add(account_invitation::Column::ExpiresAt.gt(now))
}

pub(super) async fn insert_invitation<C: ConnectionTrait>(
    tx: &C,
    row: account_invitation::Model,
) -> Result<()> {
    let row = row.into_active_model().reset_all();
    account_invitation::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn open_invitations_by<C: ConnectionTrait>(
    db: &C,
    author: AccountId,
    now: Timestamp,
) -> Result<u64> {
    let query = account_invitation::Entity::find()
        .filter(account_invitation::Column::CreatedBy.eq(author))
        .filter(is_open(now));
    Ok(query.count(db).await?)
}

/// The open ones into an organization.
pub(super) async fn open_invitations_into<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<Vec<AccountInvitationId>> {
    let query = account_invitation::Entity::find()
        .select_only()
        .column(account_invitation::Column::Id)
        .filter(account_invitation::Column::OrganizationId.eq(organization))
        .filter(is_open(now));
    Ok(query.into_tuple().all(db).await?)
}

/// Those within `organizations`, and with `server` those for the whole server; newest first.
pub(super) async fn invitations<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    (server, now): (bool, Timestamp),
) -> Result<Vec<account_invitation::Model>> {
    let mut within =
        Condition::any().add(account_invitation::Column::OrganizationId.is_in(organizations.iter().copied()));
    if server {
        within = within.add(account_invitation::Column::OrganizationId.is_null());
    }
    let query = account_invitation::Entity::find()
        .filter(within)
        .filter(account_invitation::Column::CreatedAt.gt(now.before(INVITATIONS_SHOWN)))
        .order_by_desc(account_invitation::Column::Id)
        .limit(INVITATIONS_MAX);
    Ok(query.all(db).await?)
}

pub(super) async fn find_invitation<C: ConnectionTrait>(
    db: &C,
    id: AccountInvitationId,
) -> Result<Option<account_invitation::Model>> {
    Ok(account_invitation::Entity::find_by_id(id).one(db).await?)
}

/// The one of this secret that can be accepted now.
pub(super) async fn open_invitation<C: ConnectionTrait>(
    db: &C,
    secret_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<account_invitation::Model>> {
    let query = account_invitation::Entity::find()
        .filter(account_invitation::Column::SecretHash.eq(secret_hash.to_vec()))
        .filter(is_open(now));
    Ok(query.one(db).await?)
}

/// The addresses to which the invitations went that an account accepted.
pub(super) async fn accepted_addresses<C: ConnectionTrait>(
    db: &C,
    account: AccountId,
) -> Result<Vec<String>> {
    let query = account_invitation::Entity::find()
        .select_only()
        .column(account_invitation::Column::Email)
        .filter(account_invitation::Column::AcceptedBy.eq(account))
        .filter(account_invitation::Column::AcceptedAt.is_not_null());
    Ok(query.into_tuple().all(db).await?)
}

/// Uses an invitation up, if it is still open; of two at once only one gets it.
pub(super) async fn accept_invitation<C: ConnectionTrait>(
    tx: &C,
    id: AccountInvitationId,
    account: AccountId,
    now: Timestamp,
) -> Result<bool> {
    let done = account_invitation::Entity::update_many()
        .col_expr(account_invitation::Column::AcceptedAt, Expr::value(now))
        .col_expr(account_invitation::Column::AcceptedBy, Expr::value(account))
        .filter(account_invitation::Column::Id.eq(id))
        .filter(is_open(now))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Gives an open invitation another secret and end.
pub(super) async fn renew_invitation<C: ConnectionTrait>(
    tx: &C,
    id: AccountInvitationId,
    secret_hash: [u8; 32],
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<bool> {
    let done = account_invitation::Entity::update_many()
        .col_expr(
            account_invitation::Column::SecretHash,
            Expr::value(secret_hash.to_vec()),
        )
        .col_expr(account_invitation::Column::ExpiresAt, Expr::value(expires_at))
        .filter(account_invitation::Column::Id.eq(id))
        .filter(is_open(now))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Takes an invitation back, if nobody has accepted it and nobody took it back before.
pub(super) async fn revoke_invitation<C: ConnectionTrait>(
    tx: &C,
    id: AccountInvitationId,
    now: Timestamp,
) -> Result<bool> {
    let done = account_invitation::Entity::update_many()
        .col_expr(account_invitation::Column::RevokedAt, Expr::value(now))
        .filter(account_invitation::Column::Id.eq(id))
        .filter(account_invitation::Column::AcceptedAt.is_null())
        .filter(account_invitation::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}
