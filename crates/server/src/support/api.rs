//! Handlers of support codes, of the queue, and of what strangers with a code may do.

use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{CreatedSupportCode, Joining, Redeemed, SupportCode, WaitingPerson};
use super::{NewSupportCode, Redeem, join, queue};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Form, Json, Page, Path, RequestInfo, SignedIn};
use crate::ids::SupportCodeId;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_support_codes, create_support_code))
        .routes(routes!(revoke_support_code))
        .routes(routes!(list_waiting_people))
        .routes(routes!(finish_waiting_person))
        .routes(routes!(take_waiting_person))
        .routes(routes!(release_waiting_person))
        .routes(routes!(look_at_support_code))
        .routes(routes!(download_one_time_agent))
        .routes(routes!(redeem_support_code))
}

/// Which code.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LookAtSupportCode)]
struct Look {
    /// As somebody typed it; case, spaces and hyphens do not count.
    code: String,
}

/// Which one-time agent.
#[derive(Clone, Deserialize, ToSchema)]
#[schema(as = DownloadOneTimeAgent)]
struct Wanted {
    /// The support code.
    code: String,
    /// `windows`, `macos` or `linux`.
    system: String,
    /// `x86_64` or `aarch64`.
    arch: String,
}

/// Open support codes of the account's organizations; without their texts.
#[utoipa::path(
    get, path = "/api/support-codes", tag = "support", security(("login" = [])),
    responses((status = 200, description = "Those that expire first first", body = Page<SupportCode>))
)]
async fn list_support_codes(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
) -> Result<Json<Page<SupportCode>>> {
    Ok(Json(super::list(&ctx, &by).await?))
}

/// Makes a support code. The answer holds its text, once.
#[utoipa::path(
    post, path = "/api/support-codes", tag = "support", security(("login" = [])), request_body = NewSupportCode,
    responses((status = 201, description = "The code", body = CreatedSupportCode))
)]
async fn create_support_code(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewSupportCode>,
) -> Result<(StatusCode, Json<CreatedSupportCode>)> {
    let created = super::create(&ctx, &by, wanted).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Revokes a support code. Who came with it already stays.
#[utoipa::path(
    delete, path = "/api/support-codes/{id}", tag = "support", security(("login" = [])),
    params(("id" = SupportCodeId, Path, description = "The code")),
    responses((status = 204, description = "It does not work any more"))
)]
async fn revoke_support_code(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SupportCodeId>,
) -> Result<StatusCode> {
    super::revoke(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The people who started a one-time agent and are connected.
#[utoipa::path(
    get, path = "/api/support-queue", tag = "support", security(("login" = [])),
    responses((status = 200, description = "Those who have waited longest first", body = Page<WaitingPerson>))
)]
async fn list_waiting_people(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
) -> Result<Json<Page<WaitingPerson>>> {
    Ok(Json(queue::queue(&ctx, &by).await?))
}

/// Sends a person's one-time agent away and removes its record; past sessions stay.
#[utoipa::path(
    delete, path = "/api/support-queue/{id}", tag = "support", security(("login" = [])),
    params(("id" = SupportCodeId, Path, description = "The support code that the person came with")),
    responses((status = 204, description = "They wait no more"))
)]
async fn finish_waiting_person(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SupportCodeId>,
) -> Result<StatusCode> {
    queue::finish(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a waiting person: of several technicians one gets them, the others hear who.
#[utoipa::path(
    post, path = "/api/support-queue/{id}/take", tag = "support", security(("login" = [])),
    params(("id" = SupportCodeId, Path, description = "The support code that the person came with")),
    responses((status = 200, description = "The person", body = WaitingPerson))
)]
async fn take_waiting_person(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SupportCodeId>,
) -> Result<Json<WaitingPerson>> {
    Ok(Json(queue::take(&ctx, &by, id).await?))
}

/// Gives a person back that one has taken.
#[utoipa::path(
    post, path = "/api/support-queue/{id}/release", tag = "support", security(("login" = [])),
    params(("id" = SupportCodeId, Path, description = "The support code that the person came with")),
    responses((status = 200, description = "The person", body = WaitingPerson))
)]
async fn release_waiting_person(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SupportCodeId>,
) -> Result<Json<WaitingPerson>> {
    Ok(Json(queue::release(&ctx, &by, id).await?))
}

/// What a support code is good for; called by the public page. Wrong, used, revoked and expired ones are not told apart.
#[utoipa::path(
    post, path = "/api/join/look", tag = "support", security(()), request_body = Look,
    responses((status = 200, description = "Who helps, and what to download", body = Joining))
)]
async fn look_at_support_code(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    Json(wanted): Json<Look>,
) -> Result<Json<Joining>> {
    Ok(Json(join::look(&ctx, &info, &wanted.code).await?))
}

/// The one-time agent for a system; its file name carries code and server. Sent by a form of the public page, which is shown
/// again with the problem's code when that fails.
#[utoipa::path(
    post, path = "/api/join/download", tag = "support", security(()),
    request_body(content = Wanted, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The program", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 303, description = "Where a page is wanted: back to it, with the code of what is wrong behind `#problem=`"),
    )
)]
async fn download_one_time_agent(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    headers: HeaderMap,
    Form(wanted): Form<Wanted>,
) -> Result<Response> {
    let platform = (wanted.system.as_str(), wanted.arch.as_str());
    match join::download(&ctx, &info, &wanted.code, platform).await {
        Ok(download) => Ok(attachment(download)),
        Err(error) if wants_page(&headers) => {
            let place = format!("/join#problem={}", error.code().as_str());
            Ok((StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response())
        }
        Err(error) => Err(error),
    }
}

fn attachment(download: join::Download) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_LENGTH, download.agent.size.to_string()),
        // Letters, digits, dots and the like only, by construction.
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", download.name),
        ),
    ];
    (headers, download.body).into_response()
}

/// Whether a person's browser would show the answer.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

/// Uses a support code; called by one-time agents. The answer holds a token for exactly one enrollment.
#[utoipa::path(
    post, path = "/api/join/redeem", tag = "support", security(()), request_body = Redeem,
    responses((status = 200, description = "What to enroll with", body = Redeemed))
)]
async fn redeem_support_code(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    Json(wanted): Json<Redeem>,
) -> Result<Json<Redeemed>> {
    Ok(Json(join::redeem(&ctx, &info, &wanted).await?))
}
