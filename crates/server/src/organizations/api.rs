//! Handlers of organizations and sites.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{NewName, NewSite, Organization, Site};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{IfMatch, Json, Page, Path, Query, SignedIn};
use crate::ids::{OrganizationId, SiteId};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_organizations, create_organization))
        .routes(routes!(rename_organization))
        .routes(routes!(archive_organization))
        .routes(routes!(restore_organization))
        .routes(routes!(list_sites, create_site))
        .routes(routes!(rename_site, delete_site))
        .routes(routes!(archive_site))
        .routes(routes!(restore_site))
}

/// Whether what is archived is listed.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Also those that are archived.
    #[serde(default)]
    archived: bool,
}

/// The organizations the account belongs to.
#[utoipa::path(
    get,
    path = "/api/organizations",
    tag = "organizations",
    security(("login" = [])),
    params(ListQuery),
    responses((status = 200, description = "All of them, oldest first", body = Page<Organization>))
)]
async fn list_organizations(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(wanted): Query<ListQuery>,
) -> Result<Json<Page<Organization>>> {
    Ok(Json(Page::whole(super::list(&ctx, &by, wanted.archived).await?)))
}

/// The sites of the account's organizations.
#[utoipa::path(
    get,
    path = "/api/sites",
    tag = "organizations",
    security(("login" = [])),
    params(ListQuery),
    responses((status = 200, description = "All of them, oldest first", body = Page<Site>))
)]
async fn list_sites(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(wanted): Query<ListQuery>,
) -> Result<Json<Page<Site>>> {
    Ok(Json(Page::whole(super::sites(&ctx, &by, wanted.archived).await?)))
}

/// Makes an organization with a first site of the same name.
#[utoipa::path(
    post, path = "/api/organizations", tag = "organizations", security(("login" = [])), request_body = NewName,
    responses((status = 201, description = "The organization", body = Organization))
)]
async fn create_organization(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewName>,
) -> Result<(StatusCode, Json<Organization>)> {
    Ok((StatusCode::CREATED, Json(super::create(&ctx, &by, wanted).await?)))
}

/// Gives an organization another name.
#[utoipa::path(
    patch, path = "/api/organizations/{id}", tag = "organizations", security(("login" = [])),
    params(
        ("id" = OrganizationId, Path, description = "The organization"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    request_body = NewName,
    responses((status = 200, description = "The organization as it is now", body = Organization))
)]
async fn rename_organization(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<OrganizationId>,
    seen: IfMatch,
    Json(wanted): Json<NewName>,
) -> Result<Json<Organization>> {
    Ok(Json(super::rename(&ctx, &by, id, wanted, &seen).await?))
}

/// Archives an organization in which no machine is: it is left out of lists, and nothing new goes in. Its enrollment tokens, support
/// codes and invitations are revoked.
#[utoipa::path(
    post, path = "/api/organizations/{id}/archive", tag = "organizations", security(("login" = [])),
    params(
        ("id" = OrganizationId, Path, description = "The organization"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    responses((status = 200, description = "The organization as it is now", body = Organization))
)]
async fn archive_organization(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<OrganizationId>,
    seen: IfMatch,
) -> Result<Json<Organization>> {
    Ok(Json(super::archive(&ctx, &by, id, &seen).await?))
}

/// Brings an archived organization back as it was. What was revoked stays revoked.
#[utoipa::path(
    post, path = "/api/organizations/{id}/restore", tag = "organizations", security(("login" = [])),
    params(
        ("id" = OrganizationId, Path, description = "The organization"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    responses((status = 200, description = "The organization as it is now", body = Organization))
)]
async fn restore_organization(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<OrganizationId>,
    seen: IfMatch,
) -> Result<Json<Organization>> {
    Ok(Json(super::restore(&ctx, &by, id, &seen).await?))
}

/// Makes a site.
#[utoipa::path(
    post, path = "/api/sites", tag = "organizations", security(("login" = [])), request_body = NewSite,
    responses((status = 201, description = "The site", body = Site))
)]
async fn create_site(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewSite>,
) -> Result<(StatusCode, Json<Site>)> {
    Ok((
        StatusCode::CREATED,
        Json(super::create_site(&ctx, &by, wanted).await?),
    ))
}

/// Gives a site another name.
#[utoipa::path(
    patch, path = "/api/sites/{id}", tag = "organizations", security(("login" = [])),
    params(
        ("id" = SiteId, Path, description = "The site"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    request_body = NewName,
    responses((status = 200, description = "The site as it is now", body = Site))
)]
async fn rename_site(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SiteId>,
    seen: IfMatch,
    Json(wanted): Json<NewName>,
) -> Result<Json<Site>> {
    Ok(Json(super::rename_site(&ctx, &by, id, wanted, &seen).await?))
}

/// Deletes a site at which nothing stands, with the access rules about it.
#[utoipa::path(
    delete, path = "/api/sites/{id}", tag = "organizations", security(("login" = [])),
    params(
        ("id" = SiteId, Path, description = "The site"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    responses((status = 204, description = "It is gone"))
)]
async fn delete_site(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SiteId>,
    seen: IfMatch,
) -> Result<StatusCode> {
    super::delete_site(&ctx, &by, id, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Archives a site at which no machine stands: it is left out of lists, and nothing new goes in. Enrollment tokens that lead there are
/// revoked.
#[utoipa::path(
    post, path = "/api/sites/{id}/archive", tag = "organizations", security(("login" = [])),
    params(
        ("id" = SiteId, Path, description = "The site"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    responses((status = 200, description = "The site as it is now", body = Site))
)]
async fn archive_site(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SiteId>,
    seen: IfMatch,
) -> Result<Json<Site>> {
    Ok(Json(super::archive_site(&ctx, &by, id, &seen).await?))
}

/// Brings an archived site back as it was. What was revoked stays revoked.
#[utoipa::path(
    post, path = "/api/sites/{id}/restore", tag = "organizations", security(("login" = [])),
    params(
        ("id" = SiteId, Path, description = "The site"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    responses((status = 200, description = "The site as it is now", body = Site))
)]
async fn restore_site(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SiteId>,
    seen: IfMatch,
) -> Result<Json<Site>> {
    Ok(Json(super::restore_site(&ctx, &by, id, &seen).await?))
}
