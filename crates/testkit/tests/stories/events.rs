//! The stream of notices.

use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn the_first_notice_comes_at_once_and_a_storm_is_few() {
    let mut stage = Stage::new().await;
    let mut events = stage.console.events().await.unwrap();
    // Whatever the arrival of the machine still causes.
    let body = json!({ "name": "marker", "expires_in_seconds": 60 });
    stage.console.post("/api/enrollment-tokens", &body).await.unwrap();
    next_with(&mut events, "enrollment-tokens").await;

    let from = Instant::now();
    stage.console.post("/api/enrollment-tokens", &body).await.unwrap();
    next_with(&mut events, "enrollment-tokens").await;
    assert!(from.elapsed() < Duration::from_secs(2), "{:?}", from.elapsed());

    let ctx = stage.server.ctx().clone();
    let organization = ctx.events.clone();
    let id = farol_server::organizations::all(ctx.db.read()).await.unwrap()[0].id;
    for _ in 0..10_000 {
        organization.machine(id, farol_server::ids::MachineId::new());
    }
    let mut notices = 0;
    loop {
        let (name, _) = events.next().await.unwrap().unwrap();
        notices += 1;
        if name == "resync" {
            break;
        }
    }
    assert!(notices <= 3, "a storm became {notices} notices");
}

async fn next_with(events: &mut farol_testkit::EventStream, topic: &str) {
    loop {
        let (name, data) = events.next().await.unwrap().expect("the stream ended");
        if name == "invalidate" && data.contains(&format!("\"{topic}\"")) {
            return;
        }
    }
}

#[tokio::test]
async fn strangers_hear_nothing() {
    let stage = Stage::new().await;
    let stranger = ApiClient::new(stage.server.address());
    assert_eq!(stranger.get("/api/events").await.unwrap().status, 401);
    assert_eq!(stranger.get("/api/machines").await.unwrap().status, 401);
    assert_eq!(stranger.get("/api/sessions").await.unwrap().status, 401);
}
