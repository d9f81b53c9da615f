//! The company in this machine's sessions: several technicians at one desktop, one of whom drives; pointers of those who watch,
//! and what is said.
//!
//! ```text
//!  session task ──Seat: came, left, says──▶ Company (rules, pure) ──▶ news for each seat ──▶ pipes
//!  person at the machine ──says──────────────▶│ ──▶ what was said, for the window at the machine
//!                                              │ who drives
//!                                              ▼
//!                                           wheel ◀──may I?── input threads
//! ```
//! Lives here: the handles. Beside it: who is there and who drives (`rules.rs`), what was said (`chat.rs`), what a viewer is to be
//! told (`outbox.rs`), whose keys are played (`wheel.rs`). Not here: who has which right (`crate::sessions`).
//!
//! Queues: none without a bound. A viewer that does not read finds the newest roster and pointers, and the newest lines of the
//! chat, when it reads again.

mod chat;
mod outbox;
mod rules;
mod wheel;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use farol_protocol::Tick;
use farol_protocol::pipe::message::company::{Line, PersonId, PersonKind};
use farol_protocol::pipe::message::{CompanyToAgent, CompanyToViewer};
use tokio::sync::{Notify, watch};

use crate::clock::unix_ms;
use crate::consent::Talk;

pub(crate) use outbox::Room;
pub(crate) use wheel::Grip;
pub use wheel::Hold;

use rules::Rules;
use wheel::Wheel;

/// Something that the server keeps with a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// Stable code.
    pub(crate) kind: &'static str,
    /// Name of who did it.
    pub(crate) who: String,
    /// The words, or the name of who drives now.
    pub(crate) text: Line,
}

impl Note {
    fn said(who: String, text: Line) -> Self {
        let kind = "said";
        Self { kind, who, text }
    }

    fn handed_over(who: String, drives: String) -> Self {
        Self {
            kind: "handed_over",
            who,
            text: Line(drives),
        }
    }
}

/// Everybody in this machine's sessions. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Company {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    wheel: Arc<Wheel>,
    /// What the person at the machine is shown of what was said.
    talk: watch::Sender<Option<Talk>>,
}

#[derive(Debug, Default)]
struct State {
    rules: Rules,
    /// Notified when there is something for a seat; as many as there are sessions.
    news: BTreeMap<PersonId, Arc<Notify>>,
    /// Lines that the person at the machine was told; `None` while nobody is there.
    talk_told: Option<u64>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something, and tells those whom it concerns.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let changed = change(&mut state);
        // Before anybody looks.
        self.wheel.set_driver(state.rules.driver());
        for person in state.rules.take_woken() {
            if let Some(news) = state.news.get(&person) {
                news.notify_one();
            }
        }
        let count = state.rules.talk_count();
        if std::mem::replace(&mut state.talk_told, count) != count {
            self.talk.send_replace(state.rules.talk());
        }
        changed
    }
}

impl Company {
    /// A seat for a session's viewer, which knows nothing yet. `news` is notified when there is something for it.
    pub(crate) fn join(&self, who: (String, PersonKind), now: Tick, news: Arc<Notify>) -> Seat {
        let person = self.shared.change(|state| {
            let person = state.rules.join(who, now);
            state.news.insert(person, news);
            person
        });
        Seat {
            shared: Arc::clone(&self.shared),
            person,
        }
    }

    /// Who sits at the machine, by account name, which may be empty; `None` is nobody.
    pub(crate) fn set_end_user(&self, name: Option<String>) {
        self.shared.change(|state| state.rules.set_end_user(name));
    }

    /// The person at the machine says something, to all who are there.
    pub(crate) fn end_user_says(&self, now: Tick, line: Line) {
        self.shared
            .change(|state| state.rules.end_user_says((now, unix_ms()), line));
    }

    /// What the person at the machine is to be shown of what was said; `None` while nobody is there.
    pub(crate) fn talk(&self) -> watch::Receiver<Option<Talk>> {
        self.shared.talk.subscribe()
    }
}

/// One session's place in the company; dropping it leaves.
#[derive(Debug)]
pub(crate) struct Seat {
    shared: Arc<Shared>,
    person: PersonId,
}

impl Seat {
    /// The viewer knows nothing: it is told everything.
    pub(crate) fn begin(&self) {
        self.shared.change(|state| state.rules.begin(self.person));
    }

    /// The connection is lost, or back.
    pub(crate) fn set_interrupted(&self, interrupted: bool) {
        self.shared
            .change(|state| state.rules.set_interrupted(self.person, interrupted));
    }

    /// The session has the right to control, or has it no longer.
    pub(crate) fn set_may_drive(&self, may_drive: bool) {
        self.shared
            .change(|state| state.rules.set_may_drive(self.person, may_drive));
    }

    /// What this one's hands need to know whether they may play.
    pub(crate) fn hold(&self) -> Hold {
        self.shared.wheel.hold(self.person)
    }

    /// Takes what the viewer says.
    pub(crate) fn take(&self, now: Tick, message: CompanyToAgent) {
        self.shared
            .change(|state| state.rules.take(self.person, (now, unix_ms()), message));
    }

    /// When [`Self::handle_timeout`] is due.
    pub(crate) fn deadline(&self) -> Option<Tick> {
        self.shared.lock().rules.pointer_due(self.person)
    }

    /// Tells the time.
    pub(crate) fn handle_timeout(&self, now: Tick) {
        self.shared
            .change(|state| state.rules.pass_pointer(self.person, now));
    }

    /// The next message for the viewer, as far as it has room.
    pub(crate) fn next(&self, room: Room) -> Option<CompanyToViewer> {
        self.shared.lock().rules.next(self.person, room)
    }

    /// Whether hands have to look whether this one drives; once.
    pub(crate) fn take_hands(&self) -> bool {
        self.shared.lock().rules.take_hands(self.person)
    }

    /// The next thing that the server is to keep with the session.
    pub(crate) fn take_note(&self) -> Option<Note> {
        self.shared.lock().rules.take_note(self.person)
    }

    /// Leaves; what the server is yet to keep with the session.
    pub(crate) fn leave(self) -> Vec<Note> {
        self.shared.change(|state| leave(state, self.person))
    }
}

fn leave(state: &mut State, person: PersonId) -> Vec<Note> {
    state.news.remove(&person);
    state.rules.leave(person)
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Whoever left is not there any more, and has nothing to say.
        self.shared.change(|state| drop(leave(state, self.person)));
    }
}
