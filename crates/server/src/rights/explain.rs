//! Why an account may do something or not, permission by permission, named by the roles and access rules that say so.

use serde::Serialize;
use utoipa::ToSchema;

use super::view::Place;
use super::{Permission, Rights, RoleKey, of_account};
use crate::access::{self, RightAccess};
use crate::accounts::{self, Caller};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ids::{AccountId, AssignmentId, MachineId, OrganizationId};
use crate::machines;
use crate::organizations;
use crate::store::entities::access_rule::{AccessRight, Mode};

/// Where one asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// On a machine.
    Machine(MachineId),
    /// In an organization.
    Organization(OrganizationId),
}

/// What an account may do in one place, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EffectivePermissions {
    /// Whose.
    pub account_id: AccountId,
    /// Their name.
    pub account_name: String,
    /// A disabled account may do nothing, whatever its roles allow.
    pub disabled: bool,
    /// In which organization.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// On which machine, if one was asked for; the one that it was merged into.
    pub machine_id: Option<MachineId>,
    /// Its name.
    pub machine_name: Option<String>,
    /// Every role that counts there.
    pub roles: Vec<CountingRole>,
    /// Every permission, once, in the order in which people read them.
    pub permissions: Vec<PermissionVerdict>,
}

/// A role that counts in the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CountingRole {
    /// What gave it.
    pub assignment_id: AssignmentId,
    /// The role.
    pub role: RoleKey,
    /// Its name; of a built-in role its key.
    pub role_name: String,
    /// Where it was given: for this organization, or for the whole server.
    pub place: Place,
}

/// Yes or no about one permission, and what says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PermissionVerdict {
    /// What.
    pub permission: Permission,
    /// Whether it is allowed.
    pub allowed: bool,
    /// What decides.
    pub decided_by: DecidedBy,
    /// The roles that allow it; empty when none does.
    pub roles: Vec<AssignmentId>,
    /// What the access rules say of it on the machine: who has to be asked, or that nobody may. `null` without a machine, and for what
    /// no access rule speaks of.
    pub access: Option<RightAccess>,
}

/// What decides about a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// A role allows it, or several do.
    Role,
    /// No role of theirs that counts here allows it.
    NoRole,
    /// A role allows it, an access rule does not: see `access`.
    AccessRule,
    /// The account is disabled.
    Disabled,
    /// A role allows it, the API token that asks leaves it out: by its scopes, or by its organizations.
    ApiToken,
}

/// What `account` may do there. Everybody may ask about themselves; about others, who may see people in that organization. An API token
/// that asks about its own account is told what is left of that.
///
/// # Errors
/// `not_found` (the machine, the organization, the account), `forbidden`; those of the database.
pub async fn effective_permissions(
    ctx: &Ctx,
    by: &Caller,
    account: AccountId,
    question: Question,
) -> Result<EffectivePermissions> {
    let db = ctx.db.read();
    let (organization, machine) = match question {
        Question::Machine(id) => {
            let machine = machines::find(ctx, by, id).await?;
            (machine.organization_id, Some(machine))
        }
        Question::Organization(id) if by.rights.organizations().contains(&id) => (id, None),
        Question::Organization(_) => return Err(Error::NotFound("organization")),
    };
    if account != by.account {
        by.require(organization, Permission::AccountSee)?;
    }
    let person = accounts::find_person(db, by, account).await?;
    let rights = of_account(db, account).await?;
    let roles = rights.role_keys_in(organization);
    let asked = match &machine {
        Some(machine) => access::decisions(db, machine, &roles).await?,
        None => Vec::new(),
    };
    let disabled = person.disabled_at.is_some();
    let left = by
        .api_token()
        .filter(|_| account == by.account)
        .map(|_| by.rights.permissions_in(organization));
    let verdicts = Permission::ALL.iter().map(|permission| {
        let leaves_out = left.is_some_and(|left| !left.has(*permission));
        let verdict = verdict(&rights, organization, (*permission, disabled), &asked);
        if leaves_out { verdict.left_out() } else { verdict }
    });
    Ok(EffectivePermissions {
        account_id: account,
        account_name: person.name,
        disabled,
        organization_id: organization,
        organization_name: organizations::find(db, organization).await?.name,
        machine_id: machine.as_ref().map(|machine| machine.id),
        machine_name: machine.map(|machine| machine.name),
        roles: rights.roles_in(organization).map(CountingRole::from).collect(),
        permissions: verdicts.collect(),
    })
}

impl PermissionVerdict {
    /// The same for an API token that leaves this out; a no stays what it is.
    fn left_out(self) -> Self {
        let decided_by = match self.decided_by {
            DecidedBy::Role => DecidedBy::ApiToken,
            other => other,
        };
        Self {
            allowed: false,
            decided_by,
            ..self
        }
    }
}

impl From<&super::Granted> for CountingRole {
    fn from(granted: &super::Granted) -> Self {
        Self {
            assignment_id: granted.assignment,
            role: granted.role.key,
            role_name: granted.role.name.clone(),
            place: granted.organization.into(),
        }
    }
}

fn verdict(
    rights: &Rights,
    organization: OrganizationId,
    (permission, disabled): (Permission, bool),
    asked: &[RightAccess],
) -> PermissionVerdict {
    let allowing = rights
        .roles_in(organization)
        .filter(|granted| granted.permissions().has(permission));
    let roles: Vec<AssignmentId> = allowing.map(|granted| granted.assignment).collect();
    let right = AccessRight::ALL
        .into_iter()
        .find(|right| Permission::for_right((*right).into()) == permission);
    let access = right.and_then(|right| asked.iter().find(|one| one.right == right).cloned());
    let never = access.as_ref().is_some_and(|access| access.mode == Mode::Never);
    let decided_by = match (roles.is_empty(), disabled, never) {
        (true, _, _) => DecidedBy::NoRole,
        (false, true, _) => DecidedBy::Disabled,
        (false, false, true) => DecidedBy::AccessRule,
        (false, false, false) => DecidedBy::Role,
    };
    PermissionVerdict {
        permission,
        allowed: decided_by == DecidedBy::Role,
        decided_by,
        roles,
        access,
    }
}
