//! What stands after the colon of a field, by the field's kind.

use super::address::network;
use super::fold::{Folded, fold};
use super::language::{Field, Kind, Unit};
use super::mistake::{Mistake, Place};
use super::moment::When;
use super::query::{Span, Test};
use super::scan::Comparison;
use super::version::Version;
use crate::clock::Timestamp;

/// A value as it is written.
#[derive(Debug)]
pub(super) struct Written<'a> {
    /// The sign before it.
    pub(super) comparison: Option<Comparison>,
    /// The value, without sign and quotation marks.
    pub(super) text: &'a str,
    /// The value as it is written without a sign.
    pub(super) unsigned: String,
    /// It stands in quotation marks.
    pub(super) is_quoted: bool,
    /// Where it stands, with the sign.
    pub(super) place: Place,
}

/// A value of a kind that has an order.
enum Ordered<'a> {
    Bare(&'a str),
    Compared(Comparison, &'a str),
    Range(&'a str, &'a str),
}

/// What is asked of a field's values.
///
/// # Errors
/// The value means nothing for the field's kind.
pub(super) fn test<F: Field>(field: F, written: &Written, now: Timestamp) -> Result<Test, Mistake> {
    match field.kind() {
        Kind::Text => text(field, written),
        Kind::Choice(choices) => choice(field, written, choices),
        Kind::Number(unit) => number(field, written, unit),
        Kind::Time => time(field, written, now),
        Kind::Address => address(field, written),
        Kind::Version => version(field, written),
        Kind::YesNo => yes_or_no(field, written),
    }
}

fn text<F: Field>(field: F, written: &Written) -> Result<Test, Mistake> {
    let text = Folded::of(written.text);
    if text.is_blank() {
        return Err(Mistake::nothing_to_find(written.place));
    }
    match equal_or_bare(field, written)? {
        Some(_) => Ok(Test::Equals(text)),
        None => Ok(Test::Contains(text)),
    }
}

fn choice<F: Field>(field: F, written: &Written, choices: &'static [&'static str]) -> Result<Test, Mistake> {
    equal_or_bare(field, written)?;
    let wanted = fold(written.text.trim());
    let found = choices.iter().find(|choice| **choice == wanted);
    found
        .map(|choice| Test::Choice(choice))
        .ok_or_else(|| Mistake::unknown_choice(written.place, (field, written.text), choices))
}

fn yes_or_no<F: Field>(field: F, written: &Written) -> Result<Test, Mistake> {
    equal_or_bare(field, written)?;
    match fold(written.text.trim()).as_str() {
        "yes" | "true" => Ok(Test::YesNo(true)),
        "no" | "false" => Ok(Test::YesNo(false)),
        _ => Err(Mistake::malformed(written.place, (field, written.text))),
    }
}

fn address<F: Field>(field: F, written: &Written) -> Result<Test, Mistake> {
    let equal = equal_or_bare(field, written)?;
    let text = Folded::of(written.text.trim());
    if let Some(network) = network(text.as_str()) {
        return Ok(Test::Within(network));
    }
    // A part of an address is no network, and nothing between two.
    let part = equal.is_none() && !text.as_str().contains('/') && !text.as_str().contains("..");
    if !part || text.is_blank() {
        return Err(Mistake::malformed(written.place, (field, written.text)));
    }
    Ok(Test::Contains(text))
}

fn version<F: Field>(field: F, written: &Written) -> Result<Test, Mistake> {
    let read = |text: &str| {
        Version::written(&fold(text)).ok_or_else(|| Mistake::malformed(written.place, (field, text)))
    };
    let span = match ordered(field, written)? {
        Ordered::Bare(text) => {
            let (low, next) = read(text)?;
            Span::half_open(low, next)
        }
        Ordered::Compared(comparison, text) => Span::compared(comparison, read(text)?.0),
        Ordered::Range(low, high) => {
            let ends = (read(low)?.0, read(high)?.0);
            in_order(written, ends, (low, high))?
        }
    };
    Ok(Test::Version(span))
}

/// A number as it is written.
#[derive(Clone, Copy)]
struct Amount {
    digits: f64,
    /// Half of what the last digit counts.
    half: f64,
    /// What the unit multiplies with, if one is written.
    scale: Option<f64>,
}

impl Amount {
    fn value(self) -> f64 {
        self.digits * self.scale.unwrap_or(1.0)
    }
}

fn number<F: Field>(field: F, written: &Written, unit: Unit) -> Result<Test, Mistake> {
    let read = |text: &str| {
        amount(&fold(text), unit).ok_or_else(|| Mistake::malformed(written.place, (field, text)))
    };
    let span = match ordered(field, written)? {
        Ordered::Bare(text) => {
            let amount = read(text)?;
            match unit {
                Unit::Plain => Span::compared(Comparison::Equal, amount.value()),
                // Nothing measured is exactly 10%; what is written so is meant.
                Unit::Bytes | Unit::Percent => {
                    let half = amount.half * amount.scale.unwrap_or(1.0);
                    Span::closed(amount.value() - half, amount.value() + half)
                }
            }
        }
        Ordered::Compared(comparison, text) => Span::compared(comparison, read(text)?.value()),
        Ordered::Range(low, high) => {
            let (mut first, last) = (read(low)?, read(high)?);
            // `10..20gb`.
            first.scale = first.scale.or(last.scale);
            in_order(written, (first.value(), last.value()), (low, high))?
        }
    };
    Ok(Test::Number(span))
}

/// Digits with at most one point among them, and a unit.
fn amount(text: &str, unit: Unit) -> Option<Amount> {
    let text = text.trim();
    let is_digit = |letter: char| letter.is_ascii_digit() || letter == '.';
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let length = unsigned
        .find(|letter| !is_digit(letter))
        .unwrap_or(unsigned.len());
    let (number, name) = text.split_at(text.len() - unsigned.len() + length);
    let (whole, decimals) = unsigned
        .get(..length)?
        .split_once('.')
        .unwrap_or((unsigned.get(..length)?, "0"));
    if whole.is_empty() || decimals.is_empty() {
        return None;
    }
    let places = if number.contains('.') { decimals.len() } else { 0 };
    let amount = Amount {
        digits: number.parse().ok()?,
        half: 0.5 * 0.1_f64.powi(i32::try_from(places).ok()?),
        scale: match name.trim_start() {
            "" => None,
            name => Some(scale(name, unit)?),
        },
    };
    // There is no end to digits, but to numbers.
    (amount.value() + amount.half * amount.scale.unwrap_or(1.0))
        .is_finite()
        .then_some(amount)
}

fn scale(name: &str, unit: Unit) -> Option<f64> {
    match unit {
        Unit::Plain => None,
        Unit::Percent => (name == "%").then_some(1.0),
        Unit::Bytes => {
            let (prefix, base) = match name.strip_suffix("ib") {
                Some(prefix) => (prefix, 1024.0_f64),
                None => (name.strip_suffix('b').unwrap_or(name), 1000.0),
            };
            let power = match prefix {
                // `ib` is no unit.
                "" if name == "b" => 0,
                "k" => 1,
                "m" => 2,
                "g" => 3,
                "t" => 4,
                "p" => 5,
                _ => return None,
            };
            Some(base.powi(power))
        }
    }
}

fn time<F: Field>(field: F, written: &Written, now: Timestamp) -> Result<Test, Mistake> {
    let read =
        |text: &str| When::read(text, now).ok_or_else(|| Mistake::malformed(written.place, (field, text)));
    let span = match ordered(field, written)? {
        Ordered::Bare(text) => read(text)?.meant(),
        Ordered::Compared(comparison, text) => match (read(text)?, comparison) {
            (When::Ago(_), Comparison::Equal) => {
                let value = (field, comparison);
                return Err(Mistake::comparison_not_here(
                    written.place,
                    value,
                    &written.unsigned,
                ));
            }
            (when, _) => when.compared(comparison),
        },
        Ordered::Range(low, high) => {
            let ends = (read(low)?, read(high)?);
            let span = When::range(ends).ok_or_else(|| Mistake::range_mixed(written.place))?;
            if is_empty(&span) {
                return Err(Mistake::range_reversed(written.place, (low, high)));
            }
            span
        }
    };
    Ok(Test::Time(span))
}

fn is_empty(span: &Span<Timestamp>) -> bool {
    use std::ops::Bound::{Excluded, Included};
    matches!((&span.low, &span.high), (Included(low), Excluded(high)) if low >= high)
}

/// The `=` before a value of a kind that has no order.
fn equal_or_bare<F: Field>(field: F, written: &Written) -> Result<Option<Comparison>, Mistake> {
    match written.comparison {
        Some(sign) if sign != Comparison::Equal => Err(Mistake::comparison_not_here(
            written.place,
            (field, sign),
            &written.unsigned,
        )),
        other => Ok(other),
    }
}

fn ordered<'a, F: Field>(field: F, written: &Written<'a>) -> Result<Ordered<'a>, Mistake> {
    let text = written.text.trim();
    let range = if written.is_quoted {
        None
    } else {
        text.split_once("..")
    };
    match (written.comparison, range) {
        (None, None) => Ok(Ordered::Bare(text)),
        (Some(comparison), None) => Ok(Ordered::Compared(comparison, text)),
        (Some(comparison), Some(_)) => Err(Mistake::range_compared(
            written.place,
            comparison,
            &written.unsigned,
        )),
        (None, Some((low, high))) if low.is_empty() || high.is_empty() => {
            Err(Mistake::range_incomplete(written.place, field))
        }
        (None, Some((low, high))) => Ok(Ordered::Range(low, high)),
    }
}

fn in_order<T: PartialOrd + Clone>(
    written: &Written,
    (low, high): (T, T),
    texts: (&str, &str),
) -> Result<Span<T>, Mistake> {
    if low > high {
        return Err(Mistake::range_reversed(written.place, texts));
    }
    Ok(Span::closed(low, high))
}
