//! When a mail that did not go out is tried again: one minute later, then three times as long each time, four hours at most, each time
//! a little earlier or later, so that those which failed together do not come back together.

use std::time::Duration;

/// Pause after the first attempt.
const FIRST: Duration = Duration::from_secs(60);
/// Longest pause.
const LONGEST: Duration = Duration::from_secs(4 * 60 * 60);
/// How much longer each pause is than the one before.
const FACTOR: u32 = 3;

/// The pause after so many attempts (from one on). `dice` is any number; it moves the pause by up to a fifth either way.
pub(super) fn pause(attempts: i64, dice: u32) -> Duration {
    let steps = u32::try_from(attempts.saturating_sub(1).clamp(0, 16)).unwrap_or(16);
    let pause = FIRST.saturating_mul(FACTOR.saturating_pow(steps)).min(LONGEST);
    // 800 to 1,200 thousandths.
    pause / 1000 * (800 + dice % 401)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The number that moves nothing.
    const STILL: u32 = 200;

    #[test]
    fn pauses_grow_to_four_hours() {
        let minutes: Vec<u64> = (1..=8)
            .map(|attempts| pause(attempts, STILL).as_secs() / 60)
            .collect();
        assert_eq!(minutes, [1, 3, 9, 27, 81, 240, 240, 240]);
    }

    proptest! {
        #[test]
        fn a_pause_is_moved_by_a_fifth_at_most(attempts in any::<i64>(), dice in any::<u32>()) {
            let (still, moved) = (pause(attempts, STILL), pause(attempts, dice));
            prop_assert!(moved >= still / 100 * 79 && moved <= still / 100 * 121);
            prop_assert!(moved >= FIRST / 100 * 79 && moved <= LONGEST / 100 * 121);
        }
    }
}
