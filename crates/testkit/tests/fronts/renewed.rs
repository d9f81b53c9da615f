//! Certificates that nobody confirms: the agent's server vouches for its own, and for nobody else's. The link goes under any of
//! them, since it proves and seals what it says.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use farol_agent::config::Enrollment;
use farol_server::config::{OwnSettings, TlsMode};
use farol_transport::{ConnectError, ConnectOptions, ServerUrl, connect, tls};
use serde_json::Value;

use super::*;

/// A disk with a token on it, for a server at `url`.
async fn asking(owner: &mut ApiClient, url: &str, ca_file: Option<PathBuf>) -> Disk {
    let body = json!({ "name": "renewed", "max_uses": 1, "expires_in_seconds": 3600 });
    let answer = owner.post("/api/enrollment-tokens", &body).await.unwrap();
    let disk = Disk::new().unwrap();
    disk.ask_at(url, answer.body["token"].as_str().unwrap(), ca_file)
        .unwrap();
    disk
}

async fn uses(owner: &ApiClient) -> Vec<u64> {
    let tokens = owner.get("/api/enrollment-tokens").await.unwrap().body;
    let tokens = tokens["items"].as_array().unwrap();
    tokens
        .iter()
        .map(|token| token["uses"].as_u64().unwrap())
        .collect()
}

async fn goes_online(owner: &ApiClient, disk: Disk, machine: &Arc<FakeMachine>) -> Disk {
    let agent = TestAgent::start(disk, machine);
    owner
        .until(&agent.path(), |machine| machine["presence"]["status"] == "online")
        .await
        .unwrap();
    agent.stop().await.unwrap()
}

/// An authority of the server's own, of which the agent knows nothing: the token names the server, and that server vouches
/// for its certificate. The same later, with the identity key changed meanwhile.
#[tokio::test]
async fn an_agent_finds_its_server_under_a_certificate_it_cannot_check() {
    let server = TestServer::start_with(|config| config.tls = Some(TlsMode::Own(OwnSettings::default())))
        .await
        .unwrap();
    let authority = farol_server::tls::authority(server.ctx()).await.unwrap().unwrap();
    let tunnel = Tunnel::open(server.address(), "localhost", &authority.pem, FROM)
        .await
        .unwrap();
    let mut owner = server.set_up_at(tunnel.address()).await.unwrap();
    let url = format!("https://localhost:{}", server.address().port());
    let disk = asking(&mut owner, &url, None).await;
    let machine = FakeMachine::new(320, 200);
    disk.enroll(&machine).await.unwrap();
    let disk = goes_online(&owner, disk, &machine).await;
    // Changed while it is linked, then the old one is forgotten: what it takes certificates on is the new one.
    let agent = TestAgent::start(disk, &machine);
    let online = |machine: &Value| machine["presence"]["status"] == "online";
    owner.until(&agent.path(), online).await.unwrap();
    let change = async |owner: &mut ApiClient, what: &str| {
        let path = format!("/api/server-identity/{what}");
        let answer = owner.post(&path, &json!({})).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    change(&mut owner, "rotate").await;
    owner
        .until("/api/server-identity", |keys| keys["keys"][0]["trusted_by"] == 1)
        .await
        .unwrap();
    change(&mut owner, "retire").await;
    let agent = agent.crash_and_restart().await;
    owner.until(&agent.path(), online).await.unwrap();
    agent.stop().await.unwrap();
    server.stop().await;
}

/// A company's inspection of traffic comes between a fleet and its server: every machine stays linked and can be told what
/// to do. Sessions, which need TLS, say what is the matter; without the inspection they work again.
#[tokio::test]
async fn an_intercepting_certificate_strands_nobody() {
    let server = server().await;
    let mut owner = server.set_up().await.unwrap();
    let machine = FakeMachine::new(320, 200);
    let url = format!("http://{}", server.address());
    let disk = asking(&mut owner, &url, None).await;
    disk.enroll(&machine).await.unwrap();
    let front = Front::start(Kind::Haproxy, server.address()).await;
    let state = disk.state();
    let straight = state.load().unwrap();
    let through = format!("https://localhost:{}", front.address().port());
    let intercepted = Enrollment {
        server: ServerUrl::parse(&through, false).unwrap(),
        ..straight.clone()
    };
    state.save(&intercepted).unwrap();

    let agent = TestAgent::start(disk, &machine);
    let online = |machine: &Value| machine["presence"]["status"] == "online";
    owner.until(&agent.path(), online).await.unwrap();
    // What is said over it arrives: a new key is made and taken.
    let asked = format!("{}/rotate-key", agent.path());
    owner.post(&asked, &json!({})).await.unwrap();
    owner
        .until("/api/audit", |entries| {
            let entries = entries["items"].as_array().unwrap();
            entries
                .iter()
                .any(|entry| entry["action"] == "machine.key_rotated")
        })
        .await
        .unwrap();
    let sessions = format!("{}/sessions", agent.path());
    let began = owner.post(&sessions, &session_request(&["view"])).await.unwrap();
    assert_eq!(began.status, 201, "{began:?}");
    // The pipe proves and seals what goes over it, as the link does: the relay is reached under any certificate, too.
    let ticket = Ticket::of(&began.body).unwrap();
    let mut viewer = PipeEnd::viewer(server.address(), &ticket).await.unwrap();
    viewer.message().await.unwrap();
    viewer.close("").await.unwrap();
    let disk = agent.stop().await.unwrap();

    let now = disk.state().load().unwrap();
    let again = Enrollment {
        server: straight.server,
        ..now
    };
    disk.state().save(&again).unwrap();
    goes_online(&owner, disk, &machine).await;
    server.stop().await;
}

/// Somebody in between, with a certificate of their own, passes everything on: what is not sealed does not go there.
#[tokio::test]
async fn an_agent_does_not_follow_somebody_in_between() {
    let server = server().await;
    let mut owner = server.set_up().await.unwrap();
    let front = Front::start(Kind::Haproxy, server.address()).await;
    let url = format!("https://localhost:{}", front.address().port());
    let machine = FakeMachine::new(320, 200);
    let told = asking(&mut owner, &url, None).await.enroll(&machine).await;
    let said = format!("{:#}", told.unwrap_err());
    assert!(said.contains("--ca-file"), "{said}");
    assert_eq!(uses(&owner).await, [0], "the token was told to a stranger");

    let disk = asking(&mut owner, &url, Some(front.authority_file())).await;
    disk.enroll(&machine).await.unwrap();
    let enrollment = disk.state().load().unwrap();
    let dial = async |ca_file: Option<&Path>| {
        let options = ConnectOptions {
            tls: tls::Trust::new(ca_file, Some(enrollment.server_key.into())).unwrap(),
            message_max: 1024,
            timeout: Duration::from_secs(10),
        };
        connect(&enrollment.server, "/api/relay", &options).await
    };
    let Err(error @ ConnectError::Unproven { .. }) = dial(None).await else {
        panic!("connected")
    };
    assert!(error.to_string().contains("--ca-file"), "{error}");
    assert!(dial(Some(&front.authority_file())).await.is_ok());
    server.stop().await;
}
