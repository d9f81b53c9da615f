//! What is tried against sessions: by whoever carries their bytes, by viewers that want more, by agents that lie. Each is
//! refused, and nobody else notices.

use farol_protocol::ids::Grant;
use farol_protocol::packet::{self, Header};
use farol_protocol::pipe::message::clipboard::ClipboardMessage;
use farol_protocol::pipe::message::input::{InputAction, InputEvent, InputToAgent};
use farol_protocol::pipe::message::{Message, ToAgent, ToViewer};
use farol_protocol::pipe::{Channel, PipeKey};
use farol_protocol::relay::{RelayHello, RelayReady};
use farol_testkit::{RawSocket, Said};

use super::*;

/// Opens a session with these rights; both ends in the relay, no pipe yet.
async fn opened(stage: &mut Stage, rights: &[&str]) -> (Opening, SessionOffer) {
    let path = format!("{}/sessions", stage.machine_path());
    let answer = stage.console.post(&path, &session_request(rights)).await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    (Opening::of(&answer.body), stage.agent.offer().await.unwrap())
}

/// A bare socket in the relay.
async fn bare(stage: &Stage, grant: [u8; 32]) -> RawSocket {
    let mut socket = RawSocket::connect(stage.server.address(), "/api/relay", None)
        .await
        .unwrap();
    socket
        .binary(RelayHello { grant: Grant(grant) }.encode())
        .await
        .unwrap();
    socket
}

fn clipboard(text: &str) -> ToAgent {
    ToAgent::Clipboard(ClipboardMessage::of_text(text))
}

#[tokio::test]
async fn a_view_only_viewer_that_sends_input_ends_its_own_session_only() {
    let mut stage = Stage::new().await;
    let mut witness = stage.session().await;
    let (opening, offer) = opened(&mut stage, &["view"]).await;
    assert_eq!(offer.statement.rights.names(), "view");
    let (mut viewer, mut agent) = couple(&stage.server, &opening, (&offer, &stage.machine)).await;
    let action = InputAction::PointerMove { x: 1, y: 1 };
    let input = ToAgent::Input(InputToAgent {
        events: vec![InputEvent { id: 1, action }],
    });
    assert!(viewer.pipe().send(input.clone()).is_err(), "its own end refuses");
    let header = Header {
        channel: Channel::Input,
        end: true,
        seq: 0,
    };
    viewer
        .pipe()
        .say_anything(packet::encode(header, &input.encode()));
    let smuggled = viewer.pipe().poll_transmit().unwrap();
    viewer.socket().binary(smuggled).await.unwrap();
    let error = format!("{:#}", agent.next().await.unwrap_err());
    assert!(error.contains("input channel is not open"), "{error}");
    witness.viewer.send(clipboard("still here")).await.unwrap();
    assert_eq!(witness.agent.message().await.unwrap(), clipboard("still here"));
}

#[tokio::test]
async fn a_viewer_with_another_key_than_it_said_does_not_get_in() {
    let mut stage = Stage::new().await;
    let (opening, offer) = opened(&mut stage, &["view"]).await;
    // Somebody who has the grant, but not the key.
    let mut thief = bare(&stage, opening.ticket.grant).await;
    let address = stage.server.address();
    let machine = stage.machine.clone();
    let agent = tokio::spawn(async move { PipeEnd::agent(address, &offer, &machine).await.map(drop) });
    RelayReady::parse(&thief.message().await.unwrap()).unwrap();
    let mut pipe = farol_protocol::pipe::ViewerPipe::new(
        [3; 16],
        farol_protocol::pipe::ChannelSet::ALL,
        farol_protocol::Tick(0),
    );
    let connect = farol_protocol::pipe::Connect {
        session: opening.ticket.session,
        own: PipeKey::from_seed([66; 32]),
        peer: opening.ticket.machine,
        ephemeral: [67; 32],
    };
    pipe.connect(farol_protocol::Tick(0), &connect).unwrap();
    thief.binary(pipe.poll_transmit().unwrap()).await.unwrap();
    let error = format!("{:#}", agent.await.unwrap().unwrap_err());
    assert!(error.contains("another key than it should"), "{error}");
}

#[tokio::test]
async fn an_agent_that_lies_about_its_key_is_not_spoken_to() {
    let mut stage = Stage::new().await;
    let (opening, offer) = opened(&mut stage, &["view"]).await;
    // The server told the viewer the key of the link; the agent in the relay holds another.
    let liar = Enrolled {
        pipe_key: PipeKey::from_seed([99; 32]),
        ..stage.machine.clone()
    };
    let address = stage.server.address();
    let (viewer, agent) = tokio::join!(
        PipeEnd::viewer(address, &opening.ticket),
        PipeEnd::agent(address, &offer, &liar)
    );
    assert!(viewer.is_err() && agent.is_err());
}

#[tokio::test]
async fn a_bit_flipped_on_the_way_costs_the_connection_and_no_word() {
    let mut stage = Stage::new().await;
    let Pair {
        path,
        mut viewer,
        mut agent,
    } = stage.session().await;
    viewer.pipe().send(clipboard("as it was said")).unwrap();
    let mut packet = viewer.pipe().poll_transmit().unwrap();
    packet[12] ^= 0x10;
    viewer.socket().binary(packet).await.unwrap();
    let error = format!("{:#}", agent.next().await.unwrap_err());
    assert!(error.contains("not sealed"), "{error}");
    assert!(!agent.pipe().is_closed(), "the session goes on");
    let body = resume_request();
    let answer = stage
        .console
        .post(&format!("{path}/resume"), &body)
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let ticket = Ticket::of(&answer.body).unwrap();
    let offer = stage.agent.offer().await.unwrap();
    let address = stage.server.address();
    let (viewed, agreed) = tokio::join!(
        viewer.redial(address, &ticket),
        agent.redial(address, &offer, &stage.machine)
    );
    assert!(viewed.unwrap() && agreed.unwrap());
    assert_eq!(agent.message().await.unwrap(), clipboard("as it was said"));
}

/// A message that never ends holds up nobody but its sender, whose connection is given up after the relay's silence.
#[tokio::test]
async fn a_message_that_dribbles_costs_its_own_connection() {
    let mut stage = Stage::new().await;
    let mut witness = stage.session().await;
    let Pair {
        path,
        mut viewer,
        mut agent,
    } = stage.session().await;
    // A binary message of 60 000 masked bytes, of which one comes now and then.
    let begun = [0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xea, 0x60, 1, 2, 3, 4];
    viewer.socket().bytes(&begun).await.unwrap();
    let dribble = async {
        let mut now_and_then = tokio::time::interval(std::time::Duration::from_millis(500));
        loop {
            now_and_then.tick().await;
            if viewer.socket().bytes(&[0]).await.is_err() {
                // Given up: there is nothing more to be tried.
                std::future::pending::<()>().await;
            }
            // Others talk on meanwhile, both ways.
            witness.viewer.send(clipboard("alive")).await.unwrap();
            assert_eq!(witness.agent.message().await.unwrap(), clipboard("alive"));
            let answer = ToViewer::Clipboard(ClipboardMessage::of_text("so am I"));
            witness.agent.send(answer.clone()).await.unwrap();
            assert_eq!(witness.viewer.message().await.unwrap(), answer);
        }
    };
    // The silence and a ping's pause, and as much again.
    let given_up = tokio::time::timeout(std::time::Duration::from_secs(70), async {
        loop {
            if let Said::Closed(code, reason) = agent.socket().next().await.unwrap() {
                return (code, reason);
            }
        }
    });
    let (code, reason) = tokio::select! {
        () = dribble => unreachable!("it never ends"),
        closed = given_up => closed.expect("nobody gives up"),
    };
    assert_eq!((code, reason.as_str()), (4411, "interrupted"));
    let session = stage.console.get(&path).await.unwrap().body;
    assert_eq!(session["state"], "interrupted", "{session}");
}

/// Whoever carries the bytes joins the viewer of one session to the machine of another.
#[tokio::test]
async fn two_sessions_cannot_be_spliced() {
    let mut stage = Stage::new().await;
    let (one, one_offer) = opened(&mut stage, &["view"]).await;
    let (other, other_offer) = opened(&mut stage, &["view"]).await;
    // The second session's machine end hears the first session's viewer, byte by byte.
    let mut carrier = (
        bare(&stage, one_offer.grant.0).await,
        bare(&stage, other.ticket.grant).await,
    );
    let address = stage.server.address();
    let ticket = one.ticket.clone();
    let viewer = tokio::spawn(async move { PipeEnd::viewer(address, &ticket).await.map(drop) });
    let machine = stage.machine.clone();
    let agent = tokio::spawn(async move { PipeEnd::agent(address, &other_offer, &machine).await.map(drop) });
    RelayReady::parse(&carrier.0.message().await.unwrap()).unwrap();
    RelayReady::parse(&carrier.1.message().await.unwrap()).unwrap();
    let hello = carrier.0.message().await.unwrap();
    carrier.1.binary(hello.to_vec()).await.unwrap();
    let error = format!("{:#}", agent.await.unwrap().unwrap_err());
    assert!(error.contains("not sealed"), "{error}");
    carrier.0.close(1000, "").await.unwrap();
    assert!(viewer.await.unwrap().is_err());
}

/// Everything that passes the relay in a session, and what was said in it: nothing of the one is in the other.
#[tokio::test]
async fn the_relay_passes_on_what_it_cannot_read() {
    let mut stage = Stage::new().await;
    let (opening, offer) = opened(&mut stage, &EVERYTHING).await;
    // The relay's other side of the viewer: a bare socket that writes down what passes.
    let machine = stage.machine.clone();
    let mut tap = bare(&stage, offer.grant.0).await;
    let ticket = opening.ticket.clone();
    let address = stage.server.address();
    let viewer = tokio::spawn(async move {
        let mut viewer = PipeEnd::viewer(address, &ticket).await.unwrap();
        viewer.send(clipboard("hunter2 is the password")).await.unwrap();
        viewer
    });
    RelayReady::parse(&tap.message().await.unwrap()).unwrap();
    let mut agent =
        farol_protocol::pipe::AgentPipe::new(offer.statement.rights.channels(), farol_protocol::Tick(0));
    let connect = farol_protocol::pipe::Connect {
        session: offer.statement.session,
        own: machine.pipe_key.clone(),
        peer: offer.statement.viewer_key,
        ephemeral: [5; 32],
    };
    agent.connect(farol_protocol::Tick(0), &connect).unwrap();
    let mut passed = Vec::new();
    loop {
        let Said::Binary(bytes) = tap.next().await.unwrap() else {
            panic!("closed")
        };
        passed.push(bytes.to_vec());
        agent.handle_input(farol_protocol::Tick(0), &bytes).unwrap();
        while let Some(packet) = agent.poll_transmit() {
            tap.binary(packet).await.unwrap();
        }
        let said = std::iter::from_fn(|| agent.poll_event());
        if said
            .into_iter()
            .any(|event| matches!(event, farol_protocol::pipe::Event::Message(ToAgent::Clipboard(_))))
        {
            break;
        }
    }
    let key = farol_testkit::viewer_key().public().to_bytes();
    for secret in [&b"hunter2"[..], b"password", &key] {
        let seen = passed
            .iter()
            .any(|bytes| bytes.windows(secret.len()).any(|part| part == secret));
        assert!(!seen, "{secret:?} passed in the open");
    }
    drop(viewer.await.unwrap());
}

#[tokio::test]
async fn a_grant_of_an_older_connection_is_void_once_there_is_a_newer() {
    let mut stage = Stage::new().await;
    let pair = stage.session().await;
    let body = resume_request();
    let resume = format!("{}/resume", pair.path);
    stage
        .console
        .until(&pair.path, |session| session["state"] == "active")
        .await
        .unwrap();
    let first = Ticket::of(&stage.console.post(&resume, &body).await.unwrap().body).unwrap();
    let second = stage.console.post(&resume, &body).await.unwrap();
    assert_eq!(second.status, 200, "{second:?}");
    assert_eq!(bare(&stage, first.grant).await.closed().await.unwrap().0, 4401);
}

#[tokio::test]
async fn rights_that_no_agent_offers_and_keys_that_are_none_are_refused_by_name() {
    let mut stage = Stage::new().await;
    let path = format!("{}/sessions", stage.machine_path());
    let files = stage
        .console
        .post(&path, &session_request(&["view", "files"]))
        .await
        .unwrap();
    assert_eq!(
        (files.status, &files.body["code"]),
        (409, &json!("capability_missing"))
    );
    for body in [
        session_request(&["control"]),
        session_request(&["view", "everything"]),
        json!({ "rights": ["view"], "viewer_key": "AAAA" }),
        json!({ "rights": ["view"] }),
    ] {
        let answer = stage.console.post(&path, &body).await.unwrap();
        assert!((400..=422).contains(&answer.status), "{answer:?}");
    }
}
