//! [`When`]: ages and dates in a search, as moments.
//!
//! Ages are compared as ages, dates as dates: `seen:>2d` is older than two days (an earlier moment), `seen:>2026-11-20` is
//! after that day (a later moment).

use super::query::Span;
use super::scan::Comparison;
use crate::clock::Timestamp;
use std::ops::Bound;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
const YEAR: i64 = 365 * DAY;
/// Longest age; nothing that is searched is older.
const AGE_MAX: i64 = 1_000 * YEAR;
/// The first day of the year 1, before which dates are written otherwise.
const FIRST: Timestamp = Timestamp(-62_135_596_800_000);

/// What is written for a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// So long ago that it was then.
    Ago(Timestamp),
    /// A day in UTC, or a millisecond: from its beginning up to what comes after it.
    Date(Timestamp, Timestamp),
}

impl When {
    pub(super) fn read(text: &str, now: Timestamp) -> Option<Self> {
        age(text)
            .map(|age| Self::Ago(Timestamp(now.0.saturating_sub(age))))
            .or_else(|| date(text))
    }

    /// Without a sign: within that age, or on that date.
    pub(super) fn meant(self) -> Span<Timestamp> {
        match self {
            Self::Ago(_) => self.compared(Comparison::AtMost),
            Self::Date(_, _) => self.compared(Comparison::Equal),
        }
    }

    /// What compares so with it. Nothing is exactly of an age: what has it or less is.
    pub(super) fn compared(self, comparison: Comparison) -> Span<Timestamp> {
        match (self, comparison) {
            (Self::Ago(then), Comparison::Less) => from(next(then)),
            (Self::Ago(then), Comparison::AtMost | Comparison::Equal) => from(then),
            (Self::Ago(then), Comparison::AtLeast) => before(next(then)),
            (Self::Ago(then), Comparison::More) => before(then),
            (Self::Date(begin, _), Comparison::Less) => before(begin),
            (Self::Date(_, end), Comparison::AtMost) => before(end),
            (Self::Date(begin, end), Comparison::Equal) => Span::half_open(begin, end),
            (Self::Date(begin, _), Comparison::AtLeast) => from(begin),
            (Self::Date(_, end), Comparison::More) => from(end),
        }
    }

    /// From the younger age to the older, or from the earlier date to the end of the later; None for one of each.
    pub(super) fn range(ends: (Self, Self)) -> Option<Span<Timestamp>> {
        match ends {
            (Self::Ago(young), Self::Ago(old)) => Some(Span::half_open(old, next(young))),
            (Self::Date(begin, _), Self::Date(_, end)) => Some(Span::half_open(begin, end)),
            _ => None,
        }
    }
}

fn from(moment: Timestamp) -> Span<Timestamp> {
    Span {
        low: Bound::Included(moment),
        high: Bound::Unbounded,
    }
}

fn before(moment: Timestamp) -> Span<Timestamp> {
    Span {
        low: Bound::Unbounded,
        high: Bound::Excluded(moment),
    }
}

fn next(moment: Timestamp) -> Timestamp {
    Timestamp(moment.0.saturating_add(1))
}

/// Milliseconds.
fn age(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let digits = text.strip_suffix(unit)?;
    let unit = match unit.to_ascii_lowercase() {
        's' => SECOND,
        'm' => MINUTE,
        'h' => HOUR,
        'd' => DAY,
        'w' => WEEK,
        'y' => YEAR,
        _ => return None,
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let age = digits.parse::<i64>().ok()?.checked_mul(unit)?;
    (age <= AGE_MAX).then_some(age)
}

fn date(text: &str) -> Option<When> {
    // `2026-11-20`; whether there is such a day is seen with the time.
    let is_day = text.len() == "2026-11-20".len();
    let (begin, length) = if is_day {
        (format!("{text}T00:00:00Z").parse::<Timestamp>().ok()?, DAY)
    } else {
        (text.parse::<Timestamp>().ok()?, 1)
    };
    (begin >= FIRST).then(|| When::Date(begin, Timestamp(begin.0.saturating_add(length))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_176_000_000);

    fn ago(milliseconds: i64) -> When {
        When::Ago(Timestamp(NOW.0 - milliseconds))
    }

    #[test]
    fn ages_and_dates() {
        let day = Timestamp(1_795_132_800_000);
        for (text, when) in [
            ("90s", Some(ago(90 * SECOND))),
            ("5m", Some(ago(5 * MINUTE))),
            ("2H", Some(ago(2 * HOUR))),
            ("2d", Some(ago(2 * DAY))),
            ("3w", Some(ago(3 * WEEK))),
            ("1y", Some(ago(YEAR))),
            ("1000y", Some(ago(AGE_MAX))),
            ("1001y", None),
            ("99999999999999999999d", None),
            ("d", None),
            ("-2d", None),
            ("2", None),
            ("2mo", None),
            ("2é", None),
            ("", None),
            ("2026-11-20", Some(When::Date(day, Timestamp(day.0 + DAY)))),
            ("2026-11-20T00:00:00Z", Some(When::Date(day, next(day)))),
            ("2026-11-20T01:00:00+01:00", Some(When::Date(day, next(day)))),
            ("2026-11-31", None),
            ("2026-1-2", None),
            ("0000-01-01", None),
            ("tomorrow!!", None),
        ] {
            assert_eq!(When::read(text, NOW), when, "{text}");
        }
    }

    #[test]
    fn ages_compare_as_ages_and_dates_as_dates() {
        let then = Timestamp(NOW.0 - DAY);
        let Some(age) = When::read("1d", NOW) else {
            panic!("an age")
        };
        for (comparison, span) in [
            (Comparison::Less, from(next(then))),
            (Comparison::AtMost, from(then)),
            (Comparison::AtLeast, before(next(then))),
            (Comparison::More, before(then)),
        ] {
            assert_eq!(age.compared(comparison), span, "{comparison}");
        }
        assert_eq!(age.meant(), from(then));
        let (begin, end) = (Timestamp(1_795_132_800_000), Timestamp(1_795_219_200_000));
        let Some(day) = When::read("2026-11-20", NOW) else {
            panic!("a day")
        };
        for (comparison, span) in [
            (Comparison::Less, before(begin)),
            (Comparison::AtMost, before(end)),
            (Comparison::Equal, Span::half_open(begin, end)),
            (Comparison::AtLeast, from(begin)),
            (Comparison::More, from(end)),
        ] {
            assert_eq!(day.compared(comparison), span, "{comparison}");
        }
        assert_eq!(day.meant(), Span::half_open(begin, end));
    }
}
