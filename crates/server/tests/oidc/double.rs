//! An issuer of ours that lies as it is told. What it says by default is right.
#![allow(dead_code, reason = "each binary uses its part")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use farol_server::clock::Clock;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// As it should be.
    Right,
    /// By another key under the same name.
    OtherKey,
    /// By another key that nobody has heard of.
    UnknownKey,
    /// Not at all.
    None,
    /// With the client secret (HS256).
    Secret,
}

struct Inner {
    issuer: String,
    redirect_uri: String,
    clock: Clock,
    key: SigningKey,
    key_name: String,
    metadata: Value,
    claims: Value,
    more: Value,
    signed: Signed,
    challenge: String,
    answer: Option<(StatusCode, Value)>,
    asked: Vec<String>,
}

/// The issuer, while it runs.
pub struct Double {
    pub issuer: String,
    inner: Arc<Mutex<Inner>>,
    task: JoinHandle<()>,
}

impl Drop for Double {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Double {
    /// For a server whose redirect URI is this.
    pub async fn start(clock: &Clock, redirect_uri: &str) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner {
            issuer: issuer.clone(),
            redirect_uri: redirect_uri.to_owned(),
            clock: clock.clone(),
            key: SigningKey::from_bytes(&[7; 32]),
            key_name: "one".into(),
            metadata: json!({}),
            claims: json!({}),
            more: json!({}),
            signed: Signed::Right,
            challenge: String::new(),
            answer: None,
            asked: Vec::new(),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(Arc::clone(&inner));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { issuer, inner, task }
    }

    fn set(&self, change: impl FnOnce(&mut Inner)) {
        change(&mut self.inner.lock().unwrap());
    }

    /// What it says of itself beside the usual.
    pub fn metadata(&self, more: Value) {
        self.set(|inner| inner.metadata = more);
    }

    /// What it says at its token endpoint instead of tokens.
    pub fn answers(&self, status: StatusCode, body: Value) {
        self.set(|inner| inner.answer = Some((status, body)));
    }

    /// What it says at its userinfo endpoint beside the subject.
    pub fn tells_more(&self, more: Value) {
        self.set(|inner| inner.more = more);
    }

    /// It has another key from now on.
    pub fn new_key(&self) {
        self.set(|inner| {
            inner.key = SigningKey::from_bytes(&[9; 32]);
            inner.key_name = "two".into();
        });
    }

    /// The next token is for the visit of this address, to which a browser was sent, with these claims on top; `null` leaves one out.
    pub fn vouches(&self, location: &str, claims: Value) {
        self.signs(location, claims, Signed::Right);
    }

    pub fn signs(&self, location: &str, claims: Value, signed: Signed) {
        self.set(|inner| {
            let now = inner.clock.now().0 / 1000;
            let mut all = json!({
                "iss": inner.issuer, "aud": "farol", "sub": "ana-1", "nonce": parameter(location, "nonce"),
                "iat": now, "exp": now + 300,
            });
            for (name, value) in claims.as_object().unwrap() {
                all[name] = value.clone();
            }
            all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            inner.claims = all;
            inner.signed = signed;
            inner.challenge = parameter(location, "code_challenge");
        });
    }

    /// The paths that were asked for since the last look.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.inner.lock().unwrap().asked)
    }
}

type Shared = State<Arc<Mutex<Inner>>>;

async fn metadata(State(inner): Shared) -> Json<Value> {
    let mut inner = inner.lock().unwrap();
    inner.asked.push("metadata".into());
    let issuer = inner.issuer.clone();
    let mut said = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "end_session_endpoint": format!("{issuer}/end"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
        "code_challenge_methods_supported": ["S256"],
    });
    for (name, value) in inner.metadata.as_object().unwrap() {
        said[name] = value.clone();
    }
    said.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    Json(said)
}

async fn keys(State(inner): Shared) -> Json<Value> {
    let mut inner = inner.lock().unwrap();
    inner.asked.push("keys".into());
    let x = URL_SAFE_NO_PAD.encode(inner.key.verifying_key().as_bytes());
    Json(json!({ "keys": [
        { "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": inner.key_name, "x": x },
    ] }))
}

#[derive(Deserialize)]
struct Exchange {
    code_verifier: String,
    redirect_uri: String,
}

async fn token(
    State(inner): Shared,
    headers: HeaderMap,
    Form(form): Form<Exchange>,
) -> (StatusCode, Json<Value>) {
    let mut inner = inner.lock().unwrap();
    inner.asked.push("token".into());
    let secret = STANDARD.encode("farol:a+secret+of+the+two+of+us");
    assert_eq!(headers["authorization"], format!("Basic {secret}"));
    assert_eq!(form.redirect_uri, inner.redirect_uri);
    if let Some((status, body)) = inner.answer.clone() {
        return (status, Json(body));
    }
    if challenge_of(&form.code_verifier) != inner.challenge {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })));
    }
    let said =
        json!({ "access_token": "an access token", "token_type": "Bearer", "id_token": id_token(&inner) });
    (StatusCode::OK, Json(said))
}

fn id_token(inner: &Inner) -> String {
    let (algorithm, name) = match inner.signed {
        Signed::None => ("none", json!(null)),
        Signed::Secret => ("HS256", json!(null)),
        Signed::UnknownKey => ("EdDSA", json!("nobody's")),
        Signed::Right | Signed::OtherKey => ("EdDSA", json!(inner.key_name)),
    };
    let mut header = json!({ "alg": algorithm, "kid": name });
    header
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&inner.claims));
    let signature = match inner.signed {
        Signed::Right => inner.key.sign(signed.as_bytes()).to_bytes().to_vec(),
        Signed::OtherKey | Signed::UnknownKey => SigningKey::from_bytes(&[8; 32])
            .sign(signed.as_bytes())
            .to_bytes()
            .to_vec(),
        Signed::None => Vec::new(),
        Signed::Secret => hs256(b"a secret of the two of us", signed.as_bytes()),
    };
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// HMAC with SHA-256 (RFC 2104).
fn hs256(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::digest([&block.map(|byte| byte ^ 0x36)[..], text].concat());
    Sha256::digest([&block.map(|byte| byte ^ 0x5c)[..], &inner].concat()).to_vec()
}

async fn userinfo(State(inner): Shared, headers: HeaderMap) -> Json<Value> {
    let mut inner = inner.lock().unwrap();
    inner.asked.push("userinfo".into());
    assert_eq!(headers["authorization"], "Bearer an access token");
    let mut said = json!({ "sub": inner.claims["sub"] });
    for (name, value) in inner.more.as_object().unwrap() {
        said[name] = value.clone();
    }
    Json(said)
}

/// A parameter of an address. What is looked for has no escapes.
pub fn parameter(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').unwrap();
    let found = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    found
        .unwrap_or_else(|| panic!("no {name} in {address}"))
        .to_owned()
}

fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}
