//! [`Reach`]: where an assignment counts, and [`MachineFacts`], what of a machine decides that. Pure.

use uuid::Uuid;

use super::Permissions;
use crate::ids::{MachineId, OrganizationId, SiteId};
use crate::machines::Labels;
use crate::store::entities::machine;

/// What of a machine decides who may do what on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineFacts {
    /// Whose it is.
    pub organization: OrganizationId,
    /// At which site.
    pub site: SiteId,
    /// The machine; of merged records the one that speaks for them.
    pub machine: MachineId,
    /// Its tags.
    pub tags: Vec<String>,
}

impl From<&machine::Model> for MachineFacts {
    fn from(row: &machine::Model) -> Self {
        Self {
            organization: row.organization_id,
            site: row.site_id,
            machine: row.id,
            tags: Labels::from_column(&row.labels).tags,
        }
    }
}

/// Where something counts: on what fulfills every part of it. Without any part: everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Reach {
    /// Only there.
    pub organization: Option<OrganizationId>,
    /// Only on machines at this site.
    pub site: Option<SiteId>,
    /// Only on machines that carry all of these; in order, each once.
    pub tags: Vec<String>,
    /// Only on this machine.
    pub machine: Option<MachineId>,
}

impl Reach {
    /// Every organization, those to come included, and what the server is.
    pub const EVERYTHING: Self = Self {
        organization: None,
        site: None,
        tags: Vec::new(),
        machine: None,
    };

    /// All of one organization.
    #[must_use]
    pub fn of_organization(id: OrganizationId) -> Self {
        Self {
            organization: Some(id),
            ..Self::EVERYTHING
        }
    }

    /// An organization, or everything.
    #[must_use]
    pub fn wide(organization: Option<OrganizationId>) -> Self {
        organization.map_or(Self::EVERYTHING, Self::of_organization)
    }

    /// Whether it is not about some machines alone: what is not about machines counts only there.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        self.site.is_none() && self.tags.is_empty() && self.machine.is_none()
    }

    /// Whether anything within `organization` is within reach.
    #[must_use]
    pub fn meets(&self, organization: OrganizationId) -> bool {
        self.organization.is_none_or(|only| only == organization)
    }

    /// Whether all of `organization` is.
    #[must_use]
    pub fn has_all_of(&self, organization: OrganizationId) -> bool {
        self.is_wide() && self.meets(organization)
    }

    /// Whether this machine is.
    #[must_use]
    pub fn has(&self, on: &MachineFacts) -> bool {
        self.meets(on.organization)
            && self.site.is_none_or(|site| site == on.site)
            && self.machine.is_none_or(|machine| machine == on.machine)
            && self.tags.iter().all(|tag| on.tags.contains(tag))
    }

    /// What of these permissions says anything there.
    #[must_use]
    pub fn leaves(&self, permissions: Permissions) -> Permissions {
        if !self.is_wide() {
            permissions.on_machines()
        } else if self.organization.is_some() {
            permissions.in_one_organization()
        } else {
            permissions
        }
    }

    /// Whether all that is within `other` is within this.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        fn part<T: PartialEq>(own: Option<&T>, other: Option<&T>) -> bool {
            own.is_none() || own == other
        }
        part(self.organization.as_ref(), other.organization.as_ref())
            && part(self.site.as_ref(), other.site.as_ref())
            && part(self.machine.as_ref(), other.machine.as_ref())
            && self.tags.iter().all(|tag| other.tags.contains(tag))
    }

    /// What is within both; None when nothing can be.
    #[must_use]
    pub fn and(&self, other: &Self) -> Option<Self> {
        fn part<T: PartialEq + Copy>(one: Option<T>, other: Option<T>) -> Option<Option<T>> {
            match (one, other) {
                (Some(one), Some(other)) if one != other => None,
                _ => Some(one.or(other)),
            }
        }
        let mut tags = self.tags.clone();
        tags.extend(other.tags.iter().cloned());
        tags.sort_unstable();
        tags.dedup();
        Some(Self {
            organization: part(self.organization, other.organization)?,
            site: part(self.site, other.site)?,
            tags,
            machine: part(self.machine, other.machine)?,
        })
    }

    /// The part below the organization as the column `scope` keeps it: empty for all of it. One text for each reach, so that the
    /// database can say that an assignment is there already.
    #[must_use]
    pub fn to_column(&self) -> String {
        if let Some(machine) = self.machine {
            format!("machine:{machine}")
        } else if let Some(site) = self.site {
            format!("site:{site}")
        } else if self.tags.is_empty() {
            String::new()
        } else {
            format!("tags:{}", self.tags.join(","))
        }
    }

    /// As [`Reach::to_column`] wrote it; None for what this version does not know, which reaches nothing.
    #[must_use]
    pub fn from_columns(organization: Option<OrganizationId>, scope: &str) -> Option<Self> {
        let all = Self::wide(organization);
        let id = |text: &str| Uuid::parse_str(text).ok();
        Some(match scope.split_once(':') {
            None if scope.is_empty() => all,
            Some(("site", site)) => Self {
                site: Some(SiteId(id(site)?)),
                ..all
            },
            Some(("machine", machine)) => Self {
                machine: Some(MachineId(id(machine)?)),
                ..all
            },
            Some(("tags", tags)) if !tags.is_empty() => Self {
                tags: tags.split(',').map(str::to_owned).collect(),
                ..all
            },
            _ => return None,
        })
    }
}

/// What of the machines somebody may see, as queries filter by it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sight {
    /// All of these organizations, oldest first.
    pub organizations: Vec<OrganizationId>,
    /// And what is within these, in other organizations.
    pub parts: Vec<Reach>,
}

impl Sight {
    /// Whether nothing is in sight.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.organizations.is_empty() && self.parts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reaches() -> impl Strategy<Value = Reach> {
        let tag = || proptest::sample::select(vec!["a", "b", "c"]);
        let id = || proptest::option::of(1_u128..3);
        (id(), id(), proptest::collection::btree_set(tag(), 0..3), id()).prop_map(
            |(organization, site, tags, machine)| Reach {
                organization: organization.map(|id| OrganizationId(Uuid::from_u128(id))),
                site: site.map(|id| SiteId(Uuid::from_u128(id))),
                tags: tags.into_iter().map(str::to_owned).collect(),
                machine: machine.map(|id| MachineId(Uuid::from_u128(id))),
            },
        )
    }

    fn machines() -> impl Strategy<Value = MachineFacts> {
        let tags = proptest::collection::vec(proptest::sample::select(vec!["a", "b", "c"]), 0..4);
        (1_u128..3, 1_u128..3, 1_u128..3, tags).prop_map(|(organization, site, machine, tags)| MachineFacts {
            organization: OrganizationId(Uuid::from_u128(organization)),
            site: SiteId(Uuid::from_u128(site)),
            machine: MachineId(Uuid::from_u128(machine)),
            tags: tags.into_iter().map(str::to_owned).collect(),
        })
    }

    proptest! {
        /// What is within both is within each, and nothing else is.
        #[test]
        fn the_intersection_is_what_both_have(one in reaches(), other in reaches(), machine in machines()) {
            let both = one.and(&other);
            let has = both.as_ref().is_some_and(|both| both.has(&machine));
            prop_assert_eq!(has, one.has(&machine) && other.has(&machine));
            if let Some(both) = both {
                prop_assert!(one.covers(&both) && other.covers(&both));
            }
        }

        /// What covers another has every machine of it.
        #[test]
        fn what_covers_has_no_less(one in reaches(), other in reaches(), machine in machines()) {
            if one.covers(&other) && other.has(&machine) {
                prop_assert!(one.has(&machine));
            }
            prop_assert!(Reach::EVERYTHING.covers(&one) && one.covers(&one));
        }

        #[test]
        fn columns_keep_a_reach_of_one_kind(reach in reaches()) {
            let kinds = usize::from(reach.site.is_some())
                + usize::from(reach.machine.is_some())
                + usize::from(!reach.tags.is_empty());
            prop_assume!(kinds < 2);
            let read = Reach::from_columns(reach.organization, &reach.to_column());
            prop_assert_eq!(read, Some(reach));
        }
    }

    #[test]
    fn what_is_not_known_reaches_nothing() {
        for scope in ["site:", "site:x", "rack:7", "tags:", "machine", "7"] {
            assert_eq!(Reach::from_columns(None, scope), None, "{scope}");
        }
    }
}
