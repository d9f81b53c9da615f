//! The consent capability: the end user is asked, sees who is connected, and can stop it.
//!
//! ```text
//!  sessions ──ask, show──▶ Consent ──▶ desk (one task) ──views──▶ helper process on the end user's desktop
//!           ◀──events────                              ◀─answers──
//! ```
//! Lives here: the handle and what is asked, answered and said. Beside it: the task (`desk`), whether the chat is seen (`chat`),
//! the helper as the agent sees it
//! (`helper`) and what runs in it (`face`), the lines between the two (`lines`). Not here: who must be asked, and what
//! follows from a verdict; the windows themselves (`farol_platform::notice`).
//!
//! The agent alone decides when no answer counts as no. Only the helper that it started is heard, through that helper's
//! own pipe. While a prompt is open, technicians' input must rest (see [`Consent::prompting`]): else one of them could
//! press Allow. While the chat has the keyboard their keys must rest (see [`Consent::chatting`]): else one of them could speak for
//! the end user.

mod chat;
mod desk;
pub mod face;
mod helper;
mod lines;

use std::sync::Arc;

use farol_protocol::ids::SessionId;
use farol_protocol::pipe::message::company::Line;
use farol_protocol::rights::{Right, Rights};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::Instant;

pub use farol_platform::notice::{CHAT_LINES_MAX, ChatLine, PromptKind, Visitor};
pub use helper::{Helper, HelperError, HelperSide, Helpers, Said, Starting, SystemHelpers};

use desk::{Ask, Desk};
pub(crate) use helper::HELPER_COMMAND;

/// Name of this capability, for agents that can ask.
pub const CAPABILITY: &str = "consent";

/// Prompts that wait behind the one that is shown. Full: the newest is answered with [`Verdict::Busy`].
pub const WAITING_MAX: usize = 8;

/// Events kept for a receiver that does not read. Full: it is told that it missed some, and must take that for
/// [`Event::End`]. A person does not press this fast.
const EVENTS: usize = 64;

/// Longest time for an answer, whatever was asked for: an hour is more than anybody waits.
pub const SECONDS_MAX: u32 = 3600;

/// A question to the end user. Texts may be anything: they are shown as one harmless line, long ones clipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The session it is for.
    pub session: SessionId,
    /// To begin it, or for more within it.
    pub kind: PromptKind,
    /// Who asks.
    pub technician: Visitor,
    /// For whom they work; may be empty.
    pub organization: String,
    /// What they ask for.
    pub rights: Rights,
    /// The machine's words, which both sides can compare; may be empty.
    pub words: String,
    /// How long the end user has, from when they see it; at most [`SECONDS_MAX`].
    pub seconds: u32,
    /// Warn of callers who talk people into this.
    pub first_time_warning: bool,
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The end user said yes.
    Allowed,
    /// The end user said no.
    Refused,
    /// Somebody was asked and did not answer in time, or made the question go away.
    TimedOut,
    /// Nobody is logged on at a display.
    NobodyThere,
    /// Somebody is logged on, and the question could not be shown to them. Counts as no answer, not as nobody.
    CannotAsk,
    /// Too many questions wait already; nobody was asked.
    Busy,
}

impl Verdict {
    /// Stable name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::NobodyThere => "nobody_there",
            Self::CannotAsk => "cannot_ask",
            Self::Busy => "busy",
        }
    }
}

/// A technician whose session is live, for the strip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Their session.
    pub session: SessionId,
    /// Who they are.
    pub technician: Visitor,
    /// When the session became live.
    pub since: Instant,
    /// What they may do now.
    pub rights: Rights,
}

/// Whose help is waited for, for the strip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// Their organization; may be empty.
    pub organization: String,
    /// Since when.
    pub since: Instant,
}

/// What was said in the sessions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Talk {
    /// The newest [`CHAT_LINES_MAX`] of it at most, oldest first. Texts may be anything, as those of a [`Request`].
    pub lines: Vec<ChatLine>,
    /// How many lines were said, those that are not kept included.
    pub count: u64,
}

/// What the strip is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Stage {
    visits: Vec<Visit>,
    /// What those who are there say; `None` while nobody hears anything.
    talk: Option<Talk>,
    /// Counts while there are no visits.
    awaited: Option<Awaited>,
}

impl Stage {
    /// Nothing to be said.
    fn is_empty(&self) -> bool {
        self.visits.is_empty() && self.awaited.is_none()
    }

    /// What was said, while there is a strip with the button to it.
    fn talk(&self) -> Option<&Talk> {
        self.talk.as_ref().filter(|_| !self.visits.is_empty())
    }
}

/// What the end user wants of a live session, or of the waiting for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The session loses a right.
    TakeBack {
        /// Which session; each that has the right gets an event.
        session: SessionId,
        /// Which right.
        right: Right,
    },
    /// The session ends.
    End {
        /// Which session; each gets an event.
        session: SessionId,
    },
    /// They do not wait any longer.
    GiveUp,
    /// They say something to everybody; never empty.
    Say(Line),
}

/// Whether somebody could be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// Nobody is logged on at a display.
    Nobody,
    /// Somebody is, by this account name where it has one.
    Somebody(Option<String>),
}

/// The end user's side of the agent. Clones share it; it ends with the last of them.
#[derive(Clone)]
pub struct Consent {
    helpers: Arc<dyn Helpers>,
    asks: mpsc::Sender<Ask>,
    stage: Arc<watch::Sender<Stage>>,
    events: broadcast::Sender<Event>,
    prompting: watch::Receiver<bool>,
    chatting: watch::Receiver<bool>,
}

impl Consent {
    /// Starts the task, within a tokio runtime with IO and time. No helper runs while there is nothing to show.
    #[must_use]
    pub fn start(helpers: Arc<dyn Helpers>) -> Self {
        let (asks, to_ask) = mpsc::channel(WAITING_MAX);
        let (stage, present) = watch::channel(Stage::default());
        let (events, _) = broadcast::channel(EVENTS);
        let (prompts, prompting) = watch::channel(false);
        let (chats, chatting) = watch::channel(false);
        let desk = Desk::new(
            Arc::clone(&helpers),
            (to_ask, present),
            events.clone(),
            (prompts, chats),
        );
        tokio::spawn(desk.run());
        Self {
            helpers,
            asks,
            stage: Arc::new(stage),
            events,
            prompting,
            chatting,
        }
    }

    /// Asks the end user, after those who asked before. Cancel safe: dropping the future takes the prompt away, or its
    /// place in the line.
    pub async fn ask(&self, request: Request) -> Verdict {
        let session = request.session;
        let (verdict, answer) = oneshot::channel();
        // The task lives as long as this handle; should it have failed, nobody was asked.
        if self.asks.send(Ask { request, verdict }).await.is_err() {
            return Verdict::CannotAsk;
        }
        let verdict = answer.await.unwrap_or(Verdict::CannotAsk);
        tracing::info!(session_id = %session, verdict = verdict.code(), "the end user was asked");
        verdict
    }

    /// Says on the strip who is connected, instead of what it said before; without anybody there is no strip, unless
    /// somebody is waited for.
    pub fn show(&self, visits: Vec<Visit>) {
        self.stage.send_modify(|stage| stage.visits = visits);
    }

    /// Says on the strip whose help is waited for, whenever nobody is connected. [`Event::GiveUp`] tells that the end user
    /// pressed its end.
    pub fn wait_for(&self, awaited: Option<Awaited>) {
        self.stage.send_modify(|stage| stage.awaited = awaited);
    }

    /// Shows what was said, instead of what was shown before, while somebody is connected: in a window that comes up with the first
    /// line of a technician, and that the end user hides and opens. [`Event::Say`] tells what they answer.
    pub fn show_talk(&self, talk: Option<Talk>) {
        self.stage.send_modify(|stage| stage.talk = talk);
    }

    /// What the end user wants from now on. A receiver that missed events must take that for [`Event::End`].
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// True from before a prompt is shown until it is answered. Meanwhile no technician's key or button may be played:
    /// the answer has to be the end user's.
    #[must_use]
    pub fn prompting(&self) -> watch::Receiver<bool> {
        self.prompting.clone()
    }

    /// True while the chat's window has the keyboard. Meanwhile no technician's key may be played: what is said there has to be the
    /// end user's. Only when this is true does the window take keys.
    #[must_use]
    pub fn chatting(&self) -> watch::Receiver<bool> {
        self.chatting.clone()
    }

    /// Who could be asked now; a look that fails is no proof of nobody. Looks through all processes: some milliseconds, on another
    /// thread.
    pub async fn presence(&self) -> Presence {
        let helpers = Arc::clone(&self.helpers);
        let looking = tokio::task::spawn_blocking(move || helpers.presence());
        looking.await.unwrap_or_else(|error| {
            tracing::error!(%error, "it could not be looked who is there; somebody counts as there");
            Presence::Somebody(None)
        })
    }
}

#[cfg(test)]
mod tests;
