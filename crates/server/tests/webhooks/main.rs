//! Webhooks, told to a receiver that verifies them with a library that is not ours: signatures, retries, order, dead letters, and what
//! a stop in the middle leaves.
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
mod delivering;
mod managing;
mod peer;
mod restart;

use std::time::Duration;

use axum::http::{Method, StatusCode};
use common::{Answer, App, request, set_up_body};
use farol_server::clock::{Clock, Timestamp};
use farol_server::config::{Config, Webhooks};
use peer::{Authority, Receiver};
use serde_json::{Value, json};

/// Longer than any test is about.
const LONG: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Lets webhooks reach this machine, and believe `authority`.
pub fn settle(config: &mut Config, authority: Option<&Authority>) {
    config.login_idle = LONG;
    config.login_absolute = LONG;
    config.webhooks = Webhooks {
        networks: vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
        ca_file: authority.map(|authority| authority.file("ca.pem")),
    };
}

/// A server with its owner's cookie.
pub struct Site {
    pub app: App,
    pub owner: String,
    pub organization: String,
}

impl Site {
    pub async fn new(authority: Option<&Authority>) -> Self {
        Self::with(|config| settle(config, authority)).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let app = App::with(change).await;
        let body = set_up_body(&app.link().await);
        let answer = app.post("/api/setup", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        let owner = answer.cookie();
        let mut site = Self {
            app,
            owner,
            organization: String::new(),
        };
        let organizations = site.ask(Method::GET, "/api/organizations", None).await.json();
        site.organization = organizations["items"][0]["id"].as_str().unwrap().to_owned();
        site
    }

    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let headers = [("cookie", self.owner.as_str()), ("if-match", "*")];
        self.app
            .send(request(method, path, &headers, body.as_ref()))
            .await
    }

    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// A webhook for new sites: its identifier and its secret.
    pub async fn webhook(&self, url: &str) -> (String, String) {
        self.webhook_for(url, &["site.created"], None).await
    }

    pub async fn webhook_for(&self, url: &str, types: &[&str], expression: Option<&str>) -> (String, String) {
        let body = json!({ "name": "Receiver", "url": url, "event_types": types, "expression": expression });
        let answer = self.ask(Method::POST, "/api/webhooks", Some(body)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        let made = answer.json();
        let id = made["webhook"]["id"].as_str().unwrap().to_owned();
        (id, made["secret"].as_str().unwrap().to_owned())
    }

    /// Something happens: a site is made.
    pub async fn happen(&self, name: &str) {
        let body = json!({ "organization_id": self.organization, "name": name });
        let answer = self.ask(Method::POST, "/api/sites", Some(body)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    }

    /// Does what the server does by itself when something is due.
    pub async fn deliver(&self) -> usize {
        farol_server::webhooks::deliver_due(&self.app.ctx).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()
    }

    pub async fn hook(&self, id: &str) -> Value {
        self.get(&format!("/api/webhooks/{id}")).await
    }

    /// The events of a webhook, newest first.
    pub async fn deliveries(&self, id: &str) -> Vec<Value> {
        let list = self.get(&format!("/api/webhooks/{id}/deliveries")).await;
        list["items"].as_array().unwrap().clone()
    }

    /// The newest event of a webhook, with its attempts.
    pub async fn newest(&self, id: &str) -> Value {
        let newest = &self.deliveries(id).await[0];
        let newest = newest["id"].as_str().unwrap();
        self.get(&format!("/api/webhooks/{id}/deliveries/{newest}")).await
    }

    /// Moves the clock, and the receiver's.
    pub async fn wait(&self, by: Duration, receiver: &mut Receiver, secrets: &[&str]) {
        self.app.clock.advance(by);
        receiver.knows(secrets, self.now().0 / 1000).await;
    }

    /// The actions in the audit, newest first.
    pub async fn actions(&self) -> Vec<String> {
        let answer = self.get("/api/audit").await;
        let items = answer["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|entry| entry["action"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// A clock that stands still until the test moves it, at the time of the other tests.
pub fn clock() -> Clock {
    Clock::manual(common::START)
}

/// Asserts that a delivery is as it should be.
#[track_caller]
pub fn is(delivery: &Value, state: &str, attempts: i64, code: Option<&str>) {
    assert_eq!(delivery["state"], state, "{delivery}");
    assert_eq!(delivery["attempts"], attempts, "{delivery}");
    assert_eq!(delivery["failure"]["code"].as_str(), code, "{delivery}");
}
