//! Packets from an enemy, for either end of a pipe: the first byte chooses the end and whether the handshake was done;
//! then packets, each behind its length as one byte. Promised is that every packet is taken or refused, nothing else.
#![no_main]

use farol_protocol::Tick;
use farol_protocol::pipe::{AgentPipe, ChannelSet, ViewerPipe};

/// Microseconds between two packets; timers come due in between.
const STEP: u64 = 100_000;

macro_rules! feed {
    ($pipe:ident, $packets:expr) => {
        for (index, packet) in $packets.enumerate() {
            let now = Tick(STEP * (index as u64 + 1));
            if $pipe.handle_input(now, packet).is_err() {
                break;
            }
            $pipe.handle_timeout(now);
            while $pipe.poll_event().is_some() {}
            while $pipe.poll_transmit().is_some() {}
        }
    };
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((choice, mut rest)) = input.split_first() else { return };
    let mut viewer = ViewerPipe::new([1; 32], ChannelSet::ALL, Tick(0));
    let mut agent = AgentPipe::new([2; 32], ChannelSet::ALL, Tick(0));
    if choice & 2 != 0 {
        while let Some(packet) = viewer.poll_transmit() {
            assert!(agent.handle_input(Tick(0), &packet).is_ok(), "an agent takes a viewer's first packets");
        }
        while let Some(packet) = agent.poll_transmit() {
            assert!(viewer.handle_input(Tick(0), &packet).is_ok(), "a viewer takes an agent's first packets");
        }
    }
    let packets = std::iter::from_fn(move || {
        let (length, after) = rest.split_first()?;
        let (packet, left) = after.split_at(usize::from(*length).min(after.len()));
        rest = left;
        Some(packet)
    });
    if choice & 1 == 0 {
        feed!(agent, packets);
    } else {
        feed!(viewer, packets);
    }
});
