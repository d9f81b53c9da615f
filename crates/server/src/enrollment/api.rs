//! Handlers of enrollment tokens, and the one that agents call.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{CreatedToken, EnrollAnswer, EnrollRequest, EnrollmentToken, NewToken};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, Page, PageQuery, Path, Query, RequestInfo, SignedIn};
use crate::ids::EnrollmentTokenId;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_enrollment_tokens, create_enrollment_token))
        .routes(routes!(revoke_enrollment_token))
        .routes(routes!(enroll_machine))
}

/// Enrollment tokens of the account's organizations; without their secrets.
#[utoipa::path(
    get, path = "/api/enrollment-tokens", tag = "enrollment", security(("login" = [])), params(PageQuery),
    responses((status = 200, description = "Newest first", body = Page<EnrollmentToken>))
)]
async fn list_enrollment_tokens(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<EnrollmentToken>>> {
    Ok(Json(super::list(&ctx, &by, &page).await?))
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
    Ok((StatusCode::CREATED, Json(super::create(&ctx, &by, wanted).await?)))
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
    super::revoke(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
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
