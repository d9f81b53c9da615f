//! [`Scan`]: walks through the characters of a search, for whoever reads it and whoever completes it.

use std::fmt;

use super::language::Field;
use super::mistake::Place;

/// How a value is compared with what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::More => ">",
        })
    }
}

/// What the beginning of a word says about it. Lengths in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head<F> {
    /// It is a word.
    Plain,
    /// It is a field, after whose name and colon the value begins.
    Field { field: F, name: usize },
    /// It looks like a field, but there is none of that name.
    Unknown { name: usize },
}

impl<F: Field> Head<F> {
    pub(super) fn of(word: &str) -> Self {
        let Some((left, right)) = word.split_once(':') else {
            return Self::Plain;
        };
        let name = left.chars().count();
        if let Some(field) = F::find(left) {
            return Self::Field { field, name };
        }
        if is_text(word, (left, right)) {
            return Self::Plain;
        }
        Self::Unknown { name }
    }
}

/// Whether a word with a colon means itself: a time, an address, the address of a page, a path with a drive.
fn is_text(word: &str, (left, right): (&str, &str)) -> bool {
    if !left.starts_with(char::is_alphabetic) {
        return true;
    }
    let drive = left.chars().count() == 1 && right.starts_with(['\\', '/']);
    if drive || right.starts_with("//") {
        return true;
    }
    // What follows are the length of a network or the name of an interface.
    let address = word.split(['/', '%']).next().unwrap_or(word);
    let hex = address
        .chars()
        .all(|letter| letter == ':' || letter.is_ascii_hexdigit());
    let digits = left.contains(|letter: char| letter.is_ascii_digit());
    hex && (digits || address.matches(':').count() > 1)
}

/// A place in a search, and what is around it.
#[derive(Debug)]
pub(super) struct Scan {
    chars: Vec<char>,
    at: usize,
}

impl Scan {
    pub(super) fn new(text: &str) -> Self {
        Self {
            chars: text.chars().collect(),
            at: 0,
        }
    }

    /// How many characters are behind.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    /// The one after the next.
    pub(super) fn peek_second(&self) -> Option<char> {
        self.chars.get(self.at.saturating_add(1)).copied()
    }

    pub(super) fn skip(&mut self, characters: usize) {
        self.at = self.at.saturating_add(characters).min(self.chars.len());
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.skip(1);
        }
    }

    /// Goes on if this is the next character.
    pub(super) fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.skip(1);
        }
        found
    }

    /// What stands at a place.
    pub(super) fn text(&self, place: Place) -> String {
        self.chars.iter().skip(place.at).take(place.len).collect()
    }

    /// From somewhere to here.
    pub(super) fn since(&self, from: usize) -> Place {
        Place::between(from, self.at)
    }

    /// The word that comes next; empty if something else does.
    pub(super) fn peek_word(&self) -> String {
        let rest = self.chars.iter().skip(self.at);
        rest.take_while(|letter| !ends_word(**letter)).collect()
    }

    /// Goes on past the next word.
    pub(super) fn word(&mut self) -> String {
        let word = self.peek_word();
        self.skip(word.chars().count());
        word
    }

    /// Goes on past a text in quotation marks, the first of which comes next. In it, `\"` is a quotation mark and `\\` a
    /// backslash; before anything else a backslash is one.
    ///
    /// # Errors
    /// It is not closed; with what is in it.
    pub(super) fn quoted(&mut self) -> Result<String, String> {
        self.skip(1);
        let mut text = String::new();
        while let Some(letter) = self.peek() {
            self.skip(1);
            match (letter, self.peek()) {
                ('"', _) => return Ok(text),
                ('\\', Some(escaped @ ('"' | '\\'))) => {
                    text.push(escaped);
                    self.skip(1);
                }
                _ => text.push(letter),
            }
        }
        Err(text)
    }

    /// Goes on past a sign of comparison.
    pub(super) fn comparison(&mut self) -> Option<Comparison> {
        let (comparison, len) = match (self.peek()?, self.peek_second()) {
            ('<', Some('=')) => (Comparison::AtMost, 2),
            ('<', _) => (Comparison::Less, 1),
            ('>', Some('=')) => (Comparison::AtLeast, 2),
            ('>', _) => (Comparison::More, 1),
            ('=', _) => (Comparison::Equal, 1),
            _ => return None,
        };
        self.skip(len);
        Some(comparison)
    }
}

/// Whether a word is over before this character.
pub(super) fn ends_word(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '(' | ')' | '"' | '|')
}
