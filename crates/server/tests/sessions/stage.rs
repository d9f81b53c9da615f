//! A server with sockets, an agent's link and the ends of relays, each saying exactly what a test wants.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::{Method, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use farol_protocol::Tick;
use farol_protocol::evidence::Evidence;
use farol_protocol::identity::{MachineKey, ServerPublicKey};
use farol_protocol::ids::{Grant, InstallId, MachineId, RunId, SessionId};
use farol_protocol::link::{
    AgentLink, AgentLinkConfig, AgentLinkEvent, Answer as Yes, Ephemeral, Established, Facts, Installation,
    OperatingSystem, SessionAnswer, SessionFigures, SessionNote, SessionOffer,
};
use farol_protocol::pipe::PipeKey;
use farol_protocol::pipe::message::company::Line;
use farol_protocol::relay::{RelayHello, RelayReady};
use farol_protocol::rights::Rights;
use farol_protocol::token::EnrollmentToken;
use farol_server::Ctx;
use farol_server::clock::Clock;
use farol_server::config::Config;
use farol_server::events::Listener;
use farol_server::ids::{AccountId, LoginId};
use farol_server::rights::Rights as AccountRights;
use farol_server::server::Server;
use futures_util::{SinkExt, StreamExt};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tower::ServiceExt;

use crate::common::{described, request, set_up_body};

/// How often is looked at what nobody announces.
const LOOK: Duration = Duration::from_millis(100);

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(30);

pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// The viewer's key in base64url, as a page makes one.
pub fn viewer_key(seed: u8) -> String {
    PipeKey::from_seed([seed; 32]).public().to_base64url()
}

/// A running server with an owner and one enrolled machine.
pub struct Stage {
    pub server: Server,
    config: Config,
    clock: Clock,
    router: Router,
    pub cookie: String,
    pub machine: Machine,
    _data: tempfile::TempDir,
}

/// What a machine keeps.
#[derive(Clone)]
pub struct Machine {
    pub id: MachineId,
    key: MachineKey,
    server: ServerPublicKey,
    counter: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

impl Stage {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// One with other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (mut config, clock) = (Config::for_tests(data.path()), Clock::ahead());
        change(&mut config);
        let server = Server::start_with(config.clone(), clock.clone()).await.unwrap();
        let router = farol_server::http::router(server.ctx());
        let link = farol_server::accounts::create_link(&server.ctx().db, &clock, None)
            .await
            .unwrap();
        let body = set_up_body(link.path.split_once('=').unwrap().1);
        let (status, _, cookie) = call(&router, Method::POST, "/api/setup", (None, Some(&body))).await;
        assert_eq!(status, StatusCode::CREATED);
        let cookie = cookie.unwrap();
        let machine = Machine::enroll(&router, &cookie).await;
        Self {
            server,
            config,
            clock,
            router,
            cookie,
            machine,
            _data: data,
        }
    }

    /// Stops in good order and starts again on the same data.
    pub async fn restart(self) -> Self {
        self.server.stop().await;
        let server = Server::start_with(self.config.clone(), self.clock.clone())
            .await
            .unwrap();
        let router = farol_server::http::router(server.ctx());
        Self {
            server,
            router,
            ..self
        }
    }

    pub fn ctx(&self) -> &Ctx {
        self.server.ctx()
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body, _) = call(&self.router, Method::GET, path, (Some(&self.cookie), None)).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, body, _) =
            call(&self.router, Method::POST, path, (Some(&self.cookie), Some(body))).await;
        (status.as_u16(), body)
    }

    pub async fn delete(&self, path: &str) -> u16 {
        let (status, ..) = call(&self.router, Method::DELETE, path, (Some(&self.cookie), None)).await;
        status.as_u16()
    }

    /// What somebody gets who shows nothing but these headers.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        sent: (&[(&str, &str)], Option<&Value>),
    ) -> (u16, Value) {
        let (status, body, _) = send(&self.router, method, path, sent).await;
        (status.as_u16(), body)
    }

    /// Asks for a session.
    pub async fn open(&self, rights: &Value) -> (u16, Value) {
        let body = json!({ "rights": rights, "viewer_key": viewer_key(1) });
        self.post(&format!("/api/machines/{}/sessions", self.machine.id), &body)
            .await
    }

    /// Asks again after every event until there is an answer.
    async fn watch<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let organizations = farol_server::organizations::all(self.ctx().db.read())
            .await
            .unwrap();
        let listener = Listener::new(
            (AccountId::new(), LoginId::new()),
            &AccountRights::of_everything(&organizations.iter().map(|one| one.id).collect::<Vec<_>>()),
            None,
        );
        let mut events = self.ctx().events.subscribe(listener).unwrap();
        let looking = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                // Not everything that is looked for is announced.
                match tokio::time::timeout(LOOK, events.next()).await {
                    Ok(event) => drop(event.unwrap()),
                    Err(_elapsed) => {}
                }
            }
        };
        soon(what, looking).await
    }

    /// Waits until a session looks like that.
    pub async fn until(&self, id: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/api/sessions/{id}");
        self.watch(what, async || Some(self.get(&path).await).filter(&is))
            .await
    }

    pub async fn state(&self, id: &str, state: &str) -> Value {
        self.until(id, state, |session| session["state"] == state).await
    }

    pub async fn until_offline(&self) {
        let path = format!("/api/machines/{}", self.machine.id);
        let offline = |machine: &Value| machine["presence"]["status"] == "offline";
        self.watch("offline", async || Some(self.get(&path).await).filter(offline))
            .await;
    }

    /// Waits until it is written with which key the machine opens pipes.
    pub async fn until_known(&self, seed: u8) {
        use farol_server::store::entities::machine;
        use sea_orm::EntityTrait;

        let key = PipeKey::from_seed([seed; 32]).public().to_bytes().to_vec();
        let id = farol_server::ids::MachineId(uuid::Uuid::from_bytes(self.machine.id.0));
        let query = machine::Entity::find_by_id(id);
        self.watch("the key of pipes", async || {
            let row = query.clone().one(self.ctx().db.read()).await.unwrap();
            row.filter(|row| row.pipe_key.as_ref() == Some(&key))
        })
        .await;
    }

    /// The first audit entry of this action.
    pub async fn until_audit(&self, action: &str) -> Value {
        let path = format!("/api/audit?action={action}");
        self.watch(action, async || {
            let list = self.get(&path).await;
            Some(list["items"][0].clone()).filter(|entry| !entry.is_null())
        })
        .await
    }

    /// The agent's link, welcomed.
    pub async fn link(&self) -> Link {
        Link::connect(self.server.address(), &self.machine, 9).await
    }

    /// An end of the relay that showed this grant.
    pub async fn dial(&self, grant: Grant) -> End {
        let mut socket = connect(self.server.address(), "/api/relay").await;
        let hello = RelayHello { grant };
        socket.send(Message::Binary(hello.encode().into())).await.unwrap();
        End(socket)
    }

    /// A session that runs, over this link.
    pub async fn session(&self, link: &mut Link) -> Running {
        let rights = json!(["view", "control"]);
        let (status, opened) = self.open(&rights).await;
        assert_eq!(status, 201, "{opened}");
        let offer = link.offer().await;
        link.accept(&offer).await;
        self.couple(&opened, &offer).await
    }

    /// Both ends of an opening or a way back come to the relay.
    pub async fn couple(&self, opened: &Value, offer: &SessionOffer) -> Running {
        let id = opened["session"]["id"].as_str().unwrap().to_owned();
        let mut agent = self.dial(offer.grant.clone()).await;
        let mut viewer = self.dial(grant(opened)).await;
        assert_eq!(viewer.ready().await, offer.statement.session);
        assert_eq!(agent.ready().await, offer.statement.session);
        self.state(&id, "active").await;
        Running { id, viewer, agent }
    }

    /// How many grants were shown so far.
    pub async fn used_grants(&self) -> usize {
        use sea_orm::{ConnectionTrait, DbBackend, Statement};

        let used = "SELECT hash FROM relay_grants WHERE used_at IS NOT NULL";
        let db = self.ctx().db.read();
        let rows = db
            .query_all_raw(Statement::from_string(DbBackend::Sqlite, used))
            .await;
        rows.unwrap().len()
    }

    pub async fn resume(&self, id: &str, seed: u8) -> (u16, Value) {
        let body = json!({ "viewer_key": viewer_key(seed) });
        self.post(&format!("/api/sessions/{id}/resume"), &body).await
    }
}

/// A session with both ends.
pub struct Running {
    pub id: String,
    pub viewer: End,
    pub agent: End,
}

pub fn grant(opened: &Value) -> Grant {
    let text = opened["relay"]["grant"].as_str().unwrap();
    Grant(URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap())
}

pub fn kinds(session: &Value) -> Vec<&str> {
    let timeline = session["timeline"].as_array().unwrap();
    timeline
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect()
}

impl Machine {
    async fn enroll(router: &Router, cookie: &str) -> Self {
        let wanted =
            json!({ "name": "case", "max_uses": 1, "expires_in_seconds": 3600, "approval": "automatic" });
        let sent = (Some(cookie), Some(&wanted));
        let (status, made, _) = call(router, Method::POST, "/api/enrollment-tokens", sent).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let (status, answer) = enroll(router, made["token"].as_str().unwrap(), ("paper", 3)).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        let text = |name: &str| answer[name].as_str().unwrap();
        Self {
            id: text("machine_id").parse().unwrap(),
            key: MachineKey::from_seed(&[3; 32]),
            server: ServerPublicKey::from_base64url(text("identity_key")).unwrap(),
            counter: std::sync::Arc::default(),
        }
    }
}

/// What a machine is answered that enrolls with a token; its seed makes its key.
pub async fn enroll(router: &Router, token: &str, (hostname, seed): (&str, u8)) -> (StatusCode, Value) {
    let key = MachineKey::from_seed(&[seed; 32]);
    let signature = key.sign_enrollment(&[7; 32], &EnrollmentToken::parse(token).unwrap());
    let body = json!({
        "token": token, "machine_key": key.public().to_base64url(), "nonce": URL_SAFE_NO_PAD.encode([7; 32]),
        "signature": URL_SAFE_NO_PAD.encode(signature),
        "install_id": InstallId([seed + 2; 16]).to_string(), "hostname": hostname, "agent_version": "0.1.0",
        "evidence": {
            "smbios_uuid": "", "os_install_id": "", "board_serial": "", "system_serial": "", "disk_serials": [],
        },
        "os": { "family": "linux", "name": "Debian GNU/Linux", "version": "12", "arch": "x86_64" },
    });
    let (status, answer, _) = call(router, Method::POST, "/api/agent/enroll", (None, Some(&body))).await;
    (status, answer)
}

async fn call(
    router: &Router,
    method: Method,
    path: &str,
    (cookie, body): (Option<&str>, Option<&Value>),
) -> (StatusCode, Value, Option<String>) {
    let headers: Vec<_> = cookie.map(|cookie| ("cookie", cookie)).into_iter().collect();
    send(router, method, path, (&headers, body)).await
}

async fn send(
    router: &Router,
    method: Method,
    path: &str,
    (headers, body): (&[(&str, &str)], Option<&Value>),
) -> (StatusCode, Value, Option<String>) {
    let response = router
        .clone()
        .oneshot(request(method.clone(), path, headers, body))
        .await
        .unwrap();
    let (status, set) = (response.status(), response.headers().get("set-cookie").cloned());
    let kind = response.headers().get("content-type").cloned();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    described::check(&described::Seen {
        method: &method,
        path,
        status: status.as_u16(),
        content_type: kind.as_ref().and_then(|kind| kind.to_str().ok()),
        text: &String::from_utf8_lossy(&bytes),
    });
    let cookie = set.map(|set| set.to_str().unwrap().split(';').next().unwrap().to_owned());
    (
        status,
        serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        cookie,
    )
}

async fn connect(address: SocketAddr, path: &str) -> WebSocketStream<TcpStream> {
    let stream = TcpStream::connect(address).await.unwrap();
    let url = format!("ws://{address}{path}");
    soon("a WebSocket", tokio_tungstenite::client_async(url, stream))
        .await
        .unwrap()
        .0
}

/// An end of the relay.
pub struct End(WebSocketStream<TcpStream>);

impl End {
    /// The session that the relay coupled.
    pub async fn ready(&mut self) -> SessionId {
        loop {
            match soon("ready", self.0.next()).await.unwrap().unwrap() {
                Message::Binary(bytes) => return RelayReady::parse(&bytes).unwrap().session,
                Message::Close(frame) => panic!("closed instead of ready: {frame:?}"),
                _ => {}
            }
        }
    }

    pub async fn send(&mut self, bytes: &'static [u8]) {
        self.0
            .send(Message::Binary(Bytes::from_static(bytes)))
            .await
            .unwrap();
    }

    pub async fn message(&mut self) -> Bytes {
        loop {
            match soon("a message", self.0.next()).await.unwrap().unwrap() {
                Message::Binary(bytes) => return bytes,
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// Code and reason of the close frame.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match soon("a close", self.0.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Close(None))) => return (1005, String::new()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return (1006, String::new()),
            }
        }
    }

    /// Says goodbye.
    pub async fn close(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame {
            code: code.into(),
            reason: reason.into(),
        };
        self.0.send(Message::Close(Some(frame))).await.unwrap();
    }
}

/// An agent's link, driven only while one of its functions is awaited.
pub struct Link {
    socket: WebSocketStream<TcpStream>,
    link: AgentLink,
}

impl Link {
    /// Connects and waits for the welcome.
    pub async fn connect(address: SocketAddr, machine: &Machine, pipe_seed: u8) -> Self {
        let about = Established {
            facts: Facts {
                hostname: "paper".into(),
                os: OperatingSystem::default(),
                users: Vec::new(),
                agent_version: "0.1.0".into(),
                screen: None,
            },
            capabilities: ["screen", "input", "clipboard", "inventory"]
                .map(str::to_owned)
                .to_vec(),
            run: RunId([4; 16]),
            installation: Installation {
                id: InstallId([5; 16]),
                counter: machine.counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1,
                evidence: Evidence::default(),
            },
            pipe_key: PipeKey::from_seed([pipe_seed; 32]).public(),
        };
        let config = AgentLinkConfig {
            machine: machine.id,
            key: machine.key.clone(),
            server: machine.server,
            ephemeral: Ephemeral::from_seed(fresh()),
            about,
        };
        let mut link = Self {
            socket: connect(address, "/api/agent/link").await,
            link: AgentLink::new(config, Tick(0)),
        };
        match link.next().await {
            AgentLinkEvent::Welcome(_) => link,
            other => panic!("expected a welcome, got {other:?}"),
        }
    }

    pub async fn flush(&mut self) {
        while let Some(message) = self.link.poll_transmit() {
            self.socket.send(Message::Binary(message.into())).await.unwrap();
        }
    }

    /// The next thing the server says.
    pub async fn next(&mut self) -> AgentLinkEvent {
        loop {
            self.flush().await;
            if let Some(event) = self.link.poll_event() {
                return event;
            }
            match soon("a word of the server", self.socket.next()).await {
                Some(Ok(Message::Binary(bytes))) => self.link.handle_input(Tick(0), &bytes).unwrap(),
                Some(Ok(Message::Close(frame))) => panic!("the server closed: {frame:?}"),
                Some(Ok(_)) => {}
                Some(Err(error)) => panic!("{error}"),
                None => panic!("the link ended"),
            }
        }
    }

    /// The code with which the server closes it.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match soon("the end of the link", self.socket.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("expected a close, got {other:?}"),
            }
        }
    }

    pub async fn offer(&mut self) -> SessionOffer {
        match self.next().await {
            AgentLinkEvent::SessionOffer(offer) => *offer,
            other => panic!("expected an offer, got {other:?}"),
        }
    }

    /// The next end that the server tells: which session, and why.
    pub async fn end(&mut self) -> (SessionId, String) {
        match self.next().await {
            AgentLinkEvent::SessionEnd(end) => (end.session, end.code),
            other => panic!("expected an end, got {other:?}"),
        }
    }

    pub async fn accept(&mut self, offer: &SessionOffer) {
        self.answer(offer, Yes::Accepted(offer.statement.rights), "")
            .await;
    }

    pub async fn answer(&mut self, offer: &SessionOffer, answer: Yes, by: &str) {
        let answer = SessionAnswer {
            session: offer.statement.session,
            answer,
            by: by.to_owned(),
        };
        self.link.answer_session(answer).unwrap();
        self.flush().await;
    }

    /// Says which rights a session has now.
    pub async fn rights(&mut self, session: SessionId, rights: Rights, code: &str) {
        let changed = farol_protocol::link::SessionRightsChanged {
            session,
            rights,
            code: code.to_owned(),
            by: "Rita".to_owned(),
        };
        self.link.rights_changed(changed).unwrap();
        self.flush().await;
    }

    /// Says that something happened in a session.
    pub async fn note(&mut self, (session, number): (SessionId, u32), kind: &str, (who, text): (&str, &str)) {
        let note = SessionNote {
            session,
            kind: kind.into(),
            who: who.into(),
            text: Line(text.into()),
            number,
        };
        self.link.note(note).unwrap();
        self.flush().await;
    }

    /// Says how a session goes.
    pub async fn figures(&mut self, figures: SessionFigures) {
        self.link.figures(figures).unwrap();
        self.flush().await;
    }

    /// Says which sessions it still has.
    pub async fn held(&mut self, sessions: &[SessionId]) {
        self.link.sessions_held(sessions).unwrap();
        self.flush().await;
    }
}

fn fresh() -> [u8; 32] {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    seed
}
