//! Handlers of the inventory.

use axum::extract::State;
use axum::http::StatusCode;
use farol_inventory::Section;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{InventoryChange, InventoryComparison, MachineInventory, SectionName, Wanted};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{FieldError, Result};
use crate::http::{Json, Page, PageQuery, Path, Query, SignedIn};
use crate::ids::MachineId;
use crate::store::entities::machine_change::Kind;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(get_machine_inventory))
        .routes(routes!(list_machine_changes))
        .routes(routes!(compare_machine_inventory))
        .routes(routes!(refresh_machine_inventory))
}

/// Which sections.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InventoryQuery {
    /// Only this one.
    #[param(inline)]
    section: Option<SectionName>,
}

/// Which changes; all that are given must hold.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ChangeQuery {
    /// Only of this section.
    #[param(inline)]
    section: Option<SectionName>,
    /// Only what came (`added`), went (`removed`) or is another (`changed`).
    #[param(inline)]
    kind: Option<Kind>,
    /// Not before this moment (RFC 3339).
    from: Option<String>,
    /// Before this moment (RFC 3339).
    to: Option<String>,
}

/// Between which moments.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ComparisonQuery {
    /// The first of the moments (RFC 3339).
    from: String,
    /// The second one; now when left out.
    to: Option<String>,
}

fn moment(field: &'static str, text: &str) -> Result<Timestamp> {
    text.trim().parse().map_err(|_| {
        let detail = "Write the moment like 2026-03-01T12:00:00Z.";
        FieldError::new(field, "invalid", detail).in_query().into()
    })
}

/// What our agent found in a machine.
#[utoipa::path(
    get, path = "/api/machines/{id}/inventory", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine"), InventoryQuery),
    responses((status = 200, description = "The newest of each section that was delivered", body = MachineInventory))
)]
async fn get_machine_inventory(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
    Query(wanted): Query<InventoryQuery>,
) -> Result<Json<MachineInventory>> {
    let section = wanted.section.map(Section::from);
    Ok(Json(super::get(&ctx, &by, id, section).await?))
}

/// What changed about a machine, as far back as that is kept.
#[utoipa::path(
    get, path = "/api/machines/{id}/changes", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine"), PageQuery, ChangeQuery),
    responses((status = 200, description = "Newest first", body = Page<InventoryChange>))
)]
async fn list_machine_changes(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
    Query(page): Query<PageQuery>,
    Query(asked): Query<ChangeQuery>,
) -> Result<Json<Page<InventoryChange>>> {
    let at = |field, text: &Option<String>| text.as_deref().map(|text| moment(field, text)).transpose();
    let wanted = Wanted {
        section: asked.section.map(Section::from),
        kind: asked.kind,
        from: at("from", &asked.from)?,
        to: at("to", &asked.to)?,
    };
    Ok(Json(super::changes(&ctx, &by, id, &page, &wanted).await?))
}

/// What is different about a machine, compared with an earlier moment.
#[utoipa::path(
    get, path = "/api/machines/{id}/inventory/comparison", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine"), ComparisonQuery),
    responses((status = 200, description = "What is different, and since when each section is known", body = InventoryComparison))
)]
async fn compare_machine_inventory(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
    Query(asked): Query<ComparisonQuery>,
) -> Result<Json<InventoryComparison>> {
    let from = moment("from", &asked.from)?;
    let to = asked.to.as_deref().map(|text| moment("to", text)).transpose()?;
    Ok(Json(super::comparison(&ctx, &by, id, (from, to)).await?))
}

/// Asks a machine's agent to read its inventory again. What it finds comes later; the events tell.
#[utoipa::path(
    post, path = "/api/machines/{id}/inventory/refresh", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")),
    responses((status = 202, description = "It was asked"))
)]
async fn refresh_machine_inventory(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
) -> Result<StatusCode> {
    super::refresh(&ctx, &by, id).await?;
    Ok(StatusCode::ACCEPTED)
}
