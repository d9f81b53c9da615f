//! Before there is a link: asking the server for an identity until it decided. Patient and quiet: one line in the log for
//! each change, not for each try.

use std::sync::Arc;
use std::time::Duration;

use farol_transport::Backoff;
use tokio::sync::watch;

use super::report::{News, Reporter};
use super::{RunError, stopped};
use crate::backends::Backends;
use crate::config::{Applicant, Cause, Enrollment, Pending, Refusal, StateDir};
use crate::enroll::{self, About, Decision, EnrollError};
use crate::{Clock, facts, random};

/// Added to each wait, at most: machines that started together do not ask together.
const JITTER: Duration = Duration::from_secs(5);

/// A disk that takes nothing is looked at again no sooner than this.
const STATE_AGAIN: Duration = Duration::from_secs(5);

const WAITING: &str = "waiting_for_approval";
const STATE: &str = "state_unusable";

/// What asking needs.
pub(super) struct Asking<'a> {
    pub(super) state: &'a StateDir,
    pub(super) backends: &'a Arc<dyn Backends>,
    pub(super) reporter: &'a mut Reporter,
    pub(super) clock: Clock,
    pub(super) stop: &'a mut watch::Receiver<bool>,
}

/// What came of it.
pub(super) enum Decided {
    /// The machine has its identity, adopted and on disk.
    Enrolled(Box<Enrollment>),
    /// A copy was refused an identity of its own; nothing is pending any more, and its old identity is still there.
    NotAsCopy(Refusal),
    /// Told to stop before; what is pending stays.
    Stopped,
}

/// One try.
enum Step {
    Done(Decided),
    Again(Again),
}

/// Why to ask again, and when.
struct Again {
    /// See [`crate::config::Status::link`].
    state: &'static str,
    code: String,
    text: String,
    wait: Duration,
}

impl Asking<'_> {
    /// Asks until the server decided.
    ///
    /// # Errors
    /// The server's final no, which is noted beside what is pending, and what makes asking impossible.
    pub(super) async fn until_decided(&mut self, mut pending: Pending) -> Result<Decided, RunError> {
        tracing::info!(server = %pending.server, cause = cause(pending.cause), "enrolling");
        let mut backoff = Backoff::default();
        let mut told = String::new();
        loop {
            let again = match self.step(&mut pending, &mut backoff).await? {
                Step::Done(decided) => return Ok(decided),
                Step::Again(again) => again,
            };
            if told != again.text {
                tracing::warn!(code = again.code, wait = ?again.wait, "not enrolled yet: {}", again.text);
                told.clone_from(&again.text);
            }
            let detail = if again.state == WAITING { "" } else { &again.text };
            self.reporter.report(&News::of(again.state, &again.code, detail));
            tokio::select! {
                biased;
                () = stopped(self.stop) => return Ok(Decided::Stopped),
                () = tokio::time::sleep(again.wait) => {}
            }
        }
    }

    async fn step(&mut self, pending: &mut Pending, backoff: &mut Backoff) -> Result<Step, RunError> {
        let later = |backoff: &mut Backoff, code: &str, text: String, least: Duration| {
            let wait = backoff.next_delay(self.clock.now(), random::jitter()).max(least);
            Step::Again(Again {
                state: "enrolling",
                code: code.to_owned(),
                text,
                wait,
            })
        };
        // A disk that takes nothing now may do so later; without it nothing is asked.
        let applicant = match self.state.applicant(pending) {
            Ok(applicant) => applicant,
            Err(error) => return Ok(later(backoff, STATE, error.to_string(), STATE_AGAIN)),
        };
        let Some(answer) = ask(self.backends, pending, &applicant, self.stop).await else {
            return Ok(Step::Done(Decided::Stopped));
        };
        match answer {
            Ok(Decision::Enrolled(enrollment)) => match self.state.adopt(&enrollment, applicant.install) {
                Ok(()) => {
                    tracing::info!(machine_id = %enrollment.machine, "enrolled");
                    Ok(Step::Done(Decided::Enrolled(enrollment)))
                }
                // Asked again, the server says the same.
                Err(error) => Ok(later(backoff, STATE, error.to_string(), STATE_AGAIN)),
            },
            Ok(Decision::Waiting { again }) => {
                *backoff = Backoff::default();
                // Somebody took an earlier no back.
                if pending.refused.take().is_some()
                    && let Err(error) = self.state.save_pending(pending)
                {
                    tracing::warn!(%error, "a refusal that was taken back is still noted");
                }
                Ok(Step::Again(Again {
                    state: WAITING,
                    code: String::new(),
                    text: "somebody has to approve this machine in the console".into(),
                    wait: again + jitter(again),
                }))
            }
            Err(EnrollError::Refused { code, detail }) => {
                Ok(Step::Done(self.refused(pending, Refusal { code, detail })?))
            }
            Err(EnrollError::Tls(error)) => Err(error.into()),
            Err(error) => {
                let least = match error {
                    EnrollError::Busy { again, .. } => again + jitter(again),
                    _ => Duration::ZERO,
                };
                Ok(later(backoff, error.code(), error.to_string(), least))
            }
        }
    }

    fn refused(&mut self, pending: &mut Pending, refusal: Refusal) -> Result<Decided, RunError> {
        if pending.cause == Cause::Copy && self.state.is_enrolled() {
            self.state.forget_pending()?;
            return Ok(Decided::NotAsCopy(refusal));
        }
        self.reporter
            .report(&News::of("refused", &refusal.code, &refusal.detail));
        pending.refused = Some(refusal.clone());
        self.state.save_pending(pending)?;
        Err(RunError::Refused(refusal))
    }
}

/// One try, on a thread that may block. `None` when told to stop: the try goes on and leads nowhere, which costs nothing,
/// since the next one has the same applicant.
async fn ask(
    backends: &Arc<dyn Backends>,
    pending: &Pending,
    applicant: &Applicant,
    stop: &mut watch::Receiver<bool>,
) -> Option<Result<Decision, EnrollError>> {
    let (pending, applicant) = (pending.clone(), applicant.clone());
    let backends = Arc::clone(backends);
    let asking = tokio::task::spawn_blocking(move || {
        let about = About {
            facts: backends.facts(),
            evidence: facts::evidence(backends.evidence()),
        };
        enroll::ask(&pending, &applicant, &about)
    });
    tokio::select! {
        biased;
        () = stopped(stop) => None,
        answer = asking => Some(answer.unwrap_or_else(|lost| {
            Err(EnrollError::Random(std::io::Error::other(lost)))
        })),
    }
}

/// Up to a tenth more, and no more than [`JITTER`].
fn jitter(wait: Duration) -> Duration {
    let most = (wait / 10).min(JITTER);
    most.mul_f64(f64::from(random::jitter()) / f64::from(u32::MAX))
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Asked => "asked",
        Cause::Image => "first start of an image",
        Cause::Copy => "this installation is a copy",
    }
}
