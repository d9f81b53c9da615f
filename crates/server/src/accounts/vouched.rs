//! Accounts for which somebody else vouches: what `crate::identity_providers` asks of this domain.

use sea_orm::ConnectionTrait;
use serde_json::json;

use super::logins::{self, Method, Request, Started};
use super::set_up::email_objection;
use super::{Caller, NAME_MAX, Person, people, sign_in, store};
use crate::audit::{self, Action, Target};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::RequestInfo;
use crate::ids::{AccountId, LoginId};
use crate::rights::Rights;
use crate::store::WriteTx;
use crate::store::entities::account::AccountKind;

/// What stands in the place of a password's hash where there is no password. No password matches it.
pub(super) const NO_PASSWORD: &str = "";

/// Somebody for whom an account is to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewPerson<'a> {
    /// Their name, as somebody else wrote it.
    pub(crate) name: &'a str,
    /// Their e-mail address.
    pub(crate) email: &'a str,
    /// Their console speaks Portuguese, else English.
    pub(crate) portuguese: bool,
}

/// Counts an attempt to sign in from an address.
///
/// # Errors
/// `too_many_attempts`.
pub(crate) fn count_attempt(ctx: &Ctx, request: RequestInfo) -> Result<()> {
    ctx.accounts.guard.address(request.address, ctx.clock.now())
}

/// An account.
///
/// # Errors
/// Those of the database.
pub(crate) async fn find_account<C: ConnectionTrait>(db: &C, id: AccountId) -> Result<Option<Person>> {
    store::find(db, id).await
}

/// The account that signs in with an e-mail address.
///
/// # Errors
/// Those of the database.
pub(crate) async fn find_by_email<C: ConnectionTrait>(db: &C, email: &str) -> Result<Option<Person>> {
    store::find_by_email(db, email).await
}

/// An account that is to be managed, and what it may do.
///
/// # Errors
/// `not_found`, `forbidden`; those of the database.
pub(crate) async fn find_to_manage(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    id: AccountId,
) -> Result<(Person, Rights)> {
    people::find_to_manage(ctx, tx, by, id).await
}

/// Whether an account came by an invitation to this address: whoever invited it knew whose that is.
///
/// # Errors
/// Those of the database.
pub(crate) async fn was_invited<C: ConnectionTrait>(db: &C, account: AccountId, email: &str) -> Result<bool> {
    let key = store::email_key(email);
    let invited = store::accepted_addresses(db, account).await?;
    Ok(invited.iter().any(|address| store::email_key(address) == key))
}

/// Whether an account can be signed in to with a password.
pub(crate) fn has_password(account: &Person) -> bool {
    account.password_hash != NO_PASSWORD
}

/// Whether a text could be an e-mail address.
pub(crate) fn is_email(text: &str) -> bool {
    email_objection(text).is_none()
}

/// An account as the target of an audit entry.
pub(crate) fn target(account: AccountId, name: &str) -> Target {
    logins::account_target(account, name)
}

/// Makes an account without a password. The audit entry is up to the caller of this function.
///
/// # Errors
/// `conflict` when its address has an account since a moment ago; those of the database.
pub(crate) async fn make_vouched(ctx: &Ctx, tx: &WriteTx, person: NewPerson<'_>) -> Result<Person> {
    let now = ctx.clock.now();
    let account = store::Account {
        kind: AccountKind::Person,
        note: String::new(),
        id: AccountId::new(),
        name: shown_name(person.name, person.email),
        email_key: store::email_key(person.email),
        email: person.email.to_owned(),
        password_hash: NO_PASSWORD.to_owned(),
        locale: if person.portuguese { "pt-BR" } else { "en" }.to_owned(),
        created_at: now,
        password_changed_at: now,
        disabled_at: None,
    };
    store::insert(tx, account.clone()).await?;
    Ok(account)
}

/// A name that can be shown, of one that a stranger wrote.
fn shown_name(name: &str, email: &str) -> String {
    let clean = |text: &str| -> String {
        let letters = text
            .chars()
            .filter(|letter| !farol_protocol::text::is_deceptive(*letter));
        letters.take(NAME_MAX).collect::<String>().trim().to_owned()
    };
    let name = clean(name);
    if name.is_empty() { clean(email) } else { name }
}

/// Signs in an account for which a provider vouches, and proves it. The account is known not to be disabled.
///
/// # Errors
/// Those of the database.
pub(crate) async fn start_vouched(
    ctx: &Ctx,
    tx: &WriteTx,
    request: &Request<'_>,
    (account, provider): (AccountId, &str),
) -> Result<Started> {
    let started = logins::start(ctx, tx, request, account, Method::Provider).await?;
    let by = &started.caller;
    for organization in by.rights.belongs_to() {
        let entry = by
            .entry(*organization, Action::LoginStarted)
            .on(target(by.account, &by.name))
            .detail(json!({
                "method": Method::Provider.as_str(),
                "provider": provider,
                "address": by.request.address,
            }));
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(started)
}

/// After the commit of what signed somebody in.
pub(crate) async fn welcome(ctx: &Ctx, started: &Started) {
    sign_in::welcome(ctx, started).await;
}

/// That an account is not disabled; to be told only to who proved to be its owner.
///
/// # Errors
/// `account_disabled`.
pub(crate) fn require_enabled(account: &Person) -> Result<()> {
    sign_in::require_enabled(account)
}

/// Deletes logins within the transaction of whoever ends them; [`logins_ended`] is to follow.
///
/// # Errors
/// Those of the database.
pub(crate) async fn delete_logins(tx: &WriteTx, logins: &[LoginId]) -> Result<()> {
    for login in logins {
        store::delete_login(tx, *login).await?;
    }
    Ok(())
}

/// Cuts what these logins had open.
pub(crate) async fn logins_ended(ctx: &Ctx, logins: &[LoginId]) {
    for login in logins {
        logins::ended(ctx, *login).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_strangers_can_be_shown() {
        assert_eq!(shown_name(" Ana\u{202e} Lima\n", "a@b"), "Ana Lima");
        assert_eq!(shown_name("\u{0}\u{202e}", "a@b"), "a@b");
        assert_eq!(shown_name(&"x".repeat(500), "a@b").len(), NAME_MAX);
    }
}
