//! One session on the machine: the pipe of its viewer, from the question to the person at the machine until the end.
//!
//! ```text
//! asking ──yes──▶ dialing ──relay ready──▶ greeting ──▶ open ──▶ ended (keys released, server told)
//!    └─no─▶ refused     ▲ └────────┬──────────┴───────────┘ connection lost
//!                resume │          ▼
//!                       └───── interrupted ──10 minutes──▶ ended (expired)
//! ```
//! One task owns the pipe for the session's whole life, and at most one connection. Pictures come from the screen thread's slot
//! when the pipe can take one; input goes from the pipe straight to the viewer's input thread. The relay is believed nothing:
//! whatever it says, the connection is lost and the session interrupted. Only the server (over the link), the viewer (in the
//! sealed pipe), the person at the machine and time end a session.

use std::sync::Arc;

use farol_protocol::ids::Grant;
use farol_protocol::link::{
    Answer, Asking, SessionAnswer, SessionEnd, SessionNote, SessionOffer, SessionRightsChanged,
    SessionRightsOffer, SessionStatement,
};
use farol_protocol::pipe::{AgentPipe, ChannelSet, Connect, Event, PipeKey};
use farol_protocol::rights::{Right, Rights};
use farol_transport::SocketEvent;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;

use super::channels::Channels;
use super::consent::{Asked, Deciding, Decision, Question, What, decide, decided};
use super::end::End;
use super::end_user::{look_at_end_user, name_of_logged_on};
use super::relay::{self, Happened, Way};
use super::{INTERRUPTED_MAX, News, Order, PICTURE_KEPT, Parts, Stop, supported};
use crate::company::Note;
use crate::consent::PromptKind;
use crate::random;

/// Handshakes that may be wrong one after the other. A viewer that holds the key succeeds at once; whoever keeps failing is not
/// the viewer, or between it and here. One that is only slow does not count.
const HANDSHAKES_FAILED_MAX: u8 = 5;

/// What a session begins with.
pub(super) struct Begin {
    pub(super) parts: Arc<Parts>,
    pub(super) own: PipeKey,
    pub(super) offer: SessionOffer,
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) news: mpsc::Sender<News>,
}

/// Runs a session to its end; what the server is to be told, if it does not know.
pub(super) async fn run(begin: Begin) -> Option<SessionEnd> {
    let mut session = Session::new(begin);
    let end = session.serve().await;
    session.finish(end).await
}

struct Session {
    parts: Arc<Parts>,
    own: PipeKey,
    /// As stated first; the viewer's key is that of the newest offer.
    statement: SessionStatement,
    rights: Rights,
    /// What the person at the machine took back: nobody gets it again without asking.
    taken_back: Rights,
    orders: mpsc::Receiver<Order>,
    news: mpsc::Sender<News>,
    asked: Option<Asked>,
    pipe: AgentPipe,
    way: Way,
    channels: Channels,
    /// Since when there is no sealed connection, once there may be one.
    apart_since: Option<Instant>,
    /// That is longer than [`PICTURE_KEPT`] ago.
    away: bool,
    failed_handshakes: u8,
    /// Notes that were told.
    notes: u32,
}

impl Session {
    fn new(begin: Begin) -> Self {
        let Begin {
            parts,
            own,
            offer,
            orders,
            news,
        } = begin;
        let SessionOffer { statement, grant, .. } = offer;
        tracing::info!(
            technician = statement.technician,
            rights = ?statement.rights,
            ask = ?statement.ask,
            "session offered"
        );
        let mut session = Self {
            own,
            rights: Rights::NONE,
            taken_back: Rights::NONE,
            orders,
            news,
            asked: None,
            pipe: AgentPipe::new(ChannelSet::NONE, parts.clock.now()),
            way: Way::None,
            channels: Channels::new(Arc::clone(&parts)),
            apart_since: None,
            away: false,
            failed_handshakes: 0,
            notes: 0,
            statement,
            parts,
        };
        // One way for both: that nobody has to be asked is a decision like others.
        let decision: Deciding = if session.statement.ask.is_empty() {
            Box::pin(std::future::ready(Decision::yes()))
        } else {
            session.question(
                session.statement.clone(),
                session.statement.rights,
                PromptKind::Session,
            )
        };
        session.asked = Some(Asked {
            what: What::Session(grant),
            decision,
        });
        session
    }

    fn question(&self, statement: SessionStatement, rights: Rights, kind: PromptKind) -> Deciding {
        let question = Question::of(&statement, rights, kind, self.own.public().words());
        let (news, waiting) = (self.news.clone(), self.answer(Answer::Waiting, String::new()));
        // That somebody is asked for more rights is no answer: the server knows what it offered.
        let asked = async move {
            if kind == PromptKind::Session && news.send(waiting).await.is_err() {
                tracing::debug!("the agent is stopping");
            }
        };
        Box::pin(decide(Arc::clone(&self.parts), question, asked))
    }

    /// Serves until something ends the session.
    async fn serve(&mut self) -> End {
        let news = self.channels.news();
        let mut prompting = self.parts.end_user.prompting();
        let mut chatting = self.parts.end_user.chatting();
        loop {
            if let Some(end) = self.take_events() {
                return end;
            }
            if self.pipe.is_open() {
                // A channel that was closed opens again only when all that was under way on it has arrived.
                self.channels.set_open(self.pipe.channels());
            }
            self.channels.fill(&mut self.pipe);
            // What is held must be let go soon after the viewer is gone.
            self.pipe.set_steady(self.channels.holds());
            self.tell_notes().await;
            self.tell_figures().await;
            let wants_write = self.pipe.has_transmit();
            let deadline = self.deadline();
            let step = tokio::select! {
                biased;
                order = self.orders.recv() => self.on_order(order).await,
                decision = decided(&mut self.asked) => self.on_decision(decision).await,
                happened = self.way.next(wants_write) => self.on_way(happened),
                () = either(&mut prompting, &mut chatting) => {
                    self.channels.look_at_rest();
                    Ok(())
                }
                () = Notify::notified(&news) => Ok(()),
                () = at(deadline) => self.on_deadline(),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    // Orders and decisions.

    async fn on_order(&mut self, order: Option<Order>) -> Result<(), End> {
        match order {
            // The registry gave this session up because it took no orders.
            None => return Err(End::Failed("the session does not keep up".into())),
            Some(Order::Stop(Stop::ByServer)) => return Err(End::ByServer),
            Some(Order::Stop(Stop::ByEndUser)) => return Err(End::ByEndUser),
            Some(Order::Stop(Stop::AgentStops)) => return Err(End::AgentStops),
            Some(Order::Resume(offer)) => self.on_resume(*offer).await,
            Some(Order::Rights(offer)) => self.on_rights(*offer).await,
            // Without the picture there is nothing left.
            Some(Order::TakeBack(Right::View)) => return Err(End::ByEndUser),
            Some(Order::TakeBack(right)) => self.take_back(right).await,
        }
        Ok(())
    }

    async fn on_decision(&mut self, (what, decision): (What, Decision)) -> Result<(), End> {
        let Decision { no, by } = decision;
        match (what, no) {
            (What::Session(grant), None) => {
                self.set_rights(self.statement.rights);
                self.tell(self.answer(Answer::Accepted(self.rights), by)).await;
                self.dial(grant);
            }
            (What::Session(_), Some(code)) => {
                let refused = Answer::Refused {
                    code: code.into(),
                    detail: String::new(),
                };
                self.tell(self.answer(refused, by)).await;
                return Err(End::NotAgreed);
            }
            (What::More(more), None) => {
                self.taken_back = self.taken_back.minus(more);
                self.set_rights(self.rights.or(more));
                self.tell_rights("", by).await;
            }
            (What::More(_), Some(code)) => self.tell_rights(code, by).await,
        }
        Ok(())
    }

    /// The viewer comes back, over another connection and perhaps with another key.
    async fn on_resume(&mut self, offer: SessionOffer) {
        let SessionOffer { statement, grant, .. } = offer;
        let same_viewer = statement.viewer_key == self.statement.viewer_key;
        self.statement.viewer_key = statement.viewer_key;
        if let Some(Asked {
            what: What::Session(old),
            ..
        }) = &mut self.asked
        {
            *old = grant;
            self.tell(self.answer(Answer::Waiting, String::new())).await;
            return;
        }
        tracing::info!(same_viewer, "session resumed");
        self.lost("another connection takes its place");
        if !same_viewer {
            // Whoever holds another key cannot go on where this pipe was.
            self.pipe = AgentPipe::new(self.rights.channels(), self.parts.clock.now());
            self.channels.forget();
        }
        self.set_rights(self.rights.and(statement.rights));
        self.tell(self.answer(Answer::Accepted(self.rights), String::new()))
            .await;
        self.dial(grant);
    }

    /// Other rights are offered: what is less happens at once, what is more as the statement says.
    async fn on_rights(&mut self, offer: SessionRightsOffer) {
        let statement = offer.statement;
        let more = statement.rights.minus(self.rights);
        if matches!(&self.asked, Some(asked) if matches!(asked.what, What::Session(_))) {
            self.tell_rights("busy", String::new()).await;
            return;
        }
        tracing::info!(rights = ?statement.rights, ask = ?statement.ask, request_id = offer.request_id, "rights offered");
        self.asked = None;
        let before = self.rights;
        self.set_rights(self.rights.and(statement.rights));
        if !supported(more) {
            self.tell_rights("no_capability", String::new()).await;
            return;
        }
        let mut statement = statement;
        let again = more.and(self.taken_back);
        if !again.is_empty() {
            // The person at the machine said no once: silence is no yes.
            statement.asking = Asking::Always;
        }
        let ask = more.and(statement.ask).or(again);
        if ask.is_empty() {
            self.set_rights(statement.rights);
            self.tell_rights("", String::new()).await;
            return;
        }
        // Who this is about was agreed to at the beginning.
        statement.technician.clone_from(&self.statement.technician);
        statement.guest = self.statement.guest;
        statement.organization.clone_from(&self.statement.organization);
        if self.rights != before {
            // An answer may take minutes, and the sign at the machine must not say that what is gone is still there.
            self.tell_rights("taken_back", String::new()).await;
        }
        let decision = self.question(statement, more, PromptKind::MoreRights);
        self.asked = Some(Asked {
            what: What::More(more),
            decision,
        });
    }

    async fn take_back(&mut self, right: Right) {
        // Whether the session has it now or not: it was given up a moment ago, or is just asked for, and may be offered again.
        self.taken_back = self.taken_back.with(right);
        if !self.rights.has(right) {
            return;
        }
        tracing::info!(%right, "the person at the machine took a right back");
        self.set_rights(self.rights.without(right));
        let by = name_of_logged_on(&self.parts).await;
        self.tell_rights("taken_back", by).await;
    }

    /// Counts at once, on both ends.
    fn set_rights(&mut self, rights: Rights) {
        self.rights = rights;
        self.pipe.set_channels(rights.channels());
        self.channels.set_open(self.pipe.channels());
    }

    fn answer(&self, answer: Answer, by: String) -> News {
        News::Answered(SessionAnswer {
            session: self.statement.session,
            answer,
            by,
        })
    }

    async fn tell_rights(&mut self, code: &str, by: String) {
        self.tell(News::RightsChanged(SessionRightsChanged {
            session: self.statement.session,
            rights: self.rights,
            code: code.into(),
            by,
        }))
        .await;
    }

    async fn tell_notes(&mut self) {
        while let Some(note) = self.channels.take_note() {
            self.tell_note(note).await;
        }
    }

    async fn tell_figures(&mut self) {
        if let Some(figures) = self.channels.take_figures(self.statement.session, false) {
            self.tell(News::Figures(figures)).await;
        }
    }

    async fn tell_note(&mut self, note: Note) {
        self.notes += 1;
        let Note { kind, who, text } = note;
        self.tell(News::Noted(SessionNote {
            session: self.statement.session,
            kind: kind.into(),
            who,
            text,
            number: self.notes,
        }))
        .await;
    }

    async fn tell(&mut self, news: News) {
        if self.news.send(news).await.is_err() {
            tracing::debug!("the agent is stopping");
        }
    }

    // The connection.

    fn dial(&mut self, grant: Grant) {
        self.apart_since.get_or_insert_with(Instant::now);
        let (parts, session) = (Arc::clone(&self.parts), self.statement.session);
        self.way = Way::Dialing(Box::pin(relay::dial(parts, session, grant)));
    }

    fn on_way(&mut self, happened: Happened) -> Result<(), End> {
        match happened {
            Happened::Dialed(Ok(socket)) => {
                let connect = Connect {
                    session: self.statement.session,
                    own: self.own.clone(),
                    peer: self.statement.viewer_key,
                    ephemeral: random::bytes().map_err(|error| End::Failed(error.to_string()))?,
                };
                self.way = Way::There(socket);
                let now = self.parts.clock.now();
                if let Err(error) = self.pipe.connect(now, &connect) {
                    return Err(End::Failed(error.to_string()));
                }
            }
            Happened::Dialed(Err(error)) => self.lost(&error.to_string()),
            Happened::Socket(Ok(SocketEvent::Message(packet))) => return self.on_packet(&packet),
            Happened::Socket(Ok(SocketEvent::Writable)) => {
                if let Some(packet) = self.pipe.poll_transmit()
                    && let Way::There(socket) = &mut self.way
                    && let Err(error) = socket.start_send(packet)
                {
                    self.lost(&error.to_string());
                }
            }
            Happened::Socket(Ok(SocketEvent::Activity)) => {}
            Happened::Socket(Ok(SocketEvent::Closed { code, reason })) => {
                self.lost(&format!("the relay closed ({code:?} {reason})"));
            }
            Happened::Socket(Err(error)) => self.lost(&error.to_string()),
        }
        Ok(())
    }

    fn on_packet(&mut self, packet: &[u8]) -> Result<(), End> {
        let was_open = self.pipe.is_open();
        let taken = self.pipe.handle_input(self.parts.clock.now(), packet);
        match taken {
            Ok(()) => Ok(()),
            Err(error) if self.pipe.is_closed() => Err(End::Violation(error)),
            Err(error) => {
                self.hang_up();
                self.lost(&error.to_string());
                if was_open { Ok(()) } else { self.handshake_failed() }
            }
        }
    }

    fn handshake_failed(&mut self) -> Result<(), End> {
        self.failed_handshakes += 1;
        if self.failed_handshakes < HANDSHAKES_FAILED_MAX {
            return Ok(());
        }
        Err(End::HandshakeFailed)
    }

    /// There is no connection any more.
    fn lost(&mut self, why: &str) {
        if self.apart_since.is_none() {
            tracing::warn!(why, "session interrupted");
        } else {
            tracing::info!(why, "no way to the viewer");
        }
        self.way = Way::None;
        self.pipe.disconnected();
        self.channels.suspend();
        self.apart_since.get_or_insert_with(Instant::now);
    }

    /// Says what the pipe still has to say, without anybody waiting for it.
    fn hang_up(&mut self) {
        let way = std::mem::replace(&mut self.way, Way::None);
        let packets = self.last_packets();
        tokio::spawn(way.close(packets));
    }

    fn last_packets(&mut self) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| self.pipe.poll_transmit()).collect()
    }

    // The pipe.

    fn take_events(&mut self) -> Option<End> {
        while let Some(event) = self.pipe.poll_event() {
            match event {
                Event::Open { channels, resumed } => self.open(channels, resumed),
                Event::Message(message) => self.channels.take(message),
                Event::Clock(clock) => self.channels.round_trip(clock.rtt_us),
                Event::Lost(_) => self.lost("nothing was heard of the viewer"),
                Event::Closed(closed) => return Some(End::ViewerClosed(closed)),
                // Comes to viewers only.
                Event::Channels(_) => {}
            }
        }
        None
    }

    fn open(&mut self, open: ChannelSet, resumed: bool) {
        let away = self.apart_since.take().map(|since| since.elapsed());
        self.away = false;
        tracing::info!(?open, resumed, ?away, "pipe open");
        self.failed_handshakes = 0;
        if resumed {
            self.channels.resume(open);
        } else {
            self.channels.begin(&self.statement, open);
            tokio::spawn(look_at_end_user(Arc::clone(&self.parts)));
        }
    }

    // Time.

    fn deadline(&self) -> Option<Instant> {
        let pipe = self
            .pipe
            .poll_deadline()
            .map(|tick| self.parts.clock.instant(tick));
        let company = self.channels.deadline();
        let company = company.map(|tick| self.parts.clock.instant(tick));
        let patience = if self.away { INTERRUPTED_MAX } else { PICTURE_KEPT };
        let apart = self.apart_since.map(|since| since + patience);
        [pipe, company, apart].into_iter().flatten().min()
    }

    fn on_deadline(&mut self) -> Result<(), End> {
        if self
            .apart_since
            .is_some_and(|since| since.elapsed() >= INTERRUPTED_MAX)
        {
            return Err(End::Expired);
        }
        if !self.away
            && self
                .apart_since
                .is_some_and(|since| since.elapsed() >= PICTURE_KEPT)
        {
            self.away = true;
            self.channels.away();
        }
        self.pipe.handle_timeout(self.parts.clock.now());
        self.channels.handle_timeout();
        Ok(())
    }

    /// Releases what the viewer holds, and says farewell as far as the connection still allows. What the server is to be told.
    async fn finish(mut self, end: End) -> Option<SessionEnd> {
        self.asked = None;
        let (code, text) = end.farewell();
        self.pipe.close(code, text);
        let packets = self.last_packets();
        let way = std::mem::replace(&mut self.way, Way::None);
        // Who closed in good order meant what came before.
        let cut = !matches!(end, End::ViewerClosed(_));
        // First of all: telling may have to wait.
        let figures = self.channels.take_figures(self.statement.session, true);
        let channels = std::mem::replace(&mut self.channels, Channels::new(Arc::clone(&self.parts)));
        let ((), last_notes) = tokio::join!(way.close(packets), channels.close(cut));
        for note in last_notes {
            self.tell_note(note).await;
        }
        if let Some(figures) = figures {
            self.tell(News::Figures(figures)).await;
        }
        let by = match &end {
            End::ByEndUser => name_of_logged_on(&self.parts).await,
            _ => String::new(),
        };
        end.report(self.statement.session, by)
    }
}

/// Waits for a change. One that nobody can make any more never comes. Cancel safe.
async fn changed(watched: &mut watch::Receiver<bool>) {
    if watched.changed().await.is_err() {
        std::future::pending().await
    }
}

/// Waits for a change of one of them. Cancel safe.
async fn either(one: &mut watch::Receiver<bool>, other: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = changed(one) => {}
        () = changed(other) => {}
    }
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
