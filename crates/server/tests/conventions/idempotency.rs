//! `Idempotency-Key`.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use farol_server::idempotency::{KEPT, RUNNING_MAX};
use farol_server::store::entities::idempotency_key;
use futures_util::FutureExt;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::common::{Answer, App, EMAIL, PASSWORD, request};

const TOKENS: &str = "/api/enrollment-tokens";

fn wanted(name: &str) -> Value {
    json!({ "name": name, "approval": "first", "expires_in_seconds": 3600, "max_uses": 1 })
}

struct Desk {
    app: App,
    cookie: String,
}

impl Desk {
    async fn new() -> Self {
        let (app, cookie) = App::set_up().await;
        Self { app, cookie }
    }

    async fn keyed(&self, path: &str, key: &str, body: &Value) -> Answer {
        let headers = [("cookie", self.cookie.as_str()), ("idempotency-key", key)];
        self.app
            .send(request(Method::POST, path, &headers, Some(body)))
            .await
    }

    /// How many enrollment tokens there are.
    async fn made(&self) -> usize {
        let list = self.app.get(TOKENS, &[("cookie", &self.cookie)]).await.json();
        list["items"].as_array().unwrap().len()
    }

    async fn sign_in(&self) -> String {
        let body = json!({ "email": EMAIL, "password": PASSWORD });
        self.app.post("/api/logins", &body).await.cookie()
    }

    async fn rows(&self) -> Vec<idempotency_key::Model> {
        idempotency_key::Entity::find()
            .all(self.app.ctx.db.read())
            .await
            .unwrap()
    }
}

fn is_replayed(answer: &Answer) -> bool {
    answer
        .headers
        .get("idempotency-replayed")
        .is_some_and(|value| value == "true")
}

#[tokio::test]
async fn what_is_asked_twice_is_done_once_and_answered_twice() {
    let desk = Desk::new().await;
    let first = desk.keyed(TOKENS, "\"one\"", &wanted("a")).await;
    assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
    assert!(!is_replayed(&first));
    // In quotes or not, it is the same key.
    let second = desk.keyed(TOKENS, "one", &wanted("a")).await;
    assert!(is_replayed(&second), "{second:?}");
    assert_eq!((second.status, &second.text), (first.status, &first.text));
    for name in ["content-type", "etag", "location"] {
        assert_eq!(second.headers.get(name), first.headers.get(name), "{name}");
    }
    assert_ne!(second.headers["x-request-id"], first.headers["x-request-id"]);
    assert_eq!(desk.made().await, 1);
    let other = desk.keyed(TOKENS, "two", &wanted("a")).await;
    assert!(!is_replayed(&other));
    assert_eq!(desk.made().await, 2);
}

#[tokio::test]
async fn another_request_with_the_same_key_is_refused() {
    let desk = Desk::new().await;
    desk.keyed(TOKENS, "one", &wanted("a")).await;
    let reused = desk.keyed(TOKENS, "one", &wanted("b")).await;
    reused.assert_problem(422, "idempotency_key_reused");
    let elsewhere = desk.keyed("/api/organizations", "one", &wanted("a")).await;
    elsewhere.assert_problem(422, "idempotency_key_reused");
    assert_eq!(desk.made().await, 1);
}

#[tokio::test]
async fn a_refusal_is_an_answer_too_and_names_the_request_that_it_answers() {
    let desk = Desk::new().await;
    let first = desk.keyed(TOKENS, "one", &wanted("")).await;
    let first = first.assert_problem(422, "validation_failed");
    let second = desk.keyed(TOKENS, "one", &wanted("")).await;
    assert!(is_replayed(&second));
    let second = second.assert_problem(422, "validation_failed");
    assert_eq!(first["errors"], second["errors"]);
}

#[tokio::test]
async fn a_key_that_is_not_right_is_named_and_nothing_is_done() {
    let desk = Desk::new().await;
    for key in ["", "a b", "\"a", &"x".repeat(256)] {
        let problem = desk
            .keyed(TOKENS, key, &wanted("a"))
            .await
            .assert_problem(400, "malformed");
        assert!(
            problem["detail"].as_str().unwrap().contains("Idempotency-Key"),
            "{problem}"
        );
    }
    assert_eq!(desk.made().await, 0);
    // Where nobody asks, or nothing changes, it means nothing.
    let me = [("cookie", desk.cookie.as_str()), ("idempotency-key", "a b")];
    assert_eq!(desk.app.get("/api/me", &me).await.status, StatusCode::OK);
    let strength = request(
        Method::POST,
        "/api/password-strength",
        &[("idempotency-key", "a b")],
        Some(&json!({ "password": "x" })),
    );
    assert_eq!(desk.app.send(strength).await.status, StatusCode::OK);
    let nobody = request(
        Method::POST,
        TOKENS,
        &[("idempotency-key", "a b")],
        Some(&wanted("a")),
    );
    desk.app.send(nobody).await.assert_problem(401, "not_signed_in");
}

#[tokio::test]
async fn secrets_of_answers_are_sealed_and_shown_to_who_asked() {
    let mut desk = Desk::new().await;
    let made = desk.keyed(TOKENS, "one", &wanted("a")).await.json();
    let secret = made["secret"]
        .as_str()
        .or(made["token"].as_str())
        .unwrap()
        .to_owned();
    let row = desk.rows().await.remove(0);
    let kept = row.sealed_answer.unwrap();
    assert!(!kept.windows(secret.len()).any(|part| part == secret.as_bytes()));
    // The account's other login is told that it was done, and not done again.
    let first = std::mem::take(&mut desk.cookie);
    desk.cookie = desk.sign_in().await;
    let other = desk.keyed(TOKENS, "one", &wanted("a")).await;
    other.assert_problem(422, "idempotency_key_reused");
    assert!(!other.text.contains(&secret));
    assert_eq!(desk.made().await, 1);
    desk.cookie = first;
    assert!(is_replayed(&desk.keyed(TOKENS, "one", &wanted("a")).await));
}

#[tokio::test]
async fn a_token_has_keys_of_its_own() {
    let desk = Desk::new().await;
    let body = json!({ "name": "script", "scopes": ["enrollment.manage"], "expires_in_seconds": 3600 });
    let token = desk.keyed("/api/api-tokens", "token", &body).await.json();
    let bearer = format!("Bearer {}", token["secret"].as_str().unwrap());
    desk.keyed(TOKENS, "one", &wanted("a")).await;
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "one")];
    for replayed in [false, true] {
        let by_token = request(Method::POST, TOKENS, &headers, Some(&wanted("a")));
        let answer = desk.app.send(by_token).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        assert_eq!(is_replayed(&answer), replayed);
    }
    assert_eq!(desk.made().await, 2);
}

#[tokio::test]
async fn who_has_to_prove_themselves_first_asks_again_with_the_same_key() {
    let desk = Desk::new().await;
    desk.app.clock.advance(Duration::from_secs(11 * 60));
    let refused = desk.keyed("/api/me/totp", "one", &json!({})).await;
    refused.assert_problem(403, "step_up_required");
    assert!(desk.rows().await.is_empty());
    // A proof holds for one login: it takes no key, and is given each time.
    let proof = json!({ "proof": { "kind": "password", "password": PASSWORD } });
    for _ in 0..2 {
        let proved = desk.keyed("/api/logins/current/proof", "proof", &proof).await;
        assert!(proved.status.is_success() && !is_replayed(&proved), "{proved:?}");
    }
    let done = desk.keyed("/api/me/totp", "one", &json!({})).await;
    assert!(done.status.is_success() && !is_replayed(&done), "{done:?}");
    let again = desk.keyed("/api/me/totp", "one", &json!({})).await;
    assert!(is_replayed(&again) && again.text == done.text);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let mut desk = Desk::new().await;
    desk.keyed(TOKENS, "one", &wanted("a")).await;
    desk.app.clock.advance(KEPT);
    desk.cookie = desk.sign_in().await;
    let anew = desk.keyed(TOKENS, "one", &wanted("b")).await;
    assert_eq!(anew.status, StatusCode::CREATED, "{anew:?}");
}

/// As if the server had stopped between doing and writing down what it answered.
#[tokio::test]
async fn what_was_cut_off_says_so_and_is_free_again_later() {
    let desk = Desk::new().await;
    desk.keyed(TOKENS, "one", &wanted("a")).await;
    let tx = desk.app.ctx.db.write().await.unwrap();
    idempotency_key::Entity::update_many()
        .col_expr(
            idempotency_key::Column::SealedAnswer,
            Expr::value(Option::<Vec<u8>>::None),
        )
        .filter(idempotency_key::Column::SealedAnswer.is_not_null())
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let waits = desk.keyed(TOKENS, "one", &wanted("a")).await;
    let problem = waits.assert_problem(409, "idempotency_key_in_use");
    assert_eq!(waits.headers["retry-after"], "1");
    let free_at = desk.app.clock.now().after(RUNNING_MAX).rfc3339();
    assert!(
        problem["detail"].as_str().unwrap().contains(&free_at),
        "{problem}"
    );
    desk.keyed(TOKENS, "one", &wanted("b"))
        .await
        .assert_problem(422, "idempotency_key_reused");
    desk.app.clock.advance(RUNNING_MAX);
    let anew = desk.keyed(TOKENS, "one", &wanted("a")).await;
    assert_eq!(anew.status, StatusCode::CREATED, "{anew:?}");
    assert!(!is_replayed(&anew));
}

#[tokio::test]
async fn of_two_at_once_one_does_it() {
    let desk = Desk::new().await;
    let body = wanted("a");
    let (one, other) = tokio::join!(desk.keyed(TOKENS, "one", &body), desk.keyed(TOKENS, "one", &body));
    let answers = [one, other];
    let first = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::CREATED && !is_replayed(answer));
    assert_eq!(first.count(), 1, "{answers:?}");
    for answer in answers
        .iter()
        .filter(|answer| answer.status != StatusCode::CREATED)
    {
        answer.assert_problem(409, "idempotency_key_in_use");
    }
    assert_eq!(desk.made().await, 1);
}

#[tokio::test]
async fn a_lost_connection_stops_nothing_that_has_begun() {
    let desk = Desk::new().await;
    let body = wanted("a");
    let mut sending = Box::pin(desk.keyed(TOKENS, "one", &body));
    while idempotency_key::Entity::find()
        .count(desk.app.ctx.db.read())
        .await
        .unwrap()
        == 0
    {
        assert!((&mut sending).now_or_never().is_none());
    }
    drop(sending);
    desk.app.ctx.tasks.close();
    desk.app.ctx.tasks.wait().await;
    let again = desk.keyed(TOKENS, "one", &body).await;
    assert_eq!(again.status, StatusCode::CREATED, "{again:?}");
    assert!(is_replayed(&again));
    assert_eq!(desk.made().await, 1);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_anything_is_written() {
    let desk = Desk::new().await;
    let large = wanted(&"x".repeat(70 * 1024));
    desk.keyed(TOKENS, "one", &large)
        .await
        .assert_problem(413, "too_large");
    assert!(desk.rows().await.is_empty());
}
