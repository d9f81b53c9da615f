//! Round trip and clock offset from pings. Not here: when to ping (`core.rs`).
//!
//! Four timestamps make one sample (as in NTP, RFC 5905 section 8). The sample with the shortest round trip among
//! the last few is the most honest about the offset: it waited least in queues.

use std::collections::VecDeque;

use crate::Tick;
use crate::limits::{CLOCK_SAMPLES, PINGS_OUTSTANDING};

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
    samples: VecDeque<(u64, i64)>,
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
        let (rtt, offset) = exchange.sample();
        if self.samples.len() == CLOCK_SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back((rtt, offset));
        let &(min_rtt_us, offset_us) = self.samples.iter().min_by_key(|&&(rtt, _)| rtt)?;
        Some(ClockEstimate {
            rtt_us: rtt,
            min_rtt_us,
            offset_us,
        })
    }
}

impl Exchange {
    /// Round trip without the peer's own delay, and offset; a peer's impossible times are clamped, never trusted.
    fn sample(self) -> (u64, i64) {
        let away = i128::from(self.received) - i128::from(self.sent);
        let held = i128::from(self.peer_replied) - i128::from(self.peer_received);
        let rtt = (away - held.clamp(0, away.max(0))).max(0);
        let forth = i128::from(self.peer_received) - i128::from(self.sent);
        let back = i128::from(self.peer_replied) - i128::from(self.received);
        let offset = (forth + back)
            .div_euclid(2)
            .clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        (
            u64::try_from(rtt).unwrap_or(u64::MAX),
            i64::try_from(offset).unwrap_or(0),
        )
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
