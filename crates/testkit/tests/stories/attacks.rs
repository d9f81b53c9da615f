//! Attacks on identity: each is refused with its code, and whoever was there before does not notice.

use std::net::{Ipv4Addr, SocketAddr};

use farol_protocol::ids::InstallId;
use farol_protocol::link::{AgentLinkEvent, Goodbye, GoodbyeReason};
use farol_server::presence::STRANGERS;
use farol_testkit::{LinkEnd, RawSocket, evidence, new_key, until};

use super::*;
use crate::words::{deceptive, machines, token};

fn online(machine: &Value) -> bool {
    machine["presence"]["status"] == "online"
}

fn installation(byte: u8) -> (farol_protocol::identity::MachineKey, InstallId) {
    (new_key().unwrap(), InstallId([byte; 16]))
}

#[tokio::test]
async fn the_fingerprint_of_another_machine_opens_nothing() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let automatic = token(&mut console, "automatic").await;
    let doubtful = token(&mut console, "when_doubtful").await;
    let victim = Enrolled::made_of(server.address(), &automatic, evidence(1, 1))
        .await
        .unwrap();
    let agent = PaperAgent::start(server.address(), &victim).await.unwrap();
    let path = format!("/api/machines/{}", victim.machine);
    let spoof = installation(2);
    let asked = Enrolled::ask_as(server.address(), &automatic, &spoof, &evidence(1, 1))
        .await
        .unwrap();
    assert_eq!(
        (asked.status, &asked.body["reason"]),
        (202, &json!("uid_online")),
        "{asked:?}"
    );
    assert!(online(&console.get(&path).await.unwrap().body));
    agent.kill();
    console.until(&path, |machine| !online(machine)).await.unwrap();
    let other = installation(3);
    let asked = Enrolled::ask_as(server.address(), &doubtful, &other, &evidence(1, 1))
        .await
        .unwrap();
    assert_eq!(
        (asked.status, &asked.body["reason"]),
        (202, &json!("reinstalled")),
        "{asked:?}"
    );
    assert_eq!(machines(&console).await.len(), 1);
    // The victim's own key is worth what it was.
    LinkEnd::connect(server.address(), &victim).await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_not_held_proves_nothing() {
    let stage = Stage::new().await;
    let thief = Enrolled {
        key: new_key().unwrap(),
        ..stage.machine.copy()
    };
    let mut link = LinkEnd::dial(stage.server.address(), &thief).await.unwrap();
    match link.next().await.unwrap() {
        AgentLinkEvent::Goodbye { goodbye, .. } => assert_eq!(goodbye.reason, GoodbyeReason::NotEnrolled),
        other => panic!("{other:?}"),
    }
    assert!(online(
        &stage.console.get(&stage.machine_path()).await.unwrap().body
    ));
}

#[tokio::test]
async fn an_enrollment_without_the_key_is_not_proved() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let token = token(&mut console, "automatic").await;
    let mut body = Enrolled::request(&token, &installation(1), &evidence(1, 1));
    body["machine_key"] = json!(new_key().unwrap().public().to_base64url());
    let answer = ApiClient::new(server.address())
        .post("/api/agent/enroll", &body)
        .await
        .unwrap();
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (403, &json!("key_not_proved"))
    );
    assert!(machines(&console).await.is_empty());
}

#[tokio::test]
async fn guessing_tokens_ends_after_a_burst_and_only_for_the_guesser() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let token = token(&mut console, "automatic").await;
    let mut guesser = ApiClient::new(server.address()).from(Ipv4Addr::new(127, 0, 0, 66));
    let guess = Enrolled::request("farol_enr_guess", &installation(1), &evidence(1, 1));
    let mut refused = None;
    for _ in 0..200 {
        let answer = guesser.post("/api/agent/enroll", &guess).await.unwrap();
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.body["code"], "enrollment_token_invalid");
    }
    let refused = refused.expect("guessing is bounded");
    assert_eq!(refused.body["code"], "too_many_attempts");
    assert!(
        refused.retry_after.is_some_and(|seconds| seconds > 0),
        "{refused:?}"
    );
    Enrolled::with_token(server.address(), &token).await.unwrap();
}

#[tokio::test]
async fn no_machine_credential_is_taken_by_any_route_of_accounts() {
    let mut stage = Stage::new().await;
    let token = token(&mut stage.console, "automatic").await;
    let key = stage.machine.key.public().to_base64url();
    let stranger = ApiClient::new(stage.server.address());
    let document = farol_server::openapi::document();
    let mut walked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.replace("{id}", &stage.machine.machine.to_string());
        for (method, operation) in methods.as_object().unwrap() {
            let wants_login = |wanted: &Value| wanted.get("login").is_some();
            if !operation["security"]
                .as_array()
                .is_some_and(|list| list.iter().any(wants_login))
            {
                continue;
            }
            for credential in [&token, &key] {
                let cookie = format!("__Host-farol={credential}");
                let bearer = format!("Bearer {credential}");
                let headers = [("cookie", cookie.as_str()), ("authorization", bearer.as_str())];
                let method = method.to_uppercase();
                let body = (method != "GET").then(|| json!({}));
                let answer = stranger
                    .send_with(&method, &path, body.as_ref(), &headers)
                    .await
                    .unwrap();
                assert_eq!(
                    (answer.status, &answer.body["code"]),
                    (401, &json!("not_signed_in")),
                    "{method} {path}"
                );
            }
            walked += 1;
        }
    }
    assert!(walked > 30, "{walked} routes of accounts");
}

#[tokio::test]
async fn an_account_is_nobody_on_the_link() {
    let stage = Stage::new().await;
    let cookie = stage.console.cookie().unwrap().to_owned();
    let stranger = Enrolled {
        key: new_key().unwrap(),
        ..stage.machine.copy()
    };
    let socket = RawSocket::connect_with(stage.server.address(), "/api/agent/link", &[("cookie", &cookie)])
        .await
        .unwrap();
    let mut link = LinkEnd::over(socket, &stranger, |_| {}).unwrap();
    assert!(
        matches!(link.next().await.unwrap(), AgentLinkEvent::Goodbye { goodbye, .. } if goodbye.reason == GoodbyeReason::NotEnrolled)
    );
    let body = Enrolled::request("farol_enr_none", &installation(1), &evidence(1, 1));
    let answer = stage
        .console
        .clone()
        .post("/api/agent/enroll", &body)
        .await
        .unwrap();
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (403, &json!("enrollment_token_invalid"))
    );
}

#[tokio::test]
async fn no_field_of_an_enrollment_takes_what_deceives_or_never_ends() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let token = token(&mut console, "automatic").await;
    let fields = [
        "/hostname",
        "/agent_version",
        "/install_id",
        "/os/family",
        "/os/name",
        "/os/version",
        "/os/arch",
        "/evidence/smbios_uuid",
        "/evidence/os_install_id",
        "/evidence/board_serial",
        "/evidence/system_serial",
        "/evidence/disk_serials/0",
    ];
    let texts = [
        "<img src=x onerror=alert(1)>",
        "a\u{202e}b\u{2066}c",
        "a\u{0}\u{1b}[2Jb\n",
        &"x".repeat(1 << 20),
    ];
    for (place, field) in fields.into_iter().enumerate() {
        for text in texts {
            let number = u32::try_from(place).unwrap() + 1;
            let mut body = Enrolled::request(&token, &installation(1), &evidence(number, number));
            *body.pointer_mut(field).unwrap() = json!(text);
            let source = Ipv4Addr::new(127, 0, 1, u8::try_from(number).unwrap());
            let answer = ApiClient::new(server.address())
                .from(source)
                .post("/api/agent/enroll", &body)
                .await
                .unwrap();
            assert!(
                [201, 202, 400, 413, 422].contains(&answer.status),
                "{field}: {answer:?}"
            );
            assert!(
                text.len() < 1000 || answer.status >= 400,
                "{field} took a megabyte"
            );
        }
    }
    let list = machines(&console).await;
    assert!(!list.is_empty());
    let quarantine = console.get("/api/quarantine").await.unwrap().body;
    let audit = console.get("/api/audit").await.unwrap().body;
    for shown in [&json!(list), &quarantine, &audit] {
        assert!(!deceptive(shown), "{shown}");
    }
    let policy = ApiClient::new(server.address()).headers("/").await.unwrap();
    let policy = policy["content-security-policy"].to_str().unwrap();
    let scripts = policy
        .split(';')
        .find(|part| part.trim().starts_with("script-src"))
        .unwrap();
    assert!(
        !scripts.contains("unsafe-inline") && policy.contains("default-src 'none'"),
        "{policy}"
    );
}

/// What a stranger is told, and whether whoever told it proved to be the server.
async fn knock(address: SocketAddr, stranger: &Enrolled, from: Ipv4Addr) -> (Goodbye, bool) {
    let socket = RawSocket::connect_from(address, "/api/agent/link", &[], Some(from))
        .await
        .unwrap();
    let mut link = LinkEnd::over(socket, stranger, |_| {}).unwrap();
    match link.next().await.unwrap() {
        AgentLinkEvent::Goodbye { goodbye, authentic } => (goodbye, authentic),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_flood_of_strangers_does_not_strand_a_machine_of_the_same_address() {
    const HELLOS: u32 = 3_000;
    const AT_ONCE: u32 = 30;
    let stage = Stage::new().await;
    let address = stage.server.address();
    let (presence, clock) = (&stage.server.ctx().presence, &stage.server.ctx().clock);
    let stranger = Enrolled {
        key: new_key().unwrap(),
        ..stage.machine.copy()
    };
    let began = clock.now();
    let (mut refused, mut slowed) = (0, 0);
    for _ in 0..HELLOS / AT_ONCE {
        let knocks = (0..AT_ONCE).map(|_| knock(address, &stranger, Ipv4Addr::LOCALHOST));
        for (goodbye, authentic) in futures_util::future::join_all(knocks).await {
            match goodbye.reason {
                // Final, so it comes from the proven server alone.
                GoodbyeReason::NotEnrolled => {
                    assert!(authentic, "{goodbye:?}");
                    refused += 1;
                }
                // The rest is told nothing about itself and when to come back, for which no signature is looked at.
                GoodbyeReason::ServerStopping => {
                    assert!(goodbye.retry_after.is_some() && !authentic, "{goodbye:?}");
                    assert_eq!(goodbye.detail, "too many unknown agents from this address");
                    slowed += 1;
                }
                _ => panic!("{goodbye:?}"),
            }
        }
        assert_eq!(presence.strangers_counted(), 1, "one address is one place");
    }
    assert!(refused >= STRANGERS.burst, "{refused} were looked at");
    let since = clock.now().since(began).as_millis() / STRANGERS.period.as_millis();
    let allowed = u128::from(STRANGERS.burst) + since + 1;
    assert!(
        u128::from(refused) <= allowed,
        "{refused} of {allowed} were looked at"
    );
    assert_eq!(refused + slowed, HELLOS);
    assert!(
        online(&stage.console.get(&stage.machine_path()).await.unwrap().body),
        "the link is kept"
    );
    LinkEnd::connect(address, &stage.machine).await.unwrap();
    // Others are counted for themselves, and nobody who left holds a place.
    for last in 1..=20 {
        let (goodbye, _) = knock(address, &stranger, Ipv4Addr::new(127, 0, 2, last)).await;
        assert_eq!(goodbye.reason, GoodbyeReason::NotEnrolled);
    }
    assert_eq!(presence.strangers_counted(), 21);
    until("all places in the handshake to be free", || {
        presence.handshakes() == 0
    })
    .await
    .unwrap();
    assert_eq!(machines(&stage.console).await.len(), 1);
}

#[tokio::test]
async fn silent_links_of_one_address_leave_places_for_everybody_else() {
    let stage = Stage::new().await;
    let address = stage.server.address();
    let hoarder = Ipv4Addr::new(127, 0, 0, 66);
    let all = farol_server::presence::HANDSHAKES.all;
    let mut silent = Vec::new();
    let refused = loop {
        match RawSocket::connect_from(address, "/api/agent/link", &[], Some(hoarder)).await {
            Ok(socket) => silent.push(socket),
            Err(error) => break error.to_string(),
        }
        assert!(silent.len() < 2 * all, "silent links are bounded");
    };
    assert!(refused.contains("429"), "{refused}");
    // A machine at another address gets its place all the same.
    LinkEnd::connect(address, &stage.machine).await.unwrap();
    drop(silent);
    farol_testkit::soon("places to come back", async {
        while RawSocket::connect_from(address, "/api/agent/link", &[], Some(hoarder))
            .await
            .is_err()
        {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

/// What the server says to a link, which is not a welcome.
async fn goodbye(link: &mut LinkEnd) -> farol_protocol::link::Goodbye {
    match link.next().await.unwrap() {
        AgentLinkEvent::Goodbye { goodbye, .. } => goodbye,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn copies_of_one_machine_do_not_fill_the_quarantine_of_the_others() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let token = token(&mut console, "automatic").await;
    let hostile = Enrolled::made_of(server.address(), &token, evidence(1, 1))
        .await
        .unwrap();
    let honest = Enrolled::made_of(server.address(), &token, evidence(2, 2))
        .await
        .unwrap();
    let count = async || console.get("/api/quarantine/counts").await.unwrap().body["waiting"].clone();
    let most = farol_server::recognition::WAITING_OF_ONE_MACHINE;
    // Each says to be another installation on hardware that is not the machine's.
    let copies = u32::try_from(most).unwrap() + 5;
    for number in 0..copies {
        let mut copy = hostile.copy();
        copy.install = InstallId(u128::from(number + 1).to_be_bytes());
        copy.evidence = evidence(1_000 + number, 1_000 + number);
        let mut link = LinkEnd::dial(server.address(), &copy).await.unwrap();
        let said = goodbye(&mut link).await;
        assert_eq!(said.reason, GoodbyeReason::Quarantined);
        assert_eq!(
            said.detail.contains("too many installations of this machine"),
            u64::from(number) >= most,
            "{number}: {}",
            said.detail
        );
    }
    assert_eq!(count().await, json!(most));
    let audit = console
        .get("/api/audit?action=machine.quarantined&limit=200")
        .await
        .unwrap()
        .body;
    assert_eq!(
        audit["items"].as_array().unwrap().len(),
        usize::try_from(most).unwrap(),
        "who gets no place writes nothing"
    );
    // Another machine's copy still gets its place.
    let mut copy = honest.copy();
    copy.evidence = evidence(5_000, 5_000);
    let mut link = LinkEnd::dial(server.address(), &copy).await.unwrap();
    assert_eq!(goodbye(&mut link).await.reason, GoodbyeReason::Quarantined);
    assert_eq!(count().await, json!(most + 1));
}

#[tokio::test]
async fn a_machine_that_changes_with_every_hello_is_told_to_come_later() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let token = token(&mut console, "automatic").await;
    let mut hostile = Enrolled::made_of(server.address(), &token, evidence(1, 1))
        .await
        .unwrap();
    let honest = Enrolled::made_of(server.address(), &token, evidence(2, 2))
        .await
        .unwrap();
    let written = async |action: &str| {
        let path = format!("/api/audit?action={action}&limit=200");
        let audit = console.get(&path).await.unwrap().body;
        audit["items"].as_array().unwrap().len()
    };
    let greet = async |machine: &Enrolled| {
        let mut link = LinkEnd::dial(server.address(), machine).await.unwrap();
        match link.next().await.unwrap() {
            AgentLinkEvent::Welcome(_) => None,
            AgentLinkEvent::Goodbye { goodbye, .. } => Some(goodbye),
            other => panic!("{other:?}"),
        }
    };
    let most = farol_server::presence::CHANGES.burst;
    let mut refused = None;
    for number in 0..2 * most {
        hostile.evidence.disk_serials = vec![format!("OTHER-DISK-{number}")];
        if let Some(goodbye) = greet(&hostile).await {
            refused = Some((number, goodbye));
            break;
        }
    }
    let (number, goodbye) = refused.expect("changes are bounded");
    assert_eq!(number, most);
    assert_eq!(goodbye.reason, GoodbyeReason::ServerStopping);
    assert!(goodbye.detail.contains("changed too often"), "{}", goodbye.detail);
    assert!(goodbye.retry_after.is_some());
    assert_eq!(
        written("machine.evidence_changed").await,
        usize::try_from(most).unwrap(),
        "what is refused writes nothing"
    );
    // As it was last known it is let in, and others never noticed.
    hostile.evidence.disk_serials = vec![format!("OTHER-DISK-{}", most - 1)];
    assert_eq!(greet(&hostile).await, None);
    let mut changed = honest.copy();
    changed.run = honest.run;
    changed.evidence.disk_serials = vec!["NEW-DISK".into()];
    assert_eq!(greet(&changed).await, None);
    // Time gives it one more change.
    server.let_time_pass(farol_server::presence::CHANGES.period);
    hostile.evidence.disk_serials = vec!["ONE-MORE".into()];
    assert_eq!(greet(&hostile).await, None);
}
