//! Machines of helpdesk desktop agents: tokens, reports that count once, logins that are redeemed once. Through the routes, as the
//! agents come.

use std::time::Duration;

use axum::http::Method;
use farol_server::Ctx;
use farol_server::config::ProvisioningSecret;
use http_body_util::BodyExt;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::common::{cookie_of, owner, request};

const SECRET: &str = "a provisioning secret for the suite";

/// The routes need a secret, which the suite's settings do not have.
fn with_routes(ctx: &Ctx) -> Ctx {
    let mut config = ctx.config.clone();
    config.machine_routes.secret = Some(ProvisioningSecret::new(SECRET).unwrap());
    Ctx::new(config, ctx.db.clone(), ctx.clock.clone(), ctx.identity.clone())
}

async fn post(ctx: &Ctx, path: &str, body: &Value) -> (u16, Value) {
    let router = farol_server::http::router(ctx);
    let response = router
        .oneshot(request(Method::POST, path, &[], Some(body)))
        .await
        .unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}

/// Status, body and the cookie that was set.
async fn send(
    ctx: &Ctx,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> (u16, Value, Option<String>) {
    let router = farol_server::http::router(ctx);
    let body = (!body.is_null()).then_some(body);
    let response = router
        .oneshot(request(method, path, headers, body))
        .await
        .unwrap();
    let status = response.status().as_u16();
    let set = response
        .headers()
        .get("set-cookie")
        .map(|value| value.to_str().unwrap().to_owned());
    let cookie = set.and_then(|set| Some(set.split_once(';')?.0.to_owned()));
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or_default(), cookie)
}

async fn run(ctx: &Ctx, sql: &str) {
    let tx = ctx.db.write().await.unwrap();
    tx.execute_unprepared(sql).await.unwrap();
    tx.commit().await.unwrap();
}

async fn get(ctx: &Ctx, path: &str, cookie: &str) -> Value {
    let router = farol_server::http::router(ctx);
    let asked = request(Method::GET, path, &[("cookie", cookie)], None);
    let body = router.oneshot(asked).await.unwrap().into_body();
    serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap()
}

async fn register(ctx: &Ctx, code: &str, board: &str) -> (u16, Value) {
    let body = json!({
        "provisioningSecret": SECRET, "installationCode": code, "hostname": "desk", "serials": { "board": board },
    });
    post(ctx, "/api/machines/register", &body).await
}

pub async fn of_one_board_there_is_one_machine_and_one_live_token(ctx: Ctx) {
    owner(&ctx).await;
    let ctx = with_routes(&ctx);
    let (status, first) = register(&ctx, "installation-1", "board-a").await;
    assert_eq!(status, 201, "{first}");
    let (_, again) = register(&ctx, "installation-1", "board-a").await;
    assert_eq!(first["machineId"], again["machineId"]);
    let (_, other) = register(&ctx, "installation-2", "board-b").await;
    assert_ne!(first["machineId"], other["machineId"]);
    let (status, waits) = register(&ctx, "installation-3", "board-a").await;
    assert_eq!((status, &waits["reason"]), (202, &json!("uid_online")), "{waits}");
    let beat =
        async |token: &Value| post(&ctx, "/api/machines/heartbeat", &json!({ "machineToken": token })).await;
    assert_eq!(
        beat(&first["machineToken"]).await.1["code"],
        "machine_token_revoked"
    );
    assert_eq!(beat(&again["machineToken"]).await.1["tokenStatus"], "live");
    ctx.clock.advance(Duration::from_secs(15 * 60));
    assert_eq!(beat(&first["machineToken"]).await.0, 401);
    // The one before has fallen silent meanwhile but for a token that was replaced.
    ctx.clock.advance(Duration::from_secs(15 * 60));
    let (status, same) = register(&ctx, "installation-3", "board-a").await;
    assert_eq!((status, &same["machineId"]), (201, &first["machineId"]), "{same}");
}

pub async fn a_report_counts_once_whoever_delivers_it_at_the_same_time(ctx: Ctx) {
    owner(&ctx).await;
    let ctx = with_routes(&ctx);
    let (_, machine) = register(&ctx, "installation-1", "board-a").await;
    let body = json!({ "machineToken": machine["machineToken"], "reportId": "r-1", "status": "x" });
    let mut deliveries = Vec::new();
    for _ in 0..4 {
        let (ctx, body) = (ctx.clone(), body.clone());
        deliveries.push(tokio::spawn(async move {
            post(&ctx, "/api/machines/heartbeat", &body).await
        }));
    }
    let mut counted = 0;
    for delivery in deliveries {
        let (status, answer) = delivery.await.unwrap();
        assert_eq!(status, 200, "{answer}");
        counted += usize::from(answer["duplicate"] == json!(false));
    }
    assert_eq!(counted, 1);
    let section = |text: &str, id: &str| json!({ "machineToken": machine["machineToken"], "reportId": id, "inventory": { "software": text } });
    for (text, id) in [("one", "i-1"), ("two", "i-2"), ("two", "i-3")] {
        assert_eq!(
            post(&ctx, "/api/machines/inventory", &section(text, id)).await.0,
            200
        );
    }
}

pub async fn a_login_is_redeemed_by_one_of_two(ctx: Ctx) {
    owner(&ctx).await;
    let ctx = with_routes(&ctx);
    let (_, machine) = register(&ctx, "installation-1", "board-a").await;
    let wish = json!({ "machineToken": machine["machineToken"] });
    let (status, offer) = post(&ctx, "/api/machines/sessions", &wish).await;
    assert_eq!(status, 201, "{offer}");
    let redeem = json!({ "secret": offer["secret"] });
    let path = "/api/machine-logins";
    let (one, two) = tokio::join!(post(&ctx, path, &redeem), post(&ctx, path, &redeem));
    let mut statuses = [one.0, two.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403]);
    ctx.clock.advance(Duration::from_secs(40 * 24 * 60 * 60));
    farol_server::machine_routes::sweep(&ctx).await.unwrap();
    assert_eq!(
        post(&ctx, "/api/machines/heartbeat", &wish).await.1["code"],
        "machine_token_expired"
    );
    ctx.clock.advance(Duration::from_secs(90 * 24 * 60 * 60));
    farol_server::machine_routes::sweep(&ctx).await.unwrap();
    assert_eq!(
        post(&ctx, "/api/machines/heartbeat", &wish).await.1["code"],
        "machine_token_invalid"
    );
}

pub async fn an_inventory_is_the_newest_report_and_no_more(ctx: Ctx) {
    let cookie = cookie_of(&owner(&ctx).await);
    let ctx = with_routes(&ctx);
    let (_, machine) = register(&ctx, "installation-1", "board-a").await;
    let start = ctx.clock.now();
    let deliver = async |minutes: i64, names: &[String]| {
        let inventory: serde_json::Map<String, Value> =
            names.iter().map(|name| (name.clone(), json!(minutes))).collect();
        let at = farol_server::clock::Timestamp(start.0 + minutes * 60_000).rfc3339();
        let body =
            json!({ "machineToken": machine["machineToken"], "capturedAt": at, "inventory": inventory });
        let (status, answer) = post(&ctx, "/api/machines/inventory", &body).await;
        assert_eq!(status, 200, "{answer}");
    };
    let shown = async || {
        let path = format!(
            "/api/machines/{}/helpdesk",
            machine["machineId"].as_str().unwrap()
        );
        let view = get(&ctx, &path, &cookie).await;
        let sections = view["sections"].as_array().unwrap().iter();
        sections
            .map(|section| {
                (
                    section["name"].as_str().unwrap().to_owned(),
                    section["body"].clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    // Fresh names in each report, as somebody sends who wants to fill the disk.
    for minute in -6..0 {
        let fresh: Vec<_> = (0..64).map(|number| format!("{minute}-{number}")).collect();
        deliver(minute, &fresh).await;
        assert_eq!(shown().await.len(), 64);
    }
    deliver(0, &names(&["disks", "software"])).await;
    let newest = [("disks".to_owned(), json!(0)), ("software".to_owned(), json!(0))];
    assert_eq!(shown().await, newest);
    // A late one neither removes nor adds.
    deliver(-30, &names(&["software", "services"])).await;
    assert_eq!(shown().await, newest);
    deliver(1, &[]).await;
    assert_eq!(shown().await, []);
}

pub async fn what_a_registration_leaves_out_stays_known(ctx: Ctx) {
    let cookie = cookie_of(&owner(&ctx).await);
    let ctx = with_routes(&ctx);
    let full = json!({
        "provisioningSecret": SECRET, "installationCode": "installation-1", "hostname": "desk-1", "agentVersion": "1.2",
        "os": { "name": "Windows 11 Pro", "version": "10.0", "architecture": "x86_64" },
    });
    let (status, machine) = post(&ctx, "/api/machines/register", &full).await;
    assert_eq!(status, 201, "{machine}");
    let facts = async || {
        let path = format!("/api/machines/{}", machine["machineId"].as_str().unwrap());
        let view = get(&ctx, &path, &cookie).await;
        json!([
            view["hostname"],
            view["os"]["family"],
            view["os"]["version"],
            view["agent_version"]
        ])
    };
    let known = json!(["desk-1", "windows", "10.0", "1.2"]);
    assert_eq!(facts().await, known);
    let bare = json!({ "provisioningSecret": SECRET, "installationCode": "installation-1" });
    let (status, again) = post(&ctx, "/api/machines/register", &bare).await;
    assert_eq!(
        (status, &again["machineId"]),
        (201, &machine["machineId"]),
        "{again}"
    );
    assert_eq!(facts().await, known);
    let beat =
        json!({ "machineToken": again["machineToken"], "hostname": "", "os": {}, "agentVersion": "1.3" });
    assert_eq!(post(&ctx, "/api/machines/heartbeat", &beat).await.0, 200);
    assert_eq!(facts().await, json!(["desk-1", "windows", "10.0", "1.3"]));
    let other = json!({
        "provisioningSecret": SECRET, "installationCode": "installation-1", "os": { "name": "Debian 13" },
    });
    assert_eq!(post(&ctx, "/api/machines/register", &other).await.0, 201);
    assert_eq!(facts().await, json!(["desk-1", "linux", "", "1.3"]));
}

pub async fn a_login_does_not_outlive_the_token_that_it_came_from(ctx: Ctx) {
    let cookie = cookie_of(&owner(&ctx).await);
    let ctx = with_routes(&ctx);
    let (_, machine) = register(&ctx, "installation-1", "board-a").await;
    let wish = json!({ "machineToken": machine["machineToken"] });
    let offer = async || post(&ctx, "/api/machines/sessions", &wish).await.1["secret"].clone();
    let redeem = async |secret: &Value| {
        send(
            &ctx,
            Method::POST,
            "/api/machine-logins",
            &[],
            &json!({ "secret": secret }),
        )
        .await
    };
    let own = async |cookie: &str| {
        let cookies = [("cookie", cookie)];
        send(
            &ctx,
            Method::GET,
            "/api/machine-logins/current",
            &cookies,
            &Value::Null,
        )
        .await
        .0
    };
    // Behind the server's back, as when the technician's transaction and this one do not see each other.
    for over in ["revoked_at = 1", "expires_at = 1"] {
        let (offered, redeemed) = (offer().await, redeem(&offer().await).await.2.unwrap());
        assert_eq!(own(&redeemed).await, 200);
        run(&ctx, &format!("UPDATE machine_tokens SET {over}")).await;
        assert_eq!(redeem(&offered).await.0, 403, "{over}");
        assert_eq!(own(&redeemed).await, 401, "{over}");
        let back = ctx.clock.now().after(Duration::from_secs(3600)).0;
        run(
            &ctx,
            &format!("UPDATE machine_tokens SET revoked_at = NULL, expires_at = {back}"),
        )
        .await;
        assert_eq!(own(&redeemed).await, 200);
    }
    // A login whose token is revoked already still ends when a technician withdraws.
    let late = redeem(&offer().await).await.2.unwrap();
    run(
        &ctx,
        "UPDATE machine_tokens SET revoked_at = 1, revoked_because = 'withdrawn'",
    )
    .await;
    let path = format!(
        "/api/machines/{}/helpdesk/tokens",
        machine["machineId"].as_str().unwrap()
    );
    let cookies = [("cookie", cookie.as_str())];
    assert_eq!(
        send(&ctx, Method::DELETE, &path, &cookies, &Value::Null).await.0,
        204
    );
    run(
        &ctx,
        "UPDATE machine_tokens SET revoked_at = NULL, revoked_because = NULL",
    )
    .await;
    assert_eq!(own(&late).await, 401);
}

pub async fn signing_out_is_proved(ctx: Ctx) {
    let cookie = cookie_of(&owner(&ctx).await);
    let ctx = with_routes(&ctx);
    let (_, machine) = register(&ctx, "installation-1", "board-a").await;
    let wish = json!({ "machineToken": machine["machineToken"] });
    let secret = post(&ctx, "/api/machines/sessions", &wish).await.1["secret"].clone();
    let redeemed = send(
        &ctx,
        Method::POST,
        "/api/machine-logins",
        &[],
        &json!({ "secret": secret }),
    )
    .await;
    let end_user = redeemed.2.unwrap();
    let path = "/api/machine-logins/current";
    let cookies = [("cookie", end_user.as_str())];
    assert_eq!(
        send(&ctx, Method::DELETE, path, &cookies, &Value::Null).await.0,
        204
    );
    assert_eq!(
        send(&ctx, Method::DELETE, path, &cookies, &Value::Null).await.0,
        401
    );
    let entries = get(&ctx, "/api/audit?action=machine_login.", &cookie).await;
    let entries = entries["items"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert_eq!(entries[0]["action"], "machine_login.ended");
    assert_eq!(entries[0]["target"]["id"], machine["machineId"]);
    assert_eq!(
        entries[0]["detail"]["machine_login_id"],
        entries[1]["detail"]["machine_login_id"]
    );
}

pub async fn being_new_is_no_attempt_of_a_known_machine(ctx: Ctx) {
    owner(&ctx).await;
    let ctx = with_routes(&ctx);
    assert_eq!(register(&ctx, "installation-1", "board-a").await.0, 201);
    // As many as a machine that is known may have at once.
    for _ in 0..8 {
        assert_eq!(register(&ctx, "installation-1", "board-a").await.0, 201);
    }
    assert_eq!(register(&ctx, "installation-1", "board-a").await.0, 429);
}
