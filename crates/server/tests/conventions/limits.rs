//! Rate limits, and `traceparent`.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use farol_server::config::Allowances;
use serde_json::json;

use crate::common::{Answer, App, request, set_up_body};

fn told(answer: &Answer) -> [&str; 2] {
    ["ratelimit-policy", "ratelimit"].map(|name| answer.headers[name].to_str().unwrap())
}

async fn app(signed_in: u32, network: u32) -> App {
    App::with(|config| {
        config.allowances = Allowances {
            signed_in_per_minute: signed_in,
            network_per_minute: network,
        };
    })
    .await
}

#[tokio::test]
async fn every_answer_says_what_is_left_and_who_asks_too_often_waits() {
    let app = app(3, 4).await;
    let set_up = app.post("/api/setup", &set_up_body(&app.link().await)).await;
    assert_eq!(told(&set_up), ["\"network\";q=4;w=60", "\"network\";r=3;t=15"]);
    let cookie = set_up.cookie();
    let login = [("cookie", cookie.as_str())];
    for left in [2, 1, 0] {
        let me = app.get("/api/me", &login).await;
        assert_eq!(me.status, StatusCode::OK, "{me:?}");
        let t = (3 - left) * 20;
        assert_eq!(
            told(&me),
            [
                "\"login\";q=3;w=60".to_owned(),
                format!("\"login\";r={left};t={t}")
            ]
        );
    }
    let over = app.get("/api/me", &login).await;
    over.assert_problem(429, "too_many_requests");
    assert_eq!(over.headers["retry-after"], "20");
    assert_eq!(told(&over)[1], "\"login\";r=0;t=20");
    // The network's bucket is another one; what is nowhere and what is wrong counts there, too.
    assert_eq!(
        told(&app.get("/api/version", &login).await)[1],
        "\"network\";r=2;t=30"
    );
    assert_eq!(
        told(&app.get("/api/nowhere", &[]).await)[1],
        "\"network\";r=1;t=45"
    );
    let wrong = app
        .get("/api/me", &[("authorization", "Bearer farol_pat_x")])
        .await;
    wrong.assert_problem(401, "api_token_invalid");
    assert_eq!(told(&wrong)[1], "\"network\";r=0;t=60");
    app.get("/api/version", &[])
        .await
        .assert_problem(429, "too_many_requests");
    app.clock.advance(Duration::from_secs(20));
    assert_eq!(app.get("/api/me", &login).await.status, StatusCode::OK);
    assert_eq!(app.get("/api/version", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_has_a_bucket_of_its_own() {
    let app = app(3, 10).await;
    let cookie = app
        .post("/api/setup", &set_up_body(&app.link().await))
        .await
        .cookie();
    let body = json!({ "name": "script", "scopes": ["machine.see"], "expires_in_seconds": 3600 });
    let make = request(
        Method::POST,
        "/api/api-tokens",
        &[("cookie", &cookie)],
        Some(&body),
    );
    let secret = app.send(make).await.json()["secret"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {secret}");
    let machines = app.get("/api/machines", &[("authorization", &bearer)]).await;
    assert_eq!(told(&machines), ["\"token\";q=3;w=60", "\"token\";r=2;t=20"]);
}

#[tokio::test]
async fn machines_and_health_are_not_counted_and_zero_is_no_limit() {
    let one = app(1, 1).await;
    for _ in 0..3 {
        assert_eq!(one.get("/health/live", &[]).await.status, StatusCode::OK);
        let enroll = one.post("/api/agent/enroll", &json!({})).await;
        assert!(enroll.headers.get("ratelimit").is_none(), "{enroll:?}");
        assert_ne!(enroll.status, StatusCode::TOO_MANY_REQUESTS);
    }
    let none = app(0, 0).await;
    for _ in 0..3 {
        let version = none.get("/api/version", &[]).await;
        assert_eq!(version.status, StatusCode::OK);
        assert!(version.headers.get("ratelimit").is_none());
    }
}

#[tokio::test]
async fn a_trace_of_the_callers_does_not_stand_in_for_the_request() {
    let (app, cookie) = App::set_up().await;
    for parent in [
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-nonsense",
    ] {
        let headers = [
            ("cookie", cookie.as_str()),
            ("traceparent", parent),
            ("tracestate", "a=b"),
        ];
        let me = app.get("/api/me", &headers).await;
        assert_eq!(me.status, StatusCode::OK);
        assert_eq!(me.headers["x-request-id"].len(), 36);
        assert!(me.headers.get("traceparent").is_none());
    }
}
