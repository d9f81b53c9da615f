//! A test mail: sent at once, to whoever asks, with the settings that are kept or those that are being typed.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::failure::Failure;
use super::letter::Locale;
use super::message::{self, Draft};
use super::settings::{self, NewMailSettings, Way};
use super::{slow_down, store, templates, transport};
use crate::accounts::{self, Caller};
use crate::audit::{self, Action, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::Topic;
use crate::ids::MailId;
use crate::rights::{self, Permission};

/// Longest conversation; the answer to the request has to be there before its own time ends.
const LONGEST: Duration = Duration::from_secs(25);

/// What is to be tried.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMailTest {
    /// The settings to be tried; `null` = those that are kept.
    pub settings: Option<NewMailSettings>,
}

/// How a test went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MailTest {
    /// To which address: the asking account's own.
    pub to: String,
    /// What went wrong; `null` = the mail server has taken it.
    pub failure: Option<Failure>,
}

/// Sends a test mail to the caller's own address. That it is not taken is an answer, not an error.
///
/// # Errors
/// `forbidden`, `too_many_attempts`, `validation_failed`, `conflict` (nothing is set up), `secrets_unavailable`; those of the database.
pub async fn test(ctx: &Ctx, by: &Caller, wanted: NewMailTest) -> Result<MailTest> {
    by.require_at(None, Permission::ServerManage)?;
    let kept = store::settings(ctx.db.read()).await?;
    let way = match wanted.settings {
        Some(typed) => settings::checked(ctx, typed, kept.as_ref()).map_err(inside_settings)?,
        None => settings::way(ctx).await?.ok_or_else(not_set_up)?,
    };
    let now = ctx.clock.now();
    let counted = ctx.mail.tests.check(by.account, now);
    counted.map_err(|wait| slow_down("test e-mails", wait))?;
    let account = accounts::find_person(ctx.db.read(), by, by.account).await?;
    let locale = Locale::of(&account.locale);
    let letter = templates::test(locale, &ctx.config.public_url.to_string(), &by.name);
    let draft = Draft {
        id: MailId::new(),
        to: &account.email,
        subject: &letter.subject,
        contents: letter.contents(),
        created_at: now,
    };
    let sent = match message::write(&way, draft) {
        Ok(ready) => transport::send(&way, &ctx.config.public_url, ready, LONGEST).await,
        Err(failure) => Err(failure),
    };
    let failure = sent.err();
    record(ctx, by, &way, failure.as_ref()).await?;
    Ok(MailTest {
        to: account.email,
        failure,
    })
}

/// The settings are an object of their own in this request.
fn inside_settings(error: Error) -> Error {
    match error {
        Error::Invalid(fields) => {
            Error::Invalid(fields.into_iter().map(|field| field.inside("settings")).collect())
        }
        other => other,
    }
}

fn not_set_up() -> Error {
    Error::conflict(
        Code::MailNotSetUp,
        "No mail server has been set up. Give its settings first.",
    )
}

async fn record(ctx: &Ctx, by: &Caller, way: &Way, failure: Option<&Failure>) -> Result<()> {
    let tx = ctx.db.write().await?;
    for organization in rights::chains(&tx, None).await? {
        let entry = by
            .entry(organization, Action::ServerMailTested)
            .on(Target::new(TargetKind::Server, store::NAME, "e-mail"))
            .detail(json!({
                "host": way.host,
                "port": way.port,
                "failure": failure.map(|failure| failure.code.as_str()),
            }));
        audit::record(&tx, ctx.clock.now(), entry).await?;
    }
    tx.commit().await?;
    super::publish(ctx, &[Topic::Audit]).await
}
