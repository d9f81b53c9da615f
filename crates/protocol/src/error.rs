//! What can be wrong with what a peer sends. Not here: what can go wrong with sockets (the transport crate).

use crate::pipe::Channel;

/// A peer broke the protocol, or could not prove who it is. The connection it came from is over.
///
/// The text is a fragment for logs; [`ProtocolError::code`] is stable and fit for comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// Bytes that do not parse, or a value outside of its range.
    #[error("malformed {0}")]
    Malformed(&'static str),
    /// Longer than its limit.
    #[error("{0} is too big")]
    TooBig(&'static str),
    /// A packet that is not the next one of its channel.
    #[error("packet {got} on the {channel} channel, expected {expected}")]
    OutOfOrder {
        /// Channel of the packet.
        channel: Channel,
        /// Sequence number that was due.
        expected: u32,
        /// Sequence number that came.
        got: u32,
    },
    /// A channel number that nobody knows.
    #[error("unknown channel {0}")]
    UnknownChannel(u8),
    /// A channel that this pipe was not given.
    #[error("the {0} channel is not open")]
    ChannelNotOpen(Channel),
    /// More bytes than there was credit for, or more credit than the channel has.
    #[error("credit of the {0} channel exceeded")]
    Credit(Channel),
    /// A valid message at a time or from a side where it has no place.
    #[error("unexpected {0}")]
    Unexpected(&'static str),
    /// A version that this side does not speak.
    #[error("version {0} is not supported")]
    Version(u32),
    /// The server's identity key is not the one from enrollment.
    #[error("the server's identity key is not the pinned one")]
    WrongIdentity,
    /// A signature that does not fit.
    #[error("signature does not verify")]
    BadSignature,
    /// A message that the other end did not seal as the next one: changed, repeated, left out, or of somebody else.
    #[error("message is not sealed by the other end")]
    NotSealed,
    /// Somebody else than the one who was expected.
    #[error("the other end holds another key than it should")]
    WrongKey,
}

impl ProtocolError {
    /// Stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::TooBig(_) => "too_big",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::UnknownChannel(_) => "unknown_channel",
            Self::ChannelNotOpen(_) => "channel_not_open",
            Self::Credit(_) => "credit",
            Self::Unexpected(_) => "unexpected",
            Self::Version(_) => "version",
            Self::WrongIdentity => "wrong_identity",
            Self::BadSignature => "bad_signature",
            Self::NotSealed => "not_sealed",
            Self::WrongKey => "wrong_key",
        }
    }
}

/// The queue for this kind of message is full; nothing was queued.
///
/// Each queue says what its caller does then: merge, keep the newest, or give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the send queue is full")]
pub struct Full;
