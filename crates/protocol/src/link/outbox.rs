//! What waits to be sent on a link: a bounded queue of encoded messages.

use std::collections::VecDeque;

use crate::error::Full;
use crate::limits::LINK_QUEUE_MESSAGES;

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Vec<u8>>,
}

impl Outbox {
    /// Full means that the peer stopped reading: the caller should give the link up.
    pub(crate) fn push(&mut self, message: Vec<u8>) -> Result<(), Full> {
        if self.queue.len() >= LINK_QUEUE_MESSAGES {
            return Err(Full);
        }
        self.queue.push_back(message);
        Ok(())
    }

    /// For the handshake and the last word, which always fit: the queue is emptied first.
    pub(crate) fn only(&mut self, message: Vec<u8>) {
        self.queue.clear();
        self.queue.push_back(message);
    }

    pub(crate) fn clear(&mut self) {
        self.queue.clear();
    }

    pub(crate) fn pop(&mut self) -> Option<Vec<u8>> {
        self.queue.pop_front()
    }
}
