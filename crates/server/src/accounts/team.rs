//! The accounts of teams: what `crate::teams` asks of this domain. They have a name and roles, and nobody ever signs in to them.

use sea_orm::ConnectionTrait;

use super::service::checked;
use super::vouched::NO_PASSWORD;
use super::{LOCALES, Person, store};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::AccountId;
use crate::store::WriteTx;
use crate::store::entities::account::AccountKind;

/// Name and note as they are kept.
///
/// # Errors
/// `validation_failed`.
pub(crate) fn checked_team(name: &str, note: &str) -> Result<(String, String)> {
    checked(name, note)
}

/// Makes the account of a team. The audit entry is up to the caller of this function.
///
/// # Errors
/// Those of the database.
pub(crate) async fn make_team(
    tx: &WriteTx,
    (name, note): (String, String),
    now: Timestamp,
) -> Result<Person> {
    let id = AccountId::new();
    let account = store::Account {
        id,
        name,
        email: String::new(),
        // The column tells accounts apart; no e-mail address looks like that, and none is looked up among teams.
        email_key: format!("team:{id}"),
        password_hash: NO_PASSWORD.to_owned(),
        locale: LOCALES[0].to_owned(),
        created_at: now,
        password_changed_at: now,
        disabled_at: None,
        kind: AccountKind::Team,
        note,
    };
    store::insert(tx, account.clone()).await?;
    Ok(account)
}

/// Changes what a team is called.
///
/// # Errors
/// Those of the database.
pub(crate) async fn change_team<C: ConnectionTrait>(
    tx: &C,
    id: AccountId,
    texts: (&str, &str),
) -> Result<()> {
    store::update_texts(tx, id, texts).await
}

/// Deletes the account of a team, with its roles and who is in it.
///
/// # Errors
/// Those of the database.
pub(crate) async fn delete_team(tx: &WriteTx, id: AccountId) -> Result<()> {
    store::delete(tx, id).await
}
