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

impl Asking<'_> {
    /// Asks until the server decided.
    ///
    /// # Errors
    /// The server's final no, which is noted beside what is pending, and what makes asking impossible.
    pub(super) async fn until_decided(&mut self, mut pending: Pending) -> Result<Decided, RunError> {
        let applicant = self.state.applicant(&mut pending)?;
        tracing::info!(server = %pending.server, cause = cause(pending.cause), "enrolling");
        let mut backoff = Backoff::default();
        let mut told = String::new();
        loop {
            let Some(answer) = self.ask(&pending, &applicant).await else {
                return Ok(Decided::Stopped);
            };
            let wait = match answer {
                Ok(Decision::Enrolled(enrollment)) => {
                    self.state.adopt(&enrollment, applicant.install)?;
                    tracing::info!(machine_id = %enrollment.machine, "enrolled");
                    return Ok(Decided::Enrolled(enrollment));
                }
                Ok(Decision::Waiting { again }) => {
                    backoff = Backoff::default();
                    if told != "waiting" {
                        tracing::info!(server = %pending.server, "waiting until somebody approves this machine");
                        "waiting".clone_into(&mut told);
                    }
                    self.reporter.report(&News::WAITING);
                    again + jitter(again)
                }
                Err(EnrollError::Refused { code, detail }) => {
                    return self.refused(pending, Refusal { code, detail });
                }
                Err(EnrollError::Tls(error)) => return Err(error.into()),
                Err(error) => {
                    let text = error.to_string();
                    let wait = backoff.next_delay(self.clock.now(), random::jitter());
                    let wait = match error {
                        EnrollError::Busy { again, .. } => wait.max(again + jitter(again)),
                        _ => wait,
                    };
                    if told != text {
                        tracing::warn!(error = text, "not enrolled yet");
                        told.clone_from(&text);
                    }
                    self.reporter.report(&News::of("enrolling", error.code(), &text));
                    wait
                }
            };
            tokio::select! {
                biased;
                () = stopped(self.stop) => return Ok(Decided::Stopped),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    fn refused(&mut self, mut pending: Pending, refusal: Refusal) -> Result<Decided, RunError> {
        if pending.cause == Cause::Copy && self.state.is_enrolled() {
            self.state.forget_pending()?;
            return Ok(Decided::NotAsCopy(refusal));
        }
        self.reporter
            .report(&News::of("refused", &refusal.code, &refusal.detail));
        pending.refused = Some(refusal.clone());
        self.state.save_pending(&pending)?;
        Err(RunError::Refused(refusal))
    }

    /// One try, on a thread that may block. `None` when told to stop: the try goes on and leads nowhere, which costs
    /// nothing, since the next one has the same applicant.
    async fn ask(
        &mut self,
        pending: &Pending,
        applicant: &Applicant,
    ) -> Option<Result<Decision, EnrollError>> {
        let (pending, applicant) = (pending.clone(), applicant.clone());
        let backends = Arc::clone(self.backends);
        let asking = tokio::task::spawn_blocking(move || {
            let about = About {
                facts: backends.facts(),
                evidence: facts::evidence(backends.evidence()),
            };
            enroll::ask(&pending, &applicant, &about)
        });
        tokio::select! {
            biased;
            () = stopped(self.stop) => None,
            answer = asking => Some(answer.unwrap_or_else(|lost| {
                Err(EnrollError::Random(std::io::Error::other(lost)))
            })),
        }
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
