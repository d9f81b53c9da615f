//! The server behind real reverse proxies, with the sample configurations of `deploy/`: only ports and the certificate are
//! replaced, so that the samples stay true.
//!
//! Needs the Debian packages `nginx-light` and `haproxy`; both run on loopback and are ended by their process id.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod front;
mod renewed;

use std::net::{Ipv4Addr, SocketAddr};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farol_protocol::limits::RELAY_MESSAGE_MAX;
use farol_protocol::relay::{RelayHello, RelayReady};
use farol_protocol::token::EnrollmentToken;
use farol_testkit::{
    ApiClient, Disk, Enrolled, FakeMachine, PaperAgent, PipeEnd, RawSocket, TestAgent, TestServer, Ticket,
    Tunnel, session_request,
};
use front::{Front, Kind};
use serde_json::json;

/// Where the test's connections seem to come from; not trusted, unlike the proxy's 127.0.0.1.
const FROM: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

async fn server() -> TestServer {
    TestServer::start_with(|config| config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()])
        .await
        .unwrap()
}

#[tokio::test]
async fn nginx() {
    behind(Kind::Nginx).await;
}

#[tokio::test]
async fn haproxy() {
    behind(Kind::Haproxy).await;
}

async fn behind(kind: Kind) {
    let server = server().await;
    let owner = server.set_up().await.unwrap();
    let front = Front::start(kind, server.address()).await;
    let tunnel = Tunnel::open(front.address(), "localhost", front.authority(), FROM)
        .await
        .unwrap();
    let mut console = owner.at(tunnel.address());

    let machine = a_machine_with_its_address(&server, &mut console, &tunnel).await;
    let mut agent = PaperAgent::start(tunnel.address(), &machine).await.unwrap();
    a_relay_passes_large_messages(&mut console, &machine, &mut agent, tunnel.address()).await;
    plain_http_leads_to_https(&front).await;
    a_real_agent_enrolls_and_links(&owner, &front).await;
    // What ends in the server is seen through the proxy, and the other way round.
    drop(tunnel);
    console
        .at(server.address())
        .until(&format!("/api/machines/{}", machine.machine), |machine| {
            machine["presence"]["status"] == "offline"
        })
        .await
        .unwrap();
    server.stop().await;
}

/// Enrolls through the proxy; the audit trail has the address that the proxy saw, not what the sender claims.
async fn a_machine_with_its_address(
    server: &TestServer,
    console: &mut ApiClient,
    tunnel: &Tunnel,
) -> Enrolled {
    let token = console
        .post(
            "/api/enrollment-tokens",
            &json!({ "name": "front", "expires_in_seconds": 3600 }),
        )
        .await
        .unwrap();
    assert_eq!(token.status, 201, "{token:?}");
    let token = token.body["token"].as_str().unwrap().to_owned();
    let machine = Enrolled::with_token(tunnel.address(), &token).await.unwrap();
    assert_eq!(enrolled_from(console).await, FROM.to_string());
    // The same with a header of our own in front: whoever trusted the leftmost would be fooled.
    let key = farol_testkit::new_key().unwrap();
    let spoofed = front::post_with(
        tunnel.address(),
        "/api/agent/enroll",
        &[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-proto", "http"), ("forwarded", "for=6.6.6.6")],
        &json!({
            "token": token, "machine_key": key.public().to_base64url(), "nonce": URL_SAFE_NO_PAD.encode([7; 32]),
            "signature": URL_SAFE_NO_PAD.encode(key.sign_enrollment(&[7; 32], &EnrollmentToken::parse(&token).unwrap())),
            "install_id": "0193f1c2-7f00-4000-8000-000000000002", "hostname": "spoof", "agent_version": "0.1.0", "os": {},
        }),
    )
    .await;
    assert!(spoofed.starts_with("HTTP/1.1 201"), "{spoofed}");
    assert_eq!(enrolled_from(console).await, FROM.to_string());
    // Past the proxy the same claim is worth nothing.
    let past = front::get_from(
        server.address(),
        Ipv4Addr::new(127, 0, 0, 3),
        "/api/version",
        "127.0.0.1",
    )
    .await;
    assert!(
        past.starts_with("HTTP/1.1 403") && past.contains("proxy_not_trusted"),
        "{past}"
    );
    machine
}

async fn enrolled_from(console: &ApiClient) -> String {
    let entries = console.get("/api/audit").await.unwrap().body;
    let entry = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["action"] == "machine.enrolled");
    entry.unwrap()["address"].as_str().unwrap().to_owned()
}

/// Two sockets coupled by the relay, both through the proxy, with messages of the largest size in both directions.
async fn a_relay_passes_large_messages(
    console: &mut ApiClient,
    machine: &Enrolled,
    agent: &mut PaperAgent,
    address: SocketAddr,
) {
    let path = format!("/api/machines/{}/sessions", machine.machine);
    let answer = console.post(&path, &session_request(&["view"])).await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    let grant = URL_SAFE_NO_PAD
        .decode(answer.body["relay"]["grant"].as_str().unwrap())
        .unwrap();
    let offer = agent.offer().await.unwrap();
    let (mut viewer, mut other) = tokio::join!(
        coupled(address, grant.try_into().unwrap()),
        coupled(address, offer.grant.0)
    );
    for size in [1, 64 * 1024, RELAY_MESSAGE_MAX] {
        let message: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
        viewer.binary(message.clone()).await.unwrap();
        assert_eq!(other.message().await.unwrap(), message);
        other.binary(message.clone()).await.unwrap();
        assert_eq!(viewer.message().await.unwrap(), message);
    }
    viewer.close(1000, "").await.unwrap();
}

async fn coupled(address: SocketAddr, grant: [u8; 32]) -> RawSocket {
    let mut socket = RawSocket::connect(address, "/api/relay", None).await.unwrap();
    socket
        .binary(
            RelayHello {
                grant: farol_protocol::ids::Grant(grant),
            }
            .encode(),
        )
        .await
        .unwrap();
    RelayReady::parse(&socket.message().await.unwrap()).unwrap();
    socket
}

async fn plain_http_leads_to_https(front: &Front) {
    let answer = front::get(front.plain(), "/machines").await;
    assert!(answer.starts_with("HTTP/1.1 308"), "{answer}");
    assert!(answer.to_lowercase().contains("location: https://"), "{answer}");
}

/// The real agent with its own TLS, trusting the proxy's certificate by a file.
async fn a_real_agent_enrolls_and_links(owner: &ApiClient, front: &Front) {
    let mut owner = owner.clone();
    let body = json!({ "name": "real", "max_uses": 1, "expires_in_seconds": 3600 });
    let token = owner.post("/api/enrollment-tokens", &body).await.unwrap().body["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let url = format!("https://localhost:{}", front.address().port());
    let (disk, machine) = (Disk::new().unwrap(), FakeMachine::new(320, 200));
    disk.ask_at(&url, &token, Some(front.authority_file())).unwrap();
    disk.enroll(&machine).await.unwrap();
    let agent = TestAgent::start(disk, &machine);
    owner
        .until(&agent.path(), |machine| machine["presence"]["status"] == "online")
        .await
        .unwrap();
    agent.stop().await.unwrap();
}
