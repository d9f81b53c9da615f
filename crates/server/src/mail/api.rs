//! Handlers of e-mail.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Mail, MailFilter, MailTest, NewMailSettings, NewMailTest, ServerMail};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{IfMatch, Json, Page, PageQuery, Path, Problem, Query, SignedIn};
use crate::ids::MailId;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(get_mail_status))
        .routes(routes!(get_server_mail, change_server_mail, remove_server_mail))
        .routes(routes!(test_server_mail))
        .routes(routes!(list_outbox))
        .routes(routes!(cancel_mail))
        .routes(routes!(retry_mail))
}

/// Whether the server sends e-mail.
#[derive(Serialize, ToSchema)]
struct MailStatus {
    /// A mail server has been set up, so letters to people can be sent.
    set_up: bool,
}

/// Whether the server sends e-mail, for whoever wants to send an invitation with it.
#[utoipa::path(
    get, path = "/api/mail", tag = "mail", security(("login" = [])),
    responses((status = 200, description = "Whether it does", body = MailStatus))
)]
async fn get_mail_status(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<MailStatus>> {
    let set_up = super::may_send(&ctx, &by).await?;
    Ok(Json(MailStatus { set_up }))
}

/// How the server sends e-mail. The password is not in it.
#[utoipa::path(
    get, path = "/api/server-mail", tag = "mail", security(("login" = [])),
    responses(
        (status = 200, description = "The settings, if there are some", body = ServerMail),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_server_mail(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<ServerMail>> {
    Ok(Json(super::view(&ctx, &by).await?))
}

/// Set the mail server. The password is kept when it is left out and user, server and protection stay the same.
#[utoipa::path(
    put, path = "/api/server-mail", tag = "mail", security(("login" = [])),
    params(("If-Match" = String, Header, description = "The version that was seen")),
    request_body = NewMailSettings,
    responses(
        (status = 200, description = "The settings as they are now", body = ServerMail),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`version_mismatch`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "`version_required`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn change_server_mail(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    seen: IfMatch,
    Json(wanted): Json<NewMailSettings>,
) -> Result<Json<ServerMail>> {
    Ok(Json(super::change(&ctx, &by, wanted, &seen).await?))
}

/// Give the mail server up. What waits is kept for a day, in case there is another one soon.
#[utoipa::path(
    delete, path = "/api/server-mail", tag = "mail", security(("login" = [])),
    params(("If-Match" = String, Header, description = "The version that was seen")),
    responses(
        (status = 204, description = "No e-mail is sent any more"),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`version_mismatch`", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "`version_required`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn remove_server_mail(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    seen: IfMatch,
) -> Result<StatusCode> {
    super::remove(&ctx, &by, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send a test mail to oneself, now, with the settings that are kept or with others. The answer says at which step it failed.
#[utoipa::path(
    post, path = "/api/server-mail/test", tag = "mail", security(("login" = [])), request_body = NewMailTest,
    responses(
        (status = 200, description = "How it went", body = MailTest),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`mail_not_set_up`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn test_server_mail(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewMailTest>,
) -> Result<Json<MailTest>> {
    Ok(Json(super::test(&ctx, &by, wanted).await?))
}

/// The outbox: e-mail that waits, and what became of it in the last month. Never what it says.
#[utoipa::path(
    get, path = "/api/server-mail/outbox", tag = "mail", security(("login" = [])), params(PageQuery, MailFilter),
    responses(
        (status = 200, description = "Newest first", body = Page<Mail>),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_outbox(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(page): Query<PageQuery>,
    Query(filter): Query<MailFilter>,
) -> Result<Json<Page<Mail>>> {
    Ok(Json(super::list(&ctx, &by, &page, filter).await?))
}

/// Take a mail back that is not sent yet.
#[utoipa::path(
    delete, path = "/api/server-mail/outbox/{id}", tag = "mail", security(("login" = [])),
    params(("id" = MailId, Path, description = "The mail")),
    responses(
        (status = 204, description = "It is not sent"),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: it is being sent, or over", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn cancel_mail(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MailId>,
) -> Result<StatusCode> {
    super::cancel(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try a mail at once, also one that failed in the last days.
#[utoipa::path(
    post, path = "/api/server-mail/outbox/{id}/retry", tag = "mail", security(("login" = [])),
    params(("id" = MailId, Path, description = "The mail")),
    responses(
        (status = 200, description = "The mail as it is now", body = Mail),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: it is over", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn retry_mail(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MailId>,
) -> Result<Json<Mail>> {
    Ok(Json(super::retry(&ctx, &by, id).await?))
}
