//! [`complete`]: what somebody is in the middle of writing, so that it can be offered to them.

use super::fold::fold;
use super::language::{Field, Kind};
use super::mistake::Place;
use super::scan::{Head, Scan, ends_word};

/// What the cursor is in. Places count characters (Unicode scalar values) of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion<F> {
    /// Where what would be replaced begins.
    pub at: usize,
    /// How long that is. The colon of a field belongs to it, and so do the quotation marks of a value.
    pub len: usize,
    /// What could stand there.
    pub kind: Completes<F>,
    /// What is written of it before the cursor, without quotation marks.
    pub typed: String,
}

/// What could stand at the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completes<F> {
    /// A field; or any word.
    Field,
    /// A value of this field.
    Value(F),
    /// Nothing that could be known.
    Nothing,
}

/// What somebody is writing whose cursor stands before the character `cursor` of the text (at its end if there are not so
/// many). Whether the text is right does not matter.
#[must_use]
pub fn complete<F: Field>(text: &str, cursor: usize) -> Completion<F> {
    let walk = Walk {
        cursor: cursor.min(text.chars().count()),
        scan: Scan::new(text),
        scopes: Vec::new(),
    };
    walk.find()
}

impl<F: Field> Completion<F> {
    /// What the language itself knows for that place: fields as `name:`, choices, yes and no. Other values are known to whoever
    /// has the data.
    #[must_use]
    pub fn offers(&self) -> Vec<String> {
        let typed = fold(&self.typed);
        let fields = || F::ALL.iter().map(|field| format!("{}:", field.name())).collect();
        let all: Vec<String> = match self.kind {
            Completes::Field => fields(),
            Completes::Value(field) => match field.kind() {
                Kind::Choice(choices) => choices.iter().map(ToString::to_string).collect(),
                Kind::YesNo => vec!["yes".to_owned(), "no".to_owned()],
                _ => Vec::new(),
            },
            Completes::Nothing => Vec::new(),
        };
        all.into_iter()
            .filter(|offer| offer.starts_with(&typed))
            .collect()
    }
}

/// Goes from term to term up to the cursor.
struct Walk<F> {
    cursor: usize,
    scan: Scan,
    /// Of each parenthesis that is open, the field whose values stand in it.
    scopes: Vec<Option<F>>,
}

impl<F: Field> Walk<F> {
    fn find(mut self) -> Completion<F> {
        loop {
            self.between();
            if self.scan.at() >= self.cursor && !self.is_at_word() {
                return self.empty();
            }
            let from = self.scan.at();
            let scope = self.scope();
            let found = match scope {
                Some(field) => self.value(field),
                None if self.scan.peek() == Some('"') => self.phrase(),
                None => self.word(),
            };
            if let Some(found) = found {
                return found;
            }
            // Each term has a character at least; whoever breaks that still comes to an end.
            if self.scan.at() == from {
                self.scan.skip(1);
            }
        }
    }

    /// Goes on past what stands between terms, up to the cursor.
    fn between(&mut self) {
        while self.scan.at() < self.cursor {
            match self.scan.peek() {
                Some('(') => {
                    let scope = self.scope();
                    self.scopes.push(scope);
                }
                Some(')') => {
                    self.scopes.pop();
                }
                Some('|' | '-') => {}
                Some(letter) if letter.is_whitespace() => {}
                _ => return,
            }
            self.scan.skip(1);
        }
    }

    fn scope(&self) -> Option<F> {
        self.scopes.last().copied().flatten()
    }

    /// Whether a word begins at the cursor, which then is what would be replaced.
    fn is_at_word(&self) -> bool {
        self.scan
            .peek()
            .is_some_and(|letter| letter == '"' || !ends_word(letter))
    }

    /// Nothing is written at the cursor.
    fn empty(&self) -> Completion<F> {
        let kind = self.scope().map_or(Completes::Field, Completes::Value);
        found(kind, Place::between(self.cursor, self.cursor), String::new())
    }

    fn phrase(&mut self) -> Option<Completion<F>> {
        let from = self.scan.at();
        let open = self.scan.quoted().is_err();
        let place = self.scan.since(from);
        self.is_in(place, open)
            .then(|| found(Completes::Nothing, place, self.typed(from)))
    }

    fn word(&mut self) -> Option<Completion<F>> {
        let from = self.scan.at();
        let word = self.scan.peek_word();
        let name = match Head::<F>::of(&word) {
            Head::Field { field, name } if self.cursor > from + name => {
                self.scan.skip(name + 1);
                if self.scan.peek() == Some('(') && self.cursor > self.scan.at() {
                    self.scan.skip(1);
                    self.scopes.push(Some(field));
                    return None;
                }
                return self.value(field);
            }
            Head::Field { name, .. } | Head::Unknown { name } => Some(name),
            Head::Plain => None,
        };
        self.scan.word();
        let word = self.scan.since(from);
        if !self.is_in(word, true) {
            return None;
        }
        let (kind, place) = match name {
            Some(name) if self.cursor <= from + name => (
                Completes::Field,
                Place {
                    at: from,
                    len: name + 1,
                },
            ),
            Some(_) => (Completes::Nothing, word),
            None => (Completes::Field, word),
        };
        Some(found(kind, place, self.typed(from)))
    }

    fn value(&mut self, field: F) -> Option<Completion<F>> {
        self.scan.comparison();
        let from = self.scan.at().min(self.cursor);
        let quoted = self.scan.peek() == Some('"');
        let open = if quoted {
            self.scan.quoted().is_err()
        } else {
            self.scan.word();
            true
        };
        let place = self.scan.since(from);
        self.is_in(place, open).then(|| {
            let typed = self.typed(from);
            let typed = typed.strip_prefix('"').unwrap_or(&typed).to_owned();
            found(Completes::Value(field), place, typed)
        })
    }

    /// Whether the cursor is in a piece; at its end as well if more of it could follow there.
    fn is_in(&self, place: Place, open: bool) -> bool {
        let end = place.at + place.len;
        self.cursor < end || (open && self.cursor == end)
    }

    fn typed(&self, from: usize) -> String {
        self.scan.text(Place::between(from, self.cursor))
    }
}

fn found<F>(kind: Completes<F>, place: Place, typed: String) -> Completion<F> {
    Completion {
        at: place.at,
        len: place.len,
        kind,
        typed,
    }
}
