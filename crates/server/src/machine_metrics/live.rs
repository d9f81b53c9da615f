//! What of all machines' metrics is in memory: the minute that runs, minutes that are not written yet, and the seconds of machines that
//! somebody looks at. Never waits and touches no row.
//!
//! ```text
//!  sample ──▶ minute that runs ──over──▶ minutes that wait (bytes) ──5 to 10 minutes old──▶ taken, written
//!        └──▶ last two minutes, second by second, while somebody looks
//! ```
//! Bounded: [`MACHINES_MAX`] machines with [`WAITING_MAX`] minutes each (some 1.5 KB of a machine while the database is there, 40 MB
//! of 25,000), [`WATCHED_MAX`] machines with [`SECONDS_MAX`] readings each. Full: machines beyond that are not kept; the oldest minute
//! and the oldest reading go.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::codec;
use super::series::{Point, Reading};
use super::span::{Resolution, floor};
use crate::clock::Timestamp;
use crate::ids::MachineId;

/// Machines whose minutes are in memory.
const MACHINES_MAX: usize = 100_000;
/// Minutes that wait of one machine: the database may be away for half an hour.
const WAITING_MAX: usize = 30;
/// The oldest minute of a machine waits so long, at least; with [`SPREAD`] machines that began at one moment are not written at one.
const WAITS: Duration = Duration::from_secs(5 * 60);
/// And up to so much longer.
const SPREAD: Duration = Duration::from_secs(5 * 60);
/// Machines that are looked at, second by second.
const WATCHED_MAX: usize = 500;
/// Readings kept of each: two minutes.
const SECONDS_MAX: usize = 120;
/// Nobody looks any more when nobody asked for so long.
const LOOKS: Duration = Duration::from_secs(15);
/// The agent is told again to measure each second, well before it stops by itself ([`farol_protocol::limits::METRICS_PACE_LASTS`]).
const TELL_EVERY: Duration = Duration::from_secs(20);

/// The minutes of one machine, by where they begin.
pub(super) type Minutes = Vec<(i64, Point)>;

/// Those of some machines.
pub(super) type Taken = Vec<(MachineId, Minutes)>;

/// The domain's memory.
#[derive(Debug, Default)]
pub struct MachineMetricsState {
    // Held for map operations and for encoding a minute, never across a wait.
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    kept: HashMap<MachineId, Kept>,
    /// What is being written: seen until it is, and waits again when it never is.
    writing: Arc<Taken>,
    watched: HashMap<MachineId, Watch>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The minute that runs, and where it begins.
    running: Option<(i64, Box<Point>)>,
    /// Minutes that are over, the oldest first, each a block of one point.
    waiting: VecDeque<(i64, Vec<u8>)>,
}

#[derive(Debug)]
struct Watch {
    /// When somebody last asked.
    asked: Timestamp,
    /// When the agent was last told.
    told: Option<Timestamp>,
    seconds: VecDeque<(Timestamp, Reading)>,
}

/// What somebody who looks sees.
#[derive(Debug)]
pub(super) struct Looked {
    /// What was measured after the moment that was asked for, the oldest first.
    pub(super) seconds: Vec<(Timestamp, Reading)>,
    /// The agent is to be told to measure each second.
    pub(super) tell: bool,
    /// There was a place among the machines that are looked at.
    pub(super) has_place: bool,
}

impl Inner {
    /// What was taken and never written waits again, as far as there is room.
    fn wait_again(&mut self) {
        let taken = std::mem::take(&mut self.writing);
        for (machine, minutes) in taken.iter() {
            let kept = self.kept.entry(*machine).or_default();
            for (at, point) in minutes.iter().rev() {
                if kept.waiting.len() < WAITING_MAX {
                    kept.waiting.push_front((*at, codec::write(&[(0, *point)])));
                }
            }
        }
    }
}

impl Kept {
    /// The minute that runs is over.
    fn close(&mut self) {
        let Some((at, point)) = self.running.take() else {
            return;
        };
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back((at, codec::write(&[(0, *point)])));
    }

    /// When its oldest minute is to be written.
    fn due(&self, machine: MachineId) -> Option<Timestamp> {
        let (at, _) = self.waiting.front()?;
        let [.., random] = machine.bytes();
        let spread = SPREAD * u32::from(random) / 256;
        Some(Timestamp(*at).after(WAITS + spread))
    }

    fn is_empty(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty()
    }
}

fn decoded((at, block): (i64, Vec<u8>)) -> Option<(i64, Point)> {
    // Written above, a point each.
    let points = codec::read(&block).ok()?;
    points.into_iter().next().map(|(_, point)| (at, point))
}

impl MachineMetricsState {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // No code that can panic runs under the lock; were it poisoned, the data would still be whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A machine was so for so many seconds. It counts for the minute in which the word of it came.
    pub(super) fn take(&self, machine: MachineId, now: Timestamp, (reading, seconds): (Reading, u32)) {
        let mut inner = self.inner();
        if let Some(watch) = inner.watched.get_mut(&machine) {
            if watch.seconds.len() >= SECONDS_MAX {
                watch.seconds.pop_front();
            }
            watch.seconds.push_back((now, reading));
        }
        if inner.kept.len() >= MACHINES_MAX && !inner.kept.contains_key(&machine) {
            return;
        }
        let kept = inner.kept.entry(machine).or_default();
        let minute = floor(now.0, Resolution::Minute.step());
        if kept.running.as_ref().is_some_and(|(at, _)| *at != minute) {
            kept.close();
        }
        let (_, point) = kept.running.get_or_insert_with(|| (minute, Box::default()));
        point.add(&Point::of(&reading, seconds));
    }

    /// Takes what is to be written now, of at most `most` machines; with `all` whatever waits, and the minutes that run. Until
    /// [`Self::written`] is called it is still seen, and the next call takes it again.
    pub(super) fn taken(&self, now: Timestamp, (most, all): (usize, bool)) -> Arc<Taken> {
        let minute = floor(now.0, Resolution::Minute.step());
        let mut inner = self.inner();
        inner.wait_again();
        inner.watched.retain(|_, watch| now.since(watch.asked) < LOOKS);
        let mut due = Vec::new();
        for (machine, kept) in &mut inner.kept {
            if due.len() >= most {
                break;
            }
            if all || kept.running.as_ref().is_some_and(|(at, _)| *at < minute) {
                kept.close();
            }
            let is_due = kept.due(*machine).is_some_and(|at| all || at <= now);
            if is_due {
                let minutes = kept.waiting.drain(..).filter_map(decoded).collect();
                due.push((*machine, minutes));
            }
        }
        inner.kept.retain(|_, kept| !kept.is_empty());
        inner.writing = Arc::new(due);
        Arc::clone(&inner.writing)
    }

    /// What was taken is in rows.
    pub(super) fn written(&self) {
        self.inner().writing = Arc::default();
    }

    /// The minutes of these machines that no row has yet, those that run among them, in no order.
    pub(super) fn minutes(&self, machines: &[MachineId]) -> Taken {
        let inner = self.inner();
        let of = |machine: &MachineId| {
            let kept = inner.kept.get(machine)?;
            let waiting = kept.waiting.iter().cloned().filter_map(decoded);
            let running = kept.running.as_ref().map(|(at, point)| (*at, **point));
            Some((*machine, waiting.chain(running).collect()))
        };
        let mut found: Taken = machines.iter().filter_map(of).collect();
        let writing = inner.writing.iter();
        found.extend(writing.filter(|(machine, _)| machines.contains(machine)).cloned());
        found
    }

    /// Somebody looks at a machine now, and has seen everything up to `after`.
    pub(super) fn look(&self, machine: MachineId, now: Timestamp, after: Option<Timestamp>) -> Looked {
        let mut inner = self.inner();
        if inner.watched.len() >= WATCHED_MAX && !inner.watched.contains_key(&machine) {
            return Looked {
                seconds: Vec::new(),
                tell: false,
                has_place: false,
            };
        }
        let watch = inner.watched.entry(machine).or_insert_with(|| Watch {
            asked: now,
            told: None,
            seconds: VecDeque::new(),
        });
        watch.asked = now;
        let tell = watch.told.is_none_or(|told| now.since(told) >= TELL_EVERY);
        if tell {
            watch.told = Some(now);
        }
        let is_new = |(at, _): &&(Timestamp, Reading)| after.is_none_or(|after| *at > after);
        Looked {
            seconds: watch.seconds.iter().filter(is_new).copied().collect(),
            tell,
            has_place: true,
        }
    }

    /// The agent could not be told, and is to be told with the next look.
    pub(super) fn not_told(&self, machine: MachineId) {
        if let Some(watch) = self.inner().watched.get_mut(&machine) {
            watch.told = None;
        }
    }
}

/// Lets two samples a second of one link through, and a few more after a pause. What is beyond that is passed over.
#[derive(Debug)]
pub struct Gate {
    budget: u32,
    filled: tokio::time::Instant,
}

impl Gate {
    /// Samples that may come at once.
    const BURST: u32 = 4;
    /// Time for one more.
    const EACH: Duration = Duration::from_millis(500);

    /// A gate that nothing has passed.
    #[must_use]
    pub fn new(now: tokio::time::Instant) -> Self {
        Self {
            budget: Self::BURST,
            filled: now,
        }
    }

    /// Whether a sample that comes now may pass.
    #[must_use]
    pub fn passes(&mut self, now: tokio::time::Instant) -> bool {
        while self.budget < Self::BURST && now.duration_since(self.filled) >= Self::EACH {
            self.budget += 1;
            self.filled += Self::EACH;
        }
        if self.budget == Self::BURST {
            self.filled = now;
        }
        let passes = self.budget > 0;
        self.budget = self.budget.saturating_sub(1);
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::super::series::SERIES;
    use super::*;

    const START: Timestamp = Timestamp(1_772_366_400_000);

    fn reading(cpu: i64) -> Reading {
        let mut told = [None; SERIES];
        told[0] = Some(cpu);
        Reading(told)
    }

    fn at(seconds: u64) -> Timestamp {
        START.after(Duration::from_secs(seconds))
    }

    #[test]
    fn minutes_wait_and_are_taken_once() {
        let (state, machine) = (MachineMetricsState::default(), MachineId::new());
        for minute in 0..3 {
            state.take(machine, at(minute * 60 + 5), (reading(10), 60));
        }
        assert!(state.taken(at(130), (10, false)).is_empty(), "they are young");
        let taken = state.taken(at(130), (10, true));
        assert_eq!(taken.len(), 1);
        let begin: Vec<i64> = taken[0].1.iter().map(|(at, _)| *at).collect();
        assert_eq!(begin, [START.0, at(60).0, at(120).0]);
        assert_eq!(
            state.minutes(&[machine])[0].1.len(),
            3,
            "they are seen while they are written"
        );
        assert_eq!(
            state.taken(at(900), (10, false))[0].1.len(),
            3,
            "they were not written"
        );
        state.written();
        assert_eq!(state.minutes(&[machine]), []);
        assert!(state.taken(at(900), (10, true)).is_empty());
    }

    #[test]
    fn a_database_that_is_away_costs_the_oldest() {
        let (state, machine) = (MachineMetricsState::default(), MachineId::new());
        for minute in 0..40 {
            state.take(machine, at(minute * 60), (reading(10), 60));
        }
        let taken = state.taken(at(40 * 60), (10, true));
        assert_eq!(taken[0].1.len(), WAITING_MAX);
        assert_eq!(taken[0].1[0].0, at(10 * 60).0);
    }

    #[test]
    fn seconds_are_kept_while_somebody_looks() {
        let (state, machine) = (MachineMetricsState::default(), MachineId::new());
        state.take(machine, at(0), (reading(1), 60));
        let first = state.look(machine, at(1), None);
        assert!(first.seconds.is_empty() && first.tell && first.has_place);
        for second in 2..8 {
            state.take(machine, at(second), (reading(2), 1));
        }
        let next = state.look(machine, at(8), Some(at(5)));
        assert_eq!(
            next.seconds.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
            [at(6), at(7)]
        );
        assert!(!next.tell, "it was told a moment ago");
        assert!(state.look(machine, at(22), None).tell);
        state.not_told(machine);
        assert!(state.look(machine, at(22), None).tell);
        drop(state.taken(at(60), (10, false)));
        assert!(
            state.look(machine, at(61), None).seconds.is_empty(),
            "nobody looked"
        );
    }

    #[test]
    fn two_samples_a_second_pass() {
        let start = tokio::time::Instant::now();
        let mut gate = Gate::new(start);
        let passed = (0..1_000).filter(|at| gate.passes(start + Duration::from_millis(at * 10)));
        let passed = passed.count();
        assert!((20..=24).contains(&passed), "{passed}");
        assert!(gate.passes(start + Duration::from_secs(3_600)));
    }
}
