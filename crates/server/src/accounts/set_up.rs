//! The first account: possible once, with a link from the server's command line.

use std::time::Duration;

use super::line::Visitor;
use super::logins::{self, Method, Request, Started};
use super::store::{self, Purpose};
use super::{LOCALES, NAME_MAX, password};
use crate::audit::{self, Action};
use crate::ctx::Ctx;
use crate::error::{Code, Error, FieldError, Result};
use crate::ids::AccountId;
use crate::organizations;
use crate::secrets;
use crate::store::dialect::{self, Lock};
use crate::store::entities::account::AccountKind;

/// Longest e-mail address (RFC 5321).
const EMAIL_MAX: usize = 254;

/// What the first person says about themselves.
#[derive(Clone)]
pub struct SetUp {
    /// The token of the set-up link.
    pub token: String,
    /// The person's name.
    pub name: String,
    /// Their e-mail address, with which they sign in.
    pub email: String,
    /// Their password.
    pub password: String,
    /// Name of their organization.
    pub organization: String,
    /// Language of the console, one of [`LOCALES`].
    pub locale: String,
}

impl std::fmt::Debug for SetUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetUp")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// Makes the first account, gives it the organization that was there from the start, and signs it in. Of several at once, one wins.
///
/// # Errors
/// `not_found` once an account exists, `link_invalid`, `validation_failed`, `too_many_attempts`; those of the database.
pub async fn set_up(ctx: &Ctx, request: &Request<'_>, wanted: SetUp) -> Result<Started> {
    if store::any(ctx.db.read()).await? {
        return Err(gone());
    }
    let now = ctx.clock.now();
    ctx.accounts.guard.address(request.info.address, now)?;
    let token = secrets::hash(&wanted.token);
    if !store::link_is_valid(ctx.db.read(), Purpose::SetUp, token, now).await? {
        return Err(super::links::invalid());
    }
    let wanted = check(wanted)?;
    let own = [wanted.name.as_str(), wanted.email.as_str()];
    if let Some(wrong) = password::objection_to_new(ctx, &wanted.password, &own).await? {
        return Err(Error::Invalid(vec![wrong]));
    }
    // Before the transaction: hashing takes long, and nobody should wait for the database meanwhile.
    let password_hash = ctx.accounts.hasher.hash(&wanted.password, Visitor::Known).await?;

    let tx = ctx.db.write().await?;
    dialect::lock(&tx, Lock::Setup).await?;
    if store::any(&tx).await? {
        return Err(gone());
    }
    store::redeem_link(&tx, Purpose::SetUp, token, now)
        .await?
        .ok_or_else(super::links::invalid)?;
    let account = store::Account {
        id: AccountId::new(),
        name: wanted.name,
        email_key: store::email_key(&wanted.email),
        email: wanted.email,
        password_hash,
        locale: wanted.locale,
        created_at: now,
        password_changed_at: now,
        disabled_at: None,
        kind: AccountKind::Person,
        note: String::new(),
    };
    let id = account.id;
    store::insert(&tx, account).await?;
    let organization = organizations::claim(&tx, now, &wanted.organization, id).await?;
    store::delete_links(&tx, Purpose::SetUp).await?;
    let started = logins::start(ctx, &tx, request, id, Method::SetUp).await?;
    let entry = started.caller.entry(organization.id, Action::ServerSetUp);
    let detail = serde_json::json!({"organization": organization.name, "address": request.info.address});
    audit::record(
        &tx,
        now,
        entry
            .on(logins::account_target(id, &started.caller.name))
            .detail(detail),
    )
    .await?;
    tx.commit().await?;
    tracing::info!(account = %id, "the server was set up");
    Ok(started)
}

fn gone() -> Error {
    Error::NotFound("address")
}

/// Trims and checks all fields; reports all that are wrong at once.
fn check(mut wanted: SetUp) -> Result<SetUp> {
    for text in [&mut wanted.name, &mut wanted.email, &mut wanted.organization] {
        *text = text.trim().to_owned();
    }
    let errors: Vec<FieldError> = [
        name_objection("name", &wanted.name),
        email_objection(&wanted.email),
        password::objection(
            &wanted.password,
            &[&wanted.name, &wanted.email, &wanted.organization],
        ),
        name_objection("organization", &wanted.organization),
        locale_objection(&wanted.locale),
    ]
    .into_iter()
    .flatten()
    .collect();
    if errors.is_empty() {
        Ok(wanted)
    } else {
        Err(Error::Invalid(errors))
    }
}

pub(super) fn name_objection(field: &'static str, text: &str) -> Option<FieldError> {
    if text.is_empty() {
        return Some(FieldError::new(field, "required", "Please fill this in."));
    }
    if text.chars().count() > NAME_MAX {
        return Some(FieldError::new(
            field,
            "too_long",
            format!("At most {NAME_MAX} characters, please."),
        ));
    }
    text.chars()
        .any(char::is_control)
        .then(|| FieldError::new(field, "invalid", "This contains characters that cannot be shown."))
}

pub(super) fn locale_objection(locale: &str) -> Option<FieldError> {
    let known = LOCALES.contains(&locale);
    (!known).then(|| {
        FieldError::new(
            "locale",
            "unknown",
            format!("Choose one of {}.", LOCALES.join(", ")),
        )
    })
}

/// Only what is certainly no address is refused; whether it works, only a mail can tell.
pub(super) fn email_objection(email: &str) -> Option<FieldError> {
    if email.is_empty() {
        return Some(FieldError::new("email", "required", "Please fill this in."));
    }
    let shape = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !domain.starts_with('.')
    });
    let clean = !email
        .chars()
        .any(|letter| letter.is_whitespace() || letter.is_control());
    let fine = shape && clean && email.len() <= EMAIL_MAX;
    (!fine).then(|| FieldError::new("email", "invalid", "This does not look like an e-mail address."))
}

/// Refusal of a wrong e-mail or password; the same words for both.
pub(super) fn wrong_credentials() -> Error {
    Error::Unauthenticated {
        code: Code::InvalidCredentials,
        detail: "E-mail or password is wrong.".into(),
    }
}

/// How long links are valid, for texts.
pub(super) fn minutes(life: Duration) -> u64 {
    life.as_secs() / 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_judged_by_shape_only() {
        for fine in ["a@b", "ann.martins+farol@example.org", "josé@exemplo.br"] {
            assert_eq!(email_objection(fine), None, "{fine}");
        }
        for wrong in ["", "a", "@b", "a@", "a b@c", "a@b@c", "a@.b"] {
            assert!(email_objection(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn all_wrong_fields_are_named_at_once() {
        let wanted = SetUp {
            token: String::new(),
            name: "  ".into(),
            email: "x".into(),
            password: "short".into(),
            organization: "x".repeat(81),
            locale: "de".into(),
        };
        let Err(Error::Invalid(errors)) = check(wanted) else {
            panic!("not refused")
        };
        let fields: Vec<_> = errors.iter().map(|error| error.field).collect();
        assert_eq!(fields, ["name", "email", "password", "organization", "locale"]);
    }
}
