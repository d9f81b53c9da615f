//! Teams, as the API shows and takes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{AccountId, OrganizationId};
use crate::rights::Assignment;

/// Where a team belongs.
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

/// A named set of people that is given roles as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Team {
    /// Its identifier; an account's, so that it is given roles like one.
    pub id: AccountId,
    /// Its name; no two teams of one place are told apart by case alone.
    pub name: String,
    /// What it is for; empty when nobody said.
    pub note: String,
    /// Whose it is: one organization's, and then it has roles there alone, or the whole server's.
    pub place: Place,
    /// Name of the organization; `null` for the whole server.
    pub organization_name: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, by the name at that time.
    pub created_by_name: String,
    /// How many people are in it.
    pub member_count: u64,
    /// Its roles, which all of its people have, oldest first.
    pub roles: Vec<Assignment>,
    /// Whether the caller may change and delete it, put people into it and take them out: they may give all that it has.
    pub may_manage: bool,
    /// Version for `If-Match`.
    pub etag: String,
}

/// A team with its people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TeamDetail {
    /// The team.
    pub team: Team,
    /// Who is in it, by name; 500 at most.
    pub members: Vec<TeamMember>,
}

/// Somebody in a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TeamMember {
    /// Whose account.
    pub account_id: AccountId,
    /// Their name.
    pub name: String,
    /// Their account is disabled: they may do nothing, whatever their teams may.
    pub disabled: bool,
    /// Since when they are in the team.
    pub added_at: Timestamp,
    /// Who put them there, by the name at that time.
    pub added_by_name: String,
}

/// A team to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTeam {
    /// Its name.
    #[schema(max_length = 80)]
    pub name: String,
    /// What it is for.
    #[schema(max_length = 300)]
    #[serde(default)]
    pub note: String,
    /// Whose it is to be; that stays.
    pub place: Place,
}

/// What is to change of a team; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamChange {
    /// Its name.
    #[schema(max_length = 80)]
    pub name: Option<String>,
    /// What it is for.
    #[schema(max_length = 300)]
    pub note: Option<String>,
}
