//! What the server's test binaries share: a server in a temporary directory, and a client that speaks to its router
//! without sockets.
#![allow(dead_code, reason = "each binary uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

pub mod authenticator;
pub mod described;
pub mod ports;
pub mod postgres;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use farol_server::accounts::{self, SetUp, Started};
use farol_server::clock::{Clock, Timestamp};
use farol_server::config::Config;
use farol_server::http::{COOKIE, RequestInfo, Transport};
use farol_server::ids::RequestId;
use farol_server::{Ctx, server};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

pub const EMAIL: &str = "ann@example.org";
pub const PASSWORD: &str = "tall lighthouse keeper";
pub const START: Timestamp = Timestamp(1_772_366_400_000);

/// A server without sockets, on a clock that the test moves.
pub struct App {
    pub ctx: Ctx,
    pub clock: Clock,
    router: Router,
    _directory: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The login cookie as a browser would send it back.
    pub fn cookie(&self) -> String {
        let set = self.headers["set-cookie"].to_str().unwrap();
        set.split(';').next().unwrap().to_owned()
    }

    /// Asserts that this is a complete problem with `code`.
    #[track_caller]
    pub fn assert_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(
            self.headers["content-type"], "application/problem+json",
            "{self:?}"
        );
        let problem = self.json();
        assert_eq!(problem["code"], code, "{self:?}");
        assert_eq!(problem["status"], status, "{self:?}");
        assert_eq!(
            problem["request_id"],
            self.headers["x-request-id"].to_str().unwrap()
        );
        assert!(
            problem["detail"].as_str().is_some_and(|text| text.ends_with('.')),
            "no sentence: {problem}"
        );
        problem
    }
}

impl App {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::manual(START);
        let mut config = Config::for_tests(directory.path());
        change(&mut config);
        let ctx = server::open(config, clock.clone()).await.unwrap();
        let router = farol_server::http::router(&ctx);
        Self {
            ctx,
            clock,
            router,
            _directory: directory,
        }
    }

    /// A server with an owner; the second value is their cookie.
    pub async fn set_up() -> (Self, String) {
        let app = Self::new().await;
        let answer = app.post("/api/setup", &set_up_body(&app.link().await)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        let cookie = answer.cookie();
        (app, cookie)
    }

    /// A fresh one-time token, as the command line makes it.
    pub async fn link(&self) -> String {
        let link = accounts::create_link(&self.ctx.db, &self.clock, None)
            .await
            .unwrap();
        link.path.split_once('=').unwrap().1.to_owned()
    }

    /// An answer whose body is read by the test.
    pub async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// What the server answers. An answer that its description does not have fails the test.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().to_string());
        let response = self.open(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        described::check(&described::Seen {
            method: &method,
            path: &path,
            status: parts.status.as_u16(),
            content_type: parts
                .headers
                .get("content-type")
                .and_then(|kind| kind.to_str().ok()),
            text: &text,
        });
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(request(Method::GET, path, headers, None)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(request(Method::POST, path, &[], Some(body))).await
    }
}

/// A request from 192.0.2.1; `headers` come on top.
pub fn request(method: Method, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Request<Body> {
    let mut builder = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "127.0.0.1:8480");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    if body.is_some() {
        builder = builder.header("content-type", "application/json");
    }
    let bytes = body.map(Value::to_string).unwrap_or_default();
    let mut request = builder.body(Body::from(bytes)).unwrap();
    let peer = SocketAddr::from(([192, 0, 2, 1], 50_000));
    request.extensions_mut().insert(ConnectInfo(peer));
    // As through the server's own TLS; what comes without is refused.
    request
        .extensions_mut()
        .insert(Transport::Tls { certificate: [0; 32] });
    request
}

pub fn set_up_body(token: &str) -> Value {
    json!({
        "token": token,
        "name": "Ann Martins",
        "email": EMAIL,
        "password": PASSWORD,
        "organization": "Rock Light",
        "locale": "pt-BR",
    })
}

/// A login of an account without second factors.
pub fn signed_in(came: accounts::Entered) -> Started {
    match came {
        accounts::Entered::In(started) => started,
        accounts::Entered::Asked(asked) => panic!("asked for a second factor: {asked:?}"),
    }
}

/// A rule's view of a request from `192.0.2.1`.
pub fn rule_request() -> accounts::Request<'static> {
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    accounts::Request {
        info: RequestInfo {
            id: RequestId::new(),
            address,
        },
        user_agent: "test",
    }
}

/// Makes the first account by the rules alone.
pub async fn owner(ctx: &Ctx) -> Started {
    let link = accounts::create_link(&ctx.db, &ctx.clock, None).await.unwrap();
    let token = link.path.split_once('=').unwrap().1;
    accounts::set_up(ctx, &rule_request(), set_up_form(token))
        .await
        .unwrap()
}

pub fn set_up_form(token: &str) -> SetUp {
    SetUp {
        token: token.to_owned(),
        name: "Ann Martins".into(),
        email: EMAIL.into(),
        password: PASSWORD.into(),
        organization: "Rock Light".into(),
        locale: "en".into(),
    }
}

pub fn cookie_of(started: &Started) -> String {
    format!("{COOKIE}={}", started.secret.expose())
}
