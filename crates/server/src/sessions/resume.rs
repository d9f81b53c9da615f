//! Coming back into a session that lost its pipe, or whose page was loaded anew.
//!
//! ```text
//!  whose session ─▶ not over ─▶ wait for the link (5 s) ─▶ new attempt: grants in the database, older ways void ─▶ offer
//! ```
//! One after the other per session: of two at once the second cuts the first.

use std::time::Duration;

use farol_protocol::pipe::PipePublicKey;
use farol_protocol::rights::Rights;
use tokio::time::timeout;

use super::consent;
use super::grants::{self, Binding, Pair};
use super::lifecycle::{Attempt, End, EndReason, Input, State};
use super::live::{Handle, Way};
use super::offer::{Said, offer, statement};
use super::open::{offline, signed_in, signed_in_still, viewer};
use super::view::{Opening, RelayEntry, Session, SessionEnding};
use super::{find_row, store};
use crate::accounts::Caller;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::RequestInfo;
use crate::ids::{LoginId, SessionId};
use crate::machines;
use crate::presence::OnlineView;
use crate::store::entities::session::Model;

/// How long coming back waits for the machine's link: after a restart of the server agents are back within that.
const LINK_WAIT: Duration = Duration::from_secs(5);

/// Makes a way back into a session that runs, for the account that opened it.
///
/// # Errors
/// `not_found`, `forbidden`, `validation_failed`, `session_over`, `conflict` (it does not run yet), `machine_offline`,
/// `too_many_attempts`, `not_signed_in` (the login ended meanwhile); those of the database.
pub async fn resume(ctx: &Ctx, by: &Caller, id: SessionId, viewer_key: &str) -> Result<Opening> {
    let viewer_key = viewer(viewer_key)?;
    let row = find_row(ctx, by, id).await?;
    own(by, &row)?;
    let Some(facts) = machines::facts(ctx.db.read(), row.machine_id).await? else {
        return Err(over(row));
    };
    consent::require_still(by, &facts, Rights::from_names(&row.rights))?;
    take_up(ctx, (by.login(), by.request), row, viewer_key).await
}

/// Makes a way back into this session for whoever was found to be the one whose it is.
///
/// # Errors
/// Those of [`resume`], but for who may.
pub(super) async fn take_up(
    ctx: &Ctx,
    by: (LoginId, RequestInfo),
    row: Model,
    viewer_key: PipePublicKey,
) -> Result<Opening> {
    let id = row.id;
    let handle = ctx.live.get(id).ok_or_else(|| over(row))?;
    ctx.live
        .count_resume(id, ctx.clock.now())
        .map_err(|wait| Error::TooMany {
            code: Code::TooManyAttempts,
            detail: "This session was taken up too often in a short time. Try again in a moment.".into(),
            retry_after: Some(wait),
        })?;
    let online = linked(ctx, &handle).await?;
    // A task of its own: a caller that hangs up in the middle leaves no half way in behind.
    let ctx = ctx.clone();
    let tasks = ctx.tasks.clone();
    let came = tasks.spawn(async move { come_back(&ctx, by, &handle, (viewer_key, online)).await });
    came.await.map_err(Error::internal)?
}

/// Only the account that opened a session may change it from within; a guest whom it invited is somebody else.
///
/// # Errors
/// `forbidden`.
pub(super) fn own(by: &Caller, row: &Model) -> Result<()> {
    if by.owns(row.account_id, row.login_id) && row.guest_of.is_none() {
        return Ok(());
    }
    Err(Error::forbidden(format!(
        "This is {}'s session. Open one of your own.",
        row.technician_name
    )))
}

/// `session_over`, with how it ended.
pub(super) fn over(row: Model) -> Error {
    session_over(Session::of_row(row, None).end)
}

/// `session_over` of a session whose end may not stand in its row yet.
fn ended(handle: &Handle) -> Error {
    session_over(Session::of_live(handle).end)
}

pub(super) fn session_over(end: Option<SessionEnding>) -> Error {
    // A row that is open though nobody has the session is closed by the next start, with this reason.
    let end = end.unwrap_or_else(|| SessionEnding::of(&End::new(EndReason::ServerRestarted, "")));
    Error::SessionOver {
        detail: "This session is over. Open a new one.".into(),
        end: Box::new(end),
    }
}

/// The machine's link, if it is there within [`LINK_WAIT`].
async fn linked(ctx: &Ctx, handle: &Handle) -> Result<OnlineView> {
    let (machine, mut status) = (handle.info().machine, handle.watch());
    let found = async {
        tokio::select! {
            online = ctx.presence.linked(machine) => Some(online),
            // Nothing to wait for any more.
            _ = status.wait_for(|status| status.end.is_some()) => None,
            () = ctx.shutdown.cancelled() => None,
        }
    };
    match timeout(LINK_WAIT, found).await {
        Ok(Some(online)) => Ok(online),
        _ if handle.status().end.is_some() => Err(ended(handle)),
        _ => Err(offline(&handle.info().machine_name)),
    }
}

async fn come_back(
    ctx: &Ctx,
    (login, request): (LoginId, RequestInfo),
    handle: &Handle,
    (viewer_key, online): (PipePublicKey, OnlineView),
) -> Result<Opening> {
    let _alone = handle.coming_back().await;
    let status = handle.status();
    match status.state {
        State::Active | State::Interrupted => {}
        State::Ended => return Err(ended(handle)),
        State::Requested | State::WaitingForConsent => {
            let detail = "This session does not run yet. Wait for it, or open a new one.";
            return Err(Error::conflict(Code::Conflict, detail));
        }
    }
    let attempt: Attempt = handle.way().attempt.saturating_add(1);
    let way = Way::new(attempt, login, Some(viewer_key));
    let pair = prepare(ctx, (handle, &way)).await?;
    handle.open_way(way);
    signed_in_still(ctx, login, handle).await?;
    let info = handle.info();
    if !handle.report(Input::Resuming(attempt)) {
        return Err(ended(handle));
    }
    let said = statement(ctx, info, Said::agreed(status.rights, viewer_key));
    let offered = ctx
        .presence
        .command(info.machine, offer(said, &pair.agent, (true, request.id)));
    if offered.is_err() {
        return Err(offline(&info.machine_name));
    }
    tracing::info!(session = %info.id, attempt, request_id = %request.id, "way back into a session");
    let relay = RelayEntry::new(&pair.viewer, pair.expires_at);
    Ok(Opening::new(Session::of_live(handle), relay, &online.pipe_key))
}

async fn prepare(ctx: &Ctx, (handle, way): (&Handle, &Way)) -> Result<Pair> {
    let id = handle.info().id;
    let tx = ctx.db.write().await?;
    signed_in(&tx, way.login).await?;
    if !store::set_way(&tx, id, way).await? {
        return Err(ended(handle));
    }
    let binding = Binding {
        session: id,
        attempt: way.attempt,
        login: way.login,
    };
    let pair = grants::issue(ctx, &tx, binding).await?;
    tx.commit().await?;
    Ok(pair)
}
