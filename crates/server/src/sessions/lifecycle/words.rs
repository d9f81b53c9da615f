//! The words of a session's life: states, what happens to it, what comes of that.

use farol_protocol::rights::Rights;

use super::End;

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

    /// Stable name, for rows and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Agent => "agent",
        }
    }

    /// The side with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Viewer, Self::Agent]
            .into_iter()
            .find(|side| side.as_str() == name)
    }
}

/// Counts the ways into a session: 1 when it is opened, one more each time somebody comes back.
pub type Attempt = u32;

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The offer is under way, or accepted and the two ends are on their way to the relay.
    Requested,
    /// The person at the machine is being asked.
    WaitingForConsent,
    /// The relay couples the two ends.
    Active,
    /// It lost its pipe and can be taken up again.
    Interrupted,
    /// Over, for good.
    Ended,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Requested,
        Self::WaitingForConsent,
        Self::Active,
        Self::Interrupted,
        Self::Ended,
    ];

    /// The name in the API and in rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::WaitingForConsent => "waiting_for_consent",
            Self::Active => "active",
            Self::Interrupted => "interrupted",
            Self::Ended => "ended",
        }
    }

    /// Whether it ran at least once and is not over.
    #[must_use]
    pub fn runs(self) -> bool {
        matches!(self, Self::Active | Self::Interrupted)
    }
}

/// How an end of the pipe went away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leave {
    /// A viewer's page was closed, or loaded anew: nobody said goodbye, and perhaps somebody is back in a moment.
    Gone,
    /// It said goodbye: a close frame with code 1000 and this reason text, which nobody believes.
    Closed(String),
    /// The connection broke or fell silent; a fragment says how.
    Broke(String),
    /// It broke the rules of the relay; a fragment says which.
    Violated(String),
}

/// What happened to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The agent said yes, with these rights; the name is that of who was asked, if the agent knows it.
    Accepted(Rights, String),
    /// The person at the machine is being asked.
    Waiting,
    /// The agent said no: stable code and detail as the agent wrote them, and the name of who was asked.
    Refused {
        /// Stable code.
        code: String,
        /// For people.
        detail: String,
        /// Who was asked; may be empty.
        by: String,
    },
    /// An end opened its relay connection and showed a valid grant of this attempt.
    Dialed(Side, Attempt),
    /// The relay couples both ends of this attempt now.
    Coupled(Attempt),
    /// An end of this attempt's pipe went away.
    Left(Side, Attempt, Leave),
    /// The machine's link ended, or was replaced.
    LinkLost,
    /// Both ends get grants of this attempt; older ones count no more.
    Resuming(Attempt),
    /// The agent was offered these rights: all that the session shall have.
    RightsOffered(Rights),
    /// The agent says which rights the session has, why (see [`farol_protocol::link::SessionRightsChanged`]), and who decided.
    RightsChanged(Rights, String, String),
    /// The server stops.
    Stop,
    /// Somebody or something ends the session.
    End(End),
}

/// What an input changed; the driver writes rows and tells others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// Now `waiting_for_consent`.
    Waiting,
    /// The agent said yes.
    Accepted {
        /// Who was asked; may be empty.
        by: String,
    },
    /// Now `active`.
    Active,
    /// Now `interrupted`; a fragment says how.
    Interrupted(String),
    /// Other rights are offered.
    RightsOffered,
    /// The rights are others, or an offer was answered.
    Rights {
        /// What they were.
        before: Rights,
        /// Why.
        verdict: Verdict,
        /// Who decided; may be empty.
        by: String,
    },
    /// Now `ended`.
    Ended(End),
}

/// What became of rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// An offer was agreed to.
    Granted,
    /// Taken back, without being asked.
    TakenBack,
    /// An offer was not agreed to; the code says why.
    Refused(String),
}

/// What a session starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// What it shall have.
    pub wanted: Rights,
    /// What of that the person at the machine has to agree to.
    pub ask: Rights,
}
