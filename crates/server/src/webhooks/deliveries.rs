//! What waits for a receiver and what became of the rest, for people; and telling it again.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::hooks::{entry, found, held};
use super::view::{Attempt, Delivery, DeliveryDetail, Replayed};
use super::{GIVE_UP, WAITING_MAX, outbox, told};
use crate::accounts::Caller;
use crate::audit::{self, Action};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::{List, Page, PageQuery};
use crate::ids::{WebhookDeliveryId, WebhookId};
use crate::store::WriteTx;
use crate::store::entities::webhook::Model;

/// Where an event is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookDeliveryState)]
pub enum DeliveryState {
    /// It is told soon, or tried again later.
    Waiting,
    /// It is being told.
    Sending,
    /// The receiver has taken it.
    Delivered,
    /// It was given up.
    Dead,
}

impl DeliveryState {
    const ALL: [Self; 4] = [Self::Waiting, Self::Sending, Self::Delivered, Self::Dead];

    /// As kept and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// Of a row; what is not known is over.
    pub(super) fn of(text: &str) -> Self {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.unwrap_or(Self::Dead)
    }
}

/// Which of them.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilter {
    /// Those in this state; all when left out.
    #[param(inline)]
    pub state: Option<DeliveryState>,
}

/// The events of a webhook in the last month, newest first.
///
/// # Errors
/// `forbidden`, `not_found`, `validation_failed` for a cursor of another list; those of the database.
pub async fn list(
    ctx: &Ctx,
    by: &Caller,
    id: WebhookId,
    (query, filter): (&PageQuery, DeliveryFilter),
) -> Result<Page<Delivery>> {
    let webhook = found(ctx.db.read(), by, id).await?;
    let list = List::new(ctx, format!("webhooks/{id}/deliveries"));
    let part = (query.key(&list)?, query.limit() + 1);
    let rows = outbox::list(ctx.db.read(), webhook.id, filter.state, part).await?;
    let items = rows.iter().map(Delivery::from).collect();
    Ok(Page::of(&list, items, query.limit(), |one: &Delivery| one.id))
}

/// One event, with what is told of it and what became of each attempt.
///
/// # Errors
/// `forbidden`, `not_found`; those of the database.
pub async fn find(
    ctx: &Ctx,
    by: &Caller,
    id: WebhookId,
    delivery: WebhookDeliveryId,
) -> Result<DeliveryDetail> {
    let webhook = found(ctx.db.read(), by, id).await?;
    let row = outbox::find(ctx.db.read(), webhook.id, delivery).await?;
    let row = row.ok_or_else(unknown)?;
    let attempts = outbox::attempts(ctx.db.read(), row.id).await?;
    Ok(DeliveryDetail {
        delivery: Delivery::from(&row),
        payload: serde_json::from_str(&row.payload).map_err(Error::internal)?,
        tried: attempts.into_iter().map(Attempt::from).collect(),
    })
}

/// Tells an event again that came to its end, under the same `webhook-id`. It then has another day.
///
/// # Errors
/// `forbidden`, `not_found`, `conflict` (it waits still, or the webhook is disabled); those of the database.
pub async fn replay(ctx: &Ctx, by: &Caller, id: WebhookId, delivery: WebhookDeliveryId) -> Result<Delivery> {
    let now = ctx.clock.now();
    let (tx, webhook) = held(ctx, by, id).await?;
    let row = outbox::find(&tx, id, delivery).await?.ok_or_else(unknown)?;
    require_enabled(&webhook)?;
    outbox::make_room(&tx, id, now, WAITING_MAX).await?;
    if outbox::replay(&tx, &[row.id], (now, now.after(GIVE_UP))).await? == 0 {
        let detail = "This event waits to be told already. It can be replayed when it came to its end.";
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let detail = json!({ "delivery_id": row.id, "event_type": row.event_type, "count": 1 });
    record(ctx, &tx, (by, &webhook), detail).await?;
    let row = outbox::find(&tx, id, delivery).await?.ok_or_else(unknown)?;
    tx.commit().await?;
    told(ctx, webhook.organization_id);
    Ok(Delivery::from(&row))
}

/// Tells all events again that were given up, the oldest first, as many as may wait.
///
/// # Errors
/// `forbidden`, `not_found`, `conflict` (the webhook is disabled, or too many wait); those of the database.
pub async fn replay_dead(ctx: &Ctx, by: &Caller, id: WebhookId) -> Result<Replayed> {
    let now = ctx.clock.now();
    let (tx, webhook) = held(ctx, by, id).await?;
    require_enabled(&webhook)?;
    let counts = outbox::counts(&tx, &[id]).await?;
    let waiting = counts
        .get(&(id, DeliveryState::Waiting))
        .copied()
        .unwrap_or_default();
    let free = WAITING_MAX.saturating_sub(u64::try_from(waiting).unwrap_or_default());
    let dead = outbox::dead(&tx, id, free).await?;
    let replayed = outbox::replay(&tx, &dead, (now, now.after(GIVE_UP))).await?;
    if replayed == 0 {
        return Ok(Replayed { replayed });
    }
    record(ctx, &tx, (by, &webhook), json!({ "count": replayed })).await?;
    tx.commit().await?;
    told(ctx, webhook.organization_id);
    Ok(Replayed { replayed })
}

fn require_enabled(webhook: &Model) -> Result<()> {
    if webhook.enabled {
        return Ok(());
    }
    let detail = "This webhook is disabled, so its receiver is told nothing. Enable it first.";
    Err(Error::conflict(Code::Conflict, detail))
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    (by, webhook): (&Caller, &Model),
    detail: serde_json::Value,
) -> Result<()> {
    let entry = entry(by, webhook, Action::WebhookReplayed).detail(detail);
    audit::record(tx, ctx.clock.now(), entry).await
}

fn unknown() -> Error {
    Error::NotFound("event of this webhook")
}
