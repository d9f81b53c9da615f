//! The whole path: set up, enroll, online, session, picture, input, clipboard, close.

use farol_protocol::pipe::message::clipboard::ClipboardMessage;
use farol_protocol::pipe::message::input::{InputAction, InputEvent, InputToAgent, Key, Modifiers};
use farol_protocol::pipe::message::screen::{FrameAck, ScreenToAgent};
use farol_protocol::pipe::message::{ToAgent, ToViewer};
use farol_testkit::{Painter, Picture};

use super::*;

#[tokio::test]
async fn from_set_up_to_the_first_picture_and_back() {
    let mut stage = Stage::new().await;
    let seen = stage
        .console
        .until(&stage.machine_path(), |machine| {
            machine["users"][0]["name"] == "fred"
        })
        .await;
    let seen = seen.unwrap();
    assert_eq!(seen["presence"]["status"], "online");
    assert_eq!(seen["os"]["name"], "Debian GNU/Linux");
    assert_eq!(seen["capabilities"], json!(["screen", "input", "clipboard"]));

    let Pair {
        path,
        mut viewer,
        mut agent,
    } = stage.session().await;
    let session = stage
        .console
        .until(&path, |session| session["state"] == "active")
        .await
        .unwrap();
    assert_eq!(session["technician"]["name"], "Ana Souza");
    assert_eq!(session["rights"], json!(EVERYTHING));

    picture(&mut viewer, &mut agent).await;
    input(&mut viewer, &mut agent).await;
    clipboard(&mut viewer, &mut agent).await;

    // Live figures come from the relay, without any row being written.
    let live = stage.console.get(&path).await.unwrap().body;
    assert!(live["bytes_to_viewer"].as_u64().unwrap() > 1000, "{live}");
    assert!(live["bytes_to_agent"].as_u64().unwrap() > 50, "{live}");

    viewer.close("").await.unwrap();
    let over = stage
        .console
        .until(&path, ended("technician_ended"))
        .await
        .unwrap();
    assert_eq!(
        over["end"]["by"],
        json!({ "kind": "technician", "name": "Ana Souza" })
    );
    assert!(over["bytes_to_viewer"].as_u64() >= live["bytes_to_viewer"].as_u64());
    let (code, reason) = agent.closed().await.unwrap();
    assert_eq!((code, reason.as_str()), (4410, "technician_ended"));
    assert_eq!(stage.agent.ended().await.unwrap().code, "technician_ended");
}

async fn picture(viewer: &mut PipeEnd<Viewer>, agent: &mut PipeEnd<Agent>) {
    let mut painter = Painter::new(320, 200).unwrap();
    agent.send(ToViewer::Screen(painter.layout())).await.unwrap();
    agent
        .send(ToViewer::Screen(painter.frame().unwrap().unwrap()))
        .await
        .unwrap();
    let mut picture = Picture::default();
    while !picture.exact {
        let ToViewer::Screen(message) = viewer.message().await.unwrap() else {
            panic!("not a picture")
        };
        picture.take(message).unwrap();
    }
    assert_eq!(picture.rgb(), painter.rgb());
    let ack = FrameAck {
        id: picture.newest,
        decode_us: 1,
        draw_us: 1,
    };
    viewer
        .send(ToAgent::Screen(ScreenToAgent::Ack(ack)))
        .await
        .unwrap();
    assert_eq!(
        agent.message().await.unwrap(),
        ToAgent::Screen(ScreenToAgent::Ack(ack))
    );
}

async fn input(viewer: &mut PipeEnd<Viewer>, agent: &mut PipeEnd<Agent>) {
    let key = |id, down| InputEvent {
        id,
        action: InputAction::Key(Key {
            code: "KeyA".into(),
            key: "a".into(),
            down,
            repeat: false,
            modifiers: Modifiers::default(),
        }),
    };
    let events: Vec<InputEvent> = (0..40).map(|n| key(n + 1, n % 2 == 0)).collect();
    for batch in events.chunks(3) {
        viewer
            .send(ToAgent::Input(InputToAgent {
                events: batch.to_vec(),
            }))
            .await
            .unwrap();
    }
    let mut arrived = Vec::new();
    while arrived.len() < events.len() {
        let ToAgent::Input(batch) = agent.message().await.unwrap() else {
            panic!("not input")
        };
        arrived.extend(batch.events);
    }
    assert_eq!(arrived, events);
}

async fn clipboard(viewer: &mut PipeEnd<Viewer>, agent: &mut PipeEnd<Agent>) {
    let there = ClipboardMessage::of_text("from the console: ação ✓");
    viewer.send(ToAgent::Clipboard(there.clone())).await.unwrap();
    assert_eq!(agent.message().await.unwrap(), ToAgent::Clipboard(there));
    let back = ClipboardMessage::of_text(&"x".repeat(10_000));
    agent.send(ToViewer::Clipboard(back.clone())).await.unwrap();
    assert_eq!(viewer.message().await.unwrap(), ToViewer::Clipboard(back));
}

#[tokio::test]
async fn an_offline_machine_and_an_unknown_one_have_their_own_answers() {
    let mut stage = Stage::new().await;
    let path = stage.machine_path();
    let unknown = format!("/api/machines/{}/sessions", farol_server::ids::MachineId::new());
    let answer = stage
        .console
        .post(&unknown, &session_request(&["view"]))
        .await
        .unwrap();
    assert_eq!((answer.status, &answer.body["code"]), (404, &json!("not_found")));
    stage.agent.kill();
    stage
        .console
        .until(&path, |machine| machine["presence"]["status"] == "offline")
        .await
        .unwrap();
    let answer = stage
        .console
        .post(&format!("{path}/sessions"), &session_request(&["view"]))
        .await
        .unwrap();
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (409, &json!("machine_offline"))
    );
    assert!(answer.body["detail"].as_str().unwrap().contains("offline"));
}

#[tokio::test]
async fn more_sessions_than_allowed_are_refused_by_name() {
    let mut stage = Stage::new().await;
    for _ in 0..8 {
        stage.ask().await;
    }
    let path = format!("{}/sessions", stage.machine_path());
    let answer = stage
        .console
        .post(&path, &session_request(&["view"]))
        .await
        .unwrap();
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (429, &json!("too_many_sessions"))
    );
}
