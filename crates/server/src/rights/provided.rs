//! Roles that identity providers give, by the groups of their people. What people gave by hand is another matter: neither touches the
//! other's.

use serde_json::{Value, json};

use super::{Conditions, Reach, RoleKey, assignments, require_owner, store};
use crate::accounts::{Caller, Person};
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::http::RequestInfo;
use crate::ids::{AccountId, IdentityProviderId, OrganizationId};
use crate::store::WriteTx;
use crate::store::entities::assignment::Model;

/// Gives an account the roles that a provider gives it now, and takes away those that it gave before; whether anything changed. In the
/// transaction of whoever decided that, which holds the rights ([`super::hold`]); [`super::changed`] is to follow. The role of the last
/// owner stays: a group alone locks nobody out of the server.
///
/// # Errors
/// Those of the database.
pub(crate) async fn set_provided(
    tx: &WriteTx,
    request: RequestInfo,
    now: Timestamp,
    (account, provider): (&Person, (IdentityProviderId, &str)),
    wanted: &[(RoleKey, Option<OrganizationId>)],
) -> Result<bool> {
    let (id, name) = provider;
    let said = |organization, action| {
        Entry::new(organization, Actor::server(), action)
            .request(request.id)
            .from(request.address)
    };
    let had = store::provided(tx, id, Some(account.id)).await?;
    let mut changed = false;
    for row in had
        .iter()
        .filter(|row| !wanted.contains(&(row.role, row.organization_id)))
    {
        store::delete_assignment(tx, row.id).await?;
        match require_owner(tx).await {
            Ok(()) => {}
            Err(Error::Conflict { .. }) => {
                tracing::warn!(account = %account.id, provider = %id, "the role of the last owner was not taken away");
                store::insert_assignment(tx, row.clone()).await?;
                continue;
            }
            Err(error) => return Err(error),
        }
        record(tx, now, (Action::RoleTaken, row), (&account.name, name), &said).await?;
        changed = true;
    }
    for (role, place) in wanted {
        if had
            .iter()
            .any(|row| (row.role, row.organization_id) == (*role, *place))
        {
            continue;
        }
        if assignments::find_role(tx, *role).await?.is_none() {
            tracing::warn!(provider = %id, %role, "a group mapping gives a role that is gone");
            continue;
        }
        let row = Model {
            created_by_name: name.to_owned(),
            provider_id: Some(id),
            ..store::row((account.id, *role, &Reach::wide(*place)), &Conditions::NONE, now)?
        };
        store::insert_assignment(tx, row.clone()).await?;
        record(tx, now, (Action::RoleGiven, &row), (&account.name, name), &said).await?;
        changed = true;
    }
    Ok(changed)
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
        record(tx, now, (Action::RoleTaken, &row), (&person, name), &said).await?;
        if !touched.contains(&row.account_id) {
            touched.push(row.account_id);
        }
    }
    Ok(touched)
}

async fn record(
    tx: &WriteTx,
    now: Timestamp,
    (action, row): (Action, &Model),
    (person, provider): (&str, &str),
    said: &(dyn Fn(OrganizationId, Action) -> Entry + Sync),
) -> Result<()> {
    let role = assignments::find_role(tx, row.role).await?;
    let role_name = role.map_or_else(|| row.role.to_string(), |role| role.name);
    let what = assignments::says(row, &role_name);
    let (before, after) = match action {
        Action::RoleTaken => (what, Value::Null),
        _ => (Value::Null, what),
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
