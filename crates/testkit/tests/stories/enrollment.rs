//! Tokens and what they are good for.

use farol_testkit::new_key;

use super::*;

async fn token(console: &mut ApiClient, max_uses: u32) -> (String, String) {
    let body = json!({ "name": "rollout", "max_uses": max_uses, "expires_in_seconds": 3600 });
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
