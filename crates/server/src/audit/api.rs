//! Handlers of the audit list, its exports and its verification.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Action, AuditEntry, AuditFilter, Format, Verification};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{Json, Page, PageQuery, Query, SignedIn};
use crate::rights::Permission;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_audit_entries))
        .routes(routes!(list_audit_actions))
        .routes(routes!(export_audit_entries))
        .routes(routes!(verify_audit_entries))
}

/// What was done by whom.
#[utoipa::path(
    get,
    path = "/api/audit",
    tag = "audit",
    security(("login" = [])),
    params(PageQuery, AuditFilter),
    responses((status = 200, description = "Newest first", body = Page<AuditEntry>))
)]
async fn list_audit_entries(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(page): Query<PageQuery>,
    Query(filter): Query<AuditFilter>,
) -> Result<Json<Page<AuditEntry>>> {
    Ok(Json(super::list(&ctx, &by, &page, &filter).await?))
}

/// Names of all actions.
#[derive(Debug, Serialize, ToSchema)]
struct AuditActions {
    /// The names, grouped by subject.
    items: Vec<&'static str>,
}

/// The actions that entries can have, for filters.
#[utoipa::path(
    get,
    path = "/api/audit/actions",
    tag = "audit",
    security(("login" = [])),
    responses((status = 200, description = "All of them", body = AuditActions))
)]
async fn list_audit_actions(SignedIn(by): SignedIn) -> Result<Json<AuditActions>> {
    by.require_any(Permission::AuditRead)?;
    let items = Action::ALL.iter().map(|action| action.as_str()).collect();
    Ok(Json(AuditActions { items }))
}

/// Parameters of an export beside its filter.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// Form of the file: `csv` or `ndjson`.
    #[param(inline)]
    format: Format,
}

/// All entries that pass the filter, oldest first, as a file.
///
/// The export is an audit entry itself, the last one in the file when the filter lets it through. NDJSON has with each
/// entry what its hash is computed from, so that anybody can verify a chain; see `docs/audit.md`.
#[utoipa::path(
    get,
    path = "/api/audit/export",
    tag = "audit",
    security(("login" = [])),
    params(ExportQuery, AuditFilter),
    responses((status = 200, description = "The file", content(
        (String = "text/csv"),
        (String = "application/x-ndjson"),
    )))
)]
async fn export_audit_entries(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(query): Query<ExportQuery>,
    Query(filter): Query<AuditFilter>,
) -> Result<Response> {
    let export = super::export(&ctx, &by, query.format, &filter).await?;
    let day = ctx.clock.now().rfc3339();
    let day = day.split('T').next().unwrap_or_default();
    let name = format!(
        "attachment; filename=\"farol-audit-{day}.{}\"",
        query.format.as_str()
    );
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(query.format.media_type())),
        (
            CONTENT_DISPOSITION,
            HeaderValue::from_str(&name).map_err(Error::internal)?,
        ),
    ];
    Ok((headers, Body::from_stream(export.bytes(&ctx))).into_response())
}

/// Where a verification goes on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct VerificationQuery {
    /// `next_cursor` of the answer before; the beginning when left out.
    cursor: Option<String>,
}

/// Recomputes the hash chains of the caller's organizations and checks their signed checkpoints.
///
/// One answer covers a bounded number of entries; go on with `next_cursor` until it is `null`.
#[utoipa::path(
    get,
    path = "/api/audit/verification",
    tag = "audit",
    security(("login" = [])),
    params(VerificationQuery),
    responses((status = 200, description = "What was found so far", body = Verification))
)]
async fn verify_audit_entries(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(query): Query<VerificationQuery>,
) -> Result<Json<Verification>> {
    Ok(Json(
        super::verify_some(&ctx, &by, query.cursor.as_deref(), super::STEP).await?,
    ))
}
