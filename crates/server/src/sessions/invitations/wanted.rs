//! What a new invitation shall be, and what a guest calls themselves, checked.

use std::time::Duration;

use farol_protocol::rights::{Right, Rights};
use farol_protocol::text::is_deceptive;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::{Error, FieldError, Result};
use crate::sessions::rights::RightSet;

/// An invitation lives at least this long: long enough to pass it on.
pub const LIFE_MIN: Duration = Duration::from_secs(5 * 60);
/// An invitation lives at most this long, as no session lives longer.
pub const LIFE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Life of an invitation when nobody chose.
pub const LIFE_DEFAULT: Duration = Duration::from_secs(60 * 60);
/// Longest name of a guest, in characters: at four bytes each it is as long as names on the wire may be.
pub const NAME_MAX: usize = 64;

/// What a new invitation shall be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// `view`, and besides at most `control`; no more than the session has now.
    pub rights: RightSet,
    /// Life in minutes, from 5 to 1440; 60 when left out.
    pub minutes: Option<u32>,
}

/// Checked.
pub(super) struct Terms {
    pub(super) rights: Rights,
    pub(super) life: Duration,
}

impl NewInvitation {
    /// `held` is what the session has.
    pub(super) fn check(self, held: Rights) -> Result<Terms> {
        let mut wrong = Vec::new();
        let rights = self.rights.0;
        if !rights.has(Right::View) {
            let detail = "A guest always has the right to view. Give it too.";
            wrong.push(FieldError::new("rights", "required", detail));
        }
        let beyond = rights.minus(Rights::VIEW.with(Right::Control));
        if let Some(right) = beyond.iter().next() {
            let detail = format!("A guest cannot have the right “{right}”: at most “view” and “control”.");
            wrong.push(FieldError::new("rights", "not_for_guests", detail));
        } else if let Some(right) = rights.minus(held).iter().next() {
            let detail =
                format!("This session does not have the right “{right}” now, so no guest can have it.");
            wrong.push(FieldError::new("rights", "not_held", detail));
        }
        let life = self.minutes.map_or(LIFE_DEFAULT, |minutes| {
            Duration::from_secs(u64::from(minutes) * 60)
        });
        if !(LIFE_MIN..=LIFE_MAX).contains(&life) {
            let detail = "An invitation lives between 5 minutes and 24 hours.";
            wrong.push(FieldError::new("minutes", "out_of_range", detail));
        }
        if wrong.is_empty() {
            Ok(Terms { rights, life })
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

/// What a stranger calls themselves, as a line of harmless text.
pub(super) fn name(text: &str) -> Result<String> {
    let letters: String = text.chars().filter(|letter| !is_deceptive(*letter)).collect();
    let name = letters.trim();
    if name.is_empty() {
        return Err(Error::invalid(
            "name",
            "required",
            "Say who you are: type a name.",
        ));
    }
    if name.chars().count() > NAME_MAX {
        let detail = format!("A name has at most {NAME_MAX} characters.");
        return Err(Error::invalid("name", "too_long", detail));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use farol_protocol::limits;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn read(body: Value, held: Rights) -> Result<Terms> {
        serde_json::from_value::<NewInvitation>(body).unwrap().check(held)
    }

    fn wrong(body: Value, held: Rights) -> Vec<(&'static str, &'static str)> {
        match read(body, held) {
            Err(Error::Invalid(fields)) => fields.iter().map(|field| (field.field, field.code)).collect(),
            Err(other) => panic!("{other}"),
            Ok(_) => Vec::new(),
        }
    }

    #[test]
    fn an_hour_unless_somebody_chose() {
        let terms = read(json!({ "rights": ["view"] }), Rights::VIEW).unwrap();
        assert_eq!((terms.rights, terms.life), (Rights::VIEW, LIFE_DEFAULT));
        for (minutes, life) in [(5, LIFE_MIN), (1440, LIFE_MAX)] {
            let body = json!({ "rights": ["view"], "minutes": minutes });
            assert_eq!(read(body, Rights::VIEW).unwrap().life, life);
        }
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let all: Rights = Right::ALL.into_iter().collect();
        for (rights, minutes, held, expected) in [
            (json!([]), 60, all, vec![("rights", "required")]),
            (
                json!(["control"]),
                4,
                all,
                vec![("rights", "required"), ("minutes", "out_of_range")],
            ),
            (
                json!(["view", "files"]),
                1441,
                all,
                vec![("rights", "not_for_guests"), ("minutes", "out_of_range")],
            ),
            (
                json!(["view", "control"]),
                60,
                Rights::VIEW,
                vec![("rights", "not_held")],
            ),
            (json!(["view", "control"]), 60, all, vec![]),
        ] {
            assert_eq!(
                wrong(json!({ "rights": rights, "minutes": minutes }), held),
                expected
            );
        }
        assert!(serde_json::from_value::<NewInvitation>(json!({ "rights": ["view"], "more": 1 })).is_err());
    }

    #[test]
    fn names_are_lines_of_text() {
        assert_eq!(name("  Gil \u{202e}Souza\n").unwrap(), "Gil Souza");
        for (text, code) in [("", "required"), (" \u{200b}\n", "required")] {
            match name(text) {
                Err(Error::Invalid(fields)) => assert_eq!(fields[0].code, code),
                other => panic!("{other:?}"),
            }
        }
        assert!(name(&"é".repeat(NAME_MAX)).is_ok());
        assert!(name(&"é".repeat(NAME_MAX + 1)).is_err());
    }

    proptest! {
        #[test]
        fn a_name_is_short_harmless_and_the_same_again(text in "\\PC{0,80}|[\u{202e}\u{200b} a\t\n]{0,80}") {
            if let Ok(clean) = name(&text) {
                prop_assert!((1..=NAME_MAX).contains(&clean.chars().count()));
                prop_assert!(clean.len() <= limits::NAME_MAX);
                prop_assert!(!clean.chars().any(is_deceptive));
                prop_assert_eq!(name(&clean).unwrap(), clean);
            }
        }
    }
}
