//! Both ends of a link talking, and each against hostile bytes.

use std::time::Duration;

use proptest::prelude::*;
use prost::Message;

use super::*;
use crate::evidence::Evidence;
use crate::identity::{MachineKey, ServerIdentity};
use crate::ids::{Grant, InstallId, MachineId, RunId, SessionId};
use crate::limits::{HEARTBEAT_EVERY, LINK_DEAD_AFTER, LINK_LOST_AFTER};
use crate::wire::link as proto;
use crate::{ProtocolError, Tick};

const NOW: Tick = Tick(5_000_000);
const MACHINE: MachineId = MachineId([7; 16]);

fn about() -> Established {
    let os = OperatingSystem {
        family: "linux".into(),
        name: "Debian GNU/Linux".into(),
        ..Default::default()
    };
    let users = vec![LoggedOnUser {
        name: "maria".into(),
        since_ms: Some(1),
    }];
    let screen = Some(ScreenStatus {
        code: "ok".into(),
        detail: String::new(),
    });
    let facts = Facts {
        hostname: "box".into(),
        os,
        users,
        agent_version: "0.1.0".into(),
        screen,
    };
    Established {
        facts,
        capabilities: vec!["screen".into()],
        run: RunId([4; 16]),
        installation: Installation {
            id: InstallId([3; 16]),
            counter: 12,
            evidence: Evidence {
                board_serial: "board-1".into(),
                ..Evidence::default()
            },
        },
    }
}

fn agent_for(server: &ServerIdentity) -> AgentLink {
    let key = MachineKey::from_seed(&[5; 32]);
    let config = AgentLinkConfig {
        machine: MACHINE,
        key,
        server: server.public(),
        nonce: [1; 32],
        about: about(),
    };
    AgentLink::new(config, NOW)
}

fn identity() -> ServerIdentity {
    ServerIdentity::from_seed(&[6; 32])
}

fn server() -> ServerLink {
    ServerLink::new(
        ServerLinkConfig {
            identities: vec![identity(), ServerIdentity::from_seed(&[60; 32])],
            nonce: [2; 32],
            heartbeat: HEARTBEAT_EVERY,
        },
        NOW,
    )
}

fn to_server(agent: &mut AgentLink, server: &mut ServerLink, now: Tick) -> Result<(), ProtocolError> {
    while let Some(bytes) = agent.poll_transmit() {
        server.handle_input(now, &bytes)?;
    }
    Ok(())
}

fn to_agent(server: &mut ServerLink, agent: &mut AgentLink, now: Tick) -> Result<(), ProtocolError> {
    while let Some(bytes) = server.poll_transmit() {
        agent.handle_input(now, &bytes)?;
    }
    Ok(())
}

fn live() -> (AgentLink, ServerLink) {
    let (mut agent, mut server) = (agent_for(&identity()), server());
    to_server(&mut agent, &mut server, NOW).unwrap();
    assert_eq!(
        server.poll_event(),
        Some(ServerLinkEvent::NeedMachineKey(
            MACHINE,
            MachineKey::from_seed(&[5; 32]).public()
        ))
    );
    to_agent(&mut server, &mut agent, NOW).unwrap();
    // The proof comes before the key was found: both orders work.
    to_server(&mut agent, &mut server, NOW).unwrap();
    assert_eq!(server.poll_event(), None);
    server.provide_key(true).unwrap();
    let established = ServerLinkEvent::Established {
        about: Box::new(about()),
        trusts: identity().public(),
    };
    assert_eq!(server.poll_event(), Some(established));
    server.welcome(NOW, 99, Some((40, InstallId([9; 16]))));
    to_agent(&mut server, &mut agent, NOW).unwrap();
    let welcome = Welcome {
        heartbeat: HEARTBEAT_EVERY,
        server_time_ms: 99,
        counter: Some(40),
        install_id: Some(InstallId([9; 16])),
    };
    assert_eq!(agent.poll_event(), Some(AgentLinkEvent::Welcome(welcome)));
    (agent, server)
}

#[test]
fn a_link_carries_what_both_sides_say() {
    let (mut agent, mut server) = live();
    let offer = SessionOffer {
        session: SessionId([8; 16]),
        grant: Grant([9; 32]),
        rights: Rights::Control,
        technician: "Ana".into(),
        organization: "Acme".into(),
        request_id: "r-1".into(),
    };
    server.offer_session(offer.clone()).unwrap();
    let end = SessionEnd {
        session: offer.session,
        code: "technician_ended".into(),
        detail: String::new(),
        by: "Ana".into(),
    };
    server.end_session(end.clone()).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    assert_eq!(
        agent.poll_event(),
        Some(AgentLinkEvent::SessionOffer(offer.clone()))
    );
    assert_eq!(agent.poll_event(), Some(AgentLinkEvent::SessionEnd(end.clone())));
    let answer = SessionAnswer {
        session: offer.session,
        refusal: Some("busy".into()),
        detail: "x".into(),
    };
    agent.answer_session(answer.clone()).unwrap();
    agent.end_session(end.clone()).unwrap();
    agent.send_facts(Facts::default());
    agent.send_facts(about().facts);
    to_server(&mut agent, &mut server, NOW).unwrap();
    assert_eq!(server.poll_event(), Some(ServerLinkEvent::SessionAnswer(answer)));
    assert_eq!(server.poll_event(), Some(ServerLinkEvent::SessionEnd(end)));
    assert_eq!(
        server.poll_event(),
        Some(ServerLinkEvent::Facts(about().facts)),
        "only the newest facts are sent"
    );
    assert_eq!(server.poll_event(), None);
}

#[test]
fn heartbeats_keep_a_link_alive_and_two_missed_ones_end_it() {
    let (mut agent, mut server) = live();
    let mut now = NOW;
    for counter in 0..5 {
        now = agent.poll_deadline().unwrap();
        agent.handle_activity(now);
        agent.handle_timeout(now);
        to_server(&mut agent, &mut server, now).unwrap();
        server.handle_timeout(now);
        assert_eq!(server.poll_event(), Some(ServerLinkEvent::Heartbeat { counter }));
    }
    assert_eq!(server.poll_deadline(), Some(now.after(LINK_DEAD_AFTER)));
    server.handle_timeout(Tick(now.after(LINK_DEAD_AFTER).0 - 1));
    assert_eq!(server.poll_event(), None);
    server.handle_timeout(now.after(LINK_DEAD_AFTER));
    assert_eq!(server.poll_event(), Some(ServerLinkEvent::Lost));
    assert!(server.is_closed());
    agent.handle_timeout(now.after(LINK_LOST_AFTER));
    assert_eq!(agent.poll_event(), Some(AgentLinkEvent::Lost));
    assert_eq!(agent.poll_deadline(), None);
}

#[test]
fn an_agent_tells_a_stranger_nothing() {
    let mut agent = agent_for(&ServerIdentity::from_seed(&[66; 32]));
    let mut server = server();
    to_server(&mut agent, &mut server, NOW).unwrap();
    assert_eq!(
        to_agent(&mut server, &mut agent, NOW),
        Err(ProtocolError::WrongIdentity)
    );
    assert!(agent.is_closed());
    assert_eq!(agent.poll_transmit(), None);
}

#[test]
fn a_goodbye_counts_for_more_after_the_proof() {
    let (mut agent, mut server) = (agent_for(&identity()), server());
    server.goodbye(GoodbyeReason::MachineRemoved, "", None);
    to_agent(&mut server, &mut agent, NOW).unwrap();
    assert!(matches!(
        agent.poll_event(),
        Some(AgentLinkEvent::Goodbye { authentic: false, .. })
    ));
    let (mut agent, mut server) = live();
    server.goodbye(
        GoodbyeReason::ServerStopping,
        "update",
        Some(Duration::from_secs(1)),
    );
    to_agent(&mut server, &mut agent, NOW).unwrap();
    let Some(AgentLinkEvent::Goodbye {
        goodbye,
        authentic: true,
    }) = agent.poll_event()
    else {
        panic!("goodbye")
    };
    assert_eq!(goodbye.retry_after, Some(Duration::from_secs(1)));
    assert!(!goodbye.reason.is_final() && agent.is_closed());
}

#[test]
fn an_agent_that_trusts_an_older_identity_is_shown_that_one() {
    let older = ServerIdentity::from_seed(&[60; 32]);
    let (mut agent, mut server) = (agent_for(&older), server());
    to_server(&mut agent, &mut server, NOW).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    server.provide_key(true).unwrap();
    to_server(&mut agent, &mut server, NOW).unwrap();
    assert!(matches!(
        server.poll_event(),
        Some(ServerLinkEvent::NeedMachineKey(..))
    ));
    assert!(matches!(
        server.poll_event(),
        Some(ServerLinkEvent::Established { trusts, .. }) if trusts == older.public()
    ));
    server.welcome(NOW, 1, None);
    let next = identity().public();
    let forged = IdentityUpdate {
        next,
        signature: identity().sign_next(&next),
    };
    let update = IdentityUpdate {
        next,
        signature: older.sign_next(&next),
    };
    server.update_identity(update).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    assert!(matches!(agent.poll_event(), Some(AgentLinkEvent::Welcome(_))));
    assert_eq!(agent.poll_event(), Some(AgentLinkEvent::IdentityUpdate(next)));
    agent.identity_pinned(&next).unwrap();
    to_server(&mut agent, &mut server, NOW).unwrap();
    assert_eq!(
        server.poll_event(),
        Some(ServerLinkEvent::IdentityPinned(next.hash8()))
    );
    server.update_identity(forged).unwrap();
    assert_eq!(
        to_agent(&mut server, &mut agent, NOW),
        Err(ProtocolError::BadSignature)
    );
}

#[test]
fn a_machine_key_is_changed_with_both_signatures() {
    let (mut agent, mut server) = live();
    server.rotate_key().unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    assert_eq!(agent.poll_event(), Some(AgentLinkEvent::RotateMachineKey));
    let (old, new) = (MachineKey::from_seed(&[5; 32]), MachineKey::from_seed(&[50; 32]));
    agent.offer_key(&new).unwrap();
    to_server(&mut agent, &mut server, NOW).unwrap();
    let Some(ServerLinkEvent::NewMachineKey(offer)) = server.poll_event() else {
        panic!("new key")
    };
    let keys = (&old.public(), &offer.key);
    assert_eq!(
        keys.0.verify_rotation(MACHINE, keys, &offer.signature_by_old),
        Ok(())
    );
    assert_eq!(
        keys.1.verify_rotation(MACHINE, keys, &offer.signature_by_new),
        Ok(())
    );
    server.accept_key(&offer.key).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    assert_eq!(
        agent.poll_event(),
        Some(AgentLinkEvent::MachineKeyAccepted(new.public()))
    );
    // Once more on the same link: the key that counts now signs.
    let newest = MachineKey::from_seed(&[51; 32]);
    agent.offer_key(&newest).unwrap();
    to_server(&mut agent, &mut server, NOW).unwrap();
    let Some(ServerLinkEvent::NewMachineKey(offer)) = server.poll_event() else {
        panic!("new key")
    };
    let keys = (&new.public(), &newest.public());
    assert_eq!(
        keys.0.verify_rotation(MACHINE, keys, &offer.signature_by_old),
        Ok(())
    );
}

#[test]
fn a_copy_is_told_to_enroll_for_itself_and_the_token_stays_out_of_logs() {
    let (mut agent, mut server) = live();
    server.reidentify(Secret("farol_enr_x".into()));
    to_agent(&mut server, &mut agent, NOW).unwrap();
    let event = agent.poll_event().unwrap();
    assert!(!format!("{event:?}").contains("farol_enr_x"));
    let AgentLinkEvent::Goodbye {
        goodbye,
        authentic: true,
    } = event
    else {
        panic!("goodbye")
    };
    assert_eq!(goodbye.token, Some(Secret("farol_enr_x".into())));
    assert!(!goodbye.reason.is_final());
}

/// The agent's messages, with the key it claims exchanged for another.
fn claiming_another_key(agent: &mut AgentLink) -> Vec<u8> {
    let bytes = agent.poll_transmit().unwrap();
    let mut message = proto::AgentToServer::decode(bytes.as_slice()).unwrap();
    let Some(proto::agent_to_server::Message::Hello(hello)) = &mut message.message else {
        panic!("hello")
    };
    hello.machine_key = MachineKey::from_seed(&[55; 32]).public().to_bytes().to_vec();
    message.encode_to_vec()
}

#[test]
fn an_unknown_machine_and_a_key_that_is_not_held_are_not_enrolled() {
    for known in [false, true] {
        let (mut agent, mut server) = (agent_for(&identity()), server());
        if known {
            let hello = claiming_another_key(&mut agent);
            server.handle_input(NOW, &hello).unwrap();
        } else {
            to_server(&mut agent, &mut server, NOW).unwrap();
        }
        to_agent(&mut server, &mut agent, NOW).unwrap();
        assert_eq!(server.provide_key(known), Ok(()));
        let _refused = to_server(&mut agent, &mut server, NOW);
        assert!(server.is_closed());
        to_agent(&mut server, &mut agent, NOW).unwrap();
        let Some(AgentLinkEvent::Goodbye {
            goodbye,
            authentic: true,
        }) = agent.poll_event()
        else {
            panic!("goodbye")
        };
        assert_eq!(goodbye.reason, GoodbyeReason::NotEnrolled);
    }
}

#[test]
fn nothing_jumps_the_handshake() {
    let (mut live_agent, _) = live();
    live_agent.handle_timeout(NOW.after(HEARTBEAT_EVERY));
    let heartbeat = live_agent.poll_transmit().unwrap();
    let mut server = server();
    assert_eq!(
        server.handle_input(NOW, &heartbeat),
        Err(ProtocolError::Unexpected("link message"))
    );
    assert!(server.poll_transmit().is_some(), "a goodbye says so");
    let mut late = self::server();
    late.handle_timeout(NOW.after(crate::limits::LINK_HANDSHAKE_TIME));
    assert_eq!(late.poll_event(), Some(ServerLinkEvent::Lost));
    let mut big = self::server();
    assert_eq!(
        big.handle_input(NOW, &[0; 5000]),
        Err(ProtocolError::TooBig("link message"))
    );
}

#[test]
fn a_server_that_stops_reading_fills_the_queue() {
    let (mut agent, _server) = live();
    let answer = SessionAnswer {
        session: SessionId([8; 16]),
        refusal: None,
        detail: String::new(),
    };
    let taken = (0..1000)
        .take_while(|_| agent.answer_session(answer.clone()).is_ok())
        .count();
    assert_eq!(taken, crate::limits::LINK_QUEUE_MESSAGES);
}

proptest! {
    // Each case signs and verifies a few times.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn hostile_messages_never_panic(messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..9)) {
        let (mut agent, mut server) = live();
        let (mut young_agent, mut young_server) = (agent_for(&identity()), self::server());
        for bytes in messages {
            let _outcome = (agent.handle_input(NOW, &bytes), server.handle_input(NOW, &bytes));
            let _outcome = (young_agent.handle_input(NOW, &bytes), young_server.handle_input(NOW, &bytes));
        }
    }
}
