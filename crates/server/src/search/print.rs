//! A query as text again: what [`Query::read`] reads as an equal query, in the one form that all ways to write it share.
//!
//! Ages come out as the moments they meant when they were read; whoever keeps a search for later keeps what was written.

use std::fmt::{self, Display, Formatter};
use std::ops::Bound;

use super::language::Field;
use super::query::{Query, Span, Test};
use super::version::Version;
use crate::clock::Timestamp;

/// The last moment that has a date of four digits for its year.
const LAST: Timestamp = Timestamp(253_402_300_799_999);

impl<F: Field> Display for Query<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::And(all) => joined(f, all, " ", |query| matches!(query, Self::Or(_))),
            Self::Or(any) => joined(f, any, " OR ", |_| false),
            Self::Not(query) => match **query {
                Self::And(_) | Self::Or(_) => write!(f, "-({query})"),
                _ => write!(f, "-{query}"),
            },
            Self::Words(text) => f.write_str(&written(text.as_str())),
            Self::Is { field, test } => write!(f, "{}:{test}", field.name()),
        }
    }
}

fn joined<F: Field>(
    f: &mut Formatter<'_>,
    queries: &[Query<F>],
    between: &str,
    in_parentheses: impl Fn(&Query<F>) -> bool,
) -> fmt::Result {
    for (index, query) in queries.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        if in_parentheses(query) {
            write!(f, "({query})")?;
        } else {
            write!(f, "{query}")?;
        }
    }
    Ok(())
}

/// As it stands after the colon.
impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Says => f.write_str("*"),
            Self::Contains(text) => f.write_str(&written(text.as_str())),
            Self::Equals(text) => write!(f, "={}", written(text.as_str())),
            Self::Choice(choice) => f.write_str(choice),
            Self::Number(span) => number(f, span),
            Self::Time(span) => time(f, span),
            Self::Within(network) if network.prefix_len() == network.max_prefix_len() => {
                write!(f, "{}", network.addr())
            }
            Self::Within(network) => write!(f, "{network}"),
            Self::Version(span) => version(f, span),
            Self::YesNo(true) => f.write_str("yes"),
            Self::YesNo(false) => f.write_str("no"),
        }
    }
}

fn number(f: &mut Formatter<'_>, span: &Span<f64>) -> fmt::Result {
    match (&span.low, &span.high) {
        (Bound::Included(low) | Bound::Excluded(low), Bound::Included(high) | Bound::Excluded(high)) => {
            two_ends(f, low, high)
        }
        _ => one_end(f, span),
    }
}

fn version(f: &mut Formatter<'_>, span: &Span<Version>) -> fmt::Result {
    match (&span.low, &span.high) {
        (Bound::Included(low), Bound::Excluded(high)) if high.beginning(low).is_some() => {
            f.write_str(&high.beginning(low).unwrap_or_default())
        }
        (Bound::Included(low) | Bound::Excluded(low), Bound::Included(high) | Bound::Excluded(high)) => {
            two_ends(f, low, high)
        }
        _ => one_end(f, span),
    }
}

fn time(f: &mut Formatter<'_>, span: &Span<Timestamp>) -> fmt::Result {
    // The moments on this side of the ends, as whole milliseconds: none lies between.
    let low = match span.low {
        Bound::Included(low) => Some(low),
        Bound::Excluded(low) => Some(Timestamp(low.0.saturating_add(1))),
        Bound::Unbounded => None,
    };
    let high = match span.high {
        Bound::Included(high) => Some(Timestamp(high.0.saturating_add(1))),
        Bound::Excluded(high) => Some(high),
        Bound::Unbounded => None,
    };
    let before = |moment: Timestamp| Timestamp(moment.0.saturating_sub(1)).rfc3339();
    match (low, high) {
        (Some(low), Some(high)) => write!(f, "{}..{}", low.rfc3339(), before(high)),
        (Some(low), None) if low > LAST => write!(f, ">{}", before(low)),
        (Some(low), None) => write!(f, ">={}", low.rfc3339()),
        (None, Some(high)) if high > LAST => write!(f, "<={}", before(high)),
        (None, Some(high)) => write!(f, "<{}", high.rfc3339()),
        (None, None) => f.write_str("*"),
    }
}

fn two_ends<T: Display + PartialEq>(f: &mut Formatter<'_>, low: &T, high: &T) -> fmt::Result {
    if low == high {
        return write!(f, "={low}");
    }
    write!(f, "{low}..{high}")
}

fn one_end<T: Display>(f: &mut Formatter<'_>, span: &Span<T>) -> fmt::Result {
    match (&span.low, &span.high) {
        (Bound::Included(low), _) => write!(f, ">={low}"),
        (Bound::Excluded(low), _) => write!(f, ">{low}"),
        (_, Bound::Included(high)) => write!(f, "<={high}"),
        (_, Bound::Excluded(high)) => write!(f, "<{high}"),
        (Bound::Unbounded, Bound::Unbounded) => f.write_str("*"),
    }
}

/// A text as it is written in a search: in quotation marks if it could mean more than itself.
#[must_use]
pub fn written(text: &str) -> String {
    let joins = matches!(text, "OR" | "AND" | "NOT");
    let plain = |letter: char| letter.is_alphanumeric() || "-_./@".contains(letter);
    if text.starts_with(char::is_alphanumeric) && text.chars().all(plain) && !text.contains("..") && !joins {
        return text.to_owned();
    }
    quoted(text)
}

/// A text in quotation marks, which mean that it means nothing but itself.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted.push('"');
    quoted
}
