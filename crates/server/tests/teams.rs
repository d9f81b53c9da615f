//! Teams through the whole router: what is taken, answered and refused, and what consoles hear of it. What they mean for rights is in the
//! store suite, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod common;

use axum::http::{Method, StatusCode};
use common::{Answer, App, PASSWORD, request};
use farol_server::events::{Listener, Notice};
use farol_server::ids::{AccountId, LoginId};
use farol_server::rights::{Moment, of_account};
use serde_json::{Value, json};

/// An owner at the API of a server with one organization.
struct Owner {
    app: App,
    cookie: String,
    here: Value,
}

impl Owner {
    async fn new() -> Self {
        let (app, cookie) = App::set_up().await;
        let list = app.get("/api/organizations", &[("cookie", &cookie)]).await.json();
        let here = json!({ "kind": "organization", "organization_id": list["items"][0]["id"] });
        Self { app, cookie, here }
    }

    async fn send(&self, method: Method, path: &str, seen: Option<&str>, body: Option<&Value>) -> Answer {
        self.send_as(&self.cookie, method, path, (seen, body)).await
    }

    async fn send_as(
        &self,
        cookie: &str,
        method: Method,
        path: &str,
        (seen, body): (Option<&str>, Option<&Value>),
    ) -> Answer {
        let mut headers = vec![("cookie", cookie)];
        headers.extend(seen.map(|etag| ("if-match", etag)));
        self.app.send(request(method, path, &headers, body)).await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.send(Method::GET, path, None, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, None, Some(body)).await
    }

    async fn make(&self, name: &str) -> Value {
        let wanted = json!({ "name": name, "note": " For the branches ", "place": self.here });
        let answer = self.post("/api/teams", &wanted).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.json()
    }

    /// Somebody who came by an invitation: their account and cookie.
    async fn joined(&self, name: &str, role: &str) -> (String, String) {
        let wanted = json!({ "email": format!("{name}@example.org"), "role": role, "place": self.here });
        let made = self.post("/api/account-invitations", &wanted).await.json();
        let (_, token) = made["url"].as_str().unwrap().split_once("#token=").unwrap();
        let body = json!({ "token": token, "name": name, "password": PASSWORD, "locale": "en" });
        let answer = self.app.post("/api/account-invitations/accept", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        let account = answer.json()["account"]["id"].as_str().unwrap().to_owned();
        (account, answer.cookie())
    }

    async fn give(&self, to: &Value, role: &str) -> Answer {
        let give = json!({ "account_id": to, "role": role, "place": self.here });
        self.post("/api/role-assignments", &give).await
    }
}

fn path(team: &Value) -> String {
    format!("/api/teams/{}", team["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_team_is_made_changed_and_deleted() {
    let owner = Owner::new().await;
    let made = owner.make(" Field ").await;
    assert_eq!(
        (&made["name"], &made["note"]),
        (&json!("Field"), &json!("For the branches"))
    );
    assert_eq!(made["place"], owner.here);
    assert_eq!(made["organization_name"], "Rock Light");
    assert_eq!(made["created_by_name"], "Ann Martins");
    assert_eq!((&made["member_count"], &made["roles"]), (&json!(0), &json!([])));
    assert_eq!(
        (&made["may_manage"], &made["etag"]),
        (&json!(true), &json!("\"1\""))
    );
    let wrong = json!({ "name": "a\u{7}b", "note": "x".repeat(301), "place": owner.here });
    let problem = owner
        .post("/api/teams", &wrong)
        .await
        .assert_problem(422, "validation_failed");
    let pointers: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["pointer"])
        .collect();
    assert_eq!(pointers, ["/name", "/note"]);
    let twice = json!({ "name": "fIELD", "place": owner.here });
    let problem = owner
        .post("/api/teams", &twice)
        .await
        .assert_problem(422, "validation_failed");
    assert_eq!(problem["errors"][0]["code"], "taken");

    let rename = json!({ "name": "Branches" });
    let change =
        async |seen: Option<&str>| owner.send(Method::PATCH, &path(&made), seen, Some(&rename)).await;
    change(None).await.assert_problem(428, "version_required");
    change(Some("\"7\""))
        .await
        .assert_problem(412, "version_mismatch");
    let changed = change(Some("\"1\"")).await.json();
    assert_eq!(
        (&changed["name"], &changed["etag"]),
        (&json!("Branches"), &json!("\"2\""))
    );
    assert_eq!(changed["note"], "For the branches");
    let same = change(Some("\"2\"")).await.json();
    assert_eq!(same["etag"], "\"2\"", "nothing changed");
    let delete = async |seen: Option<&str>| owner.send(Method::DELETE, &path(&made), seen, None).await;
    delete(None).await.assert_problem(428, "version_required");
    delete(Some("\"1\""))
        .await
        .assert_problem(412, "version_mismatch");
    assert_eq!(delete(Some("\"2\"")).await.status, StatusCode::NO_CONTENT);
    delete(Some("*")).await.assert_problem(404, "not_found");
    let entries = owner.get("/api/audit").await;
    let of_teams: Vec<&str> = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| {
            entry["action"]
                .as_str()
                .filter(|action| action.starts_with("team."))
        })
        .collect();
    assert_eq!(of_teams, ["team.deleted", "team.changed", "team.created"]);
}

#[tokio::test]
async fn teams_are_listed_page_by_page() {
    let owner = Owner::new().await;
    for name in ["One", "Two", "Three"] {
        owner.make(name).await;
    }
    let first = owner.get("/api/teams?limit=2").await;
    let names = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|team| team["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&first), ["One", "Two"]);
    let next = format!("/api/teams?cursor={}", first["next_cursor"].as_str().unwrap());
    let second = owner.get(&next).await;
    assert_eq!(names(&second), ["Three"]);
    assert_eq!(second["next_cursor"], Value::Null);
    let wrong = owner.send(Method::GET, "/api/teams?cursor=x", None, None).await;
    wrong.assert_problem(422, "validation_failed");
}

#[tokio::test]
async fn people_come_and_go_and_their_consoles_hear_it_at_once() {
    let owner = Owner::new().await;
    let team = owner.make("Field").await;
    let (ana, cookie) = owner.joined("ana", "requester").await;
    let given = owner.give(&team["id"], "technician").await;
    assert_eq!(given.status, StatusCode::CREATED, "{given:?}");
    assert_eq!(given.json()["team_id"], Value::Null);

    let account: AccountId = ana.parse().unwrap();
    let at = Moment::Running {
        now: owner.app.ctx.clock.now(),
    };
    let rights = of_account(owner.app.ctx.db.read(), account, at).await.unwrap();
    let listener = Listener::new((account, LoginId::new()), &rights, None);
    let mut stream = owner.app.ctx.events.subscribe(listener).unwrap();
    let member = format!("{}/members/{ana}", path(&team));
    let added = owner.send(Method::PUT, &member, None, None).await;
    assert_eq!(added.status, StatusCode::OK, "{added:?}");
    let added = added.json();
    assert_eq!(added["team"]["member_count"], 1);
    assert_eq!(added["members"][0]["name"], "ana");
    assert_eq!(added["members"][0]["added_by_name"], "Ann Martins");
    assert_eq!(stream.next().await, Some(Notice::Resync));
    let me = owner
        .send_as(&cookie, Method::GET, "/api/me", (None, None))
        .await
        .json();
    let permissions = me["organizations"][0]["permissions"].as_array().unwrap();
    assert!(permissions.contains(&json!("screen.control")), "{me}");
    let person = owner.get(&format!("/api/accounts/{ana}")).await;
    assert_eq!(person["roles"][1]["team_name"], "Field");
    assert_eq!(person["roles"][1]["account_id"], ana.as_str());

    let gone = owner.send(Method::DELETE, &member, None, None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
    assert_eq!(stream.next().await, Some(Notice::Resync));
    let me = owner
        .send_as(&cookie, Method::GET, "/api/me", (None, None))
        .await
        .json();
    assert_eq!(me["organizations"][0]["permissions"], json!(["machine.see"]));
    let again = owner.send(Method::DELETE, &member, None, None).await;
    again.assert_problem(404, "not_found");

    // A team that goes takes along what its people had by it.
    owner.send(Method::PUT, &member, None, None).await;
    assert_eq!(stream.next().await, Some(Notice::Resync));
    let deleted = owner.send(Method::DELETE, &path(&team), Some("*"), None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{deleted:?}");
    assert_eq!(stream.next().await, Some(Notice::Resync));
    let me = owner
        .send_as(&cookie, Method::GET, "/api/me", (None, None))
        .await
        .json();
    assert_eq!(me["organizations"][0]["permissions"], json!(["machine.see"]));
}

#[tokio::test]
async fn consoles_of_the_organization_are_told_of_its_teams() {
    let owner = Owner::new().await;
    let me = owner.get("/api/me").await;
    let account: AccountId = me["account"]["id"].as_str().unwrap().parse().unwrap();
    let at = Moment::Running {
        now: owner.app.ctx.clock.now(),
    };
    let rights = of_account(owner.app.ctx.db.read(), account, at).await.unwrap();
    let listener = Listener::new((account, LoginId::new()), &rights, None);
    let mut stream = owner.app.ctx.events.subscribe(listener).unwrap();
    owner.make("Field").await;
    let Some(Notice::Invalidate(topics)) = stream.next().await else {
        panic!("no notice");
    };
    let topics: Vec<String> = topics.iter().map(ToString::to_string).collect();
    assert!(topics.contains(&"teams".to_owned()), "{topics:?}");
}

#[tokio::test]
async fn nobody_is_put_into_a_team_that_has_more_than_who_puts_them_there() {
    let owner = Owner::new().await;
    let role = json!({ "name": "Keeper", "permissions": ["machine.see", "account.see", "account.manage"] });
    let key = owner.post("/api/roles", &role).await.json()["key"].clone();
    let (kim, cookie) = owner.joined("kim", key.as_str().unwrap()).await;
    let team = owner.make("Field").await;
    owner.give(&team["id"], "technician").await;
    let member = format!("{}/members/{kim}", path(&team));
    let refused = owner.send_as(&cookie, Method::PUT, &member, (None, None)).await;
    let problem = refused.assert_problem(403, "forbidden");
    assert!(
        problem["detail"].as_str().unwrap().contains("screen.control"),
        "{problem}"
    );
    let shown = owner
        .send_as(&cookie, Method::GET, &path(&team), (None, None))
        .await
        .json();
    assert_eq!(shown["team"]["may_manage"], false);
    assert_eq!(shown["members"], json!([]));
}

#[tokio::test]
async fn a_team_signs_in_nowhere_and_is_no_account() {
    let owner = Owner::new().await;
    let team = owner.make("Field").await;
    let id = team["id"].as_str().unwrap();
    for email in [format!("team:{id}"), String::new(), "Field".into()] {
        let credentials = json!({ "email": email, "password": "" });
        let answer = owner.app.post("/api/logins", &credentials).await;
        assert!(answer.status.is_client_error(), "{answer:?}");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    let account = format!("/api/accounts/{id}");
    for (method, path) in [
        (Method::GET, account.clone()),
        (Method::DELETE, account.clone()),
        (Method::POST, format!("{account}/disable")),
        (Method::POST, format!("{account}/enable")),
        (Method::DELETE, format!("{account}/factors")),
        (Method::GET, format!("{account}/identities")),
        (Method::DELETE, format!("/api/service-accounts/{id}")),
    ] {
        let answer = owner.send(method, &path, None, None).await;
        answer.assert_problem(404, "not_found");
    }
    let token = json!({
        "account_id": id, "name": "x", "scopes": ["machine.see"], "expires_in_seconds": 3600,
    });
    owner
        .post("/api/api-tokens", &token)
        .await
        .assert_problem(404, "not_found");
    owner.give(&team["id"], "technician").await;
    let code = json!({ "assigned_to": id });
    let problem = owner
        .post("/api/support-codes", &code)
        .await
        .assert_problem(422, "validation_failed");
    assert_eq!(problem["errors"][0]["pointer"], "/assigned_to");
    for list in ["/api/accounts", "/api/service-accounts"] {
        let items = owner.get(list).await;
        let items = items["items"].as_array().unwrap();
        assert!(items.iter().all(|one| one["id"] != id), "{list}");
    }
}
