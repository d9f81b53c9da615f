//! Handlers of sessions.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::rights::RightSet;
use super::view::{Opening, Session, StateFilter};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, Page, PageQuery, Path, Query, SignedIn};
use crate::ids::{MachineId, SessionId};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(open_session))
        .routes(routes!(list_sessions))
        .routes(routes!(get_session, end_session))
}

/// What is asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SessionRequest {
    /// At least `view`.
    rights: RightSet,
    /// The key that the viewer made for this session (X25519, public half), base64url of 32 bytes.
    viewer_key: String,
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
    let opening = super::open(&ctx, &by, id, (request.rights.0, &request.viewer_key)).await?;
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

/// One session.
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
