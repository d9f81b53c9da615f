//! The text form of a support code: what a person reads to another over the phone. Not here: who may use one, and for how long
//! (the server decides).
//!
//! ```text
//! K7Q-F2M-9X4     eight random symbols of Crockford's base 32 (40 bits), then one that checks them
//! ```
//! The alphabet has no `I`, `L`, `O` and `U`. Reading is forgiving: case, white space and hyphens do not count, an `O` is a
//! zero, an `I` or an `L` is a one. The last symbol is a sum over GF(32) with another weight for each place, so that any one
//! wrong symbol and any two that changed places are noticed before anybody is asked.

use std::fmt;

use sha2::{Digest, Sha256};

/// Symbols of a code, the checking one included.
pub const SYMBOLS: usize = 9;
/// Random symbols among them.
const DATA: usize = SYMBOLS - 1;
/// Longest text that is read, in bytes: a code with generous decoration. What is longer is none.
pub const TEXT_MAX: usize = 64;
/// Crockford's alphabet, by value.
pub(crate) const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Symbols between two hyphens.
const GROUP: usize = 3;

/// A short one-time code for an attended session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SupportCode([u8; DATA]);

/// Why a text is no support code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SupportCodeError {
    /// It has another length, or characters that no code has.
    #[error("not a support code (nine letters and digits such as K7Q-F2M-9X4)")]
    Shape,
    /// It looks like one, but a symbol is wrong or two changed places.
    #[error("the support code is mistyped (its last symbol does not fit)")]
    Check,
}

impl SupportCode {
    /// A code from random bytes, of which it uses 40 bits.
    #[must_use]
    pub fn new(random: [u8; 5]) -> Self {
        let bits = random
            .iter()
            .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let mut data = [0; DATA];
        for (place, symbol) in data.iter_mut().rev().enumerate() {
            // Five bits: below 32 by the mask.
            *symbol = (bits >> (5 * place) & 31) as u8;
        }
        Self(data)
    }

    /// Reads what a person typed or heard.
    ///
    /// # Errors
    /// When it is no code, or a mistyped one.
    pub fn parse(text: &str) -> Result<Self, SupportCodeError> {
        if text.len() > TEXT_MAX {
            return Err(SupportCodeError::Shape);
        }
        let mut symbols = [0; SYMBOLS];
        let mut count = 0;
        for letter in text.chars().filter(|letter| !is_decoration(*letter)) {
            let place = symbols.get_mut(count).ok_or(SupportCodeError::Shape)?;
            *place = value_of(letter).ok_or(SupportCodeError::Shape)?;
            count += 1;
        }
        let [data @ .., check] = symbols;
        if count != SYMBOLS {
            Err(SupportCodeError::Shape)
        } else if check != check_of(&data) {
            Err(SupportCodeError::Check)
        } else {
            Ok(Self(data))
        }
    }

    /// The nine symbols without hyphens, as file names carry them. To be handed to a person; `Debug` and logs never show it.
    #[must_use]
    pub fn plain(&self) -> String {
        let check = check_of(&self.0);
        let symbols = self.0.iter().chain([&check]);
        symbols.map(|value| letter_of(*value)).collect()
    }

    /// The code as people see it, in groups of three.
    #[must_use]
    pub fn reveal(&self) -> String {
        let plain = self.plain();
        let mut shown = String::with_capacity(plain.len() + plain.len() / GROUP);
        for (place, letter) in plain.chars().enumerate() {
            if place > 0 && place % GROUP == 0 {
                shown.push('-');
            }
            shown.push(letter);
        }
        shown
    }

    /// SHA-256 of the code, apart from all other hashes: what a server keeps and looks for.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut digest = Sha256::new_with_prefix(b"farol-support-code-1\0");
        digest.update(self.plain());
        digest.finalize().into()
    }
}

impl fmt::Debug for SupportCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SupportCode(…)")
    }
}

/// What stands between symbols and means nothing: white space, and what word processors make of a hyphen.
fn is_decoration(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn letter_of(value: u8) -> char {
    char::from(ALPHABET[usize::from(value & 31)])
}

fn value_of(letter: char) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET.iter().position(|known| char::from(*known) == letter)?;
    u8::try_from(place).ok()
}

/// The symbol behind these: their sum in GF(32), each multiplied by a power of x that no other place has. The last symbol's own
/// weight is 1, so changing it, or changing places with it, is noticed as well.
fn check_of(data: &[u8; DATA]) -> u8 {
    // Horner's rule from the left: the first symbol ends with the highest power.
    data.iter().fold(0, |sum, symbol| times_x(sum ^ symbol))
}

/// Multiplication by x modulo the primitive polynomial x⁵ + x² + 1.
fn times_x(value: u8) -> u8 {
    let doubled = value << 1;
    if doubled & 32 == 0 {
        doubled
    } else {
        doubled ^ 0b10_0101
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_look_like_this() {
        assert_eq!(SupportCode::new([0; 5]).reveal(), "000-000-000");
        assert_eq!(SupportCode::new([255; 5]).plain().len(), SYMBOLS);
        let code = SupportCode::new([0x99, 0xee, 0xf1, 0x51, 0x3d]);
        assert_eq!(code.reveal(), "K7Q-F2M-9X4");
        assert!(!format!("{code:?}").contains("K7Q"));
        assert_ne!(code.hash(), SupportCode::new([0; 5]).hash());
    }

    #[test]
    fn reading_forgives_what_people_do() {
        let code = SupportCode::new([0x08, 0x42, 0x00, 0x7c, 0x1f]);
        let shown = code.reveal();
        assert_eq!(shown, "111-00Z-0ZB");
        for text in [
            "111-00Z-0ZB",
            "11100z0zb",
            " iLl 0oz ozb\n",
            "I1l\u{2013}O0Z\u{2014}oZb",
            "1_1-1\u{a0}0 0-Z0zB",
        ] {
            assert_eq!(SupportCode::parse(text), Ok(code), "{text}");
        }
    }

    #[test]
    fn what_is_no_code_is_told_from_what_is_mistyped() {
        for text in [
            "",
            "111-00Z-0Z",
            "111-00Z-0ZBV",
            "U11-00Z-0ZV",
            "111.00Z.0ZV",
            "é11-00Z-0ZV",
        ] {
            assert_eq!(SupportCode::parse(text), Err(SupportCodeError::Shape), "{text}");
        }
        assert_eq!(SupportCode::parse("111-00Z-0ZC"), Err(SupportCodeError::Check));
        let long = " ".repeat(TEXT_MAX) + "111-00Z-0ZB";
        assert_eq!(SupportCode::parse(&long), Err(SupportCodeError::Shape));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(random: [u8; 5], lower: bool) {
            let code = SupportCode::new(random);
            let shown = if lower { code.reveal().to_lowercase() } else { code.reveal() };
            prop_assert_eq!(SupportCode::parse(&shown), Ok(code));
            prop_assert_eq!(SupportCode::parse(&code.plain()), Ok(code));
        }

        #[test]
        fn every_bit_counts(random: [u8; 5], bit in 0usize..40) {
            let mut other = random;
            other[bit / 8] ^= 1 << (bit % 8);
            prop_assert_ne!(SupportCode::new(random).plain(), SupportCode::new(other).plain());
        }

        #[test]
        fn one_wrong_symbol_is_noticed(random: [u8; 5], at in 0usize..SYMBOLS, by in 1usize..32) {
            let mut text = SupportCode::new(random).plain().into_bytes();
            let place = ALPHABET.iter().position(|known| *known == text[at]).unwrap();
            text[at] = ALPHABET[(place + by) % 32];
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(SupportCode::parse(&text), Err(SupportCodeError::Check));
        }

        #[test]
        fn two_symbols_that_changed_places_are_noticed(random: [u8; 5], a in 0usize..SYMBOLS, b in 0usize..SYMBOLS) {
            let mut text = SupportCode::new(random).plain().into_bytes();
            prop_assume!(text[a] != text[b]);
            text.swap(a, b);
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(SupportCode::parse(&text), Err(SupportCodeError::Check));
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,80}") {
            if let Ok(code) = SupportCode::parse(&text) {
                prop_assert_eq!(SupportCode::parse(&code.reveal()), Ok(code));
            }
        }
    }
}
