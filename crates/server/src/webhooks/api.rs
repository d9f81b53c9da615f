//! Handlers of webhooks.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    CreatedWebhook, Delivery, DeliveryDetail, DeliveryFilter, NewWebhook, Replayed, Webhook, WebhookChange,
    WebhookTest,
};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{IfMatch, Json, Page, PageQuery, Path, Problem, Query, SignedIn};
use crate::ids::{WebhookDeliveryId, WebhookId};
use crate::rights::Permission;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_webhook_event_types))
        .routes(routes!(list_webhooks, create_webhook))
        .routes(routes!(get_webhook, change_webhook, delete_webhook))
        .routes(routes!(rotate_webhook_secret))
        .routes(routes!(test_webhook))
        .routes(routes!(list_webhook_deliveries))
        .routes(routes!(get_webhook_delivery))
        .routes(routes!(replay_webhook_delivery))
        .routes(routes!(replay_dead_webhook_deliveries))
}

/// Names of all events.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookEventTypes {
    /// The names, grouped by subject.
    items: Vec<&'static str>,
}

/// The events that a webhook can ask for. Most are actions of the audit (`GET /api/audit/actions`).
#[utoipa::path(
    get, path = "/api/webhook-event-types", tag = "webhooks", security(("login" = [])),
    responses(
        (status = 200, description = "All of them", body = WebhookEventTypes),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_webhook_event_types(SignedIn(by): SignedIn) -> Result<Json<WebhookEventTypes>> {
    by.require_any(Permission::WebhookManage)?;
    let items = super::types();
    Ok(Json(WebhookEventTypes { items }))
}

/// The webhooks of the organizations in which the caller manages them.
#[utoipa::path(
    get, path = "/api/webhooks", tag = "webhooks", security(("login" = [])),
    responses(
        (status = 200, description = "Oldest first", body = Page<Webhook>),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_webhooks(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<Page<Webhook>>> {
    Ok(Json(Page::whole(super::list(&ctx, &by).await?)))
}

/// Make a webhook: the answer has its secret, once.
#[utoipa::path(
    post, path = "/api/webhooks", tag = "webhooks", security(("login" = [])),
    request_body = NewWebhook,
    responses(
        (status = 201, description = "The webhook and its secret", body = CreatedWebhook),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: the organization", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: there are too many", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`secrets_unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_webhook(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewWebhook>,
) -> Result<(StatusCode, Json<CreatedWebhook>)> {
    Ok((StatusCode::CREATED, Json(super::create(&ctx, &by, wanted).await?)))
}

/// One webhook, without its secret.
#[utoipa::path(
    get, path = "/api/webhooks/{id}", tag = "webhooks", security(("login" = [])),
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses(
        (status = 200, description = "The webhook", body = Webhook),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_webhook(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<WebhookId>,
) -> Result<Json<Webhook>> {
    Ok(Json(super::find(&ctx, &by, id).await?))
}

/// Change a webhook. With another address, or enabled again, its receiver is told at once what waits.
#[utoipa::path(
    patch, path = "/api/webhooks/{id}", tag = "webhooks", security(("login" = [])),
    params(
        ("id" = WebhookId, Path, description = "The webhook"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    request_body = WebhookChange,
    responses(
        (status = 200, description = "The webhook as it is now", body = Webhook),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`version_mismatch`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "`version_required`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn change_webhook(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<WebhookId>,
    seen: IfMatch,
    Json(wanted): Json<WebhookChange>,
) -> Result<Json<Webhook>> {
    Ok(Json(super::change(&ctx, &by, id, wanted, &seen).await?))
}

/// Delete a webhook, with what waits for its receiver.
#[utoipa::path(
    delete, path = "/api/webhooks/{id}", tag = "webhooks", security(("login" = [])),
    params(
        ("id" = WebhookId, Path, description = "The webhook"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`version_mismatch`", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "`version_required`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_webhook(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<WebhookId>,
    seen: IfMatch,
) -> Result<StatusCode> {
    super::delete(&ctx, &by, id, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a webhook another secret: the answer has it, once. For a day the one before signs as well.
#[utoipa::path(
    post, path = "/api/webhooks/{id}/rotate", tag = "webhooks", security(("login" = [])),
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses(
        (status = 200, description = "The webhook and its new secret", body = CreatedWebhook),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`version_mismatch`: somebody else changed it at the same moment", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`secrets_unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn rotate_webhook_secret(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<WebhookId>,
) -> Result<Json<CreatedWebhook>> {
    Ok(Json(super::rotate(&ctx, &by, id).await?))
}

/// Send a test event (`webhook.test`), now, also to one that is disabled. The answer says how it went.
#[utoipa::path(
    post, path = "/api/webhooks/{id}/test", tag = "webhooks", security(("login" = [])),
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses(
        (status = 200, description = "How it went", body = WebhookTest),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn test_webhook(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<WebhookId>,
) -> Result<Json<WebhookTest>> {
    Ok(Json(super::test(&ctx, &by, id).await?))
}

/// The events of a webhook: what waits, and what became of the rest in the last month.
#[utoipa::path(
    get, path = "/api/webhooks/{id}/deliveries", tag = "webhooks", security(("login" = [])),
    params(("id" = WebhookId, Path, description = "The webhook"), PageQuery, DeliveryFilter),
    responses(
        (status = 200, description = "Newest first", body = Page<Delivery>),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_webhook_deliveries(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<WebhookId>,
    Query(page): Query<PageQuery>,
    Query(filter): Query<DeliveryFilter>,
) -> Result<Json<Page<Delivery>>> {
    Ok(Json(
        super::list_deliveries(&ctx, &by, id, (&page, filter)).await?,
    ))
}

/// One event of a webhook, with what is sent and what became of each attempt.
#[utoipa::path(
    get, path = "/api/webhooks/{id}/deliveries/{delivery}", tag = "webhooks", security(("login" = [])),
    params(
        ("id" = WebhookId, Path, description = "The webhook"),
        ("delivery" = WebhookDeliveryId, Path, description = "The event")
    ),
    responses(
        (status = 200, description = "The event", body = DeliveryDetail),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_webhook_delivery(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path((id, delivery)): Path<(WebhookId, WebhookDeliveryId)>,
) -> Result<Json<DeliveryDetail>> {
    Ok(Json(super::find_delivery(&ctx, &by, id, delivery).await?))
}

/// Tell an event again that came to its end, under the same `webhook-id`.
#[utoipa::path(
    post, path = "/api/webhooks/{id}/deliveries/{delivery}/replay", tag = "webhooks", security(("login" = [])),
    params(
        ("id" = WebhookId, Path, description = "The webhook"),
        ("delivery" = WebhookDeliveryId, Path, description = "The event")
    ),
    responses(
        (status = 200, description = "The event as it is now", body = Delivery),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: it waits still, or the webhook is disabled", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn replay_webhook_delivery(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path((id, delivery)): Path<(WebhookId, WebhookDeliveryId)>,
) -> Result<Json<Delivery>> {
    Ok(Json(super::replay(&ctx, &by, id, delivery).await?))
}

/// Tell all events again that were given up, the oldest first.
#[utoipa::path(
    post, path = "/api/webhooks/{id}/replay", tag = "webhooks", security(("login" = [])),
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses(
        (status = 200, description = "How many", body = Replayed),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: the webhook is disabled", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn replay_dead_webhook_deliveries(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<WebhookId>,
) -> Result<Json<Replayed>> {
    Ok(Json(super::replay_dead(&ctx, &by, id).await?))
}
