//! A job as people see it.

use serde::Serialize;
use utoipa::ToSchema;

use super::JobName;
use super::state::{Phase, State};
use crate::clock::Timestamp;

/// How a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ServerJobState)]
pub enum JobState {
    /// It has not run since the server was started.
    NotYet,
    /// Its last run was fine, or it is at work as it should be.
    Ok,
    /// Its last run failed; it is tried again.
    Failed,
    /// It ended and does not come back by itself; start the server again.
    Stopped,
}

/// Why a job failed last; kept when it works again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ServerJobFailure)]
pub struct FailureView {
    /// A stable code: one of problems or of e-mail, `acme`, `certificate_files`, `own_authority`, `identity_keys`, `audit_broken`,
    /// `panicked` or `ended`.
    pub code: String,
    /// What went wrong: a sentence in English, with what the system or the other side said.
    pub detail: String,
    /// When it failed last.
    pub at: Timestamp,
    /// When it began to fail without a success in between.
    pub since: Timestamp,
}

/// A background job of the server. What is said of it counts from the last start of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ServerJob)]
pub struct JobView {
    /// Its name.
    pub name: JobName,
    /// What it does: a sentence.
    pub description: &'static str,
    /// How it is.
    pub state: JobState,
    /// Whether it is at work at this moment.
    pub running: bool,
    /// Whether it can be asked to run now.
    pub can_run: bool,
    /// How long it rests between two runs; `null` when its work has no end.
    pub period_seconds: Option<u64>,
    /// When it ran last: began.
    pub started_at: Option<Timestamp>,
    /// When it ran last: ended.
    pub ended_at: Option<Timestamp>,
    /// How long the last run that ended took.
    pub duration_ms: Option<u64>,
    /// When it was fine last.
    pub succeeded_at: Option<Timestamp>,
    /// When it runs next.
    pub next_run_at: Option<Timestamp>,
    /// Runs that ended.
    pub runs: u64,
    /// Those of them that failed.
    pub failed_runs: u64,
    /// Failures without a success since; zero when the last run was fine.
    pub failures_in_a_row: u32,
    /// The last failure; `null` when there was none.
    pub failure: Option<FailureView>,
}

impl JobView {
    /// None when this server has no such job.
    pub(super) fn of(name: JobName, job: &State) -> Option<Self> {
        let state = match job.phase {
            Phase::Absent => return None,
            Phase::Stopped => JobState::Stopped,
            _ if job.in_a_row > 0 => JobState::Failed,
            Phase::Running if job.every.is_none() => JobState::Ok,
            _ if job.succeeded_at.is_none() => JobState::NotYet,
            _ => JobState::Ok,
        };
        let failure = job.failed.as_ref().map(|failed| FailureView {
            code: failed.failure.code.to_owned(),
            detail: failed.failure.detail.clone(),
            at: failed.at,
            since: failed.since,
        });
        let millis = |took: std::time::Duration| u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        Some(Self {
            name,
            description: name.does(),
            state,
            running: job.phase == Phase::Running,
            can_run: job.can_run(),
            period_seconds: job.every.map(|every| every.as_secs()),
            started_at: job.started_at,
            ended_at: job.ended_at,
            duration_ms: job.took.map(millis),
            succeeded_at: job.succeeded_at,
            next_run_at: job.next_at,
            runs: job.runs,
            failed_runs: job.failed_runs,
            failures_in_a_row: job.in_a_row,
            failure,
        })
    }
}
