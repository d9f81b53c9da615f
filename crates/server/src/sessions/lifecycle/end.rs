//! How a session ends: the reasons, who ended it, and what is kept of that.
//!
//! Here: the words. Not here: when which of them is said (`lifecycle.rs`).

use crate::http::RequestInfo;
use crate::ids::AccountId;

/// Longest detail text kept of what an agent or a socket says about an end, in bytes.
pub const DETAIL_MAX: usize = 300;

/// The enum, the list of all its values and their codes, from one table.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident => $code:literal,)*) => {
        /// Why a session ended. The codes are part of the API and of the close frames on the relay.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EndReason {
            $($(#[$doc])* $name,)*
        }

        impl EndReason {
            /// Every reason, in the order of the API description.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable code.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

reasons! {
    /// The technician closed it, or the guest whose session it was.
    TechnicianEnded => "technician_ended",
    /// The person at the machine closed it.
    EndUserEnded => "end_user_ended",
    /// The person at the machine said no.
    ConsentRefused => "consent_refused",
    /// The person at the machine was asked and said nothing.
    ConsentTimedOut => "consent_timed_out",
    /// Somebody has to agree, and nobody was there to be asked.
    NobodyToAsk => "nobody_to_ask",
    /// The viewer's connection broke before the session ran, or never came.
    ViewerLost => "viewer_lost",
    /// The agent's connection broke before the session ran, or never came after its yes.
    AgentLost => "agent_lost",
    /// The machine was not reachable when it was to be asked.
    MachineOffline => "machine_offline",
    /// The agent did not answer the offer in time.
    NoAnswer => "no_answer",
    /// The agent said no; the detail says why.
    AgentRefused => "agent_refused",
    /// The agent does not have the session any more: it was started anew.
    AgentRestarted => "agent_restarted",
    /// The two ends could not agree on keys.
    HandshakeFailed => "handshake_failed",
    /// Another session took its place.
    Superseded => "superseded",
    /// Nobody came back into it for too long, or it was open for too long.
    Expired => "expired",
    /// The technician signed out, or the login was revoked or expired.
    LoginEnded => "login_ended",
    /// Of a guest's session: that of who invited them is over.
    HostLeft => "host_left",
    /// Of a guest's session: their invitation was revoked.
    InvitationRevoked => "invitation_revoked",
    /// The technician's place in the organization, or what it allows, changed.
    AccessChanged => "access_changed",
    /// The server stopped before the session ran.
    ServerRestarted => "server_restarted",
    /// One end sent what no correct program sends.
    ProtocolViolation => "protocol_violation",
    /// The machine was removed from its organization.
    MachineRemoved => "machine_removed",
    /// The machine was blocked.
    MachineBlocked => "machine_blocked",
    /// Another installation took the machine's place, or its records were merged or separated.
    MachineChanged => "machine_changed",
}

impl EndReason {
    /// The reason with this code, if there is one.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == code)
    }

    /// Whether an agent may name this on its link as the reason of an end; anything else it says counts as its own loss. It
    /// may say what happened on the machine and in the pipe, which nobody else can read, but not what the server alone decides.
    #[must_use]
    pub fn agent_may_say(self) -> bool {
        matches!(
            self,
            Self::EndUserEnded
                | Self::TechnicianEnded
                | Self::ViewerLost
                | Self::AgentLost
                | Self::AgentRestarted
                | Self::HandshakeFailed
                | Self::Expired
                | Self::ProtocolViolation
        )
    }

    /// What a refusal of the agent is called; a refusal that says nothing of the person at the machine is the agent's own.
    #[must_use]
    pub fn of_refusal(code: &str) -> Self {
        match code {
            "consent_refused" => Self::ConsentRefused,
            "consent_timed_out" => Self::ConsentTimedOut,
            "nobody_to_ask" => Self::NobodyToAsk,
            "session_unknown" => Self::AgentRestarted,
            _ => Self::AgentRefused,
        }
    }
}

/// The kind of who ended a session that was theirs as a guest.
pub const GUEST: &str = "guest";

/// Who ended a session, when it was somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedBy {
    /// "technician", [`GUEST`] or "end_user".
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

    /// An end that the guest caused whose session it was.
    #[must_use]
    pub fn by_guest(name: &str) -> Self {
        Self::by(EndReason::TechnicianEnded, GUEST, name)
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
