//! What becomes of an event after an attempt, and of its webhook.

use std::time::Duration;

use super::attempt::Outcome;
use super::backoff;
use super::deliveries::DeliveryState;
use super::failure::FailureCode;
use super::outbox::{self, Settled};
use super::store::{self, Health};
use super::view::DisabledBecause;
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ids::WebhookAttemptId;
use crate::organizations;
use crate::store::WriteTx;
use crate::store::entities::{webhook, webhook_attempt, webhook_delivery};

/// A receiver that takes longer than this counts as slow.
const SLOW: Duration = Duration::from_secs(3);

/// Writes down what became of a claimed event; true when it was delivered.
pub(super) async fn settle(
    ctx: &Ctx,
    webhook: &webhook::Model,
    row: &webhook_delivery::Model,
    outcome: &Outcome,
) -> Result<bool> {
    let now = ctx.clock.now();
    let dice = getrandom::u32().map_err(|error| Error::internal(error.to_string()))?;
    let settled = decided(row, outcome, (now, dice));
    count(webhook, row, &settled);
    let tx = ctx.db.write().await?;
    // Organization, webhook, event: in this order everywhere, so that nobody waits for each other.
    let gone = outcome
        .failure
        .as_ref()
        .is_some_and(|failure| failure.code == FailureCode::Gone);
    if gone {
        organizations::hold(&tx, webhook.organization_id).await?;
    }
    store::note_health(&tx, webhook.id, &health(webhook, outcome, now)).await?;
    if !outbox::settle(&tx, (row.id, row.attempts), &settled).await? {
        tracing::warn!(delivery = %row.id, "somebody else took this event meanwhile, or its webhook was deleted");
        return Ok(false);
    }
    outbox::insert_attempt(&tx, attempt(row, outcome)).await?;
    if gone {
        disable(&tx, webhook, now).await?;
    }
    tx.commit().await?;
    Ok(settled.state == DeliveryState::Delivered)
}

fn decided<'a>(
    row: &webhook_delivery::Model,
    outcome: &'a Outcome,
    (now, dice): (Timestamp, u32),
) -> Settled<'a> {
    let pause = backoff::pause(row.attempts, dice).max(outcome.retry_after.unwrap_or_default());
    let next_at = now.after(pause);
    let state = match &outcome.failure {
        None => DeliveryState::Delivered,
        Some(failure) if failure.code == FailureCode::Gone || next_at > row.give_up_at => DeliveryState::Dead,
        Some(_) => DeliveryState::Waiting,
    };
    Settled {
        state,
        next_at,
        failure: outcome.failure.as_ref(),
        finished_at: (state != DeliveryState::Waiting).then_some(now),
    }
}

fn count(webhook: &webhook::Model, row: &webhook_delivery::Model, settled: &Settled<'_>) {
    let what = match settled.state {
        DeliveryState::Delivered => "delivered",
        DeliveryState::Dead => "dead",
        DeliveryState::Waiting | DeliveryState::Sending => "deferred",
    };
    metrics::counter!("farol_webhook_deliveries_total", "outcome" => what).increment(1);
    if let Some(failure) = settled.failure {
        let code = failure.code.as_str();
        tracing::warn!(webhook = %webhook.id, delivery = %row.id, code, what, "an event was not delivered");
    }
}

fn attempt(row: &webhook_delivery::Model, outcome: &Outcome) -> webhook_attempt::Model {
    let failure = outcome.failure.as_ref();
    webhook_attempt::Model {
        id: WebhookAttemptId::new(),
        organization_id: row.organization_id,
        delivery_id: row.id,
        at: outcome.at,
        duration_ms: i64::try_from(outcome.took.as_millis()).unwrap_or(i64::MAX),
        status: outcome.status.map(|status| i64::from(status.as_u16())),
        failure_code: failure.map(|failure| failure.code.as_str().to_owned()),
        failure: failure.map(|failure| failure.detail.clone()),
        answer: outcome.answer.clone(),
    }
}

fn health(webhook: &webhook::Model, outcome: &Outcome, now: Timestamp) -> Health {
    let failed = outcome.failure.is_some();
    let failures = if failed {
        webhook.failures.saturating_add(1)
    } else {
        0
    };
    // Whoever asks to be left alone is left alone with everything.
    let rest = backoff::rest(failures).max(outcome.retry_after);
    Health {
        failures,
        strained: failed || outcome.took > SLOW,
        resume_at: rest.filter(|_| failed).map(|rest| now.after(rest)),
        attempted_at: now,
    }
}

/// The receiver says that nobody is to come again.
async fn disable(tx: &WriteTx, webhook: &webhook::Model, now: Timestamp) -> Result<()> {
    if !store::disable(tx, webhook.id, DisabledBecause::Gone.as_str()).await? {
        return Ok(());
    }
    let entry = Entry::new(webhook.organization_id, Actor::server(), Action::WebhookDisabled)
        .on(Target::new(TargetKind::Webhook, webhook.id, &webhook.name))
        .detail(serde_json::json!({ "because": DisabledBecause::Gone.as_str() }));
    audit::record(tx, now, entry).await
}
