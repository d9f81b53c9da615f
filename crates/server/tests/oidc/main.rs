//! Signing in with OpenID providers: with two real ones that have nothing in common (`oidc-provider`, certified, and glewlwyd), and with
//! a double of ours for all that a real one never does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod admitting;
mod browser;
#[path = "../common/mod.rs"]
mod common;
mod double;
mod glewlwyd;
mod hostile;
mod managing;
mod real;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{Method, StatusCode};
use common::{Answer, App, request};
use double::{Double, parameter};
use farol_server::config::PublicUrl;
use serde_json::{Value, json};

/// Where the server says that it is; nobody listens there.
pub const FAROL: &str = "http://127.0.0.1:8480";
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(40);

/// A server with an owner, and their cookie.
pub struct Stage {
    pub app: App,
    pub owner: String,
}

/// A browser on its way to an issuer.
pub struct Visit {
    pub state: String,
    pub location: String,
    pub cookie: String,
}

impl Stage {
    pub async fn new() -> Self {
        let app = App::with(|config| config.public_url = PublicUrl::parse(FAROL).unwrap()).await;
        let body = common::set_up_body(&app.link().await);
        let answer = app.post("/api/setup", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        let owner = answer.cookie();
        Self { app, owner }
    }

    /// One on the real clock, as real providers are.
    pub async fn in_real_time() -> Self {
        let mut stage = Self::new().await;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let start = Duration::from_millis(u64::try_from(common::START.0).unwrap());
        stage.app.clock.advance(now.saturating_sub(start));
        // Its login began before the clock was set.
        let again = json!({ "email": common::EMAIL, "password": common::PASSWORD });
        stage.owner = stage.app.post("/api/logins", &again).await.cookie();
        stage
    }

    /// An issuer that lies as it is told.
    pub async fn double(&self) -> Double {
        Double::start(&self.app.clock, &format!("{FAROL}/api/oidc/callback")).await
    }

    /// As somebody with a cookie; the version is any.
    pub async fn ask(&self, cookie: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let headers = [("cookie", cookie), ("if-match", "*")];
        self.app.send(request(method, path, &headers, body)).await
    }

    /// Makes a provider of `issuer` with these settings on top; its identifier.
    pub async fn provider(&self, issuer: &str, more: Value) -> String {
        let mut wanted = json!({
            "name": "Example ID",
            "issuer": issuer,
            "client_id": "farol",
            "client_secret": "a secret of the two of us",
        });
        for (name, value) in more.as_object().unwrap() {
            wanted[name] = value.clone();
        }
        let made = self
            .ask(
                &self.owner,
                Method::POST,
                "/api/identity-providers",
                Some(&wanted),
            )
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        made.json()["id"].as_str().unwrap().to_owned()
    }

    pub async fn change(&self, provider: &str, change: Value) {
        let path = format!("/api/identity-providers/{provider}");
        let answer = self.ask(&self.owner, Method::PATCH, &path, Some(&change)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }

    /// Presses the button.
    pub async fn start(&self, provider: &str) -> Visit {
        self.start_with(provider, "", "").await
    }

    pub async fn start_with(&self, provider: &str, query: &str, cookie: &str) -> Visit {
        let path = format!("/api/identity-providers/{provider}/start{query}");
        let answer = self.app.get(&path, &[("cookie", cookie)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        let location = answer.headers["location"].to_str().unwrap().to_owned();
        let set = answer.headers["set-cookie"].to_str().unwrap();
        for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=600"] {
            assert!(set.contains(attribute), "{set}");
        }
        assert!(set.starts_with("__Host-"), "{set}");
        Visit {
            state: parameter(&location, "state"),
            location,
            cookie: answer.cookie(),
        }
    }

    /// The issuer sends the browser back.
    pub async fn back(&self, visit: &Visit, query: &str) -> Answer {
        self.back_with(&visit.cookie, &format!("state={}&{query}", visit.state))
            .await
    }

    pub async fn back_with(&self, cookie: &str, query: &str) -> Answer {
        let path = format!("/api/oidc/callback?{query}");
        self.app.get(&path, &[("cookie", cookie)]).await
    }

    pub async fn me(&self, cookie: &str) -> Value {
        let answer = self.ask(cookie, Method::GET, "/api/me", None).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()
    }

    pub async fn organization(&self) -> String {
        let me = self.me(&self.owner).await;
        me["organizations"][0]["id"].as_str().unwrap().to_owned()
    }

    /// The newest entries of an action, after those that are written behind an answer.
    pub async fn audit(&self, action: &str) -> Vec<Value> {
        let path = format!("/api/audit?action={action}");
        let listed = self.ask(&self.owner, Method::GET, &path, None).await;
        listed.json()["items"].as_array().unwrap().clone()
    }

    /// Waits until what goes on behind answers is done.
    pub async fn settle(&self) {
        let tasks = &self.app.ctx.tasks;
        tasks.close();
        tokio::time::timeout(PATIENCE, tasks.wait())
            .await
            .expect("tasks end");
        tasks.reopen();
    }
}

/// What a page that goes on by itself leads to.
pub fn leads_to(answer: &Answer) -> String {
    let (_, rest) = answer
        .text
        .split_once("content=\"0;url=")
        .unwrap_or_else(|| panic!("{answer:?}"));
    rest.split_once('"').unwrap().0.replace("&amp;", "&")
}

/// Asserts a refusal: the sign-in page with this code and the request's id, and no login.
#[track_caller]
pub fn assert_refused(answer: &Answer, code: &str) {
    assert_refused_on("/sign-in", answer, code);
}

/// The same, of whoever wanted to connect.
#[track_caller]
pub fn assert_not_connected(answer: &Answer, code: &str) {
    assert_refused_on("/connections", answer, code);
}

#[track_caller]
fn assert_refused_on(page: &str, answer: &Answer, code: &str) {
    let id = answer.headers["x-request-id"].to_str().unwrap();
    assert_eq!(
        leads_to(answer),
        format!("{page}#problem={code}&request={id}"),
        "{answer:?}"
    );
    assert!(!answer.status.is_success(), "{answer:?}");
    assert!(login(answer).is_none(), "{answer:?}");
}

/// The login that an answer gives.
pub fn login(answer: &Answer) -> Option<String> {
    let mut set = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap());
    let found = set.find(|value| value.starts_with("__Host-farol="))?;
    assert!(found.contains("SameSite=Strict"), "{found}");
    Some(found.split(';').next().unwrap().to_owned())
}

#[track_caller]
pub fn assert_signed_in(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    login(answer).unwrap_or_else(|| panic!("no login in {answer:?}"))
}
