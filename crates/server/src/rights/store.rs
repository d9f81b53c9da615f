//! Queries of the tables `roles` and `assignments`.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::{Conditions, Given, Hours, Moment, Permissions, Reach, Rights, Role, RoleKey};
use crate::access_requests;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{AccountId, AssignmentId, IdentityProviderId, MachineId, OrganizationId, RoleId};
use crate::machines;
use crate::store::dialect;
use crate::store::entities::{
    access_request, access_rule, account, account_invitation, assignment, organization, role,
};
use crate::teams;

impl From<role::Model> for Role {
    fn from(row: role::Model) -> Self {
        Self {
            key: RoleKey::Custom(row.id),
            name: row.name,
            permissions: Permissions::from_column(&row.permissions),
        }
    }
}

/// The row of a role that is given now.
pub(super) fn row(
    (account, role, reach): (AccountId, RoleKey, &Reach),
    conditions: &Conditions,
    at: Timestamp,
) -> Result<assignment::Model> {
    let row = assignment::Model {
        id: AssignmentId::new(),
        account_id: account,
        organization_id: reach.organization,
        role,
        created_at: at,
        created_by: None,
        created_by_name: String::new(),
        provider_id: None,
        scope: reach.to_column(),
        expires_at: None,
        hours: None,
        step_up_minutes: None,
        reason_required: false,
        ended_at: None,
    };
    under(&row, conditions)
}

/// The same row under these conditions.
pub(super) fn under(row: &assignment::Model, conditions: &Conditions) -> Result<assignment::Model> {
    let hours = conditions.hours.as_ref().map(serde_json::to_string).transpose();
    Ok(assignment::Model {
        expires_at: conditions.expires_at,
        hours: hours.map_err(Error::internal)?,
        step_up_minutes: conditions.step_up_minutes.map(i64::from),
        reason_required: conditions.reason_required,
        ended_at: None,
        ..row.clone()
    })
}

/// The conditions of a row. Hours that cannot be read any more never come.
pub(super) fn conditions(row: &assignment::Model) -> Conditions {
    let hours = row.hours.as_deref().map(|hours| {
        serde_json::from_str(hours).unwrap_or_else(|error| {
            tracing::error!(assignment = %row.id, %error, "the hours of an assignment cannot be read; it does not count");
            Hours::never()
        })
    });
    Conditions {
        expires_at: row.expires_at,
        hours,
        step_up_minutes: row
            .step_up_minutes
            .map(|minutes| u16::try_from(minutes).unwrap_or_default()),
        reason_required: row.reason_required,
    }
}

/// Where a row reaches; None when this version does not know.
pub(super) fn reach(row: &assignment::Model) -> Option<Reach> {
    Reach::from_columns(row.organization_id, &row.scope)
}

pub(super) async fn rights<C: ConnectionTrait>(db: &C, account: AccountId, at: Moment) -> Result<Rights> {
    let (given, organizations) = given_to(db, account, at.now()).await?;
    Ok(Rights::new(given, &organizations, at))
}

/// All that an account was given, and, where a moment is named, what is lent to it then; with the organizations that there are, or
/// those that this is about.
pub(super) async fn given_to<C: ConnectionTrait>(
    db: &C,
    account: AccountId,
    lent_at: Option<Timestamp>,
) -> Result<(Vec<Given>, Vec<OrganizationId>)> {
    let theirs = Condition::any()
        .add(assignment::Column::AccountId.eq(account))
        .add(assignment::Column::AccountId.in_subquery(teams::of_account(account)));
    let rows = assignment::Entity::find()
        .filter(theirs)
        .order_by_asc(assignment::Column::Id)
        .all(db)
        .await?;
    let mut organizations = if rows.iter().any(|row| row.organization_id.is_none()) {
        all_organizations(db).await?
    } else {
        rows.iter().filter_map(|row| row.organization_id).collect()
    };
    let mut given: Vec<Given> = given(db, rows)
        .await?
        .into_iter()
        .map(|(holder, given)| through(account, holder, given))
        .collect();
    if let Some(now) = lent_at {
        let rows = access_requests::granted(db, account, now).await?;
        organizations.extend(rows.iter().map(|row| row.organization_id));
        given.extend(lent(db, rows).await?);
    }
    Ok((given, organizations))
}

/// What `holder` was given, as `account` has it: by itself, or by a team.
fn through(account: AccountId, holder: AccountId, given: Given) -> Given {
    Given {
        team: (holder != account).then_some(holder),
        ..given
    }
}

/// The rights of several accounts, in four queries; of those without any role, none.
pub(super) async fn rights_of<C: ConnectionTrait>(
    db: &C,
    accounts: &[AccountId],
    at: Moment,
) -> Result<HashMap<AccountId, Rights>> {
    let within = teams::memberships(db, accounts).await?;
    let holders = accounts.iter().chain(within.keys()).copied();
    let rows = assignment::Entity::find()
        .filter(assignment::Column::AccountId.is_in(holders))
        .order_by_asc(assignment::Column::Id)
        .all(db)
        .await?;
    let organizations = all_organizations(db).await?;
    let mut of: HashMap<AccountId, Vec<Given>> = HashMap::new();
    for (holder, one) in given(db, rows).await? {
        for account in within.get(&holder).into_iter().flatten() {
            let one = through(*account, holder, one.clone());
            of.entry(*account).or_default().push(one);
        }
        // Of a team there is nothing but what its people have.
        if !within.contains_key(&holder) {
            of.entry(holder).or_default().push(one);
        }
    }
    if let Some(now) = at.now() {
        for (account, rows) in access_requests::granted_of(db, accounts, now).await? {
            of.entry(account).or_default().extend(lent(db, rows).await?);
        }
    }
    let rights = of.into_iter();
    Ok(rights
        .map(|(account, given)| (account, Rights::new(given, &organizations, at)))
        .collect())
}

/// Rows with their roles, and the machines that records which were merged are part of now. What this version cannot read is left out.
async fn given<C: ConnectionTrait>(db: &C, rows: Vec<assignment::Model>) -> Result<Vec<(AccountId, Given)>> {
    let roles = roles(db, rows.iter().map(|row| row.role)).await?;
    let reaches: Vec<Option<Reach>> = rows.iter().map(reach).collect();
    let records: Vec<MachineId> = reaches
        .iter()
        .flatten()
        .filter_map(|reach| reach.machine)
        .collect();
    let speaking = if records.is_empty() {
        HashMap::new()
    } else {
        machines::follow(db, &records).await?
    };
    let given = rows.into_iter().zip(reaches).filter_map(|(row, reach)| {
        let mut reach = reach?;
        let speaks = reach.machine.and_then(|record| speaking.get(&record));
        if let Some(machine) = speaks.filter(|machine| Some(machine.organization_id) == reach.organization) {
            reach.machine = Some(machine.id);
        }
        let given = Given {
            assignment: row.id,
            role: roles.get(&row.role)?.clone(),
            reach,
            conditions: conditions(&row),
            lent: false,
            team: None,
        };
        Some((row.account_id, given))
    });
    Ok(given.collect())
}

/// What was approved on machines for a while.
async fn lent<C: ConnectionTrait>(db: &C, rows: Vec<access_request::Model>) -> Result<Vec<Given>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let records: Vec<MachineId> = rows.iter().map(|row| row.machine_id).collect();
    let speaking = machines::follow(db, &records).await?;
    let given = rows.into_iter().filter_map(|row| {
        let machine = speaking.get(&row.machine_id)?;
        Some(Given {
            assignment: AssignmentId(row.id.0),
            role: Role {
                key: RoleKey::Custom(RoleId(row.id.0)),
                name: String::new(),
                permissions: row.wanted(),
            },
            reach: Reach {
                machine: Some(machine.id),
                ..Reach::of_organization(machine.organization_id)
            },
            conditions: Conditions {
                expires_at: row.expires_at,
                ..Conditions::NONE
            },
            lent: true,
            team: None,
        })
    });
    Ok(given.collect())
}

async fn all_organizations<C: ConnectionTrait>(db: &C) -> Result<Vec<OrganizationId>> {
    let query = organization::Entity::find()
        .select_only()
        .column(organization::Column::Id)
        .order_by_asc(organization::Column::Id);
    Ok(query.into_tuple().all(db).await?)
}

/// The roles with these keys; those that are not there any more are left out.
pub(super) async fn roles<C: ConnectionTrait>(
    db: &C,
    keys: impl Iterator<Item = RoleKey>,
) -> Result<HashMap<RoleKey, Role>> {
    let (mut found, mut custom) = (HashMap::new(), Vec::new());
    for key in keys {
        match (key, Role::built_in(key)) {
            (RoleKey::Custom(id), _) => custom.push(id),
            (_, Some(role)) => {
                found.insert(key, role);
            }
            (_, None) => {}
        }
    }
    if custom.is_empty() {
        return Ok(found);
    }
    custom.sort_unstable();
    custom.dedup();
    let rows = role::Entity::find()
        .filter(role::Column::Id.is_in(custom))
        .all(db)
        .await?;
    found.extend(rows.into_iter().map(Role::from).map(|role| (role.key, role)));
    Ok(found)
}

/// The people who own the whole server at all times, disabled or not, those who have longest first. Who does so by a team alone is not
/// counted: whoever may change the team could lock everybody out.
pub(super) async fn all_owners<C: ConnectionTrait>(db: &C) -> Result<Vec<AccountId>> {
    let rows = assignment::Entity::find()
        .filter(assignment::Column::Role.eq(RoleKey::Owner))
        .filter(assignment::Column::OrganizationId.is_null())
        .filter(assignment::Column::ExpiresAt.is_null())
        .filter(assignment::Column::Hours.is_null())
        .order_by_asc(assignment::Column::Id)
        .all(db)
        .await?;
    let ids = rows.into_iter().map(|row| row.account_id).collect();
    only_of(db, ids, account::Column::Kind.eq(account::AccountKind::Person)).await
}

/// The people who own the whole server and are not disabled, those who have longest first.
pub(super) async fn owners<C: ConnectionTrait>(db: &C) -> Result<Vec<AccountId>> {
    let ids = all_owners(db).await?;
    only_of(db, ids, account::Column::DisabledAt.is_null()).await
}

/// Those of these accounts of which that is true, in their order.
async fn only_of<C: ConnectionTrait>(
    db: &C,
    ids: Vec<AccountId>,
    is_true: sea_orm::sea_query::SimpleExpr,
) -> Result<Vec<AccountId>> {
    let found: Vec<AccountId> = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::Id.is_in(ids.iter().copied()))
        .filter(is_true)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().filter(|id| found.contains(id)).collect())
}

// Assignments.

/// Those within `organizations` and those for the whole server, oldest first.
pub(super) async fn assignments<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    accounts: Option<&[AccountId]>,
) -> Result<Vec<assignment::Model>> {
    let within = Condition::any()
        .add(assignment::Column::OrganizationId.is_null())
        .add(assignment::Column::OrganizationId.is_in(organizations.iter().copied()));
    let mut query = assignment::Entity::find().filter(within);
    if let Some(accounts) = accounts {
        query = query.filter(assignment::Column::AccountId.is_in(accounts.iter().copied()));
    }
    Ok(query.order_by_asc(assignment::Column::Id).all(db).await?)
}

pub(super) async fn find_assignment<C: ConnectionTrait>(
    db: &C,
    id: AssignmentId,
) -> Result<Option<assignment::Model>> {
    Ok(assignment::Entity::find_by_id(id).one(db).await?)
}

/// Writes a new assignment.
///
/// # Errors
/// `conflict` when the account has the role there already; those of the database.
pub(super) async fn insert_assignment<C: ConnectionTrait>(tx: &C, row: assignment::Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    match assignment::Entity::insert(row).exec_without_returning(tx).await {
        Ok(_) => Ok(()),
        Err(error) if dialect::is_unique_violation(&error) => Err(Error::conflict(
            Code::Conflict,
            "This account has the role there already.",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Removes what ended of the same role of the same account in the same place, so that it can be given anew.
pub(super) async fn clear_ended<C: ConnectionTrait>(
    tx: &C,
    row: &assignment::Model,
    now: Timestamp,
) -> Result<()> {
    let organization = match row.organization_id {
        Some(organization) => assignment::Column::OrganizationId.eq(organization),
        None => assignment::Column::OrganizationId.is_null(),
    };
    assignment::Entity::delete_many()
        .filter(assignment::Column::AccountId.eq(row.account_id))
        .filter(assignment::Column::Role.eq(row.role))
        .filter(assignment::Column::Scope.eq(row.scope.as_str()))
        .filter(assignment::Column::ProviderId.is_null())
        .filter(assignment::Column::ExpiresAt.lte(now))
        .filter(organization)
        .exec(tx)
        .await?;
    Ok(())
}

/// Those that begin or end by themselves, and have not ended for good.
pub(super) async fn passing<C: ConnectionTrait>(db: &C) -> Result<Vec<assignment::Model>> {
    let by_itself = Condition::any()
        .add(assignment::Column::ExpiresAt.is_not_null())
        .add(assignment::Column::Hours.is_not_null());
    Ok(assignment::Entity::find()
        .filter(by_itself)
        .filter(assignment::Column::EndedAt.is_null())
        .order_by_asc(assignment::Column::Id)
        .all(db)
        .await?)
}

/// Notes that one ended by itself; false when somebody did, or it is gone.
pub(super) async fn note_end<C: ConnectionTrait>(tx: &C, id: AssignmentId, now: Timestamp) -> Result<bool> {
    let done = assignment::Entity::update_many()
        .col_expr(assignment::Column::EndedAt, Expr::value(Some(now)))
        .filter(assignment::Column::Id.eq(id))
        .filter(assignment::Column::ExpiresAt.lte(now))
        .filter(assignment::Column::EndedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// How many assignments an account has, whatever becomes of them.
pub(super) async fn count_of<C: ConnectionTrait>(db: &C, account: AccountId) -> Result<u64> {
    let of = assignment::Entity::find().filter(assignment::Column::AccountId.eq(account));
    Ok(of.count(db).await?)
}

/// What a provider gave: everybody, or one account.
pub(super) async fn provided<C: ConnectionTrait>(
    db: &C,
    provider: IdentityProviderId,
    account: Option<AccountId>,
) -> Result<Vec<assignment::Model>> {
    let mut query = assignment::Entity::find().filter(assignment::Column::ProviderId.eq(provider));
    if let Some(account) = account {
        query = query.filter(assignment::Column::AccountId.eq(account));
    }
    Ok(query.order_by_asc(assignment::Column::Id).all(db).await?)
}

/// What an account was given itself.
pub(super) async fn rows_of<C: ConnectionTrait>(
    db: &C,
    account: AccountId,
) -> Result<Vec<assignment::Model>> {
    Ok(assignment::Entity::find()
        .filter(assignment::Column::AccountId.eq(account))
        .order_by_asc(assignment::Column::Id)
        .all(db)
        .await?)
}

pub(super) async fn delete_assignment<C: ConnectionTrait>(tx: &C, id: AssignmentId) -> Result<bool> {
    let done = assignment::Entity::delete_by_id(id).exec(tx).await?;
    Ok(done.rows_affected > 0)
}

/// How many accounts have each role, wherever, by themselves or by a team.
pub(super) async fn holders<C: ConnectionTrait>(db: &C) -> Result<HashMap<RoleKey, u64>> {
    let pairs: Vec<(RoleKey, AccountId)> = assignment::Entity::find()
        .select_only()
        .column(assignment::Column::Role)
        .column(assignment::Column::AccountId)
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    let mut of: HashMap<RoleKey, Vec<AccountId>> = HashMap::new();
    for (role, account) in pairs {
        of.entry(role).or_default().push(account);
    }
    let mut counts = HashMap::new();
    for (role, accounts) in of {
        counts.insert(role, teams::people_behind(db, &accounts).await?.len() as u64);
    }
    Ok(counts)
}

/// Who has a role anywhere, by themselves or by a team.
pub(super) async fn accounts_with<C: ConnectionTrait>(db: &C, key: RoleKey) -> Result<Vec<AccountId>> {
    let query = assignment::Entity::find()
        .select_only()
        .column(assignment::Column::AccountId)
        .distinct()
        .filter(assignment::Column::Role.eq(key));
    let accounts: Vec<AccountId> = query.into_tuple().all(db).await?;
    teams::people_behind(db, &accounts).await
}

/// Who has any role for the whole server, now or at other times; teams as themselves.
pub(super) async fn accounts_of_server<C: ConnectionTrait>(db: &C) -> Result<Vec<AccountId>> {
    let query = assignment::Entity::find()
        .select_only()
        .column(assignment::Column::AccountId)
        .distinct()
        .filter(assignment::Column::OrganizationId.is_null());
    Ok(query.into_tuple().all(db).await?)
}

// Roles that somebody made.

pub(super) async fn custom_roles<C: ConnectionTrait>(db: &C) -> Result<Vec<role::Model>> {
    Ok(role::Entity::find()
        .order_by_asc(role::Column::NameKey)
        .all(db)
        .await?)
}

pub(super) async fn count_roles<C: ConnectionTrait>(db: &C) -> Result<u64> {
    Ok(role::Entity::find().count(db).await?)
}

pub(super) async fn find_role<C: ConnectionTrait>(db: &C, id: RoleId) -> Result<Option<role::Model>> {
    Ok(role::Entity::find_by_id(id).one(db).await?)
}

fn name_taken(error: sea_orm::DbErr) -> Error {
    if dialect::is_unique_violation(&error) {
        Error::invalid("name", "taken", "There is a role of this name already.")
    } else {
        error.into()
    }
}

pub(super) async fn insert_role<C: ConnectionTrait>(tx: &C, row: role::Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    let done = role::Entity::insert(row).exec_without_returning(tx).await;
    done.map(drop).map_err(name_taken)
}

/// Writes what a role is, if it is still at `version`; false otherwise.
pub(super) async fn change_role<C: ConnectionTrait>(tx: &C, row: &role::Model, version: i64) -> Result<bool> {
    let done = role::Entity::update_many()
        .col_expr(role::Column::Name, Expr::value(row.name.clone()))
        .col_expr(role::Column::NameKey, Expr::value(row.name_key.clone()))
        .col_expr(role::Column::Description, Expr::value(row.description.clone()))
        .col_expr(role::Column::Permissions, Expr::value(row.permissions.clone()))
        .col_expr(role::Column::Version, Expr::value(version + 1))
        .filter(role::Column::Id.eq(row.id))
        .filter(role::Column::Version.eq(version))
        .exec(tx)
        .await;
    Ok(done.map_err(name_taken)?.rows_affected > 0)
}

/// Deletes a role, if it is still at `version`; false otherwise.
pub(super) async fn delete_role<C: ConnectionTrait>(tx: &C, id: RoleId, version: i64) -> Result<bool> {
    let done = role::Entity::delete_many()
        .filter(role::Column::Id.eq(id))
        .filter(role::Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// How many accounts have a role, how many invitations give it that nobody has used or revoked, how many access rules speak of it.
pub(super) async fn uses<C: ConnectionTrait>(db: &C, key: RoleKey) -> Result<(u64, u64, u64)> {
    let assigned = assignment::Entity::find().filter(assignment::Column::Role.eq(key));
    let invited = account_invitation::Entity::find()
        .filter(account_invitation::Column::Role.eq(key))
        .filter(account_invitation::Column::AcceptedAt.is_null())
        .filter(account_invitation::Column::RevokedAt.is_null());
    let named = access_rule::Entity::find().filter(access_rule::Column::Role.eq(key));
    Ok((
        assigned.count(db).await?,
        invited.count(db).await?,
        named.count(db).await?,
    ))
}
