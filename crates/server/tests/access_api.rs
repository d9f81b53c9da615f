//! Access rules through the whole router: what is taken, what is refused and with which words, and what they mean for a
//! machine as a technician sees it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod common;

use axum::http::{Method, StatusCode};
use common::{Answer, App, request};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

const MACHINE: &str = "0197c2a0-0000-7000-8000-0000000000aa";

/// An owner at the API of a server with one machine, `pc`, whose tags are `lab` and `till`.
struct Owner {
    app: App,
    cookie: String,
}

impl Owner {
    async fn new() -> Self {
        let (app, cookie) = App::set_up().await;
        let id = MACHINE.replace('-', "");
        let tx = app.ctx.db.write().await.unwrap();
        tx.execute_unprepared(&format!(
            "INSERT INTO machines (id, organization_id, site_id, name, hostname, state, door, install_id, \
             install_counter, evidence, labels, os_family, os_name, os_version, os_arch, agent_version, users, \
             capabilities, enrolled_at, version) \
             SELECT X'{id}', organization_id, id, 'pc', 'pc', 'active', 'agent', '', 0, '{{}}', \
             '{{\"department\":null,\"device_type\":null,\"tags\":[\"lab\",\"till\"]}}', '', '', '', '', '', '[]', '[]', \
             0, 1 FROM sites"
        ))
        .await
        .unwrap();
        tx.commit().await.unwrap();
        Self { app, cookie }
    }

    async fn send(&self, method: Method, path: &str, seen: Option<&str>, body: Option<&Value>) -> Answer {
        let mut headers = vec![("cookie", self.cookie.as_str())];
        headers.extend(seen.map(|etag| ("if-match", etag)));
        self.app.send(request(method, path, &headers, body)).await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.send(Method::GET, path, None, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()
    }

    async fn create(&self, body: &Value) -> Answer {
        self.send(Method::POST, "/api/access-rules", None, Some(body))
            .await
    }

    async fn made(&self, body: &Value) -> Value {
        let answer = self.create(body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.json()
    }

    /// What is said of `right` on the machine.
    async fn access(&self, right: &str) -> Value {
        let access = self.get(&format!("/api/machines/{MACHINE}/access")).await;
        let rights = access["rights"].as_array().unwrap();
        rights.iter().find(|said| said["right"] == right).unwrap().clone()
    }
}

#[tokio::test]
async fn a_rule_is_made_changed_and_deleted() {
    let owner = Owner::new().await;
    let empty = owner.get("/api/access-rules").await;
    assert_eq!(empty, json!({ "items": [], "next_cursor": null }));

    let rule = owner
        .made(&json!({
            "scope": { "kind": "tag", "tag": " LAB " },
            "role": "technician",
            "right": "control",
            "mode": "ask_if_logged_on",
            "on_silence": "allow",
        }))
        .await;
    assert_eq!(rule["scope"], json!({ "kind": "tag", "tag": "lab" }));
    assert_eq!(rule["scope_name"], "lab");
    assert_eq!(rule["created_by"]["name"], "Ann Martins");
    assert_eq!(rule["changed_by"], Value::Null);
    let (path, etag) = (
        format!("/api/access-rules/{}", rule["id"].as_str().unwrap()),
        rule["etag"].as_str().unwrap(),
    );

    let change = json!({ "on_silence": "refuse" });
    let patch = async |seen, body: &Value| owner.send(Method::PATCH, &path, seen, Some(body)).await;
    patch(None, &change).await.assert_problem(428, "version_required");
    let changed = patch(Some(etag), &change).await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    let changed = changed.json();
    assert_eq!(
        (&changed["mode"], &changed["on_silence"]),
        (&json!("ask_if_logged_on"), &json!("refuse"))
    );
    patch(Some(etag), &json!({ "mode": "never" }))
        .await
        .assert_problem(412, "version_mismatch");
    // What a rule is about never changes.
    patch(changed["etag"].as_str(), &json!({ "right": "view" }))
        .await
        .assert_problem(400, "malformed");
    assert_eq!(owner.get("/api/access-rules").await["items"], json!([changed]));

    let delete = async |seen| owner.send(Method::DELETE, &path, seen, None).await;
    delete(None).await.assert_problem(428, "version_required");
    delete(Some(etag)).await.assert_problem(412, "version_mismatch");
    let gone = delete(changed["etag"].as_str()).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    delete(Some("*")).await.assert_problem(404, "not_found");
    let entries = owner.get("/api/audit").await;
    let actions: Vec<_> = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .take(3)
        .collect();
    let expected = [
        "access_rule.deleted",
        "access_rule.changed",
        "access_rule.created",
    ];
    assert_eq!(actions, expected);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_reason() {
    let owner = Owner::new().await;
    let organization = json!({ "kind": "organization" });
    let rule = json!({ "scope": organization, "mode": "ask" });
    owner.made(&rule).await;
    owner
        .create(&rule)
        .await
        .assert_problem(409, "access_rule_exists");
    for (scope, code) in [
        (json!({ "kind": "tag", "tag": "  " }), "required"),
        (json!({ "kind": "tag", "tag": "a,b" }), "malformed"),
        (json!({ "kind": "tag", "tag": "x".repeat(41) }), "too_long"),
    ] {
        let problem = owner
            .create(&json!({ "scope": scope, "mode": "never" }))
            .await
            .assert_problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["field"], "scope.tag");
        assert_eq!(problem["errors"][0]["code"], code);
    }
    for mode in ["unattended", "ask", "never"] {
        let problem = owner
            .create(&json!({ "scope": organization, "right": "view", "mode": mode, "on_silence": "allow" }))
            .await
            .assert_problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["code"], "not_with_mode");
    }
    for wrong in [
        json!({ "scope": { "kind": "planet" }, "mode": "ask" }),
        json!({ "scope": { "kind": "site" }, "mode": "ask" }),
        json!({ "scope": organization, "mode": "sometimes" }),
        json!({ "scope": organization, "mode": "ask", "right": "everything" }),
        json!({ "scope": organization }),
    ] {
        owner.create(&wrong).await.assert_problem(400, "malformed");
    }
    let unknown = "0197c2a0-0000-7000-8000-0000000000ff";
    for scope in [
        json!({ "kind": "site", "site_id": unknown }),
        json!({ "kind": "machine", "machine_id": unknown }),
    ] {
        owner
            .create(&json!({ "scope": scope, "mode": "ask" }))
            .await
            .assert_problem(404, "not_found");
    }
    let elsewhere = json!({ "organization_id": unknown, "scope": organization, "mode": "never" });
    owner.create(&elsewhere).await.assert_problem(404, "not_found");
    assert_eq!(
        owner.get("/api/access-rules").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn what_a_machine_allows_names_the_rule_that_says_so() {
    let owner = Owner::new().await;
    let nothing = json!({ "kind": "built_in", "rule_id": null, "name": null });
    for right in ["view", "control", "clipboard", "files", "terminal"] {
        let expected = json!({ "right": right, "mode": "unattended", "on_silence": null, "source": nothing });
        assert_eq!(owner.access(right).await, expected);
    }
    let site = owner.get("/api/sites").await["items"][0].clone();
    let of_site = owner
        .made(&json!({ "scope": { "kind": "site", "site_id": site["id"] }, "mode": "ask" }))
        .await;
    owner
        .made(&json!({ "scope": { "kind": "tag", "tag": "lab" }, "right": "files", "mode": "unattended" }))
        .await;
    let of_till = owner
        .made(&json!({ "scope": { "kind": "tag", "tag": "till" }, "right": "files", "mode": "never" }))
        .await;
    let of_machine = owner
        .made(&json!({
            "scope": { "kind": "machine", "machine_id": MACHINE },
            "role": "owner",
            "right": "terminal",
            "mode": "ask_if_logged_on",
        }))
        .await;
    let source =
        |kind: &str, rule: &Value, name: &Value| json!({ "kind": kind, "rule_id": rule["id"], "name": name });
    assert_eq!(
        owner.access("view").await,
        json!({
            "right": "view", "mode": "ask", "on_silence": "refuse",
            "source": source("site", &of_site, &site["name"]),
        })
    );
    assert_eq!(
        owner.access("files").await,
        json!({
            "right": "files", "mode": "never", "on_silence": null,
            "source": source("tag", &of_till, &json!("till")),
        })
    );
    assert_eq!(
        owner.access("terminal").await,
        json!({
            "right": "terminal", "mode": "ask_if_logged_on", "on_silence": "refuse",
            "source": source("machine", &of_machine, &json!("pc")),
        })
    );

    // A technician sees what counts for technicians, and no list of rules.
    let tx = owner.app.ctx.db.write().await.unwrap();
    tx.execute_unprepared("UPDATE assignments SET role = 'technician'")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(owner.access("terminal").await["source"]["kind"], "site");
    let access = owner.get(&format!("/api/machines/{MACHINE}/access")).await;
    assert_eq!(
        (&access["roles"], &access["machine_id"]),
        (&json!(["technician"]), &json!(MACHINE))
    );
    let path = format!("/api/access-rules/{}", of_site["id"].as_str().unwrap());
    let never = json!({ "mode": "never" });
    for (method, path, body) in [
        (Method::GET, "/api/access-rules", None),
        (
            Method::POST,
            "/api/access-rules",
            Some(json!({ "scope": { "kind": "organization" }, "mode": "never" })),
        ),
        (Method::PATCH, path.as_str(), Some(never)),
        (Method::DELETE, path.as_str(), None),
    ] {
        owner
            .send(method, path, Some("*"), body.as_ref())
            .await
            .assert_problem(403, "forbidden");
    }
    let unknown = owner
        .send(
            Method::GET,
            "/api/machines/0197c2a0-0000-7000-8000-0000000000ff/access",
            None,
            None,
        )
        .await;
    unknown.assert_problem(404, "not_found");
}
