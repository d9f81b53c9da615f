//! The pipe: one data connection of a session between the agent and one viewer, as a state machine without IO.
//!
//! Lives here: the handshake, the channels with their order, fragments and credit, the clock, the end. Does not live
//! here: the relay that passes packets on ([`crate::relay`]), what messages mean ([`message`] has their shape).
//!
//! # Driving it
//! Put every WebSocket message into [`Pipe::handle_input`]; call [`Pipe::handle_timeout`] at [`Pipe::poll_deadline`].
//! After either, and after any command, call [`Pipe::poll_event`] and [`Pipe::poll_transmit`] until they return
//! `None`; each transmit is one binary WebSocket message. Take a packet only when the socket can send it: what is
//! still inside can be overtaken by something more urgent, what is outside cannot.
//!
//! # Rules
//! - Sending order is strict: control, input, clipboard, screen; packet by packet. Inside the screen channel, cursor
//!   messages go before the next picture, never into the middle of one.
//! - Every channel but control has credit per direction ([`Channel::window`]); taking a message out with
//!   [`Pipe::poll_event`] is what gives its credit back, so a side that stops reading stops its peer.
//! - Full queues: [`Pipe::send`] returns [`Full`] and nothing is queued. Pictures are accepted only when
//!   [`Pipe::screen_writable`]; their sender keeps the newest state meanwhile. Cursor positions, acknowledgements and
//!   clipboard texts replace a waiting older one.
//! - A peer that breaks a rule gets a close with the error's code; the caller gets the error, then sends what
//!   [`Pipe::poll_transmit`] still has and hangs up.

mod channel;
mod clock;
mod control;
mod core;
mod inbox;
mod key;
pub mod message;
mod outbox;
mod role;

use std::collections::VecDeque;

pub use channel::{Channel, ChannelSet, Side};
pub use clock::ClockEstimate;
pub use control::CloseCode;
pub use key::{PipeKey, PipePublicKey};
pub use role::{Agent, Role, Viewer};

use self::core::{Core, Outcome};
use self::message::{Class, Message};
use crate::error::Full;
use crate::ids::Nonce;
use crate::{ProtocolError, Tick};

/// The technician's end.
pub type ViewerPipe = Pipe<Viewer>;

/// The machine's end.
pub type AgentPipe = Pipe<Agent>;

/// What happened on a pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<M> {
    /// The handshake is done; these channels are open. Comes once, first.
    Open(ChannelSet),
    /// A message, checked.
    Message(M),
    /// A new measurement of round trip and clock.
    Clock(ClockEstimate),
    /// The pipe is over; nothing comes after this. Not sent for an own [`Pipe::close`] or after an error.
    Closed(Closed),
}

/// How a pipe ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Why.
    pub code: CloseCode,
    /// A sentence or code from whoever closed it.
    pub text: String,
    /// Who closed it.
    pub by: ClosedBy,
}

/// Who closed a pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedBy {
    /// The other side said so.
    Peer,
    /// The other side was silent too long.
    Timeout,
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

impl<R: Role> Pipe<R> {
    /// A new pipe. `handshake` is fresh randomness. A viewer names the channels it wants, an agent those that the
    /// session's rights allow; both together are what will be open. A viewer's hello is ready to transmit at once.
    #[must_use]
    pub fn new(handshake: Nonce, channels: ChannelSet, now: Tick) -> Self {
        Self {
            core: Core::new(R::SIDE, handshake, channels, now),
            events: VecDeque::new(),
        }
    }

    /// Takes one packet: the content of one binary WebSocket message.
    ///
    /// # Errors
    /// When the peer broke a rule. The pipe is closed then; send what is left to transmit and hang up.
    pub fn handle_input(&mut self, now: Tick, packet: &[u8]) -> Result<(), ProtocolError> {
        match self.core.handle_input(now, packet)? {
            Outcome::Nothing => {}
            Outcome::Opened(channels) => self.events.push_back(Event::Open(channels).into()),
            Outcome::Clock(estimate) => self.events.push_back(Event::Clock(estimate).into()),
            Outcome::Closed(closed) => self.events.push_back(Event::Closed(closed).into()),
            Outcome::Message(channel, complete) => {
                let message =
                    R::In::parse(channel, &complete.bytes).inspect_err(|error| self.core.fail(error))?;
                let credit = Some((channel, complete.credit));
                self.events.push_back(Pending {
                    event: Event::Message(message),
                    credit,
                });
            }
        }
        Ok(())
    }

    /// Tells the time; needed at [`Self::poll_deadline`], harmless at any other moment.
    pub fn handle_timeout(&mut self, now: Tick) {
        if let Some(closed) = self.core.handle_timeout(now) {
            self.events.push_back(Event::Closed(closed).into());
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

    /// When [`Self::handle_timeout`] is due; `None` once closed.
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

    /// A picture sent now would leave at once: the screen channel is open, has credit and nothing waiting.
    #[must_use]
    pub fn screen_writable(&self) -> bool {
        self.core.writable(Channel::Screen)
    }

    /// The handshake is done and the pipe not closed.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.core.is_open()
    }

    /// Nothing more will happen, though a last packet may still be there to transmit.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.core.is_closed()
    }

    /// Whether messages of this channel can be sent and received.
    #[must_use]
    pub fn has(&self, channel: Channel) -> bool {
        self.core.can_send(channel)
    }

    /// Whether somebody looks at this viewer; decides how often it pings. Has no effect on an agent.
    pub fn set_visible(&mut self, visible: bool) {
        self.core.set_visible(visible);
    }

    /// Ends the pipe. Whatever waits is forgotten; the peer is told, if the last packet still gets through.
    pub fn close(&mut self, code: CloseCode, text: &str) {
        self.core.close(code, text.to_owned());
    }
}

#[cfg(test)]
mod tests;
