//! How busy the machine is: measured every minute, or every second while somebody looks, and said on the link at once or never.
//!
//! ```text
//!  link ──pace──▶ pace (when is measured) ──due──▶ one look, on a thread that may wait ──▶ meter ──sample──▶ link
//! ```
//! Lives here: when is measured, and the way of a look. Not here: what the system shows and how counters become rates
//! (`farol_platform::metrics`), the message (`farol_protocol::link::metrics`).
//!
//! Costs: a look takes under a millisecond of processor, so a thousandth of a percent of a core at rest and a tenth of a percent while
//! somebody looks; a sample 40 to 100 bytes on the wire. While the link is away nothing is measured. A look that hangs keeps its thread,
//! and nothing is measured until it ends.

use std::sync::Arc;
use std::time::Duration;

use farol_platform::metrics::{Measured, Meter, Shown};
use farol_protocol::Tick;
use farol_protocol::limits::{METRIC_SECONDS_MAX, METRICS_EVERY, METRICS_PACE_LASTS};
use farol_protocol::link::MetricSample;
use tokio::task::JoinHandle;

use crate::{Clock, random};

/// The capability: the server sets no pace to an agent without it.
pub const CAPABILITY: &str = "metrics";

/// Where the figures come from. The call blocks, and may do so for ever.
pub trait Gauges: Send + Sync {
    /// What the machine shows now.
    fn shown(&self) -> Shown;
}

/// The machine's own.
#[derive(Debug, Default)]
pub struct SystemGauges;

impl Gauges for SystemGauges {
    fn shown(&self) -> Shown {
        farol_platform::metrics::shown()
    }
}

/// When is measured. Pure.
#[derive(Debug)]
struct Pace {
    /// The next time.
    due: Tick,
    /// Another pace than the usual one, and until when.
    other: Option<(Duration, Tick)>,
}

impl Pace {
    /// The first time is at once.
    fn new(now: Tick) -> Self {
        Self {
            due: now,
            other: None,
        }
    }

    /// The server wants it so often for a while.
    fn wish(&mut self, now: Tick, every: Duration) {
        if every >= METRICS_EVERY {
            self.other = None;
            return;
        }
        self.other = Some((every, now.after(METRICS_PACE_LASTS)));
        self.due = self.due.min(now.after(every));
    }

    /// It was measured. What was missed meanwhile is not made up for.
    fn measured(&mut self, now: Tick) {
        self.other.take_if(|(_, until)| *until <= now);
        let every = self.other.map_or(METRICS_EVERY, |(every, _)| every);
        self.due = self.due.after(every);
        if self.due <= now {
            self.due = now.after(every);
        }
    }
}

/// Measures while the link is there. Owned by whoever drives the link; has no task of its own.
pub(crate) struct Metrics {
    gauges: Arc<dyn Gauges>,
    clock: Clock,
    pace: Pace,
    meter: Meter,
    /// A look under way, and when it began.
    look: Option<(Tick, JoinHandle<Shown>)>,
}

impl Metrics {
    pub(crate) fn new(gauges: Arc<dyn Gauges>, clock: Clock) -> Self {
        Self {
            gauges,
            clock,
            pace: Pace::new(clock.now()),
            meter: Meter::default(),
            look: None,
        }
    }

    /// The link is live: the first look is at once, the first sample follows within a minute, and never at one moment for a fleet that
    /// comes back at one.
    pub(crate) fn link_came(&mut self) {
        self.pace = Pace::new(self.clock.now());
        self.meter.forget();
    }

    /// How often the server wants it.
    pub(crate) fn pace(&mut self, every: Duration) {
        self.pace.wish(self.clock.now(), every);
    }

    /// Waits for the next sample. Cancel safe: a look that is under way goes on, and is waited for the next time.
    async fn next(&mut self) -> MetricSample {
        loop {
            let (began, look) = match &mut self.look {
                Some((began, look)) => (*began, look),
                None => {
                    tokio::time::sleep_until(self.clock.instant(self.pace.due)).await;
                    let now = self.clock.now();
                    if now < self.pace.due {
                        // Timers are no longer than an hour.
                        continue;
                    }
                    let gauges = Arc::clone(&self.gauges);
                    let look = tokio::task::spawn_blocking(move || gauges.shown());
                    self.look = Some((now, look));
                    continue;
                }
            };
            let shown = look.await;
            self.look = None;
            self.pace.measured(self.clock.now());
            match shown {
                Ok(shown) => {
                    let at = Duration::from_micros(began.0);
                    if let Some(measured) = self.meter.look(at, shown) {
                        return sample(&measured);
                    }
                    // Nothing to compare with: the next look is some time of the first minute later.
                    let share = f64::from(random::jitter()) / f64::from(u32::MAX);
                    let soon = METRICS_EVERY.mul_f64(share).max(Duration::from_secs(1));
                    self.pace.due = self.pace.due.min(self.clock.now().after(soon));
                }
                Err(error) => tracing::warn!(%error, "the machine could not be measured"),
            }
        }
    }
}

/// Waits for the next sample; for ever where nothing is measured. Cancel safe.
pub(crate) async fn next_sample(metrics: &mut Option<Metrics>) -> MetricSample {
    match metrics {
        Some(metrics) => metrics.next().await,
        None => std::future::pending().await,
    }
}

/// What was measured, as it travels.
fn sample(measured: &Measured) -> MetricSample {
    let shown = &measured.shown;
    MetricSample {
        seconds: measured.seconds.clamp(1, METRIC_SECONDS_MAX),
        cpu_permille: measured.cpu_permille,
        memory_used_mib: shown.memory_used_mib,
        memory_total_mib: shown.memory_total_mib,
        swap_used_mib: shown.swap_used_mib,
        load_centi: shown.load_centi,
        disk_read_bps: measured.disks.map(|disks| disks.to),
        disk_written_bps: measured.disks.map(|disks| disks.from),
        net_received_bps: measured.network.map(|network| network.to),
        net_sent_bps: measured.network.map(|network| network.from),
        root_used_mib: shown.root_used_mib,
        root_total_mib: shown.root_total_mib,
        temperature_decidegrees: shown.temperature_decidegrees,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use farol_platform::metrics::fake;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: u64) -> Tick {
        Tick(0).after(SECOND * u32::try_from(seconds).unwrap())
    }

    #[test]
    fn a_quick_pace_ends_by_itself() {
        let mut pace = Pace::new(at(0));
        pace.measured(at(0));
        assert_eq!(pace.due, at(60));
        pace.wish(at(10), SECOND);
        assert_eq!(pace.due, at(11));
        for second in 11..70 {
            pace.measured(at(second));
            assert_eq!(pace.due, at(second + 1));
        }
        pace.measured(at(70));
        assert_eq!(pace.due, at(130), "nobody said it again");
        pace.wish(at(80), SECOND);
        pace.wish(at(81), METRICS_EVERY);
        pace.measured(at(81));
        assert_eq!(pace.due, at(141));
    }

    #[test]
    fn what_was_missed_is_not_made_up_for() {
        let mut pace = Pace::new(at(0));
        pace.measured(at(600));
        assert_eq!(pace.due, at(660));
    }

    /// A machine that runs for a second from look to look.
    #[derive(Default)]
    struct Fake(AtomicU64);

    impl Gauges for Fake {
        fn shown(&self) -> Shown {
            fake::shown(self.0.fetch_add(1, Ordering::SeqCst))
        }
    }

    #[tokio::test]
    async fn samples_come_while_they_are_wanted() {
        let mut metrics = Metrics::new(Arc::new(Fake::default()), Clock::start());
        metrics.link_came();
        metrics.pace(SECOND);
        let found = metrics.next().await;
        assert_eq!(
            (found.cpu_permille, found.memory_used_mib),
            (Some(250), Some(4_000))
        );
        assert!(found.seconds >= 1);
    }
}
