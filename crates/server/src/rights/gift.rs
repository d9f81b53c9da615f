//! [`Gift`]: what somebody wants to give, by an assignment, an invitation, with a service account or to a group: the role and the place
//! are there, the conditions can be kept, and whoever gives has all of it.

use sea_orm::ConnectionTrait;

use super::assignments::{require_may_give, role};
use super::{AssignmentPlace, Conditions, Permission, Permissions, Reach, Role, RoleKey};
use crate::accounts::Caller;
use crate::clock::Timestamp;
use crate::error::{Error, FieldError, Result};
use crate::ids::{OrganizationId, SiteId};
use crate::machines::{self, TAGS_MAX};
use crate::organizations;

/// A role, where it is to count and under which conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gift {
    /// The role.
    pub(crate) role: Role,
    /// Where.
    pub(crate) reach: Reach,
    /// When it counts, and what it asks for.
    pub(crate) conditions: Conditions,
}

impl Gift {
    /// What somebody wrote, as they may give it.
    ///
    /// # Errors
    /// `validation_failed` by fields (`role`, `place`, `conditions`), `not_found` (the organization), `archived`, `forbidden`,
    /// `step_up_required`;
    /// those of the database.
    pub(crate) async fn checked<C: ConnectionTrait>(
        db: &C,
        (by, now): (&Caller, Timestamp),
        key: RoleKey,
        (wanted, conditions): (&AssignmentPlace, &Conditions),
    ) -> Result<Self> {
        let role = role(db, key).await?;
        let reach = place(db, by, wanted).await?;
        let conditions = conditions.clone().checked(now).map_err(Error::Invalid)?;
        let gift = Self {
            role,
            reach,
            conditions,
        };
        require_may_give(by, &gift)?;
        organizations::require_open(db, gift.reach.organization).await?;
        let role = &gift.role;
        if gift.reach.leaves(role.permissions) == Permissions::NONE && role.permissions != Permissions::NONE {
            let detail =
                "Nothing that this role allows is about machines. Give it for the whole organization.";
            return Err(Error::invalid("place", "allows_nothing", detail));
        }
        Ok(gift)
    }

    /// That a program can have it.
    ///
    /// # Errors
    /// `validation_failed` when it asks for a proof: programs have none, so the role would never allow them anything but to look.
    pub(crate) fn require_for_programs(&self) -> Result<()> {
        if self.conditions.step_up_minutes.is_none() {
            return Ok(());
        }
        let detail = "Programs cannot prove who they are. Leave this out, or give the role to people.";
        Err(Error::invalid(
            "conditions.step_up_minutes",
            "not_for_programs",
            detail,
        ))
    }
}

/// Where somebody wants to give something: what they name is there. Who does not manage people in an organization is not told what
/// is.
async fn place<C: ConnectionTrait>(db: &C, by: &Caller, wanted: &AssignmentPlace) -> Result<Reach> {
    let within = |organization: OrganizationId| {
        if !by.rights.organizations().contains(&organization) {
            return Err(Error::NotFound("organization"));
        }
        by.require_at(Some(organization), Permission::AccountManage)?;
        Ok(Reach::of_organization(organization))
    };
    Ok(match wanted {
        AssignmentPlace::Server => Reach::EVERYTHING,
        AssignmentPlace::Organization { organization_id } => within(*organization_id)?,
        AssignmentPlace::Site {
            organization_id,
            site_id,
        } => {
            let reach = within(*organization_id)?;
            Reach {
                site: Some(known_site(db, *organization_id, *site_id).await?),
                ..reach
            }
        }
        AssignmentPlace::Tags {
            organization_id,
            tags,
        } => Reach {
            tags: known_tags("place.tags", tags).map_err(|wrong| Error::Invalid(vec![wrong]))?,
            ..within(*organization_id)?
        },
        AssignmentPlace::Machine {
            organization_id,
            machine_id,
        } => {
            let reach = within(*organization_id)?;
            let found = machines::find_within(db, &[*organization_id], *machine_id).await;
            let machine = found.map_err(|error| not_there(error, "place.machine_id", "machine"))?;
            Reach {
                machine: Some(machine.id),
                ..reach
            }
        }
    })
}

async fn known_site<C: ConnectionTrait>(db: &C, organization: OrganizationId, id: SiteId) -> Result<SiteId> {
    let found = organizations::find_open_site(db, &[organization], id).await;
    let site = found.map_err(|error| not_there(error, "place.site_id", "site"))?;
    Ok(site.id)
}

fn not_there(error: Error, field: &'static str, what: &str) -> Error {
    match error {
        Error::NotFound(_) => Error::invalid(
            field,
            "unknown",
            format!("There is no such {what} in this organization."),
        ),
        other => other,
    }
}

/// Tags as machines have them: each once, in order.
///
/// # Errors
/// The field, when there is none, or one that no machine can have.
pub(crate) fn known_tags(
    field: &'static str,
    wanted: &[String],
) -> std::result::Result<Vec<String>, FieldError> {
    if wanted.is_empty() || wanted.len() > TAGS_MAX {
        let detail = format!("Name 1 to {TAGS_MAX} tags.");
        return Err(FieldError::new(field, "out_of_range", detail));
    }
    let mut tags = Vec::with_capacity(wanted.len());
    for tag in wanted {
        tags.push(machines::checked_tag(field, tag)?);
    }
    tags.sort_unstable();
    tags.dedup();
    Ok(tags)
}

/// What a reach that was named before is now: with the machine that speaks for its record. None when its organization, site or machine
/// is gone.
///
/// # Errors
/// Those of the database.
pub(crate) async fn reach_now<C: ConnectionTrait>(db: &C, mut reach: Reach) -> Result<Option<Reach>> {
    let Some(organization) = reach.organization else {
        return Ok(Some(reach));
    };
    if !is_there(organizations::find(db, organization).await)? {
        return Ok(None);
    }
    if let Some(site) = reach.site
        && !is_there(organizations::find_site(db, &[organization], Some(site)).await)?
    {
        return Ok(None);
    }
    if let Some(record) = reach.machine {
        let speaking = machines::follow(db, &[record]).await?.remove(&record);
        let Some(machine) = speaking.filter(|machine| machine.organization_id == organization) else {
            return Ok(None);
        };
        reach.machine = Some(machine.id);
    }
    Ok(Some(reach))
}

fn is_there<T>(found: Result<T>) -> Result<bool> {
    match found {
        Ok(_) => Ok(true),
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
