//! Audit over HTTP: filters, exports that somebody else can verify, verification for the console, and who may.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod common;

use axum::http::Method;
use common::{Answer, App, EMAIL, request};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

async fn rename(app: &App, cookie: &str, name: &str) -> Answer {
    let body = json!({ "name": name });
    let answer = app
        .send(request(
            Method::PATCH,
            "/api/me",
            &[("cookie", cookie)],
            Some(&body),
        ))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

async fn get(app: &App, cookie: &str, path: &str) -> Answer {
    app.get(path, &[("cookie", cookie)]).await
}

#[tokio::test]
async fn the_list_says_from_where_and_is_filtered() {
    let (app, cookie) = App::set_up().await;
    let renamed = rename(&app, &cookie, "Ann Again").await;
    let list = get(
        &app,
        &cookie,
        "/api/audit?action=account.&q=AGAIN&address=192.0.2.1&limit=5",
    )
    .await
    .json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list["items"][0]["address"], "192.0.2.1");
    let id = renamed.headers["x-request-id"].to_str().unwrap();
    let by_request = get(&app, &cookie, &format!("/api/audit?request_id={id}"))
        .await
        .json();
    assert_eq!(by_request["items"], list["items"]);
    let none = get(&app, &cookie, "/api/audit?to=2000-01-01T00:00:00Z")
        .await
        .json();
    assert_eq!(none["items"], json!([]));
    get(&app, &cookie, "/api/audit?from=yesterday&action=nothing")
        .await
        .assert_problem(422, "validation_failed");

    let actions = get(&app, &cookie, "/api/audit/actions").await.json();
    assert!(
        actions["items"]
            .as_array()
            .unwrap()
            .contains(&json!("account.changed"))
    );
}

#[tokio::test]
async fn nobody_reads_audit_without_the_right() {
    let (app, _) = App::set_up().await;
    for path in [
        "/api/audit",
        "/api/audit/actions",
        "/api/audit/export?format=csv",
        "/api/audit/verification",
    ] {
        app.get(path, &[]).await.assert_problem(401, "not_signed_in");
    }
    // A technician is no reader of audit entries.
    let (app, cookie) = App::set_up().await;
    let tx = app.ctx.db.write().await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&tx, "UPDATE assignments SET role = 'technician'")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for path in [
        "/api/audit",
        "/api/audit/actions",
        "/api/audit/export?format=csv",
        "/api/audit/verification",
    ] {
        get(&app, &cookie, path).await.assert_problem(403, "forbidden");
    }
}

#[tokio::test]
async fn csv_is_for_spreadsheets_and_runs_nothing_there() {
    let (app, cookie) = App::set_up().await;
    rename(&app, &cookie, r#"=HYPERLINK("http://x","y")"#).await;
    let file = get(&app, &cookie, "/api/audit/export?format=csv").await;
    assert_eq!(file.status, 200);
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(
        file.headers["content-disposition"],
        "attachment; filename=\"farol-audit-2026-03-01.csv\""
    );
    assert!(file.text.starts_with("\u{feff}seq,at,organization_id,"));
    let lines: Vec<_> = file.text.trim_end().split("\r\n").collect();
    // The names, set-up, the change, and the export itself.
    assert_eq!(lines.len(), 4, "{}", file.text);
    assert!(
        lines[2].contains(r#""'=HYPERLINK(""http://x"",""y"")""#),
        "{}",
        lines[2]
    );
    assert!(lines[3].contains("audit.exported"));
}

#[tokio::test]
async fn spaces_in_a_filter_are_neither_kept_nor_too_long() {
    let (app, cookie) = App::set_up().await;
    let spaces = "%20".repeat(3_000);
    let path = format!("/api/audit/export?format=ndjson&q={spaces}&actor={spaces}account{spaces}");
    let file = get(&app, &cookie, &path).await;
    assert_eq!(file.status, 200, "{file:?}");
    let last: Value = serde_json::from_str(file.text.lines().last().unwrap()).unwrap();
    assert_eq!(last["detail"]["filter"], json!({ "actor": "account" }));
}

/// An entry's hash from its line alone, as `docs/audit.md` says.
fn hash(line: &Value) -> String {
    let chain = &line["chain"];
    let uuid = |value: &Value| hex::decode(value.as_str().unwrap().replace('-', "")).unwrap();
    let mut digest = Sha256::new();
    digest.update(format!("farol-audit-{}\0", chain["version"]));
    digest.update(uuid(&line["organization_id"]));
    digest.update(line["seq"].as_i64().unwrap().to_be_bytes());
    digest.update(hex::decode(chain["prev_hash"].as_str().unwrap()).unwrap());
    digest.update(chain["at"].as_i64().unwrap().to_be_bytes());
    for field in [
        &line["id"],
        &line["actor"]["kind"],
        &line["actor"]["id"],
        &line["actor"]["name"],
        &line["action"],
        &line["target"]["kind"],
        &line["target"]["id"],
        &line["target"]["name"],
        &chain["detail"],
        &line["request_id"],
        &line["address"],
        &chain["before"],
        &chain["after"],
    ] {
        match field.as_str() {
            Some(text) => {
                digest.update(u32::try_from(text.len()).unwrap().to_be_bytes());
                digest.update(text);
            }
            None => digest.update([0xff; 4]),
        }
    }
    hex::encode(digest.finalize())
}

#[tokio::test]
async fn ndjson_can_be_verified_by_anybody() {
    let (app, cookie) = App::set_up().await;
    // More than one piece.
    for number in 0..250 {
        rename(&app, &cookie, &format!("Ann \u{1f5fc} {number}")).await;
    }
    let file = get(&app, &cookie, "/api/audit/export?format=ndjson").await;
    assert_eq!(file.headers["content-type"], "application/x-ndjson");
    let lines: Vec<Value> = file
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 252);
    let mut previous = "00".repeat(32);
    for (line, seq) in lines.iter().zip(1..) {
        assert_eq!(line["seq"], json!(seq));
        assert_eq!(line["chain"]["prev_hash"], previous, "{line}");
        assert_eq!(line["chain"]["hash"], hash(line), "{line}");
        previous = hash(line);
    }
    let last = lines.last().unwrap();
    assert_eq!(last["action"], "audit.exported");
    assert_eq!(last["detail"], json!({"format": "ndjson", "filter": {}}));

    let some = get(&app, &cookie, "/api/audit/export?format=ndjson&action=audit.").await;
    let lines: Vec<Value> = some
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2, "both exports");
    assert_eq!(lines[1]["detail"]["filter"], json!({"action": "audit."}));
    assert!(!some.text.contains(EMAIL));
    get(&app, &cookie, "/api/audit/export?format=xml")
        .await
        .assert_problem(400, "malformed");
}

#[tokio::test]
async fn the_console_can_verify() {
    let (app, cookie) = App::set_up().await;
    rename(&app, &cookie, "Ann Again").await;
    let result = get(&app, &cookie, "/api/audit/verification").await.json();
    assert_eq!(result["report"]["verified_to"], 2, "{result}");
    assert_eq!(result["report"]["last"], 2);
    assert_eq!(result["report"]["finding"], Value::Null);
    assert_eq!(result["next_cursor"], Value::Null);
    assert_eq!(result["at"], "2026-03-01T12:00:00Z");
    get(&app, &cookie, "/api/audit/verification?cursor=x")
        .await
        .assert_problem(422, "validation_failed");
}
