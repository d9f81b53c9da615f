//! One line of text that a person types. Pure; which keys do what is the window's.

use super::clean::plain_up_to;
use super::view::FIELD_CHARS_MAX;

/// A line and where typing goes on in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    text: Vec<char>,
    /// Characters before the caret.
    caret: usize,
    /// Most characters.
    max: usize,
}

impl Edit {
    /// A form's field that says this already; typing goes on at its end.
    pub(crate) fn new(text: &str) -> Self {
        let mut edit = Self::empty(FIELD_CHARS_MAX);
        edit.insert(text);
        edit
    }

    /// An empty line that takes so many characters.
    pub(crate) fn empty(max: usize) -> Self {
        Self {
            text: Vec::new(),
            caret: 0,
            max,
        }
    }

    pub(crate) fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// What stands before the caret, and behind it.
    pub(crate) fn parts(&self) -> (String, String) {
        let (before, behind) = self.text.split_at(self.caret);
        (before.iter().collect(), behind.iter().collect())
    }

    /// Puts text at the caret: one harmless line, as much of it as there is room for.
    pub(crate) fn insert(&mut self, text: &str) {
        let room = self.max - self.text.len();
        let text: Vec<char> = plain_up_to(text, room).chars().take(room).collect();
        let count = text.len();
        self.text.splice(self.caret..self.caret, text);
        self.caret += count;
    }

    /// Puts one typed character at the caret; a space is one, too.
    pub(crate) fn push(&mut self, character: char) {
        if character == ' ' && self.text.len() < self.max {
            self.text.insert(self.caret, ' ');
            self.caret += 1;
        } else {
            self.insert(character.encode_utf8(&mut [0; 4]));
        }
    }

    /// Takes the character before the caret away.
    pub(crate) fn backspace(&mut self) {
        if self.caret > 0 {
            self.caret -= 1;
            self.text.remove(self.caret);
        }
    }

    /// Takes the character behind the caret away.
    pub(crate) fn delete(&mut self) {
        if self.caret < self.text.len() {
            self.text.remove(self.caret);
        }
    }

    pub(crate) fn left(&mut self) {
        self.caret = self.caret.saturating_sub(1);
    }

    pub(crate) fn right(&mut self) {
        self.go_to(self.caret + 1);
    }

    pub(crate) fn home(&mut self) {
        self.caret = 0;
    }

    pub(crate) fn end(&mut self) {
        self.caret = self.text.len();
    }

    /// Goes on behind this many characters, or at the end.
    pub(crate) fn go_to(&mut self, caret: usize) {
        self.caret = caret.min(self.text.len());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn typing_goes_on_at_the_caret() {
        let mut edit = Edit::new("help.exmple");
        for _ in 0..4 {
            edit.left();
        }
        edit.push('a');
        assert_eq!(edit.parts(), ("help.exa".into(), "mple".into()));
        edit.home();
        edit.delete();
        edit.push('H');
        edit.backspace();
        edit.backspace();
        edit.end();
        edit.right();
        edit.delete();
        edit.backspace();
        assert_eq!(edit.text(), "elp.exampl");
        edit.push(' ');
        edit.push('x');
        assert_eq!(edit.text(), "elp.exampl x");
        edit.go_to(1000);
        assert_eq!(edit.parts().1, "");
    }

    #[test]
    fn pasted_text_is_one_harmless_line() {
        let mut edit = Edit::new("");
        edit.insert("  K7Q-\u{202e}F2M\n-9X4\r\n");
        assert_eq!(edit.text(), "K7Q-F2M -9X4");
        edit.insert(&"x".repeat(2 * FIELD_CHARS_MAX));
        assert_eq!(edit.text().chars().count(), FIELD_CHARS_MAX);
        edit.push('y');
        edit.push(' ');
        assert_eq!(edit.text().chars().count(), FIELD_CHARS_MAX);
    }

    proptest! {
        #[test]
        fn whatever_is_done_the_caret_stays_inside(steps in prop::collection::vec((0u8..8, "\\PC{0,5}"), 0..60)) {
            let mut edit = Edit::empty(70);
            for (step, text) in steps {
                match step {
                    0 => edit.insert(&text),
                    1 => edit.backspace(),
                    2 => edit.delete(),
                    3 => edit.left(),
                    4 => edit.right(),
                    5 => edit.home(),
                    6 => edit.end(),
                    _ => text.chars().for_each(|character| edit.push(character)),
                }
                let (before, behind) = edit.parts();
                prop_assert_eq!(before + &behind, edit.text());
                prop_assert!(edit.text().chars().count() <= 70);
            }
        }
    }
}
