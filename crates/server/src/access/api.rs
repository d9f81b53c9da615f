//! Handlers of access rules.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AccessRule, MachineAccess, NewRule, RuleChange};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{IfMatch, Json, Page, Path, SignedIn};
use crate::ids::{AccessRuleId, MachineId};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_access_rules, create_access_rule))
        .routes(routes!(change_access_rule, delete_access_rule))
        .routes(routes!(get_machine_access))
}

/// Access rules of the organizations in which the account manages them.
#[utoipa::path(
    get, path = "/api/access-rules", tag = "access", security(("login" = [])),
    responses((status = 200, description = "All of them, oldest first", body = Page<AccessRule>))
)]
async fn list_access_rules(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<Page<AccessRule>>> {
    Ok(Json(Page::whole(super::list(&ctx, &by).await?)))
}

/// Makes an access rule.
#[utoipa::path(
    post, path = "/api/access-rules", tag = "access", security(("login" = [])), request_body = NewRule,
    responses((status = 201, description = "The rule", body = AccessRule))
)]
async fn create_access_rule(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewRule>,
) -> Result<(StatusCode, Json<AccessRule>)> {
    Ok((StatusCode::CREATED, Json(super::create(&ctx, &by, wanted).await?)))
}

/// Changes what an access rule says; not what it is about.
#[utoipa::path(
    patch, path = "/api/access-rules/{id}", tag = "access", security(("login" = [])),
    params(
        ("id" = AccessRuleId, Path, description = "The rule"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    request_body = RuleChange,
    responses((status = 200, description = "The rule as it is now", body = AccessRule))
)]
async fn change_access_rule(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccessRuleId>,
    seen: IfMatch,
    Json(wanted): Json<RuleChange>,
) -> Result<Json<AccessRule>> {
    Ok(Json(super::change(&ctx, &by, id, wanted, &seen).await?))
}

/// Deletes an access rule; what wider rules say counts again.
#[utoipa::path(
    delete, path = "/api/access-rules/{id}", tag = "access", security(("login" = [])),
    params(
        ("id" = AccessRuleId, Path, description = "The rule"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    responses((status = 204, description = "It is gone"))
)]
async fn delete_access_rule(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccessRuleId>,
    seen: IfMatch,
) -> Result<StatusCode> {
    super::delete(&ctx, &by, id, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the account may do on a machine, who has to be asked, and which rule says so.
#[utoipa::path(
    get, path = "/api/machines/{id}/access", tag = "access", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")),
    responses((status = 200, description = "Each right", body = MachineAccess))
)]
async fn get_machine_access(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
) -> Result<Json<MachineAccess>> {
    Ok(Json(super::machine_access(&ctx, &by, id).await?))
}
