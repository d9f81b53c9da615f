//! The pipe's state machine, the same for both sides: handshake, order of sending, credit, clock, end.
//!
//! ```text
//! viewer   Greeting ──PipeAccept──▶ Open ──close, violation, silence──▶ Closed
//! agent    Greeting ──PipeHello───▶ Open ──close, violation, silence──▶ Closed
//! ```
//! Messages go in and out as bytes here; `mod.rs` puts types around them.

use super::clock::{Clock, ClockEstimate, Exchange};
use super::control::{CloseCode, Control, handshake_v1};
use super::inbox::{Complete, Inbox};
use super::message::Class;
use super::outbox::{ControlOut, Lane};
use super::{Channel, ChannelSet, Closed, ClosedBy, Side};
use crate::error::Full;
use crate::ids::Nonce;
use crate::limits::{PING_HIDDEN, PING_VISIBLE, PIPE_HANDSHAKE_TIME, PIPE_SILENCE_TIME};
use crate::{ProtocolError, Tick, packet};

/// The pipe protocol spoken here.
pub(crate) const VERSION: u32 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Greeting,
    Open,
    Closed,
}

/// What one received packet led to.
#[derive(Debug)]
pub(crate) enum Outcome {
    Nothing,
    Opened(ChannelSet),
    Message(Channel, Complete),
    Clock(ClockEstimate),
    Closed(Closed),
}

#[derive(Debug)]
pub(crate) struct Core {
    side: Side,
    life: Life,
    handshake: Nonce,
    /// Wanted (viewer) or allowed (agent) until open; then what is open.
    channels: ChannelSet,
    control_out: ControlOut,
    control_in: Inbox,
    /// In sending order, as [`Channel::DATA`].
    lanes: [Lane; 3],
    inboxes: [Inbox; 3],
    clock: Clock,
    visible: bool,
    started: Tick,
    last_heard: Tick,
    last_ping: Tick,
    ping_now: bool,
}

impl Core {
    pub(crate) fn new(side: Side, handshake: Nonce, channels: ChannelSet, now: Tick) -> Self {
        let mut core = Self {
            side,
            life: Life::Greeting,
            handshake,
            channels,
            control_out: ControlOut::default(),
            control_in: Inbox::new(Channel::Control, side),
            lanes: Channel::DATA.map(|channel| Lane::new(channel, side.peer())),
            inboxes: Channel::DATA.map(|channel| Inbox::new(channel, side)),
            clock: Clock::default(),
            visible: true,
            started: now,
            last_heard: now,
            last_ping: now,
            ping_now: false,
        };
        if side == Side::Viewer {
            let handshake = handshake.to_vec();
            core.control_out.handshake = Some(Control::Hello {
                version: VERSION,
                handshake,
                channels,
            });
        }
        core
    }

    pub(crate) fn is_open(&self) -> bool {
        self.life == Life::Open
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.life == Life::Closed
    }

    fn has(&self, channel: Channel) -> bool {
        self.is_open() && self.channels.contains(channel)
    }

    pub(crate) fn can_send(&self, channel: Channel) -> bool {
        self.has(channel)
    }

    pub(crate) fn writable(&self, channel: Channel) -> bool {
        self.has(channel)
            && self
                .lanes
                .iter()
                .zip(Channel::DATA)
                .any(|(lane, c)| c == channel && lane.writable())
    }

    pub(crate) fn push(&mut self, channel: Channel, class: Class, bytes: Vec<u8>) -> Result<(), Full> {
        if !self.has(channel) {
            return Err(Full);
        }
        self.lane(channel)
            .map_or(Err(Full), |lane| lane.push(class, bytes))
    }

    fn lane(&mut self, channel: Channel) -> Option<&mut Lane> {
        Channel::DATA
            .iter()
            .position(|&c| c == channel)
            .and_then(|at| self.lanes.get_mut(at))
    }

    fn inbox(&mut self, channel: Channel) -> Option<&mut Inbox> {
        Channel::DATA
            .iter()
            .position(|&c| c == channel)
            .and_then(|at| self.inboxes.get_mut(at))
    }

    pub(crate) fn handle_input(&mut self, now: Tick, packet: &[u8]) -> Result<Outcome, ProtocolError> {
        if self.is_closed() {
            return Ok(Outcome::Nothing);
        }
        self.accept_packet(now, packet)
            .inspect_err(|error| self.fail(error))
    }

    /// Ends the pipe because of the peer's fault; the peer is told the code.
    pub(crate) fn fail(&mut self, error: &ProtocolError) {
        let code = match error {
            ProtocolError::Version(_) => CloseCode::VersionNotSupported,
            _ => CloseCode::ProtocolViolation,
        };
        self.close(code, error.code().into());
    }

    pub(crate) fn close(&mut self, code: CloseCode, text: String) {
        if !self.is_closed() {
            self.life = Life::Closed;
            self.control_out.close(code, text);
        }
    }

    fn accept_packet(&mut self, now: Tick, packet: &[u8]) -> Result<Outcome, ProtocolError> {
        let (header, fragment) = packet::decode(packet)?;
        self.last_heard = self.last_heard.max(now);
        if header.channel == Channel::Control {
            let Some(complete) = self.control_in.take(header, fragment)? else {
                return Ok(Outcome::Nothing);
            };
            return self.on_control(now, Control::parse(&complete.bytes)?);
        }
        if self.life == Life::Greeting {
            return Err(ProtocolError::Unexpected("packet before the handshake"));
        }
        let channel = header.channel;
        if !self.channels.contains(channel) {
            return Err(ProtocolError::ChannelNotOpen(channel));
        }
        let inbox = self
            .inbox(channel)
            .ok_or(ProtocolError::ChannelNotOpen(channel))?;
        let complete = inbox.take(header, fragment)?;
        self.return_credit(channel);
        Ok(complete.map_or(Outcome::Nothing, |complete| Outcome::Message(channel, complete)))
    }

    fn on_control(&mut self, now: Tick, message: Control) -> Result<Outcome, ProtocolError> {
        match (self.life, self.side, message) {
            (_, _, Control::Close { code, text }) => {
                self.life = Life::Closed;
                self.control_out.clear();
                Ok(Outcome::Closed(Closed {
                    code,
                    text,
                    by: ClosedBy::Peer,
                }))
            }
            (
                Life::Greeting,
                Side::Agent,
                Control::Hello {
                    version,
                    handshake,
                    channels,
                },
            ) => self.on_hello(now, version, &handshake, channels),
            (
                Life::Greeting,
                Side::Viewer,
                Control::Accept {
                    version,
                    handshake,
                    channels,
                },
            ) => self.on_accept(now, version, &handshake, channels),
            (Life::Open, _, Control::Credit { channel, bytes }) => self.on_credit(channel, bytes),
            (Life::Open, _, Control::Ping { id, sent_us }) => {
                self.control_out.pong = Some(Control::Pong {
                    id,
                    sent_us,
                    received_us: now.0,
                    replied_us: now.0,
                });
                Ok(Outcome::Nothing)
            }
            (
                Life::Open,
                _,
                Control::Pong {
                    id,
                    sent_us,
                    received_us,
                    replied_us,
                },
            ) => {
                let exchange = Exchange {
                    sent: sent_us,
                    peer_received: received_us,
                    peer_replied: replied_us,
                    received: now.0,
                };
                Ok(self
                    .clock
                    .pong(id, exchange)
                    .map_or(Outcome::Nothing, Outcome::Clock))
            }
            _ => Err(ProtocolError::Unexpected("control message")),
        }
    }

    /// The handshake of version 1 proves nothing; a later version puts Noise IK into the same two messages.
    fn on_hello(
        &mut self,
        now: Tick,
        version: u32,
        handshake: &[u8],
        wanted: ChannelSet,
    ) -> Result<Outcome, ProtocolError> {
        if version != VERSION {
            return Err(ProtocolError::Version(version));
        }
        handshake_v1(handshake)?;
        let channels = self.channels.and(wanted);
        let handshake = self.handshake.to_vec();
        self.control_out.handshake = Some(Control::Accept {
            version: VERSION,
            handshake,
            channels,
        });
        Ok(self.open(now, channels))
    }

    fn on_accept(
        &mut self,
        now: Tick,
        version: u32,
        handshake: &[u8],
        granted: ChannelSet,
    ) -> Result<Outcome, ProtocolError> {
        if version != VERSION {
            return Err(ProtocolError::Version(version));
        }
        handshake_v1(handshake)?;
        if granted.and(self.channels) != granted {
            return Err(ProtocolError::Unexpected("channel in the accept"));
        }
        Ok(self.open(now, granted))
    }

    fn open(&mut self, now: Tick, channels: ChannelSet) -> Outcome {
        self.life = Life::Open;
        self.channels = channels;
        self.send_ping(now);
        Outcome::Opened(channels)
    }

    fn on_credit(&mut self, channel: Channel, bytes: u32) -> Result<Outcome, ProtocolError> {
        if !self.channels.contains(channel) {
            return Err(ProtocolError::ChannelNotOpen(channel));
        }
        let granted = self.lane(channel).is_some_and(|lane| lane.grant(bytes));
        if granted {
            Ok(Outcome::Nothing)
        } else {
            Err(ProtocolError::Credit(channel))
        }
    }

    /// Notes that the application took a message.
    pub(crate) fn consumed(&mut self, channel: Channel, bytes: u32) {
        if let Some(inbox) = self.inbox(channel) {
            inbox.consume(bytes);
        }
        self.return_credit(channel);
    }

    fn return_credit(&mut self, channel: Channel) {
        if self.is_open()
            && let Some(bytes) = self.inbox(channel).and_then(Inbox::due_credit)
        {
            self.control_out.add_credit(channel, bytes);
        }
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        if let Some(packet) = self.control_out.next_packet() {
            return Some(packet);
        }
        if !self.is_open() {
            return None;
        }
        self.lanes.iter_mut().find_map(Lane::next_packet)
    }

    pub(crate) fn has_transmit(&self) -> bool {
        self.control_out.has_packet() || (self.is_open() && self.lanes.iter().any(Lane::has_packet))
    }

    pub(crate) fn set_visible(&mut self, visible: bool) {
        self.ping_now |= visible && !self.visible;
        self.visible = visible;
    }

    fn send_ping(&mut self, now: Tick) {
        let id = self.clock.ping(now);
        self.control_out.ping = Some(Control::Ping { id, sent_us: now.0 });
        self.last_ping = now;
        self.ping_now = false;
    }

    fn ping_due(&self) -> Tick {
        if self.ping_now {
            return self.last_ping;
        }
        let visible = self.side == Side::Viewer && self.visible;
        self.last_ping
            .after(if visible { PING_VISIBLE } else { PING_HIDDEN })
    }

    /// When the peer is given up.
    fn patience(&self) -> Tick {
        match self.life {
            Life::Greeting => self.started.after(PIPE_HANDSHAKE_TIME),
            _ => self.last_heard.after(PIPE_SILENCE_TIME),
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Tick) -> Option<Closed> {
        if self.is_closed() {
            return None;
        }
        if now >= self.patience() {
            self.close(CloseCode::TimedOut, "timed_out".into());
            return Some(Closed {
                code: CloseCode::TimedOut,
                text: "timed_out".into(),
                by: ClosedBy::Timeout,
            });
        }
        if self.is_open() && now >= self.ping_due() {
            self.send_ping(now);
        }
        None
    }

    pub(crate) fn poll_deadline(&self) -> Option<Tick> {
        match self.life {
            Life::Closed => None,
            Life::Greeting => Some(self.patience()),
            Life::Open => Some(self.patience().min(self.ping_due())),
        }
    }
}
