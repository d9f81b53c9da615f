//! Machines of helpdesk desktop agents: tokens, reports that count once, logins that are redeemed once. Through the routes, as the
//! agents come.

use std::time::Duration;

use axum::http::Method;
use farol_server::Ctx;
use farol_server::config::ProvisioningSecret;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::common::{owner, request};

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
