//! The pipe as a whole: both ends talking, and one end against hostile bytes.

use proptest::prelude::*;

use super::message::clipboard::ClipboardMessage;
use super::message::input::{InputAction, InputEvent, InputToAgent, InputToViewer};
use super::message::screen::{
    CursorPosition, CursorShape, Frame, FrameAck, FrameTimes, ScreenCondition, ScreenState, ScreenToAgent,
    ScreenToViewer,
};
use super::message::{ToAgent, ToViewer};
use super::*;
use crate::limits::{CURSOR_QUEUE_MESSAGES, FRAGMENT_MAX, PACKET_HEADER, SCREEN_TO_VIEWER_CREDIT};
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

fn open() -> (ViewerPipe, AgentPipe) {
    let mut viewer = ViewerPipe::new([1; 32], ChannelSet::ALL, NOW);
    let mut agent = AgentPipe::new([2; 32], ChannelSet::ALL, NOW);
    settle(&mut viewer, &mut agent, NOW);
    assert!(matches!(viewer.poll_event(), Some(Event::Open(ChannelSet::ALL))));
    assert!(matches!(agent.poll_event(), Some(Event::Open(ChannelSet::ALL))));
    messages(&mut viewer);
    messages(&mut agent);
    (viewer, agent)
}

#[test]
fn what_is_open_is_what_both_want() {
    let mut viewer = ViewerPipe::new([1; 32], ChannelSet::ALL, NOW);
    let mut agent = AgentPipe::new([2; 32], ChannelSet::VIEW, NOW);
    assert_eq!(
        viewer.send(input(1)),
        Err(Full),
        "nothing is sent before the pipe is open"
    );
    settle(&mut viewer, &mut agent, NOW);
    assert_eq!(viewer.poll_event(), Some(Event::Open(ChannelSet::VIEW)));
    assert_eq!(agent.poll_event(), Some(Event::Open(ChannelSet::VIEW)));
    assert_eq!(viewer.send(input(1)), Err(Full));
    assert!(viewer.has(Channel::Screen) && !viewer.has(Channel::Input));
    let smuggled = packet(2, true, 0, &input(1).encode());
    assert_eq!(
        agent.handle_input(NOW, &smuggled),
        Err(ProtocolError::ChannelNotOpen(Channel::Input))
    );
}

#[test]
fn input_overtakes_a_picture_and_a_cursor_only_the_next_one() {
    let (mut viewer, mut agent) = open();
    agent.send(frame(1, 3 * FRAGMENT_MAX)).unwrap();
    let first = agent.poll_transmit().unwrap();
    assert_eq!(first.len(), PACKET_HEADER + FRAGMENT_MAX);
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
    for copy in 0..50 {
        viewer
            .send(ToAgent::Clipboard(ClipboardMessage::of_text(
                format!("{copy}").repeat(500_000),
            )))
            .unwrap();
        settle(&mut viewer, &mut agent, NOW);
    }
    assert!((1..=2).contains(&messages(&mut agent).len()));
    settle(&mut viewer, &mut agent, NOW);
    let begun = messages(&mut agent);
    settle(&mut viewer, &mut agent, NOW);
    let newest = ToAgent::Clipboard(ClipboardMessage::of_text("49".repeat(500_000)));
    assert_eq!(
        (begun.len(), messages(&mut agent)),
        (1, vec![newest]),
        "the one under way, then the newest"
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
        viewer
            .send(ToAgent::Clipboard(ClipboardMessage::of_text(format!("{x}"))))
            .unwrap();
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
    while agent.poll_event().is_some() {}
    let last = now;
    while !agent.is_closed() {
        now = agent.poll_deadline().unwrap();
        agent.handle_timeout(now);
    }
    assert_eq!(now.since(last), crate::limits::PIPE_SILENCE_TIME);
    assert!(matches!(
        agent.poll_event(),
        Some(Event::Closed(Closed {
            by: ClosedBy::Timeout,
            ..
        }))
    ));
    assert_eq!(agent.poll_deadline(), None);
}

#[test]
fn a_handshake_that_does_not_come_is_not_waited_for() {
    let mut agent = AgentPipe::new([2; 32], ChannelSet::ALL, NOW);
    let due = agent.poll_deadline().unwrap();
    agent.handle_timeout(Tick(due.0 - 1));
    assert!(!agent.is_closed());
    agent.handle_timeout(due);
    assert!(agent.is_closed());
}

#[test]
fn a_visible_viewer_pings_each_second() {
    let (mut viewer, _agent) = open();
    assert_eq!(
        viewer.poll_deadline(),
        Some(NOW.after(crate::limits::PING_VISIBLE))
    );
    viewer.set_visible(false);
    assert_eq!(
        viewer.poll_deadline(),
        Some(NOW.after(crate::limits::PING_HIDDEN))
    );
    viewer.set_visible(true);
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
        by: ClosedBy::Peer,
    };
    assert_eq!(agent.poll_event(), Some(Event::Closed(closed)));
    assert_eq!(agent.poll_event(), None);
    assert_eq!(agent.poll_transmit(), None);
    assert_eq!(viewer.poll_event(), None);
}

#[test]
fn violations_close_with_their_code() {
    let ack = ToAgent::Screen(ScreenToAgent::Refresh).encode();
    let hello = packet(0, true, 1, &{
        let mut viewer = ViewerPipe::new([1; 32], ChannelSet::ALL, NOW);
        viewer.poll_transmit().unwrap().split_off(PACKET_HEADER)
    });
    let cases: [(&str, Vec<u8>); 9] = [
        ("malformed", vec![1, 2]),
        ("out_of_order", packet(1, true, 1, &ack)),
        ("unknown_channel", vec![7, 1, 0, 0, 0, 0, 1]),
        ("malformed", packet(1, true, 0, &[0xff])),
        ("malformed", packet(2, true, 0, &[0x12, 0])),
        ("out_of_order", hello.clone()),
        ("unexpected", packet(0, true, 3, &hello[PACKET_HEADER..])),
        // One byte more credit than the window.
        ("credit", packet(0, true, 3, &[0x1a, 4, 8, 1, 16, 1])),
        ("too_big", packet(2, false, 0, &[0; 5000])),
    ];
    for (code, bytes) in cases {
        let (_viewer, mut agent) = open();
        assert_eq!(
            agent.handle_input(NOW, &bytes).map_err(|e| e.code()),
            Err(code),
            "{bytes:?}"
        );
        assert!(agent.is_closed());
        let last = agent.poll_transmit().unwrap();
        assert!(String::from_utf8_lossy(&last).contains(code));
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
    let (_viewer, mut agent) = open();
    let ack = ToAgent::Screen(ScreenToAgent::Ack(FrameAck {
        id: 1,
        decode_us: 2,
        draw_us: 3,
    }))
    .encode();
    let mut result = Ok(());
    for seq in 0..100_000 {
        result = agent.handle_input(NOW, &packet(1, true, seq, &ack));
        if result.is_err() {
            break;
        }
    }
    assert_eq!(result, Err(ProtocolError::Credit(Channel::Screen)));
}

#[test]
fn nothing_but_the_handshake_comes_first() {
    let ack = packet(1, true, 0, &ToAgent::Screen(ScreenToAgent::Refresh).encode());
    let mut agent = AgentPipe::new([2; 32], ChannelSet::ALL, NOW);
    assert_eq!(
        agent.handle_input(NOW, &ack).map_err(|e| e.code()),
        Err("unexpected")
    );
    let mut viewer = ViewerPipe::new([1; 32], ChannelSet::ALL, NOW);
    let hello = viewer.poll_transmit().unwrap();
    assert_eq!(
        viewer.handle_input(NOW, &hello).map_err(|e| e.code()),
        Err("unexpected")
    );
}

/// One step of a random conversation.
#[derive(Debug, Clone)]
enum Step {
    Input(u16),
    Ack,
    Frame(usize),
    Cursor,
    CopyHere(usize),
    CopyThere(usize),
    ToAgent(usize),
    ToViewer(usize),
    Read,
    Time(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<u16>().prop_map(Step::Input),
        Just(Step::Ack),
        (1usize..200_000).prop_map(Step::Frame),
        Just(Step::Cursor),
        (0usize..90_000).prop_map(Step::CopyHere),
        (0usize..90_000).prop_map(Step::CopyThere),
        (1usize..9).prop_map(Step::ToAgent),
        (1usize..9).prop_map(Step::ToViewer),
        Just(Step::Read),
        (0u64..900_000).prop_map(Step::Time),
    ]
}

/// Both ends, the packets under way between them, and what was said and heard.
struct Conversation {
    viewer: ViewerPipe,
    agent: AgentPipe,
    there: VecDeque<Vec<u8>>,
    back: VecDeque<Vec<u8>>,
    now: Tick,
    said: [Vec<String>; 2],
    heard: [Vec<String>; 2],
}

impl Conversation {
    fn new() -> Self {
        let (viewer, agent) = open();
        let (there, back) = (VecDeque::new(), VecDeque::new());
        Self {
            viewer,
            agent,
            there,
            back,
            now: NOW,
            said: <_>::default(),
            heard: <_>::default(),
        }
    }

    fn say_there(&mut self, message: ToAgent) {
        let text = format!("{message:?}");
        if self.viewer.send(message).is_ok() {
            self.said[0].push(text);
        }
    }

    fn say_back(&mut self, message: ToViewer) {
        let text = format!("{message:?}");
        if self.agent.send(message).is_ok() {
            self.said[1].push(text);
        }
    }

    fn read(&mut self) {
        self.heard[0].extend(messages(&mut self.agent).iter().map(|m| format!("{m:?}")));
        self.heard[1].extend(messages(&mut self.viewer).iter().map(|m| format!("{m:?}")));
    }

    fn deliver(&mut self, to_agent: usize, to_viewer: usize) {
        self.there
            .extend(std::iter::from_fn(|| self.viewer.poll_transmit()));
        self.back
            .extend(std::iter::from_fn(|| self.agent.poll_transmit()));
        for packet in self.there.drain(..to_agent.min(self.there.len())) {
            self.agent.handle_input(self.now, &packet).unwrap();
        }
        for packet in self.back.drain(..to_viewer.min(self.back.len())) {
            self.viewer.handle_input(self.now, &packet).unwrap();
        }
    }

    fn play(&mut self, step: Step, number: u32) {
        match step {
            Step::Input(n) => self.say_there(input(u32::from(n) << 12 | number)),
            Step::Ack => self.say_there(ToAgent::Screen(ScreenToAgent::Refresh)),
            Step::Frame(size) => self.say_back(frame(number, size)),
            Step::Cursor => self.say_back(shape(number)),
            Step::CopyHere(size) => {
                self.say_there(ToAgent::Clipboard(ClipboardMessage::Text("x".repeat(size))))
            }
            Step::CopyThere(size) => {
                self.say_back(ToViewer::Clipboard(ClipboardMessage::Text("y".repeat(size))))
            }
            Step::ToAgent(count) => self.deliver(count, 0),
            Step::ToViewer(count) => self.deliver(0, count),
            Step::Read => self.read(),
            Step::Time(micros) => {
                self.now = Tick(self.now.0 + micros);
                self.viewer.handle_timeout(self.now);
                self.agent.handle_timeout(self.now);
            }
        }
    }
}

/// What was said on one ordered channel; the clipboard is left out, where only the newest counts.
fn about(said: &[String], what: &str) -> Vec<String> {
    said.iter()
        .filter(|text| text.starts_with(what))
        .cloned()
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn ordered_channels_deliver_everything_once_in_order(steps in prop::collection::vec(step(), 1..120)) {
        let mut talk = Conversation::new();
        for (number, step) in (1u32..).zip(steps) {
            talk.play(step, number);
        }
        for _ in 0..2000 {
            talk.deliver(usize::MAX, usize::MAX);
            talk.read();
        }
        prop_assert!(talk.viewer.is_open() && talk.agent.is_open());
        for (said, heard) in talk.said.iter().zip(&talk.heard) {
            for what in ["Input", "Screen(Refresh", "Screen(Frame", "Screen(CursorShape"] {
                prop_assert_eq!(about(said, what), about(heard, what));
            }
            let (said, heard) = (about(said, "Clipboard"), about(heard, "Clipboard"));
            prop_assert_eq!(said.last(), heard.last());
        }
    }

    #[test]
    fn hostile_packets_never_panic(
        packets in prop::collection::vec((0u8..6, 0u8..4, 0u32..4, prop::collection::vec(any::<u8>(), 0..60)), 1..40),
        greeted: bool,
    ) {
        let (mut viewer, mut agent) = open();
        if !greeted {
            viewer = ViewerPipe::new([1; 32], ChannelSet::ALL, NOW);
            agent = AgentPipe::new([2; 32], ChannelSet::ALL, NOW);
        }
        for (channel, flags, seq, fragment) in packets {
            let mut bytes = vec![channel, flags];
            bytes.extend_from_slice(&seq.to_le_bytes());
            bytes.extend_from_slice(&fragment);
            // Each is hostile alone; what it returns does not matter, that it returns does.
            let _outcome = (viewer.handle_input(NOW, &bytes), agent.handle_input(NOW, &bytes));
            while viewer.poll_event().is_some() || agent.poll_event().is_some() {}
            while viewer.poll_transmit().is_some() || agent.poll_transmit().is_some() {}
        }
    }

    #[test]
    fn hostile_messages_never_panic(channel in 0u8..4, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let channel = Channel::from_number(channel).unwrap();
        if let Ok(message) = ToAgent::parse(channel, &bytes) {
            prop_assert_eq!(ToAgent::parse(channel, &message.clone().encode()), Ok(message));
        }
        if let Ok(message) = ToViewer::parse(channel, &bytes) {
            prop_assert_eq!(ToViewer::parse(channel, &message.clone().encode()), Ok(message));
        }
    }
}
