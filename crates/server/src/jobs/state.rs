//! What is known of one job: when it ran, how that went, and what to say when that changes. Pure: the time is an argument.

use std::time::Duration;

use super::failure::JobFailure;
use super::run::Did;
use crate::clock::Timestamp;

/// Longest pause before a job that failed is tried again, unless its period is longer.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// How a job is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Phase {
    /// It is none of this server's.
    #[default]
    Absent,
    /// Between two runs.
    Resting,
    /// In the middle of one.
    Running,
    /// It ended and does not come back before the server is started again.
    Stopped,
}

/// The last failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) failure: JobFailure,
    /// When it failed last.
    pub(super) at: Timestamp,
    /// When the row of failures began.
    pub(super) since: Timestamp,
}

/// One job.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// `None`: its work has no end.
    pub(super) every: Option<Duration>,
    /// Somebody wants the next run now.
    pub(super) asked: bool,
    pub(super) started_at: Option<Timestamp>,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) took: Option<Duration>,
    pub(super) succeeded_at: Option<Timestamp>,
    pub(super) next_at: Option<Timestamp>,
    pub(super) runs: u64,
    pub(super) failed_runs: u64,
    /// Zero: the last run was fine.
    pub(super) in_a_row: u32,
    /// Kept when the job works again.
    pub(super) failed: Option<Failed>,
}

/// What a run changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It is as before.
    None,
    /// It fails, or fails for another reason than before.
    Fails,
    /// It works again.
    Works,
}

impl State {
    /// Why the last run failed, if it did.
    pub(super) fn failing(&self) -> Option<&JobFailure> {
        let failed = self.failed.as_ref().filter(|_| self.in_a_row > 0)?;
        Some(&failed.failure)
    }

    /// A run begins; returns whether somebody asked for it.
    pub(super) fn begin(&mut self, now: Timestamp) -> bool {
        self.phase = Phase::Running;
        self.started_at = Some(now);
        self.next_at = None;
        std::mem::take(&mut self.asked)
    }

    /// A run is over.
    pub(super) fn end(
        &mut self,
        (now, took): (Timestamp, Duration),
        outcome: Result<Did, JobFailure>,
    ) -> Change {
        self.phase = Phase::Resting;
        self.ended_at = Some(now);
        self.took = Some(took);
        match outcome {
            Ok(Did::Nothing) if self.in_a_row > 0 => Change::None,
            Ok(_) => {
                self.runs += 1;
                self.works(now)
            }
            Err(failure) => {
                self.runs += 1;
                self.failed_runs += 1;
                self.fails(now, failure)
            }
        }
    }

    /// It works.
    pub(super) fn works(&mut self, now: Timestamp) -> Change {
        self.succeeded_at = Some(now);
        match std::mem::take(&mut self.in_a_row) {
            0 => Change::None,
            _ => Change::Works,
        }
    }

    fn fails(&mut self, now: Timestamp, failure: JobFailure) -> Change {
        let before = self.failing();
        let known =
            before.is_some_and(|before| (before.code, &before.detail) == (failure.code, &failure.detail));
        let since = match &self.failed {
            Some(failed) if self.in_a_row > 0 => failed.since,
            _ => now,
        };
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.failed = Some(Failed {
            failure,
            at: now,
            since,
        });
        if known { Change::None } else { Change::Fails }
    }

    /// How long to rest before the next run: a period, longer after several failures in a row unless the job keeps the time of its
    /// attempts itself, and up to a tenth shorter by `dice`, so that jobs of one period do not all want the database at once.
    pub(super) fn pause(&self, every: Duration, dice: u32) -> Duration {
        let keeps_time = self.failing().is_some_and(|failure| failure.again_at.is_some());
        let doublings = if keeps_time {
            0
        } else {
            self.in_a_row.saturating_sub(1).min(16)
        };
        let grown = every.saturating_mul(1 << doublings).min(every.max(PAUSE_MAX));
        let tenths = f64::from(dice) / f64::from(u32::MAX) / 10.0;
        grown - grown.mul_f64(tenths)
    }

    /// It rests for this long.
    pub(super) fn rest(&mut self, now: Timestamp, pause: Duration) {
        let next = now.after(pause);
        let again_at = self.failing().and_then(|failure| failure.again_at);
        self.next_at = Some(again_at.map_or(next, |at| at.max(next)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(2);

    fn at(seconds: i64) -> (Timestamp, Duration) {
        (Timestamp(seconds * 1_000), Duration::from_millis(3))
    }

    fn failure(detail: &str) -> Result<Did, JobFailure> {
        Err(JobFailure::new("storage_busy", detail))
    }

    #[test]
    fn what_fails_is_said_once_per_change_and_remembered_after_it_works_again() {
        let mut state = State::default();
        assert_eq!(state.end(at(1), Ok(Did::Done)), Change::None);
        assert_eq!(state.end(at(2), failure("a")), Change::Fails);
        assert_eq!(state.end(at(3), failure("a")), Change::None);
        assert_eq!(state.end(at(4), failure("b")), Change::Fails);
        assert_eq!((state.in_a_row, state.runs, state.failed_runs), (3, 4, 3));
        let failed = state.failed.clone().unwrap();
        assert_eq!((failed.since, failed.at), (at(2).0, at(4).0));
        assert_eq!(state.succeeded_at, Some(at(1).0));
        assert_eq!(state.end(at(5), Ok(Did::Done)), Change::Works);
        assert_eq!((state.in_a_row, state.failing()), (0, None));
        assert_eq!(state.failed, Some(failed));
        assert_eq!(state.end(at(6), failure("b")), Change::Fails);
        assert_eq!(state.failed.unwrap().since, at(6).0, "another row of failures");
    }

    #[test]
    fn having_nothing_to_do_yet_is_no_success_of_what_failed() {
        let mut state = State::default();
        assert_eq!(state.end(at(1), Ok(Did::Nothing)), Change::None);
        assert_eq!(state.succeeded_at, Some(at(1).0));
        state.end(at(2), failure("a"));
        assert_eq!(state.end(at(3), Ok(Did::Nothing)), Change::None);
        assert_eq!((state.in_a_row, state.runs), (1, 2));
    }

    #[test]
    fn pauses_grow_after_failures_in_a_row_and_differ() {
        let mut state = State::default();
        assert_eq!(state.pause(EVERY, 0), EVERY);
        assert_eq!(state.pause(EVERY, u32::MAX), Duration::from_millis(1_800));
        for (failures, seconds) in [(1, 2), (2, 4), (3, 8), (5, 30), (40, 30)] {
            state.in_a_row = failures;
            state.failed = Some(Failed {
                failure: JobFailure::new("x", "x"),
                at: at(0).0,
                since: at(0).0,
            });
            assert_eq!(state.pause(EVERY, 0).as_secs(), seconds, "{failures}");
        }
        let minute = Duration::from_secs(60);
        assert_eq!(state.pause(minute, 0), minute, "never shorter, hardly longer");
    }

    #[test]
    fn a_job_that_keeps_the_time_of_its_attempts_looks_as_usual() {
        let mut state = State::default();
        let wanted = JobFailure::new("acme", "x").again_at(Some(at(300).0));
        for second in 1..=3 {
            state.end(at(second), Err(wanted.clone()));
        }
        assert_eq!(state.pause(EVERY, 0), EVERY);
        state.rest(at(3).0, EVERY);
        assert_eq!(state.next_at, Some(at(300).0));
        state.end(at(4), Ok(Did::Done));
        state.rest(at(4).0, EVERY);
        assert_eq!(state.next_at, Some(at(6).0));
    }
}
