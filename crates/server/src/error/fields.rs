//! One wrong field of a request, and where exactly it stands: a JSON pointer into the body, or the name of a parameter.

use serde::Serialize;
use utoipa::ToSchema;

use super::Error;

/// The part of a request that a field stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldPlace {
    /// The body.
    Body,
    /// Behind the `?` of the address.
    Query,
    /// Inside the path.
    Path,
    /// A header.
    Header,
}

/// One field of the request that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The part of the request that the field stands in.
    #[serde(rename = "in")]
    pub place: FieldPlace,
    /// Name of the field as forms know it; fields inside of others with dots: `labels.tags`.
    pub field: &'static str,
    /// Where it stands in the body, as a JSON pointer (RFC 6901): `/redirect_uris/1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub pointer: Option<String>,
    /// Name of the parameter of the query, the path or the headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub parameter: Option<&'static str>,
    /// Stable code, `too_short`, `required`, …
    pub code: &'static str,
    /// Sentence for the person who filled the field.
    pub detail: String,
    /// The piece of the text that is wrong, where the field is a text with a grammar.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub mark: Option<Box<Mark>>,
}

/// A piece of what was written in a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mark {
    /// Characters (Unicode scalar values) before it.
    pub at: usize,
    /// Its length in characters; 0 where something is missing.
    pub length: usize,
    /// What could stand there instead, where that can be guessed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub suggestion: Option<String>,
}

impl FieldError {
    /// One wrong field of the body. Dots in `field` lead into objects: `labels.tags` is `/labels/tags`.
    pub fn new(field: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        let pointer = field.split('.').fold(String::new(), |mut pointer, name| {
            push(&mut pointer, name);
            pointer
        });
        Self {
            place: FieldPlace::Body,
            field,
            pointer: Some(pointer),
            parameter: None,
            code,
            detail: detail.into(),
            mark: None,
        }
    }

    /// It is this piece of the text.
    #[must_use]
    pub fn marked(mut self, mark: Mark) -> Self {
        self.mark = Some(Box::new(mark));
        self
    }

    /// It is this item of the list, counted from 0.
    #[must_use]
    pub fn item(self, index: usize) -> Self {
        self.member(&index.to_string())
    }

    /// It is this member of the object.
    #[must_use]
    pub fn member(mut self, name: &str) -> Self {
        if let Some(pointer) = &mut self.pointer {
            push(pointer, name);
        }
        self
    }

    /// It stands in this object of the body; forms know it by its own name still.
    #[must_use]
    pub fn inside(mut self, object: &str) -> Self {
        if let Some(inner) = self.pointer.take() {
            let mut pointer = String::new();
            push(&mut pointer, object);
            self.pointer = Some(pointer + &inner);
        }
        self
    }

    /// It is not in the body but a parameter of this part of the request.
    #[must_use]
    pub fn in_parameter(mut self, place: FieldPlace) -> Self {
        self.place = place;
        self.pointer = None;
        self.parameter = Some(self.field);
        self
    }

    /// It is a parameter behind the `?`.
    #[must_use]
    pub fn in_query(self) -> Self {
        self.in_parameter(FieldPlace::Query)
    }
}

impl From<FieldError> for Error {
    fn from(field: FieldError) -> Self {
        Self::Invalid(vec![field])
    }
}

/// One step further in a pointer; `~` and `/` in names are written as RFC 6901 has it.
fn push(pointer: &mut String, name: &str) {
    pointer.push('/');
    for letter in name.chars() {
        match letter {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    proptest! {
        /// Whatever members are called, the pointer leads a reader of RFC 6901 (here: `serde_json`) to the value.
        #[test]
        fn a_pointer_leads_to_its_value(names in proptest::collection::vec(any::<String>(), 0..4), index in 0_usize..5) {
            let mut items = vec![Value::Null; 5];
            items[index] = json!("here");
            let mut body = Value::Array(items);
            let mut error = FieldError::new("labels.tags", "malformed", "No.");
            for name in &names {
                error = error.member(name);
            }
            for name in names.iter().rev() {
                body = json!({ name.as_str(): body });
            }
            let body = json!({ "labels": { "tags": body } });
            let pointer = error.item(index).pointer.unwrap_or_default();
            prop_assert_eq!(body.pointer(&pointer), Some(&json!("here")));
        }
    }

    #[test]
    fn a_body_field_has_a_pointer_and_a_parameter_its_name() {
        let body = FieldError::new("email", "required", "Fill this in.");
        assert_eq!(
            serde_json::to_value(&body).unwrap(),
            json!({"in": "body", "field": "email", "pointer": "/email", "code": "required", "detail": "Fill this in."})
        );
        let query = FieldError::new("cursor", "invalid", "No.").in_query();
        assert_eq!(
            serde_json::to_value(&query).unwrap(),
            json!({"in": "query", "field": "cursor", "parameter": "cursor", "code": "invalid", "detail": "No."})
        );
    }
}
