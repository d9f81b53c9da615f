//! What travels on a link, as checked types. Not here: the order of the handshake (`agent.rs`, `server.rs`).

use std::time::Duration;

use prost::Message;

use crate::evidence::Evidence;
use crate::identity::{MachinePublicKey, SIGNATURE_BYTES, ServerPublicKey, SignatureBytes};
use crate::ids::{InstallId, RunId};
use crate::limits::{
    CAPABILITIES_MAX, CODE_MAX, DETAIL_MAX, HEARTBEAT_EVERY, HEARTBEAT_MAX, HEARTBEAT_MIN, INSTALLATION_MAX,
    NAME_MAX, REDIAL_MAX, TOKEN_TEXT_MAX, USERS_MAX, link_dead_after, link_lost_after,
};
use crate::pipe::PipePublicKey;
use crate::wire::{self, link as proto};
use crate::{ProtocolError, text};

/// Dated facts about a machine, as its agent states them: text for people, never trusted further.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// At most [`NAME_MAX`] bytes.
    pub hostname: String,
    /// What runs on it.
    pub os: OperatingSystem,
    /// People logged on now; at most [`USERS_MAX`].
    pub users: Vec<LoggedOnUser>,
    /// Version of the agent.
    pub agent_version: String,
    /// Whether there is a picture to see; absent when the agent has no screen capability.
    pub screen: Option<ScreenStatus>,
}

/// An operating system, each part at most [`NAME_MAX`] bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperatingSystem {
    /// `linux`, `windows`, `macos`.
    pub family: String,
    /// Product name, such as `Debian GNU/Linux`.
    pub name: String,
    /// Version as the system states it.
    pub version: String,
    /// Processor architecture, such as `x86_64`.
    pub arch: String,
}

/// A person logged on at the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoggedOnUser {
    /// At most [`NAME_MAX`] bytes.
    pub name: String,
    /// Unix milliseconds on the agent's clock; `None` when unknown.
    pub since_ms: Option<u64>,
}

/// Whether there is a picture to see, and why not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScreenStatus {
    /// As [`crate::pipe::message::screen::ScreenCondition::code`].
    pub code: String,
    /// For people; may be empty.
    pub detail: String,
}

/// An agent proved who it is, and says what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Established {
    /// About the machine.
    pub facts: Facts,
    /// What this agent can do here and now; at most [`CAPABILITIES_MAX`] stable codes.
    pub capabilities: Vec<String>,
    /// Tells a restart of the agent from a reconnect.
    pub run: RunId,
    /// Which copy of the agent's state it is, on which machine; the agent's signature covers it.
    pub installation: Installation,
    /// What pipes to this machine are opened with.
    pub pipe_key: PipePublicKey,
}

/// Which copy of the agent's state speaks, and what identifies the machine under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Made with the state.
    pub id: InstallId,
    /// Counted up and kept before each hello. One that the server has seen means a restored or a copied state.
    pub counter: u64,
    /// A claim for matching.
    pub evidence: Evidence,
}

/// An agent made itself a new key; both keys have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMachineKey {
    /// The new key.
    pub key: MachinePublicKey,
    /// By the key that counts now: the one the link was opened with, or the last one accepted on it.
    pub signature_by_old: SignatureBytes,
    /// By the new key.
    pub signature_by_new: SignatureBytes,
}

/// The server's next identity key, named by the present one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityUpdate {
    /// The next key.
    pub next: ServerPublicKey,
    /// By the key that the agent trusts.
    pub signature: SignatureBytes,
}

/// The server took the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Welcome {
    /// How often each end is heard.
    pub pace: Pace,
    /// Unix milliseconds on the server's clock.
    pub server_time_ms: u64,
    /// Where the agent's counter goes on from; to be kept before anything else. `None`: from its own.
    pub counter: Option<u64>,
    /// The install id to take from now on; the state was restored from an older copy.
    pub install_id: Option<InstallId>,
}

/// How often the ends of a link are heard, and how quickly a lost one is dialed again. The server decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How often the agent sends a heartbeat, which the server answers. Whole milliseconds travel.
    pub heartbeat: Duration,
    /// A lost link is dialed again at a moment of this time, drawn by the agent. Zero: as its own back-off says.
    pub redial: Duration,
}

impl Pace {
    /// While there are few links, and of every machine that somebody has to do with.
    pub const QUICK: Self = Self {
        heartbeat: HEARTBEAT_EVERY,
        redial: Duration::ZERO,
    };

    /// Silence after which the server takes the agent for dead.
    #[must_use]
    pub const fn dead_after(self) -> Duration {
        link_dead_after(self.heartbeat)
    }

    /// Silence after which the agent takes the server for lost.
    #[must_use]
    pub const fn lost_after(self) -> Duration {
        link_lost_after(self.heartbeat)
    }

    pub(crate) fn into_wire(self) -> proto::Pace {
        proto::Pace {
            heartbeat_ms: millis(self.heartbeat),
            redial_ms: millis(self.redial),
        }
    }

    /// What is not believed is brought into its limits: a link that is up is worth more than a server without mistakes.
    pub(crate) fn from_wire(said: proto::Pace) -> Self {
        Self {
            heartbeat: Duration::from_millis(said.heartbeat_ms.into()).clamp(HEARTBEAT_MIN, HEARTBEAT_MAX),
            redial: Duration::from_millis(said.redial_ms.into()).min(REDIAL_MAX),
        }
    }
}

fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

/// The server ends the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goodbye {
    /// Why.
    pub reason: GoodbyeReason,
    /// For logs; may be empty.
    pub detail: String,
    /// Earliest moment to dial again; `None` leaves it to the agent.
    pub retry_after: Option<Duration>,
    /// With [`GoodbyeReason::Reidentify`]: text of an enrollment token for one use. Never in logs.
    pub token: Option<Secret>,
}

/// Text that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why the server ends a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoodbyeReason {
    /// Another link of the same machine took over.
    Replaced,
    /// The server stops; come back soon.
    ServerStopping,
    /// The machine was removed; do not come back.
    MachineRemoved,
    /// The handshake or a message was not acceptable.
    ProtocolViolation,
    /// The machine or its key is not known here; do not come back.
    NotEnrolled,
    /// The machine is blocked by a technician; ask again rarely.
    Blocked,
    /// A person has to decide what this installation is; ask again rarely.
    Quarantined,
    /// A person decided that this installation has no place here; do not come back.
    Refused,
    /// This installation is a copy of another machine's: enroll as a machine of its own with the token.
    Reidentify,
    /// Another link of the machine may still be alive; ask again.
    Contested,
}

impl GoodbyeReason {
    /// Dialing again cannot help: somebody has to enroll the machine anew.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::MachineRemoved | Self::NotEnrolled | Self::Refused)
    }

    /// Stable code for logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::ServerStopping => "server_stopping",
            Self::MachineRemoved => "machine_removed",
            Self::ProtocolViolation => "protocol_violation",
            Self::NotEnrolled => "not_enrolled",
            Self::Blocked => "machine_blocked",
            Self::Quarantined => "quarantined",
            Self::Refused => "refused",
            Self::Reidentify => "reidentify",
            Self::Contested => "contested",
        }
    }

    fn to_wire(self) -> proto::goodbye::Reason {
        use proto::goodbye::Reason as R;
        match self {
            Self::Replaced => R::Replaced,
            Self::ServerStopping => R::ServerStopping,
            Self::MachineRemoved => R::MachineRemoved,
            Self::ProtocolViolation => R::ProtocolViolation,
            Self::NotEnrolled => R::NotEnrolled,
            Self::Blocked => R::Blocked,
            Self::Quarantined => R::Quarantined,
            Self::Refused => R::Refused,
            Self::Reidentify => R::Reidentify,
            Self::Contested => R::Contested,
        }
    }

    /// Reasons of newer servers count as "come back soon".
    fn from_wire(reason: proto::goodbye::Reason) -> Self {
        use proto::goodbye::Reason as R;
        match reason {
            R::Unspecified | R::ServerStopping => Self::ServerStopping,
            R::Replaced => Self::Replaced,
            R::MachineRemoved => Self::MachineRemoved,
            R::ProtocolViolation => Self::ProtocolViolation,
            R::NotEnrolled => Self::NotEnrolled,
            R::Blocked => Self::Blocked,
            R::Quarantined => Self::Quarantined,
            R::Refused => Self::Refused,
            R::Reidentify => Self::Reidentify,
            R::Contested => Self::Contested,
        }
    }
}

impl Facts {
    /// Own facts are shortened to what the server takes; other people's are refused instead.
    pub(crate) fn into_wire(self) -> proto::Facts {
        let name = |value: String| text::clip(value, NAME_MAX);
        let users = self.users.into_iter().take(USERS_MAX);
        proto::Facts {
            hostname: name(self.hostname),
            os: Some(proto::OperatingSystem {
                family: name(self.os.family),
                name: name(self.os.name),
                version: name(self.os.version),
                arch: name(self.os.arch),
            }),
            users: users
                .map(|user| proto::LoggedOnUser {
                    name: name(user.name),
                    since_ms: user.since_ms.unwrap_or(0),
                })
                .collect(),
            agent_version: name(self.agent_version),
            screen: self.screen.map(|screen| proto::ScreenStatus {
                code: screen.code,
                detail: text::clip(screen.detail, DETAIL_MAX),
            }),
        }
    }

    pub(crate) fn from_wire(facts: proto::Facts) -> Result<Self, ProtocolError> {
        let name = |value| text::line(value, NAME_MAX, "facts");
        if facts.users.len() > USERS_MAX {
            return Err(ProtocolError::TooBig("list of users"));
        }
        let os = facts.os.unwrap_or_default();
        let users = facts.users.into_iter().map(|user| {
            let since_ms = (user.since_ms > 0).then_some(user.since_ms);
            Ok(LoggedOnUser {
                name: name(user.name)?,
                since_ms,
            })
        });
        Ok(Self {
            hostname: name(facts.hostname)?,
            os: OperatingSystem {
                family: name(os.family)?,
                name: name(os.name)?,
                version: name(os.version)?,
                arch: name(os.arch)?,
            },
            users: users.collect::<Result<_, ProtocolError>>()?,
            agent_version: name(facts.agent_version)?,
            screen: facts.screen.map(ScreenStatus::from_wire).transpose()?,
        })
    }
}

impl ScreenStatus {
    fn from_wire(status: proto::ScreenStatus) -> Result<Self, ProtocolError> {
        Ok(Self {
            code: text::code(status.code, CODE_MAX, "screen status")?,
            detail: text::line(status.detail, DETAIL_MAX, "screen status")?,
        })
    }
}

impl Installation {
    /// The bytes that travel and that the agent's signature covers.
    pub(crate) fn encode(&self) -> Vec<u8> {
        proto::Installation {
            install_id: self.id.0.to_vec(),
            counter: self.counter,
            evidence: Some(self.evidence.clone().into_wire()),
        }
        .encode_to_vec()
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// When it is something else, or longer than allowed.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProtocolError> {
        if bytes.len() > INSTALLATION_MAX {
            return Err(ProtocolError::TooBig("installation"));
        }
        let said: proto::Installation = wire::decode(bytes, "installation")?;
        Ok(Self {
            id: InstallId::from_slice(&said.install_id)?,
            counter: said.counter,
            evidence: Evidence::from_wire(said.evidence.unwrap_or_default())?,
        })
    }
}

impl Established {
    pub(crate) fn into_wire(self, signature: Vec<u8>, installation: Vec<u8>) -> proto::AgentProof {
        proto::AgentProof {
            signature,
            facts: Some(self.facts.into_wire()),
            capabilities: self.capabilities,
            run_id: self.run.0.to_vec(),
            installation,
            pipe_key: self.pipe_key.to_bytes().to_vec(),
        }
    }

    pub(crate) fn from_wire(proof: proto::AgentProof) -> Result<Self, ProtocolError> {
        if proof.capabilities.len() > CAPABILITIES_MAX {
            return Err(ProtocolError::TooBig("list of capabilities"));
        }
        let capabilities = proof
            .capabilities
            .into_iter()
            .map(|name| text::code(name, CODE_MAX, "capability"));
        Ok(Self {
            facts: Facts::from_wire(proof.facts.unwrap_or_default())?,
            capabilities: capabilities.collect::<Result<_, _>>()?,
            run: RunId::from_slice(&proof.run_id)?,
            installation: Installation::decode(&proof.installation)?,
            pipe_key: PipePublicKey::from_slice(&proof.pipe_key)?,
        })
    }
}

impl NewMachineKey {
    pub(crate) fn into_wire(self) -> proto::NewMachineKey {
        proto::NewMachineKey {
            machine_key: self.key.to_bytes().to_vec(),
            signature_by_old: self.signature_by_old.to_vec(),
            signature_by_new: self.signature_by_new.to_vec(),
        }
    }

    pub(crate) fn from_wire(said: &proto::NewMachineKey) -> Result<Self, ProtocolError> {
        Ok(Self {
            key: MachinePublicKey::from_slice(&said.machine_key)?,
            signature_by_old: signature(&said.signature_by_old)?,
            signature_by_new: signature(&said.signature_by_new)?,
        })
    }
}

impl IdentityUpdate {
    pub(crate) fn into_wire(self) -> proto::IdentityUpdate {
        proto::IdentityUpdate {
            next_key: self.next.to_bytes().to_vec(),
            signature: self.signature.to_vec(),
        }
    }

    pub(crate) fn from_wire(said: &proto::IdentityUpdate) -> Result<Self, ProtocolError> {
        Ok(Self {
            next: ServerPublicKey::from_slice(&said.next_key)?,
            signature: signature(&said.signature)?,
        })
    }
}

fn signature(bytes: &[u8]) -> Result<[u8; SIGNATURE_BYTES], ProtocolError> {
    bytes
        .try_into()
        .map_err(|_| ProtocolError::Malformed("signature"))
}

impl Welcome {
    pub(crate) fn into_wire(self) -> proto::Welcome {
        let proto::Pace {
            heartbeat_ms,
            redial_ms,
        } = self.pace.into_wire();
        proto::Welcome {
            heartbeat_ms,
            server_time_ms: self.server_time_ms,
            counter: self.counter.unwrap_or(0),
            install_id: self.install_id.map(|id| id.0.to_vec()).unwrap_or_default(),
            redial_ms,
        }
    }

    pub(crate) fn from_wire(welcome: &proto::Welcome) -> Result<Self, ProtocolError> {
        let install_id = match welcome.install_id.as_slice() {
            [] => None,
            bytes => Some(InstallId::from_slice(bytes)?),
        };
        Ok(Self {
            pace: Pace::from_wire(proto::Pace {
                heartbeat_ms: welcome.heartbeat_ms,
                redial_ms: welcome.redial_ms,
            }),
            server_time_ms: welcome.server_time_ms,
            counter: (welcome.counter > 0).then_some(welcome.counter),
            install_id,
        })
    }
}

impl Goodbye {
    pub(crate) fn into_wire(self) -> proto::Goodbye {
        let retry = self.retry_after.unwrap_or_default().as_millis();
        proto::Goodbye {
            reason: self.reason.to_wire().into(),
            detail: text::clip(self.detail, DETAIL_MAX),
            retry_after_ms: u32::try_from(retry).unwrap_or(u32::MAX),
            token: self.token.map(|token| token.0).unwrap_or_default(),
        }
    }

    pub(crate) fn from_wire(goodbye: proto::Goodbye) -> Result<Self, ProtocolError> {
        let retry = Duration::from_millis(goodbye.retry_after_ms.into());
        Ok(Self {
            reason: GoodbyeReason::from_wire(goodbye.reason()),
            detail: text::line(goodbye.detail, DETAIL_MAX, "goodbye")?,
            retry_after: (!retry.is_zero()).then_some(retry),
            token: Some(text::capped(goodbye.token, TOKEN_TEXT_MAX, "goodbye")?)
                .filter(|token| !token.is_empty())
                .map(Secret),
        })
    }
}
