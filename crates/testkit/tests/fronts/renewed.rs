//! Certificates that nobody confirms: the agent's server vouches for its own, and for nobody else's.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use farol_server::config::{OwnSettings, TlsMode};
use farol_transport::{ConnectError, ConnectOptions, connect, tls};

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
    server.ctx().identity.rotate().unwrap();
    goes_online(&owner, disk, &machine).await;
    server.stop().await;
}

/// Somebody in between, with a certificate of their own, passes everything on: the agent does not follow.
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
        connect(&enrollment.server, "/api/agent/link", &options).await
    };
    let Err(error @ ConnectError::Unproven { .. }) = dial(None).await else {
        panic!("connected")
    };
    assert!(error.to_string().contains("--ca-file"), "{error}");
    assert!(dial(Some(&front.authority_file())).await.is_ok());
    server.stop().await;
}
