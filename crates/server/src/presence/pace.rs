//! How often links are heard: the more there are, the less often each. Pure.
//!
//! | links | heartbeat | of all, a second | offline after silence of |
//! |---|---|---|---|
//! | up to 500 | 4 s | 125 | 9 s |
//! | 2,000 | 8 s | 250 | 17 s |
//! | 5,000 | 12.6 s | 395 | 26 s |
//! | 18,000 | 24 s | 750 | 49 s |
//! | 50,000 | 40 s | 1,250 | 81 s |
//! | from 112,500 on | 60 s | | 121 s |
//!
//! Both the interval and the work grow with the square root of the links: with the same work for any number a machine of a large
//! fleet would be missed for minutes, with the same interval the work of a rest would fill the processor. Silence is the rare case
//! anyway: a link that is closed, also by a process that was killed, is seen at once.
//!
//! Of machines that somebody has to do with, links are as quick as those of a small server ([`Pace::QUICK`]).

use std::time::Duration;

use farol_protocol::limits::{HEARTBEAT_EVERY, HEARTBEAT_MAX};
use farol_protocol::link::Pace;

/// Up to here every link is quick.
pub const FEW: usize = 500;
/// Links that come back in a second after all of them were lost at once: meant to be a little more than a server of two cores takes
/// in with TLS and their rows (950 to 1,600 hellos a second without TLS, `docs/performance.md`), so that it is never idle; who finds
/// no place is told when to come.
pub const RETURNING: u32 = 600;
/// Longest time over which they come: what remains of a minute is for the server's start and for those who come twice.
pub const RETURN_MAX: Duration = Duration::from_secs(40);

/// The pace of a link at rest on a server that has so many of them.
#[must_use]
pub fn pace(links: usize) -> Pace {
    let links = u32::try_from(links).unwrap_or(u32::MAX);
    let few = u32::try_from(FEW).unwrap_or(u32::MAX);
    let quick = HEARTBEAT_EVERY.as_millis();
    let millis = (quick * quick * u128::from(links) / u128::from(few)).isqrt();
    let heartbeat = Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
    let redial = if links <= few {
        Duration::ZERO
    } else {
        // Whole milliseconds, as they travel.
        Duration::from_millis(u64::from(links) * 1_000 / u64::from(RETURNING)).min(RETURN_MAX)
    };
    Pace {
        heartbeat: heartbeat.clamp(HEARTBEAT_EVERY, HEARTBEAT_MAX),
        redial,
    }
}

/// Whether a link is worth a word about its pace: half as much again, or that much less. A fleet that grows or comes back would
/// be told of every machine otherwise.
#[must_use]
pub fn differs(told: Pace, wanted: Pace) -> bool {
    let (less, more) = (
        told.heartbeat.min(wanted.heartbeat),
        told.heartbeat.max(wanted.heartbeat),
    );
    more * 2 > less * 3
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_table_above_is_true() {
        let heartbeat = |links| pace(links).heartbeat.as_millis();
        assert_eq!(pace(0), Pace::QUICK);
        assert_eq!(pace(FEW), Pace::QUICK);
        assert_eq!(heartbeat(2_000), 8_000);
        assert_eq!(heartbeat(5_000), 12_649);
        assert_eq!(heartbeat(18_000), 24_000);
        assert_eq!(heartbeat(50_000), 40_000);
        assert_eq!(heartbeat(112_500), 60_000);
        assert_eq!(pace(usize::MAX).heartbeat, HEARTBEAT_MAX);
        assert_eq!(pace(18_000).redial, Duration::from_secs(30));
    }

    proptest! {
        /// More links are never heard more often each, nor less often all together; and the rule has no steps that would make a
        /// link change its pace to and fro with every machine that comes and goes.
        #[test]
        fn the_rule_is_smooth(links in 0usize..200_000, more in 1usize..1_000) {
            let (now, then) = (pace(links), pace(links + more));
            prop_assert!(now.heartbeat <= then.heartbeat && now.redial <= then.redial);
            let work = |links: usize, pace: Pace| links as u128 * 1_000_000_000 / pace.heartbeat.as_micros();
            // A millisecond is rounded off.
            prop_assert!(work(links, now) <= work(links + more, then) * 1_001 / 1_000 + 1);
            prop_assert!((HEARTBEAT_EVERY..=HEARTBEAT_MAX).contains(&now.heartbeat));
            prop_assert!(now.redial <= RETURN_MAX);
            prop_assert!(!differs(pace(links), pace(links + links / 10)), "a tenth more is not worth a word");
        }

        /// At most so many heartbeats a second, up to 100,000 machines.
        #[test]
        fn all_together_are_bounded(links in 1usize..100_000) {
            let a_second = links as u128 * 1_000 / pace(links).heartbeat.as_millis();
            prop_assert!(a_second <= 1_800, "{}", a_second);
        }

        #[test]
        fn who_was_told_the_rule_hears_of_it_again_in_time(told in 0usize..200_000, now in 0usize..200_000) {
            let (told, wanted) = (pace(told), pace(now));
            prop_assert_eq!(differs(told, wanted), differs(wanted, told));
            if !differs(told, wanted) {
                prop_assert!(told.heartbeat <= wanted.heartbeat * 3 / 2 && wanted.heartbeat <= told.heartbeat * 3 / 2);
            }
        }
    }
}
