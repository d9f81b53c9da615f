//! Both ends of a pipe, played by a script, and the record of what they did.

use std::collections::VecDeque;

use farol_protocol::Tick;
use farol_protocol::ids::SessionId;
use farol_protocol::pipe::message::{Message, ToAgent, ToViewer};
use farol_protocol::pipe::{
    AgentPipe, ChannelSet, CloseCode, Connect, Event, Loss, PipeKey, Role, Side, ViewerPipe,
};
use serde_json::{Value, json};

pub(crate) const SESSION: SessionId = SessionId([0x55; 16]);
pub(crate) const VIEWER_KEY: [u8; 32] = [0x61; 32];
pub(crate) const AGENT_KEY: [u8; 32] = [0x62; 32];

pub(crate) fn public(seed: [u8; 32]) -> [u8; 32] {
    PipeKey::from_seed(seed).public().to_bytes()
}

/// Both ends of a pipe, and the record of what they did.
pub(crate) struct Script {
    pub(crate) viewer: ViewerPipe,
    pub(crate) agent: AgentPipe,
    pub(crate) now: u64,
    pub(crate) connections: u8,
    pub(crate) steps: Vec<Value>,
    pub(crate) header: Value,
    /// What an end sent and the other has not received yet.
    pub(crate) to_agent: VecDeque<Vec<u8>>,
    pub(crate) to_viewer: VecDeque<Vec<u8>>,
}

impl Script {
    pub(crate) fn new(name: &str, says: &str, viewer: ChannelSet, agent: ChannelSet) -> Self {
        let header = json!({
            "name": name,
            "says": says,
            "start_us": 1_000_000,
            "session": hex(&SESSION.0),
            "viewer": { "pipe_id": hex(&[0x11; 16]), "key": hex(&VIEWER_KEY), "peer": hex(&public(AGENT_KEY)), "channels": numbers(viewer) },
            "agent": { "key": hex(&AGENT_KEY), "peer": hex(&public(VIEWER_KEY)), "channels": numbers(agent) },
        });
        Self {
            viewer: ViewerPipe::new([0x11; 16], viewer, Tick(1_000_000)),
            agent: AgentPipe::new(agent, Tick(1_000_000)),
            connections: 0,
            now: 1_000_000,
            steps: Vec::new(),
            header,
            to_agent: VecDeque::new(),
            to_viewer: VecDeque::new(),
        }
    }

    /// A pipe that is open on both sides, with everything recorded that led there.
    pub(crate) fn open(name: &str, says: &str) -> Self {
        let mut script = Self::new(name, says, ChannelSet::ALL, ChannelSet::ALL);
        script.connect();
        script.settle();
        script
    }

    /// Both ends have a new connection.
    pub(crate) fn connect(&mut self) {
        self.connections += 1;
        self.to_agent.clear();
        self.to_viewer.clear();
        for (side, own, peer) in [
            (Side::Viewer, VIEWER_KEY, AGENT_KEY),
            (Side::Agent, AGENT_KEY, VIEWER_KEY),
        ] {
            let mut ephemeral = [0x30 + self.connections; 32];
            ephemeral[0] = if side == Side::Viewer { 1 } else { 2 };
            let connect = Connect {
                session: SESSION,
                own: PipeKey::from_seed(own),
                peer: PipeKey::from_seed(peer).public(),
                ephemeral,
            };
            match side {
                Side::Viewer => self.viewer.connect(Tick(self.now), &connect).unwrap(),
                Side::Agent => self.agent.connect(Tick(self.now), &connect).unwrap(),
            }
            self.step(side, json!({ "connect": { "ephemeral": hex(&ephemeral) } }));
        }
    }

    /// The connection is gone, with everything on its way.
    pub(crate) fn disconnect(&mut self) {
        self.to_agent.clear();
        self.to_viewer.clear();
        self.viewer.disconnected();
        self.agent.disconnected();
        for side in [Side::Viewer, Side::Agent] {
            self.step(side, json!({ "disconnected": true }));
        }
    }

    /// The agent's rights change.
    pub(crate) fn set_channels(&mut self, channels: ChannelSet) {
        self.agent.set_channels(channels);
        self.step(Side::Agent, json!({ "set_channels": numbers(channels) }));
    }

    /// The viewer receives a packet that the agent sealed, though no agent would say it.
    pub(crate) fn smuggle(&mut self, packet: &[u8]) {
        self.agent.say_anything(packet.to_vec());
        let sealed = self.agent.poll_transmit().unwrap();
        self.receive(Side::Viewer, &sealed);
    }

    pub(crate) fn step(&mut self, side: Side, mut what: Value) {
        what["side"] = json!(side_name(side));
        what["now_us"] = json!(self.now);
        self.steps.push(what);
    }

    pub(crate) fn viewer_sends(&mut self, message: ToAgent) {
        let step = send_step(&message);
        let result = if self.viewer.send(message).is_ok() {
            "ok"
        } else {
            "full"
        };
        self.step(Side::Viewer, json!({ "send": step, "result": result }));
    }

    pub(crate) fn agent_sends(&mut self, message: ToViewer) {
        let step = send_step(&message);
        let result = if self.agent.send(message).is_ok() {
            "ok"
        } else {
            "full"
        };
        self.step(Side::Agent, json!({ "send": step, "result": result }));
    }

    /// Takes everything that both ends would send now, without delivering it.
    pub(crate) fn transmit(&mut self, side: Side) {
        loop {
            let packet = match side {
                Side::Viewer => self.viewer.poll_transmit(),
                Side::Agent => self.agent.poll_transmit(),
            };
            let Some(packet) = packet else { break };
            self.step(side, json!({ "transmit": hex(&packet) }));
            match side {
                Side::Viewer => self.to_agent.push_back(packet),
                Side::Agent => self.to_viewer.push_back(packet),
            }
        }
        self.step(side, json!({ "transmit": null }));
    }

    pub(crate) fn deliver(&mut self, to: Side) {
        let packets: Vec<_> = match to {
            Side::Viewer => self.to_viewer.drain(..).collect(),
            Side::Agent => self.to_agent.drain(..).collect(),
        };
        for packet in packets {
            self.receive(to, &packet);
        }
    }

    pub(crate) fn receive(&mut self, side: Side, packet: &[u8]) {
        let outcome = match side {
            Side::Viewer => self.viewer.handle_input(Tick(self.now), packet),
            Side::Agent => self.agent.handle_input(Tick(self.now), packet),
        };
        let error = outcome.err().map(|error| error.code());
        self.step(side, json!({ "receive": hex(packet), "error": error }));
    }

    pub(crate) fn events(&mut self, side: Side) {
        loop {
            let event = match side {
                Side::Viewer => self
                    .viewer
                    .poll_event()
                    .map(event_value::<farol_protocol::pipe::Viewer>),
                Side::Agent => self
                    .agent
                    .poll_event()
                    .map(event_value::<farol_protocol::pipe::Agent>),
            };
            let done = event.is_none();
            self.step(side, json!({ "event": event }));
            if done {
                return;
            }
        }
    }

    pub(crate) fn timeout(&mut self, side: Side) {
        match side {
            Side::Viewer => self.viewer.handle_timeout(Tick(self.now)),
            Side::Agent => self.agent.handle_timeout(Tick(self.now)),
        }
        self.step(side, json!({ "timeout": true }));
    }

    pub(crate) fn deadline(&mut self, side: Side) {
        let deadline = match side {
            Side::Viewer => self.viewer.poll_deadline(),
            Side::Agent => self.agent.poll_deadline(),
        };
        self.step(side, json!({ "deadline_us": deadline.map(|tick| tick.0) }));
    }

    pub(crate) fn writable(&mut self) {
        let writable = self.agent.screen_writable();
        self.step(Side::Agent, json!({ "screen_writable": writable }));
    }

    pub(crate) fn visible(&mut self, visible: bool) {
        self.viewer.set_visible(Tick(self.now), visible);
        self.step(Side::Viewer, json!({ "set_visible": visible }));
    }

    pub(crate) fn close(&mut self, side: Side, code: CloseCode, text: &str) {
        match side {
            Side::Viewer => self.viewer.close(code, text),
            Side::Agent => self.agent.close(code, text),
        }
        self.step(side, json!({ "close": { "code": code.code(), "text": text } }));
    }

    pub(crate) fn later(&mut self, micros: u64) {
        self.now += micros;
    }

    /// Passes packets on and takes events until both ends are quiet; each way takes 10 ms.
    pub(crate) fn settle(&mut self) {
        loop {
            self.transmit(Side::Viewer);
            self.transmit(Side::Agent);
            if self.to_agent.is_empty() && self.to_viewer.is_empty() {
                return;
            }
            self.later(10_000);
            self.deliver(Side::Agent);
            self.deliver(Side::Viewer);
            self.events(Side::Viewer);
            self.events(Side::Agent);
        }
    }

    pub(crate) fn finish(mut self) -> Value {
        self.header["steps"] = Value::Array(self.steps);
        self.header
    }
}

pub(crate) fn side_name(side: Side) -> &'static str {
    match side {
        Side::Viewer => "viewer",
        Side::Agent => "agent",
    }
}

pub(crate) fn numbers(channels: ChannelSet) -> Vec<u8> {
    channels.iter().map(|channel| channel.number()).collect()
}

pub(crate) fn send_step<M: Message + Clone>(message: &M) -> Value {
    let channel = message.channel().number();
    json!({ "channel": channel, "class": format!("{:?}", message.class()), "message": hex(&message.clone().encode()) })
}

pub(crate) fn event_value<R: Role>(event: Event<R::In>) -> Value {
    match event {
        Event::Open { channels, resumed } => {
            json!({ "kind": "open", "channels": numbers(channels), "resumed": resumed })
        }
        Event::Channels(channels) => json!({ "kind": "channels", "channels": numbers(channels) }),
        Event::Lost(Loss::Silence) => json!({ "kind": "lost", "by": "silence" }),
        Event::Lost(Loss::Handshake) => json!({ "kind": "lost", "by": "handshake" }),
        Event::Message(message) => {
            let channel = message.channel().number();
            json!({ "kind": "message", "channel": channel, "message": hex(&message.encode()) })
        }
        Event::Clock(clock) => json!({
            "kind": "clock",
            "rtt_us": clock.rtt_us,
            "min_rtt_us": clock.min_rtt_us,
            "offset_us": clock.offset_us,
        }),
        Event::Closed(closed) => {
            json!({ "kind": "closed", "code": closed.code.code(), "text": closed.text })
        }
    }
}

/// Hex where runs of one byte are written short: `0a14 00*64 ff`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut pieces = vec![String::new()];
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let run = bytes[at..].iter().take_while(|&&b| b == byte).count();
        if run >= 16 {
            pieces.push(format!("{byte:02x}*{run}"));
            pieces.push(String::new());
        } else {
            pieces
                .last_mut()
                .unwrap()
                .push_str(&format!("{byte:02x}").repeat(run));
        }
        at += run;
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces.join(" ")
}
