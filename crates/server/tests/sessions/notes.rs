//! What agents tell of the people in sessions.

use farol_protocol::ids::SessionId;
use farol_protocol::link::{Copied, SessionFigures, Spread};
use farol_server::sessions::NOTES_MAX;
use serde_json::{Value, json};

use crate::stage::{Link, Stage, kinds};

fn wire(id: &str) -> SessionId {
    SessionId(id.parse::<farol_server::ids::SessionId>().unwrap().bytes())
}

/// The notes among what happened.
fn notes(session: &Value) -> Vec<Value> {
    let timeline = session["timeline"].as_array().unwrap().iter();
    let notes = timeline.filter(|event| event["kind"] == "said" || event["kind"] == "handed_over");
    notes.cloned().collect()
}

#[tokio::test]
async fn what_was_said_is_kept_with_the_session_once_and_in_order() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let id = wire(&running.id);
    link.note((id, 1), "said", ("Ann Martins", "bom dia")).await;
    link.note((id, 2), "said", ("Bruno", "olá")).await;
    stage
        .until(&running.id, "two lines", |session| notes(session).len() == 2)
        .await;
    // The link is lost, and what may have been lost with it is said again.
    let mut link = Link::connect(stage.server.address(), &stage.machine, 9).await;
    link.held(&[id]).await;
    link.note((id, 2), "said", ("Bruno", "olá")).await;
    link.note((id, 3), "handed_over", ("Ann Martins", "Bruno")).await;
    let session = stage
        .until(&running.id, "who drives", |session| {
            kinds(session).contains(&"handed_over")
        })
        .await;
    let notes = notes(&session);
    let told: Vec<(&Value, &Value)> = notes.iter().map(|note| (&note["who"], &note["detail"])).collect();
    let ann = json!({ "kind": "agent", "name": "Ann Martins" });
    let bruno = json!({ "kind": "agent", "name": "Bruno" });
    assert_eq!(
        told,
        [
            (&ann, &json!({ "text": "bom dia", "number": 1 })),
            (&bruno, &json!({ "text": "olá", "number": 2 })),
            (&ann, &json!({ "to": "Bruno", "number": 3 })),
        ]
    );
    let entries = stage.get("/api/audit?limit=200").await;
    assert!(!entries.to_string().contains("bom dia"), "words are no deeds");
}

#[tokio::test]
async fn what_is_no_note_of_a_session_of_this_machine_is_not_kept() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let over = stage.session(&mut link).await;
    stage.delete(&format!("/api/sessions/{}", over.id)).await;
    stage.state(&over.id, "ended").await;
    let (id, gone) = (wire(&running.id), wire(&over.id));
    link.note((SessionId([77; 16]), 1), "said", ("Bruno", "x")).await;
    link.note((gone, 1), "said", ("Bruno", "x")).await;
    link.note((id, 0), "said", ("Bruno", "x")).await;
    link.note((id, 1), "consent_given", ("Bruno", "x")).await;
    link.note((id, NOTES_MAX + 1), "said", ("Bruno", "x")).await;
    link.note((id, NOTES_MAX), "said", ("Bruno", "the last one"))
        .await;
    let session = stage
        .until(&running.id, "the last one", |session| !notes(session).is_empty())
        .await;
    let notes = notes(&session);
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0]["detail"]["text"], "the last one");
    let over = stage.get(&format!("/api/sessions/{}", over.id)).await;
    assert!(!kinds(&over).contains(&"said"));
}

#[tokio::test]
async fn figures_are_the_newest_ones_and_kept_over_a_restart_and_the_end() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let path = format!("/api/sessions/{}", running.id);
    assert_eq!(stage.get(&path).await["figures"], Value::Null);
    link.figures(figures(SessionId([77; 16]), 1)).await;
    for pictures in [5, 9] {
        link.figures(figures(wire(&running.id), pictures)).await;
    }
    let told = stage
        .until(&running.id, "the figures", |session| {
            session["figures"]["pictures"] == 9
        })
        .await;
    let expected = json!({
        "pictures": 9,
        "picture_delay": { "p50_us": 21_000, "p95_us": 60_000 },
        "round_trip": null,
        "copied_to_viewer": { "times": 2, "bytes": 90 },
        "copied_to_agent": { "times": 0, "bytes": 9_007_199_254_740_991_u64 },
    });
    assert_eq!(told["figures"], expected);
    drop((running.viewer, running.agent, link));
    let stage = stage.restart().await;
    let told = stage.state(&running.id, "interrupted").await;
    assert_eq!(told["figures"], expected);
    stage.delete(&path).await;
    let told = stage.state(&running.id, "ended").await;
    assert_eq!(told["figures"], expected);
}

#[tokio::test]
async fn the_last_word_on_how_a_session_went_is_kept_though_it_ended_elsewhere() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let path = format!("/api/sessions/{}", running.id);
    let last_word = async {
        link.end().await;
        link.figures(figures(wire(&running.id), 6)).await;
    };
    tokio::join!(stage.delete(&path), last_word);
    let told = stage.state(&running.id, "ended").await;
    assert_eq!(told["figures"]["pictures"], 6);
}

fn figures(session: SessionId, pictures: u64) -> SessionFigures {
    SessionFigures {
        session,
        pictures,
        picture: Spread {
            p50_us: 21_000,
            p95_us: 60_000,
        },
        round_trip: Spread::default(),
        copied_to_viewer: Copied { times: 2, bytes: 90 },
        copied_to_agent: Copied {
            times: 0,
            bytes: u64::MAX,
        },
    }
}
