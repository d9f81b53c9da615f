//! Roles that identity providers give, by the groups of their people. What people gave by hand is another matter: neither touches the
//! other's.

use serde_json::{Value, json};

use super::{Conditions, Reach, RoleKey, assignments, require_owner, store};
use crate::accounts::{Caller, Person};
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::http::RequestInfo;
use crate::ids::{AccountId, IdentityProviderId, OrganizationId};
use crate::organizations;
use crate::store::WriteTx;
use crate::store::entities::assignment::Model;

/// What a provider gives: a role somewhere, under conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provided {
    /// The role.
    pub(crate) role: RoleKey,
    /// Where.
    pub(crate) reach: Reach,
    /// When it counts, and what it asks for.
    pub(crate) conditions: Conditions,
}

impl Provided {
    /// Whether a row gives the same role in the same place, whatever its conditions.
    fn is(&self, row: &Model) -> bool {
        (self.role, self.reach.organization) == (row.role, row.organization_id)
            && self.reach.to_column() == row.scope
    }
}

/// What becomes of a role that a provider gives.
#[derive(Clone, Copy)]
enum Change<'a> {
    Given(&'a Model),
    /// The same under other conditions: as it was, and as it is.
    Conditions(&'a Model, &'a Model),
    Taken(&'a Model),
}

/// Gives an account the roles that a provider gives it now, under the conditions of now, and takes away those that it gave before; whether
/// anything changed. In the transaction of whoever decided that, which holds the rights ([`super::hold`]); [`super::changed`] is to
/// follow. The role of the last owner stays as it is: a group alone locks nobody out of the server.
///
/// # Errors
/// Those of the database.
pub(crate) async fn set_provided(
    tx: &WriteTx,
    request: RequestInfo,
    now: Timestamp,
    (account, provider): (&Person, (IdentityProviderId, &str)),
    wanted: &[Provided],
) -> Result<bool> {
    let (id, name) = provider;
    let said = |organization, action| {
        Entry::new(organization, Actor::server(), action)
            .request(request.id)
            .from(request.address)
    };
    let had = store::provided(tx, id, Some(account.id)).await?;
    let mut changed = false;
    for row in &had {
        let one = wanted.iter().find(|one| one.is(row));
        let after = match one {
            Some(one) if one.conditions == store::conditions(row) => continue,
            Some(one) => Some(store::under(row, &one.conditions)?),
            None => None,
        };
        if !replace(tx, row, after.as_ref()).await? {
            tracing::warn!(account = %account.id, provider = %id, "the role of the last owner was not taken away or narrowed");
            continue;
        }
        let change = after
            .as_ref()
            .map_or(Change::Taken(row), |after| Change::Conditions(row, after));
        record(tx, now, change, (&account.name, name), &said).await?;
        changed = true;
    }
    for one in wanted {
        if had.iter().any(|row| one.is(row)) {
            continue;
        }
        match open(tx, &one.reach).await {
            Ok(()) => {}
            // What was given there before stays; nothing new goes in.
            Err(error) if error.code() == Code::Archived => continue,
            Err(error) => return Err(error),
        }
        if assignments::find_role(tx, one.role).await?.is_none() {
            tracing::warn!(provider = %id, role = %one.role, "a group mapping gives a role that is gone");
            continue;
        }
        let row = Model {
            created_by_name: name.to_owned(),
            provider_id: Some(id),
            ..store::row((account.id, one.role, &one.reach), &one.conditions, now)?
        };
        store::insert_assignment(tx, row.clone()).await?;
        record(tx, now, Change::Given(&row), (&account.name, name), &said).await?;
        changed = true;
    }
    Ok(changed)
}

/// That a place takes something new: an organization or a site that is not archived.
async fn open(tx: &WriteTx, reach: &Reach) -> Result<()> {
    match (reach.organization, reach.site) {
        (Some(organization), Some(site)) => organizations::require_open_site(tx, organization, site).await,
        (place, _) => organizations::require_open(tx, place).await,
    }
}

/// Puts another row, or none, in place of one. False, and nothing is done, when no owner would be left.
async fn replace(tx: &WriteTx, row: &Model, after: Option<&Model>) -> Result<bool> {
    store::delete_assignment(tx, row.id).await?;
    if let Some(after) = after {
        store::insert_assignment(tx, after.clone()).await?;
    }
    match require_owner(tx).await {
        Ok(()) => return Ok(true),
        Err(Error::Conflict { .. }) => {}
        Err(error) => return Err(error),
    }
    if let Some(after) = after {
        store::delete_assignment(tx, after.id).await?;
    }
    store::insert_assignment(tx, row.clone()).await?;
    Ok(false)
}

/// Takes away what a provider gave: everybody, or one account. Whose rights changed. In the transaction of whoever decided that;
/// [`super::require_owner`] and [`super::changed`] are to follow.
///
/// # Errors
/// Those of the database.
pub(crate) async fn withdraw_provided(
    tx: &WriteTx,
    by: &Caller,
    now: Timestamp,
    (id, name): (IdentityProviderId, &str),
    account: Option<AccountId>,
) -> Result<Vec<AccountId>> {
    let mut touched = Vec::new();
    for row in store::provided(tx, id, account).await? {
        store::delete_assignment(tx, row.id).await?;
        let person = crate::accounts::name(tx, row.account_id)
            .await?
            .unwrap_or_default();
        let said = |organization, action| by.entry(organization, action);
        record(tx, now, Change::Taken(&row), (&person, name), &said).await?;
        if !touched.contains(&row.account_id) {
            touched.push(row.account_id);
        }
    }
    Ok(touched)
}

async fn record(
    tx: &WriteTx,
    now: Timestamp,
    change: Change<'_>,
    (person, provider): (&str, &str),
    said: &(dyn Fn(OrganizationId, Action) -> Entry + Sync),
) -> Result<()> {
    let (Change::Given(row) | Change::Conditions(row, _) | Change::Taken(row)) = change;
    let role = assignments::find_role(tx, row.role).await?;
    let role_name = role.map_or_else(|| row.role.to_string(), |role| role.name);
    let says = |row: &Model| assignments::says(row, &role_name);
    let (action, before, after) = match change {
        Change::Given(row) => (Action::RoleGiven, Value::Null, says(row)),
        Change::Conditions(before, after) => (Action::RoleGiven, says(before), says(after)),
        Change::Taken(row) => (Action::RoleTaken, says(row), Value::Null),
    };
    for organization in assignments::chains(tx, row.organization_id).await? {
        let entry = said(organization, action)
            .on(Target::new(TargetKind::Account, row.account_id, person))
            .detail(json!({ "provider": provider }))
            .change(before.clone(), after.clone());
        audit::record(tx, now, entry).await?;
    }
    Ok(())
}
