//! Texts from machines, made fit to show.
//!
//! The rule which characters deceive is that of `farol_protocol::text`. It stands here a second time, as eight lines:
//! neither core crate may use the other, moving it would give the protocol an edge to the inventory, and a crate of its own
//! for one function costs more than it saves.

/// Whether a character could forge what stands around it: control characters end lines and start terminal sequences,
/// direction marks and overrides make text read as something else (Unicode TR 36, 2.5), line and paragraph separators
/// break lines.
#[must_use]
pub fn is_deceptive(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        )
}

/// The text without white space around it and with blanks instead of deceptive characters.
#[must_use]
pub fn clean(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|letter| if is_deceptive(letter) { ' ' } else { letter })
        .collect();
    plain.trim().to_owned()
}

/// The first `max` characters, and whether that was all.
pub(crate) fn cut(text: &str, max: usize) -> (&str, bool) {
    match text.char_indices().nth(max) {
        Some((end, _)) => (text.get(..end).unwrap_or_default(), false),
        None => (text, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_deceptive_is_left() {
        assert_eq!(clean("  a\nb\u{1b}[m "), "a b [m");
        assert_eq!(clean("PC\u{202e}1\u{2066}\0"), "PC 1");
        assert_eq!(clean("coração <b>"), "coração <b>");
    }

    #[test]
    fn cuts_keep_characters_whole() {
        assert_eq!(cut("ação", 2), ("aç", false));
        assert_eq!(cut("ação", 4), ("ação", true));
    }
}
