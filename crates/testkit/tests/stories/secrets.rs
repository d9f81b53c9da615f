//! No secret stands where it does not belong: a whole life of the server is played, right and wrong, and then logs, audit
//! entries, error bodies, metrics and the database file are searched for every secret that was in play.
//!
//! Logs are captured from everything in this process at TRACE for our crates, so this also covers the real agent. A new
//! kind of secret belongs into [`Secrets`] here.

use std::io::Write;
use std::sync::{Arc, Mutex};

use base64::engine::general_purpose::STANDARD;
use farol_server::accounts;
use farol_testkit::{FakeMachine, RawSocket, TestAgent, new_key};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::*;

const PASSWORD: &str = "correct horse battery staple";
/// What people type into the wrong field is a secret as well.
const WRONG_PASSWORD: &str = "my bank's password 1998";
const OURS: &str = "info,farol_server=trace,farol_agent=trace,farol_transport=trace,farol_protocol=trace,\
                    farol_platform=trace,farol_media=trace,farol_testkit=trace";

/// Everything logged in this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn capture() -> Self {
        let log = Self::default();
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(OURS))
            .with_ansi(false)
            .with_writer(log.clone())
            .try_init()
            .expect("another story logs in this process already: unset FAROL_LOG");
        log
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// What must not be found, by name, in all the forms that it could take.
#[derive(Default)]
struct Secrets(Vec<(String, String)>);

impl Secrets {
    fn text(&mut self, name: &str, text: &str) {
        assert!(text.len() >= 16, "{name} is too short to be searched for");
        self.0.push((name.into(), text.into()));
        self.encoded(name, text.as_bytes());
        // Most texts are encoded bytes themselves.
        let body = text.rsplit(['_', '=']).next().unwrap();
        for part in [text, body] {
            if let Ok(bytes) = URL_SAFE_NO_PAD.decode(part)
                && bytes.len() >= 16
            {
                self.encoded(&format!("{name}, decoded"), &bytes);
            }
        }
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) {
        self.0
            .push((format!("{name} in base64url"), URL_SAFE_NO_PAD.encode(bytes)));
        self.encoded(name, bytes);
    }

    fn encoded(&mut self, name: &str, bytes: &[u8]) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let list: Vec<String> = bytes.iter().take(16).map(u8::to_string).collect();
        for (form, text) in [
            ("base64", STANDARD.encode(bytes).trim_end_matches('=').to_owned()),
            ("upper-case hex", hex.to_uppercase()),
            ("hex", hex),
            ("a list", list.join(", ")),
        ] {
            self.0.push((format!("{name} in {form}"), text));
        }
    }

    fn assert_none_in(&self, place: &str, text: &str) {
        for (name, secret) in &self.0 {
            if let Some(at) = text.find(secret.as_str()) {
                let line = text[..at].matches('\n').count() + 1;
                // Of the story's making, so it may be shown here.
                let shown = text.lines().nth(line - 1).unwrap_or_default();
                panic!("{place} holds {name} (line {line}): {shown}");
            }
        }
    }
}

/// The bodies of everything that was refused.
#[derive(Default)]
struct Refusals(String);

impl Refusals {
    fn keep(&mut self, answer: &farol_testkit::Answer) {
        assert!(answer.status >= 400, "accepted: {answer:?}");
        self.0.push_str(&answer.body.to_string());
        self.0.push('\n');
    }

    /// Posts a body as it is, and keeps the answer.
    async fn post(&mut self, server: &TestServer, path: &str, body: &str, headers: &str) {
        let address = server.address();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\nconnection: close\r\n\
             {headers}content-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
        self.0.push_str(&answer);
        self.0.push('\n');
    }
}

/// A one-time link's token.
async fn link(server: &TestServer, email: Option<&str>) -> String {
    let ctx = server.ctx();
    let link = accounts::create_link(&ctx.db, &ctx.clock, email).await.unwrap();
    link.path.split_once('=').unwrap().1.to_owned()
}

async fn sign_in_rightly_and_wrongly(server: &TestServer, secrets: &mut Secrets, refusals: &mut Refusals) {
    let unused = link(server, Some("ana@example.org")).await;
    let used = link(server, Some("ana@example.org")).await;
    secrets.text("a sign-in link", &unused);
    secrets.text("a used sign-in link", &used);
    let mut other = ApiClient::new(server.address());
    let answer = other
        .post("/api/logins/link", &json!({ "token": used }))
        .await
        .unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    secrets.text("a second cookie", cookie(&other));
    let again = json!({ "token": used });
    refusals.keep(&other.clone().post("/api/logins/link", &again).await.unwrap());
    let wrong = json!({ "email": "ana@example.org", "password": WRONG_PASSWORD });
    refusals.keep(&other.clone().post("/api/logins", &wrong).await.unwrap());
    // Password and name exchanged.
    let exchanged = json!({ "email": WRONG_PASSWORD, "password": "ana@example.org" });
    refusals.keep(&other.clone().post("/api/logins", &exchanged).await.unwrap());
    let signed_in = format!("cookie: {}\r\n", cookie(&other));
    for (path, body) in [
        (
            "/api/logins",
            format!(r#"{{"email":"ana@example.org","password":"{PASSWORD}"#),
        ),
        (
            "/api/logins",
            format!(r#"{{"email":"ana@example.org","password":["{PASSWORD}"]}}"#),
        ),
        ("/api/logins", format!(r#"{{"password":"{PASSWORD}"}}"#)),
        ("/api/logins", format!(r#""{PASSWORD}""#)),
        ("/api/logins/link", format!(r#""{unused}""#)),
        ("/api/logins/link", format!(r#"{{"{unused}":1}}"#)),
        (
            "/api/setup",
            format!(r#"{{"token":"{unused}","password":"{PASSWORD}"}}"#),
        ),
        ("/api/agent/enroll", format!(r#""{unused}""#)),
        (
            "/api/enrollment-tokens",
            format!(r#"{{"name":"x","expires_in_seconds":"{PASSWORD}"}}"#),
        ),
    ] {
        refusals.post(server, path, &body, &signed_in).await;
    }
    assert_eq!(other.delete("/api/logins/current").await.unwrap().status, 204);
    refusals.keep(&other.get("/api/me").await.unwrap());
}

fn cookie(client: &ApiClient) -> &str {
    client.cookie().unwrap().split_once('=').unwrap().1
}

async fn token(console: &mut ApiClient) -> (String, String) {
    let body = json!({ "name": "rollout", "max_uses": 1, "expires_in_seconds": 3600 });
    let answer = console.post("/api/enrollment-tokens", &body).await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    let text = |name: &str| answer.body[name].as_str().unwrap().to_owned();
    (text("token"), text("id"))
}

async fn enroll_rightly_and_wrongly(
    server: &TestServer,
    console: &mut ApiClient,
    secrets: &mut Secrets,
    refusals: &mut Refusals,
) -> Enrolled {
    let (good, _) = token(console).await;
    let (revoked, id) = token(console).await;
    secrets.text("an enrollment token", &good);
    secrets.text("a revoked enrollment token", &revoked);
    console
        .delete(&format!("/api/enrollment-tokens/{id}"))
        .await
        .unwrap();
    let machine = Enrolled::with_token(server.address(), &good).await.unwrap();
    secrets.bytes("a machine key", &machine.key.seed());
    let stranger = new_key().unwrap();
    secrets.bytes("a stranger's machine key", &stranger.seed());
    let mistyped = format!("{}x", &good[..good.len() - 1]);
    secrets.text("a mistyped enrollment token", &mistyped);
    for text in [&good, &revoked, &mistyped] {
        refusals.keep(&Enrolled::ask(server.address(), text, &stranger).await.unwrap());
    }
    machine
}

async fn meet(server: &TestServer, console: &mut ApiClient, machine: &Enrolled, secrets: &mut Secrets) {
    let mut agent = PaperAgent::start(server.address(), machine).await.unwrap();
    let path = format!("/api/machines/{}/sessions", machine.machine);
    let answer = console
        .post(&path, &json!({ "rights": "control" }))
        .await
        .unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    let opening = Opening::of(&answer.body);
    let offer = agent.offer().await.unwrap();
    secrets.bytes("the viewer's grant", &opening.grant);
    secrets.bytes("the agent's grant", &offer.grant.0);
    let (viewer, paper) = couple(server, &opening, &offer).await;
    // A grant used again, and one made up.
    for grant in [opening.grant, [0x5e; 32]] {
        let mut socket = RawSocket::connect(server.address(), "/api/relay", None)
            .await
            .unwrap();
        let hello = farol_protocol::relay::RelayHello {
            grant: farol_protocol::ids::Grant(grant),
        };
        socket.binary(hello.encode()).await.unwrap();
        assert_eq!(socket.closed().await.unwrap().0, 4401);
    }
    secrets.bytes("a made-up grant", &[0x5e; 32]);
    console.delete(&opening.path).await.unwrap();
    console
        .until(&opening.path, ended("technician_ended"))
        .await
        .unwrap();
    drop((viewer, paper));
    agent.kill();
}

/// All audit entries, with everything that is kept of them.
async fn audit_entries(console: &ApiClient) -> String {
    let page = console.get("/api/audit?limit=200").await.unwrap();
    assert_eq!(
        page.body["next_cursor"],
        Value::Null,
        "one page no longer holds the story"
    );
    page.body.to_string()
}

/// What is on disk, but for the file that is there to keep the key.
fn files(server: &TestServer) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(&server.ctx().config.data).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && path.file_name().unwrap() != "identity.key")
        .map(|path| {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            (format!("the file {}", path.display()), text)
        })
        .collect()
}

#[tokio::test]
async fn no_secret_stands_in_logs_audit_entries_or_errors() {
    let log = Log::capture();
    let (mut secrets, mut refusals) = (Secrets::default(), Refusals::default());
    let server = TestServer::start().await.unwrap();
    secrets.text("the password", PASSWORD);
    secrets.text("a wrong password", WRONG_PASSWORD);
    secrets.text("a set-up link", &link(&server, None).await);
    let key = std::fs::read_to_string(server.ctx().config.data.join("identity.key")).unwrap();
    secrets.text("the server's identity key", key.trim());

    let mut console = server.set_up().await.unwrap();
    secrets.text("the cookie", cookie(&console));
    sign_in_rightly_and_wrongly(&server, &mut secrets, &mut refusals).await;
    let machine = enroll_rightly_and_wrongly(&server, &mut console, &mut secrets, &mut refusals).await;
    meet(&server, &mut console, &machine, &mut secrets).await;
    let agent = TestAgent::enroll(&mut console, &FakeMachine::new(64, 48))
        .await
        .unwrap();
    console
        .until(&agent.path(), |machine| machine["presence"]["status"] == "online")
        .await
        .unwrap();
    agent.stop().await.unwrap();
    let audit = audit_entries(&console).await;
    let (metrics, files) = (server.ctx().metrics.render(), files(&server));
    server.stop().await;

    // That there is something to search in: a test that reads nothing finds nothing.
    let logged = log.text();
    for (place, text, sign) in [
        ("the log", &logged, "signed in"),
        ("the audit entries", &audit, "login.started"),
        ("the audit entries", &audit, "session.ended"),
        ("the error bodies", &refusals.0, "invalid_credentials"),
        ("the error bodies", &refusals.0, "enrollment_token_invalid"),
        ("the metrics", &metrics, "farol_http_requests_total"),
    ] {
        assert!(text.contains(sign), "{place} has no “{sign}”:\n{text}");
    }
    secrets.assert_none_in("the log", &logged);
    secrets.assert_none_in("an audit entry", &audit);
    secrets.assert_none_in("an error body", &refusals.0);
    secrets.assert_none_in("a metric", &metrics);
    for (name, text) in &files {
        secrets.assert_none_in(name, text);
    }
    // Tokens that this story does not know by name, the real agent's for one.
    for text in [&logged, &audit, &refusals.0] {
        assert!(
            !text.contains("farol_enr_"),
            "an enrollment token is written somewhere"
        );
    }
}

#[test]
fn every_form_of_a_secret_is_searched_for() {
    let mut secrets = Secrets::default();
    secrets.text("text", "sixteen letters!");
    secrets.bytes("bytes", &[200; 32]);
    for leaked in [
        "sixteen letters!".to_owned(),
        STANDARD.encode("sixteen letters!"),
        "7369787465656e206c65747465727321".to_owned(),
        "C8".repeat(32),
        format!("{:?}", [200_u8; 32]),
        URL_SAFE_NO_PAD.encode([200; 32]),
    ] {
        let text = format!("line\n… {leaked} …");
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            secrets.assert_none_in("it", &text);
        }));
        assert!(found.is_err(), "{leaked} was not found");
    }
    secrets.assert_none_in("it", "sixteen letters");
}
