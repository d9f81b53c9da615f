//! [`Entry`]: what a rule hands to `audit::record`.

use std::fmt::Display;
use std::net::IpAddr;

use serde_json::Value;

use super::Action;
use crate::ids::{AccountId, MachineId, OrganizationId, RequestId, SessionId};

/// Longest name kept in an entry, in characters; names come from people and agents.
const NAME_MAX: usize = 200;

/// What kind of thing acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorKind {
    /// A signed-in person.
    Account,
    /// A program with an API token.
    ApiToken,
    /// A machine: its agent, or the end user through it.
    Agent,
    /// Somebody without an account whom a technician invited into a session.
    Guest,
    /// Whoever has the server's command line.
    CommandLine,
    /// The server by itself.
    Server,
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub(super) kind: ActorKind,
    pub(super) id: Option<String>,
    pub(super) name: String,
}

impl Actor {
    /// A person.
    #[must_use]
    pub fn account(id: AccountId, name: &str) -> Self {
        Self {
            kind: ActorKind::Account,
            id: Some(id.to_string()),
            name: cut(name),
        }
    }

    /// An API token.
    #[must_use]
    pub fn api_token(id: impl Display, name: &str) -> Self {
        Self {
            kind: ActorKind::ApiToken,
            id: Some(id.to_string()),
            name: cut(name),
        }
    }

    /// A machine's agent.
    #[must_use]
    pub fn agent(id: MachineId, name: &str) -> Self {
        Self {
            kind: ActorKind::Agent,
            id: Some(id.to_string()),
            name: cut(name),
        }
    }

    /// Somebody whom a technician invited, by the session they had.
    #[must_use]
    pub fn guest(id: SessionId, name: &str) -> Self {
        Self {
            kind: ActorKind::Guest,
            id: Some(id.to_string()),
            name: cut(name),
        }
    }

    /// The command line.
    #[must_use]
    pub fn command_line() -> Self {
        Self {
            kind: ActorKind::CommandLine,
            id: None,
            name: "command line".into(),
        }
    }

    /// The server by itself.
    #[must_use]
    pub fn server() -> Self {
        Self {
            kind: ActorKind::Server,
            id: None,
            name: "server".into(),
        }
    }
}

impl Actor {
    /// The code of its kind, as kept and shown.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind.as_str()
    }

    /// Its name, or what stands for one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl ActorKind {
    const ALL: [Self; 6] = [
        Self::Account,
        Self::ApiToken,
        Self::Agent,
        Self::Guest,
        Self::CommandLine,
        Self::Server,
    ];

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::ApiToken => "api_token",
            Self::Agent => "agent",
            Self::Guest => "guest",
            Self::CommandLine => "command_line",
            Self::Server => "server",
        }
    }
}

/// What kind of thing was acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// An account.
    Account,
    /// An organization.
    Organization,
    /// A site.
    Site,
    /// A role.
    Role,
    /// A team.
    Team,
    /// An API token.
    ApiToken,
    /// An identity provider.
    IdentityProvider,
    /// An invitation to make an account.
    AccountInvitation,
    /// An enrollment token.
    EnrollmentToken,
    /// An access rule.
    AccessRule,
    /// A support code.
    SupportCode,
    /// A machine.
    Machine,
    /// An installation in quarantine.
    Quarantine,
    /// The server itself.
    Server,
    /// A session.
    Session,
    /// The server's TLS certificate.
    Certificate,
    /// An e-mail of the server.
    Mail,
    /// A webhook.
    Webhook,
}

impl TargetKind {
    /// The text kept and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Organization => "organization",
            Self::Site => "site",
            Self::Role => "role",
            Self::Team => "team",
            Self::ApiToken => "api_token",
            Self::IdentityProvider => "identity_provider",
            Self::AccountInvitation => "account_invitation",
            Self::EnrollmentToken => "enrollment_token",
            Self::AccessRule => "access_rule",
            Self::SupportCode => "support_code",
            Self::Machine => "machine",
            Self::Quarantine => "quarantine",
            Self::Server => "server",
            Self::Session => "session",
            Self::Certificate => "certificate",
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }
}

/// What was acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub(super) kind: TargetKind,
    pub(super) id: String,
    pub(super) name: String,
}

impl Target {
    /// A thing of `kind` with its id and present name.
    pub fn new(kind: TargetKind, id: impl Display, name: &str) -> Self {
        Self {
            kind,
            id: id.to_string(),
            name: cut(name),
        }
    }
}

/// An entry to be recorded. Build it with [`Entry::new`] and what applies of the rest; for something that an account
/// asked for, `Caller::entry` fills in who, from where and by which request.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub(super) organization: OrganizationId,
    pub(super) actor: Actor,
    pub(super) action: Action,
    pub(super) target: Option<Target>,
    pub(super) detail: Value,
    pub(super) request: Option<RequestId>,
    pub(super) address: Option<IpAddr>,
    pub(super) change: Option<(Value, Value)>,
}

impl Entry {
    /// `actor` did `action` in `organization`.
    #[must_use]
    pub fn new(organization: OrganizationId, actor: Actor, action: Action) -> Self {
        Self {
            organization,
            actor,
            action,
            target: None,
            detail: Value::Object(serde_json::Map::new()),
            request: None,
            address: None,
            change: None,
        }
    }

    /// What it was done to.
    #[must_use]
    pub fn on(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// More about it: a JSON object without secrets.
    #[must_use]
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// What was there before and what is there now: JSON objects with the fields that changed, without secrets. A side
    /// that does not exist (a thing just made, or removed) is `Value::Null`.
    #[must_use]
    pub fn change(mut self, before: Value, after: Value) -> Self {
        self.change = Some((before, after));
        self
    }

    /// Where it came from. The unspecified address says that nobody knows and is left out.
    #[must_use]
    pub fn from(mut self, address: IpAddr) -> Self {
        self.address = Some(address.to_canonical()).filter(|address| !address.is_unspecified());
        self
    }

    /// The request that did it.
    #[must_use]
    pub fn request(mut self, id: RequestId) -> Self {
        self.request = Some(id);
        self
    }
}

/// Shortens a name, and leaves out what a row cannot hold (NUL, in PostgreSQL) or a line cannot show.
fn cut(name: &str) -> String {
    name.chars()
        .filter(|letter| !letter.is_control())
        .take(NAME_MAX)
        .collect()
}
