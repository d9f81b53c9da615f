//! Whether the end user sees the chat's window, and whether they have seen what was said. Pure.

use super::Talk;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Chat {
    /// Its window is there.
    pub(super) open: bool,
    /// Somebody said something while it was not.
    pub(super) unread: bool,
    /// A technician said something: it came up by itself, and does not do so again.
    came: bool,
    /// Lines that were there when this was looked at last.
    counted: u64,
}

impl Chat {
    /// Something was said, or everybody is gone.
    pub(super) fn take(&mut self, talk: Option<&Talk>) {
        let Some(talk) = talk else {
            *self = Self::default();
            return;
        };
        let fresh = usize::try_from(talk.count.saturating_sub(self.counted)).unwrap_or(usize::MAX);
        self.counted = talk.count;
        if !talk.lines.iter().rev().take(fresh).any(|line| !line.own) {
            return;
        }
        if !std::mem::replace(&mut self.came, true) {
            self.open = true;
        }
        self.unread |= !self.open;
    }

    pub(super) fn open(&mut self) {
        (self.open, self.unread) = (true, false);
    }

    pub(super) fn close(&mut self) {
        self.open = false;
    }
}

#[cfg(test)]
mod tests {
    use super::super::ChatLine;
    use super::*;

    /// Lines of a technician (`t`) and of the end user (`e`).
    fn talk(lines: &str) -> Talk {
        let line = |who| ChatLine {
            own: who == 'e',
            ..ChatLine::default()
        };
        Talk {
            lines: lines.chars().map(line).collect(),
            count: lines.len() as u64,
        }
    }

    fn seen(chat: &Chat) -> (bool, bool) {
        (chat.open, chat.unread)
    }

    #[test]
    fn it_comes_up_with_the_first_line_of_a_technician_and_once() {
        let mut chat = Chat::default();
        chat.take(Some(&talk("")));
        chat.take(Some(&talk("e")));
        assert_eq!(seen(&chat), (false, false), "nobody else said anything");
        chat.take(Some(&talk("et")));
        assert_eq!(seen(&chat), (true, false));
        chat.close();
        chat.take(Some(&talk("et")));
        chat.take(Some(&talk("ete")));
        assert_eq!(seen(&chat), (false, false), "nothing new of others");
        chat.take(Some(&talk("etet")));
        assert_eq!(seen(&chat), (false, true));
        chat.open();
        assert_eq!(seen(&chat), (true, false));
        chat.take(None);
        assert_eq!(seen(&chat), (false, false));
        chat.take(Some(&talk("t")));
        assert_eq!(seen(&chat), (true, false), "others, another time");
    }

    #[test]
    fn who_opens_it_before_is_not_told_again() {
        let mut chat = Chat::default();
        chat.open();
        chat.take(Some(&talk("t")));
        chat.close();
        chat.take(Some(&talk("tt")));
        assert_eq!(seen(&chat), (false, true));
    }
}
