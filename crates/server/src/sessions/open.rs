//! Opening a session: row, audit entry, offer to the agent, grants for both ends.

use farol_protocol::pipe::PipePublicKey;
use farol_protocol::rights::{Right, Rights};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::consent::{self, Plan};
use super::grants::{self, Binding, Pair};
use super::invitations::{self, Admission};
use super::lifecycle::{End, EndReason, Lifecycle, Terms};
use super::live::{Full, Handle, Info, New, Opened, PER_LOGIN_MAX, PER_MACHINE_MAX, Status, Traffic, Way};
use super::offer::{Said, offer, statement};
use super::record::{self, Note};
use super::rights::RightSet;
use super::view::{Opening, RelayEntry, Session};
use super::{nudge, store, task};
use crate::accounts::{self, Caller};
use crate::audit::Action;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::RequestInfo;
use crate::ids::{AccountId, ApiTokenId, LoginId, MachineId, SessionId};
use crate::machines;
use crate::organizations;
use crate::presence::OnlineView;
use crate::rights::{MachineFacts, RoleKey};
use crate::store::entities::machine::{MachineState, Model};

/// Longest reason for a session, in characters: a line or two.
pub const REASON_MAX: usize = 300;

/// Opens a session: row, audit entry, offer to the agent, grants for both ends. `reason`: why, for those who read what was done; some
/// roles ask for it.
///
/// # Errors
/// `not_found`, `forbidden`, `validation_failed`, `machine_blocked`, `machine_offline`, `capability_missing`, `access_never`,
/// `too_many_attempts`, `too_many_sessions`, `step_up_required`, `not_signed_in` (the login ended meanwhile); those of the database.
pub async fn open(
    ctx: &Ctx,
    by: &Caller,
    machine: MachineId,
    (wanted, viewer_key): (Rights, &str),
    reason: Option<&str>,
) -> Result<Opening> {
    let viewer_key = viewer(viewer_key)?;
    check_rights(wanted)?;
    let reason = checked_reason(reason)?;
    let machine = machines::find(ctx, by, machine).await?;
    let facts = MachineFacts::from(&machine);
    consent::require(by, &facts, wanted)?;
    consent::require_reason(by, &facts, (wanted, &reason))?;
    let roles = by.rights.role_keys_on(&facts);
    let opener = Opener {
        reason,
        ..Opener::from(by)
    };
    open_as(ctx, opener, (machine, roles), (wanted, viewer_key)).await
}

/// A reason as it is kept: one line; empty when nobody said any.
fn checked_reason(reason: Option<&str>) -> Result<String> {
    let reason = reason.unwrap_or_default().trim();
    if reason.chars().count() > REASON_MAX {
        let detail = format!("At most {REASON_MAX} characters, please.");
        return Err(Error::invalid("reason", "too_long", detail));
    }
    if reason.chars().any(farol_protocol::text::is_deceptive) {
        let detail = "This is one line of text, without characters that cannot be seen.";
        return Err(Error::invalid("reason", "malformed", detail));
    }
    Ok(reason.to_owned())
}

/// Who opens a session.
#[derive(Debug, Clone)]
pub(super) struct Opener {
    /// The account; a guest's host.
    pub(super) account: AccountId,
    /// The login that it hangs on; a guest's host's.
    pub(super) login: LoginId,
    /// The API token that asks, for those who read what was done.
    pub(super) api_token: Option<(ApiTokenId, String)>,
    /// Display name.
    pub(super) name: String,
    /// The request.
    pub(super) request: RequestInfo,
    /// What lets a guest in.
    pub(super) admission: Option<Admission>,
    /// Why; empty when nobody said.
    pub(super) reason: String,
}

impl From<&Caller> for Opener {
    fn from(by: &Caller) -> Self {
        Self {
            account: by.account,
            login: by.login(),
            api_token: by.api_token().map(|token| (token.id, token.name.clone())),
            name: by.name.clone(),
            request: by.request,
            admission: None,
            reason: String::new(),
        }
    }
}

/// Opens a session for somebody who was found to be let in, on a machine where their account has these roles.
///
/// # Errors
/// Those of [`open`], but for who may; `invitation_not_valid`.
pub(super) async fn open_as(
    ctx: &Ctx,
    by: Opener,
    (machine, roles): (Model, Vec<RoleKey>),
    (wanted, viewer_key): (Rights, PipePublicKey),
) -> Result<Opening> {
    if machine.state == MachineState::Blocked {
        let detail = format!("{} is blocked. Unblock it first.", machine.name);
        return Err(Error::conflict(Code::MachineBlocked, detail));
    }
    let plan = consent::plan(ctx.db.read(), &machine, &roles, wanted).await?;
    let plan = plan.allowed(&machine.name)?;
    let online = ctx
        .presence
        .view(machine.id)
        .ok_or_else(|| offline(&machine.name))?;
    check_capabilities(&online, &machine.name, wanted)?;
    if !plan.ask.is_empty() {
        count_question(ctx, (by.account, machine.id))?;
    }
    let info = info(ctx, &by, machine).await?;
    // A task of its own: a caller that hangs up in the middle leaves nothing half open behind.
    let ctx = ctx.clone();
    let tasks = ctx.tasks.clone();
    let started =
        tasks.spawn(async move { start(&ctx, &by, info, (plan, viewer_key, online.pipe_key)).await });
    started.await.map_err(Error::internal)?
}

/// The key of a viewer as it stands in a request.
///
/// # Errors
/// `validation_failed`.
pub(super) fn viewer(key: &str) -> Result<PipePublicKey> {
    PipePublicKey::from_base64url(key).map_err(|_| {
        let detail = "The viewer's key is not base64url of 32 bytes. Reload the page.";
        Error::invalid("viewer_key", "malformed", detail)
    })
}

/// No session is without the right to view.
///
/// # Errors
/// `validation_failed`.
pub(super) fn check_rights(wanted: Rights) -> Result<()> {
    if wanted.has(Right::View) {
        return Ok(());
    }
    let detail = "A session always has the right to view. Ask for it too.";
    Err(Error::invalid("rights", "required", detail))
}

/// The agent offers what these rights need.
///
/// # Errors
/// `capability_missing`.
pub(super) fn check_capabilities(online: &OnlineView, machine: &str, wanted: Rights) -> Result<()> {
    let mut needed = wanted.iter().map(Right::capability);
    let missing = needed.find(|needed| !online.capabilities.iter().any(|has| has == needed));
    missing.map_or(Ok(()), |missing| {
        let detail = format!("The agent of {machine} cannot do this now: it does not offer “{missing}”.");
        Err(Error::conflict(Code::CapabilityMissing, detail))
    })
}

/// Counts a question to the person at a machine: nobody is asked without end until they say yes.
///
/// # Errors
/// `too_many_attempts`.
pub(super) fn count_question(ctx: &Ctx, who: (AccountId, MachineId)) -> Result<()> {
    let counted = ctx.live.count_question(who, ctx.clock.now());
    counted.map_err(|wait| Error::TooMany {
        code: Code::TooManyAttempts,
        detail:
            "The person at this machine was asked often in a short time. Call them, or try again in a minute."
                .into(),
        retry_after: Some(wait),
    })
}

pub(super) fn offline(name: &str) -> Error {
    let detail = format!("{name} is offline. Try again when its agent is connected.");
    Error::conflict(Code::MachineOffline, detail)
}

async fn info(ctx: &Ctx, by: &Opener, machine: Model) -> Result<Info> {
    let organization = organizations::find(ctx.db.read(), machine.organization_id).await?;
    Ok(Info {
        id: SessionId::new(),
        organization: machine.organization_id,
        organization_name: organization.name,
        machine: machine.id,
        machine_name: machine.name,
        account: by.account,
        technician: by.name.clone(),
        guest_of: by.admission.as_ref().map(|admission| admission.host),
        request_id: by.request.id,
        address: by.request.address,
        requested_at: ctx.clock.now(),
        reason: by.reason.clone(),
    })
}

async fn start(
    ctx: &Ctx,
    by: &Opener,
    info: Info,
    (plan, viewer_key, machine_key): (Plan, PipePublicKey, PipePublicKey),
) -> Result<Opening> {
    let terms = Terms {
        wanted: plan.rights,
        ask: plan.ask,
    };
    let lifecycle = Lifecycle::new(ctx.live.ticks().now(), terms);
    let way = Way::new(1, by.login, Some(viewer_key));
    let opened = ctx.live.open(New {
        status: Status::new(&lifecycle),
        lifecycle,
        way,
        info: info.clone(),
        traffic: Traffic::default(),
    });
    let opened = opened.map_err(|limit| full(limit, &info))?;
    let pair = match prepare(ctx, by, &opened, &plan).await {
        Ok(pair) => pair,
        Err(error) => {
            ctx.live.close(info.id);
            return Err(error);
        }
    };
    let said = statement(ctx, &info, Said::of(&plan, viewer_key));
    let handle = opened.handle.clone();
    let let_in = match signed_in_still(ctx, by.login, &handle).await {
        Ok(()) => invitations::host_stays(ctx, &handle),
        Err(error) => Err(error),
    };
    let offered = let_in.is_err()
        || ctx
            .presence
            .command(info.machine, offer(said, &pair.agent, (false, info.request_id)))
            .is_ok();
    if !offered {
        handle.end(End::new(
            EndReason::MachineOffline,
            "the machine went offline before it was asked",
        ));
    }
    metrics::counter!("farol_sessions_requested_total").increment(1);
    tracing::info!(session = %info.id, machine = %info.machine, request_id = %info.request_id, "session requested");
    let session = Session::of_live(&handle);
    ctx.tasks.spawn(task::run(ctx.clone(), opened));
    nudge(ctx, &info);
    let_in?;
    if !offered {
        return Err(offline(&info.machine_name));
    }
    let relay = RelayEntry::new(&pair.viewer, pair.expires_at);
    Ok(Opening::new(session, relay, &machine_key))
}

fn full(limit: Full, info: &Info) -> Error {
    let detail = match limit {
        Full::Machine => {
            format!("This machine has {PER_MACHINE_MAX} sessions open already. Close one first.")
        }
        Full::Login if info.guest_of.is_some() => {
            "Whoever invited you has too many sessions open already. Ask them to close one first.".into()
        }
        Full::Login => format!("You have {PER_LOGIN_MAX} sessions open already. Close one first."),
        Full::Server => "The server has as many sessions open as it takes. Try again later.".into(),
    };
    Error::TooMany {
        code: Code::TooManySessions,
        detail,
        retry_after: None,
    }
}

/// The row and the grants; what fails here leaves only the registry entry, which the caller takes out.
async fn prepare(ctx: &Ctx, by: &Opener, opened: &Opened, plan: &Plan) -> Result<Pair> {
    let (info, way) = (opened.handle.info(), opened.handle.way());
    let tx = ctx.db.write().await?;
    signed_in(&tx, by.login).await?;
    store::insert(&tx, info, (&way, &opened.handle.status())).await?;
    let binding = Binding {
        session: info.id,
        attempt: way.attempt,
        login: way.login,
    };
    let pair = grants::issue(ctx, &tx, binding).await?;
    let mut detail = asked(plan);
    if let Some((id, name)) = &by.api_token {
        detail["api_token"] = json!({ "id": id, "name": name });
    }
    if !by.reason.is_empty() {
        detail["why"] = json!(by.reason);
    }
    if let Some(admission) = &by.admission {
        admission.use_up(&tx, info).await?;
        detail["guest_of"] = json!(admission.host);
    }
    let note = Note::of_request(by.request, info.actor(), (Action::SessionRequested, detail));
    record::put(&tx, info, info.requested_at, &note).await?;
    tx.commit().await?;
    Ok(pair)
}

/// The login of a request may have ended while the request was on its way here: too early for whoever ended it to find what the
/// request makes. Asked within the transaction that makes it.
///
/// # Errors
/// `not_signed_in`; those of the database.
pub(super) async fn signed_in<C: ConnectionTrait>(db: &C, login: LoginId) -> Result<()> {
    if accounts::has_login(db, login).await? {
        return Ok(());
    }
    Err(Error::not_signed_in())
}

/// The same once the way in stands where whoever ends a login looks: one that ended in between ends the session.
///
/// # Errors
/// `not_signed_in`; those of the database.
pub(super) async fn signed_in_still(ctx: &Ctx, login: LoginId, handle: &Handle) -> Result<()> {
    let found = signed_in(ctx.db.read(), login).await;
    if matches!(found, Err(Error::Unauthenticated { .. })) {
        handle.end(handle.info().end_by_login());
    }
    found
}

/// What was asked for and what the rules say to it, for events and audit entries.
pub(super) fn asked(plan: &Plan) -> serde_json::Value {
    json!({
        "rights": RightSet(plan.rights),
        "ask": RightSet(plan.ask),
        "asking": (!plan.ask.is_empty()).then(|| consent::name(plan.asking)),
    })
}
