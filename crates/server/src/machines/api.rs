//! Handlers of machines.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::search::MachineSearch;
use super::{Machine, MachineIdentity, Removal, block, identity, merge, search};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{IfMatch, Json, Page, PageQuery, Path, Query, SignedIn};
use crate::ids::{MachineId, SiteId};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_machines))
        .routes(routes!(look_at_machine_search))
        .routes(routes!(get_machine, change_machine, remove_machine))
        .routes(routes!(get_machine_identity))
        .routes(routes!(get_machine_removal))
        .routes(routes!(merge_machine))
        .routes(routes!(undo_machine_merge))
        .routes(routes!(block_machine))
        .routes(routes!(unblock_machine))
        .routes(routes!(rotate_machine_key))
}

/// What is to change.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MachineChange {
    /// The new name, at most 80 characters; stays when left out.
    name: Option<String>,
    /// The site of the same organization at which it stands now; stays when left out.
    site_id: Option<SiteId>,
}

/// Which record is to be merged.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Merge {
    /// The record that is to speak for the machine from now on.
    from_id: MachineId,
}

/// Why a machine is blocked.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Block {
    /// For people; may be empty.
    reason: String,
}

/// Which machines.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MachineQuery {
    /// Those of one-time agents instead of all others.
    #[serde(default)]
    one_time: bool,
    /// A search: `fred os:windows -tag:lab seen:<2d`. Words are looked for in all that a machine says, whatever case and accents; a mistake
    /// in it has its place in `errors[].mark`. All when left out.
    #[param(max_length = 1000, example = "till os:debian")]
    #[serde(default)]
    q: String,
}

/// Machines of the account's organizations.
#[utoipa::path(
    get, path = "/api/machines", tag = "machines", security(("login" = [])), params(PageQuery, MachineQuery),
    responses((status = 200, description = "In order of enrollment", body = Page<Machine>))
)]
async fn list_machines(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(page): Query<PageQuery>,
    Query(wanted): Query<MachineQuery>,
) -> Result<Json<Page<Machine>>> {
    Ok(Json(
        super::list(&ctx, &by, &page, (wanted.one_time, &wanted.q)).await?,
    ))
}

/// A search that somebody writes.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// What is written so far; whether it is right does not matter.
    #[param(example = "till os:deb")]
    #[serde(default)]
    q: String,
    /// Characters (Unicode scalar values) before the place where it is written on; at its end when left out.
    caret: Option<usize>,
}

/// What a search finds, what could stand where it is written on, and what is wrong with it, which is no error here.
#[utoipa::path(
    get, path = "/api/machines/search", tag = "machines", security(("login" = [])), params(SearchQuery),
    responses((status = 200, description = "What there is to say of it", body = MachineSearch))
)]
async fn look_at_machine_search(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(written): Query<SearchQuery>,
) -> Result<Json<MachineSearch>> {
    Ok(Json(search::look(&ctx, &by, &written.q, written.caret).await?))
}

/// One machine.
#[utoipa::path(
    get, path = "/api/machines/{id}", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")),
    responses((status = 200, description = "The machine; its `etag` is for If-Match", body = Machine))
)]
async fn get_machine(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
) -> Result<Json<Machine>> {
    let machine = super::get(&ctx, &by, id).await?;
    ctx.presence.look_at(machine.id);
    Ok(Json(machine))
}

/// Renames a machine, or says that it stands at another site.
#[utoipa::path(
    patch, path = "/api/machines/{id}", tag = "machines", security(("login" = [])),
    params(
        ("id" = MachineId, Path, description = "The machine"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    request_body = MachineChange,
    responses((status = 200, description = "The machine as it is now", body = Machine))
)]
async fn change_machine(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
    seen: IfMatch,
    Json(change): Json<MachineChange>,
) -> Result<Json<Machine>> {
    Ok(Json(
        super::change(&ctx, &by, id, (change.name.as_deref(), change.site_id), &seen).await?,
    ))
}

/// Removes a machine.
#[utoipa::path(
    delete, path = "/api/machines/{id}", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")),
    responses((status = 204, description = "It is gone; its agent does not come back"))
)]
async fn remove_machine(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
) -> Result<StatusCode> {
    super::remove(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a machine is recognized by: evidence, keys, installation, merged records.
#[utoipa::path(
    get, path = "/api/machines/{id}/identity", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")),
    responses((status = 200, description = "Its identity", body = MachineIdentity))
)]
async fn get_machine_identity(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
) -> Result<Json<MachineIdentity>> {
    Ok(Json(identity::identity(&ctx, &by, id).await?))
}

/// What removing a machine would delete, and what stays.
#[utoipa::path(
    get, path = "/api/machines/{id}/removal", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")),
    responses((status = 200, description = "What goes and what stays", body = Removal))
)]
async fn get_machine_removal(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
) -> Result<Json<Removal>> {
    Ok(Json(identity::removal(&ctx, &by, id).await?))
}

/// Merges another record of the same machine into this one; can be taken back for 30 days.
#[utoipa::path(
    post, path = "/api/machines/{id}/merge", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine that stays")), request_body = Merge,
    responses((status = 200, description = "The machine as it is now", body = Machine))
)]
async fn merge_machine(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
    Json(wanted): Json<Merge>,
) -> Result<Json<Machine>> {
    Ok(Json(merge::merge(&ctx, &by, id, wanted.from_id).await?))
}

/// Takes a merge back: the record is a machine of its own again.
#[utoipa::path(
    delete, path = "/api/machines/{id}/merged/{record}", tag = "machines", security(("login" = [])),
    params(
        ("id" = MachineId, Path, description = "The machine"),
        ("record" = MachineId, Path, description = "The record that was merged into it")
    ),
    responses((status = 200, description = "The machine that the record is again", body = Machine))
)]
async fn undo_machine_merge(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path((id, record)): Path<(MachineId, MachineId)>,
) -> Result<Json<Machine>> {
    Ok(Json(merge::undo(&ctx, &by, id, record).await?))
}

/// Blocks a machine: its sessions end, its agent is told so and stays outside.
#[utoipa::path(
    post, path = "/api/machines/{id}/block", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")), request_body = Block,
    responses((status = 200, description = "The machine as it is now", body = Machine))
)]
async fn block_machine(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
    Json(wanted): Json<Block>,
) -> Result<Json<Machine>> {
    Ok(Json(block::block(&ctx, &by, id, &wanted.reason).await?))
}

/// Lets a blocked machine in again.
#[utoipa::path(
    post, path = "/api/machines/{id}/unblock", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")),
    responses((status = 200, description = "The machine as it is now", body = Machine))
)]
async fn unblock_machine(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
) -> Result<Json<Machine>> {
    Ok(Json(block::unblock(&ctx, &by, id).await?))
}

/// Asks a machine's agent for a new key: at once when it is connected, else when it next is.
#[utoipa::path(
    post, path = "/api/machines/{id}/rotate-key", tag = "machines", security(("login" = [])),
    params(("id" = MachineId, Path, description = "The machine")),
    responses((status = 202, description = "It was asked, or will be"))
)]
async fn rotate_machine_key(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<MachineId>,
) -> Result<StatusCode> {
    identity::ask_for_new_key(&ctx, &by, id).await?;
    Ok(StatusCode::ACCEPTED)
}
