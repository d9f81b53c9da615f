//! Handlers of accounts and logins.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    Acceptance, AccountInvitation, AccountInvitationLook, CreatedAccountInvitation, Entered, Me,
    NewAccountInvitation, PasswordStrength, PersonView, ProfileChange, Request, SecondFactorAsked, SetUp,
    Started,
};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, Page, Path, Problem, Query, RequestInfo, SignedIn, clear_cookie, set_cookie};
use crate::ids::{AccountId, AccountInvitationId};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(set_up))
        .routes(routes!(estimate_password))
        .routes(routes!(sign_in))
        .routes(routes!(sign_in_by_link))
        .routes(routes!(sign_out))
        .routes(routes!(get_me, change_me))
        .routes(routes!(list_accounts))
        .routes(routes!(get_account, delete_account))
        .routes(routes!(disable_account))
        .routes(routes!(enable_account))
        .routes(routes!(list_account_invitations, create_account_invitation))
        .routes(routes!(revoke_account_invitation))
        .routes(routes!(resend_account_invitation))
        .routes(routes!(look_at_account_invitation))
        .routes(routes!(accept_account_invitation))
        .merge(super::factors::routes())
        .merge(super::sign_in_rules::routes())
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
pub(super) type SignedInAnswer = (StatusCode, [(HeaderName, HeaderValue); 1], Json<Me>);

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
        (status = 202, description = "The password is right; a second factor is asked for", body = SecondFactorAsked),
        (status = 401, description = "`invalid_credentials`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`account_disabled`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn sign_in(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    headers: HeaderMap,
    Json(body): Json<NewLogin>,
) -> Result<Response> {
    let came = super::sign_in(&ctx, &request(info, &headers), &body.email, &body.password).await?;
    entered(&ctx, came).await
}

/// Sign in with a one-time link.
#[utoipa::path(
    post,
    path = "/api/logins/link",
    tag = "accounts",
    request_body = LinkLogin,
    responses(
        (status = 201, description = "Signed in; sets the login cookie", body = Me),
        (status = 403, description = "`link_invalid`, `account_disabled`", body = Problem, content_type = "application/problem+json"),
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

/// The people whom the account may see, with their roles.
#[utoipa::path(
    get, path = "/api/accounts", tag = "accounts", security(("login" = [])),
    responses(
        (status = 200, description = "All of them, by name", body = Page<PersonView>),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_accounts(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<Page<PersonView>>> {
    Ok(Json(Page::whole(super::list(&ctx, &by).await?)))
}

/// One of the people.
#[utoipa::path(
    get, path = "/api/accounts/{id}", tag = "accounts", security(("login" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 200, description = "The account", body = PersonView),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_account(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountId>,
) -> Result<Json<PersonView>> {
    Ok(Json(super::person(&ctx, &by, id).await?))
}

/// Disable an account: its logins end at once, and nobody signs in with it until it is enabled.
#[utoipa::path(
    post, path = "/api/accounts/{id}/disable", tag = "accounts", security(("login" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 200, description = "The account as it is now", body = PersonView),
        (status = 403, description = "`forbidden`: one's own, or one that may more", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`last_owner`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn disable_account(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountId>,
) -> Result<Json<PersonView>> {
    Ok(Json(super::disable(&ctx, &by, id).await?))
}

/// Let a disabled account sign in again.
#[utoipa::path(
    post, path = "/api/accounts/{id}/enable", tag = "accounts", security(("login" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 200, description = "The account as it is now", body = PersonView),
        (status = 403, description = "`forbidden`: one's own, or one that may more", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn enable_account(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountId>,
) -> Result<Json<PersonView>> {
    Ok(Json(super::enable(&ctx, &by, id).await?))
}

/// Who takes over.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Heir {
    /// Who answers from now on those who wait for the deleted account with a support code; anybody when left out.
    hand_over_to: Option<AccountId>,
}

/// Delete an account. What it did stays on record by its name.
#[utoipa::path(
    delete, path = "/api/accounts/{id}", tag = "accounts", security(("login" = [])),
    params(("id" = AccountId, Path, description = "The account"), Heir),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, description = "`forbidden`: one's own, or one that may more", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`last_owner`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`: the heir", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_account(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountId>,
    Query(heir): Query<Heir>,
) -> Result<StatusCode> {
    super::delete(&ctx, &by, id, heir.hand_over_to).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Invitations in places where the account manages people, those that ended in the last month included.
#[utoipa::path(
    get, path = "/api/account-invitations", tag = "accounts", security(("login" = [])),
    responses(
        (status = 200, description = "Newest first", body = Page<AccountInvitation>),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_account_invitations(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
) -> Result<Json<Page<AccountInvitation>>> {
    Ok(Json(Page::whole(super::invitations(&ctx, &by).await?)))
}

/// Invite somebody: the answer has the link that is to be sent to them, once. With `send` the server sends it, too.
#[utoipa::path(
    post, path = "/api/account-invitations", tag = "accounts", security(("login" = [])),
    request_body = NewAccountInvitation,
    responses(
        (status = 201, description = "The invitation and its link", body = CreatedAccountInvitation),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: the organization", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: too many are open; `mail_not_set_up`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After; `mail_outbox_full`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_account_invitation(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewAccountInvitation>,
) -> Result<(StatusCode, Json<CreatedAccountInvitation>)> {
    Ok((StatusCode::CREATED, Json(super::invite(&ctx, &by, wanted).await?)))
}

/// Take an invitation back.
#[utoipa::path(
    delete, path = "/api/account-invitations/{id}", tag = "accounts", security(("login" = [])),
    params(("id" = AccountInvitationId, Path, description = "The invitation")),
    responses(
        (status = 204, description = "It is good for nothing now"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn revoke_account_invitation(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountInvitationId>,
) -> Result<StatusCode> {
    super::revoke_invitation(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send an open invitation again by e-mail, with a new link; the one of before works no more.
#[utoipa::path(
    post, path = "/api/account-invitations/{id}/resend", tag = "accounts", security(("login" = [])),
    params(("id" = AccountInvitationId, Path, description = "The invitation")),
    responses(
        (status = 200, description = "The invitation and its new link", body = CreatedAccountInvitation),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: it is over; `mail_not_set_up`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After; `mail_outbox_full`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn resend_account_invitation(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountInvitationId>,
) -> Result<Json<CreatedAccountInvitation>> {
    Ok(Json(super::resend_invitation(&ctx, &by, id).await?))
}

/// The secret of an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountInvitationToken {
    /// What stands behind `#token=` in the link.
    token: String,
}

/// The answer of who was invited.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptAccountInvitation {
    /// What stands behind `#token=` in the link.
    token: String,
    /// The person's name; for a new account.
    #[schema(max_length = 80)]
    name: Option<String>,
    /// A new password, or that of the account that there is.
    #[schema(format = Password, max_length = 256)]
    password: String,
    /// Language of the console, `en` or `pt-BR`; for a new account.
    locale: Option<String>,
}

/// What an invitation says. It stays as it is.
#[utoipa::path(
    post, path = "/api/account-invitations/look", tag = "accounts", request_body = AccountInvitationToken,
    responses(
        (status = 200, description = "Who asks whom for what", body = AccountInvitationLook),
        (status = 403, description = "`link_invalid`, `invitation_ended`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn look_at_account_invitation(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    Json(body): Json<AccountInvitationToken>,
) -> Result<Json<AccountInvitationLook>> {
    Ok(Json(super::look_at_invitation(&ctx, info, &body.token).await?))
}

/// Accept an invitation: makes the account unless there is one, gives it the role, and signs it in. Works once.
#[utoipa::path(
    post, path = "/api/account-invitations/accept", tag = "accounts", request_body = AcceptAccountInvitation,
    responses(
        (status = 201, description = "Signed in; sets the login cookie", body = Me),
        (status = 202, description = "The password is right; a second factor is asked for", body = SecondFactorAsked),
        (status = 401, description = "`invalid_credentials`: of the account that there is", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`link_invalid`, `invitation_ended`, `account_disabled`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: the address has an account since a moment ago", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn accept_account_invitation(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    headers: HeaderMap,
    Json(body): Json<AcceptAccountInvitation>,
) -> Result<Response> {
    let wanted = Acceptance {
        token: body.token,
        name: body.name,
        password: body.password,
        locale: body.locale,
    };
    let came = super::accept_invitation(&ctx, &request(info, &headers), wanted).await?;
    entered(&ctx, came).await
}

pub(super) fn request(info: RequestInfo, headers: &HeaderMap) -> Request<'_> {
    let user_agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    Request { info, user_agent }
}

/// The answer to a password: signed in, or asked for a second factor.
async fn entered(ctx: &Ctx, entered: Entered) -> Result<Response> {
    Ok(match entered {
        Entered::In(started) => signed_in(ctx, started).await?.into_response(),
        Entered::Asked(asked) => (StatusCode::ACCEPTED, Json(asked)).into_response(),
    })
}

pub(super) async fn signed_in(ctx: &Ctx, started: Started) -> Result<SignedInAnswer> {
    let me = super::me(ctx, &started.caller).await?;
    Ok((StatusCode::CREATED, set_cookie(&started.secret)?, Json(me)))
}
