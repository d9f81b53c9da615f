//! One session: the pipe between its viewer and the machine's screen, input and clipboard.
//!
//! One task owns socket and pipe. Pictures come from the screen thread's slot when the pipe can take one; input goes
//! from the pipe straight to the viewer's input thread. Whatever ends the session, the keys its viewer holds are
//! released before the task is over.

use std::sync::Arc;

use farol_protocol::ProtocolError;
use farol_protocol::link::{SessionEnd, SessionOffer};
use farol_protocol::pipe::message::screen::{ScreenToAgent, ScreenToViewer};
use farol_protocol::pipe::message::{ToAgent, ToViewer};
use farol_protocol::pipe::{AgentPipe, Channel, ChannelSet, CloseCode, Closed, ClosedBy, Event};
use farol_protocol::relay::close as relay_close;
use farol_transport::{ConnectError, Socket, SocketError, SocketEvent};
use tokio::sync::{Notify, oneshot};

use super::{Parts, Stop, relay};
use crate::clipboard::Seat;
use crate::input::InputHandle;
use crate::random;
use crate::screen::{CursorIds, ViewerSlot};

/// Why a session ended.
#[derive(Debug)]
enum End {
    /// The server ended it, or the relay did: the server knows.
    KnownToServer(String),
    /// The viewer closed its pipe.
    ViewerClosed(Closed),
    /// The viewer broke the protocol.
    Violation(ProtocolError),
    /// The agent stops.
    AgentStops,
    /// The connection to the relay broke.
    Broken(SocketError),
    /// The way to the relay leads by somebody whose certificate nobody vouches for.
    NotTrusted(String),
    /// The agent could not take part.
    Failed(String),
}

/// Runs a session to its end; what the server is to be told, if it does not know.
pub(super) async fn run(
    parts: Arc<Parts>,
    offer: SessionOffer,
    mut stop: oneshot::Receiver<Stop>,
) -> Option<SessionEnd> {
    let statement = &offer.statement;
    tracing::info!(technician = statement.technician, rights = ?statement.rights, "session accepted");
    let end = tokio::select! {
        biased;
        stopped = &mut stop => end_of(stopped),
        socket = relay::dial(&parts, &offer) => match socket {
            Ok(socket) => connected(&parts, &offer, socket, stop).await,
            Err(relay::RelayError::Closed { code, reason }) => {
                End::KnownToServer(format!("relay closed ({code:?} {reason})"))
            }
            Err(relay::RelayError::Connect(error @ ConnectError::Unproven { .. })) => {
                End::NotTrusted(error.to_string())
            }
            Err(error) => End::Failed(error.to_string()),
        },
    };
    report(&offer, &end)
}

fn end_of(stopped: Result<Stop, oneshot::error::RecvError>) -> End {
    match stopped {
        Ok(Stop::ByServer) => End::KnownToServer("ended by the server".into()),
        Ok(Stop::AgentStops) | Err(_) => End::AgentStops,
    }
}

/// Turns the end into a log line and, where the server cannot know, a message.
fn report(offer: &SessionOffer, end: &End) -> Option<SessionEnd> {
    let (code, detail) = match end {
        End::KnownToServer(detail) => {
            tracing::info!(detail, "session ended");
            return None;
        }
        End::ViewerClosed(Closed {
            code: CloseCode::Done,
            text,
            ..
        }) => ("technician_ended", text.clone()),
        End::ViewerClosed(Closed {
            code: CloseCode::ProtocolViolation,
            text,
            ..
        }) => ("protocol_violation", format!("the viewer objected: {text}")),
        End::ViewerClosed(closed) if closed.by == ClosedBy::Timeout => {
            ("viewer_lost", "nothing came from the viewer".into())
        }
        End::ViewerClosed(closed) => ("viewer_lost", format!("{}: {}", closed.code.code(), closed.text)),
        End::Violation(error) => ("protocol_violation", error.to_string()),
        End::AgentStops => ("agent_lost", "the agent was stopped".into()),
        End::Broken(error) => ("agent_lost", error.to_string()),
        End::NotTrusted(detail) => ("relay_not_trusted", detail.clone()),
        End::Failed(detail) => ("agent_lost", detail.clone()),
    };
    tracing::info!(code, detail, "session ended");
    Some(SessionEnd {
        session: offer.statement.session,
        code: code.into(),
        detail,
        by: String::new(),
    })
}

/// With a socket on which the pipe begins.
async fn connected(
    parts: &Parts,
    offer: &SessionOffer,
    socket: Socket,
    mut stop: oneshot::Receiver<Stop>,
) -> End {
    let mut session = match Session::new(parts, offer, socket) {
        Ok(session) => session,
        Err(error) => return End::Failed(error.to_string()),
    };
    let end = session.serve(&mut stop).await;
    session.finish(&end).await;
    end
}

struct Session<'a> {
    parts: &'a Parts,
    socket: Socket,
    pipe: AgentPipe,
    news: Arc<Notify>,
    screen: Arc<ViewerSlot>,
    cursors: CursorIds,
    input: Option<InputHandle>,
    clipboard: Option<Seat>,
}

impl<'a> Session<'a> {
    fn new(parts: &'a Parts, offer: &SessionOffer, socket: Socket) -> std::io::Result<Self> {
        let channels = offer.statement.rights.channels();
        let news = Arc::new(Notify::new());
        Ok(Self {
            parts,
            socket,
            pipe: AgentPipe::new(random::bytes()?, channels, parts.clock.now()),
            screen: parts.screen.join(Arc::clone(&news)),
            news,
            cursors: CursorIds::default(),
            input: None,
            clipboard: None,
        })
    }

    /// Serves until something ends the session.
    async fn serve(&mut self, stop: &mut oneshot::Receiver<Stop>) -> End {
        loop {
            if let Some(end) = self.take_events() {
                return end;
            }
            self.fill();
            let deadline = self
                .pipe
                .poll_deadline()
                .unwrap_or_else(|| self.parts.clock.now());
            tokio::select! {
                biased;
                stopped = &mut *stop => return end_of(stopped),
                event = self.socket.next(self.pipe.has_transmit()) => {
                    if let Err(end) = self.on_socket(event) {
                        return end;
                    }
                }
                () = self.news.notified() => {}
                () = tokio::time::sleep_until(self.parts.clock.instant(deadline)) => {
                    self.pipe.handle_timeout(self.parts.clock.now());
                }
            }
        }
    }

    fn on_socket(&mut self, event: Result<SocketEvent, SocketError>) -> Result<(), End> {
        match event.map_err(End::Broken)? {
            SocketEvent::Message(packet) => self
                .pipe
                .handle_input(self.parts.clock.now(), &packet)
                .map_err(End::Violation),
            SocketEvent::Writable => match self.pipe.poll_transmit() {
                Some(packet) => self.socket.start_send(packet).map_err(End::Broken),
                None => Ok(()),
            },
            SocketEvent::Activity => Ok(()),
            SocketEvent::Closed { code, reason } => Err(closed_by_relay(code, &reason)),
        }
    }

    fn take_events(&mut self) -> Option<End> {
        while let Some(event) = self.pipe.poll_event() {
            match event {
                Event::Open(channels) => self.open(channels),
                Event::Message(message) => self.on_message(message),
                Event::Clock(clock) => {
                    self.screen
                        .request(|requests| requests.round_trip_us = Some(clock.rtt_us));
                }
                Event::Closed(closed) => return Some(End::ViewerClosed(closed)),
            }
        }
        None
    }

    fn open(&mut self, channels: ChannelSet) {
        tracing::info!(?channels, "pipe open");
        if channels.contains(Channel::Input) {
            let (backends, applied) = (Arc::clone(&self.parts.backends), self.screen.applied_input());
            match InputHandle::start(backends, self.parts.clock, applied, Arc::clone(&self.news)) {
                Ok(input) => self.input = Some(input),
                Err(error) => tracing::error!(%error, "no input thread"),
            }
        }
        if channels.contains(Channel::Clipboard) {
            match self.parts.clipboard.join(Arc::clone(&self.news)) {
                Ok(seat) => self.clipboard = Some(seat),
                Err(error) => tracing::error!(%error, "no clipboard thread"),
            }
        }
    }

    fn on_message(&mut self, message: ToAgent) {
        match message {
            ToAgent::Input(batch) => {
                if let Some(input) = &self.input {
                    input.play(batch.events);
                }
            }
            ToAgent::Clipboard(message) => {
                if let Some(seat) = &self.clipboard {
                    seat.copied(&message);
                }
            }
            ToAgent::Screen(ScreenToAgent::Settings(settings)) => {
                self.screen.request(|requests| requests.settings = Some(settings));
            }
            ToAgent::Screen(ScreenToAgent::Ack(ack)) => {
                self.screen.request(|requests| requests.ack = Some(ack))
            }
            ToAgent::Screen(ScreenToAgent::Refresh) => {
                self.screen.request(|requests| requests.refresh = true)
            }
        }
    }

    /// Moves what the threads have into the pipe. What the pipe refuses is either still in its slot (pictures), or
    /// newer than a viewer that stopped reading can use.
    fn fill(&mut self) {
        if !self.pipe.is_open() {
            return;
        }
        for reply in self
            .input
            .as_ref()
            .map(InputHandle::take_replies)
            .unwrap_or_default()
        {
            self.send(ToViewer::Input(reply));
        }
        if let Some(message) = self.clipboard.as_ref().and_then(Seat::take) {
            self.send(ToViewer::Clipboard(message));
        }
        let out = self.screen.take(self.pipe.screen_writable());
        if let Some(layout) = out.layout {
            self.send_screen(ScreenToViewer::Layout(layout));
        }
        if let Some(state) = out.state {
            self.send_screen(ScreenToViewer::State(state));
        }
        if let Some(image) = out.shape {
            let shape = self.cursors.shape(&image);
            if !self.send_screen(ScreenToViewer::CursorShape(shape)) {
                self.cursors.forget(&image);
            }
        }
        if let Some(at) = out.position {
            let position = farol_protocol::pipe::message::screen::CursorPosition {
                x: at.x,
                y: at.y,
                visible: at.visible,
            };
            self.send_screen(ScreenToViewer::CursorPosition(position));
        }
        if let Some(mut frame) = out.frame {
            frame.times.queued_us = self.parts.clock.now().0;
            self.send_screen(ScreenToViewer::Frame(frame));
        }
        self.screen.set_writable(self.pipe.screen_writable());
    }

    fn send_screen(&mut self, message: ScreenToViewer) -> bool {
        self.send(ToViewer::Screen(message))
    }

    fn send(&mut self, message: ToViewer) -> bool {
        let sent = self.pipe.send(message).is_ok();
        if !sent {
            tracing::debug!("the viewer does not read; a message was dropped");
        }
        sent
    }

    /// Releases what the viewer holds, and says farewell as far as the connection still allows.
    async fn finish(mut self, end: &End) {
        self.screen.close();
        self.clipboard = None;
        match end {
            End::AgentStops => self.pipe.close(CloseCode::ShuttingDown, "the agent stops"),
            _ => self.pipe.close(CloseCode::Done, "session ended"),
        }
        let input = self.input.take();
        let release = async {
            if let Some(input) = input {
                input.close().await;
            }
        };
        let farewell = async {
            while let Some(packet) = self.pipe.poll_transmit() {
                self.socket.send(packet).await?;
            }
            self.socket.close(1000, "").await
        };
        let farewell = tokio::time::timeout(FAREWELL_TIME, farewell);
        let (said, ()) = tokio::join!(farewell, release);
        if !matches!(said, Ok(Ok(()))) {
            tracing::debug!("no farewell: the connection is gone");
        }
    }
}

/// For the last packet to leave; a viewer that does not read does not get it.
const FAREWELL_TIME: std::time::Duration = std::time::Duration::from_millis(500);

fn closed_by_relay(code: Option<u16>, reason: &str) -> End {
    match code {
        Some(relay_close::SESSION_ENDED) => End::KnownToServer(format!("session ended: {reason}")),
        Some(relay_close::PEER_LOST) => End::KnownToServer("the viewer's connection was lost".into()),
        Some(code) => End::KnownToServer(format!("relay closed with {code} {reason}")),
        None => End::Broken(SocketError::Io(std::io::ErrorKind::UnexpectedEof.into())),
    }
}
