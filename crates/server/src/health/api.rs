//! Handlers of version, health and metrics.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{Json, Problem, RequestInfo};
use crate::tls::Trouble;

/// Version of the API; grows when something is removed or changes its meaning.
const API_VERSION: u32 = 1;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(version))
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(metrics))
}

/// What program this is.
#[derive(Serialize, ToSchema)]
struct Version {
    /// Always `farol`.
    name: &'static str,
    /// Version of the program.
    version: &'static str,
    /// Version of the API.
    api_version: u32,
}

/// How the server is.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`; anything else is a problem.
    status: &'static str,
}

/// Whether the server can do its work, and what needs a person although it can.
#[derive(Serialize, ToSchema)]
struct Readiness {
    /// `ok`; anything else is a problem.
    status: &'static str,
    /// What is wrong with the certificate; `null` when nothing is.
    certificate: Option<Trouble>,
}

/// What program this is.
#[utoipa::path(get, path = "/api/version", tag = "server", responses((status = 200, description = "Name and versions", body = Version)))]
async fn version() -> Json<Version> {
    Json(Version {
        name: "farol",
        version: crate::VERSION,
        api_version: API_VERSION,
    })
}

/// Whether the process answers. Restart it when it does not.
#[utoipa::path(get, path = "/health/live", tag = "server", responses((status = 200, description = "It does", body = Health)))]
async fn live() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Whether the server can do its work. Send no traffic while it cannot.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "server",
    responses(
        (status = 200, description = "It can", body = Readiness),
        (status = 503, description = "It cannot; `code` says why", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn ready(State(ctx): State<Ctx>) -> Result<Json<Readiness>> {
    super::ready(&ctx).await?;
    Ok(Json(Readiness {
        status: "ok",
        certificate: ctx.tls.trouble(),
    }))
}

/// Metrics for Prometheus. Only for the addresses that the configuration names, loopback by default.
#[utoipa::path(get, path = "/metrics", tag = "server", responses((status = 200, description = "Text format 0.0.4", body = String, content_type = "text/plain")))]
async fn metrics(State(ctx): State<Ctx>, info: RequestInfo) -> Result<Response> {
    if !ctx
        .config
        .metrics_from
        .iter()
        .any(|network| network.contains(&info.address))
    {
        return Err(Error::forbidden(
            "Metrics are not for this address; see metrics_from in farol.toml.",
        ));
    }
    Ok((
        [(CONTENT_TYPE, "text/plain; version=0.0.4")],
        ctx.metrics.render(),
    )
        .into_response())
}
