//! A person at the machine who does what the test says.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::server::soon;
use crate::consent::{Awaited, Event, Presence, Request, Talk, Verdict, Visit};
use crate::sessions::{Answering, EndUser};

/// Wishes that may wait.
const EVENTS: usize = 8;

/// A question on the screen.
pub(super) struct Prompt {
    pub(super) request: Request,
    answer: oneshot::Sender<Verdict>,
}

impl Prompt {
    pub(super) fn answer(self, verdict: Verdict) {
        self.answer.send(verdict).unwrap();
    }

    /// Waits until it is taken away.
    pub(super) async fn withdrawn(mut self) {
        soon(self.answer.closed()).await;
    }
}

pub(super) struct Person {
    prompts: (mpsc::Sender<Prompt>, tokio::sync::Mutex<mpsc::Receiver<Prompt>>),
    events: broadcast::Sender<Event>,
    banner: watch::Sender<Vec<Visit>>,
    awaited: watch::Sender<Option<Awaited>>,
    talk: watch::Sender<Option<Talk>>,
    /// Whether what is typed goes into the chat.
    pub(super) chatting: watch::Sender<bool>,
    /// Whether a question is open.
    prompting: watch::Sender<bool>,
    /// At a display of which the system's records know nothing.
    pub(super) at_display: AtomicBool,
    /// Asking breaks whoever asks.
    pub(super) breaks: AtomicBool,
}

impl Default for Person {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(8);
        Self {
            prompts: (sender, tokio::sync::Mutex::new(receiver)),
            events: broadcast::Sender::new(EVENTS),
            banner: watch::Sender::new(Vec::new()),
            awaited: watch::Sender::new(None),
            talk: watch::Sender::new(None),
            chatting: watch::Sender::new(false),
            prompting: watch::Sender::new(false),
            at_display: AtomicBool::new(false),
            breaks: AtomicBool::new(false),
        }
    }
}

impl Person {
    /// The next question.
    pub(super) async fn prompt(&self) -> Prompt {
        soon(async { self.prompts.1.lock().await.recv().await.unwrap() }).await
    }

    /// Whether there is no question that nobody looked at.
    pub(super) fn was_not_asked(&self) -> bool {
        self.prompts.1.try_lock().unwrap().try_recv().is_err()
    }

    pub(super) fn wants(&self, event: Event) {
        self.events.send(event).unwrap();
    }

    /// Wants so much at once that some of it is missed.
    pub(super) fn wants_too_much(&self, event: Event) {
        for _ in 0..=EVENTS {
            self.events.send(event.clone()).unwrap();
        }
    }

    /// Waits until the banner is as wanted.
    pub(super) async fn sees(&self, wanted: impl FnMut(&Vec<Visit>) -> bool) -> Vec<Visit> {
        let mut banner = self.banner.subscribe();
        let seen = soon(banner.wait_for(wanted)).await.unwrap();
        seen.clone()
    }
}

impl Person {
    /// Waits until the chat is as wanted.
    pub(super) async fn hears(&self, wanted: impl FnMut(&Option<Talk>) -> bool) -> Option<Talk> {
        let mut talk = self.talk.subscribe();
        let heard = soon(talk.wait_for(wanted)).await.unwrap();
        heard.clone()
    }

    /// Waits until the strip says whose help is waited for.
    pub(super) async fn waits(&self) -> Awaited {
        let mut awaited = self.awaited.subscribe();
        let seen = soon(awaited.wait_for(Option::is_some)).await.unwrap();
        seen.clone().unwrap()
    }
}

impl EndUser for Person {
    fn can_be_asked(&self) -> bool {
        true
    }

    fn presence(&self) -> Answering<'_, Presence> {
        let presence = if self.at_display.load(Ordering::Acquire) {
            Presence::Somebody(None)
        } else {
            Presence::Nobody
        };
        Box::pin(std::future::ready(presence))
    }

    fn ask(&self, request: Request) -> Answering<'_, Verdict> {
        Box::pin(async move {
            assert!(!self.breaks.load(Ordering::Acquire), "the test breaks a session");
            let (answer, answered) = oneshot::channel();
            self.prompting.send_replace(true);
            assert!(self.prompts.0.send(Prompt { request, answer }).await.is_ok());
            let verdict = answered.await.unwrap_or(Verdict::TimedOut);
            self.prompting.send_replace(false);
            verdict
        })
    }

    fn prompting(&self) -> watch::Receiver<bool> {
        self.prompting.subscribe()
    }

    fn chatting(&self) -> watch::Receiver<bool> {
        self.chatting.subscribe()
    }

    fn show_talk(&self, talk: Option<Talk>) {
        self.talk.send_replace(talk);
    }

    fn show(&self, visits: Vec<Visit>) {
        self.banner.send_replace(visits);
    }

    fn wait_for(&self, awaited: Option<Awaited>) {
        self.awaited.send_replace(awaited);
    }

    fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }
}
