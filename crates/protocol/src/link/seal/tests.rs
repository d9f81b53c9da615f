//! Both ends of the seal, what must not open, and the bytes that other implementations must get.

use proptest::prelude::*;

use super::*;
use crate::identity::{MachineKey, ServerIdentity};
use crate::ids::MachineId;
use crate::limits::LINK_SEAL;

fn ends(agent: u8, server: u8, claims: &MachinePublicKey) -> (Seal, Seal) {
    let (own, other) = (
        Ephemeral::from_seed([agent; 32]),
        Ephemeral::from_seed([server; 32]),
    );
    let transcript = LinkTranscript {
        agent_nonce: own.nonce(),
        server_nonce: other.nonce(),
        machine: MachineId([7; 16]),
    };
    let (machine, server) = (
        MachineKey::from_seed(&[5; 32]).public(),
        ServerIdentity::from_seed(&[6; 32]).public(),
    );
    let seal = |end, own: &Ephemeral, machine: &MachinePublicKey| {
        let context = Context {
            transcript: &transcript,
            machine,
            server: &server,
        };
        Seal::agree(end, own, &context).unwrap()
    };
    (
        seal(End::Agent, &own, &machine),
        seal(End::Server, &other, claims),
    )
}

fn same() -> (Seal, Seal) {
    ends(1, 2, &MachineKey::from_seed(&[5; 32]).public())
}

#[test]
fn what_one_end_seals_the_other_opens_in_order() {
    let (mut agent, mut server) = same();
    let (first, second) = (agent.seal(b"first"), agent.seal(b"second"));
    assert_eq!(first.len(), b"first".len() + LINK_SEAL);
    assert_eq!(server.open(&first).unwrap(), b"first");
    assert_eq!(server.open(&second).unwrap(), b"second");
    let answer = server.seal(b"answer");
    assert_eq!(agent.open(&answer).unwrap(), b"answer");
    assert_eq!(
        server.open(&answer),
        Err(ProtocolError::NotSealed),
        "its own word"
    );
}

#[test]
fn what_is_repeated_left_out_or_of_another_link_does_not_open() {
    let closed = Err(ProtocolError::NotSealed);
    let (mut agent, mut server) = same();
    let first = agent.seal(b"first");
    server.open(&first).unwrap();
    assert_eq!(server.open(&first), closed, "repeated");
    let (mut agent, mut server) = same();
    agent.seal(b"first");
    assert_eq!(
        server.open(&agent.seal(b"second")),
        closed,
        "the first is missing"
    );
    let (mut agent, _) = same();
    let (_, mut other) = ends(1, 3, &MachineKey::from_seed(&[5; 32]).public());
    assert_eq!(other.open(&agent.seal(b"first")), closed, "other nonces");
    let (mut agent, _) = same();
    let (_, mut other) = ends(1, 2, &MachineKey::from_seed(&[50; 32]).public());
    assert_eq!(
        other.open(&agent.seal(b"first")),
        closed,
        "another key in the hello"
    );
}

/// Nonces of small order (RFC 7748, section 6.1) give a secret that is no secret.
#[test]
fn a_nonce_that_gives_everybody_the_key_is_refused() {
    let own = Ephemeral::from_seed([1; 32]);
    let mut one = [0; 32];
    one[0] = 1;
    for theirs in [[0; 32], one] {
        let transcript = LinkTranscript {
            agent_nonce: own.nonce(),
            server_nonce: theirs,
            machine: MachineId([7; 16]),
        };
        let context = Context {
            transcript: &transcript,
            machine: &MachineKey::from_seed(&[5; 32]).public(),
            server: &ServerIdentity::from_seed(&[6; 32]).public(),
        };
        assert!(matches!(
            Seal::agree(End::Agent, &own, &context),
            Err(ProtocolError::Malformed("nonce"))
        ));
    }
}

const AGENT_NONCE: &str = "a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b4409f8a209";
const SERVER_NONCE: &str = "ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05870e587d59";
const TO_SERVER_BYTES: [&str; 2] = [
    "61d6a94dcf3a9927ea4cdaefe06498b5764f44d783",
    "1016f99e6f5f22220f545b1329be2d9976982bb191",
];
const TO_AGENT_BYTES: &str = "08a88a32754368a19a632c1a4f5c0b2bbb19f92b8f";

/// For other implementations: the rules of `proto/farol/link.proto`, worked out once with other libraries (Python's
/// `cryptography`).
#[test]
fn the_bytes_are_those_of_the_rules() {
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    assert_eq!(hex(&Ephemeral::from_seed([1; 32]).nonce()), AGENT_NONCE);
    assert_eq!(hex(&Ephemeral::from_seed([2; 32]).nonce()), SERVER_NONCE);
    let (mut agent, mut server) = same();
    assert_eq!(
        [hex(&agent.seal(b"farol")), hex(&agent.seal(b"farol"))],
        TO_SERVER_BYTES
    );
    assert_eq!(hex(&server.seal(b"farol")), TO_AGENT_BYTES);
}

proptest! {
    #[test]
    fn a_changed_message_does_not_open(
        message in prop::collection::vec(any::<u8>(), 0..200),
        at in any::<prop::sample::Index>(),
        bit in 0_u8..8,
        cut in any::<prop::sample::Index>(),
    ) {
        let (mut agent, mut server) = same();
        let mut sealed = agent.seal(&message);
        sealed[at.index(message.len() + LINK_SEAL)] ^= 1 << bit;
        prop_assert_eq!(server.open(&sealed), Err(ProtocolError::NotSealed));
        let (mut agent, mut server) = same();
        let sealed = agent.seal(&message);
        prop_assert_eq!(server.open(&sealed[..cut.index(sealed.len())]), Err(ProtocolError::NotSealed));
    }
}
