//! The inventory, from a machine's sensors to a server.

use std::collections::BTreeMap;

use farol_inventory::{Section, hash, read};
use farol_protocol::link::{
    InventoryHash, InventoryRefused, InventorySection, InventoryWanted, SectionHash, SessionEnd,
};

use super::server::soon;
use super::*;

/// Long enough for what would be said at once.
const A_WHILE: Duration = Duration::from_millis(500);

type Hashes = BTreeMap<String, InventoryHash>;

/// Listens until so many sections are named.
async fn held(server: &mut TestServer, sections: usize) -> Hashes {
    let mut hashes = Hashes::new();
    while hashes.len() < sections {
        if let ServerLinkEvent::InventoryHeld(held) = server.event().await {
            hashes.extend(held.into_iter().map(|of| (of.section, of.hash)));
        }
    }
    hashes
}

async fn want(server: &mut TestServer, section: Section) {
    let wanted = InventoryWanted {
        sections: vec![section.name().to_owned()],
        retry_after: None,
    };
    server.state().want_sections(wanted).unwrap();
    server.flush().await;
}

/// Listens until all sections are named, and wants this one as soon as it is.
async fn learned(server: &mut TestServer, wanted: Section) -> (Hashes, InventorySection) {
    let (mut hashes, mut sent) = (Hashes::new(), None);
    while hashes.len() < Section::ALL.len() || sent.is_none() {
        match server.event().await {
            ServerLinkEvent::InventoryHeld(held) => {
                if held.iter().any(|of| of.section == wanted.name()) {
                    want(server, wanted).await;
                }
                hashes.extend(held.into_iter().map(|of| (of.section, of.hash)));
            }
            ServerLinkEvent::InventorySection(section) => sent = Some(section),
            _ => {}
        }
    }
    (hashes, sent.unwrap())
}

/// Whether nothing of the inventory is said for a while.
async fn is_silent(server: &mut TestServer) -> bool {
    let said = async {
        loop {
            let event = server.event().await;
            if matches!(
                event,
                ServerLinkEvent::InventoryHeld(_) | ServerLinkEvent::InventorySection(_)
            ) {
                return event;
            }
        }
    };
    tokio::time::timeout(A_WHILE, said).await.is_err()
}

fn of(section: Section, hash: InventoryHash) -> SectionHash {
    SectionHash {
        section: section.name().to_owned(),
        hash,
    }
}

#[tokio::test]
async fn a_server_learns_what_a_machine_is_made_of() {
    let machine = FakeMachine::with_sensors();
    let sensors = machine.sensors.clone().unwrap();
    // Some 150 KB: more than one message, and more than one reading of the socket.
    sensors.install(2500);
    let mut server = TestServer::start().await;
    let agent = start(&machine, &server);
    server.link().await;
    assert!(server.capabilities.contains(&"inventory".to_owned()));
    let (hashes, software) = learned(&mut server, Section::Software).await;
    for section in Section::ALL {
        assert_eq!(hashes[section.name()], hash(&sensors.now(section).body));
    }
    assert_eq!(software.of, of(Section::Software, hashes["software"]));
    let found = read(Section::Software, &software.body).unwrap();
    assert_eq!(found, sensors.now(Section::Software));
    server.state().keep_section(software.of).unwrap();
    assert!(is_silent(&mut server).await);

    // The link comes back: everything is named once more, and nothing is sent that nobody wants.
    server.drop_link();
    server.link().await;
    assert_eq!(held(&mut server, Section::ALL.len()).await, hashes);
    assert!(is_silent(&mut server).await);
    agent.stop().await;
}

#[tokio::test]
async fn a_section_that_is_refused_is_not_offered_with_the_next_link() {
    let machine = FakeMachine::with_sensors();
    let mut server = TestServer::start().await;
    let agent = start(&machine, &server);
    server.link().await;
    let (hashes, people) = learned(&mut server, Section::People).await;
    let refused = InventoryRefused {
        of: people.of,
        code: "section_too_deep".into(),
        detail: String::new(),
        retry_after: None,
    };
    server.state().refuse_section(refused).unwrap();
    assert!(is_silent(&mut server).await);
    server.drop_link();
    server.link().await;
    let rest = held(&mut server, Section::ALL.len() - 1).await;
    assert!(!rest.contains_key("people") && hashes.contains_key("people"));
    assert!(is_silent(&mut server).await);
    agent.stop().await;
}

/// An agent that stops in the middle of a section says goodbye to its sessions first, and soon.
#[tokio::test]
async fn sessions_do_not_wait_for_the_inventory() {
    let machine = FakeMachine::with_sensors();
    machine.sensors.as_ref().unwrap().install(12_000);
    let mut server = TestServer::start().await;
    let agent = start(&machine, &server);
    server.link().await;
    while !held(&mut server, 1).await.contains_key("software") {}
    want(&mut server, Section::Software).await;
    let mut viewer = server.session(Rights::VIEW).await;
    viewer.until(|picture| picture.frames > 0).await;
    let ended = async {
        loop {
            if let ServerLinkEvent::SessionEnd(SessionEnd { code, .. }) = server.event().await {
                return code;
            }
        }
    };
    let closed = async { viewer.closed().await };
    let (_disk, code, _) = tokio::join!(agent.stop(), soon(ended), closed);
    assert_eq!(code, "agent_lost");
}

#[tokio::test]
async fn a_machine_without_sensors_says_nothing() {
    let machine = FakeMachine::new();
    let mut server = TestServer::start().await;
    let agent = start(&machine, &server);
    server.link().await;
    assert!(!server.capabilities.contains(&"inventory".to_owned()));
    server.state().ask_sections(vec!["people".into()]).unwrap();
    want(&mut server, Section::People).await;
    assert!(is_silent(&mut server).await);
    agent.stop().await;
}
