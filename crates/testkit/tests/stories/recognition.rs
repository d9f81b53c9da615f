//! Which machine is it? Real agents on made-up machines are reinstalled, copied, restored, repaired, blocked and removed.
//!
//! Each row of the decision table (`farol_server::recognition::decide`) that an agent can bring about has a story here, in
//! `enrollment.rs` or in `machine_routes.rs`; values that many machines share are in the store suite.

use std::sync::Arc;

use farol_server::accounts::Caller;
use farol_server::enrollment::{self, Approval, Keeper, NewToken};
use farol_server::ids::SiteId;
use farol_server::machines::Labels;
use farol_server::organizations::{self, NewName};
use farol_testkit::{ApiClient, Disk, FakeMachine, TestAgent, TestServer, session_request};
use serde_json::{Value, json};

use crate::words::{enroll_with, machines, token, waiting};

async fn stage() -> (TestServer, ApiClient) {
    let server = TestServer::start().await.unwrap();
    let console = server.set_up().await.unwrap();
    (server, console)
}

fn online(machine: &Value) -> bool {
    machine["presence"]["status"] == "online"
}

fn offline(machine: &Value) -> bool {
    machine["presence"]["status"] == "offline"
}

/// The audit list says that this was done, in one of its newest entries.
fn done(action: &'static str) -> impl Fn(&Value) -> bool {
    move |list| {
        list["items"]
            .as_array()
            .is_some_and(|items| items.iter().any(|item| item["action"] == action))
    }
}

async fn agent(server: &TestServer, console: &mut ApiClient, machine: &Arc<FakeMachine>) -> TestAgent {
    let token = token(console, "automatic").await;
    let agent = enroll_with(server, &token, machine).await.unwrap();
    console.until(&agent.path(), online).await.unwrap();
    agent
}

#[tokio::test]
async fn a_reinstalled_machine_is_the_same_row_with_another_key() {
    let (server, mut console) = stage().await;
    let machine = FakeMachine::called("pc-1", 64, 64);
    let first = agent(&server, &mut console, &machine).await;
    let path = first.path();
    drop(first.stop().await.unwrap());
    console.until(&path, offline).await.unwrap();

    machine
        .change_evidence(|evidence| evidence.os_install_id = Some("00000000000000000000000000000777".into()));
    machine.rename("renamed-by-setup");
    let again = agent(&server, &mut console, &machine).await;
    assert_eq!(again.path(), path, "one machine, one row");
    assert_eq!(machines(&console).await.len(), 1);
    let identity = console.get(&format!("{path}/identity")).await.unwrap().body;
    let states: Vec<_> = identity["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["state"].clone())
        .collect();
    assert_eq!(states, [json!("current"), json!("former")]);
    console
        .until("/api/audit", done("machine.rebound"))
        .await
        .unwrap();
    again.stop().await.unwrap();
}

#[tokio::test]
async fn the_agent_that_was_there_before_a_reinstallation_finds_its_place_taken() {
    let (server, mut console) = stage().await;
    let machine = FakeMachine::called("pc-1", 64, 64);
    let first = agent(&server, &mut console, &machine).await;
    let path = first.path();
    let old_disk = first.stop().await.unwrap();
    console.until(&path, offline).await.unwrap();
    let again = agent(&server, &mut console, &machine).await;
    // A former key is given the benefit of the doubt for some minutes: its agent may have changed it itself.
    server.let_time_pass(std::time::Duration::from_secs(3600));
    let ghost = TestAgent::start(old_disk, &machine);
    let entry = waiting(&console).await;
    assert_eq!(entry["reason"], "former_key");
    assert_eq!(
        entry["holds_key_of"]["machine"]["id"],
        machines(&console).await[0]["id"]
    );
    assert!(
        online(&console.get(&path).await.unwrap().body),
        "whoever is in stays in"
    );
    ghost.stop().await.unwrap();
    again.stop().await.unwrap();
}

#[tokio::test]
async fn a_copied_disk_on_other_hardware_waits_and_becomes_a_machine_of_its_own() {
    let (server, mut console) = stage().await;
    let original = agent(&server, &mut console, &FakeMachine::called("pc-1", 64, 64)).await;
    let disk = original.disk().copy().unwrap();
    let clone = FakeMachine::called("pc-2", 64, 64);
    let copy = TestAgent::start(disk, &clone);
    let entry = waiting(&console).await;
    assert_eq!(
        (&entry["reason"], &entry["attempts"]),
        (&json!("other_hardware"), &json!(1))
    );
    assert!(online(&console.get(&original.path()).await.unwrap().body));
    assert_eq!(machines(&console).await.len(), 1);

    let id = entry["id"].as_str().unwrap();
    let approved = console
        .post(&format!("/api/quarantine/{id}/approve"), &json!({ "as": "new" }))
        .await
        .unwrap();
    assert_eq!(
        (approved.status, &approved.body["state"]),
        (200, &json!("approved_new"))
    );
    // The agent would ask again by itself in two minutes; a restart asks at once.
    let copy = copy.crash_and_restart().await;
    let both = |list: &Value| {
        let items = list["items"].as_array().cloned().unwrap_or_default();
        items.len() == 2 && items.iter().all(online)
    };
    console.until("/api/machines", both).await.unwrap();
    assert_ne!(copy.path(), original.path());
    let decided = console.get(&format!("/api/quarantine/{id}")).await.unwrap().body;
    assert!(
        copy.path()
            .ends_with(decided["result_machine_id"].as_str().unwrap())
    );
    console.until("/api/audit", done("machine.split")).await.unwrap();
    let tokens = console.get("/api/enrollment-tokens").await.unwrap().body;
    assert_eq!(
        tokens["items"].as_array().unwrap().len(),
        1,
        "the server's own token stands in no list"
    );
    copy.stop().await.unwrap();
    original.stop().await.unwrap();
}

#[tokio::test]
async fn a_restored_snapshot_goes_on_and_what_it_left_behind_does_not() {
    let (server, mut console) = stage().await;
    let machine = FakeMachine::called("pc-1", 64, 64);
    let first = agent(&server, &mut console, &machine).await;
    let path = first.path();
    let disk = first.stop().await.unwrap();
    let snapshot = disk.copy().unwrap();
    console.until(&path, offline).await.unwrap();
    // Life goes on for two hellos.
    for _ in 0..2 {
        let agent = TestAgent::start(disk.copy().unwrap(), &machine);
        console.until(&path, online).await.unwrap();
        disk.restore(&agent.stop().await.unwrap()).unwrap();
        console.until(&path, offline).await.unwrap();
    }
    let restored = TestAgent::start(snapshot.copy().unwrap(), &machine);
    console.until(&path, online).await.unwrap();
    console
        .until("/api/audit", done("machine.rolled_back"))
        .await
        .unwrap();
    let identity = console.get(&format!("{path}/identity")).await.unwrap().body;
    let restored = restored.stop().await.unwrap();
    console.until(&path, offline).await.unwrap();
    // What goes on from the restored state is the machine, without further ado.
    let restored = TestAgent::start(restored, &machine);
    console.until(&path, online).await.unwrap();
    let after = console.get(&format!("{path}/identity")).await.unwrap().body;
    assert_eq!(after["install_id"], identity["install_id"]);
    restored.stop().await.unwrap();
    console.until(&path, offline).await.unwrap();
    // The disk that the snapshot was restored over is booted all the same: now there are two.
    let left_behind = TestAgent::start(disk, &machine);
    assert_eq!(waiting(&console).await["reason"], "copy_alive");
    assert!(offline(&console.get(&path).await.unwrap().body));
    // Somebody says that it is the machine after all.
    let id = waiting(&console).await["id"].as_str().unwrap().to_owned();
    let machine_id = path.rsplit('/').next().unwrap();
    let body = json!({ "as": "machine", "machine_id": machine_id });
    let approved = console
        .post(&format!("/api/quarantine/{id}/approve"), &body)
        .await
        .unwrap();
    assert_eq!(approved.body["state"], "approved_same", "{approved:?}");
    let left_behind = left_behind.crash_and_restart().await;
    console.until(&path, online).await.unwrap();
    left_behind.stop().await.unwrap();
}

#[tokio::test]
async fn two_exact_copies_never_have_two_links() {
    let (server, mut console) = stage().await;
    let machine = FakeMachine::called("pc-1", 64, 64);
    let original = agent(&server, &mut console, &machine).await;
    let path = original.path();
    let earlier = original.disk().copy().unwrap();
    // The copy says a number that was said: it is asked to come again, and the original is heard meanwhile.
    let original = original.crash_and_restart().await;
    console.until(&path, online).await.unwrap();
    let copy = TestAgent::start(earlier, &machine);
    let entry = waiting(&console).await;
    assert_eq!(entry["reason"], "copy");
    assert!(online(&console.get(&path).await.unwrap().body));
    assert_eq!(server.ctx().presence.online(), 1);
    copy.stop().await.unwrap();
    original.stop().await.unwrap();
}

#[tokio::test]
async fn a_machine_that_a_person_approved_can_be_copied_like_any_other() {
    let (server, mut console) = stage().await;
    let token = token(&mut console, "first").await;
    let disk = Disk::new().unwrap();
    disk.ask_with(server.address(), &token).unwrap();
    let machine = FakeMachine::called("pc-1", 64, 64);
    let original = TestAgent::start(disk, &machine);
    let first = waiting(&console).await;
    assert_eq!(first["reason"], "approve_first");
    let approve = |entry: &Value| format!("/api/quarantine/{}/approve", entry["id"].as_str().unwrap());
    let new = json!({ "as": "new" });
    assert_eq!(console.post(&approve(&first), &new).await.unwrap().status, 200);
    let original = original.crash_and_restart().await;
    let all_online = |count: usize| {
        move |list: &Value| {
            let items = list["items"].as_array().cloned().unwrap_or_default();
            items.len() == count && items.iter().all(online)
        }
    };
    console.until("/api/machines", all_online(1)).await.unwrap();

    let earlier = original.disk().copy().unwrap();
    let original = original.crash_and_restart().await;
    console.until("/api/machines", all_online(1)).await.unwrap();
    let copy = TestAgent::start(earlier, &machine);
    let second = waiting(&console).await;
    assert_eq!(second["reason"], "copy");
    assert_ne!(
        second["id"], first["id"],
        "its own approval stays as it was decided"
    );
    let held = format!(
        "/api/machines/{}",
        second["holds_key_of"]["machine"]["id"].as_str().unwrap()
    );
    assert_eq!(held, original.path());
    assert_eq!(console.post(&approve(&second), &new).await.unwrap().status, 200);
    let copy = copy.crash_and_restart().await;
    console.until("/api/machines", all_online(2)).await.unwrap();
    copy.stop().await.unwrap();
    original.stop().await.unwrap();
}

#[tokio::test]
async fn a_new_board_and_a_new_name_are_the_same_machine() {
    let (server, mut console) = stage().await;
    let machine = FakeMachine::called("pc-1", 64, 64);
    let agent = agent(&server, &mut console, &machine).await;
    let path = agent.path();
    machine.rename("pc-one");
    machine.change_evidence(|evidence| {
        evidence.smbios_uuid = Some("11112222-3333-4444-8555-666677778888".into());
        evidence.board_serial = Some("NEWBOARD1".into());
        evidence.product_serial = None;
    });
    let agent = agent.crash_and_restart().await;
    console
        .until(&path, |machine| {
            online(machine) && machine["hostname"] == "pc-one"
        })
        .await
        .unwrap();
    console
        .until("/api/audit", done("machine.evidence_changed"))
        .await
        .unwrap();
    let identity = console.get(&format!("{path}/identity")).await.unwrap().body;
    assert_eq!(identity["evidence"]["board_serial"], "NEWBOARD1");
    assert_ne!(
        identity["evidence"]["system_serial"], "",
        "what is not said any more is not forgotten"
    );
    assert_eq!(machines(&console).await.len(), 1);
    agent.stop().await.unwrap();
}

#[tokio::test]
async fn a_blocked_machine_is_told_so_and_so_is_its_reinstallation() {
    let (server, mut console) = stage().await;
    let machine = FakeMachine::called("pc-1", 64, 64);
    let agent = agent(&server, &mut console, &machine).await;
    let path = agent.path();
    let blocked = console
        .post(&format!("{path}/block"), &json!({ "reason": "stolen" }))
        .await
        .unwrap();
    assert_eq!(
        (blocked.status, &blocked.body["block"]["reason"]),
        (200, &json!("stolen"))
    );
    console.until(&path, offline).await.unwrap();
    let session = console
        .post(&format!("{path}/sessions"), &session_request(&["view"]))
        .await
        .unwrap();
    assert_eq!(
        (session.status, &session.body["code"]),
        (409, &json!("machine_blocked"))
    );
    let agent = agent.crash_and_restart().await;
    farol_testkit::until("the agent to know that it is blocked", || {
        let status = agent.disk().state().load_status();
        status.is_some_and(|status| status.link == "blocked" && !status.detail.is_empty())
    })
    .await
    .unwrap();
    agent.stop().await.unwrap();

    let token = token(&mut console, "automatic").await;
    let again = enroll_with(&server, &token, &machine).await;
    assert!(again.is_err(), "a reinstallation does not slip past the block");
    assert_eq!(waiting(&console).await["reason"], "uid_blocked");

    let unblocked = console
        .post(&format!("{path}/unblock"), &json!({}))
        .await
        .unwrap();
    assert_eq!(unblocked.body["state"], "active");
    let audit = console.get("/api/audit").await.unwrap().body;
    assert!(done("machine.blocked")(&audit) && done("machine.unblocked")(&audit));
}

#[tokio::test]
async fn a_removed_machine_is_told_so_for_good_and_may_come_back_as_new() {
    let (server, mut console) = stage().await;
    let machine = FakeMachine::called("pc-1", 64, 64);
    let agent = agent(&server, &mut console, &machine).await;
    let path = agent.path();
    let removal = console.get(&format!("{path}/removal")).await.unwrap().body;
    assert_eq!(
        (
            &removal["records"],
            &removal["keys"],
            &removal["online"],
            &removal["keeps_audit"]
        ),
        (&json!(1), &json!(1), &json!(true), &json!(true))
    );
    assert_eq!(console.delete(&path).await.unwrap().status, 204);
    let (disk, end) = agent.over().await.unwrap();
    assert!(end.unwrap_err().to_string().contains("removed"));
    let (_, again) = TestAgent::start(disk, &machine).over().await.unwrap();
    assert!(
        again.unwrap_err().to_string().contains("removed"),
        "also after a restart"
    );
    let token = token(&mut console, "when_doubtful").await;
    let fresh = enroll_with(&server, &token, &machine).await.unwrap();
    assert_ne!(fresh.path(), path);
    fresh.stop().await.unwrap();
}

#[tokio::test]
async fn a_machine_key_is_changed_and_the_old_one_is_worth_nothing() {
    let (server, mut console) = stage().await;
    let machine = FakeMachine::called("pc-1", 64, 64);
    let agent = agent(&server, &mut console, &machine).await;
    let path = agent.path();
    let before = agent.disk().copy().unwrap();
    assert_eq!(
        console
            .post(&format!("{path}/rotate-key"), &json!({}))
            .await
            .unwrap()
            .status,
        202
    );
    let changed = |identity: &Value| {
        let two = identity["keys"].as_array().is_some_and(|keys| keys.len() == 2);
        two && identity["key_change_asked_at"].is_null()
    };
    console.until(&format!("{path}/identity"), changed).await.unwrap();
    console
        .until("/api/audit", done("machine.key_rotated"))
        .await
        .unwrap();
    let agent = agent.crash_and_restart().await;
    console.until(&path, online).await.unwrap();
    drop(agent.stop().await.unwrap());
    console.until(&path, offline).await.unwrap();

    // Offline machines are asked when they come.
    console
        .post(&format!("{path}/rotate-key"), &json!({}))
        .await
        .unwrap();
    server.let_time_pass(std::time::Duration::from_secs(3600));
    let thief = TestAgent::start(before, &machine);
    assert_eq!(waiting(&console).await["reason"], "former_key");
    thief.stop().await.unwrap();
}

#[tokio::test]
async fn the_servers_key_is_changed_with_overlap_and_late_agents_are_told() {
    let (server, mut console) = stage().await;
    let (here, away) = (
        FakeMachine::called("here", 64, 64),
        FakeMachine::called("away", 64, 64),
    );
    let agent_here = agent(&server, &mut console, &here).await;
    let agent_away = agent(&server, &mut console, &away).await;
    let away_path = agent_away.path();
    let away_disk = agent_away.stop().await.unwrap();
    console.until(&away_path, offline).await.unwrap();
    let old_token = token(&mut console, "automatic").await;

    let keys = console
        .post("/api/server-identity/rotate", &json!({}))
        .await
        .unwrap();
    assert_eq!(keys.body["keys"].as_array().unwrap().len(), 2, "{keys:?}");
    let trusting = |number: u64| move |keys: &Value| keys["keys"][0]["trusted_by"] == number;
    console.until("/api/server-identity", trusting(1)).await.unwrap();
    // Tokens made before still work, and agents that were away are told when they come.
    let late = FakeMachine::called("late", 64, 64);
    let agent_late = enroll_with(&server, &old_token, &late).await.unwrap();
    let agent_away = TestAgent::start(away_disk, &away);
    console.until("/api/server-identity", trusting(3)).await.unwrap();
    let retired = console
        .post("/api/server-identity/retire", &json!({}))
        .await
        .unwrap();
    assert_eq!(retired.body["keys"].as_array().unwrap().len(), 1);
    let agent_away = agent_away.crash_and_restart().await;
    console.until(&away_path, online).await.unwrap();
    let audit = console.get("/api/audit").await.unwrap().body;
    assert!(done("server_identity.rotated")(&audit) && done("server_identity.retired")(&audit));
    for agent in [agent_here, agent_away, agent_late] {
        agent.stop().await.unwrap();
    }
}

#[tokio::test]
async fn merged_records_are_one_machine_until_it_is_taken_back() {
    let (server, mut console) = stage().await;
    let one = agent(&server, &mut console, &FakeMachine::called("pc-1", 64, 64)).await;
    let two = agent(&server, &mut console, &FakeMachine::called("pc-2", 64, 64)).await;
    let (first, second) = (one.path(), two.path());
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let merge = json!({ "from_id": id(&second) });
    let refused = console.post(&format!("{first}/merge"), &merge).await.unwrap();
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (409, &json!("both_online"))
    );
    let disk_one = one.stop().await.unwrap();
    console.until(&first, offline).await.unwrap();

    let merged = console.post(&format!("{first}/merge"), &merge).await.unwrap();
    assert_eq!(merged.status, 200, "{merged:?}");
    // The agent of the merged record speaks for the survivor; the identifier leads there.
    console.until(&first, online).await.unwrap();
    assert_eq!(console.get(&second).await.unwrap().body["id"], json!(id(&first)));
    assert_eq!(machines(&console).await.len(), 1);
    // Now the other agent comes back: two are alive, so one of them waits.
    let one = TestAgent::start(disk_one, &FakeMachine::called("pc-1", 64, 64));
    assert_eq!(waiting(&console).await["reason"], "merged_both_alive");
    drop(one.stop().await.unwrap());

    let undone = console
        .delete(&format!("{first}/merged/{}", id(&second)))
        .await
        .unwrap();
    assert_eq!((undone.status, &undone.body["id"]), (200, &json!(id(&second))));
    console.until(&second, online).await.unwrap();
    console.until(&first, offline).await.unwrap();
    assert_eq!(machines(&console).await.len(), 2);

    two.stop().await.unwrap();
    console.until(&second, offline).await.unwrap();
    console.post(&format!("{first}/merge"), &merge).await.unwrap();
    server.let_time_pass(std::time::Duration::from_secs(31 * 24 * 3600));
    let mut console = server.sign_in().await.unwrap();
    let late = console
        .delete(&format!("{first}/merged/{}", id(&second)))
        .await
        .unwrap();
    assert_eq!((late.status, &late.body["code"]), (409, &json!("merge_final")));
    let again = console.post(&format!("{first}/merge"), &merge).await.unwrap();
    assert_eq!(again.status, 409);
}

#[tokio::test]
async fn a_disk_without_a_system_enrolls_nothing() {
    let (server, _) = stage().await;
    let disk = Disk::new().unwrap();
    assert!(disk.enroll(&FakeMachine::called("pc-1", 64, 64)).await.is_err());
    assert_eq!(server.ctx().presence.online(), 0);
}

/// Somebody shows a known machine's id with other hardware around it: never the machine, by whatever token.
#[tokio::test]
async fn a_newcomer_that_fits_in_part_waits_and_hears_of_its_refusal() {
    let (server, mut console) = stage().await;
    let known = FakeMachine::called("pc-1", 64, 64);
    let first = agent(&server, &mut console, &known).await;
    let path = first.path();
    drop(first.stop().await.unwrap());
    console.until(&path, offline).await.unwrap();

    let stranger = FakeMachine::called("pc-2", 64, 64);
    let shown = known.evidence().smbios_uuid;
    stranger.change_evidence(|evidence| evidence.smbios_uuid = shown);
    let automatic = token(&mut console, "automatic").await;
    let disk = Disk::new().unwrap();
    disk.ask_with(server.address(), &automatic).unwrap();
    assert!(disk.enroll(&stranger).await.is_err());
    let entry = waiting(&console).await;
    assert_eq!(entry["reason"], "partial");
    assert_eq!(machines(&console).await.len(), 1);
    let refuse = format!("/api/quarantine/{}/refuse", entry["id"].as_str().unwrap());
    let refused = console
        .post(&refuse, &json!({ "reason": "not ours" }))
        .await
        .unwrap();
    assert_eq!(refused.status, 200, "{refused:?}");
    let told = disk.enroll(&stranger).await.unwrap_err().to_string();
    assert!(told.contains("enrollment_refused"), "{told}");
    assert_eq!(machines(&console).await.len(), 1);
    console
        .until("/api/audit", done("quarantine.refused"))
        .await
        .unwrap();
}

/// Another organization of the server; its site.
async fn other_organization(server: &TestServer) -> SiteId {
    let by = Caller::command_line(server.ctx()).await.unwrap();
    let wanted = NewName { name: "Other".into() };
    let made = organizations::create(server.ctx(), &by, wanted).await.unwrap();
    let db = server.ctx().db.read();
    let sites = organizations::sites_of(db, &[made.id]).await.unwrap();
    sites[0].id
}

/// The same hardware is enrolled in two organizations, as when a computer is sold: two machines, and neither learns of the other.
#[tokio::test]
async fn one_computer_in_two_organizations_is_two_machines() {
    let (server, mut console) = stage().await;
    let computer = FakeMachine::called("pc-1", 64, 64);
    let here = agent(&server, &mut console, &computer).await;
    let wanted = NewToken {
        name: "there".into(),
        site_id: Some(other_organization(&server).await),
        labels: Labels::default(),
        max_uses: None,
        expires_in_seconds: 3600,
        approval: Some(Approval::Automatic),
        networks: Vec::new(),
    };
    let keeper = Keeper::command_line(server.ctx()).await.unwrap();
    let made = enrollment::create(server.ctx(), &keeper, wanted).await.unwrap();
    let there = enroll_with(&server, &made.token, &computer).await.unwrap();
    assert_ne!(there.path(), here.path());
    // Both are linked: nobody took anybody's place.
    farol_testkit::soon("both links", async {
        while server.ctx().presence.online() < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    // An owner of the whole server sees both; which of them somebody else sees is their organization's business.
    let ours = console.get(&here.path()).await.unwrap().body;
    let theirs = console.get(&there.path()).await.unwrap().body;
    assert!(online(&ours) && online(&theirs));
    assert_ne!(ours["organization_id"], theirs["organization_id"]);
    let waiting = console.get("/api/quarantine").await.unwrap().body;
    assert_eq!(waiting["items"], json!([]));
    let pairs = console.get("/api/machine-duplicates").await.unwrap().body;
    assert_eq!(pairs["items"], json!([]));
    here.stop().await.unwrap();
    there.stop().await.unwrap();
}
