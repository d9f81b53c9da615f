//! [`Query::read`]: text to query. The grammar stands in [`super`].

use std::marker::PhantomData;

use super::fold::Folded;
use super::language::Field;
use super::mistake::{Mistake, Place};
use super::query::{Query, Test};
use super::scan::{Head, Scan};
use super::value::{self, Written};
use super::{DEPTH_MAX, TERMS_MAX, TEXT_MAX, quoted};
use crate::clock::Timestamp;

impl<F: Field> Query<F> {
    /// Understands a search. Ages in it (`seen:>2d`) are counted back from `now`. A search without anything in it is for
    /// everything.
    ///
    /// # Errors
    /// What is wrong with it, where, and what to do.
    pub fn read(text: &str, now: Timestamp) -> Result<Self, Mistake> {
        let characters = text.chars().count();
        if characters > TEXT_MAX {
            return Err(Mistake::text_too_long(characters));
        }
        Self::read_of_any_length(text, now)
    }

    /// A query that is printed may be longer than what was read.
    pub(super) fn read_of_any_length(text: &str, now: Timestamp) -> Result<Self, Mistake> {
        // Databases refuse some of them, and nobody can see what was asked.
        let is_control = |letter: char| letter.is_control() && !letter.is_whitespace();
        if let Some(at) = text.chars().position(is_control) {
            return Err(Mistake::control_character(at));
        }
        let reader = Reader {
            scan: Scan::new(text),
            now,
            terms: 0,
            depth: 0,
            scope: None,
            fields: PhantomData,
        };
        reader.query()
    }
}

/// Reads by recursive descent, at most [`DEPTH_MAX`] deep.
struct Reader<F> {
    scan: Scan,
    now: Timestamp,
    terms: usize,
    depth: usize,
    /// Within `field:( … )`, the field whose values stand there.
    scope: Option<F>,
    fields: PhantomData<F>,
}

impl<F: Field> Reader<F> {
    fn query(mut self) -> Result<Query<F>, Mistake> {
        self.scan.skip_spaces();
        if self.scan.peek().is_none() {
            return Ok(Query::All);
        }
        let query = self.any(None)?;
        match self.scan.peek() {
            // Nothing else stops it.
            Some(_) => Err(Mistake::parenthesis_not_opened(self.next_character())),
            None => Ok(query),
        }
    }

    /// One or several with `OR` between them. `after` is the operator that wants them.
    fn any(&mut self, after: Option<Place>) -> Result<Query<F>, Mistake> {
        let mut any = vec![self.all(after)?];
        while let Some(or) = self.take_or() {
            any.push(self.all(Some(or))?);
        }
        Ok(Query::or(any))
    }

    /// One or several beside each other.
    fn all(&mut self, after: Option<Place>) -> Result<Query<F>, Mistake> {
        let mut all = vec![self.term(after)?];
        while self.goes_on() {
            let and = self.take_keyword("AND");
            all.push(self.term(and)?);
        }
        Ok(Query::and(all))
    }

    fn term(&mut self, after: Option<Place>) -> Result<Query<F>, Mistake> {
        self.scan.skip_spaces();
        match self.scan.peek() {
            None | Some(')' | '|') => Err(self.missing(after)),
            Some('(') => self.group(),
            Some('-') => self.minus(),
            Some(_) => {
                if matches!(self.scan.peek_word().as_str(), "OR" | "AND") {
                    return Err(self.missing(after));
                }
                match self.take_keyword("NOT") {
                    Some(not) => self.excluded(not),
                    None => self.leaf(),
                }
            }
        }
    }

    fn group(&mut self) -> Result<Query<F>, Mistake> {
        let open = self.next_character();
        self.enter(open)?;
        self.scan.skip(1);
        self.scan.skip_spaces();
        if self.scan.take(')') {
            return Err(Mistake::parentheses_empty(self.scan.since(open.at)));
        }
        if self.scan.peek().is_none() {
            return Err(Mistake::parenthesis_not_closed(open));
        }
        let query = self.any(None)?;
        if !self.scan.take(')') {
            return Err(Mistake::parenthesis_not_closed(open));
        }
        self.depth -= 1;
        Ok(query)
    }

    fn minus(&mut self) -> Result<Query<F>, Mistake> {
        let minus = self.next_character();
        self.scan.skip(1);
        match self.scan.peek() {
            None | Some(')' | '|') => Err(Mistake::lone_minus(minus)),
            Some(next) if next.is_whitespace() => Err(Mistake::lone_minus(minus)),
            Some(_) => self.excluded(minus),
        }
    }

    fn excluded(&mut self, by: Place) -> Result<Query<F>, Mistake> {
        self.enter(by)?;
        let query = self.term(Some(by))?;
        self.depth -= 1;
        Ok(Query::not(query))
    }

    /// A word, a phrase, or a field with its value.
    fn leaf(&mut self) -> Result<Query<F>, Mistake> {
        let from = self.scan.at();
        if let Some(field) = self.scope {
            if let Head::Field { name, .. } = Head::<F>::of(&self.scan.peek_word()) {
                let place = Place { at: from, len: name };
                return Err(Mistake::field_among_values(
                    place,
                    (field, &self.scan.text(place)),
                ));
            }
            return self.is(field, from);
        }
        if self.scan.peek() == Some('"') {
            let text = self.quoted()?;
            return self.words(&text, from);
        }
        let word = self.scan.peek_word();
        match Head::<F>::of(&word) {
            Head::Plain => {
                let word = self.scan.word();
                self.words(&word, from)
            }
            Head::Unknown { name } => {
                let place = Place { at: from, len: name };
                Err(Mistake::unknown_field::<F>(
                    place,
                    (&self.scan.text(place), &word),
                ))
            }
            Head::Field { field, name } => {
                self.scan.skip(name + 1);
                if self.scan.peek() == Some('(') {
                    return self.scoped(field);
                }
                self.is(field, from)
            }
        }
    }

    fn words(&mut self, text: &str, from: usize) -> Result<Query<F>, Mistake> {
        self.count(from)?;
        let text = Folded::of(text);
        if text.is_blank() {
            return Err(Mistake::nothing_to_find(self.scan.since(from)));
        }
        Ok(Query::Words(text))
    }

    fn scoped(&mut self, field: F) -> Result<Query<F>, Mistake> {
        self.scope = Some(field);
        let query = self.group()?;
        self.scope = None;
        Ok(query)
    }

    /// The value that comes next, of a term that began at `from`.
    fn is(&mut self, field: F, from: usize) -> Result<Query<F>, Mistake> {
        let began = self.scan.at();
        let comparison = self.scan.comparison();
        let is_quoted = self.scan.peek() == Some('"');
        let value = if is_quoted {
            self.quoted()?
        } else {
            self.scan.word()
        };
        self.count(from)?;
        if value.is_empty() && !is_quoted {
            return Err(Mistake::value_missing(self.scan.since(from), field));
        }
        let written = Written {
            comparison,
            text: &value,
            unsigned: if is_quoted || value.starts_with(['<', '=', '>']) {
                quoted(&value)
            } else {
                value.clone()
            },
            is_quoted,
            place: self.scan.since(began),
        };
        if value == "*" && !is_quoted && comparison.is_none() {
            return Ok(Query::Is {
                field,
                test: Test::Says,
            });
        }
        let test = value::test(field, &written, self.now)?;
        Ok(Query::Is { field, test })
    }

    fn quoted(&mut self) -> Result<String, Mistake> {
        let from = self.scan.at();
        let text = self.scan.quoted();
        text.map_err(|_| Mistake::quote_not_closed(Place { at: from, len: 1 }))
    }

    fn count(&mut self, from: usize) -> Result<(), Mistake> {
        self.terms += 1;
        if self.terms > TERMS_MAX {
            return Err(Mistake::too_many_terms(self.scan.since(from)));
        }
        Ok(())
    }

    fn enter(&mut self, place: Place) -> Result<(), Mistake> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Mistake::too_deep(place));
        }
        Ok(())
    }

    /// Whether another term or `AND` comes next.
    fn goes_on(&mut self) -> bool {
        self.scan.skip_spaces();
        match self.scan.peek() {
            None | Some(')' | '|') => false,
            Some(_) => self.scan.peek_word() != "OR",
        }
    }

    fn take_or(&mut self) -> Option<Place> {
        self.scan.skip_spaces();
        let place = self.next_character();
        if self.scan.take('|') {
            return Some(place);
        }
        self.take_keyword("OR")
    }

    fn take_keyword(&mut self, keyword: &str) -> Option<Place> {
        let from = self.scan.at();
        if self.scan.peek_word() != keyword {
            return None;
        }
        self.scan.skip(keyword.len());
        Some(self.scan.since(from))
    }

    fn next_character(&self) -> Place {
        Place {
            at: self.scan.at(),
            len: 1,
        }
    }

    /// There is no term where there has to be one: after an operator, else before the one that comes next.
    fn missing(&mut self, after: Option<Place>) -> Mistake {
        if let Some(operator) = after {
            return Mistake::nothing_after(operator, &self.scan.text(operator));
        }
        let from = self.scan.at();
        if self.scan.peek() == Some(')') {
            return Mistake::parenthesis_not_opened(self.next_character());
        }
        if !self.scan.take('|') {
            self.scan.word();
        }
        let operator = self.scan.since(from);
        Mistake::nothing_before(operator, &self.scan.text(operator))
    }
}
