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
use super::end_user::{EndUser, logged_on, name_of_logged_on};
use crate::consent::{Presence, PromptKind, Request, Verdict, Visitor, WAITING_MAX};

/// Shortest time that somebody has to answer: who is asked must be able to read it.
const ANSWER_TIME_MIN: Duration = Duration::from_secs(5);

/// Longest time that a question stands; a server that says more is wrong.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(600);

/// For the helpers that show a question to start, the last one after others that died.
const SHOWING_TIME: Duration = Duration::from_secs(120);

/// Longest time from a question to its answer, should all those that may be before it take as long as they can. Whoever shows
/// questions counts each one's time, from when it is seen; only what hangs is given up here.
const ASKING_MAX: Duration =
    Duration::from_secs((ANSWER_TIME_MAX.as_secs() + SHOWING_TIME.as_secs()) * (WAITING_MAX as u64 + 1));

/// What is to be decided.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) request: Request,
    pub(super) asking: Asking,
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
                technician: visitor(statement),
                organization: statement.organization.clone(),
                rights,
                kind,
                words,
                seconds: u32::try_from(answer_time.as_secs()).unwrap_or(u32::MAX),
                first_time_warning: statement.warn,
            },
            asking: statement.asking,
        }
    }
}

/// Whom a statement is about.
pub(super) fn visitor(statement: &SessionStatement) -> Visitor {
    Visitor {
        name: statement.technician.clone(),
        guest: statement.guest,
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
    let Question { request, asking } = question;
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
    let Meaning { no, person } = answered(&*parts.end_user, request, asking).await;
    let by = if person {
        name_of_logged_on(&parts).await
    } else {
        String::new()
    };
    Decision { no, by }
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meaning {
    /// As in [`Decision`].
    no: Option<&'static str>,
    /// Whether a person said so.
    person: bool,
}

/// Asks, and says what the answer means. Dropping the future takes the question away.
async fn answered(end_user: &dyn EndUser, request: Request, asking: Asking) -> Meaning {
    let silent = |no| Meaning { no, person: false };
    let Ok(verdict) = tokio::time::timeout(ASKING_MAX, end_user.ask(request)).await else {
        tracing::error!("a question was neither answered nor given up");
        // Nobody may have seen it: that is no silence.
        return silent(Some("nobody_to_ask"));
    };
    tracing::info!(?verdict, ?asking, "the person at the machine was asked");
    match verdict {
        Verdict::TimedOut | Verdict::NobodyThere | Verdict::CannotAsk if asking.silence_allows() => {
            silent(None)
        }
        Verdict::TimedOut => silent(Some("consent_timed_out")),
        // Somebody was there a moment ago.
        Verdict::NobodyThere | Verdict::CannotAsk => silent(Some("nobody_to_ask")),
        Verdict::Busy => silent(Some("busy")),
        Verdict::Allowed | Verdict::Refused => Meaning {
            no: (verdict == Verdict::Refused).then_some("consent_refused"),
            person: true,
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

#[cfg(test)]
mod tests {
    use farol_protocol::ids::SessionId;
    use tokio::sync::{broadcast, watch};

    use super::*;
    use crate::consent::{Awaited, Event, Talk, Visit};
    use crate::sessions::Answering;

    /// Somebody before whom other questions are, and who answers ours after so long.
    struct Later(Duration, Verdict);

    impl EndUser for Later {
        fn can_be_asked(&self) -> bool {
            true
        }

        fn presence(&self) -> Answering<'_, Presence> {
            Box::pin(std::future::ready(Presence::Somebody(None)))
        }

        fn ask(&self, _request: Request) -> Answering<'_, Verdict> {
            Box::pin(async {
                tokio::time::sleep(self.0).await;
                self.1
            })
        }

        fn prompting(&self) -> watch::Receiver<bool> {
            watch::channel(false).1
        }

        fn chatting(&self) -> watch::Receiver<bool> {
            watch::channel(false).1
        }

        fn show_talk(&self, _talk: Option<Talk>) {}

        fn show(&self, _visits: Vec<Visit>) {}

        fn wait_for(&self, _awaited: Option<Awaited>) {}

        fn events(&self) -> broadcast::Receiver<Event> {
            broadcast::channel(1).1
        }
    }

    fn request() -> Request {
        Request {
            session: SessionId::from_slice(&[1; 16]).unwrap(),
            kind: PromptKind::Session,
            technician: Visitor::default(),
            organization: String::new(),
            rights: Rights::VIEW,
            words: String::new(),
            seconds: 5,
            first_time_warning: false,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_behind_other_questions_is_not_silence() {
        let queued = Duration::from_secs(3000);
        for (verdict, no) in [
            (Verdict::Refused, Some("consent_refused")),
            (Verdict::Allowed, None),
        ] {
            let meaning = answered(&Later(queued, verdict), request(), Asking::SilenceAllows).await;
            assert_eq!(meaning, Meaning { no, person: true });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_hangs_is_no_yes() {
        let hangs = Later(Duration::MAX, Verdict::Allowed);
        let meaning = answered(&hangs, request(), Asking::SilenceAllows).await;
        let no = Some("nobody_to_ask");
        assert_eq!(meaning, Meaning { no, person: false });
    }
}
