//! The six bytes in front of every fragment in a pipe. Not here: what fragments make up ([`crate::pipe`]).
//!
//! ```text
//! 0        1        2                                   6
//! | channel| flags  | sequence number, little-endian    | fragment, 1 byte to 32 KiB …
//! ```
//! Flag bit 0: last fragment of its message. All other bits are zero. Sequence numbers count the packets of one
//! channel in one direction from 0.

use crate::ProtocolError;
use crate::limits::{FRAGMENT_MAX, PACKET_HEADER};
use crate::pipe::Channel;

const END: u8 = 1;

/// A packet's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Where the fragment belongs.
    pub channel: Channel,
    /// Last fragment of its message.
    pub end: bool,
    /// Position in the channel, wrapping.
    pub seq: u32,
}

/// Writes one packet. `fragment` must be 1 to [`FRAGMENT_MAX`] bytes, which the pipe sees to.
#[must_use]
pub fn encode(header: Header, fragment: &[u8]) -> Vec<u8> {
    debug_assert!(!fragment.is_empty() && fragment.len() <= FRAGMENT_MAX);
    let mut packet = Vec::with_capacity(PACKET_HEADER + fragment.len());
    packet.push(header.channel.number());
    packet.push(if header.end { END } else { 0 });
    packet.extend_from_slice(&header.seq.to_le_bytes());
    packet.extend_from_slice(fragment);
    packet
}

/// Reads one packet: its header and its fragment.
///
/// # Errors
/// When the packet is too short or long, its fragment is empty, its channel unknown or a reserved flag is set.
pub fn decode(packet: &[u8]) -> Result<(Header, &[u8]), ProtocolError> {
    let Some((head, fragment)) = packet.split_first_chunk::<PACKET_HEADER>() else {
        return Err(ProtocolError::Malformed("packet header"));
    };
    let [channel, flags, seq @ ..] = *head;
    if flags & !END != 0 {
        return Err(ProtocolError::Malformed("packet flags"));
    }
    if fragment.is_empty() {
        return Err(ProtocolError::Malformed("packet without fragment"));
    }
    if fragment.len() > FRAGMENT_MAX {
        return Err(ProtocolError::TooBig("packet"));
    }
    let channel = Channel::from_number(channel).ok_or(ProtocolError::UnknownChannel(channel))?;
    Ok((
        Header {
            channel,
            end: flags & END != 0,
            seq: u32::from_le_bytes(seq),
        },
        fragment,
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn round_trip(number in 0u8..5, end: bool, seq: u32, fragment in prop::collection::vec(any::<u8>(), 1..300)) {
            let header = Header { channel: Channel::from_number(number).unwrap(), end, seq };
            let packet = encode(header, &fragment);
            prop_assert_eq!(decode(&packet), Ok((header, fragment.as_slice())));
        }

        #[test]
        fn never_panics(packet in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok((header, fragment)) = decode(&packet) {
                prop_assert_eq!(encode(header, fragment), packet);
            }
        }
    }

    #[test]
    fn refuses_what_is_not_a_packet() {
        assert_eq!(decode(&[]), Err(ProtocolError::Malformed("packet header")));
        assert_eq!(
            decode(&[0, 2, 0, 0, 0, 0, 9]),
            Err(ProtocolError::Malformed("packet flags"))
        );
        assert_eq!(
            decode(&[0, 1, 0, 0, 0, 0]),
            Err(ProtocolError::Malformed("packet without fragment"))
        );
        assert_eq!(
            decode(&[9, 1, 0, 0, 0, 0, 9]),
            Err(ProtocolError::UnknownChannel(9))
        );
        let long = vec![0; PACKET_HEADER + FRAGMENT_MAX + 1];
        assert_eq!(decode(&long), Err(ProtocolError::TooBig("packet")));
    }
}
