//! Handlers of quarantine and duplicates.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::approvals::{self, Approval};
use super::view::{DuplicatePair, QuarantineCounts, QuarantineEntry};
use super::{duplicates, quarantine};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, Page, PageQuery, Path, Query, SignedIn};
use crate::ids::{MachineId, QuarantineId};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_quarantine))
        .routes(routes!(count_quarantine))
        .routes(routes!(get_quarantine_entry))
        .routes(routes!(approve_quarantine_entry))
        .routes(routes!(refuse_quarantine_entry))
        .routes(routes!(list_machine_duplicates))
        .routes(routes!(dismiss_machine_duplicate))
}

/// Which entries.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only those that wait for a decision, or only those that were decided; all when left out.
    waiting: Option<bool>,
}

/// Why somebody is sent away.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Refusal {
    /// For the audit entry; may be empty.
    reason: String,
}

/// Two machines that are two.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Dismissal {
    /// One machine.
    first_id: MachineId,
    /// The other.
    second_id: MachineId,
}

/// Installations about which a person has to decide, or has decided.
#[utoipa::path(
    get, path = "/api/quarantine", tag = "quarantine", security(("login" = [])), params(PageQuery, Wanted),
    responses((status = 200, description = "Newest first", body = Page<QuarantineEntry>))
)]
async fn list_quarantine(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(page): Query<PageQuery>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<QuarantineEntry>>> {
    Ok(Json(quarantine::list(&ctx, &by, &page, wanted.waiting).await?))
}

/// How many installations wait for a decision, exactly and without reading them.
#[utoipa::path(
    get, path = "/api/quarantine/counts", tag = "quarantine", security(("login" = [])),
    responses((status = 200, description = "The counts", body = QuarantineCounts))
)]
async fn count_quarantine(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<QuarantineCounts>> {
    Ok(Json(quarantine::counts(&ctx, &by).await?))
}

/// One installation in quarantine, beside the machines it may be.
#[utoipa::path(
    get, path = "/api/quarantine/{id}", tag = "quarantine", security(("login" = [])),
    params(("id" = QuarantineId, Path, description = "The entry")),
    responses((status = 200, description = "The entry", body = QuarantineEntry))
)]
async fn get_quarantine_entry(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<QuarantineId>,
) -> Result<Json<QuarantineEntry>> {
    Ok(Json(quarantine::get(&ctx, &by, id).await?))
}

/// Lets an installation in: as a machine of its own, or as a known machine.
#[utoipa::path(
    post, path = "/api/quarantine/{id}/approve", tag = "quarantine", security(("login" = [])),
    params(("id" = QuarantineId, Path, description = "The entry")), request_body = Approval,
    responses((status = 200, description = "The entry as it is now", body = QuarantineEntry))
)]
async fn approve_quarantine_entry(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<QuarantineId>,
    Json(approval): Json<Approval>,
) -> Result<Json<QuarantineEntry>> {
    Ok(Json(approvals::approve(&ctx, &by, id, &approval).await?))
}

/// Sends an installation away; its agent is told so and does not come back.
#[utoipa::path(
    post, path = "/api/quarantine/{id}/refuse", tag = "quarantine", security(("login" = [])),
    params(("id" = QuarantineId, Path, description = "The entry")), request_body = Refusal,
    responses((status = 200, description = "The entry as it is now", body = QuarantineEntry))
)]
async fn refuse_quarantine_entry(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<QuarantineId>,
    Json(refusal): Json<Refusal>,
) -> Result<Json<QuarantineEntry>> {
    Ok(Json(approvals::refuse(&ctx, &by, id, &refusal.reason).await?))
}

/// Pairs of machines that may be one.
#[utoipa::path(
    get, path = "/api/machine-duplicates", tag = "quarantine", security(("login" = [])),
    responses((status = 200, description = "The likeliest first, at most 100", body = Page<DuplicatePair>))
)]
async fn list_machine_duplicates(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
) -> Result<Json<Page<DuplicatePair>>> {
    Ok(Json(duplicates::list(&ctx, &by).await?))
}

/// Notes that two machines are two, however alike they look.
#[utoipa::path(
    post, path = "/api/machine-duplicates/dismiss", tag = "quarantine", security(("login" = [])),
    request_body = Dismissal,
    responses((status = 204, description = "They are not listed any more"))
)]
async fn dismiss_machine_duplicate(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(pair): Json<Dismissal>,
) -> Result<StatusCode> {
    duplicates::dismiss(&ctx, &by, pair.first_id, pair.second_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
