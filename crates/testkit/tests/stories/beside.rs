//! The command line beside a running server: what it changes about machines, links feel within seconds.

use farol_protocol::ids::InstallId;
use farol_server::ids::MachineId;
use farol_server::recognition::Approval;
use farol_testkit::{Enrolled, FakeMachine, PaperAgent, TestServer, evidence, new_key, session_request};
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

fn id_of(machine: &Enrolled) -> MachineId {
    machine.machine.to_string().parse().unwrap()
}

fn online(machine: &Value) -> bool {
    machine["presence"]["status"] == "online"
}

#[tokio::test]
async fn the_shell_merges_what_the_running_server_says_is_one_and_takes_it_back() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let token = token(&mut console, "automatic").await;
    let address = server.address();
    let one = Enrolled::made_of(address, &token, evidence(1, 1)).await.unwrap();
    let two = Enrolled::made_of(address, &token, evidence(2, 2)).await.unwrap();
    let path = format!("/api/machines/{}", one.machine);
    let agent_one = PaperAgent::start(address, &one).await.unwrap();
    let agent_two = PaperAgent::start(address, &two).await.unwrap();
    let (ctx, by) = shell(&server).await;
    let merge = async || farol_server::machines::merge(&ctx, &by, id_of(&one), id_of(&two)).await;
    let refused = merge().await.unwrap_err();
    assert_eq!(refused.code().as_str(), "both_online");

    agent_one.kill();
    console.until(&path, |machine| !online(machine)).await.unwrap();
    merge().await.unwrap();
    farol_server::machines::tell_running_server(&ctx).await.unwrap();
    assert_eq!(agent_two.over().await.unwrap(), "goodbye: server_stopping");
    // Its agent dials again and speaks for the other machine.
    let agent_two = PaperAgent::start(address, &two).await.unwrap();
    console.until(&path, online).await.unwrap();

    farol_server::machines::undo(&ctx, &by, id_of(&one), id_of(&two))
        .await
        .unwrap();
    farol_server::machines::tell_running_server(&ctx).await.unwrap();
    assert_eq!(agent_two.over().await.unwrap(), "goodbye: server_stopping");
    ctx.db.close().await;
}

#[tokio::test]
async fn what_the_shell_binds_anew_ends_the_link_of_before() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let token = token(&mut console, "automatic").await;
    let machine = Enrolled::made_of(server.address(), &token, evidence(1, 1))
        .await
        .unwrap();
    let untouched = Enrolled::made_of(server.address(), &token, evidence(2, 2))
        .await
        .unwrap();
    let mut agent = PaperAgent::start(server.address(), &machine).await.unwrap();
    let stays = PaperAgent::start(server.address(), &untouched).await.unwrap();
    let ask = session_request(&["view"]);
    let sessions = format!("/api/machines/{}/sessions", machine.machine);
    let session = console.post(&sessions, &ask).await.unwrap().body;
    agent.offer().await.unwrap();
    let state = (new_key().unwrap(), InstallId([9; 16]));
    let asked = Enrolled::ask_as(server.address(), &token, &state, &machine.evidence)
        .await
        .unwrap();
    assert_eq!(asked.body["reason"], "uid_online", "{asked:?}");
    let entry = waiting(&console).await["id"].as_str().unwrap().parse().unwrap();
    let (ctx, by) = shell(&server).await;
    let machine_id = id_of(&machine);
    farol_server::recognition::approve(&ctx, &by, entry, &Approval::Machine { machine_id })
        .await
        .unwrap();
    farol_server::machines::tell_running_server(&ctx).await.unwrap();
    ctx.db.close().await;
    let ended = format!("/api/sessions/{}", session["session"]["id"].as_str().unwrap());
    console
        .until(&ended, |session| session["end"]["reason"] == "machine_changed")
        .await
        .unwrap();
    assert_eq!(agent.over().await.unwrap(), "goodbye: replaced");
    assert!(server.ctx().presence.view(id_of(&untouched)).is_some());
    stays.kill();
}
