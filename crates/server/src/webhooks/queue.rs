//! How an event gets to the webhooks that want it: in the transaction of what happened.

use sea_orm::ConnectionTrait;

use super::deliveries::DeliveryState;
use super::event::{ALL, Event, Presence};
use super::expression::Expression;
use super::{GIVE_UP, WAITING_MAX, outbox, store};
use crate::audit::AuditEntry;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{MachineId, OrganizationId, WebhookDeliveryId};
use crate::organizations;
use crate::store::WriteTx;
use crate::store::entities::{audit_entry, webhook, webhook_delivery};

/// An audit entry was written, whose organization is held by that. The job hears of it when consoles are told of the entry.
///
/// # Errors
/// Those of the database.
pub(crate) async fn entry_recorded(tx: &WriteTx, entry: audit_entry::Model) -> Result<()> {
    let webhooks = store::enabled(tx, entry.organization_id).await?;
    let wanted = |one: &webhook::Model| asks_for(one, &entry.action);
    if !webhooks.iter().any(wanted) {
        return Ok(());
    }
    let now = entry.at;
    queue(tx, &webhooks, &Event::of_entry(&AuditEntry::from(entry)), now).await
}

/// A machine came or went. Call it last before the commit: it holds the organization, as audit entries do.
///
/// # Errors
/// Those of the database.
pub(crate) async fn presence_changed(
    tx: &WriteTx,
    organization: OrganizationId,
    machine: (MachineId, &str),
    presence: Presence,
    now: Timestamp,
) -> Result<()> {
    if !asks_for_presence(tx, organization, presence).await? {
        return Ok(());
    }
    // Against whoever deletes one of them at the same time.
    organizations::hold(tx, organization).await?;
    let webhooks = store::enabled(tx, organization).await?;
    let event = Event::of_presence(organization, machine, presence, now);
    queue(tx, &webhooks, &event, now).await
}

/// Whether an organization's webhooks are told of machines that come, or that go. Most are not, and thousands of machines may come at
/// once.
///
/// # Errors
/// Those of the database.
pub(crate) async fn asks_for_presence<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    presence: Presence,
) -> Result<bool> {
    let webhooks = store::enabled(db, organization).await?;
    Ok(webhooks.iter().any(|one| asks_for(one, presence.as_str())))
}

async fn queue(tx: &WriteTx, webhooks: &[webhook::Model], event: &Event, now: Timestamp) -> Result<()> {
    let mut payload = None;
    for webhook in webhooks.iter().filter(|one| wants(one, event)) {
        let given_up = outbox::make_room(tx, webhook.id, now, WAITING_MAX).await?;
        if given_up > 0 {
            metrics::counter!("farol_webhook_deliveries_total", "outcome" => "crowded_out")
                .increment(given_up);
        }
        let row = webhook_delivery::Model {
            id: WebhookDeliveryId::new(),
            organization_id: webhook.organization_id,
            webhook_id: webhook.id,
            event_type: event.kind.clone(),
            payload: payload.get_or_insert_with(|| event.payload()).clone(),
            state: DeliveryState::Waiting.as_str().to_owned(),
            attempts: 0,
            next_at: now,
            give_up_at: now.after(GIVE_UP),
            failure_code: None,
            failure: None,
            created_at: now,
            finished_at: None,
        };
        outbox::insert(tx, row).await?;
    }
    Ok(())
}

fn asks_for(webhook: &webhook::Model, kind: &str) -> bool {
    webhook
        .event_types
        .split_whitespace()
        .any(|one| one == kind || one == ALL)
}

fn wants(webhook: &webhook::Model, event: &Event) -> bool {
    if !asks_for(webhook, &event.kind) {
        return false;
    }
    match webhook.expression.as_deref().map(str::parse::<Expression>) {
        None => true,
        Some(Ok(expression)) => expression.fits(event),
        // It was checked when it was written. Telling a receiver what it was not meant to learn would be worse.
        Some(Err(error)) => {
            tracing::error!(webhook = %webhook.id, %error, "the expression of a webhook is damaged; it is told nothing");
            false
        }
    }
}
