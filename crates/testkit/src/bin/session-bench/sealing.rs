//! What sealing costs in this processor: one pipe's two ends in one thread, pictures of a megabyte.

use std::time::Instant;

use anyhow::ensure;
use farol_protocol::Tick;
use farol_protocol::ids::SessionId;
use farol_protocol::pipe::message::ToViewer;
use farol_protocol::pipe::message::screen::{Frame, FrameTimes, ScreenToViewer};
use farol_protocol::pipe::{AgentPipe, ChannelSet, Connect, Event, PipeKey, ViewerPipe};

const MEGABYTES: u32 = 400;

pub(crate) fn measure(handshakes: u32) -> anyhow::Result<()> {
    let mut viewer = ViewerPipe::new([1; 16], ChannelSet::ALL, Tick(0));
    let mut agent = AgentPipe::new(ChannelSet::ALL, Tick(0));
    let started = Instant::now();
    for number in 0..handshakes {
        connect(&mut viewer, &mut agent, number)?;
    }
    let each = started.elapsed() / handshakes;
    println!("handshake, both ends: {each:.1?}");

    let started = Instant::now();
    for id in 1..=MEGABYTES {
        let frame = Frame {
            id,
            generation: 1,
            data: vec![0x5a; 1_000_000],
            times: FrameTimes::default(),
            last_input_id: 0,
            exact: true,
        };
        agent.send(ToViewer::Screen(ScreenToViewer::Frame(frame)))?;
        loop {
            pass(&mut viewer, &mut agent)?;
            if matches!(viewer.poll_event(), Some(Event::Message(_))) {
                break;
            }
        }
        pass(&mut viewer, &mut agent)?;
    }
    let both = started.elapsed() / MEGABYTES;
    println!("a megabyte through a pipe, sealed and opened, with everything else a pipe does: {both:.2?}");
    Ok(())
}

fn connect(viewer: &mut ViewerPipe, agent: &mut AgentPipe, number: u32) -> anyhow::Result<()> {
    let (one, other) = (PipeKey::from_seed([1; 32]), PipeKey::from_seed([2; 32]));
    let of = |own: &PipeKey, peer: &PipeKey, side: u8| {
        let mut ephemeral = [side; 32];
        ephemeral[..4].copy_from_slice(&number.to_le_bytes());
        Connect {
            session: SessionId([7; 16]),
            own: own.clone(),
            peer: peer.public(),
            ephemeral,
        }
    };
    viewer.connect(Tick(0), &of(&one, &other, 1))?;
    agent.connect(Tick(0), &of(&other, &one, 2))?;
    while !(viewer.is_open() && agent.is_open()) {
        pass(viewer, agent)?;
    }
    while viewer.poll_event().is_some() || agent.poll_event().is_some() {}
    ensure!(viewer.is_open(), "the pipe does not open");
    Ok(())
}

fn pass(viewer: &mut ViewerPipe, agent: &mut AgentPipe) -> anyhow::Result<()> {
    while let Some(packet) = agent.poll_transmit() {
        viewer.handle_input(Tick(0), &packet)?;
    }
    while let Some(packet) = viewer.poll_transmit() {
        agent.handle_input(Tick(0), &packet)?;
    }
    Ok(())
}
