//! What all agents of a process have done so far, as numbers.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows, but for [`Counter::sub`].
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn sub(&self, less: u64) {
        self.0.fetch_sub(less, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// All numbers, in the order of [`Tally::line`].
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Links that are welcomed and not over.
    pub(crate) live: Counter,
    /// Times that an agent began to dial.
    pub(crate) attempts: Counter,
    /// Of those, how many were welcomed.
    pub(crate) welcomes: Counter,
    /// Of those that were not, how many were told when to come.
    pub(crate) put_off: Counter,
    /// Sections of the inventory that the server has kept.
    pub(crate) kept: Counter,
    /// Sections that it did not take, or not now.
    pub(crate) refused: Counter,
    /// Times that an agent was told another pace.
    pub(crate) paces: Counter,
}

impl Tally {
    /// All numbers in one line.
    pub(crate) fn line(&self) -> String {
        let all = [
            &self.live,
            &self.attempts,
            &self.welcomes,
            &self.put_off,
            &self.kept,
            &self.refused,
            &self.paces,
        ];
        all.map(|counter| counter.get().to_string()).join(" ")
    }
}

/// A live link; counted while it is there.
pub(crate) struct Live<'a>(&'a Counter);

impl<'a> Live<'a> {
    pub(crate) fn count(live: &'a Counter) -> Self {
        live.add(1);
        Self(live)
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.0.sub(1);
    }
}
