//! How long to wait before dialing again. Pure: time and randomness are arguments.

use std::time::Duration;

use farol_protocol::Tick;

/// Longest wait before the first retry: a dropped connection is usually back at once.
const FIRST: Duration = Duration::from_millis(200);
/// Shortest wait at all, so that a server that refuses at once is not hammered.
const LEAST: Duration = Duration::from_millis(20);
/// Longest wait while the loss is young: brings an agent back within two seconds of a restarted server.
const YOUNG_CAP: Duration = Duration::from_secs(1);
/// How long a loss counts as young.
const YOUNG: Duration = Duration::from_secs(60);
/// Longest wait ever.
const OLD_CAP: Duration = Duration::from_secs(30);
/// A connection that held this long starts the waiting anew; one that did not was no success.
const STABLE: Duration = Duration::from_secs(5);

/// Jittered exponential back-off ("full jitter": anything between the least wait and the cap of the moment).
///
/// ```text
/// try     1       2       3      4+ (first minute)   later
/// cap     200 ms  400 ms  800 ms 1 s                 doubles to 30 s
/// ```
/// The other end may know better: with thousands of connections that are lost in one moment it asks for a wider
/// [spread](Self::spread), which is the least cap from then on.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    lost: Option<Tick>,
    connected: Option<Tick>,
    attempts: u32,
    spread: Duration,
}

impl Backoff {
    /// Notes that a connection works.
    pub fn connected(&mut self, now: Tick) {
        self.connected = Some(now);
    }

    /// Waits are drawn from no less than this time from now on; zero is the usual. It holds until it is said anew.
    pub fn spread(&mut self, spread: Duration) {
        self.spread = spread;
    }

    /// How long to wait before the next try. Call once for each try that failed and each connection that ended;
    /// `random` is any random number.
    pub fn next_delay(&mut self, now: Tick, random: u32) -> Duration {
        if let Some(connected) = self.connected.take()
            && now.since(connected) >= STABLE
        {
            self.lost = None;
            self.attempts = 0;
        }
        let lost = *self.lost.get_or_insert(now);
        let exponential = FIRST.saturating_mul(1u32.checked_shl(self.attempts).unwrap_or(u32::MAX));
        let cap = exponential.min(if now.since(lost) < YOUNG {
            YOUNG_CAP
        } else {
            OLD_CAP
        });
        let cap = cap.max(self.spread);
        self.attempts = self.attempts.saturating_add(1);
        LEAST + (cap - LEAST).mul_f64(f64::from(random) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Tick = Tick(77);

    #[test]
    fn the_first_retry_is_quick_and_the_first_minute_patient() {
        let mut backoff = Backoff::default();
        let mut now = START;
        assert_eq!(backoff.next_delay(now, u32::MAX), FIRST);
        let mut longest = Duration::ZERO;
        while now.since(START) < YOUNG {
            let delay = backoff.next_delay(now, u32::MAX);
            longest = longest.max(delay);
            now = now.after(delay);
        }
        assert_eq!(longest, YOUNG_CAP);
        assert_eq!(backoff.next_delay(now, u32::MAX), OLD_CAP);
    }

    #[test]
    fn only_a_connection_that_held_starts_anew() {
        let mut backoff = Backoff::default();
        for _ in 0..5 {
            backoff.next_delay(START, 0);
        }
        backoff.connected(START);
        assert_eq!(
            backoff.next_delay(START.after(Duration::from_secs(1)), u32::MAX),
            YOUNG_CAP,
            "a short success"
        );
        backoff.connected(START);
        assert_eq!(backoff.next_delay(START.after(STABLE), u32::MAX), FIRST);
    }

    #[test]
    fn many_come_back_over_the_time_that_the_server_said() {
        const SPREAD: Duration = Duration::from_secs(20);
        let mut backoff = Backoff::default();
        backoff.spread(SPREAD);
        assert_eq!(backoff.next_delay(START, u32::MAX), SPREAD, "the first time, too");
        assert_eq!(backoff.next_delay(START, 0), LEAST);
        assert_eq!(backoff.next_delay(START.after(YOUNG), u32::MAX), SPREAD);
        let half = backoff.next_delay(START, u32::MAX / 2);
        assert!((Duration::from_secs(9)..Duration::from_secs(11)).contains(&half));
        backoff.spread(Duration::ZERO);
        assert_eq!(backoff.next_delay(START, u32::MAX), YOUNG_CAP);
    }

    proptest! {
        #[test]
        fn delays_stay_in_range(steps in prop::collection::vec((any::<u32>(), 0u64..100_000_000), 1..100)) {
            let (mut backoff, mut now) = (Backoff::default(), START);
            for (random, passed) in steps {
                let delay = backoff.next_delay(now, random);
                prop_assert!((LEAST..=OLD_CAP).contains(&delay));
                now = Tick(now.0 + passed);
            }
        }
    }
}
