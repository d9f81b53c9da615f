//! The job that tells receivers: of each webhook one event after the other, of several webhooks at the same time.
//!
//! A webhook has one place at most, whatever waits for it. Those whose receivers were slow or away lately have half of the places
//! together, so that they hold up nobody else. The places go round: whoever waited longest for one is next.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinSet;

use super::attempt::{self, Message};
use super::settle::settle;
use super::{outbox, store};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::events::{Scope, Topic};
use crate::ids::WebhookId;
use crate::jobs::{Did, JobName, Plan};
use crate::store::entities::webhook::Model as Webhook;
use crate::store::entities::webhook_delivery::Model as Delivery;

/// Receivers that are spoken to at once.
const AT_ONCE: usize = 32;
/// Of those, receivers that were slow or away lately.
const STRAINED_AT_ONCE: usize = AT_ONCE / 2;
/// Events told before a place is given to the next webhook.
const TURN: usize = 20;
/// How long a claim holds: longer than any attempt, so nobody else takes an event that is being told.
pub const CLAIM: Duration = Duration::from_secs(60);
/// How often it is looked for what became due.
const LOOK: Duration = Duration::from_secs(3);
/// How long it is shown what became of an event.
const SHOWN: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Most events of a webhook that are kept; of more, those make room that came to their end first.
const SHOWN_MAX: u64 = 20_000;
/// How long after its day an event that nobody tried is given up: whoever is about to try it does so.
const GRACE: Duration = Duration::from_secs(60 * 60);

/// What became of a webhook's turn.
struct Turn {
    webhook: WebhookId,
    tried: usize,
}

/// The webhooks whose receivers are spoken to now.
#[derive(Default)]
struct Places {
    turns: JoinSet<Turn>,
    /// With whether they were strained when their turn began.
    busy: HashMap<WebhookId, bool>,
}

impl Places {
    /// Starts the turns of webhooks that something is due for, as far as there are places.
    async fn fill(&mut self, ctx: &Ctx) -> Result<()> {
        for strained in [false, true] {
            let free = AT_ONCE.saturating_sub(self.busy.len());
            let held = self.busy.values().filter(|one| **one).count();
            let free = if strained {
                free.min(STRAINED_AT_ONCE.saturating_sub(held))
            } else {
                free
            };
            if free == 0 {
                continue;
            }
            let busy: Vec<WebhookId> = self.busy.keys().copied().collect();
            let limit = u64::try_from(free).unwrap_or(u64::MAX);
            let due = store::with_due(ctx.db.read(), ctx.clock.now(), &busy, (strained, limit)).await?;
            for webhook in due {
                self.busy.insert(webhook.id, strained);
                self.turns.spawn(turn(ctx.clone(), webhook));
            }
        }
        Ok(())
    }

    /// Waits for the end of a turn and gives its place back; never ends while there is none. Cancel safe.
    async fn freed(&mut self) -> usize {
        match self.turns.join_next().await {
            Some(Ok(turn)) => {
                self.busy.remove(&turn.webhook);
                turn.tried
            }
            Some(Err(error)) => {
                // Whose place it was is not known; with the last of them all are free.
                tracing::error!(%error, "telling a receiver ended by itself");
                if self.turns.is_empty() {
                    self.busy.clear();
                }
                0
            }
            None => std::future::pending().await,
        }
    }
}

/// The job that tells receivers what is due, now and whenever something happens or a place becomes free, until the server stops; spawn
/// it. What is under way then is told again after the next start.
pub fn run(ctx: Ctx) -> impl Future<Output = ()> {
    let plan = Plan::every(JobName::Webhooks, LOOK).at_once();
    let (waits, tells) = (ctx.clone(), ctx.clone());
    let mut recovered = false;
    let woken = async move |places: &mut Places| {
        tokio::select! {
            _ = places.freed() => {}
            () = waits.events.happened() => {}
        }
    };
    let step = async move |places: &mut Places, _| {
        if !recovered {
            recover(&tells).await?;
            recovered = true;
        }
        places.fill(&tells).await?;
        Ok(Did::Done)
    };
    ctx.jobs.clone().run_woken(plan, Places::default(), woken, step)
}

async fn recover(ctx: &Ctx) -> Result<()> {
    let tx = ctx.db.write().await?;
    let taken_up = outbox::recover(&tx, ctx.clock.now()).await?;
    tx.commit().await?;
    if taken_up > 0 {
        tracing::info!(
            taken_up,
            "events that were being told when the server last stopped are told again"
        );
    }
    Ok(())
}

/// Tells receivers what is due and returns how many attempts that took; for tests and tools, beside no [`run`].
///
/// # Errors
/// Those of the database.
pub async fn deliver_due(ctx: &Ctx) -> Result<usize> {
    let (mut places, mut tried) = (Places::default(), 0);
    loop {
        places.fill(ctx).await?;
        if places.busy.is_empty() {
            return Ok(tried);
        }
        tried += places.freed().await;
    }
}

/// One webhook's turn: its oldest events that are due, until one is not taken.
async fn turn(ctx: Ctx, webhook: Webhook) -> Turn {
    let (id, organization) = (webhook.id, webhook.organization_id);
    let mut tried = 0;
    while tried < TURN && !ctx.shutdown.is_cancelled() {
        match one(&ctx, id).await {
            Ok(None) => break,
            Ok(Some(delivered)) => {
                tried += 1;
                if !delivered {
                    break;
                }
            }
            Err(error) => {
                tracing::warn!(webhook = %id, %error, "an event was not told");
                // The database is in trouble, and the place is not used again at once.
                tokio::select! {
                    () = ctx.shutdown.cancelled() => {}
                    () = tokio::time::sleep(LOOK) => {}
                }
                break;
            }
        }
    }
    if tried > 0 {
        ctx.events
            .publish(Scope::Organization(organization), &[Topic::Webhooks]);
    }
    Turn { webhook: id, tried }
}

/// Tells one event; whether it was taken, or None when nothing is due.
async fn one(ctx: &Ctx, id: WebhookId) -> Result<Option<bool>> {
    let Some((webhook, row)) = claim(ctx, id).await? else {
        return Ok(None);
    };
    let message_id = row.id.to_string();
    let message = Message {
        id: &message_id,
        payload: &row.payload,
    };
    let outcome = attempt::send(ctx, &webhook, message).await;
    settle(ctx, &webhook, &row, &outcome).await.map(Some)
}

/// The next event of a webhook, claimed, and the webhook as it is now.
async fn claim(ctx: &Ctx, id: WebhookId) -> Result<Option<(Webhook, Delivery)>> {
    let now = ctx.clock.now();
    // A look costs no writer.
    if outbox::next(ctx.db.read(), id, now).await?.is_none() {
        return Ok(None);
    }
    let tx = ctx.db.write().await?;
    let Some(webhook) = store::find_to_tell(&tx, id).await? else {
        return Ok(None);
    };
    let Some(mut row) = outbox::next(&tx, id, now).await? else {
        return Ok(None);
    };
    if !outbox::claim(&tx, &row, now, now.after(CLAIM)).await? {
        return Ok(None);
    }
    tx.commit().await?;
    row.attempts = row.attempts.saturating_add(1);
    Ok(Some((webhook, row)))
}

/// Gives up what nobody tried in its day, and forgets what is old; run now and then.
///
/// # Errors
/// Those of the database.
pub async fn sweep(ctx: &Ctx) -> Result<()> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    store::forget_previous(&tx, now).await?;
    outbox::give_up(&tx, now, now.before(GRACE)).await?;
    outbox::delete_old(&tx, now.before(SHOWN)).await?;
    outbox::delete_beyond(&tx, SHOWN_MAX).await?;
    Ok(tx.commit().await?)
}
