//! Handlers of the metrics of machines.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{CpuLines, LiveMetrics, MachineMetrics};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{FieldError, Result};
use crate::http::{Json, Path, Query, SignedIn};
use crate::ids::MachineId;

/// Machines that one question may name: more than a page of a list has.
const IDS_MAX: usize = 200;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_machine_cpu))
        .routes(routes!(get_machine_metrics))
        .routes(routes!(watch_machine_metrics))
}

/// Of which time.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MetricsQuery {
    /// From this moment (RFC 3339); an hour before the end when left out. What is more than 366 days ago is not kept.
    from: Option<String>,
    /// Until this moment (RFC 3339); now when left out.
    to: Option<String>,
}

/// After which moment.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LiveQuery {
    /// Only what came after this moment (RFC 3339): the last of the times of the answer before.
    after: Option<String>,
}

/// Of which machines.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LinesQuery {
    /// Identifiers of machines, with commas between them, at most 200.
    ids: String,
}

fn moment(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>> {
    let read = |text: &str| -> Result<Timestamp> {
        text.trim().parse().map_err(|_| {
            let detail = "Write the moment like 2026-03-01T12:00:00Z.";
            FieldError::new(field, "invalid", detail).in_query().into()
        })
    };
    text.map(read).transpose()
}

fn identifiers(text: &str) -> Result<Vec<MachineId>> {
    let wrong = |code, detail: &str| FieldError::new("ids", code, detail).in_query();
    let mut ids = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let id: MachineId = part.parse().map_err(|_| {
            wrong(
                "invalid",
                "Write identifiers of machines with commas between them.",
            )
        })?;
        if !ids.contains(&id) {
            ids.push(id);
        }
        if ids.len() > IDS_MAX {
            return Err(wrong("too_many", "Name at most 200 machines.").into());
        }
    }
    Ok(ids)
}

/// How busy the processors of some machines were in the last hour.
#[utoipa::path(
    get, path = "/api/machines/metrics", tag = "machines", security(("login" = [])),
    params(LinesQuery),
    responses((status = 200, description = "A line of 60 points for each machine in sight", body = CpuLines))
)]
async fn list_machine_cpu(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(asked): Query<LinesQuery>,
) -> Result<Json<CpuLines>> {
    let ids = identifiers(&asked.ids)?;
    Ok(Json(super::lines(&ctx, &by, &ids).await?))
}

/// How busy a machine was.
#[utoipa::path(
    get, path = "/api/machines/{id}/metrics", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine"), MetricsQuery),
    responses((status = 200, description = "At most 400 points, as fine as they are kept", body = MachineMetrics))
)]
async fn get_machine_metrics(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
    Query(asked): Query<MetricsQuery>,
) -> Result<Json<MachineMetrics>> {
    let between = (
        moment("from", asked.from.as_deref())?,
        moment("to", asked.to.as_deref())?,
    );
    Ok(Json(super::get(&ctx, &by, id, between).await?))
}

/// How busy a machine is, second by second. Its agent measures each second for as long as somebody asks.
#[utoipa::path(
    get, path = "/api/machines/{id}/metrics/live", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine"), LiveQuery),
    responses((status = 200, description = "What came lately, at most two minutes of it", body = LiveMetrics))
)]
async fn watch_machine_metrics(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
    Query(asked): Query<LiveQuery>,
) -> Result<Json<LiveMetrics>> {
    let after = moment("after", asked.after.as_deref())?;
    Ok(Json(super::watch(&ctx, &by, id, after).await?))
}
