//! API tokens and service accounts over the API: what a token may, what it never may, and how it ends.
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

use axum::http::{Method, StatusCode};
use common::{Answer, App, EMAIL, PASSWORD, request};
use farol_server::api_tokens;
use farol_server::events::{Listener, Notice, Topic};
use farol_server::rights::{Rights, RoleKey};
use serde_json::{Value, json};

const YEAR: u64 = 365 * 24 * 60 * 60;

/// A server with an owner, Ann, and what she does with tokens.
struct Desk {
    app: App,
    cookie: String,
    here: String,
}

impl Desk {
    async fn new() -> Self {
        let (app, cookie) = App::set_up().await;
        let mut desk = Self {
            app,
            cookie,
            here: String::new(),
        };
        let organizations = desk
            .signed_in(Method::GET, "/api/organizations", None)
            .await
            .json();
        desk.here = organizations["items"][0]["id"].as_str().unwrap().to_owned();
        desk
    }

    async fn signed_in(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let headers = [("cookie", self.cookie.as_str()), ("if-match", "*")];
        self.app.send(request(method, path, &headers, body)).await
    }

    /// Signs Ann in anew: a login that is not used ends long before a token does.
    async fn sign_in(&mut self) {
        let body = json!({ "email": EMAIL, "password": PASSWORD });
        self.cookie = self.app.post("/api/logins", &body).await.cookie();
    }

    async fn with(&self, secret: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let bearer = format!("Bearer {secret}");
        let headers = [("authorization", bearer.as_str()), ("if-match", "*")];
        self.app.send(request(method, path, &headers, body)).await
    }

    async fn get(&self, secret: &str, path: &str) -> Answer {
        self.with(secret, Method::GET, path, None).await
    }

    /// Makes a token: identifier and secret.
    async fn token(&self, wanted: Value) -> (String, String) {
        let mut body = json!({ "name": "script", "scopes": ["machine.see"], "expires_in_seconds": 3600 });
        body.as_object_mut()
            .unwrap()
            .extend(wanted.as_object().unwrap().clone());
        let made = self.signed_in(Method::POST, "/api/api-tokens", Some(&body)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let made = made.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&made["token"]["id"]), text(&made["secret"]))
    }

    async fn scopes(&self, scopes: &[&str]) -> String {
        self.token(json!({ "scopes": scopes })).await.1
    }

    async fn organization(&self, name: &str) -> String {
        let made = self
            .signed_in(Method::POST, "/api/organizations", Some(&json!({ "name": name })))
            .await;
        made.json()["id"].as_str().unwrap().to_owned()
    }

    async fn service(&self, role: &str, organization: &str) -> String {
        let place = json!({ "kind": "organization", "organization_id": organization });
        let body = json!({ "name": "deploy", "note": "from CI", "role": role, "place": place });
        let made = self
            .signed_in(Method::POST, "/api/service-accounts", Some(&body))
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        made.json()["id"].as_str().unwrap().to_owned()
    }

    /// Somebody with a role: their cookie.
    async fn joined(&self, email: &str, role: &str, organization: &str) -> String {
        let place = json!({ "kind": "organization", "organization_id": organization });
        let body = json!({ "email": email, "role": role, "place": place });
        let made = self
            .signed_in(Method::POST, "/api/account-invitations", Some(&body))
            .await;
        let url = made.json()["url"].as_str().unwrap().to_owned();
        let token = url.split_once("#token=").unwrap().1;
        let body = json!({ "token": token, "name": email, "password": PASSWORD, "locale": "en" });
        self.app
            .post("/api/account-invitations/accept", &body)
            .await
            .cookie()
    }

    /// The details of audit entries of refused tokens, newest first, once all are written.
    async fn refusals(&self) -> Vec<Value> {
        self.app.ctx.tasks.close();
        self.app.ctx.tasks.wait().await;
        self.app.ctx.tasks.reopen();
        let list = self
            .signed_in(Method::GET, "/api/audit?action=api_token.refused", None)
            .await
            .json();
        list["items"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn a_token_does_what_both_its_scopes_and_its_account_allow() {
    let desk = Desk::new().await;
    let secret = desk.scopes(&["machine.see", "enrollment.manage"]).await;
    assert!(secret.starts_with("farol_pat_"), "{secret}");
    assert_eq!(desk.get(&secret, "/api/machines").await.status, StatusCode::OK);
    let wanted =
        json!({ "name": "by script", "approval": "first", "expires_in_seconds": 3600, "max_uses": 1 });
    let made = desk
        .with(&secret, Method::POST, "/api/enrollment-tokens", Some(&wanted))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let me = desk.get(&secret, "/api/me").await.json();
    assert_eq!(
        me["organizations"][0]["permissions"],
        json!(["machine.see", "enrollment.manage"])
    );
    assert_eq!(
        me["server_permissions"],
        json!(["machine.see", "enrollment.manage"])
    );
    let account = me["account"]["id"].as_str().unwrap();
    let path = format!(
        "/api/accounts/{account}/effective-permissions?organization={}",
        desk.here
    );
    let explained = desk.get(&secret, &path).await.json();
    let because = |permission: &str| {
        let mut all = explained["permissions"].as_array().unwrap().iter();
        all.find(|one| one["permission"] == permission).unwrap()["decided_by"].clone()
    };
    assert_eq!(because("machine.see"), "role", "{explained}");
    assert_eq!(because("audit.read"), "api_token");
    desk.get(&secret, "/api/audit")
        .await
        .assert_problem(403, "insufficient_scope");
    let name = json!({ "name": "x" });
    desk.with(&secret, Method::POST, "/api/organizations", Some(&name))
        .await
        .assert_problem(403, "insufficient_scope");
    // The audit log names the token, and whose it is.
    let entries = desk
        .signed_in(Method::GET, "/api/audit?action=enrollment_token.created", None)
        .await
        .json();
    assert_eq!(entries["items"][0]["actor"]["kind"], "api_token", "{entries}");
    assert_eq!(entries["items"][0]["actor"]["name"], "script (Ann Martins)");
    // What the account may not do, no scope gives.
    let viewer = desk.joined("vic@example.org", "viewer", &desk.here).await;
    let body = json!({ "name": "wide", "scopes": ["machine.see", "audit.read"], "expires_in_seconds": 60 });
    let made = desk
        .app
        .send(request(
            Method::POST,
            "/api/api-tokens",
            &[("cookie", &viewer)],
            Some(&body),
        ))
        .await;
    let wide = made.json()["secret"].as_str().unwrap().to_owned();
    assert_eq!(desk.get(&wide, "/api/machines").await.status, StatusCode::OK);
    desk.get(&wide, "/api/audit")
        .await
        .assert_problem(403, "forbidden");
}

#[tokio::test]
async fn a_token_that_reads_changes_nothing() {
    let desk = Desk::new().await;
    let wanted = json!({ "name": "x", "scopes": ["machine.see", "machine.manage"], "read_only": true, "expires_in_seconds": 60 });
    let refused = desk
        .signed_in(Method::POST, "/api/api-tokens", Some(&wanted))
        .await;
    let problem = refused.assert_problem(422, "validation_failed");
    assert_eq!(problem["errors"][0]["code"], "not_reading");
    assert_eq!(problem["errors"][0]["pointer"], "/scopes/1");
    let wanted = json!({ "scopes": ["machine.see", "audit.read"], "read_only": true });
    let (_, secret) = desk.token(wanted).await;
    assert_eq!(desk.get(&secret, "/api/audit").await.status, StatusCode::OK);
    let body = json!({ "first_id": desk.here, "second_id": desk.here });
    desk.with(
        &secret,
        Method::POST,
        "/api/machine-duplicates/dismiss",
        Some(&body),
    )
    .await
    .assert_problem(403, "insufficient_scope");
}

#[tokio::test]
async fn elsewhere_does_not_exist_for_a_token_of_one_organization() {
    let desk = Desk::new().await;
    let there = desk.organization("Elsewhere").await;
    let scopes = json!(["machine.see", "organization.manage"]);
    let wanted = json!({ "scopes": scopes, "organization_ids": [desk.here] });
    let (_, secret) = desk.token(wanted).await;
    let seen = desk.get(&secret, "/api/organizations").await.json();
    assert_eq!(seen["items"].as_array().unwrap().len(), 1, "{seen}");
    let rename = json!({ "name": "Taken over" });
    let path = format!("/api/organizations/{there}");
    desk.with(&secret, Method::PATCH, &path, Some(&rename))
        .await
        .assert_problem(404, "not_found");
    // It is not for the whole server either, although its account owns that.
    desk.with(&secret, Method::POST, "/api/organizations", Some(&rename))
        .await
        .assert_problem(403, "insufficient_scope");
    let unknown = json!({ "name": "x", "scopes": scopes, "expires_in_seconds": 60,
        "organization_ids": ["0197c2a0-0000-7000-8000-0000000000dd"] });
    let refused = desk
        .signed_in(Method::POST, "/api/api-tokens", Some(&unknown))
        .await;
    assert_eq!(
        refused.assert_problem(422, "validation_failed")["errors"][0]["field"],
        "organization_ids"
    );
    let reasons: Vec<Value> = desk
        .refusals()
        .await
        .iter()
        .map(|one| one["detail"]["reason"].clone())
        .collect();
    assert!(reasons.contains(&json!("not_found")), "{reasons:?}");
}

#[tokio::test]
async fn every_wrong_token_has_a_code_of_its_own_and_is_proved() {
    let desk = Desk::new().await;
    let (revoked, revoked_secret) = desk.token(json!({ "name": "revoked" })).await;
    desk.signed_in(Method::DELETE, &format!("/api/api-tokens/{revoked}"), None)
        .await;
    let (_, expired) = desk
        .token(json!({ "name": "expired", "expires_in_seconds": 60 }))
        .await;
    desk.app.clock.advance(Duration::from_secs(61));
    let wrong = "farol_pat_0000000000000000000000000000002eLzkn";
    let live = desk.scopes(&["machine.see"]).await;
    for (secret, code) in [
        (revoked_secret.as_str(), "api_token_revoked"),
        (expired.as_str(), "api_token_expired"),
        (wrong, "api_token_invalid"),
        (&format!("{live}x"), "api_token_invalid"),
        ("nonsense", "not_signed_in"),
    ] {
        desk.get(secret, "/api/machines").await.assert_problem(401, code);
    }
    let entries = desk.refusals().await;
    let mut reasons: Vec<&str> = entries
        .iter()
        .map(|one| one["detail"]["reason"].as_str().unwrap())
        .collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        [
            "api_token_expired",
            "api_token_invalid",
            "api_token_invalid",
            "api_token_revoked"
        ]
    );
    let text = serde_json::to_string(&entries).unwrap();
    for secret in [revoked_secret.as_str(), &expired, &live] {
        assert!(!text.contains(secret), "no secret is ever written down");
    }
}

#[tokio::test]
async fn nobody_fills_the_audit_log_with_wrong_tokens() {
    let desk = Desk::new().await;
    let secret = desk.scopes(&["machine.see"]).await;
    for _ in 0..20 {
        desk.get("farol_pat_wrong", "/api/machines")
            .await
            .assert_problem(401, "api_token_invalid");
        desk.get(&secret, "/api/audit")
            .await
            .assert_problem(403, "insufficient_scope");
    }
    let entries = desk.refusals().await;
    assert_eq!(entries.len(), 3 + 3, "{entries:?}");
    desk.app.clock.advance(Duration::from_secs(20 * 60));
    desk.get(&secret, "/api/audit").await;
    assert_eq!(desk.refusals().await.len(), 7, "one more later");
}

#[tokio::test]
async fn a_token_never_signs_in_and_never_makes_credentials() {
    let desk = Desk::new().await;
    let all: Vec<&str> = farol_server::rights::Permission::ALL
        .iter()
        .map(|one| one.as_str())
        .collect();
    let secret = desk.scopes(&all).await;
    let (other, _) = desk.token(json!({ "name": "other" })).await;
    let place = json!({ "kind": "server" });
    for (method, path, body) in [
        (
            Method::POST,
            "/api/api-tokens".to_owned(),
            json!({ "name": "x", "scopes": all, "expires_in_seconds": YEAR }),
        ),
        (Method::POST, format!("/api/api-tokens/{other}/rotate"), json!({})),
        (
            Method::PATCH,
            format!("/api/api-tokens/{other}"),
            json!({ "name": "x" }),
        ),
        (
            Method::POST,
            "/api/account-invitations".to_owned(),
            json!({ "email": "x@example.org", "role": "owner", "place": place }),
        ),
        (
            Method::POST,
            "/api/service-accounts".to_owned(),
            json!({ "name": "x", "role": "owner", "place": place }),
        ),
        (Method::PATCH, "/api/me".to_owned(), json!({ "name": "x" })),
    ] {
        desk.with(&secret, method, &path, Some(&body))
            .await
            .assert_problem(403, "login_required");
    }
    for path in [
        "/api/api-tokens".to_owned(),
        format!("/api/api-tokens/{other}"),
        "/api/account-invitations".into(),
    ] {
        desk.get(&secret, &path)
            .await
            .assert_problem(403, "login_required");
    }
    for path in [format!("/api/api-tokens/{other}"), "/api/logins/current".into()] {
        desk.with(&secret, Method::DELETE, &path, None)
            .await
            .assert_problem(403, "login_required");
    }
    let sign_in = json!({ "email": EMAIL, "password": secret });
    desk.app
        .post("/api/logins", &sign_in)
        .await
        .assert_problem(401, "invalid_credentials");
    let link = json!({ "token": secret });
    desk.app
        .post("/api/logins/link", &link)
        .await
        .assert_problem(403, "link_invalid");
    // Nor is it a cookie.
    let cookie = format!("__Host-farol={secret}");
    desk.app
        .get("/api/me", &[("cookie", &cookie)])
        .await
        .assert_problem(401, "not_signed_in");
}

#[tokio::test]
async fn neither_tokens_nor_cookies_are_anything_to_agents_routes() {
    let desk = Desk::new().await;
    let all: Vec<&str> = farol_server::rights::Permission::ALL
        .iter()
        .map(|one| one.as_str())
        .collect();
    let secret = desk.scopes(&all).await;
    let bearer = format!("Bearer {secret}");
    let login = desk.cookie.split_once('=').unwrap().1;
    let as_bearer = format!("Bearer {login}");
    let as_machine = format!("__Host-farol-machine={login}");
    for path in [
        "/api/machines/heartbeat",
        "/api/machines/inventory",
        "/api/machines/register",
        "/api/agent/enroll",
    ] {
        for headers in [
            [("authorization", bearer.as_str())],
            [("authorization", &as_bearer)],
            [("cookie", &desk.cookie)],
            [("cookie", &as_machine)],
        ] {
            let answer = desk
                .app
                .send(request(Method::POST, path, &headers, Some(&json!({}))))
                .await;
            assert!(
                answer.status.is_client_error() || answer.status == StatusCode::SERVICE_UNAVAILABLE,
                "{path} {answer:?}"
            );
        }
    }
    let enroll = |token: &str| json!({ "token": token, "machine_key": "", "proof": "", "facts": {} });
    for token in [secret.as_str(), login] {
        let answer = desk.app.post("/api/agent/enroll", &enroll(token)).await;
        assert!(answer.status.is_client_error(), "{answer:?}");
    }
    for path in ["/api/agent/link", "/api/relay"] {
        for headers in [[("authorization", bearer.as_str())], [("cookie", &desk.cookie)]] {
            let answer = desk.app.get(path, &headers).await;
            assert!(answer.status.is_client_error(), "{path} {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_cookie_and_a_token_do_not_come_together_and_other_sites_do_not_matter_to_a_token() {
    let desk = Desk::new().await;
    let secret = desk.scopes(&["machine.see", "organization.manage"]).await;
    let bearer = format!("Bearer {secret}");
    let both = [("authorization", bearer.as_str()), ("cookie", &desk.cookie)];
    desk.app
        .get("/api/machines", &both)
        .await
        .assert_problem(400, "two_credentials");
    let body = json!({ "organization_id": desk.here, "name": "Recife" });
    let foreign = [
        ("authorization", bearer.as_str()),
        ("origin", "https://tools.example"),
        ("sec-fetch-site", "cross-site"),
    ];
    let made = desk
        .app
        .send(request(Method::POST, "/api/sites", &foreign, Some(&body)))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let foreign = [
        ("cookie", desk.cookie.as_str()),
        ("origin", "https://tools.example"),
    ];
    desk.app
        .send(request(Method::POST, "/api/sites", &foreign, Some(&body)))
        .await
        .assert_problem(403, "cross_site");
}

#[tokio::test]
async fn a_rotated_token_has_two_secrets_until_the_overlap_is_over() {
    let mut desk = Desk::new().await;
    let (id, old) = desk.token(json!({ "expires_in_seconds": 2 * 24 * 3600 })).await;
    let path = format!("/api/api-tokens/{id}/rotate");
    let rotated = desk
        .signed_in(Method::POST, &path, Some(&json!({ "expires_in_seconds": YEAR })))
        .await
        .json();
    let new = rotated["secret"].as_str().unwrap().to_owned();
    assert_ne!(old, new);
    for secret in [&old, &new] {
        assert_eq!(desk.get(secret, "/api/machines").await.status, StatusCode::OK);
    }
    desk.app.clock.advance(Duration::from_secs(24 * 3600));
    desk.get(&old, "/api/machines")
        .await
        .assert_problem(401, "api_token_revoked");
    assert_eq!(desk.get(&new, "/api/machines").await.status, StatusCode::OK);
    desk.sign_in().await;
    // At once, and the one before as well.
    let rotated = desk
        .signed_in(Method::POST, &path, Some(&json!({ "overlap_seconds": 0 })))
        .await
        .json();
    desk.get(&new, "/api/machines")
        .await
        .assert_problem(401, "api_token_revoked");
    let newest = rotated["secret"].as_str().unwrap();
    assert_eq!(desk.get(newest, "/api/machines").await.status, StatusCode::OK);
    let week = json!({ "overlap_seconds": 7 * 24 * 3600 + 1 });
    desk.signed_in(Method::POST, &path, Some(&week))
        .await
        .assert_problem(422, "validation_failed");
}

#[tokio::test]
async fn revoking_a_token_cuts_its_streams_and_disabling_its_account_does() {
    let desk = Desk::new().await;
    let service = desk.service("technician", &desk.here).await;
    let listen = |id: &str| {
        let who = (
            service.parse().unwrap(),
            farol_server::ids::LoginId(id.parse().unwrap()),
        );
        let rights = Rights::of_role(RoleKey::Technician, desk.here.parse().unwrap());
        Listener::new(who, &rights, None)
    };
    let (first, secret) = desk
        .token(json!({ "account_id": service, "name": "first" }))
        .await;
    assert!(secret.starts_with("farol_svc_"), "{secret}");
    let (second, other) = desk
        .token(json!({ "account_id": service, "name": "second" }))
        .await;
    let mut streams = (
        desk.app.ctx.events.subscribe(listen(&first)).unwrap(),
        desk.app.ctx.events.subscribe(listen(&second)).unwrap(),
    );
    let revoked = desk
        .signed_in(Method::DELETE, &format!("/api/api-tokens/{first}"), None)
        .await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    assert_eq!(streams.0.next().await, None, "cut");
    assert!(
        matches!(streams.1.next().await, Some(Notice::Invalidate(topics)) if topics.contains(&Topic::ApiTokens))
    );
    let path = format!("/api/service-accounts/{service}");
    let off = desk
        .signed_in(Method::PATCH, &path, Some(&json!({ "disabled": true })))
        .await
        .json();
    assert!(off["disabled_at"].is_string(), "{off}");
    while streams.1.next().await.is_some() {}
    desk.get(&other, "/api/machines")
        .await
        .assert_problem(403, "account_disabled");
    desk.signed_in(Method::PATCH, &path, Some(&json!({ "disabled": false })))
        .await;
    assert_eq!(desk.get(&other, "/api/machines").await.status, StatusCode::OK);
    assert_eq!(
        desk.signed_in(Method::DELETE, &path, None).await.status,
        StatusCode::NO_CONTENT
    );
    desk.get(&other, "/api/machines")
        .await
        .assert_problem(401, "api_token_invalid");
}

#[tokio::test]
async fn a_change_of_scopes_holds_at_once_and_cuts_what_hangs_on_the_token() {
    let desk = Desk::new().await;
    let (id, secret) = desk
        .token(json!({ "scopes": ["machine.see", "audit.read"] }))
        .await;
    let me = desk.get(&secret, "/api/me").await.json();
    let mut stream = desk
        .app
        .ctx
        .events
        .subscribe(Listener::new(
            (
                me["account"]["id"].as_str().unwrap().parse().unwrap(),
                farol_server::ids::LoginId(id.parse().unwrap()),
            ),
            &Rights::default(),
            None,
        ))
        .unwrap();
    assert_eq!(desk.get(&secret, "/api/audit").await.status, StatusCode::OK);
    let path = format!("/api/api-tokens/{id}");
    let headers = [("cookie", desk.cookie.as_str())];
    let change = json!({ "scopes": ["machine.see"] });
    desk.app
        .send(request(Method::PATCH, &path, &headers, Some(&change)))
        .await
        .assert_problem(428, "version_required");
    let stale = [("cookie", desk.cookie.as_str()), ("if-match", "\"7\"")];
    desk.app
        .send(request(Method::PATCH, &path, &stale, Some(&change)))
        .await
        .assert_problem(412, "version_mismatch");
    assert_eq!(
        desk.signed_in(Method::PATCH, &path, Some(&change)).await.status,
        StatusCode::OK
    );
    while stream.next().await.is_some() {}
    desk.get(&secret, "/api/audit")
        .await
        .assert_problem(403, "insufficient_scope");
}

#[tokio::test]
async fn administrators_see_and_revoke_tokens_where_they_manage_people_and_nowhere_else() {
    let desk = Desk::new().await;
    let there = desk.organization("Elsewhere").await;
    let admin = desk.joined("adm@example.org", "administrator", &there).await;
    let as_admin = async |method, path: &str, body: Option<&Value>| {
        let headers = [("cookie", admin.as_str()), ("if-match", "*")];
        desk.app.send(request(method, path, &headers, body)).await
    };
    let (_, secret) = desk
        .token(json!({ "name": "ours", "organization_ids": [desk.here] }))
        .await;
    let (both, _) = desk.token(json!({ "name": "both" })).await;
    let list = as_admin(Method::GET, "/api/api-tokens?whose=managed", None).await;
    assert!(!list.text.contains(&secret), "never a secret");
    let list = list.json();
    let names: Vec<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["both"],
        "an owner of the whole server works there, too; not the token for elsewhere"
    );
    assert_eq!(list["items"][0]["may_change"], false);
    let path = format!("/api/api-tokens/{both}");
    as_admin(Method::PATCH, &path, Some(&json!({ "name": "x" })))
        .await
        .assert_problem(403, "forbidden");
    as_admin(Method::POST, &format!("{path}/rotate"), Some(&json!({})))
        .await
        .assert_problem(403, "forbidden");
    assert_eq!(
        as_admin(Method::DELETE, &path, None).await.status,
        StatusCode::NO_CONTENT
    );
    // Nobody makes one for another person, and for a program only who may do all that it may.
    let me = desk.signed_in(Method::GET, "/api/me", None).await.json();
    let mut wanted = json!({ "account_id": me["account"]["id"], "name": "x", "scopes": ["machine.see"], "expires_in_seconds": 60 });
    as_admin(Method::POST, "/api/api-tokens", Some(&wanted))
        .await
        .assert_problem(403, "forbidden");
    let owns = json!({ "name": "root", "role": "owner", "place": { "kind": "server" } });
    let service = desk
        .signed_in(Method::POST, "/api/service-accounts", Some(&owns))
        .await
        .json();
    wanted["account_id"] = service["id"].clone();
    as_admin(Method::POST, "/api/api-tokens", Some(&wanted))
        .await
        .assert_problem(403, "forbidden");
    let ours = desk.service("viewer", &desk.here).await;
    wanted["account_id"] = json!(ours);
    as_admin(Method::POST, "/api/api-tokens", Some(&wanted))
        .await
        .assert_problem(404, "not_found");
}

#[tokio::test]
async fn a_service_account_is_no_person_and_never_signs_in() {
    let desk = Desk::new().await;
    let service = desk.service("owner", &desk.here).await;
    let people = desk.signed_in(Method::GET, "/api/accounts", None).await.json();
    assert_eq!(people["items"].as_array().unwrap().len(), 1, "{people}");
    let programs = desk
        .signed_in(Method::GET, "/api/service-accounts", None)
        .await
        .json();
    assert_eq!(programs["items"][0]["name"], "deploy");
    assert_eq!(programs["items"][0]["roles"][0]["role"], "owner");
    for email in ["", &format!("service:{service}")] {
        let body = json!({ "email": email, "password": "" });
        desk.app
            .post("/api/logins", &body)
            .await
            .assert_problem(401, "invalid_credentials");
    }
    let link = farol_server::accounts::create_link(
        &desk.app.ctx.db,
        &desk.app.clock,
        Some(&format!("service:{service}")),
    )
    .await;
    assert!(link.is_err());
    // It is no owner whom the server could be left to.
    let give = json!({ "account_id": service, "role": "owner", "place": { "kind": "server" } });
    let given = desk
        .signed_in(Method::POST, "/api/role-assignments", Some(&give))
        .await;
    assert_eq!(given.status, StatusCode::CREATED, "{given:?}");
    let all = desk
        .signed_in(Method::GET, "/api/role-assignments", None)
        .await
        .json();
    let own = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["account_id"] != json!(service))
        .unwrap();
    let path = format!("/api/role-assignments/{}", own["id"].as_str().unwrap());
    desk.signed_in(Method::DELETE, &path, None)
        .await
        .assert_problem(409, "last_owner");
    // A person is not to be had by the doors of programs.
    let person = format!(
        "/api/service-accounts/{}",
        people["items"][0]["id"].as_str().unwrap()
    );
    desk.signed_in(Method::DELETE, &person, None)
        .await
        .assert_problem(404, "not_found");
}

#[tokio::test]
async fn the_last_use_is_written_once_a_minute_and_old_tokens_are_forgotten() {
    let desk = Desk::new().await;
    let (id, secret) = desk.token(json!({ "expires_in_seconds": 3600 })).await;
    let path = format!("/api/api-tokens/{id}");
    let used = async || desk.signed_in(Method::GET, &path, None).await.json()["last_used_at"].clone();
    assert_eq!(used().await, json!(null));
    desk.get(&secret, "/api/machines").await;
    let first = used().await;
    assert!(first.is_string());
    desk.app.clock.advance(Duration::from_secs(59));
    desk.get(&secret, "/api/machines").await;
    assert_eq!(used().await, first, "not yet");
    desk.app.clock.advance(Duration::from_secs(1));
    desk.get(&secret, "/api/machines").await;
    assert_ne!(used().await, first);
    let token = desk.signed_in(Method::GET, &path, None).await.json();
    assert_eq!(token["last_used_address"], "192.0.2.1");
    desk.app
        .clock
        .advance(Duration::from_secs(3600 + 30 * 24 * 3600 - 120));
    api_tokens::sweep(&desk.app.ctx).await.unwrap();
    let cookie = desk
        .app
        .post("/api/logins", &json!({ "email": EMAIL, "password": PASSWORD }))
        .await
        .cookie();
    let look = async || desk.app.get(&path, &[("cookie", &cookie)]).await;
    assert_eq!(look().await.json()["state"], "expired");
    desk.app.clock.advance(Duration::from_secs(120));
    api_tokens::sweep(&desk.app.ctx).await.unwrap();
    look().await.assert_problem(404, "not_found");
}
