//! Sessions that lose their connections, their server, their page: they go on, and nothing is lost or comes twice.

use std::time::Duration;

use farol_platform::input::fake::FakeInputEvent;
use farol_protocol::pipe::message::clipboard::ClipboardMessage;
use farol_protocol::pipe::message::input::{InputAction, InputEvent, InputToAgent, Key, Modifiers};
use farol_protocol::pipe::message::{ToAgent, ToViewer};
use farol_testkit::{FakeMachine, TestAgent, soon};

use super::*;

const LONG: Duration = Duration::from_secs(20);

fn active(session: &Value) -> bool {
    session["state"] == "active"
}

/// Comes back until the server and the machine are there again; whether the pipe goes on where it was.
async fn back(console: &mut ApiClient, path: &str, viewer: &mut PipeEnd<Viewer>) -> bool {
    let resume = format!("{path}/resume");
    let body = resume_request();
    soon("the session to come back", async {
        loop {
            let Ok(answer) = console.post(&resume, &body).await else {
                continue;
            };
            if answer.status != 200 {
                assert_eq!(answer.body["code"], "machine_offline", "{answer:?}");
                continue;
            }
            let ticket = Ticket::of(&answer.body).unwrap();
            if let Ok(resumed) = viewer.redial(console.address(), &ticket).await {
                return resumed;
            }
        }
    })
    .await
    .unwrap()
}

fn typed(id: u32, letter: &str, down: bool) -> InputEvent {
    let action = InputAction::Key(Key {
        code: format!("Key{}", letter.to_uppercase()),
        key: letter.into(),
        down,
        repeat: false,
        modifiers: Modifiers::default(),
    });
    InputEvent { id, action }
}

/// The real agent on a machine of fakes; every key the technician presses while connections come and go.
#[tokio::test]
async fn every_key_is_played_once_over_many_connections() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = FakeMachine::new(320, 200);
    let agent = TestAgent::enroll(&mut console, &machine).await.unwrap();
    console
        .until(&agent.path(), |machine| machine["presence"]["status"] == "online")
        .await
        .unwrap();
    let path = format!("{}/sessions", agent.path());
    let answer = console.post(&path, &session_request(&EVERYTHING)).await.unwrap();
    let opening = Opening::of(&answer.body);
    let mut viewer = PipeEnd::viewer(server.address(), &opening.ticket).await.unwrap();
    let mut id = 0;
    let mut said = Vec::new();
    for round in 0..6 {
        for letter in ["a", "b", "c"] {
            for down in [true, false] {
                id += 1;
                said.push((letter.to_owned(), down));
                let events = vec![typed(id, letter, down)];
                // Without a connection it waits in the pipe.
                viewer
                    .pipe()
                    .send(ToAgent::Input(InputToAgent { events }))
                    .unwrap();
            }
            if round % 2 == 0 {
                viewer.flush().await.unwrap();
            }
        }
        assert!(back(&mut console, &opening.path, &mut viewer).await, "it goes on");
    }
    let record = machine.records().remove(0);
    let keys = |events: &[FakeInputEvent]| -> Vec<(String, bool)> {
        let keys = events.iter().filter_map(|event| match event {
            FakeInputEvent::Key(key) => Some((key.key.clone(), key.down)),
            _ => None,
        });
        keys.collect()
    };
    let expected = said.clone();
    tokio::task::spawn_blocking(move || {
        assert!(
            record.wait_for(LONG, |events| keys(events) == expected),
            "expected {expected:?}"
        );
    })
    .await
    .unwrap();
    let session = console.until(&opening.path, active).await.unwrap();
    assert_eq!(session["resumes"], 6, "{session}");
    agent.stop().await.unwrap();
}

/// The server starts anew in good order, in the middle of what both say.
#[tokio::test]
async fn a_restarted_server_brings_both_ends_together_again() {
    let mut stage = Stage::new().await;
    let Pair {
        path,
        mut viewer,
        mut agent,
    } = stage.session().await;
    stage.console.until(&path, active).await.unwrap();
    // Said, and perhaps on its way.
    let there = ToAgent::Clipboard(ClipboardMessage::of_text("before the restart"));
    let here = ToViewer::Clipboard(ClipboardMessage::of_text("from the machine"));
    viewer.pipe().send(there.clone()).unwrap();
    agent.pipe().send(here.clone()).unwrap();
    let Stage {
        server,
        console,
        machine,
        agent: link,
    } = stage;
    let server = server.restart().await.unwrap();
    drop(link);
    let mut console = console.at(server.address());
    let mut link = farol_testkit::LinkEnd::connect(server.address(), &machine)
        .await
        .unwrap();
    link.link()
        .sessions_held(&[path.trim_start_matches("/api/sessions/").parse().unwrap()])
        .unwrap();
    let resume = format!("{path}/resume");
    let body = resume_request();
    let (answer, offer) = tokio::join!(console.post(&resume, &body), link.offer());
    let (answer, offer) = (answer.unwrap(), offer.unwrap());
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(offer.resume, "nobody is asked again");
    let ticket = Ticket::of(&answer.body).unwrap();
    link.answer(&offer, None).await.unwrap();
    let (viewed, agreed) = tokio::join!(
        viewer.redial(server.address(), &ticket),
        agent.redial(server.address(), &offer, &machine)
    );
    assert!(viewed.unwrap() && agreed.unwrap(), "both remember the pipe");
    assert_eq!(viewer.message().await.unwrap(), here);
    assert_eq!(agent.message().await.unwrap(), there);
    console.until(&path, active).await.unwrap();
}

/// A newer connection of the same end takes the place of one that nobody knows to be dead.
#[tokio::test]
async fn who_comes_back_does_not_wait_for_the_old_connection() {
    let mut stage = Stage::new().await;
    let Pair {
        path,
        mut viewer,
        mut agent,
    } = stage.session().await;
    stage.console.until(&path, active).await.unwrap();
    let body = resume_request();
    let answer = stage
        .console
        .post(&format!("{path}/resume"), &body)
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let offer = stage.agent.offer().await.unwrap();
    // Both old sockets are cut by the server.
    let (one, other) = tokio::join!(viewer.closed(), agent.closed());
    assert!(one.is_ok() && other.is_ok());
    let ticket = Ticket::of(&answer.body).unwrap();
    let address = stage.server.address();
    let (viewed, agreed) = tokio::join!(
        viewer.redial(address, &ticket),
        agent.redial(address, &offer, &stage.machine)
    );
    assert!(viewed.unwrap() && agreed.unwrap());
}

#[tokio::test]
async fn only_who_opened_a_session_comes_back_and_only_while_it_lasts() {
    let mut stage = Stage::new().await;
    let pair = stage.session().await;
    stage.console.until(&pair.path, active).await.unwrap();
    let body = resume_request();
    let resume = format!("{}/resume", pair.path);
    let mut stranger = ApiClient::new(stage.server.address());
    assert_eq!(stranger.post(&resume, &body).await.unwrap().status, 401);
    assert_eq!(stage.console.delete(&pair.path).await.unwrap().status, 204);
    let over = stage.console.post(&resume, &body).await.unwrap();
    assert_eq!((over.status, &over.body["code"]), (410, &json!("session_over")));
    assert_eq!(over.body["end"]["reason"], "technician_ended", "{over:?}");
}

/// Grants are rows: one that was shown before a crash opens nothing after it, and one that was not shown is void once the
/// session has newer ones.
#[tokio::test]
async fn grants_are_single_use_over_a_crash() {
    let mut stage = Stage::new().await;
    let opening = stage.ask().await;
    let offer = stage.agent.offer().await.unwrap();
    let _pair = couple(&stage.server, &opening, (&offer, &stage.machine)).await;
    let after = stage.server.after_crash().await.unwrap();
    for grant in [opening.ticket.grant, offer.grant.0] {
        let mut socket = farol_testkit::RawSocket::connect(after.address(), "/api/relay", None)
            .await
            .unwrap();
        let hello = farol_protocol::relay::RelayHello {
            grant: farol_protocol::ids::Grant(grant),
        };
        socket.binary(hello.encode()).await.unwrap();
        assert_eq!(socket.closed().await.unwrap().0, 4401);
    }
}
