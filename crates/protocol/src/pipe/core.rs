//! The pipe's state machine, the same for both sides: connections with their handshake, order of sending, credit, clock, end.
//!
//! ```text
//! a pipe         Young ──first connection──▶ Running ──close, violation──▶ Closed
//! a connection   Apart ──connect──▶ Greeting ──handshake──▶ Up ──disconnected, silence, forgery──▶ Apart
//! ```
//! Connections come and go; the channels' lanes and inboxes stay, and go on where the other end stopped receiving. A hello can
//! be recorded and said again by whoever carries it, so an agent acts on one only after the first sealed packet: that is what
//! `Greeting::Answered` waits for. Messages go in and out as bytes here; `mod.rs` puts types around them.

use super::clock::{Clock, ClockEstimate, Exchange};
use super::control::{CloseCode, Control};
use super::greeting::{Accept, AllProgress, Hello, PipeId};
use super::inbox::{Complete, Inbox};
use super::liveness::Liveness;
use super::message::Class;
use super::noise::{Connect, Handshake, Seal};
use super::outbox::{ControlOut, Lane};
use super::{Channel, ChannelSet, Closed, Loss, Side};
use crate::error::Full;
use crate::limits::{BULK_EVERY, PIPE_HANDSHAKE_TIME};
use crate::{ProtocolError, Tick, packet};

/// The pipe protocol spoken here.
pub(crate) const VERSION: u8 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Young,
    Running,
    Closed,
}

/// The one connection, if there is one.
#[derive(Debug)]
enum Connection {
    Apart,
    Greeting { since: Tick, with: Greeting },
    Up(Box<Seal>),
}

#[derive(Debug)]
enum Greeting {
    /// The viewer said hello and waits for the accept.
    Called(Box<Handshake>),
    /// The agent waits for the hello.
    Listening(Box<Handshake>),
    /// The agent accepted, and waits for proof that the hello was said now.
    Answered {
        seal: Box<Seal>,
        hello: Box<Hello>,
        told: ChannelSet,
        resumes: bool,
    },
}

/// What one received packet led to.
#[derive(Debug)]
pub(crate) enum Outcome {
    Nothing,
    /// And what the packet that proved it led to.
    Opened {
        channels: ChannelSet,
        resumed: bool,
        then: Box<Outcome>,
    },
    Channels(ChannelSet),
    Message(Channel, Complete),
    Clock(ClockEstimate),
    Closed(Closed),
}

#[derive(Debug)]
pub(crate) struct Core {
    side: Side,
    life: Life,
    connection: Connection,
    /// The viewer's own; at the agent that of the viewer whose packets are remembered.
    pipe: Option<PipeId>,
    /// What the viewer would like; at the agent from the hello.
    wanted: ChannelSet,
    /// What the session's rights allow. At the viewer everything.
    allowed: ChannelSet,
    /// What is open.
    channels: ChannelSet,
    /// What was open at any time since both ends began: what comes late on a closed one is no fault.
    known: ChannelSet,
    greeting_out: Option<Vec<u8>>,
    #[cfg(any(test, feature = "oracle"))]
    hostile_out: Option<Vec<u8>>,
    control_out: ControlOut,
    control_in: Inbox,
    /// In sending order, as [`Channel::DATA`].
    lanes: [Lane; Channel::DATA.len()],
    inboxes: [Inbox; Channel::DATA.len()],
    /// Packets of pictures that went before one that could wait, since the last of those.
    since_bulk: u32,
    clock: Clock,
    liveness: Liveness,
    /// What pings of this connection said that has arrived, by channel.
    told: [Option<u32>; Channel::DATA.len()],
}

impl Core {
    pub(crate) fn viewer(pipe: PipeId, wanted: ChannelSet, now: Tick) -> Self {
        Self::new(Side::Viewer, Some(pipe), wanted, ChannelSet::ALL, now)
    }

    pub(crate) fn agent(allowed: ChannelSet, now: Tick) -> Self {
        Self::new(Side::Agent, None, ChannelSet::NONE, allowed, now)
    }

    fn new(side: Side, pipe: Option<PipeId>, wanted: ChannelSet, allowed: ChannelSet, now: Tick) -> Self {
        Self {
            side,
            life: Life::Young,
            connection: Connection::Apart,
            pipe,
            wanted,
            allowed,
            channels: ChannelSet::NONE,
            known: ChannelSet::NONE,
            greeting_out: None,
            #[cfg(any(test, feature = "oracle"))]
            hostile_out: None,
            control_out: ControlOut::default(),
            control_in: Inbox::new(Channel::Control, side),
            lanes: Channel::DATA.map(|channel| Lane::new(channel, side.peer())),
            inboxes: Channel::DATA.map(|channel| Inbox::new(channel, side)),
            since_bulk: 0,
            clock: Clock::default(),
            liveness: Liveness::new(side, now),
            told: [None; Channel::DATA.len()],
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        matches!(self.connection, Connection::Up(_))
    }

    pub(crate) fn is_apart(&self) -> bool {
        matches!(self.connection, Connection::Apart)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.life == Life::Closed
    }

    pub(crate) fn channels(&self) -> ChannelSet {
        self.channels
    }

    /// Whether messages of this channel may be queued; they are sent when there is a connection.
    pub(crate) fn can_send(&self, channel: Channel) -> bool {
        self.life == Life::Running && self.channels.contains(channel)
    }

    pub(crate) fn writable(&self, channel: Channel) -> bool {
        self.is_up() && self.can_send(channel) && self.lane_of(channel).is_some_and(Lane::writable)
    }

    pub(crate) fn waiting(&self, channel: Channel) -> usize {
        self.lane_of(channel).map_or(0, Lane::waiting)
    }

    pub(crate) fn push(&mut self, channel: Channel, class: Class, bytes: Vec<u8>) -> Result<(), Full> {
        if !self.can_send(channel) {
            return Err(Full);
        }
        let pushed = self
            .lane(channel)
            .map_or(Err(Full), |lane| lane.push(class, bytes));
        self.liveness.stir();
        pushed
    }

    fn lane(&mut self, channel: Channel) -> Option<&mut Lane> {
        place(channel).and_then(|at| self.lanes.get_mut(at))
    }

    fn lane_of(&self, channel: Channel) -> Option<&Lane> {
        place(channel).and_then(|at| self.lanes.get(at))
    }

    fn inbox(&mut self, channel: Channel) -> Option<&mut Inbox> {
        place(channel).and_then(|at| self.inboxes.get_mut(at))
    }

    fn progress(&self) -> AllProgress {
        self.inboxes.each_ref().map(Inbox::progress)
    }

    /// A new connection is there; what an older one still had to say is gone with it.
    pub(crate) fn connect(&mut self, now: Tick, connect: &Connect) -> Result<(), ProtocolError> {
        if self.is_closed() {
            return Ok(());
        }
        self.disconnected();
        let mut handshake = Box::new(Handshake::new(self.side, connect)?);
        let with = match self.side {
            Side::Agent => Greeting::Listening(handshake),
            Side::Viewer => {
                let hello = Hello {
                    pipe: self.pipe.unwrap_or_default(),
                    channels: self.wanted,
                    progress: (self.life == Life::Running).then(|| self.progress()),
                };
                self.greeting_out = Some(handshake.write(&hello.encode())?);
                Greeting::Called(handshake)
            }
        };
        self.connection = Connection::Greeting { since: now, with };
        Ok(())
    }

    /// The connection is gone. The channels stay as they are.
    pub(crate) fn disconnected(&mut self) {
        self.connection = Connection::Apart;
        self.greeting_out = None;
        self.control_out = ControlOut::default();
    }

    pub(crate) fn handle_input(&mut self, now: Tick, message: &[u8]) -> Result<Outcome, ProtocolError> {
        if self.is_closed() {
            return Ok(Outcome::Nothing);
        }
        match std::mem::replace(&mut self.connection, Connection::Apart) {
            Connection::Apart => Ok(Outcome::Nothing),
            Connection::Up(mut seal) => {
                let opened = seal.open(message).inspect_err(|_| self.disconnected());
                if opened.is_ok() {
                    self.connection = Connection::Up(seal);
                }
                self.accept_packet(now, &opened?)
            }
            Connection::Greeting { since, with } => self
                .greet(now, since, with, message)
                .inspect_err(|error| self.greeting_failed(error)),
        }
    }

    /// Whoever says what is wrong before both ends are proven ends the connection only; but a viewer whose agent speaks another
    /// version need not try again.
    fn greeting_failed(&mut self, error: &ProtocolError) {
        if self.is_closed() {
            return;
        }
        self.disconnected();
        if let ProtocolError::Version(_) = error {
            match self.side {
                Side::Viewer => self.life = Life::Closed,
                Side::Agent => self.greeting_out = Some(vec![0, VERSION]),
            }
        }
    }

    fn greet(
        &mut self,
        now: Tick,
        since: Tick,
        with: Greeting,
        message: &[u8],
    ) -> Result<Outcome, ProtocolError> {
        match with {
            Greeting::Listening(mut handshake) => {
                let hello = Box::new(Hello::parse(&handshake.read(message)?)?);
                let resumes = self.can_resume(&hello);
                let told = if resumes {
                    self.openable(hello.channels)
                } else {
                    self.allowed.and(hello.channels)
                };
                let accept = Accept {
                    channels: told,
                    progress: resumes.then(|| self.progress()),
                };
                self.greeting_out = Some(handshake.write(&accept.encode())?);
                let with = Greeting::Answered {
                    seal: Box::new(handshake.finish()?),
                    hello,
                    told,
                    resumes,
                };
                self.connection = Connection::Greeting { since, with };
                Ok(Outcome::Nothing)
            }
            Greeting::Called(mut handshake) => {
                let accept = Accept::parse(&handshake.read(message)?)?;
                if accept.channels.and(self.wanted) != accept.channels {
                    return Err(ProtocolError::Unexpected("channel in the accept"));
                }
                let resumed = accept.progress.is_some();
                match accept.progress {
                    // It was not told of any progress: it cannot know some.
                    Some(_) if self.life == Life::Young => {
                        return Err(ProtocolError::Unexpected("progress in the accept"));
                    }
                    Some(progress) => self.resume_lanes(&progress)?,
                    None => self.begin_anew(),
                }
                self.up(now, Box::new(handshake.finish()?), accept.channels);
                Ok(Outcome::Opened {
                    channels: self.channels,
                    resumed,
                    then: Box::new(Outcome::Nothing),
                })
            }
            Greeting::Answered {
                mut seal,
                hello,
                told,
                resumes,
            } => {
                let packet = seal.open(message)?;
                self.wanted = hello.channels;
                match hello.progress {
                    Some(progress) if resumes => self.resume_lanes(&progress)?,
                    _ => {
                        self.begin_anew();
                        self.pipe = Some(hello.pipe);
                    }
                }
                self.up(now, seal, self.openable(self.wanted));
                if self.channels != told {
                    self.control_out.channels = Some(Control::ChannelsOpen(self.channels));
                }
                Ok(Outcome::Opened {
                    channels: self.channels,
                    resumed: resumes,
                    then: Box::new(self.accept_packet(now, &packet)?),
                })
            }
        }
    }

    fn can_resume(&self, hello: &Hello) -> bool {
        let Some(progress) = &hello.progress else {
            return false;
        };
        self.life == Life::Running
            && self.pipe == Some(hello.pipe)
            && self
                .lanes
                .iter()
                .zip(progress)
                .all(|(lane, from)| lane.can_resume(*from))
    }

    fn resume_lanes(&mut self, progress: &AllProgress) -> Result<(), ProtocolError> {
        let resumed = self
            .lanes
            .iter_mut()
            .zip(progress)
            .all(|(lane, from)| lane.resume(*from));
        if resumed {
            Ok(())
        } else {
            Err(ProtocolError::Malformed("progress"))
        }
    }

    /// The other end remembers nothing: neither does this one.
    fn begin_anew(&mut self) {
        self.lanes = Channel::DATA.map(|channel| Lane::new(channel, self.side.peer()));
        self.inboxes = Channel::DATA.map(|channel| Inbox::new(channel, self.side));
        self.known = ChannelSet::NONE;
    }

    fn up(&mut self, now: Tick, seal: Box<Seal>, channels: ChannelSet) {
        self.connection = Connection::Up(seal);
        self.life = Life::Running;
        self.set_open(channels);
        self.control_in = Inbox::new(Channel::Control, self.side);
        self.clock = Clock::default();
        self.liveness.begin(now);
        self.told = [None; Channel::DATA.len()];
        self.send_ping(now);
        for channel in Channel::DATA {
            self.return_credit(channel);
        }
    }

    fn set_open(&mut self, channels: ChannelSet) {
        for channel in self
            .channels
            .iter()
            .filter(|&channel| !channels.contains(channel))
        {
            if let Some(lane) = place(channel).and_then(|at| self.lanes.get_mut(at)) {
                lane.forget_waiting();
                if self.side == Side::Agent {
                    lane.blank();
                }
            }
        }
        self.channels = channels;
        self.known = self.known.or(channels);
    }

    /// The agent's: what the session's rights allow changed.
    pub(crate) fn allow(&mut self, allowed: ChannelSet) {
        self.allowed = allowed;
        self.reopen();
    }

    /// What the agent may have open: what is allowed and wanted, but a channel that was closed only once all that was begun on
    /// it arrived. What was under way then was blanked, and must meet a viewer that drops it.
    fn openable(&self, wanted: ChannelSet) -> ChannelSet {
        let settling = self.known.iter().filter(|&channel| {
            !self.channels.contains(channel) && self.lane_of(channel).is_some_and(Lane::is_owing)
        });
        let settling: ChannelSet = settling.collect();
        let may_open = self.allowed.and(wanted).iter();
        may_open.filter(|&channel| !settling.contains(channel)).collect()
    }

    fn reopen(&mut self) {
        let channels = self.openable(self.wanted);
        if self.life != Life::Running || channels == self.channels {
            return;
        }
        self.set_open(channels);
        if self.is_up() {
            self.control_out.channels = Some(Control::ChannelsOpen(channels));
        }
    }

    /// Ends the pipe because of the peer's fault; the peer is told the code.
    pub(crate) fn fail(&mut self, error: &ProtocolError) {
        self.close(CloseCode::ProtocolViolation, error.code().into());
    }

    pub(crate) fn close(&mut self, code: CloseCode, text: String) {
        if !self.is_closed() {
            self.life = Life::Closed;
            self.control_out.close(code, text);
        }
    }

    /// What a proven peer sent; what is wrong here is its fault and ends the pipe.
    fn accept_packet(&mut self, now: Tick, packet: &[u8]) -> Result<Outcome, ProtocolError> {
        self.take_packet(now, packet)
            .inspect_err(|error| self.fail(error))
    }

    fn take_packet(&mut self, now: Tick, packet: &[u8]) -> Result<Outcome, ProtocolError> {
        let (header, fragment) = packet::decode(packet)?;
        self.liveness.hear(now);
        if header.channel == Channel::Control {
            let Some(complete) = self.control_in.take(header, fragment)? else {
                return Ok(Outcome::Nothing);
            };
            return self.on_control(now, Control::parse(&complete.bytes)?);
        }
        self.liveness.stir();
        let channel = header.channel;
        let not_open = ProtocolError::ChannelNotOpen(channel);
        if !self.known.contains(channel) {
            return Err(not_open);
        }
        let open = self.channels.contains(channel);
        let inbox = self.inbox(channel).ok_or(not_open)?;
        let mut complete = inbox.take(header, fragment)?;
        if !open && let Some(late) = complete.take() {
            // On its way when the channel was closed.
            inbox.consume(late.credit);
        }
        self.return_credit(channel);
        Ok(complete.map_or(Outcome::Nothing, |complete| Outcome::Message(channel, complete)))
    }

    fn on_control(&mut self, now: Tick, message: Control) -> Result<Outcome, ProtocolError> {
        match (self.side, message) {
            (_, Control::Close { code, text }) => {
                self.life = Life::Closed;
                self.control_out.clear();
                Ok(Outcome::Closed(Closed { code, text }))
            }
            (_, Control::Credit { channel, bytes }) => self.on_credit(channel, bytes),
            (
                _,
                Control::Ping {
                    id,
                    sent_us,
                    received,
                },
            ) => self.on_ping(now, (id, sent_us), &received),
            (
                _,
                Control::Pong {
                    id,
                    sent_us,
                    received_us,
                    replied_us,
                    received,
                },
            ) => {
                self.arrived(&received)?;
                let exchange = Exchange {
                    sent: sent_us,
                    peer_received: received_us,
                    peer_replied: replied_us,
                    received: now.0,
                };
                let estimate = self.clock.pong(id, exchange);
                Ok(estimate.map_or(Outcome::Nothing, Outcome::Clock))
            }
            (Side::Viewer, Control::ChannelsOpen(channels)) => {
                if channels.and(self.wanted) != channels {
                    return Err(ProtocolError::Unexpected("channel that was not asked for"));
                }
                if channels == self.channels {
                    return Ok(Outcome::Nothing);
                }
                self.set_open(channels);
                Ok(Outcome::Channels(channels))
            }
            (Side::Agent, Control::ChannelsOpen(_)) => Err(ProtocolError::Unexpected("control message")),
        }
    }

    fn on_ping(
        &mut self,
        now: Tick,
        (id, sent_us): (u32, u64),
        received: &[(Channel, u32)],
    ) -> Result<Outcome, ProtocolError> {
        self.arrived(received)?;
        let received = self.news_of_arrivals();
        // The answer leaves before a ping that still waits, and says all of it: older numbers after newer ones would be an offense.
        if let Some(Control::Ping { received, .. }) = &mut self.control_out.ping {
            received.clear();
        }
        self.control_out.pong = Some(Control::Pong {
            id,
            sent_us,
            received_us: now.0,
            replied_us: now.0,
            received,
        });
        Ok(Outcome::Nothing)
    }

    /// Lets go of what the other end has.
    fn arrived(&mut self, received: &[(Channel, u32)]) -> Result<(), ProtocolError> {
        for &(channel, next_seq) in received {
            if !self.lane(channel).is_some_and(|lane| lane.received(next_seq)) {
                return Err(ProtocolError::Malformed("ping"));
            }
        }
        if self.side == Side::Agent {
            self.reopen();
        }
        Ok(())
    }

    fn on_credit(&mut self, channel: Channel, bytes: u32) -> Result<Outcome, ProtocolError> {
        if !self.known.contains(channel) {
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

    /// Only while there is a connection: what is returned is counted, and told anew with the next greeting.
    fn return_credit(&mut self, channel: Channel) {
        if self.is_up()
            && let Some(bytes) = self.inbox(channel).and_then(Inbox::due_credit)
        {
            self.control_out.add_credit(channel, bytes);
        }
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        if let Some(greeting) = self.greeting_out.take() {
            return Some(greeting);
        }
        let Connection::Up(seal) = &mut self.connection else {
            return None;
        };
        #[cfg(any(test, feature = "oracle"))]
        if let Some(packet) = self.hostile_out.take() {
            return Some(seal.seal(&packet));
        }
        let packet = match self.control_out.next_packet() {
            Some(packet) => packet,
            None if self.life == Life::Running => {
                next_of(&mut self.lanes, self.channels, &mut self.since_bulk)?
            }
            None => return None,
        };
        Some(seal.seal(&packet))
    }

    #[cfg(any(test, feature = "oracle"))]
    pub(crate) fn say_anything(&mut self, packet: Vec<u8>) {
        self.hostile_out = Some(packet);
    }

    #[cfg(test)]
    pub(crate) fn kept(&self) -> impl Iterator<Item = &[u8]> {
        self.lanes.iter().flat_map(Lane::kept)
    }

    pub(crate) fn has_transmit(&self) -> bool {
        let lanes = || {
            let mut lanes = self.lanes.iter().zip(Channel::DATA);
            lanes.any(|(lane, channel)| lane.has_packet(self.channels.contains(channel)))
        };
        self.greeting_out.is_some()
            || (self.is_up() && (self.control_out.has_packet() || (self.life == Life::Running && lanes())))
    }

    pub(crate) fn set_visible(&mut self, now: Tick, visible: bool) {
        self.liveness.set_visible(now, visible);
    }

    pub(crate) fn set_steady(&mut self, steady: bool) {
        self.liveness.set_steady(steady);
    }

    /// What has arrived since it was last told; all of it when what told it may never leave.
    fn news_of_arrivals(&mut self) -> Vec<(Channel, u32)> {
        if self.control_out.ping.is_some() || self.control_out.pong.is_some() {
            self.told = [None; Channel::DATA.len()];
        }
        let progress = self.progress();
        let mut received = Vec::new();
        for ((channel, progress), told) in Channel::DATA.into_iter().zip(progress).zip(&mut self.told) {
            if self.known.contains(channel) && told.replace(progress.next_seq) != Some(progress.next_seq) {
                received.push((channel, progress.next_seq));
            }
        }
        received
    }

    fn send_ping(&mut self, now: Tick) {
        let received = self.news_of_arrivals();
        self.control_out.ping = Some(Control::Ping {
            id: self.clock.ping(now),
            sent_us: now.0,
            received,
        });
        self.liveness.ping(now);
    }

    /// When the connection is given up.
    fn patience(&self) -> Option<Tick> {
        match self.connection {
            Connection::Apart => None,
            Connection::Greeting { since, .. } => Some(since.after(PIPE_HANDSHAKE_TIME)),
            Connection::Up(_) => Some(self.liveness.lost_at()),
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Tick) -> Option<Loss> {
        if self.is_closed() {
            return None;
        }
        if self.patience().is_some_and(|at| now >= at) {
            let loss = if self.is_up() {
                Loss::Silence
            } else {
                Loss::Handshake
            };
            self.disconnected();
            return Some(loss);
        }
        if self.is_up() && now >= self.liveness.ping_due() {
            self.send_ping(now);
        }
        None
    }

    pub(crate) fn poll_deadline(&self) -> Option<Tick> {
        if self.is_closed() {
            return None;
        }
        let patience = self.patience()?;
        Some(if self.is_up() {
            patience.min(self.liveness.ping_due())
        } else {
            patience
        })
    }
}

/// The next packet of the most urgent lane. What can wait comes last, but is let through when [`BULK_EVERY`] others of pictures were
/// sent while it waited.
fn next_of(
    lanes: &mut [Lane; Channel::DATA.len()],
    open: ChannelSet,
    since_bulk: &mut u32,
) -> Option<Vec<u8>> {
    let find = |patient: bool| {
        let mut lanes = lanes.iter().zip(Channel::DATA);
        lanes.position(|(lane, channel)| {
            lane.has_packet(open.contains(channel)) && lane.is_patient() == patient
        })
    };
    let (urgent, bulk) = (find(false), find(true));
    let is_picture = |at: usize| Channel::DATA.get(at) == Some(&Channel::Screen);
    let at = match (urgent, bulk) {
        (Some(at), Some(bulk)) if is_picture(at) && *since_bulk + 1 >= BULK_EVERY => bulk,
        (Some(at), _) => at,
        (None, bulk) => bulk?,
    };
    if bulk == Some(at) {
        *since_bulk = 0;
    } else if bulk.is_some() && is_picture(at) {
        *since_bulk += 1;
    }
    let channel = Channel::DATA.get(at)?;
    lanes.get_mut(at)?.next_packet(open.contains(*channel))
}

fn place(channel: Channel) -> Option<usize> {
    Channel::DATA.iter().position(|&known| known == channel)
}
