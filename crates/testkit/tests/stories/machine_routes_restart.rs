//! Helpdesk desktop agents and a server that is started again: what they hold is worth what it was worth before.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use farol_server::config::{MACHINE_TOKEN_GRACE, MACHINE_TOKEN_TTL};
use farol_server::machine_routes::LOGIN_OFFER;
use farol_testkit::{Answer, HelpdeskAgent};

use super::*;
use crate::machine_routes::{Desk, assert_refused};

/// No server listens on this port.
const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);

impl Desk {
    /// The server is stopped and started; it is at another address then, which its agents have to be told. Its owner signs
    /// in anew, because people's logins do not last as long as tokens.
    async fn restarted(self) -> Self {
        let server = self.server.restart().await.unwrap();
        let console = server.sign_in().await.unwrap();
        Self { server, console }
    }

    /// A server that finds what this one has on disk now.
    async fn after_crash(&self) -> Self {
        let server = self.server.after_crash().await.unwrap();
        let console = self.console.at(server.address());
        Self { server, console }
    }
}

async fn redeem(desk: &Desk, secret: &Value) -> Answer {
    let body = json!({ "secret": secret });
    let browser = ApiClient::new(desk.server.address());
    let path = "/api/machine-logins";
    browser.send_with("POST", path, Some(&body), &[]).await.unwrap()
}

async fn current_login(desk: &Desk, cookie: &str) -> Answer {
    let browser = ApiClient::new(desk.server.address());
    let path = "/api/machine-logins/current";
    browser
        .send_with("GET", path, None, &[("cookie", cookie)])
        .await
        .unwrap()
}

async fn presence(desk: &Desk) -> Value {
    desk.machines().await[0]["presence"]["status"].clone()
}

fn duplicates(answers: &[Answer]) -> Vec<bool> {
    let said = answers.iter().map(|answer| answer.body["duplicate"].as_bool());
    said.map(|duplicate| duplicate.unwrap()).collect()
}

fn states(seen: &Value) -> Vec<String> {
    let heartbeats = seen["heartbeats"].as_array().unwrap().iter();
    let mut states: Vec<_> = heartbeats
        .map(|seen| seen["state"].as_str().unwrap().to_owned())
        .collect();
    states.sort_unstable();
    states
}

#[tokio::test]
async fn a_token_works_on_and_its_machine_is_online_with_the_next_heartbeat() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    let token = agent.token.clone();
    let issued = desk.helpdesk(&id).await["tokens"][0]["id"].clone();
    desk.server.let_time_pass(MACHINE_TOKEN_TTL / 2);
    let desk = desk.restarted().await;
    agent.speak_to(desk.server.address());
    assert_eq!(presence(&desk).await, "offline", "nobody has been heard yet");
    let beat = agent.heartbeat().await.unwrap();
    assert_eq!(
        (beat.status, &beat.body["tokenStatus"], &beat.body["machineId"]),
        (200, &json!("live"), &json!(id)),
        "{beat:?}"
    );
    assert_eq!(agent.token, token);
    assert_eq!(presence(&desk).await, "online");
    // The heartbeat started the token's life anew, and one that comes too late still does not count.
    desk.server
        .let_time_pass(MACHINE_TOKEN_TTL - Duration::from_secs(60));
    assert_eq!(agent.heartbeat().await.unwrap().status, 200);
    desk.server.let_time_pass(MACHINE_TOKEN_TTL);
    let desk = desk.restarted().await;
    agent.speak_to(desk.server.address());
    assert_refused(&agent.heartbeat().await.unwrap(), 401, "machine_token_expired");
    assert_eq!(agent.registered().await.unwrap(), id);
    let tokens = desk.helpdesk(&id).await["tokens"].clone();
    assert_eq!(tokens.as_array().unwrap().len(), 2, "{tokens}");
    assert_eq!(tokens[1]["id"], issued);
    assert_eq!(desk.machines().await.len(), 1);
}

#[tokio::test]
async fn what_was_taken_away_stays_taken_away() {
    let mut desk = Desk::new().await;
    let (mut withdrawn, mut blocked) = (desk.agent(1), desk.agent(2));
    let id = withdrawn.registered().await.unwrap();
    let path = format!("/api/machines/{id}/helpdesk/tokens");
    assert_eq!(desk.console.delete(&path).await.unwrap().status, 204);
    let stolen = blocked.registered().await.unwrap();
    let path = format!("/api/machines/{stolen}/block");
    let answer = desk.console.post(&path, &json!({ "reason": "stolen" })).await;
    assert_eq!(answer.unwrap().status, 200);
    let desk = desk.restarted().await;
    for agent in [&mut withdrawn, &mut blocked] {
        agent.speak_to(desk.server.address());
    }
    for answer in [
        withdrawn.heartbeat().await.unwrap(),
        withdrawn.session().await.unwrap(),
    ] {
        assert_refused(&answer, 401, "machine_token_revoked");
    }
    assert_refused(&blocked.heartbeat().await.unwrap(), 403, "machine_blocked");
    assert_refused(&blocked.register().await.unwrap(), 403, "machine_blocked");
    withdrawn.observe("healed");
    assert_eq!(withdrawn.deliver().await.unwrap().len(), 1);
    assert_eq!(desk.helpdesk(&id).await["state"], "healed");
    assert_eq!(desk.machines().await.len(), 2);
}

#[tokio::test]
async fn the_grace_of_a_replaced_token_goes_on_and_ends_when_it_would_have() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    let mut old = agent.clone();
    assert_eq!(agent.registered().await.unwrap(), id);
    desk.server.let_time_pass(MACHINE_TOKEN_GRACE / 2);
    let desk = desk.restarted().await;
    for agent in [&mut old, &mut agent] {
        agent.speak_to(desk.server.address());
    }
    let report = old.heartbeat().await.unwrap();
    assert_eq!(
        (report.status, &report.body["code"]),
        (200, &json!("machine_token_revoked")),
        "{report:?}"
    );
    assert_eq!(
        presence(&desk).await,
        "offline",
        "a token that was replaced makes nobody online"
    );
    assert_refused(&old.session().await.unwrap(), 401, "machine_token_revoked");
    assert_eq!(agent.heartbeat().await.unwrap().body["tokenStatus"], "live");
    desk.server.let_time_pass(MACHINE_TOKEN_GRACE / 2);
    assert_refused(&old.heartbeat().await.unwrap(), 401, "machine_token_revoked");
    assert_eq!(agent.heartbeat().await.unwrap().body["tokenStatus"], "live");
}

#[tokio::test]
async fn a_login_that_was_offered_before_works_once_and_for_its_two_minutes() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    let offer = async |agent: &HelpdeskAgent| agent.session().await.unwrap().body["secret"].clone();
    let (early, used, late) = (offer(&agent).await, offer(&agent).await, offer(&agent).await);
    let cookie = redeem(&desk, &early).await.cookie.unwrap();
    let desk = desk.restarted().await;
    agent.speak_to(desk.server.address());
    let signed_in = current_login(&desk, &cookie).await;
    assert_eq!((signed_in.status, &signed_in.body["id"]), (200, &json!(id)));
    assert_refused(&redeem(&desk, &early).await, 403, "link_invalid");
    let signed_in = redeem(&desk, &used).await;
    assert_eq!(
        (signed_in.status, &signed_in.body["id"]),
        (201, &json!(id)),
        "{signed_in:?}"
    );
    assert_refused(&redeem(&desk, &used).await, 403, "link_invalid");
    desk.server.let_time_pass(LOGIN_OFFER);
    let desk = desk.restarted().await;
    agent.speak_to(desk.server.address());
    assert_refused(&redeem(&desk, &late).await, 403, "link_invalid");
    // Logins end with the token that they came from, whichever run of the server they began in.
    agent.registered().await.unwrap();
    for cookie in [cookie, signed_in.cookie.unwrap()] {
        assert_refused(&current_login(&desk, &cookie).await, 401, "machine_login_missing");
    }
}

#[tokio::test]
async fn what_could_not_be_delivered_is_delivered_after_healing_and_counts_once() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    for state in ["one", "two"] {
        agent.observe(state);
    }
    assert_eq!(agent.lose_an_answer().await.unwrap().status, 200);
    let path = format!("/api/machines/{id}/helpdesk/tokens");
    assert_eq!(desk.console.delete(&path).await.unwrap().status, 204);
    let desk = desk.restarted().await;
    // While nobody answers, the queue waits.
    agent.look_around(&json!({ "disks": ["a", "b"] }));
    agent.observe("three");
    agent.speak_to(NOBODY);
    assert!(agent.deliver().await.is_err());
    assert_eq!(agent.waiting(), 4);
    agent.speak_to(desk.server.address());
    assert_refused(&agent.heartbeat().await.unwrap(), 401, "machine_token_revoked");
    let answers = agent.deliver().await.unwrap();
    assert_eq!(duplicates(&answers), [true, false, false, false]);
    assert_eq!(agent.waiting(), 0);
    let seen = desk.helpdesk(&id).await;
    assert_eq!(states(&seen), ["one", "three", "two"]);
    assert_eq!(seen["sections"][0]["body"], json!(["a", "b"]));
    assert_eq!(desk.machines().await.len(), 1);
}

#[tokio::test]
async fn what_was_answered_is_on_disk_when_the_server_crashes() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    agent.observe("one");
    agent.observe("two");
    assert_eq!(agent.lose_an_answer().await.unwrap().status, 200);
    let after = desk.after_crash().await;
    agent.speak_to(after.server.address());
    assert_eq!(duplicates(&agent.deliver().await.unwrap()), [true, false]);
    assert_eq!(states(&after.helpdesk(&id).await), ["one", "two"]);
    assert_eq!(agent.registered().await.unwrap(), id);
}

#[tokio::test]
async fn a_reinstalled_agent_still_waits_for_the_silence_of_the_one_before() {
    let desk = Desk::new().await;
    let mut agent = desk.agent(1);
    let id = agent.registered().await.unwrap();
    let desk = desk.restarted().await;
    agent.speak_to(desk.server.address());
    agent.reinstall().unwrap();
    let waits = agent.register().await.unwrap();
    assert_eq!(
        (waits.status, &waits.body["reason"]),
        (202, &json!("uid_online")),
        "a restart makes nobody silent: {waits:?}"
    );
    assert_eq!(desk.waiting().await.len(), 1);
    let desk = desk.restarted().await;
    agent.speak_to(desk.server.address());
    assert_eq!(agent.register().await.unwrap().status, 202);
    assert_eq!(desk.waiting().await.len(), 1, "asked once");
    desk.server.let_time_pass(Duration::from_secs(15 * 60));
    assert_eq!(agent.registered().await.unwrap(), id);
}
