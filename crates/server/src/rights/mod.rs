//! What accounts may do where: roles, and which account has which role in which organization.
//!
//! - `permission.rs`: the closed set of permissions · `role.rs`: built-in roles, and what one that somebody made is
//! - [`Rights`]: all that one account may do, as every rule asks for it; pure
//! - `roles.rs`: making and changing roles · `assignments.rs`: giving and taking them · `explain.rs`: why, rule by rule
//! - `provided.rs`: roles that identity providers give
//! - `routes.rs`: what each route takes
//! - `store.rs`: queries · `view.rs`: as the API shows it · `api.rs`: handlers
//!
//! Nobody gives what they do not have: whoever gives or takes a role has every permission of it in that place themselves.
//! Who has to be asked at a machine, and what nobody may do there, is another question: `crate::access`.

mod api;
mod assignments;
mod explain;
mod permission;
mod provided;
mod role;
mod roles;
mod routes;
mod store;
mod view;

use std::collections::HashMap;

use sea_orm::ConnectionTrait;

use crate::error::{Error, Result};
use crate::ids::{AccountId, AssignmentId, OrganizationId};
use crate::store::WriteTx;
use crate::store::dialect::{self, Lock};
pub use api::routes;
pub use assignments::{assign, assignments_of, give, list as list_assignments, unassign};
pub(crate) use assignments::{
    chains, changed, find_role, may_give, organization_made, require_may_give, role,
};
pub use explain::{
    CountingRole, DecidedBy, EffectivePermissions, PermissionVerdict, Question, effective_permissions,
};
pub use permission::{Permission, Permissions};
pub(crate) use provided::{set_provided, withdraw_provided};
pub use role::{Role, RoleKey, UnknownRole};
pub use roles::{
    ROLES_MAX, change as change_role, create as create_role, delete as delete_role, list as list_roles,
};
pub use routes::{Takes, takes, takes_token};
pub use view::{Assignment, NewAssignment, NewRole, Place, RoleChange, RoleView};

/// A role that an account has somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// What gave it.
    pub assignment: AssignmentId,
    /// The role.
    pub role: Role,
    /// Where; None = in every organization, and for what the whole server is.
    pub organization: Option<OrganizationId>,
}

impl Granted {
    /// What it allows where it counts.
    fn permissions(&self) -> Permissions {
        match self.organization {
            Some(_) => self.role.permissions.in_one_organization(),
            None => self.role.permissions,
        }
    }

    fn counts_in(&self, organization: OrganizationId) -> bool {
        self.organization.is_none_or(|only| only == organization)
    }
}

/// All that an account may do. Cheap to ask: linear in its roles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    granted: Vec<Granted>,
    /// Where any of it counts, oldest first.
    organizations: Vec<OrganizationId>,
}

impl Rights {
    /// Of these roles, on a server with these organizations.
    #[must_use]
    pub fn new(granted: Vec<Granted>, all: &[OrganizationId]) -> Self {
        let counts = |organization: &&OrganizationId| granted.iter().any(|one| one.counts_in(**organization));
        let mut organizations: Vec<_> = all.iter().filter(counts).copied().collect();
        organizations.sort_unstable();
        Self {
            granted,
            organizations,
        }
    }

    /// Of one built-in role in one organization, as nobody gave it: for rules that are asked without an account. None of a role that
    /// somebody made.
    #[must_use]
    pub fn of_role(key: RoleKey, organization: OrganizationId) -> Self {
        Self::made_up(key, Some(organization), &[organization])
    }

    /// Of an owner of the whole server with these organizations; the command line's.
    #[must_use]
    pub fn of_everything(all: &[OrganizationId]) -> Self {
        Self::made_up(RoleKey::Owner, None, all)
    }

    fn made_up(key: RoleKey, organization: Option<OrganizationId>, all: &[OrganizationId]) -> Self {
        let granted = Role::built_in(key).map(|role| Granted {
            assignment: AssignmentId::new(),
            role,
            organization,
        });
        Self::new(granted.into_iter().collect(), all)
    }

    /// No more than `scopes` of them, and only in the organizations of `only`, if it names any: what is left to an API token. Which roles
    /// somebody has stays, so that access rules speak of them as before.
    #[must_use]
    pub fn narrowed(&self, scopes: Permissions, only: Option<&[OrganizationId]>) -> Self {
        let counts = |organization: &OrganizationId| only.is_none_or(|only| only.contains(organization));
        let mut granted = Vec::with_capacity(self.granted.len());
        for one in &self.granted {
            let mut role = one.role.clone();
            role.permissions = role.permissions.and(scopes);
            // One for the whole server is one for each organization that is left of it.
            let places: Vec<_> = match (one.organization, only) {
                (None, Some(_)) => self.organizations.iter().copied().map(Some).collect(),
                (place, _) => vec![place],
            };
            let left = places
                .into_iter()
                .filter(|place| place.as_ref().is_none_or(counts));
            granted.extend(left.map(|organization| Granted {
                assignment: one.assignment,
                role: role.clone(),
                organization,
            }));
        }
        Self {
            granted,
            organizations: self.organizations.iter().copied().filter(counts).collect(),
        }
    }

    /// The organizations that the account belongs to, oldest first.
    #[must_use]
    pub fn organizations(&self) -> &[OrganizationId] {
        &self.organizations
    }

    /// Its roles, wherever they count.
    #[must_use]
    pub fn granted(&self) -> &[Granted] {
        &self.granted
    }

    /// The roles that count in `organization`.
    pub fn roles_in(&self, organization: OrganizationId) -> impl Iterator<Item = &Granted> {
        self.granted.iter().filter(move |one| one.counts_in(organization))
    }

    /// Which roles those are; each once.
    #[must_use]
    pub fn role_keys_in(&self, organization: OrganizationId) -> Vec<RoleKey> {
        let mut keys: Vec<_> = self.roles_in(organization).map(|one| one.role.key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// All that the account may do in `organization`.
    #[must_use]
    pub fn permissions_in(&self, organization: OrganizationId) -> Permissions {
        self.roles_in(organization)
            .fold(Permissions::NONE, |all, one| all.or(one.permissions()))
    }

    /// All that it may do everywhere, organizations to come included, and with what the server is.
    #[must_use]
    pub fn permissions_everywhere(&self) -> Permissions {
        let everywhere = self.granted.iter().filter(|one| one.organization.is_none());
        everywhere.fold(Permissions::NONE, |all, one| all.or(one.permissions()))
    }

    /// All that it may do in a place: in an organization, or for the whole server.
    #[must_use]
    pub fn permissions_at(&self, place: Option<OrganizationId>) -> Permissions {
        match place {
            Some(organization) => self.permissions_in(organization),
            None => self.permissions_everywhere(),
        }
    }

    /// Whether the account may do this in `organization`.
    #[must_use]
    pub fn allows(&self, organization: OrganizationId, permission: Permission) -> bool {
        self.permissions_in(organization).has(permission)
    }

    /// The organizations in which it may, oldest first: the filter of every query.
    #[must_use]
    pub fn organizations_with(&self, permission: Permission) -> Vec<OrganizationId> {
        let mut organizations = self.organizations.clone();
        organizations.retain(|organization| self.allows(*organization, permission));
        organizations
    }
}

/// All that an account may do, as it is in the database now. Three queries at most, by index.
///
/// # Errors
/// Those of the database.
pub async fn of_account<C: ConnectionTrait>(db: &C, account: AccountId) -> Result<Rights> {
    store::rights(db, account).await
}

/// The same of several accounts at once. Those without any role are left out.
///
/// # Errors
/// Those of the database.
pub async fn of_accounts<C: ConnectionTrait>(
    db: &C,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Rights>> {
    store::rights_of(db, accounts).await
}

/// The oldest account that is an owner of the whole server and not disabled, if there is any; for the command line.
///
/// # Errors
/// Those of the database.
pub async fn oldest_owner<C: ConnectionTrait>(db: &C) -> Result<Option<AccountId>> {
    store::owners(db).await.map(|owners| owners.first().copied())
}

/// The oldest owner of the whole server, disabled or not, if there is any; for the command line.
///
/// # Errors
/// Those of the database.
pub async fn oldest_owner_ever<C: ConnectionTrait>(db: &C) -> Result<Option<AccountId>> {
    let owners = store::all_owners(db).await?;
    Ok(owners.first().copied())
}

/// The names of these roles, as far as they are there.
///
/// # Errors
/// Those of the database.
pub async fn names<C: ConnectionTrait>(
    db: &C,
    keys: impl Iterator<Item = RoleKey>,
) -> Result<HashMap<RoleKey, String>> {
    let roles = store::roles(db, keys).await?;
    Ok(roles.into_iter().map(|(key, role)| (key, role.name)).collect())
}

/// Holds who may do what until the end of the transaction: everybody else who changes it waits. To be called first in each transaction
/// that does, so that two owners who take each other's role at the same moment do not both succeed, and no role is deleted while it
/// is given.
///
/// # Errors
/// Those of the database.
pub(crate) async fn hold(tx: &WriteTx) -> Result<()> {
    Ok(dialect::lock(tx, Lock::Rights).await?)
}

/// That an owner of the whole server is left who can sign in; to be asked in the transaction that changed something, before its
/// end.
///
/// # Errors
/// `last_owner`; those of the database.
pub async fn require_owner(tx: &WriteTx) -> Result<()> {
    if store::owners(tx).await?.is_empty() {
        return Err(Error::conflict(
            crate::error::Code::LastOwner,
            "This is the last owner of the whole server. Make somebody else an owner for the whole server first.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn role(key: RoleKey) -> Role {
        Role::built_in(key).unwrap()
    }

    fn granted(key: RoleKey, organization: Option<OrganizationId>) -> Granted {
        Granted {
            assignment: AssignmentId::new(),
            role: role(key),
            organization,
        }
    }

    #[test]
    fn a_role_counts_in_its_organization_alone() {
        let (ours, theirs) = (OrganizationId::new(), OrganizationId::new());
        let rights = Rights::new(vec![granted(RoleKey::Technician, Some(ours))], &[ours, theirs]);
        assert_eq!(rights.organizations(), [ours]);
        assert!(rights.allows(ours, Permission::ScreenControl));
        assert!(!rights.allows(ours, Permission::AuditRead));
        assert!(!rights.allows(theirs, Permission::MachineSee));
        assert_eq!(rights.organizations_with(Permission::AuditRead), []);
        assert_eq!(rights.permissions_everywhere(), Permissions::NONE);
    }

    #[test]
    fn an_owner_of_one_organization_does_not_own_the_server() {
        let ours = OrganizationId::new();
        let one = Rights::of_role(RoleKey::Owner, ours);
        assert!(one.allows(ours, Permission::AccountManage));
        assert!(!one.allows(ours, Permission::ServerManage));
        let all = Rights::of_everything(&[ours]);
        assert!(all.allows(ours, Permission::ServerManage));
        assert_eq!(all.permissions_everywhere(), Permissions::all());
        assert!(
            all.permissions_in(OrganizationId::new())
                .has(Permission::MachineSee),
            "one to come"
        );
    }

    fn keys() -> impl Strategy<Value = RoleKey> {
        proptest::sample::select(&RoleKey::BUILT_IN[..])
    }

    proptest! {
        /// What counts in one organization changes nothing in another.
        #[test]
        fn organizations_do_not_see_each_other(
            ours in proptest::collection::vec(keys(), 0..4),
            theirs in proptest::collection::vec(keys(), 0..4),
        ) {
            let (here, there) = (OrganizationId::new(), OrganizationId::new());
            let of = |keys: &[RoleKey], place| -> Vec<Granted> {
                keys.iter().map(|key| granted(*key, Some(place))).collect()
            };
            let alone = Rights::new(of(&ours, here), &[here, there]);
            let mut both = of(&ours, here);
            both.extend(of(&theirs, there));
            let both = Rights::new(both, &[here, there]);
            prop_assert_eq!(alone.permissions_in(here), both.permissions_in(here));
            prop_assert_eq!(both.organizations().contains(&there), !theirs.is_empty());
            for permission in Permission::ALL {
                let with = both.organizations_with(*permission);
                for place in [here, there] {
                    prop_assert_eq!(with.contains(&place), both.allows(place, *permission));
                }
            }
        }

        /// What is narrowed has nothing that was not there before, nothing beyond its scopes, and nothing elsewhere; and all that is
        /// left within both.
        #[test]
        fn narrowing_only_takes_away(
            some in proptest::collection::vec((keys(), proptest::option::of(0_usize..3)), 0..5),
            scopes in proptest::sample::subsequence(Permission::ALL, 0..=Permission::ALL.len()),
            only in proptest::option::of(proptest::sample::subsequence(vec![0_usize, 1, 2], 0..=3)),
        ) {
            let all = [OrganizationId::new(), OrganizationId::new(), OrganizationId::new()];
            let given = some.iter().map(|(key, place)| granted(*key, place.map(|place| all[place])));
            let whole = Rights::new(given.collect(), &all);
            let scopes: Permissions = scopes.into_iter().collect();
            let only: Option<Vec<OrganizationId>> =
                only.map(|only| only.into_iter().map(|place| all[place]).collect());
            let left = whole.narrowed(scopes, only.as_deref());
            for place in all {
                let within = only.as_ref().is_none_or(|only| only.contains(&place));
                let expected = if within { whole.permissions_in(place).and(scopes) } else { Permissions::NONE };
                // What is of the whole server is in no organization.
                let expected = if only.is_some() { expected.in_one_organization() } else { expected };
                prop_assert_eq!(left.permissions_in(place), expected);
                prop_assert_eq!(left.organizations().contains(&place), within && whole.organizations().contains(&place));
                if within {
                    prop_assert_eq!(left.role_keys_in(place), whole.role_keys_in(place));
                }
            }
            let everywhere = if only.is_none() { whole.permissions_everywhere().and(scopes) } else { Permissions::NONE };
            prop_assert_eq!(left.permissions_everywhere(), everywhere);
        }

        /// One more role never takes anything away.
        #[test]
        fn roles_only_add(some in proptest::collection::vec(keys(), 0..4), more in keys(), everywhere: bool) {
            let here = OrganizationId::new();
            let mut all: Vec<Granted> = some.iter().map(|key| granted(*key, Some(here))).collect();
            let before = Rights::new(all.clone(), &[here]);
            all.push(granted(more, (!everywhere).then_some(here)));
            let after = Rights::new(all, &[here]);
            prop_assert!(after.permissions_in(here).covers(before.permissions_in(here)));
            prop_assert!(after.permissions_everywhere().covers(before.permissions_everywhere()));
        }
    }
}
