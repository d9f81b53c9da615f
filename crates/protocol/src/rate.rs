//! How much input a viewer may cause: a token bucket that drops pointer moves long before keys.

use std::time::Duration;

use crate::Tick;
use crate::limits::{INPUT_BURST, INPUT_EVENTS_PER_SECOND, INPUT_MOVE_RESERVE};

/// How bad it is to lose an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Importance {
    /// The next one says the same better: pointer moves, wheel turns.
    Replaceable,
    /// A press, a character.
    Needed,
    /// A release. Always admitted: a lost one leaves a key pressed; each needs an admitted press to do anything.
    Release,
}

/// Budget of input events; one per pipe.
///
/// [`INPUT_EVENTS_PER_SECOND`] in the long run, [`INPUT_BURST`] at once. Replaceable events leave
/// [`INPUT_MOVE_RESERVE`] untouched.
#[derive(Debug, Clone)]
pub struct InputRate {
    /// Millionths of an event, so that any interval refills exactly.
    budget: u64,
    at: Tick,
}

const ONE: u64 = 1_000_000;

impl InputRate {
    /// A full budget.
    #[must_use]
    pub fn new(now: Tick) -> Self {
        Self {
            budget: u64::from(INPUT_BURST) * ONE,
            at: now,
        }
    }

    /// Whether one event may pass now. A refused event costs nothing.
    pub fn admit(&mut self, now: Tick, importance: Importance) -> bool {
        self.refill(now);
        let floor = match importance {
            Importance::Release => return true,
            Importance::Needed => ONE,
            Importance::Replaceable => u64::from(INPUT_MOVE_RESERVE) * ONE + ONE,
        };
        if self.budget < floor {
            return false;
        }
        self.budget -= ONE;
        true
    }

    fn refill(&mut self, now: Tick) {
        let passed = now.since(self.at).min(Duration::from_secs(60));
        let micros = u64::try_from(passed.as_micros()).unwrap_or(0);
        self.at = self.at.max(now);
        let full = u64::from(INPUT_BURST) * ONE;
        self.budget = (self.budget + micros * u64::from(INPUT_EVENTS_PER_SECOND)).min(full);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(rate: &mut InputRate, now: Tick, importance: Importance, tries: u32) -> u32 {
        (0..tries).map(|_| u32::from(rate.admit(now, importance))).sum()
    }

    #[test]
    fn moves_are_dropped_before_keys() {
        let mut rate = InputRate::new(Tick(0));
        assert_eq!(
            admitted(&mut rate, Tick(0), Importance::Replaceable, 1000),
            INPUT_BURST - INPUT_MOVE_RESERVE
        );
        assert_eq!(
            admitted(&mut rate, Tick(0), Importance::Needed, 1000),
            INPUT_MOVE_RESERVE
        );
        assert_eq!(admitted(&mut rate, Tick(0), Importance::Release, 1000), 1000);
    }

    #[test]
    fn the_budget_comes_back_with_time() {
        let mut rate = InputRate::new(Tick(0));
        assert_eq!(
            admitted(&mut rate, Tick(0), Importance::Needed, 1000),
            INPUT_BURST
        );
        assert_eq!(admitted(&mut rate, Tick(10_000), Importance::Needed, 1000), 5);
        assert_eq!(
            admitted(&mut rate, Tick(5_000), Importance::Needed, 1000),
            0,
            "time does not run backwards"
        );
        assert_eq!(
            admitted(&mut rate, Tick(u64::MAX), Importance::Needed, 1000),
            INPUT_BURST
        );
    }
}
