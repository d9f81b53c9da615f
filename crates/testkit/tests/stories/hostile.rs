//! Nonsense on every socket: closed with a code, nobody else affected.

use farol_protocol::ids::Grant;
use farol_protocol::limits::{LINK_SEALED_MAX, RELAY_MESSAGE_MAX};
use farol_protocol::relay::RelayHello;
use farol_testkit::{LinkEnd, RawSocket, Said};

use super::*;

/// A WebSocket frame header that promises more than any limit, and nothing after it.
const HUGE_FRAME: [u8; 14] = [
    0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4,
];
/// A frame with reserved bits set.
const RESERVED_BITS: [u8; 6] = [0xf2, 0x80, 1, 2, 3, 4];

async fn relay(stage: &Stage) -> RawSocket {
    RawSocket::connect(stage.server.address(), "/api/relay", None)
        .await
        .unwrap()
}

#[tokio::test]
async fn before_the_hello() {
    let mut stage = Stage::new().await;
    let mut witness = stage.session().await;
    let mut text = relay(&stage).await;
    text.text("hello").await.unwrap();
    assert_eq!(text.closed().await.unwrap().0, 4400);
    let mut garbage = relay(&stage).await;
    garbage.binary(vec![0xff; 40]).await.unwrap();
    assert_eq!(garbage.closed().await.unwrap().0, 4400);
    let mut long = relay(&stage).await;
    long.binary(vec![0; 4000]).await.unwrap();
    assert_eq!(long.closed().await.unwrap().0, 4413);
    let mut huge = relay(&stage).await;
    huge.bytes(&HUGE_FRAME).await.unwrap();
    assert_eq!(huge.closed().await.unwrap().0, 4413);
    let mut reserved = relay(&stage).await;
    reserved.bytes(&RESERVED_BITS).await.unwrap();
    assert_eq!(reserved.closed().await.unwrap().0, 4400);
    alive(&mut witness).await;
}

/// The session still passes messages.
async fn alive(pair: &mut Pair) {
    use farol_protocol::pipe::message::ToAgent;
    use farol_protocol::pipe::message::clipboard::ClipboardMessage;
    let message = ToAgent::Clipboard(ClipboardMessage::of_text("alive"));
    pair.viewer.send(message.clone()).await.unwrap();
    assert_eq!(pair.agent.message().await.unwrap(), message);
}

#[tokio::test]
async fn a_viewer_that_breaks_the_relays_rules() {
    let mut stage = Stage::new().await;
    let mut witness = stage.session().await;
    for (bytes, code) in [(vec![0x82; RELAY_MESSAGE_MAX + 1], 4413), (Vec::new(), 4400)] {
        let Pair {
            path,
            mut viewer,
            mut agent,
        } = stage.session().await;
        if bytes.is_empty() {
            viewer.socket().text("boo").await.unwrap();
        } else {
            viewer.socket().binary(bytes).await.unwrap();
        }
        assert_eq!(viewer.closed().await.unwrap().0, code);
        assert_eq!(agent.closed().await.unwrap(), (4410, "protocol_violation".into()));
        let over = stage
            .console
            .until(&path, ended("protocol_violation"))
            .await
            .unwrap();
        assert!(
            over["end"]["detail"].as_str().unwrap().starts_with("viewer: "),
            "{over}"
        );
    }
    alive(&mut witness).await;
}

#[tokio::test]
async fn a_message_before_ready() {
    let mut stage = Stage::new().await;
    let opening = stage.ask().await;
    let mut early = relay(&stage).await;
    early
        .binary(
            RelayHello {
                grant: Grant(opening.ticket.grant),
            }
            .encode(),
        )
        .await
        .unwrap();
    early.binary(vec![1, 2, 3]).await.unwrap();
    assert_eq!(early.closed().await.unwrap().0, 4400);
    stage
        .console
        .until(&opening.path, ended("protocol_violation"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_flood_of_tiny_messages() {
    let mut stage = Stage::new().await;
    let mut witness = stage.session().await;
    let Pair {
        path,
        mut viewer,
        mut agent,
    } = stage.session().await;
    // The agent reads as fast as it can, so that only the limit stops the flood.
    let reader = tokio::spawn(async move { agent.closed().await });
    for _ in 0..200_000 {
        if viewer.socket().binary(vec![0]).await.is_err() {
            break;
        }
    }
    stage
        .console
        .until(&path, ended("protocol_violation"))
        .await
        .unwrap();
    reader.await.unwrap().unwrap();
    alive(&mut witness).await;
}

#[tokio::test]
async fn garbage_inside_a_pipe_reaches_the_peer_and_is_refused_there() {
    let mut stage = Stage::new().await;
    let Pair {
        mut viewer,
        mut agent,
        ..
    } = stage.session().await;
    // Sealed by the viewer itself: what only it can do.
    viewer.pipe().say_anything(vec![0xee; 100]);
    let garbage = viewer.pipe().poll_transmit().unwrap();
    viewer.socket().binary(garbage).await.unwrap();
    let error = format!("{:#}", agent.next().await.expect_err("garbage was taken"));
    assert!(error.contains("malformed"), "{error}");
}

#[tokio::test]
async fn on_a_link() {
    let stage = Stage::new().await;
    let address = stage.server.address();
    let link = || RawSocket::connect(address, "/api/agent/link", None);
    let mut text = link().await.unwrap();
    text.text("hello").await.unwrap();
    assert_eq!(text.closed().await.unwrap().0, 4400);
    let mut garbage = link().await.unwrap();
    garbage.binary(vec![0xff; 64]).await.unwrap();
    assert_eq!(garbage.closed().await.unwrap().0, 4400);
    let mut long = link().await.unwrap();
    long.binary(vec![0; 5000]).await.unwrap();
    assert_eq!(long.closed().await.unwrap().0, 4400);
    let mut huge = link().await.unwrap();
    huge.bytes(&HUGE_FRAME).await.unwrap();
    assert_eq!(huge.closed().await.unwrap().0, 4413);
    assert_eq!(
        stage.console.get(&stage.machine_path()).await.unwrap().body["presence"]["status"],
        "online"
    );
}

#[tokio::test]
async fn an_enrolled_agent_that_turns_hostile() {
    let mut stage = Stage::new().await;
    let other = Enrolled::new(&mut stage.console).await.unwrap();
    let path = format!("/api/machines/{}", other.machine);
    let attacks = [
        (vec![0xff; 64], 4400),
        (vec![0; LINK_SEALED_MAX], 4400),
        (vec![0; LINK_SEALED_MAX + 1], 4413),
    ];
    for (attack, code) in attacks {
        let mut link = LinkEnd::connect(stage.server.address(), &other).await.unwrap();
        link.socket().binary(attack).await.unwrap();
        assert_eq!(link.socket().closed().await.unwrap().0, code);
        stage
            .console
            .until(&path, |machine| machine["presence"]["status"] == "offline")
            .await
            .unwrap();
    }
    assert_eq!(
        stage.console.get(&stage.machine_path()).await.unwrap().body["presence"]["status"],
        "online"
    );
}

#[tokio::test]
async fn a_link_that_says_nothing_is_closed_after_the_handshake_time() {
    let stage = Stage::new().await;
    let mut mute = RawSocket::connect(stage.server.address(), "/api/agent/link", None)
        .await
        .unwrap();
    let mut mute_relay = relay(&stage).await;
    let (link, relay) = tokio::join!(mute.closed(), mute_relay.closed());
    assert_eq!(link.unwrap().0, 4401);
    assert_eq!(relay.unwrap().0, 4408);
}

#[tokio::test]
async fn browsers_have_no_business_on_the_link() {
    let stage = Stage::new().await;
    let origin = format!("http://{}", stage.server.address());
    assert!(
        RawSocket::connect(stage.server.address(), "/api/agent/link", Some(&origin))
            .await
            .is_err()
    );
    let mut socket = relay(&stage).await;
    socket.close(1000, "").await.unwrap();
    assert!(matches!(socket.next().await.unwrap(), Said::Closed(..)));
}
