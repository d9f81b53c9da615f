//! Handlers of API tokens.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiToken, ApiTokenChange, CreatedApiToken, NewApiToken, Rotation, Whose};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{IfMatch, Json, Page, Path, Problem, Query, SignedIn};
use crate::ids::ApiTokenId;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_api_tokens, create_api_token))
        .routes(routes!(get_api_token, change_api_token, revoke_api_token))
        .routes(routes!(rotate_api_token))
}

/// Which of them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// The account's own, when left out.
    #[param(inline)]
    whose: Option<Whose>,
}

/// API tokens, those that ended in the last month included: the account's own, or those of others that it may see and revoke.
#[utoipa::path(
    get, path = "/api/api-tokens", tag = "api tokens", security(("login" = [])),
    params(Filter),
    responses(
        (status = 200, description = "Newest first", body = Page<ApiToken>),
        (status = 403, description = "`forbidden`: those of others", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_api_tokens(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<ApiToken>>> {
    let whose = filter.whose.unwrap_or_default();
    Ok(Json(Page::whole(super::list(&ctx, &by, whose).await?)))
}

/// Make an API token, for oneself or for a service account: the answer has its secret, once.
#[utoipa::path(
    post, path = "/api/api-tokens", tag = "api tokens", security(("login" = [])),
    request_body = NewApiToken,
    responses(
        (status = 201, description = "The token and its secret", body = CreatedApiToken),
        (status = 403, description = "`forbidden`: another person's, or a service account that may more", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: the account", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: the account has too many", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_api_token(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewApiToken>,
) -> Result<(StatusCode, Json<CreatedApiToken>)> {
    Ok((StatusCode::CREATED, Json(super::create(&ctx, &by, wanted).await?)))
}

/// One API token.
#[utoipa::path(
    get, path = "/api/api-tokens/{id}", tag = "api tokens", security(("login" = [])),
    params(("id" = ApiTokenId, Path, description = "The token")),
    responses(
        (status = 200, description = "The token, without its secret", body = ApiToken),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_api_token(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<ApiTokenId>,
) -> Result<Json<ApiToken>> {
    Ok(Json(super::get(&ctx, &by, id).await?))
}

/// Change what an API token is called and may be used for. For other organizations or another account, make another one.
#[utoipa::path(
    patch, path = "/api/api-tokens/{id}", tag = "api tokens", security(("login" = [])),
    params(
        ("id" = ApiTokenId, Path, description = "The token"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    request_body = ApiTokenChange,
    responses(
        (status = 200, description = "The token as it is now", body = ApiToken),
        (status = 403, description = "`forbidden`: somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: it ended", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`version_mismatch`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "`version_required`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn change_api_token(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<ApiTokenId>,
    seen: IfMatch,
    Json(wanted): Json<ApiTokenChange>,
) -> Result<Json<ApiToken>> {
    Ok(Json(super::change(&ctx, &by, id, wanted, &seen).await?))
}

/// Revoke an API token: it works no more, and what was started with it is cut at once.
#[utoipa::path(
    delete, path = "/api/api-tokens/{id}", tag = "api tokens", security(("login" = [])),
    params(("id" = ApiTokenId, Path, description = "The token")),
    responses(
        (status = 204, description = "It does not work any more"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn revoke_api_token(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<ApiTokenId>,
) -> Result<StatusCode> {
    super::revoke(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give an API token another secret: the answer has it, once. The former one goes on working for the overlap.
#[utoipa::path(
    post, path = "/api/api-tokens/{id}/rotate", tag = "api tokens", security(("login" = [])),
    params(("id" = ApiTokenId, Path, description = "The token")),
    request_body = Rotation,
    responses(
        (status = 200, description = "The token and its new secret", body = CreatedApiToken),
        (status = 403, description = "`forbidden`: somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: it ended", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`version_mismatch`: somebody else changed it at the same moment", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn rotate_api_token(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<ApiTokenId>,
    Json(wanted): Json<Rotation>,
) -> Result<Json<CreatedApiToken>> {
    Ok(Json(super::rotate(&ctx, &by, id, wanted).await?))
}
