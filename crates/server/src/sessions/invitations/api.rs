//! Handlers of invitations, of what strangers with one may do, and of what guests may do.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{CreatedInvitation, GuestInvitation, GuestOpening, Invitation};
use super::{Accept, Guest, NewInvitation};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, Page, Path, Problem, RequestInfo, SignedIn};
use crate::ids::{InvitationId, SessionId};
use crate::sessions::api::SessionResume;
use crate::sessions::view::{Opening, Session};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_invitations, create_invitation))
        .routes(routes!(revoke_invitation))
        .routes(routes!(look_at_invitation))
        .routes(routes!(accept_invitation))
        .routes(routes!(get_guest_session, end_guest_session))
        .routes(routes!(resume_guest_session))
}

/// Which invitation.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LookAtInvitation)]
struct Look {
    /// Its secret.
    secret: String,
}

/// Invitations to a session, without their secrets.
#[utoipa::path(
    get, path = "/api/sessions/{id}/invitations", tag = "sessions", security(("login" = [])),
    params(("id" = SessionId, Path, description = "The session")),
    responses((status = 200, description = "Newest first", body = Page<Invitation>))
)]
async fn list_invitations(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Json<Page<Invitation>>> {
    Ok(Json(super::list(&ctx, &by, id).await?))
}

/// Invites one more person into a session that runs. The answer holds the invitation's secret, once.
///
/// For the account that opened it. At most 10 invitations to a session are open at once.
#[utoipa::path(
    post, path = "/api/sessions/{id}/invitations", tag = "sessions", security(("login" = [])),
    params(("id" = SessionId, Path, description = "The session")), request_body = NewInvitation,
    responses(
        (status = 201, description = "The invitation", body = CreatedInvitation),
        (status = 410, description = "`session_over`; `end` says how", body = Problem, content_type = "application/problem+json")
    )
)]
async fn create_invitation(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<SessionId>,
    Json(wanted): Json<NewInvitation>,
) -> Result<(StatusCode, Json<CreatedInvitation>)> {
    let created = super::create(&ctx, &by, id, wanted).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Revokes an invitation. Who came with it is sent away.
#[utoipa::path(
    delete, path = "/api/sessions/{id}/invitations/{invitation}", tag = "sessions", security(("login" = [])),
    params(
        ("id" = SessionId, Path, description = "The session"),
        ("invitation" = InvitationId, Path, description = "The invitation")
    ),
    responses((status = 204, description = "It does not work any more"))
)]
async fn revoke_invitation(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(which): Path<(SessionId, InvitationId)>,
) -> Result<StatusCode> {
    super::revoke(&ctx, &by, which).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an invitation is good for; called by the public page. Wrong, used, revoked and expired ones are not told apart.
#[utoipa::path(
    post, path = "/api/guest/look", tag = "guests", security(()), request_body = Look,
    responses(
        (status = 200, description = "Who invites whereto", body = GuestInvitation),
        (status = 404, description = "`invitation_not_valid`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn look_at_invitation(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    Json(wanted): Json<Look>,
) -> Result<Json<GuestInvitation>> {
    Ok(Json(super::look(&ctx, &info, &wanted.secret).await?))
}

/// Uses an invitation, which works once: a session of the guest's own. The answer holds the guest's key, once.
#[utoipa::path(
    post, path = "/api/guest/sessions", tag = "guests", security(()), request_body = Accept,
    responses(
        (status = 201, description = "Asked for; the viewer may connect", body = GuestOpening),
        (status = 404, description = "`invitation_not_valid`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn accept_invitation(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    Json(wanted): Json<Accept>,
) -> Result<(StatusCode, Json<GuestOpening>)> {
    let opening = super::accept(&ctx, &info, &wanted).await?;
    Ok((StatusCode::CREATED, Json(opening)))
}

/// The guest's session, also when it is over.
#[utoipa::path(
    get, path = "/api/guest/session", tag = "guests", security(("guest" = [])),
    responses(
        (status = 200, description = "The session, without what happened in it", body = Session),
        (status = 401, description = "`guest_key_invalid`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn get_guest_session(State(ctx): State<Ctx>, guest: Guest) -> Json<Session> {
    Json(super::session(&ctx, guest))
}

/// Makes a way back into a guest's session that lost its pipe, or whose page was loaded anew.
///
/// Waits some seconds for the machine's link. A pipe that the session still has is cut.
#[utoipa::path(
    post, path = "/api/guest/session/resume", tag = "guests", security(("guest" = [])), request_body = SessionResume,
    responses(
        (status = 200, description = "The viewer may connect", body = Opening),
        (status = 401, description = "`guest_key_invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`machine_offline`, or `conflict` when it does not run yet", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "`session_over`; `end` says how", body = Problem, content_type = "application/problem+json")
    )
)]
async fn resume_guest_session(
    State(ctx): State<Ctx>,
    guest: Guest,
    Json(request): Json<SessionResume>,
) -> Result<Json<Opening>> {
    Ok(Json(super::take_up(&ctx, guest, &request.viewer_key).await?))
}

/// Ends the guest's session; that of who invited them goes on.
#[utoipa::path(
    delete, path = "/api/guest/session", tag = "guests", security(("guest" = [])),
    responses(
        (status = 204, description = "It is over"),
        (status = 401, description = "`guest_key_invalid`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn end_guest_session(State(ctx): State<Ctx>, guest: Guest) -> StatusCode {
    super::leave(&ctx, guest).await;
    StatusCode::NO_CONTENT
}
