//! How a mail gets into the outbox, and out of it again when what it speaks of is gone.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::deliver::GIVE_UP;
use super::letter::Letter;
use super::outbox::MailState;
use super::{checks, settings, store};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ids::{MailId, OrganizationId};
use crate::store::WriteTx;
use crate::store::entities::mail::Model;

/// Most mails that have not come to an end; more are not taken. A thousand are minutes of work for a mail server that answers.
pub(super) const WAITING_MAX: u64 = 1_000;

/// To whom, and in connection with what.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// The recipient's address.
    pub to: &'a str,
    /// Whose business it is; None for the whole server's.
    pub organization: Option<OrganizationId>,
    /// The thing it speaks of, by which it is found again.
    pub about: Option<Uuid>,
}

/// What became of the wish to send a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queued {
    /// It is sent after the commit; call [`super::nudge`] then.
    Yes(MailId),
    /// The server sends no e-mail.
    NotSetUp,
    /// Too many wait already.
    Full,
    /// No mail can be sent to this address.
    NoAddress,
}

/// Puts a letter into the outbox, in the transaction of what it speaks of. What is not taken is no error: whoever asks knows whether
/// the letter is what matters.
///
/// # Errors
/// `secrets_unavailable`; those of the database.
pub async fn queue(ctx: &Ctx, tx: &WriteTx, envelope: Envelope<'_>, letter: &Letter) -> Result<Queued> {
    if !settings::is_set_up(tx).await? {
        return Ok(Queued::NotSetUp);
    }
    if !checks::is_address(envelope.to) {
        return Ok(Queued::NoAddress);
    }
    if store::count_unfinished(tx).await? >= WAITING_MAX {
        metrics::counter!("farol_mail_not_queued_total").increment(1);
        return Ok(Queued::Full);
    }
    let (id, now) = (MailId::new(), ctx.clock.now());
    let contents = serde_json::to_vec(&letter.contents()).map_err(Error::internal)?;
    let row = id.to_string();
    let sealed = ctx
        .sealed
        .seal(tx, store::contents_place(&row), &contents)
        .await?;
    let row = Model {
        id,
        organization_id: envelope.organization,
        about_id: envelope.about,
        template: letter.template.to_owned(),
        locale: letter.locale.as_str().to_owned(),
        recipient: envelope.to.to_owned(),
        subject: letter.subject.clone(),
        sealed_contents: Some(sealed),
        state: MailState::Waiting.as_str().to_owned(),
        attempts: 0,
        next_at: now,
        give_up_at: now.after(GIVE_UP),
        error_code: None,
        error: None,
        created_at: now,
        finished_at: None,
    };
    store::insert(tx, row).await?;
    Ok(Queued::Yes(id))
}

/// Cancels what is not sent yet about a thing that is gone.
///
/// # Errors
/// Those of the database.
pub async fn cancel_about(ctx: &Ctx, tx: &WriteTx, thing: Uuid) -> Result<()> {
    store::cancel(tx, store::all_about(thing), ctx.clock.now()).await?;
    Ok(())
}

/// How the newest mail about each of these things is.
///
/// # Errors
/// Those of the database.
pub async fn states_about<C: ConnectionTrait>(db: &C, things: &[Uuid]) -> Result<HashMap<Uuid, MailState>> {
    if things.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = store::about(db, things).await?;
    let states = rows
        .iter()
        .filter_map(|row| Some((row.about_id?, MailState::of(&row.state))));
    Ok(states.collect())
}
