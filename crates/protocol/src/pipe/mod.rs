//! The pipe: what a session's viewer and its agent say to each other, sealed end to end, as a state machine without IO.
//!
//! Lives here: the handshake that seals each connection, the channels with their order, fragments and credit, the clock, the
//! end. Does not live here: the relay that passes packets on ([`crate::relay`]), what messages mean ([`message`] has their
//! shape).
//!
//! # A pipe and its connections
//! A pipe lives as long as both ends remember it; the WebSockets that carry it come and go. For each new one call
//! [`Pipe::connect`], when it is gone [`Pipe::disconnected`]. [`Event::Open`] says whether the pipe goes on where it was
//! (`resumed`: every message that was queued arrives exactly once and in order) or both ends begin anew. While there is no
//! connection, messages can be queued within the limits of their channel; pictures cannot.
//!
//! # Driving it
//! Put every WebSocket message into [`Pipe::handle_input`]; call [`Pipe::handle_timeout`] at [`Pipe::poll_deadline`].
//! After either, and after any command, call [`Pipe::poll_event`] and [`Pipe::poll_transmit`] until they return
//! `None`; each transmit is one binary WebSocket message. Take a packet only when the socket can send it: what is
//! still inside can be overtaken by something more urgent, what is outside cannot, and is sealed in the order it came out.
//!
//! # Rules
//! - Sending order is strict: control, input, company, clipboard, screen; packet by packet. Inside the screen channel, cursor
//!   messages go before the next picture, never into the middle of one. Pieces of something big that was copied go last, in
//!   shorter packets ([`crate::limits::BULK_EVERY`] says how they get through under a film).
//! - Every channel but control has credit per direction ([`Channel::window`]); taking a message out with
//!   [`Pipe::poll_event`] is what gives its credit back, so a side that stops reading stops its peer. What was sent is kept
//!   until it is known to have arrived: at most a window of bytes per channel.
//! - Full queues: [`Pipe::send`] returns [`Full`] and nothing is queued. Pictures are accepted only when
//!   [`Pipe::screen_writable`]; their sender keeps the newest state meanwhile. Cursor positions, acknowledgements and
//!   offers of the clipboard replace a waiting older one.
//! - Bytes that the other end did not seal (changed, repeated, of another session) cost the connection and nothing else. A
//!   peer that is proven and breaks a rule gets a close with the error's code, and the pipe is over.
//! - The agent opens what the session's rights allow ([`Pipe::set_channels`]); what comes late on a channel that was closed
//!   is dropped, what comes on one that never was open breaks a rule. What an agent had under way on a channel that it closes
//!   goes on as zeros; the channel opens again when all of it arrived.

mod channel;
mod clock;
mod control;
mod core;
mod greeting;
mod inbox;
mod key;
mod liveness;
pub mod message;
mod noise;
mod outbox;
mod role;

use std::collections::VecDeque;

pub use channel::{Channel, ChannelSet, Side};
pub use clock::ClockEstimate;
pub use control::CloseCode;
pub use greeting::PipeId;
pub use key::{PipeKey, PipePublicKey};
pub use noise::Connect;
pub use role::{Agent, Calls, RawAgent, RawViewer, Role, Viewer};

use self::core::{Core, Outcome};
use self::message::{Class, Message};
use crate::error::Full;
use crate::{ProtocolError, Tick};

/// The technician's end.
pub type ViewerPipe = Pipe<Viewer>;

/// The technician's end without a look into messages.
pub type RawViewerPipe = Pipe<RawViewer>;

/// The machine's end.
pub type AgentPipe = Pipe<Agent>;

/// The machine's end without a look into messages.
pub type RawAgentPipe = Pipe<RawAgent>;

/// What happened on a pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<M> {
    /// A connection is sealed and both ends are proven. Comes once for each.
    Open {
        /// What is open.
        channels: ChannelSet,
        /// The pipe goes on where it was; else the other end knows nothing of what went before, and what was queued is gone.
        resumed: bool,
    },
    /// Other channels are open now: the session's rights changed. Comes to viewers only.
    Channels(ChannelSet),
    /// A message, checked.
    Message(M),
    /// A new measurement of round trip and clock.
    Clock(ClockEstimate),
    /// The connection is of no use any more: hang up, and dial again if the session is to go on.
    Lost(Loss),
    /// The pipe is over; nothing comes after this. Not sent for an own [`Pipe::close`] or after an error.
    Closed(Closed),
}

/// How a connection was lost without its socket saying so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Nothing was heard for too long.
    Silence,
    /// The handshake took too long.
    Handshake,
}

/// How a pipe ended: the other side said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Why.
    pub code: CloseCode,
    /// A sentence or code.
    pub text: String,
}

/// One end of a pipe.
#[derive(Debug)]
pub struct Pipe<R: Role> {
    core: Core,
    events: VecDeque<Pending<R::In>>,
}

/// An event to be polled, and the credit that polling it gives back.
#[derive(Debug)]
struct Pending<M> {
    event: Event<M>,
    credit: Option<(Channel, u32)>,
}

impl<M> From<Event<M>> for Pending<M> {
    fn from(event: Event<M>) -> Self {
        Self { event, credit: None }
    }
}

impl<R: Calls> Pipe<R> {
    /// A viewer's new pipe. `id` is fresh randomness. It names the channels it wants; the session's rights decide which it
    /// gets.
    #[must_use]
    pub fn new(id: PipeId, channels: ChannelSet, now: Tick) -> Self {
        Self::of(Core::viewer(id, channels, now))
    }
}

impl Pipe<Agent> {
    /// An agent's new pipe, with what the session's rights allow.
    #[must_use]
    pub fn new(channels: ChannelSet, now: Tick) -> Self {
        Self::of(Core::agent(channels, now))
    }

    /// The session's rights changed. What waits on a channel that is closed by this is forgotten.
    pub fn set_channels(&mut self, allowed: ChannelSet) {
        self.core.allow(allowed);
    }
}

impl Pipe<RawAgent> {
    /// As that of [`AgentPipe`].
    #[must_use]
    pub fn new(channels: ChannelSet, now: Tick) -> Self {
        Self::of(Core::agent(channels, now))
    }

    /// As that of [`AgentPipe`].
    pub fn set_channels(&mut self, allowed: ChannelSet) {
        self.core.allow(allowed);
    }
}

impl<R: Role> Pipe<R> {
    fn of(core: Core) -> Self {
        Self {
            core,
            events: VecDeque::new(),
        }
    }

    /// A new WebSocket is there; an older one is of no use any more. A viewer's hello is ready to transmit at once.
    ///
    /// # Errors
    /// None for keys of this crate's types; there is no connection then.
    pub fn connect(&mut self, now: Tick, connect: &Connect) -> Result<(), ProtocolError> {
        self.core.connect(now, connect)
    }

    /// The WebSocket is gone. Nothing is transmitted until the next [`Self::connect`].
    pub fn disconnected(&mut self) {
        self.core.disconnected();
    }

    /// Takes one packet: the content of one binary WebSocket message.
    ///
    /// # Errors
    /// When it is not what the other end may send. Send what is left to transmit and hang up. With [`Self::is_closed`] the
    /// pipe is over; else only the connection was at fault, and the next one may do.
    pub fn handle_input(&mut self, now: Tick, packet: &[u8]) -> Result<(), ProtocolError> {
        let outcome = self.core.handle_input(now, packet)?;
        self.take(outcome)
    }

    fn take(&mut self, outcome: Outcome) -> Result<(), ProtocolError> {
        let event = match outcome {
            Outcome::Nothing => return Ok(()),
            Outcome::Opened {
                channels,
                resumed,
                then,
            } => {
                if !resumed {
                    // Credit of before belongs to nobody: both ends begin with a full window.
                    for pending in &mut self.events {
                        pending.credit = None;
                    }
                }
                self.events.push_back(Event::Open { channels, resumed }.into());
                return self.take(*then);
            }
            Outcome::Channels(channels) => {
                // Only the last one counts: an agent that changes its mind without end fills nobody's memory.
                if let Some(Event::Channels(_)) = self.events.back().map(|last| &last.event) {
                    self.events.pop_back();
                }
                Event::Channels(channels)
            }
            Outcome::Clock(estimate) => Event::Clock(estimate),
            Outcome::Closed(closed) => Event::Closed(closed),
            Outcome::Message(channel, complete) => {
                let message =
                    R::In::parse(channel, &complete.bytes).inspect_err(|error| self.core.fail(error))?;
                let credit = Some((channel, complete.credit));
                self.events.push_back(Pending {
                    event: Event::Message(message),
                    credit,
                });
                return Ok(());
            }
        };
        self.events.push_back(event.into());
        Ok(())
    }

    /// Tells the time; needed at [`Self::poll_deadline`], harmless at any other moment.
    pub fn handle_timeout(&mut self, now: Tick) {
        if let Some(loss) = self.core.handle_timeout(now) {
            self.events.push_back(Event::Lost(loss).into());
        }
    }

    /// The next packet for the peer, most urgent first.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.core.poll_transmit()
    }

    /// Whether [`Self::poll_transmit`] has something: what to ask before waiting for the socket to take it.
    #[must_use]
    pub fn has_transmit(&self) -> bool {
        self.core.has_transmit()
    }

    /// The next thing that happened. Taking a message gives its credit back, so poll for packets afterwards.
    pub fn poll_event(&mut self) -> Option<Event<R::In>> {
        let Pending { event, credit } = self.events.pop_front()?;
        if let Some((channel, bytes)) = credit {
            self.core.consumed(channel, bytes);
        }
        Some(event)
    }

    /// Events that wait to be taken.
    #[must_use]
    pub fn waiting_events(&self) -> usize {
        self.events.len()
    }

    /// When [`Self::handle_timeout`] is due; `None` without a connection.
    #[must_use]
    pub fn poll_deadline(&self) -> Option<Tick> {
        self.core.poll_deadline()
    }

    /// Queues a message.
    ///
    /// # Errors
    /// [`Full`] when its queue is full, a picture is not [writable](Self::screen_writable), or its channel is not
    /// open; nothing is queued then.
    pub fn send(&mut self, message: R::Out) -> Result<(), Full> {
        let (channel, class) = (message.channel(), message.class());
        // Checked first: encoding a picture only to refuse it would be the dearest no.
        if !self.core.can_send(channel) || (class == Class::Frame && !self.core.writable(channel)) {
            return Err(Full);
        }
        self.core.push(channel, class, message.encode())
    }

    /// A picture sent now would leave at once: there is a connection, the screen channel is open, has credit and nothing
    /// waiting.
    #[must_use]
    pub fn screen_writable(&self) -> bool {
        self.core.writable(Channel::Screen)
    }

    /// There is a sealed connection, and the pipe is not closed.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.core.is_up() && !self.core.is_closed()
    }

    /// There is no connection, not even one that begins.
    #[must_use]
    pub fn is_apart(&self) -> bool {
        self.core.is_apart()
    }

    /// The channels that are open, or were when the connection was lost.
    #[must_use]
    pub fn channels(&self) -> ChannelSet {
        self.core.channels()
    }

    /// Messages of a channel that wait to be sent, the one half sent included.
    #[must_use]
    pub fn waiting(&self, channel: Channel) -> usize {
        self.core.waiting(channel)
    }

    /// Nothing more will happen, though a last packet may still be there to transmit.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.core.is_closed()
    }

    /// Whether messages of this channel can be queued: it is open, or was when the connection was lost.
    #[must_use]
    pub fn has(&self, channel: Channel) -> bool {
        self.core.can_send(channel)
    }

    /// Whether somebody looks at this viewer; decides how often it pings. Has no effect on an agent.
    pub fn set_visible(&mut self, now: Tick, visible: bool) {
        self.core.set_visible(now, visible);
    }

    /// Whether this end pings at its usual pace even while nothing happens: somebody looks at the figures, or holds a key down that
    /// must be let go soon after the other end is gone.
    pub fn set_steady(&mut self, steady: bool) {
        self.core.set_steady(steady);
    }

    /// Says these bytes as the next packet, whatever they are: what an end that turned hostile would do.
    #[cfg(any(test, feature = "oracle"))]
    pub fn say_anything(&mut self, packet: Vec<u8>) {
        self.core.say_anything(packet);
    }

    #[cfg(test)]
    pub(crate) fn kept(&self) -> impl Iterator<Item = &[u8]> {
        self.core.kept()
    }

    /// Ends the pipe. Whatever waits is forgotten; the peer is told, if the last packet still gets through.
    pub fn close(&mut self, code: CloseCode, text: &str) {
        self.core.close(code, text.to_owned());
    }
}

#[cfg(test)]
mod tests;
