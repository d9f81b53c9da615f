//! The loop of every job: it owns the pauses, the end at shutdown, what happens after a panic, and the report. A step only does its
//! work and says how that went.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, sleep};

use super::failure::{ENDED, JobFailure};
use super::{JobName, Jobs, Seat};

/// How long work without an end has to go on before it counts as working again.
const STEADY: Duration = Duration::from_secs(10);
/// Pause before it is begun again.
const AGAIN: Duration = Duration::from_secs(1);

/// Which job, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub(super) name: JobName,
    pub(super) every: Duration,
    pub(super) at_once: bool,
}

impl Plan {
    /// First after one period, then always one period after the last run ended.
    #[must_use]
    pub fn every(name: JobName, every: Duration) -> Self {
        Self {
            name,
            every,
            at_once: false,
        }
    }

    /// The first run begins with the job.
    #[must_use]
    pub fn at_once(self) -> Self {
        Self {
            at_once: true,
            ..self
        }
    }
}

/// Why a step runs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Somebody wants it now: what waits for its time is tried all the same.
    pub asked: bool,
    /// The code of the last run's failure, if it failed.
    pub failing: Option<&'static str>,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// What there was to do.
    Done,
    /// As much as goes at once; the next run begins without a pause.
    More,
    /// It is not time yet. What failed before has not been tried again, and counts as failing still.
    Nothing,
}

impl Jobs {
    /// Runs `step` by its plan until the server stops; spawn it. A step is never interrupted, whatever happens in the middle of it is
    /// reported, and the job goes on. It is listed from this call on.
    pub fn run(
        self,
        plan: Plan,
        mut step: impl AsyncFnMut(Turn) -> Result<Did, JobFailure>,
    ) -> impl Future<Output = ()> {
        let never = async |_: &mut ()| std::future::pending().await;
        self.run_woken(plan, (), never, async move |_: &mut (), turn| step(turn).await)
    }

    /// The same for a step that something of its own `state` wakes, too: `woken` waits for that and must be cancel safe.
    pub fn run_woken<S>(
        self,
        plan: Plan,
        mut state: S,
        mut woken: impl AsyncFnMut(&mut S),
        mut step: impl AsyncFnMut(&mut S, Turn) -> Result<Did, JobFailure>,
    ) -> impl Future<Output = ()> {
        let seat = self.seat(plan.name, Some(plan.every));
        let mut pause = if plan.at_once {
            Duration::ZERO
        } else {
            seat.rest(plan.every)
        };
        async move {
            loop {
                tokio::select! {
                    biased;
                    () = seat.stopping().cancelled() => return,
                    () = seat.wake().notified() => {}
                    () = woken(&mut state) => {}
                    () = sleep(pause) => {}
                }
                let (turn, began) = (seat.begin(), Instant::now());
                let outcome = AssertUnwindSafe(step(&mut state, turn)).catch_unwind().await;
                let outcome = outcome.unwrap_or_else(|payload| Err(JobFailure::panicked(&*payload)));
                let at_once = outcome == Ok(Did::More);
                seat.end(began.elapsed(), outcome);
                pause = if at_once {
                    Duration::ZERO
                } else {
                    seat.rest(plan.every)
                };
            }
        }
    }

    /// Keeps work going that has no end of its own until the server stops; spawn it. When it ends all the same, that is reported and it
    /// is begun again.
    pub fn keep(self, name: JobName, mut work: impl AsyncFnMut()) -> impl Future<Output = ()> {
        let seat = self.seat(name, None);
        async move {
            loop {
                seat.begin();
                let began = Instant::now();
                let ended = lived(&seat, work()).await;
                if seat.stopping().is_cancelled() {
                    return;
                }
                let failure = match ended {
                    Ok(()) => JobFailure::new(ENDED, "The work ended by itself; it is begun again"),
                    Err(payload) => JobFailure::panicked(&*payload),
                };
                seat.end(began.elapsed(), Err(failure));
                let pause = seat.rest(AGAIN);
                tokio::select! {
                    () = seat.stopping().cancelled() => return,
                    () = sleep(pause) => {}
                }
            }
        }
    }
}

/// Waits for the end of work that should have none; after a while it counts as working.
async fn lived(seat: &Seat, work: impl Future<Output = ()>) -> std::thread::Result<()> {
    let mut under_way = std::pin::pin!(AssertUnwindSafe(work).catch_unwind());
    tokio::select! {
        ended = under_way.as_mut() => return ended,
        () = sleep(STEADY) => seat.works(),
    }
    under_way.await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::mpsc;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::clock::{Clock, Timestamp};
    use crate::events::Events;
    use crate::jobs::{JobState, JobView};

    const EVERY: Duration = Duration::from_secs(60);

    fn jobs() -> (Jobs, CancellationToken) {
        let shutdown = CancellationToken::new();
        let clock = Clock::manual(Timestamp(0));
        (Jobs::new(clock, Events::new(), shutdown.clone()), shutdown)
    }

    fn view(jobs: &Jobs, name: JobName) -> JobView {
        jobs.views().into_iter().find(|view| view.name == name).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_reported_and_the_job_goes_on() {
        let (jobs, shutdown) = jobs();
        let (told, mut steps) = mpsc::channel(1);
        let mut count = 0;
        let running = tokio::spawn(
            jobs.clone()
                .run(Plan::every(JobName::Audit, EVERY), async move |turn| {
                    count += 1;
                    told.send((count, turn)).await.unwrap();
                    assert!(count != 2, "the second one");
                    Ok(Did::Done)
                }),
        );
        let (first, turn) = steps.recv().await.unwrap();
        assert_eq!((first, turn.asked, turn.failing), (1, false, None));
        assert_eq!(steps.recv().await.unwrap().0, 2);
        let (third, turn) = steps.recv().await.unwrap();
        assert_eq!((third, turn.failing), (3, Some("panicked")));
        // The third one is over when the fourth begins, which may be over, too.
        steps.recv().await.unwrap();
        let seen = view(&jobs, JobName::Audit);
        assert_eq!(seen.state, JobState::Ok);
        assert!(matches!(seen.runs, 3 | 4), "{}", seen.runs);
        assert_eq!((seen.failed_runs, seen.failures_in_a_row), (1, 0));
        let failure = seen.failure.unwrap();
        assert_eq!(failure.code, "panicked");
        assert!(failure.detail.contains("the second one"), "{}", failure.detail);
        shutdown.cancel();
        running.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_waits_for_no_period_and_who_has_more_to_do_neither() {
        let (jobs, shutdown) = jobs();
        let (told, mut steps) = mpsc::channel(1);
        let mut count = 0;
        let plan = Plan::every(JobName::Mail, EVERY).at_once();
        let running = tokio::spawn(jobs.clone().run(plan, async move |turn: Turn| {
            count += 1;
            told.send((turn.asked, Instant::now())).await.unwrap();
            Ok(if count == 1 { Did::More } else { Did::Done })
        }));
        let began = Instant::now();
        assert_eq!(steps.recv().await.unwrap(), (false, began));
        assert_eq!(steps.recv().await.unwrap(), (false, began));
        jobs.ask(JobName::Mail).unwrap();
        assert_eq!(steps.recv().await.unwrap(), (true, began));
        jobs.wake(JobName::Mail);
        assert_eq!(steps.recv().await.unwrap(), (false, began));
        let (asked, at) = steps.recv().await.unwrap();
        let after = at.duration_since(began);
        assert!(
            !asked && after > EVERY.mul_f64(0.89) && after <= EVERY + Duration::from_millis(1),
            "{after:?}"
        );
        shutdown.cancel();
        running.await.unwrap();
        assert!(jobs.views().iter().all(|view| view.state != JobState::Stopped));
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_that_is_gone_is_named_as_stopped() {
        let (jobs, _shutdown) = jobs();
        let plan = Plan::every(JobName::Logins, EVERY);
        let running = tokio::spawn(jobs.clone().run(plan, async |_| Ok(Did::Done)));
        tokio::task::yield_now().await;
        assert_eq!(view(&jobs, JobName::Logins).state, JobState::NotYet);
        running.abort();
        assert!(running.await.unwrap_err().is_cancelled());
        let seen = view(&jobs, JobName::Logins);
        assert_eq!(
            (seen.state, seen.can_run, seen.next_run_at),
            (JobState::Stopped, false, None)
        );
        assert!(jobs.ask(JobName::Logins).is_err());
        assert!(jobs.ask(JobName::Audit).is_err(), "never begun here");
    }

    #[tokio::test(start_paused = true)]
    async fn work_without_an_end_is_begun_again() {
        let (jobs, shutdown) = jobs();
        let begun = Arc::new(AtomicUsize::new(0));
        let (count, stop) = (Arc::clone(&begun), shutdown.clone());
        let running = tokio::spawn(jobs.clone().keep(JobName::Listener, async move || {
            match count.fetch_add(1, Ordering::SeqCst) {
                0 => panic!("out of luck"),
                1 => {}
                _ => stop.cancelled().await,
            }
        }));
        sleep(Duration::from_millis(10)).await;
        let seen = view(&jobs, JobName::Listener);
        assert_eq!((seen.state, seen.can_run), (JobState::Failed, false));
        assert!(seen.failure.unwrap().detail.contains("out of luck"));
        sleep(Duration::from_secs(2)).await;
        let seen = view(&jobs, JobName::Listener);
        assert_eq!(seen.failure.unwrap().code, "ended");
        sleep(Duration::from_secs(30)).await;
        let seen = view(&jobs, JobName::Listener);
        assert_eq!((seen.state, seen.running), (JobState::Ok, true));
        assert_eq!(begun.load(Ordering::SeqCst), 3);
        shutdown.cancel();
        running.await.unwrap();
    }
}
