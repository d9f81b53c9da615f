//! Housekeeping: the records of one-time agents that have gone, and codes that nobody asks about any more.

use std::time::Duration;

use super::store;
use crate::audit::{Action, Actor, Entry};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::machines;
use crate::sessions;
use crate::store::entities::machine::Model as MachineRow;

/// A one-time agent that has been gone for this long does not come back: whoever closed the lid has had time to open it.
pub const ABSENT: Duration = Duration::from_secs(30 * 60);
/// One that had its session and has been gone for this long was closed; a connection that broke is back by then.
pub const LEFT: Duration = Duration::from_secs(2 * 60);
/// How long a code is remembered after it expired, for whoever reads audit entries and logs.
const REMEMBERED: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Machines looked at in one run; the next takes the rest.
const AT_ONCE: u64 = 1_000;

/// Removes what has gone.
///
/// # Errors
/// Those of the database; the next run tries again.
pub async fn sweep(ctx: &Ctx) -> Result<()> {
    let now = ctx.clock.now();
    let mut kept = Vec::new();
    for row in machines::one_time(ctx.db.read(), None, AT_ONCE).await? {
        if !has_gone(ctx, &row, now).await? {
            kept.push(row.id);
            continue;
        }
        let entry = Entry::new(row.organization_id, Actor::server(), Action::MachineRemoved);
        machines::remove_one_time(ctx, (row.organization_id, row.id), entry).await?;
        tracing::info!(machine = %row.id, "the record of a one-time agent that has gone was removed");
    }
    let tx = ctx.db.write().await?;
    store::forget(&tx, now.before(REMEMBERED), &kept).await?;
    Ok(tx.commit().await?)
}

async fn has_gone(ctx: &Ctx, row: &MachineRow, now: Timestamp) -> Result<bool> {
    if ctx.presence.view(row.id).is_some() || !sessions::of_machine(ctx, row.id).is_empty() {
        return Ok(false);
    }
    // A server that has just started has not seen anybody yet.
    let seen = row.last_seen_at.unwrap_or(row.enrolled_at).max(ctx.support.since);
    let gone = now.since(seen);
    if gone < LEFT {
        return Ok(false);
    }
    Ok(gone >= ABSENT || sessions::count_of(ctx, &[row.id]).await? > 0)
}
