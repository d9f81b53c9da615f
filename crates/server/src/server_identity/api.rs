//! Handlers of the server's identity keys.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{By, View};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, SignedIn};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(get_server_identity))
        .routes(routes!(rotate_server_identity))
        .routes(routes!(retire_server_identity))
}

/// The server's identity keys, and how many agents trust each.
#[utoipa::path(
    get, path = "/api/server-identity", tag = "server", security(("login" = [])),
    responses((status = 200, description = "The present key first", body = View))
)]
async fn get_server_identity(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<View>> {
    Ok(Json(super::view(&ctx, By::Caller(&by)).await?))
}

/// Makes a new identity key; the older ones serve on until they are retired.
#[utoipa::path(
    post, path = "/api/server-identity/rotate", tag = "server", security(("login" = [])),
    responses((status = 200, description = "The keys as they are now", body = View))
)]
async fn rotate_server_identity(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<View>> {
    Ok(Json(super::rotate(&ctx, By::Caller(&by)).await?))
}

/// Gives up the older identity keys; agents that still trust one of them have to be enrolled again.
#[utoipa::path(
    post, path = "/api/server-identity/retire", tag = "server", security(("login" = [])),
    responses((status = 200, description = "The keys as they are now", body = View))
)]
async fn retire_server_identity(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<View>> {
    Ok(Json(super::retire(&ctx, By::Caller(&by)).await?))
}
