//! Which account it is, and what it may do then.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::common::{EMAIL, PASSWORD};
use crate::double::Double;
use crate::{Stage, assert_not_connected, assert_refused, assert_signed_in, leads_to, login};

struct Case {
    stage: Stage,
    issuer: Double,
    provider: String,
}

impl Case {
    async fn new(settings: Value) -> Self {
        let stage = Stage::new().await;
        let issuer = stage.double().await;
        let provider = stage.provider(&issuer.issuer, settings).await;
        Self {
            stage,
            issuer,
            provider,
        }
    }

    /// Signs in as whom the issuer vouches for.
    async fn comes(&self, claims: Value) -> crate::common::Answer {
        // Attempts of one address are counted.
        self.stage.app.clock.advance(std::time::Duration::from_secs(15));
        let visit = self.stage.start(&self.provider).await;
        self.issuer.vouches(&visit.location, claims);
        self.stage.back(&visit, "code=abc").await
    }

    async fn connects(&self, cookie: &str, claims: Value) -> crate::common::Answer {
        let query = "?connect=true&return_to=/settings";
        let visit = self.stage.start_with(&self.provider, query, cookie).await;
        self.issuer.vouches(&visit.location, claims);
        self.stage.back(&visit, "code=abc").await
    }

    /// Somebody who came by an invitation, into the first organization: their cookie.
    async fn invited(&self, email: &str) -> String {
        let place = json!({ "kind": "organization", "organization_id": self.stage.organization().await });
        let wanted = json!({ "email": email, "role": "viewer", "place": place });
        let path = "/api/account-invitations";
        let made = self
            .stage
            .ask(&self.stage.owner, Method::POST, path, Some(&wanted))
            .await
            .json();
        let token = made["url"]
            .as_str()
            .unwrap()
            .split_once("#token=")
            .unwrap()
            .1
            .to_owned();
        let body = json!({ "token": token, "name": "Ivo", "password": PASSWORD, "locale": "en" });
        let answer = self
            .stage
            .app
            .post("/api/account-invitations/accept", &body)
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.cookie()
    }

    async fn roles_of(&self, account: &str) -> Vec<(String, bool)> {
        let path = format!("/api/role-assignments?account={account}");
        let listed = self
            .stage
            .ask(&self.stage.owner, Method::GET, &path, None)
            .await
            .json();
        let items = listed["items"].as_array().unwrap().iter();
        let mut roles: Vec<(String, bool)> = items
            .map(|one| {
                (
                    one["role"].as_str().unwrap().to_owned(),
                    one["provided"].as_bool().unwrap(),
                )
            })
            .collect();
        roles.sort();
        roles
    }

    async fn account_of(&self, cookie: &str) -> String {
        self.stage.me(cookie).await["account"]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

fn ana(more: Value) -> Value {
    let mut claims =
        json!({ "sub": "ana-1", "email": "ana@example.org", "email_verified": true, "name": "Ana Lima" });
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

#[tokio::test]
async fn whoever_is_known_comes_back_whatever_their_address_is_now() {
    let case = Case::new(json!({ "creates_accounts": true })).await;
    let first = assert_signed_in(&case.comes(ana(json!({}))).await);
    let account = case.account_of(&first).await;
    case.stage
        .change(&case.provider, json!({ "creates_accounts": false }))
        .await;
    let changed = ana(json!({ "email": EMAIL, "email_verified": false, "name": "Another" }));
    let again = assert_signed_in(&case.comes(changed).await);
    assert_eq!(case.account_of(&again).await, account);
    assert_eq!(
        case.stage.me(&again).await["account"]["name"],
        "Ana Lima",
        "it is their own"
    );
    // And whoever has that address now is somebody else.
    let other = case.comes(ana(json!({ "sub": "ana-2" }))).await;
    assert_refused(&other, "account_missing");
}

#[tokio::test]
async fn new_people_need_a_provider_that_makes_accounts_and_room() {
    let case = Case::new(json!({})).await;
    assert_refused(&case.comes(ana(json!({}))).await, "account_missing");
    let settings = json!({ "creates_accounts": true, "accounts_max": 1, "email_domains": ["Example.org"] });
    case.stage.change(&case.provider, settings).await;
    for (claims, code) in [
        (json!({ "email": "ana@other.example" }), "email_domain_refused"),
        (
            json!({ "email": "ana@example.org.other.example" }),
            "email_domain_refused",
        ),
        (json!({ "email_verified": false }), "email_not_verified"),
        (json!({ "email_verified": null }), "email_not_verified"),
        (json!({ "email": "no address" }), "email_not_verified"),
        (json!({ "email": null }), "email_not_verified"),
    ] {
        assert_refused(&case.comes(ana(claims)).await, code);
    }
    case.stage
        .change(&case.provider, json!({ "trusts_email": true }))
        .await;
    let denied = case.comes(ana(json!({ "email_verified": false }))).await;
    assert_refused(&denied, "email_not_verified");
    assert_signed_in(&case.comes(ana(json!({ "email_verified": null }))).await);
    let one_more = ana(json!({ "sub": "bia-1", "email": "bia@example.org" }));
    assert_refused(&case.comes(one_more.clone()).await, "account_limit_reached");
    case.stage
        .change(&case.provider, json!({ "accounts_max": null }))
        .await;
    assert_signed_in(&case.comes(one_more).await);
    let made = case.stage.audit("account.provisioned").await;
    assert_eq!(made.len(), 2);
    assert_eq!(made[0]["detail"]["subject"], "bia-1");
    case.stage.settle().await;
    let refused = case.stage.audit("login.refused").await;
    assert!(
        refused
            .iter()
            .any(|entry| entry["detail"]["code"] == "account_limit_reached")
    );
}

#[tokio::test]
async fn an_address_alone_opens_no_account() {
    let settings = json!({ "creates_accounts": true, "links_invited": true, "trusts_email": true });
    let case = Case::new(settings).await;
    // The owner's, who came by no invitation and owns the server.
    assert_refused(
        &case.comes(ana(json!({ "email": EMAIL.to_uppercase() }))).await,
        "email_taken",
    );
    let ivo = json!({ "sub": "ivo-1", "email": "ivo@example.org" });
    let cookie = case.invited("Ivo@example.org").await;
    let account = case.account_of(&cookie).await;
    // The issuer has to say itself that the address is theirs.
    let mut unsaid = ana(ivo.clone());
    unsaid["email_verified"] = Value::Null;
    assert_refused(&case.comes(unsaid).await, "email_taken");
    case.stage
        .change(&case.provider, json!({ "links_invited": false }))
        .await;
    assert_refused(&case.comes(ana(ivo.clone())).await, "email_taken");
    case.stage
        .change(&case.provider, json!({ "links_invited": true }))
        .await;
    // Somebody who has got a role for the whole server since is not to be had by an address any more.
    let role = json!({ "account_id": account, "role": "viewer", "place": { "kind": "server" } });
    let given = case
        .stage
        .ask(
            &case.stage.owner,
            Method::POST,
            "/api/role-assignments",
            Some(&role),
        )
        .await;
    assert_refused(&case.comes(ana(ivo.clone())).await, "email_taken");
    let path = format!("/api/role-assignments/{}", given.json()["id"].as_str().unwrap());
    case.stage
        .ask(&case.stage.owner, Method::DELETE, &path, None)
        .await;

    let linked = assert_signed_in(&case.comes(ana(ivo.clone())).await);
    assert_eq!(case.account_of(&linked).await, account);
    let proved = case.stage.audit("identity.linked").await;
    assert_eq!(proved.len(), 1);
    assert_eq!(proved[0]["detail"]["subject"], "ivo-1");
    // Another person there with the same address is not the same person.
    let another = ana(json!({ "sub": "ivo-2", "email": "ivo@example.org" }));
    assert_refused(&case.comes(another).await, "email_taken");
}

#[tokio::test]
async fn whoever_is_signed_in_connects_their_account() {
    let case = Case::new(json!({})).await;
    let path = format!("/api/identity-providers/{}/start?connect=true", case.provider);
    assert_not_connected(&case.stage.app.get(&path, &[]).await, "not_signed_in");
    let owner = case.stage.owner.clone();
    let answer = case.connects(&owner, ana(json!({}))).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(leads_to(&answer), "/settings");
    assert!(login(&answer).is_none(), "they have a login");
    let cookie = assert_signed_in(&case.comes(ana(json!({}))).await);
    let account = case.account_of(&cookie).await;
    assert_eq!(account, case.account_of(&owner).await);

    let ivo = case.invited("ivo@example.org").await;
    assert_not_connected(&case.connects(&ivo, ana(json!({}))).await, "identity_taken");
    let second = case.connects(&owner, ana(json!({ "sub": "ana-2" }))).await;
    assert_not_connected(&second, "identity_taken");

    // A login that has ended meanwhile connects nothing.
    let visit = case.stage.start_with(&case.provider, "?connect=true", &ivo).await;
    case.stage
        .ask(&ivo, Method::DELETE, "/api/logins/current", None)
        .await;
    case.issuer
        .vouches(&visit.location, ana(json!({ "sub": "ivo-1" })));
    assert_not_connected(&case.stage.back(&visit, "code=abc").await, "not_signed_in");

    let path = format!("/api/accounts/{account}/identities");
    let listed = case.stage.ask(&owner, Method::GET, &path, None).await.json();
    assert_eq!(listed["items"][0]["provider_name"], "Example ID");
    assert_eq!(listed["items"][0]["subject"], "ana-1");
    let path = format!("{path}/{}", listed["items"][0]["id"].as_str().unwrap());
    let gone = case.stage.ask(&cookie, Method::DELETE, &path, None).await;
    assert_eq!(
        gone.status,
        StatusCode::NO_CONTENT,
        "they have a password: {gone:?}"
    );
    case.stage.me(&cookie).await;
    assert_refused(&case.comes(ana(json!({}))).await, "account_missing");
}

#[tokio::test]
async fn a_disabled_account_stays_out() {
    let case = Case::new(json!({ "creates_accounts": true })).await;
    let cookie = assert_signed_in(&case.comes(ana(json!({}))).await);
    let path = format!("/api/accounts/{}/disable", case.account_of(&cookie).await);
    case.stage
        .ask(&case.stage.owner, Method::POST, &path, Some(&json!({})))
        .await;
    assert_refused(&case.comes(ana(json!({}))).await, "account_disabled");
}

#[tokio::test]
async fn groups_give_roles_and_take_away_what_they_gave() {
    let case = Case::new(json!({ "creates_accounts": true, "groups_claim": "groups" })).await;
    let here = json!({ "kind": "organization", "organization_id": case.stage.organization().await });
    let mappings = json!([
        { "group": "staff", "role": "technician", "place": here },
        { "group": "leads", "role": "administrator", "place": here },
        { "group": "*", "role": "viewer", "place": here },
    ]);
    case.stage
        .change(&case.provider, json!({ "mappings": mappings }))
        .await;
    let cookie = assert_signed_in(&case.comes(ana(json!({ "groups": ["staff", "leads"] }))).await);
    let account = case.account_of(&cookie).await;
    let provided = |role: &str| (role.to_owned(), true);
    let all = [
        provided("administrator"),
        provided("technician"),
        provided("viewer"),
    ];
    assert_eq!(case.roles_of(&account).await, all);
    // By hand they have one of them, too.
    let role = json!({ "account_id": account, "role": "technician", "place": here });
    let given = case
        .stage
        .ask(
            &case.stage.owner,
            Method::POST,
            "/api/role-assignments",
            Some(&role),
        )
        .await;
    assert_eq!(given.status, StatusCode::CREATED, "{given:?}");

    // Userinfo tells groups where the token does not, and an address beside one in the token changes nothing.
    case.issuer
        .tells_more(json!({ "groups": ["leads"], "email": "x@other.example" }));
    assert_signed_in(&case.comes(ana(json!({}))).await);
    let by_hand = ("technician".to_owned(), false);
    assert_eq!(
        case.roles_of(&account).await,
        [provided("administrator"), by_hand.clone(), provided("viewer")]
    );
    case.issuer.tells_more(json!({}));
    let again = assert_signed_in(&case.comes(ana(json!({ "groups": [] }))).await);
    assert_eq!(
        case.roles_of(&account).await,
        [by_hand.clone(), provided("viewer")]
    );
    let taken = case.stage.audit("role.taken").await;
    assert_eq!(taken.len(), 2, "{taken:?}");
    assert_eq!(taken[0]["detail"]["provider"], "Example ID");

    // Who manages people disconnects them: roles and logins of the provider go, what was given by hand stays.
    let path = format!("/api/accounts/{account}/identities");
    let listed = case
        .stage
        .ask(&case.stage.owner, Method::GET, &path, None)
        .await
        .json();
    let path = format!("{path}/{}", listed["items"][0]["id"].as_str().unwrap());
    let refused = case.stage.ask(&again, Method::DELETE, &path, None).await;
    refused.assert_problem(409, "identity_last");
    let gone = case
        .stage
        .ask(&case.stage.owner, Method::DELETE, &path, None)
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
    assert_eq!(case.roles_of(&account).await, [by_hand]);
    let ended = case.stage.ask(&again, Method::GET, "/api/me", None).await;
    ended.assert_problem(401, "not_signed_in");
}

#[tokio::test]
async fn the_last_owner_stays_whatever_their_groups_say() {
    let mappings = json!([{ "group": "boss", "role": "owner", "place": { "kind": "server" } }]);
    let settings = json!({ "creates_accounts": true, "groups_claim": "groups", "mappings": mappings });
    let case = Case::new(settings).await;
    let boss = assert_signed_in(&case.comes(ana(json!({ "groups": ["boss"] }))).await);
    let owner = case.account_of(&case.stage.owner).await;
    let path = format!("/api/accounts/{owner}/disable");
    let disabled = case.stage.ask(&boss, Method::POST, &path, Some(&json!({}))).await;
    assert_eq!(disabled.status, StatusCode::OK, "{disabled:?}");
    let again = assert_signed_in(&case.comes(ana(json!({ "groups": [] }))).await);
    let me = case.stage.me(&again).await;
    let server = me["server_permissions"].as_array().unwrap();
    assert!(server.contains(&json!("server.manage")), "{me}");
    let path = format!("/api/identity-providers/{}", case.provider);
    let refused = case.stage.ask(&again, Method::DELETE, &path, None).await;
    refused.assert_problem(409, "last_owner");
}

#[tokio::test]
async fn no_password_opens_an_account_that_has_none() {
    let case = Case::new(json!({ "creates_accounts": true })).await;
    assert_signed_in(&case.comes(ana(json!({}))).await);
    for password in ["", "x", PASSWORD] {
        let body = json!({ "email": "ana@example.org", "password": password });
        let answer = case.stage.app.post("/api/logins", &body).await;
        answer.assert_problem(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn signing_out_leads_to_the_issuer_and_back() {
    let case = Case::new(json!({ "creates_accounts": true })).await;
    let cookie = assert_signed_in(&case.comes(ana(json!({}))).await);
    let path = "/api/logins/current/sign-out-url";
    let url = case.stage.ask(&cookie, Method::GET, path, None).await.json()["url"].clone();
    let url = url.as_str().unwrap();
    assert!(
        url.starts_with(&format!("{}/end?id_token_hint=ey", case.issuer.issuer)),
        "{url}"
    );
    assert!(
        url.ends_with("&client_id=farol&post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A8480%2Fsign-in"),
        "{url}"
    );
    let own = case.stage.ask(&case.stage.owner, Method::GET, path, None).await;
    assert_eq!(own.json()["url"], Value::Null, "no provider vouched for it");

    // A provider that is deleted takes the logins along for which it vouched.
    let path = format!("/api/identity-providers/{}", case.provider);
    let gone = case
        .stage
        .ask(&case.stage.owner, Method::DELETE, &path, None)
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
    case.stage
        .ask(&cookie, Method::GET, "/api/me", None)
        .await
        .assert_problem(401, "not_signed_in");
    case.stage.me(&case.stage.owner).await;
}
