//! When an event that was not taken is tried again, and for how long a receiver that takes nothing is left alone.

use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::clock::Timestamp;

/// Pause after the first attempt.
const FIRST: Duration = Duration::from_secs(5);
/// Longest pause.
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// How much longer each pause is than the one before.
const FACTOR: u32 = 3;
/// Longest wait that a receiver may ask for; the day in which an event is tried goes on.
const ASKED_MAX: Duration = Duration::from_secs(6 * 60 * 60);
/// So many failures in a row are the receiver's and not an event's.
const AWAY_AFTER: i64 = 3;
/// Longest pause of a receiver that takes nothing, between one event and the next.
const AWAY_MAX: Duration = Duration::from_secs(60);

/// The pause after so many attempts (from one on). `dice` is any number; it moves the pause by up to a fifth either way, so that those
/// which failed together do not come back together.
pub(super) fn pause(attempts: i64, dice: u32) -> Duration {
    let steps = u32::try_from(attempts.saturating_sub(1).clamp(0, 16)).unwrap_or(16);
    let pause = FIRST.saturating_mul(FACTOR.saturating_pow(steps)).min(LONGEST);
    // 800 to 1,200 thousandths.
    pause / 1000 * (800 + dice % 401)
}

/// For how long nothing else is tried at a receiver after so many failures in a row: none after the first ones, which may be about one
/// event; then from five seconds to a minute.
pub(super) fn rest(failures: i64) -> Option<Duration> {
    let beyond = failures.checked_sub(AWAY_AFTER).filter(|beyond| *beyond >= 0)?;
    let steps = u32::try_from(beyond.min(8)).unwrap_or(8);
    Some(FIRST.saturating_mul(2_u32.saturating_pow(steps)).min(AWAY_MAX))
}

/// How long the receiver asks to be left alone, in seconds or until a date.
pub(super) fn asked(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let wait = of_header(headers.get(RETRY_AFTER)?, now)?;
    Some(wait.min(ASKED_MAX))
}

fn of_header(value: &HeaderValue, now: Timestamp) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = OffsetDateTime::parse(text, &Rfc2822).ok()?;
    let moment = moment.unix_timestamp().checked_mul(1000)?;
    Some(Timestamp(moment).since(now))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The number that moves nothing.
    const STILL: u32 = 200;

    #[test]
    fn pauses_grow_to_an_hour() {
        let seconds: Vec<u64> = (1..=8).map(|attempts| pause(attempts, STILL).as_secs()).collect();
        assert_eq!(seconds, [5, 15, 45, 135, 405, 1215, 3600, 3600]);
        let day = (1..).scan(0, |spent, attempts| {
            *spent += pause(attempts, STILL).as_secs();
            Some(*spent)
        });
        assert_eq!(day.take_while(|spent| *spent <= 86_400).count(), 29);
    }

    #[test]
    fn a_receiver_that_takes_nothing_is_left_alone() {
        let seconds: Vec<_> = [1, 2, 3, 4, 6, 7, 100]
            .map(|failures| rest(failures).map(|rest| rest.as_secs()))
            .to_vec();
        assert_eq!(
            seconds,
            [None, None, Some(5), Some(10), Some(40), Some(60), Some(60)]
        );
    }

    #[test]
    fn what_a_receiver_asks_for_is_understood() {
        let now = Timestamp(1_772_366_400_000);
        let wait = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(text).unwrap())]);
            asked(&headers, now).map(|wait| wait.as_secs())
        };
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait("Sun, 01 Mar 2026 12:10:00 GMT"), Some(600));
        assert_eq!(wait("Sun, 01 Mar 2020 12:10:00 GMT"), Some(0));
        assert_eq!(wait("99999999"), Some(ASKED_MAX.as_secs()));
        assert_eq!(wait("soon"), None);
        assert_eq!(asked(&HeaderMap::new(), now), None);
    }

    proptest! {
        #[test]
        fn a_pause_is_moved_by_a_fifth_at_most(attempts in any::<i64>(), dice in any::<u32>()) {
            let (still, moved) = (pause(attempts, STILL), pause(attempts, dice));
            prop_assert!(moved >= still / 100 * 79 && moved <= still / 100 * 121);
        }
    }
}
