//! Support codes through the whole router: what technicians get, and what a stranger with or without a code may do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod common;

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use common::{Answer, App, cookie_of, owner, request};
use farol_server::config::PublicUrl;
use serde_json::{Value, json};

/// What an agent is in these tests.
const PROGRAM: &str = "\u{7f}ELF, or so";

async fn app() -> (App, String, tempfile::TempDir) {
    let agents = tempfile::tempdir().unwrap();
    std::fs::write(agents.path().join("farol-agent-linux-x86_64"), PROGRAM).unwrap();
    let directory = agents.path().to_owned();
    let app = App::with(|config| {
        config.join_agents = Some(directory);
        config.public_url = PublicUrl::parse("https://help.example.org:8443").unwrap();
        config.public_url_given = true;
    })
    .await;
    let cookie = cookie_of(&owner(&app.ctx).await);
    (app, cookie, agents)
}

async fn signed_in(app: &App, cookie: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
    app.send(request(method, path, &[("cookie", cookie)], body)).await
}

async fn made(app: &App, cookie: &str, body: Value) -> Value {
    let answer = signed_in(app, cookie, Method::POST, "/api/support-codes", Some(&body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()
}

/// A form of the page, as a browser sends it.
fn form(code: &str, system: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut sent = request(Method::POST, "/api/join/download", headers, None);
    sent.headers_mut().insert(
        "content-type",
        "application/x-www-form-urlencoded".parse().unwrap(),
    );
    *sent.body_mut() = Body::from(format!("code={code}&system={system}&arch=x86_64"));
    sent
}

async fn look(app: &App, code: &str) -> Answer {
    app.post("/api/join/look", &json!({ "code": code })).await
}

#[tokio::test]
async fn a_code_is_made_listed_and_revoked() {
    let (app, cookie, _agents) = app().await;
    let code = made(
        &app,
        &cookie,
        json!({ "assigned_to": "me", "note": "Ana", "minutes": 60 }),
    )
    .await;
    let text = code["code"].as_str().unwrap();
    assert_eq!((text.len(), text.matches('-').count()), (11, 2));
    let plain = text.replace('-', "");
    assert_eq!(
        code["join_url"],
        format!("https://help.example.org:8443/join#code={plain}")
    );
    assert_eq!(code["assigned_to"]["name"], "Ann Martins");
    assert_eq!(code["expires_at"], "2026-03-01T13:00:00Z");
    let list = signed_in(&app, &cookie, Method::GET, "/api/support-codes", None).await;
    assert!(!list.text.contains(text) && !list.text.contains(&plain));
    assert_eq!(list.json()["items"][0]["id"], code["id"]);
    assert_eq!(list.json()["items"][0]["note"], "Ana");
    let path = format!("/api/support-codes/{}", code["id"].as_str().unwrap());
    let gone = signed_in(&app, &cookie, Method::DELETE, &path, None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    look(&app, text).await.assert_problem(404, "code_unknown");
    let audit = signed_in(&app, &cookie, Method::GET, "/api/audit?limit=2", None).await;
    let actions: Vec<&str> = ["support_code.revoked", "support_code.created"].into();
    let found = audit.json();
    let found: Vec<&str> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(found, actions);
    assert!(!audit.text.contains(&plain), "the code is in the audit entry");
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let (app, cookie, _agents) = app().await;
    let body = json!({ "note": "x".repeat(201), "minutes": 4 });
    let problem = signed_in(&app, &cookie, Method::POST, "/api/support-codes", Some(&body))
        .await
        .assert_problem(422, "validation_failed");
    assert_eq!(problem["errors"][0]["field"], "note");
    assert_eq!(problem["errors"][1]["field"], "minutes");
    app.post("/api/support-codes", &json!({}))
        .await
        .assert_problem(401, "not_signed_in");
    app.get("/api/support-queue", &[])
        .await
        .assert_problem(401, "not_signed_in");
}

#[tokio::test]
async fn a_stranger_sees_what_a_code_is_good_for_and_uses_it_once() {
    let (app, cookie, _agents) = app().await;
    let code = made(&app, &cookie, json!({})).await;
    let text = code["code"].as_str().unwrap();
    // As people type it.
    let typed = text.to_lowercase().replace('-', " ").replace('0', "o");
    let seen = look(&app, &typed).await;
    assert_eq!(
        seen.json(),
        json!({
            "organization": "Rock Light", "technician": null, "expires_at": code["expires_at"],
            "downloads": [{ "system": "linux", "arch": "x86_64", "size": PROGRAM.len() }],
        })
    );
    let redeemed = app
        .post("/api/join/redeem", &json!({ "code": text, "hostname": "ana-pc" }))
        .await;
    assert_eq!(redeemed.status, StatusCode::OK);
    let token = redeemed.json()["enrollment_token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("farol_enr_"));
    let again = app.post("/api/join/redeem", &json!({ "code": text })).await;
    let used = again.assert_problem(404, "code_unknown");
    // What is wrong with a code is not told.
    for nonsense in ["", "hello", "000-000-000", "000-000-001"] {
        let problem = look(&app, nonsense).await.assert_problem(404, "code_unknown");
        assert_eq!(problem["detail"], used["detail"]);
    }
    // The server's own tokens are in no list.
    let tokens = signed_in(&app, &cookie, Method::GET, "/api/enrollment-tokens", None).await;
    assert_eq!(tokens.json()["items"], json!([]));
}

#[tokio::test]
async fn the_agent_is_named_after_code_and_server() {
    let (app, cookie, _agents) = app().await;
    let code = made(&app, &cookie, json!({})).await;
    let text = code["code"].as_str().unwrap();
    // Pages of ours send no referrer, so the form has no origin.
    let browser = [
        ("origin", "null"),
        ("sec-fetch-site", "same-origin"),
        ("accept", "text/html"),
    ];
    let answer = app.send(form(text, "linux", &browser)).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.text, PROGRAM);
    assert_eq!(answer.headers["content-length"], PROGRAM.len().to_string());
    assert_eq!(answer.headers["content-type"], "application/octet-stream");
    assert_eq!(
        answer.headers["content-disposition"],
        format!(
            "attachment; filename=\"farol-help-{}@help.example.org_8443\"",
            text.replace('-', "")
        )
    );
    // It still works.
    assert_eq!(look(&app, text).await.status, StatusCode::OK);
    app.send(form(text, "windows", &[]))
        .await
        .assert_problem(404, "not_found");
    app.send(form("000-000-001", "linux", &[]))
        .await
        .assert_problem(404, "code_unknown");
    // A person is shown the page again.
    let again = app.send(form("000-000-001", "linux", &browser)).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(again.headers["location"], "/join#problem=code_unknown");
    let other_site = [("origin", "null"), ("sec-fetch-site", "cross-site")];
    app.send(form(text, "linux", &other_site))
        .await
        .assert_problem(403, "cross_site");
    let json = json!({ "code": text, "system": "linux", "arch": "x86_64" });
    app.post("/api/join/download", &json)
        .await
        .assert_problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn guessing_is_slowed_down_whatever_is_asked() {
    let (app, cookie, _agents) = app().await;
    let code = made(&app, &cookie, json!({})).await;
    let text = code["code"].as_str().unwrap();
    for attempt in 0..10 {
        let answer = match attempt % 3 {
            0 => look(&app, "000-000-000").await,
            1 => {
                app.post("/api/join/redeem", &json!({ "code": "000-000-000" }))
                    .await
            }
            _ => app.send(form("000-000-000", "linux", &[])).await,
        };
        answer.assert_problem(404, "code_unknown");
        // Right ones in between change nothing.
        assert_eq!(look(&app, text).await.status, StatusCode::OK);
        if attempt == 8 {
            break;
        }
    }
    look(&app, "000-000-000")
        .await
        .assert_problem(404, "code_unknown");
    let refused = look(&app, text).await;
    refused.assert_problem(429, "too_many_attempts");
    assert_eq!(refused.headers["retry-after"], "60");
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(look(&app, text).await.status, StatusCode::OK);
}
