//! The one search language: whoever finds things by what somebody writes asks in it.
//!
//! Pure: no database, no clock, nothing of any domain. A domain says which [`Field`]s its things have, [`Query::read`]
//! makes a [`Query`] of what somebody wrote or says which [`Mistake`] is in it, and two evaluators answer it: the domain's
//! SQL and [`Query::fits`]. Begin with [`language`] for what a domain brings, [`query`] for what an evaluator gets.
//!
//! # What can be written
//! ```text
//! os:"windows 11" user:fred ip:10.2.0.0/16 seen:>2d disk.free:<10% -tag:lab (is:online OR door:helpdesk)
//!
//! query  := [ any ]                               nothing is everything
//! any    := all { ( "OR" | "|" ) all }
//! all    := term { [ "AND" ] term }               beside each other is enough
//! term   := ( "-" | "NOT" ) term | "(" any ")" | field ":" value | field ":(" any ")" | word | phrase
//! value  := "*" | [ ">" | ">=" | "<" | "<=" | "=" ] ( word | phrase ) | word ".." word
//! phrase := '"' … '"'                             with \" and \\ in it
//! word   := whatever is no space, parenthesis, quotation mark or "|"
//! ```
//! - `OR`, `AND` and `NOT` are written in capitals; in small letters they are words.
//! - A minus excludes what comes right after it; within a word it is a letter (`disk-pro`), alone it is a mistake.
//! - Words and phrases are looked for in all attributes, anywhere in them. Case and accents do not matter ([`fold()`]).
//! - A word with a colon is a field and its value. A time, an address, a path or the address of a page is a word
//!   (`10:30`, `fe80::1`, `C:\Users`, `https://…`); any other text with a colon is put in quotation marks.
//! - `tag:(lab OR loan)` stands for `(tag:lab OR tag:loan)`.
//! - `tag:*` is whatever has a tag, `-tag:*` what has none.
//! - A field with several values fits if one of them does; one without a value fits nothing, so what is excluded there is found:
//!   `-tag:lab` finds what has no tags as well.
//!
//! # What values mean
//! | kind | written | means |
//! |---|---|---|
//! | text | `os:win`, `os:="windows 11"` | has it in it; is it as a whole |
//! | choice, yes or no | `is:online`, `muted:yes` | is it; `=` changes nothing |
//! | number | `cpus:4`, `memory:>8gb`, `disk.free:5..10%` | ends of a range belong to it, and a unit at its upper end counts for both. Sizes and percentages without a sign are what is written so: `memory:8gb` is 7.5 to 8.5 gb; `=` is exact |
//! | age | `seen:<2h`, `seen:2h`, `seen:>2d`, `seen:1d..2d` | less than that ago (what is to come is, too), at most that, longer ago, between. Units: s, m, h, d, w (7 d), y (365 d) |
//! | date | `seen:>2026-11-20`, `seen:2026-11-20..2026-11-22` | after that day; on one of these days. Days are those of UTC; RFC 3339 says a moment, to the millisecond |
//! | address | `ip:10.2.3.4`, `ip:10.2.0.0/16`, `ip:10.2.` | is it; is in that network; is written with that in it |
//! | version | `agent:1.4`, `agent:=1.4`, `agent:<1.4` | 1.4 and all 1.4.x; 1.4 or 1.4.0; number by number |
//!
//! Ages compare as ages and dates as dates: `seen:>2d` is *before* two days ago, `seen:>2026-11-20` *after* that day.

pub mod address;
pub mod complete;
pub mod fits;
pub mod fold;
pub mod language;
pub mod mistake;
mod moment;
mod nearest;
mod print;
pub mod query;
mod read;
mod scan;
mod value;
pub mod version;

#[cfg(test)]
mod tests;

pub use address::{address_key, network_keys};
pub use complete::{Completes, Completion, complete};
pub use fits::{Subject, Value};
pub use fold::{Folded, fold};
pub use language::{Field, Kind, Unit, is_sound};
pub use mistake::Mistake;
pub use print::{quoted, written};
pub use query::{Query, Span, Test};
pub use version::Version;

/// Longest search, in characters.
pub const TEXT_MAX: usize = 1_000;
/// Most terms of a search: words, phrases and fields with a value.
pub const TERMS_MAX: usize = 50;
/// How deep parentheses and exclusions stand in each other.
pub const DEPTH_MAX: usize = 10;
