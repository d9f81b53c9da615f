//! No secret stands where it does not belong: a whole life of the server is played, right and wrong, and then logs, audit
//! entries, error bodies, metrics and the database file are searched for every secret that was in play.
//!
//! Logs are captured from everything in this process at TRACE for our crates, so this also covers the real agent. A new
//! kind of secret belongs into [`Secrets`] here.

use std::io::Write;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use farol_protocol::evidence::Evidence;
use farol_protocol::identity::ServerIdentity;
use farol_protocol::ids::InstallId;
use farol_protocol::link::AgentLinkEvent;
use farol_protocol::token::EnrollmentToken;
use farol_server::config::{OwnSettings, ProvisioningSecret};
use farol_server::{accounts, sealed, tls};
use farol_testkit::{
    FakeMachine, Hardware, HelpdeskAgent, LinkEnd, REMOTE_PASSWORD, RawSocket, TestAgent, evidence, new_key,
};
use sea_orm::{ConnectionTrait, Statement};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::words::{token as token_for, waiting};

const PASSWORD: &str = "correct horse battery staple";
/// What people type into the wrong field is a secret as well.
const WRONG_PASSWORD: &str = "my bank's password 1998";
const PROVISIONING: &str = "the provisioning secret of a fleet";
const WRONG_PROVISIONING: &str = "the provisioning secret of another fleet";
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
        // Most texts are encoded bytes themselves, or have them between a prefix and a checksum.
        for part in [text, text.rsplit('=').next().unwrap(), secret_of_token(text)] {
            if let Ok(bytes) = URL_SAFE_NO_PAD.decode(part)
                && bytes.len() >= 16
            {
                self.bytes(&format!("{name}, decoded"), &bytes);
            }
        }
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) {
        self.0
            .push((format!("{name} in base64url"), URL_SAFE_NO_PAD.encode(bytes)));
        self.encoded(name, bytes);
    }

    /// Every line of a file with keys, without what says that it is one.
    fn lines(&mut self, name: &str, file: &str) {
        let keys = file.lines().filter(|line| !line.starts_with('#'));
        for key in keys.map(|line| line.rsplit(' ').next().unwrap()) {
            self.text(name, key);
        }
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

/// The encoded secret of `farol_enr_<secret>_<server>_<checksum>` and its like; it may have underscores of its own.
fn secret_of_token(text: &str) -> &str {
    let body = text.strip_prefix("farol_").and_then(|rest| rest.get(4..));
    body.and_then(|body| body.get(..43)).unwrap_or_default()
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
    let answer = console.post(&path, &session_request(&EVERYTHING)).await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    let opening = Opening::of(&answer.body);
    let offer = agent.offer().await.unwrap();
    secrets.bytes("the viewer's grant", &opening.ticket.grant);
    secrets.bytes("the agent's grant", &offer.grant.0);
    let (viewer, paper) = couple(server, &opening, (&offer, machine)).await;
    // A grant used again, and one made up.
    for grant in [opening.ticket.grant, [0x5e; 32]] {
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

/// A helpdesk's agent and its end user, and what they say when they are wrong.
async fn register_rightly_and_wrongly(server: &TestServer, secrets: &mut Secrets, refusals: &mut Refusals) {
    secrets.text("the provisioning secret", PROVISIONING);
    secrets.text("a wrong provisioning secret", WRONG_PROVISIONING);
    secrets.text("the password of a remote access program", REMOTE_PASSWORD);
    let address = server.address();
    let mut agent = HelpdeskAgent::new(address, PROVISIONING, Hardware::number(1)).unwrap();
    let mut stranger = HelpdeskAgent::new(address, WRONG_PROVISIONING, Hardware::number(2)).unwrap();
    for agent in [&agent, &stranger] {
        secrets.text("an installation's code", agent.code.as_deref().unwrap());
    }
    refusals.keep(&stranger.register().await.unwrap());
    agent.registered().await.unwrap();
    let replaced = agent.clone();
    agent.registered().await.unwrap();
    let token = agent.token.clone().unwrap();
    secrets.text("a machine token", &token);
    secrets.text("a replaced machine token", replaced.token.as_deref().unwrap());
    agent.observe("online");
    agent.look_around(
        &json!({ "remote": { "name": "x", "permanentPassword": REMOTE_PASSWORD, "pin": REMOTE_PASSWORD } }),
    );
    agent.deliver().await.unwrap();
    refusals.keep(&replaced.session().await.unwrap());
    for (path, body) in [
        ("register", format!(r#"{{"provisioningSecret":"{PROVISIONING}"#)),
        (
            "register",
            format!(r#"{{"provisioningSecret":["{PROVISIONING}"]}}"#),
        ),
        (
            "register",
            format!(r#"{{"provisioningSecret":"{PROVISIONING}","installationCode":"short"}}"#),
        ),
        ("heartbeat", format!(r#"{{"machineToken":"{token}"#)),
        ("heartbeat", format!(r#"{{"machineToken":["{token}"]}}"#)),
        (
            "heartbeat",
            format!(r#"{{"machineToken":"{token}","reportId":"{token} "}}"#),
        ),
        (
            "inventory",
            format!(r#"{{"machineToken":"{}x"}}"#, &token[..token.len() - 1]),
        ),
    ] {
        refusals
            .post(server, &format!("/api/machines/{path}"), &body, "")
            .await;
    }
    let offer = agent.session().await.unwrap().body["secret"].clone();
    secrets.text("a machine login's secret", offer.as_str().unwrap());
    let browser = ApiClient::new(address);
    let body = json!({ "secret": offer });
    let redeem = async || {
        browser
            .send_with("POST", "/api/machine-logins", Some(&body), &[])
            .await
            .unwrap()
    };
    let signed_in = redeem().await;
    assert_eq!(signed_in.status, 201, "{signed_in:?}");
    refusals.keep(&redeem().await);
    let cookie = signed_in.cookie.unwrap();
    secrets.text("a machine login's cookie", cookie.split_once('=').unwrap().1);
    let current = async |method: &str| {
        let headers = [("cookie", cookie.as_str())];
        let path = "/api/machine-logins/current";
        browser.send_with(method, path, None, &headers).await.unwrap()
    };
    assert_eq!(current("GET").await.status, 200);
    assert_eq!(current("DELETE").await.status, 204);
    refusals.keep(&current("GET").await);
}

/// A copied disk that a person approves as a new machine gets a token by its link; with it, it becomes one.
async fn approve_a_copy(
    server: &TestServer,
    console: &mut ApiClient,
    secrets: &mut Secrets,
    refusals: &mut Refusals,
) {
    let address = server.address();
    let token = token_for(console, "automatic").await;
    secrets.text("another enrollment token", &token);
    let original = Enrolled::made_of(address, &token, evidence(7, 7)).await.unwrap();
    secrets.bytes("a copied machine key", &original.key.seed());
    let link = LinkEnd::connect(address, &original).await.unwrap();
    let copy = Enrolled {
        evidence: evidence(8, 8),
        ..original.copy()
    };
    let goodbye = async || match LinkEnd::dial(address, &copy).await.unwrap().next().await.unwrap() {
        AgentLinkEvent::Goodbye { goodbye, .. } => goodbye,
        other => panic!("expected a goodbye, got {other:?}"),
    };
    assert!(goodbye().await.token.is_none());
    let entry = waiting(console).await;
    let path = format!("/api/quarantine/{}/approve", entry["id"].as_str().unwrap());
    let approved = console.post(&path, &json!({ "as": "new" })).await.unwrap();
    assert_eq!(approved.status, 200, "{approved:?}");
    let token = goodbye()
        .await
        .token
        .expect("no token for a machine of its own")
        .0;
    secrets.text("the token of a copy", &token);
    let state = (new_key().unwrap(), InstallId([8; 16]));
    secrets.bytes("the key of a copy", &state.0.seed());
    let ask = async |state| {
        Enrolled::ask_as(address, &token, state, &copy.evidence)
            .await
            .unwrap()
    };
    let enrolled = ask(&state).await;
    assert_eq!(enrolled.status, 201, "{enrolled:?}");
    let stranger = (new_key().unwrap(), InstallId([9; 16]));
    let again = Enrolled::ask_as(address, &token, &stranger, &Evidence::default())
        .await
        .unwrap();
    refusals.keep(&again);
    drop(link);
}

/// A machine, the server and the sealed secrets get other keys.
async fn change_keys(server: &TestServer, console: &mut ApiClient, agent: &TestAgent, secrets: &mut Secrets) {
    let ctx = server.ctx();
    let machine_key = || agent.disk().state().load().unwrap().key;
    let before = machine_key();
    secrets.bytes("a real agent's key", &before.seed());
    let asked = console
        .post(&format!("{}/rotate-key", agent.path()), &json!({}))
        .await
        .unwrap();
    assert_eq!(asked.status, 202, "{asked:?}");
    let changed = |identity: &Value| identity["keys"].as_array().is_some_and(|keys| keys.len() == 2);
    console
        .until(&format!("{}/identity", agent.path()), changed)
        .await
        .unwrap();
    console
        .until("/api/audit?action=machine.key_rotated", |list| {
            list["items"] != json!([])
        })
        .await
        .unwrap();
    // The agent writes it down when the server has said yes.
    farol_testkit::soon("the next machine key", async {
        while machine_key().public() == before.public() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    secrets.bytes("the next machine key", &machine_key().seed());

    let rotated = console
        .post("/api/server-identity/rotate", &json!({}))
        .await
        .unwrap();
    assert_eq!(rotated.status, 200, "{rotated:?}");
    let read = |name: &str| std::fs::read_to_string(ctx.config.data.join(name)).unwrap();
    secrets.lines("the server's next identity key", &read("identity.key"));

    tls::renew_authority(ctx, &OwnSettings::default()).await.unwrap();
    secrets.lines("the key of the sealed secrets", &read("secrets.key"));
    let sql = "SELECT name, sealed_key FROM certificates";
    let statement = Statement::from_string(ctx.db.read().get_database_backend(), sql);
    let row = ctx.db.read().query_one_raw(statement).await.unwrap().unwrap();
    let (name, envelope): (String, Vec<u8>) = (
        row.try_get("", "name").unwrap(),
        row.try_get("", "sealed_key").unwrap(),
    );
    let place = sealed::Place {
        row: &name,
        ..sealed::PLACES[0].row("")
    };
    let key = ctx.sealed.open(place, &envelope).unwrap();
    secrets.bytes("a sealed private key", &key);
    // The number itself, for texts in PEM are cut into lines. PKCS #8 on P-256 has it there.
    assert_eq!(key[34..36], [0x04, 0x20], "another form of key");
    secrets.bytes("the number of a sealed private key", &key[36..68]);
    sealed::rotate(ctx).await.unwrap();
    secrets.lines("the next key of the sealed secrets", &read("secrets.key"));
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

/// What is on disk, but for the files that are there to keep keys.
fn files(server: &TestServer) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(&server.ctx().config.data).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.is_file()
                && !["identity.key", "secrets.key"]
                    .iter()
                    .any(|name| path.ends_with(name))
        })
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
    let provisioning = ProvisioningSecret::new(PROVISIONING).unwrap();
    let server = TestServer::start_with(|config| config.machine_routes.secret = Some(provisioning))
        .await
        .unwrap();
    secrets.text("the password", PASSWORD);
    secrets.text("a wrong password", WRONG_PASSWORD);
    secrets.text("a set-up link", &link(&server, None).await);
    let key = std::fs::read_to_string(server.ctx().config.data.join("identity.key")).unwrap();
    secrets.lines("the server's identity key", &key);

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
    register_rightly_and_wrongly(&server, &mut secrets, &mut refusals).await;
    change_keys(&server, &mut console, &agent, &mut secrets).await;
    approve_a_copy(&server, &mut console, &mut secrets, &mut refusals).await;
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
        ("the audit entries", &audit, "machine_token.revoked"),
        ("the audit entries", &audit, "machine_login.ended"),
        ("the audit entries", &audit, "machine.key_rotated"),
        ("the audit entries", &audit, "machine.split"),
        ("the audit entries", &audit, "server_identity.rotated"),
        ("the audit entries", &audit, "secrets.rotated"),
        ("the error bodies", &refusals.0, "provisioning_secret_invalid"),
        ("the error bodies", &refusals.0, "machine_token_invalid"),
        ("the error bodies", &refusals.0, "machine_login_missing"),
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
        for prefix in ["farol_enr_", "farol_mch_"] {
            assert!(!text.contains(prefix), "a token is written somewhere");
        }
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

    // Encoded, this one is all underscores: nothing may be taken for the end of its secret.
    let token = EnrollmentToken::new([255; 32], &ServerIdentity::from_seed(&[1; 32]).public());
    let mut secrets = Secrets::default();
    secrets.text("token", &token.reveal());
    secrets.lines(
        "key",
        "# what it is\nfarol-secrets-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",
    );
    let number: Vec<u8> = (0..32).collect();
    for leaked in [
        token.reveal(),
        "ff".repeat(32),
        STANDARD.encode([255; 32]),
        URL_SAFE_NO_PAD.encode([255; 32]),
        format!("{:?}", [255_u8; 32]),
        format!("{number:?}"),
    ] {
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            secrets.assert_none_in("it", &leaked);
        }));
        assert!(found.is_err(), "{leaked} was not found");
    }
}
