//! How busy machines are: processors, memory, load, disks, network, temperature, from now to a year ago.
//!
//! - here: what agents say ([`sample`]), writing it, rolling it up and forgetting it ([`tend`])
//! - `series.rs`: what is measured · `span.rs`: how fine and how long it is kept · `codec.rs`: points as bytes; all three pure
//! - `live.rs`: what is in memory · `view.rs`: how people see it · `store.rs`: queries · `api.rs`: handlers
//!
//! Not here: the link's messages (`farol_protocol::link`), facts that stay (`crate::inventory`), the server's own figures
//! (`crate::metrics`).
//!
//! ```text
//!  sample ──▶ minutes in memory ──every 5 to 10 minutes──▶ block of an hour ──over──▶ blocks of a day (10 min) and of a week (1 h)
//! ```
//! # Invariants
//! - A sample touches no row and waits for nothing. A server that is killed loses the last ten minutes; one that stops writes them.
//! - One job writes, rolls up and forgets, one after the other. Rolling up replaces the points of an hour, so it may be repeated, and
//!   minutes that come late are rolled up again.
//! - Minutes are not forgotten before they are rolled up.

mod api;
pub mod codec;
mod live;
pub mod series;
pub mod span;
mod store;
mod view;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use farol_protocol::link::MetricSample;

pub use api::routes;
pub use live::{Gate, MachineMetricsState};
pub use view::{CpuLine, CpuLines, LiveMetrics, LiveSeries, MachineMetrics, MetricSeries, get, lines, watch};

use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::{MachineId, OrganizationId};
use crate::machines;
use crate::store::WriteTx;
use crate::store::entities::machine_metric::Model;
use live::Minutes;
use series::{Point, Reading};
use span::{Resolution, roll};

/// What an agent that says how busy its machine is can do.
pub const CAPABILITY: &str = "metrics";
/// How often is looked what is to be written.
pub const TEND: Duration = Duration::from_secs(5);

/// Machines written in one transaction: some 50 ms of SQLite's one writer.
const TOGETHER: usize = 250;
/// Hours rolled up in one transaction.
const ROLLED_TOGETHER: u64 = 100;
/// Blocks forgotten in one transaction.
const FORGOTTEN_TOGETHER: u64 = 500;
/// An hour is rolled up so long after its end: by then all of its minutes are written, unless the database was away.
const ROLL_AFTER: Duration = Duration::from_secs(15 * 60);
/// How often is looked for what is to be forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(10 * 60);

/// An agent said how busy its machine was. Numbers that cannot be are left out.
pub fn sample(ctx: &Ctx, machine: MachineId, said: &MetricSample) {
    let reading = Reading::of(said);
    if reading.is_empty() {
        return;
    }
    // What a machine did while it slept, or was suspended, is no more than a minute's worth.
    let seconds = said.seconds.min(60);
    ctx.machine_metrics
        .take(machine, ctx.clock.now(), (reading, seconds));
}

/// The job's own memory.
#[derive(Debug, Default)]
pub struct Tending {
    /// When was last looked for what is to be forgotten.
    forgot: Option<Timestamp>,
}

/// Writes what waits, rolls up what is over, forgets what is old: some of each. Whether there is more to do at once.
///
/// # Errors
/// Those of the database; what waited waits again.
pub async fn tend(ctx: &Ctx, tending: &mut Tending) -> Result<bool> {
    let mut more = write(ctx, false).await?;
    more |= roll_up(ctx).await?;
    let now = ctx.clock.now();
    if tending.forgot.is_none_or(|last| now.since(last) >= FORGET_EVERY) {
        if forget(ctx).await? {
            more = true;
        } else {
            tending.forgot = Some(now);
        }
    }
    Ok(more)
}

/// Writes everything that waits, the minutes that run among it; when the server stops.
///
/// # Errors
/// Those of the database.
pub async fn write_all(ctx: &Ctx) -> Result<()> {
    while write(ctx, true).await? {}
    Ok(())
}

/// Whether there may be more.
async fn write(ctx: &Ctx, all: bool) -> Result<bool> {
    let taken = ctx.machine_metrics.taken(ctx.clock.now(), (TOGETHER, all));
    if taken.is_empty() {
        return Ok(false);
    }
    write_minutes(ctx, &taken).await?;
    ctx.machine_metrics.written();
    Ok(taken.len() >= TOGETHER)
}

/// Adds minutes to the blocks of their hours. Those of machines that were removed are forgotten.
async fn write_minutes(ctx: &Ctx, taken: &[(MachineId, Minutes)]) -> Result<()> {
    let machines: Vec<MachineId> = taken.iter().map(|(machine, _)| *machine).collect();
    let hours: BTreeSet<i64> = taken
        .iter()
        .flat_map(|(_, minutes)| minutes)
        .map(|(at, _)| Resolution::Minute.block_of(*at))
        .collect();
    let (Some(first), Some(last)) = (hours.first(), hours.last()) else {
        return Ok(());
    };
    let tx = ctx.db.write().await?;
    let owners: HashMap<MachineId, OrganizationId> =
        machines::owners(&tx, &machines).await?.into_iter().collect();
    let there = store::blocks(
        &tx,
        &machines,
        Resolution::Minute,
        (*first, last.saturating_add(1)),
    )
    .await?;
    let mut there: HashMap<(MachineId, i64), Vec<u8>> = there
        .into_iter()
        .map(|row| ((row.machine_id, row.start.0), row.body))
        .collect();
    let mut rows = Vec::new();
    for (machine, minutes) in taken {
        let Some(organization) = owners.get(machine) else {
            continue;
        };
        let mut blocks: BTreeMap<i64, BTreeMap<u32, Point>> = BTreeMap::new();
        for (at, point) in minutes {
            let start = Resolution::Minute.block_of(*at);
            let block = blocks.entry(start).or_insert_with(|| {
                let body = there.remove(&(*machine, start));
                body.map(|body| points_of(*machine, &body)).unwrap_or_default()
            });
            let slot = Resolution::Minute.slot_of(*at);
            // A server that was started again within a minute has the rest of it.
            block.entry(slot).or_default().add(point);
        }
        rows.extend(
            blocks
                .into_iter()
                .map(|(start, block)| row((*organization, *machine), (Resolution::Minute, start), &block)),
        );
    }
    store::put(&tx, &rows).await?;
    Ok(tx.commit().await?)
}

fn row(
    (organization_id, machine_id): (OrganizationId, MachineId),
    (resolution, start): (Resolution, i64),
    points: &BTreeMap<u32, Point>,
) -> Model {
    let points: Vec<(u32, Point)> = points.iter().map(|(slot, point)| (*slot, *point)).collect();
    Model {
        machine_id,
        resolution: resolution.key(),
        start: Timestamp(start),
        organization_id,
        rolled: resolution != Resolution::Minute,
        body: codec::write(&points),
    }
}

/// The points of a block; none, and a word in the log, when it cannot be read.
fn points_of(machine: MachineId, body: &[u8]) -> BTreeMap<u32, Point> {
    match codec::read(body) {
        Ok(points) => points.into_iter().collect(),
        Err(error) => {
            tracing::warn!(%machine, %error, "a block of metrics is begun anew");
            BTreeMap::new()
        }
    }
}

/// Rolls up hours that are over; whether there may be more.
async fn roll_up(ctx: &Ctx) -> Result<bool> {
    let over = ctx.clock.now().before(ROLL_AFTER).0;
    let before = Resolution::Minute.block_of(over);
    // Looked for outside a transaction: nearly always there is nothing, and nobody else writes these rows.
    let hours = store::to_roll(ctx.db.read(), before, ROLLED_TOGETHER).await?;
    if hours.is_empty() {
        return Ok(false);
    }
    let tx = ctx.db.write().await?;
    for hour in &hours {
        let points = points_of(hour.machine_id, &hour.body);
        for coarser in [Resolution::TenMinutes, Resolution::Hour] {
            replace(&tx, hour, coarser, &points).await?;
        }
        store::rolled(&tx, hour.machine_id, hour.start).await?;
    }
    tx.commit().await?;
    Ok(hours.len() as u64 >= ROLLED_TOGETHER)
}

/// Puts an hour's points into the coarser block that it is in, instead of those that are there.
async fn replace(
    tx: &WriteTx,
    hour: &Model,
    coarser: Resolution,
    minutes: &BTreeMap<u32, Point>,
) -> Result<()> {
    let (machine, from) = (hour.machine_id, hour.start.0);
    let until = from.saturating_add(Resolution::Minute.block());
    let start = coarser.block_of(from);
    let there = store::block(tx, machine, coarser, start).await?;
    let mut block = there.map(|row| points_of(machine, &row.body)).unwrap_or_default();
    block.retain(|slot, _| !(from..until).contains(&coarser.at(start, *slot)));
    let minutes = minutes
        .iter()
        .map(|(slot, point)| (Resolution::Minute.at(from, *slot), *point));
    for (at, point) in roll(minutes, coarser.step()) {
        block.insert(coarser.slot_of(at), point);
    }
    let row = row((hour.organization_id, machine), (coarser, start), &block);
    store::put(tx, &[row]).await
}

/// Removes blocks that nobody can ask for any more; whether there may be more.
async fn forget(ctx: &Ctx) -> Result<bool> {
    let now = ctx.clock.now().0;
    for resolution in Resolution::ALL {
        let before = resolution.oldest(now);
        let old = store::too_old(ctx.db.read(), resolution, before, FORGOTTEN_TOGETHER).await?;
        if old.is_empty() {
            continue;
        }
        let tx = ctx.db.write().await?;
        for block in &old {
            store::forget(&tx, resolution, *block).await?;
        }
        tx.commit().await?;
        if old.len() as u64 >= FORGOTTEN_TOGETHER {
            return Ok(true);
        }
    }
    Ok(false)
}
