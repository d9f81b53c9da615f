//! What a real issuer never does, and what people do with addresses: each is refused by its own code, and nobody is signed in.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::double::{Double, Signed};
use crate::{Stage, assert_refused, assert_signed_in, leads_to};

struct Hostile {
    stage: Stage,
    issuer: Double,
    provider: String,
}

impl Hostile {
    async fn new() -> Self {
        let stage = Stage::new().await;
        let issuer = stage.double().await;
        let provider = stage
            .provider(&issuer.issuer, json!({ "creates_accounts": true }))
            .await;
        Self {
            stage,
            issuer,
            provider,
        }
    }
}

fn ana() -> serde_json::Value {
    json!({ "email": "ana@example.org", "email_verified": true, "name": "Ana Lima" })
}

fn with(more: serde_json::Value) -> serde_json::Value {
    let mut claims = ana();
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

#[tokio::test]
async fn the_double_is_believed_when_it_tells_the_truth() {
    let it = Hostile::new().await;
    let visit = it
        .stage
        .start_with(&it.provider, "?return_to=/people?invite=true", "")
        .await;
    for part in [
        "response_type=code",
        "code_challenge_method=S256",
        "client_id=farol",
        "scope=openid+profile+email",
        "redirect_uri=http%3A%2F%2F127.0.0.1%3A8480%2Fapi%2Foidc%2Fcallback",
    ] {
        assert!(visit.location.contains(part), "{part} in {}", visit.location);
    }
    it.issuer.vouches(&visit.location, ana());
    let answer = it.stage.back(&visit, "code=abc").await;
    let cookie = assert_signed_in(&answer);
    assert_eq!(leads_to(&answer), "/people?invite=true");
    let me = it.stage.me(&cookie).await;
    assert_eq!(me["account"]["name"], "Ana Lima");
    assert_eq!(me["account"]["email"], "ana@example.org");
}

#[tokio::test]
async fn a_token_that_is_not_ours_to_believe_signs_nobody_in() {
    let it = Hostile::new().await;
    let start = it.stage.app.clock.now().0 / 1000;
    let cases = [
        (json!({ "nonce": "another" }), Signed::Right, "nonce_mismatch"),
        (json!({ "nonce": null }), Signed::Right, "nonce_mismatch"),
        (json!({}), Signed::OtherKey, "identity_token_invalid"),
        (json!({}), Signed::UnknownKey, "identity_token_invalid"),
        (json!({}), Signed::None, "identity_token_invalid"),
        (json!({}), Signed::Secret, "identity_token_invalid"),
        (
            json!({ "aud": "another client" }),
            Signed::Right,
            "identity_token_invalid",
        ),
        (
            json!({ "aud": ["farol", "another"] }),
            Signed::Right,
            "identity_token_invalid",
        ),
        (
            json!({ "azp": "another" }),
            Signed::Right,
            "identity_token_invalid",
        ),
        (
            json!({ "iss": "https://other.example" }),
            Signed::Right,
            "identity_token_invalid",
        ),
        (
            json!({ "exp": start - 120 }),
            Signed::Right,
            "identity_token_invalid",
        ),
        (
            json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" }),
            Signed::Right,
            "identity_token_invalid",
        ),
        (json!({ "sub": "" }), Signed::Right, "identity_token_invalid"),
        (
            json!({ "sub": "x".repeat(256) }),
            Signed::Right,
            "identity_token_invalid",
        ),
    ];
    for (claims, signed, code) in cases {
        // Attempts of one address are counted.
        it.stage.app.clock.advance(Duration::from_secs(20));
        let visit = it.stage.start(&it.provider).await;
        let mut claims = claims;
        if claims.get("exp").is_some() {
            claims["exp"] = json!(it.stage.app.clock.now().0 / 1000 - 120);
        }
        it.issuer.signs(&visit.location, with(claims.clone()), signed);
        let answer = it.stage.back(&visit, "code=abc").await;
        assert_refused(&answer, code);
    }
    it.stage.settle().await;
    let people = it
        .stage
        .ask(&it.stage.owner, Method::GET, "/api/accounts", None)
        .await;
    assert_eq!(
        people.json()["items"].as_array().unwrap().len(),
        1,
        "nobody got an account"
    );
    let refused = it.stage.audit("login.refused").await;
    assert!(
        refused
            .iter()
            .any(|entry| entry["detail"]["code"] == "nonce_mismatch"),
        "{refused:?}"
    );
    assert_eq!(refused[0]["target"]["kind"], "identity_provider");
}

#[tokio::test]
async fn a_state_works_once_for_ten_minutes_and_in_its_browser() {
    let it = Hostile::new().await;
    let stage = &it.stage;
    assert_refused(&stage.back_with("", "code=abc").await, "sign_in_unknown");
    assert_refused(&stage.back_with("", "state=x&code=abc").await, "sign_in_unknown");
    let made_up = format!("state={}&code=abc", "A".repeat(43));
    assert_refused(&stage.back_with("", &made_up).await, "sign_in_unknown");

    let (mine, theirs) = (stage.start(&it.provider).await, stage.start(&it.provider).await);
    it.issuer.vouches(&mine.location, ana());
    let query = format!("state={}&code=abc", mine.state);
    assert_refused(&stage.back_with("", &query).await, "sign_in_elsewhere");
    assert_refused(
        &stage.back_with(&theirs.cookie, &query).await,
        "sign_in_elsewhere",
    );
    // Whoever only saw the address has used nothing up.
    assert_signed_in(&stage.back(&mine, "code=abc").await);
    assert_refused(&stage.back(&mine, "code=abc").await, "sign_in_used");

    stage.app.clock.advance(Duration::from_secs(10 * 60));
    it.issuer.vouches(&theirs.location, ana());
    assert_refused(&stage.back(&theirs, "code=abc").await, "sign_in_expired");
    stage.settle().await;
    let codes: Vec<String> = stage
        .audit("login.refused")
        .await
        .iter()
        .map(|entry| entry["detail"]["code"].as_str().unwrap().to_owned())
        .collect();
    for code in ["sign_in_elsewhere", "sign_in_used", "sign_in_expired"] {
        assert!(codes.iter().any(|one| one == code), "{code} in {codes:?}");
    }
}

#[tokio::test]
async fn a_code_of_somebody_else_does_not_fit_this_browser() {
    let it = Hostile::new().await;
    let (mine, theirs) = (
        it.stage.start(&it.provider).await,
        it.stage.start(&it.provider).await,
    );
    // The code was made for their challenge; my browser has another verifier.
    it.issuer.vouches(&theirs.location, ana());
    assert_refused(&it.stage.back(&mine, "code=stolen").await, "provider_not_right");
}

#[tokio::test]
async fn another_issuer_does_not_answer_in_its_place() {
    let it = Hostile::new().await;
    let visit = it.stage.start(&it.provider).await;
    it.issuer.vouches(&visit.location, ana());
    let answer = it
        .stage
        .back(&visit, "code=abc&iss=https%3A%2F%2Fother.example")
        .await;
    assert_refused(&answer, "issuer_mismatch");

    let silent = it.stage.double().await;
    silent.metadata(json!({ "authorization_response_iss_parameter_supported": true }));
    let provider = it
        .stage
        .provider(&silent.issuer, json!({ "creates_accounts": true }))
        .await;
    let visit = it.stage.start(&provider).await;
    silent.vouches(&visit.location, ana());
    assert_refused(&it.stage.back(&visit, "code=abc").await, "issuer_mismatch");
    let visit = it.stage.start(&provider).await;
    silent.vouches(&visit.location, ana());
    assert!(
        !silent.asked().contains(&"token".to_owned()),
        "its code was not sent anywhere"
    );
    let iss = silent.issuer.replace(':', "%3A").replace('/', "%2F");
    assert_signed_in(&it.stage.back(&visit, &format!("code=abc&iss={iss}")).await);
}

#[tokio::test]
async fn what_the_issuer_refuses_and_what_it_gets_wrong_have_codes_of_their_own() {
    let it = Hostile::new().await;
    let visit = it.stage.start(&it.provider).await;
    assert_refused(
        &it.stage.back(&visit, "error=access_denied").await,
        "provider_refused",
    );
    let visit = it.stage.start(&it.provider).await;
    assert_refused(&it.stage.back(&visit, "").await, "provider_not_right");
    it.issuer
        .answers(StatusCode::UNAUTHORIZED, json!({ "error": "invalid_client" }));
    let visit = it.stage.start(&it.provider).await;
    assert_refused(&it.stage.back(&visit, "code=abc").await, "provider_not_right");

    let path = "/api/identity-providers/0197c2a0-0000-7000-8000-0000000000dd/start";
    assert_refused(&it.stage.app.get(path, &[]).await, "provider_unknown");
    it.stage.change(&it.provider, json!({ "enabled": false })).await;
    let path = format!("/api/identity-providers/{}/start", it.provider);
    assert_refused(&it.stage.app.get(&path, &[]).await, "provider_unknown");

    let gone = it.stage.double().await;
    let provider = it.stage.provider(&gone.issuer, json!({})).await;
    drop(gone);
    let path = format!("/api/identity-providers/{provider}/start");
    assert_refused(&it.stage.app.get(&path, &[]).await, "provider_unreachable");
}

#[tokio::test]
async fn keys_that_were_changed_are_asked_for_again() {
    let it = Hostile::new().await;
    let visit = it.stage.start(&it.provider).await;
    it.issuer.vouches(&visit.location, ana());
    assert_signed_in(&it.stage.back(&visit, "code=abc").await);
    it.issuer.new_key();
    it.issuer.asked();
    let visit = it.stage.start(&it.provider).await;
    assert_eq!(
        it.issuer.asked(),
        [""; 0],
        "what is known is not asked for each time"
    );
    it.issuer.vouches(&visit.location, ana());
    assert_signed_in(&it.stage.back(&visit, "code=abc").await);
    assert_eq!(it.issuer.asked(), ["token", "metadata", "keys"]);
}
