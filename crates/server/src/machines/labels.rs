//! [`Labels`]: the words people put on machines, and on enrollment tokens for the machines that come with them.
//!
//! Labels are text for finding and grouping. Of a tag an access rule may speak (`crate::access`); that aside they mean nothing to
//! this program. Pure: what is kept of what somebody typed.

use farol_protocol::text::is_deceptive;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::FieldError;

/// Longest department or device type, in characters; what fits in a column of the console.
pub const LABEL_MAX: usize = 60;
/// Longest tag, in characters; tags stand side by side.
pub const TAG_MAX: usize = 40;
/// Most tags of one machine; more would not be read by anybody.
pub const TAGS_MAX: usize = 20;

/// What people say of a machine beside its site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Labels {
    /// Whose work it is for, at most 60 characters; `null` = nobody said.
    pub department: Option<String>,
    /// What it is: `laptop`, `server`, `kiosk`; at most 60 characters.
    pub device_type: Option<String>,
    /// Anything else, at most 20 of at most 40 characters; lower case, each once.
    pub tags: Vec<String>,
}

impl Labels {
    /// What is kept of labels that somebody wrote: on one line, without characters that forge what stands around them, tags
    /// in lower case and each once. Idempotent.
    ///
    /// # Errors
    /// The fields `labels.department`, `labels.device_type` and `labels.tags` that are longer than allowed.
    pub fn checked(self) -> Result<Self, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let department = label("labels.department", self.department, &mut wrong);
        let device_type = label("labels.device_type", self.device_type, &mut wrong);
        let mut tags = Vec::new();
        // What is far too much is not even looked at.
        for tag in self.tags.iter().take(TAGS_MAX * 10) {
            let tag = clean_tag(tag);
            if !tag.is_empty() && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        if tags.len() > TAGS_MAX || self.tags.len() > TAGS_MAX * 10 {
            let detail = format!("A machine has at most {TAGS_MAX} tags.");
            wrong.push(FieldError::new("labels.tags", "too_many", detail));
        }
        let first = |wrong: &dyn Fn(&str) -> bool| self.tags.iter().position(|tag| wrong(&clean_tag(tag)));
        if tags.iter().any(|tag| tag.chars().count() > TAG_MAX) {
            let detail = format!("A tag has at most {TAG_MAX} characters.");
            let index = first(&|tag| tag.chars().count() > TAG_MAX).unwrap_or_default();
            wrong.push(FieldError::new("labels.tags", "too_long", detail).item(index));
        }
        if tags.iter().any(|tag| tag.contains(',')) {
            let detail = "Commas stand between tags, not in them.";
            let index = first(&|tag| tag.contains(',')).unwrap_or_default();
            wrong.push(FieldError::new("labels.tags", "malformed", detail).item(index));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            department,
            device_type,
            tags,
        })
    }

    /// The labels of a `labels` column. The column is written by this program; what is damaged in it counts as not there.
    #[must_use]
    pub fn from_column(column: &Value) -> Self {
        Self::deserialize(column).unwrap_or_default()
    }

    /// For a `labels` column.
    #[must_use]
    pub fn to_column(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// One tag, as it stands on machines, for what looks for it there.
///
/// # Errors
/// Nothing is left of it, or no machine could have it.
pub(crate) fn checked_tag(field: &'static str, tag: &str) -> Result<String, FieldError> {
    let tag = clean_tag(tag);
    if tag.is_empty() {
        return Err(FieldError::new(field, "required", "Say which tag."));
    }
    if tag.chars().count() > TAG_MAX {
        let detail = format!("A tag has at most {TAG_MAX} characters.");
        return Err(FieldError::new(field, "too_long", detail));
    }
    if tag.contains(',') {
        let detail = "Commas stand between tags, not in them.";
        return Err(FieldError::new(field, "malformed", detail));
    }
    Ok(tag)
}

fn clean_tag(tag: &str) -> String {
    clean(&tag.to_lowercase())
}

fn label(field: &'static str, text: Option<String>, wrong: &mut Vec<FieldError>) -> Option<String> {
    let text = clean(&text?);
    if text.chars().count() > LABEL_MAX {
        let detail = format!("Use at most {LABEL_MAX} characters.");
        wrong.push(FieldError::new(field, "too_long", detail));
    }
    (!text.is_empty()).then_some(text)
}

/// One line with single spaces.
fn clean(text: &str) -> String {
    let plain = text.replace(is_deceptive, " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tags(list: &[&str]) -> Labels {
        Labels {
            tags: list.iter().map(ToString::to_string).collect(),
            ..Labels::default()
        }
    }

    #[test]
    fn tags_are_lower_case_and_unique() {
        let kept = tags(&["Lab", "LAB ", "", "war\u{202e}e \n house"])
            .checked()
            .unwrap();
        assert_eq!(kept.tags, ["lab", "war e house"]);
    }

    #[test]
    fn one_tag_is_kept_as_it_stands_on_machines() {
        assert_eq!(checked_tag("tag", " LAB\u{202e}  2 ").unwrap(), "lab 2");
        let longest = "x".repeat(TAG_MAX);
        assert_eq!(checked_tag("tag", &longest).unwrap(), longest);
        for (tag, code) in [
            ("\u{200b}", "required"),
            ("a,b", "malformed"),
            (&format!("{longest}x"), "too_long"),
        ] {
            assert_eq!(checked_tag("tag", tag).unwrap_err().code, code, "{tag}");
        }
    }

    #[test]
    fn an_empty_label_is_none() {
        let labels = Labels {
            department: Some(" \u{200b} ".into()),
            device_type: Some(" thin  client".into()),
            tags: Vec::new(),
        };
        let kept = labels.checked().unwrap();
        assert_eq!(kept.department, None);
        assert_eq!(kept.device_type.as_deref(), Some("thin client"));
    }

    #[test]
    fn what_is_too_much_is_named() {
        let many: Vec<String> = (0..=TAGS_MAX).map(|number| format!("t{number}")).collect();
        let labels = Labels {
            department: Some("d".repeat(LABEL_MAX + 1)),
            device_type: Some("d".repeat(LABEL_MAX)),
            tags: many,
        };
        let wrong = labels.checked().unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|error| (error.field, error.code)).collect();
        assert_eq!(
            fields,
            [("labels.department", "too_long"), ("labels.tags", "too_many")]
        );
        assert_eq!(tags(&["a,b"]).checked().unwrap_err()[0].code, "malformed");
        assert_eq!(
            tags(&[&"x".repeat(TAG_MAX + 1)]).checked().unwrap_err()[0].code,
            "too_long"
        );
        // The same tag again and again is one tag.
        assert_eq!(tags(&["a"; TAGS_MAX * 3]).checked().unwrap().tags, ["a"]);
    }

    #[test]
    fn a_damaged_column_is_no_labels() {
        assert_eq!(Labels::from_column(&Value::Null), Labels::default());
        assert_eq!(Labels::from_column(&serde_json::json!({})), Labels::default());
        let labels = tags(&["a"]);
        assert_eq!(Labels::from_column(&labels.to_column()), labels);
    }

    proptest! {
        #[test]
        fn what_is_kept_is_short_harmless_and_stays(
            department in prop::option::of("\\PC{0,70}|[\\x00-\\x20\u{202e}a]{0,9}"),
            list in prop::collection::vec("\\PC{0,45}|[aA\\x00-\\x20]{0,5}", 0..30),
        ) {
            let labels = Labels { department, device_type: None, tags: list };
            if let Ok(kept) = labels.checked() {
                let texts = || kept.tags.iter().chain(&kept.department);
                prop_assert!(texts().all(|text| !text.is_empty() && !text.contains(is_deceptive)));
                prop_assert!(texts().all(|text| text.chars().count() <= LABEL_MAX));
                prop_assert!(kept.tags.len() <= TAGS_MAX);
                prop_assert_eq!(kept.clone().checked(), Ok(kept));
            }
        }
    }
}
