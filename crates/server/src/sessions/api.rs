//! Handlers of sessions.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::rights::RightSet;
use super::view::{Opening, Session, SessionAsked, SessionsRemoved, StateFilter};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, Page, PageQuery, Path, Problem, Query, SignedIn};
use crate::ids::{MachineId, SessionId};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(open_session))
        .routes(routes!(list_sessions))
        .routes(routes!(get_session, end_session))
        .routes(routes!(resume_session))
        .routes(routes!(ask_session_rights))
        .routes(routes!(remove_sessions))
        .merge(super::invitations::routes())
}

/// What is asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SessionRequest {
    /// At least `view`.
    rights: RightSet,
    /// The key that the viewer made for this session (X25519, public half), base64url of 32 bytes.
    viewer_key: String,
    /// Why, for those who read what was done; some roles ask for it.
    #[schema(max_length = 300)]
    #[serde(default)]
    reason: Option<String>,
}

/// Who comes back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionResume {
    /// The key that the viewer made for this session (X25519, public half), base64url of 32 bytes; a page that was loaded anew
    /// makes another.
    pub(super) viewer_key: String,
}

/// Which rights.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SessionRightsRequest {
    /// All that the session shall have; at least `view`.
    rights: RightSet,
}

/// Which records.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SessionRemoval {
    /// At most 200 sessions that are over; those that are gone already are passed over.
    ids: Vec<SessionId>,
}

/// Which sessions.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SessionQuery {
    /// Only of this machine.
    machine_id: Option<MachineId>,
    /// Only `live` or `ended` ones.
    #[param(inline)]
    state: Option<StateFilter>,
}

/// Opens a session on a machine.
#[utoipa::path(
    post, path = "/api/machines/{id}/sessions", tag = "sessions", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")), request_body = SessionRequest,
    responses((status = 201, description = "Asked for; the viewer may connect", body = Opening))
)]
async fn open_session(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
    Json(request): Json<SessionRequest>,
) -> Result<(StatusCode, Json<Opening>)> {
    let opening = super::open(
        &ctx,
        &by,
        id,
        (request.rights.0, &request.viewer_key),
        request.reason.as_deref(),
    )
    .await?;
    Ok((StatusCode::CREATED, Json(opening)))
}

/// Sessions, live and past.
#[utoipa::path(
    get, path = "/api/sessions", tag = "sessions", security(("login" = [])), params(PageQuery, SessionQuery),
    responses((status = 200, description = "Newest first", body = Page<Session>))
)]
async fn list_sessions(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(page): Query<PageQuery>,
    Query(wanted): Query<SessionQuery>,
) -> Result<Json<Page<Session>>> {
    Ok(Json(
        super::list(&ctx, &by, &page, (wanted.machine_id, wanted.state)).await?,
    ))
}

/// One session, with what happened in it.
#[utoipa::path(
    get, path = "/api/sessions/{id}", tag = "sessions", security(("login" = [])),
    params(("id" = SessionId, Path, description = "The session")),
    responses((status = 200, description = "The session", body = Session))
)]
async fn get_session(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Json<Session>> {
    Ok(Json(super::get(&ctx, &by, id).await?))
}

/// Ends a session.
#[utoipa::path(
    delete, path = "/api/sessions/{id}", tag = "sessions", security(("login" = [])),
    params(("id" = SessionId, Path, description = "The session")),
    responses((status = 204, description = "It is over"))
)]
async fn end_session(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<StatusCode> {
    super::end(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a way back into a session that lost its pipe, or whose page was loaded anew.
///
/// For the account that opened it. Waits some seconds for the machine's link. A pipe that the session still has is cut.
#[utoipa::path(
    post, path = "/api/sessions/{id}/resume", tag = "sessions", security(("login" = [])),
    params(("id" = SessionId, Path, description = "The session")), request_body = SessionResume,
    responses(
        (status = 200, description = "The viewer may connect", body = Opening),
        (status = 409, description = "`machine_offline`, or `conflict` when it does not run yet", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "`session_over`; `end` says how", body = Problem, content_type = "application/problem+json")
    )
)]
async fn resume_session(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SessionId>,
    Json(request): Json<SessionResume>,
) -> Result<Json<Opening>> {
    Ok(Json(super::resume(&ctx, &by, id, &request.viewer_key).await?))
}

/// Asks for other rights in a session that runs.
///
/// For the account that opened it. What comes of it is told by events of the session, and in its pipe.
#[utoipa::path(
    post, path = "/api/sessions/{id}/rights", tag = "sessions", security(("login" = [])),
    params(("id" = SessionId, Path, description = "The session")), request_body = SessionRightsRequest,
    responses((status = 202, description = "Asked for; `rights_asked` waits for an answer", body = SessionAsked))
)]
async fn ask_session_rights(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SessionId>,
    Json(request): Json<SessionRightsRequest>,
) -> Result<(StatusCode, Json<SessionAsked>)> {
    let session = super::ask_rights(&ctx, &by, id, request.rights.0).await?;
    Ok((StatusCode::ACCEPTED, Json(SessionAsked { session })))
}

/// Removes the records of sessions that are over, all or none; audit entries stay.
#[utoipa::path(
    post, path = "/api/sessions/remove", tag = "sessions", security(("login" = [])), request_body = SessionRemoval,
    responses(
        (status = 200, description = "They are gone", body = SessionsRemoved),
        (status = 409, description = "`conflict`: one of them is not over; nothing was removed", body = Problem, content_type = "application/problem+json")
    )
)]
async fn remove_sessions(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(request): Json<SessionRemoval>,
) -> Result<Json<SessionsRemoved>> {
    Ok(Json(super::remove(&ctx, &by, &request.ids).await?))
}
