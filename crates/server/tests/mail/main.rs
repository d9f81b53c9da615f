//! E-mail against a real mail server (aiosmtpd): the ways to speak to it, what goes wrong by its name, and the outbox.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

#[path = "../common/mod.rs"]
mod common;
mod job;
mod outbox;
mod peer;
mod settings;
mod trial;

use std::time::Duration;

use axum::http::{Method, StatusCode};
use common::{Answer, App, request, set_up_body};
use serde_json::{Value, json};

/// Longer than any test is about.
const LONG: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A server with its owner's cookie.
pub struct Site {
    pub app: App,
    pub owner: String,
}

impl Site {
    pub async fn new() -> Self {
        // Mail takes days; the login outlives them.
        let app = App::with(|config| {
            config.login_idle = LONG;
            config.login_absolute = LONG;
        })
        .await;
        let body = set_up_body(&app.link().await);
        let answer = app.post("/api/setup", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        let owner = answer.cookie();
        Self { app, owner }
    }

    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let headers = [("cookie", self.owner.as_str()), ("if-match", "*")];
        self.app
            .send(request(method, path, &headers, body.as_ref()))
            .await
    }

    /// Sets the mail server.
    pub async fn set(&self, settings: Value) {
        let answer = self.ask(Method::PUT, "/api/server-mail", Some(settings)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }

    /// Tries settings, or those that are kept.
    pub async fn test(&self, settings: Value) -> Value {
        let body = json!({ "settings": settings });
        let answer = self.ask(Method::POST, "/api/server-mail/test", Some(body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()
    }

    pub async fn invite(&self, email: &str) -> Value {
        let organizations = self.ask(Method::GET, "/api/organizations", None).await.json();
        let place = json!({ "kind": "organization", "organization_id": organizations["items"][0]["id"] });
        let body = json!({ "email": email, "role": "viewer", "place": place, "send": true });
        let answer = self
            .ask(Method::POST, "/api/account-invitations", Some(body))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.json()
    }

    /// The outbox, newest first.
    pub async fn outbox(&self) -> Vec<Value> {
        let answer = self.ask(Method::GET, "/api/server-mail/outbox", None).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()["items"].as_array().unwrap().clone()
    }

    /// Does what the server does by itself when something is due.
    pub async fn send_due(&self) -> usize {
        farol_server::mail::send_due(&self.app.ctx).await.unwrap()
    }

    /// Whether the files of the database have these bytes in them.
    pub fn database_has(&self, mark: &str) -> bool {
        let data = &self.app.ctx.config.data;
        let files = ["farol.db", "farol.db-wal"].map(|name| std::fs::read(data.join(name)).unwrap());
        let mut windows = files.iter().flat_map(|file| file.windows(mark.len()));
        windows.any(|window| window == mark.as_bytes())
    }

    /// The actions in the audit, newest first.
    pub async fn actions(&self) -> Vec<String> {
        let answer = self.ask(Method::GET, "/api/audit", None).await.json();
        let items = answer["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|entry| entry["action"].as_str().unwrap().to_owned())
            .collect()
    }
}
