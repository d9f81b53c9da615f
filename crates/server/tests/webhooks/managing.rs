//! Making, changing and deleting webhooks, by people and by tokens.

use axum::http::{Method, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use farol_server::webhooks::WEBHOOKS_MAX;
use serde_json::{Value, json};

use crate::Site;
use crate::common::request;

const URL: &str = "https://hooks.example.org/farol?key=s3cret";

#[tokio::test]
async fn a_webhook_is_made_changed_and_deleted_and_that_is_proved() {
    let site = Site::new(None).await;
    let (id, secret) = site
        .webhook_for(
            URL,
            &["session.ended", "machine.offline"],
            Some(" type:session.* "),
        )
        .await;
    let path = format!("/api/webhooks/{id}");
    let hook = site.hook(&id).await;
    assert_eq!(hook["expression"], "type:session.*");
    assert_eq!(hook["event_types"], json!(["session.ended", "machine.offline"]));
    assert_eq!(
        (&hook["enabled"], &hook["created_by_name"]),
        (&json!(true), &json!("Ann Martins"))
    );
    assert_eq!(site.get("/api/webhooks").await["items"], json!([hook]));

    let cookie = site.owner.as_str();
    let change = json!({ "name": "Other", "expression": "" });
    let send = async |etag: Option<&str>| {
        let mut headers = vec![("cookie", cookie)];
        headers.extend(etag.map(|etag| ("if-match", etag)));
        site.app
            .send(request(Method::PATCH, &path, &headers, Some(&change)))
            .await
    };
    send(None).await.assert_problem(428, "version_required");
    send(Some("\"7\"")).await.assert_problem(412, "version_mismatch");
    let changed = send(hook["etag"].as_str()).await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    let changed = changed.json();
    assert_eq!(
        (&changed["name"], &changed["expression"]),
        (&json!("Other"), &Value::Null)
    );
    assert_ne!(changed["etag"], hook["etag"]);
    // The same again is no change.
    assert_eq!(send(Some("*")).await.json()["etag"], changed["etag"]);
    site.ask(Method::POST, &format!("{path}/rotate"), None).await;
    let deleted = site.ask(Method::DELETE, &path, None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    site.ask(Method::GET, &path, None)
        .await
        .assert_problem(404, "not_found");

    let mut actions = site.actions().await;
    actions.truncate(4);
    assert_eq!(
        actions,
        [
            "webhook.deleted",
            "webhook.secret_rotated",
            "webhook.changed",
            "webhook.created"
        ]
    );
    let audit = site.get("/api/audit").await.to_string();
    assert!(
        !audit.contains("s3cret") && !audit.contains(&secret),
        "secrets are no proof"
    );
    let data = &site.app.ctx.config.data;
    let files = ["farol.db", "farol.db-wal"].map(|name| std::fs::read(data.join(name)).unwrap());
    let bytes = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    let mut windows = files.iter().flat_map(|file| file.windows(bytes.len()));
    assert!(!windows.any(|window| window == bytes), "the secret is sealed");
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let site = Site::with(|_| {}).await;
    let wrong = async |body: Value| {
        let answer = site.ask(Method::POST, "/api/webhooks", Some(body)).await;
        let problem = answer.assert_problem(422, "validation_failed");
        let fields = problem["errors"].as_array().unwrap().clone();
        fields
            .iter()
            .map(|one| {
                format!(
                    "{} {}",
                    one["field"].as_str().unwrap(),
                    one["code"].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
    };
    let all = json!({ "name": "", "url": "http://a", "event_types": [], "expression": "a" });
    assert_eq!(
        wrong(all).await,
        [
            "name required",
            "url invalid",
            "event_types required",
            "expression not_understood"
        ]
    );
    for url in ["https://127.0.0.1/", "https://[fd00::1]/", "https://10.1.2.3/"] {
        let body = json!({ "name": "x", "url": url, "event_types": ["*"] });
        assert_eq!(wrong(body).await, ["url not_allowed"], "{url}");
    }
    assert_eq!(site.get("/api/webhooks").await["items"], json!([]));
}

#[tokio::test]
async fn an_organization_has_so_many_and_no_more() {
    let site = Site::new(None).await;
    for _ in 0..WEBHOOKS_MAX {
        site.webhook(URL).await;
    }
    let body = json!({ "name": "x", "url": URL, "event_types": ["*"] });
    let refused = site.ask(Method::POST, "/api/webhooks", Some(body)).await;
    refused.assert_problem(409, "conflict");
}

#[tokio::test]
async fn of_several_organizations_one_has_to_be_said() {
    let site = Site::new(None).await;
    let other = site
        .ask(
            Method::POST,
            "/api/organizations",
            Some(json!({ "name": "Other" })),
        )
        .await
        .json();
    let mut body = json!({ "name": "x", "url": URL, "event_types": ["*"] });
    let refused = site.ask(Method::POST, "/api/webhooks", Some(body.clone())).await;
    assert_eq!(
        refused.assert_problem(422, "validation_failed")["errors"][0]["field"],
        "organization_id"
    );
    body["organization_id"] = other["id"].clone();
    let made = site.ask(Method::POST, "/api/webhooks", Some(body)).await.json();
    // What happens in the first is none of its business.
    site.happen("Harbor").await;
    let id = made["webhook"]["id"].as_str().unwrap();
    let types: Vec<Value> = site
        .deliveries(id)
        .await
        .iter()
        .map(|one| one["event_type"].clone())
        .collect();
    assert_eq!(types, ["webhook.created"]);
}

#[tokio::test]
async fn a_token_with_the_scope_manages_webhooks() {
    let site = Site::new(None).await;
    let token = async |scope: &str| {
        let body = json!({ "name": scope, "scopes": [scope], "expires_in_seconds": 3600 });
        let made = site.ask(Method::POST, "/api/api-tokens", Some(body)).await.json();
        format!("Bearer {}", made["secret"].as_str().unwrap())
    };
    let body = json!({ "name": "x", "url": URL, "event_types": ["*"] });
    let send = async |token: String| {
        let headers = [("authorization", token.as_str())];
        site.app
            .send(request(Method::POST, "/api/webhooks", &headers, Some(&body)))
            .await
    };
    assert_eq!(
        send(token("webhook.manage").await).await.status,
        StatusCode::CREATED
    );
    send(token("audit.read").await)
        .await
        .assert_problem(403, "insufficient_scope");
}

#[tokio::test]
async fn the_events_that_there_are_can_be_asked_for() {
    let site = Site::new(None).await;
    let types = site.get("/api/webhook-event-types").await["items"].clone();
    let types = types.as_array().unwrap();
    let actions = site.get("/api/audit/actions").await["items"].clone();
    for action in actions.as_array().unwrap() {
        assert!(types.contains(action), "{action}");
    }
    assert!(types.contains(&json!("machine.online")) && types.contains(&json!("machine.offline")));
}
