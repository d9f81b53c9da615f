//! Notes for `farol-agent status`. A full disk costs the note, nothing else.

use crate::clock::unix_ms;
use crate::config::{StateDir, Status};

/// What there is to note.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct News<'a> {
    /// See [`Status::link`].
    pub(super) link: &'a str,
    /// Stable code of why it is not connected.
    pub(super) code: &'a str,
    /// The same for people.
    pub(super) detail: &'a str,
    /// State of the screen, as its stable code.
    pub(super) screen: &'a str,
    /// Open sessions.
    pub(super) sessions: usize,
}

impl<'a> News<'a> {
    /// Of an agent without sessions.
    pub(super) const fn of(link: &'a str, code: &'a str, detail: &'a str) -> Self {
        Self {
            link,
            code,
            detail,
            screen: "",
            sessions: 0,
        }
    }
}

/// Writes the status file when something changed.
#[derive(Debug)]
pub(super) struct Reporter {
    state: StateDir,
    last: Status,
}

impl Reporter {
    pub(super) fn new(state: StateDir) -> Self {
        Self {
            state,
            last: Status::default(),
        }
    }

    pub(super) fn report(&mut self, news: &News<'_>) {
        let since = if self.last.link == news.link {
            self.last.since
        } else {
            now()
        };
        let status = Status {
            link: news.link.into(),
            code: news.code.into(),
            detail: news.detail.into(),
            since,
            screen: news.screen.into(),
            sessions: news.sessions,
        };
        if status == self.last {
            return;
        }
        if let Err(error) = self.state.save_status(&status) {
            tracing::warn!(%error, "the status could not be noted");
        }
        self.last = status;
    }
}

fn now() -> u64 {
    unix_ms() / 1000
}
