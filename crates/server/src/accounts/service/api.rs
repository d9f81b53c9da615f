//! Handlers of service accounts.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{NewServiceAccount, ServiceAccount, ServiceAccountChange};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, Page, Path, Problem, SignedIn};
use crate::ids::AccountId;

/// Routes of service accounts.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_service_accounts, create_service_account))
        .routes(routes!(change_service_account, delete_service_account))
}

/// The service accounts that the account may see, with their roles.
#[utoipa::path(
    get, path = "/api/service-accounts", tag = "api tokens", security(("login" = [])),
    responses(
        (status = 200, description = "All of them, by name", body = Page<ServiceAccount>),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_service_accounts(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
) -> Result<Json<Page<ServiceAccount>>> {
    Ok(Json(Page::whole(super::service_accounts(&ctx, &by).await?)))
}

/// Make an account for a program, with a role in a place.
#[utoipa::path(
    post, path = "/api/service-accounts", tag = "api tokens", security(("login" = [])),
    request_body = NewServiceAccount,
    responses(
        (status = 201, description = "The account", body = ServiceAccount),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: the organization", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: there are too many", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_service_account(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewServiceAccount>,
) -> Result<(StatusCode, Json<ServiceAccount>)> {
    let made = super::create_service_account(&ctx, &by, wanted).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Change a service account, or disable and enable it.
#[utoipa::path(
    patch, path = "/api/service-accounts/{id}", tag = "api tokens", security(("login" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    request_body = ServiceAccountChange,
    responses(
        (status = 200, description = "The account as it is now", body = ServiceAccount),
        (status = 403, description = "`forbidden`: it has roles that one may not take away", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn change_service_account(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountId>,
    Json(wanted): Json<ServiceAccountChange>,
) -> Result<Json<ServiceAccount>> {
    Ok(Json(super::change_service_account(&ctx, &by, id, wanted).await?))
}

/// Delete a service account with its API tokens. What it did stays on record by its name.
#[utoipa::path(
    delete, path = "/api/service-accounts/{id}", tag = "api tokens", security(("login" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, description = "`forbidden`: it has roles that one may not take away", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_service_account(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountId>,
) -> Result<StatusCode> {
    super::delete(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
