//! Webhooks: an organization's events, told to receivers of other systems over https, signed by Standard Webhooks.
//!
//! - `hooks.rs`: made, changed, deleted, given another secret · `check.rs`: what their settings may be · `secret.rs`: secrets and signatures
//! - `event.rs`: what happens, by which name · `expression.rs`: which of that a webhook wants · `queue.rs`: how an event gets in
//! - `deliver.rs`: the job that sends · `settle.rs`: what became of an attempt · `attempt.rs`: one request · `failure.rs`: how one goes wrong
//! - `backoff.rs`: when it is tried again · `deliveries.rs`: what waits and what became of it, for people · `trial.rs`: a test event, at once
//! - `store.rs`, `outbox.rs`: queries · `view.rs`: as the API shows it · `api.rs`: handlers
//!
//! # Life of an event
//! ```text
//! waiting ──claimed──▶ sending ──2xx──▶ delivered ──(replayed)──▶ waiting
//!    ▲ │                 │ ├──410, a day over──▶ dead ──(replayed)──▶ waiting
//!    │ └─too many wait──────────────────────────▶ dead
//!    └──any other answer─┘ └──claim ran out: the server stopped meanwhile──▶ claimed again
//! ```
//! # Invariants
//! - An event is queued in the transaction of what happened: it is there if and only if that is.
//! - A claim is written before a byte is sent. An event is told at least once, always under the same `webhook-id`.
//! - Of one webhook one event is under way at a time, the oldest first of those that are due; a receiver that is slow or away takes its
//!   own place and at most half of all (`deliver.rs`).
//! - Nothing but public addresses and named networks is connected to (`outbound::Guard`), nothing is followed, no proxy is asked.

mod api;
mod attempt;
mod backoff;
mod check;
mod deliver;
mod deliveries;
mod event;
mod expression;
mod failure;
mod hooks;
mod outbox;
mod queue;
mod secret;
mod settle;
mod store;
mod trial;
mod view;

use std::sync::OnceLock;
use std::time::Duration;

use crate::ctx::Ctx;
use crate::events::{Scope, Topic};
use crate::ids::{AccountId, OrganizationId};
use crate::outbound::{Client, Unanswered};
use crate::throttle::{Rate, Throttle};

pub use api::routes;
pub use deliver::{CLAIM, deliver_due, run, sweep};
pub use deliveries::{
    DeliveryFilter, DeliveryState, find as find_delivery, list as list_deliveries, replay, replay_dead,
};
pub use event::{ALL, Presence, types};
pub use expression::{Expression, NotUnderstood};
pub use failure::{Failure, FailureCode};
pub use hooks::{change, create, delete, find, list, rotate};
pub(crate) use queue::{asks_for_presence, entry_recorded, presence_changed};
pub use trial::{WebhookTest, test};
pub use view::{
    Attempt, CreatedWebhook, Delivery, DeliveryDetail, DisabledBecause, NewWebhook, Replayed, Webhook,
    WebhookChange,
};

/// Most webhooks of an organization: every event is held against each of them in the transaction of what happened.
pub const WEBHOOKS_MAX: u64 = 20;
/// Most events that wait for one receiver; when there are more the oldest of them is given up, and can be replayed.
pub const WAITING_MAX: u64 = 5_000;
/// How long the secret before a rotation goes on signing, beside the new one.
pub const OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);
/// How long an event is tried, from when it happened or was asked to be replayed.
pub const GIVE_UP: Duration = Duration::from_secs(24 * 60 * 60);

/// Test events of one account: a person who tries a receiver, not a way to send requests through this server.
const TESTS: Rate = Rate {
    burst: 6,
    period: Duration::from_secs(10),
};
/// Accounts remembered.
const ACCOUNTS_MAX: usize = 10_000;

/// The domain's memory.
#[derive(Debug)]
pub struct WebhooksMemory {
    client: OnceLock<Client>,
    tests: Throttle<AccountId>,
}

impl Default for WebhooksMemory {
    fn default() -> Self {
        Self {
            client: OnceLock::new(),
            tests: Throttle::new(TESTS, ACCOUNTS_MAX),
        }
    }
}

/// What speaks to receivers; made at the first need, because its certificates are read from a file.
fn client(ctx: &Ctx) -> Result<Client, Unanswered> {
    if let Some(client) = ctx.webhooks.client.get() {
        return Ok(client.clone());
    }
    let made = Client::new(ctx.config.webhooks.ca_file.as_deref())?;
    Ok(ctx.webhooks.client.get_or_init(|| made).clone())
}

/// After a commit: consoles ask again, and the job looks, which hears of every change of audit entries.
fn told(ctx: &Ctx, organization: OrganizationId) {
    ctx.events.publish(
        Scope::Organization(organization),
        &[Topic::Webhooks, Topic::Audit],
    );
}
