//! The real agent with the real server, on a machine made of fakes.

use std::time::Duration;

use farol_platform::input::fake::FakeInputEvent;
use farol_protocol::pipe::CloseCode;
use farol_protocol::pipe::message::clipboard::ClipboardMessage;
use farol_protocol::pipe::message::input::{InputAction, InputEvent, InputToAgent, Key, Modifiers};
use farol_protocol::pipe::message::screen::{FrameAck, ScreenSettings, ScreenToAgent, ScreenToViewer};
use farol_protocol::pipe::message::{ToAgent, ToViewer};
use farol_testkit::{FakeMachine, Picture, TestAgent};

use super::*;

const LONG: Duration = Duration::from_secs(20);

struct Seen {
    viewer: PipeEnd<Viewer>,
    picture: Picture,
    copied: Option<String>,
}

impl Seen {
    /// Takes in and acknowledges what comes until `enough`.
    async fn until(&mut self, enough: impl Fn(&Self) -> bool) {
        while !enough(self) {
            match self.viewer.message().await.unwrap() {
                ToViewer::Screen(message) => {
                    let id = match &message {
                        ScreenToViewer::Frame(frame) => Some(frame.id),
                        _ => None,
                    };
                    self.picture.take(message).unwrap();
                    if let Some(id) = id {
                        let ack = FrameAck {
                            id,
                            decode_us: 100,
                            draw_us: 100,
                        };
                        self.viewer
                            .send(ToAgent::Screen(ScreenToAgent::Ack(ack)))
                            .await
                            .unwrap();
                    }
                }
                ToViewer::Clipboard(message) => self.copied = message.text().map(Into::into),
                _ => {}
            }
        }
    }
}

async fn open(server: &TestServer, console: &mut ApiClient, agent: &TestAgent) -> (String, Seen) {
    console
        .until(&agent.path(), |machine| machine["presence"]["status"] == "online")
        .await
        .unwrap();
    let answer = console
        .post(
            &format!("{}/sessions", agent.path()),
            &session_request(&EVERYTHING),
        )
        .await
        .unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    let opening = Opening::of(&answer.body);
    let mut viewer = PipeEnd::viewer(server.address(), &opening.ticket).await.unwrap();
    viewer
        .send(ToAgent::Screen(
            ScreenToAgent::Settings(ScreenSettings::default()),
        ))
        .await
        .unwrap();
    (
        opening.path,
        Seen {
            viewer,
            picture: Picture::default(),
            copied: None,
        },
    )
}

fn key(id: u32, code: &str, down: bool) -> InputEvent {
    let key = code.trim_start_matches("Key").to_lowercase();
    let action = InputAction::Key(Key {
        code: code.into(),
        key,
        down,
        repeat: false,
        modifiers: Modifiers::default(),
    });
    InputEvent { id, action }
}

#[tokio::test]
async fn a_technician_sees_types_copies_and_leaves() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = FakeMachine::new(320, 200);
    let agent = TestAgent::enroll(&mut console, &machine).await.unwrap();
    let (path, mut seen) = open(&server, &mut console, &agent).await;

    let there = machine.rgb();
    seen.until(|seen| seen.picture.exact && seen.picture.rgb() == there)
        .await;

    let events = vec![key(1, "KeyA", true), key(2, "KeyA", false), key(3, "KeyB", true)];
    seen.viewer
        .send(ToAgent::Input(InputToAgent { events }))
        .await
        .unwrap();
    let record = machine.records().remove(0);
    let keys = |events: &[FakeInputEvent]| {
        events
            .iter()
            .filter(|e| matches!(e, FakeInputEvent::Key(_)))
            .count()
    };
    let waiting = record.clone();
    tokio::task::spawn_blocking(move || assert!(waiting.wait_for(LONG, |events| keys(events) >= 3)))
        .await
        .unwrap();

    seen.viewer
        .send(ToAgent::Clipboard(ClipboardMessage::of_text("to the machine")))
        .await
        .unwrap();
    let clipboard = machine.clipboard();
    tokio::task::spawn_blocking(move || assert!(clipboard.wait_for(LONG, "to the machine")))
        .await
        .unwrap();
    machine.clipboard().copy("from the machine");
    seen.until(|seen| seen.copied.as_deref() == Some("from the machine"))
        .await;

    seen.viewer.pipe().close(CloseCode::Done, "");
    seen.viewer.flush().await.unwrap();
    let over = console.until(&path, ended("technician_ended")).await.unwrap();
    assert_eq!(over["end"]["by"]["name"], "Ana Souza");
    // The key that was still down is not down any more: its sink let everything go.
    tokio::task::spawn_blocking(move || {
        assert!(record.wait_for(LONG, |events| events.last() == Some(&FakeInputEvent::Dropped)));
    })
    .await
    .unwrap();
    agent.stop().await.unwrap();
}

#[tokio::test]
async fn a_viewer_that_vanishes_holds_no_key() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = FakeMachine::new(320, 200);
    let agent = TestAgent::enroll(&mut console, &machine).await.unwrap();
    let (path, mut seen) = open(&server, &mut console, &agent).await;
    seen.until(|seen| seen.picture.newest > 0).await;
    let events = vec![key(1, "KeyA", true)];
    seen.viewer
        .send(ToAgent::Input(InputToAgent { events }))
        .await
        .unwrap();
    let record = machine.records().remove(0);
    let waiting = record.clone();
    tokio::task::spawn_blocking(move || assert!(waiting.wait_for(LONG, |events| !events.is_empty())))
        .await
        .unwrap();
    drop(seen);
    tokio::task::spawn_blocking(move || {
        assert!(record.wait_for(LONG, |events| events.contains(&FakeInputEvent::ReleaseAll)));
    })
    .await
    .unwrap();
    // Whoever vanished may be back.
    console
        .until(&path, |session| session["state"] == "interrupted")
        .await
        .unwrap();
    agent.stop().await.unwrap();
}

#[tokio::test]
async fn an_agent_that_stops_is_offline_and_back_after_a_restart() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = FakeMachine::new(320, 200);
    let agent = TestAgent::enroll(&mut console, &machine).await.unwrap();
    let path = agent.path();
    console
        .until(&path, |machine| {
            machine["hostname"] == "box" && machine["presence"]["status"] == "online"
        })
        .await
        .unwrap();
    let agent = agent.crash_and_restart().await;
    console
        .until(&path, |machine| machine["presence"]["status"] == "online")
        .await
        .unwrap();
    agent.stop().await.unwrap();
    console
        .until(&path, |machine| machine["presence"]["status"] == "offline")
        .await
        .unwrap();
}

#[tokio::test]
async fn copies_of_a_prepared_image_are_machines_of_their_own() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let template = FakeMachine::called("template", 320, 200);
    let agent = TestAgent::enroll(&mut console, &template).await.unwrap();
    let first = agent.path();
    let image = agent.stop().await.unwrap();

    let body = json!({ "name": "image", "max_uses": 2, "expires_in_seconds": 3600, "approval": "automatic" });
    let answer = console.post("/api/enrollment-tokens", &body).await.unwrap();
    let token = answer.body["token"].as_str().unwrap();
    image.prepare_image(server.address(), token).unwrap();

    let mut agents = Vec::new();
    for name in ["copy-1", "copy-2"] {
        let machine = FakeMachine::called(name, 320, 200);
        agents.push(TestAgent::start(image.copy().unwrap(), &machine));
        let named = |list: &serde_json::Value| {
            let items = list["items"].as_array().cloned().unwrap_or_default();
            items
                .iter()
                .any(|machine| machine["hostname"] == name && machine["presence"]["status"] == "online")
        };
        console.until("/api/machines", named).await.unwrap();
    }
    let paths: Vec<String> = agents.iter().map(TestAgent::path).collect();
    assert_ne!(paths[0], paths[1]);
    assert!(!paths.contains(&first));
    for agent in agents {
        agent.stop().await.unwrap();
    }
}
