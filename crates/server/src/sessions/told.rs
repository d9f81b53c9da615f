//! What agents say of sessions on their links, put to the sessions' tasks.
//!
//! INVARIANT: an agent can only touch sessions of its own machine.

use farol_protocol::ids::SessionId as WireSessionId;
use farol_protocol::link::{Answer, SessionAnswer, SessionEnd, SessionRightsChanged};
use uuid::Uuid;

use super::lifecycle::{End, EndReason, Input, clip};
use super::live::Handle;
use super::offer::tell_end;
use super::store;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::{MachineId, SessionId};

fn id(session: WireSessionId) -> SessionId {
    SessionId(Uuid::from_bytes(session.0))
}

/// The session, if it is one of this machine; an agent has no business with others.
fn own_session(ctx: &Ctx, machine: MachineId, session: WireSessionId) -> Option<Handle> {
    let handle = ctx.live.get(id(session));
    handle.filter(|handle| handle.info().machine == machine)
}

/// What is said to sessions that are over is late, not wrong.
fn report(session: &Handle, input: Input) {
    if !session.report(input) {
        tracing::debug!(session = %session.info().id, "the agent spoke of a session that is over");
    }
}

/// An agent took or refused a session, or asks the person there.
pub fn answered(ctx: &Ctx, machine: MachineId, answer: SessionAnswer) {
    let Some(session) = own_session(ctx, machine, answer.session) else {
        return;
    };
    let by = clip(&answer.by);
    let input = match answer.answer {
        Answer::Accepted(rights) => Input::Accepted(rights, by),
        Answer::Waiting => Input::Waiting,
        Answer::Refused { code, detail } => Input::Refused { code, detail, by },
    };
    report(&session, input);
}

/// The rights of a session are others now, or an offer of rights was not agreed to.
pub fn rights_changed(ctx: &Ctx, machine: MachineId, changed: SessionRightsChanged) {
    if let Some(session) = own_session(ctx, machine, changed.session) {
        let by = clip(&changed.by);
        report(&session, Input::RightsChanged(changed.rights, changed.code, by));
    }
}

/// A session ended on the machine.
pub fn ended(ctx: &Ctx, machine: MachineId, said: &SessionEnd) {
    let Some(session) = own_session(ctx, machine, said.session) else {
        return;
    };
    let end = match EndReason::parse(&said.code) {
        Some(EndReason::EndUserEnded) => End::by(EndReason::EndUserEnded, "end_user", &said.by),
        Some(reason) if reason.agent_may_say() => End::new(reason, &said.detail),
        _ => End::new(
            EndReason::AgentLost,
            &format!("the agent ended it: {} {}", said.code, said.detail),
        ),
    };
    session.end(end);
}

/// These are all the sessions that the machine's agent still has: what runs and is not among them is over, and of what is among
/// them and over the agent hears once more. `since` is when the link came up.
///
/// # Errors
/// Those of the database; what the agent has too many of then ends by itself, there.
pub async fn held(
    ctx: &Ctx,
    machine: MachineId,
    (sessions, since): (&[WireSessionId], Timestamp),
) -> Result<()> {
    let sessions: Vec<SessionId> = sessions.iter().copied().map(id).collect();
    let mut live = ctx.live.find(|info| info.machine == machine);
    live.retain(|handle| handle.status().end.is_none());
    for handle in &live {
        let info = handle.info();
        // One that was asked for over this very link may run before this is heard.
        let older = info.requested_at <= since && handle.status().state.runs();
        if older && !sessions.contains(&info.id) {
            let detail = "the agent does not have it any more";
            handle.end(End::new(EndReason::AgentRestarted, detail));
        }
    }
    let mut unknown = sessions;
    unknown.retain(|id| !live.iter().any(|handle| handle.info().id == *id));
    if unknown.is_empty() {
        return Ok(());
    }
    let rows = store::some_of_machine(ctx.db.read(), machine, &unknown).await?;
    for id in unknown {
        let row = rows.iter().find(|row| row.id == id);
        let code = row.and_then(|row| row.end_reason.as_deref());
        // One without a reason is over all the same: its record was removed, or is being written.
        let code = code.unwrap_or(EndReason::AgentLost.as_str());
        if !tell_end(ctx, (machine, id), (code, "", String::new())) {
            tracing::debug!(session = %id, "the agent left before it heard of an end");
        }
    }
    Ok(())
}

/// Offers that were made over a link that is gone will not be answered.
pub fn link_lost(ctx: &Ctx, machine: MachineId) {
    for session in ctx.live.find(|info| info.machine == machine) {
        report(&session, Input::LinkLost);
    }
}
