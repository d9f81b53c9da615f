//! What one subscriber still has to be told: a bounded set of topics.
//!
//! Here: collecting, coalescing, overflow. Not here: who may hear what, waking, HTTP (`mod.rs`, `api.rs`).
//!
//! Full rule: above [`TOPICS_MAX`] waiting topics the whole set is replaced by "refetch everything", which is always true
//! and takes no memory. Nothing is ever lost, only made coarser.

use super::Topic;
use crate::ids::MachineId;

/// Most topics waiting for one subscriber; a page shows fewer things than that.
pub(super) const TOPICS_MAX: usize = 256;

/// What a subscriber is told next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// These topics changed, in order of their first change, each once.
    Invalidate(Vec<Topic>),
    /// Too much changed to say what.
    Resync,
}

/// The waiting topics of one subscriber.
#[derive(Debug, Default)]
pub(super) struct Queue {
    topics: Vec<Topic>,
    /// Heard only by who sees the machine, which was not looked up yet.
    unsure: Vec<(MachineId, Topic)>,
    overflowed: bool,
}

impl Queue {
    /// Adds a topic unless it waits already. Linear in the number of waiting topics, which is bounded.
    pub(super) fn push(&mut self, topic: Topic) {
        if self.overflowed || self.topics.contains(&topic) {
            return;
        }
        if self.topics.len() >= TOPICS_MAX {
            self.resync();
            return;
        }
        self.topics.push(topic);
    }

    /// Adds a topic for who sees this machine. Above [`TOPICS_MAX`] nobody looks up any: everything is to be asked for again, which tells
    /// of no machine.
    pub(super) fn push_if_seen(&mut self, machine: MachineId, topic: Topic) {
        if self.overflowed || self.unsure.contains(&(machine, topic)) {
            return;
        }
        if self.unsure.len() >= TOPICS_MAX {
            self.resync();
            return;
        }
        self.unsure.push((machine, topic));
    }

    /// What has to be looked up.
    pub(super) fn take_unsure(&mut self) -> Vec<(MachineId, Topic)> {
        std::mem::take(&mut self.unsure)
    }

    /// All of it is to be asked for again.
    pub(super) fn resync(&mut self) {
        self.topics = Vec::new();
        self.unsure = Vec::new();
        self.overflowed = true;
    }

    /// Everything that waits, as one notice.
    pub(super) fn take(&mut self) -> Option<Notice> {
        if std::mem::take(&mut self.overflowed) {
            return Some(Notice::Resync);
        }
        if self.topics.is_empty() {
            return None;
        }
        Some(Notice::Invalidate(std::mem::take(&mut self.topics)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_told_once_in_order() {
        let mut queue = Queue::default();
        for topic in [Topic::Machines, Topic::Audit, Topic::Machines] {
            queue.push(topic);
        }
        assert_eq!(
            queue.take(),
            Some(Notice::Invalidate(vec![Topic::Machines, Topic::Audit]))
        );
        assert_eq!(queue.take(), None);
    }

    #[test]
    fn overflow_becomes_one_resync_and_then_it_goes_on() {
        let mut queue = Queue::default();
        for _ in 0..=TOPICS_MAX {
            queue.push(Topic::Machine(MachineId::new()));
        }
        queue.push(Topic::Audit);
        assert_eq!(queue.take(), Some(Notice::Resync));
        assert_eq!(queue.take(), None);
        queue.push(Topic::Audit);
        assert_eq!(queue.take(), Some(Notice::Invalidate(vec![Topic::Audit])));
    }
}
