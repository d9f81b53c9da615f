//! Sessions of people who may only because of their team.

use std::time::{Duration, Instant};

use axum::http::Method;
use farol_server::accounts::{self, Acceptance};
use serde_json::{Value, json};

use crate::common::{PASSWORD, cookie_of, rule_request, signed_in};
use crate::stage::{Stage, viewer_key};

/// Somebody who may see machines and nothing more: their account and cookie.
async fn requester(stage: &Stage, place: &Value) -> (String, String) {
    let invited = json!({ "email": "ana@example.org", "role": "requester", "place": place });
    let (status, made) = stage.post("/api/account-invitations", &invited).await;
    assert_eq!(status, 201, "{made}");
    let (_, token) = made["url"].as_str().unwrap().split_once("#token=").unwrap();
    let acceptance = Acceptance {
        token: token.to_owned(),
        name: Some("Ana".into()),
        password: PASSWORD.into(),
        locale: Some("en".into()),
    };
    let came = accounts::accept_invitation(stage.ctx(), &rule_request(), acceptance).await;
    let started = signed_in(came.unwrap());
    (started.caller.account.to_string(), cookie_of(&started))
}

#[tokio::test]
async fn who_is_taken_out_of_a_team_loses_the_session_that_it_allowed() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let organization = stage.get("/api/organizations").await["items"][0]["id"].clone();
    let place = json!({ "kind": "organization", "organization_id": organization });
    let (ana, cookie) = requester(&stage, &place).await;
    let (status, team) = stage
        .post("/api/teams", &json!({ "name": "Field", "place": place }))
        .await;
    assert_eq!(status, 201, "{team}");
    let give = json!({ "account_id": team["id"], "role": "technician", "place": place });
    let (status, given) = stage.post("/api/role-assignments", &give).await;
    assert_eq!(status, 201, "{given}");

    let asked = json!({ "rights": ["view"], "viewer_key": viewer_key(1) });
    let path = format!("/api/machines/{}/sessions", stage.machine.id);
    let headers = [("cookie", cookie.as_str())];
    let (status, problem) = stage.send(Method::POST, &path, (&headers, Some(&asked))).await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")));
    let member = format!("/api/teams/{}/members/{ana}", team["id"].as_str().unwrap());
    let own = [("cookie", stage.cookie.as_str())];
    let (status, with) = stage.send(Method::PUT, &member, (&own, None)).await;
    assert_eq!(
        (status, &with["team"]["member_count"]),
        (200, &json!(1)),
        "{with}"
    );
    let (status, opened) = stage.send(Method::POST, &path, (&headers, Some(&asked))).await;
    assert_eq!(status, 201, "{opened}");
    let offer = link.offer().await;
    link.accept(&offer).await;
    let mut running = stage.couple(&opened, &offer).await;

    let from = Instant::now();
    assert_eq!(stage.delete(&member).await, 204);
    assert_eq!(running.viewer.closed().await, (4410, "access_changed".into()));
    assert!(from.elapsed() < Duration::from_secs(1), "{:?}", from.elapsed());
    assert_eq!(link.end().await.1, "access_changed");
}
