//! How sessions end, what is kept of them, and who removes that.

use std::time::{Duration, Instant};

use farol_protocol::link::Answer;
use farol_server::accounts::{Caller, Credential};
use farol_server::store::entities::{assignment, login, machine, organization, session};
use farol_server::{Code, machines, sessions};
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use serde_json::{Value, json};

use crate::stage::{Link, Stage, kinds};

async fn actions(stage: &Stage) -> Vec<String> {
    let entries = stage.get("/api/audit?limit=200").await;
    let entries = entries["items"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| entry["action"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_person_at_the_machine_is_asked_and_says_no() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let (_, opened) = stage.open(&json!(["view"])).await;
    let id = opened["session"]["id"].as_str().unwrap();
    let offer = link.offer().await;
    link.answer(&offer, Answer::Waiting, "").await;
    stage.state(id, "waiting_for_consent").await;
    let (status, problem) = stage.resume(id, 2).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));
    let no = Answer::Refused {
        code: "consent_refused".into(),
        detail: String::new(),
    };
    link.answer(&offer, no, "Rita").await;
    let session = stage
        .until(id, "the end", |session| session["ended_at"].is_string())
        .await;
    assert_eq!(session["end"]["reason"], "consent_refused");
    assert_eq!(
        session["end"]["by"],
        json!({ "kind": "end_user", "name": "Rita" })
    );
    assert_eq!(session["consent"]["outcome"], "refused");
    assert_eq!(session["consent"]["by"], "Rita");
    assert_eq!(kinds(&session), ["requested", "consent_refused", "ended"]);
    assert!(actions(&stage).await.contains(&"session.consent_refused".into()));
}

#[tokio::test]
async fn a_login_that_ends_cuts_its_sessions_and_those_that_it_came_back_into() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let mut running = stage.session(&mut link).await;
    let from = Instant::now();
    assert_eq!(stage.delete("/api/logins/current").await, 204);
    assert_eq!(running.viewer.closed().await, (4410, "login_ended".into()));
    assert_eq!(running.agent.closed().await, (4410, "login_ended".into()));
    assert!(from.elapsed() < Duration::from_secs(1), "{:?}", from.elapsed());
    assert_eq!(link.end().await.1, "login_ended");
}

#[tokio::test]
async fn an_interrupted_session_ends_with_its_login_and_its_grants_are_void() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let (_, again) = stage.resume(&running.id, 2).await;
    let offer = link.offer().await;
    assert_eq!(stage.delete("/api/logins/current").await, 204);
    assert_eq!(link.end().await.1, "login_ended");
    for void in [crate::stage::grant(&again), offer.grant.clone()] {
        assert_eq!(stage.dial(void).await.closed().await.0, 4401);
    }
}

/// The login ends after the request was let in, and before it writes anything.
#[tokio::test]
async fn a_login_that_ends_meanwhile_opens_and_takes_up_nothing() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let login = login::Entity::find()
        .one(stage.ctx().db.read())
        .await
        .unwrap()
        .unwrap();
    let mut by = Caller::command_line(stage.ctx()).await.unwrap();
    (by.account, by.credential) = (login.account_id, Credential::Login(login.id));
    let id = running.id.parse().unwrap();
    let key = crate::stage::viewer_key(2);
    let came = sessions::resume(stage.ctx(), &by, id, &key).await;
    assert!(came.is_ok(), "while it lives");
    link.offer().await;

    let tx = stage.ctx().db.write().await.unwrap();
    login::Entity::delete_by_id(login.id).exec(&tx).await.unwrap();
    tx.commit().await.unwrap();
    let before = session::Entity::find().all(stage.ctx().db.read()).await.unwrap();
    let error = sessions::resume(stage.ctx(), &by, id, &key).await.unwrap_err();
    assert_eq!(error.code(), Code::NotSignedIn);
    let machine = before[0].machine_id.unwrap();
    let wanted = (farol_protocol::rights::Rights::VIEW, key.as_str());
    let opened = sessions::open(stage.ctx(), &by, machine, wanted, None).await;
    assert_eq!(opened.unwrap_err().code(), Code::NotSignedIn);
    let after = session::Entity::find().all(stage.ctx().db.read()).await.unwrap();
    assert_eq!(before, after);
    assert_eq!(stage.ctx().live.find(|_| true).len(), 1);
}

/// Anybody may be the agent's peer on its way to the relay; in whose name a session ends is said on its link.
#[tokio::test]
async fn nobody_ends_a_session_in_the_agents_name_at_the_relay() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let mut running = stage.session(&mut link).await;
    running.agent.close(1000, "end_user_ended").await;
    let session = stage.state(&running.id, "interrupted").await;
    assert_eq!(session["end"], json!(null));
    assert_eq!(running.viewer.closed().await, (4411, "interrupted".into()));
}

#[tokio::test]
async fn who_lost_the_right_to_be_there_is_cut() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let mut running = stage.session(&mut link).await;
    let db = stage.ctx().db.read();
    let row = assignment::Entity::find().one(db).await.unwrap().unwrap();
    let organization = organization::Entity::find().one(db).await.unwrap().unwrap().id;
    farol_server::sessions::recheck(stage.ctx(), organization)
        .await
        .unwrap();
    stage.state(&running.id, "active").await;
    let tx = stage.ctx().db.write().await.unwrap();
    assignment::Entity::delete_by_id(row.id).exec(&tx).await.unwrap();
    tx.commit().await.unwrap();
    farol_server::sessions::recheck(stage.ctx(), organization)
        .await
        .unwrap();
    assert_eq!(running.viewer.closed().await, (4410, "access_changed".into()));
    assert_eq!(link.end().await.1, "access_changed");
}

#[tokio::test]
async fn a_rule_that_forbids_what_a_session_has_ends_it_and_no_other() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let mut driving = stage.session(&mut link).await;
    let rule = |right: &str, mode: &str| json!({ "scope": { "kind": "organization" }, "right": right, "mode": mode });
    for harmless in [rule("files", "never"), rule("view", "ask")] {
        let (status, made) = stage.post("/api/access-rules", &harmless).await;
        assert_eq!(status, 201, "{made}");
    }
    stage.state(&driving.id, "active").await;
    let from = Instant::now();
    let (status, made) = stage.post("/api/access-rules", &rule("control", "never")).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(driving.viewer.closed().await, (4410, "access_changed".into()));
    assert!(from.elapsed() < Duration::from_secs(1), "{:?}", from.elapsed());
    assert_eq!(link.end().await.1, "access_changed");
}

#[tokio::test]
async fn a_blocked_machine_loses_its_sessions() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let mut running = stage.session(&mut link).await;
    let path = format!("/api/machines/{}/block", stage.machine.id);
    let (status, blocked) = stage.post(&path, &json!({ "reason": "lost" })).await;
    assert_eq!(status, 200, "{blocked}");
    assert_eq!(running.viewer.closed().await, (4410, "machine_blocked".into()));
}

#[tokio::test]
async fn a_machine_that_is_blocked_on_the_command_line_while_its_link_is_away_loses_its_sessions() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let mut running = stage.session(&mut link).await;
    drop(link);
    stage.until_offline().await;
    let mut beside = machines::Beside::default();
    machines::tell_running_server(stage.ctx()).await.unwrap();
    beside.look(stage.ctx()).await.unwrap();
    stage.state(&running.id, "active").await;
    let tx = stage.ctx().db.write().await.unwrap();
    machine::Entity::update_many()
        .col_expr(machine::Column::State, Expr::value("blocked"))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    machines::tell_running_server(stage.ctx()).await.unwrap();
    beside.look(stage.ctx()).await.unwrap();
    assert_eq!(running.viewer.closed().await, (4410, "machine_blocked".into()));
}

#[tokio::test]
async fn what_is_void_after_a_restart_does_not_live_again() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let stage = stage.restart().await;
    let session = stage.state(&running.id, "interrupted").await;
    assert_eq!(session["end"], json!(null));
    let tx = stage.ctx().db.write().await.unwrap();
    farol_server::store::entities::login::Entity::delete_many()
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let stage = stage.restart().await;
    let id: farol_server::ids::SessionId = running.id.parse().unwrap();
    let row = session::Entity::find_by_id(id)
        .one(stage.ctx().db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.end_reason.as_deref(), Some("login_ended"));
    drop(running);
}

#[tokio::test]
async fn records_of_what_is_over_are_removed_and_leave_their_proof() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let (over, live) = (stage.session(&mut link).await, stage.session(&mut link).await);
    assert_eq!(stage.delete(&format!("/api/sessions/{}", over.id)).await, 204);
    let remove = async |ids: &[&String]| stage.post("/api/sessions/remove", &json!({ "ids": ids })).await;
    let (status, problem) = remove(&[&over.id, &live.id]).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));
    let (status, removed) = remove(&[&over.id]).await;
    assert_eq!((status, removed), (200, json!({ "removed": 1 })));
    let (_, again) = remove(&[&over.id]).await;
    assert_eq!(again, json!({ "removed": 0 }));
    let list = stage.get("/api/sessions").await;
    let ids: Vec<&Value> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["id"])
        .collect();
    assert_eq!(ids, [&json!(live.id)]);
    let entries = stage.get("/api/audit?action=session.removed").await;
    assert_eq!(entries["items"][0]["before"]["reason"], "technician_ended");
    assert_eq!(entries["items"][0]["detail"]["session_id"], json!(over.id));
}

#[tokio::test]
async fn a_machine_that_opens_pipes_with_another_key_is_noted() {
    let stage = Stage::new().await;
    let first = stage.link().await;
    stage.until_known(9).await;
    drop(first);
    stage.until_offline().await;
    let _link = Link::connect(stage.server.address(), &stage.machine, 10).await;
    let entry = stage.until_audit("machine.pipe_key_changed").await;
    let words = |seed: u8| {
        farol_protocol::pipe::PipeKey::from_seed([seed; 32])
            .public()
            .words()
    };
    assert_eq!(entry["before"]["pipe_key"], words(9));
    assert_eq!(entry["after"]["pipe_key"], words(10));
}
