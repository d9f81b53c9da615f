//! Helpdesk desktop agents: registering, reporting, healing, and being the same machine as the one behind the other door.

use std::time::Duration;

use farol_server::clock::Timestamp;
use farol_server::config::{MACHINE_TOKEN_GRACE, MACHINE_TOKEN_TTL, ProvisioningSecret};
use farol_testkit::{Answer, Hardware, HelpdeskAgent, evidence, new_key};

use super::*;

const SECRET: &str = "a provisioning secret for stories";

/// A server with the routes on, and its owner.
pub(crate) struct Desk {
    pub(crate) server: TestServer,
    pub(crate) console: ApiClient,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let secret = ProvisioningSecret::new(SECRET).unwrap();
        let server = TestServer::start_with(|config| config.machine_routes.secret = Some(secret))
            .await
            .unwrap();
        let console = server.set_up().await.unwrap();
        Self { server, console }
    }

    pub(crate) fn agent(&self, machine: u32) -> HelpdeskAgent {
        HelpdeskAgent::new(self.server.address(), SECRET, Hardware::number(machine)).unwrap()
    }

    pub(crate) async fn machines(&self) -> Vec<Value> {
        let list = self.console.get("/api/machines").await.unwrap().body;
        list["items"].as_array().unwrap().clone()
    }

    pub(crate) async fn helpdesk(&self, machine: &str) -> Value {
        let path = format!("/api/machines/{machine}/helpdesk");
        let answer = self.console.get(&path).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    pub(crate) async fn waiting(&self) -> Vec<Value> {
        let list = self.console.get("/api/quarantine").await.unwrap().body;
        let items = list["items"].as_array().unwrap().iter();
        items
            .filter(|entry| entry["state"] == "waiting")
            .cloned()
            .collect()
    }

    async fn audited(&self, action: &str) -> usize {
        let list = self.console.get("/api/audit?limit=200").await.unwrap().body;
        let items = list["items"].as_array().unwrap().iter();
        items.filter(|entry| entry["action"] == action).count()
    }

    /// Enrolls our own agent on the same made-up machine.
    async fn ours(&mut self, machine: u32) -> Answer {
        self.ours_with(machine, 7, "automatic").await
    }

    /// The same with this approval mode, as an installation of its own.
    async fn ours_with(&mut self, machine: u32, install: u8, approval: &str) -> Answer {
        let body = json!({ "name": "story", "expires_in_seconds": 3600, "approval": approval });
        let token = self
            .console
            .post("/api/enrollment-tokens", &body)
            .await
            .unwrap()
            .body;
        let state = (new_key().unwrap(), farol_protocol::ids::InstallId([install; 16]));
        let token = token["token"].as_str().unwrap();
        let answer =
            Enrolled::ask_as(self.server.address(), token, &state, &evidence(machine, machine)).await;
        answer.unwrap()
    }
}

#[track_caller]
pub(crate) fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (status, &json!(code)),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_machine_registers_reports_and_is_seen() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    agent.observe("online");
    agent.look_around(&json!({ "software": [{ "name": "Editor\u{202e}", "version": "1" }], "disks": [] }));
    let answers = agent.deliver().await.unwrap();
    assert!(
        answers.iter().all(|answer| answer.body["tokenStatus"] == "live"),
        "{answers:?}"
    );
    let machines = desk.machines().await;
    assert_eq!(machines.len(), 1);
    let machine = &machines[0];
    assert_eq!((&machine["id"], &machine["name"]), (&json!(id), &json!("desk-1")));
    assert_eq!(machine["doors"], json!(["helpdesk"]));
    assert_eq!(machine["presence"]["status"], "online");
    assert_eq!(machine["os"]["family"], "windows");
    let seen = desk.helpdesk(&id).await;
    assert_eq!(seen["state"], "online");
    assert_eq!(seen["access_profile"], "collaborator");
    assert_eq!(seen["account_email"], "joana@example.org");
    assert_eq!(
        seen["remote_access"],
        json!({ "provider": "RustDesk", "id": "123 456 789" })
    );
    assert_eq!(seen["sections"].as_array().unwrap().len(), 2);
    assert_eq!(seen["sections"][1]["body"][0]["name"], "Editor");
    let removal = desk
        .console
        .get(&format!("/api/machines/{id}/removal"))
        .await
        .unwrap();
    assert_eq!(removal.body["inventory_sections"], 2);
    assert_eq!(removal.body["end_user_logins"], 0);
    assert!(
        removal.body["helpdesk_reports"].as_u64().unwrap() >= 2,
        "{removal:?}"
    );
    let token = agent.token.clone().unwrap();
    let audit = desk
        .console
        .get("/api/audit?limit=200")
        .await
        .unwrap()
        .body
        .to_string();
    assert!(audit.contains("machine_token.issued") && !audit.contains(&token) && !audit.contains(SECRET));
    // Three heartbeats missing.
    desk.server.let_time_pass(Duration::from_secs(15 * 60));
    assert_eq!(desk.machines().await[0]["presence"]["status"], "offline");
    assert_eq!(agent.heartbeat().await.unwrap().status, 200);
    assert_eq!(desk.machines().await[0]["presence"]["status"], "online");
}

#[tokio::test]
async fn the_routes_are_off_without_a_secret_and_shut_to_wrong_ones() {
    let off = TestServer::start().await.unwrap();
    let mut agent = HelpdeskAgent::new(off.address(), SECRET, Hardware::number(1)).unwrap();
    assert_refused(&agent.register().await.unwrap(), 503, "machine_routes_off");
    assert_refused(&agent.heartbeat().await.unwrap(), 503, "machine_routes_off");
    assert_refused(&agent.session().await.unwrap(), 503, "machine_routes_off");

    let desk = Desk::new().await;
    let address = desk.server.address();
    let mut stranger =
        HelpdeskAgent::new(address, "another secret of some length", Hardware::number(1)).unwrap();
    for _ in 0..10 {
        assert_refused(
            &stranger.register().await.unwrap(),
            403,
            "provisioning_secret_invalid",
        );
    }
    assert_refused(&stranger.register().await.unwrap(), 429, "too_many_attempts");
    assert_refused(&desk.agent(1).register().await.unwrap(), 429, "too_many_attempts");
    desk.server.let_time_pass(Duration::from_secs(60));
    assert_eq!(desk.agent(1).register().await.unwrap().status, 201);
    assert_refused(&stranger.heartbeat().await.unwrap(), 401, "machine_token_invalid");
    assert_eq!(desk.machines().await.len(), 1);
}

#[tokio::test]
async fn the_secret_and_the_token_may_stand_in_headers_and_never_in_an_address() {
    let desk = Desk::new().await;
    let api = ApiClient::new(desk.server.address());
    let body = json!({ "installationCode": "code-of-this-one", "hostname": "pc" });
    let path = "/api/machines/register";
    let in_address = format!("{path}?provisioningSecret={}", SECRET.replace(' ', "+"));
    let answer = api
        .send_with("POST", &in_address, Some(&body), &[])
        .await
        .unwrap();
    assert_refused(&answer, 403, "provisioning_secret_invalid");
    let answer = api
        .send_with("POST", path, Some(&body), &[("x-provisioning-secret", SECRET)])
        .await
        .unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    let token = answer.body["machineToken"].as_str().unwrap();
    let path = "/api/machines/heartbeat";
    let bearer = format!("Bearer {token}");
    let answer = api
        .send_with("POST", path, Some(&json!({})), &[("authorization", &bearer)])
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let in_address = format!("{path}?machineToken={token}");
    let answer = api
        .send_with("POST", &in_address, Some(&json!({})), &[])
        .await
        .unwrap();
    assert_refused(&answer, 401, "machine_token_invalid");
}

#[tokio::test]
async fn registering_again_replaces_the_token_which_may_report_for_a_while() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    let old = agent.clone();
    assert_eq!(agent.registered().await.unwrap(), id);
    let report = old.heartbeat().await.unwrap();
    assert_eq!(report.status, 200);
    assert_eq!(
        (&report.body["tokenStatus"], &report.body["code"]),
        (&json!("revoked"), &json!("machine_token_revoked"))
    );
    assert_refused(&old.session().await.unwrap(), 401, "machine_token_revoked");
    assert_eq!(agent.session().await.unwrap().status, 201);
    desk.server.let_time_pass(MACHINE_TOKEN_GRACE);
    assert_refused(&old.heartbeat().await.unwrap(), 401, "machine_token_revoked");
    assert_eq!(agent.heartbeat().await.unwrap().status, 200);
    assert_eq!(
        (
            desk.audited("machine_token.issued").await,
            desk.audited("machine_token.revoked").await
        ),
        (2, 1)
    );
    let tokens = desk.helpdesk(&id).await["tokens"].clone();
    assert_eq!(tokens[1]["revoked_because"], "registered_again");
    assert_eq!(tokens[0]["revoked_at"], Value::Null);
}

#[tokio::test]
async fn a_token_lives_from_heartbeat_to_heartbeat() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    for _ in 0..3 {
        desk.server
            .let_time_pass(MACHINE_TOKEN_TTL - Duration::from_secs(60));
        assert_eq!(agent.heartbeat().await.unwrap().status, 200);
    }
    desk.server.let_time_pass(MACHINE_TOKEN_TTL);
    assert_refused(&agent.heartbeat().await.unwrap(), 401, "machine_token_expired");
    agent.observe("back");
    assert_eq!(agent.deliver().await.unwrap().len(), 1);
    assert_eq!(agent.registered().await.unwrap(), id);
}

#[tokio::test]
async fn a_revoked_agent_heals_and_everything_counts_once() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    for state in ["one", "two", "three"] {
        agent.observe(state);
    }
    // The first is kept, but its answer is lost; then a technician withdraws the token.
    assert_eq!(agent.lose_an_answer().await.unwrap().status, 200);
    let answer = desk
        .console
        .delete(&format!("/api/machines/{id}/helpdesk/tokens"))
        .await
        .unwrap();
    assert_eq!(answer.status, 204);
    assert_refused(&agent.heartbeat().await.unwrap(), 401, "machine_token_revoked");
    agent.observe("four");
    let answers = agent.deliver().await.unwrap();
    let duplicates: Vec<_> = answers
        .iter()
        .map(|answer| answer.body["duplicate"].as_bool().unwrap())
        .collect();
    assert_eq!(duplicates, [true, false, false, false]);
    assert_eq!(agent.waiting(), 0);
    let seen = desk.helpdesk(&id).await;
    let mut states: Vec<_> = seen["heartbeats"]
        .as_array()
        .unwrap()
        .iter()
        .map(|seen| seen["state"].to_string())
        .collect();
    states.sort_unstable();
    assert_eq!(states, ["\"four\"", "\"one\"", "\"three\"", "\"two\""]);
    assert_eq!(desk.machines().await.len(), 1);
}

#[tokio::test]
async fn a_late_report_does_not_overwrite_a_newer_one() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    let token = agent.token.clone().unwrap();
    let api = ApiClient::new(desk.server.address());
    let start = desk.server.ctx().clock.now();
    let at = |minutes: i64| Timestamp(start.0 - minutes * 60_000).rfc3339();
    let send = async |state: &str, minutes: i64| {
        let body =
            json!({ "machineToken": token, "status": state, "capturedAt": at(minutes), "hostname": state });
        api.send_with("POST", "/api/machines/heartbeat", Some(&body), &[])
            .await
            .unwrap()
    };
    assert_eq!(send("now", 1).await.body["duplicate"], false);
    assert_eq!(send("before", 30).await.body["duplicate"], false);
    assert_eq!(
        send("before", 30).await.body["duplicate"],
        true,
        "named by its time"
    );
    let seen = desk.helpdesk(&id).await;
    assert_eq!(
        (&seen["state"], seen["heartbeats"].as_array().unwrap().len()),
        (&json!("now"), 2)
    );
    assert_eq!(desk.machines().await[0]["hostname"], "now");
}

#[tokio::test]
async fn our_agent_first_then_the_helpdesk_is_one_row() {
    let mut desk = Desk::new().await;
    let ours = desk.ours(1).await;
    assert_eq!(ours.status, 201, "{ours:?}");
    let state = (new_key().unwrap(), farol_protocol::ids::InstallId([9; 16]));
    let body = json!({ "name": "second", "expires_in_seconds": 3600, "approval": "automatic" });
    let token = desk
        .console
        .post("/api/enrollment-tokens", &body)
        .await
        .unwrap()
        .body;
    let text = token["token"].as_str().unwrap();
    let answer = Enrolled::ask_as(desk.server.address(), text, &state, &evidence(2, 2))
        .await
        .unwrap();
    let enrolled = Enrolled::from_answer(&answer.body, state, evidence(2, 2)).unwrap();
    let link = PaperAgent::start(desk.server.address(), &enrolled).await.unwrap();
    // Offline and online: the link of our own agent is no other claim to the same place.
    for (number, id) in [
        (1, ours.body["machine_id"].clone()),
        (2, json!(enrolled.machine.to_string())),
    ] {
        let mut agent = desk.agent(number);
        assert_eq!(json!(agent.registered().await.unwrap()), id);
        assert_eq!(agent.heartbeat().await.unwrap().status, 200);
        let machine = desk
            .console
            .get(&format!("/api/machines/{}", id.as_str().unwrap()))
            .await
            .unwrap()
            .body;
        assert_eq!(machine["doors"], json!(["agent", "helpdesk"]));
        let status = if number == 1 { "offline" } else { "online" };
        assert_eq!(
            machine["presence"]["status"], status,
            "our agent's presence counts"
        );
        assert_eq!(machine["hostname"], "paper", "our agent's facts count");
        let path = format!("/api/machines/{}/identity", id.as_str().unwrap());
        let identity = desk.console.get(&path).await.unwrap().body;
        assert_eq!(
            identity["keys"].as_array().unwrap().len(),
            1,
            "its key was not touched: {identity}"
        );
        assert_eq!(identity["keys"][0]["state"], "current");
        assert_ne!(identity["evidence"]["os_install_id"], "");
    }
    assert_eq!(desk.machines().await.len(), 2);
    drop(link);
}

#[tokio::test]
async fn the_helpdesk_first_then_our_agent_is_one_row() {
    let mut desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    let ours = desk.ours(1).await;
    assert_eq!(
        (ours.status, &ours.body["machine_id"]),
        (201, &json!(id)),
        "{ours:?}"
    );
    let machines = desk.machines().await;
    assert_eq!(machines.len(), 1);
    assert_eq!(machines[0]["doors"], json!(["agent", "helpdesk"]));
    assert_eq!(
        agent.heartbeat().await.unwrap().body["tokenStatus"],
        "live",
        "its token stays"
    );
    assert_eq!(agent.registered().await.unwrap(), id);
}

#[tokio::test]
async fn names_and_network_cards_make_nobody_the_same() {
    let desk = Desk::new().await;
    let (mut one, mut two) = (desk.agent(1), desk.agent(2));
    two.hardware.hostname.clone_from(&one.hardware.hostname);
    two.hardware.macs.clone_from(&one.hardware.macs);
    assert_ne!(one.registered().await.unwrap(), two.registered().await.unwrap());
    // Without a code and without serials there is nothing to go by.
    let mut bare = desk.agent(3);
    bare.code = None;
    bare.hardware.evidence = farol_protocol::evidence::Evidence::default();
    assert_refused(&bare.register().await.unwrap(), 422, "validation_failed");
    assert_eq!(desk.machines().await.len(), 2);
}

#[tokio::test]
async fn a_copied_disk_is_another_machine_and_stays_it() {
    let desk = Desk::new().await;
    let mut original = desk.agent(1);
    let first = original.registered().await.unwrap();
    let mut copy = original.clone();
    copy.hardware = Hardware::number(2);
    let second = copy.registered().await.unwrap();
    assert_ne!(first, second);
    // Both go on, each as itself, with the same code.
    assert_eq!(
        original.heartbeat().await.unwrap().body["machineId"],
        json!(first)
    );
    for _ in 0..2 {
        assert_eq!(copy.registered().await.unwrap(), second);
        assert_eq!(original.registered().await.unwrap(), first);
    }
    assert_eq!(desk.machines().await.len(), 2);
}

#[tokio::test]
async fn a_reinstalled_agent_waits_for_the_silence_of_the_one_before() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    let before = agent.clone();
    agent.reinstall().unwrap();
    let waits = agent.register().await.unwrap();
    assert_eq!(
        (waits.status, &waits.body["code"], &waits.body["reason"]),
        (202, &json!("approval_pending"), &json!("uid_online"))
    );
    assert_eq!(agent.register().await.unwrap().status, 202);
    assert_eq!(desk.waiting().await.len(), 1);
    desk.server.let_time_pass(Duration::from_secs(15 * 60));
    assert_eq!(
        agent.registered().await.unwrap(),
        id,
        "nobody else speaks for it any more"
    );
    assert_eq!(desk.waiting().await.len(), 0);
    // Had it been a copy after all, the one before now has to wait for a person.
    let mut before = before;
    let waits = before.register().await.unwrap();
    assert_eq!(
        (waits.status, &waits.body["reason"]),
        (202, &json!("former_key")),
        "{waits:?}"
    );
    assert_eq!(desk.machines().await.len(), 1);
}

#[tokio::test]
async fn who_waits_for_a_machine_that_is_removed_is_new_and_waits_no_more() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    agent.reinstall().unwrap();
    assert_eq!(agent.register().await.unwrap().body["reason"], "uid_online");
    let entry = desk.waiting().await[0]["id"].as_str().unwrap().to_owned();
    let removed = desk.console.delete(&format!("/api/machines/{id}")).await.unwrap();
    assert_eq!(removed.status, 204);
    let new = agent.registered().await.unwrap();
    assert_ne!(new, id);
    let entry = desk
        .console
        .get(&format!("/api/quarantine/{entry}"))
        .await
        .unwrap()
        .body;
    assert_eq!(
        (&entry["state"], &entry["result_machine_id"]),
        (&json!("approved_new"), &json!(new))
    );
    assert_eq!(desk.waiting().await.len(), 0);
}

#[tokio::test]
async fn a_lost_token_and_an_agent_that_stores_no_code() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    agent.lose_the_token();
    agent.observe("lost");
    assert_eq!(agent.deliver().await.unwrap().len(), 1);
    let mut plain = desk.agent(2);
    plain.code = None;
    let other = plain.registered().await.unwrap();
    plain.lose_the_token();
    assert_eq!(
        plain.registered().await.unwrap(),
        other,
        "known by its serial numbers"
    );
    assert_ne!(id, other);
    // Copies that take the place from each other in turns are slowed down.
    let mut last = plain.register().await.unwrap();
    for _ in 0..10 {
        last = plain.register().await.unwrap();
    }
    assert_refused(&last, 429, "too_many_attempts");
}

#[tokio::test]
async fn a_merged_record_speaks_for_the_survivor() {
    let mut desk = Desk::new().await;
    let (mut one, mut two) = (desk.agent(1), desk.agent(2));
    let (into, from) = (one.registered().await.unwrap(), two.registered().await.unwrap());
    let path = format!("/api/machines/{into}/merge");
    let answer = desk
        .console
        .post(&path, &json!({ "from_id": from }))
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    two.observe("merged");
    let answers = two.deliver().await.unwrap();
    assert_eq!(answers[0].body["machineId"], json!(into));
    assert_eq!(desk.helpdesk(&into).await["state"], "merged");
    assert_eq!(two.registered().await.unwrap(), into);
    let answer = desk
        .console
        .delete(&format!("/api/machines/{into}/merged/{from}"))
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(two.heartbeat().await.unwrap().body["machineId"], json!(from));
}

#[tokio::test]
async fn a_blocked_machine_and_a_removed_one_are_told_so() {
    let mut desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    let path = format!("/api/machines/{id}");
    desk.console
        .post(&format!("{path}/block"), &json!({ "reason": "stolen" }))
        .await
        .unwrap();
    assert_refused(&agent.heartbeat().await.unwrap(), 403, "machine_blocked");
    assert_refused(&agent.session().await.unwrap(), 403, "machine_blocked");
    assert_refused(&agent.register().await.unwrap(), 403, "machine_blocked");
    let mut other = agent.clone();
    other.reinstall().unwrap();
    let waits = other.register().await.unwrap();
    assert_eq!(
        (waits.status, &waits.body["reason"]),
        (202, &json!("uid_blocked"))
    );
    desk.console
        .post(&format!("{path}/unblock"), &json!({}))
        .await
        .unwrap();
    assert_eq!(agent.heartbeat().await.unwrap().status, 200);

    assert_eq!(desk.console.delete(&path).await.unwrap().status, 204);
    assert_refused(&agent.heartbeat().await.unwrap(), 401, "machine_token_revoked");
    let waits = agent.register().await.unwrap();
    assert_eq!(
        (waits.status, &waits.body["reason"]),
        (202, &json!("approve_first")),
        "it does not come back by itself"
    );
    assert_eq!(desk.machines().await.len(), 0);
    // A person lets it in again.
    let entry = desk
        .waiting()
        .await
        .into_iter()
        .find(|entry| entry["reason"] == "approve_first")
        .unwrap();
    let path = format!("/api/quarantine/{}/approve", entry["id"].as_str().unwrap());
    let answer = desk.console.post(&path, &json!({ "as": "new" })).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_ne!(agent.registered().await.unwrap(), id);
    assert_eq!(desk.machines().await[0]["doors"], json!(["helpdesk"]));
}

#[tokio::test]
async fn a_person_decides_that_it_is_the_known_machine() {
    let mut desk = Desk::new().await;
    let ours = desk.ours(1).await;
    let id = ours.body["machine_id"].as_str().unwrap().to_owned();
    // The disk is known, the board is another: doubt.
    let mut agent = desk.agent(2);
    agent.hardware.evidence.disk_serials = evidence(1, 1).disk_serials;
    let waits = agent.register().await.unwrap();
    assert_eq!(
        (waits.status, &waits.body["reason"]),
        (202, &json!("partial")),
        "{waits:?}"
    );
    let entry = desk.waiting().await.remove(0);
    assert_eq!(entry["door"], "helpdesk");
    let path = format!("/api/quarantine/{}/approve", entry["id"].as_str().unwrap());
    let answer = desk
        .console
        .post(&path, &json!({ "as": "machine", "machine_id": id }))
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let identity = desk
        .console
        .get(&format!("/api/machines/{id}/identity"))
        .await
        .unwrap()
        .body;
    assert_eq!(
        identity["keys"].as_array().unwrap().len(),
        1,
        "our agent's key stays"
    );
    assert_eq!(identity["evidence"]["board_serial"], "board-000001");
}

#[tokio::test]
async fn the_end_user_sees_their_machine_and_nothing_else() {
    let desk = Desk::new().await;
    let (mut agent, mut other) = (desk.agent(1), desk.agent(2));
    let (id, other) = (
        agent.registered().await.unwrap(),
        other.registered().await.unwrap(),
    );
    let offer = agent.session().await.unwrap();
    assert_eq!(offer.status, 201, "{offer:?}");
    let (secret, token) = (
        offer.body["secret"].as_str().unwrap(),
        agent.token.clone().unwrap(),
    );
    let url = offer.body["url"].as_str().unwrap();
    assert!(
        url.ends_with(&format!("#link={secret}")) && !url.contains(&token),
        "{url}"
    );
    let browser = ApiClient::new(desk.server.address());
    let redeem = async || {
        let body = json!({ "secret": secret });
        browser
            .send_with("POST", "/api/machine-logins", Some(&body), &[])
            .await
            .unwrap()
    };
    let signed_in = redeem().await;
    assert_eq!(
        (signed_in.status, &signed_in.body["id"]),
        (201, &json!(id)),
        "{signed_in:?}"
    );
    assert_refused(&redeem().await, 403, "link_invalid");
    let cookie = signed_in.cookie.unwrap();
    assert!(cookie.starts_with("__Host-farol-machine="), "{cookie}");
    let get = async |path: &str| {
        browser
            .send_with("GET", path, None, &[("cookie", &cookie)])
            .await
            .unwrap()
    };
    let own = get("/api/machine-logins/current").await;
    assert_eq!((own.status, &own.body["name"]), (200, &json!("desk-1")));
    for path in [
        format!("/api/machines/{id}"),
        format!("/api/machines/{other}"),
        "/api/machines".into(),
        "/api/me".into(),
    ] {
        assert_refused(&get(&path).await, 401, "not_signed_in");
    }
    assert_eq!(desk.audited("machine_login.created").await, 1);
    // It ends with the token that it came from.
    agent.registered().await.unwrap();
    assert_refused(
        &get("/api/machine-logins/current").await,
        401,
        "machine_login_missing",
    );
    // And a late secret is none.
    let late = agent.session().await.unwrap().body["secret"].clone();
    desk.server.let_time_pass(Duration::from_secs(120));
    let body = json!({ "secret": late });
    let answer = browser
        .send_with("POST", "/api/machine-logins", Some(&body), &[])
        .await
        .unwrap();
    assert_refused(&answer, 403, "link_invalid");
}

#[tokio::test]
async fn hostile_reports_are_refused_or_cleaned() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    let bearer = format!("Bearer {}", agent.token.clone().unwrap());
    let api = ApiClient::new(desk.server.address());
    let send = async |path: &str, body: Value| {
        let path = format!("/api/machines/{path}");
        api.send_with("POST", &path, Some(&body), &[("authorization", &bearer)])
            .await
            .unwrap()
    };
    let megabyte = "x".repeat(1 << 20);
    assert_refused(
        &send("heartbeat", json!({ "status": megabyte })).await,
        413,
        "too_large",
    );
    assert_refused(
        &send("inventory", json!({ "inventory": { "a": megabyte } })).await,
        413,
        "too_large",
    );
    let large = json!({ "inventory": { "a": vec!["y".repeat(2000); 150] } });
    assert_refused(&send("inventory", large).await, 422, "validation_failed");
    let snapshot = json!({ "metadata": { "remoteAccessSnapshot": vec!["z".repeat(2000); 5] } });
    assert_refused(&send("heartbeat", snapshot).await, 422, "validation_failed");
    assert_refused(
        &send("heartbeat", json!({ "reportId": "<b>" })).await,
        422,
        "validation_failed",
    );
    let odd = json!({ "status": "on\u{202e}line\n<img src=x>", "hostname": "pc\u{0}\u{1b}[31m" });
    assert_eq!(send("heartbeat", odd).await.status, 200);
    assert_eq!(desk.helpdesk(&id).await["state"], "on line <img src=x>");
    assert_eq!(desk.machines().await[0]["hostname"], "pc  [31m");
}

#[tokio::test]
async fn our_agent_comes_to_a_row_without_a_key_undoubted_and_only_once() {
    let mut desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    let ours = desk.ours_with(1, 7, "when_doubtful").await;
    assert_eq!(
        (ours.status, &ours.body["machine_id"]),
        (201, &json!(id)),
        "{ours:?}"
    );
    let machines = desk.machines().await;
    assert_eq!(machines.len(), 1);
    assert_eq!(machines[0]["doors"], json!(["agent", "helpdesk"]));
    // Now there is a key that somebody could want to replace.
    let other = desk.ours_with(1, 8, "when_doubtful").await;
    assert_eq!(
        (other.status, &other.body["reason"]),
        (202, &json!("reinstalled")),
        "{other:?}"
    );
    // Who wants to see everybody sees this one too.
    let mut second = desk.agent(2);
    second.registered().await.unwrap();
    let first = desk.ours_with(2, 9, "first").await;
    assert_eq!(first.status, 202, "{first:?}");
}
