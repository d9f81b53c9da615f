//! Messages from an enemy, for either end of a link: the first byte chooses the end and how far the handshake went (bit 0:
//! the agent; bits 1 and 2: before the hello, after the challenge, live); then messages, each behind its length as two
//! bytes. From the challenge on they are sealed by the other end, as an enemy who has its keys would. Promised is that every
//! message is taken or refused, nothing else.
#![no_main]

use farol_protocol::Tick;
use farol_protocol::evidence::Evidence;
use farol_protocol::identity::{MachineKey, ServerIdentity};
use farol_protocol::ids::{InstallId, MachineId, RunId};
use farol_protocol::link::{
    AgentLink, AgentLinkConfig, Ephemeral, Established, Facts, Installation, Pace, ServerLink, ServerLinkConfig,
};
use farol_protocol::pipe::PipeKey;

/// Microseconds between two messages; timers come due in between.
const STEP: u64 = 100_000;

fn ends() -> (AgentLink, ServerLink) {
    let identity = ServerIdentity::from_seed(&[6; 32]);
    let about = Established {
        facts: Facts::default(),
        capabilities: Vec::new(),
        run: RunId([4; 16]),
        installation: Installation {
            id: InstallId([3; 16]),
            counter: 1,
            evidence: Evidence::default(),
        },
        pipe_key: PipeKey::from_seed([8; 32]).public(),
    };
    let agent = AgentLinkConfig {
        machine: MachineId([7; 16]),
        key: MachineKey::from_seed(&[5; 32]),
        server: identity.public(),
        ephemeral: Ephemeral::from_seed([1; 32]),
        about,
    };
    let server = ServerLinkConfig {
        identities: vec![identity],
        ephemeral: Ephemeral::from_seed([2; 32]),
        pace: Pace::QUICK,
    };
    (AgentLink::new(agent, Tick(0)), ServerLink::new(server, Tick(0)))
}

/// Moves what waits on one end to the other.
macro_rules! carry {
    ($from:ident, $to:ident) => {
        while let Some(message) = $from.poll_transmit() {
            assert!($to.handle_input(Tick(0), &message).is_ok(), "the ends understand each other");
        }
    };
}

/// `$sealed`: the other end is far enough to seal.
macro_rules! feed {
    ($end:ident, $other:ident, $sealed:expr, $messages:expr) => {
        for (index, message) in $messages.enumerate() {
            let now = Tick(STEP * (index as u64 + 1));
            let message = if $sealed {
                $other.say_anything(message.to_vec());
                $other.poll_transmit().unwrap_or_default()
            } else {
                message.to_vec()
            };
            if $end.handle_input(now, &message).is_err() {
                break;
            }
            $end.handle_timeout(now);
            while $end.poll_event().is_some() {}
            while $end.poll_transmit().is_some() {}
        }
    };
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((choice, mut rest)) = input.split_first() else { return };
    let (mut agent, mut server) = ends();
    let (challenged, live) = (choice & 6 != 0, choice & 4 != 0);
    if challenged {
        carry!(agent, server);
        assert!(server.provide_key(true).is_ok(), "nothing to object to yet");
        carry!(server, agent);
    }
    if live {
        carry!(agent, server);
        server.welcome(Tick(0), 1, None);
        carry!(server, agent);
    }
    let messages = std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (message, left) = after.split_at(usize::from(u16::from_be_bytes(*length)).min(after.len()));
        rest = left;
        Some(message)
    });
    if choice & 1 == 0 {
        feed!(server, agent, challenged, messages);
    } else {
        feed!(agent, server, challenged, messages);
    }
});
