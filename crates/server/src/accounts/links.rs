//! One-time links, made on the server's command line: for the first account, and for who lost a password.

use std::time::Duration;

use super::set_up::minutes;
use super::store::{self, Purpose};
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::rights::{self, Moment};
use crate::secrets::Secret;
use crate::store::Db;

/// How long a link can be used.
pub const LINK_LIFE: Duration = Duration::from_secs(15 * 60);
/// Used and expired links are kept this long, for whoever wonders.
const STALE_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// A link just made.
#[derive(Debug)]
pub struct CreatedLink {
    /// Path and fragment; the secret is in the fragment, which browsers never send. Show it once.
    pub path: String,
    /// Whom it signs in; `None` for the link that makes the first account.
    pub email: Option<String>,
}

/// Makes a link: for set-up while there is no account, else for `email`, else for the oldest owner. Works on the
/// database alone, so the command line can do it beside a running server.
///
/// # Errors
/// `not_found` when no account has this e-mail; those of the database.
pub async fn create_link(db: &Db, clock: &Clock, email: Option<&str>) -> Result<CreatedLink> {
    let secret = Secret::random()?;
    let now = clock.now();
    let times = (now, now.after(LINK_LIFE));
    let tx = db.write().await?;
    if !store::any(&tx).await? {
        store::insert_link(&tx, Purpose::SetUp, None, secret.hash(), times).await?;
        tx.commit().await?;
        return Ok(CreatedLink {
            path: format!("/setup#token={}", secret.expose()),
            email: None,
        });
    }
    let account = match email {
        Some(email) => store::find_by_email(&tx, email).await?,
        None => match rights::oldest_owner(&tx).await? {
            Some(id) => store::find(&tx, id).await?,
            None => None,
        },
    };
    let account = account.ok_or(Error::NotFound("account"))?;
    store::insert_link(&tx, Purpose::SignIn, Some(account.id), secret.hash(), times).await?;
    for organization in rights::of_account(&tx, account.id, Moment::Whenever)
        .await?
        .belongs_to()
    {
        let target = super::logins::account_target(account.id, &account.name);
        let entry = Entry::new(*organization, Actor::command_line(), Action::SignInLinkCreated).on(target);
        audit::record(&tx, now, entry).await?;
    }
    tx.commit().await?;
    Ok(CreatedLink {
        path: format!("/sign-in#link={}", secret.expose()),
        email: Some(account.email),
    })
}

/// Removes links nobody can use any more; run now and then.
///
/// # Errors
/// Those of the database.
pub async fn forget_stale_links(db: &Db, clock: &Clock) -> Result<()> {
    let tx = db.write().await?;
    store::delete_stale_links(&tx, clock.now().before(STALE_AFTER)).await?;
    Ok(tx.commit().await?)
}

/// Refusal of a link; the same words whether it is wrong, used or expired, so that nobody learns which.
pub(super) fn invalid() -> Error {
    let detail = format!(
        "This link is not valid: it works once and for {} minutes. Make a new one on the server with `farol \
         sign-in-link`.",
        minutes(LINK_LIFE)
    );
    Error::Refused {
        code: Code::LinkInvalid,
        detail,
    }
}

/// Refusal of the link of an invitation; the same words whatever is wrong with it, so that nobody learns which.
pub(super) fn invalid_invitation() -> Error {
    Error::Refused {
        code: Code::LinkInvalid,
        detail: "This invitation is not valid: it works once and for a week, unless it is taken back. Ask for a new one.".into(),
    }
}

/// Refusal of the link of an invitation whose role ended before anybody accepted it. Only who has a link that works learns that.
pub(super) fn ended_invitation() -> Error {
    Error::Refused {
        code: Code::InvitationEnded,
        detail: "What this invitation is for was limited in time, and that time is over. Ask for a new one."
            .into(),
    }
}
