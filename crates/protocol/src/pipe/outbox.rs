//! What waits to be sent on a pipe: one lane per channel, each a bounded queue with credit, and slots for control. A lane keeps
//! what was sent until the other end says that it arrived, to send it again over another connection.
//!
//! Lanes fragment; the strict order between lanes is the caller's (`core.rs`). What happens when a lane is full is
//! said by [`Class`] and [`Lane::push`].

use std::collections::VecDeque;

use super::control::{CloseCode, Control};
use super::greeting::Progress;
use super::message::Class;
use super::{Channel, Side};
use crate::error::Full;
use crate::limits::{
    BULK_FRAGMENT_MAX, CURSOR_QUEUE_MESSAGES, FRAGMENT_MAX, INPUT_QUEUE_BYTES, PACKET_HEADER,
    SCREEN_QUEUE_MESSAGES,
};
use crate::packet::{self, Header};

/// One channel's way out.
#[derive(Debug)]
pub(crate) struct Lane {
    channel: Channel,
    credit: u32,
    window: u32,
    seq: u32,
    /// Goes before anything in `ordered`, but never into the middle of a message.
    urgent: VecDeque<Waiting>,
    ordered: VecDeque<Waiting>,
    ordered_bytes: usize,
    /// The message under way, and how much of it is sent.
    current: Option<(Waiting, usize)>,
    /// Sent, and not known to have arrived, oldest first; at most a window of bytes. The last one has the number before `seq`.
    kept: VecDeque<Vec<u8>>,
    /// How many of the newest of `kept` have yet to be sent again on this connection.
    again: usize,
    /// Payload bytes sent since the pipe began, each once.
    sent: u64,
}

#[derive(Debug)]
struct Waiting {
    class: Class,
    bytes: Vec<u8>,
}

impl Lane {
    pub(crate) fn new(channel: Channel, receiver: Side) -> Self {
        let window = channel.window(receiver);
        Self {
            channel,
            credit: window,
            window,
            seq: 0,
            urgent: VecDeque::new(),
            ordered: VecDeque::new(),
            ordered_bytes: 0,
            current: None,
            kept: VecDeque::new(),
            again: 0,
            sent: 0,
        }
    }

    /// Nothing waits or is under way, and there is credit: a picture sent now leaves at once.
    pub(crate) fn writable(&self) -> bool {
        self.again == 0 && self.current.is_none() && self.ordered.is_empty() && self.credit > 0
    }

    /// [`Lane::next_packet`] would give one.
    pub(crate) fn has_packet(&self, open: bool) -> bool {
        let begins = open && !(self.urgent.is_empty() && self.ordered.is_empty());
        self.again > 0 || (self.credit > 0 && (self.current.is_some() || begins))
    }

    /// What comes next can wait for pictures.
    pub(crate) fn is_patient(&self) -> bool {
        let next = match &self.current {
            Some((message, _)) => Some(message),
            None => self.urgent.front().or_else(|| self.ordered.front()),
        };
        self.again == 0 && next.is_some_and(|message| message.class == Class::Bulk)
    }

    /// Messages that wait, the one under way included.
    pub(crate) fn waiting(&self) -> usize {
        self.urgent.len() + self.ordered.len() + usize::from(self.current.is_some())
    }

    /// Queues a message, or says that this lane's limit for its class is reached.
    pub(crate) fn push(&mut self, class: Class, bytes: Vec<u8>) -> Result<(), Full> {
        match class {
            Class::CursorShape | Class::CursorPosition => push_urgent(&mut self.urgent, class, bytes),
            Class::Frame if !self.writable() => Err(Full),
            Class::Frame | Class::Ordered | Class::Ack | Class::Clipboard | Class::Bulk => {
                self.push_ordered(class, bytes)
            }
        }
    }

    fn push_ordered(&mut self, class: Class, bytes: Vec<u8>) -> Result<(), Full> {
        let newest_wins = matches!(class, Class::Ack | Class::Clipboard);
        if let Some(last) = self
            .ordered
            .back_mut()
            .filter(|last| newest_wins && last.class == class)
        {
            self.ordered_bytes = self.ordered_bytes - last.bytes.len() + bytes.len();
            last.bytes = bytes;
            return Ok(());
        }
        let full = match self.channel {
            Channel::Input => self.ordered_bytes + bytes.len() > INPUT_QUEUE_BYTES,
            _ => self.ordered.len() >= SCREEN_QUEUE_MESSAGES,
        };
        if full {
            return Err(Full);
        }
        self.ordered_bytes += bytes.len();
        self.ordered.push_back(Waiting { class, bytes });
        Ok(())
    }

    /// The next packet of this lane, as long as its credit lasts: first what has to be sent again, then the rest of the message
    /// under way, then, when the channel is `open`, something new.
    pub(crate) fn next_packet(&mut self, open: bool) -> Option<Vec<u8>> {
        if self.again > 0 {
            let packet = self.kept.get(self.kept.len() - self.again).cloned();
            self.again -= 1;
            return packet;
        }
        if self.credit == 0 || (self.current.is_none() && !open) {
            return None;
        }
        let (message, sent) = match self.current.take() {
            Some(current) => current,
            None => (self.next_message()?, 0),
        };
        let left = message.bytes.len() - sent;
        let longest = match message.class {
            Class::Bulk => BULK_FRAGMENT_MAX,
            _ => FRAGMENT_MAX,
        };
        let size = left.min(longest).min(self.credit as usize);
        let header = Header {
            channel: self.channel,
            end: size == left,
            seq: self.seq,
        };
        let packet = packet::encode(header, &message.bytes[sent..sent + size]);
        self.seq = self.seq.wrapping_add(1);
        self.credit -= u32::try_from(size).unwrap_or(self.credit);
        self.sent += size as u64;
        if size < left {
            self.current = Some((message, sent + size));
        }
        self.kept.push_back(packet.clone());
        Some(packet)
    }

    /// Packets that the other end has, if it expects `next_seq`; `None` when that cannot be.
    fn arrived(&self, next_seq: u32) -> Option<usize> {
        let missing = usize::try_from(self.seq.wrapping_sub(next_seq)).ok()?;
        self.kept.len().checked_sub(missing)
    }

    /// Lets go of what arrived; false when the other end cannot have it.
    pub(crate) fn received(&mut self, next_seq: u32) -> bool {
        let Some(arrived) = self.arrived(next_seq) else {
            return false;
        };
        self.kept.drain(..arrived);
        // What was on its way again and arrived by the first try.
        self.again = self.again.min(self.kept.len());
        true
    }

    /// Whether this lane can go on from what the other end has.
    pub(super) fn can_resume(&self, from: Progress) -> bool {
        let credit = u64::from(self.window) + from.credited;
        self.arrived(from.next_seq).is_some() && from.credited <= self.sent && self.sent <= credit
    }

    /// Goes on over a new connection from what the other end has; false when that cannot be.
    pub(super) fn resume(&mut self, from: Progress) -> bool {
        if !self.can_resume(from) || !self.received(from.next_seq) {
            return false;
        }
        self.again = self.kept.len();
        let credit = u64::from(self.window) + from.credited - self.sent;
        self.credit = u32::try_from(credit).unwrap_or(self.window);
        true
    }

    #[cfg(test)]
    pub(crate) fn kept(&self) -> impl Iterator<Item = &[u8]> {
        self.kept.iter().map(Vec::as_slice)
    }

    /// Forgets what waits and was not begun: the channel was closed.
    pub(crate) fn forget_waiting(&mut self) {
        self.urgent.clear();
        self.ordered.clear();
        self.ordered_bytes = 0;
    }

    /// Overwrites with zeros what the other end may not have yet; sizes and numbers stay, so that the lane goes on. Only for a
    /// channel that is closed and stays so while [`Lane::is_owing`]: nothing of this can be parsed.
    pub(crate) fn blank(&mut self) {
        if let Some(rest) = self
            .current
            .as_mut()
            .and_then(|(message, sent)| message.bytes.get_mut(*sent..))
        {
            rest.fill(0);
        }
        for fragment in self
            .kept
            .iter_mut()
            .filter_map(|packet| packet.get_mut(PACKET_HEADER..))
        {
            fragment.fill(0);
        }
    }

    /// Something was begun that is not known to have arrived.
    pub(crate) fn is_owing(&self) -> bool {
        self.current.is_some() || !self.kept.is_empty()
    }

    fn next_message(&mut self) -> Option<Waiting> {
        if let Some(urgent) = self.urgent.pop_front() {
            return Some(urgent);
        }
        let next = self.ordered.pop_front()?;
        self.ordered_bytes -= next.bytes.len();
        Some(next)
    }

    /// Takes credit from the receiver; false when it is more than it can have.
    pub(crate) fn grant(&mut self, bytes: u32) -> bool {
        match self.credit.checked_add(bytes) {
            Some(credit) if bytes > 0 && credit <= self.window => {
                self.credit = credit;
                true
            }
            _ => false,
        }
    }
}

/// A newer position replaces one that waits last; full means that the viewer stopped reading.
fn push_urgent(queue: &mut VecDeque<Waiting>, class: Class, bytes: Vec<u8>) -> Result<(), Full> {
    if let Some(last) = queue
        .back_mut()
        .filter(|last| class == Class::CursorPosition && last.class == class)
    {
        last.bytes = bytes;
        return Ok(());
    }
    if queue.len() >= CURSOR_QUEUE_MESSAGES {
        return Err(Full);
    }
    queue.push_back(Waiting { class, bytes });
    Ok(())
}

/// Control messages wait in slots, so that no peer can make them pile up: a newer pong replaces an older one,
/// credit adds up, and a close forgets the rest. They belong to one connection and begin anew with each.
#[derive(Debug, Default)]
pub(crate) struct ControlOut {
    seq: u32,
    pub(crate) channels: Option<Control>,
    pub(crate) pong: Option<Control>,
    pub(crate) ping: Option<Control>,
    credit: [u32; 1 + Channel::DATA.len()],
    close: Option<Control>,
}

impl ControlOut {
    pub(crate) fn add_credit(&mut self, channel: Channel, bytes: u32) {
        if let Some(slot) = self.credit.get_mut(usize::from(channel.number())) {
            *slot = slot.saturating_add(bytes);
        }
    }

    pub(crate) fn close(&mut self, code: CloseCode, text: String) {
        *self = Self {
            seq: self.seq,
            close: Some(Control::Close { code, text }),
            ..Self::default()
        };
    }

    pub(crate) fn clear(&mut self) {
        *self = Self {
            seq: self.seq,
            ..Self::default()
        };
    }

    pub(crate) fn has_packet(&self) -> bool {
        let slots = [&self.channels, &self.pong, &self.ping, &self.close];
        slots.iter().any(|slot| slot.is_some()) || self.credit.iter().any(|&bytes| bytes > 0)
    }

    /// The next control packet: open channels, pong, ping, credit by channel number, close.
    pub(crate) fn next_packet(&mut self) -> Option<Vec<u8>> {
        let message = self
            .channels
            .take()
            .or_else(|| self.pong.take())
            .or_else(|| self.ping.take())
            .or_else(|| self.take_credit())
            .or_else(|| self.close.take())?;
        // Every own control message is far below one fragment.
        let header = Header {
            channel: Channel::Control,
            end: true,
            seq: self.seq,
        };
        self.seq = self.seq.wrapping_add(1);
        Some(packet::encode(header, &message.encode()))
    }

    fn take_credit(&mut self) -> Option<Control> {
        for channel in [
            Channel::Screen,
            Channel::Input,
            Channel::Clipboard,
            Channel::Company,
        ] {
            let slot = self.credit.get_mut(usize::from(channel.number()))?;
            if *slot > 0 {
                return Some(Control::Credit {
                    channel,
                    bytes: std::mem::take(slot),
                });
            }
        }
        None
    }
}
