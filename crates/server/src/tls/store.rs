//! Queries of certificates and ACME accounts.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

use super::Current;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::sealed::{Place, Sealed};
use crate::store::WriteTx;
use crate::store::entities::{acme_account, certificate, server_state};

/// A certificate of the database with its key.
pub(super) struct Stored {
    pub(super) chain: String,
    pub(super) key: zeroize::Zeroizing<Vec<u8>>,
}

fn certificate_place(name: &str) -> Place<'_> {
    Place {
        table: "certificates",
        column: "sealed_key",
        row: name,
    }
}

fn account_place(directory: &str) -> Place<'_> {
    Place {
        table: "acme_accounts",
        column: "sealed_credentials",
        row: directory,
    }
}

pub(super) async fn find_certificate<C: ConnectionTrait>(
    db: &C,
    sealed: &Sealed,
    name: &str,
) -> Result<Option<Stored>> {
    let Some(row) = certificate::Entity::find_by_id(name.to_owned()).one(db).await? else {
        return Ok(None);
    };
    let key = sealed.open(certificate_place(name), &row.sealed_key)?;
    Ok(Some(Stored {
        chain: row.chain,
        key,
    }))
}

/// The chain alone, for which no secret is needed.
pub(super) async fn find_chain<C: ConnectionTrait>(db: &C, name: &str) -> Result<Option<String>> {
    Ok(certificate::Entity::find_by_id(name.to_owned())
        .one(db)
        .await?
        .map(|row| row.chain))
}

/// Keeps a certificate in the place of the one with the same name.
pub(super) async fn keep_certificate(
    tx: &WriteTx,
    sealed: &Sealed,
    name: &str,
    (chain, key): (&str, &[u8]),
    (not_before, not_after, now): (Timestamp, Timestamp, Timestamp),
) -> Result<()> {
    use certificate::Column;
    let row = certificate::ActiveModel {
        name: Set(name.to_owned()),
        chain: Set(chain.to_owned()),
        sealed_key: Set(sealed.seal(tx, certificate_place(name), key).await?),
        not_before: Set(not_before),
        not_after: Set(not_after),
        created_at: Set(now),
    };
    let replace = OnConflict::column(Column::Name)
        .update_columns([
            Column::Chain,
            Column::SealedKey,
            Column::NotBefore,
            Column::NotAfter,
            Column::CreatedAt,
        ])
        .to_owned();
    certificate::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn find_account<C: ConnectionTrait>(
    db: &C,
    sealed: &Sealed,
    directory: &str,
) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>> {
    let Some(row) = acme_account::Entity::find_by_id(directory.to_owned())
        .one(db)
        .await?
    else {
        return Ok(None);
    };
    Ok(Some(
        sealed.open(account_place(directory), &row.sealed_credentials)?,
    ))
}

pub(super) async fn keep_account(
    tx: &WriteTx,
    sealed: &Sealed,
    directory: &str,
    credentials: &[u8],
    now: Timestamp,
) -> Result<()> {
    use acme_account::Column;
    let row = acme_account::ActiveModel {
        directory: Set(directory.to_owned()),
        sealed_credentials: Set(sealed.seal(tx, account_place(directory), credentials).await?),
        created_at: Set(now),
    };
    let replace = OnConflict::column(Column::Directory)
        .update_columns([Column::SealedCredentials, Column::CreatedAt])
        .to_owned();
    acme_account::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn remove_account(tx: &WriteTx, directory: &str) -> Result<()> {
    acme_account::Entity::delete_by_id(directory.to_owned())
        .exec(tx)
        .await?;
    Ok(())
}

/// Attempts that failed in a row, and the earliest next one.
pub(super) async fn find_failures<C: ConnectionTrait>(
    db: &C,
    name: &str,
) -> Result<Option<(u32, Timestamp)>> {
    let row = server_state::Entity::find_by_id(failures_name(name))
        .one(db)
        .await?;
    Ok(row.and_then(|row| {
        let (count, at) = row.value.split_once(' ')?;
        Some((count.parse().ok()?, Timestamp(at.parse().ok()?)))
    }))
}

pub(super) async fn keep_failures(
    tx: &WriteTx,
    name: &str,
    failures: Option<(u32, Timestamp)>,
) -> Result<()> {
    let name = failures_name(name);
    let Some((count, next)) = failures else {
        server_state::Entity::delete_by_id(name).exec(tx).await?;
        return Ok(());
    };
    let row = server_state::ActiveModel {
        name: Set(name),
        value: Set(format!("{count} {}", next.0)),
    };
    let replace = OnConflict::column(server_state::Column::Name)
        .update_column(server_state::Column::Value)
        .to_owned();
    server_state::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

fn failures_name(name: &str) -> String {
    format!("failures of {name}")
}

/// What a row of certificates says of its validity.
pub(super) fn dates(current: &Current, now: Timestamp) -> (Timestamp, Timestamp, Timestamp) {
    (current.not_before, current.not_after, now)
}
