//! How long a one-time agent stays. Pure: the time is handed in.
//!
//! ```text
//! waiting ──an hour without anybody──▶ over (nobody came)
//!    └─somebody came─▶ helped ──everybody left──▶ left ──ten minutes──▶ over (done)
//!                         ▲                        └─somebody came back─┐
//!                         └─────────────────────────────────────────────┘
//! ```

use std::time::Duration;

use tokio::time::Instant;

/// How long somebody is waited for: codes are good for half an hour as a rule, and the technician may be with somebody else.
const WAITING_MAX: Duration = Duration::from_secs(60 * 60);

/// How long a technician may come back for after the last one left: to look once more whether it works.
const LEFT_MAX: Duration = Duration::from_secs(10 * 60);

/// Both.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) waiting: Duration,
    pub(crate) left: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            waiting: WAITING_MAX,
            left: LEFT_MAX,
        }
    }
}

/// Why it is over by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// Nobody came.
    NobodyCame,
    /// Somebody was there, left, and did not come back.
    Done,
}

/// Where a one-time agent stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Term {
    /// Since when somebody is waited for.
    Waiting(Instant),
    /// Somebody is there.
    Helped,
    /// When the last one left.
    Left(Instant),
}

impl Term {
    /// Begins to wait.
    pub(super) fn new(now: Instant) -> Self {
        Self::Waiting(now)
    }

    /// So many technicians are there now.
    pub(super) fn visits(self, count: usize, now: Instant) -> Self {
        match (self, count) {
            (Self::Helped, 0) => Self::Left(now),
            (term, 0) => term,
            _ => Self::Helped,
        }
    }

    /// When it is over if nothing happens, and why.
    pub(super) fn ends(self, limits: Limits) -> Option<(Instant, Over)> {
        match self {
            Self::Waiting(since) => Some((since + limits.waiting, Over::NobodyCame)),
            Self::Helped => None,
            Self::Left(since) => Some((since + limits.left, Over::Done)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_waited_and_ten_minutes_for_who_left() {
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        let term = Term::new(start);
        assert_eq!(
            term.ends(Limits::default()),
            Some((later(3600), Over::NobodyCame))
        );
        let term = term.visits(0, later(50));
        assert_eq!(
            term.ends(Limits::default()),
            Some((later(3600), Over::NobodyCame)),
            "nobody is no news"
        );
        let term = term
            .visits(1, later(100))
            .visits(2, later(200))
            .visits(1, later(300));
        assert_eq!(term.ends(Limits::default()), None);
        let term = term.visits(0, later(7000)).visits(0, later(7100));
        assert_eq!(term.ends(Limits::default()), Some((later(7600), Over::Done)));
        let back = term.visits(1, later(7200));
        assert_eq!(back.ends(Limits::default()), None);
        assert_eq!(
            back.visits(0, later(9000)).ends(Limits::default()),
            Some((later(9600), Over::Done))
        );
    }
}
