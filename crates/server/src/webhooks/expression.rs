//! [`Expression`]: which events a webhook wants, in words that people type.
//!
//! ```text
//! expression := term*                      all terms must hold
//! term       := ["not" | "-"] field ":" value      "and" between terms may be written and changes nothing
//! field      := type | actor | actor_kind | target | target_kind | machine | address
//! value      := letters without spaces | "…"       * stands for anything, \ takes the next letter as it is
//! ```
//! A value has to fit the whole of what the event says, in any case of letters. A field of which the event says nothing fits no value.

use std::fmt;
use std::str::FromStr;

use super::event::{Event, Field};

/// Longest text, in characters.
pub(super) const TEXT_MAX: usize = 500;
/// Most terms.
pub(super) const TERMS_MAX: usize = 20;

/// All of these must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expression {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    negated: bool,
    field: Field,
    pattern: Pattern,
}

/// What a value has to look like, in small letters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern(Vec<Piece>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Any,
    Letter(char),
}

/// What is wrong with a text, as a sentence for whoever typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotUnderstood(String);

impl Expression {
    /// Whether an event is wanted.
    pub(super) fn fits(&self, event: &Event) -> bool {
        self.terms.iter().all(|term| {
            let fits = event.said(term.field).iter().any(|said| term.pattern.fits(said));
            fits != term.negated
        })
    }
}

impl Pattern {
    fn fits(&self, said: &str) -> bool {
        let said: Vec<char> = said.chars().flat_map(char::to_lowercase).collect();
        let pieces = &self.0;
        // Greedy with one way back: where the last star stood, and how much it has taken.
        let (mut piece, mut letter) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while letter < said.len() {
            match pieces.get(piece) {
                Some(Piece::Any) => {
                    star = Some((piece, letter));
                    piece += 1;
                }
                Some(Piece::Letter(wanted)) if said.get(letter) == Some(wanted) => {
                    piece += 1;
                    letter += 1;
                }
                _ => {
                    let Some((at, taken)) = star else { return false };
                    star = Some((at, taken + 1));
                    piece = at + 1;
                    letter = taken + 1;
                }
            }
        }
        pieces.iter().skip(piece).all(|rest| *rest == Piece::Any)
    }
}

impl FromStr for Expression {
    type Err = NotUnderstood;

    fn from_str(text: &str) -> Result<Self, NotUnderstood> {
        if text.chars().count() > TEXT_MAX {
            return Err(NotUnderstood(format!("At most {TEXT_MAX} characters, please.")));
        }
        let mut reader = Reader {
            rest: text.trim_start(),
        };
        let (mut terms, mut negated) = (Vec::new(), false);
        while !reader.rest.is_empty() {
            if reader.takes_word("and") {
                continue;
            }
            if reader.takes_word("not") || reader.takes("-") {
                negated = !negated;
                continue;
            }
            terms.push(reader.term(negated)?);
            negated = false;
        }
        if negated {
            return Err(NotUnderstood(
                "Say after “not” what is not wanted, as in not actor:ana.".into(),
            ));
        }
        if terms.len() > TERMS_MAX {
            return Err(NotUnderstood(format!("At most {TERMS_MAX} conditions, please.")));
        }
        Ok(Self { terms })
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn takes(&mut self, what: &str) -> bool {
        match self.rest.strip_prefix(what) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    /// A word of its own, in any case.
    fn takes_word(&mut self, word: &str) -> bool {
        let next = self.rest.split(char::is_whitespace).next().unwrap_or_default();
        if !next.eq_ignore_ascii_case(word) {
            return false;
        }
        self.rest = self.rest.get(next.len()..).unwrap_or_default().trim_start();
        true
    }

    fn term(&mut self, negated: bool) -> Result<Term, NotUnderstood> {
        let next: &'a str = self.rest.split(char::is_whitespace).next().unwrap_or_default();
        let Some((name, _)) = next.split_once(':') else {
            return Err(NotUnderstood(format!(
                "“{next}” is no condition; write field:value, as in type:session.*, with quotes around values that have spaces."
            )));
        };
        let field = Field::ALL
            .into_iter()
            .find(|field| field.as_str().eq_ignore_ascii_case(name));
        let Some(field) = field else {
            let all = Field::ALL.map(Field::as_str).join(", ");
            return Err(NotUnderstood(format!(
                "There is no field “{name}”; the fields are {all}."
            )));
        };
        self.rest = self.rest.get(name.len() + 1..).unwrap_or_default();
        let pattern = self.value(field)?;
        Ok(Term {
            negated,
            field,
            pattern,
        })
    }

    fn value(&mut self, field: Field) -> Result<Pattern, NotUnderstood> {
        let quoted = self.rest.starts_with('"');
        let mut letters = self.rest.char_indices().skip(usize::from(quoted));
        let (mut pieces, mut end, mut closed) = (Vec::new(), self.rest.len(), !quoted);
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' if quoted => {
                    (end, closed) = (at + 1, true);
                    break;
                }
                '"' => {
                    let detail = "A quotation mark inside a value is written \\\".";
                    return Err(NotUnderstood(detail.into()));
                }
                _ if !quoted && letter.is_whitespace() => {
                    end = at;
                    break;
                }
                // Several stars say what one says.
                '*' if pieces.last() == Some(&Piece::Any) => {}
                '*' => pieces.push(Piece::Any),
                '\\' => match letters.next() {
                    Some((_, taken)) => pieces.extend(taken.to_lowercase().map(Piece::Letter)),
                    None => return Err(NotUnderstood("There is nothing after the last \\.".into())),
                },
                _ => pieces.extend(letter.to_lowercase().map(Piece::Letter)),
            }
        }
        if !closed {
            return Err(NotUnderstood("A quotation mark is not closed.".into()));
        }
        if pieces.is_empty() {
            let field = field.as_str();
            return Err(NotUnderstood(format!("Say after “{field}:” what it should be.")));
        }
        let rest = self.rest.get(end..).unwrap_or_default();
        if quoted && !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
            return Err(NotUnderstood(
                "Leave a space after a closing quotation mark.".into(),
            ));
        }
        self.rest = rest.trim_start();
        Ok(Pattern(pieces))
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, term) in self.terms.iter().enumerate() {
            let space = if number == 0 { "" } else { " " };
            let sign = if term.negated { "-" } else { "" };
            write!(f, "{space}{sign}{}:{}", term.field.as_str(), term.pattern)?;
        }
        Ok(())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |piece: &Piece| match piece {
            Piece::Any => true,
            Piece::Letter(letter) => letter.is_alphanumeric() || "._@:/+-".contains(*letter),
        };
        let quote = if self.0.iter().all(bare) { "" } else { "\"" };
        f.write_str(quote)?;
        for piece in &self.0 {
            match piece {
                Piece::Any => f.write_str("*")?,
                Piece::Letter(letter @ ('*' | '\\' | '"')) => write!(f, "\\{letter}")?,
                Piece::Letter(letter) => write!(f, "{letter}")?,
            }
        }
        f.write_str(quote)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::audit::{ActorView, AuditEntry, TargetView};
    use crate::clock::Timestamp;
    use crate::ids::{AuditEntryId, OrganizationId};

    fn event(action: &str, actor: &str, machine: &str) -> Event {
        Event::of_entry(&AuditEntry {
            id: AuditEntryId::new(),
            organization_id: OrganizationId::new(),
            seq: 1,
            at: Timestamp(0),
            actor: ActorView {
                kind: "account".into(),
                id: Some("0197".into()),
                name: actor.into(),
            },
            action: action.into(),
            target: Some(TargetView {
                kind: "machine".into(),
                id: "0198".into(),
                name: machine.into(),
            }),
            detail: serde_json::json!({}),
            before: None,
            after: None,
            address: Some("192.0.2.7".into()),
            request_id: None,
        })
    }

    fn wants(text: &str, event: &Event) -> bool {
        text.parse::<Expression>().unwrap().fits(event)
    }

    #[test]
    fn events_are_chosen_by_what_they_say() {
        let one = event("session.ended", "Ana Lima", "Front Desk");
        for text in [
            "",
            "type:session.*",
            "type:session.ended and machine:\"front desk\"",
            "type:session.* machine:\"front desk\" -actor:ana",
            "machine:0198 actor:0197",
            "not type:machine.*",
            "NOT type:machine.* AND actor:*lima",
            "- actor:bia",
            "not not actor:ana*",
            "address:192.0.2.* actor_kind:account target_kind:machine target:front*",
            "machine:front\\ desk",
        ] {
            assert!(wants(text, &one), "{text}");
        }
        for text in [
            "type:session",
            "type:session.* machine:front",
            "-type:session.*",
            "actor:ana",
            "not actor:\"ana lima\"",
            "address:10.*",
            "machine:*desk -machine:front*",
        ] {
            assert!(!wants(text, &one), "{text}");
        }
    }

    #[test]
    fn what_an_event_does_not_say_fits_nothing() {
        let silent = Event::of_presence(
            OrganizationId::new(),
            (crate::ids::MachineId::new(), "x"),
            super::super::Presence::Offline,
            Timestamp(0),
        );
        assert!(!wants("actor:*", &silent));
        assert!(wants("-actor:*", &silent));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, part) in [
            ("session", "field:value"),
            ("kind:x", "the fields are type, actor"),
            ("type:", "what it should be"),
            ("type:\"\"", "what it should be"),
            ("machine:\"front desk", "not closed"),
            ("machine:\"a\"b", "a space"),
            ("machine:a\"b", "written"),
            ("machine:a\\", "after the last"),
            ("type:x not", "after “not”"),
            ("-", "after “not”"),
        ] {
            let error = text.parse::<Expression>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        let many = "type:x ".repeat(TERMS_MAX + 1);
        assert!(many.parse::<Expression>().is_err());
        assert!("x".repeat(TEXT_MAX + 1).parse::<Expression>().is_err());
    }

    fn patterns() -> impl Strategy<Value = Pattern> {
        let letter =
            any::<char>().prop_map(|letter| letter.to_lowercase().map(Piece::Letter).collect::<Vec<_>>());
        let piece = prop_oneof![letter, Just(vec![Piece::Any])];
        proptest::collection::vec(piece, 1..8).prop_map(|pieces| {
            let mut all: Vec<Piece> = pieces.concat();
            all.dedup_by(|one, other| *one == Piece::Any && *other == Piece::Any);
            Pattern(all)
        })
    }

    fn expressions() -> impl Strategy<Value = Expression> {
        let field = proptest::sample::select(Field::ALL.to_vec());
        let term = (any::<bool>(), field, patterns()).prop_map(|(negated, field, pattern)| Term {
            negated,
            field,
            pattern,
        });
        proptest::collection::vec(term, 0..5).prop_map(|terms| Expression { terms })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(expression in expressions()) {
            prop_assert_eq!(expression.to_string().parse::<Expression>().unwrap(), expression);
        }

        #[test]
        fn no_text_is_too_much(text in any::<String>()) {
            if let Ok(expression) = text.parse::<Expression>() {
                prop_assert_eq!(expression.to_string().parse::<Expression>().unwrap(), expression);
            }
        }

        /// A name fits itself when it is quoted, and `not` is the opposite.
        #[test]
        fn a_name_fits_itself(name in "\\PC{1,20}") {
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"").replace('*', "\\*");
            let one = event("x.y", &name, "m");
            let text = format!("actor:\"{quoted}\"");
            prop_assert!(wants(&text, &one));
            let negated = format!("not {}", text);
            prop_assert!(!wants(&negated, &one));
        }

        /// All terms must hold: the whole fits where each of its parts does.
        #[test]
        fn an_expression_is_all_of_its_terms(expression in expressions(), name in "[a-c*]{0,4}") {
            let one = event("a.b", &name, "front desk");
            let mut alone = expression.terms.iter().map(|term| Expression { terms: vec![term.clone()] });
            let each = alone.all(|part| part.fits(&one));
            prop_assert_eq!(expression.fits(&one), each);
        }

        /// Against the plain way to say what a star means.
        #[test]
        fn stars_stand_for_anything(pattern in "[ab*]{1,8}", said in "[ab]{0,8}") {
            fn slow(pattern: &[u8], said: &[u8]) -> bool {
                match pattern.split_first() {
                    None => said.is_empty(),
                    Some((b'*', rest)) => (0..=said.len()).any(|taken| slow(rest, &said[taken..])),
                    Some((letter, rest)) => said.first() == Some(letter) && slow(rest, &said[1..]),
                }
            }
            let one = event("x.y", &said, "m");
            let expected = slow(pattern.as_bytes(), said.as_bytes()) || slow(pattern.as_bytes(), b"0197");
            prop_assert_eq!(wants(&format!("actor:{pattern}"), &one), expected);
        }
    }
}
