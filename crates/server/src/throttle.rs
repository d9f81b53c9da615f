//! [`Throttle`]: so many attempts at once, then one per period, counted per key.
//!
//! The generic cell rate algorithm: one number per key, no timers. Memory is bounded: keys that have recovered are
//! forgotten, and when [`Throttle::new`]'s `keys_max` are all busy, newcomers share one cell instead of displacing others,
//! so a flood of made-up keys slows only strangers down.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;

/// How much is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Attempts at once, from a rested key.
    pub burst: u32,
    /// Time in which one more becomes possible.
    pub period: Duration,
}

impl Rate {
    /// Time from exhausted to rested.
    #[must_use]
    pub fn whole(self) -> Duration {
        self.period * self.burst
    }
}

/// What is left to a key after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Attempts that are possible at once.
    pub attempts: u32,
    /// How long until it will have recovered completely.
    pub rested_in: Duration,
}

/// Counts attempts per key.
#[derive(Debug)]
pub struct Throttle<K> {
    rate: Rate,
    keys_max: usize,
    // Held for a look-up, now and then for a sweep over `keys_max` entries; never across a wait.
    cells: Mutex<Cells<K>>,
}

#[derive(Debug)]
struct Cells<K> {
    /// When each key will have recovered completely.
    rested_at: HashMap<K, Timestamp>,
    /// The same for everybody who found no place.
    overflow: Timestamp,
}

impl<K: Eq + Hash> Throttle<K> {
    /// Nobody has tried anything.
    #[must_use]
    pub fn new(rate: Rate, keys_max: usize) -> Self {
        let cells = Cells {
            rested_at: HashMap::new(),
            overflow: Timestamp(i64::MIN),
        };
        Self {
            rate,
            keys_max,
            cells: Mutex::new(cells),
        }
    }

    /// Counts one attempt.
    ///
    /// # Errors
    /// How long to wait for the next one; the refused attempt does not count.
    pub fn check(&self, key: K, now: Timestamp) -> Result<(), Duration> {
        self.take(key, now).map(|_| ())
    }

    /// Like [`Throttle::check`]; says what is left.
    ///
    /// # Errors
    /// How long to wait for the next one; the refused attempt does not count.
    pub fn take(&self, key: K, now: Timestamp) -> Result<Left, Duration> {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        if cells.rested_at.len() >= self.keys_max && !cells.rested_at.contains_key(&key) {
            cells.rested_at.retain(|_, rested_at| *rested_at > now);
        }
        let crowded = cells.rested_at.len() >= self.keys_max && !cells.rested_at.contains_key(&key);
        let cell = if crowded {
            &mut cells.overflow
        } else {
            cells.rested_at.entry(key).or_insert(now)
        };
        // Further ahead it can only be when the clock was set back; nobody waits for that.
        let rested_at = (*cell).max(now).min(now.after(self.rate.whole()));
        *cell = rested_at;
        let allowance = self.rate.period * self.rate.burst.saturating_sub(1);
        let ahead = rested_at.since(now);
        if ahead > allowance {
            return Err(ahead.saturating_sub(allowance));
        }
        *cell = rested_at.after(self.rate.period);
        let rested_in = cell.since(now);
        let free = self.rate.whole().saturating_sub(rested_in);
        let attempts = free.as_millis().checked_div(self.rate.period.as_millis());
        Ok(Left {
            attempts: attempts.map_or(self.rate.burst, |some| u32::try_from(some).unwrap_or(u32::MAX)),
            rested_in,
        })
    }

    /// Takes back an attempt that [`Throttle::check`] counted: it turned out to be a right one. Counting first and taking back
    /// lets nobody try many things at once.
    pub fn give_back(&self, key: &K) {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let cells = &mut *cells;
        let cell = cells.rested_at.get_mut(key).unwrap_or(&mut cells.overflow);
        *cell = cell.before(self.rate.period);
    }

    /// Whether the key has attempts that count still; strangers without a place share theirs.
    #[must_use]
    pub fn has_tried(&self, key: &K, now: Timestamp) -> bool {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        match cells.rested_at.get(key) {
            Some(rested_at) => *rested_at > now,
            None => cells.rested_at.len() >= self.keys_max && cells.overflow > now,
        }
    }

    /// Number of keys that are remembered; never above `keys_max`.
    #[must_use]
    pub fn remembered(&self) -> usize {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.rested_at.len()
    }

    /// Forgets a key's attempts: its owner has proved to be the right one.
    pub fn forget(&self, key: &K) {
        self.cells
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .rested_at
            .remove(key);
    }
}

/// What addresses are counted by: one subscriber of IPv6 has a /64, so single addresses of it cost nothing to change.
/// Addresses of IPv4 in the clothes of IPv6 are those of IPv4.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        v4 @ IpAddr::V4(_) => v4,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        burst: 3,
        period: Duration::from_secs(10),
    };
    const START: Timestamp = Timestamp(1_000_000);

    #[test]
    fn a_burst_then_one_per_period() {
        let throttle = Throttle::new(RATE, 10);
        for _ in 0..3 {
            assert!(throttle.check("a", START).is_ok());
        }
        assert_eq!(throttle.check("a", START), Err(Duration::from_secs(10)));
        assert!(throttle.check("b", START).is_ok());
        let later = START.after(Duration::from_secs(10));
        assert!(throttle.check("a", later).is_ok());
        assert!(throttle.check("a", later).is_err());
        throttle.forget(&"a");
        assert!(throttle.check("a", later).is_ok());
    }

    #[test]
    fn what_is_left_is_told() {
        let throttle = Throttle::new(RATE, 10);
        let told: Vec<_> = (0..3)
            .map(|_| {
                throttle
                    .take("a", START)
                    .map(|left| (left.attempts, left.rested_in.as_secs()))
            })
            .collect();
        assert_eq!(told, [Ok((2, 10)), Ok((1, 20)), Ok((0, 30))]);
        assert_eq!(throttle.take("a", START), Err(Duration::from_secs(10)));
        let later = START.after(Duration::from_secs(25));
        let left = throttle.take("a", later).unwrap();
        assert_eq!((left.attempts, left.rested_in), (1, Duration::from_secs(15)));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let throttle = Throttle::new(RATE, 10);
        assert!(
            throttle
                .check("a", START.after(Duration::from_secs(86_400)))
                .is_ok()
        );
        // As if all had been used just now.
        assert_eq!(throttle.check("a", START), Err(Duration::from_secs(10)));
        assert!(throttle.check("a", START.after(Duration::from_secs(10))).is_ok());
    }

    #[test]
    fn what_is_given_back_does_not_count() {
        let throttle = Throttle::new(RATE, 1);
        assert!(!throttle.has_tried(&"a", START));
        for _ in 0..10 {
            assert!(throttle.check("a", START).is_ok());
            assert!(throttle.has_tried(&"a", START));
            throttle.give_back(&"a");
            assert!(!throttle.has_tried(&"a", START));
        }
        for _ in 0..3 {
            assert!(throttle.check("a", START).is_ok());
        }
        assert!(throttle.check("a", START).is_err());
        // Strangers share what they try and what they are given back.
        assert!(!throttle.has_tried(&"b", START));
        assert!(throttle.check("b", START).is_ok());
        assert!(throttle.has_tried(&"c", START));
        throttle.give_back(&"b");
        assert!(!throttle.has_tried(&"c", START));
        assert!(!throttle.has_tried(&"a", START.after(Duration::from_secs(30))));
    }

    #[test]
    fn neighbors_of_one_subscriber_are_counted_as_one() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("192.0.2.1"), "192.0.2.1");
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
    }

    #[test]
    fn memory_is_bounded_and_known_keys_keep_their_place() {
        let throttle = Throttle::new(RATE, 2);
        assert!(throttle.check(0, START).is_ok());
        assert!(throttle.check(1, START).is_ok());
        for stranger in 2..5 {
            assert!(throttle.check(stranger, START).is_ok());
        }
        // The shared cell is empty now, for every stranger.
        assert!(throttle.check(99, START).is_err());
        assert!(throttle.check(0, START).is_ok());
        assert_eq!(throttle.remembered(), 2);
        // Rested keys make room.
        let later = START.after(Duration::from_secs(3600));
        assert!(throttle.check(99, later).is_ok());
        assert_eq!(throttle.remembered(), 1);
    }
}
