//! Handlers of organizations and sites.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Organization, Site};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, Page, SignedIn};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_organizations))
        .routes(routes!(list_sites))
}

/// The organizations the account belongs to.
#[utoipa::path(
    get,
    path = "/api/organizations",
    tag = "organizations",
    security(("login" = [])),
    responses((status = 200, description = "All of them, oldest first", body = Page<Organization>))
)]
async fn list_organizations(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
) -> Result<Json<Page<Organization>>> {
    Ok(Json(Page::whole(super::list(&ctx, &by).await?)))
}

/// The sites of the account's organizations.
#[utoipa::path(
    get,
    path = "/api/sites",
    tag = "organizations",
    security(("login" = [])),
    responses((status = 200, description = "All of them, oldest first", body = Page<Site>))
)]
async fn list_sites(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<Page<Site>>> {
    Ok(Json(Page::whole(super::sites(&ctx, &by).await?)))
}
