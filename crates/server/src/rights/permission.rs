//! [`Permission`]: the closed set of what may be allowed, and [`Permissions`], a set of them. The names are part of the API: add,
//! never rename. Each is a resource and a verb.

use std::fmt;

use farol_protocol::rights::Right;
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// The enum, the list of all its values and their names, from one table.
macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// What a rule asks for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Permission {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Permission {
            /// All of them, in the order in which people read them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name kept and shown.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

permissions! {
    /// See machines, their sites and their inventory.
    MachineSee => "machine.see",
    /// Rename, label, merge, block and approve machines, and decide about who came in their name.
    MachineManage => "machine.manage",
    /// Remove machines.
    MachineRemove => "machine.remove",
    /// See a machine's screen.
    ScreenView => "screen.view",
    /// Use a machine's mouse and keyboard.
    ScreenControl => "screen.control",
    /// Share the clipboard with a machine.
    ClipboardShare => "clipboard.share",
    /// Take files from a machine and bring some.
    FilesTransfer => "files.transfer",
    /// Open a terminal on a machine.
    TerminalOpen => "terminal.open",
    /// See who was in which session.
    SessionSee => "session.see",
    /// End sessions of others, and see who is invited to them.
    SessionManage => "session.manage",
    /// Remove the records of sessions that are over.
    SessionRemove => "session.remove",
    /// Make support codes and look after those who come with one.
    SupportAnswer => "support.answer",
    /// Make, change and revoke enrollment tokens.
    EnrollmentManage => "enrollment.manage",
    /// Make, change and delete access rules.
    AccessManage => "access.manage",
    /// Read and export audit entries.
    AuditRead => "audit.read",
    /// Make, change and delete webhooks, which tell other systems what the audit entries say.
    WebhookManage => "webhook.manage",
    /// See people and what they may do.
    AccountSee => "account.see",
    /// Invite people, give and take their roles, disable and delete accounts.
    AccountManage => "account.manage",
    /// Make, change and delete roles, for the whole server.
    RoleManage => "role.manage",
    /// Rename organizations, and make, rename, archive and delete sites. For the whole server: make and archive organizations.
    OrganizationManage => "organization.manage",
    /// Change what the whole server is: its identity keys and its certificate.
    ServerManage => "server.manage",
}

impl PartialSchema for Permission {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A resource and what may be done with it."))
            .enum_values(Some(Self::ALL.iter().map(|one| one.as_str())))
            .build()
            .into()
    }
}

impl ToSchema for Permission {}

impl Permission {
    /// The permission of this name; None when there is none.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.as_str() == name)
    }

    /// What it takes to have this right in a session.
    #[must_use]
    pub fn for_right(right: Right) -> Self {
        match right {
            Right::View => Self::ScreenView,
            Right::Control => Self::ScreenControl,
            Right::Clipboard => Self::ClipboardShare,
            Right::Files => Self::FilesTransfer,
            Right::Terminal => Self::TerminalOpen,
        }
    }

    /// It says something only where it is given for the whole server.
    #[must_use]
    pub const fn is_of_server(self) -> bool {
        matches!(self, Self::RoleManage | Self::ServerManage)
    }

    /// It says something where it is given for some machines alone.
    #[must_use]
    pub const fn is_about_machines(self) -> bool {
        matches!(
            self,
            Self::MachineSee
                | Self::MachineManage
                | Self::MachineRemove
                | Self::ScreenView
                | Self::ScreenControl
                | Self::ClipboardShare
                | Self::FilesTransfer
                | Self::TerminalOpen
                | Self::SessionSee
                | Self::SessionManage
        )
    }

    /// It counts without the proof that an assignment asks for: nobody would find what to prove themselves for.
    #[must_use]
    pub const fn needs_no_proof(self) -> bool {
        matches!(self, Self::MachineSee | Self::SessionSee)
    }

    /// It lets one look and change nothing: what an API token that only reads may have.
    #[must_use]
    pub fn only_reads(self) -> bool {
        matches!(
            self,
            Self::MachineSee | Self::SessionSee | Self::AuditRead | Self::AccountSee
        )
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u32);

/// The set of those of which something is true, found when the program is built: rules ask for it often.
macro_rules! those_that {
    ($is:ident) => {{
        let (mut set, mut at) = (0, 0);
        while at < Permission::ALL.len() {
            if Permission::ALL[at].$is() {
                set |= Permission::ALL[at].bit();
            }
            at += 1;
        }
        Permissions(set)
    }};
}

impl Permissions {
    /// None.
    pub const NONE: Self = Self(0);

    /// Every one.
    #[must_use]
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Whether it has this one.
    #[must_use]
    pub fn has(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Whether it has every one of `others`.
    #[must_use]
    pub fn covers(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// What either has.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both have.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Without those that say nothing in one organization alone.
    #[must_use]
    pub fn in_one_organization(self) -> Self {
        const OF_SERVER: Permissions = those_that!(is_of_server);
        Self(self.0 & !OF_SERVER.0)
    }

    /// Those that say something on some machines alone.
    #[must_use]
    pub fn on_machines(self) -> Self {
        const ABOUT_MACHINES: Permissions = those_that!(is_about_machines);
        self.and(ABOUT_MACHINES)
    }

    /// Those that count without the proof that an assignment asks for.
    #[must_use]
    pub fn without_proof(self) -> Self {
        const NEED_NONE: Permissions = those_that!(needs_no_proof);
        self.and(NEED_NONE)
    }

    /// Those that it has, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |one| self.has(*one))
    }

    /// Their names, for the API.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        self.iter().map(|one| one.as_str().to_owned()).collect()
    }

    /// As they are kept: names with spaces between.
    #[must_use]
    pub fn to_column(self) -> String {
        self.names().join(" ")
    }

    /// Those of a column. A name that this version does not know allows nothing.
    #[must_use]
    pub fn from_column(column: &str) -> Self {
        column.split_whitespace().filter_map(Permission::parse).collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |set, one| set | one.bit()))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(Permission::as_str))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sets() -> impl Strategy<Value = Permissions> {
        proptest::sample::subsequence(Permission::ALL, 0..=Permission::ALL.len())
            .prop_map(|some| some.into_iter().collect())
    }

    #[test]
    fn names_are_a_resource_and_a_verb_and_each_is_there_once() {
        for one in Permission::ALL {
            assert_eq!(one.as_str().split('.').count(), 2, "{one}");
            assert_eq!(Permission::parse(one.as_str()), Some(*one));
        }
        assert!(Permission::ALL.len() <= 32, "a set has 32 bits");
        assert_eq!(Permission::parse("machine"), None);
    }

    proptest! {
        #[test]
        fn columns_keep_a_set(set in sets()) {
            prop_assert_eq!(Permissions::from_column(&set.to_column()), set);
        }

        #[test]
        fn set_operations_agree_with_membership(one in sets(), other in sets()) {
            for permission in Permission::ALL {
                let either = one.has(*permission) || other.has(*permission);
                prop_assert_eq!(one.or(other).has(*permission), either);
                let both = one.has(*permission) && other.has(*permission);
                prop_assert_eq!(one.and(other).has(*permission), both);
            }
            let covers = other.iter().all(|permission| one.has(permission));
            prop_assert_eq!(one.covers(other), covers);
            prop_assert!(one.or(other).covers(other));
        }
    }

    #[test]
    fn what_counts_in_smaller_places_is_less() {
        let all = Permissions::all();
        assert!(!all.in_one_organization().has(Permission::ServerManage));
        assert!(all.in_one_organization().has(Permission::AuditRead));
        assert!(
            !all.on_machines().has(Permission::AuditRead) && all.on_machines().has(Permission::ScreenView)
        );
        assert!(all.in_one_organization().covers(all.on_machines()));
        assert_eq!(all.without_proof().names(), ["machine.see", "session.see"]);
    }

    #[test]
    fn what_is_not_known_allows_nothing() {
        assert_eq!(Permissions::from_column("root.everything  "), Permissions::NONE);
    }
}
