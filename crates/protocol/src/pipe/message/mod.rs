//! What the channels carry, as checked types: parsed once here, trusted everywhere else.
//!
//! Not here: packets, credit and order (the parent module), what the messages do (the applications). Parsing caps
//! every length and range by [`crate::limits`]; encoding takes the same types, so what one side can send the other
//! can read.

pub mod clipboard;
pub mod company;
pub mod input;
pub mod screen;

pub use clipboard::ClipboardMessage;
pub use company::{CompanyToAgent, CompanyToViewer};
pub use input::{InputToAgent, InputToViewer};
pub use screen::{ScreenToAgent, ScreenToViewer};

use super::Channel;
use crate::ProtocolError;

/// How a message waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// In order, each of them.
    Ordered,
    /// A picture: taken only when nothing else of its channel waits, so that a newer one is never behind it.
    Frame,
    /// Goes before the next picture, each of them.
    CursorShape,
    /// Goes before the next picture; a newer one replaces one that waits last.
    CursorPosition,
    /// A newer one replaces one that waits last: it says more.
    Ack,
    /// Only the newest waits.
    Clipboard,
    /// In order, each of them, behind pictures; under a film they get one packet in [`crate::limits::BULK_EVERY`].
    Bulk,
}

/// A message of any channel towards one side.
pub trait Message: Sized {
    /// The channel it travels on.
    fn channel(&self) -> Channel;
    /// How it waits.
    fn class(&self) -> Class;
    /// The bytes as they travel.
    fn encode(self) -> Vec<u8>;
    /// Reads and checks a complete message.
    ///
    /// # Errors
    /// When it does not parse or a value is outside of its limits.
    fn parse(channel: Channel, bytes: &[u8]) -> Result<Self, ProtocolError>;
}

/// A message nobody looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMessage {
    /// The channel it travels on.
    pub channel: Channel,
    /// How it waits.
    pub class: Class,
    /// As it travels.
    pub bytes: Vec<u8>,
}

impl Message for RawMessage {
    fn channel(&self) -> Channel {
        self.channel
    }

    fn class(&self) -> Class {
        self.class
    }

    fn encode(self) -> Vec<u8> {
        self.bytes
    }

    fn parse(channel: Channel, bytes: &[u8]) -> Result<Self, ProtocolError> {
        Ok(Self {
            channel,
            class: Class::Ordered,
            bytes: bytes.to_vec(),
        })
    }
}

/// What the agent may say to the viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToViewer {
    /// Pictures, cursor, state of the display.
    Screen(ScreenToViewer),
    /// What became of the input.
    Input(InputToViewer),
    /// What was copied.
    Clipboard(ClipboardMessage),
    /// Who else is there.
    Company(CompanyToViewer),
}

/// What the viewer may say to the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToAgent {
    /// Wishes and acknowledgements.
    Screen(ScreenToAgent),
    /// What the technician's hands do.
    Input(InputToAgent),
    /// What was copied.
    Clipboard(ClipboardMessage),
    /// Words and pointers for those who else are there.
    Company(CompanyToAgent),
}

impl Message for ToViewer {
    fn channel(&self) -> Channel {
        match self {
            Self::Screen(_) => Channel::Screen,
            Self::Input(_) => Channel::Input,
            Self::Clipboard(_) => Channel::Clipboard,
            Self::Company(_) => Channel::Company,
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Screen(ScreenToViewer::Frame(_)) => Class::Frame,
            Self::Screen(ScreenToViewer::CursorShape(_)) => Class::CursorShape,
            Self::Screen(ScreenToViewer::CursorPosition(_)) => Class::CursorPosition,
            Self::Screen(_) | Self::Input(_) | Self::Company(_) => Class::Ordered,
            Self::Clipboard(message) => message.class(),
        }
    }

    fn encode(self) -> Vec<u8> {
        match self {
            Self::Screen(message) => message.encode(),
            Self::Input(message) => message.encode(),
            Self::Clipboard(message) => message.encode(),
            Self::Company(message) => message.encode(),
        }
    }

    fn parse(channel: Channel, bytes: &[u8]) -> Result<Self, ProtocolError> {
        match channel {
            Channel::Screen => ScreenToViewer::parse(bytes).map(Self::Screen),
            Channel::Input => InputToViewer::parse(bytes).map(Self::Input),
            Channel::Clipboard => ClipboardMessage::parse(bytes).map(Self::Clipboard),
            Channel::Company => CompanyToViewer::parse(bytes).map(Self::Company),
            Channel::Control => Err(ProtocolError::Unexpected("control message")),
        }
    }
}

impl Message for ToAgent {
    fn channel(&self) -> Channel {
        match self {
            Self::Screen(_) => Channel::Screen,
            Self::Input(_) => Channel::Input,
            Self::Clipboard(_) => Channel::Clipboard,
            Self::Company(_) => Channel::Company,
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Screen(ScreenToAgent::Ack(_)) | Self::Company(CompanyToAgent::PointAt(_)) => Class::Ack,
            Self::Screen(_) | Self::Input(_) | Self::Company(_) => Class::Ordered,
            Self::Clipboard(message) => message.class(),
        }
    }

    fn encode(self) -> Vec<u8> {
        match self {
            Self::Screen(message) => message.encode(),
            Self::Input(message) => message.encode(),
            Self::Clipboard(message) => message.encode(),
            Self::Company(message) => message.encode(),
        }
    }

    fn parse(channel: Channel, bytes: &[u8]) -> Result<Self, ProtocolError> {
        match channel {
            Channel::Screen => ScreenToAgent::parse(bytes).map(Self::Screen),
            Channel::Input => InputToAgent::parse(bytes).map(Self::Input),
            Channel::Clipboard => ClipboardMessage::parse(bytes).map(Self::Clipboard),
            Channel::Company => CompanyToAgent::parse(bytes).map(Self::Company),
            Channel::Control => Err(ProtocolError::Unexpected("control message")),
        }
    }
}
