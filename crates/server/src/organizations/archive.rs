//! Archiving organizations and sites, and bringing them back.
//!
//! What is archived stays on record: its audit log is read as before, and roles in it count for reading. It is in no list that does not
//! ask for it, and nothing new goes in: no machine, no site, no role. An organization or a site is archived when no machine is in it,
//! so nothing is cut off; what leads into it (enrollment tokens, support codes, invitations) is revoked with it, and stays revoked.
//!
//! # Two at one moment
//! Whoever brings something new in holds the organization ([`super::hold`]) or the rights ([`rights::hold`]) and asks then; archiving holds
//! both. Codes and tokens are revoked before the organization is held, because whoever uses one takes its row first.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::{Organization, Site, find, find_site, find_site_to_change, hold, nudge, store, target};
use crate::accounts::{self, Caller};
use crate::audit::{self, Action, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::enrollment;
use crate::error::{Code, Error, Result};
use crate::http::{ETag, IfMatch};
use crate::ids::{OrganizationId, SiteId};
use crate::rights::{self, Permission};
use crate::store::WriteTx;
use crate::support;

/// How much was revoked because it led into what was archived.
#[derive(Debug, Clone, Copy, Default)]
struct Revoked {
    enrollment_tokens: u64,
    support_codes: u64,
    invitations: u64,
}

impl Revoked {
    fn says(self) -> Value {
        json!({
            "enrollment_tokens_revoked": self.enrollment_tokens,
            "support_codes_revoked": self.support_codes,
            "invitations_revoked": self.invitations,
        })
    }
}

/// Archives an organization. One that is archived already stays as it is.
///
/// # Errors
/// `not_found`, `forbidden`, `version_required`, `version_mismatch`, `organization_in_use`; those of the database.
pub async fn archive(ctx: &Ctx, by: &Caller, id: OrganizationId, seen: &IfMatch) -> Result<Organization> {
    require_manager(by, id)?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let mut revoked = Revoked::default();
    revoke_ways_in(&tx, id, now, &mut revoked).await?;
    hold(&tx, id).await?;
    // Those that were made while this waited.
    revoke_ways_in(&tx, id, now, &mut revoked).await?;
    let row = find(&tx, id).await?;
    seen.require(row.etag)?;
    if row.archived_at.is_some() {
        return Ok(row);
    }
    require_unused(&tx, &row).await?;
    revoked.invitations = accounts::revoke_invitations_into(ctx, &tx, id).await?;
    let archived = Organization {
        archived_at: Some(now),
        archived_by_name: Some(by.name.clone()),
        etag: ETag(row.etag.0 + 1),
        ..row.clone()
    };
    keep(&tx, &archived, row.etag).await?;
    let entry = by
        .entry(id, Action::OrganizationArchived)
        .on(target(&archived))
        .detail(revoked.says());
    finish(ctx, tx, (id, entry)).await?;
    Ok(archived)
}

/// Brings an archived organization back as it was; what was revoked stays revoked. One that is not archived stays as it is.
///
/// # Errors
/// `not_found`, `forbidden`, `version_required`, `version_mismatch`; those of the database.
pub async fn restore(ctx: &Ctx, by: &Caller, id: OrganizationId, seen: &IfMatch) -> Result<Organization> {
    require_manager(by, id)?;
    let tx = ctx.db.write().await?;
    hold(&tx, id).await?;
    let row = find(&tx, id).await?;
    seen.require(row.etag)?;
    if row.archived_at.is_none() {
        return Ok(row);
    }
    let restored = Organization {
        archived_at: None,
        archived_by_name: None,
        etag: ETag(row.etag.0 + 1),
        ..row.clone()
    };
    keep(&tx, &restored, row.etag).await?;
    let entry = by.entry(id, Action::OrganizationRestored).on(target(&restored));
    finish(ctx, tx, (id, entry)).await?;
    Ok(restored)
}

/// Archives a site. One that is archived already stays as it is.
///
/// # Errors
/// `not_found`, `forbidden`, `version_required`, `version_mismatch`, `site_in_use`; those of the database.
pub async fn archive_site(ctx: &Ctx, by: &Caller, id: SiteId, seen: &IfMatch) -> Result<Site> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let organization = find_site_to_change(&tx, by, id).await?.organization_id;
    let mut revoked = enrollment::revoke_into_site(&tx, id, now).await?;
    hold(&tx, organization).await?;
    // Those that were made while this waited.
    revoked += enrollment::revoke_into_site(&tx, id, now).await?;
    let row = find_site_to_change(&tx, by, id).await?;
    seen.require(row.etag)?;
    if row.archived_at.is_some() {
        return Ok(row);
    }
    require_site_unused(&tx, &row).await?;
    let archived = Site {
        archived_at: Some(now),
        archived_by_name: Some(by.name.clone()),
        etag: ETag(row.etag.0 + 1),
        ..row.clone()
    };
    keep_site(&tx, &archived, row.etag).await?;
    let entry = by
        .entry(organization, Action::SiteArchived)
        .on(Target::new(TargetKind::Site, id, &row.name))
        .detail(json!({ "enrollment_tokens_revoked": revoked }));
    finish(ctx, tx, (organization, entry)).await?;
    Ok(archived)
}

/// Brings an archived site back as it was; what was revoked stays revoked. One that is not archived stays as it is.
///
/// # Errors
/// `not_found`, `forbidden`, `version_required`, `version_mismatch`; those of the database.
pub async fn restore_site(ctx: &Ctx, by: &Caller, id: SiteId, seen: &IfMatch) -> Result<Site> {
    let tx = ctx.db.write().await?;
    let organization = find_site_to_change(&tx, by, id).await?.organization_id;
    hold(&tx, organization).await?;
    let row = find_site_to_change(&tx, by, id).await?;
    seen.require(row.etag)?;
    if row.archived_at.is_none() {
        return Ok(row);
    }
    let restored = Site {
        archived_at: None,
        archived_by_name: None,
        etag: ETag(row.etag.0 + 1),
        ..row.clone()
    };
    keep_site(&tx, &restored, row.etag).await?;
    let entry = by
        .entry(organization, Action::SiteRestored)
        .on(Target::new(TargetKind::Site, id, &row.name));
    finish(ctx, tx, (organization, entry)).await?;
    Ok(restored)
}

/// Who makes organizations archives them: it says something for the whole server how many there are.
fn require_manager(by: &Caller, id: OrganizationId) -> Result<()> {
    if !by.rights.organizations().contains(&id) {
        return Err(Error::NotFound("organization"));
    }
    by.require_at(None, Permission::OrganizationManage)
}

/// Revokes what lets machines in. Codes first: whoever redeems one makes a token.
async fn revoke_ways_in(
    tx: &WriteTx,
    id: OrganizationId,
    now: Timestamp,
    revoked: &mut Revoked,
) -> Result<()> {
    revoked.support_codes += support::revoke_into(tx, id, now).await?;
    revoked.enrollment_tokens += enrollment::revoke_into(tx, id, now).await?;
    Ok(())
}

async fn require_unused(tx: &WriteTx, row: &Organization) -> Result<()> {
    if store::open_organizations(tx, None).await?.len() < 2 {
        let detail =
            "This is the last organization that is not archived; machines need one. Make another one first.";
        return Err(Error::conflict(Code::OrganizationInUse, detail));
    }
    let present = store::present(tx, row.id, None).await?;
    if present.any() {
        let detail = in_use(
            &row.name,
            &present,
            "Remove the machines, and decide about the newcomers, first.",
        );
        return Err(Error::conflict(Code::OrganizationInUse, detail));
    }
    Ok(())
}

async fn require_site_unused(tx: &WriteTx, row: &Site) -> Result<()> {
    require_other_site(tx, row, "archived").await?;
    let present = store::present(tx, row.organization_id, Some(row.id)).await?;
    if present.any() {
        let what = "Move or remove the machines, and decide about the newcomers, first.";
        let detail = in_use(&row.name, &present, what);
        return Err(Error::conflict(Code::SiteInUse, detail));
    }
    Ok(())
}

fn in_use(name: &str, present: &store::Present, what: &str) -> String {
    format!(
        "“{name}” is in use: {} machines stand there, {} newcomers wait there. {what}",
        present.machines, present.waiting
    )
}

/// That machines have a place left in the organization without this site, which is to be `done` away with.
pub(super) async fn require_other_site(tx: &WriteTx, row: &Site, done: &str) -> Result<()> {
    let others = store::sites(tx, &[row.organization_id]).await?;
    if row.archived_at.is_none()
        && !others
            .iter()
            .any(|other| other.id != row.id && other.archived_at.is_none())
    {
        let detail = format!(
            "This is the organization's last site; machines need one. It can be renamed, but not be {done}."
        );
        return Err(Error::conflict(Code::SiteInUse, detail));
    }
    Ok(())
}

async fn keep(tx: &WriteTx, row: &Organization, seen: ETag) -> Result<()> {
    let archived = (row.archived_at, row.archived_by_name.clone());
    if store::set_archived(tx, row.id, archived, seen.0).await? {
        Ok(())
    } else {
        Err(Error::Version { required: false })
    }
}

async fn keep_site(tx: &WriteTx, row: &Site, seen: ETag) -> Result<()> {
    let archived = (row.archived_at, row.archived_by_name.clone());
    if store::set_site_archived(tx, row.id, archived, seen.0).await? {
        Ok(())
    } else {
        Err(Error::Version { required: false })
    }
}

async fn finish(ctx: &Ctx, tx: WriteTx, (organization, entry): (OrganizationId, Entry)) -> Result<()> {
    audit::record(&tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    nudge(ctx, organization);
    Ok(())
}

// What other domains ask before something new goes in.

/// That a place takes something new: an organization that is not archived, or the whole server. To be asked while the organization or the
/// rights are held, or nobody keeps it from being archived meanwhile.
///
/// # Errors
/// `archived`, `not_found`; those of the database.
pub async fn require_open<C: ConnectionTrait>(db: &C, place: Option<OrganizationId>) -> Result<()> {
    let Some(id) = place else {
        return Ok(());
    };
    let organization = find(db, id).await?;
    match organization.archived_at {
        Some(_) => Err(archived(&organization.name)),
        None => Ok(()),
    }
}

/// The same of a site, and of its organization.
///
/// # Errors
/// `archived`, `not_found`; those of the database.
pub async fn require_open_site<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    site: SiteId,
) -> Result<()> {
    find_open_site(db, &[organization], site).await.map(drop)
}

/// A site within `organizations` that takes something new.
///
/// # Errors
/// `archived`; `not_found` when there is none within sight; those of the database.
pub async fn find_open_site<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    wanted: SiteId,
) -> Result<Site> {
    let site = find_site(db, organizations, Some(wanted)).await?;
    require_open(db, Some(site.organization_id)).await?;
    match site.archived_at {
        Some(_) => Err(archived(&site.name)),
        None => Ok(site),
    }
}

/// Holds an organization that takes something new, until the end of the transaction.
///
/// # Errors
/// `archived`, `not_found`; those of the database.
pub async fn hold_open(tx: &WriteTx, id: OrganizationId) -> Result<()> {
    hold(tx, id).await?;
    require_open(tx, Some(id)).await
}

/// A site within `organizations` that takes something new, with its organization held until the end of the transaction. `None` picks the
/// oldest one.
///
/// # Errors
/// `archived`; `not_found` when there is none within sight; those of the database.
pub async fn hold_open_site(
    tx: &WriteTx,
    organizations: &[OrganizationId],
    wanted: Option<SiteId>,
) -> Result<Site> {
    let found = find_site(tx, organizations, wanted).await?;
    hold(tx, found.organization_id).await?;
    // It may have been archived or deleted while this waited.
    find_open_site(tx, &[found.organization_id], found.id).await
}

/// Those of these organizations that take something new, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn open_of<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
) -> Result<Vec<OrganizationId>> {
    store::open_organizations(db, Some(organizations)).await
}

fn archived(name: &str) -> Error {
    let detail = format!(
        "“{name}” is archived, and nothing new goes into it. Restore it first, or choose another place."
    );
    Error::conflict(Code::Archived, detail)
}
