//! The life cycle of one session as a pure state machine: what may happen when, and which reason each end gets.
//!
//! Here: transitions, deadlines, rights. Not here: the words (`words.rs`) and those for ends (`end.rs`); sockets, rows, tasks (`task.rs` drives this and
//! does what it says). Start with [`Lifecycle::handle`].
//!
//! ```text
//!              ┌──── the person is being asked ────▶ waiting_for_consent
//!              │ ◀───────── the person said yes ──── │   │
//!  ──▶ requested ──both ends coupled──▶ active       │   │ consent_refused, nobody_to_ask
//!              │                        │    ▲       │   │ consent_timed_out (the question's time, and ten seconds)
//!              │   the pipe broke,      │    │       │   │
//!              │   or a newer attempt   ▼    │       │   │
//!              │                   interrupted ─────────────▶ expired (10 min in it; 24 h after the request in any state)
//!              │                        both ends coupled again, in the newest attempt
//!              │ machine_offline (link lost before the answer)
//!              │ no_answer       (20 s)                      agent_refused
//!              │ agent_lost      (20 s after its yes without dialing, or its end of the pipe broke)
//!              │ viewer_lost     (60 s, or 20 s after the agent without dialing, or its end of the pipe broke)
//!              ▼
//!            ended ◀──── from every state: technician_ended, end_user_ended, protocol_violation, agent_restarted,
//!                        login_ended, access_changed, host_left, invitation_revoked, machine_removed, machine_blocked,
//!                        machine_changed
//! ```
//!
//! A session that runs outlives its pipe. Each way in is an attempt with a number; what an older attempt still says counts no
//! more. A viewer that says goodbye in good order ends the session. An agent names its reasons on its link, never on the way to the
//! relay, where anybody may be its peer; when it says goodbye there, it has a second and a half for that.
//!
//! Rights: at first those that nobody has to agree to; then what the agent accepted. More come only by an offer that the agent
//! agreed to, within what was offered; the person at the machine may take each back at any time.
//!
//! INVARIANT: `ended` is final; whatever arrives afterwards changes nothing and is not reported again.
//! Losing the link once the agent has answered ends nothing: the pipe is a connection of its own and may well be alive.

mod end;
mod words;

use std::time::Duration;

use farol_protocol::Tick;
use farol_protocol::rights::{Right, Rights};

pub use end::{DETAIL_MAX, End, EndReason, EndedBy, GUEST, clip};
pub use words::{Attempt, Input, Leave, Side, State, Terms, Transition, Verdict};

/// The agent has this long to answer an offer; longer than any busy machine needs, shorter than a person's patience.
pub const ANSWER_TIMEOUT_US: u64 = 20_000_000;
/// After its yes the agent has this long to dial the relay.
pub const AGENT_DIAL_TIMEOUT_US: u64 = 20_000_000;
/// The viewer has this long after the request to dial; the same as the life of its grant.
pub const VIEWER_DIAL_TIMEOUT_US: u64 = 60_000_000;
/// An agent that came to the relay waits this long for the viewer: `RELAY_PEER_TIME` of the protocol.
pub const PEER_TIMEOUT_US: u64 = 20_000_000;
/// An agent that closes its pipe gets this long to name a reason on its link: two sockets keep no order.
pub const REASON_GRACE_US: u64 = 1_500_000;
/// How long a question to the person at the machine stands: time to read it and decide, and the agent's grant outlives it.
pub const CONSENT_TIME: Duration = Duration::from_secs(30);
/// The agent tells what became of a question when its time is over; this much later nobody waits for it any more.
pub const CONSENT_GRACE_US: u64 = 10_000_000;
/// A session that nobody came back into for this long is over; the agent counts the same. Long enough for a machine to restart
/// its network or a technician to change trains.
pub const INTERRUPTED_MAX: Duration = Duration::from_secs(600);
/// When its page was closed or loaded anew it is over already after this: a page that is loaded anew is back within seconds, and the
/// person at the machine should not read for ten minutes that somebody is there who left. Long enough for a slow computer to start its
/// browser again.
pub const PAGE_GONE_MAX: Duration = Duration::from_secs(60);
/// A session is over this long after it was asked for, whatever happens in it: nobody's yes is good for ever.
pub const SESSION_MAX: Duration = Duration::from_secs(24 * 3600);

/// Rights that were offered to a session that runs.
#[derive(Debug, Clone, Copy)]
struct Offer {
    wanted: Rights,
    until: Tick,
}

/// One session's progress. Holds no resources; dropping it ends nothing.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    state: State,
    terms: Terms,
    requested: Tick,
    expires: Tick,
    /// When the agent said that it asks.
    waiting: Option<Tick>,
    /// When the agent said yes, or came to the relay, which is as good.
    accepted: Option<Tick>,
    /// The agent said with which rights.
    answered: bool,
    rights: Rights,
    offer: Option<Offer>,
    /// When the agent came to the relay, the first time.
    agent_dialed: Option<Tick>,
    viewer_dialed: bool,
    attempt: Attempt,
    /// An end of the present attempt left; it will not be coupled any more.
    broken: bool,
    /// Somebody comes back: until when the ends of the newest attempt are on their way.
    returning: Option<Tick>,
    interrupted: Tick,
    /// Somebody may come back for this long.
    patience: Duration,
    /// The answer to the offer of a newer attempt is not there yet.
    answer_due: bool,
    /// The agent closed its pipe: until when a reason may come.
    closing: Option<Tick>,
}

impl Lifecycle {
    /// A session that was requested at `now`.
    #[must_use]
    pub fn new(now: Tick, terms: Terms) -> Self {
        Self {
            state: State::Requested,
            terms,
            requested: now,
            expires: now.after(SESSION_MAX),
            waiting: None,
            accepted: None,
            answered: false,
            rights: terms.wanted.minus(terms.ask),
            offer: None,
            agent_dialed: None,
            viewer_dialed: false,
            attempt: 1,
            broken: false,
            returning: None,
            interrupted: now,
            patience: INTERRUPTED_MAX,
            answer_due: false,
            closing: None,
        }
    }

    /// A session that ran when the server stopped: interrupted as of `now`, with the rights it had.
    #[must_use]
    pub fn recovered(now: Tick, (rights, attempt): (Rights, Attempt), expires: Tick) -> Self {
        let terms = Terms {
            wanted: rights,
            ask: Rights::NONE,
        };
        Self {
            state: State::Interrupted,
            expires,
            accepted: Some(now),
            answered: true,
            agent_dialed: Some(now),
            viewer_dialed: true,
            attempt,
            broken: true,
            ..Self::new(now, terms)
        }
    }

    /// Where the session stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// What the viewer may do now.
    #[must_use]
    pub fn rights(&self) -> Rights {
        self.rights
    }

    /// What waits for an answer.
    #[must_use]
    pub fn asked(&self) -> Rights {
        match self.offer {
            Some(offer) => offer.wanted.minus(self.rights),
            None if self.answered => Rights::NONE,
            None => self.terms.ask,
        }
    }

    /// Whether the person at the machine was asked before the agent said yes.
    #[must_use]
    pub fn has_asked(&self) -> bool {
        self.waiting.is_some()
    }

    /// Whether other rights were offered and nothing came of it yet.
    #[must_use]
    pub fn offered(&self) -> bool {
        self.offer.is_some()
    }

    /// The newest attempt.
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// Somebody comes back: until when the ends of the newest attempt are on their way.
    #[must_use]
    pub fn returning(&self) -> Option<Tick> {
        self.returning
    }

    /// Takes in what happened; at most one transition comes of it.
    pub fn handle(&mut self, now: Tick, input: Input) -> Option<Transition> {
        if self.state == State::Ended {
            return None;
        }
        match input {
            Input::Accepted(rights, by) => self.accept(now, rights, by),
            Input::Waiting if self.state == State::Requested && self.accepted.is_none() => {
                self.waiting = Some(now);
                self.state = State::WaitingForConsent;
                Some(Transition::Waiting)
            }
            Input::Waiting => {
                // The agent was at the relay before this was heard: somebody was asked all the same.
                if !self.answered {
                    self.waiting.get_or_insert(now);
                }
                None
            }
            Input::Refused { code, detail, by } => self.refused(&code, &detail, &by),
            Input::Dialed(side, _) => {
                self.dialed(now, side);
                None
            }
            Input::Coupled(attempt) => self.coupled(attempt),
            Input::Left(side, attempt, leave) if attempt == self.attempt => self.left(now, side, leave),
            Input::Left(..) => None,
            Input::LinkLost if self.accepted.is_none() => self.end(End::new(
                EndReason::MachineOffline,
                "the machine went offline before it answered",
            )),
            Input::LinkLost => None,
            Input::Resuming(attempt) => self.resuming(now, attempt),
            Input::RightsOffered(wanted) => self.offer_rights(now, wanted),
            Input::RightsChanged(rights, code, by) => self.rights_changed(rights, code, by),
            Input::Stop if self.state == State::Active => self.interrupt(now, "the server stops"),
            Input::Stop => None,
            Input::End(end) => self.end(end),
        }
    }

    fn accept(&mut self, now: Tick, rights: Rights, by: String) -> Option<Transition> {
        if self.answered {
            // One that is said again says nothing new.
            if !std::mem::take(&mut self.answer_due) {
                return None;
            }
            // The answer to the offer of a newer attempt: nothing is granted by it, but something may have been taken back.
            return self.rights_changed(rights, TAKEN_BACK.to_owned(), by);
        }
        let rights = rights.and(self.terms.wanted);
        if !rights.has(Right::View) {
            return self.end(End::new(
                EndReason::ProtocolViolation,
                "the agent accepted a session that may not view",
            ));
        }
        self.answered = true;
        self.rights = rights;
        self.accepted.get_or_insert(now);
        if self.state == State::WaitingForConsent {
            self.state = State::Requested;
        }
        Some(Transition::Accepted { by })
    }

    fn refused(&mut self, code: &str, detail: &str, by: &str) -> Option<Transition> {
        if self.state == State::Active {
            // A refusal after the fact contradicts itself.
            return self.end(End::new(
                EndReason::ProtocolViolation,
                "the agent refused a session that is active",
            ));
        }
        let reason = EndReason::of_refusal(code);
        let text = match (reason, detail.is_empty()) {
            (EndReason::AgentRefused, true) => code.to_owned(),
            (EndReason::AgentRefused, false) => format!("{code}: {detail}"),
            _ => detail.to_owned(),
        };
        let end = match reason {
            EndReason::ConsentRefused => End {
                detail: clip(&text),
                ..End::by(reason, "end_user", by)
            },
            _ => End::new(reason, &text),
        };
        self.end(end)
    }

    fn dialed(&mut self, now: Tick, side: Side) {
        match side {
            Side::Viewer => self.viewer_dialed = true,
            Side::Agent => {
                // Showing the grant is as good as a yes: the answer may be behind it on the link.
                self.accepted.get_or_insert(now);
                self.agent_dialed.get_or_insert(now);
            }
        }
    }

    fn coupled(&mut self, attempt: Attempt) -> Option<Transition> {
        if attempt != self.attempt || self.broken || self.state == State::Active {
            return None;
        }
        self.state = State::Active;
        self.returning = None;
        Some(Transition::Active)
    }

    /// Whoever is the agent's peer on the way to the relay can say goodbye for it, or break its rules: by that a session that runs is
    /// interrupted and nothing else. Reasons for an end come over the link, which only the agent can speak on.
    fn left(&mut self, now: Tick, side: Side, leave: Leave) -> Option<Transition> {
        self.broken = true;
        self.returning = None;
        match (side, leave) {
            (Side::Viewer, Leave::Closed(_)) => self.end(End::new(EndReason::TechnicianEnded, "")),
            (Side::Viewer, Leave::Violated(how)) => {
                self.end(End::new(EndReason::ProtocolViolation, &format!("viewer: {how}")))
            }
            (Side::Agent, Leave::Closed(_)) => {
                if self.state != State::Interrupted {
                    self.closing.get_or_insert(later(now, REASON_GRACE_US));
                }
                None
            }
            (side, Leave::Gone) => {
                let lost = self.lost(now, side, "the page was closed or went away");
                if side == Side::Viewer {
                    self.patience = PAGE_GONE_MAX;
                }
                lost
            }
            (side, Leave::Broke(how) | Leave::Violated(how)) => self.lost(now, side, &how),
        }
    }

    /// An end's connection broke.
    fn lost(&mut self, now: Tick, side: Side, how: &str) -> Option<Transition> {
        match (self.state, side) {
            (State::Active, side) => self.interrupt(now, &format!("{}: {how}", side.as_str())),
            (State::Interrupted, _) => None,
            (_, Side::Viewer) => self.end(End::new(EndReason::ViewerLost, how)),
            (_, Side::Agent) => self.end(End::new(EndReason::AgentLost, how)),
        }
    }

    fn resuming(&mut self, now: Tick, attempt: Attempt) -> Option<Transition> {
        if !self.state.runs() || attempt <= self.attempt {
            return None;
        }
        let transition = match self.state {
            State::Active => self.interrupt(now, "taken up anew"),
            _ => None,
        };
        self.attempt = attempt;
        self.broken = false;
        self.answer_due = true;
        // As long as the viewer's grant lives.
        self.returning = Some(later(now, VIEWER_DIAL_TIMEOUT_US));
        transition
    }

    fn interrupt(&mut self, now: Tick, how: &str) -> Option<Transition> {
        self.state = State::Interrupted;
        self.interrupted = now;
        self.patience = INTERRUPTED_MAX;
        self.broken = true;
        self.closing = None;
        Some(Transition::Interrupted(clip(how)))
    }

    fn offer_rights(&mut self, now: Tick, wanted: Rights) -> Option<Transition> {
        if !self.state.runs() || self.offer.is_some() {
            return None;
        }
        let until = later(now.after(CONSENT_TIME), CONSENT_GRACE_US);
        self.offer = Some(Offer { wanted, until });
        Some(Transition::RightsOffered)
    }

    fn rights_changed(&mut self, said: Rights, code: String, by: String) -> Option<Transition> {
        if !self.answered {
            return None;
        }
        if code == SESSION_UNKNOWN {
            let detail = "the agent does not have it any more";
            return self.end(End::new(EndReason::AgentRestarted, detail));
        }
        let before = self.rights;
        let answer = self.offer.take_if(|_| code != TAKEN_BACK);
        let most = match answer {
            Some(offer) if code.is_empty() => before.or(offer.wanted),
            _ => before,
        };
        let rights = said.and(most);
        if !rights.has(Right::View) {
            return self.end(End::by(EndReason::EndUserEnded, "end_user", &by));
        }
        self.rights = rights;
        let verdict = match answer {
            Some(_) if code.is_empty() => Verdict::Granted,
            Some(_) => Verdict::Refused(clip(&code)),
            None if rights != before => Verdict::TakenBack,
            // Nothing new; an agent that repeats itself is not written down.
            None => return None,
        };
        Some(Transition::Rights { before, verdict, by })
    }

    /// The next moment at which [`Self::handle_timeout`] has something to do.
    #[must_use]
    pub fn poll_deadline(&self) -> Option<Tick> {
        (self.state != State::Ended).then(|| self.due().0)
    }

    /// Does what is due: at most one transition comes of it, and the deadline lies later then.
    pub fn handle_timeout(&mut self, now: Tick) -> Option<Transition> {
        if self.state == State::Ended {
            return None;
        }
        match self.due() {
            (at, _) if now < at => None,
            (_, Due::End(reason, detail)) => self.end(End::new(reason, detail)),
            (_, Due::Interrupt) => self.interrupt(now, "the agent closed its connection"),
            (_, Due::OfferOver) => {
                self.offer = None;
                Some(Transition::Rights {
                    before: self.rights,
                    verdict: Verdict::Refused("no_answer".to_owned()),
                    by: String::new(),
                })
            }
        }
    }

    /// The earliest deadline in force and what happens then. There is always one: no session is for ever.
    fn due(&self) -> (Tick, Due) {
        let expires = (
            self.expires,
            Due::End(EndReason::Expired, "it was open for 24 hours"),
        );
        let of_state = match self.state {
            State::Requested => [self.agent_due(), self.viewer_due()],
            State::WaitingForConsent => [self.consent_due(), None],
            State::Active => [None, None],
            State::Interrupted => [Some(self.return_due()), None],
            State::Ended => return expires,
        };
        let closing = self.closing.map(|at| {
            let lost = Due::End(EndReason::AgentLost, "the agent closed its connection");
            (at, if self.state.runs() { Due::Interrupt } else { lost })
        });
        let offer = self.offer.map(|offer| (offer.until, Due::OfferOver));
        let rest = of_state.into_iter().chain([closing, offer]).flatten();
        rest.fold(
            expires,
            |first, other| if other.0 < first.0 { other } else { first },
        )
    }

    fn agent_due(&self) -> Option<(Tick, Due)> {
        match self.accepted {
            None => Some((
                later(self.requested, ANSWER_TIMEOUT_US),
                Due::End(EndReason::NoAnswer, "the agent did not answer within 20 seconds"),
            )),
            Some(at) if self.agent_dialed.is_none() => Some((
                later(at, AGENT_DIAL_TIMEOUT_US),
                Due::End(
                    EndReason::AgentLost,
                    "the agent accepted but did not connect within 20 seconds",
                ),
            )),
            Some(_) => None,
        }
    }

    fn viewer_due(&self) -> Option<(Tick, Due)> {
        let latest = later(self.requested, VIEWER_DIAL_TIMEOUT_US);
        let waited = self.agent_dialed.map_or(latest, |at| later(at, PEER_TIMEOUT_US));
        let due = Due::End(EndReason::ViewerLost, "the viewer did not connect in time");
        (!self.viewer_dialed).then(|| (latest.min(waited), due))
    }

    fn consent_due(&self) -> Option<(Tick, Due)> {
        let asked = self.waiting?.after(CONSENT_TIME);
        let detail = "the agent did not say what became of its question";
        Some((
            later(asked, CONSENT_GRACE_US),
            Due::End(EndReason::ConsentTimedOut, detail),
        ))
    }

    fn return_due(&self) -> (Tick, Due) {
        let detail = match self.patience {
            PAGE_GONE_MAX => "its page was closed and nobody came back into it within a minute",
            _ => "nobody came back into it for 10 minutes",
        };
        let due = self.interrupted.after(self.patience);
        // Whoever is on the way back is waited for.
        let due = self.returning.map_or(due, |until| due.max(until));
        (due, Due::End(EndReason::Expired, detail))
    }

    fn end(&mut self, end: End) -> Option<Transition> {
        self.state = State::Ended;
        Some(Transition::Ended(end))
    }
}

/// The code with which an agent says that rights were taken back.
const TAKEN_BACK: &str = "taken_back";

/// The code with which an agent says that it does not have the session any more.
const SESSION_UNKNOWN: &str = "session_unknown";

/// What is to be done at a deadline.
enum Due {
    End(EndReason, &'static str),
    Interrupt,
    OfferOver,
}

fn later(at: Tick, by_us: u64) -> Tick {
    at.after(Duration::from_micros(by_us))
}

#[cfg(test)]
mod tests;
