//! Tokens and what they are good for.

use farol_testkit::new_key;

use super::*;

async fn token(console: &mut ApiClient, max_uses: u32) -> (String, String) {
    let body = json!({
        "name": "rollout", "max_uses": max_uses, "expires_in_seconds": 3600, "approval": "automatic",
    });
    let answer = console.post("/api/enrollment-tokens", &body).await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    let text = |name: &str| answer.body[name].as_str().unwrap().to_owned();
    (text("token"), text("id"))
}

#[tokio::test]
async fn the_last_use_goes_to_one_of_two_that_race() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let (token, id) = token(&mut console, 1).await;
    let (first, second) = (new_key().unwrap(), new_key().unwrap());
    let (one, two) = tokio::join!(
        Enrolled::ask(server.address(), &token, &first),
        Enrolled::ask(server.address(), &token, &second)
    );
    let mut statuses = [one.unwrap().status, two.unwrap().status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403]);
    let list = console.get("/api/enrollment-tokens").await.unwrap().body;
    let listed = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["id"] == json!(id))
        .unwrap();
    assert_eq!(listed["uses"], 1);
    assert!(listed.get("token").is_none(), "the text is shown once");
}

#[tokio::test]
async fn of_thirty_that_come_at_once_ten_get_in() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let (token, id) = token(&mut console, 10).await;
    let keys: Vec<_> = (0..30).map(|_| new_key().unwrap()).collect();
    let asking = keys
        .iter()
        .map(|key| Enrolled::ask(server.address(), &token, key));
    let answers = futures_util::future::join_all(asking).await;
    let (mut machines, mut refused) = (std::collections::BTreeSet::new(), 0);
    for answer in answers {
        let answer = answer.unwrap();
        match answer.status {
            201 => assert!(
                machines.insert(answer.body["machine_id"].to_string()),
                "{answer:?}"
            ),
            _ => {
                assert_eq!(
                    (answer.status, &answer.body["code"]),
                    (403, &json!("enrollment_token_invalid"))
                );
                refused += 1;
            }
        }
    }
    assert_eq!((machines.len(), refused), (10, 20));
    let listed = console
        .get(&format!("/api/enrollment-tokens/{id}"))
        .await
        .unwrap()
        .body;
    assert_eq!(
        (&listed["uses"], &listed["state"]),
        (&json!(10), &json!("used_up"))
    );
    let list = console.get("/api/machines").await.unwrap().body;
    assert_eq!(list["items"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn the_same_key_gets_the_same_machine_and_costs_no_use() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let (token, _) = token(&mut console, 1).await;
    let key = new_key().unwrap();
    let first = Enrolled::ask(server.address(), &token, &key).await.unwrap();
    let again = Enrolled::ask(server.address(), &token, &key).await.unwrap();
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body["machine_id"], again.body["machine_id"]);
    assert_eq!(
        console.get("/api/machines").await.unwrap().body["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn revoked_and_made_up_tokens_have_one_answer() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let (token, id) = token(&mut console, 5).await;
    assert_eq!(
        console
            .delete(&format!("/api/enrollment-tokens/{id}"))
            .await
            .unwrap()
            .status,
        204
    );
    let key = new_key().unwrap();
    for text in [token.as_str(), "farol_enr_nonsense", ""] {
        let answer = Enrolled::ask(server.address(), text, &key).await.unwrap();
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (403, &json!("enrollment_token_invalid")),
            "{text}"
        );
    }
    let audit = console.get("/api/audit").await.unwrap().body.to_string();
    assert!(!audit.contains(&token), "the token stands in the audit entries");
    assert!(audit.contains("enrollment_token.revoked"));
}

#[tokio::test]
async fn wrong_wishes_are_named_by_field() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    for (body, field) in [
        (json!({ "name": " ", "expires_in_seconds": 3600 }), "name"),
        (
            json!({ "name": "x", "expires_in_seconds": 5 }),
            "expires_in_seconds",
        ),
        (
            json!({ "name": "x", "expires_in_seconds": 3600, "max_uses": 0 }),
            "max_uses",
        ),
    ] {
        let answer = console.post("/api/enrollment-tokens", &body).await.unwrap();
        assert_eq!(
            (answer.status, &answer.body["errors"][0]["field"]),
            (422, &json!(field)),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn what_a_token_allows_is_chosen_shown_and_changed() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let body = json!({
        "name": "Lisbon", "expires_in_seconds": 3600, "networks": ["10.2.3.4/16"],
        "labels": { "department": "Sales ", "tags": ["Lab", "lab", "Kiosk"] },
    });
    let made = console.post("/api/enrollment-tokens", &body).await.unwrap().body;
    let path = format!("/api/enrollment-tokens/{}", made["id"].as_str().unwrap());
    let shown = console.get(&path).await.unwrap().body;
    assert_eq!(shown["approval"], "when_doubtful", "the careful default");
    assert_eq!(shown["networks"], json!(["10.2.0.0/16"]));
    let labels = json!({ "department": "Sales", "device_type": null, "tags": ["lab", "kiosk"] });
    assert_eq!(shown["labels"], labels);
    assert_eq!(
        (&shown["state"], &shown["waiting"]),
        (&json!("active"), &json!(0))
    );
    assert!(shown.get("token").is_none() && shown.get("internal").is_none());

    let etag = shown["etag"].as_str().unwrap();
    let change = json!({ "name": "Porto", "max_uses": 3, "approval": "automatic", "networks": [] });
    let changed = console.patch(&path, &change, etag).await.unwrap();
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.body["labels"], labels, "what is left out stays");
    assert_eq!(changed.body, console.get(&path).await.unwrap().body);
    let late = console.patch(&path, &change, etag).await.unwrap();
    assert_eq!(
        (late.status, &late.body["code"]),
        (412, &json!("version_mismatch"))
    );
    let wrong = json!({ "token": "farol_enr_mine" });
    assert_eq!(console.patch(&path, &wrong, "*").await.unwrap().status, 400);

    let text = made["token"].as_str().unwrap();
    Enrolled::with_token(server.address(), text).await.unwrap();
    let etag = console.get(&path).await.unwrap().body["etag"].clone();
    assert_eq!(etag, changed.body["etag"], "being used is no change");
    let audit = console.get("/api/audit").await.unwrap().body.to_string();
    assert!(audit.contains("enrollment_token.changed") && !audit.contains(text));
}

#[tokio::test]
async fn a_token_tells_who_came_with_it_also_when_they_are_gone() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let (token, id) = token(&mut console, 5).await;
    let path = format!("/api/enrollment-tokens/{id}/uses");
    assert_eq!(console.get(&path).await.unwrap().body["items"], json!([]));
    let stays = Enrolled::with_token(server.address(), &token).await.unwrap();
    let goes = Enrolled::with_token(server.address(), &token).await.unwrap();
    console
        .delete(&format!("/api/machines/{}", goes.machine))
        .await
        .unwrap();
    let uses = console.get(&path).await.unwrap().body["items"].clone();
    let of = |index: usize| (&uses[index]["machine_id"], &uses[index]["machine"]["id"]);
    assert_eq!(of(0), (&json!(goes.machine.to_string()), &Value::Null));
    assert_eq!(
        of(1),
        (
            &json!(stays.machine.to_string()),
            &json!(stays.machine.to_string())
        )
    );
    assert_eq!(uses[0]["machine_name"], "paper");
    assert_eq!(uses[0]["address"], "127.0.0.1");
    let unknown = "/api/enrollment-tokens/0197c2a0-0000-7000-8000-000000000001/uses";
    assert_eq!(console.get(unknown).await.unwrap().status, 404);
}

#[tokio::test]
async fn ended_tokens_are_listed_apart() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let (used, _) = token(&mut console, 1).await;
    Enrolled::with_token(server.address(), &used).await.unwrap();
    let (_, revoked) = token(&mut console, 1).await;
    console
        .delete(&format!("/api/enrollment-tokens/{revoked}"))
        .await
        .unwrap();
    let (_, active) = token(&mut console, 1).await;
    let listed = async |query: &str| {
        let list = console
            .get(&format!("/api/enrollment-tokens{query}"))
            .await
            .unwrap();
        let items = list.body["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["state"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, ["active", "revoked", "used_up"]);
    assert_eq!(listed("?state=active").await, ["active"]);
    assert_eq!(listed("?state=ended").await, ["revoked", "used_up"]);
    assert!(listed("?state=other").await.is_empty());
    // What has ended by its uses can be opened again; what was revoked cannot.
    let path = format!("/api/enrollment-tokens/{revoked}");
    let change = console
        .patch(&path, &json!({ "max_uses": 9 }), "*")
        .await
        .unwrap();
    assert_eq!((change.status, &change.body["code"]), (409, &json!("conflict")));
    let path = format!("/api/enrollment-tokens/{active}");
    let wrong = json!({ "labels": { "tags": ["a,b"] }, "networks": ["nowhere"] });
    let refused = console.patch(&path, &wrong, "*").await.unwrap();
    let fields: Vec<_> = refused.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["field"])
        .collect();
    assert_eq!(fields, ["labels.tags", "networks"]);
}

#[tokio::test]
async fn who_has_to_wait_is_counted_and_then_listed() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let body = json!({ "name": "careful", "expires_in_seconds": 3600, "approval": "first" });
    let made = console.post("/api/enrollment-tokens", &body).await.unwrap().body;
    let path = format!("/api/enrollment-tokens/{}", made["id"].as_str().unwrap());
    let key = new_key().unwrap();
    let text = made["token"].as_str().unwrap();
    let asked = Enrolled::ask(server.address(), text, &key).await.unwrap();
    assert_eq!(
        (asked.status, &asked.body["status"]),
        (202, &json!("waiting")),
        "{asked:?}"
    );
    assert_eq!(console.get(&path).await.unwrap().body["waiting"], 1);
    let uses = format!("{path}/uses");
    assert_eq!(console.get(&uses).await.unwrap().body["items"], json!([]));

    let waiting = console.get("/api/quarantine").await.unwrap().body;
    let entry = waiting["items"][0]["id"].as_str().unwrap();
    let approve = format!("/api/quarantine/{entry}/approve");
    let approved = console.post(&approve, &json!({ "as": "new" })).await.unwrap();
    assert!(approved.status < 300, "{approved:?}");
    assert_eq!(console.get(&path).await.unwrap().body["waiting"], 0);
    let machines = console.get("/api/machines").await.unwrap().body;
    let listed = console.get(&uses).await.unwrap().body;
    assert_eq!(listed["items"][0]["machine"]["id"], machines["items"][0]["id"]);
    assert_eq!(listed["items"][0]["address"], "127.0.0.1");
}

#[tokio::test]
async fn from_another_network_a_token_is_not_taken() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let body = json!({
        "name": "near", "expires_in_seconds": 3600, "approval": "automatic", "networks": ["192.0.2.0/24"],
    });
    let made = console.post("/api/enrollment-tokens", &body).await.unwrap().body;
    let text = made["token"].as_str().unwrap();
    let key = new_key().unwrap();
    let refused = Enrolled::ask(server.address(), text, &key).await.unwrap();
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (403, &json!("enrollment_network_refused"))
    );
    let path = format!("/api/enrollment-tokens/{}", made["id"].as_str().unwrap());
    let change = json!({ "networks": ["127.0.0.1", "192.0.2.0/24"] });
    assert_eq!(console.patch(&path, &change, "*").await.unwrap().status, 200);
    let taken = Enrolled::ask(server.address(), text, &key).await.unwrap();
    assert_eq!(taken.status, 201, "{taken:?}");
}

#[tokio::test]
async fn who_asked_in_time_is_let_in_when_somebody_agrees_later() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let body = json!({ "name": "careful", "expires_in_seconds": 3600, "approval": "first" });
    let made = console.post("/api/enrollment-tokens", &body).await.unwrap().body;
    let path = format!("/api/enrollment-tokens/{}", made["id"].as_str().unwrap());
    let text = made["token"].as_str().unwrap();
    let (early, revoked, refused, late) = (
        new_key().unwrap(),
        new_key().unwrap(),
        new_key().unwrap(),
        new_key().unwrap(),
    );
    let ask = async |key| Enrolled::ask(server.address(), text, key).await.unwrap();
    let entry = async |console: &ApiClient| {
        let list = console.get("/api/quarantine?waiting=true").await.unwrap().body;
        list["items"][0]["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(ask(&early).await.status, 202);
    let first = entry(&console).await;
    assert_eq!(ask(&revoked).await.status, 202);
    let second = entry(&console).await;
    assert_eq!(ask(&refused).await.status, 202);
    let third = entry(&console).await;

    // The weekend passes.
    server.let_time_pass(std::time::Duration::from_secs(2 * 24 * 3600));
    let mut console = server.sign_in().await.unwrap();
    assert_eq!(ask(&early).await.status, 202, "it still waits");
    let answer = ask(&late).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (403, &json!("enrollment_token_invalid")),
        "nobody new comes in"
    );
    let new = json!({ "as": "new" });
    let approve = |entry: &str| format!("/api/quarantine/{entry}/approve");
    assert_eq!(console.post(&approve(&first), &new).await.unwrap().status, 200);
    let enrolled = ask(&early).await;
    assert_eq!(enrolled.status, 201, "{enrolled:?}");

    // A revoked token is no answer to who waits already; a person is.
    assert_eq!(console.delete(&path).await.unwrap().status, 204);
    assert_eq!(ask(&revoked).await.status, 202);
    assert_eq!(console.post(&approve(&second), &new).await.unwrap().status, 200);
    assert_eq!(ask(&revoked).await.status, 201);
    let refuse = format!("/api/quarantine/{third}/refuse");
    assert_eq!(console.post(&refuse, &json!({})).await.unwrap().status, 200);
    let answer = ask(&refused).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (403, &json!("enrollment_refused"))
    );
    let again = ask(&early).await;
    assert_eq!(
        again.body["machine_id"], enrolled.body["machine_id"],
        "nor to who is in"
    );
}
