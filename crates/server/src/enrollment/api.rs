//! Handlers of enrollment tokens, and the one that agents call.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    CreatedToken, EnrollAnswer, EnrollRequest, EnrollmentToken, Keeper, NewToken, TokenChange, TokenFilter,
    TokenUse,
};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{IfMatch, Json, Page, PageQuery, Path, Query, RequestInfo, SignedIn};
use crate::ids::EnrollmentTokenId;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_enrollment_tokens, create_enrollment_token))
        .routes(routes!(
            get_enrollment_token,
            change_enrollment_token,
            revoke_enrollment_token
        ))
        .routes(routes!(list_enrollment_token_uses))
        .routes(routes!(enroll_machine))
}

/// Which tokens.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TokenQuery {
    /// Only `active` or `ended` ones.
    #[param(inline)]
    state: Option<TokenFilter>,
}

/// Enrollment tokens of the account's organizations; without their secrets.
#[utoipa::path(
    get, path = "/api/enrollment-tokens", tag = "enrollment", security(("login" = [])),
    params(PageQuery, TokenQuery),
    responses((status = 200, description = "Newest first", body = Page<EnrollmentToken>))
)]
async fn list_enrollment_tokens(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(page): Query<PageQuery>,
    Query(wanted): Query<TokenQuery>,
) -> Result<Json<Page<EnrollmentToken>>> {
    let by = Keeper::account(&by)?;
    Ok(Json(super::list(&ctx, &by, &page, wanted.state).await?))
}

/// Makes an enrollment token. The answer holds its text, once.
#[utoipa::path(
    post, path = "/api/enrollment-tokens", tag = "enrollment", security(("login" = [])), request_body = NewToken,
    responses((status = 201, description = "The token", body = CreatedToken))
)]
async fn create_enrollment_token(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewToken>,
) -> Result<(StatusCode, Json<CreatedToken>)> {
    let created = super::create(&ctx, &Keeper::account(&by)?, wanted).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// One enrollment token; without its secret.
#[utoipa::path(
    get, path = "/api/enrollment-tokens/{id}", tag = "enrollment", security(("login" = [])),
    params(("id" = EnrollmentTokenId, Path, description = "The token")),
    responses((status = 200, description = "The token; its `etag` is for If-Match", body = EnrollmentToken))
)]
async fn get_enrollment_token(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<EnrollmentTokenId>,
) -> Result<Json<EnrollmentToken>> {
    Ok(Json(super::get(&ctx, &Keeper::account(&by)?, id).await?))
}

/// Changes what an enrollment token allows; not its secret. What is left out stays.
#[utoipa::path(
    patch, path = "/api/enrollment-tokens/{id}", tag = "enrollment", security(("login" = [])),
    params(
        ("id" = EnrollmentTokenId, Path, description = "The token"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    request_body = TokenChange,
    responses((status = 200, description = "The token as it is now", body = EnrollmentToken))
)]
async fn change_enrollment_token(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<EnrollmentTokenId>,
    seen: IfMatch,
    Json(wanted): Json<TokenChange>,
) -> Result<Json<EnrollmentToken>> {
    let by = Keeper::account(&by)?;
    Ok(Json(super::change(&ctx, &by, id, wanted, &seen).await?))
}

/// Revokes an enrollment token. Machines enrolled with it stay.
#[utoipa::path(
    delete, path = "/api/enrollment-tokens/{id}", tag = "enrollment", security(("login" = [])),
    params(("id" = EnrollmentTokenId, Path, description = "The token")),
    responses((status = 204, description = "It does not work any more"))
)]
async fn revoke_enrollment_token(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<EnrollmentTokenId>,
) -> Result<StatusCode> {
    super::revoke(&ctx, &Keeper::account(&by)?, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The machines that were enrolled with a token, also those that were removed or merged since.
#[utoipa::path(
    get, path = "/api/enrollment-tokens/{id}/uses", tag = "enrollment", security(("login" = [])),
    params(("id" = EnrollmentTokenId, Path, description = "The token"), PageQuery),
    responses((status = 200, description = "Newest first", body = Page<TokenUse>))
)]
async fn list_enrollment_token_uses(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<EnrollmentTokenId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<TokenUse>>> {
    Ok(Json(super::uses(&ctx, &Keeper::account(&by)?, id, &page).await?))
}

/// Enrolls a machine; called by agents.
#[utoipa::path(
    post, path = "/api/agent/enroll", tag = "agents", security(()), request_body = EnrollRequest,
    responses(
        (status = 201, description = "The machine's identity", body = EnrollAnswer),
        (status = 202, description = "A person has to agree first; ask again with the same key", body = EnrollAnswer)
    )
)]
async fn enroll_machine(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    Json(request): Json<EnrollRequest>,
) -> Result<(StatusCode, Json<EnrollAnswer>)> {
    let answer = super::enroll(&ctx, &info, request).await?;
    let status = match answer {
        EnrollAnswer::Enrolled(_) => StatusCode::CREATED,
        EnrollAnswer::Waiting(_) => StatusCode::ACCEPTED,
    };
    Ok((status, Json(answer)))
}
