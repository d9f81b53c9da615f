//! Sessions that outlive their connections, and the link.

use farol_protocol::link::Answer;
use farol_protocol::pipe::message::input::InputAction;

use super::server::viewer_key;
use super::*;
use crate::company::Company;
use crate::consent::Event;
use crate::sessions::{INTERRUPTED_MAX, News as SessionNews, SESSIONS_MAX};

/// A key of a keyboard with as many as the test likes.
fn numbered(id: u32) -> ToAgent {
    let mut message = key(id, true);
    if let ToAgent::Input(batch) = &mut message
        && let InputAction::Key(key) = &mut batch.events[0].action
    {
        key.code = format!("Key{id}");
    }
    message
}

fn shift(id: u32) -> ToAgent {
    let mut message = key(id, true);
    if let ToAgent::Input(batch) = &mut message
        && let InputAction::Key(key) = &mut batch.events[0].action
    {
        key.code = "ShiftLeft".into();
        key.key = "Shift".into();
        key.modifiers.shift = true;
    }
    message
}

/// Codes of the keys that were played, in order.
fn codes(machine: &FakeMachine) -> Vec<String> {
    let events = machine.input().into_iter();
    let codes = events.filter_map(|event| match event {
        FakeInputEvent::Key(key) => Some(key.code),
        _ => None,
    });
    codes.collect()
}

#[tokio::test]
async fn a_viewer_comes_back_and_every_key_arrives_once() {
    let (machine, mut server, agent, mut viewer) = connected().await;
    let generation = viewer.picture.generation;
    for id in 1..=60 {
        viewer.send(numbered(id));
        if id % 20 == 0 {
            // Some of it has arrived, some is on its way, some waits.
            viewer.flush_some(7).await;
            viewer.lose();
        }
        if id % 20 == 10 && id > 10 {
            server.resume(&mut viewer, all_rights()).await;
            assert!(viewer.open().await, "it goes on where it was");
        }
    }
    server.resume(&mut viewer, all_rights()).await;
    assert!(viewer.open().await);
    viewer.pump_until(|| machine.input().len() >= 60).await;
    let expected: Vec<String> = (1..=60).map(|id| format!("Key{id}")).collect();
    assert_eq!(codes(&machine), expected);
    machine.screen().fill(Rect::new(0, 0, 5, 5), [9, 9, 9]);
    viewer
        .until(|picture| picture.pixel(1, 1) == [9, 9, 9] && picture.last_input == 60)
        .await;
    assert_eq!(viewer.picture.generation, generation, "the picture went on, too");
    agent.stop().await;
}

/// The pipe goes on, but the picture begins anew: it was not kept.
#[tokio::test]
async fn a_viewer_that_was_away_for_long_gets_a_whole_picture() {
    let (machine, mut server, agent, mut viewer) = connected().await;
    let generation = viewer.picture.generation;
    viewer.send(shift(1));
    viewer.pump_until(|| machine.input().len() == 1).await;
    viewer.lose();
    assert!(recorded(machine.record(), released).await);
    tokio::time::pause();
    tokio::time::advance(crate::sessions::PICTURE_KEPT).await;
    tokio::time::resume();
    machine.screen().fill(Rect::new(0, 0, 5, 5), [9, 9, 9]);
    server.resume(&mut viewer, all_rights()).await;
    assert!(viewer.open().await, "the pipe goes on where it was");
    viewer
        .until(|picture| picture.generation > generation && picture.fresh_frames > 0)
        .await;
    assert_eq!(viewer.picture.pixel(1, 1), [9, 9, 9]);
    assert_eq!(viewer.picture.pixel(20, 20), [90, 80, 70]);
    agent.stop().await;
}

#[tokio::test]
async fn modifiers_are_let_go_of_and_taken_up_again() {
    let (machine, mut server, agent, mut viewer) = connected().await;
    viewer.send(numbered(1));
    viewer.send(shift(2));
    viewer.pump_until(|| machine.input().len() == 2).await;
    viewer.lose();
    assert!(recorded(machine.record(), released).await);
    let visits = machine.person.sees(|visits| !visits.is_empty()).await;
    assert_eq!(visits[0].session, viewer.session, "still there");
    server.resume(&mut viewer, all_rights()).await;
    assert!(viewer.open().await);
    viewer.pump_until(|| machine.input().len() == 3).await;
    assert_eq!(codes(&machine), ["Key1", "ShiftLeft", "ShiftLeft"]);
    agent.stop().await;
}

#[tokio::test]
async fn a_page_that_was_loaded_anew_starts_over() {
    let (machine, mut server, agent, mut viewer) = connected().await;
    for key in [viewer_key(4), viewer_key(9)] {
        viewer.send(shift(1));
        let played = machine.input().len();
        viewer.pump_until(|| machine.input().len() == played + 1).await;
        viewer.reload(key);
        server.resume(&mut viewer, all_rights()).await;
        assert!(!viewer.open().await, "it knows nothing");
        viewer.until(|picture| picture.fresh_frames > 0).await;
        assert_eq!(viewer.picture.pixel(0, 0), [90, 80, 70]);
        assert_eq!(machine.input().len(), played + 1, "nothing is pressed for it");
    }
    agent.stop().await;
}

#[tokio::test]
async fn another_connection_takes_the_place_of_a_running_one() {
    let (machine, mut server, agent, mut viewer) = connected().await;
    viewer.send(numbered(1));
    viewer.pump_until(|| machine.input().len() == 1).await;
    server.resume(&mut viewer, all_rights()).await;
    assert!(viewer.open().await);
    viewer.send(numbered(2));
    viewer.pump_until(|| machine.input().len() == 2).await;
    assert_eq!(codes(&machine), ["Key1", "Key2"]);
    agent.stop().await;
}

#[tokio::test]
async fn a_session_that_is_not_here_cannot_be_resumed() {
    let (_machine, mut server, agent, viewer) = connected().await;
    drop(viewer);
    let unknown = server.statement(all_rights());
    server.offer(&unknown, true).await;
    let Answer::Refused { code, .. } = server.answer().await.answer else {
        panic!("nobody knows it")
    };
    assert_eq!(code, "session_unknown");
    agent.stop().await;
}

#[tokio::test]
async fn a_lost_link_ends_no_session() {
    let (machine, mut server, agent, mut viewer) = connected().await;
    server.drop_link();
    viewer.send(numbered(1));
    viewer.pump_until(|| machine.input().len() == 1).await;
    viewer.lose();
    server.link().await;
    assert_eq!(server.held, [viewer.session]);
    server.resume(&mut viewer, all_rights()).await;
    assert!(viewer.open().await);
    viewer.send(numbered(2));
    viewer.pump_until(|| machine.input().len() == 2).await;
    agent.stop().await;
}

#[tokio::test]
async fn an_end_without_a_link_is_told_when_it_is_back() {
    let (machine, mut server, agent, mut viewer) = connected().await;
    server.drop_link();
    machine.person.wants(Event::End {
        session: viewer.session,
    });
    assert_eq!(viewer.closed().await.code, CloseCode::EndUser);
    server.link().await;
    assert_eq!(server.held, [viewer.session], "how it ended follows");
    assert_eq!(server.ended().await.code, "end_user_ended");
    // The agent cannot know that this arrived.
    server.drop_link();
    server.link().await;
    assert_eq!(server.held, [viewer.session]);
    assert_eq!(server.ended().await.code, "end_user_ended");
    agent.stop().await;
}

#[tokio::test]
async fn bytes_that_nobody_sealed_cost_the_connection_alone() {
    let (machine, mut server, agent, mut viewer) = connected().await;
    viewer.garble().await;
    viewer.hung_up().await;
    server.resume(&mut viewer, all_rights()).await;
    assert!(viewer.open().await);
    viewer.send(numbered(1));
    viewer.pump_until(|| machine.input().len() == 1).await;
    agent.stop().await;
}

#[tokio::test]
async fn whoever_does_not_hold_the_key_does_not_get_in() {
    let (_machine, mut server, agent, mut viewer) = connected().await;
    let stated = viewer.key.clone();
    for _ in 0..5 {
        viewer.reload(viewer_key(66));
        let statement = farol_protocol::link::SessionStatement {
            session: viewer.session,
            viewer_key: stated.public(),
            ..server.statement(all_rights())
        };
        let grant = server.offer(&statement, true).await;
        assert_eq!(server.answer().await.answer, Answer::Accepted(all_rights()));
        let socket = server.relayed(viewer.session, grant).await;
        viewer.connect(socket);
        viewer.flush_some(1).await;
        viewer.hung_up().await;
    }
    assert_eq!(server.ended().await.code, "handshake_failed");
    agent.stop().await;
}

#[tokio::test]
async fn there_is_a_limit_to_sessions_and_interrupted_ones_count() {
    let (_machine, mut server, agent, mut viewer) = connected().await;
    viewer.lose();
    for _ in 1..SESSIONS_MAX {
        let statement = server.statement(Rights::VIEW);
        server.offer(&statement, false).await;
        assert_eq!(server.answer().await.answer, Answer::Accepted(Rights::VIEW));
    }
    let statement = server.statement(Rights::VIEW);
    server.offer(&statement, false).await;
    let Answer::Refused { code, .. } = server.answer().await.answer else {
        panic!("there are enough")
    };
    assert_eq!(code, "busy");
    agent.stop().await;
}

/// Time stands still but for what is waited for.
#[tokio::test(start_paused = true)]
async fn a_session_into_which_nobody_comes_back_ends() {
    let machine = FakeMachine::new();
    let backends: Arc<dyn Backends> = machine.clone();
    let clock = Clock::start();
    let server = TestServer::start().await;
    let nobody = farol_transport::ServerUrl::parse("http://127.0.0.1:9", false).unwrap();
    let parts = Parts {
        company: Company::default(),
        server: nobody,
        options: ConnectOptions {
            tls: tls::Trust::new(None, std::iter::empty()).unwrap(),
            message_max: RELAY_MESSAGE_MAX,
            timeout: CONNECT_TIME,
        },
        clock,
        end_user: backends.end_user(),
        screen: Screen::start(Arc::clone(&backends), clock).unwrap(),
        clipboard: ClipboardHub::new(Arc::clone(&backends)),
        backends,
    };
    let mut server = server;
    let mut sessions = Sessions::new(parts, viewer_key(1));
    let started = tokio::time::Instant::now();
    sessions.offer(farol_protocol::link::SessionOffer {
        statement: server.statement(Rights::VIEW),
        grant: farol_protocol::ids::Grant([1; 32]),
        resume: false,
        request_id: String::new(),
    });
    assert!(matches!(sessions.next().await, Some(SessionNews::Answered(_))));
    let Some(SessionNews::Ended(end)) = sessions.next().await else {
        panic!("it goes on for ever")
    };
    assert_eq!(end.code, "expired");
    assert!(started.elapsed() >= INTERRUPTED_MAX);
    assert!(sessions.is_empty());
}
