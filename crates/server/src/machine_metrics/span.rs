//! How fine metrics are kept and for how long, how they are cut into blocks, and how finer points become coarser ones. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use super::series::Point;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Most points of an answer; a graph is some 1,000 pixels wide.
pub const POINTS_MAX: i64 = 400;

/// Lengths of an answer's steps, in milliseconds: those that people count in. The last one shows more than is kept.
const STEPS: [i64; 14] = [
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
];

/// How fine points are that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolution {
    /// A point for each minute, for a day; a block is an hour.
    Minute,
    /// One for ten minutes, for a week; a block is a day.
    TenMinutes,
    /// One for an hour, for a year; a block is a week.
    Hour,
}

impl Resolution {
    /// The finest first.
    pub const ALL: [Self; 3] = [Self::Minute, Self::TenMinutes, Self::Hour];

    /// As it stands in rows.
    #[must_use]
    pub fn key(self) -> i16 {
        match self {
            Self::Minute => 0,
            Self::TenMinutes => 1,
            Self::Hour => 2,
        }
    }

    /// Milliseconds of a point.
    #[must_use]
    pub fn step(self) -> i64 {
        match self {
            Self::Minute => MINUTE,
            Self::TenMinutes => 10 * MINUTE,
            Self::Hour => HOUR,
        }
    }

    /// Milliseconds of a block.
    #[must_use]
    pub fn block(self) -> i64 {
        match self {
            Self::Minute => HOUR,
            Self::TenMinutes => DAY,
            Self::Hour => 7 * DAY,
        }
    }

    /// Milliseconds for which points are kept, at least.
    fn kept(self) -> i64 {
        match self {
            Self::Minute => DAY,
            Self::TenMinutes => 7 * DAY,
            Self::Hour => 366 * DAY,
        }
    }

    /// Blocks that begin before this are not needed any more. Whoever asks for all of a day has asked a moment ago, so there is one
    /// block more than that.
    #[must_use]
    pub fn oldest(self, now: i64) -> i64 {
        self.block_of(now.saturating_sub(self.kept() + self.block()))
    }

    /// Where the block of a moment begins.
    #[must_use]
    pub fn block_of(self, at: i64) -> i64 {
        floor(at, self.block())
    }

    /// Which point of its block a moment is in.
    #[must_use]
    pub fn slot_of(self, at: i64) -> u32 {
        let inside = at.saturating_sub(self.block_of(at));
        u32::try_from(inside / self.step()).unwrap_or(0)
    }

    /// Where a point begins.
    #[must_use]
    pub fn at(self, block: i64, slot: u32) -> i64 {
        block.saturating_add(i64::from(slot).saturating_mul(self.step()))
    }
}

/// The last multiple of `step` that is not after `at`.
#[must_use]
pub fn floor(at: i64, step: i64) -> i64 {
    at.div_euclid(step).saturating_mul(step)
}

/// How an answer is put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Of which points.
    pub from: Resolution,
    /// How long each point of the answer is, in milliseconds.
    pub step: i64,
}

/// The finest answer about the time from one moment to another that has no more than [`POINTS_MAX`] points and is not finer than what is
/// kept of that time.
#[must_use]
pub fn answer(from: i64, to: i64, now: i64) -> Answer {
    let finest = Resolution::ALL
        .into_iter()
        .find(|one| one.oldest(now) <= from)
        .unwrap_or(Resolution::Hour);
    // Both ends may be in the middle of a point.
    let fits = |step: &i64| to.saturating_sub(from) / step + 2 <= POINTS_MAX;
    let step = STEPS
        .into_iter()
        .filter(|step| *step >= finest.step())
        .find(fits)
        .unwrap_or(7 * DAY);
    let coarsest = Resolution::ALL
        .into_iter()
        .rev()
        .find(|one| *one >= finest && one.step() <= step && step % one.step() == 0);
    Answer {
        from: coarsest.unwrap_or(finest),
        step,
    }
}

/// Points put together into longer ones, by where these begin. What of a point is known is known afterwards: sums, the least and the most.
#[must_use]
pub fn roll(points: impl IntoIterator<Item = (i64, Point)>, step: i64) -> BTreeMap<i64, Point> {
    let mut rolled: BTreeMap<i64, Point> = BTreeMap::new();
    for (at, point) in points {
        rolled.entry(floor(at, step)).or_default().add(&point);
    }
    rolled
}

/// The longest time that can be asked about.
pub const SPAN_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::codec::tests::point;
    use super::*;

    const NOW: i64 = 1_772_366_400_000;

    #[test]
    fn an_answer_is_as_fine_as_is_kept_and_shown() {
        let back = |from: i64, length: i64| answer(NOW - from, NOW - from + length, NOW);
        let is = |from, step| Answer { from, step };
        assert_eq!(back(HOUR, HOUR), is(Resolution::Minute, MINUTE));
        assert_eq!(back(DAY, DAY), is(Resolution::Minute, 5 * MINUTE));
        assert_eq!(back(7 * DAY, 7 * DAY), is(Resolution::TenMinutes, 30 * MINUTE));
        assert_eq!(back(366 * DAY, 366 * DAY), is(Resolution::Hour, DAY));
        assert_eq!(back(3 * DAY, HOUR), is(Resolution::TenMinutes, 10 * MINUTE));
        assert_eq!(back(30 * DAY, HOUR), is(Resolution::Hour, HOUR));
    }

    #[test]
    fn a_block_knows_its_points() {
        for resolution in Resolution::ALL {
            let block = resolution.block_of(NOW);
            let slot = resolution.slot_of(NOW);
            assert_eq!(resolution.at(block, slot), floor(NOW, resolution.step()));
            assert!(i64::from(slot) < resolution.block() / resolution.step());
            assert!(resolution.oldest(NOW) < NOW - resolution.kept());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn no_answer_has_more_points_than_are_shown(from in 0..366 * DAY, length in 1..366 * DAY) {
            let found = answer(NOW - from, NOW - from + length, NOW);
            let first = floor(NOW - from, found.step);
            let last = floor(NOW - from + length - 1, found.step);
            prop_assert!((last - first) / found.step < POINTS_MAX);
            prop_assert!(found.step % found.from.step() == 0);
        }

        /// Whether minutes become hours at once or by way of ten minutes: nothing is lost and nothing is counted twice.
        #[test]
        fn sums_and_ends_are_kept(points in vec((0..3 * HOUR / MINUTE, point()), 0..60)) {
            let minutes: Vec<_> = points.into_iter().map(|(minute, point)| (NOW + minute * MINUTE, point)).collect();
            let tens = roll(minutes.iter().copied(), 10 * MINUTE);
            let by_tens = roll(tens, HOUR);
            let hours = roll(minutes.iter().copied(), HOUR);
            prop_assert_eq!(&by_tens, &hours);
            let all = |points: Vec<Point>| {
                let mut whole = Point::default();
                for point in &points {
                    whole.add(point);
                }
                whole
            };
            let before = all(minutes.iter().map(|(_, point)| *point).collect());
            let after = all(hours.values().copied().collect());
            prop_assert_eq!(before, after);
            for (cell, told) in before.cells.iter().zip(0..) {
                let each = || minutes.iter().map(move |(_, point)| point.cells[told]).filter(|cell| cell.seconds > 0);
                prop_assert_eq!(i64::from(cell.seconds), each().map(|cell| i64::from(cell.seconds)).sum::<i64>());
                prop_assert_eq!(cell.sum, each().map(|cell| cell.sum).sum::<i64>());
                prop_assert_eq!(cell.min, each().map(|cell| cell.min).min().unwrap_or(0));
                prop_assert_eq!(cell.max, each().map(|cell| cell.max).max().unwrap_or(0));
            }
        }
    }
}
