//! Rights of a session that runs: asked for, given, refused, taken back, given up.

use farol_protocol::link::{AgentLinkEvent, Answer, SessionRightsOffer};
use farol_protocol::rights::{Right, Rights};
use farol_server::sessions::live::QUESTIONS;
use serde_json::{Value, json};

use crate::stage::{Link, Stage, kinds};

async fn offered(link: &mut Link) -> SessionRightsOffer {
    match link.next().await {
        AgentLinkEvent::SessionRightsOffer(offer) => *offer,
        other => panic!("expected an offer of rights, got {other:?}"),
    }
}

async fn ask(stage: &Stage, id: &str, rights: Value) -> (u16, Value) {
    stage
        .post(
            &format!("/api/sessions/{id}/rights"),
            &json!({ "rights": rights }),
        )
        .await
}

#[tokio::test]
async fn rights_are_asked_for_given_and_taken_back() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let all = json!(["view", "control", "clipboard"]);
    let (status, asked) = ask(&stage, &running.id, all.clone()).await;
    assert_eq!(status, 202, "{asked}");
    assert_eq!(asked["session"]["rights"], json!(["view", "control"]));
    assert_eq!(asked["session"]["rights_asked"], json!(["clipboard"]));
    let (status, problem) = ask(&stage, &running.id, json!(["view"])).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));

    let offer = offered(&mut link).await;
    assert_eq!(offer.statement.rights.names(), "view,control,clipboard");
    assert_eq!(offer.statement.machine, stage.machine.id);
    let session = offer.statement.session;
    link.rights(session, offer.statement.rights, "").await;
    let given = stage
        .until(&running.id, "the rights", |session| session["rights"] == all)
        .await;
    assert_eq!(given["rights_asked"], json!([]));

    link.rights(session, Rights::VIEW, "taken_back").await;
    stage
        .until(&running.id, "taking back", |session| {
            session["rights"] == json!(["view"])
        })
        .await;

    let (status, _) = ask(&stage, &running.id, json!(["view", "control"])).await;
    assert_eq!(status, 202);
    offered(&mut link).await;
    link.rights(session, Rights::VIEW, "consent_refused").await;
    let refused = stage
        .until(&running.id, "the refusal", |session| {
            kinds(session).contains(&"rights_refused")
        })
        .await;
    assert_eq!(refused["rights"], json!(["view"]));
    assert_eq!(
        kinds(&refused),
        [
            "requested",
            "connected",
            "rights_asked",
            "rights_granted",
            "rights_taken_back",
            "rights_asked",
            "rights_refused"
        ]
    );
    let event = &refused["timeline"][4];
    assert_eq!(event["who"], json!({ "kind": "agent", "name": "Rita" }));
    assert_eq!(event["detail"]["taken"], json!(["control", "clipboard"]));
}

#[tokio::test]
async fn a_technician_gives_rights_up() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let (status, _) = ask(&stage, &running.id, json!(["view"])).await;
    assert_eq!(status, 202);
    let offer = offered(&mut link).await;
    assert_eq!(offer.statement.rights, Rights::VIEW);
    assert!(offer.statement.ask.is_empty());
    link.rights(offer.statement.session, Rights::VIEW, "").await;
    stage
        .until(&running.id, "giving up", |session| {
            session["rights"] == json!(["view"])
        })
        .await;
}

#[tokio::test]
async fn more_than_was_offered_is_never_written_down() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    ask(&stage, &running.id, json!(["view", "control", "clipboard"])).await;
    let offer = offered(&mut link).await;
    let everything = Right::ALL.into_iter().collect();
    link.rights(offer.statement.session, everything, "").await;
    let session = stage
        .until(&running.id, "the answer", |session| {
            session["rights_asked"] == json!([])
        })
        .await;
    assert_eq!(session["rights"], json!(["view", "control", "clipboard"]));
}

#[tokio::test]
async fn rights_that_the_agent_cannot_give_are_not_asked_for() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let (status, problem) = ask(&stage, &running.id, json!(["view", "terminal"])).await;
    assert_eq!((status, &problem["code"]), (409, &json!("capability_missing")));
    let (status, problem) = ask(&stage, &running.id, json!([])).await;
    assert_eq!((status, &problem["code"]), (422, &json!("validation_failed")));
}

#[tokio::test]
async fn of_two_that_ask_at_once_one_waits_for_the_answer() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let (one, other) = tokio::join!(
        ask(&stage, &running.id, json!(["view", "control", "clipboard"])),
        ask(&stage, &running.id, json!(["view"])),
    );
    let mut said = [one.0, other.0];
    said.sort_unstable();
    assert_eq!(said, [202, 409], "{one:?} {other:?}");
    let offer = offered(&mut link).await;
    link.rights(offer.statement.session, offer.statement.rights, "")
        .await;
    stage
        .until(&running.id, "the answer", |session| {
            session["rights_asked"] == json!([])
        })
        .await;
    let asked = stage.get(&format!("/api/sessions/{}", running.id)).await;
    let asked = kinds(&asked).into_iter().filter(|kind| *kind == "rights_asked");
    assert_eq!(asked.count(), 1, "nothing is written down of what was not asked");
}

#[tokio::test]
async fn nobody_is_asked_without_end() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let rule = json!({ "scope": { "kind": "organization" }, "right": "control", "mode": "ask" });
    let (status, made) = stage.post("/api/access-rules", &rule).await;
    assert_eq!(status, 201, "{made}");
    for _ in 0..QUESTIONS.burst {
        let (status, opened) = stage.open(&json!(["view", "control"])).await;
        assert_eq!(status, 201, "{opened}");
        let offer = link.offer().await;
        let no = Answer::Refused {
            code: "consent_refused".into(),
            detail: String::new(),
        };
        link.answer(&offer, no, "Rita").await;
        link.end().await;
    }
    let (status, problem) = stage.open(&json!(["view", "control"])).await;
    assert_eq!((status, &problem["code"]), (429, &json!("too_many_attempts")));
    // Who asks nobody anything is not held up.
    let (status, opened) = stage.open(&json!(["view"])).await;
    assert_eq!(status, 201, "{opened}");
    let offer = link.offer().await;
    link.accept(&offer).await;
    let running = stage.couple(&opened, &offer).await;
    let (status, problem) = ask(&stage, &running.id, json!(["view", "control"])).await;
    assert_eq!((status, &problem["code"]), (429, &json!("too_many_attempts")));
}
