//! The inventory between both ends of a link.

use super::*;
use crate::limits::{
    HEARTBEAT_EVERY, INVENTORY_PART_MAX, INVENTORY_RETRY_MAX, INVENTORY_SECTION_MAX, INVENTORY_SECTIONS_MAX,
};

fn of(section: &str, hash: u8) -> SectionHash {
    SectionHash {
        section: section.into(),
        hash: [hash; 32],
    }
}

fn section(name: &str, length: usize) -> InventorySection {
    InventorySection {
        of: of(name, 1),
        body: (0..length).map(|at| (at % 251) as u8).collect(),
    }
}

fn wanted(sections: &[&str], retry_after: Option<u64>) -> InventoryWanted {
    InventoryWanted {
        sections: sections.iter().map(|&name| name.to_owned()).collect(),
        retry_after: retry_after.map(Duration::from_secs),
    }
}

/// All that the agent says, as the server gets it.
fn said(agent: &mut AgentLink, server: &mut ServerLink) -> Vec<ServerLinkEvent> {
    to_server(agent, server, NOW).unwrap();
    std::iter::from_fn(|| server.poll_event()).collect()
}

#[test]
fn what_changed_is_wanted_sent_and_kept() {
    let (mut agent, mut server) = live();
    agent
        .inventory_held(vec![of("system", 1), of("software", 1)])
        .unwrap();
    agent.inventory_held(vec![of("system", 2)]).unwrap();
    assert_eq!(
        said(&mut agent, &mut server),
        [ServerLinkEvent::InventoryHeld(vec![
            of("software", 1),
            of("system", 2)
        ])],
        "the newest hash of each"
    );
    server.want_sections(wanted(&["software"], None)).unwrap();
    server.ask_sections(vec!["disks".into()]).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    assert_eq!(
        agent.poll_event(),
        Some(AgentLinkEvent::InventoryWanted(wanted(&["software"], None)))
    );
    assert_eq!(
        agent.poll_event(),
        Some(AgentLinkEvent::InventoryAsk(vec!["disks".into()]))
    );
    let software = section("software", 3 * INVENTORY_PART_MAX + 5);
    agent.send_section(software.clone()).unwrap();
    assert!(agent.send_section(software.clone()).is_err(), "one at a time");
    assert_eq!(
        said(&mut agent, &mut server),
        [ServerLinkEvent::InventorySection(software.clone())]
    );
    let refused = InventoryRefused {
        of: of("software", 1),
        code: "section_too_large".into(),
        detail: "too many values".into(),
        retry_after: Some(Duration::from_secs(60)),
    };
    server.keep_section(of("software", 1)).unwrap();
    server.refuse_section(refused.clone()).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    assert_eq!(
        agent.poll_event(),
        Some(AgentLinkEvent::InventoryKept(of("software", 1)))
    );
    assert_eq!(
        agent.poll_event(),
        Some(AgentLinkEvent::InventoryRefused(refused))
    );
    assert!(agent.send_section(software).is_ok(), "the next one");
}

/// A heartbeat and a session wait for one piece at most.
#[test]
fn everything_else_goes_before_each_piece() {
    let (mut agent, mut server) = live();
    server.want_sections(wanted(&["software"], None)).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    agent.send_section(section("software", 200_000)).unwrap();
    let first = agent.poll_transmit().unwrap();
    assert!(first.len() < INVENTORY_PART_MAX + 200, "{}", first.len());
    server.handle_input(NOW, &first).unwrap();
    agent.inventory_held(vec![of("people", 3)]).unwrap();
    agent.send_facts(about().facts);
    let later = NOW.after(HEARTBEAT_EVERY);
    agent.handle_timeout(later);
    for _ in 0..3 {
        server
            .handle_input(later, &agent.poll_transmit().unwrap())
            .unwrap();
    }
    let events: Vec<_> = std::iter::from_fn(|| server.poll_event()).collect();
    assert_eq!(
        events,
        [
            ServerLinkEvent::Heartbeat { counter: 0 },
            ServerLinkEvent::Facts(about().facts),
            ServerLinkEvent::InventoryHeld(vec![of("people", 3)]),
        ]
    );
    assert_eq!(said(&mut agent, &mut server).len(), 1, "the rest follows");
}

#[test]
fn what_nobody_wants_is_passed_over() {
    let (mut agent, mut server) = live();
    agent.send_section(section("software", 100)).unwrap();
    assert_eq!(said(&mut agent, &mut server), [], "never wanted");
    server.want_sections(wanted(&["software"], None)).unwrap();
    agent.send_section(section("software", 40_000)).unwrap();
    server.handle_input(NOW, &agent.poll_transmit().unwrap()).unwrap();
    // The disk is full: what is on its way is of no use, and its rest is no mistake.
    server.want_sections(wanted(&["software"], Some(60))).unwrap();
    assert_eq!(said(&mut agent, &mut server), []);
    server.want_sections(wanted(&["software"], None)).unwrap();
    agent.send_section(section("software", 40_000)).unwrap();
    agent.stop_section("people");
    assert_eq!(said(&mut agent, &mut server).len(), 1);
    agent.send_section(section("software", 40_000)).unwrap();
    agent.stop_section("software");
    assert_eq!(agent.poll_transmit(), None);
}

#[test]
fn a_link_that_is_lost_forgets_what_was_under_way() {
    let (mut agent, mut server) = live();
    server.want_sections(wanted(&["software"], None)).unwrap();
    agent.send_section(section("software", 40_000)).unwrap();
    agent.inventory_held(vec![of("people", 3)]).unwrap();
    agent.handle_timeout(NOW.after(LINK_LOST_AFTER));
    assert!(agent.is_closed());
    assert_eq!(agent.poll_transmit(), None);
    assert!(agent.inventory_held(vec![of("people", 3)]).is_err());
    assert!(agent.send_section(section("software", 10)).is_err());
}

#[test]
fn there_are_limits() {
    let (mut agent, mut server) = live();
    let many: Vec<SectionHash> = (0..=INVENTORY_SECTIONS_MAX)
        .map(|at| of(&format!("s{at}"), 1))
        .collect();
    assert!(agent.inventory_held(many.clone()).is_err());
    let names: Vec<String> = many.iter().map(|of| of.section.clone()).collect();
    let (first, rest) = names.split_at(INVENTORY_SECTIONS_MAX);
    let want = |names: &[String]| InventoryWanted {
        sections: names.to_vec(),
        retry_after: None,
    };
    server.want_sections(want(first)).unwrap();
    assert!(server.want_sections(want(rest)).is_err(), "one more is awaited");
    assert!(server.ask_sections(names).is_err());
    assert!(
        agent
            .send_section(section("software", INVENTORY_SECTION_MAX + 1))
            .is_err()
    );
    assert!(agent.send_section(section("software", 0)).is_err());
    server.want_sections(wanted(&["s1"], Some(u64::MAX))).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    let events: Vec<_> = std::iter::from_fn(|| agent.poll_event()).collect();
    let longest = Some(INVENTORY_RETRY_MAX.as_secs());
    assert_eq!(
        events[1],
        AgentLinkEvent::InventoryWanted(wanted(&["s1"], longest))
    );
}

/// Each message with something in it that no correct program says.
#[test]
fn what_cannot_be_is_refused() {
    use proto::agent_to_server::Message as ToServer;
    use proto::server_to_agent::Message as ToAgent;
    let hash = || proto::SectionHash {
        section: "people".into(),
        hash: vec![1; 32],
    };
    let held = |sections| ToServer::InventoryHeld(proto::InventoryHeld { sections });
    let short = proto::SectionHash {
        hash: vec![1; 31],
        ..hash()
    };
    let part = |offset| {
        ToServer::InventoryPart(proto::InventoryPart {
            section: "people".into(),
            hash: vec![1; 32],
            offset,
            total: 3,
            body: b"abcd".to_vec(),
        })
    };
    for message in [
        held(vec![hash(); INVENTORY_SECTIONS_MAX + 1]),
        held(vec![short]),
        part(0),
        part(u32::MAX),
    ] {
        let (mut agent, mut server) = live();
        agent.say_anything(to_server_message(message));
        assert!(to_server(&mut agent, &mut server, NOW).is_err());
        assert!(server.is_closed());
    }
    for message in [
        ToAgent::InventoryWanted(proto::InventoryWanted {
            sections: vec!["people".into(); INVENTORY_SECTIONS_MAX + 1],
            retry_after_s: 0,
        }),
        ToAgent::InventoryAsk(proto::InventoryAsk {
            sections: vec!["a\nb".into()],
        }),
        ToAgent::InventoryKept(proto::InventoryKept {
            section: "people".into(),
            hash: Vec::new(),
        }),
        ToAgent::InventoryRefused(proto::InventoryRefused {
            section: "people".into(),
            hash: vec![1; 32],
            code: "not a code".into(),
            detail: String::new(),
            retry_after_s: 1,
        }),
    ] {
        let (mut agent, mut server) = live();
        let message = proto::ServerToAgent {
            message: Some(message),
        };
        server.say_anything(message.encode_to_vec());
        assert!(to_agent(&mut server, &mut agent, NOW).is_err());
        assert!(agent.is_closed());
    }
}
