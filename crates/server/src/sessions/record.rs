//! What is written of a session: its row, its event and its audit entry, in one transaction.
//!
//! Here: which words a transition leaves behind. Not here: queries (`store.rs`), when it is written (`task.rs`).

use farol_protocol::rights::Rights;
use serde_json::{Value, json};

use super::lifecycle::{End, EndReason, GUEST, Verdict};
use super::live::{Consent, Info};
use super::rights::RightSet;
use super::store::{self, Progress};
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::RequestInfo;
use crate::ids::{SessionEventId, SessionId};
use crate::store::WriteTx;
use crate::store::entities::session_event;

/// Something that happened in a session: who did what, and more about it.
#[derive(Debug, Clone)]
pub(super) struct Note {
    /// Made when it happened: what is written later stands in this order.
    pub(super) id: SessionEventId,
    pub(super) action: Action,
    pub(super) actor: Actor,
    pub(super) detail: Value,
    /// The request that did it; without one it belongs to the request that asked for the session.
    pub(super) request: Option<RequestInfo>,
}

impl Note {
    fn new(action: Action, actor: Actor, detail: Value) -> Self {
        Self {
            id: SessionEventId::new(),
            action,
            actor,
            detail,
            request: None,
        }
    }

    /// Something that was asked for in this request, now.
    pub(super) fn of_request(request: RequestInfo, actor: Actor, (action, detail): (Action, Value)) -> Self {
        Self {
            request: Some(request),
            ..Self::new(action, actor, detail)
        }
    }

    /// Something that whoever has the session did, from where the session was asked for.
    fn of_technician(info: &Info, action: Action, detail: Value) -> Self {
        let request = RequestInfo {
            id: info.request_id,
            address: info.address,
        };
        Self {
            request: Some(request),
            ..Self::new(action, info.actor(), detail)
        }
    }

    /// Both ends were coupled for the first time.
    pub(super) fn connected(info: &Info, rights: Rights) -> Self {
        Self::of_technician(
            info,
            Action::SessionConnected,
            json!({ "rights": RightSet(rights) }),
        )
    }

    /// Both ends were coupled again.
    pub(super) fn resumed(info: &Info, resumes: u32) -> Self {
        Self::of_technician(info, Action::SessionResumed, json!({ "resumes": resumes }))
    }

    /// The pipe is gone; `how` is a fragment.
    pub(super) fn interrupted(how: &str) -> Self {
        Self::new(
            Action::SessionInterrupted,
            Actor::server(),
            json!({ "detail": how }),
        )
    }

    /// What the person at the machine said, or did not.
    pub(super) fn consent(info: &Info, consent: &Consent, rights: Rights) -> Self {
        let action = match consent.outcome {
            super::live::ALLOWED | "nobody_logged_on" => Action::SessionConsentGiven,
            _ => Action::SessionConsentRefused,
        };
        let detail = json!({ "outcome": consent.outcome, "by": consent.by, "rights": RightSet(rights) });
        Self::new(action, agent(info, &consent.by), detail)
    }

    /// Rights are others now, or an offer was not agreed to.
    pub(super) fn rights(
        info: &Info,
        (before, now): (Rights, Rights),
        (verdict, by): (&Verdict, &str),
    ) -> Self {
        let (action, code) = match verdict {
            Verdict::Granted => (Action::SessionRightsGranted, None),
            Verdict::TakenBack => (Action::SessionRightsTakenBack, None),
            Verdict::Refused(code) => (Action::SessionRightsRefused, Some(code)),
        };
        let detail = json!({
            "rights": RightSet(now),
            "given": RightSet(now.minus(before)),
            "taken": RightSet(before.minus(now)),
            "code": code,
            "by": by,
        });
        Self::new(action, agent(info, by), detail)
    }

    /// It is over.
    pub(super) fn ended(info: &Info, end: &End, (to_viewer, to_agent): (u64, u64)) -> Self {
        let actor = match &end.by {
            Some(by) => match by.account {
                Some(account) => Actor::account(account, &by.name),
                None if by.kind == GUEST => info.actor(),
                None => agent(info, &by.name),
            },
            None => Actor::server(),
        };
        let detail = json!({
            "reason": end.reason.as_str(),
            "detail": end.detail,
            "bytes_to_viewer": to_viewer,
            "bytes_to_agent": to_agent,
        });
        Self {
            request: end.request,
            ..Self::new(Action::SessionEnded, actor, detail)
        }
    }
}

/// The machine, by the name of who sat there, if that is known.
fn agent(info: &Info, by: &str) -> Actor {
    let name = if by.is_empty() { &info.machine_name } else { by };
    Actor::agent(info.machine, name)
}

/// The outcome of a question that ended the session, if it was one.
pub(super) fn refusal(reason: EndReason) -> Option<&'static str> {
    match reason {
        EndReason::ConsentRefused => Some("refused"),
        EndReason::ConsentTimedOut => Some("timed_out"),
        EndReason::NobodyToAsk => Some("nobody_to_ask"),
        _ => None,
    }
}

/// Writes progress with what made it. Nothing is written when the row says ended already, or is gone.
///
/// # Errors
/// Those of the database.
pub(super) async fn write(
    ctx: &Ctx,
    info: &Info,
    at: Timestamp,
    (progress, notes): (&Progress, &[Note]),
) -> Result<()> {
    let tx = ctx.db.write().await?;
    if !store::set(&tx, info.id, progress).await? {
        return Ok(());
    }
    for note in notes {
        put(&tx, info, at, note).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Event and audit entry of one thing that happened.
///
/// # Errors
/// Those of the database.
pub(super) async fn put(tx: &WriteTx, info: &Info, at: Timestamp, note: &Note) -> Result<()> {
    let event = session_event::Model {
        id: note.id,
        organization_id: info.organization,
        session_id: info.id,
        at,
        kind: kind(note.action).to_owned(),
        who_kind: note.actor.kind().to_owned(),
        who: note.actor.name().to_owned(),
        detail: note.detail.clone(),
    };
    store::insert_event(tx, event).await?;
    let mut entry = Entry::new(info.organization, note.actor.clone(), note.action)
        .on(target(info))
        .detail(with_session(note.detail.clone(), info.id));
    entry = match &note.request {
        Some(request) => entry.request(request.id).from(request.address),
        None => entry.request(info.request_id),
    };
    audit::record(tx, at, entry).await
}

/// The name of an action within the session.
fn kind(action: Action) -> &'static str {
    let text = action.as_str();
    text.split_once('.').map_or(text, |(_, kind)| kind)
}

fn with_session(mut detail: Value, id: SessionId) -> Value {
    detail["session_id"] = json!(id);
    detail
}

pub(super) fn target(info: &Info) -> Target {
    Target::new(TargetKind::Machine, info.machine, &info.machine_name)
}
