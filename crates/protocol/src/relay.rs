//! The first two messages of a relay WebSocket; after them the relay copies bytes and reads nothing.

use prost::Message;

use crate::ProtocolError;
use crate::ids::{Grant, SessionId};
use crate::limits::RELAY_HELLO_MAX;
use crate::wire::{self, relay as proto};

/// The relay protocol spoken here.
pub const VERSION: u32 = 1;

/// WebSocket close codes of the relay, and what they tell the closed end.
pub mod close {
    /// The server stops or restarts; come back soon.
    pub const GOING_AWAY: u16 = 1001;
    /// The hello did not parse, or a text message came.
    pub const MALFORMED: u16 = 4400;
    /// The grant is unknown, used or expired.
    pub const BAD_GRANT: u16 = 4401;
    /// The page that opened the WebSocket is not the console.
    pub const ORIGIN_REFUSED: u16 = 4403;
    /// The session is over.
    pub const SESSION_GONE: u16 = 4404;
    /// No hello in time, or the other end did not come.
    pub const TIMED_OUT: u16 = 4408;
    /// This end of the session is connected already.
    pub const ALREADY_CONNECTED: u16 = 4409;
    /// The session ended; the reason text is its end reason code.
    pub const SESSION_ENDED: u16 = 4410;
    /// The other end is gone.
    pub const PEER_LOST: u16 = 4411;
    /// A newer connection of the session took its place.
    pub const SUPERSEDED: u16 = 4412;
    /// A message over its limit.
    pub const TOO_BIG: u16 = 4413;
    /// More messages or bytes than allowed.
    pub const TOO_FAST: u16 = 4429;
}

/// First message of either end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayHello {
    /// The grant of this end.
    pub grant: Grant,
}

impl RelayHello {
    /// The message as it travels.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        proto::RelayHello {
            version: VERSION,
            grant: self.grant.0.to_vec(),
        }
        .encode_to_vec()
    }

    /// Reads the message.
    ///
    /// # Errors
    /// When it is too big, does not parse, has another version or a grant of the wrong size.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        if bytes.len() > RELAY_HELLO_MAX {
            return Err(ProtocolError::TooBig("relay hello"));
        }
        let hello: proto::RelayHello = wire::decode(bytes, "relay hello")?;
        if hello.version != VERSION {
            return Err(ProtocolError::Version(hello.version));
        }
        Ok(Self {
            grant: Grant::from_slice(&hello.grant)?,
        })
    }
}

/// The server's answer, once both ends are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayReady {
    /// The session both grants belong to.
    pub session: SessionId,
}

impl RelayReady {
    /// The message as it travels.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        proto::RelayReady {
            session_id: self.session.0.to_vec(),
        }
        .encode_to_vec()
    }

    /// Reads the message.
    ///
    /// # Errors
    /// When it is too big or does not parse.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        if bytes.len() > RELAY_HELLO_MAX {
            return Err(ProtocolError::TooBig("relay ready"));
        }
        let ready: proto::RelayReady = wire::decode(bytes, "relay ready")?;
        Ok(Self {
            session: SessionId::from_slice(&ready.session_id)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_messages_round_trip() {
        let hello = RelayHello {
            grant: Grant([9; 32]),
        };
        assert_eq!(RelayHello::parse(&hello.encode()), Ok(hello));
        let ready = RelayReady {
            session: SessionId([3; 16]),
        };
        assert_eq!(RelayReady::parse(&ready.encode()), Ok(ready));
    }

    #[test]
    fn a_hello_without_a_proper_grant_is_refused() {
        let short = proto::RelayHello {
            version: 1,
            grant: vec![1; 31],
        }
        .encode_to_vec();
        assert_eq!(RelayHello::parse(&short), Err(ProtocolError::Malformed("grant")));
        let newer = proto::RelayHello {
            version: 2,
            grant: vec![1; 32],
        }
        .encode_to_vec();
        assert_eq!(RelayHello::parse(&newer), Err(ProtocolError::Version(2)));
        assert_eq!(
            RelayHello::parse(&[0xff; 9]),
            Err(ProtocolError::Malformed("relay hello"))
        );
        assert_eq!(
            RelayHello::parse(&vec![0; 2000]),
            Err(ProtocolError::TooBig("relay hello"))
        );
    }
}
