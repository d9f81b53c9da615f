//! What the server says to agents about sessions: statements, offers, ends.

use std::time::Duration;

use farol_protocol::ids::{Grant, MachineId as WireMachineId, SessionId as WireSessionId};
use farol_protocol::link::{Asking, SessionEnd, SessionOffer, SessionStatement};
use farol_protocol::pipe::PipePublicKey;
use farol_protocol::rights::Rights;

use super::consent::Plan;
use super::grants::GRANT_LEN;
use super::lifecycle::{CONSENT_TIME, End};
use super::live::Info;
use crate::ctx::Ctx;
use crate::ids::{MachineId, RequestId, SessionId};
use crate::presence::Command;

/// What a statement says beyond the session itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    /// Nobody else opens the pipe.
    pub(super) viewer_key: PipePublicKey,
    /// What the viewer gets.
    pub(super) rights: Rights,
    /// What of it the person at the machine has to agree to.
    pub(super) ask: Rights,
    /// How.
    pub(super) asking: Asking,
    /// Whether whoever is asked is warned of callers who ask for this.
    pub(super) warn: bool,
}

impl Said {
    /// Of a session, or more rights, that are asked for.
    pub(super) fn of(plan: &Plan, viewer_key: PipePublicKey) -> Self {
        Self {
            viewer_key,
            rights: plan.rights,
            ask: plan.ask,
            asking: plan.asking,
            warn: plan.warn,
        }
    }

    /// Of a session that was agreed to already.
    pub(super) fn agreed(rights: Rights, viewer_key: PipePublicKey) -> Self {
        Self {
            viewer_key,
            rights,
            ask: Rights::NONE,
            asking: Asking::Always,
            warn: false,
        }
    }
}

/// The statement; the link signs it, and names the machine as its agent knows itself.
pub(super) fn statement(ctx: &Ctx, info: &Info, said: Said) -> SessionStatement {
    SessionStatement {
        session: WireSessionId(info.id.bytes()),
        machine: WireMachineId(info.machine.bytes()),
        viewer_key: said.viewer_key,
        rights: said.rights,
        ask: said.ask,
        asking: said.asking,
        answer_time: if said.ask.is_empty() {
            Duration::ZERO
        } else {
            CONSENT_TIME
        },
        technician: info.technician.clone(),
        organization: info.organization_name.clone(),
        issued_ms: u64::try_from(ctx.clock.now().0).unwrap_or(0),
        warn: said.warn,
        guest: info.guest_of.is_some(),
    }
}

/// The offer of a session, or of the way back into one.
pub(super) fn offer(
    statement: SessionStatement,
    grant: &[u8; GRANT_LEN],
    (resume, request): (bool, RequestId),
) -> Command {
    Command::Offer(Box::new(SessionOffer {
        statement,
        grant: Grant(*grant),
        resume,
        request_id: request.to_string(),
    }))
}

/// Tells the agent of an end, if it is connected; false of one that is not, which hears of it when it says what it still has.
pub(super) fn tell_agent(ctx: &Ctx, info: &Info, end: &End) -> bool {
    let by = end.by.as_ref().map(|by| by.name.clone()).unwrap_or_default();
    let said = (end.reason.as_str(), end.detail.as_str(), by);
    let told = tell_end(ctx, (info.machine, info.id), said);
    if !told {
        tracing::debug!(session = %info.id, "the agent is not connected and hears of the end later");
    }
    told
}

/// Tells an agent that a session is over: code, detail, who ended it. False when it is not connected.
pub(super) fn tell_end(
    ctx: &Ctx,
    (machine, session): (MachineId, SessionId),
    (code, detail, by): (&str, &str, String),
) -> bool {
    let message = SessionEnd {
        session: WireSessionId(session.bytes()),
        code: code.to_owned(),
        detail: detail.to_owned(),
        by,
    };
    ctx.presence
        .command(machine, Command::End(Box::new(message)))
        .is_ok()
}
