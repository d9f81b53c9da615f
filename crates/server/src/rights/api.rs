//! Handlers of roles, of who has them, and of why somebody may do something.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Assignment, EffectivePermissions, NewAssignment, NewRole, Question, RoleChange, RoleView};
use crate::ctx::Ctx;
use crate::error::{FieldError, Result};
use crate::http::{IfMatch, Json, Page, Path, Query, SignedIn};
use crate::ids::{AccountId, AssignmentId, MachineId, OrganizationId, RoleId};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_roles, create_role))
        .routes(routes!(change_role, delete_role))
        .routes(routes!(list_role_assignments, create_role_assignment))
        .routes(routes!(delete_role_assignment))
        .routes(routes!(get_effective_permissions))
}

/// The roles of this server, and what each allows.
#[utoipa::path(
    get, path = "/api/roles", tag = "rights", security(("login" = [])),
    responses((status = 200, description = "Built-in ones first, the least first; then others by name", body = Page<RoleView>))
)]
async fn list_roles(State(ctx): State<Ctx>, SignedIn(_by): SignedIn) -> Result<Json<Page<RoleView>>> {
    Ok(Json(Page::whole(super::list_roles(&ctx).await?)))
}

/// Makes a role.
#[utoipa::path(
    post, path = "/api/roles", tag = "rights", security(("login" = [])), request_body = NewRole,
    responses((status = 201, description = "The role", body = RoleView))
)]
async fn create_role(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewRole>,
) -> Result<(StatusCode, Json<RoleView>)> {
    Ok((
        StatusCode::CREATED,
        Json(super::create_role(&ctx, &by, wanted).await?),
    ))
}

/// Changes a role, and with it what everybody may who has it. Built-in roles cannot be changed.
#[utoipa::path(
    patch, path = "/api/roles/{id}", tag = "rights", security(("login" = [])),
    params(
        ("id" = RoleId, Path, description = "The role"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    request_body = RoleChange,
    responses((status = 200, description = "The role as it is now", body = RoleView))
)]
async fn change_role(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<RoleId>,
    seen: IfMatch,
    Json(wanted): Json<RoleChange>,
) -> Result<Json<RoleView>> {
    Ok(Json(super::change_role(&ctx, &by, id, wanted, &seen).await?))
}

/// Deletes a role that nobody has.
#[utoipa::path(
    delete, path = "/api/roles/{id}", tag = "rights", security(("login" = [])),
    params(
        ("id" = RoleId, Path, description = "The role"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    responses((status = 204, description = "It is gone"))
)]
async fn delete_role(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<RoleId>,
    seen: IfMatch,
) -> Result<StatusCode> {
    super::delete_role(&ctx, &by, id, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose roles.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AssignmentsOf {
    /// Of this account alone, with what its teams have; or of this team.
    account: Option<AccountId>,
}

/// The roles that accounts and teams have, where the caller may see people.
#[utoipa::path(
    get, path = "/api/role-assignments", tag = "rights", security(("login" = [])), params(AssignmentsOf),
    responses((status = 200, description = "All of them, oldest first", body = Page<Assignment>))
)]
async fn list_role_assignments(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(of): Query<AssignmentsOf>,
) -> Result<Json<Page<Assignment>>> {
    let assignments = super::list_assignments(&ctx, &by, of.account).await?;
    Ok(Json(Page::whole(assignments)))
}

/// Gives somebody, or a team, a role. Nobody gives what they do not have themselves.
#[utoipa::path(
    post, path = "/api/role-assignments", tag = "rights", security(("login" = [])), request_body = NewAssignment,
    responses((status = 201, description = "What they have now", body = Assignment))
)]
async fn create_role_assignment(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewAssignment>,
) -> Result<(StatusCode, Json<Assignment>)> {
    Ok((StatusCode::CREATED, Json(super::assign(&ctx, &by, wanted).await?)))
}

/// Takes a role away; what its account does with it now ends.
#[utoipa::path(
    delete, path = "/api/role-assignments/{id}", tag = "rights", security(("login" = [])),
    params(("id" = AssignmentId, Path, description = "The assignment")),
    responses((status = 204, description = "It is gone"))
)]
async fn delete_role_assignment(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AssignmentId>,
) -> Result<StatusCode> {
    super::unassign(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EffectiveOn {
    /// On this machine.
    machine: Option<MachineId>,
    /// In this organization; not with `machine`.
    organization: Option<OrganizationId>,
}

/// What an account may do on a machine or in an organization, with the rule that says so for every yes and no.
#[utoipa::path(
    get, path = "/api/accounts/{id}/effective-permissions", tag = "rights", security(("login" = [])),
    params(("id" = AccountId, Path, description = "The account"), EffectiveOn),
    responses((status = 200, description = "Every permission", body = EffectivePermissions))
)]
async fn get_effective_permissions(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountId>,
    Query(on): Query<EffectiveOn>,
) -> Result<Json<EffectivePermissions>> {
    let question = match (on.machine, on.organization) {
        (Some(machine), None) => Question::Machine(machine),
        (None, Some(organization)) => Question::Organization(organization),
        _ => {
            let detail = "Say where: either “machine” or “organization”.";
            return Err(FieldError::new("machine", "required", detail).in_query().into());
        }
    };
    Ok(Json(super::effective_permissions(&ctx, &by, id, question).await?))
}
