//! The task behind [`super::Consent`]: which prompt is open, who waits, and the helper that shows it.
//!
//! ```text
//!  ask ─▶ waiting (at most 8) ─▶ open ──answer, time over, withdrawn──▶ verdict
//!  something to show ─▶ helper starts ─▶ ready ──nothing to show──▶ ended
//!                            ▲   └──died──▶ again: at once a few times for a prompt, ever later for the strip
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use farol_platform::notice::{
    self, Answer, Banner, CHAT_LINES_MAX, ChatLine, Prompt, SAY_CHARS_MAX, View, Visitor, Waiting, plain,
    plain_up_to,
};
use farol_protocol::limits::SAID_MAX;
use farol_protocol::pipe::message::company::Line;
use farol_protocol::rights::{Right, Rights};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::chat::Chat;
use super::helper::{Helper, HelperError, Helpers, Said};
use super::{Awaited, Event, Request, SECONDS_MAX, Stage, Talk, Verdict, Visit, WAITING_MAX};
use crate::sessions::SESSIONS_MAX;

/// For starting a helper and for its first word; a display that takes longer does not answer.
const READY_TIME: Duration = Duration::from_secs(10);

/// How often a helper that dies is started again for one prompt. Whoever ends it more often does not want to be asked.
const RESTARTS_MAX: u32 = 3;

/// A prompt's next helper does not wait long: somebody waits for the verdict.
const RESTART_AFTER: Duration = Duration::from_millis(300);

/// The longest a strip waits for its next helper: somebody may have logged on meanwhile.
const RETRY_MAX: Duration = Duration::from_secs(15);

/// A helper that lived this long was a good one: its end is the first again.
const CALM: Duration = Duration::from_secs(60);

/// A question and where its verdict goes. Closed when nobody waits for it any more.
pub(super) struct Ask {
    pub(super) request: Request,
    pub(super) verdict: oneshot::Sender<Verdict>,
}

/// The prompt that is open.
struct Open {
    ask: Ask,
    number: u32,
    /// When no answer is a no; counts from when a helper was ready to show it.
    deadline: Option<Instant>,
    /// Helpers that died over it.
    died: u32,
}

/// A helper and what is known of it.
struct Running {
    helper: Helper,
    started: Instant,
    ready: bool,
    /// Its chat has the keyboard.
    chatting: bool,
    /// How often it said so.
    heard: u32,
    shown: Option<Shown>,
}

/// What a helper shows.
#[derive(PartialEq, Eq)]
struct Shown {
    /// Number of the prompt.
    prompt: Option<u32>,
    /// What the strip is about.
    stage: Stage,
    chat: Chat,
    /// How often it was heard that the chat has the keyboard.
    heard: u32,
}

pub(super) struct Desk {
    helpers: Arc<dyn Helpers>,
    asks: mpsc::Receiver<Ask>,
    stage: watch::Receiver<Stage>,
    events: broadcast::Sender<Event>,
    prompting: watch::Sender<bool>,
    chatting: watch::Sender<bool>,
    chat: Chat,
    waiting: VecDeque<Ask>,
    open: Option<Open>,
    running: Option<Running>,
    /// Helpers that died in a row.
    deaths: u32,
    /// Not before this is the next one started for the strip.
    again: Option<Instant>,
    last_number: u32,
}

/// What happened.
enum Happened {
    Ask(Option<Ask>),
    Stage(bool),
    Said(Option<Said>),
    Withdrawn,
    TimedOut,
    NotReady,
    Again,
}

impl Desk {
    pub(super) fn new(
        helpers: Arc<dyn Helpers>,
        (asks, stage): (mpsc::Receiver<Ask>, watch::Receiver<Stage>),
        events: broadcast::Sender<Event>,
        (prompting, chatting): (watch::Sender<bool>, watch::Sender<bool>),
    ) -> Self {
        Self {
            helpers,
            asks,
            stage,
            events,
            prompting,
            chatting,
            chat: Chat::default(),
            waiting: VecDeque::new(),
            open: None,
            running: None,
            deaths: 0,
            again: None,
            last_number: 0,
        }
    }

    /// Runs until every handle is gone.
    pub(super) async fn run(mut self) {
        loop {
            self.chat.take(self.stage.borrow().talk());
            self.open_next();
            self.tell_chatting();
            self.tend().await;
            self.tell_chatting();
            if self.open.is_none() && !self.waiting.is_empty() {
                continue;
            }
            self.show();
            match self.next().await {
                Happened::Ask(None) | Happened::Stage(false) => return,
                Happened::Ask(Some(ask)) => self.enqueue(ask),
                Happened::Stage(true) => {}
                Happened::Said(Some(said)) => self.on_said(said),
                Happened::Said(None) => self.on_death("it ended"),
                Happened::Withdrawn => self.close(None),
                Happened::TimedOut => self.close(Some(Verdict::TimedOut)),
                Happened::NotReady => self.on_death("it does not get ready"),
                Happened::Again => self.again = None,
            }
        }
    }

    async fn next(&mut self) -> Happened {
        let deadline = self.open.as_ref().and_then(|open| open.deadline);
        let waits_for_ready = self.running.as_ref().filter(|running| !running.ready);
        let not_ready = waits_for_ready.map(|running| running.started + READY_TIME);
        let again = self.again.filter(|_| self.running.is_none());
        let (open, running) = (&mut self.open, &mut self.running);
        tokio::select! {
            biased;
            () = withdrawn(open) => Happened::Withdrawn,
            said = said(running) => Happened::Said(said),
            ask = self.asks.recv() => Happened::Ask(ask),
            changed = self.stage.changed() => Happened::Stage(changed.is_ok()),
            () = at(deadline) => Happened::TimedOut,
            () = at(not_ready) => Happened::NotReady,
            () = at(again) => Happened::Again,
        }
    }

    fn enqueue(&mut self, ask: Ask) {
        self.waiting.retain(|waiting| !waiting.verdict.is_closed());
        if self.waiting.len() >= WAITING_MAX {
            answer(ask, Verdict::Busy);
        } else {
            self.waiting.push_back(ask);
        }
    }

    fn open_next(&mut self) {
        while self.open.is_none()
            && let Some(ask) = self.waiting.pop_front()
        {
            if ask.verdict.is_closed() {
                continue;
            }
            self.last_number = self.last_number.wrapping_add(1);
            // Before anybody can see it: technicians' hands rest from now on.
            self.prompting.send_replace(true);
            self.open = Some(Open {
                ask,
                number: self.last_number,
                deadline: None,
                died: 0,
            });
        }
    }

    /// Ends the open prompt; without a verdict when nobody waits for it.
    fn close(&mut self, verdict: Option<Verdict>) {
        if let Some(open) = self.open.take() {
            if let Some(verdict) = verdict {
                answer(open.ask, verdict);
            }
            self.prompting.send_replace(false);
        }
    }

    /// Starts a helper when there is something to show, and ends it when there is nothing.
    async fn tend(&mut self) {
        let nothing = self.stage.borrow().is_empty();
        if self.open.is_none() && nothing {
            self.running = None;
            (self.deaths, self.again) = (0, None);
            return;
        }
        let waits_for_next = self.again.is_some() && self.open.as_ref().is_none_or(|open| open.died > 0);
        if self.running.is_some() || waits_for_next {
            return;
        }
        let helpers = Arc::clone(&self.helpers);
        let started = timeout(READY_TIME, helpers.start()).await;
        let started = started.unwrap_or_else(|_| Err(HelperError::Failed("it takes too long".into())));
        match started {
            Ok(helper) => {
                self.again = None;
                self.running = Some(Running {
                    helper,
                    started: Instant::now(),
                    ready: false,
                    chatting: false,
                    heard: 0,
                    shown: None,
                });
            }
            Err(HelperError::Nobody) if self.open.is_some() => {
                // Somebody who has seen the prompt and left has not answered it.
                let seen = self.open.as_ref().is_some_and(|open| open.deadline.is_some());
                let verdict = if seen {
                    Verdict::TimedOut
                } else {
                    Verdict::NobodyThere
                };
                self.close(Some(verdict));
                self.later();
            }
            Err(HelperError::Nobody) => self.later(),
            Err(error @ HelperError::Failed(_)) => self.on_death(&error.to_string()),
        }
    }

    /// The strip's next helper comes after a while.
    fn later(&mut self) {
        let seconds = 1_u64.checked_shl(self.deaths.min(16)).unwrap_or(u64::MAX);
        self.again = Some(Instant::now() + Duration::from_secs(seconds).min(RETRY_MAX));
        self.deaths = self.deaths.saturating_add(1);
    }

    fn on_death(&mut self, why: &str) {
        let running = self.running.take();
        let lived = running.as_ref().map(|running| running.started.elapsed());
        tracing::warn!(why, ?lived, "the end user's helper is gone");
        if lived.is_some_and(|lived| lived >= CALM) {
            self.deaths = 0;
        }
        self.later();
        if let Some(open) = &mut self.open {
            open.died += 1;
            self.again = Some(Instant::now() + RESTART_AFTER);
            if open.died > RESTARTS_MAX {
                let seen = open.deadline.is_some();
                self.close(Some(if seen {
                    Verdict::TimedOut
                } else {
                    Verdict::CannotAsk
                }));
            }
        }
    }

    fn on_said(&mut self, said: Said) {
        match said {
            Said::Ready => {
                if let Some(running) = &mut self.running {
                    running.ready = true;
                }
            }
            Said::Failed(reason) => self.on_death(&plain(&reason)),
            Said::Answer(Answer::Allowed(number)) => self.on_verdict(number, Verdict::Allowed),
            Said::Answer(Answer::Refused(number)) => self.on_verdict(number, Verdict::Refused),
            Said::Answer(Answer::TakeBack(right)) => self.tell(|visit| {
                let (session, right) = (visit.session, meant(right));
                visit
                    .rights
                    .has(right)
                    .then_some(Event::TakeBack { session, right })
            }),
            Said::Answer(Answer::End) => self.on_end(),
            Said::Answer(Answer::Say(text)) => self.say(&text),
            Said::Answer(Answer::ChatOpened) => self.chat.open(),
            Said::Answer(Answer::ChatClosed) => self.chat.close(),
            Said::Answer(Answer::ChatFocus(focused)) => {
                if let Some(running) = &mut self.running {
                    running.chatting = focused;
                    running.heard = running.heard.wrapping_add(u32::from(focused));
                }
                // Before the window may know: technicians' keys rest from now on.
                self.tell_chatting();
            }
            // It is never given a form.
            Said::Answer(Answer::Filled { .. } | Answer::Canceled(_)) => {}
        }
    }

    /// Says whether the chat has the keyboard; one whose helper is gone has not.
    fn tell_chatting(&self) {
        let chatting = self.running.as_ref().is_some_and(|running| running.chatting);
        self.chatting
            .send_if_modified(|told| std::mem::replace(told, chatting) != chatting);
    }

    /// What the end user says: to those of whom they see that they are there.
    fn say(&self, text: &str) {
        let text: String = plain_up_to(text, SAY_CHARS_MAX)
            .chars()
            .take(SAY_CHARS_MAX)
            .collect();
        let talks = self.running.as_ref().is_some_and(|running| running.chatting);
        if text.is_empty() || !talks || self.stage.borrow().talk().is_none() {
            return;
        }
        if self.events.send(Event::Say(Line(text))).is_err() {
            tracing::debug!("nobody is there any more to hear the end user");
        }
    }

    /// An answer to another prompt than the open one came too late.
    fn on_verdict(&mut self, number: u32, verdict: Verdict) {
        let asked = self
            .running
            .as_ref()
            .and_then(|running| running.shown.as_ref()?.prompt);
        if asked == Some(number) && self.open.as_ref().is_some_and(|open| open.number == number) {
            self.close(Some(verdict));
        }
    }

    /// The end of what the helper shows: it may not know yet that somebody came or left.
    fn on_end(&self) {
        let shown = self.running.as_ref().and_then(|running| running.shown.as_ref());
        let waits =
            shown.is_some_and(|Shown { stage, .. }| stage.visits.is_empty() && stage.awaited.is_some());
        if waits && self.stage.borrow().visits.is_empty() {
            self.decided(Event::GiveUp);
        } else {
            self.tell(|visit| {
                Some(Event::End {
                    session: visit.session,
                })
            });
        }
    }

    fn tell(&self, event: impl Fn(&Visit) -> Option<Event>) {
        for event in self.stage.borrow().visits.iter().filter_map(event) {
            self.decided(event);
        }
    }

    fn decided(&self, event: Event) {
        tracing::info!(?event, "the end user decided");
        if self.events.send(event).is_err() {
            tracing::debug!("nobody is there any more to be told");
        }
    }

    /// Gives the helper what is to be seen, if that is something else than before.
    fn show(&mut self) {
        let Some(running) = self.running.as_mut().filter(|running| running.ready) else {
            return;
        };
        let stage = self.stage.borrow_and_update().clone();
        self.chat.take(stage.talk());
        let wanted = Shown {
            prompt: self.open.as_ref().map(|open| open.number),
            stage,
            chat: self.chat,
            heard: running.heard,
        };
        if running.shown.as_ref() == Some(&wanted) {
            return;
        }
        let now = Instant::now();
        let prompt = self.open.as_mut().map(|open| {
            let time = Duration::from_secs(open.ask.request.seconds.min(SECONDS_MAX).into());
            let deadline = *open.deadline.get_or_insert(now + time);
            prompt(
                open.number,
                &open.ask.request,
                deadline.saturating_duration_since(now),
            )
        });
        let view = View {
            prompt,
            banner: banner(&wanted.stage.visits, now),
            waiting: wanted.stage.awaited.as_ref().map(|awaited| waiting(awaited, now)),
            form: None,
            chat: wanted.stage.talk().map(|talk| chat(talk, &wanted)),
        };
        running.shown = Some(wanted);
        running.helper.views.send_replace(view);
    }
}

fn answer(ask: Ask, verdict: Verdict) {
    if ask.verdict.send(verdict).is_err() {
        tracing::debug!(verdict = verdict.code(), "nobody waits for the verdict any more");
    }
}

fn prompt(number: u32, request: &Request, left: Duration) -> Prompt {
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    Prompt {
        number,
        kind: request.kind,
        technician: harmless(&request.technician),
        organization: plain(&request.organization),
        rights: shown(request.rights),
        words: plain(&request.words),
        seconds_left: u32::try_from(seconds).unwrap_or(SECONDS_MAX),
        caution: request.first_time_warning,
    }
}

fn harmless(visitor: &Visitor) -> Visitor {
    Visitor {
        name: plain(&visitor.name),
        ..*visitor
    }
}

fn banner(visits: &[Visit], now: Instant) -> Option<Banner> {
    let first = visits.iter().map(|visit| visit.since).min()?;
    let named = visits.iter().take(SESSIONS_MAX);
    Some(Banner {
        technicians: named.map(|visit| harmless(&visit.technician)).collect(),
        rights: shown(
            visits
                .iter()
                .fold(Rights::NONE, |all, visit| all.or(visit.rights)),
        ),
        running_seconds: now.saturating_duration_since(first).as_secs(),
    })
}

fn waiting(awaited: &Awaited, now: Instant) -> Waiting {
    Waiting {
        organization: plain(&awaited.organization),
        running_seconds: now.saturating_duration_since(awaited.since).as_secs(),
    }
}

fn chat(talk: &Talk, shown: &Shown) -> notice::Chat {
    let visits = shown.stage.visits.iter().take(SESSIONS_MAX);
    let technicians = visits.filter(|visitor| !visitor.technician.guest);
    let names: Vec<String> = technicians
        .map(|visitor| plain(&visitor.technician.name))
        .filter(|name| !name.is_empty())
        .collect();
    let hidden = talk.lines.len().saturating_sub(CHAT_LINES_MAX);
    let lines = talk.lines.iter().skip(hidden).map(|line| ChatLine {
        name: plain(&line.name),
        text: clipped(&line.text),
        own: line.own,
        guest: line.guest,
    });
    notice::Chat {
        title: plain(&names.join(", ")),
        lines: lines.collect(),
        open: shown.chat.open,
        unread: shown.chat.unread,
        heard: shown.heard,
    }
}

/// As much of a line as can have travelled.
fn clipped(text: &str) -> String {
    let mut text = plain_up_to(text, SAID_MAX);
    let end = text.floor_char_boundary(SAID_MAX);
    text.truncate(end);
    text
}

/// Rights in the words of the windows.
fn shown(rights: Rights) -> Vec<notice::Right> {
    let shown = rights.iter().map(|right| match right {
        Right::View => notice::Right::View,
        Right::Control => notice::Right::Control,
        Right::Clipboard => notice::Right::Clipboard,
        Right::Files => notice::Right::Files,
        Right::Terminal => notice::Right::Terminal,
    });
    shown.collect()
}

fn meant(right: notice::Right) -> Right {
    match right {
        notice::Right::View => Right::View,
        notice::Right::Control => Right::Control,
        notice::Right::Clipboard => Right::Clipboard,
        notice::Right::Files => Right::Files,
        notice::Right::Terminal => Right::Terminal,
    }
}

/// Until nobody waits for the open prompt's verdict.
async fn withdrawn(open: &mut Option<Open>) {
    match open {
        Some(open) => open.ask.verdict.closed().await,
        None => std::future::pending().await,
    }
}

async fn said(running: &mut Option<Running>) -> Option<Said> {
    match running {
        Some(running) => running.helper.said.recv().await,
        None => std::future::pending().await,
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
