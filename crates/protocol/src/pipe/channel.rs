//! The channels of a pipe, and what each may carry.

use std::fmt;

use crate::limits;

/// One typed stream inside a pipe. The number travels in every packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Channel {
    /// Credit, clock, rights, close. Always open, needs no credit.
    Control = 0,
    /// Pictures and cursor to the viewer; settings and acknowledgements to the agent.
    Screen = 1,
    /// What the technician's hands do.
    Input = 2,
    /// What was copied, both ways.
    Clipboard = 3,
    /// Who else is there, and what is said.
    Company = 4,
}

/// Which end of a pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The technician's end; speaks first.
    Viewer,
    /// The machine's end.
    Agent,
}

impl Side {
    /// The other end.
    #[must_use]
    pub fn peer(self) -> Self {
        match self {
            Self::Viewer => Self::Agent,
            Self::Agent => Self::Viewer,
        }
    }
}

impl Channel {
    /// All channels that carry data, most urgent first: the order in which packets are sent.
    pub const DATA: [Self; 4] = [Self::Input, Self::Company, Self::Clipboard, Self::Screen];

    /// The channel with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Control),
            1 => Some(Self::Screen),
            2 => Some(Self::Input),
            3 => Some(Self::Clipboard),
            4 => Some(Self::Company),
            _ => None,
        }
    }

    /// The number as it travels.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Most bytes of one message on this channel towards `receiver`.
    #[must_use]
    pub fn message_max(self, receiver: Side) -> usize {
        match (self, receiver) {
            (Self::Control, _) => limits::CONTROL_MESSAGE_MAX,
            (Self::Screen, Side::Viewer) => limits::SCREEN_TO_VIEWER_MAX,
            (Self::Screen, Side::Agent) => limits::SCREEN_TO_AGENT_MAX,
            (Self::Input, _) => limits::INPUT_MESSAGE_MAX,
            (Self::Clipboard, _) => limits::CLIPBOARD_MESSAGE_MAX,
            (Self::Company, _) => limits::COMPANY_MESSAGE_MAX,
        }
    }

    /// Bytes that may be on their way to `receiver` before it has to return credit. Control needs none.
    #[must_use]
    pub fn window(self, receiver: Side) -> u32 {
        match (self, receiver) {
            (Self::Control, _) => u32::MAX,
            (Self::Screen, Side::Viewer) => limits::SCREEN_TO_VIEWER_CREDIT,
            (Self::Screen, Side::Agent) => limits::SCREEN_TO_AGENT_CREDIT,
            (Self::Input, _) => limits::INPUT_CREDIT,
            (Self::Clipboard, _) => limits::CLIPBOARD_CREDIT,
            (Self::Company, _) => limits::COMPANY_CREDIT,
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Control => "control",
            Self::Screen => "screen",
            Self::Input => "input",
            Self::Clipboard => "clipboard",
            Self::Company => "company",
        })
    }
}

/// A set of data channels; control is always there and never listed.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct ChannelSet(u8);

impl ChannelSet {
    /// No channel.
    pub const NONE: Self = Self(0);

    /// Every data channel.
    pub const ALL: Self = Self(0b11110);

    /// The picture, and the company of those who see it: what a view-only session gets.
    pub const VIEW: Self = Self(0b10010);

    /// This set with `channel`; control changes nothing.
    #[must_use]
    pub fn with(self, channel: Channel) -> Self {
        match channel {
            Channel::Control => self,
            other => Self(self.0 | 1 << other.number()),
        }
    }

    /// Whether `channel` is in the set.
    #[must_use]
    pub fn contains(self, channel: Channel) -> bool {
        self.0 & 1 << channel.number() != 0
    }

    /// What either set has.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both sets have.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The channels by number.
    pub fn iter(self) -> impl Iterator<Item = Channel> {
        [
            Channel::Screen,
            Channel::Input,
            Channel::Clipboard,
            Channel::Company,
        ]
        .into_iter()
        .filter(move |&channel| self.contains(channel))
    }
}

impl FromIterator<Channel> for ChannelSet {
    fn from_iter<I: IntoIterator<Item = Channel>>(channels: I) -> Self {
        channels.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for ChannelSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
