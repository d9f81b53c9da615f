//! Background jobs of the server: every one has a name, runs in one loop, and reports how it is.
//!
//! - `name.rs`: which jobs there are · `run.rs`: the loop of all of them · `failure.rs`: why one failed
//! - `state.rs`: what is known of one · `view.rs`: how people see it · `api.rs`: handlers
//!
//! Not here: what jobs do. A domain has a step, and whoever starts the job (`crate::server`, or the domain) gives it to [`Jobs::run`].
//!
//! # Invariants
//! - Whatever runs by itself runs in [`Jobs::run`] or [`Jobs::keep`]. Tasks of one connection, session or request report to it.
//! - A job that is gone is named as stopped, unless the server stops.
//! - Memory only: a restart forgets runs and failures. Bounded: one place for each name, and one failure in it.

mod api;
mod failure;
mod name;
mod run;
mod state;
mod view;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::accounts::Caller;
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::{Clock, Timestamp};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Events, Scope, Topic};
use crate::ids::AccountId;
use crate::rights::{self, Permission};
use crate::throttle::{Rate, Throttle};

pub use api::routes;
pub use failure::JobFailure;
pub use name::JobName;
pub use run::{Did, Plan, Turn};
pub use view::{FailureView, JobState, JobView};

use state::{Change, Phase, State};

/// Runs that one account asks for: a person who repairs something, not a way to make the server knock at others' doors.
const ASKED: Rate = Rate {
    burst: 20,
    period: Duration::from_secs(6),
};
/// Accounts remembered.
const ACCOUNTS_MAX: usize = 1_000;
/// For this long after somebody looked, consoles are told of each run; otherwise only when something changes.
const LOOKED: Duration = Duration::from_secs(180);
/// Jobs that run more often than this are not worth a notice for each run.
const OFTEN: Duration = Duration::from_secs(10);

/// Handle to what is known of all jobs; clones share it.
#[derive(Debug, Clone)]
pub struct Jobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    events: Events,
    shutdown: CancellationToken,
    /// One for each of [`JobName::ALL`], in that order.
    places: Vec<Place>,
    /// Until when somebody looks: milliseconds since 1970.
    looked_until: AtomicI64,
    asked: Throttle<AccountId>,
}

#[derive(Debug, Default)]
struct Place {
    wake: Notify,
    // Held for a look or a few assignments, never across a wait.
    state: Mutex<State>,
}

impl Place {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock; were it poisoned, the data would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn can_run(&self) -> bool {
        self.every.is_some() && matches!(self.phase, Phase::Resting | Phase::Running)
    }
}

impl Jobs {
    /// No job has begun.
    #[must_use]
    pub fn new(clock: Clock, events: Events, shutdown: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            clock,
            events,
            shutdown,
            places: JobName::ALL.iter().map(|_| Place::default()).collect(),
            looked_until: AtomicI64::new(i64::MIN),
            asked: Throttle::new(ASKED, ACCOUNTS_MAX),
        }))
    }

    /// Makes a job look whether there is something to do. Kept for a job that is at work or has not begun.
    pub fn wake(&self, name: JobName) {
        self.place(name).wake.notify_one();
    }

    /// What is known of all jobs of this server, in the order of [`JobName::ALL`].
    #[must_use]
    pub fn views(&self) -> Vec<JobView> {
        let places = JobName::ALL.iter().zip(&self.0.places);
        places
            .filter_map(|(name, place)| JobView::of(*name, &place.state()))
            .collect()
    }

    /// Makes a job run now, or once more when it is at work.
    ///
    /// # Errors
    /// `not_found` when this server has no such job; `conflict` when it has stopped, or its work has no end.
    pub fn ask(&self, name: JobName) -> Result<()> {
        let place = self.place(name);
        {
            let mut state = place.state();
            check(name, &state)?;
            state.asked = true;
        }
        place.wake.notify_one();
        Ok(())
    }

    fn place(&self, name: JobName) -> &Place {
        // There is one for each name.
        &self.0.places[name.index()]
    }

    /// Takes the place of a job that begins; it has stopped when this is dropped, unless the server stops.
    fn seat(self, name: JobName, every: Option<Duration>) -> Seat {
        let seat = Seat { jobs: self, name };
        {
            let mut state = seat.place().state();
            state.phase = Phase::Resting;
            state.every = every;
        }
        metrics::gauge!("farol_job_failing", "job" => name.as_str()).set(0.0);
        seat
    }

    fn looked(&self) {
        let until = self.0.clock.now().after(LOOKED);
        self.0.looked_until.store(until.0, Ordering::Relaxed);
    }

    fn somebody_looks(&self, now: Timestamp) -> bool {
        now.0 < self.0.looked_until.load(Ordering::Relaxed)
    }

    fn publish(&self) {
        self.0.events.publish(Scope::Server, &[Topic::ServerJobs]);
    }
}

/// Whether it can be asked to run.
fn check(name: JobName, state: &State) -> Result<()> {
    if state.can_run() {
        return Ok(());
    }
    let name = name.as_str();
    let detail = match state.phase {
        Phase::Absent => return Err(Error::NotFound("job")),
        Phase::Stopped => format!(
            "The job {name} has stopped and does not come back by itself. Start the server again; its log says why it stopped."
        ),
        _ => format!("The job {name} is at work all the time, so it cannot be run now."),
    };
    Err(Error::conflict(Code::Conflict, detail))
}

/// The place of a job while its loop lives.
struct Seat {
    jobs: Jobs,
    name: JobName,
}

impl Seat {
    fn place(&self) -> &Place {
        self.jobs.place(self.name)
    }

    fn wake(&self) -> &Notify {
        &self.place().wake
    }

    /// Told when the server stops.
    fn stopping(&self) -> &CancellationToken {
        &self.jobs.0.shutdown
    }

    fn now(&self) -> Timestamp {
        self.jobs.0.clock.now()
    }

    fn begin(&self) -> Turn {
        let now = self.now();
        let turn = {
            let mut state = self.place().state();
            Turn {
                asked: state.begin(now),
                failing: state.failing().map(|failure| failure.code),
            }
        };
        if turn.asked {
            self.jobs.publish();
        }
        turn
    }

    fn end(&self, took: Duration, outcome: Result<Did, JobFailure>) {
        let now = self.now();
        let word = if outcome.is_ok() { "ok" } else { "failed" };
        let job = self.name.as_str();
        let failure = outcome.as_ref().err().cloned();
        let (change, counted, seldom) = {
            let mut state = self.place().state();
            let (before, seldom) = (state.runs, state.every.is_none_or(|every| every >= OFTEN));
            let change = state.end((now, took), outcome);
            (change, state.runs > before, seldom)
        };
        if counted {
            metrics::counter!("farol_job_runs_total", "job" => job, "outcome" => word).increment(1);
            metrics::histogram!("farol_job_duration_seconds", "job" => job).record(took.as_secs_f64());
        }
        if let (Change::None, Some(failure)) = (change, &failure) {
            tracing::debug!(
                job,
                code = failure.code,
                error = failure.detail,
                "a job fails still"
            );
        }
        if counted && failure.is_none() {
            self.note_success(now);
        }
        self.tell(change, failure.as_ref());
        if change == Change::None && seldom && self.jobs.somebody_looks(now) {
            self.jobs.publish();
        }
    }

    /// Work without an end goes on.
    fn works(&self) {
        let now = self.now();
        let change = self.place().state().works(now);
        self.note_success(now);
        self.tell(change, None);
    }

    fn note_success(&self, now: Timestamp) {
        let seconds = now.since(Timestamp(0)).as_secs_f64();
        metrics::gauge!("farol_job_last_success_timestamp_seconds", "job" => self.name.as_str()).set(seconds);
    }

    /// Once for each change: the log, the figures and the consoles.
    fn tell(&self, change: Change, failure: Option<&JobFailure>) {
        let job = self.name.as_str();
        let failing = metrics::gauge!("farol_job_failing", "job" => job);
        match (change, failure) {
            (Change::None, _) => return,
            (Change::Fails, Some(failure)) => {
                failing.set(1.0);
                tracing::warn!(
                    job,
                    code = failure.code,
                    error = failure.detail,
                    "a job failed; it is tried again"
                );
            }
            (Change::Fails | Change::Works, _) => {
                failing.set(0.0);
                tracing::info!(job, "a job works again");
            }
        }
        self.jobs.publish();
    }

    /// The job rests until its next run: for how long.
    fn rest(&self, every: Duration) -> Duration {
        // Without dice jobs merely keep the same step.
        let dice = getrandom::u32().unwrap_or_default();
        let mut state = self.place().state();
        let pause = state.pause(every, dice);
        state.rest(self.now(), pause);
        pause
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.stopping().is_cancelled() {
            return;
        }
        {
            let mut state = self.place().state();
            state.phase = Phase::Stopped;
            state.next_at = None;
        }
        let job = self.name.as_str();
        metrics::gauge!("farol_job_failing", "job" => job).set(1.0);
        tracing::error!(job, "a job has stopped; start the server again");
        self.jobs.publish();
    }
}

/// What is known of the server's jobs: of all, or of those that fail or have stopped. Who reads all is told of each run for a while.
///
/// # Errors
/// `forbidden`.
pub fn list(ctx: &Ctx, by: &Caller, failing: bool) -> Result<Vec<JobView>> {
    by.require_at(None, Permission::ServerManage)?;
    let mut views = ctx.jobs.views();
    if failing {
        views.retain(|view| matches!(view.state, JobState::Failed | JobState::Stopped));
    } else {
        ctx.jobs.looked();
    }
    Ok(views)
}

/// Makes a job run now, for whoever has repaired what it failed of and does not want to wait.
///
/// # Errors
/// `forbidden`, `not_found`, `conflict` (it has stopped, or is at work all the time), `too_many_attempts`; those of the database.
pub async fn run_now(ctx: &Ctx, by: &Caller, name: &str) -> Result<JobView> {
    by.require_at(None, Permission::ServerManage)?;
    let unknown = || Error::NotFound("job");
    let name = JobName::parse(name).ok_or_else(unknown)?;
    let place = ctx.jobs.place(name);
    check(name, &place.state())?;
    let now = ctx.clock.now();
    let counted = ctx.jobs.0.asked.check(by.account, now);
    counted.map_err(|wait| Error::TooMany {
        code: Code::TooManyAttempts,
        detail: format!(
            "Too many runs were asked for in a short time. Wait {} seconds, then try again.",
            wait.as_millis().div_ceil(1000)
        ),
        retry_after: Some(wait),
    })?;
    let tx = ctx.db.write().await?;
    let organizations = rights::chains(&tx, None).await?;
    for organization in &organizations {
        let entry = by
            .entry(*organization, Action::ServerJobRun)
            .on(Target::new(TargetKind::Server, name.as_str(), name.as_str()))
            .detail(json!({ "job": name }));
        audit::record(&tx, now, entry).await?;
    }
    tx.commit().await?;
    ctx.jobs.ask(name)?;
    for organization in organizations {
        ctx.events
            .publish(Scope::Organization(organization), &[Topic::Audit]);
    }
    JobView::of(name, &place.state()).ok_or_else(unknown)
}
