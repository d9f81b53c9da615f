//! [`Picked`]: which fields of an answer are wanted.

use std::collections::BTreeMap;

use serde_json::Value;

use super::FIELDS;
use crate::error::{Error, FieldError, Result};

/// Most fields that are named, more than any answer has on its top.
const NAMES_MAX: usize = 100;
/// Deepest name; no answer is that deep.
const DEPTH_MAX: usize = 8;
/// Longest name that is repeated in an error.
const SHOWN_MAX: usize = 64;

/// Fields by name, each whole or only with some of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Picked {
    /// With all that is in it.
    pub(super) whole: bool,
    /// What is wanted of it otherwise.
    pub(super) fields: BTreeMap<String, Picked>,
}

impl Picked {
    /// Reads `a,b.c`, percent-encoded or not.
    ///
    /// # Errors
    /// `validation_failed`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let wrong = |detail: String| Error::from(FieldError::new(FIELDS, "invalid", detail).in_query());
        let mut picked = Self::default();
        let text = text.replace("%2C", ",").replace("%2c", ",");
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        for (number, name) in names.enumerate() {
            if number >= NAMES_MAX {
                return Err(wrong(format!("Name at most {NAMES_MAX} fields.")));
            }
            let path: Vec<&str> = name.split('.').collect();
            if path.len() > DEPTH_MAX || path.iter().any(|part| !is_name(part)) {
                return Err(wrong(format!(
                    "“{}” is no name of a field. Write names between commas, and a dot before what is inside another field.",
                    shown(name)
                )));
            }
            let mut at = &mut picked;
            for part in path {
                at = at.fields.entry(part.to_owned()).or_default();
            }
            at.whole = true;
        }
        if picked.fields.is_empty() {
            return Err(wrong("Name the fields that you want, between commas.".into()));
        }
        Ok(picked)
    }

    /// Removes everything else from an object, or from each object of a list.
    pub(super) fn keep_in(&self, value: &mut Value) {
        if self.whole {
            return;
        }
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.keep_in(item)),
            Value::Object(object) => object.retain(|name, value| {
                let wanted = self.fields.get(name);
                if let Some(picked) = wanted {
                    picked.keep_in(value);
                }
                wanted.is_some()
            }),
            _ => {}
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// A name as an error repeats it.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(fields: &str, mut value: Value) -> Value {
        Picked::parse(fields).unwrap().keep_in(&mut value);
        value
    }

    #[test]
    fn what_is_not_named_goes() {
        let value = json!({ "id": 1, "site": { "id": 2, "name": "x" }, "users": [{ "a": 1, "b": 2 }, { "b": 3 }], "note": null });
        assert_eq!(kept("id", value.clone()), json!({ "id": 1 }));
        assert_eq!(
            kept("site.name,note", value.clone()),
            json!({ "site": { "name": "x" }, "note": null })
        );
        assert_eq!(
            kept("users.a", value.clone()),
            json!({ "users": [{ "a": 1 }, {}] })
        );
        assert_eq!(kept("note.x", value.clone()), json!({ "note": null }));
        // The whole and a part of it is the whole.
        for both in ["site,site.id", "site.id,site", "site.id%2Csite"] {
            assert_eq!(
                kept(both, value.clone()),
                json!({ "site": { "id": 2, "name": "x" } })
            );
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let many = vec!["a"; NAMES_MAX + 1].join(",");
        for text in [
            "",
            ",",
            "a..b",
            ".a",
            "a.",
            "a b",
            "a.b.c.d.e.f.g.h.i",
            "a%00",
            &many,
        ] {
            assert!(Picked::parse(text).is_err(), "{text}");
        }
        assert!(Picked::parse(&vec!["a"; NAMES_MAX].join(",")).is_ok());
    }
}
