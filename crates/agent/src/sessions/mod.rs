//! Sessions on the machine: one task for each viewer, from the offer to the end.
//!
//! ```text
//! offered ──answer──▶ dialing the relay ──ready──▶ pipe handshake ──▶ open ──▶ ended (keys released, server told)
//! ```
//! Lives here: which sessions there are. Beside it: one session (`session.rs`), its way to the relay (`relay.rs`).

mod relay;
mod session;

use std::collections::HashMap;
use std::sync::Arc;

use farol_protocol::ids::SessionId;
use farol_protocol::link::{Answer, SessionAnswer, SessionEnd, SessionOffer};
use farol_transport::{ConnectOptions, ServerUrl};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tracing::Instrument;

use crate::Clock;
use crate::backends::Backends;
use crate::clipboard::ClipboardHub;
use crate::screen::Screen;

/// Sessions at a time. Each costs a picture of the desktop in memory; more viewers than this are a broken server.
pub const SESSIONS_MAX: usize = 8;

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
    /// The screen thread.
    pub screen: Screen,
    /// The clipboard thread.
    pub clipboard: ClipboardHub,
}

/// How to end a session from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The server said so, and knows why.
    ByServer,
    /// The agent stops.
    AgentStops,
}

/// The sessions of this agent.
pub struct Sessions {
    parts: Arc<Parts>,
    running: HashMap<SessionId, oneshot::Sender<Stop>>,
    tasks: JoinSet<(SessionId, Option<SessionEnd>)>,
    stopping: bool,
}

impl Sessions {
    /// No session yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            running: HashMap::new(),
            tasks: JoinSet::new(),
            stopping: false,
        }
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

    /// Takes an offer, or says why not. An accepted session's task starts at once.
    pub fn offer(&mut self, offer: SessionOffer) -> SessionAnswer {
        let session = offer.statement.session;
        let answer = |answer| SessionAnswer {
            session,
            answer,
            by: String::new(),
        };
        let rights = offer.statement.rights;
        let refusal = if self.stopping {
            Some("shutting_down")
        } else if offer.resume {
            Some("session_unknown")
        } else if !offer.statement.ask.is_empty() {
            Some("nobody_to_ask")
        } else if self.running.len() >= SESSIONS_MAX || self.running.contains_key(&session) {
            Some("busy")
        } else {
            None
        };
        if let Some(code) = refusal {
            tracing::warn!(session_id = %session, code, "session refused");
            return answer(Answer::Refused {
                code: code.into(),
                detail: String::new(),
            });
        }
        let span = tracing::info_span!("session", session_id = %session, request_id = %offer.request_id);
        let (stop, stopped) = oneshot::channel();
        self.running.insert(session, stop);
        let task = session::run(Arc::clone(&self.parts), offer, stopped);
        self.tasks
            .spawn(async move { (session, task.await) }.instrument(span));
        answer(Answer::Accepted(rights))
    }

    /// Ends a session because the server said so. Unknown ones are over already.
    pub fn end(&mut self, session: SessionId) {
        if let Some(stop) = self.running.remove(&session) {
            tell(stop, Stop::ByServer);
        }
    }

    /// Waits for the next session to end; what the server is to be told, if anything. Never resolves while there is
    /// none. Cancel safe.
    pub async fn next_ended(&mut self) -> Option<SessionEnd> {
        match self.tasks.join_next().await {
            None => std::future::pending().await,
            Some(Ok((session, end))) => {
                self.running.remove(&session);
                end
            }
            Some(Err(error)) => {
                tracing::error!(%error, "a session's task failed");
                self.running.retain(|_, stop| !stop.is_closed());
                None
            }
        }
    }

    /// Ends all sessions because the agent stops, and waits until their keys are released.
    pub async fn stop_all(&mut self) -> Vec<SessionEnd> {
        self.stopping = true;
        self.end_all(Stop::AgentStops).await
    }

    /// Ends all sessions because the machine has no business at this server any more; others may begin later.
    pub async fn dismiss_all(&mut self) {
        // The server knows: it is the one who said so.
        drop(self.end_all(Stop::ByServer).await);
    }

    async fn end_all(&mut self, stop: Stop) -> Vec<SessionEnd> {
        for (_, session) in self.running.drain() {
            tell(session, stop);
        }
        let mut ends = Vec::new();
        while let Some(ended) = self.tasks.join_next().await {
            ends.extend(ended.ok().and_then(|(_, end)| end));
        }
        ends
    }
}

/// A task that is just ending does not listen any more, and need not.
fn tell(session: oneshot::Sender<Stop>, stop: Stop) {
    if session.send(stop).is_err() {
        tracing::debug!("the session was ending by itself");
    }
}
