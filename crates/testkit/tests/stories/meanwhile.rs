//! What people decide while an agent is on its way: it holds its proof back, or somebody else is faster.

use farol_protocol::Tick;
use farol_protocol::link::{AgentLinkEvent, GoodbyeReason};
use farol_testkit::{LinkEnd, Said, evidence, new_key};

use super::*;
use crate::words::{token, waiting};

/// Dials and keeps the proof back: the server has looked the machine up and waits.
async fn about_to_prove(server: &TestServer, machine: &Enrolled) -> LinkEnd {
    let mut link = LinkEnd::dial(server.address(), machine).await.unwrap();
    link.flush().await.unwrap();
    match link.socket().next().await.unwrap() {
        Said::Binary(challenge) => link.link().handle_input(Tick(0), &challenge).unwrap(),
        other => panic!("expected a challenge, got {other:?}"),
    }
    link
}

async fn goodbye(mut link: LinkEnd) -> GoodbyeReason {
    match link.next().await.unwrap() {
        AgentLinkEvent::Goodbye { goodbye, .. } => goodbye.reason,
        other => panic!("expected a goodbye, got {other:?}"),
    }
}

#[tokio::test]
async fn a_proof_that_was_held_back_finds_what_was_decided_meanwhile() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let automatic = token(&mut console, "automatic").await;
    let doubtful = token(&mut console, "when_doubtful").await;
    let mut machines = Vec::new();
    for number in 1..=5 {
        let made = Enrolled::made_of(server.address(), &automatic, evidence(number, number));
        machines.push(made.await.unwrap());
    }
    let [blocked, removed, merged, survivor, rebound] = machines.try_into().unwrap();
    let path = |machine: &Enrolled| format!("/api/machines/{}", machine.machine);

    let link = about_to_prove(&server, &blocked).await;
    let block = format!("{}/block", path(&blocked));
    let done = console.post(&block, &json!({ "reason": "" })).await.unwrap();
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(goodbye(link).await, GoodbyeReason::Blocked);

    let link = about_to_prove(&server, &removed).await;
    assert_eq!(console.delete(&path(&removed)).await.unwrap().status, 204);
    assert_eq!(goodbye(link).await, GoodbyeReason::MachineRemoved);

    let link = about_to_prove(&server, &merged).await;
    let body = json!({ "from_id": merged.machine.to_string() });
    let done = console
        .post(&format!("{}/merge", path(&survivor)), &body)
        .await
        .unwrap();
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(
        goodbye(link).await,
        GoodbyeReason::ServerStopping,
        "it dials again"
    );
    // By then it counts for the machine that its record was merged into.
    let link = LinkEnd::connect(server.address(), &merged).await.unwrap();
    console
        .until(&path(&survivor), |machine| {
            machine["presence"]["status"] == "online"
        })
        .await
        .unwrap();
    drop(link);

    let link = about_to_prove(&server, &rebound).await;
    let state = (new_key().unwrap(), farol_protocol::ids::InstallId([9; 16]));
    let asked = Enrolled::ask_as(server.address(), &doubtful, &state, &rebound.evidence)
        .await
        .unwrap();
    assert_eq!(asked.body["reason"], "reinstalled", "{asked:?}");
    let entry = waiting(&console).await["id"].as_str().unwrap().to_owned();
    let body = json!({ "as": "machine", "machine_id": rebound.machine.to_string() });
    let done = console
        .post(&format!("/api/quarantine/{entry}/approve"), &body)
        .await
        .unwrap();
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(goodbye(link).await, GoodbyeReason::ServerStopping);
    assert_eq!(
        server.ctx().presence.view(id_of(&rebound)).map(|view| view.since),
        None
    );
}

fn id_of(machine: &Enrolled) -> farol_server::ids::MachineId {
    machine.machine.to_string().parse().unwrap()
}

#[tokio::test]
async fn sessions_end_when_the_machine_becomes_another_installation() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let token = token(&mut console, "automatic").await;
    let mut machines = Vec::new();
    for number in 1..=2 {
        let made = Enrolled::made_of(server.address(), &token, evidence(number, number));
        machines.push(made.await.unwrap());
    }
    let [machine, record] = machines.try_into().unwrap();
    let path = format!("/api/machines/{}", machine.machine);
    let online = |machine: &Value| machine["presence"]["status"] == "online";
    let session = async |console: &mut ApiClient| {
        let body = session_request(&EVERYTHING);
        let opened = console.post(&format!("{path}/sessions"), &body).await.unwrap();
        assert_eq!(opened.status, 201, "{opened:?}");
        format!("/api/sessions/{}", opened.body["session"]["id"].as_str().unwrap())
    };

    // The agent of a merged record has a session when the merge is taken back.
    let merge = json!({ "from_id": record.machine.to_string() });
    let merged = console.post(&format!("{path}/merge"), &merge).await.unwrap();
    assert_eq!(merged.status, 200, "{merged:?}");
    let mut agent = PaperAgent::start(server.address(), &record).await.unwrap();
    console.until(&path, online).await.unwrap();
    let open = session(&mut console).await;
    agent.offer().await.unwrap();
    let undone = console
        .delete(&format!("{path}/merged/{}", record.machine))
        .await
        .unwrap();
    assert_eq!(undone.status, 200, "{undone:?}");
    console.until(&open, ended("machine_changed")).await.unwrap();
    assert_eq!(agent.over().await.unwrap(), "goodbye: server_stopping");
    console.until(&path, |machine| !online(machine)).await.unwrap();

    // Another installation is approved as the machine.
    let mut agent = PaperAgent::start(server.address(), &machine).await.unwrap();
    console.until(&path, online).await.unwrap();
    let open = session(&mut console).await;
    agent.offer().await.unwrap();
    let state = (new_key().unwrap(), farol_protocol::ids::InstallId([9; 16]));
    let asked = Enrolled::ask_as(server.address(), &token, &state, &machine.evidence)
        .await
        .unwrap();
    assert_eq!(asked.body["reason"], "uid_online", "{asked:?}");
    let entry = waiting(&console).await["id"].as_str().unwrap().to_owned();
    let body = json!({ "as": "machine", "machine_id": machine.machine.to_string() });
    let approve = format!("/api/quarantine/{entry}/approve");
    assert_eq!(console.post(&approve, &body).await.unwrap().status, 200);
    console.until(&open, ended("machine_changed")).await.unwrap();
    assert_eq!(agent.over().await.unwrap(), "goodbye: replaced");
}
