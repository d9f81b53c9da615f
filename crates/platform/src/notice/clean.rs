//! Makes text from elsewhere harmless before a person reads it: one line, of characters that stand where they seem to.

/// Most characters of a name or the like that are kept; nobody's is longer, and what is shown is shorter still.
pub const TEXT_MAX: usize = 120;

/// The text as one line without control characters, direction overrides, invisible characters and stacked marks, at most
/// [`TEXT_MAX`] characters.
#[must_use]
pub fn plain(text: &str) -> String {
    plain_up_to(text, TEXT_MAX)
}

/// As [`plain`], with another limit, in characters that are no spaces: for sentences.
#[must_use]
pub fn plain_up_to(text: &str, max: usize) -> String {
    let mut clean = String::new();
    let mut kept = 0;
    let mut space = false;
    for character in text.chars() {
        if character.is_whitespace() {
            space = !clean.is_empty();
            continue;
        }
        if is_harmful(character) {
            continue;
        }
        if kept == max {
            break;
        }
        if std::mem::take(&mut space) {
            clean.push(' ');
        }
        clean.push(character);
        kept += 1;
    }
    clean
}

fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Invisible, or changing the direction of what follows.
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0000}'..='\u{e0fff}'
            // Marks that stack upon other lines.
            | '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay() {
        for name in ["Ana Conceição", "Łukasz Żak", "O’Neill & Söhne – 2", "李娜"] {
            assert_eq!(plain(name), name);
        }
    }

    #[test]
    fn hostile_text_is_one_harmless_line() {
        assert_eq!(plain("Ana\nfrom your bank\t\u{7}"), "Ana from your bank");
        assert_eq!(plain("\u{202e}knab ruoy\u{202c}"), "knab ruoy");
        assert_eq!(plain("A\u{200b}\u{2066}n\u{feff}a\u{e0041}"), "Ana");
        assert_eq!(plain("  A \u{0} \u{2028} b  "), "A b");
        assert_eq!(plain("A\u{300}\u{301}\u{302}na"), "Ana");
        assert_eq!(plain("\u{200f}\n"), "");
    }

    #[test]
    fn long_text_is_cut() {
        let long = plain(&"a b".repeat(100_000));
        assert_eq!(long.chars().filter(|c| *c != ' ').count(), TEXT_MAX);
        assert!(long.len() < 2 * TEXT_MAX);
    }
}
