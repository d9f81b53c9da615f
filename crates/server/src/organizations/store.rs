//! Queries about organizations and sites.

use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};

use super::{Organization, Site};
use crate::audit;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::http::ETag;
use crate::ids::{OrganizationId, SiteId};
use crate::machines;
use crate::rights::{Reach, Sight};
use crate::store::entities::quarantine::QuarantineState;
use crate::store::entities::{enrollment_token, machine, organization, quarantine, site};

impl From<organization::Model> for Organization {
    fn from(row: organization::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            created_at: row.created_at,
            archived_at: row.archived_at,
            archived_by_name: row.archived_by_name,
            etag: ETag(row.version),
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
            archived_at: row.archived_at,
            archived_by_name: row.archived_by_name,
            etag: ETag(row.version),
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

/// The sites of whole organizations, those that are named, and those of machines in sight.
pub(super) async fn sites_in_sight<C: ConnectionTrait>(db: &C, sight: &Sight) -> Result<Vec<Site>> {
    let mut any =
        Condition::any().add(site::Column::OrganizationId.is_in(sight.organizations.iter().copied()));
    if !sight.parts.is_empty() {
        let named = |part: &&Reach| part.tags.is_empty() && part.machine.is_none();
        let named = sight.parts.iter().filter(named).filter_map(|part| part.site);
        let of_machines = machine::Entity::find()
            .select_only()
            .column(machine::Column::SiteId)
            .filter(machines::within(db.get_database_backend(), sight))
            .filter(machine::Column::MergedInto.is_null())
            .into_query();
        any = any
            .add(site::Column::Id.is_in(named))
            .add(site::Column::Id.in_subquery(of_machines));
    }
    let rows = site::Entity::find()
        .filter(any)
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
        version: Set(1),
        archived_at: Set(None),
        archived_by_name: Set(None),
    };
    organization::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
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
        version: Set(1),
        archived_at: Set(None),
        archived_by_name: Set(None),
    };
    site::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes a name, if the organization is still at `version`; false otherwise.
pub(super) async fn rename_organization<C: ConnectionTrait>(
    tx: &C,
    id: OrganizationId,
    (name, version): (&str, i64),
) -> Result<bool> {
    let done = organization::Entity::update_many()
        .col_expr(organization::Column::Name, Expr::value(name))
        .col_expr(organization::Column::Version, Expr::value(version + 1))
        .filter(organization::Column::Id.eq(id))
        .filter(organization::Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Writes a name, if the site is still at `version`; false otherwise.
pub(super) async fn rename_site<C: ConnectionTrait>(
    tx: &C,
    id: SiteId,
    (name, version): (&str, i64),
) -> Result<bool> {
    let done = site::Entity::update_many()
        .col_expr(site::Column::Name, Expr::value(name))
        .col_expr(site::Column::Version, Expr::value(version + 1))
        .filter(site::Column::Id.eq(id))
        .filter(site::Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Deletes a site, if it is still at `version`; false otherwise.
pub(super) async fn delete_site<C: ConnectionTrait>(tx: &C, id: SiteId, version: i64) -> Result<bool> {
    let done = site::Entity::delete_many()
        .filter(site::Column::Id.eq(id))
        .filter(site::Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Those of these organizations that are not archived, or all of them, oldest first.
pub(super) async fn open_organizations<C: ConnectionTrait>(
    db: &C,
    within: Option<&[OrganizationId]>,
) -> Result<Vec<OrganizationId>> {
    let mut query = organization::Entity::find()
        .select_only()
        .column(organization::Column::Id)
        .filter(organization::Column::ArchivedAt.is_null());
    if let Some(within) = within {
        query = query.filter(organization::Column::Id.is_in(within.iter().copied()));
    }
    Ok(query
        .order_by_asc(organization::Column::Id)
        .into_tuple()
        .all(db)
        .await?)
}

/// Writes since when an organization is archived and by whom, if it is still at `version`; false otherwise.
pub(super) async fn set_archived<C: ConnectionTrait>(
    tx: &C,
    id: OrganizationId,
    (at, by): (Option<Timestamp>, Option<String>),
    version: i64,
) -> Result<bool> {
    let done = organization::Entity::update_many()
        .col_expr(organization::Column::ArchivedAt, Expr::value(at))
        .col_expr(organization::Column::ArchivedByName, Expr::value(by))
        .col_expr(organization::Column::Version, Expr::value(version + 1))
        .filter(organization::Column::Id.eq(id))
        .filter(organization::Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// The same of a site.
pub(super) async fn set_site_archived<C: ConnectionTrait>(
    tx: &C,
    id: SiteId,
    (at, by): (Option<Timestamp>, Option<String>),
    version: i64,
) -> Result<bool> {
    let done = site::Entity::update_many()
        .col_expr(site::Column::ArchivedAt, Expr::value(at))
        .col_expr(site::Column::ArchivedByName, Expr::value(by))
        .col_expr(site::Column::Version, Expr::value(version + 1))
        .filter(site::Column::Id.eq(id))
        .filter(site::Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// What stands somewhere, or waits to.
pub(super) struct Present {
    pub(super) machines: u64,
    pub(super) waiting: u64,
}

impl Present {
    pub(super) fn any(&self) -> bool {
        self.machines + self.waiting > 0
    }
}

/// Counts the machines of an organization, or of one of its sites, and the newcomers who wait there. Records that were merged into others
/// count: whoever takes a merge back has them again.
pub(super) async fn present<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    site: Option<SiteId>,
) -> Result<Present> {
    let mut machines = machine::Entity::find().filter(machine::Column::OrganizationId.eq(organization));
    let mut waiting = quarantine::Entity::find()
        .filter(quarantine::Column::OrganizationId.eq(organization))
        .filter(quarantine::Column::State.eq(QuarantineState::Waiting));
    if let Some(site) = site {
        machines = machines.filter(machine::Column::SiteId.eq(site));
        waiting = waiting.filter(quarantine::Column::SiteId.eq(site));
    }
    Ok(Present {
        machines: machines.count(db).await?,
        waiting: waiting.count(db).await?,
    })
}

/// What refers to a site.
pub(super) struct SiteUses {
    pub(super) machines: u64,
    pub(super) enrollment_tokens: u64,
    pub(super) waiting: u64,
}

impl SiteUses {
    pub(super) fn any(&self) -> bool {
        self.machines + self.enrollment_tokens + self.waiting > 0
    }
}

/// Counts all that refers to a site, whatever domain it is of: the schema would take it away with the site.
pub(super) async fn uses_of_site<C: ConnectionTrait>(db: &C, id: SiteId) -> Result<SiteUses> {
    let machines = machine::Entity::find().filter(machine::Column::SiteId.eq(id));
    let tokens = enrollment_token::Entity::find().filter(enrollment_token::Column::SiteId.eq(id));
    let waiting = quarantine::Entity::find().filter(quarantine::Column::SiteId.eq(id));
    Ok(SiteUses {
        machines: machines.count(db).await?,
        enrollment_tokens: tokens.count(db).await?,
        waiting: waiting.count(db).await?,
    })
}
