//! How often a covered window comes up again. Lock screens and other tools raise themselves, too; two such programs must
//! not keep each other and the display busy.

use std::time::{Duration, Instant};

/// Times in a row that a window comes up at once.
const BURST: u32 = 5;

/// After that, once in this time.
const PAUSE: Duration = Duration::from_secs(10);

/// Whether a window is covered, and when it may come up.
#[derive(Debug, Default)]
pub(super) struct Raises {
    covered: bool,
    used: u32,
    /// When one of the used may be used again.
    again: Option<Instant>,
}

impl Raises {
    pub(super) fn covered(&mut self) {
        self.covered = true;
    }

    pub(super) fn seen(&mut self) {
        self.covered = false;
    }

    /// True when the window is to come up now.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        while let Some(again) = self.again.filter(|again| *again <= now) {
            self.used = self.used.saturating_sub(1);
            self.again = (self.used > 0).then(|| again + PAUSE);
        }
        if !self.covered || self.used >= BURST {
            return false;
        }
        self.covered = false;
        self.used += 1;
        self.again = self.again.or(Some(now + PAUSE));
        true
    }

    /// When to ask again, if the window is waiting to come up.
    pub(super) fn next(&self) -> Option<Instant> {
        self.again.filter(|_| self.covered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rival_is_answered_less_and_less() {
        let start = Instant::now();
        let mut raises = Raises::default();
        assert!(!raises.take(start), "nothing covers it");
        for _ in 0..BURST {
            raises.covered();
            assert!(raises.take(start));
        }
        raises.covered();
        assert!(!raises.take(start));
        assert_eq!(raises.next(), Some(start + PAUSE));
        assert!(raises.take(start + PAUSE));
        raises.covered();
        assert!(!raises.take(start + PAUSE));
        raises.seen();
        assert_eq!(raises.next(), None);
        // After a long rest it is as quick as at first.
        let rested = start + PAUSE * 20;
        for _ in 0..BURST {
            raises.covered();
            assert!(raises.take(rested));
        }
    }
}
