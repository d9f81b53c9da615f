//! What the relay lets through, as pure rules with the time handed in.
//!
//! Here: rates; sizes and close codes come from the protocol. Not here: sockets (`couple.rs`).
//! The relay cannot read what it passes on, so these are the only rules it has.

use farol_protocol::Tick;
pub use farol_protocol::limits::{RELAY_HELLO_MAX as HELLO_MAX, RELAY_MESSAGE_MAX as MESSAGE_MAX};
pub use farol_protocol::relay::close;

use crate::sessions::lifecycle::Side;

/// Sustained messages per second from an agent. A picture stream of full fragments at this rate is 640 MB/s, so only a flood
/// of tiny messages ever meets it.
pub const FROM_AGENT_PER_SECOND: u64 = 20_000;
/// Sustained messages per second from a viewer. The fastest hands and acknowledgements make some 1 200; full fragments of
/// an upload at this rate are 128 MB/s.
pub const FROM_VIEWER_PER_SECOND: u64 = 4_000;

/// A token bucket over messages, one per direction. It holds one second's worth, so a burst after a stall passes.
#[derive(Debug, Clone)]
pub struct Rate {
    per_second: u64,
    /// Micro-messages: one message is 1 000 000.
    left: u64,
    seen: Tick,
}

const ONE: u64 = 1_000_000;

impl Rate {
    /// A full bucket at `now` for what comes from `side`.
    #[must_use]
    pub fn new(now: Tick, side: Side) -> Self {
        let per_second = match side {
            Side::Agent => FROM_AGENT_PER_SECOND,
            Side::Viewer => FROM_VIEWER_PER_SECOND,
        };
        Self {
            per_second,
            left: per_second * ONE,
            seen: now,
        }
    }

    /// Takes one message in; false when that is one too many.
    #[must_use]
    pub fn allow(&mut self, now: Tick) -> bool {
        let elapsed_us = now.0.saturating_sub(self.seen.0);
        self.seen = now;
        let gained = elapsed_us.saturating_mul(self.per_second);
        self.left = self.left.saturating_add(gained).min(self.per_second * ONE);
        match self.left.checked_sub(ONE) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BURST: u64 = FROM_VIEWER_PER_SECOND;
    const EACH_US: u64 = 1_000_000 / FROM_VIEWER_PER_SECOND;

    fn viewer() -> Rate {
        Rate::new(Tick(0), Side::Viewer)
    }

    #[test]
    fn a_burst_passes_and_a_flood_does_not() {
        let mut rate = viewer();
        assert!((0..BURST).all(|_| rate.allow(Tick(0))));
        assert!(!rate.allow(Tick(0)));
        assert!(rate.allow(Tick(EACH_US)));
        assert!(!rate.allow(Tick(EACH_US)));
    }

    #[test]
    fn the_sustained_rate_is_allowed_for_ever() {
        let mut rate = viewer();
        assert!((1..200_000_u64).all(|n| rate.allow(Tick(n * EACH_US))));
    }

    #[test]
    fn a_long_rest_fills_the_bucket_and_no_more() {
        let mut rate = viewer();
        let later = Tick(u64::MAX);
        assert!((0..BURST).all(|_| rate.allow(later)));
        assert!(!rate.allow(later));
    }
}
