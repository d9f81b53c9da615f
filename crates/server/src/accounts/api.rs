//! Handlers of accounts and logins.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Me, PasswordStrength, ProfileChange, Request, SetUp, Started};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, Problem, RequestInfo, SignedIn, clear_cookie, set_cookie};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(set_up))
        .routes(routes!(estimate_password))
        .routes(routes!(sign_in))
        .routes(routes!(sign_in_by_link))
        .routes(routes!(sign_out))
        .routes(routes!(get_me, change_me))
}

/// The first account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Setup {
    /// The token of the set-up link.
    token: String,
    /// The person's name.
    #[schema(max_length = 80)]
    name: String,
    /// Their e-mail address, with which they sign in.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// Their password.
    #[schema(format = Password, min_length = 8, max_length = 256)]
    password: String,
    /// Name of their organization.
    #[schema(max_length = 80)]
    organization: String,
    /// Language of the console, `en` or `pt-BR`.
    locale: String,
}

/// A password to be judged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordQuestion {
    /// The password.
    #[schema(format = Password)]
    password: String,
    /// Its owner's name: a password made of it is weak.
    name: Option<String>,
    /// Its owner's e-mail: a password made of it is weak.
    email: Option<String>,
}

/// E-mail and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLogin {
    /// The account's e-mail; case does not matter.
    email: String,
    /// Its password.
    #[schema(format = Password)]
    password: String,
}

/// A one-time link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkLogin {
    /// What stands behind `#link=` in the link.
    token: String,
}

/// What to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateMe {
    /// The person's name.
    #[schema(max_length = 80)]
    name: Option<String>,
    /// Language of the console, `en` or `pt-BR`.
    locale: Option<String>,
}

/// An answer that gives the browser its login.
type SignedInAnswer = (StatusCode, [(HeaderName, HeaderValue); 1], Json<Me>);

/// Make the first account. Works once, with the link that the server printed; after that the address does not exist.
#[utoipa::path(
    post,
    path = "/api/setup",
    tag = "accounts",
    request_body = Setup,
    responses(
        (status = 201, description = "Made and signed in; sets the login cookie", body = Me),
        (status = 403, description = "`link_invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: an account exists", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn set_up(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    headers: HeaderMap,
    Json(body): Json<Setup>,
) -> Result<SignedInAnswer> {
    let wanted = SetUp {
        token: body.token,
        name: body.name,
        email: body.email,
        password: body.password,
        organization: body.organization,
        locale: body.locale,
    };
    let started = super::set_up(&ctx, &request(info, &headers), wanted).await?;
    signed_in(&ctx, started).await
}

/// Judge a password. Nothing is kept.
#[utoipa::path(
    post,
    path = "/api/password-strength",
    tag = "accounts",
    request_body = PasswordQuestion,
    responses((status = 200, description = "How strong it is", body = PasswordStrength))
)]
async fn estimate_password(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    Json(body): Json<PasswordQuestion>,
) -> Result<Json<PasswordStrength>> {
    ctx.accounts.guard.estimate(info.address, ctx.clock.now())?;
    let own = [
        body.name.as_deref().unwrap_or_default(),
        body.email.as_deref().unwrap_or_default(),
    ];
    Ok(Json(super::strength(&body.password, &own)))
}

/// Sign in with e-mail and password.
#[utoipa::path(
    post,
    path = "/api/logins",
    tag = "accounts",
    request_body = NewLogin,
    responses(
        (status = 201, description = "Signed in; sets the login cookie", body = Me),
        (status = 401, description = "`invalid_credentials`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn sign_in(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    headers: HeaderMap,
    Json(body): Json<NewLogin>,
) -> Result<SignedInAnswer> {
    let started = super::sign_in(&ctx, &request(info, &headers), &body.email, &body.password).await?;
    signed_in(&ctx, started).await
}

/// Sign in with a one-time link.
#[utoipa::path(
    post,
    path = "/api/logins/link",
    tag = "accounts",
    request_body = LinkLogin,
    responses(
        (status = 201, description = "Signed in; sets the login cookie", body = Me),
        (status = 403, description = "`link_invalid`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn sign_in_by_link(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    headers: HeaderMap,
    Json(body): Json<LinkLogin>,
) -> Result<SignedInAnswer> {
    let started = super::sign_in_by_link(&ctx, &request(info, &headers), &body.token).await?;
    signed_in(&ctx, started).await
}

/// Sign out. Sessions and streams of this login end with it.
#[utoipa::path(
    delete,
    path = "/api/logins/current",
    tag = "accounts",
    security(("login" = [])),
    responses((status = 204, description = "Signed out"))
)]
async fn sign_out(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1])> {
    super::sign_out(&ctx, &by).await?;
    Ok((StatusCode::NO_CONTENT, clear_cookie()))
}

/// The signed-in account.
#[utoipa::path(
    get,
    path = "/api/me",
    tag = "accounts",
    security(("login" = [])),
    responses((status = 200, description = "The account and where it belongs", body = Me))
)]
async fn get_me(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<Me>> {
    Ok(Json(super::me(&ctx, &by).await?))
}

/// Change one's name or language.
#[utoipa::path(
    patch,
    path = "/api/me",
    tag = "accounts",
    security(("login" = [])),
    request_body = UpdateMe,
    responses(
        (status = 200, description = "The account as it is now", body = Me),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn change_me(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(body): Json<UpdateMe>,
) -> Result<Json<Me>> {
    let change = ProfileChange {
        name: body.name,
        locale: body.locale,
    };
    Ok(Json(super::change_profile(&ctx, &by, change).await?))
}

fn request(info: RequestInfo, headers: &HeaderMap) -> Request<'_> {
    let user_agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    Request { info, user_agent }
}

async fn signed_in(ctx: &Ctx, started: Started) -> Result<SignedInAnswer> {
    let me = super::me(ctx, &started.caller).await?;
    Ok((StatusCode::CREATED, set_cookie(&started.secret)?, Json(me)))
}
