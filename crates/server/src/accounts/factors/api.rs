//! Handlers of second factors, of proving again, and of what protects one's own account.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::api::{SignedInAnswer, request, signed_in};
use super::super::{LoginView, Me, my_logins};
use super::{Factors, NewFactor, NewTotp, PasskeyStart, PasskeyView, Proof, ProofAsked};
use crate::audit::LoginAttempt;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, Page, Path, Problem, RequestInfo, SignedIn};
use crate::ids::{AccountId, LoginId, PasskeyId};

/// Routes of this part.
pub(in super::super) fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(second_factor))
        .routes(routes!(begin_passkey_sign_in))
        .routes(routes!(passkey_sign_in))
        .routes(routes!(list_logins, end_other_logins))
        .routes(routes!(end_login))
        .routes(routes!(list_sign_ins))
        .routes(routes!(start_proof))
        .routes(routes!(prove))
        .routes(routes!(get_factors))
        .routes(routes!(start_totp, remove_totp))
        .routes(routes!(confirm_totp))
        .routes(routes!(make_recovery_codes))
        .routes(routes!(start_passkey))
        .routes(routes!(add_passkey))
        .routes(routes!(rename_passkey, remove_passkey))
        .routes(routes!(change_password))
        .routes(routes!(reset_factors))
}

/// The second half of a sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SecondFactor {
    /// What came with the question.
    token: String,
    /// One of the account's second factors.
    proof: Proof,
}

/// A sign-in by passkey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyLogin {
    /// What came with the question.
    token: String,
    /// `PublicKeyCredential.toJSON()` of what the browser answered.
    #[schema(value_type = Object)]
    credential: Value,
}

/// A proof by a login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginProof {
    /// What came with the question; for passkeys.
    token: Option<String>,
    /// One of the kinds that the question named.
    proof: Proof,
}

/// A code that an authenticator app shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TotpCode {
    /// Six digits.
    code: String,
}

/// A passkey that the browser made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPasskey {
    /// What came with the question.
    token: String,
    /// What its owner calls it.
    #[schema(max_length = 80)]
    name: String,
    /// `PublicKeyCredential.toJSON()` of what the browser answered.
    #[schema(value_type = Object)]
    credential: Value,
}

/// Another name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyName {
    /// What its owner calls it.
    #[schema(max_length = 80)]
    name: String,
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The password.
    #[schema(format = Password, min_length = 8, max_length = 256)]
    password: String,
}

/// A passkey just added.
#[derive(Serialize, ToSchema)]
struct AddedPasskey {
    /// The passkey.
    passkey: PasskeyView,
    /// What comes with it.
    #[serde(flatten)]
    new: NewFactor,
}

/// How many logins were ended.
#[derive(Serialize, ToSchema)]
struct EndedLogins {
    /// Logins.
    ended: usize,
}

/// Finish a sign-in with a second factor. After five wrong ones it begins again with the password.
#[utoipa::path(
    post, path = "/api/logins/second-factor", tag = "accounts", request_body = SecondFactor,
    responses(
        (status = 201, description = "Signed in; sets the login cookie", body = Me),
        (status = 401, description = "`second_factor_wrong`, `recovery_code_used`, `passkey_unknown`, `passkey_invalid`, `passkey_cloned`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`sign_in_over`, `account_disabled`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn second_factor(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    headers: HeaderMap,
    Json(body): Json<SecondFactor>,
) -> Result<SignedInAnswer> {
    let from = request(info, &headers);
    let started = super::sign_in_by_second_factor(&ctx, &from, &body.token, body.proof).await?;
    signed_in(&ctx, started).await
}

/// Begin a sign-in by passkey: what the browser is to ask any passkey of this server.
#[utoipa::path(
    post, path = "/api/logins/passkey/start", tag = "accounts",
    responses(
        (status = 200, description = "What to ask", body = PasskeyStart),
        (status = 409, description = "`passkeys_unavailable`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn begin_passkey_sign_in(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    headers: HeaderMap,
) -> Result<Json<PasskeyStart>> {
    Ok(Json(super::begin_passkey_sign_in(
        &ctx,
        &request(info, &headers),
    )?))
}

/// Sign in with a passkey alone.
#[utoipa::path(
    post, path = "/api/logins/passkey", tag = "accounts", request_body = PasskeyLogin,
    responses(
        (status = 201, description = "Signed in; sets the login cookie", body = Me),
        (status = 401, description = "`passkey_unknown`, `passkey_invalid`, `passkey_cloned`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`sign_in_over`, `account_disabled`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn passkey_sign_in(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    headers: HeaderMap,
    Json(body): Json<PasskeyLogin>,
) -> Result<SignedInAnswer> {
    let from = request(info, &headers);
    let started = super::sign_in_by_passkey(&ctx, &from, &body.token, body.credential).await?;
    signed_in(&ctx, started).await
}

/// Where one's own account is signed in.
#[utoipa::path(
    get, path = "/api/logins", tag = "accounts", security(("login" = [])),
    responses((status = 200, description = "All of them, the one used last first", body = Page<LoginView>))
)]
async fn list_logins(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<Page<LoginView>>> {
    Ok(Json(Page::whole(my_logins::logins(&ctx, &by).await?)))
}

/// End all logins of one's own account but the one that asks. What they have open is cut.
#[utoipa::path(
    delete, path = "/api/logins", tag = "accounts", security(("login" = [])),
    responses((status = 200, description = "They ended", body = EndedLogins))
)]
async fn end_other_logins(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<EndedLogins>> {
    let ended = my_logins::end_other_logins(&ctx, &by).await?;
    Ok(Json(EndedLogins { ended }))
}

/// End one login of one's own account. What it has open is cut.
#[utoipa::path(
    delete, path = "/api/logins/{id}", tag = "accounts", security(("login" = [])),
    params(("id" = LoginId, Path, description = "The login")),
    responses(
        (status = 204, description = "It ended"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn end_login(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<LoginId>,
) -> Result<StatusCode> {
    my_logins::end_login(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who signed in to one's own account or tried to.
#[utoipa::path(
    get, path = "/api/me/sign-ins", tag = "accounts", security(("login" = [])),
    responses((status = 200, description = "The newest first", body = Page<LoginAttempt>))
)]
async fn list_sign_ins(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<Page<LoginAttempt>>> {
    Ok(Json(Page::whole(my_logins::sign_ins(&ctx, &by).await?)))
}

/// With what the login may prove again who it is.
#[utoipa::path(
    post, path = "/api/logins/current/proof/start", tag = "accounts", security(("login" = [])),
    responses((status = 200, description = "What can be shown", body = ProofAsked))
)]
async fn start_proof(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<ProofAsked>> {
    Ok(Json(super::start_proof(&ctx, &by).await?))
}

/// Prove again who the login is: what asks for that works for ten minutes then.
#[utoipa::path(
    post, path = "/api/logins/current/proof", tag = "accounts", security(("login" = [])), request_body = LoginProof,
    responses(
        (status = 204, description = "Proved"),
        (status = 401, description = "`invalid_credentials`, `second_factor_wrong`, `recovery_code_used`, `passkey_unknown`, `passkey_invalid`, `passkey_cloned`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`sign_in_over`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn prove(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(body): Json<LoginProof>,
) -> Result<StatusCode> {
    super::prove(&ctx, &by, body.token.as_deref(), body.proof).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How one's own account is protected beside its password.
#[utoipa::path(
    get, path = "/api/me/factors", tag = "accounts", security(("login" = [])),
    responses((status = 200, description = "Its second factors", body = Factors))
)]
async fn get_factors(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<Factors>> {
    Ok(Json(super::factors(&ctx, &by).await?))
}

/// Begin to add an authenticator app. It counts when it was confirmed.
#[utoipa::path(
    post, path = "/api/me/totp", tag = "accounts", security(("login" = [])),
    responses(
        (status = 201, description = "What the app needs, once", body = NewTotp),
        (status = 403, description = "`step_up_required`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: there is one", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn start_totp(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<(StatusCode, Json<NewTotp>)> {
    Ok((StatusCode::CREATED, Json(super::start_totp(&ctx, &by).await?)))
}

/// Finish adding an authenticator app with a code that it shows.
#[utoipa::path(
    post, path = "/api/me/totp/confirm", tag = "accounts", security(("login" = [])), request_body = TotpCode,
    responses(
        (status = 200, description = "It counts; recovery codes come with the first factor", body = NewFactor),
        (status = 403, description = "`step_up_required`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: none was begun", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`: another code", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn confirm_totp(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(body): Json<TotpCode>,
) -> Result<Json<NewFactor>> {
    Ok(Json(super::confirm_totp(&ctx, &by, &body.code).await?))
}

/// Take the authenticator app away.
#[utoipa::path(
    delete, path = "/api/me/totp", tag = "accounts", security(("login" = [])),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, description = "`step_up_required`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn remove_totp(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<StatusCode> {
    super::remove_totp(&ctx, &by).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make new recovery codes; the older ones count for nothing.
#[utoipa::path(
    post, path = "/api/me/recovery-codes", tag = "accounts", security(("login" = [])),
    responses(
        (status = 201, description = "The codes, once", body = NewFactor),
        (status = 403, description = "`step_up_required`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: there is no second factor", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn make_recovery_codes(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
) -> Result<(StatusCode, Json<NewFactor>)> {
    let made = super::make_recovery_codes(&ctx, &by).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Begin to add a passkey: what the browser is to ask of a device.
#[utoipa::path(
    post, path = "/api/me/passkeys/start", tag = "accounts", security(("login" = [])),
    responses(
        (status = 200, description = "What to ask", body = PasskeyStart),
        (status = 403, description = "`step_up_required`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`passkeys_unavailable`; `conflict`: too many", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn start_passkey(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<PasskeyStart>> {
    Ok(Json(super::start_passkey(&ctx, &by).await?))
}

/// Add the passkey that the browser made.
#[utoipa::path(
    post, path = "/api/me/passkeys", tag = "accounts", security(("login" = [])), request_body = NewPasskey,
    responses(
        (status = 201, description = "Added; recovery codes come with the first factor", body = AddedPasskey),
        (status = 401, description = "`passkey_invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`step_up_required`, `sign_in_over`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: known already, or too many", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn add_passkey(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(body): Json<NewPasskey>,
) -> Result<(StatusCode, Json<AddedPasskey>)> {
    let added = super::add_passkey(&ctx, &by, &body.token, &body.name, body.credential).await?;
    let (passkey, new) = added;
    Ok((StatusCode::CREATED, Json(AddedPasskey { passkey, new })))
}

/// Give a passkey another name.
#[utoipa::path(
    patch, path = "/api/me/passkeys/{id}", tag = "accounts", security(("login" = [])), request_body = PasskeyName,
    params(("id" = PasskeyId, Path, description = "The passkey")),
    responses(
        (status = 204, description = "Renamed"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn rename_passkey(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<PasskeyId>,
    Json(body): Json<PasskeyName>,
) -> Result<StatusCode> {
    super::rename_passkey(&ctx, &by, id, &body.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a passkey away.
#[utoipa::path(
    delete, path = "/api/me/passkeys/{id}", tag = "accounts", security(("login" = [])),
    params(("id" = PasskeyId, Path, description = "The passkey")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, description = "`step_up_required`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn remove_passkey(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<PasskeyId>,
) -> Result<StatusCode> {
    super::remove_passkey(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set another password for one's own account; its other logins end.
#[utoipa::path(
    post, path = "/api/me/password", tag = "accounts", security(("login" = [])), request_body = NewPassword,
    responses(
        (status = 204, description = "Changed"),
        (status = 403, description = "`step_up_required`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn change_password(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(body): Json<NewPassword>,
) -> Result<StatusCode> {
    super::super::change_password(&ctx, &by, &body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take all second factors from somebody's account: they lost them. Their logins end.
#[utoipa::path(
    delete, path = "/api/accounts/{id}/factors", tag = "accounts", security(("login" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 204, description = "It has none now"),
        (status = 403, description = "`forbidden`: one's own, or one that may more", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn reset_factors(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountId>,
) -> Result<StatusCode> {
    super::reset(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
