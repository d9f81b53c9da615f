//! What a link's machine says of itself, on its way into its row: one write at a time and at most one a second, in a task of
//! its own, so that a slow database slows no link. Newer facts replace those that wait. A write that failed is tried again.
//!
//! Not here: what is written ([`machines::report`]), and when the link ends (`task.rs`).

use std::time::Duration;

use farol_protocol::link::Facts;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::ctx::Ctx;
use crate::machines::{self, Reported};
use crate::recognition::Claim;

/// Facts of one machine are written at most this often.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// Facts that could not be written are tried again after this; a database that is in trouble has enough to do.
const WRITE_AGAIN: Duration = Duration::from_secs(5);

/// What became of a write.
#[derive(Debug, Clone, Copy)]
enum Written {
    Done,
    /// The machine's row is gone.
    Gone,
    /// Whether it was to say that the machine had arrived.
    Failed {
        arrival: bool,
        came_online: bool,
    },
}

/// The newest report of a link. Boxed where it is rare: there may be thousands of idle links.
#[derive(Debug)]
pub(super) struct Reports {
    newest: Option<Box<Reported>>,
    /// The newest is not in the row yet.
    unwritten: bool,
    write_at: Instant,
    writing: Option<JoinHandle<Written>>,
}

impl Reports {
    /// Nothing was said yet.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            newest: None,
            unwritten: false,
            write_at: now,
            writing: None,
        }
    }

    /// The machine arrived and says this.
    pub(super) fn arrived(&mut self, reported: Reported) {
        self.newest = Some(Box::new(reported));
        self.unwritten = true;
    }

    /// Facts that may have changed.
    pub(super) fn facts(&mut self, facts: Facts) {
        if let Some(newest) = &mut self.newest
            && newest.facts != facts
        {
            newest.facts = facts;
            self.unwritten = true;
        }
    }

    /// The agent trusts another server key.
    pub(super) fn trusts(&mut self, fingerprint: String) {
        if let Some(newest) = &mut self.newest {
            newest.trusts = fingerprint;
            self.unwritten = true;
        }
    }

    /// When [`Self::write`] has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        (self.unwritten && self.writing.is_none()).then_some(self.write_at)
    }

    /// Starts to write the newest report, if that is due.
    pub(super) fn write(&mut self, ctx: &Ctx, claim: &Claim, now: Instant) {
        if self.due().is_none_or(|due| now < due) {
            return;
        }
        let Some(newest) = &mut self.newest else { return };
        let reported = newest.clone();
        (newest.arrival, newest.came_online) = (false, false);
        self.unwritten = false;
        self.write_at = now + WRITE_EVERY;
        let (inner, claim) = (ctx.clone(), claim.clone());
        self.writing = Some(
            ctx.tasks
                .spawn(async move { put(&inner, &claim, &reported).await }),
        );
    }

    /// Waits for the write that is under way; false when the machine's row is gone. Never ends while there is none. Cancel
    /// safe.
    pub(super) async fn written(&mut self) -> bool {
        let Some(writing) = self.writing.as_mut() else {
            return std::future::pending().await;
        };
        let written = writing.await;
        self.writing = None;
        match written {
            Ok(Written::Done) => true,
            Ok(Written::Gone) => false,
            Ok(Written::Failed { arrival, came_online }) => {
                self.again(arrival, came_online);
                true
            }
            Err(error) => {
                tracing::error!(%error, "writing facts failed");
                true
            }
        }
    }

    fn again(&mut self, arrival: bool, came_online: bool) {
        self.unwritten = true;
        self.write_at = Instant::now() + WRITE_AGAIN;
        if let Some(newest) = &mut self.newest {
            newest.arrival |= arrival;
            newest.came_online |= came_online;
        }
    }

    /// The link is over: what is under way ends, and what still waits is written once, so that the next hello is compared with
    /// the last one.
    pub(super) async fn finish(mut self, ctx: &Ctx, claim: &Claim) {
        if self.writing.is_some() && !self.written().await {
            return;
        }
        if let Some(newest) = self.newest.filter(|_| self.unwritten) {
            // It has warned of a failure already; nobody is left to try again.
            put(ctx, claim, &newest).await;
        }
    }
}

async fn put(ctx: &Ctx, claim: &Claim, reported: &Reported) -> Written {
    match machines::report(ctx, claim, reported).await {
        Ok(true) => Written::Done,
        Ok(false) => Written::Gone,
        Err(error) => {
            metrics::counter!("farol_machine_reports_failed_total").increment(1);
            tracing::warn!(machine = %claim.machine, %error, "facts of the machine were not written");
            Written::Failed {
                arrival: reported.arrival,
                came_online: reported.came_online,
            }
        }
    }
}
