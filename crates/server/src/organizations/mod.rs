//! Organizations, their sites, and what an account may do in them.
//!
//! This is the smallest complete domain; read it as the example: rules here, queries in `store.rs`, handlers in `api.rs`.

mod api;
mod store;

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::Caller;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ids::{AccountId, OrganizationId, SiteId};
use crate::store::dialect::{self, Lock};
use crate::store::{Db, WriteTx};

pub use api::routes;

/// Longest name of an organization or a site, in characters; what fits on one line of the console.
pub const NAME_MAX: usize = 80;

/// Name of the first organization and site until set-up.
const DEFAULT_NAME: &str = "Farol";

/// An account's place in an organization.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May see and control machines.
    #[sea_orm(string_value = "technician")]
    Technician,
    /// May do everything.
    #[sea_orm(string_value = "owner")]
    Owner,
}

/// What a rule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// See machines, sites and sessions.
    See,
    /// Start and end sessions.
    Control,
    /// Rename and remove machines.
    ManageMachines,
    /// Remove the records of sessions that are over.
    RemoveSessions,
    /// Make and revoke enrollment tokens.
    ManageEnrollment,
    /// Make, change and delete access rules.
    ManageAccess,
    /// Read audit entries.
    ReadAudit,
    /// Change what the whole server is: its identity keys.
    ManageServer,
}

impl Role {
    /// The table of who may what.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        match self {
            Self::Owner => true,
            Self::Technician => matches!(permission, Permission::See | Permission::Control),
        }
    }
}

/// Whose machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Organization {
    /// Its identifier.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Where machines stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Site {
    /// Its identifier.
    pub id: SiteId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The caller's organizations, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn list(ctx: &Ctx, by: &Caller) -> Result<Vec<Organization>> {
    store::organizations(ctx.db.read(), &by.organizations()).await
}

/// The sites of the caller's organizations, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn sites(ctx: &Ctx, by: &Caller) -> Result<Vec<Site>> {
    store::sites(ctx.db.read(), &by.organizations_with(Permission::See)).await
}

/// The sites of `organizations`, oldest first; for other domains' rules and the CLI.
///
/// # Errors
/// Those of the database.
pub async fn sites_of<C: ConnectionTrait>(db: &C, organizations: &[OrganizationId]) -> Result<Vec<Site>> {
    store::sites(db, organizations).await
}

/// Finds a site within `organizations`; `None` picks the oldest one of the first organization that has any.
///
/// # Errors
/// `not_found` when there is none within sight; those of the database.
pub async fn find_site<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    wanted: Option<SiteId>,
) -> Result<Site> {
    let sites = store::sites(db, organizations).await?;
    let found = match wanted {
        Some(id) => sites.into_iter().find(|site| site.id == id),
        None => sites.into_iter().next(),
    };
    found.ok_or(Error::NotFound("site"))
}

/// One organization by its id, without asking who wants to know; for other domains' rules and the CLI.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn find<C: ConnectionTrait>(db: &C, id: OrganizationId) -> Result<Organization> {
    let found = store::organizations(db, &[id]).await?.into_iter().next();
    found.ok_or(Error::NotFound("organization"))
}

/// Holds an organization until the end of the transaction: everybody else who holds it waits. For rules that read several of its
/// rows and write what follows from all of them; call it before reading. After a token's row, before every other row, so that
/// nobody waits for each other.
///
/// # Errors
/// Those of the database.
pub async fn hold(tx: &WriteTx, id: OrganizationId) -> Result<()> {
    store::hold(tx, id).await
}

/// All organizations; for the CLI, which acts for the administrator.
///
/// # Errors
/// Those of the database.
pub async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<Organization>> {
    store::all(db).await
}

/// Makes sure that there is an organization with a site, so that machines can be enrolled before anybody has signed in.
/// It gets its name and owner at set-up.
///
/// # Errors
/// Those of the database.
pub async fn ensure_default(db: &Db, now: Timestamp) -> Result<()> {
    if !store::all(db.read()).await?.is_empty() {
        return Ok(());
    }
    let tx = db.write().await?;
    dialect::lock(&tx, Lock::Setup).await?;
    if store::all(&tx).await?.is_empty() {
        let organization = Organization {
            id: OrganizationId::new(),
            name: DEFAULT_NAME.into(),
            created_at: now,
        };
        store::insert_organization(&tx, &organization).await?;
        let site = Site {
            id: SiteId::new(),
            organization_id: organization.id,
            name: DEFAULT_NAME.into(),
            created_at: now,
        };
        store::insert_site(&tx, &site).await?;
    }
    Ok(tx.commit().await?)
}

/// Gives the organization that nobody owns yet its name and its owner, in the caller's transaction.
///
/// # Errors
/// `not_found` when there is none; those of the database.
pub async fn claim(tx: &WriteTx, now: Timestamp, name: &str, owner: AccountId) -> Result<Organization> {
    let mut organization = store::unowned(tx).await?.ok_or(Error::NotFound("organization"))?;
    store::rename_all(tx, organization.id, name).await?;
    store::insert_membership(tx, organization.id, owner, Role::Owner, now).await?;
    name.clone_into(&mut organization.name);
    Ok(organization)
}

/// Where an account belongs, and as what.
///
/// # Errors
/// Those of the database.
pub async fn places<C: ConnectionTrait>(db: &C, account: AccountId) -> Result<Vec<(OrganizationId, Role)>> {
    store::places(db, account).await
}

/// The oldest owner account, if any account exists; for the CLI.
///
/// # Errors
/// Those of the database.
pub async fn oldest_owner<C: ConnectionTrait>(db: &C) -> Result<Option<AccountId>> {
    store::oldest_owner(db).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technician_may_not_manage() {
        assert!(Role::Technician.allows(Permission::Control));
        assert!(!Role::Technician.allows(Permission::ReadAudit));
        assert!(!Role::Technician.allows(Permission::ManageEnrollment));
        assert!(Role::Owner.allows(Permission::ReadAudit));
    }
}
