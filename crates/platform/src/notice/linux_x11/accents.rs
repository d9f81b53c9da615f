//! Accents that are typed before their letter (dead keys): a tilde and an `a` are an `ã`.

use unicode_normalization::char::compose;

use super::keys::Typed;
use crate::input::linux_x11::keysyms::Keysym;
use crate::notice::Language;

/// Keysyms of the X protocol's list, the mark that goes onto a letter, and what a space makes of it.
const ACCENTS: [(Keysym, char, char); 13] = [
    (0xfe50, '\u{300}', '`'),
    (0xfe51, '\u{301}', '\''),
    (0xfe52, '\u{302}', '^'),
    (0xfe53, '\u{303}', '~'),
    (0xfe54, '\u{304}', '¯'),
    (0xfe55, '\u{306}', '˘'),
    (0xfe56, '\u{307}', '˙'),
    (0xfe57, '\u{308}', '"'),
    (0xfe58, '\u{30a}', '°'),
    (0xfe59, '\u{30b}', '˝'),
    (0xfe5a, '\u{30c}', 'ˇ'),
    (0xfe5b, '\u{327}', '¸'),
    (0xfe5c, '\u{328}', '˛'),
];

const ACUTE: char = '\u{301}';

/// An accent that waits for its letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accent {
    mark: char,
    alone: char,
}

impl Accent {
    pub(super) fn of(symbol: Keysym) -> Option<Self> {
        let found = ACCENTS.iter().find(|(known, ..)| *known == symbol)?;
        let (_, mark, alone) = *found;
        Some(Self { mark, alone })
    }

    fn on(self, letter: char, language: Language) -> char {
        match (letter, self.mark, language) {
            (' ', ..) => self.alone,
            // Keyboards without that letter have the acute for it.
            ('c', ACUTE, Language::Portuguese) => 'ç',
            ('C', ACUTE, Language::Portuguese) => 'Ç',
            // What does not go together is the letter.
            _ => compose(letter, self.mark).unwrap_or(letter),
        }
    }
}

/// The accent that was typed last, until its letter comes.
#[derive(Debug, Default)]
pub(super) struct Accents(Option<Accent>);

impl Accents {
    /// What a key types, with the accent before it. Keys that type nothing, as Shift, leave it waiting.
    pub(super) fn with(&mut self, typed: Option<Typed>, language: Language) -> Option<Typed> {
        match (typed?, self.0.take()) {
            // Twice is once, alone.
            (Typed::Accent(accent), Some(before)) if before == accent => Some(Typed::Character(accent.alone)),
            (Typed::Accent(accent), _) => {
                self.0 = Some(accent);
                None
            }
            (Typed::Character(letter), Some(accent)) => Some(Typed::Character(accent.on(letter, language))),
            (typed, _) => Some(typed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accent(symbol: Keysym) -> Option<Typed> {
        Some(Typed::Accent(Accent::of(symbol).unwrap()))
    }

    fn typed(keys: &[Option<Typed>], language: Language) -> String {
        let mut accents = Accents::default();
        let typed = keys.iter().filter_map(|key| accents.with(*key, language));
        typed
            .map(|typed| match typed {
                Typed::Character(character) => character,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn letter(letter: char) -> Option<Typed> {
        Some(Typed::Character(letter))
    }

    #[test]
    fn accents_go_onto_their_letters() {
        let (acute, tilde, circumflex) = (accent(0xfe51), accent(0xfe53), accent(0xfe52));
        // Shift between the two is no key that types.
        let keys = [
            tilde,
            None,
            letter('A'),
            tilde,
            letter('o'),
            circumflex,
            letter('e'),
            acute,
            letter('i'),
        ];
        assert_eq!(typed(&keys, Language::English), "Ãõêí");
        assert_eq!(
            typed(&[accent(0xfe57), letter('u'), letter('u')], Language::English),
            "üu"
        );
        assert_eq!(typed(&[acute, letter('c')], Language::English), "ć");
        assert_eq!(
            typed(&[acute, letter('c'), acute, letter('C')], Language::Portuguese),
            "çÇ"
        );
        assert_eq!(typed(&[acute, letter('x')], Language::English), "x");
        assert_eq!(
            typed(
                &[acute, letter(' '), tilde, tilde, letter('a')],
                Language::English
            ),
            "'~a"
        );
        assert_eq!(
            typed(&[acute, tilde, letter('a')], Language::English),
            "ã",
            "the last one counts"
        );
    }

    #[test]
    fn other_keys_forget_the_accent() {
        let mut accents = Accents::default();
        assert_eq!(accents.with(accent(0xfe53), Language::English), None);
        assert_eq!(
            accents.with(Some(Typed::Backspace), Language::English),
            Some(Typed::Backspace)
        );
        assert_eq!(accents.with(letter('a'), Language::English), letter('a'));
    }
}
