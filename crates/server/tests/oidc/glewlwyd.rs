//! A second provider that is not ours, with no line in common with the first: Debian's `glewlwyd`, written in C. Its pages are a program
//! in the browser, so what they ask of it is asked here.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::common::ports::free_port;
use crate::double::parameter;
use crate::{FAROL, PATIENCE, Stage, Visit, assert_refused, assert_signed_in};

/// The tables it begins with, and an administrator.
const TABLES: &str = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
/// The administrator's password in them.
const ADMINISTRATORS: &str = "password";
/// It takes the credentials of clients as they come, though RFC 6749 (section 2.3.1) has them encoded: nothing in here changes by that.
const SECRET: &str = "a-secret-of-the-two-of-us";
const PASSWORD: &str = "ana keeps her own light";
const SCOPES: [&str; 4] = ["openid", "profile", "email", "groups"];

/// The provider, while it runs, and its administrator's browser.
struct Peer {
    child: Child,
    /// Where it listens.
    origin: String,
    /// What signs its tokens, and so the name of its plugin.
    keys: &'static str,
    administrator: Browser,
    directory: tempfile::TempDir,
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Peer {
    /// One that signs with keys of this kind, knows Farol as a client, and knows Ana.
    async fn start(keys: &'static str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        lay_tables(&directory.path().join("glewlwyd.db")).await;
        let port = free_port();
        let origin = format!("http://127.0.0.1:{port}");
        let configuration = directory.path().join("glewlwyd.conf");
        std::fs::write(&configuration, configured(port, directory.path())).unwrap();
        let log = std::fs::File::create(directory.path().join("log")).unwrap();
        let child = Command::new("glewlwyd")
            .arg("-c")
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("glewlwyd: {error}; install the Debian package glewlwyd"));
        let mut peer = Self {
            child,
            origin,
            keys,
            administrator: Browser::default(),
            directory,
        };
        peer.answers(port).await;
        let credentials = json!({ "username": "admin", "password": ADMINISTRATORS });
        peer.administer(Method::POST, "auth/", &credentials).await;
        peer.set_up().await;
        peer
    }

    async fn answers(&mut self, port: u16) {
        let log = self.directory.path().join("log");
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            let ended = self.child.try_wait().unwrap();
            let said = || std::fs::read_to_string(&log).unwrap();
            assert!(ended.is_none(), "it ended: {}", said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn issuer(&self) -> String {
        format!("{}/api/{}", self.origin, self.keys)
    }

    async fn administer(&mut self, method: Method, path: &str, body: &Value) -> String {
        let address = format!("{}/api/{path}", self.origin);
        let done = self.administrator.call(method, &address, body).await;
        assert_eq!(done.status, StatusCode::OK, "{path}: {done:?}");
        done.text
    }

    async fn set_up(&mut self) {
        let plugin = plugin(&self.issuer(), self.keys, self.directory.path());
        self.administer(Method::POST, "mod/plugin/", &plugin).await;
        for scope in &SCOPES[1..] {
            let scope =
                json!({ "name": scope, "display_name": scope, "password_required": false, "scheme": {} });
            self.administer(Method::POST, "scope/", &scope).await;
        }
        let users = self
            .administer(Method::GET, "mod/user/database", &Value::Null)
            .await;
        let mut users: Value = serde_json::from_str(&users).unwrap();
        for (property, multiple) in [("groups", true), ("email-verified", false), ("locale", false)] {
            users["parameters"]["data-format"][property] =
                json!({ "multiple": multiple, "read": true, "write": true });
        }
        self.administer(Method::PUT, "mod/user/database", &users).await;
        self.administer(Method::PUT, "mod/user/database/reset", &Value::Null)
            .await;
        let mut ana = ana(&["support", "night"]);
        ana["username"] = json!("ana");
        ana["password"] = json!(PASSWORD);
        self.administer(Method::POST, "user/", &ana).await;
        let client = json!({
            "client_id": "farol", "name": "Farol", "client_secret": SECRET, "confidential": true, "enabled": true,
            "redirect_uri": [format!("{FAROL}/api/oidc/callback")], "authorization_type": ["code"],
            "token_endpoint_auth_method": ["client_secret_basic"], "scope": [],
        });
        self.administer(Method::POST, "client/", &client).await;
    }

    /// Ana's groups from now on.
    async fn regroup(&mut self, groups: &[&str]) {
        self.administer(Method::PUT, "user/ana", &ana(groups)).await;
    }

    /// Whether this is where it asks people for their password.
    fn asks(&self, location: Option<&str>) -> bool {
        location.is_some_and(|place| place.starts_with(&format!("{}/login.html?", self.origin)))
    }

    /// Ana signs in and agrees: what it sends the browser back to us with.
    async fn signs_in(&self, browser: &mut Browser, visit: &Visit) -> String {
        let page = browser.get(&visit.location).await;
        assert!(self.asks(page.location.as_deref()), "{page:?}");
        let (auth, grant) = (
            format!("{}/api/auth/", self.origin),
            format!("{}/api/auth/grant/farol/", self.origin),
        );
        let ana = json!({ "username": "ana", "password": PASSWORD });
        let page = browser.call(Method::POST, &auth, &ana).await;
        assert_eq!(page.status, StatusCode::OK, "{page:?}");
        let agreed = json!({ "scope": SCOPES.join(" ") });
        let page = browser.call(Method::PUT, &grant, &agreed).await;
        assert_eq!(page.status, StatusCode::OK, "{page:?}");
        goes_on(browser, visit).await
    }
}

/// What it sends the browser of somebody whom it knows back to us with.
async fn goes_on(browser: &mut Browser, visit: &Visit) -> String {
    let page = browser.get(&confirmed(visit)).await;
    let place = page.location.unwrap_or_else(|| panic!("{}", page.text));
    let query = place.strip_prefix(&format!("{FAROL}/api/oidc/callback?"));
    query.unwrap_or_else(|| panic!("{place}")).to_owned()
}

/// Where its login page leads after the person confirmed who they are.
fn confirmed(visit: &Visit) -> String {
    format!("{}&g_continue", visit.location)
}

async fn lay_tables(file: &Path) {
    let tables = std::fs::read_to_string(TABLES)
        .unwrap_or_else(|error| panic!("{TABLES}: {error}; install the Debian package glewlwyd"));
    let database = Database::connect(format!("sqlite://{}?mode=rwc", file.display()))
        .await
        .unwrap();
    database.execute_unprepared(&tables).await.unwrap();
    database.close().await.unwrap();
}

fn configured(port: u16, directory: &Path) -> String {
    let database = directory.join("glewlwyd.db");
    format!(
        r#"
port = {port}
bind_address = "127.0.0.1"
external_url = "http://127.0.0.1:{port}"
login_url = "login.html"
api_prefix = "api"
log_mode = "console"
log_level = "INFO"
session_key = "GLEWLWYD2_SESSION_ID"
login_api_enabled = true
admin_scope = "g_admin"
profile_scope = "g_profile"
user_module_path = "/usr/lib/glewlwyd/user"
client_module_path = "/usr/lib/glewlwyd/client"
user_auth_scheme_module_path = "/usr/lib/glewlwyd/scheme"
plugin_module_path = "/usr/lib/glewlwyd/plugin"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3"; path = "{}"; }};
"#,
        database.display()
    )
}

/// The part of it that is an OpenID provider: the code flow alone, and PKCE with S256 is not optional.
fn plugin(issuer: &str, keys: &str, directory: &Path) -> Value {
    let (private, public) = key_pair(keys, directory);
    let claim = |name: &str, property: &str, scope: &str, kind: &str| {
        json!({
            "name": name, "user-property": property, "scope": [scope], "type": kind, "mandatory": true,
            "boolean-value-true": "yes", "boolean-value-false": "no",
        })
    };
    json!({ "module": "oidc", "name": keys, "display_name": "Example ID", "parameters": {
        "iss": issuer, "jwt-type": keys, "jwt-key-size": "256", "key": private, "cert": public, "jwks-show": true,
        "access-token-duration": 3600, "refresh-token-duration": 3600, "code-duration": 600,
        "refresh-token-rolling": false, "subject-type": "public", "allow-non-oidc": false,
        "auth-type-code-enabled": true, "auth-type-token-enabled": false, "auth-type-id-token-enabled": true,
        "auth-type-password-enabled": false, "auth-type-client-enabled": false, "auth-type-refresh-enabled": false,
        "pkce-allowed": true, "pkce-required": true, "pkce-method-plain-allowed": false,
        "oauth-as-iss-id": true, "session-management-allowed": true,
        "session-cookie-name": "EXAMPLE_ID_SESSION", "session-cookie-expiration": 3600,
        "allowed-scope": SCOPES,
        "name-claim": "on-demand", "name-claim-scope": ["profile"],
        "email-claim": "on-demand", "email-claim-scope": ["email"],
        "claims": [
            claim("groups", "groups", "groups", "string"),
            claim("email_verified", "email-verified", "email", "boolean"),
            claim("locale", "locale", "profile", "string"),
        ],
    } })
}

/// A key pair, made for this run.
fn key_pair(keys: &str, directory: &Path) -> (String, String) {
    let kind: &[&str] = match keys {
        "rsa" => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        _ => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    };
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(directory)
            .output()
            .unwrap_or_else(|error| panic!("openssl: {error}; install the Debian package openssl"));
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    openssl(&[&["genpkey", "-out", "key.pem"][..], kind].concat());
    let private = std::fs::read_to_string(directory.join("key.pem")).unwrap();
    (private, openssl(&["pkey", "-in", "key.pem", "-pubout"]))
}

fn ana(groups: &[&str]) -> Value {
    json!({
        "name": "Ana Lima", "email": "ana@example.org", "email-verified": "yes", "locale": "pt-BR", "enabled": true,
        "scope": SCOPES, "groups": groups,
    })
}

/// It as a provider here, with an account for whoever is in its group `support`.
async fn introduced(stage: &Stage, peer: &Peer) -> String {
    let here = json!({ "kind": "organization", "organization_id": stage.organization().await });
    let settings = json!({
        "client_secret": SECRET, "creates_accounts": true, "groups_claim": "groups",
        "scopes": ["profile", "email", "groups"],
        "mappings": [{ "group": "support", "role": "technician", "place": here }],
    });
    stage.provider(&peer.issuer(), settings).await
}

async fn checked(stage: &Stage, provider: &str) -> Value {
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
    found["algorithms"].clone()
}

async fn sign_out_url(stage: &Stage, cookie: &str) -> String {
    let path = "/api/logins/current/sign-out-url";
    let answer = stage.ask(cookie, Method::GET, path, None).await.json();
    answer["url"].as_str().unwrap().to_owned()
}

/// The algorithm of the token that the sign-out address shows to its issuer.
fn algorithm(sign_out: &str) -> Value {
    let token = parameter(sign_out, "id_token_hint");
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["alg"].clone()
}

#[tokio::test]
async fn somebody_of_another_make_of_provider_gets_an_account_roles_by_groups_and_is_signed_out() {
    let story = async {
        let mut peer = Peer::start("rsa").await;
        let stage = Stage::in_real_time().await;
        let provider = introduced(&stage, &peer).await;
        let algorithms = checked(&stage, &provider).await;
        let rsa = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
        assert_eq!(algorithms, json!(rsa));

        let visit = stage.start(&provider).await;
        let mut browser = Browser::default();
        let query = peer.signs_in(&mut browser, &visit).await;
        assert_eq!(parameter(&format!("?{query}"), "state"), visit.state);
        assert!(query.contains("iss="), "it says who it is (RFC 9207): {query}");
        let cookie = assert_signed_in(&stage.back_with(&visit.cookie, &query).await);
        let me = stage.me(&cookie).await;
        assert_eq!(me["account"]["name"], "Ana Lima");
        assert_eq!(me["account"]["email"], "ana@example.org");
        assert_eq!(me["account"]["locale"], "pt-BR");
        assert_eq!(me["organizations"][0]["roles"][0]["key"], "technician");
        assert_refused(&stage.back_with(&visit.cookie, &query).await, "sign_in_used");

        // Out of the group, in again: the same account without the role.
        peer.regroup(&["night"]).await;
        let visit = stage.start(&provider).await;
        let query = goes_on(&mut browser, &visit).await;
        let cookie = assert_signed_in(&stage.back_with(&visit.cookie, &query).await);
        let again = stage.me(&cookie).await;
        assert_eq!(again["account"]["id"], me["account"]["id"]);
        assert_eq!(again["organizations"], json!([]));

        // Out there, too: it knows whom it is about, its page asks, and then it asks for a password again.
        let url = sign_out_url(&stage, &cookie).await;
        assert_eq!(algorithm(&url), "RS256");
        let place = browser.get(&url).await.location.unwrap();
        assert!(peer.asks(Some(&place)), "{place}");
        assert_eq!(parameter(&place, "prompt"), "end_session");
        let session = format!("{}/session/{}/", peer.issuer(), parameter(&place, "sid"));
        let ended = browser.call(Method::DELETE, &session, &Value::Null).await;
        assert_eq!(ended.status, StatusCode::OK, "{ended:?}");
        let auth = format!("{}/api/auth/", peer.origin);
        let ended = browser.call(Method::DELETE, &auth, &Value::Null).await;
        assert_eq!(ended.status, StatusCode::OK, "{ended:?}");
        let visit = stage.start(&provider).await;
        let page = browser.get(&confirmed(&visit)).await;
        assert!(peer.asks(page.location.as_deref()), "{page:?}");
    };
    tokio::time::timeout(PATIENCE, story)
        .await
        .expect("the story ends");
}

#[tokio::test]
async fn its_elliptic_keys_are_understood_and_a_code_is_worth_nothing_in_another_sign_in() {
    let story = async {
        let peer = Peer::start("ecdsa").await;
        let stage = Stage::in_real_time().await;
        let provider = introduced(&stage, &peer).await;
        assert_eq!(checked(&stage, &provider).await, json!(["ES256", "ES384"]));

        let visit = stage.start(&provider).await;
        let mut browser = Browser::default();
        let query = peer.signs_in(&mut browser, &visit).await;
        let cookie = assert_signed_in(&stage.back_with(&visit.cookie, &query).await);
        assert_eq!(algorithm(&sign_out_url(&stage, &cookie).await), "ES256");

        // A code that somebody else's browser was given: the verifier is not the one that it was asked for with (RFC 7636).
        let (theirs, ours) = (stage.start(&provider).await, stage.start(&provider).await);
        let query = goes_on(&mut browser, &theirs).await;
        let swapped = query.replace(&theirs.state, &ours.state);
        assert_refused(
            &stage.back_with(&ours.cookie, &swapped).await,
            "provider_not_right",
        );

        // An answer in the name of another issuer.
        let visit = stage.start(&provider).await;
        let query = goes_on(&mut browser, &visit).await.replace("ecdsa", "other");
        assert_refused(&stage.back_with(&visit.cookie, &query).await, "issuer_mismatch");
    };
    tokio::time::timeout(PATIENCE, story)
        .await
        .expect("the story ends");
}
