//! Handler of the audit list.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AuditEntry;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, Page, PageQuery, Query, SignedIn};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new().routes(routes!(list_audit_entries))
}

/// What was done by whom.
#[utoipa::path(
    get,
    path = "/api/audit",
    tag = "audit",
    security(("login" = [])),
    params(PageQuery),
    responses((status = 200, description = "Newest first", body = Page<AuditEntry>))
)]
async fn list_audit_entries(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<AuditEntry>>> {
    Ok(Json(super::list(&ctx, &by, &query).await?))
}
