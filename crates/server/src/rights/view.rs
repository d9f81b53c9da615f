//! Roles and assignments, as the API shows and takes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Permission, RoleKey};
use crate::clock::Timestamp;
use crate::ids::{AccountId, AssignmentId, OrganizationId};

/// Where something counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = RightsPlace)]
pub enum Place {
    /// In every organization, those to come included, and for what the server is.
    Server,
    /// In one organization.
    Organization {
        /// The organization.
        organization_id: OrganizationId,
    },
}

impl Place {
    /// The organization; None for the whole server.
    #[must_use]
    pub fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::Server => None,
            Self::Organization { organization_id } => Some(organization_id),
        }
    }
}

impl From<Option<OrganizationId>> for Place {
    fn from(organization: Option<OrganizationId>) -> Self {
        organization.map_or(Self::Server, |organization_id| Self::Organization {
            organization_id,
        })
    }
}

/// A named set of permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Role)]
pub struct RoleView {
    /// `viewer`, `technician`, `administrator` or `owner`, or the identifier of a role that somebody made.
    pub key: RoleKey,
    /// Its name; of a built-in role its key.
    pub name: String,
    /// What it is for; empty when nobody said.
    pub description: String,
    /// Every server has it, and it cannot be changed.
    pub built_in: bool,
    /// What it allows.
    pub permissions: Vec<Permission>,
    /// How many accounts have it, wherever.
    pub accounts: u64,
    /// Version for `If-Match`; `null` for a built-in role.
    pub etag: Option<String>,
}

/// A role to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// Its name; no two roles are told apart by case alone.
    #[schema(max_length = 80)]
    pub name: String,
    /// What it is for.
    #[schema(max_length = 300)]
    #[serde(default)]
    pub description: String,
    /// What it allows.
    pub permissions: Vec<Permission>,
}

/// What is to change of a role; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleChange {
    /// Its name.
    #[schema(max_length = 80)]
    pub name: Option<String>,
    /// What it is for.
    #[schema(max_length = 300)]
    pub description: Option<String>,
    /// What it allows.
    pub permissions: Option<Vec<Permission>>,
}

/// That an account has a role somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RoleAssignment)]
pub struct Assignment {
    /// Its identifier.
    pub id: AssignmentId,
    /// Whose.
    pub account_id: AccountId,
    /// The role.
    pub role: RoleKey,
    /// Its name; of a built-in role its key.
    pub role_name: String,
    /// Where.
    pub place: Place,
    /// Name of the organization; `null` for the whole server.
    pub organization_name: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// Who gave it, by the name at that time; empty for those that were there from the start.
    pub created_by_name: String,
    /// An identity provider gave it, by the groups of its person, and takes it away again when they leave them.
    pub provided: bool,
    /// Whether the caller may take it away.
    pub may_take: bool,
}

/// A role to be given.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRoleAssignment)]
pub struct NewAssignment {
    /// Who gets it.
    pub account_id: AccountId,
    /// The role.
    pub role: RoleKey,
    /// Where.
    pub place: Place,
}
