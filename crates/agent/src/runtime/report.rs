//! Notes for `farol-agent status`. A full disk costs the note, nothing else.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::config::{StateDir, Status};

/// Writes the status file when something changed.
#[derive(Debug)]
pub(super) struct Reporter {
    state: Option<StateDir>,
    last: Status,
}

impl Reporter {
    pub(super) fn new(state: Option<StateDir>) -> Self {
        Self {
            state,
            last: Status::default(),
        }
    }

    pub(super) fn report(&mut self, link: &str, detail: &str, screen: &str, sessions: usize) {
        let Some(state) = &self.state else { return };
        let since = if self.last.link == link {
            self.last.since
        } else {
            now()
        };
        let detail = detail.to_owned();
        let status = Status {
            link: link.into(),
            detail,
            since,
            screen: screen.into(),
            sessions,
        };
        if status == self.last {
            return;
        }
        if let Err(error) = state.save_status(&status) {
            tracing::warn!(%error, "the status could not be noted");
        }
        self.last = status;
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
