//! Small checks of text that peers send: length caps and control characters.

use crate::ProtocolError;

/// Takes text of at most `max` bytes.
pub(crate) fn capped(text: String, max: usize, what: &'static str) -> Result<String, ProtocolError> {
    if text.len() > max {
        Err(ProtocolError::TooBig(what))
    } else {
        Ok(text)
    }
}

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

/// Takes one line of text: at most `max` bytes, deceptive characters replaced by spaces.
pub(crate) fn line(text: String, max: usize, what: &'static str) -> Result<String, ProtocolError> {
    let text = capped(text, max, what)?;
    if text.chars().any(is_deceptive) {
        return Ok(text
            .chars()
            .map(|c| if is_deceptive(c) { ' ' } else { c })
            .collect());
    }
    Ok(text)
}

/// Takes a stable code: at most `max` ASCII letters, digits, `_`, `-` and `.`.
pub(crate) fn code(text: String, max: usize, what: &'static str) -> Result<String, ProtocolError> {
    let text = capped(text, max, what)?;
    let fits = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    if fits {
        Ok(text)
    } else {
        Err(ProtocolError::Malformed(what))
    }
}

/// Shortens own text to at most `max` bytes at a character boundary.
pub(crate) fn clip(mut text: String, max: usize) -> String {
    if text.len() > max {
        let mut end = max;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clip_keeps_characters_whole() {
        assert_eq!(clip("aço".into(), 2), "a");
        assert_eq!(clip("aço".into(), 3), "aç");
        assert_eq!(clip("aço".into(), 9), "aço");
    }

    #[test]
    fn lines_hold_no_control_characters() {
        assert_eq!(line("a\nb\u{1b}[m".into(), 9, "x"), Ok("a b [m".into()));
        assert_eq!(line("PC\u{202e}1\u{2066}".into(), 20, "x"), Ok("PC 1 ".into()));
        assert_eq!(line("abc".into(), 2, "x"), Err(ProtocolError::TooBig("x")));
        assert_eq!(
            code("no display".into(), 20, "x"),
            Err(ProtocolError::Malformed("x"))
        );
    }
}
