//! The outbox as owners of the server see it: what waits, what became of it, and why something did not go out. Never what it says.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::deliver::GIVE_UP;
use super::failure::{Failure, FailureCode};
use super::store;
use crate::accounts::Caller;
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::{List, Page, PageQuery};
use crate::ids::MailId;
use crate::rights::{self, Permission};
use crate::store::WriteTx;
use crate::store::entities::mail::Model;

/// Where a mail is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It is sent soon, or tried again later.
    Waiting,
    /// It is being sent.
    Sending,
    /// The mail server has taken it.
    Sent,
    /// It was refused, or could not be sent for a day.
    Failed,
    /// A person took it back, or what it speaks of is gone.
    Canceled,
}

impl MailState {
    const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Sending,
        Self::Sent,
        Self::Failed,
        Self::Canceled,
    ];

    /// As kept and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Of a row; what is not known is over.
    pub(super) fn of(text: &str) -> Self {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.unwrap_or(Self::Failed)
    }
}

/// An e-mail, without what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mail {
    /// Its identifier.
    pub id: MailId,
    /// To which address.
    pub to: String,
    /// What kind of letter: `test`, `invitation`, `new_place`, …
    pub template: String,
    /// Its subject.
    pub subject: String,
    /// Where it is in its life.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried again; `null` when it is not.
    pub next_attempt_at: Option<Timestamp>,
    /// How the last attempt went wrong.
    pub failure: Option<Failure>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
    /// Whether it can be tried at once.
    pub can_retry: bool,
    /// Whether it can be taken back.
    pub can_cancel: bool,
}

/// Which mails a list wants.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MailFilter {
    /// Only those in this state.
    pub state: Option<MailState>,
}

/// The outbox, newest first.
///
/// # Errors
/// `forbidden`, `validation_failed` (the cursor); those of the database.
pub async fn list(ctx: &Ctx, by: &Caller, page: &PageQuery, filter: MailFilter) -> Result<Page<Mail>> {
    by.require_at(None, Permission::ServerManage)?;
    let list = List::new(ctx, "mail-outbox");
    let (last, limit) = (page.key(&list)?, page.limit());
    let rows = store::list(ctx.db.read(), filter.state, (last, limit + 1)).await?;
    let mails = rows.into_iter().map(|row| shown(ctx, row)).collect();
    Ok(Page::of(&list, mails, limit, |mail: &Mail| mail.id))
}

fn shown(ctx: &Ctx, row: Model) -> Mail {
    let state = MailState::of(&row.state);
    let able = row.sealed_contents.is_some();
    let silent = state == MailState::Sending && row.next_at <= ctx.clock.now();
    let failure = row.error_code.as_deref().and_then(FailureCode::parse);
    let retriable = state == MailState::Waiting || (state == MailState::Failed && able);
    Mail {
        id: row.id,
        to: row.recipient,
        template: row.template,
        subject: row.subject,
        state,
        attempts: row.attempts,
        next_attempt_at: (state == MailState::Waiting).then_some(row.next_at),
        failure: failure.map(|code| Failure::new(code, row.error.unwrap_or_default())),
        created_at: row.created_at,
        finished_at: row.finished_at,
        can_retry: retriable,
        can_cancel: retriable || silent,
    }
}

fn unknown() -> Error {
    Error::NotFound("e-mail")
}

/// Tries a mail at once: one that waits, or one that failed lately. It then has another day.
///
/// # Errors
/// `forbidden`, `not_found`, `conflict` (it is over); those of the database.
pub async fn retry(ctx: &Ctx, by: &Caller, id: MailId) -> Result<Mail> {
    by.require_at(None, Permission::ServerManage)?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let row = store::find(&tx, id).await?.ok_or_else(unknown)?;
    if !store::retry(&tx, id, (now, now.after(GIVE_UP))).await? {
        let detail = "This e-mail cannot be sent again: it was sent or canceled, or it failed so long ago that what it said is forgotten.";
        return Err(Error::conflict(Code::Conflict, detail));
    }
    record(ctx, &tx, by, &row, Action::MailRetried).await?;
    let row = store::find(&tx, id).await?.ok_or_else(unknown)?;
    tx.commit().await?;
    super::told(ctx).await?;
    Ok(shown(ctx, row))
}

/// Takes a mail back. One that was canceled before stays as it is.
///
/// # Errors
/// `forbidden`, `not_found`, `conflict` (it is being sent, or over); those of the database.
pub async fn cancel(ctx: &Ctx, by: &Caller, id: MailId) -> Result<()> {
    by.require_at(None, Permission::ServerManage)?;
    let tx = ctx.db.write().await?;
    let row = store::find(&tx, id).await?.ok_or_else(unknown)?;
    if MailState::of(&row.state) == MailState::Canceled {
        return Ok(());
    }
    if store::cancel(&tx, store::this(id), ctx.clock.now()).await? == 0 {
        let detail =
            "This e-mail cannot be canceled: it is being sent at this moment, or it came to its end.";
        return Err(Error::conflict(Code::Conflict, detail));
    }
    record(ctx, &tx, by, &row, Action::MailCanceled).await?;
    tx.commit().await?;
    super::told(ctx).await
}

async fn record(ctx: &Ctx, tx: &WriteTx, by: &Caller, row: &Model, action: Action) -> Result<()> {
    for organization in rights::chains(tx, row.organization_id).await? {
        let entry = by
            .entry(organization, action)
            .on(Target::new(TargetKind::Mail, row.id, &row.recipient))
            .detail(json!({ "template": row.template, "attempts": row.attempts }));
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}
