//! The section `people`: who has an account on the machine, who may do anything there, who is logged on and was last. How
//! long somebody has been idle is volatile.

use serde::{Deserialize, Serialize};

use crate::canonical::List;
use crate::fields::{Facts, Fields};
use crate::limits::ACCOUNTS_MAX;

/// Logins by who they are; the same person may be logged on several times.
pub(crate) const LISTS: &[List] = &[
    List::keyed("accounts", &[&["name"]], &["name"]),
    List::keyed(
        "sessions",
        &[&["user", "line", "since_ms"], &["user", "since_ms"]],
        &["user"],
    ),
    List::keyed("last_logins", &[&["user"]], &["user"]),
];

/// People and accounts of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct People {
    /// Local accounts.
    pub accounts: Vec<LocalAccount>,
    /// Who may do anything, by the name of their account.
    pub administrators: Vec<String>,
    /// Who is logged on.
    pub sessions: Vec<Session>,
    /// When people last logged on.
    pub last_logins: Vec<LastLogin>,
    /// What changes by itself.
    pub volatile: PeopleVolatile,
}

impl Facts for People {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            accounts: fields.list_to("accounts", ACCOUNTS_MAX),
            administrators: fields.texts("administrators"),
            sessions: fields.list("sessions"),
            last_logins: fields.list("last_logins"),
            volatile: fields.one("volatile"),
        }
    }
}

/// A local account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LocalAccount {
    /// Name it logs on with.
    pub name: Option<String>,
    /// Number or SID.
    pub id: Option<String>,
    /// Name of the person.
    pub full_name: Option<String>,
    /// `person`, `system`.
    pub kind: Option<String>,
    /// Home folder.
    pub home: Option<String>,
    /// Program that it is given at log-on.
    pub shell: Option<String>,
    /// Groups it is in, its own not.
    pub groups: Vec<String>,
    /// Whether its password opens nothing.
    pub locked: Option<bool>,
}

impl Facts for LocalAccount {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            id: fields.text("id"),
            full_name: fields.text("full_name"),
            kind: fields.text("kind"),
            home: fields.text("home"),
            shell: fields.text("shell"),
            groups: fields.texts("groups"),
            locked: fields.flag("locked"),
        }
    }
}

/// Somebody who is logged on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// Name of the account.
    pub user: Option<String>,
    /// `graphical`, `terminal`, `remote`.
    pub kind: Option<String>,
    /// Where: `:0`, `tty1`, `pts/3`.
    pub line: Option<String>,
    /// Machine they came from.
    pub from: Option<String>,
    /// Since when.
    pub since_ms: Option<i64>,
}

impl Facts for Session {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            user: fields.text("user"),
            kind: fields.text("kind"),
            line: fields.text("line"),
            from: fields.text("from"),
            since_ms: fields.time("since_ms"),
        }
    }
}

/// Somebody's last login.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LastLogin {
    /// Name of the account.
    pub user: Option<String>,
    /// When.
    pub at_ms: Option<i64>,
    /// Where.
    pub line: Option<String>,
    /// Machine they came from.
    pub from: Option<String>,
}

impl Facts for LastLogin {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            user: fields.text("user"),
            at_ms: fields.time("at_ms"),
            line: fields.text("line"),
            from: fields.text("from"),
        }
    }
}

/// What changes by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PeopleVolatile {
    /// How sessions are.
    pub sessions: Vec<SessionState>,
}

impl Facts for PeopleVolatile {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            sessions: fields.list("sessions"),
        }
    }
}

/// How a session is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionState {
    /// Name of the account.
    pub user: Option<String>,
    /// As in the [`Session`].
    pub line: Option<String>,
    /// How long nothing was typed.
    pub idle_ms: Option<u64>,
}

impl Facts for SessionState {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            user: fields.text("user"),
            line: fields.text("line"),
            idle_ms: fields.number("idle_ms"),
        }
    }
}
