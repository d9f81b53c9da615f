//! Characters and their keysyms.

use super::legacy_keysyms::LEGACY;

/// A key's meaning in the X protocol.
pub(crate) type Keysym = u32;

/// Added to a code point for characters that had no keysym before Unicode.
const UNICODE: Keysym = 0x0100_0000;

/// The character a keysym types; `None` for keys without one (arrows, modifiers, dead keys, the keypad).
pub(crate) fn char_of(keysym: Keysym) -> Option<char> {
    match keysym {
        0x20..=0x7e | 0xa0..=0xff => char::from_u32(keysym),
        0x100..=0xffff => {
            let keysym = u16::try_from(keysym).ok()?;
            let at = LEGACY.binary_search_by_key(&keysym, |(legacy, _)| *legacy).ok()?;
            char::from_u32(LEGACY[at].1.into())
        }
        _ => keysym.checked_sub(UNICODE).and_then(char::from_u32),
    }
}

/// The keysym to give a key that shall type the character: the old one where there is one, which all programs know.
pub(super) fn keysym_of(character: char) -> Keysym {
    let code = u32::from(character);
    if matches!(code, 0x20..=0x7e | 0xa0..=0xff) {
        return code;
    }
    let legacy = LEGACY.iter().find(|(_, legacy)| u32::from(*legacy) == code);
    legacy.map_or(UNICODE | code, |(keysym, _)| (*keysym).into())
}

/// Lower and upper case of a letter that has exactly one of each, as Caps Lock understands it.
pub(crate) fn cases(character: char) -> Option<(char, char)> {
    let lower = single(character.to_lowercase())?;
    let upper = single(lower.to_uppercase())?;
    let back = single(upper.to_lowercase())?;
    (lower != upper && back == lower && (character == lower || character == upper)).then_some((lower, upper))
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_keysyms() {
        for (character, keysym) in [
            ('a', 0x61),
            ('ç', 0xe7),
            ('€', 0x20ac),
            ('α', 0x7e1),
            ('я', 0x6d1),
            ('ő', 0x1f5),
            ('😀', 0x0101_f600),
        ] {
            assert_eq!(keysym_of(character), keysym, "{character}");
            assert_eq!(char_of(keysym), Some(character), "{character}");
        }
        assert_eq!(char_of(0x0100_0041), Some('A'));
        assert_eq!(char_of(0xff0d), None);
        assert_eq!(char_of(0xfe51), None, "dead keys type nothing");
        assert_eq!(char_of(0x0111_0000), None);
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(LEGACY.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn case_pairs() {
        assert_eq!(cases('É'), Some(('é', 'É')));
        assert_eq!(cases('я'), Some(('я', 'Я')));
        assert_eq!(cases('ß'), None);
        assert_eq!(cases('1'), None);
        assert_eq!(cases('İ'), None);
    }
}
