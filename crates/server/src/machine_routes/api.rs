//! Handlers of the routes that helpdesk desktop agents use, of end users' logins, and of what technicians see.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::logins::{self, LoginOffer, LoginWish};
use super::register::{self, RegisterAnswer, RegisterRequest};
use super::reports::{self, Accepted, Heartbeat, InventoryReport};
use super::{BODY_MAX, EndUserSignedIn, FromMachine, HelpdeskView, LOGIN_COOKIE, OwnMachine, view};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{Json, Path, RequestInfo, SignedIn};
use crate::ids::MachineId;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    let large = OpenApiRouter::new()
        .routes(routes!(report_machine_inventory))
        .layer(DefaultBodyLimit::max(BODY_MAX));
    OpenApiRouter::new()
        .routes(routes!(register_machine))
        .routes(routes!(report_machine_heartbeat))
        .merge(large)
        .routes(routes!(offer_machine_login))
        .routes(routes!(redeem_machine_login))
        .routes(routes!(get_own_machine, end_machine_login))
        .routes(routes!(get_machine_helpdesk))
        .routes(routes!(withdraw_machine_tokens))
}

/// Registers a machine; called by helpdesk desktop agents with the provisioning secret. Earlier tokens of the machine are revoked.
#[utoipa::path(
    post, path = "/api/machines/register", tag = "machine routes", security(()), request_body = RegisterRequest,
    responses(
        (status = 201, description = "The machine's token, once", body = RegisterAnswer),
        (status = 202, description = "A person has to agree first; register again with the same code", body = RegisterAnswer)
    )
)]
async fn register_machine(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    headers: HeaderMap,
    Json(request): Json<RegisterRequest>,
) -> Result<(StatusCode, Json<RegisterAnswer>)> {
    let answer = register::register(&ctx, &info, &headers, request).await?;
    let status = match answer {
        RegisterAnswer::Registered(_) => StatusCode::CREATED,
        RegisterAnswer::Waiting(_) => StatusCode::ACCEPTED,
    };
    Ok((status, Json(answer)))
}

/// Takes a heartbeat of a machine and renews its token's life.
#[utoipa::path(
    post, path = "/api/machines/heartbeat", tag = "machine routes", security(("machine" = [])), request_body = Heartbeat,
    responses((status = 200, description = "It is kept", body = Accepted))
)]
async fn report_machine_heartbeat(
    State(ctx): State<Ctx>,
    FromMachine { by, said }: FromMachine<Heartbeat>,
) -> Result<Json<Accepted>> {
    Ok(Json(reports::heartbeat(&ctx, &by, said).await?))
}

/// Takes an inventory of a machine.
#[utoipa::path(
    post, path = "/api/machines/inventory", tag = "machine routes", security(("machine" = [])),
    request_body = InventoryReport,
    responses((status = 200, description = "It is kept", body = Accepted))
)]
async fn report_machine_inventory(
    State(ctx): State<Ctx>,
    FromMachine { by, said }: FromMachine<InventoryReport>,
) -> Result<Json<Accepted>> {
    Ok(Json(reports::inventory(&ctx, &by, said).await?))
}

/// Offers a login to the machine's end user: an address for their browser that works once.
#[utoipa::path(
    post, path = "/api/machines/sessions", tag = "machine routes", security(("machine" = [])), request_body = LoginWish,
    responses((status = 201, description = "A one-time secret", body = LoginOffer))
)]
async fn offer_machine_login(
    State(ctx): State<Ctx>,
    FromMachine { by, .. }: FromMachine<LoginWish>,
) -> Result<(StatusCode, Json<LoginOffer>)> {
    Ok((StatusCode::CREATED, Json(logins::offer(&ctx, &by).await?)))
}

/// A one-time secret.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MachineLoginSecret {
    /// The secret of the link.
    #[schema(format = Password)]
    secret: String,
}

/// Signs a machine's end user in with a one-time secret. They may see their machine and nothing else.
#[utoipa::path(
    post, path = "/api/machine-logins", tag = "machine routes", security(()), request_body = MachineLoginSecret,
    responses((status = 201, description = "Signed in; sets a cookie of its own", body = OwnMachine))
)]
async fn redeem_machine_login(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    headers: HeaderMap,
    Json(said): Json<MachineLoginSecret>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1], Json<OwnMachine>)> {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let from = (info, agent.unwrap_or_default());
    let (machine, secret) = logins::redeem(&ctx, from, &said.secret).await?;
    let cookie = cookie(&format!("{LOGIN_COOKIE}={}", secret.expose()))?;
    Ok((StatusCode::CREATED, cookie, Json(machine)))
}

/// The machine of the end user who asks.
#[utoipa::path(
    get, path = "/api/machine-logins/current", tag = "machine routes", security(("machine_login" = [])),
    responses((status = 200, description = "The machine", body = OwnMachine))
)]
async fn get_own_machine(
    State(ctx): State<Ctx>,
    EndUserSignedIn(by): EndUserSignedIn,
) -> Result<Json<OwnMachine>> {
    Ok(Json(logins::own_machine(&ctx, &by).await?))
}

/// Signs the end user out.
#[utoipa::path(
    delete, path = "/api/machine-logins/current", tag = "machine routes", security(("machine_login" = [])),
    responses((status = 204, description = "Signed out"))
)]
async fn end_machine_login(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    EndUserSignedIn(by): EndUserSignedIn,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1])> {
    logins::sign_out(&ctx, &by, &info).await?;
    Ok((
        StatusCode::NO_CONTENT,
        cookie(&format!("{LOGIN_COOKIE}=; Max-Age=0"))?,
    ))
}

fn cookie(pair: &str) -> Result<[(HeaderName, HeaderValue); 1]> {
    let text = format!("{pair}; Path=/; Secure; HttpOnly; SameSite=Strict");
    let mut value = HeaderValue::from_str(&text).map_err(Error::internal)?;
    value.set_sensitive(true);
    Ok([(SET_COOKIE, value)])
}

/// What a helpdesk's desktop agent told about a machine, and its tokens.
#[utoipa::path(
    get, path = "/api/machines/{id}/helpdesk", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")),
    responses((status = 200, description = "What it told", body = HelpdeskView))
)]
async fn get_machine_helpdesk(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
) -> Result<Json<HelpdeskView>> {
    Ok(Json(view::get(&ctx, &by, id).await?))
}

/// Withdraws the tokens of a machine's helpdesk agent. It may register again.
#[utoipa::path(
    delete, path = "/api/machines/{id}/helpdesk/tokens", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")),
    responses((status = 204, description = "None of them works any more"))
)]
async fn withdraw_machine_tokens(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
) -> Result<StatusCode> {
    view::withdraw(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
