//! The person at the machine, as sessions see them: somebody who is asked, who sees who is there, and who may take back or
//! end what they like. What they see of it (windows) is elsewhere; sessions know only this trait.

use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use farol_protocol::ids::SessionId;
use farol_protocol::rights::{Right, Rights};
use tokio::sync::{mpsc, watch};

use super::Parts;

/// A question to the person at the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which session it is about.
    pub session: SessionId,
    /// Who would like to come.
    pub technician: String,
    /// On whose behalf.
    pub organization: String,
    /// What they would like to do.
    pub rights: Rights,
    /// The session runs already, with other rights.
    pub running: bool,
    /// The machine's words, to be compared with those that the technician sees.
    pub words: String,
    /// How long the question stands.
    pub seconds: u32,
    /// Warn of callers who ask for it, and make them wait.
    pub warn: bool,
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Allowed,
    /// No.
    Refused,
    /// Nobody answered in time.
    TimedOut,
    /// There is no desktop with anybody at it.
    NobodyThere,
    /// Somebody is there, and the question could not be shown to them. Counts as no answer, not as nobody.
    CannotAsk,
    /// Too many questions wait already; nobody was asked.
    Busy,
}

/// Whether somebody could be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// Nobody is at a desktop of this machine.
    Nobody,
    /// Somebody is, by this account name where it has one.
    Somebody(Option<String>),
}

/// Somebody who is in a session with this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Which session.
    pub session: SessionId,
    /// Who.
    pub technician: String,
    /// Since when.
    pub since: SystemTime,
    /// What they may do now.
    pub rights: Rights,
}

/// What the person at the machine wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// A right of a session is to end.
    TakeBack {
        /// Which session.
        session: SessionId,
        /// Which right.
        right: Right,
    },
    /// A session is to end, or all of them.
    End {
        /// Which; `None` for all.
        session: Option<SessionId>,
    },
}

/// An answer that is awaited. Dropping it takes the question away.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The way to the person at the machine.
pub trait EndUser: Send + Sync {
    /// Whether this program can put questions on this kind of system at all; decides whether `consent` is advertised. Who is
    /// there just now is what [`Self::presence`] says.
    fn can_be_asked(&self) -> bool;

    /// Who could be asked now.
    fn presence(&self) -> Answering<'_, Presence>;

    /// Asks. Questions are shown one at a time.
    fn ask(&self, request: Request) -> Answering<'_, Verdict>;

    /// True from before a question is shown until it is answered. Meanwhile technicians' hands rest: the answer has to be the end
    /// user's.
    fn prompting(&self) -> watch::Receiver<bool>;

    /// Shows who is there, from now on; nobody takes the sign away. Does not wait.
    fn show(&self, guests: Vec<Guest>);

    /// What the person wants done from now on. Taken once, by the sessions.
    fn wishes(&self) -> mpsc::Receiver<Wish>;
}

/// On a system on which this program can show nothing.
#[derive(Debug, Default)]
pub struct OutOfReach;

impl EndUser for OutOfReach {
    fn can_be_asked(&self) -> bool {
        false
    }

    fn presence(&self) -> Answering<'_, Presence> {
        Box::pin(std::future::ready(Presence::Nobody))
    }

    fn ask(&self, _request: Request) -> Answering<'_, Verdict> {
        Box::pin(std::future::ready(Verdict::CannotAsk))
    }

    fn prompting(&self) -> watch::Receiver<bool> {
        watch::channel(false).1
    }

    fn show(&self, _guests: Vec<Guest>) {}

    fn wishes(&self) -> mpsc::Receiver<Wish> {
        // Its sender is gone: there will be none.
        mpsc::channel(1).1
    }
}

/// Who is at the machine's own desktop, as far as either the system's records or its displays tell: who has been there longest,
/// if there are several. Reads files on a thread that may block.
pub(super) async fn logged_on(parts: &Parts) -> Presence {
    let backends = Arc::clone(&parts.backends);
    let reading = tokio::task::spawn_blocking(move || backends.facts().users);
    let users = reading.await.unwrap_or_default();
    match users.into_iter().find(|user| user.graphical) {
        Some(user) => Presence::Somebody(Some(user.name)),
        None => parts.end_user.presence().await,
    }
}

/// Name of who is at the machine, for the record; empty when nobody knows.
pub(super) async fn name_of_logged_on(parts: &Parts) -> String {
    match logged_on(parts).await {
        Presence::Somebody(Some(name)) => name,
        Presence::Somebody(None) | Presence::Nobody => String::new(),
    }
}
