//! What is left to a login without the second factor that the sign-in rules ask for: every route of the description is asked, so that a new
//! one is closed to it until somebody says otherwise.

use axum::http::{Method, StatusCode};
use farol_server::rights::{RoleKey, Takes, takes};
use sea_orm::ConnectionTrait;
use serde_json::Value;

use super::{Ours, routes};

/// All of it. A line more is a decision.
const LEFT: [&str; 15] = [
    "DELETE /api/logins",
    "DELETE /api/logins/current",
    "DELETE /api/logins/{id}",
    "GET /api/logins",
    "GET /api/logins/current/sign-out-url",
    "GET /api/me",
    "GET /api/me/factors",
    "PATCH /api/me",
    "POST /api/logins/current/proof",
    "POST /api/logins/current/proof/start",
    "POST /api/me/passkeys",
    "POST /api/me/passkeys/start",
    "POST /api/me/password",
    "POST /api/me/totp",
    "POST /api/me/totp/confirm",
];

/// Asks everybody for a second factor, from long ago on.
async fn ask_everybody(ours: &Ours, grace_days: i64) {
    let tx = ours.app.ctx.db.write().await.unwrap();
    let statement = format!(
        "INSERT INTO sign_in_rules (name, second_factor, trust_providers, grace_days, since, changed_at, version) \
         VALUES ('sign-in-rules', 'everybody', TRUE, {grace_days}, 0, 0, 1)"
    );
    tx.execute_unprepared(&statement).await.unwrap();
    tx.commit().await.unwrap();
}

fn is_refused(status: StatusCode, answer: &Value) -> bool {
    status == StatusCode::FORBIDDEN && answer["code"] == "second_factor_required"
}

#[tokio::test]
async fn a_login_without_the_factor_that_is_asked_for_is_left_what_adds_one() {
    let ours = Ours::new().await;
    let organization = ours.ids["organization"].clone();
    let cookie = ours.somebody(RoleKey::Administrator, &organization).await;
    ask_everybody(&ours, 0).await;
    let (mut left, mut refused) = (Vec::new(), 0);
    // What ends the login that asks comes last.
    let mut all = routes();
    all.sort_by_key(|(method, path)| {
        (
            *method == Method::DELETE && path == "/api/logins/current",
            path.clone(),
        )
    });
    for (method, template) in all {
        let takes = takes(method.as_str(), &template);
        if matches!(takes, None | Some(Takes::Nothing | Takes::Machine)) {
            continue;
        }
        let path = ours.path(&template);
        let body = ours.bodies(&method, &template).into_iter().next();
        let (status, answer) = ours.ask(&cookie, &method, &path, body.as_ref()).await;
        if is_refused(status, &answer) {
            refused += 1;
        } else {
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{method} {template} {answer}");
            left.push(format!("{method} {template}"));
        }
    }
    left.sort();
    assert_eq!(left, LEFT);
    assert!(refused > 80, "{refused}");
}

#[tokio::test]
async fn api_tokens_are_asked_for_nothing() {
    let ours = Ours::new().await;
    let token = ours.token_for_theirs().await;
    ask_everybody(&ours, 0).await;
    let (status, _) = ours.ask(&token, &Method::GET, "/api/machines", None).await;
    assert_eq!(status, StatusCode::OK);
    let (status, answer) = ours.ask(&ours.owner, &Method::GET, "/api/machines", None).await;
    assert!(is_refused(status, &answer), "{answer}");
    let connect = "/api/identity-providers/0197c2a0-0000-7000-8000-0000000000dd/start?connect=true";
    let (_, page) = ours.ask(&ours.owner, &Method::GET, connect, None).await;
    assert!(page.to_string().contains("second_factor_required"), "{page}");
}

#[tokio::test]
async fn within_the_grace_a_login_is_told_and_goes_on() {
    let ours = Ours::new().await;
    // The rule is old; what counts is that the account is new.
    ask_everybody(&ours, 30).await;
    let (_, me) = ours.ask(&ours.owner, &Method::GET, "/api/me", None).await;
    assert_eq!(me["second_factor_missing"]["overdue"], false, "{me}");
    let (status, _) = ours.ask(&ours.owner, &Method::GET, "/api/machines", None).await;
    assert_eq!(status, StatusCode::OK);
}
