//! What was said: the newest lines for who comes later, and how much one person may say. Pure.

use std::collections::VecDeque;

use farol_protocol::Tick;
use farol_protocol::pipe::message::company::{PersonKind, Said};

use crate::consent::{CHAT_LINES_MAX, ChatLine, Talk};

/// Lines that who joins is told. Full: the oldest is forgotten here; the server keeps what was said.
pub(super) const HISTORY: usize = 200;

/// Microseconds that one line costs: five a second in the long run, faster than anybody types.
const LINE_COST: u64 = 200_000;

/// Lines at once: somebody pastes a list.
const LINES_AT_ONCE: u64 = 20;

/// A line, and what whoever said it is.
#[derive(Debug)]
struct Kept {
    said: Said,
    by: PersonKind,
}

/// The newest lines, each with a number that counts from 0.
#[derive(Debug, Default)]
pub(super) struct Log {
    lines: VecDeque<Kept>,
    /// Number of the oldest line that is kept.
    first: u64,
}

impl Log {
    pub(super) fn add(&mut self, said: Said, by: PersonKind) {
        if self.lines.len() >= HISTORY {
            self.lines.pop_front();
            self.first += 1;
        }
        self.lines.push_back(Kept { said, by });
    }

    /// The line of this number, or the oldest kept one after it; and the number of the one that follows.
    pub(super) fn from(&self, number: u64) -> Option<(&Said, u64)> {
        let number = number.max(self.first);
        let index = usize::try_from(number - self.first).ok()?;
        Some((&self.lines.get(index)?.said, number + 1))
    }

    /// How many lines were said.
    pub(super) fn count(&self) -> u64 {
        self.first + self.lines.len() as u64
    }

    /// The newest of them, as the person at the machine is shown them.
    pub(super) fn talk(&self) -> Talk {
        let hidden = self.lines.len().saturating_sub(CHAT_LINES_MAX);
        let shown = self.lines.iter().skip(hidden).map(|kept| ChatLine {
            name: kept.said.name.clone(),
            text: kept.said.text.0.clone(),
            own: kept.by == PersonKind::EndUser,
            guest: kept.by == PersonKind::Guest,
        });
        Talk {
            lines: shown.collect(),
            count: self.count(),
        }
    }
}

/// How much one person may say.
#[derive(Debug)]
pub(super) struct Allowance {
    /// Microseconds saved up.
    saved: u64,
    at: Tick,
}

impl Allowance {
    pub(super) fn new(now: Tick) -> Self {
        Self {
            saved: LINES_AT_ONCE * LINE_COST,
            at: now,
        }
    }

    /// Whether one line may be said now.
    pub(super) fn admit(&mut self, now: Tick) -> bool {
        let passed = u64::try_from(now.since(self.at).as_micros()).unwrap_or(u64::MAX);
        self.saved = self.saved.saturating_add(passed).min(LINES_AT_ONCE * LINE_COST);
        self.at = self.at.max(now);
        let admitted = self.saved >= LINE_COST;
        if admitted {
            self.saved -= LINE_COST;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use farol_protocol::pipe::message::company::Line;

    use super::*;

    #[test]
    fn the_newest_lines_are_kept_in_order() {
        let mut log = Log::default();
        let count = HISTORY as u64 + 5;
        for number in 0..count {
            let said = Said {
                person: 1,
                at_ms: number,
                text: Line(number.to_string()),
                name: String::new(),
            };
            let by = if number % 2 == 0 {
                PersonKind::EndUser
            } else {
                PersonKind::Guest
            };
            log.add(said, by);
        }
        let mut next = 0;
        let mut told = Vec::new();
        while let Some((said, after)) = log.from(next) {
            told.push(said.at_ms);
            next = after;
        }
        assert_eq!(told, (5..count).collect::<Vec<_>>());
        let talk = log.talk();
        assert_eq!((talk.lines.len(), talk.count), (CHAT_LINES_MAX, count));
        let last = talk.lines.last().unwrap();
        assert_eq!((last.text.as_str(), last.own, last.guest), ("204", true, false));
        let before = &talk.lines[talk.lines.len() - 2];
        assert_eq!((before.own, before.guest), (false, true));
    }

    #[test]
    fn a_burst_is_followed_by_a_steady_pace() {
        let mut allowance = Allowance::new(Tick(0));
        let mut admitted = |at, tries| (0..tries).filter(|_| allowance.admit(Tick(at))).count();
        assert_eq!(admitted(0, 100), 20);
        assert_eq!(admitted(1_000_000, 100), 5);
        assert_eq!(admitted(500_000, 100), 0, "time does not run backwards");
        assert_eq!(admitted(u64::MAX, 100), 20);
    }
}
