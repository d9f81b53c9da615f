//! A server with many machines: how often their links are heard, and what those are told that find no place.

use std::net::Ipv4Addr;
use std::time::Duration;

use farol_protocol::ids::RunId;
use farol_protocol::link::{AgentLinkEvent, GoodbyeReason, Pace};
use farol_server::clock::Timestamp;
use farol_server::ids::MachineId;
use farol_server::presence::pace::pace;
use farol_server::presence::{HANDSHAKES, Place, Who};
use farol_testkit::{LinkEnd, RawSocket, viewer_key};

use super::*;

/// So many other machines are online, for all that the server knows.
fn crowd(server: &TestServer, count: usize) -> Vec<Place> {
    let pipe_key = viewer_key().public();
    let arrive = |_| {
        let machine = MachineId::new();
        let who = Who {
            record: machine,
            key: [0; 32],
            run: RunId([1; 16]),
            installation: None,
        };
        let presence = &server.ctx().presence;
        presence.arrive(Timestamp(1), machine, who, (Vec::new(), pipe_key))
    };
    (0..count).map(arrive).collect()
}

/// A machine of a fleet of 2,001, whose link was told the pace of all.
async fn slow() -> (Stage, LinkEnd, Vec<Place>) {
    let stage = Stage::new().await;
    let mut link = LinkEnd::connect(stage.server.address(), &stage.machine)
        .await
        .unwrap();
    let crowd = crowd(&stage.server, 2_000);
    assert_eq!(
        link.next().await.unwrap(),
        AgentLinkEvent::Pace(pace(2_001)),
        "with its next heartbeat"
    );
    assert_eq!(pace(2_001).heartbeat.as_secs(), 8);
    (stage, link, crowd)
}

#[tokio::test]
async fn a_link_of_many_is_slow_until_somebody_looks_at_its_machine() {
    let (stage, mut link, _crowd) = slow().await;
    let path = stage.machine_path();
    assert_eq!(
        stage.console.get(&path).await.unwrap().body["presence"]["status"],
        "online"
    );
    assert_eq!(link.next().await.unwrap(), AgentLinkEvent::Pace(Pace::QUICK));
    // Whoever looks sees within ten seconds that it is gone, as ever.
    let from = std::time::Instant::now();
    let offline = |machine: &Value| machine["presence"]["status"] == "offline";
    stage.console.until(&path, offline).await.unwrap();
    assert!(from.elapsed() < Duration::from_secs(10), "{:?}", from.elapsed());
}

#[tokio::test]
async fn a_session_makes_the_link_quick() {
    let (mut stage, mut link, _crowd) = slow().await;
    let path = format!("{}/sessions", stage.machine_path());
    let body = session_request(&["view"]);
    let (answer, said) = tokio::join!(stage.console.post(&path, &body), async {
        (link.next().await.unwrap(), link.next().await.unwrap())
    });
    assert_eq!(answer.unwrap().status, 201);
    assert_eq!(said.0, AgentLinkEvent::Pace(Pace::QUICK));
    assert!(matches!(said.1, AgentLinkEvent::SessionOffer(_)), "{:?}", said.1);
}

#[tokio::test]
async fn who_finds_no_place_is_told_when_to_come() {
    let stage = Stage::new().await;
    let address = stage.server.address();
    let from = Ipv4Addr::new(127, 0, 0, 77);
    let knock = async || RawSocket::connect_from(address, "/api/agent/link", &[], Some(from)).await;
    let mut silent = Vec::new();
    for _ in 0..HANDSHAKES.one {
        silent.push(knock().await.unwrap());
    }
    for _ in 0..3 {
        let mut link = LinkEnd::over(knock().await.unwrap(), &stage.machine, |_| {}).unwrap();
        let AgentLinkEvent::Goodbye { goodbye, authentic } = link.next().await.unwrap() else {
            panic!("a goodbye")
        };
        assert!(!authentic, "nobody has proved anything");
        assert_eq!(goodbye.reason, GoodbyeReason::ServerStopping);
        let wait = goodbye.retry_after.unwrap();
        assert!(wait <= Duration::from_secs(45), "{wait:?}");
    }
    drop(silent);
    farol_testkit::soon("a place", async {
        loop {
            let mut link = LinkEnd::over(knock().await.unwrap(), &stage.machine, |_| {}).unwrap();
            if let AgentLinkEvent::Welcome(_) = link.next().await.unwrap() {
                return;
            }
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn links_count_among_the_connections_of_their_network() {
    let server = TestServer::start_with(|config| config.connections_per_network = 3)
        .await
        .unwrap();
    let from = Ipv4Addr::new(127, 0, 0, 78);
    let knock = async || RawSocket::connect_from(server.address(), "/api/agent/link", &[], Some(from)).await;
    let mut links = Vec::new();
    for _ in 0..3 {
        links.push(knock().await.unwrap());
    }
    assert!(knock().await.is_err(), "a fourth is closed");
    drop(links);
    farol_testkit::soon("their places", async {
        while knock().await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}
