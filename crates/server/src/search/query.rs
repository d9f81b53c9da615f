//! [`Query`]: a search as it was understood, for those who evaluate it. [`Query::fits`] does in memory; the domains do in
//! SQL.

use std::ops::{Bound, RangeBounds};

use ipnet::IpNet;

use super::fold::Folded;
use super::scan::Comparison;
use super::version::Version;
use crate::clock::Timestamp;

/// What somebody looks for, among things that have the fields `F`.
///
/// What [`Query::read`] returns is in its simplest form: `All` only as a whole, no list of one, no list in one of its own
/// kind, nothing excluded twice. [`Query::and`], [`Query::or`] and [`Query::not`] keep it so.
#[derive(Debug, Clone, PartialEq)]
pub enum Query<F> {
    /// Everything.
    All,
    /// What fits all of these; two or more.
    And(Vec<Query<F>>),
    /// What fits any of these; two or more.
    Or(Vec<Query<F>>),
    /// What does not fit this.
    Not(Box<Query<F>>),
    /// What has this text in any of its attributes.
    Words(Folded),
    /// What has a value in this field that passes the test. What says nothing there passes none.
    Is {
        /// Which field.
        field: F,
        /// What is asked of its values.
        test: Test,
    },
}

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// There is one.
    Says,
    /// Text, or the way an address is written: this is in it.
    Contains(Folded),
    /// Text: this is all of it.
    Equals(Folded),
    /// It is this one of the field's choices.
    Choice(&'static str),
    /// A number between these; bytes and percent without a unit.
    Number(Span<f64>),
    /// A moment between these: from the lower one on (`Included`), up to but without the upper one (`Excluded`).
    Time(Span<Timestamp>),
    /// An address in this network.
    Within(IpNet),
    /// A version between these.
    Version(Span<Version>),
    /// Yes, or no.
    YesNo(bool),
}

/// What lies between two ends, each of which may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Span<T> {
    /// The lower end.
    pub low: Bound<T>,
    /// The upper end.
    pub high: Bound<T>,
}

impl<T: PartialOrd> Span<T> {
    /// Whether a value lies between the ends.
    #[must_use]
    pub fn contains(&self, value: &T) -> bool {
        (self.low.as_ref(), self.high.as_ref()).contains(value)
    }
}

impl<T: Clone> Span<T> {
    /// What compares with a value in this way.
    pub(super) fn compared(comparison: Comparison, with: T) -> Self {
        let (low, high) = match comparison {
            Comparison::Less => (Bound::Unbounded, Bound::Excluded(with)),
            Comparison::AtMost => (Bound::Unbounded, Bound::Included(with)),
            Comparison::Equal => (Bound::Included(with.clone()), Bound::Included(with)),
            Comparison::AtLeast => (Bound::Included(with), Bound::Unbounded),
            Comparison::More => (Bound::Excluded(with), Bound::Unbounded),
        };
        Self { low, high }
    }

    /// From one value to another, with both.
    pub(super) fn closed(low: T, high: T) -> Self {
        Self {
            low: Bound::Included(low),
            high: Bound::Included(high),
        }
    }

    /// From one value to another, without that.
    pub(super) fn half_open(low: T, high: T) -> Self {
        Self {
            low: Bound::Included(low),
            high: Bound::Excluded(high),
        }
    }
}

impl<F> Query<F> {
    /// What fits all of them; everything if there are none.
    #[must_use]
    pub fn and(all: Vec<Self>) -> Self {
        let mut flat = Vec::new();
        for query in all {
            match query {
                Self::All => {}
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::All,
            1 => flat.remove(0),
            _ => Self::And(flat),
        }
    }

    /// What fits any of them; nothing (what is not everything) if there are none.
    #[must_use]
    pub fn or(any: Vec<Self>) -> Self {
        let mut flat = Vec::new();
        for query in any {
            match query {
                Self::All => return Self::All,
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::not(Self::All),
            1 => flat.remove(0),
            _ => Self::Or(flat),
        }
    }

    /// What does not fit it.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "stands beside `and` and `or`, which no trait has"
    )]
    pub fn not(query: Self) -> Self {
        match query {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}
