//! A server with one machine: the link as the real one speaks it, a viewer right behind the relay's door, and the route of
//! enrollment.

use std::time::Duration;

use farol_media::Decoder;
use farol_protocol::identity::{MachineKey, MachinePublicKey, ServerIdentity, ServerPublicKey};
use farol_protocol::ids::{Grant, InstallId, MachineId, SessionId};
use farol_protocol::limits::HEARTBEAT_EVERY;
use farol_protocol::link::{
    Answer, Asking, Ephemeral, Established, GoodbyeReason, ServerLink, ServerLinkConfig, ServerLinkEvent,
    SessionEnd, SessionOffer, SessionStatement,
};
use farol_protocol::packet::{self, Header};
use farol_protocol::pipe::message::clipboard::ClipboardMessage;
use farol_protocol::pipe::message::screen::{FrameAck, ScreenCondition, ScreenToAgent, ScreenToViewer};
use farol_protocol::pipe::message::{ToAgent, ToViewer};
use farol_protocol::pipe::{Channel, ChannelSet, CloseCode, Closed, Event, PipeKey, ViewerPipe};
use farol_protocol::relay::{RelayHello, RelayReady};
use farol_protocol::rights::Rights;
use farol_transport::ServerUrl;
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use super::LONG;
use super::enroll::Ask;
use crate::Clock;
use crate::config::Enrollment;

pub(super) const MACHINE: MachineId = MachineId([7; 16]);
const SESSION: SessionId = SessionId([8; 16]);

type Peer = WebSocketStream<TcpStream>;

pub(super) struct TestServer {
    address: String,
    clock: Clock,
    /// What it proves itself with, the present one first.
    pub(super) identities: Vec<ServerIdentity>,
    /// Whose links it takes.
    pub(super) known: Vec<MachinePublicKey>,
    links: mpsc::Receiver<Peer>,
    relays: mpsc::Receiver<Peer>,
    asks: mpsc::Receiver<Ask>,
    live: Option<(Peer, ServerLink)>,
    sessions: u8,
}

/// An agent that proved itself.
pub(super) struct Hello {
    pub(super) machine: MachineId,
    pub(super) key: MachinePublicKey,
    pub(super) about: Established,
    pub(super) trusts: ServerPublicKey,
}

/// What a viewer has seen.
#[derive(Default)]
pub(super) struct Picture {
    pub(super) size: (u32, u32),
    pub(super) generation: u32,
    pub(super) frames: u32,
    /// Frames since the last layout.
    pub(super) fresh_frames: u32,
    pub(super) last_input: u32,
    pub(super) condition: Option<ScreenCondition>,
    pub(super) copied: Option<String>,
    decoder: Option<Decoder>,
}

pub(super) struct Viewer {
    socket: Peer,
    pipe: ViewerPipe,
    clock: Clock,
    pub(super) picture: Picture,
    closed: Option<Closed>,
}

pub(super) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, what)
        .await
        .expect("nothing happened in time")
}

pub(super) fn machine_key() -> MachineKey {
    MachineKey::from_seed(&[5; 32])
}

pub(super) fn identity() -> ServerIdentity {
    ServerIdentity::from_seed(&[6; 32])
}

impl TestServer {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (link_sender, links) = mpsc::channel(8);
        let (relay_sender, relays) = mpsc::channel(8);
        let (ask_sender, asks) = mpsc::channel(8);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut first = [0; 1];
                if stream.peek(&mut first).await.is_ok_and(|_| first == *b"P") {
                    tokio::spawn(Ask::read(stream, ask_sender.clone()));
                    continue;
                }
                let mut path = String::new();
                #[allow(clippy::result_large_err, reason = "the shape that the library asks for")]
                let note = |request: &Request, response: Response| {
                    request.uri().path().clone_into(&mut path);
                    Ok(response)
                };
                let Ok(socket) = tokio_tungstenite::accept_hdr_async(stream, note).await else {
                    continue;
                };
                let door = if path == "/api/relay" {
                    &relay_sender
                } else {
                    &link_sender
                };
                if door.send(socket).await.is_err() {
                    return;
                }
            }
        });
        Self {
            address,
            clock: Clock::start(),
            identities: vec![identity()],
            known: vec![machine_key().public()],
            links,
            relays,
            asks,
            live: None,
            sessions: 0,
        }
    }

    pub(super) fn enrollment(&self) -> Enrollment {
        Enrollment {
            server: ServerUrl::parse(&self.address, false).unwrap(),
            server_key: identity().public(),
            next_server_key: None,
            machine: MACHINE,
            key: machine_key(),
            organization: String::new(),
            site: String::new(),
            allow_insecure: false,
            ca_file: None,
        }
    }

    pub(super) fn address(&self) -> ServerUrl {
        ServerUrl::parse(&self.address, false).unwrap()
    }

    /// Waits for the agent's link to be live.
    pub(super) async fn link(&mut self) -> Hello {
        let hello = self.hello().await.expect("a known key");
        self.welcome(None).await;
        hello
    }

    /// Waits for an agent that proves itself; its key when it is none that is known.
    pub(super) async fn hello(&mut self) -> Result<Hello, MachinePublicKey> {
        let socket = soon(self.links.recv()).await.unwrap();
        let config = ServerLinkConfig {
            identities: self.identities.clone(),
            ephemeral: Ephemeral::from_seed([2; 32]),
            heartbeat: HEARTBEAT_EVERY,
        };
        self.live = Some((socket, ServerLink::new(config, self.clock.now())));
        let ServerLinkEvent::NeedMachineKey(machine, key) = self.event().await else {
            panic!("a hello comes first")
        };
        let known = self.known.contains(&key);
        self.live.as_mut().unwrap().1.provide_key(known).unwrap();
        match self.event().await {
            ServerLinkEvent::Established { about, trusts } => {
                assert_eq!(about.capabilities, ["screen", "input", "clipboard"]);
                Ok(Hello {
                    machine,
                    key,
                    about: *about,
                    trusts,
                })
            }
            ServerLinkEvent::Lost => {
                self.flush().await;
                Err(key)
            }
            other => panic!("{other:?}"),
        }
    }

    /// Waits for an agent that hangs up because it does not believe this server.
    pub(super) async fn disbelieved(&mut self) {
        let mut socket = soon(self.links.recv()).await.unwrap();
        let config = ServerLinkConfig {
            identities: self.identities.clone(),
            ephemeral: Ephemeral::from_seed([2; 32]),
            heartbeat: HEARTBEAT_EVERY,
        };
        let mut link = ServerLink::new(config, self.clock.now());
        while let Some(Ok(message)) = soon(socket.next()).await {
            if message.is_binary() {
                link.handle_input(self.clock.now(), &message.into_data()).unwrap();
                while let Some(message) = link.poll_transmit() {
                    socket.send(Message::Binary(message.into())).await.unwrap();
                }
            }
        }
        assert!(matches!(
            link.poll_event(),
            Some(ServerLinkEvent::NeedMachineKey(..))
        ));
        assert_eq!(link.poll_event(), None, "it proved itself to a stranger");
    }

    /// Takes the agent in.
    pub(super) async fn welcome(&mut self, go_on: Option<(u64, InstallId)>) {
        let now = self.clock.now();
        self.state().welcome(now, 0, go_on);
        self.flush().await;
    }

    /// The link's state machine.
    pub(super) fn state(&mut self) -> &mut ServerLink {
        &mut self.live.as_mut().unwrap().1
    }

    /// The next request for enrollment.
    pub(super) async fn asked(&mut self) -> Ask {
        soon(self.asks.recv()).await.unwrap()
    }

    /// Whether nobody asks for enrollment at this moment.
    pub(super) fn nobody_asks(&mut self) -> bool {
        self.asks.try_recv().is_err()
    }

    pub(super) async fn flush(&mut self) {
        let (socket, link) = self.live.as_mut().unwrap();
        while let Some(message) = link.poll_transmit() {
            // A peer that is gone shows when it is read.
            let _gone = socket.send(Message::Binary(message.into())).await;
        }
    }

    /// The next event of the link.
    pub(super) async fn event(&mut self) -> ServerLinkEvent {
        loop {
            self.flush().await;
            let (socket, link) = self.live.as_mut().unwrap();
            if let Some(event) = link.poll_event() {
                return event;
            }
            let message = soon(socket.next()).await.expect("the link ended").unwrap();
            if message.is_binary() {
                link.handle_input(self.clock.now(), &message.into_data()).unwrap();
            }
        }
    }

    pub(super) async fn ended(&mut self) -> SessionEnd {
        loop {
            if let ServerLinkEvent::SessionEnd(end) = self.event().await {
                return end;
            }
        }
    }

    pub(super) fn drop_link(&mut self) {
        self.live = None;
    }

    pub(super) async fn goodbye(&mut self, reason: GoodbyeReason, retry_after: Option<Duration>) {
        self.state().goodbye(reason, "", retry_after);
        self.flush().await;
        self.live = None;
    }

    pub(super) fn end_session(&mut self) {
        let (mut socket, mut link) = self.live.take().unwrap();
        let mut session = SESSION;
        session.0[15] = self.sessions;
        let end = SessionEnd {
            session,
            code: "technician_ended".into(),
            detail: String::new(),
            by: "Ana".into(),
        };
        link.end_session(end).unwrap();
        let message = link.poll_transmit().unwrap();
        tokio::spawn(async move {
            socket.send(Message::Binary(message.into())).await.unwrap();
            // Keeps the link open while the test goes on.
            while socket.next().await.is_some() {}
        });
    }

    /// Offers a session and stands in for relay and viewer.
    pub(super) async fn session(&mut self, rights: Rights) -> Viewer {
        self.sessions += 1;
        let mut session = SESSION;
        session.0[15] = self.sessions;
        let grant = Grant([self.sessions; 32]);
        let offer = SessionOffer {
            statement: SessionStatement {
                session,
                machine: MACHINE,
                viewer_key: PipeKey::from_seed([4; 32]).public(),
                rights,
                ask: Rights::NONE,
                asking: Asking::Always,
                answer_time: Duration::from_secs(30),
                technician: "Ana".into(),
                organization: "Acme".into(),
                issued_ms: 0,
                warn: false,
            },
            grant: grant.clone(),
            resume: false,
            request_id: "r-1".into(),
        };
        self.live.as_mut().unwrap().1.offer_session(offer).unwrap();
        loop {
            if let ServerLinkEvent::SessionAnswer(answer) = self.event().await {
                assert_eq!(
                    (answer.session, answer.answer),
                    (session, Answer::Accepted(rights))
                );
                break;
            }
        }
        let mut socket = soon(self.relays.recv()).await.unwrap();
        let hello = soon(socket.next()).await.unwrap().unwrap();
        assert_eq!(RelayHello::parse(&hello.into_data()), Ok(RelayHello { grant }));
        socket
            .send(Message::Binary(RelayReady { session }.encode().into()))
            .await
            .unwrap();
        let pipe = ViewerPipe::new([1; 32], ChannelSet::ALL, self.clock.now());
        Viewer {
            socket,
            pipe,
            clock: self.clock,
            picture: Picture::default(),
            closed: None,
        }
    }
}

impl Viewer {
    /// Takes part until the picture is as wanted.
    pub(super) async fn until(&mut self, mut wanted: impl FnMut(&mut Picture) -> bool) {
        soon(async {
            while !wanted(&mut self.picture) {
                assert!(self.closed.is_none(), "{:?}", self.closed);
                self.step(Duration::from_secs(1)).await;
            }
        })
        .await;
    }

    /// Takes part until something is true outside.
    pub(super) async fn pump_until(&mut self, mut wanted: impl FnMut() -> bool) {
        soon(async {
            while !wanted() {
                self.step(Duration::from_millis(5)).await;
            }
        })
        .await;
    }

    /// Takes part for a while.
    pub(super) async fn idle(&mut self, time: Duration) {
        let until = tokio::time::Instant::now() + time;
        while tokio::time::Instant::now() < until {
            self.step(Duration::from_millis(50)).await;
        }
    }

    pub(super) async fn closed(&mut self) -> Closed {
        soon(async {
            while self.closed.is_none() {
                self.step(Duration::from_secs(1)).await;
            }
        })
        .await;
        self.closed.clone().unwrap()
    }

    pub(super) fn send(&mut self, message: ToAgent) {
        assert!(self.try_send(message));
    }

    pub(super) fn try_send(&mut self, message: ToAgent) -> bool {
        self.pipe.send(message).is_ok()
    }

    pub(super) fn refresh(&mut self) {
        self.send(ToAgent::Screen(ScreenToAgent::Refresh));
    }

    /// Puts an input packet on the wire behind the pipe's back.
    pub(super) fn smuggle_input(&mut self) {
        let header = Header {
            channel: Channel::Input,
            end: true,
            seq: 0,
        };
        let packet = packet::encode(header, &[1]);
        let sent = futures_util::FutureExt::now_or_never(self.socket.send(Message::Binary(packet.into())));
        sent.unwrap().unwrap();
    }

    pub(super) async fn close(&mut self, code: CloseCode) {
        self.pipe.close(code, "leaving");
        self.flush().await;
    }

    async fn flush(&mut self) {
        while let Some(packet) = self.pipe.poll_transmit() {
            if self.socket.send(Message::Binary(packet.into())).await.is_err() {
                return;
            }
        }
    }

    async fn step(&mut self, patience: Duration) {
        self.flush().await;
        let received = tokio::time::timeout(patience, self.socket.next()).await;
        self.pipe.handle_timeout(self.clock.now());
        match received {
            Err(_quiet) => {}
            Ok(Some(Ok(message))) if message.is_binary() => {
                self.pipe
                    .handle_input(self.clock.now(), &message.into_data())
                    .unwrap();
            }
            Ok(_) => tokio::time::sleep(Duration::from_millis(1)).await,
        }
        while let Some(event) = self.pipe.poll_event() {
            match event {
                Event::Message(ToViewer::Screen(message)) => self.see(message),
                Event::Message(ToViewer::Clipboard(ClipboardMessage::Text(text))) => {
                    self.picture.copied = Some(text)
                }
                Event::Closed(closed) => self.closed = Some(closed),
                _ => {}
            }
        }
        self.flush().await;
    }

    fn see(&mut self, message: ScreenToViewer) {
        let picture = &mut self.picture;
        match message {
            ScreenToViewer::Layout(layout) => {
                picture.size = (layout.width, layout.height);
                picture.generation = layout.generation;
                picture.fresh_frames = 0;
                picture.decoder = Some(Decoder::new(layout.width, layout.height).unwrap());
            }
            ScreenToViewer::State(state) => picture.condition = Some(state.condition),
            ScreenToViewer::Frame(frame) => {
                assert_eq!(frame.generation, picture.generation, "a frame without its layout");
                let times = frame.times;
                assert!(times.damaged_us <= times.captured_us && times.captured_us <= times.encoded_us);
                assert!(times.encoded_us <= times.queued_us);
                farol_media::decode_full(picture.decoder.as_mut().unwrap(), &frame.data).unwrap();
                picture.frames += 1;
                picture.fresh_frames += 1;
                picture.last_input = frame.last_input_id;
                let ack = FrameAck {
                    id: frame.id,
                    decode_us: 100,
                    draw_us: 100,
                };
                self.pipe.send(ToAgent::Screen(ScreenToAgent::Ack(ack))).unwrap();
            }
            ScreenToViewer::CursorShape(_) | ScreenToViewer::CursorPosition(_) => {}
        }
    }
}

impl Picture {
    /// Blue, green, red.
    pub(super) fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let decoder = self.decoder.as_ref().unwrap();
        let at = (y as usize * self.size.0 as usize + x as usize) * 4;
        let rgba = &decoder.framebuffer()[at..at + 4];
        [rgba[2], rgba[1], rgba[0]]
    }
}
