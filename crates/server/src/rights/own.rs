//! [`Rights`]: all that one account may do, as every rule asks for it. Pure: made for a moment, of what is in the database then.
//!
//! Two kinds of questions. About an organization ([`Rights::allows`]): only what was given for all of it, or for everything, says yes.
//! About a machine ([`Rights::allows_on`]): so does what was given for its site, its tags or itself, as far as it is about machines.

use std::ops::Deref;
use std::sync::Arc;

use super::conditions::{Conditions, Local, Moment, Standing};
use super::reach::{MachineFacts, Reach, Sight};
use super::{Permission, Permissions, Role, RoleKey};
use crate::ids::{AccountId, AssignmentId, OrganizationId};

/// An assignment as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What gave it.
    pub assignment: AssignmentId,
    /// The role.
    pub role: Role,
    /// Where.
    pub reach: Reach,
    /// When it counts, and what it asks for.
    pub conditions: Conditions,
    /// It was approved for a while on a machine: nobody gives it on, and it is no role.
    pub lent: bool,
    /// The team that was given it and that the account is in; None when the account was given it itself.
    pub team: Option<AccountId>,
}

/// An assignment, and how it counts at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// It.
    given: Arc<Given>,
    /// Whether and how it counts.
    pub standing: Standing,
}

impl Deref for Granted {
    type Target = Given;

    fn deref(&self) -> &Given {
        &self.given
    }
}

impl Granted {
    /// What it allows where it counts, all that it asks for given.
    pub(super) fn whole(&self) -> Permissions {
        self.reach.leaves(self.role.permissions)
    }

    /// What it allows now.
    pub(super) fn permissions(&self) -> Permissions {
        match self.standing {
            Standing::Counts => self.whole(),
            Standing::Unproven => self.whole().without_proof(),
            Standing::OutsideHours | Standing::Ended(_) => Permissions::NONE,
        }
    }

    fn is_in_time(&self) -> bool {
        self.standing.is_in_time()
    }
}

impl From<Granted> for Given {
    fn from(granted: Granted) -> Self {
        Arc::unwrap_or_clone(granted.given)
    }
}

/// All that an account may do, by itself and by its teams. Cheap to ask: linear in its roles. Cloning shares it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// All that was given, what does not count now included: it says why.
    granted: Arc<[Granted]>,
    /// Where any of it counts, oldest first.
    organizations: Arc<[OrganizationId]>,
    /// Where any of it was given, oldest first.
    belongs_to: Arc<[OrganizationId]>,
}

impl Rights {
    /// What of this counts at a moment, on a server with these organizations. n log n in assignments and organizations.
    #[must_use]
    pub fn new(given: Vec<Given>, all: &[OrganizationId], at: Moment) -> Self {
        Self::at(given.into_iter().map(Arc::new), all, at)
    }

    /// The same of assignments that are shared.
    pub(super) fn at(given: impl Iterator<Item = Arc<Given>>, all: &[OrganizationId], at: Moment) -> Self {
        // Each time zone is looked at once.
        let mut clocks: Vec<(String, Option<Local>)> = Vec::new();
        let granted: Vec<Granted> = given
            .map(|given| {
                let local = |zone: &str| {
                    let known = clocks
                        .iter()
                        .find(|(known, _)| known == zone)
                        .map(|(_, local)| *local);
                    known.unwrap_or_else(|| {
                        let local = at.now().and_then(|now| Local::at(now, zone));
                        clocks.push((zone.to_owned(), local));
                        local
                    })
                };
                let standing = given.conditions.standing(&at, local);
                Granted { given, standing }
            })
            .collect();
        Self {
            organizations: places(granted.iter().filter(|one| one.is_in_time()), all).into(),
            belongs_to: places(granted.iter(), all).into(),
            granted: granted.into(),
        }
    }

    /// Of one built-in role in one organization, as nobody gave it: for rules that are asked without an account. None of a role that
    /// somebody made.
    #[must_use]
    pub fn of_role(key: RoleKey, organization: OrganizationId) -> Self {
        Self::made_up(key, Reach::of_organization(organization), &[organization])
    }

    /// Of an owner of the whole server with these organizations; the command line's.
    #[must_use]
    pub fn of_everything(all: &[OrganizationId]) -> Self {
        Self::made_up(RoleKey::Owner, Reach::EVERYTHING, all)
    }

    fn made_up(key: RoleKey, reach: Reach, all: &[OrganizationId]) -> Self {
        let given = Role::built_in(key).map(|role| Given {
            assignment: AssignmentId::new(),
            role,
            reach,
            conditions: Conditions::NONE,
            lent: false,
            team: None,
        });
        Self::new(given.into_iter().collect(), all, Moment::Whenever)
    }

    /// No more than `scopes` of them, and only within `only`, if it names anything: what is left to an API token. Which roles somebody
    /// has stays, so that access rules speak of them as before.
    #[must_use]
    pub fn narrowed(&self, scopes: Permissions, only: Option<&[Reach]>) -> Self {
        let mut granted = Vec::with_capacity(self.granted.len());
        for one in self.granted.iter() {
            let mut role = one.role.clone();
            role.permissions = role.permissions.and(scopes);
            let left: Vec<Reach> = match only {
                None => vec![one.reach.clone()],
                Some(only) => only.iter().filter_map(|only| one.reach.and(only)).collect(),
            };
            granted.extend(left.into_iter().map(|reach| Granted {
                given: Arc::new(Given {
                    role: role.clone(),
                    reach,
                    conditions: one.conditions.clone(),
                    ..*one.given
                }),
                standing: one.standing,
            }));
        }
        Self {
            organizations: places(granted.iter().filter(|one| one.is_in_time()), &self.organizations).into(),
            belongs_to: places(granted.iter(), &self.belongs_to).into(),
            granted: granted.into(),
        }
    }

    /// The same, had the login just proved who it is.
    #[must_use]
    pub fn proven(&self) -> Self {
        let proven = self.granted.iter().map(|one| Granted {
            given: one.given.clone(),
            standing: match one.standing {
                Standing::Unproven => Standing::Counts,
                other => other,
            },
        });
        Self {
            granted: proven.collect(),
            ..self.clone()
        }
    }

    /// The organizations of which the account sees anything now, oldest first.
    #[must_use]
    pub fn organizations(&self) -> &[OrganizationId] {
        &self.organizations
    }

    /// The organizations in all of which anything counts for the account, oldest first.
    #[must_use]
    pub fn whole_organizations(&self) -> Vec<OrganizationId> {
        let whole = |one: &&OrganizationId| self.roles_in(**one).next().is_some();
        self.organizations.iter().filter(whole).copied().collect()
    }

    /// The organizations in which it was given anything, whether that counts now or not, oldest first: where entries about the account
    /// belong.
    #[must_use]
    pub fn belongs_to(&self) -> &[OrganizationId] {
        &self.belongs_to
    }

    /// All that it was given, what does not count now included.
    #[must_use]
    pub fn granted(&self) -> &[Granted] {
        &self.granted
    }

    /// What counts in all of `organization`.
    pub fn roles_in(&self, organization: OrganizationId) -> impl Iterator<Item = &Granted> {
        let counts = move |one: &&Granted| one.is_in_time() && one.reach.has_all_of(organization);
        self.granted.iter().filter(counts)
    }

    /// What counts anywhere in `organization`, if only on one of its machines.
    pub fn roles_within(&self, organization: OrganizationId) -> impl Iterator<Item = &Granted> {
        let counts = move |one: &&Granted| one.is_in_time() && one.reach.meets(organization);
        self.granted.iter().filter(counts)
    }

    /// What counts on this machine.
    pub fn roles_on(&self, on: &MachineFacts) -> impl Iterator<Item = &Granted> {
        let counts = move |one: &&Granted| one.is_in_time() && one.reach.has(on);
        self.granted.iter().filter(counts)
    }

    /// Which roles count on this machine; each once.
    #[must_use]
    pub fn role_keys_on(&self, on: &MachineFacts) -> Vec<RoleKey> {
        keys(self.roles_on(on))
    }

    /// Which roles count in all of `organization`; each once.
    #[must_use]
    pub fn role_keys_in(&self, organization: OrganizationId) -> Vec<RoleKey> {
        keys(self.roles_in(organization))
    }

    /// All that the account may do in all of `organization`.
    #[must_use]
    pub fn permissions_in(&self, organization: OrganizationId) -> Permissions {
        all_of(self.roles_in(organization))
    }

    /// All that it may do on this machine.
    #[must_use]
    pub fn permissions_on(&self, on: &MachineFacts) -> Permissions {
        all_of(self.roles_on(on))
    }

    /// All that it may do in `organization` or on some machines of it, a proof given: what a console offers.
    #[must_use]
    pub fn offered_in(&self, organization: OrganizationId) -> Permissions {
        self.roles_within(organization)
            .fold(Permissions::NONE, |all, one| all.or(one.whole()))
    }

    /// All that it may do on this machine, a proof given: what a console offers there.
    #[must_use]
    pub fn offered_on(&self, on: &MachineFacts) -> Permissions {
        self.roles_on(on)
            .fold(Permissions::NONE, |all, one| all.or(one.whole()))
    }

    /// All that it may do everywhere, organizations to come included, and with what the server is.
    #[must_use]
    pub fn permissions_everywhere(&self) -> Permissions {
        let everywhere = |one: &&Granted| one.reach == Reach::EVERYTHING;
        all_of(self.granted.iter().filter(everywhere))
    }

    /// All that it may do in a place: in an organization, or for the whole server.
    #[must_use]
    pub fn permissions_at(&self, place: Option<OrganizationId>) -> Permissions {
        match place {
            Some(organization) => self.permissions_in(organization),
            None => self.permissions_everywhere(),
        }
    }

    /// All that it may give or take away there under these conditions: what it has there itself under none that are stricter.
    #[must_use]
    pub fn to_give(&self, reach: &Reach, conditions: &Conditions) -> Permissions {
        let has = |one: &&Granted| !one.lent && one.reach.covers(reach) && conditions.within(&one.conditions);
        all_of(self.granted.iter().filter(has))
    }

    /// All that it may lend on a machine under these conditions: what it was given there itself under none that are stricter.
    #[must_use]
    pub fn to_lend(&self, on: &MachineFacts, conditions: &Conditions) -> Permissions {
        let has = |one: &&Granted| !one.lent && one.reach.has(on) && conditions.within(&one.conditions);
        all_of(self.granted.iter().filter(has))
    }

    /// Whether it was given anything that lets it do more than look, at whatever hours and for what proof.
    #[must_use]
    pub fn acts(&self) -> bool {
        let stands = |one: &&Granted| !matches!(one.standing, Standing::Ended(_));
        let acts = |one: &Granted| one.whole().iter().any(|permission| !permission.only_reads());
        self.granted.iter().filter(stands).any(acts)
    }

    /// Whether the account may do this in all of `organization`.
    #[must_use]
    pub fn allows(&self, organization: OrganizationId, permission: Permission) -> bool {
        self.roles_in(organization)
            .any(|one| one.permissions().has(permission))
    }

    /// Whether it may do this on this machine.
    #[must_use]
    pub fn allows_on(&self, on: &MachineFacts, permission: Permission) -> bool {
        self.roles_on(on).any(|one| one.permissions().has(permission))
    }

    /// The organizations in all of which it may, oldest first: the filter of every query.
    #[must_use]
    pub fn organizations_with(&self, permission: Permission) -> Vec<OrganizationId> {
        let wide = |one: &&Granted| one.reach.is_wide() && one.permissions().has(permission);
        let mut with = Vec::new();
        for one in self.granted.iter().filter(wide) {
            match one.reach.organization {
                None => return self.organizations.to_vec(),
                Some(organization) => with.push(organization),
            }
        }
        with.sort_unstable();
        with.dedup();
        with.retain(|organization| self.organizations.binary_search(organization).is_ok());
        with
    }

    /// On which machines it may: the filter of queries about machines.
    #[must_use]
    pub fn sight(&self, permission: Permission) -> Sight {
        let organizations = self.organizations_with(permission);
        let mut parts: Vec<Reach> = Vec::new();
        for one in self.granted.iter().filter(|one| !one.reach.is_wide()) {
            let there = match one.reach.organization {
                Some(organization) => organizations.binary_search(&organization).is_ok(),
                None => false,
            };
            if !there && one.permissions().has(permission) {
                parts.push(one.reach.clone());
            }
        }
        Sight { organizations, parts }
    }

    /// Whether each of `wanted` on this machine is allowed only by what asks for a reason.
    #[must_use]
    pub fn asks_for_reason(&self, on: &MachineFacts, mut wanted: impl Iterator<Item = Permission>) -> bool {
        let freely = |permission: Permission| {
            self.roles_on(on)
                .any(|one| !one.conditions.reason_required && one.permissions().has(permission))
        };
        wanted.any(|permission| !freely(permission))
    }

    /// Why what was given does not allow this in a place: of several reasons the one that is mended soonest. None when nothing that was
    /// given would.
    #[must_use]
    pub fn missing(&self, place: Option<OrganizationId>, permission: Permission) -> Option<Standing> {
        let there = |one: &&Granted| match place {
            Some(organization) => one.reach.has_all_of(organization),
            None => one.reach == Reach::EVERYTHING,
        };
        nearest(self.granted.iter().filter(there), permission)
    }

    /// The same on a machine.
    #[must_use]
    pub fn missing_on(&self, on: &MachineFacts, permission: Permission) -> Option<Standing> {
        nearest(self.granted.iter().filter(|one| one.reach.has(on)), permission)
    }

    /// The same in any organization at all.
    #[must_use]
    pub fn missing_anywhere(&self, permission: Permission) -> Option<Standing> {
        nearest(self.granted.iter().filter(|one| one.reach.is_wide()), permission)
    }
}

/// Where any of these reaches, oldest first.
fn places<'a>(granted: impl Iterator<Item = &'a Granted>, all: &[OrganizationId]) -> Vec<OrganizationId> {
    let mut known = all.to_vec();
    known.sort_unstable();
    known.dedup();
    let mut places = Vec::new();
    for one in granted {
        match one.reach.organization {
            None => return known,
            Some(organization) => places.push(organization),
        }
    }
    places.sort_unstable();
    places.dedup();
    places.retain(|place| known.binary_search(place).is_ok());
    places
}

fn keys<'a>(granted: impl Iterator<Item = &'a Granted>) -> Vec<RoleKey> {
    let mut keys: Vec<_> = granted.filter(|one| !one.lent).map(|one| one.role.key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn all_of<'a>(granted: impl Iterator<Item = &'a Granted>) -> Permissions {
    granted.fold(Permissions::NONE, |all, one| all.or(one.permissions()))
}

fn nearest<'a>(there: impl Iterator<Item = &'a Granted>, permission: Permission) -> Option<Standing> {
    let order = |standing: &Standing| match standing {
        Standing::Counts => 0,
        Standing::Unproven => 1,
        Standing::OutsideHours => 2,
        // The one that ended last.
        Standing::Ended(at) => 3 + i64::MAX.abs_diff(at.0),
    };
    there
        .filter(|one| one.whole().has(permission))
        .map(|one| one.standing)
        .min_by_key(order)
}
