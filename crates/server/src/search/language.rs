//! [`Field`]: what a thing that is searched for can be asked, and of which [`Kind`] the answers are.

use std::fmt;

/// The fields of one kind of thing (machines, say): an enum of the domain, so that whoever evaluates a query matches all of
/// them.
///
/// Names begin with a letter and consist of lower-case letters, digits, `.`, `_` and `-`; a test of the domain calls
/// [`is_sound`].
pub trait Field: Copy + Eq + fmt::Debug + 'static {
    /// All of them, in the order in which they are offered.
    const ALL: &'static [Self];

    /// What stands before the colon.
    fn name(self) -> &'static str;

    /// What may stand after it, and what that means.
    fn kind(self) -> Kind;

    /// The field that somebody means, in whatever case they write it. A domain that has other names for its fields answers to
    /// those as well.
    #[must_use]
    fn find(name: &str) -> Option<Self> {
        let is_it = |field: &Self| field.name().eq_ignore_ascii_case(name);
        Self::ALL.iter().copied().find(is_it)
    }
}

/// What a field's values are, and with that what can be asked of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text: `os:win` is in it, `os:="windows 11"` is all of it. Case and accents do not matter.
    Text,
    /// One of these, each written as [`fold`](super::fold()) leaves it and without a space: `is:online`.
    Choice(&'static [&'static str]),
    /// A number: `cpus:>4`, `disk.free:<10%`, `memory:8gb..16gb`.
    Number(Unit),
    /// A moment: `seen:>2d` longer ago than that, `seen:<2h` within it, `enrolled:2026-11-20` on that day.
    Time,
    /// A network address: `ip:10.2.3.4`, `ip:10.2.0.0/16`, or a part of how it is written, `ip:10.2.`.
    Address,
    /// Numbers with points between them: `agent:<1.4`, `agent:1.4` with everything below it.
    Version,
    /// `yes` or `no`.
    YesNo,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things: no unit is written.
    Plain,
    /// Bytes; `kb`, `mb`, `gb`, `tb`, `pb` are powers of 1,000, `kib` to `pib` of 1,024.
    Bytes,
    /// Hundredths; `%` may be written.
    Percent,
}

/// Whether the names and choices of a language can be written in it and each means one thing; for the tests of a domain.
#[must_use]
pub fn is_sound<F: Field>() -> bool {
    let begins = |name: &str| name.starts_with(|first: char| first.is_ascii_lowercase());
    let plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._-".contains(letter);
    let named = |name: &str| begins(name) && name.chars().all(plain) && !name.contains("..");
    F::ALL.iter().all(|field| {
        let choices = match field.kind() {
            Kind::Choice(choices) => choices.iter().all(|choice| named(choice)),
            _ => true,
        };
        choices && named(field.name()) && F::find(field.name()) == Some(*field)
    })
}
