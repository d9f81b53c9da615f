//! The inventory that our own agents deliver: the newest of each section of a machine, and what changed when.
//!
//! - here: the agent's side ([`wanted`], [`accept`]), asking for it ([`refresh`]), what is tidied
//! - `settled.rs`: what comes of a delivered section · `net.rs`: what changed between two moments
//! - `view.rs`: how people see it · `store.rs`: queries · `api.rs`: handlers
//!
//! Not here: the form of sections and how they are compared (`farol_inventory`), the link's messages (`crate::link`), what machines
//! are found by (`crate::machines::search`), what helpdesk agents tell (`crate::machine_routes`), which is in a form of their own.
//!
//! # Invariants
//! - A section, its changes and what the machine is found by are written in one transaction; a delivery that was kept may be repeated.
//! - Sections and changes belong to the record whose agent delivered them. Of a machine with several records the newest of each section
//!   counts, for people and for searches; `align` sees to that when records are merged or parted.
//! - What cannot be kept is refused with a code and when to offer it again. The machine's link, its sessions and presence go on.

mod api;
mod net;
mod settled;
mod store;
mod view;

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use farol_inventory::{Body, ReadError, Section, read};
use sea_orm::ConnectionTrait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use api::routes;
pub use view::{
    Compared, ComparedSection, InventoryChange, InventoryComparison, InventoryPart, InventoryProblem,
    MachineInventory, SectionName, Wanted, changes, comparison, get,
};

use crate::accounts::Caller;
use crate::audit::{self, Action, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::ids::MachineId;
use crate::machines::{self, search};
use crate::presence::Command;
use crate::rights::{MachineFacts, Permission};
use crate::store::WriteTx;
use crate::store::entities::inventory_section;
use crate::throttle::{Rate, Throttle};
use settled::Settled;

/// What an agent that delivers its inventory can do.
pub const CAPABILITY: &str = "inventory";
/// Changes kept of one record: years of a machine that is looked after. The oldest go first.
pub const CHANGES_KEPT: u64 = 5_000;
/// Changes kept of one delivery: a whole distribution that is replaced. How many there were more is kept instead of them.
pub const CHANGES_AT_ONCE_MAX: usize = 4_000;
/// Longest value kept of a change, in bytes of JSON: a thing with all of its members. Longer ones are left out.
pub const CHANGE_VALUE_BYTES_MAX: usize = 2_048;
/// How often it is tidied.
pub const TIDY: Duration = Duration::from_secs(10 * 60);

/// Sections of one machine: all of them several times at once, then what people change on a busy day.
const DELIVERIES: Rate = Rate {
    burst: 30,
    period: Duration::from_secs(30),
};
/// How often a machine is asked to read its inventory again: reading costs it seconds of work.
const ASKED: Rate = Rate {
    burst: 5,
    period: Duration::from_secs(30),
};
/// Machines remembered by each throttle: a fleet that is enrolled in one night.
const MACHINES_MAX: usize = 100_000;
/// Machines remembered that have new changes. When it is full, a machine's changes are counted after its next one.
const GROWN_MAX: usize = 100_000;
/// Deliveries under way at once: each may cost some 20 MB while it is read and compared.
const AT_ONCE: usize = 8;
/// Links on which sections may arrive at once: each may take 4 MB, one section that arrives and one that is kept.
const LINKS_AT_ONCE: usize = 64;
/// Of them, written at once: SQLite has one writer for everybody, PostgreSQL needs two to be kept busy.
const WRITING: usize = 2;
/// How often a delivery is begun again because another of the same machine came between.
const TRIES: usize = 3;
/// A section that could not be kept is offered again after this: the disk was full, or the fault was ours.
const AGAIN_LATER: Duration = Duration::from_secs(10 * 60);
/// The same when the database was only busy, or away for a moment.
const AGAIN_SOON: Duration = Duration::from_secs(60);

/// The domain's memory.
#[derive(Debug)]
pub struct InventoryState {
    deliveries: Throttle<MachineId>,
    asked: Throttle<MachineId>,
    /// Of links on which sections arrive; the others wait and hold nothing.
    links: Arc<Semaphore>,
    /// Of deliveries that are under way; the others wait in their links, a section each.
    deliveries_at_once: Semaphore,
    /// Of those that are written: whoever writes something else waits behind two of them at most.
    writing: Semaphore,
    /// Records with changes since they were last counted. Held for single look-ups, never across a wait.
    grown: Mutex<HashSet<MachineId>>,
}

impl Default for InventoryState {
    fn default() -> Self {
        Self {
            deliveries: Throttle::new(DELIVERIES, MACHINES_MAX),
            asked: Throttle::new(ASKED, MACHINES_MAX),
            links: Arc::new(Semaphore::new(LINKS_AT_ONCE)),
            deliveries_at_once: Semaphore::new(AT_ONCE),
            writing: Semaphore::new(WRITING),
            grown: Mutex::default(),
        }
    }
}

impl InventoryState {
    /// Waits for a place among the links on which sections may arrive, in the order of coming. Cancel safe.
    pub(crate) async fn place(&self) -> OwnedSemaphorePermit {
        match Arc::clone(&self.links).acquire_owned().await {
            Ok(place) => place,
            // Nobody closes it.
            Err(_) => std::future::pending().await,
        }
    }

    fn grown(&self) -> MutexGuard<'_, HashSet<MachineId>> {
        // No code that can panic runs under the lock; were it poisoned, the data would still be whole.
        self.grown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn grew(&self, record: MachineId) {
        let mut grown = self.grown();
        if grown.len() < GROWN_MAX {
            grown.insert(record);
        }
    }
}

/// What became of a section that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Hash of what is kept. Another than the agent's where the server took something over from the reading before.
    pub hash: [u8; 32],
    /// What it was to the server.
    pub outcome: Outcome,
}

/// What a section was to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The first of its kind from this machine.
    First,
    /// Other facts than before: so many changes.
    Changed(usize),
    /// The same facts; what changes by itself is as new as they are.
    Same,
}

/// Why a section was not kept.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read, or would cost too much to.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// There is no such machine any more.
    #[error("the machine was removed")]
    Gone,
    /// It delivers too often.
    #[error("sections of this machine come too often")]
    TooOften(Duration),
    /// The server could not.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Refusal {
    /// What the agent is told of it. Faults of ours are for our log.
    #[must_use]
    pub fn to_agent(&self) -> String {
        match self {
            Self::Failed(Error::Internal(_)) => "the server could not keep it; its log says why".to_owned(),
            other => other.to_string(),
        }
    }

    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(error) => error.code(),
            Self::Gone => Code::NotFound.as_str(),
            Self::TooOften(_) => Code::TooManyAttempts.as_str(),
            Self::Failed(error) => error.code().as_str(),
        }
    }

    /// When the same section may be offered again; None: not before it is another.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unreadable(_) | Self::Gone => None,
            Self::TooOften(wait) => Some(*wait),
            Self::Failed(error) => Some(match error.code() {
                Code::StorageBusy | Code::StorageUnavailable => AGAIN_SOON,
                _ => AGAIN_LATER,
            }),
        }
    }
}

/// Which of the sections that an agent has read the server does not have so, in the order they are shown; each once. `record` is whose key
/// opened the link. Costs one read.
///
/// # Errors
/// Those of the database.
pub async fn wanted(ctx: &Ctx, record: MachineId, held: &[(Section, [u8; 32])]) -> Result<Vec<Section>> {
    let known = store::told_hashes(ctx.db.read(), record).await?;
    let is_wanted = |section: &Section| {
        let said = held.iter().rev().find(|(named, _)| named == section);
        said.is_some_and(|(_, hash)| known.get(section.name()).is_none_or(|known| known != hash))
    };
    Ok(Section::ALL.into_iter().filter(is_wanted).collect())
}

/// Keeps a section that the agent of `record` delivered over a link from `address`, and `told`, the hash by which the agent knows it: what
/// is kept may have another ([`Accepted::hash`]), and the agent is asked only for what it has under another one. May be repeated; the same facts change nothing.
/// Waits while many others are under way. Cancel safe: it is kept as a whole or not at all.
///
/// # Errors
/// See [`Refusal`].
pub async fn accept(
    ctx: &Ctx,
    (record, address): (MachineId, IpAddr),
    (section, told): (Section, [u8; 32]),
    bytes: Vec<u8>,
) -> Result<Accepted, Refusal> {
    let now = ctx.clock.now();
    let counted = ctx.inventory.deliveries.check(record, now);
    counted.map_err(Refusal::TooOften)?;
    let _place = ctx
        .inventory
        .deliveries_at_once
        .acquire()
        .await
        .map_err(Error::internal)?;
    let found = apart(move || read(section, &bytes)).await??;
    for _ in 0..TRIES {
        // Compared before anybody is kept from writing: a section may have 20,000 packages.
        let before = store::section(ctx.db.read(), record, section).await?;
        let seen = before.as_ref().map(|row| row.hash.clone());
        let found = found.clone();
        let settled = apart(move || Settled::of(found, before.as_ref(), address)).await?;
        if let Some(accepted) = put(ctx, record, (seen, told, settled)).await? {
            return Ok(accepted);
        }
    }
    let busy = Error::Unavailable {
        code: Code::StorageBusy,
        detail: "This section was delivered several times at the same moment. Deliver it again.".into(),
        source: None,
    };
    Err(Refusal::Failed(busy))
}

/// Runs work that takes milliseconds where it holds nobody up.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

/// Writes what was settled; None when another delivery came between.
async fn put(
    ctx: &Ctx,
    record: MachineId,
    (seen, told, settled): (Option<Vec<u8>>, [u8; 32], Settled),
) -> Result<Option<Accepted>, Refusal> {
    let section = settled.facts.section();
    let _turn = ctx.inventory.writing.acquire().await.map_err(Error::internal)?;
    let tx = ctx.db.write().await?;
    let Some((row, machine)) = machines::hold(&tx, record).await? else {
        return Err(Refusal::Gone);
    };
    if store::hashes(&tx, record).await?.remove(section.name()) != seen {
        return Ok(None);
    }
    let now = ctx.clock.now();
    let outcome = match &settled.changes {
        None => Outcome::First,
        Some(_) if seen.as_deref() == Some(settled.hash.as_slice()) => Outcome::Same,
        Some(changes) => Outcome::Changed(changes.len()),
    };
    if seen.is_some() {
        let is_now = (told, now, outcome);
        store::update_section(&tx, (record, section), &settled, is_now).await?;
    } else {
        let new = inventory_section::Model {
            machine_id: record,
            section: section.name().to_owned(),
            organization_id: row.organization_id,
            hash: settled.hash.to_vec(),
            told_hash: told.to_vec(),
            body: settled.body.clone(),
            problems: settled.problems.clone(),
            first_at: now,
            changed_at: now,
            received_at: now,
        };
        store::insert_section(&tx, new).await?;
    }
    let changes = settled.rows((row.organization_id, record), now);
    store::insert_changes(&tx, &changes).await?;
    // It is the newest of all records of the machine now, whichever spoke before.
    search::keep_section(&tx, machine.id, &settled.facts).await?;
    tx.commit().await.map_err(Error::from)?;
    if !changes.is_empty() {
        ctx.inventory.grew(record);
    }
    if outcome == Outcome::Same {
        let scope = Scope::Machine(machine.organization_id, machine.id);
        ctx.events.publish(scope, &[Topic::Machine(machine.id)]);
    } else {
        ctx.events.machine(machine.organization_id, machine.id);
    }
    Ok(Some(Accepted {
        hash: settled.hash,
        outcome,
    }))
}

/// Writes anew what a machine is found by of its inventory, after records became one or several. Whoever calls it has written that in the
/// same transaction.
///
/// # Errors
/// Those of the database.
pub(crate) async fn align(tx: &WriteTx, machine: MachineId) -> Result<()> {
    if machines::hold(tx, machine).await?.is_none() {
        return Ok(());
    }
    let records = machines::records(tx, machine).await?;
    let newest = store::sections(tx, &records, None).await?;
    let bodies = apart(move || {
        Section::ALL.map(|section| {
            let row = newest.iter().find(|row| row.section == section.name());
            row.and_then(settled::body)
                .unwrap_or_else(|| Body::empty(section))
        })
    });
    for body in bodies.await? {
        search::keep_section(tx, machine, &body).await?;
    }
    Ok(())
}

/// The newest of each section that a machine's records delivered; for whoever asks what it is found by.
///
/// # Errors
/// Those of the database.
pub async fn bodies<C: ConnectionTrait>(db: &C, machine: MachineId) -> Result<Vec<Body>> {
    let records = machines::records(db, machine).await?;
    let rows = store::sections(db, &records, None).await?;
    Ok(rows.iter().filter_map(settled::body).collect())
}

/// How many sections of these records are kept.
pub(crate) async fn count<C: ConnectionTrait>(db: &C, records: &[MachineId]) -> Result<u64> {
    store::count(db, records).await
}

/// Asks a machine's agent to read its inventory again. What it found comes later, if it is other than what is kept.
///
/// # Errors
/// `not_found`, `forbidden`, `machine_offline`, `capability_missing`, `too_many_attempts`; those of the database.
pub async fn refresh(ctx: &Ctx, by: &Caller, id: MachineId) -> Result<()> {
    let row = machines::find(ctx, by, id).await?;
    by.require_on(&MachineFacts::from(&row), Permission::MachineManage)?;
    let offline = || {
        let detail = format!("{} is offline. Try again when its agent is connected.", row.name);
        Error::conflict(Code::MachineOffline, detail)
    };
    let online = ctx.presence.view(row.id).ok_or_else(offline)?;
    if !online.capabilities.iter().any(|can| can == CAPABILITY) {
        let detail = format!(
            "The agent of {} does not deliver an inventory. Update it first.",
            row.name
        );
        return Err(Error::conflict(Code::CapabilityMissing, detail));
    }
    let now = ctx.clock.now();
    ctx.inventory
        .asked
        .check(row.id, now)
        .map_err(|wait| Error::TooMany {
            code: Code::TooManyAttempts,
            detail:
                "This machine was asked for its inventory often in a short time. Wait until it has answered."
                    .into(),
            retry_after: Some(wait),
        })?;
    let tx = ctx.db.write().await?;
    let entry = by
        .entry(row.organization_id, Action::MachineInventoryAsked)
        .on(Target::new(TargetKind::Machine, row.id, &row.name));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    let scope = Scope::On(MachineFacts::from(&row));
    ctx.events.publish(scope, &[Topic::Machine(row.id), Topic::Audit]);
    let asked = Command::AskInventory(Section::ALL.to_vec());
    ctx.presence.command(row.id, asked).map_err(|_| offline())
}

/// Housekeeping: changes that are too many, titles of software that no machine has; whether there is more to do at once.
///
/// # Errors
/// Those of the database; the next run tries again.
pub async fn tidy(ctx: &Ctx) -> Result<bool> {
    let grown: Vec<MachineId> = ctx.inventory.grown().iter().copied().collect();
    for record in grown {
        // Before it is looked at: what comes meanwhile is looked at next time.
        ctx.inventory.grown().remove(&record);
        if let Err(error) = forget_changes(ctx, record).await {
            ctx.inventory.grew(record);
            return Err(error);
        }
    }
    search::forget_unused(ctx).await
}

async fn forget_changes(ctx: &Ctx, record: MachineId) -> Result<()> {
    let Some(until) = store::too_old(ctx.db.read(), record).await? else {
        return Ok(());
    };
    let tx = ctx.db.write().await?;
    store::forget(&tx, record, until).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_whether_to_come_again() {
        let unavailable = |code| {
            Refusal::Failed(Error::Unavailable {
                code,
                detail: String::new(),
                source: None,
            })
        };
        let full = unavailable(Code::StorageFull);
        assert_eq!(
            (full.code(), full.retry_after()),
            ("storage_full", Some(AGAIN_LATER))
        );
        let busy = unavailable(Code::StorageBusy);
        assert_eq!(
            (busy.code(), busy.retry_after()),
            ("storage_busy", Some(AGAIN_SOON))
        );
        let deep = Refusal::from(ReadError::TooDeep);
        assert_eq!((deep.code(), deep.retry_after()), ("section_too_deep", None));
        let often = Refusal::TooOften(Duration::from_secs(7));
        assert_eq!(often.retry_after(), Some(Duration::from_secs(7)));
    }
}
