//! Webhooks and what became of their events, as the API shows them. Secrets are shown once, to whoever made them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::deliveries::DeliveryState;
use super::failure::Failure;
use crate::clock::Timestamp;
use crate::http::ETag;
use crate::ids::{OrganizationId, WebhookDeliveryId, WebhookId};
use crate::store::entities::{webhook, webhook_attempt, webhook_delivery};

/// A webhook as it is asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Whose events; may be left out by who manages webhooks in one organization alone.
    pub organization_id: Option<OrganizationId>,
    /// What it is for, at most 80 characters.
    pub name: String,
    /// Where the receiver is: an address that starts with https://.
    pub url: String,
    /// Which events: types (`GET /api/webhook-event-types`), or `*` for all, those of later versions included.
    pub event_types: Vec<String>,
    /// Which of them, `type:session.* machine:"front desk" -actor:ana`; all of them when left out.
    pub expression: Option<String>,
    /// Whether it is told from now on; true when left out.
    pub enabled: Option<bool>,
}

/// What is to be changed of a webhook; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    /// What it is for.
    pub name: Option<String>,
    /// Where the receiver is.
    pub url: Option<String>,
    /// Which events.
    pub event_types: Option<Vec<String>>,
    /// Which of them; an empty text for all of them.
    pub expression: Option<String>,
    /// Whether it is told.
    pub enabled: Option<bool>,
}

/// Why nobody is told, although no person said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookDisabledBecause)]
pub enum DisabledBecause {
    /// The receiver said that it is gone (410).
    Gone,
}

impl DisabledBecause {
    /// As kept and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
        }
    }
}

/// A webhook, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Webhook {
    /// Its identifier.
    pub id: WebhookId,
    /// Whose events.
    pub organization_id: OrganizationId,
    /// What it is for.
    pub name: String,
    /// Where the receiver is.
    pub url: String,
    /// Which events; `*` for all.
    pub event_types: Vec<String>,
    /// Which of them; `null` = all of them.
    pub expression: Option<String>,
    /// Whether it is told.
    pub enabled: bool,
    /// Why it is not, when the server disabled it.
    pub disabled_because: Option<DisabledBecause>,
    /// Until when the secret before the last rotation signs as well; `null` = it does not.
    pub previous_secret_until: Option<Timestamp>,
    /// Events that wait for the receiver.
    pub waiting: i64,
    /// Events that were given up in the last month and can be replayed.
    pub dead: i64,
    /// How many attempts in a row went wrong; 0 = the last one did not.
    pub failures: i64,
    /// When the receiver was last tried; `null` = never.
    pub last_attempt_at: Option<Timestamp>,
    /// Until when the receiver is left alone, because it asked for that or takes nothing; `null` = it is not.
    pub resumes_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, by the name at that time.
    pub created_by_name: String,
    /// Version for `If-Match`.
    pub etag: String,
}

impl Webhook {
    pub(super) fn of(row: webhook::Model, (waiting, dead): (i64, i64), now: Timestamp) -> Self {
        Self {
            event_types: row.event_types.split_whitespace().map(str::to_owned).collect(),
            disabled_because: row.disabled_because.map(|_| DisabledBecause::Gone),
            previous_secret_until: row.previous_until.filter(|until| *until > now),
            resumes_at: row.resume_at.filter(|at| row.enabled && *at > now),
            etag: ETag(row.version).to_string(),
            id: row.id,
            organization_id: row.organization_id,
            name: row.name,
            url: row.url,
            expression: row.expression,
            enabled: row.enabled,
            waiting,
            dead,
            failures: row.failures,
            last_attempt_at: row.attempted_at,
            created_at: row.created_at,
            created_by_name: row.created_by_name,
        }
    }
}

/// A webhook that was just made, or has another secret.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CreatedWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// What the receiver verifies signatures with, `whsec_…`. Shown this once.
    pub secret: String,
}

impl std::fmt::Debug for CreatedWebhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedWebhook")
            .field("webhook", &self.webhook)
            .finish_non_exhaustive()
    }
}

/// An event on its way to a receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct Delivery {
    /// Its identifier: the `webhook-id` of each attempt.
    pub id: WebhookDeliveryId,
    /// The event's type.
    pub event_type: String,
    /// Where it is in its life.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried again; `null` when it is not.
    pub next_attempt_at: Option<Timestamp>,
    /// Why it is not delivered.
    pub failure: Option<Failure>,
    /// When the event happened.
    pub created_at: Timestamp,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
    /// Whether it can be replayed.
    pub can_replay: bool,
}

impl From<&webhook_delivery::Model> for Delivery {
    fn from(row: &webhook_delivery::Model) -> Self {
        let state = DeliveryState::of(&row.state);
        Self {
            id: row.id,
            event_type: row.event_type.clone(),
            state,
            attempts: row.attempts,
            next_attempt_at: (state == DeliveryState::Waiting).then_some(row.next_at),
            failure: Failure::of(row.failure_code.as_deref(), row.failure.as_ref()),
            created_at: row.created_at,
            finished_at: row.finished_at,
            can_replay: row.finished_at.is_some(),
        }
    }
}

/// One attempt to tell a receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// The status of the answer; `null` = there was none.
    pub status: Option<i64>,
    /// How it went wrong; `null` = the event was taken.
    pub failure: Option<Failure>,
    /// The beginning of the answer, 1 KiB at most, as text. Written by a stranger.
    pub answer: Option<String>,
}

impl From<webhook_attempt::Model> for Attempt {
    fn from(row: webhook_attempt::Model) -> Self {
        Self {
            at: row.at,
            duration_ms: row.duration_ms,
            status: row.status,
            failure: Failure::of(row.failure_code.as_deref(), row.failure.as_ref()),
            answer: row.answer,
        }
    }
}

/// An event with what is told of it and what became of each attempt.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = WebhookDeliveryDetail)]
pub struct DeliveryDetail {
    /// The event.
    pub delivery: Delivery,
    /// What is sent.
    #[schema(value_type = Object)]
    pub payload: Value,
    /// The attempts, oldest first.
    pub tried: Vec<Attempt>,
}

/// How many events are told again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReplayedWebhookDeliveries)]
pub struct Replayed {
    /// So many are told again.
    pub replayed: u64,
}
