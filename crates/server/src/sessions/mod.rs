//! Sessions: one period of remote access to one machine, from request to end.
//!
//! Here: who may open and end sessions, rows with audit entries. Not here: the life cycle (`lifecycle.rs`, pure), the
//! registry of live sessions (`live.rs`), their tasks (`task.rs`), grants (`grants.rs`), sockets (`crate::relay`).
//!
//! A session lives twice: as a row, from the request on and for ever, and as a live entry with a task until the end of it
//! is recorded. The API shows the row, with the live entry laid over it.

mod api;
pub mod grants;
pub mod lifecycle;
pub mod live;
mod rights;
mod store;
mod task;
pub mod ticks;
mod view;

use std::time::Duration;

use farol_protocol::ids::MachineId as WireMachineId;
use farol_protocol::ids::{Grant, SessionId as WireSessionId};
use farol_protocol::link::{Asking, SessionEnd, SessionOffer, SessionStatement};
use farol_protocol::pipe::PipePublicKey;
use farol_protocol::rights::{Right, Rights};
use serde_json::json;

use crate::accounts::Caller;
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::http::{Page, PageQuery};
use crate::ids::{LoginId, MachineId, SessionId};
use crate::machines;
use crate::organizations::{self, Permission};
use crate::presence::Command;
use crate::store::entities::machine::MachineState;
pub use api::routes;
use grants::{GRANT_LEN, GRANT_LIFE_US};
use lifecycle::{End, EndReason, Input, Side};
use live::{Full, Info, Opened};
use rights::RightSet;
use view::{Opening, RelayEntry};
pub use view::{Session, SessionSummary};

/// How long a request to end a session waits for the row; the sockets are cut long before.
const END_WAIT: Duration = Duration::from_secs(5);

/// Opens a session: row, audit entry, offer to the agent, grants for both ends.
///
/// # Errors
/// `not_found`, `machine_offline`, `capability_missing`, `too_many_sessions`; those of the database.
pub async fn open(
    ctx: &Ctx,
    by: &Caller,
    machine: MachineId,
    (rights, viewer_key): (Rights, &str),
) -> Result<Opening> {
    let viewer_key = viewer(viewer_key)?;
    if !rights.has(Right::View) {
        let detail = "A session always has the right to view. Ask for it too.";
        return Err(Error::invalid("rights", "required", detail));
    }
    let machine = machines::find(ctx, by, machine).await?;
    by.require(machine.organization_id, Permission::Control)?;
    if machine.state == MachineState::Blocked {
        let detail = format!("{} is blocked. Unblock it first.", machine.name);
        return Err(Error::conflict(Code::MachineBlocked, detail));
    }
    let online = ctx
        .presence
        .view(machine.id)
        .ok_or_else(|| offline(&machine.name))?;
    if let Some(missing) = rights
        .iter()
        .map(Right::capability)
        .find(|needed| !online.capabilities.iter().any(|has| has == needed))
    {
        let detail = format!(
            "The agent of {} cannot do this now: it does not offer “{missing}”.",
            machine.name
        );
        return Err(Error::conflict(Code::CapabilityMissing, detail));
    }
    let organization = organizations::find(ctx.db.read(), machine.organization_id).await?;
    let info = Info {
        id: SessionId::new(),
        organization: machine.organization_id,
        organization_name: organization.name,
        machine: machine.id,
        machine_name: machine.name,
        account: by.account,
        technician: by.name.clone(),
        login: by.login,
        rights: RightSet(rights),
        request_id: by.request.id,
        address: by.request.address,
    };
    // A task of its own: a caller that hangs up in the middle leaves nothing half open behind.
    let (ctx, by) = (ctx.clone(), by.clone());
    let tasks = ctx.tasks.clone();
    let started = tasks.spawn(async move { start(&ctx, &by, info, (viewer_key, online.pipe_key)).await });
    started.await.map_err(Error::internal)?
}

fn offline(name: &str) -> Error {
    let detail = format!("{name} is offline. Try again when its agent is connected.");
    Error::conflict(Code::MachineOffline, detail)
}

/// The key of a viewer as it stands in a request.
fn viewer(key: &str) -> Result<PipePublicKey> {
    PipePublicKey::from_base64url(key).map_err(|_| {
        let detail = "The viewer's key is not base64url of 32 bytes. Reload the page.";
        Error::invalid("viewer_key", "malformed", detail)
    })
}

async fn start(
    ctx: &Ctx,
    by: &Caller,
    info: Info,
    (viewer_key, machine_key): (PipePublicKey, PipePublicKey),
) -> Result<Opening> {
    let at = ctx.clock.now();
    let opened = ctx.live.open(info.clone()).map_err(full)?;
    let grants = match prepare(ctx, by, &info, at).await {
        Ok(grants) => grants,
        Err(error) => {
            ctx.live.close(info.id);
            return Err(error);
        }
    };
    let Opened { handle, inbox } = opened;
    let offered = ctx.presence.command(
        info.machine,
        Command::Offer(Box::new(offer(&info, &grants.agent, (viewer_key, at)))),
    );
    match offered {
        Ok(()) if handle.report(Input::OfferSent) => {}
        _ => handle.end(End::new(
            EndReason::MachineOffline,
            "the machine went offline before it was asked",
        )),
    }
    metrics::counter!("farol_sessions_requested_total").increment(1);
    tracing::info!(session = %info.id, machine = %info.machine, request_id = %info.request_id, "session requested");
    let session = Session::of_live(&handle, at);
    ctx.tasks.spawn(task::run(
        ctx.clone(),
        Opened {
            handle: handle.clone(),
            inbox,
        },
    ));
    nudge(ctx, &info);
    if offered.is_err() {
        return Err(offline(&info.machine_name));
    }
    let expires_at = at.after(Duration::from_micros(GRANT_LIFE_US));
    let relay = RelayEntry::new(&grants.viewer, expires_at);
    Ok(Opening::new(session, relay, &machine_key))
}

fn full(full: Full) -> Error {
    let detail = match full {
        Full::Machine => format!(
            "This machine has {} sessions open already. Close one first.",
            live::PER_MACHINE_MAX
        ),
        Full::Login => format!(
            "You have {} sessions open already. Close one first.",
            live::PER_LOGIN_MAX
        ),
        Full::Server => "The server has as many sessions open as it takes. Try again later.".into(),
    };
    Error::TooMany {
        code: Code::TooManySessions,
        detail,
        retry_after: None,
    }
}

struct GrantPair {
    viewer: [u8; GRANT_LEN],
    agent: [u8; GRANT_LEN],
}

/// Grants and the row; what fails here leaves only the registry entry, which the caller takes out.
async fn prepare(ctx: &Ctx, by: &Caller, info: &Info, at: Timestamp) -> Result<GrantPair> {
    let mut grants = GrantPair {
        viewer: [0; GRANT_LEN],
        agent: [0; GRANT_LEN],
    };
    for (secret, side) in [
        (&mut grants.viewer, Side::Viewer),
        (&mut grants.agent, Side::Agent),
    ] {
        getrandom::fill(secret).map_err(|error| Error::internal(error.to_string()))?;
        ctx.live.issue(secret, info.id, side).map_err(full)?;
    }
    let tx = ctx.db.write().await?;
    store::insert(&tx, info, at).await?;
    let entry = by
        .entry(info.organization, Action::SessionRequested)
        .on(target(info))
        .detail(json!({ "session_id": info.id, "rights": info.rights }));
    audit::record(&tx, at, entry).await?;
    tx.commit().await?;
    Ok(grants)
}

fn offer(info: &Info, grant: &[u8; GRANT_LEN], (viewer_key, at): (PipePublicKey, Timestamp)) -> SessionOffer {
    SessionOffer {
        statement: SessionStatement {
            session: WireSessionId(info.id.bytes()),
            machine: WireMachineId(info.machine.bytes()),
            viewer_key,
            rights: info.rights.0,
            ask: Rights::NONE,
            asking: Asking::Always,
            answer_time: Duration::ZERO,
            technician: info.technician.clone(),
            organization: info.organization_name.clone(),
            issued_ms: u64::try_from(at.0).unwrap_or(0),
            warn: false,
        },
        grant: Grant(*grant),
        resume: false,
        request_id: info.request_id.to_string(),
    }
}

/// Ends a session. Ending one that is over already is no error.
///
/// # Errors
/// `not_found`, `forbidden`; those of the database.
pub async fn end(ctx: &Ctx, by: &Caller, id: SessionId) -> Result<()> {
    let row = find_row(ctx, by, id).await?;
    by.require(row.organization_id, Permission::Control)?;
    if let Some(handle) = ctx.live.get(id) {
        handle.end(End::by_technician(by.account, &by.name).from(by.request));
        if tokio::time::timeout(END_WAIT, handle.recorded()).await.is_err() {
            tracing::warn!(session = %id, "the end of the session is not recorded yet");
        }
    }
    Ok(())
}

/// One session.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn get(ctx: &Ctx, by: &Caller, id: SessionId) -> Result<Session> {
    let row = find_row(ctx, by, id).await?;
    Ok(Session::of_row(row, ctx.live.get(id).as_ref()))
}

async fn find_row(ctx: &Ctx, by: &Caller, id: SessionId) -> Result<crate::store::entities::session::Model> {
    let organizations = by.organizations_with(Permission::See);
    store::find(ctx.db.read(), &organizations, id)
        .await?
        .ok_or(Error::NotFound("session"))
}

/// Sessions of the caller's organizations, newest first.
///
/// # Errors
/// `malformed` for a cursor of another list; those of the database.
pub async fn list(
    ctx: &Ctx,
    by: &Caller,
    page: &PageQuery,
    (machine, state): (Option<MachineId>, Option<view::StateFilter>),
) -> Result<Page<Session>> {
    let filter = store::Filter {
        organizations: by.organizations_with(Permission::See),
        machines: match machine {
            // Those of records that were merged into it are its own.
            Some(machine) => Some(machines::records(ctx.db.read(), machine).await?),
            None => None,
        },
        ended: state.map(|state| state == view::StateFilter::Ended),
        after: page.key()?,
        limit: page.limit(),
    };
    let rows = store::list(ctx.db.read(), &filter).await?;
    let sessions = rows.into_iter().map(|row| {
        let live = ctx.live.get(row.id);
        Session::of_row(row, live.as_ref())
    });
    Ok(Page::of(sessions.collect(), page.limit(), |session| session.id))
}

/// The live sessions of a machine, oldest first.
#[must_use]
pub fn of_machine(ctx: &Ctx, machine: MachineId) -> Vec<SessionSummary> {
    let mut handles = ctx.live.find(|info| info.machine == machine);
    handles.sort_by_key(|handle| handle.info().id);
    handles.iter().filter_map(SessionSummary::of).collect()
}

/// Ends what a login that ended had open; the sockets are cut at once.
#[allow(
    clippy::unused_async,
    reason = "rows are written by the sessions' tasks; callers need not know"
)]
pub async fn login_ended(ctx: &Ctx, login: LoginId) {
    for handle in ctx.live.find(|info| info.login == login) {
        handle.end(End::new(EndReason::LoginEnded, ""));
    }
}

/// Ends the sessions of a machine that was removed or blocked, or is another installation now.
pub fn machine_gone(ctx: &Ctx, machine: MachineId, reason: EndReason) {
    for handle in ctx.live.find(|info| info.machine == machine) {
        handle.end(End::new(reason, ""));
    }
}

/// How many sessions these records of a machine have had.
///
/// # Errors
/// Those of the database.
pub async fn count_of(ctx: &Ctx, records: &[MachineId]) -> Result<u64> {
    store::count_of(ctx.db.read(), records).await
}

/// Closes rows that a server left open when it died. Call once, before anything can open a session.
///
/// # Errors
/// Those of the database.
pub async fn recover(ctx: &Ctx) -> Result<()> {
    let tx = ctx.db.write().await?;
    let now = ctx.clock.now();
    let rows = store::unfinished(&tx).await?;
    for row in &rows {
        store::set_restarted(&tx, row.id, now).await?;
        let name = row.machine_name.as_str();
        let mut entry = Entry::new(row.organization_id, Actor::server(), Action::SessionEnded)
            .detail(json!({ "session_id": row.id, "reason": EndReason::ServerRestarted.as_str() }));
        if let Some(machine) = row.machine_id {
            entry = entry.on(Target::new(TargetKind::Machine, machine, name));
        }
        audit::record(&tx, now, entry).await?;
    }
    tx.commit().await?;
    if !rows.is_empty() {
        tracing::info!(
            count = rows.len(),
            "closed sessions that were open when the server stopped"
        );
    }
    Ok(())
}

fn target(info: &Info) -> Target {
    Target::new(TargetKind::Machine, info.machine, &info.machine_name)
}

/// Row and audit entry of the coupling of both ends.
async fn record_connected(ctx: &Ctx, info: &Info, at: Timestamp) -> Result<()> {
    let tx = ctx.db.write().await?;
    store::set_connected(&tx, info.id, at).await?;
    let entry = Entry::new(
        info.organization,
        Actor::account(info.account, &info.technician),
        Action::SessionConnected,
    )
    .on(target(info))
    .detail(json!({ "session_id": info.id, "rights": info.rights }))
    .request(info.request_id)
    .from(info.address);
    audit::record(&tx, at, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Row and audit entry of the end.
async fn record_ended(ctx: &Ctx, info: &Info, ended: &store::Ended) -> Result<()> {
    let tx = ctx.db.write().await?;
    if !store::set_ended(&tx, info.id, ended).await? {
        return Ok(());
    }
    let actor = match &ended.end.by {
        Some(by) => match by.account {
            Some(account) => Actor::account(account, &by.name),
            None => Actor::agent(info.machine, &by.name),
        },
        None => Actor::server(),
    };
    // The request that ended it; what no request ended belongs to the one that asked for it.
    let (request, address) = match &ended.end.request {
        Some(request) => (request.id, Some(request.address)),
        None => (info.request_id, None),
    };
    let mut entry = Entry::new(info.organization, actor, Action::SessionEnded)
        .on(target(info))
        .detail(json!({
            "session_id": info.id,
            "reason": ended.end.reason.as_str(),
            "detail": ended.end.detail,
            "bytes_to_viewer": ended.bytes_to_viewer,
            "bytes_to_agent": ended.bytes_to_agent,
        }))
        .request(request);
    if let Some(address) = address {
        entry = entry.from(address);
    }
    audit::record(&tx, ended.at, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Tells the agent of an end, if it is connected; an agent that is not learns it from the relay.
fn tell_agent(ctx: &Ctx, info: &Info, end: &End) {
    let message = SessionEnd {
        session: WireSessionId(info.id.bytes()),
        code: end.reason.as_str().to_owned(),
        detail: end.detail.clone(),
        by: end.by.as_ref().map(|by| by.name.clone()).unwrap_or_default(),
    };
    if ctx
        .presence
        .command(info.machine, Command::End(Box::new(message)))
        .is_err()
    {
        tracing::debug!(session = %info.id, "the agent is not connected and hears of the end from the relay");
    }
}

/// Tells consoles that a session changed.
fn nudge(ctx: &Ctx, info: &Info) {
    let topics = [
        Topic::Session(info.id),
        Topic::Sessions,
        Topic::Machine(info.machine),
        Topic::Machines,
        Topic::Audit,
    ];
    ctx.events
        .publish(Scope::Organization(info.organization), &topics);
}
