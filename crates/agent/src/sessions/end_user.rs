//! The person at the machine, as sessions see them: somebody who is asked, who sees who is there, and who may take back or
//! end what they like. What they see of it (windows) is elsewhere; sessions know only this trait.

use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use farol_protocol::ids::SessionId;
use farol_protocol::rights::{Right, Rights};
use tokio::sync::mpsc;

use crate::backends::Backends;

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
    /// The question cannot be put: there is no desktop to show it on.
    NobodyThere,
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
pub type Answering<'a> = Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// The way to the person at the machine.
pub trait EndUser: Send + Sync {
    /// Whether this program can put questions on this kind of system at all; decides whether `consent` is advertised. That there
    /// is no desktop just now is what [`Verdict::NobodyThere`] says.
    fn can_be_asked(&self) -> bool;

    /// Asks. Questions are shown one at a time.
    fn ask(&self, request: Request) -> Answering<'_>;

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

    fn ask(&self, _request: Request) -> Answering<'_> {
        Box::pin(std::future::ready(Verdict::NobodyThere))
    }

    fn show(&self, _guests: Vec<Guest>) {}

    fn wishes(&self) -> mpsc::Receiver<Wish> {
        // Its sender is gone: there will be none.
        mpsc::channel(1).1
    }
}

/// Name of who is logged on at the machine's own desktop: who has been there longest, if there are several. Reads files on a
/// thread that may block.
pub(super) async fn logged_on(backends: &Arc<dyn Backends>) -> Option<String> {
    let backends = Arc::clone(backends);
    let reading = tokio::task::spawn_blocking(move || backends.facts().users);
    // A failed read is nobody: whoever has to be asked is then not found, and the answer is no.
    let users = reading.await.unwrap_or_default();
    users
        .into_iter()
        .find(|user| user.graphical)
        .map(|user| user.name)
}
