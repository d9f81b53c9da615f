//! The life cycle of one session as a pure state machine: what may happen when, and which reason each end gets.
//!
//! Here: states, deadlines, end reasons. Not here: sockets, rows, tasks (`live.rs` drives this and does what it says).
//! Start with [`Lifecycle::handle`].
//!
//! ```text
//!  requested ──offer handed to the link──▶ offered ──both ends coupled──▶ connected
//!      │                                      │                              │
//!      │ machine_offline                      │ no_answer      (20 s, silent)│ technician_ended, end_user_ended
//!      │                                      │ agent_refused                │ viewer_lost, agent_lost
//!      │                                      │ machine_offline              │ protocol_violation
//!      │                                      │ relay_not_trusted
//!      │                                      │ agent_lost     (20 s, never dialed after its yes)
//!      │                                      │ viewer_lost    (60 s, or 20 s after the agent, never dialed)
//!      │                                      │ technician_ended, end_user_ended
//!      ▼                                      ▼                              ▼
//!    ended ◀──── from every state: login_ended, machine_removed, server_stopped; after a crash: server_restarted
//! ```
//!
//! An agent that closes its pipe without a word has a second and a half to name the reason on its link; otherwise it is lost.
//!
//! INVARIANT: `ended` is final; whatever arrives afterwards changes nothing and is not reported again.
//! Losing the link while connected ends nothing: the pipe is a connection of its own and may well be alive.

use farol_protocol::Tick;

use crate::http::RequestInfo;
use crate::ids::AccountId;

/// The agent has this long to answer an offer; longer than any busy machine needs, shorter than a person's patience.
pub const ANSWER_TIMEOUT_US: u64 = 20_000_000;
/// After its yes the agent has this long to dial the relay.
pub const AGENT_DIAL_TIMEOUT_US: u64 = 20_000_000;
/// The viewer has this long after the request to dial; the same as the life of its grant.
pub const VIEWER_DIAL_TIMEOUT_US: u64 = 60_000_000;
/// An agent that came to the relay waits this long for the viewer: `RELAY_PEER_TIME` of the protocol.
pub const PEER_TIMEOUT_US: u64 = 20_000_000;
/// An agent that closes its pipe without a reason gets this long to name one on its link: two sockets keep no order.
pub const REASON_GRACE_US: u64 = 1_500_000;
/// Longest detail text kept of what an agent or a socket says about an end, in bytes.
pub const DETAIL_MAX: usize = 300;

/// Which end of the pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The technician's end.
    Viewer,
    /// The machine's end.
    Agent,
}

impl Side {
    /// The opposite end.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Viewer => Self::Agent,
            Self::Agent => Self::Viewer,
        }
    }

    /// Stable name for logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Agent => "agent",
        }
    }
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The row exists; the agent was not told yet.
    Requested,
    /// The offer is with the agent, or accepted and the two ends are on their way to the relay.
    Offered,
    /// The relay couples the two ends.
    Connected,
    /// Over, for good.
    Ended,
}

impl State {
    /// The name in the API and in rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Offered => "offered",
            Self::Connected => "connected",
            Self::Ended => "ended",
        }
    }
}

/// Why a session ended. The codes are part of the API and of the close frames on the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// The technician closed it.
    TechnicianEnded,
    /// The person at the machine closed it.
    EndUserEnded,
    /// The viewer's connection broke, or never came.
    ViewerLost,
    /// The agent's connection broke, or never came after its yes.
    AgentLost,
    /// The machine was not reachable when it was to be asked.
    MachineOffline,
    /// The agent did not answer the offer in time.
    NoAnswer,
    /// The agent said no; the detail says why.
    AgentRefused,
    /// The technician signed out, or the login was revoked or expired.
    LoginEnded,
    /// The server was stopped in good order.
    ServerStopped,
    /// The server found the session unfinished when it started.
    ServerRestarted,
    /// One end sent what no correct program sends.
    ProtocolViolation,
    /// The machine was removed from its organization.
    MachineRemoved,
    /// The machine was blocked.
    MachineBlocked,
    /// The agent did not come: the certificate on its way to the relay is not the server's, as far as anybody can tell.
    RelayNotTrusted,
    /// Another installation took the machine's place, or its records were merged or separated.
    MachineChanged,
}

impl EndReason {
    /// Every reason, in the order of the API description.
    pub const ALL: [Self; 15] = [
        Self::TechnicianEnded,
        Self::EndUserEnded,
        Self::ViewerLost,
        Self::AgentLost,
        Self::MachineOffline,
        Self::NoAnswer,
        Self::AgentRefused,
        Self::LoginEnded,
        Self::ServerStopped,
        Self::ServerRestarted,
        Self::ProtocolViolation,
        Self::MachineRemoved,
        Self::MachineBlocked,
        Self::RelayNotTrusted,
        Self::MachineChanged,
    ];

    /// The stable code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TechnicianEnded => "technician_ended",
            Self::EndUserEnded => "end_user_ended",
            Self::ViewerLost => "viewer_lost",
            Self::AgentLost => "agent_lost",
            Self::MachineOffline => "machine_offline",
            Self::NoAnswer => "no_answer",
            Self::AgentRefused => "agent_refused",
            Self::LoginEnded => "login_ended",
            Self::ServerStopped => "server_stopped",
            Self::ServerRestarted => "server_restarted",
            Self::ProtocolViolation => "protocol_violation",
            Self::MachineRemoved => "machine_removed",
            Self::MachineBlocked => "machine_blocked",
            Self::RelayNotTrusted => "relay_not_trusted",
            Self::MachineChanged => "machine_changed",
        }
    }

    /// The reason with this code, if there is one.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == code)
    }

    /// Whether an agent may name this as its reason; anything else it says counts as its own loss. It may say what
    /// happened in the pipe, which nobody else can read, but not what the server alone decides.
    #[must_use]
    pub fn agent_may_say(self) -> bool {
        matches!(
            self,
            Self::EndUserEnded
                | Self::TechnicianEnded
                | Self::ViewerLost
                | Self::AgentLost
                | Self::ProtocolViolation
                | Self::RelayNotTrusted
        )
    }
}

/// Who ended a session, when it was somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedBy {
    /// "technician" or "end_user".
    pub kind: &'static str,
    /// Display name.
    pub name: String,
    /// The account, when it was a technician.
    pub account: Option<AccountId>,
}

/// An end with everything the row, the audit entry and the two ends are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The code.
    pub reason: EndReason,
    /// The person, when there was one.
    pub by: Option<EndedBy>,
    /// A fragment for people and logs; may be empty, at most [`DETAIL_MAX`] bytes.
    pub detail: String,
    /// The request that ended it, when it was one.
    pub request: Option<RequestInfo>,
}

impl End {
    /// The same, ended by this request.
    #[must_use]
    pub fn from(self, request: RequestInfo) -> Self {
        Self {
            request: Some(request),
            ..self
        }
    }

    /// An end that nobody in particular caused.
    #[must_use]
    pub fn new(reason: EndReason, detail: &str) -> Self {
        Self {
            reason,
            by: None,
            detail: clip(detail),
            request: None,
        }
    }

    /// An end that a person caused.
    #[must_use]
    pub fn by(reason: EndReason, kind: &'static str, name: &str) -> Self {
        Self {
            reason,
            by: Some(EndedBy {
                kind,
                name: clip(name),
                account: None,
            }),
            detail: String::new(),
            request: None,
        }
    }

    /// An end that a technician caused.
    #[must_use]
    pub fn by_technician(account: AccountId, name: &str) -> Self {
        let by = EndedBy {
            kind: "technician",
            name: clip(name),
            account: Some(account),
        };
        Self {
            reason: EndReason::TechnicianEnded,
            by: Some(by),
            detail: String::new(),
            request: None,
        }
    }
}

/// How an end of the pipe went away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leave {
    /// It said goodbye: a close frame with code 1000 and this reason text.
    Closed(String),
    /// The connection broke or fell silent; a fragment says how.
    Broke(String),
    /// It broke the rules of the relay; a fragment says which.
    Violated(String),
}

/// What happened to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The offer is in the link's queue.
    OfferSent,
    /// The agent said yes.
    Accepted,
    /// The agent said no: stable code and detail, both as the agent wrote them.
    Refused(String, String),
    /// An end opened its relay connection and showed a valid grant.
    Dialed(Side),
    /// The relay couples both ends now.
    Coupled,
    /// An end of the pipe went away.
    Left(Side, Leave),
    /// The machine went offline.
    LinkLost,
    /// Somebody or something ends the session.
    End(End),
}

/// What an input changed; the driver writes rows and tells others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// Now `offered`.
    Offered,
    /// Now `connected`.
    Connected,
    /// Now `ended`.
    Ended(End),
}

/// One session's progress. Holds no resources; dropping it ends nothing.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    state: State,
    requested: Tick,
    /// When the agent said yes.
    accepted: Option<Tick>,
    /// When the agent came to the relay.
    agent_dialed: Option<Tick>,
    viewer_dialed: bool,
    /// The agent closed its pipe without a word: the end this is, and until when a better reason may come.
    closing: Option<(Tick, End)>,
}

impl Lifecycle {
    /// A session that was requested at `now`.
    #[must_use]
    pub fn new(now: Tick) -> Self {
        Self {
            state: State::Requested,
            requested: now,
            accepted: None,
            agent_dialed: None,
            viewer_dialed: false,
            closing: None,
        }
    }

    /// Where the session stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Takes in what happened; at most one transition comes of it.
    pub fn handle(&mut self, now: Tick, input: Input) -> Option<Transition> {
        if self.state == State::Ended {
            return None;
        }
        match input {
            Input::OfferSent if self.state == State::Requested => {
                self.state = State::Offered;
                Some(Transition::Offered)
            }
            Input::OfferSent => None,
            Input::Accepted => {
                self.accepted.get_or_insert(now);
                None
            }
            Input::Refused(code, detail) => self.refused(&code, &detail),
            Input::Dialed(Side::Viewer) => {
                self.viewer_dialed = true;
                None
            }
            Input::Dialed(Side::Agent) => {
                // Showing the grant is as good as a yes: the answer may be behind it on the link.
                self.accepted.get_or_insert(now);
                self.agent_dialed.get_or_insert(now);
                None
            }
            Input::Coupled => {
                self.state = State::Connected;
                Some(Transition::Connected)
            }
            Input::Left(Side::Agent, Leave::Closed(reason)) if reason.is_empty() => {
                let end = end_of_leave(Side::Agent, Leave::Closed(reason));
                self.closing.get_or_insert((later(now, REASON_GRACE_US), end));
                None
            }
            Input::Left(side, leave) => self.end(end_of_leave(side, leave)),
            Input::LinkLost if self.accepted.is_none() => self.end(End::new(
                EndReason::MachineOffline,
                "the machine went offline before it answered",
            )),
            Input::LinkLost => None,
            Input::End(end) => self.end(end),
        }
    }

    /// The next moment at which [`Self::handle_timeout`] has something to do.
    #[must_use]
    pub fn poll_deadline(&self) -> Option<Tick> {
        match &self.closing {
            Some((at, _)) if self.state != State::Ended => Some(*at),
            _ => self.deadline().map(|(at, _, _)| at),
        }
    }

    /// Ends the session when its deadline has passed.
    pub fn handle_timeout(&mut self, now: Tick) -> Option<Transition> {
        if self.state == State::Ended {
            return None;
        }
        if let Some((at, end)) = &self.closing {
            let end = (now >= *at).then(|| end.clone());
            return end.and_then(|end| self.end(end));
        }
        match self.deadline() {
            Some((at, reason, detail)) if now >= at => self.end(End::new(reason, detail)),
            _ => None,
        }
    }

    fn refused(&mut self, code: &str, detail: &str) -> Option<Transition> {
        if self.state == State::Connected {
            // A refusal after the fact contradicts itself.
            return self.end(End::new(
                EndReason::ProtocolViolation,
                "the agent refused a session that is connected",
            ));
        }
        let text = if detail.is_empty() {
            code.to_owned()
        } else {
            format!("{code}: {detail}")
        };
        self.end(End::new(EndReason::AgentRefused, &text))
    }

    /// The earliest deadline in force, what the end is called then, and the detail.
    fn deadline(&self) -> Option<(Tick, EndReason, &'static str)> {
        if matches!(self.state, State::Connected | State::Ended) {
            return None;
        }
        let agent = match self.accepted {
            None => Some((
                later(self.requested, ANSWER_TIMEOUT_US),
                EndReason::NoAnswer,
                "the agent did not answer within 20 seconds",
            )),
            Some(at) if self.agent_dialed.is_none() => Some((
                later(at, AGENT_DIAL_TIMEOUT_US),
                EndReason::AgentLost,
                "the agent accepted but did not connect within 20 seconds",
            )),
            Some(_) => None,
        };
        let viewer = (!self.viewer_dialed).then(|| {
            let latest = later(self.requested, VIEWER_DIAL_TIMEOUT_US);
            let waited = self.agent_dialed.map_or(latest, |at| later(at, PEER_TIMEOUT_US));
            (
                latest.min(waited),
                EndReason::ViewerLost,
                "the viewer did not connect in time",
            )
        });
        [agent, viewer].into_iter().flatten().min_by_key(|(at, _, _)| *at)
    }

    fn end(&mut self, end: End) -> Option<Transition> {
        self.state = State::Ended;
        Some(Transition::Ended(end))
    }
}

fn end_of_leave(side: Side, leave: Leave) -> End {
    match (side, leave) {
        (Side::Viewer, Leave::Closed(_)) => End {
            reason: EndReason::TechnicianEnded,
            by: None,
            detail: String::new(),
            request: None,
        },
        (Side::Viewer, Leave::Broke(detail)) => End::new(EndReason::ViewerLost, &detail),
        (Side::Agent, Leave::Closed(text)) => match EndReason::parse(&text) {
            Some(reason) if reason.agent_may_say() => End::new(reason, ""),
            _ => End::new(EndReason::AgentLost, "the agent closed its connection"),
        },
        (Side::Agent, Leave::Broke(detail)) => End::new(EndReason::AgentLost, &detail),
        (side, Leave::Violated(detail)) => End::new(
            EndReason::ProtocolViolation,
            &format!("{}: {detail}", side.as_str()),
        ),
    }
}

fn later(at: Tick, by_us: u64) -> Tick {
    Tick(at.0.saturating_add(by_us))
}

/// Cuts hostile or long text at a character boundary and drops control characters.
#[must_use]
pub fn clip(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars().filter(|c| !c.is_control()) {
        if out.len() + character.len_utf8() > DETAIL_MAX {
            break;
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;
