//! Queries about second factors.

use std::collections::HashSet;

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{AccountId, PasskeyId, RecoveryCodeId};
use crate::store::dialect;
use crate::store::entities::{passkey, recovery_code, totp};

/// The authenticator app of an account, confirmed or not.
pub(super) async fn totp<C: ConnectionTrait>(db: &C, account: AccountId) -> Result<Option<totp::Model>> {
    Ok(totp::Entity::find_by_id(account).one(db).await?)
}

/// Writes an authenticator app over one that was begun before.
pub(super) async fn replace_totp<C: ConnectionTrait>(tx: &C, row: totp::Model) -> Result<()> {
    let again = OnConflict::column(totp::Column::AccountId)
        .update_columns([
            totp::Column::SealedSecret,
            totp::Column::CreatedAt,
            totp::Column::ConfirmedAt,
            totp::Column::LastStep,
        ])
        .to_owned();
    totp::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(again)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn confirm_totp<C: ConnectionTrait>(
    tx: &C,
    account: AccountId,
    step: i64,
    now: Timestamp,
) -> Result<()> {
    totp::Entity::update_many()
        .col_expr(totp::Column::ConfirmedAt, Expr::value(now))
        .col_expr(totp::Column::LastStep, Expr::value(step))
        .filter(totp::Column::AccountId.eq(account))
        .exec(tx)
        .await?;
    Ok(())
}

/// Uses a step up; whether it and all later ones were unused.
pub(super) async fn use_step<C: ConnectionTrait>(tx: &C, account: AccountId, step: i64) -> Result<bool> {
    let used = totp::Entity::update_many()
        .col_expr(totp::Column::LastStep, Expr::value(step))
        .filter(totp::Column::AccountId.eq(account))
        .filter(totp::Column::LastStep.lt(step))
        .exec(tx)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Whether there was one that counted.
pub(super) async fn remove_totp<C: ConnectionTrait>(tx: &C, account: AccountId) -> Result<bool> {
    let confirmed = totp(tx, account)
        .await?
        .is_some_and(|row| row.confirmed_at.is_some());
    totp::Entity::delete_by_id(account).exec(tx).await?;
    Ok(confirmed)
}

pub(super) async fn recovery_codes_left<C: ConnectionTrait>(db: &C, account: AccountId) -> Result<u64> {
    Ok(recovery_code::Entity::find()
        .filter(recovery_code::Column::AccountId.eq(account))
        .filter(recovery_code::Column::UsedAt.is_null())
        .count(db)
        .await?)
}

pub(super) async fn replace_recovery_codes<C: ConnectionTrait>(
    tx: &C,
    account: AccountId,
    hashes: &[[u8; 32]],
) -> Result<()> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::AccountId.eq(account))
        .exec(tx)
        .await?;
    let rows = hashes.iter().map(|hash| recovery_code::ActiveModel {
        id: Set(RecoveryCodeId::new()),
        account_id: Set(account),
        code_hash: Set(hash.to_vec()),
        used_at: Set(None),
    });
    if !hashes.is_empty() {
        recovery_code::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Uses a code up: whether it was unused, or `None` when there is no such code.
pub(super) async fn use_recovery_code<C: ConnectionTrait>(
    tx: &C,
    account: AccountId,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<bool>> {
    let this = recovery_code::Column::AccountId
        .eq(account)
        .and(recovery_code::Column::CodeHash.eq(hash.to_vec()));
    let used = recovery_code::Entity::update_many()
        .col_expr(recovery_code::Column::UsedAt, Expr::value(now))
        .filter(this.clone())
        .filter(recovery_code::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    if used.rows_affected == 1 {
        return Ok(Some(true));
    }
    let known = recovery_code::Entity::find().filter(this).one(tx).await?;
    Ok(known.map(|_| false))
}

/// The passkeys of an account, oldest first.
pub(super) async fn passkeys<C: ConnectionTrait>(db: &C, account: AccountId) -> Result<Vec<passkey::Model>> {
    Ok(passkey::Entity::find()
        .filter(passkey::Column::AccountId.eq(account))
        .order_by_asc(passkey::Column::Id)
        .all(db)
        .await?)
}

pub(super) async fn insert_passkey<C: ConnectionTrait>(tx: &C, row: passkey::Model) -> Result<()> {
    let inserted = passkey::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await;
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if dialect::is_unique_violation(&error) => Err(Error::conflict(
            Code::Conflict,
            "This passkey belongs to an account already.",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Notes a use, and what the library keeps of the passkey after it.
pub(super) async fn use_passkey<C: ConnectionTrait>(
    tx: &C,
    id: PasskeyId,
    credential: String,
    now: Timestamp,
) -> Result<()> {
    passkey::Entity::update_many()
        .col_expr(passkey::Column::Credential, Expr::value(credential))
        .col_expr(passkey::Column::LastUsedAt, Expr::value(now))
        .filter(passkey::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether there was one of this account.
pub(super) async fn rename_passkey<C: ConnectionTrait>(
    tx: &C,
    account: AccountId,
    id: PasskeyId,
    name: &str,
) -> Result<bool> {
    let renamed = passkey::Entity::update_many()
        .col_expr(passkey::Column::Name, Expr::value(name))
        .filter(passkey::Column::Id.eq(id))
        .filter(passkey::Column::AccountId.eq(account))
        .exec(tx)
        .await?;
    Ok(renamed.rows_affected == 1)
}

/// Whether there was one of this account.
pub(super) async fn remove_passkey<C: ConnectionTrait>(
    tx: &C,
    account: AccountId,
    id: PasskeyId,
) -> Result<bool> {
    let removed = passkey::Entity::delete_many()
        .filter(passkey::Column::Id.eq(id))
        .filter(passkey::Column::AccountId.eq(account))
        .exec(tx)
        .await?;
    Ok(removed.rows_affected == 1)
}

/// Whether an account has a second factor that counts.
pub(super) async fn has_any<C: ConnectionTrait>(db: &C, account: AccountId) -> Result<bool> {
    Ok(!protected(db, &[account]).await?.is_empty())
}

/// Which of these accounts have one.
pub(super) async fn protected<C: ConnectionTrait>(
    db: &C,
    accounts: &[AccountId],
) -> Result<HashSet<AccountId>> {
    let ids = || accounts.iter().copied();
    let apps: Vec<AccountId> = totp::Entity::find()
        .select_only()
        .column(totp::Column::AccountId)
        .filter(totp::Column::AccountId.is_in(ids()))
        .filter(totp::Column::ConfirmedAt.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    let keys: Vec<AccountId> = passkey::Entity::find()
        .select_only()
        .column(passkey::Column::AccountId)
        .filter(passkey::Column::AccountId.is_in(ids()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(apps.into_iter().chain(keys).collect())
}

/// Removes all of an account; whether any counted.
pub(super) async fn remove_all<C: ConnectionTrait>(tx: &C, account: AccountId) -> Result<bool> {
    let any = has_any(tx, account).await?;
    totp::Entity::delete_by_id(account).exec(tx).await?;
    passkey::Entity::delete_many()
        .filter(passkey::Column::AccountId.eq(account))
        .exec(tx)
        .await?;
    replace_recovery_codes(tx, account, &[]).await?;
    Ok(any)
}
