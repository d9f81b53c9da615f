//! Handshake and seal: what they prove, what they refuse.

use super::*;

fn keys() -> (PipeKey, PipeKey) {
    (PipeKey::from_seed([1; 32]), PipeKey::from_seed([2; 32]))
}

fn connect(own: &PipeKey, peer: PipePublicKey, ephemeral: u8) -> Connect {
    Connect {
        session: SessionId([7; 16]),
        own: own.clone(),
        peer,
        ephemeral: [ephemeral; 32],
    }
}

fn pair() -> (Handshake, Handshake) {
    let (viewer, agent) = keys();
    (
        Handshake::new(Side::Viewer, &connect(&viewer, agent.public(), 3)).unwrap(),
        Handshake::new(Side::Agent, &connect(&agent, viewer.public(), 4)).unwrap(),
    )
}

fn sealed() -> (Seal, Seal) {
    let (mut viewer, mut agent) = pair();
    let hello = viewer.write(b"hello").unwrap();
    assert_eq!(agent.read(&hello).unwrap(), b"hello");
    let accept = agent.write(b"accept").unwrap();
    assert_eq!(viewer.read(&accept).unwrap(), b"accept");
    (viewer.finish().unwrap(), agent.finish().unwrap())
}

#[test]
fn one_round_trip_seals_both_ways() {
    let (mut viewer, mut agent) = sealed();
    for round in 0..3u8 {
        let packet = viewer.seal(&[round; 40]);
        assert_eq!(packet.len(), 40 + PIPE_SEAL);
        assert_eq!(agent.open(&packet).unwrap(), [round; 40]);
        assert_eq!(viewer.open(&agent.seal(&[9, round])).unwrap(), [9, round]);
    }
}

#[test]
fn nothing_of_the_payloads_is_seen() {
    let (mut viewer, mut agent) = pair();
    let hello = viewer.write(b"what the viewer says").unwrap();
    agent.read(&hello).unwrap();
    let accept = agent.write(b"what the agent says").unwrap();
    for message in [&hello, &accept] {
        assert!(!message.windows(4).any(|part| part == b"says"));
    }
    let (viewer_key, _) = keys();
    let shown = viewer_key.public().to_bytes();
    assert!(!hello.windows(32).any(|part| part == shown), "not even who calls");
}

#[test]
fn another_key_session_or_message_does_not_get_in() {
    let (viewer, agent) = keys();
    let stranger = PipeKey::from_seed([5; 32]);
    let hello = |connect: &Connect| {
        let mut handshake = Handshake::new(Side::Viewer, connect).unwrap();
        handshake.write(b"hello").unwrap()
    };
    let answer = |message: &[u8]| {
        let expects = connect(&agent, viewer.public(), 4);
        Handshake::new(Side::Agent, &expects).unwrap().read(message)
    };
    let good = connect(&viewer, agent.public(), 3);
    assert!(answer(&hello(&good)).is_ok());
    let somebody_else = connect(&stranger, agent.public(), 3);
    assert_eq!(answer(&hello(&somebody_else)), Err(ProtocolError::WrongKey));
    let for_somebody_else = connect(&viewer, stranger.public(), 3);
    assert_eq!(answer(&hello(&for_somebody_else)), Err(ProtocolError::NotSealed));
    let other_session = Connect {
        session: SessionId([8; 16]),
        ..good.clone()
    };
    assert_eq!(answer(&hello(&other_session)), Err(ProtocolError::NotSealed));
    let message = hello(&good);
    for at in 1..message.len() {
        let mut changed = message.clone();
        changed[at] ^= 1;
        assert!(answer(&changed).is_err(), "byte {at}");
    }
    assert_eq!(answer(&[]), Err(ProtocolError::Malformed("handshake")));
    assert_eq!(answer(&[9, 1, 2]), Err(ProtocolError::Version(9)));
    let mut caller = Handshake::new(Side::Viewer, &good).unwrap();
    assert_eq!(caller.read(&[0, 7]), Err(ProtocolError::Version(7)));
    assert_eq!(caller.read(&[9, 7]), Err(ProtocolError::Malformed("handshake")));
    let long = vec![VERSION; PIPE_HANDSHAKE_MAX + 2];
    assert_eq!(answer(&long), Err(ProtocolError::TooBig("handshake")));
}

#[test]
fn a_key_that_gives_everybody_the_secret_is_refused() {
    let (viewer, _) = keys();
    let weak = PipePublicKey::from_slice(&[0; 32]).unwrap();
    let mut handshake = Handshake::new(Side::Viewer, &connect(&viewer, weak, 3)).unwrap();
    assert!(handshake.write(b"hello").is_err());
}

#[test]
fn what_is_repeated_left_out_or_changed_does_not_open() {
    let (mut viewer, mut agent) = sealed();
    let (first, second) = (viewer.seal(b"first"), viewer.seal(b"second"));
    assert_eq!(agent.open(&second), Err(ProtocolError::NotSealed));
    assert!(agent.open(&first).is_ok());
    assert_eq!(agent.open(&first), Err(ProtocolError::NotSealed));
    let mut changed = second.clone();
    changed[0] ^= 1;
    assert_eq!(agent.open(&changed), Err(ProtocolError::NotSealed));
    assert!(agent.open(&second).is_ok(), "what failed to open changes nothing");
    assert_eq!(agent.open(&[]), Err(ProtocolError::NotSealed));
    let long = vec![0; SEALED_PACKET_MAX + 1];
    assert_eq!(agent.open(&long), Err(ProtocolError::TooBig("packet")));
    // Nor does what an end sealed itself.
    let own = viewer.seal(b"own");
    assert_eq!(viewer.open(&own), Err(ProtocolError::NotSealed));
}

#[test]
fn keys_are_replaced_and_both_ends_follow() {
    let (mut viewer, mut agent) = sealed();
    for number in 0..=REKEY_AFTER {
        let packet = viewer.seal(&number.to_le_bytes());
        assert_eq!(agent.open(&packet).unwrap(), number.to_le_bytes());
    }
    // The other direction has a count of its own.
    assert_eq!(
        viewer.open(&agent.seal(b"still the first key")).unwrap(),
        b"still the first key"
    );
}

#[test]
fn debug_shows_no_secret() {
    let (viewer, agent) = keys();
    let text = format!("{:?}", connect(&viewer, agent.public(), 3));
    assert!(!text.contains("ephemeral") && !text.contains("[3"), "{text}");
}
