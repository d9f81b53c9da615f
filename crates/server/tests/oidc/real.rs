//! A provider that is not ours: `oidc-provider` from npm, certified, with its own pages, which a browser of ours fills in.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::double::parameter;
use crate::{FAROL, PATIENCE, Stage, assert_refused, assert_signed_in};

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

/// Signs in on the provider's pages as `person`: what it sends the browser back to us with.
async fn signs_in(browser: &mut Browser, start: &str, person: &str) -> String {
    let mut address = start.to_owned();
    for _ in 0..12 {
        if let Some(query) = address.strip_prefix(&format!("{FAROL}/api/oidc/callback?")) {
            return query.to_owned();
        }
        let page = browser.get(&address).await;
        if let Some(next) = &page.location {
            next.clone_into(&mut address);
            continue;
        }
        assert_eq!(page.status, StatusCode::OK, "{address} {page:?}");
        let form = if page.text.contains("name=\"prompt\" value=\"login\"") {
            format!("prompt=login&login={person}&password=anything")
        } else {
            assert!(
                page.text.contains("name=\"prompt\" value=\"consent\""),
                "{page:?}"
            );
            "prompt=consent".to_owned()
        };
        let page = browser.submit(&address, &form).await;
        address = page
            .location
            .unwrap_or_else(|| panic!("the form leads nowhere: {}", page.text));
    }
    panic!("the provider's pages have no end");
}

#[tokio::test]
async fn somebody_of_a_real_provider_gets_an_account_roles_by_groups_and_is_signed_out() {
    let story = async {
        let peer = Peer::start();
        let stage = Stage::in_real_time().await;
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
        let query = signs_in(&mut browser, &visit.location, "ana").await;
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
        let query = signs_in(&mut Browser::default(), &other.location, "bia").await;
        assert_refused(
            &stage.back_with(&other.cookie, &query).await,
            "account_limit_reached",
        );

        // Out of the group, in again: the provider knows the browser, and the role is gone.
        people["ana"]["groups"] = json!([]);
        peer.knows(&people);
        let visit = stage.start(&provider).await;
        let query = signs_in(&mut browser, &visit.location, "ana").await;
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
        let page = browser.get(url.as_str().unwrap()).await;
        assert_eq!(page.status, StatusCode::OK, "{page:?}");
        assert!(
            page.text.contains("logout"),
            "it asks whether to sign out there: {page:?}"
        );
    };
    tokio::time::timeout(PATIENCE, story)
        .await
        .expect("the story ends");
}
