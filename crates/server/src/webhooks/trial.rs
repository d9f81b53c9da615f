//! A test event: sent at once, once, whether the webhook is enabled or not; how it went is the answer.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::attempt::{self, Message};
use super::event::Event;
use super::failure::Failure;
use super::hooks::{entry, found};
use super::told;
use crate::accounts::Caller;
use crate::audit::{self, Action};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::{WebhookDeliveryId, WebhookId};

/// How a test went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WebhookTest {
    /// The `webhook-id` that the receiver saw.
    pub id: WebhookDeliveryId,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// The status of the answer; `null` = there was none.
    pub status: Option<u16>,
    /// How it went wrong; `null` = the receiver took it.
    pub failure: Option<Failure>,
    /// The beginning of the answer, 1 KiB at most, as text. Written by a stranger.
    pub answer: Option<String>,
}

/// Sends a test event, now.
///
/// # Errors
/// `forbidden`, `not_found`, `too_many_attempts`; those of the database. A receiver that does not take it is none of them.
pub async fn test(ctx: &Ctx, by: &Caller, id: WebhookId) -> Result<WebhookTest> {
    let webhook = found(ctx.db.read(), by, id).await?;
    let now = ctx.clock.now();
    ctx.webhooks.tests.check(by.account, now).map_err(|wait| {
        let seconds = wait.as_millis().div_ceil(1000);
        Error::TooMany {
            code: Code::TooManyAttempts,
            detail: format!("Too many test events in a short time. Wait {seconds} seconds, then try again."),
            retry_after: Some(wait),
        }
    })?;
    let about = (webhook.id.to_string(), webhook.name.as_str());
    let event = Event::of_test(webhook.organization_id, about, now);
    let delivery = WebhookDeliveryId::new();
    let message_id = delivery.to_string();
    let payload = event.payload();
    let message = Message {
        id: &message_id,
        payload: &payload,
    };
    let outcome = attempt::send(ctx, &webhook, message).await;
    let status = outcome.status.map(|status| status.as_u16());
    let tx = ctx.db.write().await?;
    let failure = outcome.failure.as_ref().map(|failure| failure.code);
    let entry =
        entry(by, &webhook, Action::WebhookTested).detail(json!({ "status": status, "failure": failure }));
    audit::record(&tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    told(ctx, webhook.organization_id);
    Ok(WebhookTest {
        id: delivery,
        duration_ms: i64::try_from(outcome.took.as_millis()).unwrap_or(i64::MAX),
        status,
        failure: outcome.failure,
        answer: outcome.answer,
    })
}
