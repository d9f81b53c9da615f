//! Sessions as the API shows them: the row, with what is live laid over it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farol_protocol::pipe::PipePublicKey;
use farol_protocol::rights::Rights;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::figures::SessionFigures;
use super::lifecycle::{End, State};
use super::live::{Handle, Info};
use super::rights::RightSet;
use crate::clock::Timestamp;
use crate::ids::{AccountId, MachineId, SessionId};
use crate::store::entities::session::Model;
use crate::store::entities::session_event;

/// One period of remote access to one machine.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Session {
    /// Its identifier.
    pub id: SessionId,
    /// The machine; kept after the machine was removed.
    pub machine_id: Option<MachineId>,
    /// The machine's name at the time.
    pub machine_name: String,
    /// Who asked; of a guest, the name that they gave.
    pub technician: Technician,
    /// Of a guest, whom a technician invited: the session of that technician, whose record may be gone.
    pub guest_of: Option<SessionId>,
    /// What the viewer may do now, or could at the end; without those that wait for an answer.
    pub rights: RightSet,
    /// What waits for the answer of the person at the machine.
    pub rights_asked: RightSet,
    /// `requested`, `waiting_for_consent`, `active`, `interrupted` or `ended`.
    #[schema(value_type = SessionState)]
    pub state: &'static str,
    /// What the person at the machine said; `null` when nobody had to be asked, or until there is an answer.
    pub consent: Option<SessionConsent>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Why, as who asked said; `null` when they did not.
    pub reason: Option<String>,
    /// When both ends were coupled, the first time.
    pub connected_at: Option<Timestamp>,
    /// Since when it has no pipe; `null` while it has one.
    pub interrupted_at: Option<Timestamp>,
    /// How often it was taken up again.
    pub resumes: u32,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub end: Option<SessionEnding>,
    /// Bytes passed on to the viewer so far.
    pub bytes_to_viewer: u64,
    /// Bytes passed on to the agent so far.
    pub bytes_to_agent: u64,
    /// How it goes or went; `null` until the agent has told.
    pub figures: Option<SessionFigures>,
    /// What happened in it, oldest first; `null` in lists.
    pub timeline: Option<Vec<SessionEvent>>,
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "describes the values of a field that is written as text")]
pub(super) enum SessionState {
    /// The offer is under way, or both ends are.
    Requested,
    /// The person at the machine is being asked.
    WaitingForConsent,
    /// Both ends are coupled.
    Active,
    /// It lost its pipe and can be taken up again.
    Interrupted,
    /// Over.
    Ended,
}

/// What the person at the machine said to a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionConsent {
    /// Who was asked; `null` when the agent does not know, or nobody was there.
    pub by: Option<String>,
    /// When it was answered.
    pub at: Timestamp,
    /// `allowed`, `nobody_logged_on` (which allows it), `refused`, `timed_out` or `nobody_to_ask`.
    pub outcome: String,
}

/// Something that happened in a session.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SessionEvent {
    /// When.
    pub at: Timestamp,
    /// What: the audit action without its `session.`, as `requested`, `consent_given`, `consent_refused`, `connected`,
    /// `interrupted`, `resumed`, `rights_asked`, `rights_granted`, `rights_refused`, `rights_taken_back`, `ended`; and what the
    /// agent tells of the people in it, which is no audit entry: `said` with `text`, `handed_over` with `to`.
    pub kind: String,
    /// Who did it.
    pub who: SessionEventBy,
    /// More about it, as in the audit entry: `rights`, `ask`, `given`, `taken`, `code`, `reason`, `detail`, …
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
}

/// Who did something in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionEventBy {
    /// `account`, `guest`, `agent` or `server`.
    pub kind: String,
    /// Display name at the time.
    pub name: String,
}

/// The person who asked for a session, or came into one as a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Technician {
    /// The account; `null` once it is gone, and for a guest.
    pub id: Option<AccountId>,
    /// Display name at the time.
    pub name: String,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionEnding {
    /// Stable code: `technician_ended`, `end_user_ended`, `consent_refused`, `consent_timed_out`, `nobody_to_ask`,
    /// `viewer_lost`, `agent_lost`, `machine_offline`, `no_answer`, `agent_refused`, `agent_restarted`, `handshake_failed`,
    /// `superseded`, `expired`, `login_ended`, `host_left`, `invitation_revoked`, `access_changed`, `server_restarted`,
    /// `protocol_violation`, `machine_removed`, `machine_blocked`, `machine_changed`; in old records also `server_stopped` and
    /// `relay_not_trusted`.
    pub reason: String,
    /// Who ended it, when it was a person.
    pub by: Option<SessionEndedBy>,
    /// More about it; a fragment.
    pub detail: Option<String>,
}

/// The person who ended a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionEndedBy {
    /// `technician`, `guest` (whose session it was) or `end_user`.
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
    /// What the viewer may do now.
    pub rights: RightSet,
    /// `requested`, `waiting_for_consent`, `active` or `interrupted`.
    #[schema(value_type = SessionState)]
    pub state: &'static str,
    /// When both ends were coupled, the first time.
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

/// A session whose rights are to change.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct SessionAsked {
    /// The session, with what waits for an answer.
    pub session: Session,
}

/// What was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionsRemoved {
    /// How many records.
    pub removed: u64,
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

impl Technician {
    fn of(info: &Info) -> Self {
        Self {
            id: Some(info.account).filter(|_| info.guest_of.is_none()),
            name: info.technician.clone(),
        }
    }
}

impl SessionEnding {
    pub(super) fn of(end: &End) -> Self {
        Self {
            reason: end.reason.as_str().to_owned(),
            by: end.by.as_ref().map(|by| SessionEndedBy {
                kind: by.kind.to_owned(),
                name: by.name.clone(),
            }),
            detail: Some(end.detail.clone()).filter(|detail| !detail.is_empty()),
        }
    }
}

impl SessionConsent {
    fn new(by: &str, at: Timestamp, outcome: &str) -> Self {
        Self {
            by: Some(by.to_owned()).filter(|by| !by.is_empty()),
            at,
            outcome: outcome.to_owned(),
        }
    }
}

impl SessionEvent {
    pub(super) fn of(row: session_event::Model) -> Self {
        Self {
            at: row.at,
            kind: row.kind,
            who: SessionEventBy {
                kind: row.who_kind,
                name: row.who,
            },
            detail: row.detail,
        }
    }
}

impl Session {
    /// Of a session that has a task.
    pub(super) fn of_live(handle: &Handle) -> Self {
        let (info, status) = (handle.info(), handle.status());
        let (bytes_to_viewer, bytes_to_agent) = handle.traffic().get();
        let consent = status.consent.as_ref();
        Self {
            id: info.id,
            machine_id: Some(info.machine),
            machine_name: info.machine_name.clone(),
            technician: Technician::of(info),
            guest_of: info.guest_of,
            rights: RightSet(status.rights),
            rights_asked: RightSet(status.asked),
            state: status.state.as_str(),
            consent: consent.map(|said| SessionConsent::new(&said.by, said.at, said.outcome)),
            requested_at: info.requested_at,
            reason: Some(info.reason.clone()).filter(|reason| !reason.is_empty()),
            connected_at: status.connected_at,
            interrupted_at: status.interrupted_at,
            resumes: status.resumes,
            ended_at: None,
            end: status.end.as_ref().map(SessionEnding::of),
            bytes_to_viewer,
            bytes_to_agent,
            figures: status.figures.clone(),
            timeline: None,
        }
    }

    /// Of a row; what is live is newer.
    pub(super) fn of_row(row: Model, live: Option<&Handle>) -> Self {
        if let Some(handle) = live.filter(|_| row.state != State::Ended.as_str()) {
            return Self::of_live(handle);
        }
        let count = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
        let end = row.end_reason.map(|reason| SessionEnding {
            reason,
            by: match (row.end_by_kind, row.end_by_name) {
                (Some(kind), Some(name)) => Some(SessionEndedBy { kind, name }),
                _ => None,
            },
            detail: row.end_detail,
        });
        let consent = row.consent_outcome.zip(row.consent_at);
        let by = row.consent_by.unwrap_or_default();
        Self {
            id: row.id,
            machine_id: row.machine_id,
            machine_name: row.machine_name,
            technician: Technician {
                id: row.account_id.filter(|_| row.guest_of.is_none()),
                name: row.technician_name,
            },
            guest_of: row.guest_of,
            rights: RightSet(Rights::from_names(&row.rights)),
            rights_asked: RightSet(Rights::from_names(&row.asked)),
            state: state_name(&row.state),
            consent: consent.map(|(outcome, at)| SessionConsent::new(&by, at, &outcome)),
            requested_at: row.requested_at,
            reason: Some(row.reason).filter(|reason| !reason.is_empty()),
            connected_at: row.connected_at,
            interrupted_at: row.interrupted_at,
            resumes: u32::try_from(row.resumes).unwrap_or(0),
            ended_at: row.ended_at,
            end,
            bytes_to_viewer: count(row.bytes_to_viewer),
            bytes_to_agent: count(row.bytes_to_agent),
            figures: row.figures.and_then(SessionFigures::of_row),
            timeline: None,
        }
    }
}

impl SessionSummary {
    /// None once the session is over.
    pub(super) fn of(handle: &Handle) -> Option<Self> {
        let status = handle.status();
        let info = handle.info();
        (status.state != State::Ended).then(|| Self {
            id: info.id,
            technician: Technician::of(info),
            rights: RightSet(status.rights),
            state: status.state.as_str(),
            connected_at: status.connected_at,
        })
    }
}

fn state_name(text: &str) -> &'static str {
    // Rows are written by this program; what it does not know is over.
    State::ALL
        .into_iter()
        .map(State::as_str)
        .find(|name| *name == text)
        .unwrap_or(State::Ended.as_str())
}
