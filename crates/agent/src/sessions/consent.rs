//! Whether the person at the machine agrees: whom to ask, and what absence and silence mean.
//!
//! ```text
//! nobody logged on ──absence allows──▶ yes                else ──▶ no (nobody_to_ask)
//! somebody ──asked──▶ yes · no (consent_refused)
//!              ├─ no answer in time ──silence allows──▶ yes   else ──▶ no (consent_timed_out)
//!              ├─ cannot be asked ────silence allows──▶ yes   else ──▶ no (nobody_to_ask)
//!              └─ too many questions ─▶ no (busy)
//! ```

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use farol_protocol::ids::Grant;
use farol_protocol::link::{Asking, SessionStatement};
use farol_protocol::rights::Rights;

use super::Parts;
use super::end_user::{logged_on, name_of_logged_on};
use crate::consent::{Presence, PromptKind, Request, Verdict};

/// Shortest time that somebody has to answer: who is asked must be able to read it.
const ANSWER_TIME_MIN: Duration = Duration::from_secs(5);

/// Longest time that a question stands; a server that says more is wrong.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(600);

/// Whoever shows questions notices silence by itself; after this much more it is taken for granted.
const GRACE: Duration = Duration::from_secs(5);

/// What is to be decided.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) request: Request,
    pub(super) asking: Asking,
    pub(super) answer_time: Duration,
}

/// How it was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decision {
    /// `None` is a yes, else the stable code of the no.
    pub(super) no: Option<&'static str>,
    /// Who was logged on, when a person answered.
    pub(super) by: String,
}

/// A decision that is awaited. Dropping it takes the question away.
pub(super) type Deciding = Pin<Box<dyn Future<Output = Decision> + Send>>;

/// A question to the person at the machine.
pub(super) struct Asked {
    pub(super) what: What,
    pub(super) decision: Deciding,
}

/// What hangs on the answer.
pub(super) enum What {
    /// The session itself; how to get to the relay once it may begin.
    Session(Grant),
    /// More rights.
    More(Rights),
}

impl Question {
    /// The question that a statement asks for, about these rights.
    pub(super) fn of(statement: &SessionStatement, rights: Rights, kind: PromptKind, words: String) -> Self {
        let answer_time = statement.answer_time.clamp(ANSWER_TIME_MIN, ANSWER_TIME_MAX);
        Self {
            request: Request {
                session: statement.session,
                technician: statement.technician.clone(),
                organization: statement.organization.clone(),
                rights,
                kind,
                words,
                seconds: u32::try_from(answer_time.as_secs()).unwrap_or(u32::MAX),
                first_time_warning: statement.warn,
            },
            asking: statement.asking,
            answer_time,
        }
    }
}

impl Decision {
    /// Nobody had to be asked.
    pub(super) fn yes() -> Self {
        Self {
            no: None,
            by: String::new(),
        }
    }

    fn no(code: &'static str) -> Self {
        Self {
            no: Some(code),
            by: String::new(),
        }
    }
}

/// Finds out. `asked` is awaited once somebody is about to be asked. Dropping the future takes the question away.
pub(super) async fn decide(
    parts: Arc<Parts>,
    question: Question,
    asked: impl Future<Output = ()>,
) -> Decision {
    let Question {
        request,
        asking,
        answer_time,
    } = question;
    if logged_on(&parts).await == Presence::Nobody {
        tracing::info!(
            allowed = asking.absence_allows(),
            "nobody is logged on who could be asked"
        );
        return if asking.absence_allows() {
            Decision::yes()
        } else {
            Decision::no("nobody_to_ask")
        };
    }
    asked.await;
    let answer = tokio::time::timeout(answer_time + GRACE, parts.end_user.ask(request)).await;
    let verdict = answer.unwrap_or(Verdict::TimedOut);
    tracing::info!(?verdict, ?asking, "the person at the machine was asked");
    match verdict {
        Verdict::TimedOut | Verdict::NobodyThere | Verdict::CannotAsk if asking.silence_allows() => {
            Decision::yes()
        }
        Verdict::TimedOut => Decision::no("consent_timed_out"),
        // Somebody was there a moment ago.
        Verdict::NobodyThere | Verdict::CannotAsk => Decision::no("nobody_to_ask"),
        Verdict::Busy => Decision::no("busy"),
        Verdict::Allowed | Verdict::Refused => Decision {
            no: (verdict == Verdict::Refused).then_some("consent_refused"),
            by: name_of_logged_on(&parts).await,
        },
    }
}

/// Waits for the answer to what is asked, and takes the question off. Cancel safe.
pub(super) async fn decided(asked: &mut Option<Asked>) -> (What, Decision) {
    let decision = match asked {
        Some(asked) => asked.decision.as_mut().await,
        None => std::future::pending().await,
    };
    match asked.take() {
        Some(asked) => (asked.what, decision),
        None => std::future::pending().await,
    }
}
