//! Organizations and their sites: listing, making, renaming; sites are deleted when nothing stands there.
//!
//! This is the smallest complete domain; read it as the example: rules here, queries in `store.rs`, handlers in `api.rs`. `archive.rs`:
//! what is not used any more and stays on record.

mod api;
mod archive;
mod store;

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::accounts::Caller;
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::http::{ETag, IfMatch};
use crate::ids::{AccountId, OrganizationId, SiteId};
use crate::rights::{self, Conditions, Permission, Reach, RoleKey};
use crate::store::dialect::{self, Lock};
use crate::store::{Db, WriteTx};

pub use api::routes;
pub use archive::{
    archive, archive_site, find_open_site, hold_open, hold_open_site, open_of, require_open,
    require_open_site, restore, restore_site,
};

/// Longest name of an organization or a site, in characters; what fits on one line of the console.
pub const NAME_MAX: usize = 80;

/// Name of the first organization and site until set-up.
const DEFAULT_NAME: &str = "Farol";

/// Whose machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Organization {
    /// Its identifier.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when nothing new goes in; `null` = it is not archived.
    pub archived_at: Option<Timestamp>,
    /// Who archived it, by the name at that time.
    pub archived_by_name: Option<String>,
    /// Version for `If-Match`.
    #[schema(value_type = String)]
    pub etag: ETag,
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
    /// Since when nothing new goes in; `null` = it is not archived.
    pub archived_at: Option<Timestamp>,
    /// Who archived it, by the name at that time.
    pub archived_by_name: Option<String>,
    /// Version for `If-Match`.
    #[schema(value_type = String)]
    pub etag: ETag,
}

/// The caller's organizations, oldest first; with `archived` also those that are.
///
/// # Errors
/// Those of the database.
pub async fn list(ctx: &Ctx, by: &Caller, archived: bool) -> Result<Vec<Organization>> {
    let mut all = store::organizations(ctx.db.read(), by.rights.organizations()).await?;
    all.retain(|one| archived || one.archived_at.is_none());
    Ok(all)
}

/// The sites of the caller's organizations, as far as they see any machine there, oldest first; with `archived` also those that are, or
/// whose organization is.
///
/// # Errors
/// Those of the database.
pub async fn sites(ctx: &Ctx, by: &Caller, archived: bool) -> Result<Vec<Site>> {
    let sight = by.rights.sight(Permission::MachineSee);
    let mut all = store::sites_in_sight(ctx.db.read(), &sight).await?;
    if !archived {
        let open = open_of(ctx.db.read(), by.rights.organizations()).await?;
        all.retain(|one| one.archived_at.is_none() && open.contains(&one.organization_id));
    }
    Ok(all)
}

/// The sites of `organizations`, oldest first; for other domains' rules and the CLI.
///
/// # Errors
/// Those of the database.
pub async fn sites_of<C: ConnectionTrait>(db: &C, organizations: &[OrganizationId]) -> Result<Vec<Site>> {
    store::sites(db, organizations).await
}

/// Finds a site within `organizations`, archived or not; `None` picks the oldest one that is not, as its organization is not. What is to
/// take something new, [`find_open_site`] finds.
///
/// # Errors
/// `not_found` when there is none within sight; those of the database.
pub async fn find_site<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    wanted: Option<SiteId>,
) -> Result<Site> {
    let found = match wanted {
        Some(id) => {
            let mut sites = store::sites(db, organizations).await?.into_iter();
            sites.find(|site| site.id == id)
        }
        None => {
            let open = open_of(db, organizations).await?;
            let mut sites = store::sites(db, &open).await?.into_iter();
            sites.find(|site| site.archived_at.is_none())
        }
    };
    found.ok_or(Error::NotFound("site"))
}

/// What somebody wants to call an organization or a site.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewName {
    /// Its name.
    #[schema(max_length = 80)]
    pub name: String,
}

/// A site to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSite {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Its name.
    #[schema(max_length = 80)]
    pub name: String,
}

/// The name as it is kept: one line, without white space around it.
fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid("name", "required", "Please fill this in."));
    }
    if name.chars().count() > NAME_MAX {
        let detail = format!("At most {NAME_MAX} characters, please.");
        return Err(Error::invalid("name", "too_long", detail));
    }
    if name.chars().any(farol_protocol::text::is_deceptive) {
        return Err(Error::invalid("name", "malformed", "A name is one line of text."));
    }
    Ok(name.to_owned())
}

/// Makes an organization with a first site of the same name. Its members are given roles in it; who has one for the whole server
/// has it there, too.
///
/// # Errors
/// `forbidden`, `validation_failed`; those of the database.
pub async fn create(ctx: &Ctx, by: &Caller, wanted: NewName) -> Result<Organization> {
    by.require_at(None, Permission::OrganizationManage)?;
    let name = checked_name(&wanted.name)?;
    let now = ctx.clock.now();
    let organization = Organization {
        id: OrganizationId::new(),
        name: name.clone(),
        created_at: now,
        archived_at: None,
        archived_by_name: None,
        etag: ETag(1),
    };
    let site = Site {
        id: SiteId::new(),
        organization_id: organization.id,
        name,
        created_at: now,
        archived_at: None,
        archived_by_name: None,
        etag: ETag(1),
    };
    let tx = ctx.db.write().await?;
    store::insert_organization(&tx, &organization).await?;
    store::insert_site(&tx, &site).await?;
    let entry = by
        .entry(organization.id, Action::OrganizationCreated)
        .on(target(&organization))
        .change(Value::Null, json!({ "name": organization.name }));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    rights::organization_made(ctx).await;
    nudge(ctx, organization.id);
    Ok(organization)
}

/// Gives an organization another name.
///
/// # Errors
/// `not_found`, `forbidden`, `version_required`, `version_mismatch`, `validation_failed`; those of the database.
pub async fn rename(
    ctx: &Ctx,
    by: &Caller,
    id: OrganizationId,
    wanted: NewName,
    seen: &IfMatch,
) -> Result<Organization> {
    if !by.rights.organizations().contains(&id) {
        return Err(Error::NotFound("organization"));
    }
    by.require(id, Permission::OrganizationManage)?;
    let name = checked_name(&wanted.name)?;
    let tx = ctx.db.write().await?;
    let row = find(&tx, id).await?;
    seen.require(row.etag)?;
    if name == row.name {
        return Ok(row);
    }
    if !store::rename_organization(&tx, id, (&name, row.etag.0)).await? {
        return Err(Error::Version { required: false });
    }
    let renamed = Organization {
        name,
        etag: ETag(row.etag.0 + 1),
        ..row.clone()
    };
    let entry = by
        .entry(id, Action::OrganizationRenamed)
        .on(target(&renamed))
        .change(json!({ "name": row.name }), json!({ "name": renamed.name }));
    audit::record(&tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    nudge(ctx, id);
    Ok(renamed)
}

/// Makes a site.
///
/// # Errors
/// `not_found` (the organization), `forbidden`, `validation_failed`, `archived`; those of the database.
pub async fn create_site(ctx: &Ctx, by: &Caller, wanted: NewSite) -> Result<Site> {
    let organization_id = wanted.organization_id;
    if !by.rights.organizations().contains(&organization_id) {
        return Err(Error::NotFound("organization"));
    }
    by.require(organization_id, Permission::OrganizationManage)?;
    let now = ctx.clock.now();
    let site = Site {
        id: SiteId::new(),
        organization_id,
        name: checked_name(&wanted.name)?,
        created_at: now,
        archived_at: None,
        archived_by_name: None,
        etag: ETag(1),
    };
    let tx = ctx.db.write().await?;
    hold_open(&tx, organization_id).await?;
    store::insert_site(&tx, &site).await?;
    let entry = by
        .entry(organization_id, Action::SiteCreated)
        .on(Target::new(TargetKind::Site, site.id, &site.name))
        .change(Value::Null, json!({ "name": site.name }));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    nudge(ctx, organization_id);
    Ok(site)
}

async fn find_site_to_change(tx: &WriteTx, by: &Caller, id: SiteId) -> Result<Site> {
    let site = find_site(tx, &by.rights.whole_organizations(), Some(id)).await?;
    by.require(site.organization_id, Permission::OrganizationManage)?;
    Ok(site)
}

/// Gives a site another name.
///
/// # Errors
/// `not_found`, `forbidden`, `version_required`, `version_mismatch`, `validation_failed`; those of the database.
pub async fn rename_site(
    ctx: &Ctx,
    by: &Caller,
    id: SiteId,
    wanted: NewName,
    seen: &IfMatch,
) -> Result<Site> {
    let name = checked_name(&wanted.name)?;
    let tx = ctx.db.write().await?;
    let row = find_site_to_change(&tx, by, id).await?;
    seen.require(row.etag)?;
    if name == row.name {
        return Ok(row);
    }
    if !store::rename_site(&tx, id, (&name, row.etag.0)).await? {
        return Err(Error::Version { required: false });
    }
    let renamed = Site {
        name,
        etag: ETag(row.etag.0 + 1),
        ..row.clone()
    };
    let entry = by
        .entry(row.organization_id, Action::SiteRenamed)
        .on(Target::new(TargetKind::Site, id, &renamed.name))
        .change(json!({ "name": row.name }), json!({ "name": renamed.name }));
    audit::record(&tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    nudge(ctx, row.organization_id);
    Ok(renamed)
}

/// Deletes a site at which nothing stands, with the access rules about it. An organization keeps its last one.
///
/// # Errors
/// `not_found`, `forbidden`, `version_required`, `version_mismatch`, `site_in_use`; those of the database.
pub async fn delete_site(ctx: &Ctx, by: &Caller, id: SiteId, seen: &IfMatch) -> Result<()> {
    let tx = ctx.db.write().await?;
    let organization = find_site_to_change(&tx, by, id).await?.organization_id;
    // Nobody enrolls a machine there, nor deletes the other site, meanwhile.
    hold(&tx, organization).await?;
    let row = find_site_to_change(&tx, by, id).await?;
    seen.require(row.etag)?;
    let used = store::uses_of_site(&tx, id).await?;
    archive::require_other_site(&tx, &row, "deleted").await?;
    if used.any() {
        let detail = format!(
            "“{}” is in use: {} machines stand there, {} enrollment tokens lead there, {} newcomers wait there. Move or remove \
             them first.",
            row.name, used.machines, used.enrollment_tokens, used.waiting
        );
        return Err(Error::conflict(Code::SiteInUse, detail));
    }
    if !store::delete_site(&tx, id, row.etag.0).await? {
        return Err(Error::Version { required: false });
    }
    let entry = by
        .entry(organization, Action::SiteDeleted)
        .on(Target::new(TargetKind::Site, id, &row.name))
        .change(json!({ "name": row.name }), Value::Null);
    audit::record(&tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    nudge(ctx, organization);
    Ok(())
}

fn target(organization: &Organization) -> Target {
    Target::new(TargetKind::Organization, organization.id, &organization.name)
}

fn nudge(ctx: &Ctx, organization: OrganizationId) {
    let topics = [Topic::Organizations, Topic::Machines, Topic::Audit];
    ctx.events.publish(Scope::Organization(organization), &topics);
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
            archived_at: None,
            archived_by_name: None,
            etag: ETag(1),
        };
        store::insert_organization(&tx, &organization).await?;
        let site = Site {
            id: SiteId::new(),
            organization_id: organization.id,
            name: DEFAULT_NAME.into(),
            created_at: now,
            archived_at: None,
            archived_by_name: None,
            etag: ETag(1),
        };
        store::insert_site(&tx, &site).await?;
    }
    Ok(tx.commit().await?)
}

/// Gives the organization that was there from the start its name, and the server its owner, in the transaction of the set-up.
///
/// # Errors
/// `not_found` when there is none; those of the database.
pub async fn claim(tx: &WriteTx, now: Timestamp, name: &str, owner: AccountId) -> Result<Organization> {
    let mut organization = store::all(tx)
        .await?
        .into_iter()
        .next()
        .ok_or(Error::NotFound("organization"))?;
    store::rename_all(tx, organization.id, name).await?;
    let everything = (RoleKey::Owner, &Reach::EVERYTHING, &Conditions::NONE);
    rights::give(tx, now, (owner, everything), (None, "")).await?;
    name.clone_into(&mut organization.name);
    Ok(organization)
}
