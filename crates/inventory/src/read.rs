//! A section from bytes that anybody may have sent, and back to bytes.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::canonical::{everything, text};
use crate::fields::{Facts, Fields, Notes, Place};
use crate::limits::{DEPTH_MAX, OBJECTS_MAX, PROBLEMS_MAX, SECTION_BYTES_MAX, VALUES_MAX};
use crate::problem::{Problem, ProblemCode};
use crate::section::{Body, Section};

/// The member that problems travel in.
const PROBLEMS: &str = "problems";

/// What was read of one section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The facts.
    pub body: Body,
    /// What is missing or was changed, and why: found by this reading first, then what the machine told.
    pub problems: Vec<Problem>,
}

/// Why a section was refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// More bytes than [`SECTION_BYTES_MAX`], or more values or objects than a machine can have.
    #[error("the section has too many {0}")]
    TooLarge(&'static str),
    /// More levels than [`DEPTH_MAX`].
    #[error("the section has more than {DEPTH_MAX} levels of objects and lists")]
    TooDeep,
    /// No JSON, or JSON that is no object.
    #[error("the section is no JSON object")]
    NotAnObject,
}

impl ReadError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "section_too_large",
            Self::TooDeep => "section_too_deep",
            Self::NotAnObject => "section_not_an_object",
        }
    }
}

/// Reads a section. Whatever a member holds costs at most that member: it is left out or cut, and a problem names it.
/// Members that we do not know are left out without a word.
///
/// # Errors
/// When it is no JSON object or would cost too much to read.
pub fn read(section: Section, bytes: &[u8]) -> Result<Read, ReadError> {
    measure(bytes)?;
    let text = String::from_utf8_lossy(bytes);
    let Ok(Value::Object(mut members)) = serde_json::from_str(&text) else {
        return Err(ReadError::NotAnObject);
    };
    let told = told(members.remove(PROBLEMS));
    let mut notes = Notes {
        lossy: matches!(text, Cow::Owned(_)),
        ..Notes::default()
    };
    let body = Body::take(section, &mut Fields::new(members, Place::Section, &mut notes));
    let mut problems = notes.problems;
    for problem in told {
        problems.add(problem);
    }
    Ok(Read {
        body,
        problems: problems.finish(),
    })
}

impl Read {
    /// What [`read()`] reads again: the facts in their one form, what is volatile, and the problems.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut members = everything(&self.body);
        if !self.problems.is_empty() {
            let problems = self.problems.iter().map(|problem| {
                let members = [
                    ("field", problem.field.clone()),
                    ("code", problem.code.name().to_owned()),
                    ("detail", problem.detail.clone()),
                ];
                let members = members.map(|(name, value)| (name.to_owned(), Value::String(value)));
                Value::Object(Map::from_iter(members))
            });
            members.insert(PROBLEMS.into(), Value::Array(problems.collect()));
        }
        text(&Value::Object(members)).into_bytes()
    }

    /// What the other side will read of this: texts cleaned and cut, secrets masked, what cannot be left out. For what
    /// sensors found, before its hash is taken.
    #[must_use]
    pub fn cleaned(self) -> Self {
        let section = self.body.section();
        read(section, &self.to_json()).unwrap_or_else(|error| Self {
            body: Body::empty(section),
            problems: vec![Problem {
                field: String::new(),
                code: ProblemCode::TooMany,
                detail: error.to_string(),
            }],
        })
    }
}

/// Refuses what would cost too much, before anything is made of it.
fn measure(bytes: &[u8]) -> Result<(), ReadError> {
    if bytes.len() > SECTION_BYTES_MAX {
        return Err(ReadError::TooLarge("bytes"));
    }
    let (mut depth, mut objects, mut values) = (0_usize, 0_usize, 1_usize);
    let (mut in_text, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => {
                depth += 1;
                objects += usize::from(*byte == b'{');
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(ReadError::TooDeep);
        }
    }
    if objects > OBJECTS_MAX {
        return Err(ReadError::TooLarge("objects"));
    }
    if values > VALUES_MAX {
        return Err(ReadError::TooLarge("values"));
    }
    Ok(())
}

/// A problem as a machine tells it.
#[derive(Default, PartialEq)]
struct Told {
    field: Option<String>,
    code: Option<String>,
    detail: Option<String>,
}

impl Facts for Told {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            field: fields.text("field"),
            code: fields.text("code"),
            detail: fields.text("detail"),
        }
    }
}

/// The problems that a machine tells. What is wrong with them is nobody's concern.
fn told(value: Option<Value>) -> Vec<Problem> {
    let members = value.map(|value| (PROBLEMS.to_owned(), value));
    let mut notes = Notes::default();
    let mut fields = Fields::new(members.into_iter().collect(), Place::Section, &mut notes);
    let told = fields.list_to::<Told>(PROBLEMS, PROBLEMS_MAX).into_iter();
    told.map(|told| Problem {
        field: told
            .field
            .filter(|field| field.starts_with('/'))
            .unwrap_or_default(),
        code: ProblemCode::of_name(&told.code.unwrap_or_default()),
        detail: told.detail.unwrap_or_default(),
    })
    .collect()
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
