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

/// Takes one line of text: at most `max` bytes, control characters replaced by spaces so that it cannot forge log
/// lines or terminal sequences.
pub(crate) fn line(text: String, max: usize, what: &'static str) -> Result<String, ProtocolError> {
    let text = capped(text, max, what)?;
    if text.chars().any(char::is_control) {
        return Ok(text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
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
        assert_eq!(line("abc".into(), 2, "x"), Err(ProtocolError::TooBig("x")));
        assert_eq!(
            code("no display".into(), 20, "x"),
            Err(ProtocolError::Malformed("x"))
        );
    }
}
