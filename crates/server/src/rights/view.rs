//! Roles and assignments, as the API shows and takes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Conditions, Permission, Reach, RoleKey, Standing};
use crate::clock::Timestamp;
use crate::ids::{AccountId, AssignmentId, MachineId, OrganizationId, SiteId};

/// Where an assignment counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AssignmentPlace {
    /// In every organization, those to come included, and for what the server is.
    Server,
    /// In all of one organization.
    Organization {
        /// The organization.
        organization_id: OrganizationId,
    },
    /// On the machines at one site. Here and below only what is about machines and their sessions counts.
    Site {
        /// Its organization.
        organization_id: OrganizationId,
        /// The site.
        site_id: SiteId,
    },
    /// On the machines of an organization that carry all of these tags.
    Tags {
        /// The organization.
        organization_id: OrganizationId,
        /// The tags, 1 to 20.
        tags: Vec<String>,
    },
    /// On one machine; when records are merged, on the one that speaks for it.
    Machine {
        /// Its organization.
        organization_id: OrganizationId,
        /// The machine.
        machine_id: MachineId,
    },
}

impl From<&Reach> for AssignmentPlace {
    fn from(reach: &Reach) -> Self {
        let Some(organization_id) = reach.organization else {
            return Self::Server;
        };
        if let Some(machine_id) = reach.machine {
            Self::Machine {
                organization_id,
                machine_id,
            }
        } else if let Some(site_id) = reach.site {
            Self::Site {
                organization_id,
                site_id,
            }
        } else if reach.tags.is_empty() {
            Self::Organization { organization_id }
        } else {
            Self::Tags {
                organization_id,
                tags: reach.tags.clone(),
            }
        }
    }
}

impl AssignmentPlace {
    /// What is within it, whether it is there or not; None without a tag where there should be some: that would be everything.
    #[must_use]
    pub fn reach(&self) -> Option<Reach> {
        Some(match self {
            Self::Server => Reach::EVERYTHING,
            Self::Organization { organization_id } => Reach::of_organization(*organization_id),
            Self::Site {
                organization_id,
                site_id,
            } => Reach {
                site: Some(*site_id),
                ..Reach::of_organization(*organization_id)
            },
            Self::Tags {
                organization_id,
                tags,
            } if !tags.is_empty() => {
                let mut tags = tags.clone();
                tags.sort_unstable();
                tags.dedup();
                Reach {
                    tags,
                    ..Reach::of_organization(*organization_id)
                }
            }
            Self::Tags { .. } => return None,
            Self::Machine {
                organization_id,
                machine_id,
            } => Reach {
                machine: Some(*machine_id),
                ..Reach::of_organization(*organization_id)
            },
        })
    }
}

/// How an assignment counts at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentState {
    /// It counts.
    Active,
    /// It counts at other hours.
    OutsideHours,
    /// It ended by itself; it stays to be seen until somebody takes it away or gives it anew.
    Ended,
}

impl From<Standing> for AssignmentState {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Counts | Standing::Unproven => Self::Active,
            Standing::OutsideHours => Self::OutsideHours,
            Standing::Ended(_) => Self::Ended,
        }
    }
}

/// A named set of permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Role)]
pub struct RoleView {
    /// `requester`, `viewer`, `technician`, `administrator` or `owner`, or the identifier of a role that somebody made.
    pub key: RoleKey,
    /// Its name; of a built-in role its key.
    pub name: String,
    /// What it is for; empty when nobody said.
    pub description: String,
    /// Every server has it, and it cannot be changed.
    pub built_in: bool,
    /// What it allows.
    pub permissions: Vec<Permission>,
    /// How many accounts have it, wherever, by themselves or by a team.
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
    /// Whose: an account's, or a team's.
    pub account_id: AccountId,
    /// The role.
    pub role: RoleKey,
    /// Its name; of a built-in role its key.
    pub role_name: String,
    /// Where.
    pub place: AssignmentPlace,
    /// Name of the organization; `null` for the whole server.
    pub organization_name: Option<String>,
    /// Name of the site or machine, where the caller sees machines; `null` for other places, and once it is gone.
    pub place_name: Option<String>,
    /// When it counts, and what it asks for.
    pub conditions: Conditions,
    /// How it counts at the moment.
    pub state: AssignmentState,
    /// Since when.
    pub created_at: Timestamp,
    /// Who gave it, by the name at that time; empty for those that were there from the start.
    pub created_by_name: String,
    /// An identity provider gave it, by the groups of its person, and takes it away again when they leave them.
    pub provided: bool,
    /// Whether the caller may take it away; never from one person what a team has.
    pub may_take: bool,
    /// The team that was given it and that the account is in; `null` = the account was given it itself.
    pub team_id: Option<AccountId>,
    /// Name of the team.
    pub team_name: Option<String>,
}

/// A role to be given.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRoleAssignment)]
pub struct NewAssignment {
    /// Who gets it; a team's identifier gives it to all of its people.
    pub account_id: AccountId,
    /// The role.
    pub role: RoleKey,
    /// Where.
    pub place: AssignmentPlace,
    /// When it counts, and what it asks for; always and nothing when left out.
    #[serde(default)]
    pub conditions: Conditions,
}
