//! Whether keys count in the chat's window. Pure: the time is handed in.
//!
//! ```text
//! has the keyboard ──said──▶ agent: nobody else types ──heard──▶ a moment passes ──▶ keys count
//!        ▲──────────────────────── lost the keyboard ◀──────────────────┘
//! ```
//! A technician may move the pointer, and so give the window the keyboard: what they typed before the agent knew of it must
//! not be taken for what the person at the machine says.

use std::time::{Duration, Instant};

/// From when nobody else types until keys count: what a technician's hands were at is over then, and the person has not begun.
const SETTLED: Duration = Duration::from_millis(300);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    /// The window has the keyboard, and it was said.
    focused: bool,
    /// How often that was said.
    said: u32,
    /// Since when it is known that nobody else types.
    since: Option<Instant>,
}

impl Hearing {
    /// The window has the keyboard, or has it no longer. True when that is news, which is to be said.
    pub(super) fn set_focused(&mut self, focused: bool) -> bool {
        let news = std::mem::replace(&mut self.focused, focused) != focused;
        if news {
            self.since = None;
            self.said = self.said.wrapping_add(u32::from(focused));
        }
        news
    }

    /// So many times it was heard that the window has the keyboard.
    pub(super) fn heard(&mut self, times: u32, now: Instant) {
        if self.focused && times == self.said && self.since.is_none() {
            self.since = Some(now);
        }
    }

    /// Whether keys count.
    pub(super) fn listens(&self, now: Instant) -> bool {
        self.since
            .is_some_and(|since| now.saturating_duration_since(since) >= SETTLED)
    }

    /// When they begin to.
    pub(super) fn next_change(&self, now: Instant) -> Option<Instant> {
        let begins = self.since?.checked_add(SETTLED)?;
        (begins > now).then_some(begins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_count_when_nobody_else_types() {
        let start = Instant::now();
        let later = start + SETTLED;
        let mut hearing = Hearing::default();
        hearing.heard(0, start);
        assert!(!hearing.listens(later), "without the keyboard");
        assert!(hearing.set_focused(true) && !hearing.set_focused(true));
        assert!(!hearing.listens(later), "nobody has heard it");
        hearing.heard(0, start);
        assert!(!hearing.listens(later), "that was before");
        hearing.heard(1, start);
        assert!(!hearing.listens(start), "not at once");
        assert_eq!(hearing.next_change(start), Some(later));
        assert!(hearing.listens(later));
        assert_eq!(hearing.next_change(later), None);
    }

    #[test]
    fn what_was_heard_of_another_time_does_not_count() {
        let start = Instant::now();
        let mut hearing = Hearing::default();
        hearing.set_focused(true);
        hearing.heard(1, start);
        assert!(hearing.set_focused(false) && hearing.set_focused(true));
        hearing.heard(1, start);
        assert!(!hearing.listens(start + 2 * SETTLED));
        hearing.heard(2, start + SETTLED);
        hearing.heard(2, start + 2 * SETTLED);
        assert!(
            hearing.listens(start + 2 * SETTLED),
            "told again it does not begin anew"
        );
    }
}
