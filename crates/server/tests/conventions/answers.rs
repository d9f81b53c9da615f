//! `fields`, and whole lists as NDJSON.

use axum::http::{Method, StatusCode};
use farol_server::audit::{self, Action, Actor, Entry};
use farol_server::ids::OrganizationId;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::common::{App, request};

/// More than two of the largest pages.
const ENTRIES: usize = 450;

/// A server with many audit entries.
async fn full() -> (App, String) {
    let (app, cookie) = App::set_up().await;
    let organizations = app.get("/api/organizations", &[("cookie", &cookie)]).await.json();
    let here: OrganizationId = organizations["items"][0]["id"].as_str().unwrap().parse().unwrap();
    let tx = app.ctx.db.write().await.unwrap();
    for number in 0..ENTRIES {
        let entry =
            Entry::new(here, Actor::server(), Action::MachineRenamed).detail(json!({ "number": number }));
        audit::record(&tx, app.ctx.clock.now(), entry).await.unwrap();
    }
    tx.commit().await.unwrap();
    (app, cookie)
}

#[tokio::test]
async fn only_the_fields_that_are_named_are_answered() {
    let (app, cookie) = full().await;
    let login = [("cookie", cookie.as_str())];
    let me = app
        .get("/api/me?fields=account.name,server_version", &login)
        .await
        .json();
    assert_eq!(
        me,
        json!({ "account": { "name": "Ann Martins" }, "server_version": farol_server::VERSION })
    );
    let list = app.get("/api/organizations?fields=name", &login).await.json();
    assert_eq!(
        list,
        json!({ "items": [{ "name": "Rock Light" }], "next_cursor": null })
    );
    // A page of a list goes on where it stopped.
    let page = app.get("/api/audit?limit=1&fields=action", &login).await.json();
    assert_eq!(page["items"][0].as_object().unwrap().len(), 1);
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = app
        .get(&format!("/api/audit?fields=id&cursor={cursor}&limit=1"), &login)
        .await;
    assert_eq!(next.status, StatusCode::OK, "{next:?}");
}

#[tokio::test]
async fn fields_that_there_are_not_are_named() {
    let (app, cookie) = App::set_up().await;
    let login = [("cookie", cookie.as_str())];
    // Of an empty list, too.
    for (path, name) in [
        ("/api/machines?fields=id,taste", "“taste”"),
        ("/api/me?fields=account.taste", "“account.taste”"),
    ] {
        let problem = app
            .get(path, &login)
            .await
            .assert_problem(422, "validation_failed");
        let detail = problem["errors"][0]["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(name) && detail.contains("name"), "{detail}");
    }
    app.get("/api/me?fields=", &login)
        .await
        .assert_problem(422, "validation_failed");
    // What is refused is refused as ever.
    app.get("/api/me?fields=account", &[])
        .await
        .assert_problem(401, "not_signed_in");
    let nothing = "/api/machines/0197c2a0-0000-7000-8000-0000000000dd?fields=id";
    app.get(nothing, &login).await.assert_problem(404, "not_found");
}

#[tokio::test]
async fn a_whole_list_comes_as_lines() {
    let (app, cookie) = full().await;
    let login = [("cookie", cookie.as_str())];
    let mut wanted: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app
            .get(&format!("/api/audit?limit=200{cursor}"), &login)
            .await
            .json();
        wanted.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(wanted.len() > ENTRIES);
    let headers = [login[0], ("accept", "application/x-ndjson")];
    let answer = app.get("/api/audit?limit=7", &headers).await;
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    let lines: Vec<Value> = answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines == wanted, "{} of {}", lines.len(), wanted.len());
    // With fields, and with the list's own filters.
    let some = app
        .get("/api/audit?fields=action&action=machine.renamed", &headers)
        .await;
    let lines: Vec<&str> = some.text.lines().collect();
    assert!(
        lines == ["{\"action\":\"machine.renamed\"}"; ENTRIES],
        "{}",
        lines.len()
    );
    // A list that is one page, and what is none.
    let organizations = app.get("/api/organizations?fields=name", &headers).await;
    assert_eq!(organizations.text, "{\"name\":\"Rock Light\"}\n");
    let me = app.get("/api/me", &headers).await;
    assert_eq!(me.headers["content-type"], "application/json");
    // Nobody gets what the list does not show them.
    app.get("/api/audit", &[headers[1]])
        .await
        .assert_problem(401, "not_signed_in");
}

#[tokio::test]
async fn a_list_that_breaks_off_says_why_and_is_not_taken_for_whole() {
    let (app, cookie) = full().await;
    let headers = [("cookie", cookie.as_str()), ("accept", "application/x-ndjson")];
    let answer = app.open(request(Method::GET, "/api/audit", &headers, None)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let mut body = answer.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first.iter().filter(|byte| **byte == b'\n').count(), 200);
    let out = request(Method::DELETE, "/api/logins/current", &headers[..1], None);
    assert_eq!(app.send(out).await.status, StatusCode::NO_CONTENT);
    let last = body.frame().await.unwrap().unwrap().into_data().unwrap();
    let last: Value = serde_json::from_slice(&last).unwrap();
    assert_eq!(last["export_failed"]["code"], "not_signed_in");
    assert_eq!(last["export_failed"]["request_id"], id);
    assert!(body.frame().await.unwrap().is_err());
    assert!(body.frame().await.is_none());
}
