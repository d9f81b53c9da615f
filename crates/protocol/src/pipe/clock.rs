//! Round trip and clock offset from pings. Not here: when to ping (`core.rs`).
//!
//! Four timestamps make one sample (as in NTP, RFC 5905 section 8). The sample with the shortest round trip among
//! the last few is the most honest about the offset: it waited least in queues.

use std::collections::VecDeque;

use crate::Tick;
use crate::limits::{CLOCK_SAMPLE_AGE, CLOCK_SAMPLES, PINGS_OUTSTANDING};

/// What is known about the way to the peer and its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockEstimate {
    /// Round trip of the newest ping, microseconds.
    pub rtt_us: u64,
    /// Shortest round trip among the recent ones, microseconds.
    pub min_rtt_us: u64,
    /// Add this to an own tick to get the peer's clock, microseconds; from the ping with the shortest round trip.
    pub offset_us: i64,
}

/// The four timestamps of one ping and its pong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exchange {
    pub(crate) sent: u64,
    pub(crate) peer_received: u64,
    pub(crate) peer_replied: u64,
    pub(crate) received: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Clock {
    next_id: u32,
    outstanding: VecDeque<(u32, Tick)>,
    samples: VecDeque<Sample>,
}

/// What one exchange says, and when it was over.
#[derive(Debug, Clone, Copy)]
struct Sample {
    rtt: u64,
    offset: i64,
    at: Tick,
}

impl Clock {
    /// Number and time of the next ping.
    pub(crate) fn ping(&mut self, now: Tick) -> u32 {
        self.next_id = self.next_id.wrapping_add(1);
        if self.outstanding.len() == PINGS_OUTSTANDING {
            self.outstanding.pop_front();
        }
        self.outstanding.push_back((self.next_id, now));
        self.next_id
    }

    /// Takes a pong; `None` when it answers nothing that is waiting.
    pub(crate) fn pong(&mut self, id: u32, exchange: Exchange) -> Option<ClockEstimate> {
        let at = self
            .outstanding
            .iter()
            .position(|&(known, sent)| known == id && sent.0 == exchange.sent)?;
        self.outstanding.drain(..=at);
        let newest = exchange.sample();
        let is_old = |sample: &Sample| newest.at.since(sample.at) > CLOCK_SAMPLE_AGE;
        while self.samples.front().is_some_and(is_old) || self.samples.len() >= CLOCK_SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(newest);
        let best = self.samples.iter().min_by_key(|sample| sample.rtt)?;
        Some(ClockEstimate {
            rtt_us: newest.rtt,
            min_rtt_us: best.rtt,
            offset_us: best.offset,
        })
    }
}

impl Exchange {
    /// Round trip without the peer's own delay, and offset; a peer's impossible times are clamped, never trusted.
    fn sample(self) -> Sample {
        let away = i128::from(self.received) - i128::from(self.sent);
        let held = i128::from(self.peer_replied) - i128::from(self.peer_received);
        let rtt = (away - held.clamp(0, away.max(0))).max(0);
        let forth = i128::from(self.peer_received) - i128::from(self.sent);
        let back = i128::from(self.peer_replied) - i128::from(self.received);
        let offset = (forth + back)
            .div_euclid(2)
            .clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        Sample {
            rtt: u64::try_from(rtt).unwrap_or(u64::MAX),
            offset: i64::try_from(offset).unwrap_or(0),
            at: Tick(self.received),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(sent: u64, peer_received: u64, peer_replied: u64, received: u64) -> Exchange {
        Exchange {
            sent,
            peer_received,
            peer_replied,
            received,
        }
    }

    #[test]
    fn the_shortest_round_trip_decides_the_offset() {
        let mut clock = Clock::default();
        // The peer's clock is 1000 ahead; the way there and back takes 10 each, the peer 5.
        let id = clock.ping(Tick(100));
        let first = clock.pong(id, exchange(100, 1110, 1115, 125)).unwrap();
        assert_eq!(
            first,
            ClockEstimate {
                rtt_us: 20,
                min_rtt_us: 20,
                offset_us: 1000
            }
        );
        // The second waits 500 on the way there: its own offset would be wrong.
        let id = clock.ping(Tick(1000));
        let second = clock.pong(id, exchange(1000, 2510, 2510, 1520)).unwrap();
        assert_eq!(
            second,
            ClockEstimate {
                rtt_us: 520,
                min_rtt_us: 20,
                offset_us: 1000
            }
        );
    }

    #[test]
    fn what_was_measured_long_ago_counts_no_more() {
        let mut clock = Clock::default();
        let age = u64::try_from(CLOCK_SAMPLE_AGE.as_micros()).unwrap();
        let id = clock.ping(Tick(0));
        clock.pong(id, exchange(0, 1010, 1010, 20)).unwrap();
        let id = clock.ping(Tick(age));
        let still = clock
            .pong(id, exchange(age, age + 1300, age + 1300, age + 20))
            .unwrap();
        assert_eq!((still.min_rtt_us, still.offset_us), (20, 1000));
        // The clocks drifted apart meanwhile, and the way is longer.
        let now = 2 * age - 200;
        let id = clock.ping(Tick(now));
        let new = clock
            .pong(id, exchange(now, now + 3050, now + 3050, now + 100))
            .unwrap();
        assert_eq!((new.min_rtt_us, new.offset_us), (20, 1290), "of a while ago");
        let now = now + 2 * age;
        let id = clock.ping(Tick(now));
        let new = clock
            .pong(id, exchange(now, now + 3050, now + 3050, now + 100))
            .unwrap();
        assert_eq!((new.min_rtt_us, new.offset_us), (100, 3000));
    }

    #[test]
    fn pongs_that_nobody_waits_for_are_ignored() {
        let mut clock = Clock::default();
        let id = clock.ping(Tick(7));
        assert_eq!(clock.pong(id + 1, exchange(7, 0, 0, 9)), None);
        assert_eq!(clock.pong(id, exchange(8, 0, 0, 9)), None);
        assert!(clock.pong(id, exchange(7, 0, 0, 9)).is_some());
        assert_eq!(clock.pong(id, exchange(7, 0, 0, 9)), None);
    }

    #[test]
    fn absurd_times_are_clamped() {
        let mut clock = Clock::default();
        for times in [(0, u64::MAX), (u64::MAX, 0), (u64::MAX, u64::MAX)] {
            let id = clock.ping(Tick(5));
            let estimate = clock.pong(id, exchange(5, times.0, times.1, 10)).unwrap();
            assert!(estimate.rtt_us <= 5);
        }
    }
}
