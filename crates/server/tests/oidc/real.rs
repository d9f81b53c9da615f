//! A provider that is not ours: `oidc-provider` from npm, certified, with its own pages, which a browser of ours fills in.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::double::parameter;
use crate::{FAROL, PATIENCE, Stage, assert_refused, assert_signed_in, common::START};

/// The provider, while it runs.
struct Peer {
    child: Child,
    issuer: String,
    people: PathBuf,
    _directory: tempfile::TempDir,
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Peer {
    fn start() -> Self {
        let place = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/peers/oidc");
        let installed = place.join("node_modules/oidc-provider/package.json");
        assert!(
            installed.exists(),
            "oidc-provider is not installed: run `npm ci` in {}, or `cargo xtask test`, which does",
            place.display()
        );
        let directory = tempfile::tempdir().unwrap();
        let people = directory.path().join("people.json");
        std::fs::write(&people, "{}").unwrap();
        let mut child = Command::new("node")
            .arg("provider.mjs")
            .current_dir(place)
            .env("FAROL_URL", FAROL)
            .env("PEOPLE", &people)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Node.js is there");
        let mut issuer = String::new();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap());
        lines.read_line(&mut issuer).unwrap();
        let issuer = issuer.trim().to_owned();
        assert!(
            issuer.starts_with("http://127.0.0.1:"),
            "it says where it is: {issuer:?}"
        );
        Self {
            child,
            issuer,
            people,
            _directory: directory,
        }
    }

    fn knows(&self, people: &Value) {
        let mut file = std::fs::File::create(&self.people).unwrap();
        file.write_all(people.to_string().as_bytes()).unwrap();
    }
}

/// A browser that keeps cookies and follows nothing by itself.
#[derive(Default)]
struct Browser {
    cookies: BTreeMap<String, String>,
}

impl Browser {
    async fn send(
        &mut self,
        method: Method,
        address: &str,
        form: &str,
    ) -> (StatusCode, Option<String>, String) {
        let uri: Uri = address.parse().unwrap();
        let authority = uri.authority().unwrap().to_string();
        let stream = TcpStream::connect(&authority).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        let driven = tokio::spawn(connection);
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::builder()
            .method(method)
            .uri(uri.path_and_query().unwrap().as_str())
            .header("host", &authority)
            .header(COOKIE, cookies.join("; "))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(form.to_owned())))
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        for set in answer.headers().get_all(SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get(LOCATION).map(|place| {
            let place = place.to_str().unwrap();
            if place.starts_with('/') {
                format!("http://{authority}{place}")
            } else {
                place.to_owned()
            }
        });
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        driven.abort();
        (status, location, String::from_utf8_lossy(&body).into_owned())
    }

    /// Signs in on the provider's pages as `person`: what it sends the browser back to us with.
    async fn signs_in(&mut self, start: &str, person: &str) -> String {
        let mut address = start.to_owned();
        for _ in 0..12 {
            if let Some(query) = address.strip_prefix(&format!("{FAROL}/api/oidc/callback?")) {
                return query.to_owned();
            }
            let (status, location, page) = self.send(Method::GET, &address, "").await;
            if let Some(next) = location {
                address = next;
                continue;
            }
            assert_eq!(status, StatusCode::OK, "{address} {page}");
            let form = if page.contains("name=\"prompt\" value=\"login\"") {
                format!("prompt=login&login={person}&password=anything")
            } else {
                assert!(page.contains("name=\"prompt\" value=\"consent\""), "{page}");
                "prompt=consent".to_owned()
            };
            let (_, location, page) = self.send(Method::POST, &address, &form).await;
            address = location.unwrap_or_else(|| panic!("the form leads nowhere: {page}"));
        }
        panic!("the provider's pages have no end");
    }
}

/// The provider's clock is the real one, so ours has to be.
fn set_clock(stage: &Stage) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let start = Duration::from_millis(u64::try_from(START.0).unwrap());
    stage.app.clock.advance(now.saturating_sub(start));
}

#[tokio::test]
async fn somebody_of_a_real_provider_gets_an_account_roles_by_groups_and_is_signed_out() {
    let story = async {
        let peer = Peer::start();
        let mut stage = Stage::new().await;
        set_clock(&stage);
        // Its login began before the clock was set.
        let again = json!({ "email": crate::common::EMAIL, "password": crate::common::PASSWORD });
        stage.owner = stage.app.post("/api/logins", &again).await.cookie();
        let here = json!({ "kind": "organization", "organization_id": stage.organization().await });
        let settings = json!({
            "creates_accounts": true, "accounts_max": 1, "groups_claim": "groups",
            "scopes": ["profile", "email", "groups"],
            "mappings": [{ "group": "support", "role": "technician", "place": here }],
        });
        let provider = stage.provider(&peer.issuer, settings).await;
        let path = format!("/api/identity-providers/{provider}/check");
        let found = stage
            .ask(&stage.owner, Method::POST, &path, Some(&json!({})))
            .await
            .json();
        assert_eq!(
            (&found["ok"], &found["findings"]),
            (&json!(true), &json!([])),
            "{found}"
        );

        let mut people = json!({
            "ana": { "name": "Ana Lima", "locale": "pt-BR", "email": "ana@example.org", "email_verified": true, "groups": ["support"] },
            "bia": { "name": "Bia", "email": "bia@example.org", "email_verified": true },
        });
        peer.knows(&people);
        let visit = stage.start(&provider).await;
        let mut browser = Browser::default();
        let query = browser.signs_in(&visit.location, "ana").await;
        assert_eq!(parameter(&format!("?{query}"), "state"), visit.state);
        assert!(query.contains("&iss="), "it says who it is (RFC 9207): {query}");
        let cookie = assert_signed_in(&stage.back_with(&visit.cookie, &query).await);
        let me = stage.me(&cookie).await;
        assert_eq!(me["account"]["name"], "Ana Lima");
        assert_eq!(me["account"]["locale"], "pt-BR");
        assert_eq!(me["organizations"][0]["roles"][0]["key"], "technician");
        assert_refused(&stage.back_with(&visit.cookie, &query).await, "sign_in_used");

        // One account is all that it may have made.
        let other = stage.start(&provider).await;
        let query = Browser::default().signs_in(&other.location, "bia").await;
        assert_refused(
            &stage.back_with(&other.cookie, &query).await,
            "account_limit_reached",
        );

        // Out of the group, in again: the provider knows the browser, and the role is gone.
        people["ana"]["groups"] = json!([]);
        peer.knows(&people);
        let visit = stage.start(&provider).await;
        let query = browser.signs_in(&visit.location, "ana").await;
        let cookie = assert_signed_in(&stage.back_with(&visit.cookie, &query).await);
        assert_eq!(stage.me(&cookie).await["organizations"], json!([]));

        // Whoever says no there comes back with that.
        let visit = stage.start(&provider).await;
        let refused = format!("error=access_denied&state={}&iss={}", visit.state, peer.issuer);
        assert_refused(
            &stage.back_with(&visit.cookie, &refused).await,
            "provider_refused",
        );

        let path = "/api/logins/current/sign-out-url";
        let url = stage.ask(&cookie, Method::GET, path, None).await.json()["url"].clone();
        let (status, _, page) = browser.send(Method::GET, url.as_str().unwrap(), "").await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(
            page.contains("logout"),
            "it asks whether to sign out there: {page}"
        );
    };
    tokio::time::timeout(PATIENCE, story)
        .await
        .expect("the story ends");
}
