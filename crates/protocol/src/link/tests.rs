//! Both ends of a link talking, and each against hostile bytes.

mod inventory;
mod metrics;
mod pace;

use std::time::Duration;

use proptest::prelude::*;
use prost::Message;

use super::seal::{Context, End, Seal};
use super::*;
use crate::evidence::Evidence;
use crate::identity::{LinkTranscript, MachineKey, MachinePublicKey, ServerIdentity};
use crate::ids::{Grant, InstallId, MachineId, RunId, SessionId};
use crate::limits::{LINK_DEAD_AFTER, LINK_LOST_AFTER};
use crate::pipe::PipeKey;
use crate::rights::{Right, Rights};
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
        pipe_key: PipeKey::from_seed([8; 32]).public(),
    }
}

fn statement() -> SessionStatement {
    SessionStatement {
        session: SessionId([8; 16]),
        machine: MACHINE,
        viewer_key: PipeKey::from_seed([6; 32]).public(),
        rights: Rights::VIEW.with(Right::Control),
        ask: Rights::NONE.with(Right::Control),
        asking: Asking::IfLoggedOn,
        answer_time: Duration::from_secs(30),
        technician: "Ana".into(),
        organization: "Acme".into(),
        issued_ms: 1_700_000_000_000,
        warn: true,
        guest: true,
    }
}

fn offer() -> SessionOffer {
    SessionOffer {
        statement: statement(),
        grant: Grant([9; 32]),
        resume: false,
        request_id: "r-1".into(),
    }
}

fn agent_for(server: &ServerIdentity) -> AgentLink {
    agent_with(server, 1)
}

fn agent_with(server: &ServerIdentity, randomness: u8) -> AgentLink {
    let key = MachineKey::from_seed(&[5; 32]);
    let config = AgentLinkConfig {
        machine: MACHINE,
        key,
        server: server.public(),
        ephemeral: Ephemeral::from_seed([randomness; 32]),
        about: about(),
    };
    AgentLink::new(config, NOW)
}

fn identity() -> ServerIdentity {
    ServerIdentity::from_seed(&[6; 32])
}

fn server() -> ServerLink {
    server_with(2)
}

fn server_with(randomness: u8) -> ServerLink {
    ServerLink::new(
        ServerLinkConfig {
            identities: vec![identity(), ServerIdentity::from_seed(&[60; 32])],
            ephemeral: Ephemeral::from_seed([randomness; 32]),
            pace: Pace::QUICK,
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
        pace: Pace::QUICK,
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
    let offer = offer();
    let session = offer.statement.session;
    server.offer_session(offer.clone()).unwrap();
    let end = SessionEnd {
        session,
        code: "technician_ended".into(),
        detail: String::new(),
        by: "Ana".into(),
    };
    server.end_session(end.clone()).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    assert_eq!(
        agent.poll_event(),
        Some(AgentLinkEvent::SessionOffer(Box::new(offer)))
    );
    assert_eq!(agent.poll_event(), Some(AgentLinkEvent::SessionEnd(end.clone())));
    let answer = SessionAnswer {
        session,
        answer: Answer::Refused {
            code: "busy".into(),
            detail: "x".into(),
        },
        by: String::new(),
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

/// What an agent says that claims a key it does not hold: hello, and the proof after this challenge.
struct Pretender {
    own: Ephemeral,
    claimed: MachinePublicKey,
}

impl Pretender {
    fn hello(&self) -> Vec<u8> {
        let hello = proto::AgentHello {
            version: VERSION,
            machine_id: MACHINE.0.to_vec(),
            nonce: self.own.nonce().to_vec(),
            machine_key: self.claimed.to_bytes().to_vec(),
            server_key_hash: identity().public().hash8().to_vec(),
        };
        to_server_message(proto::agent_to_server::Message::Hello(hello))
    }

    /// Signed by another key than the claimed one; and how to read what the server says to it.
    fn proof(&self, challenge: &[u8]) -> (Vec<u8>, Seal) {
        let challenge = proto::ServerToAgent::decode(challenge).unwrap();
        let Some(proto::server_to_agent::Message::Challenge(challenge)) = challenge.message else {
            panic!("challenge")
        };
        let transcript = LinkTranscript {
            agent_nonce: self.own.nonce(),
            server_nonce: challenge.nonce.try_into().unwrap(),
            machine: MACHINE,
        };
        let server = identity().public();
        let context = Context {
            transcript: &transcript,
            machine: &self.claimed,
            server: &server,
        };
        let mut seal = Seal::agree(End::Agent, &self.own, &context).unwrap();
        let installation = about().installation.encode();
        let signature = MachineKey::from_seed(&[55; 32]).sign_proof(&transcript, &server, &installation);
        let proof = about().into_wire(signature.to_vec(), installation);
        let proof = seal.seal(&to_server_message(proto::agent_to_server::Message::Proof(proof)));
        (proof, seal)
    }
}

fn to_server_message(message: proto::agent_to_server::Message) -> Vec<u8> {
    proto::AgentToServer {
        message: Some(message),
    }
    .encode_to_vec()
}

#[test]
fn an_unknown_machine_is_not_enrolled() {
    let (mut agent, mut server) = (agent_for(&identity()), server());
    to_server(&mut agent, &mut server, NOW).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    server.provide_key(false).unwrap();
    to_server(&mut agent, &mut server, NOW).unwrap();
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

#[test]
fn a_key_that_is_claimed_but_not_held_is_not_enrolled() {
    let pretender = Pretender {
        own: Ephemeral::from_seed([1; 32]),
        claimed: MachineKey::from_seed(&[5; 32]).public(),
    };
    let mut server = server();
    server.handle_input(NOW, &pretender.hello()).unwrap();
    server.provide_key(true).unwrap();
    let (proof, mut seal) = pretender.proof(&server.poll_transmit().unwrap());
    assert_eq!(server.handle_input(NOW, &proof), Err(ProtocolError::BadSignature));
    let goodbye = seal.open(&server.poll_transmit().unwrap()).unwrap();
    let goodbye = proto::ServerToAgent::decode(goodbye.as_slice()).unwrap();
    let Some(proto::server_to_agent::Message::Goodbye(goodbye)) = goodbye.message else {
        panic!("goodbye")
    };
    assert_eq!(goodbye.reason(), proto::goodbye::Reason::NotEnrolled);
}

/// Somebody in between who holds all that travels reads nothing of it and can pass nothing else on.
#[test]
fn somebody_in_between_reads_and_changes_nothing() {
    let (mut agent, mut server) = (agent_for(&identity()), self::server());
    let mut seen: Vec<Vec<u8>> = Vec::new();
    let mut pass = |bytes: Vec<u8>| {
        seen.push(bytes.clone());
        bytes
    };
    let hello = pass(agent.poll_transmit().unwrap());
    server.handle_input(NOW, &hello).unwrap();
    let challenge = pass(server.poll_transmit().unwrap());
    agent.handle_input(NOW, &challenge).unwrap();
    let proof = pass(agent.poll_transmit().unwrap());
    // The same words on a link that did not see them made.
    let mut another = server_with(20);
    another.handle_input(NOW, &hello).unwrap();
    another.provide_key(true).unwrap();
    assert_eq!(another.handle_input(NOW, &proof), Err(ProtocolError::NotSealed));
    let mut again = agent_with(&identity(), 10);
    assert_eq!(
        again.handle_input(NOW, &challenge),
        Err(ProtocolError::BadSignature)
    );

    server.handle_input(NOW, &proof).unwrap();
    server.provide_key(true).unwrap();
    server.welcome(NOW, 1, None);
    agent
        .handle_input(NOW, &pass(server.poll_transmit().unwrap()))
        .unwrap();
    let offer = offer();
    server.offer_session(offer).unwrap();
    agent
        .handle_input(NOW, &pass(server.poll_transmit().unwrap()))
        .unwrap();
    for secret in [&[9; 32][..], b"Ana", b"Debian", b"board-1", b"maria"] {
        let found = seen
            .iter()
            .any(|bytes| bytes.windows(secret.len()).any(|part| part == secret));
        assert!(!found, "{secret:?} travels in the open");
    }
    // A goodbye of their own, as it is or in the place of another message, ends nothing for good.
    let forged = proto::ServerToAgent {
        message: Some(proto::server_to_agent::Message::Goodbye(proto::Goodbye {
            reason: proto::goodbye::Reason::MachineRemoved.into(),
            ..Default::default()
        })),
    };
    assert_eq!(
        agent.handle_input(NOW, &forged.encode_to_vec()),
        Err(ProtocolError::NotSealed)
    );
    assert!(agent.is_closed());
    assert!(
        std::iter::from_fn(|| agent.poll_event())
            .all(|event| !matches!(event, AgentLinkEvent::Goodbye { .. }))
    );
}

/// A hello that somebody changed on its way gives the two ends different keys.
#[test]
fn a_hello_changed_on_its_way_leads_nowhere() {
    let (mut agent, mut server) = (agent_for(&identity()), server());
    let bytes = agent.poll_transmit().unwrap();
    let mut message = proto::AgentToServer::decode(bytes.as_slice()).unwrap();
    let Some(proto::agent_to_server::Message::Hello(hello)) = &mut message.message else {
        panic!("hello")
    };
    hello.machine_key = MachineKey::from_seed(&[55; 32]).public().to_bytes().to_vec();
    server.handle_input(NOW, &message.encode_to_vec()).unwrap();
    server.provide_key(true).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    let proof = agent.poll_transmit().unwrap();
    assert_eq!(server.handle_input(NOW, &proof), Err(ProtocolError::NotSealed));
    let goodbye = server.poll_transmit().unwrap();
    assert_eq!(agent.handle_input(NOW, &goodbye), Err(ProtocolError::NotSealed));
}

/// The server gives up before its challenge left: the agent has no key to open a sealed word with.
#[test]
fn a_goodbye_in_the_challenges_place_is_not_sealed() {
    let (mut agent, mut server) = (agent_for(&identity()), server());
    to_server(&mut agent, &mut server, NOW).unwrap();
    server.goodbye(GoodbyeReason::ServerStopping, "", None);
    to_agent(&mut server, &mut agent, NOW).unwrap();
    assert!(matches!(
        agent.poll_event(),
        Some(AgentLinkEvent::Goodbye { authentic: false, .. })
    ));
}

/// Of a later release: message no. 500 with nothing in it.
const LATER: [u8; 3] = [0xa2, 0x1f, 0];

#[test]
fn words_of_a_later_release_are_passed_over() {
    let (mut agent, mut server) = live();
    agent.say_anything(LATER.to_vec());
    server.say_anything(LATER.to_vec());
    to_server(&mut agent, &mut server, NOW).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    assert_eq!((agent.poll_event(), server.poll_event()), (None, None));
    // What is known counts as before.
    server.ask_sections(vec!["software".into()]).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    let asked = AgentLinkEvent::InventoryAsk(vec!["software".into()]);
    assert_eq!(agent.poll_event(), Some(asked));
    let (mut young_agent, mut young_server) = (agent_for(&identity()), self::server());
    let malformed = Err(ProtocolError::Malformed("link message"));
    assert_eq!(young_agent.handle_input(NOW, &LATER), malformed);
    assert_eq!(young_server.handle_input(NOW, &LATER), malformed);
}

#[test]
fn nothing_jumps_the_handshake() {
    let heartbeat = to_server_message(proto::agent_to_server::Message::Heartbeat(proto::Heartbeat {
        counter: 0,
    }));
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
        answer: Answer::Waiting,
        by: String::new(),
    };
    let taken = (0..1000)
        .take_while(|_| agent.answer_session(answer.clone()).is_ok())
        .count();
    assert_eq!(taken, crate::limits::LINK_QUEUE_MESSAGES);
}

/// What a session may do, and who asks, is believed from the pinned server alone, and for this machine alone.
#[test]
fn a_statement_of_somebody_else_is_no_offer() {
    let stated = |machine, by: &ServerIdentity| {
        let statement = SessionStatement {
            machine,
            ..statement()
        }
        .encode();
        let offer = proto::SessionOffer {
            grant: vec![9; 32],
            request_id: "r-1".into(),
            signature: by.sign_session(&statement).to_vec(),
            statement,
            resume: false,
        };
        proto::ServerToAgent {
            message: Some(proto::server_to_agent::Message::SessionOffer(offer)),
        }
        .encode_to_vec()
    };
    let cases = [
        (stated(MACHINE, &identity()), Ok(())),
        (
            stated(MACHINE, &ServerIdentity::from_seed(&[77; 32])),
            Err(ProtocolError::BadSignature),
        ),
        (
            stated(MachineId([1; 16]), &identity()),
            Err(ProtocolError::Unexpected("statement for another machine")),
        ),
    ];
    for (message, outcome) in cases {
        let (mut agent, mut server) = live();
        server.say_anything(message);
        assert_eq!(to_agent(&mut server, &mut agent, NOW), outcome);
    }
}

#[test]
fn rights_and_what_is_still_held_travel() {
    let (mut agent, mut server) = live();
    let offer = SessionRightsOffer {
        statement: statement(),
        request_id: "r-2".into(),
    };
    server.offer_rights(offer.clone()).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    assert_eq!(
        agent.poll_event(),
        Some(AgentLinkEvent::SessionRightsOffer(Box::new(offer)))
    );
    let changed = SessionRightsChanged {
        session: SessionId([8; 16]),
        rights: Rights::VIEW,
        code: "taken_back".into(),
        by: "maria".into(),
    };
    agent.sessions_held(&[SessionId([8; 16])]).unwrap();
    agent.rights_changed(changed.clone()).unwrap();
    let accepted = SessionAnswer {
        session: SessionId([8; 16]),
        answer: Answer::Accepted(Rights::VIEW),
        by: "maria".into(),
    };
    agent.answer_session(accepted.clone()).unwrap();
    let note = SessionNote {
        session: SessionId([8; 16]),
        kind: "said".into(),
        who: "Ana".into(),
        text: crate::pipe::message::company::Line("bom dia".into()),
        number: 7,
    };
    agent.note(note.clone()).unwrap();
    let figures = SessionFigures {
        session: SessionId([8; 16]),
        pictures: 1200,
        picture: Spread {
            p50_us: 21_000,
            p95_us: 60_000,
        },
        round_trip: Spread {
            p50_us: 9_000,
            p95_us: 40_000,
        },
        copied_to_viewer: Copied { times: 2, bytes: 90 },
        copied_to_agent: Copied { times: 3, bytes: 70 },
    };
    agent.figures(figures).unwrap();
    to_server(&mut agent, &mut server, NOW).unwrap();
    let events: Vec<_> = std::iter::from_fn(|| server.poll_event()).collect();
    assert_eq!(
        events,
        [
            ServerLinkEvent::SessionsHeld(vec![SessionId([8; 16])]),
            ServerLinkEvent::SessionRightsChanged(changed),
            ServerLinkEvent::SessionAnswer(accepted),
            ServerLinkEvent::SessionNote(note),
            ServerLinkEvent::SessionFigures(figures),
        ]
    );
}

proptest! {
    // Each case signs and verifies a few times.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn hostile_messages_never_panic(messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..9)) {
        let (mut agent, mut server) = live();
        let (mut young_agent, mut young_server) = (agent_for(&identity()), self::server());
        for bytes in messages {
            let _outcome = (young_agent.handle_input(NOW, &bytes), young_server.handle_input(NOW, &bytes));
            // Sealed by the other end itself, so that they are looked into.
            agent.say_anything(bytes.clone());
            server.say_anything(bytes);
            let said = (agent.poll_transmit().unwrap(), server.poll_transmit().unwrap());
            let _outcome = (agent.handle_input(NOW, &said.1), server.handle_input(NOW, &said.0));
        }
    }
}
