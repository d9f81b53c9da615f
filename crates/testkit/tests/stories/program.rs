//! A program with a narrow API token does a technician's round: it enrolls a machine, finds it, and has its screen; and in another
//! organization there is nothing for it.

use std::time::Duration;

use farol_protocol::pipe::message::screen::{FrameAck, ScreenSettings, ScreenToAgent, ScreenToViewer};
use farol_protocol::pipe::message::{ToAgent, ToViewer};
use farol_testkit::{FakeMachine, Picture, TestAgent};

use super::*;

/// A service account in a new organization, and a token of it for some of what its role allows.
async fn program(stage: &mut Stage) -> ApiClient {
    let console = &mut stage.console;
    let made = console
        .post("/api/organizations", &json!({ "name": "Northern Ferry" }))
        .await
        .unwrap();
    let organization = made.body["id"].as_str().unwrap().to_owned();
    let place = json!({ "kind": "organization", "organization_id": organization });
    let service =
        json!({ "name": "imaging", "note": "sets up tills", "role": "administrator", "place": place });
    let service = console.post("/api/service-accounts", &service).await.unwrap();
    assert_eq!(service.status, 201, "{service:?}");
    let token = json!({
        "name": "imaging",
        "account_id": service.body["id"],
        "scopes": ["machine.see", "enrollment.manage", "screen.view", "session.see"],
        "organization_ids": [organization],
        "expires_in_seconds": 3600,
    });
    let token = console.post("/api/api-tokens", &token).await.unwrap();
    assert_eq!(token.status, 201, "{token:?}");
    ApiClient::with_token(stage.server.address(), token.body["secret"].as_str().unwrap())
}

async fn found(script: &ApiClient, words: &str) -> Vec<String> {
    let answer = script.get(&format!("/api/machines?q={words}")).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let machines = answer.body["items"].as_array().unwrap().clone();
    let path = |machine: &Value| format!("/api/machines/{}", machine["id"].as_str().unwrap());
    machines.iter().map(path).collect()
}

async fn sees(viewer: &mut PipeEnd<Viewer>, there: &[u8]) {
    let settings = ScreenToAgent::Settings(ScreenSettings::default());
    viewer.send(ToAgent::Screen(settings)).await.unwrap();
    let mut picture = Picture::default();
    while !picture.exact || picture.rgb() != there {
        let ToViewer::Screen(message) = viewer.message().await.unwrap() else {
            continue;
        };
        let id = match &message {
            ScreenToViewer::Frame(frame) => Some(frame.id),
            _ => None,
        };
        picture.take(message).unwrap();
        if let Some(id) = id {
            let ack = FrameAck {
                id,
                decode_us: 100,
                draw_us: 100,
            };
            let ack = ToAgent::Screen(ScreenToAgent::Ack(ack));
            viewer.send(ack).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_script_enrolls_a_machine_finds_it_and_has_its_screen() {
    let mut stage = Stage::new().await;
    let mut script = program(&mut stage).await;
    let till = FakeMachine::called("till-07", 320, 200);
    let agent = TestAgent::enroll(&mut script, &till).await.unwrap();

    // By any of the words it is known by, whatever their case.
    assert_eq!(found(&script, "TILL%2007").await, [agent.path()]);
    assert!(found(&script, "till%2008").await.is_empty());
    let online = |machine: &Value| machine["presence"]["status"] == "online";
    script.until(&agent.path(), online).await.unwrap();

    let path = format!("{}/sessions", agent.path());
    let asked = script.post(&path, &session_request(&["view"])).await.unwrap();
    assert_eq!(asked.status, 201, "{asked:?}");
    let opening = Opening::of(&asked.body);
    let mut viewer = PipeEnd::viewer(stage.server.address(), &opening.ticket)
        .await
        .unwrap();
    tokio::time::timeout(Duration::from_secs(20), sees(&mut viewer, &till.rgb()))
        .await
        .unwrap();
    viewer.close("").await.unwrap();
    script
        .until(&opening.path, ended("technician_ended"))
        .await
        .unwrap();

    // Beyond its scopes, and beyond its organization, where the owner's machine is online.
    let more = script
        .post(&path, &session_request(&["view", "control"]))
        .await
        .unwrap();
    assert_eq!(
        (more.status, &more.body["code"]),
        (403, &json!("insufficient_scope"))
    );
    assert_eq!(found(&script, "").await, [agent.path()]);
    let other = stage.machine_path();
    assert_eq!(script.get(&other).await.unwrap().status, 404);
    let opened = script
        .post(&format!("{other}/sessions"), &session_request(&["view"]))
        .await
        .unwrap();
    assert_eq!(opened.status, 404, "{opened:?}");
    agent.stop().await.unwrap();
}
