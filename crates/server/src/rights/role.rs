//! [`Role`]: a named set of permissions. Five are built in and the same on every server; others are made by its owners.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::permission::{Permission, Permissions};
use crate::ids::RoleId;

/// Which role.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sea_orm::DeriveValueType,
)]
#[sea_orm(value_type = "String")]
#[serde(into = "String", try_from = "String")]
pub enum RoleKey {
    /// May see machines, as far as it was given for them, and ask for access to them for a while; nothing else.
    Requester,
    /// May see machines and watch their screens.
    Viewer,
    /// May help: see machines, control them, answer support codes.
    Technician,
    /// May do everything in an organization.
    Administrator,
    /// May do everything; for the whole server also what the server is.
    Owner,
    /// One that somebody made.
    Custom(RoleId),
}

impl PartialSchema for RoleKey {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "`requester`, `viewer`, `technician`, `administrator` or `owner`, or the identifier of a role that somebody made.",
            ))
            .examples(["technician"])
            .build()
            .into()
    }
}

impl ToSchema for RoleKey {}

impl RoleKey {
    /// Those that every server has, the least first.
    pub const BUILT_IN: [Self; 5] = [
        Self::Requester,
        Self::Viewer,
        Self::Technician,
        Self::Administrator,
        Self::Owner,
    ];

    /// The name of one that is built in, in the API; None for one that somebody made.
    #[must_use]
    pub fn built_in_name(self) -> Option<&'static str> {
        match self {
            Self::Requester => Some("requester"),
            Self::Viewer => Some("viewer"),
            Self::Technician => Some("technician"),
            Self::Administrator => Some("administrator"),
            Self::Owner => Some("owner"),
            Self::Custom(_) => None,
        }
    }
}

impl fmt::Display for RoleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.built_in_name(), self) {
            (None, Self::Custom(id)) => id.fmt(f),
            (name, _) => f.write_str(name.unwrap_or_default()),
        }
    }
}

/// Neither the name of a role that is built in nor an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("There is no role “{0}”: give the name of one that is built in, or the identifier of another.")]
pub struct UnknownRole(String);

impl FromStr for RoleKey {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let mut built_in = Self::BUILT_IN.into_iter();
        built_in
            .find(|key| key.built_in_name() == Some(text))
            .or_else(|| text.parse().ok().map(Self::Custom))
            .ok_or_else(|| UnknownRole(text.chars().take(64).collect()))
    }
}

impl From<RoleKey> for String {
    fn from(key: RoleKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for RoleKey {
    type Error = UnknownRole;

    fn try_from(text: String) -> Result<Self, UnknownRole> {
        text.parse()
    }
}

/// A named set of permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Which.
    pub key: RoleKey,
    /// Its name; of one that is built in its key, which consoles translate.
    pub name: String,
    /// What it allows.
    pub permissions: Permissions,
}

impl Role {
    /// One that was deleted: it allows nothing, and is called by its key.
    #[must_use]
    pub fn gone(key: RoleKey) -> Self {
        Self {
            key,
            name: key.to_string(),
            permissions: Permissions::NONE,
        }
    }

    /// One that every server has; None for the key of one that somebody made.
    #[must_use]
    pub fn built_in(key: RoleKey) -> Option<Self> {
        use Permission as P;
        let viewer = [P::MachineSee, P::ScreenView, P::SessionSee];
        let technician = [
            P::ScreenControl,
            P::ClipboardShare,
            P::FilesTransfer,
            P::TerminalOpen,
            P::SessionManage,
            P::SupportAnswer,
        ];
        let permissions = match key {
            RoleKey::Requester => std::iter::once(P::MachineSee).collect(),
            RoleKey::Viewer => viewer.into_iter().collect(),
            RoleKey::Technician => viewer.into_iter().chain(technician).collect(),
            RoleKey::Administrator => Permissions::all().in_one_organization(),
            RoleKey::Owner => Permissions::all(),
            RoleKey::Custom(_) => return None,
        };
        Some(Self {
            key,
            name: key.to_string(),
            permissions,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let custom = RoleKey::Custom(RoleId::new());
        for key in RoleKey::BUILT_IN.into_iter().chain([custom]) {
            assert_eq!(key.to_string().parse(), Ok(key));
            assert_eq!(Role::built_in(key).is_some(), key != custom);
        }
        for wrong in ["", "Owner", "root", "00000000-0000-0000"] {
            let error = wrong.parse::<RoleKey>().unwrap_err();
            assert!(error.to_string().contains(wrong));
        }
    }

    #[test]
    fn each_built_in_role_allows_what_those_before_it_do_and_more() {
        let sets = RoleKey::BUILT_IN.map(|key| Role::built_in(key).unwrap().permissions);
        for pair in sets.windows(2) {
            assert!(pair[1].covers(pair[0]) && pair[0] != pair[1]);
        }
        let [requester, viewer, technician, administrator, owner] = sets;
        assert_eq!(requester.names(), ["machine.see"]);
        assert!(!viewer.has(Permission::ScreenControl));
        assert!(!technician.has(Permission::AuditRead) && !technician.has(Permission::EnrollmentManage));
        assert!(administrator.has(Permission::AccountManage) && !administrator.has(Permission::ServerManage));
        assert_eq!(owner, Permissions::all());
    }
}
