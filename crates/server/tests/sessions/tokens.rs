//! A script with a scoped API token: it enrolls, searches and opens a session; and what it opened ends with the token.

use std::time::{Duration, Instant};

use axum::http::Method;
use serde_json::{Value, json};

use crate::stage::{Stage, viewer_key};

struct Script<'a> {
    stage: &'a Stage,
    token: String,
    bearer: String,
}

impl<'a> Script<'a> {
    async fn new(stage: &'a Stage, scopes: Value) -> Self {
        let wanted = json!({ "name": "night shift", "scopes": scopes, "expires_in_seconds": 3600 });
        let (status, made) = stage.post("/api/api-tokens", &wanted).await;
        assert_eq!(status, 201, "{made}");
        Self {
            stage,
            token: made["token"]["id"].as_str().unwrap().to_owned(),
            bearer: format!("Bearer {}", made["secret"].as_str().unwrap()),
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let headers = [("authorization", self.bearer.as_str())];
        self.stage.send(method, path, (&headers, body)).await
    }

    async fn open(&self, rights: Value) -> (u16, Value) {
        let path = format!("/api/machines/{}/sessions", self.stage.machine.id);
        let body = json!({ "rights": rights, "viewer_key": viewer_key(1) });
        self.ask(Method::POST, &path, Some(&body)).await
    }

    async fn revoke(&self) -> u16 {
        self.stage
            .delete(&format!("/api/api-tokens/{}", self.token))
            .await
    }
}

#[tokio::test]
async fn a_script_enrolls_searches_and_opens_a_session_and_is_cut_when_its_token_is_revoked() {
    let stage = Stage::new().await;
    let script = Script::new(&stage, json!(["machine.see", "enrollment.manage", "screen.view"])).await;
    let wanted =
        json!({ "name": "rollout", "max_uses": 5, "expires_in_seconds": 3600, "approval": "automatic" });
    let (status, made) = script
        .ask(Method::POST, "/api/enrollment-tokens", Some(&wanted))
        .await;
    assert_eq!(status, 201, "{made}");
    assert!(made["token"].as_str().unwrap().starts_with("farol_enr_"));
    let (_, found) = script.ask(Method::GET, "/api/machines?q=paper", None).await;
    assert_eq!(
        found["items"][0]["id"],
        json!(stage.machine.id.to_string()),
        "{found}"
    );

    let mut link = stage.link().await;
    let (status, problem) = script.open(json!(["view", "control"])).await;
    assert_eq!((status, &problem["code"]), (403, &json!("insufficient_scope")));
    let (status, opened) = script.open(json!(["view"])).await;
    assert_eq!(status, 201, "{opened}");
    let offer = link.offer().await;
    link.accept(&offer).await;
    let mut running = stage.couple(&opened, &offer).await;
    let entry = stage.until_audit("session.requested").await;
    assert_eq!(entry["detail"]["api_token"]["name"], "night shift", "{entry}");

    let from = Instant::now();
    assert_eq!(script.revoke().await, 204);
    assert_eq!(running.viewer.closed().await, (4410, "login_ended".into()));
    assert_eq!(running.agent.closed().await, (4410, "login_ended".into()));
    assert!(from.elapsed() < Duration::from_secs(1), "{:?}", from.elapsed());
    let (status, problem) = script.open(json!(["view"])).await;
    assert_eq!((status, &problem["code"]), (401, &json!("api_token_revoked")));
}

#[tokio::test]
async fn a_token_has_its_own_sessions_and_no_others_of_its_account() {
    let stage = Stage::new().await;
    let script = Script::new(&stage, json!(["machine.see", "screen.view", "screen.control"])).await;
    let mut link = stage.link().await;
    let by_hand = stage.session(&mut link).await;
    let path = format!("/api/sessions/{}", by_hand.id);
    let key = json!({ "viewer_key": viewer_key(2) });
    for (method, path, body) in [
        (Method::GET, path.clone(), None),
        (Method::POST, format!("{path}/resume"), Some(&key)),
        (Method::DELETE, path.clone(), None),
    ] {
        let (status, problem) = script.ask(method, &path, body).await;
        assert_eq!((status, &problem["code"]), (404, &json!("not_found")), "{path}");
    }
    let (_, opened) = script.open(json!(["view"])).await;
    let own = opened["session"]["id"].as_str().unwrap();
    let offer = link.offer().await;
    link.accept(&offer).await;
    let _running = stage.couple(&opened, &offer).await;
    let path = format!("/api/sessions/{own}");
    assert_eq!(script.ask(Method::GET, &path, None).await.0, 200);
    assert_eq!(script.ask(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(
        stage.get(&format!("/api/sessions/{}", by_hand.id)).await["state"],
        "active"
    );
}

#[tokio::test]
async fn a_session_of_a_token_outlives_a_restart_and_not_its_token() {
    let stage = Stage::new().await;
    let mut link = stage.link().await;
    let (first, second) = {
        let script = Script::new(&stage, json!(["machine.see", "screen.view"])).await;
        let mut ids = Vec::new();
        for _ in 0..2 {
            let (status, opened) = script.open(json!(["view"])).await;
            assert_eq!(status, 201, "{opened}");
            let offer = link.offer().await;
            link.accept(&offer).await;
            ids.push((stage.couple(&opened, &offer).await, script.token.clone()));
        }
        let second = ids.pop().unwrap();
        (ids.pop().unwrap(), second)
    };
    let stage = stage.restart().await;
    for (running, _) in [&first, &second] {
        stage.state(&running.id, "interrupted").await;
    }
    assert_eq!(stage.delete(&format!("/api/api-tokens/{}", first.1)).await, 204);
    for (running, _) in [&first, &second] {
        let ended = stage.state(&running.id, "ended").await;
        assert_eq!(ended["end"]["reason"], "login_ended");
    }
}
