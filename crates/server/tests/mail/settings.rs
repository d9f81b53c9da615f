//! The settings: what is checked, what is kept, and what is never shown.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::Site;
use crate::common::request;
use crate::peer::{Authority, Peer};

const PATH: &str = "/api/server-mail";

fn settings() -> Value {
    json!({
        "host": "SMTP.example.org ", "port": 587, "security": "starttls", "user": "farol", "password": "geheim-4711",
        "from_address": "farol@example.org", "from_name": "Farol", "ca_pem": null,
    })
}

#[tokio::test]
async fn the_password_is_kept_sealed_and_shown_to_nobody() {
    let site = Site::new().await;
    let before = site.ask(Method::GET, PATH, None).await.json();
    assert_eq!(before["settings"], Value::Null);
    assert_eq!(
        site.ask(Method::GET, "/api/mail", None).await.json()["set_up"],
        false
    );
    site.set(settings()).await;
    let shown = site.ask(Method::GET, PATH, None).await;
    assert!(!shown.text.contains("geheim"), "{shown:?}");
    let kept = shown.json()["settings"].clone();
    assert_eq!(
        (&kept["host"], &kept["user"]),
        (&json!("smtp.example.org"), &json!("farol"))
    );
    assert_eq!(
        site.ask(Method::GET, "/api/mail", None).await.json()["set_up"],
        true
    );
    let audit = site.ask(Method::GET, "/api/audit", None).await;
    assert!(
        audit.text.contains("server_mail.changed") && !audit.text.contains("geheim"),
        "{audit:?}"
    );
    assert!(!site.database_has("geheim-4711"), "it is sealed");
    assert!(site.database_has("smtp.example.org"), "and what is not is found");
}

#[tokio::test]
async fn the_password_is_not_sent_to_another_place() {
    let site = Site::new().await;
    site.set(settings()).await;
    let mut same = settings();
    same["password"] = Value::Null;
    same["from_name"] = json!("Somebody");
    site.set(same.clone()).await;
    for (field, value) in [
        ("host", json!("evil.example")),
        ("port", json!(2525)),
        ("user", json!("other")),
        ("security", json!("tls")),
    ] {
        let mut elsewhere = same.clone();
        elsewhere[field] = value;
        let answer = site.ask(Method::PUT, PATH, Some(elsewhere.clone())).await;
        let problem = answer.assert_problem(422, "validation_failed");
        assert_eq!(
            (&problem["errors"][0]["field"], &problem["errors"][0]["code"]),
            (&json!("password"), &json!("required"))
        );
        let tried = site
            .ask(
                Method::POST,
                "/api/server-mail/test",
                Some(json!({ "settings": elsewhere })),
            )
            .await;
        tried.assert_problem(422, "validation_failed");
    }
}

#[tokio::test]
async fn wrong_settings_are_named_field_by_field() {
    let site = Site::new().await;
    let wrong = json!({
        "host": "a\r\nb", "port": 6379, "security": "none", "user": "a\r\nRSET", "password": "x\ny",
        "from_address": "a@b.example\r\nBcc: c@d.example", "from_name": "x\r\nBcc: c@d.example", "ca_pem": "no certificate",
    });
    let answer = site.ask(Method::PUT, PATH, Some(wrong)).await;
    let problem = answer.assert_problem(422, "validation_failed");
    let fields: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields,
        [
            "host",
            "port",
            "security",
            "user",
            "password",
            "from_address",
            "from_name",
            "ca_pem"
        ]
    );
    assert_eq!(
        site.ask(Method::GET, PATH, None).await.json()["settings"],
        Value::Null
    );
}

#[tokio::test]
async fn a_change_names_the_version_that_was_seen() {
    let site = Site::new().await;
    let etag = site.ask(Method::GET, PATH, None).await.json()["etag"].clone();
    let put = async |etag: Option<&str>| {
        let mut headers = vec![("cookie", site.owner.as_str())];
        headers.extend(etag.map(|etag| ("if-match", etag)));
        site.app
            .send(request(Method::PUT, PATH, &headers, Some(&settings())))
            .await
    };
    put(None).await.assert_problem(428, "version_required");
    let first = put(etag.as_str()).await;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    put(etag.as_str()).await.assert_problem(412, "version_mismatch");
    let second = put(first.json()["etag"].as_str()).await;
    assert_eq!(second.status, StatusCode::OK, "{second:?}");
    let gone = site.ask(Method::DELETE, PATH, None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(
        site.ask(Method::DELETE, PATH, None).await.status,
        StatusCode::NO_CONTENT
    );
    assert!(site.actions().await.contains(&"server_mail.removed".to_owned()));
    let test = site
        .ask(
            Method::POST,
            "/api/server-mail/test",
            Some(json!({ "settings": null })),
        )
        .await;
    test.assert_problem(409, "mail_not_set_up");
}

#[tokio::test]
async fn an_authority_of_ones_own_is_kept_and_used() {
    let (site, authority) = (Site::new().await, Authority::new());
    let mut peer = Peer::with_user("starttls", &authority).await;
    site.set(peer.settings("starttls", Some(&authority))).await;
    let test = site.test(Value::Null).await;
    assert_eq!(test["failure"], Value::Null, "{test}");
    peer.mail().await;
}
