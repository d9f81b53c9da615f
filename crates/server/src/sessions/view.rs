//! Sessions as the API shows them: the row, with what is live laid over it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farol_protocol::pipe::PipePublicKey;
use farol_protocol::rights::Rights;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::lifecycle::State;
use super::live::Handle;
use super::rights::RightSet;
use crate::clock::Timestamp;
use crate::ids::{AccountId, MachineId, SessionId};
use crate::store::entities::session::Model;

/// One period of remote access to one machine.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Session {
    /// Its identifier.
    pub id: SessionId,
    /// The machine; kept after the machine was removed.
    pub machine_id: Option<MachineId>,
    /// The machine's name at the time.
    pub machine_name: String,
    /// Who asked.
    pub technician: Technician,
    /// What was asked for.
    pub rights: RightSet,
    /// `requested`, `offered`, `connected` or `ended`.
    #[schema(value_type = SessionState)]
    pub state: &'static str,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When both ends were coupled.
    pub connected_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub end: Option<SessionEnding>,
    /// Bytes passed on to the viewer so far.
    pub bytes_to_viewer: u64,
    /// Bytes passed on to the agent so far.
    pub bytes_to_agent: u64,
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "describes the values of a field that is written as text")]
pub(super) enum SessionState {
    /// The agent was not told yet.
    Requested,
    /// The agent was asked, or both ends are on their way.
    Offered,
    /// Both ends are coupled.
    Connected,
    /// Over.
    Ended,
}

/// The person who asked for a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Technician {
    /// The account; `null` once it is gone.
    pub id: Option<AccountId>,
    /// Display name at the time.
    pub name: String,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionEnding {
    /// Stable code: `technician_ended`, `end_user_ended`, `viewer_lost`, `agent_lost`, `machine_offline`, `no_answer`,
    /// `agent_refused`, `login_ended`, `server_stopped`, `server_restarted`, `protocol_violation`, `machine_removed`,
    /// `machine_blocked`, `relay_not_trusted`, `machine_changed`.
    pub reason: String,
    /// Who ended it, when it was a person.
    pub by: Option<SessionEndedBy>,
    /// More about it; a fragment.
    pub detail: Option<String>,
}

/// The person who ended a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionEndedBy {
    /// `technician` or `end_user`.
    pub kind: String,
    /// Display name.
    pub name: String,
}

/// A session that is not over, as a line of its machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionSummary {
    /// Its identifier.
    pub id: SessionId,
    /// Who asked.
    pub technician: Technician,
    /// What was asked for.
    pub rights: RightSet,
    /// `requested`, `offered` or `connected`.
    #[schema(value_type = SessionState)]
    pub state: &'static str,
    /// When both ends were coupled.
    pub connected_at: Option<Timestamp>,
}

/// A session that was just opened, and the way in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Opening {
    /// The session.
    pub session: Session,
    /// Where the viewer connects.
    pub relay: RelayEntry,
    /// The key that the machine opens pipes with, base64url of 32 bytes.
    pub machine_key: String,
    /// What two people compare that key by: four words joined by hyphens.
    #[schema(example = "lusab-babad-gutih-tugad")]
    pub machine_words: String,
}

impl Opening {
    pub(super) fn new(session: Session, relay: RelayEntry, machine: &PipePublicKey) -> Self {
        Self {
            session,
            relay,
            machine_key: machine.to_base64url(),
            machine_words: machine.words(),
        }
    }
}

/// What the viewer needs to connect.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RelayEntry {
    /// Path of the WebSocket on this server.
    pub path: &'static str,
    /// The grant, base64url of 32 bytes; works once.
    pub grant: String,
    /// After this the grant opens nothing.
    pub expires_at: Timestamp,
}

/// Which sessions a list wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StateFilter {
    /// Not over.
    Live,
    /// Over.
    Ended,
}

impl RelayEntry {
    pub(super) fn new(grant: &[u8], expires_at: Timestamp) -> Self {
        Self {
            path: "/api/relay",
            grant: URL_SAFE_NO_PAD.encode(grant),
            expires_at,
        }
    }
}

impl Session {
    /// A session without a row at hand: one that was requested `at` this moment.
    pub(super) fn of_live(handle: &Handle, at: Timestamp) -> Self {
        let info = handle.info();
        let status = handle.status();
        Self {
            id: info.id,
            machine_id: Some(info.machine),
            machine_name: info.machine_name.clone(),
            technician: Technician {
                id: Some(info.account),
                name: info.technician.clone(),
            },
            rights: info.rights,
            state: status.state.as_str(),
            requested_at: at,
            connected_at: status.connected_at,
            ended_at: None,
            end: None,
            bytes_to_viewer: 0,
            bytes_to_agent: 0,
        }
    }

    pub(super) fn of_row(row: Model, live: Option<&Handle>) -> Self {
        let count = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
        let end = row.end_reason.map(|reason| SessionEnding {
            reason,
            by: match (row.end_by_kind, row.end_by_name) {
                (Some(kind), Some(name)) => Some(SessionEndedBy { kind, name }),
                _ => None,
            },
            detail: row.end_detail,
        });
        let mut session = Self {
            id: row.id,
            machine_id: row.machine_id,
            machine_name: row.machine_name,
            technician: Technician {
                id: row.account_id,
                name: row.technician_name,
            },
            rights: RightSet(Rights::from_names(&row.rights)),
            state: state_name(&row.state),
            requested_at: row.requested_at,
            connected_at: row.connected_at,
            ended_at: row.ended_at,
            end,
            bytes_to_viewer: count(row.bytes_to_viewer),
            bytes_to_agent: count(row.bytes_to_agent),
        };
        if session.state != State::Ended.as_str()
            && let Some(handle) = live
        {
            session.overlay(handle);
        }
        session
    }

    fn overlay(&mut self, handle: &Handle) {
        let status = handle.status();
        self.state = status.state.as_str();
        self.connected_at = status.connected_at.or(self.connected_at);
        if let Some(end) = status.end {
            self.end = Some(SessionEnding {
                reason: end.reason.as_str().to_owned(),
                by: end.by.map(|by| SessionEndedBy {
                    kind: by.kind.to_owned(),
                    name: by.name,
                }),
                detail: Some(end.detail).filter(|detail| !detail.is_empty()),
            });
        }
        (self.bytes_to_viewer, self.bytes_to_agent) = handle.traffic().get();
    }
}

impl SessionSummary {
    /// None once the session is over.
    pub(super) fn of(handle: &Handle) -> Option<Self> {
        let status = handle.status();
        let info = handle.info();
        (status.state != State::Ended).then(|| Self {
            id: info.id,
            technician: Technician {
                id: Some(info.account),
                name: info.technician.clone(),
            },
            rights: info.rights,
            state: status.state.as_str(),
            connected_at: status.connected_at,
        })
    }
}

fn state_name(text: &str) -> &'static str {
    let states = [State::Requested, State::Offered, State::Connected, State::Ended];
    // Rows are written by this program; what it does not know is over.
    states
        .into_iter()
        .map(State::as_str)
        .find(|name| *name == text)
        .unwrap_or(State::Ended.as_str())
}
