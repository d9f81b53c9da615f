//! What accounts may do where: roles, and which account has which role in which organization.
//!
//! - `permission.rs`: the closed set of permissions · `role.rs`: built-in roles, and what one that somebody made is
//! - `own.rs`: [`Rights`], all that one account may do, as every rule asks for it · `reach.rs`: where an assignment counts ·
//!   `conditions.rs`: when, and what it asks for; all three are pure
//! - `kept.rs`: what accounts were given, as it was read last
//! - `moments.rs`: what ends or begins by itself
//! - `roles.rs`: making and changing roles · `assignments.rs`: giving and taking them · `gift.rs`: what may be given · `explain.rs`: why,
//!   rule by rule
//! - `provided.rs`: roles that identity providers give
//! - `routes.rs`: what each route takes
//! - `store.rs`: queries · `view.rs`: as the API shows it · `api.rs`: handlers
//!
//! Nobody gives what they do not have: whoever gives or takes a role has every permission of it in that place themselves.
//! Who has to be asked at a machine, and what nobody may do there, is another question: `crate::access`.

mod api;
mod assignments;
mod conditions;
mod explain;
mod gift;
mod kept;
mod moments;
mod own;
#[cfg(test)]
mod own_tests;
mod permission;
mod provided;
mod reach;
mod role;
mod roles;
mod routes;
mod store;
mod view;

use std::collections::HashMap;

use sea_orm::ConnectionTrait;

use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::store::WriteTx;
use crate::store::dialect::{self, Lock};
pub use api::routes;
pub use assignments::{ASSIGNMENTS_MAX, assign, assignments_of, give, list as list_assignments, unassign};
pub(crate) use assignments::{
    chains, changed, find_role, may_give, may_take, organization_made, place_names, require_may_give,
    require_may_give_all_of, role,
};
pub use conditions::{Conditions, Day, Hours, Moment, STEP_UP_MAX, STEP_UP_MIN, Standing};
pub use explain::{
    CountingRole, DecidedBy, EffectivePermissions, PermissionVerdict, Question, RoleStanding,
    effective_permissions,
};
pub(crate) use gift::{Gift, known_tags, reach_now};
pub use kept::{Changes, RightsMemory, of_caller};
pub use moments::Moments;
pub use own::{Given, Granted, Rights};
pub use permission::{Permission, Permissions};
pub(crate) use provided::{Provided, set_provided, withdraw_provided};
pub use reach::{MachineFacts, Reach, Sight};
pub use role::{Role, RoleKey, UnknownRole};
pub use roles::{
    ROLES_MAX, change as change_role, create as create_role, delete as delete_role, list as list_roles,
};
pub use routes::{Takes, takes, takes_token};
pub use view::{Assignment, AssignmentPlace, AssignmentState, NewAssignment, NewRole, RoleChange, RoleView};

/// All that an account may do at a moment, by itself and by its teams, by what is in the database now. Three queries, by index; one or
/// more besides for what was given on single machines.
///
/// # Errors
/// Those of the database.
pub async fn of_account<C: ConnectionTrait>(db: &C, account: AccountId, at: Moment) -> Result<Rights> {
    store::rights(db, account, at).await
}

/// The same of several accounts at once. Those without any role are left out.
///
/// # Errors
/// Those of the database.
pub async fn of_accounts<C: ConnectionTrait>(
    db: &C,
    accounts: &[AccountId],
    at: Moment,
) -> Result<HashMap<AccountId, Rights>> {
    store::rights_of(db, accounts, at).await
}

/// The oldest account that was itself made an owner of the whole server and is not disabled, if there is any; for the command line.
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

/// That an owner of the whole server is left who can sign in and is one without a team; to be asked in the transaction that changed
/// something, before its end.
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
