//! Connections that come and go under one pipe, and who may be at their ends.

use super::*;

#[test]
fn the_carrier_sees_nothing_but_sizes() {
    let (mut viewer, mut agent) = open();
    let text = "a word that nobody else may read";
    viewer
        .send(ToAgent::Clipboard(ClipboardMessage::of_text(text)))
        .unwrap();
    agent.send(state(text)).unwrap();
    for sealed in [viewer.poll_transmit().unwrap(), agent.poll_transmit().unwrap()] {
        assert!(sealed.len() > text.len() + PIPE_SEAL);
        assert!(
            !sealed
                .windows(4)
                .any(|part| text.as_bytes().windows(4).any(|other| other == part))
        );
    }
}

#[test]
fn a_forged_packet_costs_the_connection_and_nothing_else() {
    let (mut viewer, mut agent) = open();
    viewer.send(input(1)).unwrap();
    viewer.send(input(2)).unwrap();
    let mut changed = viewer.poll_transmit().unwrap();
    changed[9] ^= 4;
    assert_eq!(agent.handle_input(NOW, &changed), Err(ProtocolError::NotSealed));
    assert!(agent.is_apart() && !agent.is_closed());
    assert_eq!(
        agent.handle_input(NOW, &changed),
        Ok(()),
        "nobody listens to a connection that is lost"
    );
    viewer.disconnected();
    connect(&mut viewer, &mut agent, 1);
    settle(&mut viewer, &mut agent, NOW);
    let (viewers, agents) = opened(ChannelSet::ALL, true);
    assert!(std::iter::from_fn(|| viewer.poll_event()).any(|event| event == viewers));
    assert_eq!(agent.poll_event(), Some(agents));
    assert_eq!(messages(&mut agent), [input(1), input(2)]);
}

#[test]
fn what_was_typed_without_a_connection_arrives_with_the_next() {
    let (mut viewer, mut agent) = open();
    viewer.disconnected();
    agent.disconnected();
    for id in 1..=3 {
        viewer.send(input(id)).unwrap();
    }
    assert_eq!(viewer.poll_transmit(), None);
    assert!(!agent.screen_writable());
    assert_eq!(
        agent.send(frame(1, 10)),
        Err(Full),
        "a picture is made when it can leave"
    );
    connect(&mut viewer, &mut agent, 1);
    settle(&mut viewer, &mut agent, NOW);
    assert_eq!(messages(&mut agent), [input(1), input(2), input(3)]);
}

/// Whoever carries the bytes can record a hello and say it again to an agent; without the viewer's keys that is all it can do.
#[test]
fn a_hello_said_again_changes_nothing() {
    let (mut viewer, mut agent) = open();
    viewer.disconnected();
    agent.disconnected();
    connect(&mut viewer, &mut agent, 1);
    let recorded = viewer.poll_transmit().unwrap();
    agent.handle_input(NOW, &recorded).unwrap();
    settle(&mut viewer, &mut agent, NOW);
    viewer.send(input(1)).unwrap();
    agent.send(frame(1, 100)).unwrap();
    settle(&mut viewer, &mut agent, NOW);
    while agent.poll_event().is_some() {}
    agent.connect(NOW, &ends(2).1).unwrap();
    agent.handle_input(NOW, &recorded).unwrap();
    assert!(
        agent.poll_transmit().is_some(),
        "it answers, to nobody who could read it"
    );
    assert_eq!(agent.handle_input(NOW, &recorded), Err(ProtocolError::NotSealed));
    assert_eq!(agent.poll_event(), None);
    viewer.send(input(2)).unwrap();
    connect(&mut viewer, &mut agent, 3);
    settle(&mut viewer, &mut agent, NOW);
    assert_eq!(messages(&mut agent), [input(2)]);
    assert_eq!(messages(&mut viewer), [frame(1, 100)]);
}

#[test]
fn a_viewer_that_begins_anew_finds_an_agent_that_does_too() {
    let (mut viewer, mut agent) = open();
    viewer.send(input(1)).unwrap();
    agent.send(frame(1, 100)).unwrap();
    settle(&mut viewer, &mut agent, NOW);
    messages(&mut agent);
    let mut reloaded = ViewerPipe::new([2; 16], ChannelSet::ALL, NOW);
    connect(&mut reloaded, &mut agent, 1);
    settle(&mut reloaded, &mut agent, NOW);
    let (viewers, agents) = opened(ChannelSet::ALL, false);
    assert_eq!(reloaded.poll_event(), Some(viewers));
    assert_eq!(agent.poll_event(), Some(agents));
    reloaded.send(input(9)).unwrap();
    agent.send(frame(2, 100)).unwrap();
    settle(&mut reloaded, &mut agent, NOW);
    assert_eq!(messages(&mut agent), [input(9)]);
    assert_eq!(messages(&mut reloaded), [frame(2, 100)]);
}

#[test]
fn an_agent_that_forgot_makes_the_viewer_begin_anew() {
    let (mut viewer, agent) = open();
    viewer.send(input(1)).unwrap();
    while viewer.poll_transmit().is_some() {}
    drop(agent);
    let mut restarted = AgentPipe::new(ChannelSet::ALL, NOW);
    connect(&mut viewer, &mut restarted, 1);
    settle(&mut viewer, &mut restarted, NOW);
    let (viewers, _) = opened(ChannelSet::ALL, false);
    assert!(std::iter::from_fn(|| viewer.poll_event()).any(|event| event == viewers));
    assert_eq!(
        messages(&mut restarted),
        [],
        "what an older agent may have played is not played again"
    );
    viewer.send(input(2)).unwrap();
    settle(&mut viewer, &mut restarted, NOW);
    assert_eq!(messages(&mut restarted), [input(2)]);
}

#[test]
fn what_arrived_is_not_kept() {
    let (mut viewer, mut agent) = open();
    let mut now = NOW;
    for id in 0..20 {
        agent.send(frame(id, 50_000)).unwrap();
        settle(&mut viewer, &mut agent, now);
        messages(&mut viewer);
        now = now.after(crate::limits::PING_VISIBLE);
        viewer.handle_timeout(now);
        settle(&mut viewer, &mut agent, now);
    }
    assert_eq!(agent.kept().count(), 0);
}

/// The agent asks nothing while it hears the viewer's pings, and says in its answers what came.
#[test]
fn what_a_viewer_sent_is_not_kept_for_hours() {
    let (mut viewer, mut agent) = open();
    let mut now = NOW;
    for id in 1..200 {
        viewer.send(input(id)).unwrap();
        settle(&mut viewer, &mut agent, now);
        assert_eq!(messages(&mut agent).len(), 1);
        now = now.after(crate::limits::PING_VISIBLE);
        viewer.handle_timeout(now);
        settle(&mut viewer, &mut agent, now);
        assert_eq!(viewer.kept().count(), 0, "after {id}");
    }
}

#[test]
fn another_version_is_named() {
    let (mut viewer, mut agent) = young(ChannelSet::ALL);
    connect(&mut viewer, &mut agent, 0);
    let mut hello = viewer.poll_transmit().unwrap();
    hello[0] = 9;
    assert_eq!(agent.handle_input(NOW, &hello), Err(ProtocolError::Version(9)));
    assert!(!agent.is_closed(), "anybody could have written that byte");
    let refusal = agent.poll_transmit().unwrap();
    assert_eq!(viewer.handle_input(NOW, &refusal), Err(ProtocolError::Version(2)));
    assert!(viewer.is_closed());
}

/// What was being sent on a channel when the right to it was withdrawn is not read by anybody, not even by a viewer that keeps
/// what it should drop; and the channel opens again only when nothing of it is left.
#[test]
fn what_was_under_way_when_a_channel_was_closed_never_arrives() {
    for apart in [false, true] {
        let (mut viewer, mut agent) = open();
        let secret = frame(7, 3 * FRAGMENT_MAX);
        agent.send(secret).unwrap();
        let first = transmit(&mut agent).unwrap();
        if apart {
            viewer.disconnected();
            agent.disconnected();
        } else {
            viewer.handle_input(NOW, &first).unwrap();
        }
        agent.set_channels(ChannelSet::NONE.with(Channel::Input));
        agent.set_channels(ChannelSet::ALL);
        assert!(!agent.has(Channel::Screen), "something is still under way");
        assert!(
            !agent.kept().any(|packet| packet.ends_with(&[7])),
            "nothing of it is left to be sent again"
        );
        if apart {
            connect(&mut viewer, &mut agent, 1);
        }
        settle(&mut viewer, &mut agent, NOW);
        assert_eq!(messages(&mut viewer), []);
        let now = NOW.after(crate::limits::PING_VISIBLE);
        viewer.handle_timeout(now);
        settle(&mut viewer, &mut agent, now);
        assert!(agent.has(Channel::Screen) && viewer.has(Channel::Screen));
        agent.send(frame(8, 100)).unwrap();
        settle(&mut viewer, &mut agent, now);
        assert_eq!(messages(&mut viewer), [frame(8, 100)]);
    }
}

/// An agent that restarted gives a full window; what the viewer read late of before must not add to it.
#[test]
fn messages_of_before_that_are_read_late_give_no_credit() {
    let (mut viewer, mut agent) = open();
    for id in 0..2 {
        agent
            .send(frame(id, SCREEN_TO_VIEWER_CREDIT as usize / 3))
            .unwrap();
        settle(&mut viewer, &mut agent, NOW);
    }
    let mut restarted = AgentPipe::new(ChannelSet::ALL, NOW);
    connect(&mut viewer, &mut restarted, 1);
    settle(&mut viewer, &mut restarted, NOW);
    while viewer.poll_event().is_some() {}
    settle(&mut viewer, &mut restarted, NOW);
    assert!(!viewer.is_closed() && !restarted.is_closed());
    restarted.send(frame(3, 100)).unwrap();
    settle(&mut viewer, &mut restarted, NOW);
    assert_eq!(messages(&mut viewer), [frame(3, 100)]);
}
