//! Handlers of machines.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Machine;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{IfMatch, Json, Page, PageQuery, Path, Query, SignedIn};
use crate::ids::MachineId;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_machines))
        .routes(routes!(get_machine, change_machine, remove_machine))
}

/// What is to change.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MachineChange {
    /// The new name, at most 80 characters.
    name: String,
}

/// Machines of the account's organizations.
#[utoipa::path(
    get, path = "/api/machines", tag = "machines", security(("login" = [])), params(PageQuery),
    responses((status = 200, description = "In order of enrollment", body = Page<Machine>))
)]
async fn list_machines(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Machine>>> {
    Ok(Json(super::list(&ctx, &by, &page).await?))
}

/// One machine.
#[utoipa::path(
    get, path = "/api/machines/{id}", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")),
    responses((status = 200, description = "The machine; its `etag` is for If-Match", body = Machine))
)]
async fn get_machine(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
) -> Result<Json<Machine>> {
    Ok(Json(super::get(&ctx, &by, id).await?))
}

/// Renames a machine.
#[utoipa::path(
    patch, path = "/api/machines/{id}", tag = "machines", security(("login" = [])),
    params(
        ("id" = MachineId, Path, description = "The machine"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    request_body = MachineChange,
    responses((status = 200, description = "The machine as it is now", body = Machine))
)]
async fn change_machine(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
    seen: IfMatch,
    Json(change): Json<MachineChange>,
) -> Result<Json<Machine>> {
    Ok(Json(super::rename(&ctx, &by, id, &change.name, &seen).await?))
}

/// Removes a machine.
#[utoipa::path(
    delete, path = "/api/machines/{id}", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")),
    responses((status = 204, description = "It is gone; its agent does not come back"))
)]
async fn remove_machine(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
) -> Result<StatusCode> {
    super::remove(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
