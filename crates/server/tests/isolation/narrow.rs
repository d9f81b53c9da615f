//! People and tokens with one site, one tag or one machine of an organization, against the rest of it.

use axum::http::{Method, StatusCode};
use farol_server::events::Notice;
use farol_server::ids::{AccountId, MachineId};
use farol_server::rights::{Rights, RoleKey};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::{Ours, everything, is_asked, routes};

/// What of this organization is about machines that somebody with one site, one tag or one machine does not have: names and identifiers.
const OUTSIDE: [&str; 2] = ["ours-pc", "Rock Light — far"];

impl Ours {
    /// Somebody who has a role in a place that is smaller than our organization, and nothing else: their cookie and account.
    async fn narrow(&self, name: &str, role: RoleKey, place: &Value) -> (String, AccountId) {
        let cookie = self
            .called(name, RoleKey::Viewer, &self.ids["organization"])
            .await;
        let (_, me) = self.ask(&cookie, &Method::GET, "/api/me", None).await;
        let account = me["account"]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/role-assignments?account={account}");
        let (_, had) = self.ask(&self.owner, &Method::GET, &path, None).await;
        let give = json!({ "account_id": account, "role": role, "place": place });
        let (status, given) = self
            .ask(&self.owner, &Method::POST, "/api/role-assignments", Some(&give))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{given}");
        let had = format!(
            "/api/role-assignments/{}",
            had["items"][0]["id"].as_str().unwrap()
        );
        let (status, _) = self.ask(&self.owner, &Method::DELETE, &had, None).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        (cookie, account.parse().unwrap())
    }
}

/// Another machine, at another site and with a tag; people who have that site, that tag or that machine, and nothing else.
struct Narrow {
    ours: Ours,
    machine: &'static str,
    site: String,
    people: Vec<(Value, String, AccountId)>,
}

impl Narrow {
    async fn new() -> Self {
        let ours = Ours::new().await;
        let organization = ours.ids["organization"].clone();
        let site = json!({ "organization_id": organization, "name": "Near" });
        let (status, near) = ours
            .ask(&ours.owner, &Method::POST, "/api/sites", Some(&site))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{near}");
        let site = near["id"].as_str().unwrap().to_owned();
        let far = format!("/api/sites/{}", ours.ids["site"]);
        let far_name = json!({ "name": OUTSIDE[1] });
        let (status, _) = ours.ask(&ours.owner, &Method::PATCH, &far, Some(&far_name)).await;
        assert_eq!(status, StatusCode::OK);
        let machine = "0197c2a0-0000-7000-8000-0000000000ff";
        let statement = format!(
            "INSERT INTO machines (id, organization_id, site_id, name, hostname, state, door, install_id, install_counter, \
             evidence, labels, os_family, os_name, os_version, os_arch, agent_version, users, capabilities, enrolled_at, \
             version) \
             SELECT X'{}', organization_id, id, 'near-pc', 'near-pc', 'active', 'agent', '', 0, '{{}}', \
             '{{\"tags\":[\"near\"]}}', '', '', '', '', '', '[]', '[]', 0, 1 FROM sites WHERE id = X'{}'",
            machine.replace('-', ""),
            site.replace('-', "")
        );
        let tx = ours.app.ctx.db.write().await.unwrap();
        tx.execute_unprepared(&statement).await.unwrap();
        tx.commit().await.unwrap();
        let places = [
            json!({ "kind": "site", "organization_id": organization, "site_id": site }),
            json!({ "kind": "tags", "organization_id": organization, "tags": ["near"] }),
            json!({ "kind": "machine", "organization_id": organization, "machine_id": machine }),
        ];
        let roles = [RoleKey::Technician, RoleKey::Administrator, RoleKey::Technician];
        let mut people = Vec::new();
        for (number, (place, role)) in places.into_iter().zip(roles).enumerate() {
            let (cookie, account) = ours.narrow(&format!("narrow{number}"), role, &place).await;
            people.push((place, cookie, account));
        }
        Self {
            ours,
            machine,
            site,
            people,
        }
    }

    /// What an API token of the owner sends that is for that site and that tag.
    async fn token(&self) -> String {
        let wanted = json!({
            "name": "near", "expires_in_seconds": 3600, "organization_ids": [self.ours.ids["organization"]],
            "scopes": ["machine.see", "machine.manage", "session.see", "screen.view", "audit.read"],
            "site_ids": [self.site], "tags": ["near"],
        });
        let (status, token) = self
            .ours
            .ask(&self.ours.owner, &Method::POST, "/api/api-tokens", Some(&wanted))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{token}");
        format!("Bearer {}", token["secret"].as_str().unwrap())
    }

    async fn rename(&self, machine: &str, name: &str) {
        let path = format!("/api/machines/{machine}");
        let name = json!({ "name": name });
        let (status, answer) = self
            .ours
            .ask(&self.ours.owner, &Method::PATCH, &path, Some(&name))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
}

/// Asks every route about what is outside; how many were asked.
async fn ask_about_others(ours: &Ours, (who, credential): (&str, &str)) -> usize {
    let mut asked = 0;
    for (method, template) in routes() {
        if !is_asked(&method, &template) || is_their_own(&method, &template) {
            continue;
        }
        let path = ours.path(&template);
        let bodies: Vec<Option<Value>> = match method.as_str() {
            "GET" | "DELETE" => vec![None],
            _ => ours.bodies(&method, &template).into_iter().map(Some).collect(),
        };
        for body in bodies {
            let (status, answer) = ours.ask(credential, &method, &path, body.as_ref()).await;
            let at = format!("{who}: {method} {template} {body:?} → {status} {answer}");
            let said = answer.to_string();
            for mark in OUTSIDE {
                assert!(!said.contains(mark), "{mark} in {at}");
            }
            if template.starts_with("/api/machines/{id}") || template.starts_with("/api/sessions/{id}") {
                assert_eq!(status, StatusCode::NOT_FOUND, "{at}");
            }
            asked += 1;
        }
    }
    asked
}

#[tokio::test]
async fn who_has_some_machines_gets_no_byte_of_others() {
    let narrow = Narrow::new().await;
    let ours = &narrow.ours;
    let before = everything(ours).await;
    let token = narrow.token().await;
    let mut asking: Vec<(String, &str)> = Vec::new();
    for (place, cookie, _) in &narrow.people {
        asking.push((place.to_string(), cookie));
    }
    asking.push(("token".into(), &token));
    let mut asked = 0;
    for (who, credential) in &asking {
        let (status, seen) = ours.ask(credential, &Method::GET, "/api/machines", None).await;
        assert_eq!(status, StatusCode::OK);
        let items = seen["items"].as_array().unwrap().iter();
        let names: Vec<&Value> = items.map(|one| &one["name"]).collect();
        assert_eq!(names, ["near-pc"], "{who}");
        asked += ask_about_others(ours, (who, credential)).await;
    }
    assert!(asked > 300, "{asked}");
    assert_eq!(everything(ours).await, before, "nor do they change any of it");
}

#[tokio::test]
async fn streams_tell_who_has_some_machines_nothing_of_others() {
    let narrow = Narrow::new().await;
    let ours = &narrow.ours;
    let outside = ours.ids["machine"].clone();
    let db = ours.app.ctx.db.read();
    let sees = |rights: Rights, ids: Vec<MachineId>| async move {
        farol_server::machines::in_sight(db, &rights, &ids).await.unwrap()
    };
    for (number, (place, _, account)) in narrow.people.iter().enumerate() {
        let listener = ours.listener(*account).await;
        let mut stream = ours.app.ctx.events.subscribe(listener).unwrap();
        narrow.rename(&outside, &format!("ours-pc-{number}")).await;
        let organization = ours.ids["organization"].parse().unwrap();
        ours.app
            .ctx
            .events
            .machine(organization, outside.parse().unwrap());
        let rule = json!({
            "scope": { "kind": "machine", "machine_id": outside }, "right": "control", "mode": "ask",
        });
        let (_, rule) = ours
            .ask(&ours.owner, &Method::POST, "/api/access-rules", Some(&rule))
            .await;
        let rule = format!("/api/access-rules/{}", rule["id"].as_str().unwrap());
        ours.ask(&ours.owner, &Method::DELETE, &rule, None).await;
        // What they hear first is what was done last, on their own machine.
        narrow.rename(narrow.machine, &format!("near-pc-{number}")).await;
        let Some(Notice::Invalidate(topics)) = stream.next_seen(sees).await else {
            panic!("no notice");
        };
        let topics: Vec<String> = topics.iter().map(ToString::to_string).collect();
        let theirs = format!("machine:{}", narrow.machine);
        assert_eq!(topics, ["machines".to_owned(), theirs.clone()], "{place}");
        // Of what names a machine alone is looked up whether they see it.
        let near = narrow.machine.parse().unwrap();
        ours.app.ctx.events.machine(organization, near);
        let Some(Notice::Invalidate(topics)) = stream.next_seen(sees).await else {
            panic!("no notice");
        };
        let topics: Vec<String> = topics.iter().map(ToString::to_string).collect();
        assert_eq!(topics, ["machines".to_owned(), theirs], "{place}");
    }
}

#[tokio::test]
async fn who_has_some_machines_brings_nobody_in() {
    let narrow = Narrow::new().await;
    let ours = &narrow.ours;
    let organization = &ours.ids["organization"];
    let here = json!({ "kind": "organization", "organization_id": organization });
    let nowhere = json!({ "kind": "site", "organization_id": organization, "site_id": ours.ids["nothing"] });
    let outside =
        json!({ "kind": "machine", "organization_id": organization, "machine_id": ours.ids["machine"] });
    // The same for an administrator; and what is outside looks like what is not there.
    let mut asking = narrow.people.clone();
    let place = narrow.people[0].0.clone();
    let (cookie, account) = ours.narrow("narrow3", RoleKey::Administrator, &place).await;
    asking.push((place, cookie, account));
    for (own, cookie, _) in &asking {
        for place in [own, &here, &nowhere, &outside] {
            for (path, wanted) in [
                (
                    "/api/account-invitations",
                    json!({ "email": "x@a.example", "role": "viewer", "place": place }),
                ),
                (
                    "/api/service-accounts",
                    json!({ "name": "x", "role": "viewer", "place": place }),
                ),
            ] {
                let (status, answer) = ours.ask(cookie, &Method::POST, path, Some(&wanted)).await;
                let at = format!("{own}: {path} {place} → {answer}");
                assert_eq!(status, StatusCode::FORBIDDEN, "{at}");
            }
        }
        for path in ["/api/account-invitations", "/api/service-accounts"] {
            let (status, answer) = ours.ask(cookie, &Method::GET, path, None).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{own}: {path} {answer}");
        }
    }
}

/// What is about the one who asks: their own account, tokens and logins.
fn is_their_own(method: &Method, template: &str) -> bool {
    method != Method::GET && (template.starts_with("/api/me") || template.starts_with("/api/logins"))
}
