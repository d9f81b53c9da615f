//! The command line beside a running server: what it changes about machines, links feel within seconds.

use farol_testkit::{FakeMachine, TestServer};
use serde_json::Value;

use crate::words::{enroll_with, machines, token, waiting};

/// Runs the rules of `farol machine …` the way the program does: in another context on the same data.
async fn shell(server: &TestServer) -> (farol_server::Ctx, farol_server::accounts::Caller) {
    let config = server.ctx().config.clone();
    let ctx = farol_server::server::open(config, farol_server::clock::Clock::default())
        .await
        .unwrap();
    let by = farol_server::accounts::Caller::command_line(&ctx).await.unwrap();
    (ctx, by)
}

#[tokio::test]
async fn what_the_shell_removes_is_told_to_a_linked_agent() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let token = token(&mut console, "automatic").await;
    let agent = enroll_with(&server, &token, &FakeMachine::called("pc-1", 64, 64))
        .await
        .unwrap();
    console
        .until(&agent.path(), |machine| machine["presence"]["status"] == "online")
        .await
        .unwrap();
    let (ctx, by) = shell(&server).await;
    let id = machines(&console).await[0]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    farol_server::machines::remove(&ctx, &by, id).await.unwrap();
    farol_server::machines::tell_running_server(&ctx).await.unwrap();
    ctx.db.close().await;
    let (_, end) = agent.over().await.unwrap();
    assert!(end.unwrap_err().to_string().contains("removed"));
    let audit = console
        .get("/api/audit?action=machine.removed")
        .await
        .unwrap()
        .body;
    assert_eq!(audit["items"][0]["actor"]["kind"], "command_line", "{audit}");
}

#[tokio::test]
async fn the_shell_decides_about_who_waits() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let token = token(&mut console, "first").await;
    let machine = FakeMachine::called("pc-1", 64, 64);
    assert!(enroll_with(&server, &token, &machine).await.is_err(), "it waits");
    let entry = waiting(&console).await;
    let (ctx, by) = shell(&server).await;
    let id = entry["id"].as_str().unwrap().parse().unwrap();
    farol_server::recognition::approve(&ctx, &by, id, &farol_server::recognition::Approval::New)
        .await
        .unwrap();
    farol_server::machines::tell_running_server(&ctx).await.unwrap();
    ctx.db.close().await;
    // The running server tells every console.
    let one = |list: &Value| list["items"].as_array().is_some_and(|items| items.len() == 1);
    console.until("/api/machines", one).await.unwrap();
}
