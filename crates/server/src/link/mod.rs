//! The link: an agent's one lasting control connection, from the server's side.
//!
//! Here: what an agent's words mean for machines, presence and sessions. Not here: the wire and its order
//! (`farol_protocol::link`), sockets and waiting (`task.rs`), writing rows (`reports.rs`), the upgrade
//! (`api.rs`).
//!
//! ```text
//!  upgrade ─▶ hello ─▶ challenge ─▶ proof ─▶ recognition.hello ─▶ presence.arrive ─▶ welcome ─▶ heartbeats, facts, answers ─▶ presence.leave
//! ```
//! Invariants: an agent can only touch sessions of its own machine; a heartbeat writes no row; a row that fails to be
//! written never ends a link.

mod api;
mod reports;
mod task;

use farol_protocol::ids::SessionId as WireSessionId;
use farol_protocol::link::{Answer, SessionAnswer, SessionEnd};
use uuid::Uuid;

use crate::ctx::Ctx;
use crate::ids::{MachineId, SessionId};
use crate::sessions::lifecycle::{End, EndReason, Input, clip};
use crate::sessions::live::Handle;
pub use api::routes;

/// The session, if it is one of this machine; an agent has no business with others.
fn own_session(ctx: &Ctx, machine: MachineId, session: WireSessionId) -> Option<Handle> {
    let id = SessionId(Uuid::from_bytes(session.0));
    ctx.live.get(id).filter(|handle| handle.info().machine == machine)
}

/// An agent took or refused a session. Answers to sessions that are over are late, not wrong.
fn answered(ctx: &Ctx, machine: MachineId, answer: SessionAnswer) {
    let Some(session) = own_session(ctx, machine, answer.session) else {
        return;
    };
    let input = match answer.answer {
        Answer::Accepted(_) | Answer::Waiting => Input::Accepted,
        Answer::Refused { code, detail } => Input::Refused(code, detail),
    };
    if !session.report(input) {
        tracing::debug!(session = %session.info().id, "answer to a session that is over");
    }
}

/// A session ended on the machine.
fn ended(ctx: &Ctx, machine: MachineId, said: &SessionEnd) {
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

/// Offers that were made over a link that is gone will not be answered.
fn link_lost(ctx: &Ctx, machine: MachineId) {
    for session in ctx.live.find(|info| info.machine == machine) {
        if !session.report(Input::LinkLost) {
            tracing::debug!(session = %session.info().id, "link lost after the end");
        }
    }
}

/// Whose connection it was, for the one log line of its end.
fn describe(cause: &str) -> String {
    clip(cause)
}
