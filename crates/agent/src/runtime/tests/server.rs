//! A server with one machine: the link as the real one speaks it, the relay's door, and the route of enrollment.

use std::time::Duration;

use farol_protocol::identity::{MachineKey, MachinePublicKey, ServerIdentity, ServerPublicKey};
use farol_protocol::ids::{Grant, InstallId, MachineId, SessionId};
use farol_protocol::link::{
    Answer, Asking, Ephemeral, Established, GoodbyeReason, Pace, ServerLink, ServerLinkConfig,
    ServerLinkEvent, SessionAnswer, SessionEnd, SessionFigures, SessionNote, SessionOffer,
    SessionRightsChanged, SessionRightsOffer, SessionStatement,
};
use farol_protocol::pipe::{PipeKey, PipePublicKey};
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
use super::viewer::Viewer;
use crate::Clock;
use crate::config::Enrollment;

pub(super) const MACHINE: MachineId = MachineId([7; 16]);
const SESSION: SessionId = SessionId([8; 16]);

pub(super) type Peer = WebSocketStream<TcpStream>;

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
    grants: u8,
    /// The agent's, as it said last.
    pub(super) pipe_key: PipePublicKey,
    /// Sessions that the agent still had with its last welcome.
    pub(super) held: Vec<SessionId>,
    /// What it says it can do.
    pub(super) capabilities: Vec<String>,
    /// What it is welcomed with.
    pub(super) pace: Pace,
}

/// An agent that proved itself.
pub(super) struct Hello {
    pub(super) machine: MachineId,
    pub(super) key: MachinePublicKey,
    pub(super) about: Established,
    pub(super) trusts: ServerPublicKey,
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
            grants: 0,
            pipe_key: viewer_key(0).public(),
            held: Vec::new(),
            capabilities: Vec::new(),
            pace: Pace::QUICK,
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
            pace: self.pace,
        };
        self.live = Some((socket, ServerLink::new(config, self.clock.now())));
        let ServerLinkEvent::NeedMachineKey(machine, key) = self.event().await else {
            panic!("a hello comes first")
        };
        let known = self.known.contains(&key);
        self.live.as_mut().unwrap().1.provide_key(known).unwrap();
        match self.event().await {
            ServerLinkEvent::Established { about, trusts } => {
                self.pipe_key = about.pipe_key;
                self.capabilities.clone_from(&about.capabilities);
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
            pace: self.pace,
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
        let ServerLinkEvent::SessionsHeld(held) = self.event().await else {
            panic!("the sessions that there are come first")
        };
        self.held = held;
    }

    /// Has no place for the agent that comes next, and tells it when to come again.
    pub(super) async fn turn_away(&mut self, wait: Duration) {
        let mut socket = soon(self.links.recv()).await.unwrap();
        let word = ServerLink::turn_away("many are coming", wait);
        socket.send(Message::Binary(word.into())).await.unwrap();
        // Until the agent hangs up: a reset would overtake the word.
        while let Some(Ok(_)) = soon(socket.next()).await {}
    }

    /// Tells the agent another pace.
    pub(super) async fn set_pace(&mut self, pace: Pace) {
        let now = self.clock.now();
        self.state().set_pace(now, pace).unwrap();
        self.flush().await;
    }

    /// The number of the next heartbeat.
    pub(super) async fn heartbeat(&mut self) -> u64 {
        loop {
            if let ServerLinkEvent::Heartbeat { counter } = self.event().await {
                return counter;
            }
        }
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

    /// Waits for the end of the link; whether the agent closed it in good order.
    pub(super) async fn closed(&mut self) -> bool {
        self.flush().await;
        let (socket, _) = self.live.as_mut().unwrap();
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(_))) => return true,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return false,
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

    /// Ends a session while nobody reads the link.
    pub(super) fn end_session(&mut self, viewer: &Viewer) {
        let (mut socket, mut link) = self.live.take().unwrap();
        link.end_session(end(viewer.session)).unwrap();
        let message = link.poll_transmit().unwrap();
        tokio::spawn(async move {
            socket.send(Message::Binary(message.into())).await.unwrap();
            // Keeps the link open while the test goes on.
            while socket.next().await.is_some() {}
        });
    }

    /// What a session is stated as that nobody has to be asked about.
    pub(super) fn statement(&mut self, rights: Rights) -> SessionStatement {
        self.sessions += 1;
        let mut session = SESSION;
        session.0[15] = self.sessions;
        SessionStatement {
            session,
            machine: MACHINE,
            viewer_key: viewer_key(4).public(),
            rights,
            ask: Rights::NONE,
            asking: Asking::Always,
            answer_time: Duration::from_secs(30),
            technician: "Ana".into(),
            organization: "Acme".into(),
            issued_ms: 0,
            warn: false,
            guest: false,
        }
    }

    /// Offers a session, or the way back into one.
    pub(super) async fn offer(&mut self, statement: &SessionStatement, resume: bool) -> Grant {
        self.grants += 1;
        let grant = Grant([self.grants; 32]);
        let offer = SessionOffer {
            statement: statement.clone(),
            grant: grant.clone(),
            resume,
            request_id: "r-1".into(),
        };
        self.state().offer_session(offer).unwrap();
        self.flush().await;
        grant
    }

    pub(super) async fn offer_rights(&mut self, statement: &SessionStatement) {
        let offer = SessionRightsOffer {
            statement: statement.clone(),
            request_id: "r-2".into(),
        };
        self.state().offer_rights(offer).unwrap();
        self.flush().await;
    }

    /// The next answer to an offer.
    pub(super) async fn answer(&mut self) -> SessionAnswer {
        loop {
            if let ServerLinkEvent::SessionAnswer(answer) = self.event().await {
                return answer;
            }
        }
    }

    /// The next news of rights.
    pub(super) async fn rights(&mut self) -> SessionRightsChanged {
        loop {
            if let ServerLinkEvent::SessionRightsChanged(changed) = self.event().await {
                return changed;
            }
        }
    }

    /// The next note that is to be kept with a session.
    pub(super) async fn note(&mut self) -> SessionNote {
        loop {
            if let ServerLinkEvent::SessionNote(note) = self.event().await {
                return note;
            }
        }
    }

    /// The next word on how a session goes.
    pub(super) async fn figures(&mut self) -> SessionFigures {
        loop {
            if let ServerLinkEvent::SessionFigures(figures) = self.event().await {
                return figures;
            }
        }
    }

    /// The agent at the relay, with the grant that it was given.
    pub(super) async fn relayed(&mut self, session: SessionId, grant: Grant) -> Peer {
        let mut socket = soon(self.relays.recv()).await.unwrap();
        let hello = soon(socket.next()).await.unwrap().unwrap();
        assert_eq!(RelayHello::parse(&hello.into_data()), Ok(RelayHello { grant }));
        let ready = RelayReady { session }.encode();
        socket.send(Message::Binary(ready.into())).await.unwrap();
        socket
    }

    /// A session with a viewer behind the relay's door, nobody asked.
    pub(super) async fn session(&mut self, rights: Rights) -> Viewer {
        self.session_of("Ana", rights).await
    }

    /// A session of somebody else.
    pub(super) async fn session_of(&mut self, technician: &str, rights: Rights) -> Viewer {
        let statement = SessionStatement {
            technician: technician.into(),
            ..self.statement(rights)
        };
        self.session_as(statement).await
    }

    /// A session of which this is stated, nobody asked.
    pub(super) async fn session_as(&mut self, statement: SessionStatement) -> Viewer {
        let grant = self.offer(&statement, false).await;
        let accepted = self.answer().await;
        assert_eq!(
            (accepted.session, accepted.answer),
            (statement.session, Answer::Accepted(statement.rights))
        );
        self.viewer(&statement, grant).await
    }

    /// A viewer that begins.
    pub(super) async fn viewer(&mut self, statement: &SessionStatement, grant: Grant) -> Viewer {
        let socket = self.relayed(statement.session, grant).await;
        Viewer::new(self.clock, statement.session, self.pipe_key, socket)
    }

    /// Brings a viewer back, over another connection.
    pub(super) async fn resume(&mut self, viewer: &mut Viewer, rights: Rights) {
        let statement = SessionStatement {
            session: viewer.session,
            viewer_key: viewer.key.public(),
            ..self.statement(rights)
        };
        let grant = self.offer(&statement, true).await;
        assert_eq!(self.answer().await.answer, Answer::Accepted(rights));
        let socket = self.relayed(viewer.session, grant).await;
        viewer.connect(socket);
    }
}

pub(super) fn viewer_key(seed: u8) -> PipeKey {
    PipeKey::from_seed([seed; 32])
}

pub(super) fn end(session: SessionId) -> SessionEnd {
    SessionEnd {
        session,
        code: "technician_ended".into(),
        detail: String::new(),
        by: "Ana".into(),
    }
}
