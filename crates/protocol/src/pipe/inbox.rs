//! What arrives on a pipe, put together: order, size and credit of each channel. Not here: what messages mean.

use super::greeting::Progress;
use super::{Channel, Side};
use crate::ProtocolError;
use crate::packet::Header;

/// One channel's way in.
#[derive(Debug)]
pub(crate) struct Inbox {
    channel: Channel,
    seq: u32,
    partial: Vec<u8>,
    message_max: usize,
    window: u32,
    /// What the sender may still send.
    left: u32,
    /// Consumed and not yet returned.
    consumed: u32,
    /// Returned since the pipe began.
    credited: u64,
}

/// A complete message, and the credit that its reader gives back by reading it.
#[derive(Debug)]
pub(crate) struct Complete {
    pub(crate) bytes: Vec<u8>,
    pub(crate) credit: u32,
}

impl Inbox {
    pub(crate) fn new(channel: Channel, receiver: Side) -> Self {
        let window = channel.window(receiver);
        Self {
            channel,
            seq: 0,
            partial: Vec::new(),
            message_max: channel.message_max(receiver),
            window,
            left: window,
            consumed: 0,
            credited: 0,
        }
    }

    /// Takes the next packet.
    ///
    /// The first half window of each message is given back when the message is read, anything beyond on arrival: a
    /// message may be bigger than the window and must still get through, while unread messages must hold enough
    /// credit that there are never more than two such big ones.
    pub(crate) fn take(
        &mut self,
        header: Header,
        fragment: &[u8],
    ) -> Result<Option<Complete>, ProtocolError> {
        if header.seq != self.seq {
            return Err(ProtocolError::OutOfOrder {
                channel: self.channel,
                expected: self.seq,
                got: header.seq,
            });
        }
        self.seq = self.seq.wrapping_add(1);
        let size = u32::try_from(fragment.len()).unwrap_or(u32::MAX);
        if self.channel != Channel::Control {
            self.left = self
                .left
                .checked_sub(size)
                .ok_or(ProtocolError::Credit(self.channel))?;
        }
        if self.partial.len() + fragment.len() > self.message_max {
            return Err(ProtocolError::TooBig("message"));
        }
        let before = self.held();
        self.partial.extend_from_slice(fragment);
        let held = self.held();
        self.consume(size - (held - before));
        Ok(header.end.then(|| Complete {
            bytes: std::mem::take(&mut self.partial),
            credit: held,
        }))
    }

    /// Bytes of the message under way that are given back only when it is read.
    fn held(&self) -> u32 {
        u32::try_from(self.partial.len())
            .unwrap_or(u32::MAX)
            .min(self.window / 2)
    }

    /// Notes that bytes were read.
    pub(crate) fn consume(&mut self, bytes: u32) {
        self.consumed = self.consumed.saturating_add(bytes);
    }

    /// Credit to return now: once half of the window was read, all of it.
    pub(crate) fn due_credit(&mut self) -> Option<u32> {
        if self.channel == Channel::Control || self.consumed < self.window / 2 {
            return None;
        }
        self.left += self.consumed;
        self.credited += u64::from(self.consumed);
        Some(std::mem::take(&mut self.consumed))
    }

    /// What the sender needs to go on over another connection.
    pub(super) fn progress(&self) -> Progress {
        Progress {
            next_seq: self.seq,
            credited: self.credited,
        }
    }
}
