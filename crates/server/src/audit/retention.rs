//! Removing the oldest entries, and signing what is left. The only place in the program that removes an entry.
//!
//! Whole beginnings of a chain only: up to the first entry that is young enough. Before each batch goes, a signed `pruned`
//! checkpoint of its last place is written in the same transaction, so the rest verifies from there at every moment.
//! A beginning that is not in order is not removed: that would remove the evidence.

use std::collections::HashMap;
use std::time::Duration;

use super::checkpoint::{self, Kind, Place};
use super::noted::Mark;
use super::verify::{Chain, Finding};
use super::{Action, Actor, Entry, Target, TargetKind, known, noted, record, store};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::{Scope, Topic};
use crate::ids::OrganizationId;
use crate::organizations::{self, Organization};

/// Entries removed in one transaction; keeps other writers waiting for a fraction of a second.
const BATCH: i64 = 2_000;
/// Entries after which a checkpoint is due.
const CHECKPOINT_ENTRIES: i64 = 1_000;
/// Time after which a checkpoint is due when there are new entries at all.
const CHECKPOINT_TIME: Duration = Duration::from_secs(24 * 60 * 60);
/// Shortest time between two removals by the server itself.
const PRUNE_TIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a chain that is not in order is left alone before the server looks again, and says so again.
const BROKEN_TIME: Duration = Duration::from_secs(60 * 60);

/// What [`tend`] remembers between its runs; as large as there are organizations.
#[derive(Debug, Default)]
pub struct Tending {
    /// Chains that are not in order, with the time when that was found.
    broken: HashMap<OrganizationId, Timestamp>,
}

impl Tending {
    /// How many chains were not in order when they were looked at last.
    #[must_use]
    pub fn broken(&self) -> usize {
        self.broken.len()
    }

    /// Those are looked at by the next run, too.
    pub fn look_again(&mut self) {
        self.broken.clear();
    }
}

/// What was removed of one organization's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruned {
    /// Whose chain.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// Entries removed.
    pub entries: i64,
    /// Place of the last one removed; 0 when none ever was.
    pub up_to: i64,
    /// Why nothing was removed: the beginning is not in order.
    pub finding: Option<Finding>,
}

/// Removes the entries older than `before` from the chains of all organizations, or of one.
///
/// # Errors
/// `validation_failed` for a moment in the future; `not_found` for an unknown organization; those of the database.
pub async fn prune(
    ctx: &Ctx,
    by: &Actor,
    before: Timestamp,
    organization: Option<OrganizationId>,
) -> Result<Vec<Pruned>> {
    if before > ctx.clock.now() {
        let detail = "The date is in the future; name one in the past.";
        return Err(Error::invalid("before", "out_of_range", detail));
    }
    let organizations = match organization {
        Some(id) => vec![organizations::find(ctx.db.read(), id).await?],
        None => organizations::all(ctx.db.read()).await?,
    };
    let mut pruned = Vec::new();
    for organization in organizations {
        pruned.push(prune_one(ctx, by, before, organization).await?);
    }
    Ok(pruned)
}

async fn prune_one(ctx: &Ctx, by: &Actor, before: Timestamp, organization: Organization) -> Result<Pruned> {
    let id = organization.id;
    let snapshot = ctx.db.snapshot().await?;
    let mut chain = Chain::open(&snapshot, id, &known(ctx)?).await?;
    let start = chain.start.seq;
    let last = match store::first_since(&snapshot, id, start, before).await? {
        Some(kept) => kept - 1,
        None => chain.head.seq,
    };
    let finding = if last > start {
        chain.go_to(last).await?
    } else {
        None
    };
    snapshot.commit().await?;
    if last > start && finding.is_none() {
        remove(ctx, by, before, &organization, (start, last)).await?;
        ctx.events.publish(Scope::Organization(id), &[Topic::Audit]);
    }
    let removed = last > start && finding.is_none();
    Ok(Pruned {
        organization: id,
        name: organization.name,
        entries: if removed { last - start } else { 0 },
        up_to: if removed { last } else { start },
        finding,
    })
}

/// Removes the entries after `start` up to `last`. The entry about it goes with the first batch; were the server stopped
/// between two, the rest would go next time.
async fn remove(
    ctx: &Ctx,
    by: &Actor,
    before: Timestamp,
    organization: &Organization,
    (start, last): (i64, i64),
) -> Result<()> {
    let now = ctx.clock.now();
    let mut done = start;
    while done < last {
        let to = last.min(done + BATCH);
        let tx = ctx.db.write().await?;
        let place = store::place(&tx, organization.id, to).await?;
        let place = place.ok_or_else(|| Error::internal("an audit entry went while others were removed"))?;
        let mark = checkpoint::write(&tx, &ctx.identity, now, organization.id, (Kind::Pruned, place)).await?;
        store::delete_up_to(&tx, organization.id, to).await?;
        if done == start {
            let detail = serde_json::json!({
                "before": before.rfc3339(),
                "first": start + 1,
                "last": last,
                "entries": last - start,
            });
            let entry = Entry::new(organization.id, by.clone(), Action::AuditPruned)
                .on(Target::new(
                    TargetKind::Organization,
                    organization.id,
                    &organization.name,
                ))
                .detail(detail);
            record(&tx, now, entry).await?;
        }
        tx.commit().await?;
        noted::advance(ctx, organization.id, mark).await?;
        done = to;
    }
    Ok(())
}

/// What is due: checkpoints, and the removal of entries that are older than the administrator wants to keep them. Run
/// every minute or so; doing it twice changes nothing. A chain that is not in order is looked at once an hour.
///
/// # Errors
/// Those of the database.
pub async fn tend(ctx: &Ctx, memory: &mut Tending) -> Result<()> {
    let now = ctx.clock.now();
    memory.broken.retain(|_, at| now.since(*at) < BROKEN_TIME);
    for organization in organizations::all(ctx.db.read()).await? {
        let id = organization.id;
        if memory.broken.contains_key(&id) {
            continue;
        }
        keep_noted(ctx, id).await?;
        if !(sign_when_due(ctx, id, now).await? && prune_when_due(ctx, id, now).await?) {
            memory.broken.insert(id, now);
        }
    }
    Ok(())
}

/// Notes the last checkpoint when that was not done: the server was killed after it was written, or noted nothing yet.
async fn keep_noted(ctx: &Ctx, id: OrganizationId) -> Result<()> {
    let known = known(ctx)?;
    let number = store::head(ctx.db.read(), id).await?.checkpoints;
    if known.marks.get(&id).map_or(0, |mark| mark.number) >= number {
        return Ok(());
    }
    let snapshot = ctx.db.snapshot().await?;
    let mut chain = Chain::open(&snapshot, id, &known).await?;
    // The checkpoints alone: that the entries fit them is found out by whoever verifies.
    let finding = chain.go_to(0).await?;
    let last = store::checkpoint(&snapshot, id, number).await?;
    snapshot.commit().await?;
    if let (None, Some(row)) = (finding, last) {
        noted::advance(ctx, id, Mark::of(&row)).await?;
    }
    Ok(())
}

/// Whether the chain is in order as far as it was looked at.
async fn sign_when_due(ctx: &Ctx, id: OrganizationId, now: Timestamp) -> Result<bool> {
    let last = store::farthest_checkpoint(ctx.db.read(), id, None).await?;
    let head = store::head(ctx.db.read(), id).await?.place.seq;
    // After a change of the identity key the new one vouches for what the old one signed.
    let vouched = last
        .as_ref()
        .is_none_or(|row| row.public_key == ctx.identity.public_key());
    let (seq, at) = last.map_or((0, Timestamp(0)), |row| (row.seq, row.at));
    if !vouched || head - seq >= CHECKPOINT_ENTRIES || now.since(at) >= CHECKPOINT_TIME {
        return sign(ctx, id).await;
    }
    Ok(true)
}

/// Whether the chain is in order as far as it was looked at.
async fn prune_when_due(ctx: &Ctx, id: OrganizationId, now: Timestamp) -> Result<bool> {
    let Some(keep) = ctx.config.audit_retention else {
        return Ok(true);
    };
    let last = store::farthest_checkpoint(ctx.db.read(), id, Some(Kind::Pruned)).await?;
    if last.is_some_and(|row| now.since(row.at) < PRUNE_TIME) {
        return Ok(true);
    }
    for pruned in prune(ctx, &Actor::server(), now.before(keep), Some(id)).await? {
        if let Some(finding) = pruned.finding {
            tracing::error!(organization = %id, %finding, "old audit entries were kept: their chain is broken");
            return Ok(false);
        }
        if pruned.entries > 0 {
            tracing::info!(organization = %id, entries = pruned.entries, "old audit entries were removed");
        }
    }
    Ok(true)
}

/// Signs the present end of every chain that has new entries; for the moment when the server stops, and when it gets a
/// new identity key.
///
/// # Errors
/// Those of the database.
pub async fn sign_all(ctx: &Ctx) -> Result<()> {
    for organization in organizations::all(ctx.db.read()).await? {
        sign(ctx, organization.id).await?;
    }
    Ok(())
}

/// Signs the present end of a chain, unless it is signed already; `false` when it is not in order since the last
/// checkpoint, and so is not signed.
async fn sign(ctx: &Ctx, organization: OrganizationId) -> Result<bool> {
    let snapshot = ctx.db.snapshot().await?;
    let signed = store::farthest_checkpoint(&snapshot, organization, None).await?;
    let mut chain = Chain::unchecked(&snapshot, organization).await?;
    if let Some(finding) = chain.check_noted(&known(ctx)?).await? {
        tracing::error!(%organization, %finding, "the audit chain is not the one that was signed; its end is not signed");
        return Ok(false);
    }
    let signed_to = signed.as_ref().map_or(0, |row| row.seq);
    if let Some(row) = signed {
        chain.resume(Place {
            seq: row.seq,
            hash: row.hash,
        });
    }
    if chain.head.seq <= signed_to {
        return Ok(true);
    }
    let finding = match chain.go_to(i64::MAX).await? {
        Some(finding) => Some(finding),
        None => chain.end().await?,
    };
    let place = chain.place;
    snapshot.commit().await?;
    if let Some(finding) = finding {
        tracing::error!(%organization, %finding, "the audit chain is broken; its end is not signed");
        return Ok(false);
    }
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let mark = checkpoint::write(&tx, &ctx.identity, now, organization, (Kind::Periodic, place)).await?;
    tx.commit().await?;
    noted::advance(ctx, organization, mark).await?;
    Ok(true)
}
