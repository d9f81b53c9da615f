//! The control channel's messages, checked. Not here: what they do to a pipe (`core.rs`).

use prost::Message;

use super::{Channel, ChannelSet};
use crate::ids::Nonce;
use crate::limits::{CHANNELS_MAX, CLOSE_TEXT_MAX};
use crate::wire::{self, pipe as proto};
use crate::{ProtocolError, text};

/// A checked control message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Control {
    Hello {
        version: u32,
        handshake: Vec<u8>,
        channels: ChannelSet,
    },
    Accept {
        version: u32,
        handshake: Vec<u8>,
        channels: ChannelSet,
    },
    Credit {
        channel: Channel,
        bytes: u32,
    },
    Ping {
        id: u32,
        sent_us: u64,
    },
    Pong {
        id: u32,
        sent_us: u64,
        received_us: u64,
        replied_us: u64,
    },
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
            Code::Unspecified | Code::Internal => Self::Internal,
        }
    }
}

impl Control {
    pub(crate) fn encode(self) -> Vec<u8> {
        use proto::control_message::Message as M;
        let message = match self {
            Self::Hello {
                version,
                handshake,
                channels,
            } => M::Hello(proto::PipeHello {
                version,
                handshake,
                channels: numbers(channels),
            }),
            Self::Accept {
                version,
                handshake,
                channels,
            } => M::Accept(proto::PipeAccept {
                version,
                handshake,
                channels: numbers(channels),
            }),
            Self::Credit { channel, bytes } => M::Credit(proto::Credit {
                channel: i32::from(channel.number()),
                bytes,
            }),
            Self::Ping { id, sent_us } => M::Ping(proto::Ping { id, sent_us }),
            Self::Pong {
                id,
                sent_us,
                received_us,
                replied_us,
            } => M::Pong(proto::Pong {
                id,
                sent_us,
                received_us,
                replied_us,
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
                M::Hello(m) => Self::Hello {
                    version: m.version,
                    handshake: m.handshake,
                    channels: channel_set(&m.channels)?,
                },
                M::Accept(m) => Self::Accept {
                    version: m.version,
                    handshake: m.handshake,
                    channels: channel_set(&m.channels)?,
                },
                M::Credit(m) => Self::Credit {
                    channel: data_channel(m.channel)?,
                    bytes: m.bytes,
                },
                M::Ping(m) => Self::Ping {
                    id: m.id,
                    sent_us: m.sent_us,
                },
                M::Pong(m) => Self::Pong {
                    id: m.id,
                    sent_us: m.sent_us,
                    received_us: m.received_us,
                    replied_us: m.replied_us,
                },
                M::Close(m) => Self::Close {
                    code: CloseCode::from_wire(m.code()),
                    text: text::line(m.text, CLOSE_TEXT_MAX, "close text")?,
                },
            },
        )
    }
}

/// Handshake bytes of version 1.
pub(crate) fn handshake_v1(bytes: &[u8]) -> Result<Nonce, ProtocolError> {
    bytes
        .try_into()
        .map_err(|_| ProtocolError::Malformed("handshake"))
}

fn numbers(channels: ChannelSet) -> Vec<i32> {
    channels
        .iter()
        .map(|channel| i32::from(channel.number()))
        .collect()
}

/// Channels that this version does not know are left out: a newer peer may ask for more than it gets.
fn channel_set(numbers: &[i32]) -> Result<ChannelSet, ProtocolError> {
    if numbers.len() > CHANNELS_MAX {
        return Err(ProtocolError::TooBig("channel list"));
    }
    Ok(numbers
        .iter()
        .filter_map(|&n| u8::try_from(n).ok().and_then(Channel::from_number))
        .collect())
}

fn data_channel(number: i32) -> Result<Channel, ProtocolError> {
    match u8::try_from(number).ok().and_then(Channel::from_number) {
        Some(Channel::Control) | None => Err(ProtocolError::Malformed("credit")),
        Some(channel) => Ok(channel),
    }
}
