//! Handlers of teams.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{NewTeam, Team, TeamChange, TeamDetail};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{IfMatch, Json, Page, PageQuery, Path, Query, SignedIn};
use crate::ids::AccountId;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_teams, create_team))
        .routes(routes!(get_team, change_team, delete_team))
        .routes(routes!(add_team_member, remove_team_member))
}

/// The teams that the account sees, with their roles.
#[utoipa::path(
    get, path = "/api/teams", tag = "teams", security(("login" = [])), params(PageQuery),
    responses((status = 200, description = "Oldest first", body = Page<Team>))
)]
async fn list_teams(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Team>>> {
    Ok(Json(super::list(&ctx, &by, &page).await?))
}

/// Makes a team, of an organization or of the whole server, without people and roles. It is given roles like an account, by its
/// identifier: `POST /api/role-assignments`.
#[utoipa::path(
    post, path = "/api/teams", tag = "teams", security(("login" = [])), request_body = NewTeam,
    responses((status = 201, description = "The team", body = Team))
)]
async fn create_team(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewTeam>,
) -> Result<(StatusCode, Json<Team>)> {
    Ok((StatusCode::CREATED, Json(super::create(&ctx, &by, wanted).await?)))
}

/// One team, with its people.
#[utoipa::path(
    get, path = "/api/teams/{id}", tag = "teams", security(("login" = [])),
    params(("id" = AccountId, Path, description = "The team")),
    responses((status = 200, description = "The team", body = TeamDetail))
)]
async fn get_team(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountId>,
) -> Result<Json<TeamDetail>> {
    Ok(Json(super::find(&ctx, &by, id).await?))
}

/// Changes a team's name or note.
#[utoipa::path(
    patch, path = "/api/teams/{id}", tag = "teams", security(("login" = [])),
    params(
        ("id" = AccountId, Path, description = "The team"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    request_body = TeamChange,
    responses((status = 200, description = "The team as it is now", body = Team))
)]
async fn change_team(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountId>,
    seen: IfMatch,
    Json(wanted): Json<TeamChange>,
) -> Result<Json<Team>> {
    Ok(Json(super::change(&ctx, &by, id, wanted, &seen).await?))
}

/// Deletes a team. Its people lose what it had; who deletes it has all of that themselves.
#[utoipa::path(
    delete, path = "/api/teams/{id}", tag = "teams", security(("login" = [])),
    params(
        ("id" = AccountId, Path, description = "The team"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    responses((status = 204, description = "It is gone"))
)]
async fn delete_team(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountId>,
    seen: IfMatch,
) -> Result<StatusCode> {
    super::delete(&ctx, &by, id, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a person into a team: they have its roles from now on. Nobody gives what they do not have themselves. Who is in it already stays.
#[utoipa::path(
    put, path = "/api/teams/{id}/members/{account_id}", tag = "teams", security(("login" = [])),
    params(
        ("id" = AccountId, Path, description = "The team"),
        ("account_id" = AccountId, Path, description = "The person's account")
    ),
    responses((status = 200, description = "The team as it is now", body = TeamDetail))
)]
async fn add_team_member(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path((id, account)): Path<(AccountId, AccountId)>,
) -> Result<Json<TeamDetail>> {
    Ok(Json(super::add(&ctx, &by, id, account).await?))
}

/// Takes a person out of a team: they lose its roles, and what they do with them now ends.
#[utoipa::path(
    delete, path = "/api/teams/{id}/members/{account_id}", tag = "teams", security(("login" = [])),
    params(
        ("id" = AccountId, Path, description = "The team"),
        ("account_id" = AccountId, Path, description = "The person's account")
    ),
    responses((status = 204, description = "They are not in it any more"))
)]
async fn remove_team_member(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path((id, account)): Path<(AccountId, AccountId)>,
) -> Result<StatusCode> {
    super::remove(&ctx, &by, id, account).await?;
    Ok(StatusCode::NO_CONTENT)
}
