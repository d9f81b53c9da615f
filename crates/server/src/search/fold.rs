//! [`fold`]: what is left of a text when case, accents and other ways of writing the same letters are taken away.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// A text as it is looked for and looked into: compatibility forms taken apart (`ﬁ` is `fi`, `Ａ` is `a`), accents
/// dropped, lower case (`ß` is `ss`, as in capitals). Spaces stay as they are. Folding again changes nothing.
///
/// Whoever keeps texts to be searched keeps them folded by this function.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfkd()
        // By way of the capitals, which letters share that have several small forms (`ſ`, `ς`, `ı`); to them by way of the
        // small ones, because `ẞ` is a capital that is not `SS`.
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkd()
        // The marks above and below letters. Vowel signs of Indic scripts are marks too, but of class 0: they stay.
        .filter(|letter| canonical_combining_class(*letter) == 0)
        .collect()
}

/// A text that is folded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Folded(String);

impl Folded {
    /// Folds a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(fold(text))
    }

    /// The folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Nothing is left to look for.
    pub(super) fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Display for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_reads_the_same_is_the_same() {
        for (written, folded) in [
            ("É", "e"),
            ("e\u{301}", "e"),
            ("Ação", "acao"),
            ("ﬁle", "file"),
            ("ＡＢＣ１", "abc1"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("STRAẞE", "strasse"),
            ("İstanbul", "istanbul"),
            ("ısı", "isi"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδος", "οδοσ"),
            ("a  b", "a  b"),
            ("x²", "x2"),
            ("की", "की"),
            ("\u{301}", ""),
            ("", ""),
        ] {
            assert_eq!(fold(written), folded, "{written}");
        }
    }

    #[test]
    fn folding_any_letter_again_changes_nothing() {
        // Those above have no case and no other way to be written, but for the second range.
        for letter in ('\0'..='\u{1ffff}').chain('\u{2f800}'..='\u{2fa1f}') {
            let once = fold(&letter.to_string());
            assert_eq!(fold(&once), once, "{letter:?}");
        }
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn a_part_of_a_text_is_in_the_folded_text(before in "[a-zA-Z0-9éÇß ]{0,5}", part in "[a-zA-Z0-9éÇß ]{0,5}") {
            let whole = format!("{before}{part}!");
            prop_assert!(fold(&whole).contains(&fold(&part)));
        }
    }
}
