//! The pipe as a whole: what both ends do with each other. Connections that come and go, and random conversations, stand in
//! files of their own.

mod connections;
mod conversation;

use super::message::clipboard::{ClipboardMessage, Kind, Part};
use super::message::input::{InputAction, InputEvent, InputToAgent, InputToViewer};
use super::message::screen::{
    CursorPosition, CursorShape, Frame, FrameAck, FrameTimes, ScreenCondition, ScreenState, ScreenToAgent,
    ScreenToViewer,
};
use super::message::{ToAgent, ToViewer};
use super::*;
use crate::ids::SessionId;
use crate::limits::{
    BULK_FRAGMENT_MAX, CLIPBOARD_PIECE_MAX, CURSOR_QUEUE_MESSAGES, FRAGMENT_MAX, PACKET_HEADER, PIPE_SEAL,
    SCREEN_TO_VIEWER_CREDIT,
};
use crate::packet::{self, Header};

const NOW: Tick = Tick(1_000_000);

fn frame(id: u32, size: usize) -> ToViewer {
    let times = FrameTimes::default();
    let data = vec![u8::try_from(id % 251).unwrap(); size];
    ToViewer::Screen(ScreenToViewer::Frame(Frame {
        id,
        generation: 1,
        data,
        times,
        last_input_id: 0,
        exact: true,
    }))
}

fn input(id: u32) -> ToAgent {
    let action = InputAction::PointerMove { x: 5, y: 6 };
    ToAgent::Input(InputToAgent {
        events: vec![InputEvent { id, action }],
    })
}

fn position(x: i32) -> ToViewer {
    ToViewer::Screen(ScreenToViewer::CursorPosition(CursorPosition {
        x,
        y: 0,
        visible: true,
    }))
}

fn shape(id: u32) -> ToViewer {
    let rgba = vec![1; 16];
    ToViewer::Screen(ScreenToViewer::CursorShape(CursorShape {
        id,
        width: 2,
        height: 2,
        hot_x: 0,
        hot_y: 0,
        rgba,
    }))
}

fn state(detail: &str) -> ToViewer {
    ToViewer::Screen(ScreenToViewer::State(ScreenState {
        condition: ScreenCondition::Ok,
        detail: detail.into(),
    }))
}

fn packet(channel: u8, end: bool, seq: u32, fragment: &[u8]) -> Vec<u8> {
    packet::encode(
        Header {
            channel: Channel::from_number(channel).unwrap(),
            end,
            seq,
        },
        fragment,
    )
}

fn transmit<R: Role>(pipe: &mut Pipe<R>) -> Option<Vec<u8>> {
    let announced = pipe.has_transmit();
    let packet = pipe.poll_transmit();
    assert_eq!(announced, packet.is_some());
    packet
}

/// Passes packets both ways until both ends are quiet.
fn settle(viewer: &mut ViewerPipe, agent: &mut AgentPipe, now: Tick) {
    loop {
        let mut quiet = true;
        while let Some(packet) = transmit(viewer) {
            agent.handle_input(now, &packet).unwrap();
            quiet = false;
        }
        while let Some(packet) = transmit(agent) {
            viewer.handle_input(now, &packet).unwrap();
            quiet = false;
        }
        if quiet {
            return;
        }
    }
}

fn messages<R: Role>(pipe: &mut Pipe<R>) -> Vec<R::In> {
    let mut found = Vec::new();
    while let Some(event) = pipe.poll_event() {
        if let Event::Message(message) = event {
            found.push(message);
        }
    }
    found
}

fn keys() -> (PipeKey, PipeKey) {
    (PipeKey::from_seed([11; 32]), PipeKey::from_seed([12; 32]))
}

/// What both ends connect with; each `number` is another connection.
fn ends(number: u32) -> (Connect, Connect) {
    let (viewer, agent) = keys();
    let mut ephemeral = [21; 32];
    ephemeral[..4].copy_from_slice(&number.to_le_bytes());
    let session = SessionId([7; 16]);
    let of = |own: &PipeKey, peer: &PipeKey, side: u8| {
        ephemeral[4] = side;
        Connect {
            session,
            own: own.clone(),
            peer: peer.public(),
            ephemeral,
        }
    };
    let mut of = of;
    (of(&viewer, &agent, 1), of(&agent, &viewer, 2))
}

fn connect(viewer: &mut ViewerPipe, agent: &mut AgentPipe, number: u32) {
    let (viewers, agents) = ends(number);
    viewer.connect(NOW, &viewers).unwrap();
    agent.connect(NOW, &agents).unwrap();
}

fn young(allowed: ChannelSet) -> (ViewerPipe, AgentPipe) {
    (
        ViewerPipe::new([1; 16], ChannelSet::ALL, NOW),
        AgentPipe::new(allowed, NOW),
    )
}

fn opened(channels: ChannelSet, resumed: bool) -> (Event<ToViewer>, Event<ToAgent>) {
    (
        Event::Open { channels, resumed },
        Event::Open { channels, resumed },
    )
}

fn open() -> (ViewerPipe, AgentPipe) {
    let (mut viewer, mut agent) = young(ChannelSet::ALL);
    connect(&mut viewer, &mut agent, 0);
    settle(&mut viewer, &mut agent, NOW);
    let (viewers, agents) = opened(ChannelSet::ALL, false);
    assert_eq!(viewer.poll_event(), Some(viewers));
    assert_eq!(agent.poll_event(), Some(agents));
    messages(&mut viewer);
    messages(&mut agent);
    (viewer, agent)
}

/// The viewer seals these bytes as its next packet, whatever they are.
fn smuggle(viewer: &mut ViewerPipe, agent: &mut AgentPipe, packet: Vec<u8>) -> Result<(), ProtocolError> {
    viewer.say_anything(packet);
    let sealed = viewer.poll_transmit().unwrap();
    agent.handle_input(NOW, &sealed)
}

#[test]
fn what_is_open_is_what_both_want() {
    let (mut viewer, mut agent) = young(ChannelSet::VIEW);
    connect(&mut viewer, &mut agent, 0);
    assert_eq!(
        viewer.send(input(1)),
        Err(Full),
        "nothing is sent before the pipe is open"
    );
    settle(&mut viewer, &mut agent, NOW);
    let (viewers, agents) = opened(ChannelSet::VIEW, false);
    assert_eq!(viewer.poll_event(), Some(viewers));
    assert_eq!(agent.poll_event(), Some(agents));
    assert_eq!(viewer.send(input(1)), Err(Full));
    assert!(viewer.has(Channel::Screen) && !viewer.has(Channel::Input));
    let smuggled = packet(2, true, 0, &input(1).encode());
    assert_eq!(
        smuggle(&mut viewer, &mut agent, smuggled),
        Err(ProtocolError::ChannelNotOpen(Channel::Input))
    );
    assert!(agent.is_closed());
}

#[test]
fn rights_that_change_open_and_close_channels() {
    let (mut viewer, mut agent) = young(ChannelSet::VIEW);
    connect(&mut viewer, &mut agent, 0);
    settle(&mut viewer, &mut agent, NOW);
    while viewer.poll_event().is_some() || agent.poll_event().is_some() {}
    let with_input = ChannelSet::VIEW.with(Channel::Input);
    agent.set_channels(with_input);
    settle(&mut viewer, &mut agent, NOW);
    assert!(std::iter::from_fn(|| viewer.poll_event()).any(|event| event == Event::Channels(with_input)));
    viewer.send(input(1)).unwrap();
    settle(&mut viewer, &mut agent, NOW);
    assert_eq!(messages(&mut agent), [input(1)]);
    // Taken back while input is on its way: it is dropped, and nobody is at fault.
    viewer.send(input(2)).unwrap();
    agent.set_channels(ChannelSet::VIEW);
    settle(&mut viewer, &mut agent, NOW);
    assert_eq!(messages(&mut agent), []);
    assert!(viewer.is_open() && agent.is_open());
    assert_eq!(viewer.send(input(3)), Err(Full));
    // Given again, it goes on.
    agent.set_channels(with_input);
    settle(&mut viewer, &mut agent, NOW);
    viewer.send(input(4)).unwrap();
    settle(&mut viewer, &mut agent, NOW);
    assert_eq!(messages(&mut agent), [input(4)]);
}

#[test]
fn rights_taken_back_during_a_handshake_count() {
    let (mut viewer, mut agent) = young(ChannelSet::ALL);
    connect(&mut viewer, &mut agent, 0);
    let hello = viewer.poll_transmit().unwrap();
    agent.handle_input(NOW, &hello).unwrap();
    agent.set_channels(ChannelSet::VIEW);
    settle(&mut viewer, &mut agent, NOW);
    assert!(!viewer.has(Channel::Input) && !agent.has(Channel::Input));
}

#[test]
fn input_overtakes_a_picture_and_a_cursor_only_the_next_one() {
    let (mut viewer, mut agent) = open();
    agent.send(frame(1, 3 * FRAGMENT_MAX)).unwrap();
    let first = agent.poll_transmit().unwrap();
    assert_eq!(first.len(), PACKET_HEADER + FRAGMENT_MAX + PIPE_SEAL);
    agent.send(position(1)).unwrap();
    agent.send(state("x")).unwrap();
    agent
        .send(ToViewer::Input(InputToViewer::Locks {
            caps_lock: true,
            num_lock: false,
        }))
        .unwrap();
    viewer.handle_input(NOW, &first).unwrap();
    settle(&mut viewer, &mut agent, NOW);
    let order: Vec<String> = messages(&mut viewer)
        .iter()
        .map(|m| format!("{m:?}").chars().take(18).collect())
        .collect();
    assert_eq!(
        order,
        [
            "Input(Locks { caps",
            "Screen(Frame(Frame",
            "Screen(CursorPosit",
            "Screen(State(Scree"
        ]
    );
}

#[test]
fn a_picture_waits_outside_until_it_can_leave() {
    let (mut viewer, mut agent) = open();
    assert!(agent.screen_writable());
    agent.send(frame(1, 10)).unwrap();
    assert!(!agent.screen_writable());
    assert_eq!(agent.send(frame(2, 10)), Err(Full));
    settle(&mut viewer, &mut agent, NOW);
    assert!(agent.screen_writable());
    // A viewer that does not read stops the agent when its credit is used up, and starts it again by reading.
    let (mut sent, size) = (0, 64 * 1024);
    while agent.screen_writable() {
        agent.send(frame(sent, size)).unwrap();
        sent += 1;
        settle(&mut viewer, &mut agent, NOW);
        assert!(sent * u32::try_from(size).unwrap() <= SCREEN_TO_VIEWER_CREDIT + 64 * 1024);
    }
    assert_eq!(
        messages(&mut viewer).len(),
        sent as usize,
        "the first and all but the last, which is under way"
    );
    settle(&mut viewer, &mut agent, NOW);
    assert_eq!(messages(&mut viewer).len(), 1);
    assert!(agent.screen_writable());
}

#[test]
fn a_message_bigger_than_the_window_gets_through() {
    let (mut viewer, mut agent) = open();
    let size = 3 * SCREEN_TO_VIEWER_CREDIT as usize;
    agent.send(frame(1, size)).unwrap();
    settle(&mut viewer, &mut agent, NOW);
    assert_eq!(messages(&mut viewer), [frame(1, size)]);
}

#[test]
fn unread_messages_hold_at_most_two_big_ones() {
    let (mut viewer, mut agent) = open();
    let big = |number| ToAgent::Clipboard(piece(number, CLIPBOARD_PIECE_MAX as usize));
    for number in 0..5 {
        viewer.send(big(number)).unwrap();
        settle(&mut viewer, &mut agent, NOW);
    }
    for copy in 0..50 {
        viewer.send(copied(&format!("{copy}"))).unwrap();
        settle(&mut viewer, &mut agent, NOW);
    }
    assert_eq!(messages(&mut agent).len(), 2);
    settle(&mut viewer, &mut agent, NOW);
    assert_eq!(messages(&mut agent).len(), 2);
    settle(&mut viewer, &mut agent, NOW);
    assert_eq!(
        messages(&mut agent),
        [big(4), copied("49")],
        "what waited, then only the newest of what was copied"
    );
}

fn copied(text: &str) -> ToAgent {
    ToAgent::Clipboard(ClipboardMessage::of_text(text))
}

fn piece(number: u32, length: usize) -> ClipboardMessage {
    ClipboardMessage::Part(Part {
        offer: 1,
        kind: Kind::Picture,
        from: number * 1000,
        content: vec![number as u8; length],
    })
}

#[test]
fn what_was_copied_never_holds_up_pictures_and_hands_and_gets_through() {
    let (mut viewer, mut agent) = open();
    let there = |number, length| ToViewer::Clipboard(piece(number, length));
    let length = CLIPBOARD_PIECE_MAX as usize;
    agent.send(there(1, length)).unwrap();
    // One packet of it is on its way when all the rest comes.
    let begun = agent.poll_transmit().unwrap();
    assert!(begun.len() <= BULK_FRAGMENT_MAX + PACKET_HEADER + PIPE_SEAL);
    viewer.handle_input(NOW, &begun).unwrap();
    agent.send(frame(1, 5 * FRAGMENT_MAX)).unwrap();
    agent.send(state("ok")).unwrap();
    let mut sent = Vec::new();
    while let Some(packet) = agent.poll_transmit() {
        sent.push(packet.len());
        viewer.handle_input(NOW, &packet).unwrap();
        if sent.len() == 6 {
            assert_eq!(messages(&mut viewer), [frame(1, 5 * FRAGMENT_MAX)]);
        }
    }
    assert_eq!(messages(&mut viewer), [state("ok"), there(1, length)]);

    // Under a film each eighth packet is one of the pieces.
    agent.send(there(2, length)).unwrap();
    agent.send(frame(2, 70 * FRAGMENT_MAX)).unwrap();
    settle(&mut viewer, &mut agent, NOW);
    let last = messages(&mut viewer);
    assert_eq!(last, [frame(2, 70 * FRAGMENT_MAX), there(2, length)]);
    agent.send(there(3, 3 * BULK_FRAGMENT_MAX)).unwrap();
    agent.send(frame(3, 40 * FRAGMENT_MAX)).unwrap();
    settle(&mut viewer, &mut agent, NOW);
    let last = messages(&mut viewer);
    assert_eq!(
        last,
        [there(3, 3 * BULK_FRAGMENT_MAX), frame(3, 40 * FRAGMENT_MAX)]
    );
}

#[test]
fn waiting_messages_are_merged_or_refused() {
    let (mut viewer, mut agent) = open();
    for x in 0..100 {
        agent.send(position(x)).unwrap();
        viewer
            .send(ToAgent::Screen(ScreenToAgent::Ack(FrameAck {
                id: 5,
                decode_us: 0,
                draw_us: 0,
            })))
            .unwrap();
        viewer.send(copied(&format!("{x}"))).unwrap();
    }
    settle(&mut viewer, &mut agent, NOW);
    assert_eq!(messages(&mut viewer), [position(99)]);
    assert_eq!(messages(&mut agent).len(), 2);
    let taken = (0..100).take_while(|&id| agent.send(shape(id)).is_ok()).count();
    assert_eq!(taken, CURSOR_QUEUE_MESSAGES);
    let taken = (0..100_000)
        .take_while(|&id| viewer.send(input(id)).is_ok())
        .count();
    assert!((1000..20_000).contains(&taken), "{taken}");
    settle(&mut viewer, &mut agent, NOW);
    assert_eq!(messages(&mut agent).len(), taken);
}

#[test]
fn silence_ends_a_pipe_and_pings_prevent_it() {
    let (mut viewer, mut agent) = open();
    let mut now = NOW;
    for _ in 0..100 {
        now = viewer
            .poll_deadline()
            .unwrap()
            .min(agent.poll_deadline().unwrap());
        viewer.handle_timeout(now);
        agent.handle_timeout(now);
        settle(&mut viewer, &mut agent, now);
    }
    assert!(now > NOW.after(std::time::Duration::from_secs(60)) && viewer.is_open() && agent.is_open());
    while agent.poll_event().is_some() || viewer.poll_event().is_some() {}
    // Something happens; then nothing is heard any more.
    viewer.send(input(1)).unwrap();
    settle(&mut viewer, &mut agent, now);
    viewer.handle_timeout(now);
    agent.handle_timeout(now);
    settle(&mut viewer, &mut agent, now);
    messages(&mut agent);
    messages(&mut viewer);
    agent.send(frame(1, 100)).unwrap();
    transmit(&mut agent);
    let last = now;
    while !agent.is_apart() {
        now = agent.poll_deadline().unwrap();
        agent.handle_timeout(now);
    }
    assert_eq!(now.since(last), crate::limits::PIPE_SILENCE_TIME);
    assert_eq!(agent.poll_event(), Some(Event::Lost(Loss::Silence)));
    assert_eq!(agent.poll_deadline(), None);
    now = last;
    while !viewer.is_apart() {
        now = viewer.poll_deadline().unwrap();
        viewer.handle_timeout(now);
    }
    assert_eq!(now.since(last), crate::limits::PIPE_SILENCE_VISIBLE);
    assert_eq!(viewer.poll_event(), Some(Event::Lost(Loss::Silence)));
    assert!(!viewer.is_closed() && !agent.is_closed());
}

/// Passes time and packets; bytes that both ends sent, and pings.
fn rest(viewer: &mut ViewerPipe, agent: &mut AgentPipe, now: &mut Tick, for_seconds: u64) -> (usize, usize) {
    let end = now.after(std::time::Duration::from_secs(for_seconds));
    let (mut bytes, mut packets) = (0, 0);
    loop {
        let due = viewer
            .poll_deadline()
            .unwrap()
            .min(agent.poll_deadline().unwrap());
        if due > end {
            *now = end;
            return (bytes, packets);
        }
        *now = due.max(*now);
        viewer.handle_timeout(*now);
        agent.handle_timeout(*now);
        while viewer.has_transmit() || agent.has_transmit() {
            let (up, down) = (transmit(viewer), transmit(agent));
            for packet in [&up, &down].into_iter().flatten() {
                bytes += packet.len();
                packets += 1;
            }
            if let Some(packet) = up {
                agent.handle_input(*now, &packet).unwrap();
            }
            if let Some(packet) = down {
                viewer.handle_input(*now, &packet).unwrap();
            }
        }
        while viewer.poll_event().is_some() || agent.poll_event().is_some() {}
    }
}

#[test]
fn a_pipe_on_which_nothing_happens_says_next_to_nothing() {
    let (mut viewer, mut agent) = open();
    let mut now = NOW;
    viewer.send(input(1)).unwrap();
    settle(&mut viewer, &mut agent, now);
    rest(&mut viewer, &mut agent, &mut now, 120);
    let (bytes, packets) = rest(&mut viewer, &mut agent, &mut now, 600);
    assert!(packets <= 2 * 600 / 25, "{packets} packets");
    assert!(bytes <= 600 * 4, "{bytes} bytes");
    // A ping after the first that something happened with, and the way is measured as before.
    agent.send(frame(1, 100)).unwrap();
    settle(&mut viewer, &mut agent, now);
    assert_eq!(messages(&mut viewer), [frame(1, 100)]);
    assert!(viewer.poll_deadline().unwrap() <= now);
    viewer.handle_timeout(now);
    settle(&mut viewer, &mut agent, now);
    let clocks = std::iter::from_fn(|| viewer.poll_event()).filter(|event| matches!(event, Event::Clock(_)));
    assert_eq!(clocks.count(), 1);
    assert_eq!(agent.kept().count(), 0, "it knows what arrived");
}

#[test]
fn a_pipe_that_is_to_be_steady_pings_while_nothing_happens() {
    let (mut viewer, mut agent) = open();
    let mut now = NOW;
    viewer.set_steady(true);
    let (_, packets) = rest(&mut viewer, &mut agent, &mut now, 100);
    assert!(packets >= 200, "{packets}");
    viewer.set_steady(false);
    agent.set_steady(true);
    rest(&mut viewer, &mut agent, &mut now, 100);
    let (_, packets) = rest(&mut viewer, &mut agent, &mut now, 100);
    assert!((40..60).contains(&packets), "{packets}");
    // The viewer is gone: the agent knows as soon as ever.
    let heard = now;
    while !agent.is_apart() {
        now = agent.poll_deadline().unwrap();
        agent.handle_timeout(now);
    }
    assert!(now.since(heard) <= crate::limits::PIPE_SILENCE_TIME);
}

/// What one ping said the next need not say again, unless it never left.
#[test]
fn a_ping_says_what_arrived_since_the_last() {
    let (mut viewer, mut agent) = open();
    let mut now = NOW;
    let mut ping_after = |viewer: &mut ViewerPipe, agent: &mut AgentPipe| {
        now = now.after(crate::limits::PING_VISIBLE);
        viewer.handle_timeout(now);
        let ping = transmit(viewer).unwrap();
        agent.handle_input(now, &ping).unwrap();
        settle(viewer, agent, now);
        ping.len()
    };
    agent.send(frame(1, 100)).unwrap();
    settle(&mut viewer, &mut agent, NOW);
    messages(&mut viewer);
    settle(&mut viewer, &mut agent, NOW);
    let long = ping_after(&mut viewer, &mut agent);
    assert_eq!(agent.kept().count(), 0);
    viewer.set_steady(true);
    let short = ping_after(&mut viewer, &mut agent);
    viewer.set_steady(false);
    assert!(short + 4 <= long, "{short} of {long}");
    // One that does not leave before the next takes nothing with it.
    agent.send(frame(2, 100)).unwrap();
    settle(&mut viewer, &mut agent, NOW);
    viewer.handle_timeout(Tick(4_000_000));
    viewer.handle_timeout(Tick(5_000_000));
    settle(&mut viewer, &mut agent, Tick(5_000_000));
    assert_eq!(agent.kept().count(), 0);
}

/// A ping that waits for its turn while an answer overtakes it with newer numbers is no offense.
#[test]
fn an_answer_overtakes_a_ping_that_waits() {
    let (mut viewer, mut agent) = open();
    viewer.send(input(1)).unwrap();
    settle(&mut viewer, &mut agent, NOW);
    // Made, and held up by a connection that takes nothing now.
    agent.set_steady(true);
    let due = agent.poll_deadline().unwrap();
    agent.handle_timeout(due);
    assert!(agent.has_transmit());
    let arrive = |viewer: &mut ViewerPipe, agent: &mut AgentPipe| {
        while let Some(packet) = transmit(viewer) {
            agent.handle_input(due, &packet).unwrap();
        }
    };
    viewer.send(input(2)).unwrap();
    arrive(&mut viewer, &mut agent);
    viewer.handle_timeout(due);
    arrive(&mut viewer, &mut agent);
    let mut packets = 0;
    while let Some(packet) = transmit(&mut agent) {
        viewer.handle_input(due, &packet).unwrap();
        packets += 1;
    }
    assert!(packets >= 2, "both left");
    assert_eq!(viewer.kept().count(), 0);
    assert!(viewer.is_open());
}

#[test]
fn a_handshake_that_does_not_come_is_not_waited_for() {
    let (_, mut agent) = young(ChannelSet::ALL);
    agent.connect(NOW, &ends(0).1).unwrap();
    let due = agent.poll_deadline().unwrap();
    agent.handle_timeout(Tick(due.0 - 1));
    assert!(!agent.is_apart());
    agent.handle_timeout(due);
    assert!(agent.is_apart());
    assert_eq!(agent.poll_event(), Some(Event::Lost(Loss::Handshake)));
}

#[test]
fn a_visible_viewer_pings_each_second() {
    let (mut viewer, _agent) = open();
    viewer.send(input(1)).unwrap();
    assert_eq!(
        viewer.poll_deadline(),
        Some(NOW.after(crate::limits::PING_VISIBLE))
    );
    viewer.set_visible(NOW, false);
    assert_eq!(
        viewer.poll_deadline(),
        Some(NOW.after(crate::limits::PING_HIDDEN))
    );
    viewer.set_visible(NOW, true);
    assert_eq!(viewer.poll_deadline(), Some(NOW), "at once when it comes back");
}

#[test]
fn a_close_reaches_the_peer_and_forgets_the_rest() {
    let (mut viewer, mut agent) = open();
    viewer.send(input(1)).unwrap();
    viewer.close(CloseCode::Done, "leaving");
    assert_eq!(viewer.send(input(2)), Err(Full));
    settle(&mut viewer, &mut agent, NOW);
    let closed = Closed {
        code: CloseCode::Done,
        text: "leaving".into(),
    };
    assert_eq!(agent.poll_event(), Some(Event::Closed(closed)));
    assert_eq!(agent.poll_event(), None);
    assert_eq!(agent.poll_transmit(), None);
    assert_eq!(viewer.poll_event(), None);
}

#[test]
fn violations_close_with_their_code() {
    let ack = ToAgent::Screen(ScreenToAgent::Refresh).encode();
    let cases: [(&str, Vec<u8>); 9] = [
        ("malformed", vec![1, 2]),
        ("out_of_order", packet(1, true, 1, &ack)),
        ("unknown_channel", vec![7, 1, 0, 0, 0, 0, 1]),
        ("malformed", packet(1, true, 0, &[0xff])),
        ("malformed", packet(2, true, 0, &[0x12, 0])),
        ("out_of_order", packet(0, true, 9, &[0x1a, 0])),
        // Channels are the agent's to open.
        ("unexpected", packet(0, true, 2, &[0x3a, 0])),
        // One byte more credit than the window.
        ("credit", packet(0, true, 2, &[0x1a, 4, 8, 1, 16, 1])),
        ("too_big", packet(2, false, 0, &[0; 5000])),
    ];
    for (code, bytes) in cases {
        let (mut viewer, mut agent) = open();
        assert_eq!(
            smuggle(&mut viewer, &mut agent, bytes.clone()).map_err(|e| e.code()),
            Err(code),
            "{bytes:?}"
        );
        assert!(agent.is_closed());
        let last = agent.poll_transmit().unwrap();
        viewer.handle_input(NOW, &last).unwrap();
        let closed = Closed {
            code: CloseCode::ProtocolViolation,
            text: code.into(),
        };
        assert_eq!(viewer.poll_event(), Some(Event::Closed(closed)));
        assert_eq!(agent.poll_transmit(), None);
        assert_eq!(
            agent.handle_input(NOW, &bytes),
            Ok(()),
            "a closed pipe listens to nothing"
        );
    }
}

#[test]
fn sending_beyond_the_credit_is_a_violation() {
    let (mut viewer, mut agent) = open();
    let ack = ToAgent::Screen(ScreenToAgent::Ack(FrameAck {
        id: 1,
        decode_us: 2,
        draw_us: 3,
    }))
    .encode();
    let mut result = Ok(());
    for seq in 0..100_000 {
        result = smuggle(&mut viewer, &mut agent, packet(1, true, seq, &ack));
        if result.is_err() {
            break;
        }
    }
    assert_eq!(result, Err(ProtocolError::Credit(Channel::Screen)));
}

#[test]
fn nothing_but_the_handshake_comes_first() {
    let (mut viewer, mut agent) = young(ChannelSet::ALL);
    connect(&mut viewer, &mut agent, 0);
    let hello = viewer.poll_transmit().unwrap();
    let ack = packet(1, true, 0, &ToAgent::Screen(ScreenToAgent::Refresh).encode());
    assert!(agent.handle_input(NOW, &ack).is_err());
    assert!(agent.is_apart() && !agent.is_closed());
    assert!(viewer.handle_input(NOW, &hello).is_err());
    assert!(viewer.is_apart() && !viewer.is_closed());
}

/// A viewer whose first sealed word is a farewell: the agent hears both that it came and that it went.
#[test]
fn a_viewer_may_leave_at_once() {
    let (mut viewer, mut agent) = young(ChannelSet::ALL);
    connect(&mut viewer, &mut agent, 0);
    agent.handle_input(NOW, &viewer.poll_transmit().unwrap()).unwrap();
    viewer.handle_input(NOW, &agent.poll_transmit().unwrap()).unwrap();
    viewer.close(CloseCode::Done, "changed my mind");
    settle(&mut viewer, &mut agent, NOW);
    assert!(matches!(agent.poll_event(), Some(Event::Open { .. })));
    assert!(matches!(agent.poll_event(), Some(Event::Closed(_))));
}
