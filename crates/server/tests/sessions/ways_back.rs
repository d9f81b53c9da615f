//! Coming back: after a lost pipe, from another page, after a restart of the server; and what does not come back.

use std::time::{Duration, Instant};

use farol_protocol::ids::SessionId;
use farol_protocol::link::Answer;
use farol_protocol::pipe::PipeKey;
use farol_server::accounts::{Caller, Credential};
use farol_server::ids::{AccountId, LoginId};
use serde_json::json;

use crate::common::rule_request;
use crate::stage::{Link, Stage, grant, kinds, soon};

#[tokio::test]
async fn an_offer_says_what_the_server_states() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let (status, opened) = stage.open(&json!(["control", "view"])).await;
    assert_eq!(status, 201, "{opened}");
    let machine = PipeKey::from_seed([9; 32]).public();
    assert_eq!(opened["machine_key"], machine.to_base64url());
    assert_eq!(opened["machine_words"], machine.words());
    assert_eq!(opened["session"]["state"], "requested");
    assert_eq!(opened["session"]["rights"], json!(["view", "control"]));
    assert_eq!(opened["session"]["timeline"], json!(null));

    let offer = link.offer().await;
    assert!(!offer.resume);
    assert_eq!(offer.statement.machine, stage.machine.id);
    assert_eq!(offer.statement.viewer_key, PipeKey::from_seed([1; 32]).public());
    assert_eq!(offer.statement.rights.names(), "view,control");
    assert!(offer.statement.ask.is_empty());
    assert_eq!(offer.statement.technician, "Ann Martins");
    assert_eq!(offer.statement.organization, "Rock Light");
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused() {
    let stage = Stage::new().await;
    let (status, problem) = stage.open(&json!(["view"])).await;
    assert_eq!((status, &problem["code"]), (409, &json!("machine_offline")));
    let _link = stage.link().await;
    for (rights, status, code) in [
        (json!(["control"]), 422, "validation_failed"),
        (json!(["view", "everything"]), 400, "malformed"),
        (json!(["view", "terminal"]), 409, "capability_missing"),
    ] {
        let (got, problem) = stage.open(&rights).await;
        assert_eq!(
            (got, &problem["code"]),
            (status, &json!(code)),
            "{rights}: {problem}"
        );
    }
    let path = format!("/api/machines/{}/sessions", stage.machine.id);
    let (status, problem) = stage
        .post(&path, &json!({ "rights": ["view"], "viewer_key": "AAAA" }))
        .await;
    assert_eq!((status, &problem["code"]), (422, &json!("validation_failed")));
}

#[tokio::test]
async fn a_lost_pipe_interrupts_and_a_new_grant_leads_back() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let (_, opened) = stage.open(&json!(["view", "control"])).await;
    let offer = link.offer().await;
    link.accept(&offer).await;
    let mut running = stage.couple(&opened, &offer).await;
    running.viewer.send(b"sealed").await;
    assert_eq!(running.agent.message().await, b"sealed".as_slice());

    drop(running.viewer);
    assert_eq!(running.agent.closed().await, (4411, "interrupted".into()));
    let session = stage.state(&running.id, "interrupted").await;
    assert!(session["interrupted_at"].is_string(), "{session}");

    let (status, again) = stage.resume(&running.id, 2).await;
    assert_eq!(status, 200, "{again}");
    let resumed = link.offer().await;
    assert!(resumed.resume);
    assert_eq!(resumed.statement.session, offer.statement.session);
    assert_eq!(resumed.statement.viewer_key, PipeKey::from_seed([2; 32]).public());
    link.accept(&resumed).await;
    let mut running = stage.couple(&again, &resumed).await;
    running.agent.send(b"still there").await;
    assert_eq!(running.viewer.message().await, b"still there".as_slice());
    let session = stage.state(&running.id, "active").await;
    assert_eq!(
        (&session["resumes"], &session["interrupted_at"]),
        (&json!(1), &json!(null))
    );

    // What was shown once, or belongs to an older way in, opens nothing.
    for old in [
        grant(&opened),
        offer.grant.clone(),
        grant(&again),
        resumed.grant.clone(),
    ] {
        assert_eq!(stage.dial(old).await.closed().await.0, 4401);
    }
    running.viewer.close(1000, "").await;
    assert_eq!(running.agent.closed().await, (4410, "technician_ended".into()));
    assert_eq!(
        link.end().await,
        (offer.statement.session, "technician_ended".into())
    );
    let session = stage
        .until(&running.id, "the record", |now| now["ended_at"].is_string())
        .await;
    assert_eq!(
        kinds(&session),
        ["requested", "connected", "interrupted", "resumed", "ended"]
    );
    assert_eq!(session["timeline"][0]["who"]["name"], "Ann Martins");
}

#[tokio::test]
async fn of_two_ways_in_the_newer_cuts_the_older() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let mut running = stage.session(&mut link).await;
    let (status, second) = stage.resume(&running.id, 2).await;
    assert_eq!(status, 200, "{second}");
    assert_eq!(running.viewer.closed().await, (4412, "superseded".into()));
    assert_eq!(running.agent.closed().await, (4412, "superseded".into()));
    let of_second = link.offer().await;

    let (_, third) = stage.resume(&running.id, 3).await;
    let of_third = link.offer().await;
    for void in [grant(&second), of_second.grant.clone()] {
        assert_eq!(stage.dial(void).await.closed().await.0, 4401);
    }
    let _back = stage.couple(&third, &of_third).await;
}

#[tokio::test]
async fn a_waiting_end_of_an_older_way_is_told_that_it_is_superseded() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let (_, second) = stage.resume(&running.id, 2).await;
    link.offer().await;
    let before = stage.used_grants().await;
    let mut alone = stage.dial(grant(&second)).await;
    soon("the relay to take the grant", async {
        while stage.used_grants().await == before {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let (_, _third) = stage.resume(&running.id, 3).await;
    assert_eq!(alone.closed().await, (4412, "superseded".into()));
}

#[tokio::test]
async fn a_restart_of_the_server_ends_only_what_did_not_run() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let (_, opened) = stage.open(&json!(["view", "control"])).await;
    let offer = link.offer().await;
    link.accept(&offer).await;
    let running = stage.couple(&opened, &offer).await;
    let (_, waiting) = stage.open(&json!(["view"])).await;
    let waiting = waiting["session"]["id"].as_str().unwrap().to_owned();
    let (mut viewer, mut agent) = (running.viewer, running.agent);

    let (stage, viewer, agent) = tokio::join!(stage.restart(), viewer.closed(), agent.closed());
    assert_eq!(viewer, (1001, "server_stopped".into()));
    assert_eq!(agent, (1001, "server_stopped".into()));
    let session = stage.state(&running.id, "interrupted").await;
    assert_eq!(session["rights"], json!(["view", "control"]));
    let over = stage.state(&waiting, "ended").await;
    assert_eq!(over["end"]["reason"], "server_restarted");
    // A grant that was shown before the restart stays used.
    assert_eq!(stage.dial(grant(&opened)).await.closed().await.0, 4401);

    // Coming back waits for the agent's link.
    let comes_back = stage.resume(&running.id, 2);
    let links = async {
        let mut link = stage.link().await;
        link.held(&[offer.statement.session]).await;
        let resumed = link.offer().await;
        (link, resumed)
    };
    let ((status, again), (_link, resumed)) = tokio::join!(comes_back, links);
    assert_eq!(status, 200, "{again}");
    let _back = stage.couple(&again, &resumed).await;
    let session = stage
        .until(&running.id, "the record", |session| {
            kinds(session).contains(&"resumed")
        })
        .await;
    assert_eq!(
        (&session["state"], &session["resumes"]),
        (&json!("active"), &json!(1))
    );
    assert_eq!(
        kinds(&session),
        ["requested", "connected", "interrupted", "resumed"]
    );
}

#[tokio::test]
async fn without_a_link_coming_back_is_refused_after_a_while() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    drop(link);
    stage.until_offline().await;
    let asked = Instant::now();
    let (status, problem) = stage.resume(&running.id, 2).await;
    assert_eq!((status, &problem["code"]), (409, &json!("machine_offline")));
    assert!(asked.elapsed() >= Duration::from_secs(5), "{:?}", asked.elapsed());
    // The pipe is a connection of its own.
    stage.state(&running.id, "active").await;
}

#[tokio::test]
async fn what_the_agent_does_not_have_any_more_is_over_and_of_what_is_over_it_hears_again() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let kept = stage.session(&mut link).await;
    let session = |id: &str| SessionId(id.parse::<farol_server::ids::SessionId>().unwrap().bytes());
    let stranger = SessionId([77; 16]);
    let mut link = Link::connect(stage.server.address(), &stage.machine, 9).await;
    link.held(&[session(&kept.id), stranger]).await;
    let mut told = [link.end().await, link.end().await];
    told.sort_by_key(|(id, _)| *id == stranger);
    assert_eq!(told[0], (session(&running.id), "agent_restarted".into()));
    assert_eq!(told[1].0, stranger);
    let over = stage.state(&running.id, "ended").await;
    assert_eq!(over["end"]["reason"], "agent_restarted");
    stage.state(&kept.id, "active").await;
}

#[tokio::test]
async fn an_agent_says_once_which_sessions_it_still_has() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    link.held(&[]).await;
    let running = stage.session(&mut link).await;
    link.held(&[]).await;
    assert_eq!(link.closed().await, 4400);
    stage.state(&running.id, "active").await;
}

#[tokio::test]
async fn only_the_account_that_opened_a_session_comes_back() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let mut other = Caller::command_line(stage.ctx()).await.unwrap();
    (other.account, other.credential) = (AccountId::new(), Credential::Login(LoginId::new()));
    other.request = rule_request().info;
    let id = running.id.parse().unwrap();
    let key = crate::stage::viewer_key(2);
    let error = farol_server::sessions::resume(stage.ctx(), &other, id, &key)
        .await
        .unwrap_err();
    assert_eq!(error.code(), farol_server::Code::Forbidden);
    let wanted = farol_protocol::rights::Rights::VIEW;
    let error = farol_server::sessions::ask_rights(stage.ctx(), &other, id, wanted)
        .await
        .unwrap_err();
    assert_eq!(error.code(), farol_server::Code::Forbidden);
}

#[tokio::test]
async fn coming_back_too_often_is_slowed_down() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let mut refused = None;
    for _ in 0..=farol_server::sessions::live::RESUMES.burst {
        let (status, problem) = stage.resume(&running.id, 2).await;
        if status != 200 {
            refused = Some((status, problem["code"].clone()));
            break;
        }
        link.offer().await;
    }
    assert_eq!(refused, Some((429, json!("too_many_attempts"))));
}

#[tokio::test]
async fn a_session_that_is_over_says_how_it_ended() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    assert_eq!(stage.delete(&format!("/api/sessions/{}", running.id)).await, 204);
    let (status, problem) = stage.resume(&running.id, 2).await;
    assert_eq!((status, &problem["code"]), (410, &json!("session_over")));
    assert_eq!(problem["end"]["reason"], "technician_ended");
    assert_eq!(problem["end"]["by"]["name"], "Ann Martins");
}

/// Who has a new session has given up their own that lost its pipe; one that runs stays, and so does one that is being taken up.
#[tokio::test]
async fn a_new_session_ends_the_interrupted_one_of_the_same_account() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let running = stage.session(&mut link).await;
    let lost = stage.session(&mut link).await;
    drop((lost.viewer, lost.agent));
    stage.state(&lost.id, "interrupted").await;
    let next = stage.session(&mut link).await;
    let over = stage.state(&lost.id, "ended").await;
    assert_eq!(over["end"]["reason"], "superseded", "{over}");
    link.end().await;

    let lost = next;
    drop((lost.viewer, lost.agent));
    stage.state(&lost.id, "interrupted").await;
    let (status, opened) = stage.open(&json!(["view"])).await;
    assert_eq!(status, 201);
    let offer = link.offer().await;
    let no = Answer::Refused {
        code: "consent_refused".into(),
        detail: String::new(),
    };
    link.answer(&offer, no, "Rita").await;
    stage
        .state(opened["session"]["id"].as_str().unwrap(), "ended")
        .await;
    link.end().await;
    let stays = stage.get(&format!("/api/sessions/{}", lost.id)).await;
    assert_eq!(stays["state"], "interrupted", "nothing took its place: {stays}");

    let (status, _) = stage.resume(&lost.id, 2).await;
    assert_eq!(status, 200);
    link.offer().await;
    let _new = stage.session(&mut link).await;
    let stays = stage.get(&format!("/api/sessions/{}", lost.id)).await;
    assert_eq!(stays["state"], "interrupted", "somebody comes back: {stays}");
    let stays = stage.get(&format!("/api/sessions/{}", running.id)).await;
    assert_eq!(stays["state"], "active", "{stays}");
}
