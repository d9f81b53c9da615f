//! Machines as the API shows them: the row, with presence and live sessions laid over it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Labels;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::http::ETag;
use crate::ids::{MachineId, OrganizationId, SiteId};
use crate::recognition::door;
use crate::rights::{MachineFacts, Permission, Rights};
use crate::sessions::{self, SessionSummary};
use crate::store::entities::machine::{Door, MachineState, Model};

/// A managed computer. Everything the agent states is plain text and not to be trusted further.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Machine {
    /// Its identifier.
    pub id: MachineId,
    /// The name people gave it; its host name at first.
    pub name: String,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Where it stands.
    pub site_id: SiteId,
    /// Whether its agent is connected, or, where only a helpdesk's agent speaks for it, whether its heartbeats come.
    pub presence: MachinePresence,
    /// What runs on it.
    pub os: MachineOs,
    /// What it calls itself.
    pub hostname: String,
    /// People logged on at it, as last reported.
    pub users: Vec<MachineUser>,
    /// Version of its agent.
    pub agent_version: String,
    /// `active`, or `blocked`: then nothing gets in until it is unblocked.
    pub state: String,
    /// Who blocked it and why, while it is blocked.
    pub block: Option<MachineBlock>,
    /// Whose agent speaks for it: `agent` (ours, over a link) or `helpdesk` (over the machine routes).
    pub door: String,
    /// Department, device type and tags; those of its enrollment token at first.
    pub labels: Labels,
    /// Every door through which something speaks for it: `agent`, `helpdesk` or both.
    pub doors: Vec<String>,
    /// Fingerprint over what identifies it.
    pub machine_uid: Option<String>,
    /// What its agent can do, as last reported: `screen`, `input`, `clipboard`.
    pub capabilities: Vec<String>,
    /// Whether there is a picture to see, as last reported.
    pub screen: Option<MachineScreen>,
    /// When its agent was last connected; now for those that are.
    pub last_seen_at: Option<Timestamp>,
    /// When it got its record.
    pub enrolled_at: Timestamp,
    /// Where its agent last connected from.
    pub address: Option<String>,
    /// Whether it is that of a one-time agent: it is in no list but the queue of waiting people, and goes with its agent.
    pub one_time: bool,
    /// Sessions that are not over.
    pub sessions: Vec<SessionSummary>,
    /// What the caller may do with it; where a role asks for a fresh second factor, after that.
    pub permissions: Vec<Permission>,
    /// Version for `If-Match`.
    pub etag: String,
}

/// Why a machine is blocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MachineBlock {
    /// Since when.
    pub at: Timestamp,
    /// Who blocked it: a name.
    pub by: String,
    /// What kind of actor that is: `account`, or `command_line` (the server's own).
    pub by_kind: String,
    /// What they said; may be empty.
    pub reason: String,
}

/// Whether an agent is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct MachinePresence {
    /// `online` or `offline`.
    pub status: MachineStatus,
    /// Since when.
    pub since: Timestamp,
}

/// Online or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MachineStatus {
    /// The agent is connected.
    Online,
    /// It is not.
    Offline,
}

/// An operating system, as the agent states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MachineOs {
    /// `linux`, `windows`, `macos`.
    pub family: String,
    /// Product name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Processor architecture.
    pub arch: String,
}

/// A person logged on at a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MachineUser {
    /// Name of the system's account.
    pub name: String,
    /// Since when, where known.
    pub since: Option<Timestamp>,
}

/// Whether there is a picture to see, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MachineScreen {
    /// Stable code: `ok`, `no_display`, `access_denied`, `locked`, `blank`, `lost`, `unsupported`, `log_on`.
    pub state: String,
    /// For people; may be empty.
    pub detail: String,
}

#[derive(Deserialize)]
struct StoredUser {
    name: String,
    since_ms: Option<i64>,
}

impl Machine {
    /// The row with what is known beside it, for somebody with `rights`.
    pub(crate) fn of(ctx: &Ctx, rights: &Rights, row: Model) -> Self {
        let permissions = rights.offered_on(&MachineFacts::from(&row));
        let online = ctx.presence.view(row.id);
        let heard = online_since(ctx, &row);
        let stored: Vec<String> = serde_json::from_value(row.capabilities).unwrap_or_default();
        let presence = match heard {
            Some(since) => MachinePresence {
                status: MachineStatus::Online,
                since,
            },
            None => MachinePresence {
                status: MachineStatus::Offline,
                since: row.last_seen_at.unwrap_or(row.enrolled_at),
            },
        };
        Self {
            id: row.id,
            name: row.name,
            organization_id: row.organization_id,
            site_id: row.site_id,
            presence,
            os: MachineOs {
                family: row.os_family,
                name: row.os_name,
                version: row.os_version,
                arch: row.os_arch,
            },
            hostname: row.hostname,
            users: users(&row.users),
            agent_version: row.agent_version,
            state: match row.state {
                MachineState::Active => "active",
                MachineState::Blocked => "blocked",
            }
            .into(),
            block: row.blocked_at.map(|at| MachineBlock {
                at,
                by: row.blocked_by.unwrap_or_default(),
                by_kind: row.blocked_by_kind.unwrap_or_default(),
                reason: row.block_reason.unwrap_or_default(),
            }),
            door: door(row.door).into(),
            labels: Labels::from_column(&row.labels),
            doors: doors(row.door, row.helpdesk_at),
            machine_uid: row.machine_uid,
            capabilities: online
                .as_ref()
                .map_or(stored, |online| online.capabilities.to_vec()),
            screen: row.screen.and_then(|screen| serde_json::from_value(screen).ok()),
            last_seen_at: if heard.is_some() {
                Some(ctx.clock.now())
            } else {
                row.last_seen_at
            },
            enrolled_at: row.enrolled_at,
            address: row.address,
            one_time: row.one_time,
            sessions: sessions::of_machine(ctx, row.id),
            permissions: permissions.iter().filter(|one| one.is_about_machines()).collect(),
            etag: ETag(row.version).to_string(),
        }
    }
}

/// Since when the machine is online, if it is.
pub(super) fn online_since(ctx: &Ctx, row: &Model) -> Option<Timestamp> {
    match ctx.presence.view(row.id) {
        Some(online) => Some(online.since),
        // Our agent's link says more than other products' heartbeats, also by its absence.
        None if row.door == Door::Helpdesk && row.state == MachineState::Active => {
            ctx.helpdesk.since(row.id, ctx.clock.now())
        }
        None => None,
    }
}

pub(super) fn doors(first: Door, helpdesk_at: Option<Timestamp>) -> Vec<String> {
    let second = helpdesk_at
        .filter(|_| first == Door::Agent)
        .map(|_| Door::Helpdesk);
    let all = std::iter::once(first).chain(second);
    all.map(|known| door(known).to_owned()).collect()
}

/// The column is written by this program; were it damaged, the rest of the machine is still worth showing.
pub(super) fn users(stored: &serde_json::Value) -> Vec<MachineUser> {
    let stored = Vec::<StoredUser>::deserialize(stored).unwrap_or_default();
    let user = |user: StoredUser| MachineUser {
        name: user.name,
        since: user.since_ms.map(Timestamp),
    };
    stored.into_iter().map(user).collect()
}
