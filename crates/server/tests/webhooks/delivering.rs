//! What a receiver is told and how often, when it says what.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use farol_server::webhooks;
use serde_json::{Value, json};

use crate::peer::{Authority, Receiver, soon};
use crate::{Site, is};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// A site and a receiver that it may reach by https, with a webhook there.
async fn ready(path: &str) -> (Site, Receiver, String, String, Authority) {
    let authority = Authority::new();
    let site = Site::new(Some(&authority)).await;
    let mut receiver = Receiver::start(Some(&authority), json!({})).await;
    let (id, secret) = site.webhook(&receiver.url(path)).await;
    receiver.knows(&[&secret], site.now().0 / 1000).await;
    (site, receiver, id, secret, authority)
}

#[tokio::test]
async fn a_receiver_verifies_what_it_is_told() {
    let (site, mut receiver, id, secret, _authority) = ready("/hook").await;
    assert!(secret.starts_with("whsec_"));
    site.happen("Harbor").await;
    assert_eq!(site.deliver().await, 1);
    let told = receiver.told().await;
    assert_eq!(
        (&told["verified"], &told["forged"]),
        (&json!([true]), &json!([false]))
    );
    let (headers, body) = (&told["headers"], &told["body"]);
    assert_eq!(headers["content-type"], "application/json");
    assert!(headers["user-agent"].as_str().unwrap().starts_with("Farol/"));
    assert_eq!(body["type"], "site.created");
    assert_eq!(body["timestamp"], site.now().rfc3339());
    assert_eq!(body["data"]["target"]["name"], "Harbor");
    assert_eq!(body["data"]["actor"]["name"], "Ann Martins");
    // It is the audit's entry.
    let entry = &site.get("/api/audit?action=site.created").await["items"][0];
    assert_eq!(&body["data"], entry);
    let newest = site.newest(&id).await;
    is(&newest["delivery"], "delivered", 1, None);
    assert_eq!(newest["delivery"]["id"], headers["webhook-id"]);
    assert_eq!(&newest["payload"], body);
    let tried = &newest["tried"][0];
    assert_eq!((&tried["status"], &tried["failure"]), (&json!(204), &Value::Null));
    assert_eq!(site.deliver().await, 0);
    let hook = site.hook(&id).await;
    assert_eq!(
        (&hook["waiting"], &hook["dead"], &hook["failures"]),
        (&json!(0), &json!(0), &json!(0))
    );
    assert!(!site.get("/api/webhooks").await.to_string().contains(&secret));
}

#[tokio::test]
async fn what_is_not_taken_is_told_again_under_the_same_id() {
    let (site, mut receiver, id, secret, _authority) = ready("/later").await;
    site.happen("Harbor").await;
    assert_eq!(site.deliver().await, 1);
    let first = receiver.told().await;
    let waits = site.newest(&id).await;
    is(&waits["delivery"], "waiting", 1, Some("not_taken"));
    assert!(waits["delivery"]["next_attempt_at"].is_string());
    assert_eq!(waits["tried"][0]["status"], 500);
    assert_eq!(waits["tried"][0]["answer"], "not now");
    assert_eq!(site.hook(&id).await["failures"], 1);
    assert_eq!(site.deliver().await, 0, "not before its time");
    site.wait(7 * SECOND, &mut receiver, &[&secret]).await;
    assert_eq!(site.deliver().await, 1);
    let second = receiver.told().await;
    assert_eq!(second["verified"], json!([true]));
    assert_eq!(second["body"], first["body"]);
    assert_eq!(second["headers"]["webhook-id"], first["headers"]["webhook-id"]);
    assert_ne!(
        second["headers"]["webhook-timestamp"],
        first["headers"]["webhook-timestamp"]
    );
    let newest = site.newest(&id).await;
    is(&newest["delivery"], "delivered", 2, None);
    assert_eq!(newest["tried"].as_array().unwrap().len(), 2);
    assert_eq!(site.hook(&id).await["failures"], 0);
}

#[tokio::test]
async fn events_are_told_in_their_order_and_only_those_that_are_wanted() {
    let authority = Authority::new();
    let site = Site::new(Some(&authority)).await;
    let mut receiver = Receiver::start(Some(&authority), json!({})).await;
    let expression = "type:site.* actor:ann* -target:\"not this\"";
    let (id, _) = site
        .webhook_for(&receiver.url("/hook"), &["*"], Some(expression))
        .await;
    for name in ["One", "Not this", "Two", "Three"] {
        site.happen(name).await;
    }
    assert_eq!(site.deliver().await, 3);
    for name in ["One", "Two", "Three"] {
        assert_eq!(receiver.told().await["body"]["data"]["target"]["name"], name);
    }
    let path = format!("/api/webhooks/{id}");
    let disable = site
        .ask(Method::PATCH, &path, Some(json!({ "enabled": false })))
        .await;
    assert_eq!(disable.status, StatusCode::OK);
    site.happen("Four").await;
    assert_eq!(site.deliver().await, 0);
    assert_eq!(
        site.deliveries(&id).await.len(),
        3,
        "nothing is kept for one that is disabled"
    );
}

#[tokio::test]
async fn who_asks_to_be_left_alone_is() {
    let (site, mut receiver, id, secret, _authority) = ready("/busy").await;
    site.happen("One").await;
    assert_eq!(site.deliver().await, 1);
    receiver.told().await;
    // Neither this event nor another is told before the ten minutes are over.
    site.happen("Two").await;
    site.wait(9 * MINUTE, &mut receiver, &[&secret]).await;
    assert_eq!(site.deliver().await, 0);
    assert!(site.hook(&id).await["resumes_at"].is_string());
    site.wait(2 * MINUTE, &mut receiver, &[&secret]).await;
    assert_eq!(site.deliver().await, 2);
    for name in ["One", "Two"] {
        assert_eq!(receiver.told().await["body"]["data"]["target"]["name"], name);
    }
}

#[tokio::test]
async fn who_is_gone_is_told_nothing_more() {
    let (site, mut receiver, id, _, _authority) = ready("/gone").await;
    site.happen("One").await;
    site.happen("Two").await;
    assert_eq!(site.deliver().await, 1);
    receiver.told().await;
    let hook = site.hook(&id).await;
    assert_eq!(
        (&hook["enabled"], &hook["disabled_because"]),
        (&json!(false), &json!("gone"))
    );
    let [two, one]: [Value; 2] = site.deliveries(&id).await.try_into().unwrap();
    is(&one, "dead", 1, Some("gone"));
    is(&two, "waiting", 0, None);
    let entry = &site.get("/api/audit").await["items"][0];
    assert_eq!(
        (&entry["action"], &entry["actor"]["kind"]),
        (&json!("webhook.disabled"), &json!("server"))
    );
    let path = format!(
        "/api/webhooks/{id}/deliveries/{}/replay",
        one["id"].as_str().unwrap()
    );
    site.ask(Method::POST, &path, None)
        .await
        .assert_problem(409, "conflict");
    // With another address it is told what waits, and what is replayed.
    let change = json!({ "enabled": true, "url": receiver.url("/hook") });
    let changed = site
        .ask(Method::PATCH, &format!("/api/webhooks/{id}"), Some(change))
        .await;
    assert_eq!(changed.json()["disabled_because"], Value::Null);
    assert_eq!(site.ask(Method::POST, &path, None).await.status, StatusCode::OK);
    assert_eq!(site.deliver().await, 2);
    for name in ["One", "Two"] {
        assert_eq!(receiver.told().await["body"]["data"]["target"]["name"], name);
    }
}

#[tokio::test]
async fn nobody_is_followed_and_of_an_answer_the_beginning_is_kept() {
    let (site, mut receiver, id, _, _authority) = ready("/elsewhere").await;
    site.happen("One").await;
    assert_eq!(site.deliver().await, 1);
    assert_eq!(receiver.told().await["path"], "/elsewhere");
    is(
        &site.newest(&id).await["delivery"],
        "waiting",
        1,
        Some("redirected"),
    );
    let (chatty, _) = site.webhook(&receiver.url("/chatty")).await;
    site.happen("Two").await;
    site.deliver().await;
    let newest = site.newest(&chatty).await;
    let answer = newest["tried"][0]["answer"].as_str().unwrap();
    assert!(answer.starts_with("\u{fffd}[31mno\u{fffd} xxx"), "{answer}");
    assert_eq!(answer.chars().count(), 1024);
}

#[tokio::test]
async fn after_a_day_an_event_is_given_up_and_can_be_replayed() {
    let authority = Authority::new();
    let site = Site::new(Some(&authority)).await;
    let mut receiver = Receiver::start(Some(&authority), json!({ "later": 1000 })).await;
    let (id, _) = site.webhook(&receiver.url("/later")).await;
    site.happen("Harbor").await;
    let mut attempts = 0;
    while site.deliveries(&id).await[0]["state"] == "waiting" {
        attempts += site.deliver().await;
        site.app.clock.advance(10 * MINUTE);
        assert!(attempts < 100);
    }
    for _ in 0..attempts {
        receiver.told().await;
    }
    let spent = site.now().since(crate::common::START);
    assert!((22 * HOUR..26 * HOUR).contains(&spent), "{spent:?}");
    assert!((20..40).contains(&attempts), "{attempts}");
    let dead = site.newest(&id).await;
    is(
        &dead["delivery"],
        "dead",
        i64::try_from(attempts).unwrap(),
        Some("not_taken"),
    );
    assert_eq!(dead["tried"].as_array().unwrap().len(), attempts);
    assert_eq!(site.hook(&id).await["dead"], 1);
    let only_dead = site
        .get(&format!("/api/webhooks/{id}/deliveries?state=dead"))
        .await;
    assert_eq!(only_dead["items"].as_array().unwrap().len(), 1);
    let none = site
        .get(&format!("/api/webhooks/{id}/deliveries?state=delivered"))
        .await;
    assert_eq!(none["items"], json!([]));

    // The receiver is mended, and all that died is told.
    let change = json!({ "url": receiver.url("/hook") });
    site.ask(Method::PATCH, &format!("/api/webhooks/{id}"), Some(change))
        .await;
    assert_eq!(
        site.deliver().await,
        0,
        "what is dead waits for somebody to say so"
    );
    let replayed = site
        .ask(Method::POST, &format!("/api/webhooks/{id}/replay"), None)
        .await;
    assert_eq!(replayed.json()["replayed"], 1, "{replayed:?}");
    assert_eq!(site.deliver().await, 1);
    let told = receiver.told().await;
    assert_eq!(told["headers"]["webhook-id"], dead["delivery"]["id"]);
    assert_eq!(site.deliveries(&id).await[0]["state"], "delivered");
    assert_eq!(
        site.actions()
            .await
            .iter()
            .filter(|one| *one == "webhook.replayed")
            .count(),
        1
    );
    let nothing = site
        .ask(Method::POST, &format!("/api/webhooks/{id}/replay"), None)
        .await;
    assert_eq!(nothing.json()["replayed"], 0);

    // One that was delivered can be told again, too.
    let path = format!(
        "/api/webhooks/{id}/deliveries/{}/replay",
        dead["delivery"]["id"].as_str().unwrap()
    );
    assert_eq!(
        site.ask(Method::POST, &path, None).await.json()["state"],
        "waiting"
    );
    site.ask(Method::POST, &path, None)
        .await
        .assert_problem(409, "conflict");
    assert_eq!(site.deliver().await, 1);
    receiver.told().await;

    // After a month nobody remembers.
    site.app.clock.advance(31 * 24 * HOUR);
    webhooks::sweep(&site.app.ctx).await.unwrap();
    assert!(site.deliveries(&id).await.is_empty());
}

#[tokio::test]
async fn for_a_day_both_secrets_sign() {
    let (site, mut receiver, id, old, _authority) = ready("/hook").await;
    let rotated = site
        .ask(Method::POST, &format!("/api/webhooks/{id}/rotate"), None)
        .await;
    assert_eq!(rotated.status, StatusCode::OK, "{rotated:?}");
    let rotated = rotated.json();
    let new = rotated["secret"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    assert!(rotated["webhook"]["previous_secret_until"].is_string());
    site.wait(Duration::ZERO, &mut receiver, &[&old, &new]).await;
    site.happen("One").await;
    site.deliver().await;
    let told = receiver.told().await;
    assert_eq!(told["verified"], json!([true, true]));
    assert_eq!(told["forged"], json!([false, false]));
    site.wait(25 * HOUR, &mut receiver, &[&old, &new]).await;
    site.happen("Two").await;
    site.deliver().await;
    assert_eq!(receiver.told().await["verified"], json!([false, true]));
    webhooks::sweep(&site.app.ctx).await.unwrap();
    assert_eq!(site.hook(&id).await["previous_secret_until"], Value::Null);
    site.happen("Three").await;
    site.deliver().await;
    assert_eq!(receiver.told().await["verified"], json!([false, true]));
}

#[tokio::test]
async fn a_slow_receiver_holds_up_nobody_else() {
    let (site, mut slow, id, _, authority) = ready("/held").await;
    let mut quick = Receiver::start(Some(&authority), json!({})).await;
    site.webhook(&quick.url("/hook")).await;
    let running = tokio::spawn(webhooks::run(site.app.ctx.clone()));
    for name in ["One", "Two", "Three"] {
        site.happen(name).await;
    }
    assert_eq!(slow.told().await["body"]["data"]["target"]["name"], "One");
    for name in ["One", "Two", "Three"] {
        assert_eq!(quick.told().await["body"]["data"]["target"]["name"], name);
    }
    let held = site.deliveries(&id).await;
    let states: Vec<&str> = held.iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["waiting", "waiting", "sending"]);
    for name in ["Two", "Three"] {
        slow.release().await;
        assert_eq!(slow.told().await["body"]["data"]["target"]["name"], name);
    }
    slow.release().await;
    site.app.ctx.shutdown.cancel();
    soon("the end of the job", running).await.unwrap();
}

#[tokio::test]
async fn what_goes_wrong_has_a_name() {
    let authority = Authority::new();
    // Nobody vouches for the receiver here.
    let site = Site::new(None).await;
    let receiver = Receiver::start(Some(&authority), json!({})).await;
    let test = async |url: &str| {
        let (id, _) = site.webhook(url).await;
        let answer = site
            .ask(Method::POST, &format!("/api/webhooks/{id}/test"), None)
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        site.app.clock.advance(MINUTE);
        let failure = answer.json()["failure"].clone();
        assert!(failure["detail"].as_str().unwrap().ends_with('.'), "{failure}");
        failure["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(test(&receiver.url("/hook")).await, "tls_failed");
    assert_eq!(test("https://nowhere.invalid/").await, "name_unknown");
    let free = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    assert_eq!(test(&format!("https://localhost:{port}/")).await, "unreachable");
    // Something that speaks no HTTP.
    let silent = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://127.0.0.1:{}/", silent.local_addr().unwrap().port());
    let hangs_up = tokio::spawn(async move { drop(silent.accept().await.unwrap()) });
    assert_eq!(test(&url).await, "no_answer");
    hangs_up.await.unwrap();
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused() {
    let site = Site::with(|config| config.login_idle = Duration::from_secs(86_400)).await;
    // A name, so that it is not refused when the webhook is made: what it leads to may change any day.
    let (id, _) = site.webhook("https://localhost:9/").await;
    site.happen("Harbor").await;
    assert_eq!(site.deliver().await, 1);
    let newest = site.newest(&id).await;
    is(&newest["delivery"], "waiting", 1, Some("address_refused"));
    let detail = newest["delivery"]["failure"]["detail"].as_str().unwrap();
    assert!(
        detail.contains("this machine itself") && detail.contains("webhooks.networks"),
        "{detail}"
    );
    assert_eq!(newest["tried"][0]["status"], Value::Null);
}

#[tokio::test]
async fn a_test_event_says_how_it_went() {
    let (site, mut receiver, id, _, _authority) = ready("/hook").await;
    let path = format!("/api/webhooks/{id}");
    site.ask(Method::PATCH, &path, Some(json!({ "enabled": false })))
        .await;
    let answer = site.ask(Method::POST, &format!("{path}/test"), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let test = answer.json();
    assert_eq!((&test["status"], &test["failure"]), (&json!(204), &Value::Null));
    let told = receiver.told().await;
    assert_eq!(
        (&told["verified"], &told["body"]["type"]),
        (&json!([true]), &json!("webhook.test"))
    );
    assert_eq!(told["headers"]["webhook-id"], test["id"]);
    assert!(site.deliveries(&id).await.is_empty(), "it waits for nobody");
    let mut last = None;
    for _ in 0..8 {
        last = Some(site.ask(Method::POST, &format!("{path}/test"), None).await);
    }
    last.unwrap().assert_problem(429, "too_many_attempts");
    assert!(site.actions().await.contains(&"webhook.tested".to_owned()));
}
