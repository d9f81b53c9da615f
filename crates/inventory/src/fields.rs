//! Members of an untrusted JSON object, one by one: what does not fit is left out or cut, and named.

use serde_json::{Map, Value};

use crate::limits::{ITEMS_MAX, LONG_TEXT_CHARS_MAX, NUMBER_MAX, TEXT_CHARS_MAX, TIME_MAX_MS, TIME_MIN_MS};
use crate::mask::mask;
use crate::problem::{Problem, ProblemCode, Problems};
use crate::text;

/// Longer texts are cut before they are looked at for secrets: to so many times what is kept, so that none is kept in part.
const LOOKED_AT: usize = 4;

/// A thing with members that can be taken from an object.
pub(crate) trait Facts: Sized {
    fn take(fields: &mut Fields<'_>) -> Self;
}

/// Where in the section we are; becomes a JSON pointer when something is wrong there, which is rare.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    Section,
    Member(&'a Place<'a>, &'static str),
    Item(&'a Place<'a>, usize),
}

impl Place<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Section => String::new(),
            // Members have the names that we gave them: nothing to escape.
            Self::Member(above, name) => format!("{}/{name}", above.pointer()),
            Self::Item(above, at) => format!("{}/{at}", above.pointer()),
        }
    }
}

/// What is noted while a section is read.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) problems: Problems,
    /// Whether bytes had to be replaced to make the section a text.
    pub(crate) lossy: bool,
}

impl Notes {
    fn add(&mut self, place: Place<'_>, code: ProblemCode, detail: impl Into<String>) {
        if self.problems.is_full() {
            self.problems.count();
            return;
        }
        self.problems.add(Problem {
            field: place.pointer(),
            code,
            detail: detail.into(),
        });
    }
}

/// The members of one object.
pub(crate) struct Fields<'a> {
    members: Map<String, Value>,
    place: Place<'a>,
    notes: &'a mut Notes,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(members: Map<String, Value>, place: Place<'a>, notes: &'a mut Notes) -> Self {
        Self {
            members,
            place,
            notes,
        }
    }

    /// `null` is another word for absent.
    fn value(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    fn note(&mut self, name: &'static str, code: ProblemCode, detail: impl Into<String>) {
        self.notes.add(Place::Member(&self.place, name), code, detail);
    }

    fn mismatch(&mut self, name: &'static str, wanted: &str, found: &Value) {
        self.note(name, ProblemCode::WrongType, mismatch(wanted, found));
    }

    /// A text of one line.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        let value = self.value(name)?;
        take_text(
            value,
            TEXT_CHARS_MAX,
            Place::Member(&self.place, name),
            self.notes,
        )
    }

    /// A text that may be long.
    pub(crate) fn long_text(&mut self, name: &'static str) -> Option<String> {
        let value = self.value(name)?;
        take_text(
            value,
            LONG_TEXT_CHARS_MAX,
            Place::Member(&self.place, name),
            self.notes,
        )
    }

    /// A number from 0 on.
    pub(crate) fn number(&mut self, name: &'static str) -> Option<u64> {
        self.number_to(name, NUMBER_MAX)
    }

    /// From 0 to 100.
    pub(crate) fn percent(&mut self, name: &'static str) -> Option<u64> {
        self.number_to(name, 100)
    }

    fn number_to(&mut self, name: &'static str, max: u64) -> Option<u64> {
        let value = self.value(name)?;
        if !value.is_number() {
            self.mismatch(name, "a number", &value);
            return None;
        }
        let number = value.as_u64().filter(|number| *number <= max);
        if number.is_none() {
            self.note(
                name,
                ProblemCode::OutOfRange,
                format!("not a whole number from 0 to {max}"),
            );
        }
        number
    }

    /// A number that may be below zero.
    pub(crate) fn signed(&mut self, name: &'static str) -> Option<i64> {
        let value = self.value(name)?;
        if !value.is_number() {
            self.mismatch(name, "a number", &value);
            return None;
        }
        let number = value
            .as_i64()
            .filter(|number| number.unsigned_abs() <= NUMBER_MAX);
        if number.is_none() {
            self.note(name, ProblemCode::OutOfRange, "not a whole number, or too large");
        }
        number
    }

    /// Milliseconds since 1970, from 1990 to 2100.
    pub(crate) fn time(&mut self, name: &'static str) -> Option<i64> {
        let value = self.value(name)?;
        if !value.is_number() {
            self.mismatch(name, "milliseconds since 1970", &value);
            return None;
        }
        let time = value
            .as_i64()
            .filter(|time| (TIME_MIN_MS..=TIME_MAX_MS).contains(time));
        if time.is_none() {
            self.note(
                name,
                ProblemCode::OutOfRange,
                "not a time between 1990 and 2100 in milliseconds",
            );
        }
        time
    }

    /// True or false.
    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
        let value = self.value(name)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.mismatch(name, "true or false", &value);
        }
        flag
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, name: &'static str) -> Vec<String> {
        let items = self.items(name, ITEMS_MAX);
        let list = Place::Member(&self.place, name);
        let notes = &mut *self.notes;
        let texts = items.into_iter().enumerate();
        texts
            .filter_map(|(at, value)| take_text(value, TEXT_CHARS_MAX, Place::Item(&list, at), notes))
            .collect()
    }

    /// A list of things.
    pub(crate) fn list<T: Facts + Default + PartialEq>(&mut self, name: &'static str) -> Vec<T> {
        self.list_to(name, ITEMS_MAX)
    }

    /// A list of at most `max` things. Those of which nothing is left say nothing, and go as well.
    pub(crate) fn list_to<T: Facts + Default + PartialEq>(
        &mut self,
        name: &'static str,
        max: usize,
    ) -> Vec<T> {
        let items = self.items(name, max);
        let list = Place::Member(&self.place, name);
        let notes = &mut *self.notes;
        let things = items.into_iter().enumerate();
        things
            .filter_map(|(at, value)| take_object(value, Place::Item(&list, at), notes))
            .filter(|thing| *thing != T::default())
            .collect()
    }

    /// A thing inside this one.
    pub(crate) fn one<T: Facts + Default>(&mut self, name: &'static str) -> T {
        let Some(value) = self.value(name) else {
            return T::default();
        };
        take_object(value, Place::Member(&self.place, name), self.notes).unwrap_or_default()
    }

    fn items(&mut self, name: &'static str, max: usize) -> Vec<Value> {
        match self.value(name) {
            None => Vec::new(),
            Some(Value::Array(mut items)) => {
                if items.len() > max {
                    let detail = format!("{} items; the first {max} are kept", items.len());
                    self.note(name, ProblemCode::TooMany, detail);
                    items.truncate(max);
                }
                items
            }
            Some(other) => {
                self.mismatch(name, "a list", &other);
                Vec::new()
            }
        }
    }
}

fn take_object<T: Facts>(value: Value, place: Place<'_>, notes: &mut Notes) -> Option<T> {
    match value {
        Value::Object(members) => Some(T::take(&mut Fields::new(members, place, notes))),
        Value::Null => None,
        other => {
            notes.add(place, ProblemCode::WrongType, mismatch("an object", &other));
            None
        }
    }
}

fn take_text(value: Value, max: usize, place: Place<'_>, notes: &mut Notes) -> Option<String> {
    let Value::String(given) = value else {
        if !value.is_null() {
            notes.add(place, ProblemCode::WrongType, mismatch("a text", &value));
        }
        return None;
    };
    if notes.lossy && given.contains(char::REPLACEMENT_CHARACTER) {
        notes.add(
            place,
            ProblemCode::InvalidUtf8,
            "bytes that are no text were replaced",
        );
    }
    let (looked_at, whole) = text::cut(&given, LOOKED_AT * max);
    if looked_at.contains(text::is_deceptive) {
        notes.add(
            place,
            ProblemCode::Cleaned,
            "control or direction characters became blanks",
        );
    }
    let masked = mask(&text::clean(looked_at));
    let (kept, fits) = text::cut(&masked, max);
    if !fits || !whole {
        notes.add(
            place,
            ProblemCode::TooLong,
            format!("the first {max} characters are kept"),
        );
    }
    // What a cut makes the end of a text may look like a secret only now.
    let kept = if fits { masked } else { mask(kept.trim_end()) };
    Some(kept).filter(|kept| !kept.is_empty())
}

fn mismatch(wanted: &str, found: &Value) -> String {
    let found = match found {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    format!("{found} instead of {wanted}")
}
