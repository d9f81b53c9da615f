//! When agents that find no place in the handshake are to come again: one after the other, no more than the server takes in.
//! Pure, with the time handed in.
//!
//! After a restart a whole fleet knocks at once. Without a word each would knock again within a second, and the server would do
//! nothing but refuse. With it each has a moment of its own:
//!
//! ```text
//!  places taken ─▶ [now + 0.5 s] ─2.5 ms─▶ [next] ─2.5 ms─▶ … ─▶ [now + 45 s], and again from the middle on
//! ```
//! Nobody is remembered: who comes at its moment is taken in like anybody else, or put off once more.

use std::time::Duration;

use farol_protocol::Tick;

/// Not sooner: the places that are taken have to become free.
const FIRST: Duration = Duration::from_millis(500);
/// Between two moments: 400 a second, less than a server takes in, so that newcomers find their place beside them.
const BETWEEN: Duration = Duration::from_micros(2_500);
/// Not later: 17,000 agents have a moment each, and all are back within a minute. More of them share the second half.
const LAST: Duration = Duration::from_secs(45);

/// The moments that were given.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Waves {
    next: Tick,
}

impl Waves {
    /// How long the next one has to wait.
    pub(super) fn put_off(&mut self, now: Tick) -> Duration {
        let mut moment = self.next.max(now.after(FIRST));
        if moment > now.after(LAST) {
            moment = now.after(LAST / 2);
        }
        self.next = moment.after(BETWEEN);
        moment.since(now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Tick = Tick(9_000_000);

    #[test]
    fn a_fleet_that_knocks_at_once_is_spread_over_less_than_a_minute() {
        let mut waves = Waves::default();
        let mut moments: Vec<Duration> = (0..17_000).map(|_| waves.put_off(NOW)).collect();
        assert_eq!(moments.first(), Some(&FIRST));
        assert!(moments.is_sorted());
        moments.dedup();
        assert_eq!(moments.len(), 17_000, "each has a moment of its own");
        assert!(moments.last().is_some_and(|last| *last <= LAST));
    }

    #[test]
    fn what_was_given_long_ago_delays_nobody() {
        let mut waves = Waves::default();
        for _ in 0..1_000 {
            waves.put_off(NOW);
        }
        assert_eq!(waves.put_off(NOW.after(LAST)), FIRST);
    }

    proptest! {
        #[test]
        fn nobody_waits_for_longer_than_the_last(steps in prop::collection::vec((0u64..5_000, 1usize..200), 1..200)) {
            let (mut waves, mut now) = (Waves::default(), NOW);
            for (passed, knocking) in steps {
                now = now.after(Duration::from_micros(passed));
                for _ in 0..knocking {
                    let wait = waves.put_off(now);
                    prop_assert!((FIRST..=LAST).contains(&wait));
                }
            }
        }
    }
}
