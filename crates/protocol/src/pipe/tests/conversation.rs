//! Random conversations over random connections, and hostile bytes.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::super::message::Message;
use super::*;

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
    /// The connection is lost with everything on its way; one end or both notice.
    Cut(bool, bool),
    /// Both ends have a new connection.
    Connect,
    /// What somebody recorded is said to one end again.
    Replay(usize, bool),
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
        (any::<bool>(), any::<bool>()).prop_map(|(viewer, agent)| Step::Cut(viewer, agent)),
        Just(Step::Connect),
        (any::<usize>(), any::<bool>()).prop_map(|(which, to_agent)| Step::Replay(which, to_agent)),
    ]
}

/// Both ends, the packets under way between them, and what was said and heard.
struct Conversation {
    viewer: ViewerPipe,
    agent: AgentPipe,
    there: VecDeque<Vec<u8>>,
    back: VecDeque<Vec<u8>>,
    /// Everything that ever was on its way.
    seen: Vec<Vec<u8>>,
    connections: u32,
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
            seen: Vec::new(),
            connections: 0,
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

    /// Whether anything was there to be delivered.
    fn deliver(&mut self, to_agent: usize, to_viewer: usize) -> bool {
        let seen = &mut self.seen;
        let mut note = |packet: Vec<u8>| {
            if seen.len() < 500 {
                seen.push(packet.clone());
            }
            packet
        };
        self.there
            .extend(std::iter::from_fn(|| self.viewer.poll_transmit()).map(&mut note));
        self.back
            .extend(std::iter::from_fn(|| self.agent.poll_transmit()).map(&mut note));
        let any = !self.there.is_empty() || !self.back.is_empty();
        // A connection that one end has given up is a closed socket for the other, sooner or later.
        for packet in self.there.drain(..to_agent.min(self.there.len())) {
            if self.agent.handle_input(self.now, &packet).is_err() {
                assert!(!self.agent.is_closed());
                break;
            }
        }
        for packet in self.back.drain(..to_viewer.min(self.back.len())) {
            if self.viewer.handle_input(self.now, &packet).is_err() {
                assert!(!self.viewer.is_closed());
                break;
            }
        }
        any
    }

    fn cut(&mut self, viewer: bool, agent: bool) {
        self.there.clear();
        self.back.clear();
        if viewer {
            self.viewer.disconnected();
        }
        if agent {
            self.agent.disconnected();
        }
    }

    fn connect(&mut self) {
        self.cut(true, true);
        self.connections += 1;
        let (viewer, agent) = ends(self.connections);
        self.viewer.connect(self.now, &viewer).unwrap();
        self.agent.connect(self.now, &agent).unwrap();
    }

    fn play(&mut self, step: Step, number: u32) {
        match step {
            Step::Input(n) => self.say_there(input(u32::from(n) << 12 | number)),
            Step::Ack => self.say_there(ToAgent::Screen(ScreenToAgent::Refresh)),
            Step::Frame(size) => self.say_back(frame(number, size)),
            Step::Cursor => self.say_back(shape(number)),
            Step::CopyHere(size) => {
                self.say_there(copied(&"x".repeat(size)));
                self.say_there(ToAgent::Clipboard(piece(number % 100, size.max(1))));
            }
            Step::CopyThere(size) => {
                self.say_back(ToViewer::Clipboard(ClipboardMessage::of_text(&"y".repeat(size))));
                self.say_back(ToViewer::Clipboard(piece(number % 100, size.max(1))));
            }
            Step::ToAgent(count) => {
                self.deliver(count, 0);
            }
            Step::ToViewer(count) => {
                self.deliver(0, count);
            }
            Step::Read => self.read(),
            Step::Cut(viewer, agent) => self.cut(viewer, agent),
            Step::Connect => self.connect(),
            Step::Replay(which, to_agent) => {
                let Some(packet) = self.seen.get(which % self.seen.len().max(1)) else {
                    return;
                };
                let refused = if to_agent {
                    self.agent.handle_input(self.now, packet).is_err()
                } else {
                    self.viewer.handle_input(self.now, packet).is_err()
                };
                // Whoever hears something forged drops the connection, and the other end notices.
                if refused {
                    self.cut(true, true);
                }
            }
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
    fn ordered_channels_deliver_everything_once_in_order_over_any_connections(steps in prop::collection::vec(step(), 1..120)) {
        let mut talk = Conversation::new();
        for (number, step) in (1u32..).zip(steps) {
            talk.play(step, number);
        }
        talk.connect();
        for _ in 0..2000 {
            if !talk.deliver(usize::MAX, usize::MAX) {
                break;
            }
            talk.read();
        }
        prop_assert!(talk.viewer.is_open() && talk.agent.is_open());
        for (said, heard) in talk.said.iter().zip(&talk.heard) {
            for what in ["Input", "Screen(Refresh", "Screen(Frame", "Screen(CursorShape", "Clipboard(Part"] {
                prop_assert_eq!(about(said, what), about(heard, what));
            }
            let (said, heard) = (about(said, "Clipboard(Offer"), about(heard, "Clipboard(Offer"));
            prop_assert_eq!(said.last(), heard.last());
        }
    }

    #[test]
    fn hostile_packets_never_panic(
        packets in prop::collection::vec((0u8..6, 0u8..4, 0u32..4, prop::collection::vec(any::<u8>(), 0..60)), 1..40),
        sealed: bool,
    ) {
        let (mut viewer, mut agent) = open();
        let (mut young_viewer, mut young_agent) = young(ChannelSet::ALL);
        connect(&mut young_viewer, &mut young_agent, 0);
        for (channel, flags, seq, fragment) in packets {
            let mut bytes = vec![channel, flags];
            bytes.extend_from_slice(&seq.to_le_bytes());
            bytes.extend_from_slice(&fragment);
            // Each is hostile alone; what it returns does not matter, that it returns does.
            let _outcome = (young_viewer.handle_input(NOW, &bytes), young_agent.handle_input(NOW, &bytes));
            if !sealed {
                let _outcome = (viewer.handle_input(NOW, &bytes), agent.handle_input(NOW, &bytes));
                continue;
            }
            // Sealed by the other end itself, so that they are looked into.
            viewer.say_anything(bytes.clone());
            agent.say_anything(bytes);
            let said = (viewer.poll_transmit(), agent.poll_transmit());
            let _outcome = (
                said.1.map(|packet| viewer.handle_input(NOW, &packet)),
                said.0.map(|packet| agent.handle_input(NOW, &packet)),
            );
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
