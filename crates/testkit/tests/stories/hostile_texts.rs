//! Hostile texts in everything that an agent says, whichever door it comes through: what is told further is one line of bounded
//! length without characters that forge what stands around it, or the agent is sent away with a code.

use farol_protocol::link::{
    AgentLinkEvent, Established, Facts, GoodbyeReason, LoggedOnUser, SessionAnswer, SessionEnd,
};
use farol_testkit::{Answer, LinkEnd, evidence};

use super::*;
use crate::machine_routes::{Desk, assert_refused};
use crate::words::{deceptive, token};

/// Markup stays what it is, because pages show it as text.
const MARKUP: &str = "<img src=x onerror=alert(1)>";
/// Changes the order in which people read, ends lines, starts a terminal's sequences, ends a text in C, hides.
const FORGED: &str = "a\u{202e}b\u{2066}c\u{feff}d\r\ne\u{1b}[2Jf\u{0}g\u{2028}h\u{200f}i\u{85}j";
/// What is left of it.
const CLEANED: &str = "a b c d  e [2Jf g h i j";
/// A spreadsheet would run it.
const FORMULA: &str = "=HYPERLINK(\"http://x\")";

/// Longest text that may come back of anything that an agent said, in bytes: a text in an inventory.
const LONGEST: usize = 2 * 1024;

fn longest(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(longest).max().unwrap_or(0),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| name.len().max(longest(value)))
            .max()
            .unwrap_or(0),
        _ => 0,
    }
}

#[track_caller]
fn assert_harmless(path: &str, shown: &Value) {
    assert!(!deceptive(shown), "{path}: {shown}");
    assert!(longest(shown) <= LONGEST, "{path}: {} bytes", longest(shown));
}

/// Everything that people and programs of accounts can read of machines.
async fn assert_all_harmless(console: &ApiClient) {
    let mut paths: Vec<String> = [
        "machines",
        "quarantine",
        "machine-duplicates",
        "sessions",
        "audit?limit=200",
        "enrollment-tokens",
    ]
    .map(|name| format!("/api/{name}"))
    .to_vec();
    for (list, parts) in [
        (
            "/api/machines",
            ["", "/identity", "/helpdesk", "/removal"].as_slice(),
        ),
        ("/api/quarantine", &[""]),
        ("/api/enrollment-tokens", &["", "/uses"]),
    ] {
        let items = console.get(list).await.unwrap().body["items"].clone();
        for item in items.as_array().unwrap() {
            let id = item["id"].as_str().unwrap();
            paths.extend(parts.iter().map(|part| format!("{list}/{id}{part}")));
        }
    }
    for path in paths {
        let answer = console.get(&path).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_harmless(&path, &answer.body);
        let headers = console.headers(&path).await.unwrap();
        assert_eq!(headers["content-type"], "application/json", "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
    }
    assert_exports_harmless(console).await;
}

async fn assert_exports_harmless(console: &ApiClient) {
    let lines = console.text("/api/audit/export?format=ndjson").await.unwrap();
    assert!(lines.lines().count() > 1);
    for line in lines.lines() {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        // Texts of JSON, as they were hashed.
        for name in ["detail", "before", "after"] {
            let text = entry["chain"][name].take();
            if let Some(text) = text.as_str() {
                assert_harmless(name, &serde_json::from_str(text).unwrap());
            }
        }
        assert_harmless("export", &entry);
    }
    let sheet = console.text("/api/audit/export?format=csv").await.unwrap();
    let sheet = sheet.strip_prefix('\u{feff}').unwrap();
    for line in sheet.split("\r\n") {
        assert!(!deceptive(&json!(line)), "{line}");
        let formula = |cell: &str| cell.trim_start_matches('"').starts_with('=');
        assert!(!line.split(',').any(formula), "{line}");
    }
}

/// Facts with the same text in each place that takes any.
fn facts(text: &str) -> Facts {
    let mut facts = Facts {
        hostname: text.into(),
        users: vec![
            LoggedOnUser {
                name: text.into(),
                since_ms: Some(u64::MAX),
            };
            3
        ],
        agent_version: text.into(),
        screen: Some(farol_protocol::link::ScreenStatus {
            code: "no_display".into(),
            detail: text.into(),
        }),
        ..Facts::default()
    };
    for part in [
        &mut facts.os.family,
        &mut facts.os.name,
        &mut facts.os.version,
        &mut facts.os.arch,
    ] {
        text.clone_into(part);
    }
    facts
}

/// Whether the machine shows the text in each place.
fn shows(text: &str) -> impl Fn(&Value) -> bool {
    move |machine| {
        [
            "/hostname",
            "/agent_version",
            "/os/family",
            "/os/name",
            "/os/version",
            "/os/arch",
            "/users/2/name",
            "/screen/detail",
        ]
        .iter()
        .all(|place| machine.pointer(place) == Some(&json!(text)))
    }
}

#[tokio::test]
async fn facts_of_a_link_are_cleaned_whenever_they_come() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = Enrolled::new(&mut console).await.unwrap();
    let path = format!("/api/machines/{}", machine.machine);
    let mut link = LinkEnd::dial_saying(server.address(), &machine, |about| about.facts = facts(FORGED))
        .await
        .unwrap();
    assert!(matches!(link.next().await.unwrap(), AgentLinkEvent::Welcome(_)));
    console.until(&path, shows(CLEANED)).await.unwrap();
    for (said, shown) in [(MARKUP, MARKUP), (FORMULA, FORMULA), (FORGED, CLEANED)] {
        link.link().send_facts(facts(said));
        link.flush().await.unwrap();
        console.until(&path, shows(shown)).await.unwrap();
        assert_all_harmless(&console).await;
    }
    // Our agent shortens what is too long, between two characters.
    link.link().send_facts(facts(&"ç".repeat(100_000)));
    link.flush().await.unwrap();
    let short = json!("ç".repeat(128));
    let shortened = |machine: &Value| machine["hostname"] == short && machine["users"][2]["name"] == short;
    console.until(&path, shortened).await.unwrap();
}

/// The goodbye that an agent gets that says this with its proof, and the close behind it.
async fn sent_away(
    server: &TestServer,
    machine: &Enrolled,
    change: impl FnOnce(&mut Established),
) -> (GoodbyeReason, u16) {
    let mut link = LinkEnd::dial_saying(server.address(), machine, change)
        .await
        .unwrap();
    match link.next().await.unwrap() {
        AgentLinkEvent::Goodbye {
            goodbye,
            authentic: true,
        } => (goodbye.reason, link.socket().closed().await.unwrap().0),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn codes_of_a_link_are_codes() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = Enrolled::new(&mut console).await.unwrap();
    let long = "x".repeat(65);
    for text in [MARKUP, FORGED, FORMULA, "no display", &long] {
        let violation = (GoodbyeReason::ProtocolViolation, 4400);
        let said = sent_away(&server, &machine, |about| about.capabilities = vec![text.into()]);
        assert_eq!(said.await, violation, "capability {text}");
        let said = sent_away(&server, &machine, |about| {
            about.facts.screen = Some(farol_protocol::link::ScreenStatus {
                code: text.into(),
                detail: String::new(),
            });
        });
        assert_eq!(said.await, violation, "screen {text}");
    }
    let many = sent_away(&server, &machine, |about| {
        about.capabilities = vec!["screen".into(); 33];
    });
    assert_eq!(many.await, (GoodbyeReason::ProtocolViolation, 4400));
    let shown = console.get(&format!("/api/machines/{}", machine.machine)).await;
    assert_eq!(shown.unwrap().body["presence"]["status"], "offline");
    LinkEnd::connect(server.address(), &machine).await.unwrap();
    assert_all_harmless(&console).await;
}

#[tokio::test]
async fn evidence_of_a_link_is_cleaned_wherever_it_is_shown() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let automatic = token(&mut console, "automatic").await;
    let hostile = |text: &str| farol_protocol::evidence::Evidence {
        smbios_uuid: text.into(),
        os_install_id: text.into(),
        board_serial: text.into(),
        system_serial: text.into(),
        disk_serials: vec![text.into(); 3],
    };
    // A machine that had said nothing says this.
    let mute = Enrolled::with_token(server.address(), &automatic).await.unwrap();
    for (text, shown) in [(FORGED, CLEANED), (MARKUP, MARKUP)] {
        let link = LinkEnd::dial_saying(server.address(), &mute, |about| {
            about.installation.evidence = hostile(text);
        });
        let first = link.await.unwrap().next().await.unwrap();
        if text == FORGED {
            assert!(matches!(first, AgentLinkEvent::Welcome(_)), "{first:?}");
        }
        assert_all_harmless(&console).await;
        let path = format!("/api/machines/{}/identity", mute.machine);
        let evidence = console.get(&path).await.unwrap().body["evidence"].clone();
        if text == FORGED {
            assert_eq!(evidence["board_serial"], shown, "{evidence}");
            assert_eq!(evidence["disk_serials"], json!([shown]), "{evidence}");
        }
    }
    // One that was other hardware waits for a person, who reads the same.
    let known = Enrolled::made_of(server.address(), &automatic, evidence(1, 1))
        .await
        .unwrap();
    drop(LinkEnd::connect(server.address(), &known).await.unwrap());
    let path = format!("/api/machines/{}", known.machine);
    let offline = |machine: &Value| machine["presence"]["status"] == "offline";
    console.until(&path, offline).await.unwrap();
    let said = sent_away(&server, &known, |about| {
        about.installation.evidence = hostile(FORGED);
        about.facts = facts(FORGED);
    });
    assert_eq!(said.await.0, GoodbyeReason::Quarantined);
    let waiting = console.get("/api/quarantine").await.unwrap().body;
    let entry = waiting["items"].as_array().unwrap().iter();
    let entry = entry.filter(|entry| entry["hostname"] == CLEANED).count();
    assert_eq!(entry, 1, "{waiting}");
    assert_all_harmless(&console).await;
}

/// A session that the agent was offered and has not answered.
async fn offered(console: &mut ApiClient, machine: &Enrolled, link: &mut LinkEnd) -> (Opening, SessionOffer) {
    let path = format!("/api/machines/{}/sessions", machine.machine);
    let body = session_request(&["view"]);
    let next = async {
        loop {
            match link.next().await.unwrap() {
                AgentLinkEvent::SessionOffer(offer) => return *offer,
                AgentLinkEvent::SessionEnd(_) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    let (answer, offer) = tokio::join!(console.post(&path, &body), next);
    (Opening::of(&answer.unwrap().body), offer)
}

#[tokio::test]
async fn what_an_agent_says_of_a_session_is_cleaned() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = Enrolled::new(&mut console).await.unwrap();
    let mut link = LinkEnd::connect(server.address(), &machine).await.unwrap();
    let long = "ç".repeat(5_000);
    for (said, shown) in [
        (FORGED, CLEANED.to_owned()),
        (MARKUP, MARKUP.to_owned()),
        (&long, "ç".repeat(147)),
    ] {
        let (opening, offer) = offered(&mut console, &machine, &mut link).await;
        let answer = SessionAnswer {
            session: offer.statement.session,
            answer: farol_protocol::link::Answer::Refused {
                code: "busy".into(),
                detail: said.into(),
            },
            by: said.into(),
        };
        link.link().answer_session(answer).unwrap();
        link.flush().await.unwrap();
        let over = console
            .until(&opening.path, ended("agent_refused"))
            .await
            .unwrap();
        assert_eq!(over["end"]["detail"], format!("busy: {shown}"));

        for (code, reason) in [
            ("end_user_ended", "end_user_ended"),
            ("viewer_lost", "viewer_lost"),
            ("made_up", "agent_lost"),
        ] {
            let (opening, offer) = offered(&mut console, &machine, &mut link).await;
            let end = SessionEnd {
                session: offer.statement.session,
                code: code.into(),
                detail: said.into(),
                by: said.into(),
            };
            link.end(end).await.unwrap();
            let over = console.until(&opening.path, ended(reason)).await.unwrap();
            assert_harmless(code, &over);
            if code == "end_user_ended" && said != long {
                assert_eq!(over["end"]["by"]["name"], shown);
            }
        }
        assert_all_harmless(&console).await;
    }
}

#[tokio::test]
async fn an_end_or_an_answer_with_a_code_that_is_none_ends_the_link() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = Enrolled::new(&mut console).await.unwrap();
    for number in 0..2 {
        let mut link = LinkEnd::connect(server.address(), &machine).await.unwrap();
        let (opening, offer) = offered(&mut console, &machine, &mut link).await;
        if number == 0 {
            link.answer(&offer, Some(FORGED)).await.unwrap();
        } else {
            let end = SessionEnd {
                session: offer.statement.session,
                code: MARKUP.into(),
                detail: String::new(),
                by: String::new(),
            };
            link.end(end).await.unwrap();
        }
        match link.next().await.unwrap() {
            AgentLinkEvent::Goodbye { goodbye, .. } => {
                assert_eq!(goodbye.reason, GoodbyeReason::ProtocolViolation);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(link.socket().closed().await.unwrap().0, 4400);
        console
            .until(&opening.path, ended("machine_offline"))
            .await
            .unwrap();
    }
    assert_all_harmless(&console).await;
}

/// Puts the text into one place of what an agent sends. A place that ends in “~” is the name of a field.
fn put(body: &mut Value, place: &str, text: &str) {
    if let Some(parent) = place.strip_suffix("/~") {
        *body.pointer_mut(parent).unwrap() = json!({ text: text });
    } else {
        *body.pointer_mut(place).unwrap() = json!(text);
    }
}

/// Sends the body with each text in each place and returns the worst status of those that are not refused.
async fn play(desk: &Desk, path: &str, body: &Value, places: &[&str], headers: &[(&str, &str)]) {
    let long = "ç".repeat(5_000);
    let megabyte = "x".repeat(1 << 20);
    let api = ApiClient::new(desk.server.address());
    for place in places {
        for text in [MARKUP, FORGED, FORMULA, &long, &megabyte] {
            let mut body = body.clone();
            put(&mut body, place, text);
            let answer: Answer = api.send_with("POST", path, Some(&body), headers).await.unwrap();
            if text.len() == megabyte.len() {
                assert_refused(&answer, 413, "too_large");
            } else {
                assert!(
                    [200, 201, 202, 400, 422].contains(&answer.status),
                    "{path} {place}: {answer:?}"
                );
            }
            assert_harmless(place, &answer.body);
            // As many as are wanted, for one address and one machine.
            desk.server.let_time_pass(std::time::Duration::from_secs(600));
        }
    }
}

#[tokio::test]
async fn everything_that_helpdesk_agents_send_is_cleaned_cut_or_refused() {
    let mut desk = Desk::new().await;
    let body = desk.agent(1).registration();
    let places = [
        "/hostname",
        "/os/name",
        "/os/version",
        "/os/architecture",
        "/macAddresses/0",
        "/serials/uuid",
        "/serials/board",
        "/serials/system",
        "/serials/disks/0",
        "/metrics/cpuUsagePercent",
        "/metrics/~",
        "/agentVersion",
        "/accessProfile",
        "/account/email",
        "/account/name",
        "/installationCode",
    ];
    play(&desk, "/api/machines/register", &body, &places, &[]).await;
    desk.console = desk.server.sign_in().await.unwrap();
    assert_all_harmless(&desk.console).await;

    let mut agent = desk.agent(50);
    let id = agent.registered().await.unwrap();
    let bearer = format!("Bearer {}", agent.token.clone().unwrap());
    let headers = [("authorization", bearer.as_str())];
    let body = json!({
        "reportId": "r", "capturedAt": null, "status": "on", "hostname": "pc", "agentVersion": "1",
        "os": { "name": "Windows 11", "version": "1", "architecture": "x86_64" },
        "metrics": { "a": { "b": [1] } }, "metadata": { "remoteAccessSnapshot": { "id": "1" } },
    });
    let places = [
        "/reportId",
        "/capturedAt",
        "/status",
        "/hostname",
        "/agentVersion",
        "/os/name",
        "/os/version",
        "/os/architecture",
        "/metrics/a/b/0",
        "/metrics/a/~",
        "/metadata/remoteAccessSnapshot/id",
        "/metadata/remoteAccessSnapshot/~",
    ];
    // Without an id, so that none counts as delivered before.
    let mut anonymous = body.clone();
    anonymous["reportId"] = Value::Null;
    play(&desk, "/api/machines/heartbeat", &body, &places[..1], &headers).await;
    play(
        &desk,
        "/api/machines/heartbeat",
        &anonymous,
        &places[1..],
        &headers,
    )
    .await;
    let body = json!({ "inventory": { "software": [{ "name": "Editor" }], "odd": {} } });
    let places = [
        "/inventory/software/0/name",
        "/inventory/software/0/~",
        "/inventory/~",
    ];
    play(&desk, "/api/machines/inventory", &body, &places, &headers).await;
    // The newest inventory is what there is.
    let body = json!({ "inventory": { (MARKUP): {}, (FORGED): {} } });
    let api = ApiClient::new(desk.server.address());
    let answer = api
        .send_with("POST", "/api/machines/inventory", Some(&body), &headers)
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    desk.console = desk.server.sign_in().await.unwrap();
    let seen = desk.helpdesk(&id).await;
    let names: Vec<_> = seen["sections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|section| section["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&CLEANED) && names.contains(&MARKUP), "{names:?}");
    assert_all_harmless(&desk.console).await;
}
