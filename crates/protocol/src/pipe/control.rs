//! The control channel's messages, checked. Not here: what they do to a pipe (`core.rs`).

use prost::Message;

use super::{Channel, ChannelSet};
use crate::limits::{CHANNELS_MAX, CLOSE_TEXT_MAX};
use crate::wire::{self, pipe as proto};
use crate::{ProtocolError, text};

/// A checked control message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Control {
    Credit {
        channel: Channel,
        bytes: u32,
    },
    Ping {
        id: u32,
        sent_us: u64,
        /// Channel and number of the next packet expected on it.
        received: Vec<(Channel, u32)>,
    },
    Pong {
        id: u32,
        sent_us: u64,
        received_us: u64,
        replied_us: u64,
        /// As in [`Control::Ping`].
        received: Vec<(Channel, u32)>,
    },
    ChannelsOpen(ChannelSet),
    Close {
        code: CloseCode,
        text: String,
    },
}

/// Why a pipe was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// In good order.
    Done,
    /// The two sides share no version.
    VersionNotSupported,
    /// The other side broke the rules.
    ProtocolViolation,
    /// No handshake in time, or silence.
    TimedOut,
    /// The program on that side stops.
    ShuttingDown,
    /// A fault on that side.
    Internal,
    /// The person at the machine ended the session.
    EndUser,
}

impl CloseCode {
    /// Stable code for logs and people.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::VersionNotSupported => "version_not_supported",
            Self::ProtocolViolation => "protocol_violation",
            Self::TimedOut => "timed_out",
            Self::ShuttingDown => "shutting_down",
            Self::Internal => "internal",
            Self::EndUser => "end_user",
        }
    }

    fn to_wire(self) -> proto::close::Code {
        use proto::close::Code;
        match self {
            Self::Done => Code::Done,
            Self::VersionNotSupported => Code::VersionNotSupported,
            Self::ProtocolViolation => Code::ProtocolViolation,
            Self::TimedOut => Code::TimedOut,
            Self::ShuttingDown => Code::ShuttingDown,
            Self::Internal => Code::Internal,
            Self::EndUser => Code::EndUser,
        }
    }

    /// Codes of newer peers count as a fault on their side.
    fn from_wire(code: proto::close::Code) -> Self {
        use proto::close::Code;
        match code {
            Code::Done => Self::Done,
            Code::VersionNotSupported => Self::VersionNotSupported,
            Code::ProtocolViolation => Self::ProtocolViolation,
            Code::TimedOut => Self::TimedOut,
            Code::ShuttingDown => Self::ShuttingDown,
            Code::EndUser => Self::EndUser,
            Code::Unspecified | Code::Internal => Self::Internal,
        }
    }
}

impl Control {
    pub(crate) fn encode(self) -> Vec<u8> {
        use proto::control_message::Message as M;
        let message = match self {
            Self::Credit { channel, bytes } => M::Credit(proto::Credit {
                channel: i32::from(channel.number()),
                bytes,
            }),
            Self::Ping {
                id,
                sent_us,
                received,
            } => M::Ping(proto::Ping {
                id,
                sent_us,
                received: progress(received),
            }),
            Self::ChannelsOpen(channels) => M::ChannelsOpen(proto::ChannelsOpen {
                channels: numbers(channels),
            }),
            Self::Pong {
                id,
                sent_us,
                received_us,
                replied_us,
                received,
            } => M::Pong(proto::Pong {
                id,
                sent_us,
                received_us,
                replied_us,
                received: progress(received),
            }),
            Self::Close { code, text } => {
                let text = text::clip(text, CLOSE_TEXT_MAX);
                M::Close(proto::Close {
                    code: code.to_wire().into(),
                    text,
                })
            }
        };
        proto::ControlMessage {
            message: Some(message),
        }
        .encode_to_vec()
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        use proto::control_message::Message as M;
        let message: proto::ControlMessage = wire::decode(bytes, "control message")?;
        Ok(
            match message
                .message
                .ok_or(ProtocolError::Malformed("control message"))?
            {
                M::Credit(m) => Self::Credit {
                    channel: data_channel(m.channel)?,
                    bytes: m.bytes,
                },
                M::Ping(m) => Self::Ping {
                    id: m.id,
                    sent_us: m.sent_us,
                    received: received(&m.received)?,
                },
                M::ChannelsOpen(m) => Self::ChannelsOpen(channel_set(&m.channels)?),
                M::Pong(m) => Self::Pong {
                    id: m.id,
                    sent_us: m.sent_us,
                    received_us: m.received_us,
                    replied_us: m.replied_us,
                    received: received(&m.received)?,
                },
                M::Close(m) => Self::Close {
                    code: CloseCode::from_wire(m.code()),
                    text: text::line(m.text, CLOSE_TEXT_MAX, "close text")?,
                },
            },
        )
    }
}

fn progress(received: Vec<(Channel, u32)>) -> Vec<proto::Received> {
    let told = received.into_iter().map(|(channel, next_seq)| proto::Received {
        channel: channel.number().into(),
        next_seq,
    });
    told.collect()
}

fn received(said: &[proto::Received]) -> Result<Vec<(Channel, u32)>, ProtocolError> {
    if said.len() > CHANNELS_MAX {
        return Err(ProtocolError::TooBig("channel list"));
    }
    said.iter()
        .map(|received| Ok((data_channel(received.channel)?, received.next_seq)))
        .collect()
}

pub(super) fn numbers(channels: ChannelSet) -> Vec<i32> {
    channels
        .iter()
        .map(|channel| i32::from(channel.number()))
        .collect()
}

/// Channels that this version does not know are left out: a newer peer may ask for more than it gets.
pub(super) fn channel_set(numbers: &[i32]) -> Result<ChannelSet, ProtocolError> {
    if numbers.len() > CHANNELS_MAX {
        return Err(ProtocolError::TooBig("channel list"));
    }
    Ok(numbers
        .iter()
        .filter_map(|&n| u8::try_from(n).ok().and_then(Channel::from_number))
        .collect())
}

pub(super) fn data_channel(number: i32) -> Result<Channel, ProtocolError> {
    match u8::try_from(number).ok().and_then(Channel::from_number) {
        Some(Channel::Control) | None => Err(ProtocolError::Malformed("channel")),
        Some(channel) => Ok(channel),
    }
}
