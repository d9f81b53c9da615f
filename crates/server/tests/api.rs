//! The API of the server's own domains, through the whole router: status, code, headers, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod common;

use std::time::Duration;

use axum::http::{Method, StatusCode};
use common::{App, EMAIL, PASSWORD, cookie_of, owner, request, set_up_body};
use farol_server::config::Config;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

fn credentials(password: &str) -> Value {
    json!({"email": EMAIL, "password": password})
}

#[tokio::test]
async fn set_up_makes_the_owner_once_and_then_does_not_exist() {
    let app = App::new().await;
    let (first, second) = (app.link().await, app.link().await);
    app.post("/api/setup", &set_up_body("wrong"))
        .await
        .assert_problem(403, "link_invalid");

    let mut weak = set_up_body(&first);
    weak["password"] = json!("password1");
    weak["email"] = json!("nowhere");
    let problem = app
        .post("/api/setup", &weak)
        .await
        .assert_problem(422, "validation_failed");
    let fields: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].clone())
        .collect();
    assert_eq!(fields, ["email", "password"]);
    assert_eq!(problem["errors"][0]["pointer"], "/email");

    let answer = app.post("/api/setup", &set_up_body(&first)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let me = answer.json();
    assert_eq!(me["account"]["email"], EMAIL);
    assert_eq!(me["organizations"][0]["roles"][0]["key"], "owner");
    let all = farol_server::rights::Permission::ALL.len();
    assert_eq!(me["server_permissions"].as_array().unwrap().len(), all);
    assert_eq!(me["account"]["locale"], "pt-BR");
    assert_eq!(me["organizations"][0]["name"], "Rock Light");

    app.post("/api/setup", &set_up_body(&second))
        .await
        .assert_problem(404, "not_found");
    app.post("/api/setup", &set_up_body("wrong"))
        .await
        .assert_problem(404, "not_found");
}

#[tokio::test]
async fn an_expired_link_is_refused() {
    let app = App::new().await;
    let link = app.link().await;
    app.clock.advance(Duration::from_secs(15 * 60));
    app.post("/api/setup", &set_up_body(&link))
        .await
        .assert_problem(403, "link_invalid");
}

#[tokio::test]
async fn the_cookie_is_for_this_host_and_for_nobody_s_script() {
    let (app, cookie) = App::set_up().await;
    let answer = app.post("/api/logins", &credentials(PASSWORD)).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let set = answer.headers["set-cookie"].to_str().unwrap();
    assert!(set.starts_with("__Host-farol="), "{set}");
    for flag in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(set.contains(flag), "{set}");
    }
    assert!(!set.contains("Domain"), "{set}");
    assert_ne!(answer.cookie(), cookie);
    assert!(
        !answer.text.contains(set.split(['=', ';']).nth(1).unwrap()),
        "the secret is in the body"
    );
}

#[tokio::test]
async fn signing_out_ends_this_login_and_no_other() {
    let (app, first) = App::set_up().await;
    let second = app.post("/api/logins", &credentials(PASSWORD)).await.cookie();
    let out = app
        .send(request(
            Method::DELETE,
            "/api/logins/current",
            &[("cookie", &first)],
            None,
        ))
        .await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    app.get("/api/me", &[("cookie", &first)])
        .await
        .assert_problem(401, "not_signed_in");
    assert_eq!(
        app.get("/api/me", &[("cookie", &second)]).await.status,
        StatusCode::OK
    );
    app.get("/api/me", &[]).await.assert_problem(401, "not_signed_in");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_look_the_same() {
    let (app, _) = App::set_up().await;
    let wrong = app.post("/api/logins", &credentials("wrong")).await;
    let unknown = app
        .post(
            "/api/logins",
            &json!({"email": "nobody@example.org", "password": "wrong"}),
        )
        .await;
    let (wrong, unknown) = (
        wrong.assert_problem(401, "invalid_credentials"),
        unknown.assert_problem(401, "invalid_credentials"),
    );
    assert_eq!(wrong["detail"], unknown["detail"]);
}

#[tokio::test]
async fn guessing_is_slowed_down_but_locks_nobody_out() {
    let app = App::new().await;
    let started = owner(&app.ctx).await;
    // The owner's only login is from another address than the guesser's, which is the one that requests come from.
    let tx = app.ctx.db.write().await.unwrap();
    tx.execute_unprepared("UPDATE logins SET address = '198.51.100.9'")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tries = 0;
    let refused = loop {
        let answer = app.post("/api/logins", &credentials("wrong")).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        answer.assert_problem(401, "invalid_credentials");
        tries += 1;
        assert!(tries < 50, "never slowed down");
    };
    refused.assert_problem(429, "too_many_attempts");
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    // The right password has to wait as well, a link does not, and neither does a live login.
    app.post("/api/logins", &credentials(PASSWORD))
        .await
        .assert_problem(429, "too_many_attempts");
    let link = app.link().await;
    assert_eq!(
        app.post("/api/logins/link", &json!({"token": link})).await.status,
        StatusCode::CREATED
    );
    assert_eq!(
        app.get("/api/me", &[("cookie", &cookie_of(&started))])
            .await
            .status,
        StatusCode::OK
    );
    // From now on the address has a live login: the account's own allowance does not matter there.
    assert_eq!(
        app.post("/api/logins", &credentials(PASSWORD)).await.status,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn waiting_as_told_is_enough() {
    let (app, _) = App::set_up().await;
    let wait = loop {
        let answer = app.post("/api/logins", &credentials("wrong")).await;
        if let Some(wait) = answer.headers.get("retry-after") {
            break wait.to_str().unwrap().parse().unwrap();
        }
    };
    app.clock.advance(Duration::from_secs(wait));
    assert_eq!(
        app.post("/api/logins", &credentials(PASSWORD)).await.status,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn changes_caused_by_other_sites_are_refused() {
    let (app, cookie) = App::set_up().await;
    let body = json!({"name": "Mallory"});
    for hostile in [
        [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ],
        [
            ("sec-fetch-site", "same-site"),
            ("origin", "http://127.0.0.1:9999"),
        ],
        [("x-nothing", "x"), ("origin", "https://evil.example")],
        [("x-nothing", "x"), ("origin", "null")],
    ] {
        let headers = [hostile[0], hostile[1], ("cookie", cookie.as_str())];
        app.send(request(Method::PATCH, "/api/me", &headers, Some(&body)))
            .await
            .assert_problem(403, "cross_site");
    }
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("origin", "http://127.0.0.1:8480"),
        ("cookie", cookie.as_str()),
    ];
    let own = app
        .send(request(
            Method::PATCH,
            "/api/me",
            &headers,
            Some(&json!({"name": "Ann B."})),
        ))
        .await;
    assert_eq!(own.status, StatusCode::OK, "{own:?}");
    assert_eq!(own.json()["account"]["name"], "Ann B.");
    // Reading is not affected.
    let read = app
        .get(
            "/api/me",
            &[("sec-fetch-site", "cross-site"), ("cookie", &cookie)],
        )
        .await;
    assert_eq!(read.status, StatusCode::OK);
}

#[tokio::test]
async fn profile_changes_are_checked() {
    let (app, cookie) = App::set_up().await;
    let headers = [("cookie", cookie.as_str())];
    let change = async |body: Value| {
        app.send(request(Method::PATCH, "/api/me", &headers, Some(&body)))
            .await
    };
    change(json!({"locale": "xx"}))
        .await
        .assert_problem(422, "validation_failed");
    change(json!({"name": "a\u{7}b"}))
        .await
        .assert_problem(422, "validation_failed");
    change(json!({"nickname": "x"}))
        .await
        .assert_problem(400, "malformed");
    assert_eq!(
        change(json!({"locale": "en"})).await.json()["account"]["locale"],
        "en"
    );
}

#[tokio::test]
async fn nonsense_gets_a_problem_and_an_id() {
    let (app, cookie) = App::set_up().await;
    app.get("/api/nothing", &[])
        .await
        .assert_problem(404, "not_found");
    app.send(request(Method::PUT, "/api/me", &[], None))
        .await
        .assert_problem(405, "method_not_allowed");
    app.get("/api/audit?limit=many", &[("cookie", &cookie)])
        .await
        .assert_problem(400, "malformed");
    let problem = app
        .get("/api/audit?cursor=%25", &[("cookie", &cookie)])
        .await
        .assert_problem(422, "validation_failed");
    assert_eq!(
        (&problem["errors"][0]["in"], &problem["errors"][0]["parameter"]),
        (&json!("query"), &json!("cursor"))
    );
    let form = [("content-type", "text/plain")];
    app.send(request(Method::POST, "/api/logins", &form, None))
        .await
        .assert_problem(415, "unsupported_media_type");
    app.post("/api/logins", &json!(["not", "an", "object"]))
        .await
        .assert_problem(400, "malformed");
    let huge = json!({"email": "x".repeat(100_000), "password": ""});
    app.post("/api/logins", &huge)
        .await
        .assert_problem(413, "too_large");
    // An id of the caller's choosing is not taken over.
    let answer = app.get("/api/version", &[("x-request-id", "forged")]).await;
    assert_ne!(answer.headers["x-request-id"], "forged");
    assert_eq!(answer.json()["name"], "farol");
}

#[tokio::test]
async fn every_answer_tells_the_browser_what_not_to_do() {
    let app = App::new().await;
    for path in ["/", "/api/version", "/api/docs", "/api/nothing"] {
        let answer = app.get(path, &[]).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{policy}"
        );
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert!(answer.headers.contains_key("x-request-id"));
    }
    let api = app.get("/api/version", &[]).await;
    assert_eq!(api.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn passwords_are_judged_honestly() {
    let app = App::new().await;
    let judge = async |body: Value| app.post("/api/password-strength", &body).await.json();
    let weak = judge(json!({"password": "password"})).await;
    assert_eq!(weak["score"], 0);
    assert!(weak["warning"].is_string() && weak["suggestions"].is_array());
    let own = judge(json!({"password": "annmartins", "name": "Ann Martins", "email": EMAIL})).await;
    assert!(own["score"].as_u64().unwrap() < 3, "{own}");
    let strong = judge(json!({"password": PASSWORD})).await;
    assert_eq!(strong["warning"], Value::Null);
    assert!(strong["score"].as_u64().unwrap() >= 3, "{strong}");
}

#[tokio::test]
async fn what_was_done_is_in_the_audit_list() {
    let (app, cookie) = App::set_up().await;
    let login = app.post("/api/logins", &credentials(PASSWORD)).await;
    let list = app.get("/api/audit", &[("cookie", &cookie)]).await.json();
    let actions: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].clone())
        .collect();
    assert_eq!(actions, ["login.started", "server.set_up"]);
    let newest = &list["items"][0];
    assert_eq!(
        newest["request_id"],
        login.headers["x-request-id"].to_str().unwrap()
    );
    assert_eq!(newest["actor"]["name"], "Ann Martins");
    assert_eq!(newest["detail"]["address"], "192.0.2.1");
    assert_eq!(list["next_cursor"], Value::Null);
    assert!(!list.to_string().contains(PASSWORD));
}

#[tokio::test]
async fn a_refused_sign_in_is_proved_without_the_password() {
    let (app, cookie) = App::set_up().await;
    app.post("/api/logins", &credentials("open sesame"))
        .await
        .assert_problem(401, "invalid_credentials");
    // It is written after the answer; wait for the server's own tasks.
    app.ctx.tasks.close();
    app.ctx.tasks.wait().await;
    let list = app.get("/api/audit", &[("cookie", &cookie)]).await;
    assert_eq!(list.json()["items"][0]["action"], "login.refused");
    assert_eq!(list.json()["items"][0]["detail"]["address"], "192.0.2.1");
    assert_eq!(list.json()["items"][0]["address"], "192.0.2.1");
    assert!(!list.text.contains("open sesame"));
}

#[tokio::test]
async fn health_and_metrics_answer_whom_they_should() {
    let app =
        App::with(|config: &mut Config| config.metrics_from = vec!["192.0.2.0/24".parse().unwrap()]).await;
    assert_eq!(app.get("/health/live", &[]).await.json()["status"], "ok");
    assert_eq!(app.get("/health/ready", &[]).await.json()["status"], "ok");
    let metrics = app.get("/metrics", &[]).await;
    assert!(
        metrics.text.contains("farol_http_requests_total"),
        "{}",
        metrics.text
    );
    App::new()
        .await
        .get("/metrics", &[])
        .await
        .assert_problem(403, "forbidden");
    app.ctx.shutdown.cancel();
    app.get("/health/ready", &[])
        .await
        .assert_problem(503, "shutting_down");
}

#[tokio::test]
async fn a_full_disk_is_a_sentence_and_loses_nothing() {
    let (app, cookie) = App::set_up().await;
    // As many pages as there are: every further one fails like on a full disk.
    let tx = app.ctx.db.write().await.unwrap();
    tx.execute_unprepared("PRAGMA max_page_count = 1").await.unwrap();
    tx.commit().await.unwrap();
    let mut refused = None;
    for number in 0..2_000 {
        let body = json!({"name": format!("{number}-{}", "x".repeat(60))});
        let answer = app
            .send(request(
                Method::PATCH,
                "/api/me",
                &[("cookie", &cookie)],
                Some(&body),
            ))
            .await;
        if answer.status != StatusCode::OK {
            refused = Some(answer);
            break;
        }
    }
    refused
        .expect("the disk never became full")
        .assert_problem(503, "storage_full");
    // Reading goes on, and with space so does writing.
    assert_eq!(
        app.get("/api/me", &[("cookie", &cookie)]).await.status,
        StatusCode::OK
    );
    let tx = app.ctx.db.write().await.unwrap();
    tx.execute_unprepared("PRAGMA max_page_count = 1000000")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let body = json!({"name": "Ann Again"});
    let answer = app
        .send(request(
            Method::PATCH,
            "/api/me",
            &[("cookie", &cookie)],
            Some(&body),
        ))
        .await;
    assert_eq!(answer.json()["account"]["name"], "Ann Again");
    assert!(
        farol_server::audit::verify(&app.ctx.db, &farol_server::audit::known(&app.ctx).unwrap(), None)
            .await
            .unwrap()
            .iter()
            .all(|report| report.finding.is_none())
    );
}

#[tokio::test]
async fn a_locked_database_is_a_sentence_and_reading_goes_on() {
    let (app, cookie) = App::set_up().await;
    let other = farol_server::store::Db::open(&app.ctx.config.database)
        .await
        .unwrap();
    let held = other.write().await.unwrap();
    let body = json!({"name": "Ann Later"});
    let change = || {
        app.send(request(
            Method::PATCH,
            "/api/me",
            &[("cookie", &cookie)],
            Some(&body),
        ))
    };
    change().await.assert_problem(503, "storage_busy");
    assert_eq!(
        app.get("/api/me", &[("cookie", &cookie)]).await.status,
        StatusCode::OK
    );
    held.rollback().await.unwrap();
    assert_eq!(change().await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_document_of_the_api_is_served_with_a_page_that_needs_nobody_else() {
    let app = App::new().await;
    let document = app.get("/api/openapi.json", &[]).await.json();
    assert!(document["paths"]["/api/setup"]["post"].is_object());
    let page = app.get("/api/docs", &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        !page.text.contains("://"),
        "the page loads something from elsewhere"
    );
    for part in [
        "/api/docs/start.js",
        "/api/docs/swagger-ui.css",
        "/api/docs/swagger-ui-bundle.js",
    ] {
        assert!(page.text.contains(part));
        assert_eq!(app.get(part, &[]).await.status, StatusCode::OK, "{part}");
    }
}

#[tokio::test]
async fn owners_see_that_no_certificate_is_shown_and_who_shows_one_instead() {
    let path = "/api/server-certificate";
    for (proxies, source) in [(vec![], "none"), (vec!["192.0.2.0/24"], "proxy")] {
        let app = App::with(|config| {
            config.trusted_proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
        })
        .await;
        let headers = [
            ("x-forwarded-for", "198.51.100.7"),
            ("x-forwarded-proto", "https"),
        ];
        app.get(path, &headers).await.assert_problem(401, "not_signed_in");
        let cookie = cookie_of(&owner(&app.ctx).await);
        let answer = app
            .get(path, &[("cookie", cookie.as_str()), headers[0], headers[1]])
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let nothing = json!({ "source": source, "certificate": null, "trouble": null });
        assert_eq!(answer.json(), nothing);
    }
}

#[tokio::test]
async fn a_password_that_others_know_is_refused_wherever_one_is_chosen() {
    use sha1::{Digest, Sha1};
    let list = tempfile::NamedTempFile::new().unwrap();
    let mut hashes: Vec<String> = [PASSWORD, "open sesame", "another one"]
        .iter()
        .map(|text| format!("{}:3\n", hex::encode_upper(Sha1::digest(text))))
        .collect();
    hashes.sort();
    std::fs::write(list.path(), hashes.concat()).unwrap();
    let file = list.path().to_owned();
    let app = App::with(|config| config.breached_passwords_file = Some(file)).await;
    let refused = app.post("/api/setup", &set_up_body(&app.link().await)).await;
    let problem = refused.assert_problem(422, "validation_failed");
    assert_eq!(problem["errors"][0]["field"], "password");
    assert_eq!(problem["errors"][0]["code"], "breached");
    let mut body = set_up_body(&app.link().await);
    body["password"] = json!("seven gulls over the harbor");
    let cookie = app.post("/api/setup", &body).await.cookie();
    let again = json!({ "password": PASSWORD });
    let headers = [("cookie", cookie.as_str())];
    let refused = app
        .send(request(Method::POST, "/api/me/password", &headers, Some(&again)))
        .await;
    let problem = refused.assert_problem(422, "validation_failed");
    assert_eq!(problem["errors"][0]["code"], "breached");
    assert!(!refused.text.contains(PASSWORD));
}

#[tokio::test]
async fn jobs_are_for_those_who_look_after_the_server_and_run_when_they_say() {
    use farol_server::jobs::{Did, JobName, Plan};
    let (app, owner) = App::set_up().await;
    let as_owner = [("cookie", owner.as_str())];
    let run = async |job: &str| {
        let path = format!("/api/server-jobs/{job}/run");
        app.send(request(Method::POST, &path, &as_owner, None)).await
    };
    app.get("/api/server-jobs", &[])
        .await
        .assert_problem(401, "not_signed_in");
    let list = async || app.get("/api/server-jobs", &as_owner).await.json()["items"].clone();
    assert_eq!(list().await, json!([]), "nothing has begun");
    run("audit").await.assert_problem(404, "not_found");
    run("nothing").await.assert_problem(404, "not_found");

    let (told, mut turns) = tokio::sync::mpsc::channel(1);
    let plan = Plan::every(JobName::Audit, std::time::Duration::from_secs(3_600));
    app.ctx
        .tasks
        .spawn(app.ctx.jobs.clone().run(plan, async move |turn| {
            told.send(turn.asked)
                .await
                .map_err(farol_server::Error::internal)?;
            Ok(Did::Done)
        }));
    let stop = app.ctx.shutdown.clone();
    let work = async move || stop.cancelled().await;
    app.ctx
        .tasks
        .spawn(app.ctx.jobs.clone().keep(JobName::Listener, work));
    // So that the work without an end is under way.
    tokio::task::yield_now().await;
    let jobs = list().await;
    assert_eq!(jobs[0]["name"], "listener");
    assert_eq!(
        (&jobs[0]["state"], &jobs[0]["can_run"]),
        (&json!("ok"), &json!(false))
    );
    assert_eq!(
        (&jobs[1]["state"], &jobs[1]["running"]),
        (&json!("not_yet"), &json!(false))
    );
    assert!(jobs[1]["next_run_at"].is_string(), "{jobs}");
    let refused = run("listener").await.assert_problem(409, "conflict");
    assert!(refused["detail"].as_str().unwrap().contains("all the time"));

    let answer = run("audit").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(turns.recv().await, Some(true));
    let audit = app
        .get("/api/audit?action=server_job.run", &as_owner)
        .await
        .json();
    assert_eq!(audit["items"][0]["target"]["id"], "audit", "{audit}");
    assert_eq!(
        audit["items"].as_array().unwrap().len(),
        1,
        "what was refused did not happen"
    );
    drop(turns);
    for _ in 0..19 {
        assert_eq!(run("audit").await.status, StatusCode::ACCEPTED);
    }
    let slow = run("audit").await;
    slow.assert_problem(429, "too_many_attempts");
    assert!(slow.headers.contains_key("retry-after"));
    app.ctx.shutdown.cancel();
}
