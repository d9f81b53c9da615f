//! Making, changing and checking providers.

use axum::http::{Method, StatusCode};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::Stage;
use crate::common::{PASSWORD, request};

const PATH: &str = "/api/identity-providers";

#[tokio::test]
async fn a_provider_is_made_and_changed_and_its_secret_is_never_shown() {
    let stage = Stage::new().await;
    let id = stage
        .provider("https://id.example.org", json!({ "scopes": ["email", "openid"] }))
        .await;
    let path = format!("{PATH}/{id}");
    let made = stage.ask(&stage.owner, Method::GET, &path, None).await;
    assert!(!made.text.contains("a secret of the two of us"), "{made:?}");
    let made = made.json();
    assert_eq!(made["has_client_secret"], true);
    assert_eq!(made["scopes"], json!(["email"]));
    assert_eq!(made["redirect_uri"], "http://127.0.0.1:8480/api/oidc/callback");
    assert_eq!(made["post_logout_redirect_uri"], "http://127.0.0.1:8480/sign-in");

    let methods = stage.app.get("/api/sign-in-methods", &[]).await.json();
    assert_eq!(
        methods,
        json!({ "providers": [{ "id": id, "name": "Example ID" }] })
    );

    let change = json!({ "name": "Example", "client_secret": null });
    let headers = [("cookie", stage.owner.as_str())];
    let unseen = stage
        .app
        .send(request(Method::PATCH, &path, &headers, Some(&change)))
        .await;
    unseen.assert_problem(428, "version_required");
    let headers = [("cookie", stage.owner.as_str()), ("if-match", "\"7\"")];
    let other = stage
        .app
        .send(request(Method::PATCH, &path, &headers, Some(&change)))
        .await;
    other.assert_problem(412, "version_mismatch");
    let etag = made["etag"].as_str().unwrap();
    let headers = [("cookie", stage.owner.as_str()), ("if-match", etag)];
    let changed = stage
        .app
        .send(request(Method::PATCH, &path, &headers, Some(&change)))
        .await
        .json();
    assert_eq!(
        (&changed["name"], &changed["has_client_secret"]),
        (&json!("Example"), &json!(false))
    );
    assert_eq!(changed["etag"], "\"2\"");

    // Neither in the database in the clear, nor in what is proved.
    stage
        .change(&id, json!({ "client_secret": "another secret" }))
        .await;
    let db = stage.app.ctx.db.read();
    let sql = "SELECT hex(sealed_client_secret) AS sealed FROM identity_providers";
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap()
        .unwrap();
    let sealed: String = row.try_get("", "sealed").unwrap();
    assert!(sealed.len() > 40 && !sealed.contains(&hex::encode_upper("another secret")));
    let proved = stage.audit("identity_provider.changed").await;
    assert_eq!(proved.len(), 2);
    assert!(
        !json!(proved).to_string().contains("another secret"),
        "{proved:?}"
    );
    assert_eq!(stage.audit("identity_provider.created").await.len(), 1);
    stage.ask(&stage.owner, Method::DELETE, &path, None).await;
    assert_eq!(stage.audit("identity_provider.deleted").await.len(), 1);
    let gone = stage.ask(&stage.owner, Method::GET, &path, None).await;
    gone.assert_problem(404, "not_found");
}

#[tokio::test]
async fn wrong_settings_are_named_all_at_once() {
    let stage = Stage::new().await;
    let wanted = json!({
        "name": " ", "issuer": "http://id.example.org", "client_id": "", "client_secret": "",
        "scopes": ["a b"], "accounts_max": 0, "email_domains": ["a@b"],
        "mappings": [{ "group": "staff", "role": "viewer", "place": { "kind": "server" } }],
    });
    let answer = stage.ask(&stage.owner, Method::POST, PATH, Some(&wanted)).await;
    let problem = answer.assert_problem(422, "validation_failed");
    let mut fields: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    fields.sort_unstable();
    let expected = [
        "accounts_max",
        "client_id",
        "client_secret",
        "email_domains",
        "groups_claim",
        "issuer",
        "name",
        "scopes",
    ];
    assert_eq!(fields, expected);

    stage.provider("https://id.example.org", json!({})).await;
    let again = json!({ "name": "Again", "issuer": "https://id.example.org", "client_id": "x" });
    let answer = stage.ask(&stage.owner, Method::POST, PATH, Some(&again)).await;
    let problem = answer.assert_problem(422, "validation_failed");
    assert_eq!(
        (&problem["errors"][0]["field"], &problem["errors"][0]["code"]),
        (&json!("issuer"), &json!("taken"))
    );
    let gone = json!({
        "name": "Gone", "issuer": "https://other.example.org", "client_id": "x", "groups_claim": "groups",
        "mappings": [{ "group": "a", "role": "0197c2a0-0000-7000-8000-0000000000dd", "place": { "kind": "server" } }],
    });
    let answer = stage.ask(&stage.owner, Method::POST, PATH, Some(&gone)).await;
    let problem = answer.assert_problem(422, "validation_failed");
    assert_eq!(
        (&problem["errors"][0]["field"], &problem["errors"][0]["pointer"]),
        (&json!("mappings"), &json!("/mappings/0/role"))
    );
}

#[tokio::test]
async fn nobody_gives_by_groups_what_they_do_not_have() {
    let stage = Stage::new().await;
    let role = json!({ "name": "Keeper", "permissions": ["server.manage"] });
    let role = stage
        .ask(&stage.owner, Method::POST, "/api/roles", Some(&role))
        .await
        .json();
    let wanted = json!({ "email": "kim@example.org", "role": role["key"], "place": { "kind": "server" } });
    let made = stage
        .ask(
            &stage.owner,
            Method::POST,
            "/api/account-invitations",
            Some(&wanted),
        )
        .await
        .json();
    let token = made["url"]
        .as_str()
        .unwrap()
        .split_once("#token=")
        .unwrap()
        .1
        .to_owned();
    let body = json!({ "token": token, "name": "Kim", "password": PASSWORD, "locale": "en" });
    let keeper = stage
        .app
        .post("/api/account-invitations/accept", &body)
        .await
        .cookie();

    let mapping = |role: &str| json!([{ "group": "*", "role": role, "place": { "kind": "server" } }]);
    let wanted = json!({
        "name": "Mine", "issuer": "https://id.example.org", "client_id": "x", "mappings": mapping("owner"),
    });
    let refused = stage.ask(&keeper, Method::POST, PATH, Some(&wanted)).await;
    refused.assert_problem(403, "forbidden");
    let id = stage
        .provider("https://id.example.org", json!({ "mappings": mapping("viewer") }))
        .await;
    let path = format!("{PATH}/{id}");
    let renamed = stage
        .ask(&keeper, Method::PATCH, &path, Some(&json!({ "name": "Theirs" })))
        .await;
    assert_eq!(
        renamed.status,
        StatusCode::OK,
        "what is there may stay: {renamed:?}"
    );
    let change = json!({ "mappings": mapping("owner") });
    stage
        .ask(&keeper, Method::PATCH, &path, Some(&change))
        .await
        .assert_problem(403, "forbidden");
}

#[tokio::test]
async fn a_check_says_precisely_what_is_wrong() {
    let stage = Stage::new().await;
    let issuer = stage.double().await;
    let id = stage.provider(&issuer.issuer, json!({})).await;
    let path = format!("{PATH}/{id}/check");
    let look = async || {
        stage
            .ask(&stage.owner, Method::POST, &path, Some(&json!({})))
            .await
            .json()
    };
    let found = look().await;
    assert_eq!(found["ok"], true, "{found}");
    assert_eq!(found["algorithms"], json!(["EdDSA"]));
    assert_eq!(found["token_endpoint"], format!("{}/token", issuer.issuer));
    let codes = |found: &Value| -> Vec<String> {
        let findings = found["findings"].as_array().unwrap().iter();
        findings
            .map(|one| one["code"].as_str().unwrap().to_owned())
            .collect()
    };
    for (metadata, ok, expected) in [
        (
            json!({ "end_session_endpoint": null, "code_challenge_methods_supported": null }),
            true,
            vec!["pkce_not_announced", "sign_out_missing"],
        ),
        (
            json!({ "id_token_signing_alg_values_supported": ["HS256", "none"] }),
            false,
            vec!["algorithm_missing"],
        ),
        (
            json!({ "token_endpoint": null }),
            false,
            vec!["token_endpoint_missing"],
        ),
        (
            json!({ "token_endpoint": "http://id.example.org/token" }),
            false,
            vec!["endpoint_not_safe"],
        ),
        (
            json!({ "authorization_endpoint": "javascript:alert(1)" }),
            false,
            vec!["endpoint_not_safe"],
        ),
        (
            json!({ "response_types_supported": ["id_token"] }),
            false,
            vec!["code_flow_missing"],
        ),
        (
            json!({ "issuer": "https://other.example.org" }),
            false,
            vec!["issuer_differs"],
        ),
        (
            json!({ "issuer": format!("{}/", issuer.issuer) }),
            false,
            vec!["issuer_differs"],
        ),
        (json!({ "jwks_uri": null }), false, vec!["answer_invalid"]),
        (
            json!({ "jwks_uri": "http://id.example.org/keys" }),
            false,
            vec!["unreachable"],
        ),
    ] {
        issuer.metadata(metadata.clone());
        let found = look().await;
        assert_eq!(
            (&found["ok"], codes(&found)),
            (&json!(ok), expected.iter().map(|one| (*one).to_owned()).collect()),
            "{metadata} {found}"
        );
    }
    drop(issuer);
    let found = look().await;
    assert_eq!(
        (&found["ok"], codes(&found)),
        (&json!(false), vec!["unreachable".to_owned()]),
        "{found}"
    );
}
