//! Sessions on the machine: one task for each viewer, from the offer to the end.
//!
//! Lives here: which sessions there are, what the server is told of them, who stands on the banner, what the person at the machine
//! says and hears. Beside it: one session
//! (`session.rs`), its way to the relay (`relay.rs`), what is behind its channels (`channels.rs`), whether the person at the
//! machine agrees (`consent.rs`, `end_user.rs`), how it ends (`end.rs`).
//!
//! Neither a lost pipe nor a lost link ends a session. What happens while the link is away is told when it is back.

mod channels;
mod consent;
mod end;
mod end_user;
mod figures;
mod relay;
mod session;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use farol_protocol::ids::SessionId;
use farol_protocol::link::{
    Answer, SessionAnswer, SessionEnd, SessionFigures, SessionNote, SessionOffer, SessionRightsChanged,
    SessionRightsOffer,
};
use farol_protocol::pipe::PipeKey;
use farol_protocol::rights::{Right, Rights};
use farol_transport::{ConnectOptions, ServerUrl};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::Instant;
use tracing::Instrument;

pub use end_user::{Answering, EndUser, OutOfReach};

use crate::backends::Backends;
use crate::clipboard::ClipboardHub;
use crate::company::Company;
use crate::consent::{Event, Talk, Visit, Visitor};
use crate::screen::Screen;
use crate::{Clock, facts};
use end::End;

/// Sessions at a time, those that wait or are interrupted included. Each costs a picture of the desktop in memory; more viewers
/// than this are a broken server.
pub const SESSIONS_MAX: usize = 8;

/// How long a session without a connection waits for its viewer. Long enough for a train in a tunnel or a computer that was
/// closed for a moment; what comes later begins a new session, with a question if there has to be one.
pub const INTERRUPTED_MAX: Duration = Duration::from_secs(600);

/// After so long without a connection a viewer's picture is not kept any more: some ten megabytes, for a few kilobytes that a whole
/// picture takes more than what changed meanwhile.
pub(crate) const PICTURE_KEPT: Duration = Duration::from_secs(30);

/// Orders that may wait for a session's task, which takes them at once. Full: the task hangs; the session is given up.
const ORDERS: usize = 16;

/// News that may wait to be told. Full: the session that has more waits with them, and goes on afterwards.
const NEWS: usize = 64;

/// What sessions need of the agent.
pub struct Parts {
    /// Where the relay is.
    pub server: ServerUrl,
    /// How to dial it.
    pub options: ConnectOptions,
    /// The agent's clock.
    pub clock: Clock,
    /// The machine.
    pub backends: Arc<dyn Backends>,
    /// The person at it.
    pub end_user: Arc<dyn EndUser>,
    /// The screen thread.
    pub screen: Screen,
    /// The clipboard thread.
    pub clipboard: ClipboardHub,
    /// Everybody in the sessions.
    pub company: Company,
}

/// What the server is to be told of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The answer to an offer.
    Answered(SessionAnswer),
    /// It has other rights, or does not get those that were offered.
    RightsChanged(SessionRightsChanged),
    /// Something happened in it that is kept with it.
    Noted(SessionNote),
    /// How it goes.
    Figures(SessionFigures),
    /// It ended here.
    Ended(SessionEnd),
}

impl News {
    /// Which session is over, if that is the news.
    #[must_use]
    pub fn ended(&self) -> Option<SessionId> {
        match self {
            Self::Ended(end) => Some(end.session),
            Self::Answered(_) | Self::RightsChanged(_) | Self::Noted(_) | Self::Figures(_) => None,
        }
    }
}

/// How to end a session from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The server said so, and knows why.
    ByServer,
    /// The person at the machine said so.
    ByEndUser,
    /// The agent stops.
    AgentStops,
}

/// What a session's task is told to do.
#[derive(Debug)]
enum Order {
    Resume(Box<SessionOffer>),
    Rights(Box<SessionRightsOffer>),
    TakeBack(Right),
    Stop(Stop),
}

/// A session's task, from outside.
struct Handle {
    orders: mpsc::Sender<Order>,
    technician: Visitor,
}

/// The sessions of this agent.
pub struct Sessions {
    parts: Arc<Parts>,
    /// What pipes are opened with.
    own: PipeKey,
    running: HashMap<SessionId, Handle>,
    tasks: JoinSet<Option<SessionEnd>>,
    /// Whose task is whose: one that failed cannot say so itself.
    by_task: HashMap<task::Id, SessionId>,
    visits: BTreeMap<SessionId, Visit>,
    events: broadcast::Receiver<Event>,
    /// What the person at the machine is to be shown of what was said.
    talk: watch::Receiver<Option<Talk>>,
    news: mpsc::Receiver<News>,
    news_sender: mpsc::Sender<News>,
    /// Taken in, not yet told.
    ready: VecDeque<Option<News>>,
    stopping: bool,
}

impl Sessions {
    /// No session yet.
    #[must_use]
    pub fn new(parts: Parts, own: PipeKey) -> Self {
        let (news_sender, news) = mpsc::channel(NEWS);
        Self {
            events: parts.end_user.events(),
            talk: parts.company.talk(),
            parts: Arc::new(parts),
            own,
            running: HashMap::new(),
            tasks: JoinSet::new(),
            by_task: HashMap::new(),
            visits: BTreeMap::new(),
            news,
            news_sender,
            ready: VecDeque::new(),
            stopping: false,
        }
    }

    /// Pipes are opened with another key from now on.
    pub fn set_key(&mut self, own: PipeKey) {
        self.own = own;
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.running.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Somebody may have logged on or off: tells everybody in the sessions, if there is anybody.
    pub fn look_at_end_user(&self) {
        if !self.is_empty() {
            tokio::spawn(end_user::look_at_end_user(Arc::clone(&self.parts)));
        }
    }

    /// Which there are, interrupted ones, those that wait for an answer and those whose end is yet to come as news included.
    pub fn held(&self) -> impl Iterator<Item = SessionId> {
        let ended = self.ready.iter().flatten().filter_map(News::ended);
        self.running.keys().copied().chain(ended)
    }

    /// Takes an offer: the answer comes as news, at once or when the person at the machine gave it.
    pub fn offer(&mut self, offer: SessionOffer) {
        let session = offer.statement.session;
        let code = if self.stopping {
            "shutting_down"
        } else if offer.resume {
            if self.order(session, Order::Resume(Box::new(offer))) {
                return;
            }
            "session_unknown"
        } else if !supported(offer.statement.rights) {
            "no_capability"
        } else if self.running.len() >= SESSIONS_MAX || self.running.contains_key(&session) {
            "busy"
        } else {
            self.begin(offer);
            return;
        };
        tracing::warn!(session_id = %session, code, "session refused");
        self.ready.push_back(Some(News::Answered(SessionAnswer {
            session,
            answer: Answer::Refused {
                code: code.into(),
                detail: String::new(),
            },
            by: String::new(),
        })));
    }

    fn begin(&mut self, offer: SessionOffer) {
        let session = offer.statement.session;
        let span = tracing::info_span!("session", session_id = %session, request_id = %offer.request_id);
        let (orders, receiver) = mpsc::channel(ORDERS);
        let technician = consent::visitor(&offer.statement);
        self.running.insert(session, Handle { orders, technician });
        let task = session::run(session::Begin {
            parts: Arc::clone(&self.parts),
            own: self.own.clone(),
            offer,
            orders: receiver,
            news: self.news_sender.clone(),
        });
        let task = self.tasks.spawn(task.instrument(span));
        self.by_task.insert(task.id(), session);
    }

    /// Offers other rights to a session; how it was taken comes as news.
    pub fn offer_rights(&mut self, offer: SessionRightsOffer) {
        let session = offer.statement.session;
        if !self.order(session, Order::Rights(Box::new(offer))) {
            self.ready
                .push_back(Some(News::RightsChanged(SessionRightsChanged {
                    session,
                    rights: Rights::NONE,
                    code: "session_unknown".into(),
                    by: String::new(),
                })));
        }
    }

    /// Ends a session because the server said so. Unknown ones are over already.
    pub fn end(&mut self, session: SessionId) {
        self.order(session, Order::Stop(Stop::ByServer));
    }

    /// Whether there is such a session; it follows the order next.
    fn order(&mut self, session: SessionId, order: Order) -> bool {
        let Some(handle) = self.running.get(&session) else {
            return false;
        };
        match handle.orders.try_send(order) {
            Ok(()) => {}
            Err(TrySendError::Closed(_)) => {
                tracing::debug!(session_id = %session, "the session was ending by itself")
            }
            Err(TrySendError::Full(_)) => {
                tracing::error!(session_id = %session, "a session takes no orders and is given up");
                self.running.remove(&session);
            }
        }
        true
    }

    /// Waits until there is something to tell the server, or `None` when only the number of sessions changed. Never resolves
    /// while nothing happens. Cancel safe.
    pub async fn next(&mut self) -> Option<News> {
        loop {
            if let Some(news) = self.ready.pop_front() {
                return news;
            }
            tokio::select! {
                biased;
                event = next_event(&mut self.events) => self.follow(event),
                Some(news) = self.news.recv() => self.take_news(news),
                Some(ended) = self.tasks.join_next_with_id() => self.take_end(ended),
                Ok(()) = self.talk.changed() => {
                    let talk = self.talk.borrow_and_update().clone();
                    self.parts.end_user.show_talk(talk);
                }
                else => std::future::pending().await,
            }
        }
    }

    /// Does what the person at the machine wants.
    fn follow(&mut self, event: Option<Event>) {
        match event {
            Some(Event::TakeBack { session, right }) => {
                self.order(session, Order::TakeBack(right));
            }
            Some(Event::End { session }) => {
                self.order(session, Order::Stop(Stop::ByEndUser));
            }
            // That is the whole agent's affair.
            Some(Event::GiveUp) => {}
            Some(Event::Say(line)) => self.parts.company.end_user_says(self.parts.clock.now(), line),
            // What was missed may have been anything.
            None => self.order_all(Stop::ByEndUser),
        }
    }

    fn order_all(&mut self, stop: Stop) {
        let sessions: Vec<SessionId> = self.running.keys().copied().collect();
        for session in sessions {
            self.order(session, Order::Stop(stop));
        }
    }

    fn take_news(&mut self, news: News) {
        let rights = match &news {
            News::Answered(SessionAnswer {
                session,
                answer: Answer::Accepted(rights),
                ..
            }) => Some((*session, *rights)),
            News::RightsChanged(changed) => Some((changed.session, changed.rights)),
            _ => None,
        };
        if let Some((session, rights)) = rights
            && let Some(handle) = self.running.get(&session)
            && !rights.is_empty()
        {
            let visit = self.visits.entry(session).or_insert_with(|| Visit {
                session,
                technician: handle.technician.clone(),
                since: Instant::now(),
                rights: Rights::NONE,
            });
            visit.rights = rights;
            self.show_visits();
        }
        self.ready.push_back(Some(news));
    }

    fn take_end(&mut self, ended: Result<(task::Id, Option<SessionEnd>), JoinError>) {
        // What the session said before.
        while let Ok(news) = self.news.try_recv() {
            self.take_news(news);
        }
        let (task, end) = match ended {
            Ok((task, end)) => (task, Some(end)),
            Err(error) => {
                tracing::error!(%error, "a session's task failed");
                (error.id(), None)
            }
        };
        let news = self.by_task.remove(&task).and_then(|session| {
            self.running.remove(&session);
            self.visits.remove(&session);
            end.unwrap_or_else(|| {
                End::Failed("a part of the agent failed".into()).report(session, String::new())
            })
        });
        self.ready.push_back(news.map(News::Ended));
        self.show_visits();
    }

    fn show_visits(&self) {
        self.parts.end_user.show(self.visits.values().cloned().collect());
    }

    /// Ends all sessions because the agent stops, and waits until their keys are released. What the server is to be told.
    pub async fn stop_all(&mut self) -> Vec<News> {
        self.stopping = true;
        self.end_all(Stop::AgentStops).await
    }

    /// Ends all sessions because the machine has no business at this server any more; others may begin later.
    pub async fn dismiss_all(&mut self) {
        // The server knows: it is the one who said so.
        drop(self.end_all(Stop::ByServer).await);
    }

    async fn end_all(&mut self, stop: Stop) -> Vec<News> {
        self.order_all(stop);
        let mut told = Vec::new();
        while !self.tasks.is_empty() {
            told.extend(self.next().await);
        }
        told.extend(std::mem::take(&mut self.ready).into_iter().flatten());
        told
    }
}

/// What the person at the machine wants next; `None` when some of it was missed. Cancel safe.
async fn next_event(events: &mut broadcast::Receiver<Event>) -> Option<Event> {
    match events.recv().await {
        Ok(event) => Some(event),
        Err(RecvError::Lagged(_)) => None,
        Err(RecvError::Closed) => std::future::pending().await,
    }
}

/// Whether this agent can do all of it.
fn supported(rights: Rights) -> bool {
    let can = facts::capabilities();
    rights
        .iter()
        .all(|right| can.iter().any(|name| name == right.capability()))
}
