//! Machines: the records of managed computers.
//!
//! Here: who may see, rename and remove them, and what their agents report. Not here: how a machine gets its record
//! (`crate::enrollment`), whether it is online (`crate::presence`), its connection (`crate::link`).
//!
//! Records of one machine that were merged are found under the survivor (`merge.rs`); blocking is in `block.rs`, keys in
//! `keys.rs` and `identity.rs`.
//!
//! Rows change on transitions only: arrival, changed facts, departure. What agents say is text for people; it is stored as
//! parsed and capped by the protocol, and nothing here acts on it.

mod api;
mod beside;
pub(crate) mod block;
pub(crate) mod identity;
pub(crate) mod keys;
mod labels;
pub(crate) mod merge;
mod present;
pub mod search;
mod store;
mod view;

use std::net::IpAddr;

use farol_protocol::ids::InstallId;
use farol_protocol::link::Facts;
use serde_json::json;

use crate::accounts::Caller;
use crate::audit::{self, Action, Entry, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::{Scope, Topic};
use crate::http::{ETag, IfMatch, List, Page, PageQuery};
use crate::ids::{MachineId, OrganizationId, SiteId};
use crate::organizations;
use crate::presence::Command;
use crate::recognition::Claim;
use crate::rights::{MachineFacts, Permission, Rights};
use crate::sessions::{self, lifecycle::EndReason};
use crate::store::WriteTx;
use crate::store::entities::machine::Model;
use crate::webhooks;
pub use api::routes;
pub use beside::{BESIDE_LOOK, Beside, tell_running_server};
pub use block::{block, unblock};
pub use identity::{KeyView, MachineIdentity, Removal, ask_for_new_key, change_key, identity, trusting};
pub(crate) use labels::checked_tag;
pub use labels::{LABEL_MAX, Labels, TAG_MAX, TAGS_MAX};
pub(crate) use merge::follow;
pub use merge::{CHAIN_MAX, MergedRecord, RECORDS_MAX, merge, records, survivor, undo};
pub use present::{PresentMachine, present};
pub(crate) use store::{
    EnrolledFacts, NewMachine, add_agent, add_helpdesk, insert, owners, refresh, refresh_said, seen_at,
    within,
};
pub use view::{Machine, MachineOs, MachinePresence};

/// Longest name of a machine, in characters; what fits on a line of the console.
pub const NAME_MAX: usize = 80;

/// What an agent says of itself and its machine on its link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// Facts, newest.
    pub facts: Facts,
    /// What the agent can do here and now.
    pub capabilities: Vec<String>,
    /// What pipes to it are opened with.
    pub pipe_key: [u8; 32],
    /// Where its link comes from.
    pub address: IpAddr,
    /// The machine has just arrived: its last sight is written even when nothing else changed.
    pub arrival: bool,
    /// It was not online before; said once.
    pub came_online: bool,
    /// Which copy of the agent's state it is, with its counter.
    pub installation: Option<(InstallId, u64)>,
    /// Fingerprint of the server's key that the agent trusts.
    pub trusts: String,
}

/// One machine that the caller sees, as a row; for other domains' rules. The identifier of a merged record leads to
/// the machine it was merged into.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn find(ctx: &Ctx, by: &Caller, id: MachineId) -> Result<Model> {
    find_seen(ctx.db.read(), &by.rights, id).await
}

async fn find_seen<C: sea_orm::ConnectionTrait>(db: &C, rights: &Rights, id: MachineId) -> Result<Model> {
    let row = store::find_survivor(db, rights.organizations(), id).await?;
    let seen = |row: &Model| rights.allows_on(&MachineFacts::from(row), Permission::MachineSee);
    row.filter(seen).ok_or(Error::NotFound("machine"))
}

/// Those of these that an account with `rights` sees; of merged records whether it sees the machine that speaks for them.
///
/// # Errors
/// Those of the database.
pub async fn in_sight<C: sea_orm::ConnectionTrait>(
    db: &C,
    rights: &Rights,
    ids: &[MachineId],
) -> Result<Vec<MachineId>> {
    let speaking = merge::follow(db, ids).await?;
    let seen = |id: &&MachineId| {
        speaking
            .get(id)
            .is_some_and(|row| rights.allows_on(&MachineFacts::from(row), Permission::MachineSee))
    };
    Ok(ids.iter().filter(seen).copied().collect())
}

/// What of the machine that a record speaks for decides who may do what on it; None when it was removed.
///
/// # Errors
/// Those of the database.
pub(crate) async fn facts<C: sea_orm::ConnectionTrait>(
    db: &C,
    record: Option<MachineId>,
) -> Result<Option<MachineFacts>> {
    let Some(record) = record else {
        return Ok(None);
    };
    let found = of_record(db, record).await?;
    Ok(found.map(|(_, machine)| MachineFacts::from(&machine)))
}

/// The same within `organizations`; for rules of other domains that have asked what the caller may do there.
///
/// # Errors
/// `not_found`; those of the database.
pub(crate) async fn find_within<C: sea_orm::ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    id: MachineId,
) -> Result<Model> {
    store::find_survivor(db, organizations, id)
        .await?
        .ok_or(Error::NotFound("machine"))
}

/// One machine.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn get(ctx: &Ctx, by: &Caller, id: MachineId) -> Result<Machine> {
    Ok(Machine::of(ctx, &by.rights, find(ctx, by, id).await?))
}

/// The machines that the caller sees and that fit the search, in order of enrollment; those of one-time agents are a list of their own.
///
/// # Errors
/// `validation_failed` for a cursor of another list, and for a mistake in the search; those of the database.
pub async fn list(
    ctx: &Ctx,
    by: &Caller,
    page: &PageQuery,
    (one_time, q): (bool, &str),
) -> Result<Page<Machine>> {
    let sight = by.rights.sight(Permission::MachineSee);
    let list = List::new(ctx, "machines");
    let place = (page.key(&list)?, page.limit() + 1);
    let asked = search::Asked::read(ctx, q, by.rights.organizations()).await?;
    let rows = store::list(ctx.db.read(), &sight, (one_time, &asked), place).await?;
    let machines = rows
        .into_iter()
        .map(|row| Machine::of(ctx, &by.rights, row))
        .collect();
    Ok(Page::of(&list, machines, page.limit(), |machine: &Machine| {
        machine.id
    }))
}

/// The machine that somebody wants to change, with its organization held, so that merges, removals and blocks of one organization
/// follow each other.
async fn find_to_change(
    tx: &WriteTx,
    by: &Caller,
    (id, permission): (MachineId, Permission),
) -> Result<Model> {
    let row = find_seen(tx, &by.rights, id).await?;
    by.require_on(&MachineFacts::from(&row), permission)?;
    organizations::hold(tx, row.organization_id).await?;
    // It may have been merged, moved or removed while this waited.
    let row = find_seen(tx, &by.rights, id).await?;
    by.require_on(&MachineFacts::from(&row), permission)?;
    Ok(row)
}

/// Gives a machine another name, or another site of its organization.
///
/// # Errors
/// `not_found` (the machine, the site), `archived` (the site), `forbidden`, `version_required`, `version_mismatch`, `validation_failed`;
/// those of the database.
pub async fn change(
    ctx: &Ctx,
    by: &Caller,
    id: MachineId,
    (name, site): (Option<&str>, Option<SiteId>),
    seen: &IfMatch,
) -> Result<Machine> {
    let tx = ctx.db.write().await?;
    let row = find_to_change(&tx, by, (id, Permission::MachineManage)).await?;
    seen.require(ETag(row.version))?;
    let organization = row.organization_id;
    let site = match site.filter(|site| *site != row.site_id) {
        Some(site) => {
            let site = organizations::find_open_site(&tx, &[organization], site).await?;
            require_there(by, &row, site.id)?;
            Some(site)
        }
        None => None,
    };
    let changed = Model {
        name: name
            .map(checked_name)
            .transpose()?
            .unwrap_or_else(|| row.name.clone()),
        site_id: site.as_ref().map_or(row.site_id, |site| site.id),
        version: row.version + 1,
        ..row.clone()
    };
    if (&changed.name, changed.site_id) == (&row.name, row.site_id) {
        return Ok(Machine::of(ctx, &by.rights, row));
    }
    if !store::change(&tx, &changed, row.version).await? {
        return Err(Error::Version { required: false });
    }
    let (now, target) = (
        ctx.clock.now(),
        Target::new(TargetKind::Machine, id, &changed.name),
    );
    if changed.name != row.name {
        let entry = by
            .entry(organization, Action::MachineRenamed)
            .on(target.clone())
            .change(json!({ "name": row.name }), json!({ "name": changed.name }));
        audit::record(&tx, now, entry).await?;
    }
    if let Some(site) = &site {
        let before = organizations::find_site(&tx, &[organization], Some(row.site_id)).await?;
        let entry = by.entry(organization, Action::MachineMoved).on(target).change(
            json!({ "site_id": before.id, "site": before.name }),
            json!({ "site_id": site.id, "site": site.name }),
        );
        audit::record(&tx, now, entry).await?;
    }
    tx.commit().await?;
    nudge(ctx, &row);
    if site.is_some() {
        // Who sees it there may be others.
        nudge(ctx, &changed);
        // Other access rules count there.
        sessions::recheck(ctx, organization).await?;
    }
    Ok(Machine::of(ctx, &by.rights, changed))
}

/// Nobody moves a machine to where they would not have it any more.
fn require_there(by: &Caller, row: &Model, site: SiteId) -> Result<()> {
    let there = MachineFacts {
        site,
        ..MachineFacts::from(row)
    };
    if !by.rights.allows_on(&there, Permission::MachineSee) {
        return Err(Error::NotFound("site"));
    }
    by.require_on(&there, Permission::MachineManage)
}

/// Removes a machine: its agent is told not to come back, its sessions end, its record goes. Past sessions and audit
/// entries stay.
///
/// # Errors
/// `not_found`, `forbidden`; those of the database.
pub async fn remove(ctx: &Ctx, by: &Caller, id: MachineId) -> Result<()> {
    let tx = ctx.db.write().await?;
    let row = find_to_change(&tx, by, (id, Permission::MachineRemove)).await?;
    let entry = by.entry(row.organization_id, Action::MachineRemoved);
    take_out(ctx, tx, &row, entry).await
}

/// Removes the machine of a one-time agent, as `entry` says by whom; whether there was one. For the rules of support, which ask
/// who may.
///
/// # Errors
/// Those of the database.
pub(crate) async fn remove_one_time(
    ctx: &Ctx,
    (organization, id): (OrganizationId, MachineId),
    entry: Entry,
) -> Result<bool> {
    let tx = ctx.db.write().await?;
    organizations::hold(&tx, organization).await?;
    let row = store::find(&tx, &[organization], id).await?;
    let Some(row) = row.filter(|row| row.one_time) else {
        return Ok(false);
    };
    take_out(ctx, tx, &row, entry).await?;
    Ok(true)
}

/// Machines of one-time agents, in order of enrollment, at most `limit`: those of `organizations`, or all. For the rules of
/// support.
///
/// # Errors
/// Those of the database.
pub(crate) async fn one_time<C: sea_orm::ConnectionTrait>(
    db: &C,
    organizations: Option<&[OrganizationId]>,
    limit: u64,
) -> Result<Vec<Model>> {
    store::one_time(db, organizations, limit).await
}

/// Takes a machine and all its records out, with the rest of `entry`.
async fn take_out(ctx: &Ctx, tx: WriteTx, row: &Model, entry: Entry) -> Result<()> {
    let (now, id) = (ctx.clock.now(), row.id);
    let records = merge::records(&tx, id).await?;
    for record in records.iter().rev() {
        keys::remove(&tx, *record, now).await?;
        store::delete(&tx, *record).await?;
    }
    let entry = entry
        .on(Target::new(TargetKind::Machine, id, &row.name))
        .detail(json!({ "hostname": row.hostname, "records": records.len() }))
        .change(
            json!({ "name": row.name, "hostname": row.hostname }),
            serde_json::Value::Null,
        );
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    sessions::machine_gone(ctx, id, EndReason::MachineRemoved);
    ctx.presence.dismiss(
        id,
        Command::Goodbye(farol_protocol::link::GoodbyeReason::MachineRemoved),
    );
    ctx.helpdesk.forget(id);
    nudge(ctx, row);
    Ok(())
}

/// A record and the machine for which it speaks; None when it was removed. For whoever proves to be the machine.
///
/// # Errors
/// Those of the database.
pub(crate) async fn of_record<C: sea_orm::ConnectionTrait>(
    db: &C,
    record: MachineId,
) -> Result<Option<(Model, Model)>> {
    let Some(row) = store::find_any(db, record).await? else {
        return Ok(None);
    };
    let machine = survivor(db, &row).await?;
    let machine = if machine == row.id {
        row.clone()
    } else {
        match store::find_any(db, machine).await? {
            Some(machine) => machine,
            None => return Ok(None),
        }
    };
    Ok(Some((row, machine)))
}

/// The same with both held until the end of the transaction, so that what is written beside them by several follows each other.
///
/// # Errors
/// Those of the database.
pub(crate) async fn hold(tx: &WriteTx, record: MachineId) -> Result<Option<(Model, Model)>> {
    let Some(row) = store::hold(tx, record).await? else {
        return Ok(None);
    };
    let mut machine = survivor(tx, &row).await?;
    if machine == row.id {
        return Ok(Some((row.clone(), row)));
    }
    loop {
        // First the merged one, then the one it speaks for: so they are removed, too.
        let Some(held) = store::hold(tx, machine).await? else {
            return Ok(None);
        };
        if held.merged_into.is_none() {
            return Ok(Some((row, held)));
        }
        // It was merged itself while this waited for it.
        machine = survivor(tx, &held).await?;
    }
}

/// The name as it is kept: without white space around it, on one line.
pub(crate) fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 {
        return Err(Error::invalid("name", "required", "Give the machine a name."));
    }
    if length > NAME_MAX {
        let detail = format!("A name has at most {NAME_MAX} characters; this one has {length}.");
        return Err(Error::invalid("name", "too_long", detail));
    }
    if name.chars().any(farol_protocol::text::is_deceptive) {
        return Err(Error::invalid("name", "malformed", "A name is one line of text."));
    }
    Ok(name.to_owned())
}

/// The host name as a name for people, as far as it is one.
pub(crate) fn first_name(hostname: &str) -> String {
    let letters = hostname.trim().chars();
    let name: String = letters
        .filter(|letter| !farol_protocol::text::is_deceptive(*letter))
        .take(NAME_MAX)
        .collect();
    if name.is_empty() { "unnamed".into() } else { name }
}

/// Writes what an agent reported, if it differs from the row; false when the row is gone.
///
/// # Errors
/// Those of the database.
pub async fn report(ctx: &Ctx, claim: &Claim, reported: &Reported) -> Result<bool> {
    let Some(row) = store::find_any(ctx.db.read(), claim.machine).await? else {
        return Ok(false);
    };
    let changed = store::differs(&row, reported);
    if changed || reported.arrival {
        let exists = store::report(ctx, (claim.machine, claim.record), reported).await?;
        if changed && exists {
            nudge(ctx, &row);
        }
        if row.one_time {
            nudge_queue(ctx, claim.organization);
        }
        return Ok(exists);
    }
    Ok(true)
}

/// Writes when the machine was last seen.
///
/// # Errors
/// Those of the database.
pub async fn left(ctx: &Ctx, claim: &Claim) -> Result<()> {
    store::seen(ctx, claim.machine).await?;
    ctx.events.machine(claim.organization, claim.machine);
    if claim.one_time() {
        nudge_queue(ctx, claim.organization);
    }
    Ok(())
}

/// Tells webhooks of a machine that came or went without a link: by the heartbeats of a helpdesk's agent. While there is a link, those say
/// nothing new. That it was not told is no reason to refuse a heartbeat.
pub(crate) async fn told_presence(
    ctx: &Ctx,
    organization: OrganizationId,
    id: MachineId,
    presence: webhooks::Presence,
) {
    if ctx.presence.view(id).is_some() {
        return;
    }
    if let Err(error) = store::tell_presence(ctx, organization, id, presence).await {
        tracing::warn!(machine = %id, %error, what = presence.as_str(), "webhooks were not told of a machine");
    }
}

fn nudge(ctx: &Ctx, row: &Model) {
    let topics = [Topic::Machines, Topic::Machine(row.id), Topic::Audit];
    ctx.events.publish(Scope::On(MachineFacts::from(row)), &topics);
    if row.one_time {
        nudge_queue(ctx, row.organization_id);
    }
}

/// Who waits with a support code changed: somebody came, left, or says something else of their machine.
fn nudge_queue(ctx: &Ctx, organization: OrganizationId) {
    ctx.events
        .publish(Scope::Organization(organization), &[Topic::SupportQueue]);
}
