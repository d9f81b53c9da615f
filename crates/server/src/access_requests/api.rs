//! Handlers of access requests.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AccessRequest, Decision, NewAccessRequest};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, Page, Path, SignedIn};
use crate::ids::AccessRequestId;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_access_requests, ask_for_access))
        .routes(routes!(get_access_request))
        .routes(routes!(approve_access_request))
        .routes(routes!(refuse_access_request))
        .routes(routes!(withdraw_access_request))
}

/// The caller's own requests, and those about which they may decide.
#[utoipa::path(
    get, path = "/api/access-requests", tag = "rights", security(("login" = [])),
    responses((status = 200, description = "The newest 500, newest first", body = Page<AccessRequest>))
)]
async fn list_access_requests(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
) -> Result<Json<Page<AccessRequest>>> {
    Ok(Json(Page::whole(super::list(&ctx, &by).await?)))
}

/// Asks for more on a machine, for a while.
#[utoipa::path(
    post, path = "/api/access-requests", tag = "rights", security(("login" = [])), request_body = NewAccessRequest,
    responses((status = 201, description = "The request; somebody who may do this there decides", body = AccessRequest))
)]
async fn ask_for_access(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewAccessRequest>,
) -> Result<(StatusCode, Json<AccessRequest>)> {
    Ok((StatusCode::CREATED, Json(super::ask(&ctx, &by, wanted).await?)))
}

/// One request.
#[utoipa::path(
    get, path = "/api/access-requests/{id}", tag = "rights", security(("login" = [])),
    params(("id" = AccessRequestId, Path, description = "The request")),
    responses((status = 200, description = "The request", body = AccessRequest))
)]
async fn get_access_request(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccessRequestId>,
) -> Result<Json<AccessRequest>> {
    Ok(Json(super::get(&ctx, &by, id).await?))
}

/// Approves a request of somebody else: what they asked for counts from now on, for as long as they asked.
#[utoipa::path(
    post, path = "/api/access-requests/{id}/approve", tag = "rights", security(("login" = [])),
    params(("id" = AccessRequestId, Path, description = "The request")), request_body = Decision,
    responses((status = 200, description = "The request as it is now", body = AccessRequest))
)]
async fn approve_access_request(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccessRequestId>,
    Json(decision): Json<Decision>,
) -> Result<Json<AccessRequest>> {
    Ok(Json(super::approve(&ctx, &by, id, decision).await?))
}

/// Refuses a request of somebody else.
#[utoipa::path(
    post, path = "/api/access-requests/{id}/refuse", tag = "rights", security(("login" = [])),
    params(("id" = AccessRequestId, Path, description = "The request")), request_body = Decision,
    responses((status = 200, description = "The request as it is now", body = AccessRequest))
)]
async fn refuse_access_request(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccessRequestId>,
    Json(decision): Json<Decision>,
) -> Result<Json<AccessRequest>> {
    Ok(Json(super::refuse(&ctx, &by, id, decision).await?))
}

/// Withdraws one's own request, or ends what was approved before its time; what is done by it now ends.
#[utoipa::path(
    post, path = "/api/access-requests/{id}/withdraw", tag = "rights", security(("login" = [])),
    params(("id" = AccessRequestId, Path, description = "The request")),
    responses((status = 200, description = "The request as it is now", body = AccessRequest))
)]
async fn withdraw_access_request(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccessRequestId>,
) -> Result<Json<AccessRequest>> {
    Ok(Json(super::withdraw(&ctx, &by, id).await?))
}
