//! [`Query::fits`]: the search in memory. What it says and what the domains' SQL says is the same.

use std::net::IpAddr;

use super::address::is_within;
use super::query::{Query, Test};
use super::version::Version;
use crate::clock::Timestamp;

/// Something that is searched for.
pub trait Subject<F> {
    /// The texts that words are looked for in, each folded by [`fold`](super::fold()).
    fn words(&self) -> impl Iterator<Item = &str>;

    /// What it says in a field; several values, or none.
    fn values(&self, field: F) -> Vec<Value<'_>>;
}

/// What something says in a field. What cannot be read as the field's kind asks is [`Value::Text`]: it is said, and passes no
/// other test of that kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Text, folded by [`fold`](super::fold()); or one of the field's choices. What is empty is not said.
    Text(&'a str),
    /// A number; bytes and percent without a unit.
    Number(f64),
    /// A moment.
    Time(Timestamp),
    /// An address.
    Address(IpAddr),
    /// A version.
    Version(Version),
    /// Yes, or no.
    YesNo(bool),
}

impl<F: Copy> Query<F> {
    /// Whether something is what is looked for.
    #[must_use]
    pub fn fits(&self, subject: &impl Subject<F>) -> bool {
        match self {
            Self::All => true,
            Self::And(all) => all.iter().all(|query| query.fits(subject)),
            Self::Or(any) => any.iter().any(|query| query.fits(subject)),
            Self::Not(query) => !query.fits(subject),
            Self::Words(text) => subject.words().any(|words| words.contains(text.as_str())),
            Self::Is { field, test } => subject.values(*field).iter().any(|value| test.passes(value)),
        }
    }
}

impl Test {
    /// Whether a value passes.
    #[must_use]
    pub fn passes(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Says, value) => *value != Value::Text(""),
            (Self::Contains(part), Value::Text(text)) => text.contains(part.as_str()),
            (Self::Contains(part), Value::Address(address)) => {
                address.to_canonical().to_string().contains(part.as_str())
            }
            (Self::Equals(whole), Value::Text(text)) => whole.as_str() == *text,
            (Self::Choice(choice), Value::Text(text)) => choice == text,
            (Self::Number(span), Value::Number(number)) => span.contains(number),
            (Self::Time(span), Value::Time(moment)) => span.contains(moment),
            (Self::Within(network), Value::Address(address)) => is_within(*address, network),
            (Self::Version(span), Value::Version(version)) => span.contains(version),
            (Self::YesNo(wanted), Value::YesNo(said)) => wanted == said,
            _ => false,
        }
    }
}
