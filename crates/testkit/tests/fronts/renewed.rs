//! Certificates that nobody confirms: the agent's pinned server vouches for its own, and for nobody else's.

use std::path::PathBuf;
use std::time::Duration;

use farol_agent::config::Enrollment;
use farol_agent::enroll::EnrollError;
use farol_server::config::{OwnSettings, TlsMode};
use farol_transport::{ConnectError, ConnectOptions, connect, tls};

use super::*;

async fn asked(
    owner: &mut ApiClient,
    url: String,
    ca_file: Option<PathBuf>,
) -> Result<Enrollment, EnrollError> {
    let body = json!({ "name": "renewed", "max_uses": 1, "expires_in_seconds": 3600 });
    let token = owner.post("/api/enrollment-tokens", &body).await.unwrap().body["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let facts = farol_platform::facts::fake::facts("renewed");
    let request = EnrollRequest {
        server: url,
        token,
        allow_insecure: false,
        ca_file,
        facts,
    };
    tokio::task::spawn_blocking(move || enroll(&request))
        .await
        .unwrap()
}

async fn uses(owner: &ApiClient) -> Vec<u64> {
    let tokens = owner.get("/api/enrollment-tokens").await.unwrap().body;
    tokens["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| token["uses"].as_u64().unwrap())
        .collect()
}

/// An authority of the server's own, of which the agent knows nothing.
#[tokio::test]
async fn an_agent_finds_its_server_again_under_a_certificate_it_cannot_check() {
    let server = TestServer::start_with(|config| config.tls = Some(TlsMode::Own(OwnSettings::default())))
        .await
        .unwrap();
    let authority = farol_server::tls::authority(server.ctx()).await.unwrap().unwrap();
    let tunnel = Tunnel::open(server.address(), "localhost", &authority.pem, FROM)
        .await
        .unwrap();
    let mut owner = server.set_up_at(tunnel.address()).await.unwrap();
    let url = format!("https://localhost:{}", server.address().port());
    // Nobody told the agent of the authority. The token names the server, and that server vouches for its certificate.
    let enrollment = asked(&mut owner, url, None).await.unwrap();
    let agent = TestAgent::start(enrollment, &FakeMachine::new(320, 200));
    owner
        .until(&agent.path(), |machine| machine["presence"]["status"] == "online")
        .await
        .unwrap();
    agent.stop().await.unwrap();
    server.stop().await;
}

/// Somebody in between, with a certificate of their own, passes everything on: the agent does not follow.
#[tokio::test]
async fn an_agent_does_not_follow_somebody_in_between() {
    let server = server().await;
    let mut owner = server.set_up().await.unwrap();
    let front = Front::start(Kind::Haproxy, server.address()).await;
    let url = format!("https://localhost:{}", front.address().port());
    let Err(error) = asked(&mut owner, url.clone(), None).await else {
        panic!("told its token to a stranger")
    };
    assert!(
        matches!(error, EnrollError::Unreachable { .. }) && error.to_string().contains("--ca-file"),
        "{error}"
    );
    assert_eq!(uses(&owner).await, [0]);
    let enrollment = asked(&mut owner, url, Some(front.authority_file()))
        .await
        .unwrap();
    let dial = async |ca_file: Option<&std::path::Path>| {
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
