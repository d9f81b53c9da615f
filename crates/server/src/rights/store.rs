//! Queries of the tables `roles` and `assignments`.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::{Granted, Permissions, Rights, Role, RoleKey};
use crate::error::{Code, Error, Result};
use crate::ids::{AccountId, AssignmentId, IdentityProviderId, OrganizationId, RoleId};
use crate::store::dialect;
use crate::store::entities::{access_rule, account, account_invitation, assignment, organization, role};

impl From<role::Model> for Role {
    fn from(row: role::Model) -> Self {
        Self {
            key: RoleKey::Custom(row.id),
            name: row.name,
            permissions: Permissions::from_column(&row.permissions),
        }
    }
}

pub(super) async fn rights<C: ConnectionTrait>(db: &C, account: AccountId) -> Result<Rights> {
    let rows = assignment::Entity::find()
        .filter(assignment::Column::AccountId.eq(account))
        .order_by_asc(assignment::Column::Id)
        .all(db)
        .await?;
    let organizations = if rows.iter().any(|row| row.organization_id.is_none()) {
        all_organizations(db).await?
    } else {
        rows.iter().filter_map(|row| row.organization_id).collect()
    };
    let roles = roles(db, rows.iter().map(|row| row.role)).await?;
    let granted = rows.into_iter().filter_map(|row| {
        Some(Granted {
            assignment: row.id,
            role: roles.get(&row.role)?.clone(),
            organization: row.organization_id,
        })
    });
    Ok(Rights::new(granted.collect(), &organizations))
}

/// The rights of several accounts, in three queries; of those without any role, none.
pub(super) async fn rights_of<C: ConnectionTrait>(
    db: &C,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Rights>> {
    let rows = assignment::Entity::find()
        .filter(assignment::Column::AccountId.is_in(accounts.iter().copied()))
        .order_by_asc(assignment::Column::Id)
        .all(db)
        .await?;
    let organizations = all_organizations(db).await?;
    let roles = roles(db, rows.iter().map(|row| row.role)).await?;
    let mut granted: HashMap<AccountId, Vec<Granted>> = HashMap::new();
    for row in rows {
        if let Some(role) = roles.get(&row.role) {
            granted.entry(row.account_id).or_default().push(Granted {
                assignment: row.id,
                role: role.clone(),
                organization: row.organization_id,
            });
        }
    }
    let rights = granted.into_iter();
    Ok(rights
        .map(|(account, granted)| (account, Rights::new(granted, &organizations)))
        .collect())
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

/// The people who own the whole server, disabled or not, those who have longest first.
pub(super) async fn all_owners<C: ConnectionTrait>(db: &C) -> Result<Vec<AccountId>> {
    let rows = assignment::Entity::find()
        .filter(assignment::Column::Role.eq(RoleKey::Owner))
        .filter(assignment::Column::OrganizationId.is_null())
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

pub(super) async fn delete_assignment<C: ConnectionTrait>(tx: &C, id: AssignmentId) -> Result<bool> {
    let done = assignment::Entity::delete_by_id(id).exec(tx).await?;
    Ok(done.rows_affected > 0)
}

/// How many accounts have each role, wherever.
pub(super) async fn holders<C: ConnectionTrait>(db: &C) -> Result<HashMap<RoleKey, u64>> {
    let counts: Vec<(RoleKey, i64)> = assignment::Entity::find()
        .select_only()
        .column(assignment::Column::Role)
        .column_as(
            Expr::col(assignment::Column::AccountId).count_distinct(),
            "accounts",
        )
        .group_by(assignment::Column::Role)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts
        .into_iter()
        .map(|(role, accounts)| (role, u64::try_from(accounts).unwrap_or(0)))
        .collect())
}

/// Who has a role anywhere.
pub(super) async fn accounts_with<C: ConnectionTrait>(db: &C, key: RoleKey) -> Result<Vec<AccountId>> {
    let query = assignment::Entity::find()
        .select_only()
        .column(assignment::Column::AccountId)
        .distinct()
        .filter(assignment::Column::Role.eq(key));
    Ok(query.into_tuple().all(db).await?)
}

/// Who has any role for the whole server.
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
