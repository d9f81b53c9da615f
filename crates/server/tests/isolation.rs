//! What organizations see of each other: nothing. Every route of the description is asked as every built-in role of another
//! organization, and as nobody, about everything that there is in this one.
//!
//! And what each route says that it takes is held against people of this organization who lack it.
//!
//! A new route has to say what it takes (`rights/routes.rs`). One whose path names something, or whose body does, needs a line in
//! [`Ours::path`] or [`Ours::bodies`]; without one this test fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod common;
#[path = "isolation/held.rs"]
mod held;
#[path = "isolation/narrow.rs"]
mod narrow;

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use common::{App, PASSWORD, request};
use farol_server::events::{Listener, Notice};
use farol_server::rights::{Moment, Permission, RoleKey, Takes, takes};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

/// What must be in no answer to anybody else. Ids that were asked for come back in the words of refusals; names do not.
const MARKS: [&str; 10] = [
    "Rock Light",
    "Ann Martins",
    "ann@example.org",
    "ours-pc",
    "ours-token",
    "ours@example.org",
    "ours-api-token",
    "ours-service",
    "ours-webhook",
    "ours-team",
];

/// What a viewer opens pipes with, as it stands in requests: any point of the curve.
const VIEWER_KEY: &str = "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// One organization with one of everything, and another that is to see nothing of it.
struct Ours {
    app: App,
    owner: String,
    ids: BTreeMap<&'static str, String>,
    theirs: String,
}

impl Ours {
    async fn new() -> Self {
        let (app, owner) = App::set_up().await;
        let machine = "0197c2a0-0000-7000-8000-0000000000aa";
        let session = "0197c2a0-0000-7000-8000-0000000000bb";
        let waiting = "0197c2a0-0000-7000-8000-0000000000cc";
        let hex = |id: &str| id.replace('-', "");
        let tx = app.ctx.db.write().await.unwrap();
        for statement in [
            format!(
                "INSERT INTO machines (id, organization_id, site_id, name, hostname, state, door, install_id, \
                 install_counter, evidence, labels, os_family, os_name, os_version, os_arch, agent_version, users, \
                 capabilities, enrolled_at, version) \
                 SELECT X'{}', organization_id, id, 'ours-pc', 'ours-pc', 'active', 'agent', '', 0, '{{}}', '{{}}', '', '', \
                 '', '', '', '[]', '[]', 0, 1 FROM sites",
                hex(machine)
            ),
            format!(
                "INSERT INTO sessions (id, organization_id, machine_id, machine_name, technician_name, rights, state, \
                 asked, attempt, requested_at, resumes, ended_at, bytes_to_viewer, bytes_to_agent, request_id) \
                 SELECT X'{}', organization_id, X'{}', 'ours-pc', 'Ann Martins', 'view', 'ended', '', 1, 0, 0, 0, 0, 0, '' FROM sites",
                hex(session),
                hex(machine)
            ),
            format!(
                "INSERT INTO quarantine (id, organization_id, site_id, door, reason, copy_key, machine_key, install_id, \
                 install_counter, evidence, hostname, os_family, os_name, os_version, os_arch, agent_version, address, \
                 first_seen_at, last_seen_at, attempts, state) \
                 SELECT X'{}', organization_id, id, 'agent', 'approval', zeroblob(32), zeroblob(32), '', 0, '{{}}', 'ours-pc', '', \
                 '', '', '', '', '', 0, 0, 1, 'waiting' FROM sites",
                hex(waiting)
            ),
        ] {
            tx.execute_unprepared(&statement).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut ours = Self {
            app,
            owner,
            ids: BTreeMap::from([
                ("machine", machine.to_owned()),
                ("session", session.to_owned()),
                ("quarantine", waiting.to_owned()),
                ("passkey", "0197c2a0-0000-7000-8000-0000000000ee".to_owned()),
                ("job", "audit".to_owned()),
                ("nothing", "0197c2a0-0000-7000-8000-0000000000dd".to_owned()),
            ]),
            theirs: String::new(),
        };
        ours.fill().await;
        ours
    }

    /// Makes the rest through the API.
    async fn fill(&mut self) {
        let first = |list: &Value| list["items"][0]["id"].as_str().unwrap().to_owned();
        let owner = self.owner.clone();
        let list = async |path: &str| first(&self.ask(&owner, &Method::GET, path, None).await.1);
        let organization = list("/api/organizations").await;
        let site = list("/api/sites").await;
        let account = list("/api/accounts").await;
        let assignment = list("/api/role-assignments").await;
        let login = list("/api/logins").await;
        let here = json!({ "kind": "organization", "organization_id": organization });
        let make = async |path: &str, body: Value| {
            let (status, made) = self.ask(&owner, &Method::POST, path, Some(&body)).await;
            assert_eq!(status, StatusCode::CREATED, "{path} {made}");
            let id = made["id"].as_str().or(made["key"].as_str());
            let inside = made["token"]["id"].as_str().or(made["webhook"]["id"].as_str());
            id.or(inside).unwrap().to_owned()
        };
        let token =
            json!({ "name": "ours-token", "approval": "first", "expires_in_seconds": 3600, "max_uses": 1 });
        let rule =
            json!({ "scope": { "kind": "machine", "machine_id": self.ids["machine"] }, "mode": "ask" });
        let settings = mail_settings();
        let set_up = self.ask(&owner, &Method::PUT, "/api/server-mail", Some(&settings));
        assert_eq!(set_up.await.0, StatusCode::OK);
        let invited = json!({ "email": "ours@example.org", "role": "viewer", "place": here, "send": true });
        let role = json!({ "name": "Anybody's", "permissions": ["machine.see"] });
        let service = json!({ "name": "ours-service", "role": "technician", "place": here });
        let api_token = json!({
            "name": "ours-api-token", "scopes": ["machine.see"], "expires_in_seconds": 3600, "organization_ids": [organization],
        });
        let team = json!({ "name": "ours-team", "place": here });
        let webhook = json!({
            "organization_id": organization, "name": "ours-webhook", "url": "https://hooks.example.org/", "event_types": ["webhook.created"],
        });
        let provider = json!({ "name": "Anybody's", "issuer": "http://127.0.0.1:9", "client_id": "farol", "enabled": false });
        let made = [
            ("token", make("/api/enrollment-tokens", token).await),
            ("rule", make("/api/access-rules", rule).await),
            ("code", make("/api/support-codes", json!({})).await),
            ("invited", make("/api/account-invitations", invited).await),
            ("role", make("/api/roles", role).await),
            ("service", make("/api/service-accounts", service).await),
            ("api_token", make("/api/api-tokens", api_token).await),
            ("provider", make("/api/identity-providers", provider).await),
            ("webhook", make("/api/webhooks", webhook).await),
            ("team", make("/api/teams", team).await),
        ];
        let request = self.request(&account).await;
        let mail = list("/api/server-mail/outbox").await;
        let webhook = &made.iter().find(|(name, _)| *name == "webhook").unwrap().1;
        let delivery = list(&format!("/api/webhooks/{webhook}/deliveries")).await;
        let theirs = make("/api/organizations", json!({ "name": "Other" })).await;
        self.ids.extend(made);
        self.ids.extend([
            ("organization", organization),
            ("site", site),
            ("account", account),
            ("login", login),
            ("assignment", assignment),
            ("mail", mail),
            ("delivery", delivery),
            ("request", request),
        ]);
        self.theirs = theirs;
    }

    /// Somebody asked for more on our machine.
    async fn request(&self, account: &str) -> String {
        let id = "0197c2a0-0000-7000-8000-000000000099";
        let hex = |id: &str| id.replace('-', "");
        let statement = format!(
            "INSERT INTO access_requests (id, organization_id, machine_id, machine_name, account_id, account_name, permissions, \
             reason, duration_seconds, state, created_at, note) \
             SELECT X'{}', organization_id, id, 'ours-pc', X'{}', 'Ann Martins', 'machine.manage', 'x', 600, 'waiting', {}, '' \
             FROM machines",
            hex(id),
            hex(account),
            self.app.ctx.clock.now().0
        );
        let tx = self.app.ctx.db.write().await.unwrap();
        tx.execute_unprepared(&statement).await.unwrap();
        tx.commit().await.unwrap();
        id.to_owned()
    }

    async fn ask(
        &self,
        cookie: &str,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let credential = if cookie.starts_with("Bearer ") {
            "authorization"
        } else {
            "cookie"
        };
        let headers = [(credential, cookie), ("if-match", "*")];
        let answer = self.app.send(request(method.clone(), path, &headers, body)).await;
        let json = serde_json::from_str(&answer.text).unwrap_or(Value::String(answer.text));
        (answer.status, json)
    }

    /// Somebody with a role in the other organization: their cookie.
    async fn stranger(&self, role: RoleKey) -> String {
        self.somebody(role, &self.theirs).await
    }

    /// What an API token of our owner sends that works in the other organization alone.
    async fn token_for_theirs(&self) -> String {
        let scopes: Vec<&str> = Permission::ALL.iter().map(|one| one.as_str()).collect();
        let wanted = json!({ "name": "narrow", "scopes": scopes, "expires_in_seconds": 3600, "organization_ids": [self.theirs] });
        let (status, made) = self
            .ask(&self.owner, &Method::POST, "/api/api-tokens", Some(&wanted))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        format!("Bearer {}", made["secret"].as_str().unwrap())
    }

    async fn somebody(&self, role: RoleKey, organization: &str) -> String {
        self.called(role.to_string().as_str(), role, organization).await
    }

    async fn called(&self, name: &str, role: RoleKey, organization: &str) -> String {
        let place = json!({ "kind": "organization", "organization_id": organization });
        let wanted =
            json!({ "email": format!("{name}@{organization}.example"), "role": role, "place": place });
        let (_, made) = self
            .ask(
                &self.owner,
                &Method::POST,
                "/api/account-invitations",
                Some(&wanted),
            )
            .await;
        let token = made["url"]
            .as_str()
            .unwrap()
            .split_once("#token=")
            .unwrap()
            .1
            .to_owned();
        let body = json!({ "token": token, "name": "Stranger", "password": PASSWORD, "locale": "en" });
        let answer = self.app.post("/api/account-invitations/accept", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.cookie()
    }

    /// Who listens for an account.
    async fn listener(&self, account: farol_server::ids::AccountId) -> Listener {
        let at = Moment::Running {
            now: self.app.ctx.clock.now(),
        };
        let rights = farol_server::rights::of_account(self.app.ctx.db.read(), account, at)
            .await
            .unwrap();
        Listener::new((account, farol_server::ids::LoginId::new()), &rights, None)
    }

    /// A path of the description with our things in it.
    fn path(&self, template: &str) -> String {
        const THINGS: &[(&str, &str)] = &[
            ("/api/access-requests/", "request"),
            ("/api/access-rules/", "rule"),
            ("/api/account-invitations/", "invited"),
            ("/api/accounts/", "account"),
            ("/api/api-tokens/", "api_token"),
            ("/api/enrollment-tokens/", "token"),
            ("/api/identity-providers/", "provider"),
            ("/api/logins/", "login"),
            ("/api/machines/", "machine"),
            ("/api/me/passkeys/", "passkey"),
            ("/api/organizations/", "organization"),
            ("/api/quarantine/", "quarantine"),
            ("/api/role-assignments/", "assignment"),
            ("/api/roles/", "role"),
            ("/api/service-accounts/", "service"),
            ("/api/server-jobs/", "job"),
            ("/api/server-mail/outbox/", "mail"),
            ("/api/sessions/", "session"),
            ("/api/sites/", "site"),
            ("/api/support-codes/", "code"),
            ("/api/support-queue/", "code"),
            ("/api/teams/", "team"),
            ("/api/webhooks/", "webhook"),
            ("/", "nothing"),
        ];
        let (_, thing) = THINGS
            .iter()
            .find(|(prefix, _)| template.starts_with(prefix))
            .unwrap();
        assert!(
            !template.contains('{') || *thing != "nothing",
            "say in THINGS what stands in {template}"
        );
        let path = template
            .replace("{id}", &self.ids[thing])
            .replace("{delivery}", &self.ids["delivery"])
            .replace("{account_id}", &self.ids["account"])
            .replace("{name}", &self.ids[thing])
            .replace("{record}", &self.ids["nothing"])
            .replace("{identity}", &self.ids["nothing"])
            .replace("{invitation}", &self.ids["nothing"]);
        assert!(!path.contains('{'), "say what stands in {path}");
        if template == "/api/audit/export" {
            return format!("{path}?format=csv");
        }
        if template == "/api/machines/metrics" {
            return format!("{path}?ids={}", self.ids["machine"]);
        }
        if template == "/api/machines/search" {
            return format!("{path}?q=ours%20OR%20organization:r");
        }
        if template.ends_with("/inventory/comparison") {
            return format!("{path}?from=2026-01-01T00:00:00Z");
        }
        if template.ends_with("/effective-permissions") {
            return format!("{path}?machine={}", self.ids["machine"]);
        }
        path
    }

    /// What may be sent there, with our things in it; those that would be taken from ourselves.
    fn bodies(&self, method: &Method, template: &str) -> Vec<Value> {
        let id = |thing: &str| self.ids[thing].clone();
        let here = json!({ "kind": "organization", "organization_id": id("organization") });
        let at_site = json!({ "kind": "site", "organization_id": id("organization"), "site_id": id("site") });
        let on_machine =
            json!({ "kind": "machine", "organization_id": id("organization"), "machine_id": id("machine") });
        match (method.as_str(), template) {
            ("GET" | "DELETE", _) => Vec::new(),
            (_, "/api/access-requests") => vec![json!({
                "machine_id": id("machine"), "permissions": ["machine.manage"], "reason": "x", "duration_seconds": 600,
            })],
            (_, "/api/access-rules") => vec![
                json!({ "organization_id": id("organization"), "scope": { "kind": "organization" }, "mode": "ask" }),
                json!({ "scope": { "kind": "site", "site_id": id("site") }, "mode": "ask" }),
                json!({ "scope": { "kind": "machine", "machine_id": id("machine") }, "mode": "never" }),
            ],
            (_, "/api/access-rules/{id}") => vec![json!({ "mode": "never" })],
            (_, "/api/account-invitations") => {
                let invited =
                    |place: &Value| json!({ "email": "x@other.example", "role": "viewer", "place": place });
                vec![invited(&here), invited(&at_site), invited(&on_machine)]
            }
            (_, "/api/api-tokens") => vec![
                json!({ "account_id": id("account"), "name": "x", "scopes": ["machine.see"], "expires_in_seconds": 60 }),
                json!({ "account_id": id("service"), "name": "x", "scopes": ["machine.see"], "expires_in_seconds": 60 }),
                json!({
                    "name": "x", "scopes": ["machine.see"], "expires_in_seconds": 60, "organization_ids": [id("organization")],
                }),
            ],
            (_, "/api/api-tokens/{id}" | "/api/service-accounts/{id}") => vec![json!({ "name": "x" })],
            (_, "/api/service-accounts") => {
                let made = |place: &Value| json!({ "name": "x", "role": "viewer", "place": place });
                vec![made(&here), made(&at_site), made(&on_machine)]
            }
            (_, "/api/enrollment-tokens") => vec![json!({
                "name": "x", "approval": "first", "expires_in_seconds": 3600, "max_uses": 1, "site_id": id("site"),
            })],
            (_, "/api/enrollment-tokens/{id}") => vec![json!({ "name": "x" })],
            (_, "/api/identity-providers") => {
                vec![json!({ "name": "x", "issuer": "https://x.other.example", "client_id": "x" })]
            }
            (_, "/api/identity-providers/{id}") => vec![
                json!({ "name": "x" }),
                json!({ "mappings": [{ "group": "*", "role": "viewer", "place": at_site }] }),
            ],
            (_, "/api/machine-duplicates/dismiss") => {
                vec![json!({ "first_id": id("machine"), "second_id": id("nothing") })]
            }
            (_, "/api/machines/{id}") => vec![json!({ "name": "x" }), json!({ "site_id": id("site") })],
            (_, "/api/machines/{id}/block") => vec![json!({ "reason": "x" })],
            (_, "/api/machines/{id}/merge") => vec![json!({ "from_id": id("nothing") })],
            (_, "/api/machines/{id}/sessions") => {
                vec![json!({ "rights": ["view"], "viewer_key": VIEWER_KEY })]
            }
            (_, "/api/sessions/{id}/resume") => vec![json!({ "viewer_key": VIEWER_KEY })],
            (_, "/api/roles") => vec![json!({ "name": "x", "permissions": [] })],
            (_, "/api/organizations") => vec![json!({ "name": "x" })],
            (_, "/api/organizations/{id}" | "/api/sites/{id}") => vec![json!({ "name": "x" })],
            (_, "/api/quarantine/{id}/approve") => vec![
                json!({ "as": "new" }),
                json!({ "as": "machine", "machine_id": id("machine") }),
            ],
            (_, "/api/quarantine/{id}/refuse") => vec![json!({ "reason": "x" })],
            (_, "/api/role-assignments") => {
                let give = |who: &str| json!({ "account_id": id(who), "role": "viewer", "place": here });
                vec![give("account"), give("team")]
            }
            (_, "/api/server-mail") => vec![mail_settings()],
            (_, "/api/server-sign-in-rules") => vec![json!({ "second_factor": "everybody" })],
            (_, "/api/server-mail/test") => vec![
                json!({ "settings": null }),
                json!({ "settings": mail_settings() }),
            ],
            (_, "/api/sessions/remove") => vec![json!({ "ids": [id("session")] })],
            (_, "/api/sessions/{id}/invitations") => vec![json!({ "rights": ["view"] })],
            (_, "/api/sessions/{id}/rights") => vec![json!({ "rights": ["view"] })],
            (_, "/api/sites") => vec![json!({ "organization_id": id("organization"), "name": "x" })],
            (_, "/api/teams") => vec![json!({ "name": "x", "place": here })],
            (_, "/api/teams/{id}") => vec![json!({ "name": "x" })],
            (_, "/api/webhooks") => vec![json!({
                "organization_id": id("organization"), "name": "x", "url": "https://x.other.example/", "event_types": ["*"],
            })],
            (_, "/api/webhooks/{id}") => vec![json!({ "name": "x" })],
            (_, "/api/support-codes") => vec![json!({ "organization_id": id("organization") })],
            _ => vec![json!({})],
        }
    }
}

/// How e-mail might be sent; nobody listens there.
fn mail_settings() -> Value {
    json!({
        "host": "127.0.0.1", "port": 2525, "security": "none", "user": null, "from_address": "farol@example.org",
        "from_name": "Farol",
    })
}

/// Every method of every path that the server describes.
fn routes() -> Vec<(Method, String)> {
    let description = farol_server::openapi::document();
    let paths = description["paths"].as_object().unwrap().clone();
    let of = |(path, item): (String, Value)| {
        let methods = item.as_object().unwrap().clone();
        methods
            .into_iter()
            .filter_map(move |(method, _)| Some((method.to_uppercase().parse().ok()?, path.clone())))
    };
    paths.into_iter().flat_map(of).collect()
}

/// Streams have no end, sign-out ends the login that asks, metrics are of the whole server and for its own machine.
fn is_asked(method: &Method, path: &str) -> bool {
    !matches!(
        (method.as_str(), path),
        ("GET", "/api/events" | "/metrics") | ("DELETE", "/api/logins/current")
    )
}

#[tokio::test]
async fn nobody_of_another_organization_gets_a_byte_of_ours() {
    let ours = Ours::new().await;
    let before = everything(&ours).await;
    let mut cookies = vec![("nobody", String::new())];
    for role in RoleKey::BUILT_IN {
        cookies.push((role.built_in_name().unwrap(), ours.stranger(role).await));
    }
    // Of somebody who may everything here, but only for the other organization.
    cookies.push(("token", ours.token_for_theirs().await));
    let mut asked = 0;
    for (method, template) in routes() {
        if !is_asked(&method, &template) {
            continue;
        }
        let path = ours.path(&template);
        let bodies: Vec<Option<Value>> = match method.as_str() {
            "GET" | "DELETE" => vec![None],
            _ => ours.bodies(&method, &template).into_iter().map(Some).collect(),
        };
        for (who, cookie) in &cookies {
            for body in &bodies {
                let (status, answer) = ours.ask(cookie, &method, &path, body.as_ref()).await;
                let at = format!("{who}: {method} {template} {body:?} → {status} {answer}");
                assert!(
                    !status.is_server_error() || status == StatusCode::SERVICE_UNAVAILABLE,
                    "{at}"
                );
                let said = answer.to_string();
                for mark in MARKS {
                    // An owner of the whole server has rights in every organization, and people there see that.
                    let owner = ["Ann Martins", "ann@example.org"].contains(&mark);
                    let seen =
                        owner && ["administrator", "owner"].contains(who) && is_about_people(&template);
                    // It is her own token.
                    let seen = seen || (owner && *who == "token");
                    assert!(seen || !said.contains(mark), "{mark} in {at}");
                }
                if template.contains('{')
                    && !is_about_people(&template)
                    && !template.starts_with("/api/roles")
                {
                    assert!(status.is_client_error(), "{at}");
                }
                asked += 1;
            }
        }
    }
    assert!(asked > 300, "{asked}");
    assert_eq!(everything(&ours).await, before, "nor do they change any of it");
}

/// Whether somebody got nothing: refused, not found, or an empty list.
fn is_nothing(status: StatusCode, answer: &Value) -> bool {
    let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status);
    let counted = ["waiting", "removed", "count"]
        .iter()
        .any(|name| answer[name] == 0);
    let empty = ["items", "machines"].iter().any(|name| answer[name] == json!([]));
    refused || empty || counted
}

#[tokio::test]
async fn every_route_says_what_it_takes_and_takes_that() {
    let ours = Ours::new().await;
    let auditor = json!({ "name": "Auditor", "permissions": ["audit.read"] });
    let (_, auditor) = ours
        .ask(&ours.owner, &Method::POST, "/api/roles", Some(&auditor))
        .await;
    let auditor: RoleKey = auditor["key"].as_str().unwrap().parse().unwrap();
    let mut members = Vec::new();
    for role in [
        RoleKey::Viewer,
        RoleKey::Technician,
        RoleKey::Administrator,
        auditor,
    ] {
        let organization = ours.ids["organization"].clone();
        let cookie = ours.somebody(role, &organization).await;
        let (_, me) = ours.ask(&cookie, &Method::GET, "/api/me", None).await;
        let allowed = me["organizations"][0]["permissions"].clone();
        members.push((role, cookie, allowed));
    }
    let may = |allowed: &Value, permission: Permission| {
        let mut all = allowed.as_array().unwrap().iter();
        all.any(|one| one == permission.as_str())
    };
    let (mut refused, mut wrong) = (0, Vec::new());
    for (method, template) in routes() {
        let takes = takes(method.as_str(), &template);
        let takes = takes.unwrap_or_else(|| panic!("say in rights/routes.rs what {method} {template} takes"));
        if !is_asked(&method, &template) {
            continue;
        }
        let body = ours.bodies(&method, &template).into_iter().next();
        let path = ours.path(&template);
        let lacks = |allowed: &Value| match takes {
            Takes::Nothing | Takes::Machine => false,
            Takes::Login => false,
            Takes::Permission(permission) => !may(allowed, permission),
            Takes::Server(_) => true,
        };
        for (role, cookie, _) in members.iter().filter(|(_, _, allowed)| lacks(allowed)) {
            let (status, answer) = ours.ask(cookie, &method, &path, body.as_ref()).await;
            let at = format!("{role}: {method} {template} {body:?} → {status} {answer}");
            if !is_nothing(status, &answer) {
                wrong.push(at);
            }
            refused += 1;
        }
        let login = !matches!(takes, Takes::Nothing | Takes::Machine);
        if login {
            let (status, answer) = ours.ask("", &method, &path, body.as_ref()).await;
            if status != StatusCode::UNAUTHORIZED || answer["code"] != "not_signed_in" {
                wrong.push(format!("nobody: {method} {template} → {status} {answer}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(refused > 100, "{refused}");
}

fn is_about_people(template: &str) -> bool {
    let about = [
        "/api/accounts",
        "/api/account-invitations",
        "/api/role-assignments",
        "/api/roles",
        "/api/audit",
    ];
    about.iter().any(|prefix| template.starts_with(prefix))
}

/// Our things, as their owner sees them.
async fn everything(ours: &Ours) -> Vec<Value> {
    let mut all = Vec::new();
    for path in [
        "/api/machines",
        "/api/sessions",
        "/api/access-rules",
        "/api/quarantine",
        "/api/support-codes",
        "/api/teams",
        "/api/webhooks",
    ] {
        let (status, list) = ours.ask(&ours.owner, &Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        all.push(list);
    }
    let (_, sites) = ours.ask(&ours.owner, &Method::GET, "/api/sites", None).await;
    let site = &sites["items"][0];
    all.push(site.clone());
    all
}

#[tokio::test]
async fn streams_tell_nobody_of_another_organization() {
    let ours = Ours::new().await;
    let cookie = ours.stranger(RoleKey::Owner).await;
    let (_, me) = ours.ask(&cookie, &Method::GET, "/api/me", None).await;
    let account = me["account"]["id"].as_str().unwrap().parse().unwrap();
    let listener = ours.listener(account).await;
    let mut stream = ours.app.ctx.events.subscribe(listener).unwrap();
    let path = ours.path("/api/machines/{id}");
    let rename = |name: &str| json!({ "name": name });
    let (status, _) = ours
        .ask(&ours.owner, &Method::PATCH, &path, Some(&rename("ours-pc-2")))
        .await;
    assert_eq!(status, StatusCode::OK);
    let rule = ours.path("/api/access-rules/{id}");
    ours.ask(&ours.owner, &Method::DELETE, &rule, None).await;
    // What they hear first is what was done last, in their own organization.
    let theirs = json!({ "organization_id": ours.theirs, "name": "Theirs" });
    let (status, _) = ours
        .ask(&cookie, &Method::POST, "/api/sites", Some(&theirs))
        .await;
    assert_eq!(status, StatusCode::CREATED);
    let Some(Notice::Invalidate(topics)) = stream.next().await else {
        panic!("no notice");
    };
    let topics: Vec<String> = topics.iter().map(ToString::to_string).collect();
    assert_eq!(topics, ["organizations", "machines", "audit"]);

    // Whoever comes into our organization hears of it from then on, and is told to ask for everything; and no more when they leave.
    let place = json!({ "kind": "organization", "organization_id": ours.ids["organization"] });
    let give = json!({ "account_id": account, "role": "viewer", "place": place });
    let (status, given) = ours
        .ask(&ours.owner, &Method::POST, "/api/role-assignments", Some(&give))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{given}");
    assert_eq!(stream.next().await, Some(Notice::Resync));
    ours.ask(&ours.owner, &Method::PATCH, &path, Some(&rename("ours-pc-3")))
        .await;
    assert!(matches!(stream.next().await, Some(Notice::Invalidate(_))));
    let given = format!("/api/role-assignments/{}", given["id"].as_str().unwrap());
    let (status, _) = ours.ask(&ours.owner, &Method::DELETE, &given, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(stream.next().await, Some(Notice::Resync));
    ours.ask(&ours.owner, &Method::PATCH, &path, Some(&rename("ours-pc-4")))
        .await;
    ours.ask(&cookie, &Method::POST, "/api/sites", Some(&theirs))
        .await;
    let Some(Notice::Invalidate(topics)) = stream.next().await else {
        panic!("no notice");
    };
    assert!(
        topics
            .iter()
            .all(|topic| !topic.to_string().contains(&ours.ids["machine"]))
    );
}
