//! Sending invitations by e-mail, and sending one again. The link is shown to its author all the same: mail gets lost.

use super::invitations::{self, CreatedAccountInvitation, INVITATION_LIFE};
use super::{Caller, store};
use crate::audit::Action;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::AccountInvitationId;
use crate::mail::{self, Envelope, Locale, MailState, Queued, templates};
use crate::organizations;
use crate::rights::{self, Permission};
use crate::secrets::Secret;
use crate::store::WriteTx;
use crate::store::entities::account_invitation::Model;

/// Puts the letter with the link into the outbox. It is written in the language of the account that there is, or of who invites.
///
/// # Errors
/// `mail_not_set_up`, `mail_outbox_full`, `validation_failed` (the address), `secrets_unavailable`; those of the database.
pub(super) async fn post(ctx: &Ctx, tx: &WriteTx, by: &Caller, row: &Model, url: &str) -> Result<()> {
    let organization = match row.organization_id {
        Some(id) => Some(organizations::find(tx, id).await?.name),
        None => None,
    };
    let reader = match store::find_by_email(tx, &row.email).await? {
        Some(account) => Some(account),
        None => store::find(tx, by.account).await?,
    };
    let locale = reader.map_or(Locale::En, |account| Locale::of(&account.locale));
    let said = templates::Invitation {
        by: &by.name,
        into: organization.as_deref(),
        url,
        until: row.expires_at,
    };
    let letter = templates::invitation(locale, &ctx.config.public_url.to_string(), said);
    let envelope = Envelope {
        to: &row.email,
        organization: row.organization_id,
        about: Some(row.id.0),
    };
    match mail::queue(ctx, tx, envelope, &letter).await? {
        Queued::Yes(_) => Ok(()),
        Queued::NotSetUp => Err(not_set_up()),
        Queued::Full => {
            let detail = "Too much e-mail waits to be sent. Ask an owner of the server to look at its outbox, or give the person the \
                          link yourself.";
            Err(Error::TooMany {
                code: Code::MailOutboxFull,
                detail: detail.into(),
                retry_after: None,
            })
        }
        Queued::NoAddress => {
            let detail = "No e-mail can be sent to this address.";
            Err(Error::invalid("email", "invalid", detail))
        }
    }
}

fn not_set_up() -> Error {
    let detail = "This server sends no e-mail. Give the person the link yourself, or ask an owner of the server to set up a mail server.";
    Error::conflict(Code::MailNotSetUp, detail)
}

fn over() -> Error {
    let detail = "This invitation is over, or what it is for is gone. Make a new one.";
    Error::conflict(Code::Conflict, detail)
}

/// Sends an open invitation again, with a new link that works for a week; the one of before works no more, since nobody can say it again.
///
/// # Errors
/// `not_found`, `forbidden`, `step_up_required`, `conflict` (it is over), `mail_not_set_up`, `mail_outbox_full`, `too_many_attempts`;
/// those of the database.
pub async fn resend_invitation(
    ctx: &Ctx,
    by: &Caller,
    id: AccountInvitationId,
) -> Result<CreatedAccountInvitation> {
    let now = ctx.clock.now();
    let secret = Secret::random()?;
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let row = store::find_invitation(&tx, id).await?;
    let mut row = row.ok_or_else(invitations::unknown)?;
    by.require_at(row.organization_id, Permission::AccountManage)
        .map_err(|_| invitations::unknown())?;
    let gift = invitations::gift_of(&tx, &row).await?.ok_or_else(over)?;
    rights::require_may_give(by, &gift)?;
    let expires_at = now.after(INVITATION_LIFE);
    if invitations::has_ended(&gift, now)
        || !store::renew_invitation(&tx, id, secret.hash(), (now, expires_at)).await?
    {
        return Err(over());
    }
    mail::count_letter(ctx, by.account)?;
    row.expires_at = expires_at;
    let url = invitations::link(ctx, &secret);
    mail::cancel_about(ctx, &tx, id.0).await?;
    post(ctx, &tx, by, &row, &url).await?;
    invitations::record(ctx, &tx, by, &row, Action::AccountInvitationSentAgain).await?;
    tx.commit().await?;
    invitations::nudge(ctx, by, row.organization_id);
    mail::nudge(ctx).await?;
    let places = invitations::place_names(ctx, by, std::slice::from_ref(&row)).await?;
    let invitation = invitations::shown(ctx, (row, &gift.role), &places, Some(MailState::Waiting)).await?;
    Ok(CreatedAccountInvitation { invitation, url })
}
