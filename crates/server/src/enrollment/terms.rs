//! What a token allows: what people wish, checked. Pure; the rules that write it are in `tokens.rs`.

use std::time::Duration;

use farol_protocol::text::is_deceptive;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::networks;
use crate::error::{Error, FieldError, Result};
use crate::ids::SiteId;
use crate::machines::Labels;
use crate::store::entities::enrollment_token::Approval;

/// Longest name of a token, in characters.
pub const NAME_MAX: usize = 80;
/// A token lives at least this long: long enough to walk to the machine.
pub const LIFE_MIN: Duration = Duration::from_secs(60);
/// A token lives at most this long; what is forgotten should expire.
pub const LIFE_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Most uses of a token that has a limit.
pub const USES_MAX: u32 = 100_000;
/// What a new token gets when nobody chose: what is plainly a new machine comes by itself, and a person looks at the rest.
pub const APPROVAL_DEFAULT: Approval = Approval::WhenDoubtful;

/// What a new token shall allow.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Its name, for people.
    pub name: String,
    /// Where machines are put; the oldest site when left out.
    pub site_id: Option<SiteId>,
    /// Labels that machines get.
    #[serde(default)]
    pub labels: Labels,
    /// Machines that may be enrolled with it; any number when left out.
    pub max_uses: Option<u32>,
    /// Life in seconds, from a minute to a year.
    pub expires_in_seconds: u64,
    /// Whether a person has to agree; `when_doubtful` when left out.
    pub approval: Option<Approval>,
    /// Networks from which it may be used (`10.2.0.0/16`), at most 32; anywhere when empty.
    #[serde(default)]
    pub networks: Vec<String>,
}

/// What is to change of a token; what is left out stays. The secret never changes: make another token for another secret.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenChange {
    /// Its name.
    pub name: Option<String>,
    /// Where machines are put from now on: a site of the same organization.
    pub site_id: Option<SiteId>,
    /// Labels that machines get from now on, all of them.
    pub labels: Option<Labels>,
    /// Machines that may be enrolled with it, those that were included; `null` = any number.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub max_uses: Option<Option<u32>>,
    /// Life in seconds from now, from a minute to a year.
    pub expires_in_seconds: Option<u64>,
    /// Whether a person has to agree.
    pub approval: Option<Approval>,
    /// Networks from which it may be used, all of them; anywhere when empty.
    pub networks: Option<Vec<String>>,
}

/// Tells `null` from what was left out.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A new token's terms, checked.
pub(super) struct Terms {
    pub(super) name: String,
    pub(super) labels: Labels,
    pub(super) max_uses: Option<u32>,
    pub(super) life: Duration,
    pub(super) approval: Approval,
    pub(super) networks: Vec<IpNet>,
}

/// Changed terms, checked; `None` stays as it is.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) name: Option<String>,
    pub(super) labels: Option<Labels>,
    pub(super) max_uses: Option<Option<u32>>,
    pub(super) life: Option<Duration>,
    pub(super) approval: Option<Approval>,
    pub(super) networks: Option<Vec<IpNet>>,
}

impl NewToken {
    pub(super) fn check(self) -> Result<Terms> {
        let mut wrong = Vec::new();
        let terms = (
            noted(name(&self.name), &mut wrong),
            noted(self.labels.checked(), &mut wrong),
            noted(uses(self.max_uses), &mut wrong),
            noted(life(self.expires_in_seconds), &mut wrong),
            noted(networks::checked(&self.networks), &mut wrong),
        );
        let (Some(name), Some(labels), Some(max_uses), Some(life), Some(networks)) = terms else {
            return Err(Error::Invalid(wrong));
        };
        Ok(Terms {
            name,
            labels,
            max_uses,
            life,
            approval: self.approval.unwrap_or(APPROVAL_DEFAULT),
            networks,
        })
    }
}

impl TokenChange {
    pub(super) fn check(self) -> Result<Changes> {
        let mut wrong = Vec::new();
        let changes = Changes {
            name: self.name.and_then(|text| noted(name(&text), &mut wrong)),
            labels: self.labels.and_then(|labels| noted(labels.checked(), &mut wrong)),
            max_uses: self.max_uses.and_then(|max| noted(uses(max), &mut wrong)),
            life: self
                .expires_in_seconds
                .and_then(|seconds| noted(life(seconds), &mut wrong)),
            approval: self.approval,
            networks: self
                .networks
                .and_then(|list| noted(networks::checked(&list), &mut wrong)),
        };
        if wrong.is_empty() {
            Ok(changes)
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

/// One or several wrong fields.
trait Wrong {
    fn into_fields(self) -> Vec<FieldError>;
}

impl Wrong for FieldError {
    fn into_fields(self) -> Vec<FieldError> {
        vec![self]
    }
}

impl Wrong for Vec<FieldError> {
    fn into_fields(self) -> Vec<FieldError> {
        self
    }
}

fn noted<T, E: Wrong>(outcome: Result<T, E>, wrong: &mut Vec<FieldError>) -> Option<T> {
    outcome.map_err(|error| wrong.extend(error.into_fields())).ok()
}

fn name(text: &str) -> Result<String, FieldError> {
    let wrong = |code, detail: String| Err(FieldError::new("name", code, detail));
    let text = text.trim();
    if text.is_empty() {
        return wrong("required", "Give the token a name.".into());
    }
    if text.chars().count() > NAME_MAX {
        return wrong("too_long", format!("A name has at most {NAME_MAX} characters."));
    }
    if text.contains(is_deceptive) {
        return wrong("malformed", "A name is one line of text.".into());
    }
    Ok(text.to_owned())
}

fn uses(max: Option<u32>) -> Result<Option<u32>, FieldError> {
    if max.is_some_and(|uses| uses == 0 || uses > USES_MAX) {
        let detail = format!("Allow between 1 and {USES_MAX} uses, or leave the number out.");
        return Err(FieldError::new("max_uses", "out_of_range", detail));
    }
    Ok(max)
}

fn life(seconds: u64) -> Result<Duration, FieldError> {
    let life = Duration::from_secs(seconds);
    if life < LIFE_MIN || life > LIFE_MAX {
        let detail = "A token lives between one minute and one year.";
        return Err(FieldError::new("expires_in_seconds", "out_of_range", detail));
    }
    Ok(life)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn wrong(body: Value) -> Vec<(&'static str, &'static str)> {
        let wanted: NewToken = serde_json::from_value(body).unwrap();
        match wanted.check() {
            Err(Error::Invalid(fields)) => fields.iter().map(|field| (field.field, field.code)).collect(),
            Err(other) => panic!("{other}"),
            Ok(_) => Vec::new(),
        }
    }

    #[test]
    fn what_is_left_out_has_a_careful_default() {
        let wanted: NewToken =
            serde_json::from_value(json!({ "name": " x ", "expires_in_seconds": 60 })).unwrap();
        let terms = wanted.check().unwrap();
        assert_eq!(terms.approval, Approval::WhenDoubtful);
        assert_eq!((terms.name.as_str(), terms.max_uses), ("x", None));
        assert!(terms.networks.is_empty() && terms.labels == Labels::default());
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let body = json!({
            "name": "a\u{202e}b", "expires_in_seconds": 59, "max_uses": 0, "networks": ["10.0.0.0/99"],
            "labels": { "tags": ["a,b"] },
        });
        let expected = [
            ("name", "malformed"),
            ("labels.tags", "malformed"),
            ("max_uses", "out_of_range"),
            ("expires_in_seconds", "out_of_range"),
            ("networks", "not_a_network"),
        ];
        assert_eq!(wrong(body), expected);
        let long = json!({ "name": "x".repeat(NAME_MAX + 1), "expires_in_seconds": 31_536_001 });
        assert_eq!(
            wrong(long),
            [("name", "too_long"), ("expires_in_seconds", "out_of_range")]
        );
        let most =
            json!({ "name": "x".repeat(NAME_MAX), "expires_in_seconds": 31_536_000, "max_uses": USES_MAX });
        assert_eq!(wrong(most), []);
    }

    #[test]
    fn items_of_lists_are_pointed_at() {
        let body = json!({
            "name": "x", "expires_in_seconds": 3600, "networks": ["10.0.0.0/8", "nowhere"],
            "labels": { "tags": ["fine", " ", "a,b"] },
        });
        let wanted: NewToken = serde_json::from_value(body).unwrap();
        let Err(Error::Invalid(fields)) = wanted.check() else {
            panic!("these are right");
        };
        let pointers: Vec<_> = fields
            .iter()
            .filter_map(|field| field.pointer.as_deref())
            .collect();
        assert_eq!(pointers, ["/labels/tags/2", "/networks/1"]);
    }

    #[test]
    fn null_is_not_left_out() {
        let read = |body| {
            serde_json::from_value::<TokenChange>(body)
                .unwrap()
                .check()
                .unwrap()
        };
        assert_eq!(read(json!({})).max_uses, None);
        assert_eq!(read(json!({ "max_uses": null })).max_uses, Some(None));
        assert_eq!(read(json!({ "max_uses": 3 })).max_uses, Some(Some(3)));
        assert!(serde_json::from_value::<TokenChange>(json!({ "secret_hash": "" })).is_err());
    }
}
