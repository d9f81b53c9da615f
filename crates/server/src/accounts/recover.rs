//! Letting somebody back into their account from the server's own command line: whoever has that has everything already.

use super::links::{self, CreatedLink};
use super::{factors, store};
use crate::audit::{self, Action, Actor, Entry};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::machines;
use crate::rights::{self, Moment};

/// What was done.
#[derive(Debug)]
pub struct Recovered {
    /// The link that signs in; there a new password is set without the old one.
    pub link: CreatedLink,
    /// Whether the account was disabled before.
    pub enabled: bool,
    /// Whether second factors were taken away.
    pub factors_removed: bool,
}

/// Enables the account, ends its logins, takes its second factors away unless they are to be kept, and makes a sign-in link. Without an
/// e-mail, of the oldest owner of the whole server.
///
/// # Errors
/// `not_found` when no account has this e-mail, or there is none at all; those of the database.
pub async fn recover(ctx: &Ctx, email: Option<&str>, keep_factors: bool) -> Result<Recovered> {
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let account = match email {
        Some(email) => store::find_by_email(&tx, email).await?,
        None => match rights::oldest_owner_ever(&tx).await? {
            Some(id) => store::find(&tx, id).await?,
            None => None,
        },
    };
    let account = account.ok_or(Error::NotFound("account"))?;
    let enabled = account.disabled_at.is_some();
    if enabled {
        store::set_disabled(&tx, account.id, None).await?;
    }
    let factors_removed = !keep_factors && factors::remove_all(&tx, account.id).await?;
    let logins = store::delete_logins(&tx, account.id).await?;
    for organization in rights::of_account(&tx, account.id, Moment::Whenever)
        .await?
        .belongs_to()
    {
        let target = super::logins::account_target(account.id, &account.name);
        let entry = Entry::new(*organization, Actor::command_line(), Action::AccountRecovered)
            .on(target)
            .detail(serde_json::json!({
                "enabled": enabled,
                "second_factors_removed": factors_removed,
                "logins_ended": logins.len(),
            }));
        audit::record(&tx, ctx.clock.now(), entry).await?;
    }
    tx.commit().await?;
    // What the logins have open is cut by the server that runs beside this.
    machines::tell_running_server(ctx).await?;
    let link = links::create_link(&ctx.db, &ctx.clock, Some(&account.email)).await?;
    Ok(Recovered {
        link,
        enabled,
        factors_removed,
    })
}
