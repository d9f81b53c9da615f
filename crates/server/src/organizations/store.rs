//! Queries about organizations, sites and memberships.

use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::{Organization, Role, Site};
use crate::audit;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{AccountId, MembershipId, OrganizationId};
use crate::store::entities::{membership, organization, site};

impl From<organization::Model> for Organization {
    fn from(row: organization::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            created_at: row.created_at,
        }
    }
}

impl From<site::Model> for Site {
    fn from(row: site::Model) -> Self {
        Self {
            id: row.id,
            organization_id: row.organization_id,
            name: row.name,
            created_at: row.created_at,
        }
    }
}

pub(super) async fn organizations<C: ConnectionTrait>(
    db: &C,
    within: &[OrganizationId],
) -> Result<Vec<Organization>> {
    let rows = organization::Entity::find()
        .filter(organization::Column::Id.is_in(within.iter().copied()))
        .order_by_asc(organization::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub(super) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<Organization>> {
    let rows = organization::Entity::find()
        .order_by_asc(organization::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Locks the row until the end of the transaction, against others who do and against appending to its audit chain. SQLite has one
/// writer anyway and knows no such lock. Not `FOR UPDATE`: rows that refer to the organization may be inserted meanwhile.
pub(super) async fn hold<C: ConnectionTrait>(tx: &C, id: OrganizationId) -> Result<()> {
    organization::Entity::find_by_id(id)
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await?;
    Ok(())
}

pub(super) async fn sites<C: ConnectionTrait>(db: &C, within: &[OrganizationId]) -> Result<Vec<Site>> {
    let rows = site::Entity::find()
        .filter(site::Column::OrganizationId.is_in(within.iter().copied()))
        .order_by_asc(site::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub(super) async fn insert_organization<C: ConnectionTrait>(tx: &C, new: &Organization) -> Result<()> {
    let row = organization::ActiveModel {
        id: Set(new.id),
        name: Set(new.name.clone()),
        created_at: Set(new.created_at),
        audit_seq: Set(0),
        audit_head: Set(audit::GENESIS.to_vec()),
        audit_checkpoints: Set(0),
    };
    organization::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The oldest organization without members.
pub(super) async fn unowned<C: ConnectionTrait>(tx: &C) -> Result<Option<Organization>> {
    let owned: Vec<OrganizationId> = membership::Entity::find()
        .all(tx)
        .await?
        .into_iter()
        .map(|row| row.organization_id)
        .collect();
    Ok(all(tx)
        .await?
        .into_iter()
        .find(|organization| !owned.contains(&organization.id)))
}

/// Renames an organization and its sites.
pub(super) async fn rename_all<C: ConnectionTrait>(tx: &C, id: OrganizationId, name: &str) -> Result<()> {
    organization::Entity::update_many()
        .col_expr(organization::Column::Name, Expr::value(name))
        .filter(organization::Column::Id.eq(id))
        .exec(tx)
        .await?;
    site::Entity::update_many()
        .col_expr(site::Column::Name, Expr::value(name))
        .filter(site::Column::OrganizationId.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn insert_site<C: ConnectionTrait>(tx: &C, new: &Site) -> Result<()> {
    let row = site::ActiveModel {
        id: Set(new.id),
        organization_id: Set(new.organization_id),
        name: Set(new.name.clone()),
        created_at: Set(new.created_at),
    };
    site::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) async fn insert_membership<C: ConnectionTrait>(
    tx: &C,
    organization: OrganizationId,
    account: AccountId,
    role: Role,
    now: Timestamp,
) -> Result<()> {
    let row = membership::ActiveModel {
        id: Set(MembershipId::new()),
        organization_id: Set(organization),
        account_id: Set(account),
        role: Set(role),
        created_at: Set(now),
    };
    membership::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) async fn places<C: ConnectionTrait>(
    db: &C,
    account: AccountId,
) -> Result<Vec<(OrganizationId, Role)>> {
    let rows = membership::Entity::find()
        .filter(membership::Column::AccountId.eq(account))
        .order_by_asc(membership::Column::OrganizationId)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.organization_id, row.role))
        .collect())
}

pub(super) async fn oldest_owner<C: ConnectionTrait>(db: &C) -> Result<Option<AccountId>> {
    let row = membership::Entity::find()
        .filter(membership::Column::Role.eq(Role::Owner))
        .order_by_asc(membership::Column::Id)
        .one(db)
        .await?;
    Ok(row.map(|row| row.account_id))
}
