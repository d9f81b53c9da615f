//! What a new support code shall be, checked; and finding one that nobody has.

use std::time::Duration;

use farol_protocol::support_code::SupportCode;
use farol_protocol::text::is_deceptive;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::store;
use crate::error::{Error, FieldError, Result};
use crate::ids::{AccountId, OrganizationId};

/// Longest note, in characters: a name, a number, a ticket.
pub const NOTE_MAX: usize = 200;
/// A code lives at least this long: long enough to say it and to download a program.
pub const LIFE_MIN: Duration = Duration::from_secs(5 * 60);
/// A code lives at most this long; it is for today.
pub const LIFE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Life of a code when nobody chose.
pub const LIFE_DEFAULT: Duration = Duration::from_secs(30 * 60);
/// Codes tried for a new one. Of 2⁴⁰ a few thousand are remembered, so that a second one is needed once in many lives.
const TRIES: usize = 4;

/// What a new support code shall be.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSupportCode {
    /// Whose technicians see who comes with it; the first of the caller's organizations when left out.
    pub organization_id: Option<OrganizationId>,
    /// Who is to take whoever comes: `me`, a technician's account, or `null` for first come, first served.
    #[schema(value_type = Option<String>)]
    pub assigned_to: Option<Assignee>,
    /// For the technicians, such as whom it is for; at most 200 characters.
    #[serde(default)]
    pub note: String,
    /// Life in minutes, from 5 to 1440; 30 when left out.
    pub minutes: Option<u32>,
}

/// Who is to take whoever comes with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// Whoever makes the code.
    Me,
    /// Another technician.
    Account(AccountId),
}

impl<'de> Deserialize<'de> for Assignee {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "me" {
            return Ok(Self::Me);
        }
        let refused = |_| serde::de::Error::custom("neither “me” nor an account's identifier");
        text.parse().map(Self::Account).map_err(refused)
    }
}

/// Checked.
pub(super) struct Terms {
    pub(super) assigned_to: Option<Assignee>,
    pub(super) note: String,
    pub(super) life: Duration,
}

impl NewSupportCode {
    pub(super) fn check(self) -> Result<Terms> {
        let mut wrong = Vec::new();
        let note = self.note.trim();
        if note.chars().count() > NOTE_MAX {
            let detail = format!("A note has at most {NOTE_MAX} characters.");
            wrong.push(FieldError::new("note", "too_long", detail));
        } else if note.chars().any(is_deceptive) {
            wrong.push(FieldError::new(
                "note",
                "malformed",
                "A note is one line of text.",
            ));
        }
        let life = self.minutes.map_or(LIFE_DEFAULT, |minutes| {
            Duration::from_secs(u64::from(minutes) * 60)
        });
        if !(LIFE_MIN..=LIFE_MAX).contains(&life) {
            let detail = "A support code lives between 5 minutes and 24 hours.";
            wrong.push(FieldError::new("minutes", "out_of_range", detail));
        }
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        Ok(Terms {
            assigned_to: self.assigned_to,
            note: note.to_owned(),
            life,
        })
    }
}

/// A code that none has that is remembered.
pub(super) async fn unused<C: ConnectionTrait>(tx: &C) -> Result<SupportCode> {
    for _ in 0..TRIES {
        let mut random = [0; 5];
        getrandom::fill(&mut random).map_err(|error| Error::internal(error.to_string()))?;
        let code = SupportCode::new(random);
        if !store::is_known(tx, &code.hash()).await? {
            return Ok(code);
        }
    }
    Err(Error::internal("no unused support code was found"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(body: Value) -> Result<Terms> {
        serde_json::from_value::<NewSupportCode>(body).unwrap().check()
    }

    fn wrong(body: Value) -> Vec<(&'static str, &'static str)> {
        match read(body) {
            Err(Error::Invalid(fields)) => fields.iter().map(|field| (field.field, field.code)).collect(),
            Err(other) => panic!("{other}"),
            Ok(_) => Vec::new(),
        }
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        let terms = read(json!({})).unwrap();
        assert_eq!((terms.life, terms.assigned_to), (LIFE_DEFAULT, None));
        let terms = read(json!({ "assigned_to": "me", "note": " Ana, 4711 ", "minutes": 1440 })).unwrap();
        assert_eq!((terms.life, terms.assigned_to), (LIFE_MAX, Some(Assignee::Me)));
        assert_eq!(terms.note, "Ana, 4711");
        let account = AccountId::new();
        let terms = read(json!({ "assigned_to": account })).unwrap();
        assert_eq!(terms.assigned_to, Some(Assignee::Account(account)));
        assert!(serde_json::from_value::<NewSupportCode>(json!({ "assigned_to": "you" })).is_err());
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        assert_eq!(
            wrong(json!({ "note": "a\u{202e}b", "minutes": 4 })),
            [("note", "malformed"), ("minutes", "out_of_range")]
        );
        assert_eq!(
            wrong(json!({ "note": "é".repeat(NOTE_MAX + 1), "minutes": 1441 })),
            [("note", "too_long"), ("minutes", "out_of_range")]
        );
        assert_eq!(wrong(json!({ "note": "é".repeat(NOTE_MAX), "minutes": 5 })), []);
    }
}
