//! [`Mistake`]: what is wrong with a search, where, and what to write instead. All codes and sentences are here.

use super::language::{Field, Kind, Unit};
use super::scan::Comparison;
use super::{DEPTH_MAX, TERMS_MAX, TEXT_MAX, quoted};

/// Longest piece of a search that a sentence repeats, in characters.
const SHOWN_MAX: usize = 40;

/// Why a text is no search. Places count characters (Unicode scalar values) of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Mistake {
    /// Stable code, for programs.
    pub code: &'static str,
    /// Where what is wrong begins.
    pub at: usize,
    /// How long it is; 0 where something is missing.
    pub len: usize,
    /// A sentence for the person who wrote it: what is wrong and what to do.
    pub message: String,
    /// What could stand in that place instead, if that can be guessed.
    pub suggestion: Option<String>,
}

/// A piece of a search, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) len: usize,
}

impl Place {
    /// From one character up to another, without that.
    pub(super) fn between(from: usize, to: usize) -> Self {
        Self {
            at: from,
            len: to.saturating_sub(from),
        }
    }
}

impl Mistake {
    fn new(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self {
            code,
            at: place.at,
            len: place.len,
            message: message.into(),
            suggestion: None,
        }
    }

    fn suggest(mut self, instead: impl Into<String>) -> Self {
        self.suggestion = Some(instead.into());
        self
    }

    pub(super) fn text_too_long(characters: usize) -> Self {
        let message = format!(
            "A search has at most {TEXT_MAX} characters, and this one has {characters}. Leave something out."
        );
        Self::new("text_too_long", Place::between(TEXT_MAX, characters), message)
    }

    pub(super) fn too_many_terms(place: Place) -> Self {
        let message =
            format!("A search has at most {TERMS_MAX} terms. Leave out this one and those after it.");
        Self::new("too_many_terms", place, message)
    }

    pub(super) fn too_deep(place: Place) -> Self {
        let message = format!(
            "Parentheses and exclusions stand in each other at most {DEPTH_MAX} times. Leave some of them out."
        );
        Self::new("too_deep", place, message)
    }

    pub(super) fn control_character(at: usize) -> Self {
        let message = "Here stands a control character, which no text has that is searched. Delete it.";
        Self::new("control_character", Place { at, len: 1 }, message).suggest(" ")
    }

    pub(super) fn quote_not_closed(place: Place) -> Self {
        let message =
            "The quotation mark that is opened here is not closed. Write another one where the text ends.";
        Self::new("quote_not_closed", place, message)
    }

    pub(super) fn parenthesis_not_closed(place: Place) -> Self {
        let message = "The parenthesis that is opened here is not closed. Write “)” where it ends.";
        Self::new("parenthesis_not_closed", place, message)
    }

    pub(super) fn parenthesis_not_opened(place: Place) -> Self {
        let message = "No parenthesis is open here that could be closed. Delete “)”, \
                       or put it in quotation marks to look for it.";
        Self::new("parenthesis_not_opened", place, message).suggest("\")\"")
    }

    pub(super) fn parentheses_empty(place: Place) -> Self {
        let message = "There is nothing in these parentheses. Write something in them, or delete them.";
        Self::new("parentheses_empty", place, message)
    }

    pub(super) fn lone_minus(place: Place) -> Self {
        let message = "A minus sign stands right before what it excludes, as in -lab. \
                       To look for the sign itself, put it in quotation marks: \"-\".";
        Self::new("lone_minus", place, message).suggest("\"-\"")
    }

    pub(super) fn nothing_after(place: Place, operator: &str) -> Self {
        let message = format!(
            "Something has to follow “{operator}”. To look for the text itself, put it in quotation marks: {}.",
            quoted(operator)
        );
        Self::new("nothing_after", place, message).suggest(quoted(operator))
    }

    pub(super) fn nothing_before(place: Place, operator: &str) -> Self {
        let message = format!(
            "Something has to stand before “{operator}”. To look for the text itself, put it in quotation marks: {}.",
            quoted(operator)
        );
        Self::new("nothing_before", place, message).suggest(quoted(operator))
    }

    pub(super) fn nothing_to_find(place: Place) -> Self {
        let message = "There is nothing to look for here. Write some text, or delete this.";
        Self::new("nothing_to_find", place, message)
    }

    pub(super) fn unknown_field<F: Field>(place: Place, (name, word): (&str, &str)) -> Self {
        let names = || F::ALL.iter().map(|field| field.name());
        let near = super::nearest::nearest(name, names());
        let hint = near.map_or_else(String::new, |near| format!("; did you mean “{near}”?"));
        let end = if near.is_some() { "" } else { "." };
        let message = format!(
            "There is no field “{}”{hint}{end} To look for the text itself, put it in quotation marks: {}.",
            shown(name),
            quoted(&shown(word))
        );
        let mistake = Self::new("unknown_field", place, message);
        match near {
            Some(near) => mistake.suggest(near),
            None => mistake,
        }
    }

    pub(super) fn value_missing<F: Field>(place: Place, field: F) -> Self {
        let name = field.name();
        let message = format!(
            "Say right after “{name}:”, without a space, what to look for, as in {}; \
             {name}:* is whatever says anything.",
            example(field)
        );
        Self::new("value_missing", place, message)
    }

    pub(super) fn field_among_values<F: Field>(place: Place, (field, other): (F, &str)) -> Self {
        let name = field.name();
        let message = format!(
            "Only values of “{name}” stand in the parentheses of {name}:( … ), no field “{other}”. \
             Close them before it, or put the value in quotation marks."
        );
        Self::new("field_among_values", place, message)
    }

    pub(super) fn comparison_not_here<F: Field>(
        place: Place,
        (field, sign): (F, Comparison),
        value: &str,
    ) -> Self {
        let message = format!(
            "Nothing is “{sign}” in the field “{}”. Leave the sign out, \
             or put the value in quotation marks if the sign is part of it.",
            field.name()
        );
        Self::new("comparison_not_here", place, message).suggest(value)
    }

    pub(super) fn range_incomplete<F: Field>(place: Place, field: F) -> Self {
        let message = format!(
            "A range has two ends, as in {}. With one end write {name}:>=… or {name}:<=….",
            range_example(field),
            name = field.name()
        );
        Self::new("range_incomplete", place, message)
    }

    pub(super) fn range_compared(place: Place, sign: Comparison, range: &str) -> Self {
        let message =
            format!("A range is not compared. Leave “{sign}” out, or write one value instead of the range.");
        Self::new("range_compared", place, message).suggest(range)
    }

    pub(super) fn range_reversed(place: Place, (low, high): (&str, &str)) -> Self {
        let message = format!(
            "This range ends before it begins. Did you mean {}..{}?",
            shown(high),
            shown(low)
        );
        Self::new("range_reversed", place, message).suggest(format!("{high}..{low}"))
    }

    pub(super) fn range_mixed(place: Place) -> Self {
        let message = "One end of this range is an age and the other a date. Write two ages or two dates.";
        Self::new("range_mixed", place, message)
    }

    pub(super) fn unknown_choice<F: Field>(
        place: Place,
        (field, value): (F, &str),
        choices: &'static [&'static str],
    ) -> Self {
        let name = field.name();
        let message = format!(
            "“{}” is no value of “{name}”. Write one of these: {}.",
            shown(value),
            choices.join(", ")
        );
        let mistake = Self::new("unknown_choice", place, message);
        match super::nearest::nearest(value, choices.iter().copied()) {
            Some(near) => mistake.suggest(near),
            None => mistake,
        }
    }

    /// The value is not what the kind of the field asks for.
    pub(super) fn malformed<F: Field>(place: Place, (field, value): (F, &str)) -> Self {
        let (code, what) = match field.kind() {
            Kind::Number(Unit::Plain) => ("not_a_number", "a number without a unit"),
            Kind::Number(Unit::Bytes) => (
                "not_a_number",
                "a size in b, kb, mb, gb, tb, pb, or kib, mib, gib, tib, pib",
            ),
            Kind::Number(Unit::Percent) => ("not_a_number", "a percentage"),
            Kind::Time => (
                "not_a_time",
                "an age in s, m, h, d, w, y, a date such as 2026-11-20, or a moment such as 2026-11-20T08:30:00Z",
            ),
            Kind::Address => (
                "not_an_address",
                "an address or a network, or the beginning of one",
            ),
            Kind::Version => ("not_a_version", "a version, numbers with points between them"),
            Kind::YesNo => ("not_yes_or_no", "yes or no"),
            // These have mistakes of their own.
            Kind::Text | Kind::Choice(_) => ("nothing_to_find", "some text"),
        };
        let message = format!(
            "“{}” is not what “{}” asks for: {what}. Write, for example, {}.",
            shown(value),
            field.name(),
            example(field)
        );
        Self::new(code, place, message)
    }
}

/// What can be written of a field.
fn example<F: Field>(field: F) -> String {
    let value = match field.kind() {
        Kind::Text => "lab",
        Kind::Choice(choices) => choices.first().copied().unwrap_or("*"),
        Kind::Number(Unit::Plain) => ">10",
        Kind::Number(Unit::Bytes) => ">1.5gb",
        Kind::Number(Unit::Percent) => "<10%",
        Kind::Time => "<2d",
        Kind::Address => "10.2.0.0/16",
        Kind::Version => "<1.4",
        Kind::YesNo => "yes",
    };
    format!("{}:{value}", field.name())
}

fn range_example<F: Field>(field: F) -> String {
    let value = match field.kind() {
        Kind::Number(Unit::Bytes) => "1gb..2gb",
        Kind::Time => "2026-11-20..2026-11-22",
        Kind::Version => "1.2..1.4",
        _ => "10..20",
    };
    format!("{}:{value}", field.name())
}

/// The beginning of what somebody wrote.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
