//! Giving roles and taking them away.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::view::{Assignment, NewAssignment, Place};
use super::{Permission, Rights, Role, RoleKey, of_account, require_owner, store};
use crate::accounts::{self, Caller};
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::{Scope, Topic};
use crate::ids::{AccountId, AssignmentId, OrganizationId};
use crate::organizations;
use crate::sessions;
use crate::store::WriteTx;
use crate::store::entities::assignment::Model;

/// The roles that people have in organizations where the caller may see them, those for the whole server included; of everybody,
/// or of one account. Oldest first.
///
/// # Errors
/// `forbidden`; those of the database.
pub async fn list(ctx: &Ctx, by: &Caller, account: Option<AccountId>) -> Result<Vec<Assignment>> {
    let organizations = by.require_any(Permission::AccountSee)?;
    let accounts = account.map(|account| vec![account]);
    let rows = store::assignments(ctx.db.read(), &organizations, accounts.as_deref()).await?;
    shown(ctx, &by.rights, rows).await
}

/// Of each of these accounts, the roles within `organizations` and for the whole server; as `rights` may see and take them.
///
/// # Errors
/// Those of the database.
pub async fn assignments_of(
    ctx: &Ctx,
    rights: &Rights,
    organizations: &[OrganizationId],
    accounts: Option<&[AccountId]>,
) -> Result<HashMap<AccountId, Vec<Assignment>>> {
    let rows = store::assignments(ctx.db.read(), organizations, accounts).await?;
    let mut of: HashMap<AccountId, Vec<Assignment>> = HashMap::new();
    for one in shown(ctx, rights, rows).await? {
        of.entry(one.account_id).or_default().push(one);
    }
    Ok(of)
}

async fn shown(ctx: &Ctx, rights: &Rights, rows: Vec<Model>) -> Result<Vec<Assignment>> {
    let db = ctx.db.read();
    let roles = store::roles(db, rows.iter().map(|row| row.role)).await?;
    let names: HashMap<OrganizationId, String> = organizations::all(db)
        .await?
        .into_iter()
        .map(|organization| (organization.id, organization.name))
        .collect();
    let shown = rows.into_iter().filter_map(|row| {
        let role = roles.get(&row.role)?;
        Some(Assignment {
            id: row.id,
            account_id: row.account_id,
            role: row.role,
            role_name: role.name.clone(),
            place: row.organization_id.into(),
            organization_name: row.organization_id.and_then(|id| names.get(&id).cloned()),
            created_at: row.created_at,
            created_by_name: row.created_by_name,
            provided: row.provider_id.is_some(),
            may_take: may_give(rights, row.organization_id, role),
        })
    });
    Ok(shown.collect())
}

/// Whether who has `rights` may give `role` in a place, or take it away.
pub(crate) fn may_give(rights: &Rights, place: Option<OrganizationId>, role: &Role) -> bool {
    let own = rights.permissions_at(place);
    own.has(Permission::AccountManage) && own.covers(allowed_at(role, place))
}

fn allowed_at(role: &Role, place: Option<OrganizationId>) -> super::Permissions {
    match place {
        Some(_) => role.permissions.in_one_organization(),
        None => role.permissions,
    }
}

/// Whether the caller may give `role` in a place, or take it away: they manage people there and have all of it themselves.
///
/// # Errors
/// `not_found` for an organization out of sight, `forbidden`.
pub(crate) fn require_may_give(by: &Caller, place: Option<OrganizationId>, role: &Role) -> Result<()> {
    if let Some(organization) = place
        && !by.rights.organizations().contains(&organization)
    {
        return Err(Error::NotFound("organization"));
    }
    by.require_at(place, Permission::AccountManage)?;
    by.require_all(place, allowed_at(role, place))
}

/// The role of a key.
///
/// # Errors
/// `validation_failed` for the field `role` when there is none; those of the database.
pub(crate) async fn role<C: sea_orm::ConnectionTrait>(db: &C, key: RoleKey) -> Result<Role> {
    let found = find_role(db, key).await?;
    found.ok_or_else(|| Error::invalid("role", "unknown", "There is no such role (any more)."))
}

/// The role of a key; None when it was deleted.
///
/// # Errors
/// Those of the database.
pub(crate) async fn find_role<C: sea_orm::ConnectionTrait>(db: &C, key: RoleKey) -> Result<Option<Role>> {
    Ok(store::roles(db, std::iter::once(key)).await?.remove(&key))
}

/// Gives an account a role.
///
/// # Errors
/// `forbidden`, `not_found` (the organization, the account), `validation_failed`, `conflict` when they have it already; those of the
/// database.
pub async fn assign(ctx: &Ctx, by: &Caller, wanted: NewAssignment) -> Result<Assignment> {
    let place = wanted.place.organization();
    let tx = ctx.db.write().await?;
    super::hold(&tx).await?;
    let role = role(&tx, wanted.role).await?;
    require_may_give(by, place, &role)?;
    let account = accounts::find_person(&tx, by, wanted.account_id).await?;
    let row = Model {
        id: AssignmentId::new(),
        account_id: account.id,
        organization_id: place,
        role: role.key,
        created_at: ctx.clock.now(),
        created_by: by.account_id(),
        created_by_name: by.name.clone(),
        provider_id: None,
    };
    store::insert_assignment(&tx, row.clone()).await?;
    record(ctx, &tx, by, (Action::RoleGiven, &row, &role), &account.name).await?;
    tx.commit().await?;
    changed(ctx, &[account.id]).await;
    let given = shown(ctx, &by.rights, vec![row]).await?.pop();
    given.ok_or(Error::NotFound("role"))
}

/// Gives a role within the transaction of whoever decided that: the first account's, an accepted invitation's. No audit entry.
///
/// # Errors
/// `conflict` when the account has it already; those of the database.
pub async fn give(
    tx: &WriteTx,
    now: Timestamp,
    (account, key, place): (AccountId, RoleKey, Option<OrganizationId>),
    (given_by, name): (Option<AccountId>, &str),
) -> Result<()> {
    let row = Model {
        id: AssignmentId::new(),
        account_id: account,
        organization_id: place,
        role: key,
        created_at: now,
        created_by: given_by,
        created_by_name: name.to_owned(),
        provider_id: None,
    };
    store::insert_assignment(tx, row).await
}

/// Takes a role away. What its account does with it now, it stops doing.
///
/// # Errors
/// `not_found`, `forbidden`, `last_owner`; those of the database.
pub async fn unassign(ctx: &Ctx, by: &Caller, id: AssignmentId) -> Result<()> {
    let tx = ctx.db.write().await?;
    super::hold(&tx).await?;
    let row = store::find_assignment(&tx, id).await?;
    let row = row.ok_or(Error::NotFound("role assignment"))?;
    let account = accounts::find_person(&tx, by, row.account_id)
        .await
        .map_err(|error| match error {
            Error::NotFound(_) => Error::NotFound("role assignment"),
            other => other,
        })?;
    let seen = by.rights.organizations_with(Permission::AccountSee);
    if row.organization_id.is_some_and(|place| !seen.contains(&place)) {
        return Err(Error::NotFound("role assignment"));
    }
    // One whose role is gone allows nothing; whoever manages people there may clear it away.
    let found = find_role(&tx, row.role).await?;
    let role = found.unwrap_or_else(|| Role::gone(row.role));
    require_may_give(by, row.organization_id, &role)?;
    if !store::delete_assignment(&tx, id).await? {
        return Err(Error::NotFound("role assignment"));
    }
    require_owner(&tx).await?;
    record(ctx, &tx, by, (Action::RoleTaken, &row, &role), &account.name).await?;
    tx.commit().await?;
    changed_in(ctx, &[row.account_id], row.organization_id).await;
    Ok(())
}

/// Where an entry about something in a place belongs: in the organization's chain, or in each one's.
///
/// # Errors
/// Those of the database.
pub(crate) async fn chains<C: sea_orm::ConnectionTrait>(
    db: &C,
    place: Option<OrganizationId>,
) -> Result<Vec<OrganizationId>> {
    match place {
        Some(organization) => Ok(vec![organization]),
        None => Ok(organizations::all(db).await?.iter().map(|one| one.id).collect()),
    }
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    (action, row, role): (Action, &Model, &Role),
    account_name: &str,
) -> Result<()> {
    let said = json!({ "role": row.role, "role_name": role.name, "place": Place::from(row.organization_id) });
    let (before, after) = match action {
        Action::RoleTaken => (said, Value::Null),
        _ => (Value::Null, said),
    };
    for organization in chains(tx, row.organization_id).await? {
        let entry = by
            .entry(organization, action)
            .on(Target::new(TargetKind::Account, row.account_id, account_name))
            .change(before.clone(), after.clone());
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}

/// After the commit of what changed the rights of these accounts: their consoles ask anew, and what they may not go on with ends.
pub(crate) async fn changed(ctx: &Ctx, accounts: &[AccountId]) {
    changed_in(ctx, accounts, None).await;
}

/// The same, where an organization that they may not belong to any more has to be looked at, too.
pub(crate) async fn changed_in(ctx: &Ctx, accounts: &[AccountId], left: Option<OrganizationId>) {
    let mut touched: BTreeSet<OrganizationId> = left.into_iter().collect();
    for account in accounts {
        match of_account(ctx.db.read(), *account).await {
            Ok(rights) => {
                touched.extend(rights.organizations());
                ctx.events.rights_changed(*account, rights.organizations());
                ctx.events.publish(Scope::Account(*account), &[Topic::Me]);
            }
            // What changed stands, whatever becomes of this.
            Err(error) => {
                tracing::error!(%account, %error, "an account's consoles were not told of its rights as they are now");
            }
        }
    }
    if left.is_none() {
        // A role for the whole server may have been taken away.
        match organizations::all(ctx.db.read()).await {
            Ok(all) => touched.extend(all.iter().map(|one| one.id)),
            Err(error) => {
                tracing::error!(%error, "sessions under way were not compared with rights as they are now")
            }
        }
    }
    for organization in touched {
        ctx.events.publish(
            Scope::Organization(organization),
            &[Topic::Accounts, Topic::Audit],
        );
        if let Err(error) = sessions::recheck(ctx, organization).await {
            tracing::error!(%organization, %error, "sessions under way were not compared with rights as they are now");
        }
    }
}

/// After the commit of what made an organization: whoever has a role for the whole server belongs to it.
pub(crate) async fn organization_made(ctx: &Ctx) {
    match store::accounts_of_server(ctx.db.read()).await {
        Ok(accounts) => changed(ctx, &accounts).await,
        Err(error) => tracing::error!(%error, "consoles were not told of a new organization"),
    }
}
