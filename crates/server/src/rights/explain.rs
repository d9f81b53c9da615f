//! Why an account may do something or not, permission by permission, named by the roles and access rules that say so.

use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;

use super::view::AssignmentPlace;
use super::{Conditions, Granted, MachineFacts, Moment, Permission, RoleKey, Standing, of_account};
use crate::access::{self, RightAccess};
use crate::accounts::{self, Caller};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ids::{AccountId, AssignmentId, MachineId, OrganizationId};
use crate::machines;
use crate::organizations;
use crate::store::entities::access_rule::{AccessRight, Mode};
use crate::teams;

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
    /// Every role that was given there, to the account or to a team of it, also what does not count now.
    pub roles: Vec<CountingRole>,
    /// Every permission, once, in the order in which people read them.
    pub permissions: Vec<PermissionVerdict>,
}

/// A role that was given in the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CountingRole {
    /// What gave it.
    pub assignment_id: AssignmentId,
    /// The role.
    pub role: RoleKey,
    /// Its name; of a built-in role its key.
    pub role_name: String,
    /// Where it was given: here, or for more.
    pub place: AssignmentPlace,
    /// When it counts, and what it asks for.
    pub conditions: Conditions,
    /// Whether it counts now.
    pub standing: RoleStanding,
    /// No role: it was approved for a while, by the access request of the number `assignment_id`. It has no name then.
    pub lent: bool,
    /// The team that was given it and that the account is in; `null` = the account was given it itself.
    pub team_id: Option<AccountId>,
    /// Name of the team.
    pub team_name: Option<String>,
}

/// Whether a role counts now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleStanding {
    /// It does.
    Counts,
    /// It does once the login proves again who it is; of somebody else: whenever theirs has.
    NeedsProof,
    /// It does at other hours.
    OutsideHours,
    /// It did until `conditions.expires_at`.
    Ended,
}

impl From<Standing> for RoleStanding {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Counts => Self::Counts,
            Standing::Unproven => Self::NeedsProof,
            Standing::OutsideHours => Self::OutsideHours,
            Standing::Ended(_) => Self::Ended,
        }
    }
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
    /// The roles that allow it, or would: `decided_by` says what keeps them from it. Empty when none does.
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
    /// A role allows it once the login proves again who it is.
    StepUp,
    /// A role allows it at other hours.
    Hours,
    /// A role allowed it until it ended by itself.
    Ended,
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
    let at = Moment::Asked {
        now: ctx.clock.now(),
        proven_at: by.proven_at.filter(|_| account == by.account),
    };
    let rights = of_account(db, account, at).await?;
    let facts = machine.as_ref().map(MachineFacts::from);
    let given = |one: &&Granted| match &facts {
        Some(facts) => one.reach.has(facts),
        None => one.reach.has_all_of(organization),
    };
    let there: Vec<&Granted> = rights.granted().iter().filter(given).collect();
    let asked = match (&machine, &facts) {
        (Some(machine), Some(facts)) => access::decisions(db, machine, &rights.role_keys_on(facts)).await?,
        _ => Vec::new(),
    };
    let disabled = person.disabled_at.is_some();
    let left = by
        .api_token()
        .filter(|_| account == by.account)
        .map(|_| match &facts {
            Some(facts) => by.rights.permissions_on(facts),
            None => by.rights.permissions_in(organization),
        });
    let verdicts = Permission::ALL.iter().map(|permission| {
        let leaves_out = left.is_some_and(|left| !left.has(*permission));
        let verdict = verdict(&there, (*permission, disabled), &asked);
        if leaves_out { verdict.left_out() } else { verdict }
    });
    Ok(EffectivePermissions {
        account_id: account,
        account_name: person.name,
        disabled,
        organization_id: organization,
        organization_name: organizations::find(db, organization).await?.name,
        machine_id: machine.as_ref().map(|machine| machine.id),
        machine_name: machine.as_ref().map(|machine| machine.name.clone()),
        roles: counting(db, &there).await?,
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

/// These as they are told of, with the names of the teams that were given them.
async fn counting<C: ConnectionTrait>(db: &C, there: &[&Granted]) -> Result<Vec<CountingRole>> {
    let mut teams: Vec<AccountId> = there.iter().filter_map(|one| one.team).collect();
    teams.sort_unstable();
    teams.dedup();
    let teams = teams::known(db, &teams).await?;
    let named = there.iter().map(|one| CountingRole {
        team_name: one.team.and_then(|id| Some(teams.get(&id)?.account.name.clone())),
        ..CountingRole::from(*one)
    });
    Ok(named.collect())
}

impl From<&super::Granted> for CountingRole {
    fn from(granted: &super::Granted) -> Self {
        Self {
            team_id: granted.team,
            team_name: None,
            assignment_id: granted.assignment,
            role: granted.role.key,
            role_name: granted.role.name.clone(),
            place: AssignmentPlace::from(&granted.reach),
            conditions: granted.conditions.clone(),
            standing: granted.standing.into(),
            lent: granted.lent,
        }
    }
}

fn verdict(
    there: &[&Granted],
    (permission, disabled): (Permission, bool),
    asked: &[RightAccess],
) -> PermissionVerdict {
    // Of what would allow it, what does, or else what is mended soonest.
    let would = there.iter().filter(|one| one.whole().has(permission));
    let order = |one: &&&Granted| {
        (
            !one.permissions().has(permission),
            DecidedBy::from(one.standing) as u8,
        )
    };
    let standing = would.clone().min_by_key(order).map(|one| {
        let does = one.permissions().has(permission);
        if does {
            DecidedBy::Role
        } else {
            one.standing.into()
        }
    });
    let decides = |one: &&&Granted| match standing {
        Some(DecidedBy::Role) => one.permissions().has(permission),
        Some(other) => DecidedBy::from(one.standing) == other,
        None => false,
    };
    let roles: Vec<AssignmentId> = would.filter(decides).map(|one| one.assignment).collect();
    let right = AccessRight::ALL
        .into_iter()
        .find(|right| Permission::for_right((*right).into()) == permission);
    let access = right.and_then(|right| asked.iter().find(|one| one.right == right).cloned());
    let never = access.as_ref().is_some_and(|access| access.mode == Mode::Never);
    let decided_by = match (standing, disabled, never) {
        (None, _, _) => DecidedBy::NoRole,
        (Some(_), true, _) => DecidedBy::Disabled,
        (Some(DecidedBy::Role), false, true) => DecidedBy::AccessRule,
        (Some(standing), false, _) => standing,
    };
    PermissionVerdict {
        permission,
        allowed: decided_by == DecidedBy::Role,
        decided_by,
        roles,
        access,
    }
}

impl From<Standing> for DecidedBy {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Counts => Self::Role,
            Standing::Unproven => Self::StepUp,
            Standing::OutsideHours => Self::Hours,
            Standing::Ended(_) => Self::Ended,
        }
    }
}
