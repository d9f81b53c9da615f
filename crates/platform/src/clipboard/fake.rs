//! A clipboard in memory. [`FakeClipboard::new`] gives the clipboard and the person who copies and pastes beside it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Clipboard, ClipboardError, ClipboardEvent, TEXT_MAX};
use crate::Waker;

#[derive(Debug, Default)]
struct Board {
    text: Option<String>,
    changed: bool,
    lost: Option<String>,
    lost_announced: bool,
    woken: bool,
}

#[derive(Debug, Default)]
struct Shared {
    board: Mutex<Board>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Board)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }
}

/// The clipboard side: give it to the code under test.
#[derive(Debug)]
pub struct FakeClipboard {
    shared: Arc<Shared>,
}

impl FakeClipboard {
    /// An empty clipboard and its controller.
    #[allow(
        clippy::new_ret_no_self,
        reason = "a fake is always made together with the hand that plays it"
    )]
    pub fn new() -> (FakeClipboard, FakeClipboardControl) {
        let shared = Arc::new(Shared::default());
        (
            FakeClipboard {
                shared: Arc::clone(&shared),
            },
            FakeClipboardControl { shared },
        )
    }
}

impl Clipboard for FakeClipboard {
    fn wait(&mut self, timeout: Option<Duration>) -> Result<(), ClipboardError> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut board = self.shared.lock();
        while !board.woken && !board.changed && (board.lost.is_none() || board.lost_announced) {
            if let Some(reason) = &board.lost {
                return Err(ClipboardError::Lost(reason.clone()));
            }
            board = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return Ok(()),
                Some(left) => {
                    self.shared
                        .changed
                        .wait_timeout(board, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => self
                    .shared
                    .changed
                    .wait(board)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
        board.woken = false;
        Ok(())
    }

    fn next_event(&mut self) -> Option<ClipboardEvent> {
        let mut board = self.shared.lock();
        if let Some(reason) = board.lost.clone() {
            let first = !std::mem::replace(&mut board.lost_announced, true);
            return first.then_some(ClipboardEvent::Lost(reason));
        }
        std::mem::take(&mut board.changed).then_some(ClipboardEvent::Changed)
    }

    fn text(&mut self) -> Result<Option<String>, ClipboardError> {
        let board = self.shared.lock();
        match (&board.lost, &board.text) {
            (Some(reason), _) => Err(ClipboardError::Lost(reason.clone())),
            (None, Some(text)) if text.len() > TEXT_MAX => Err(ClipboardError::TooLarge),
            (None, text) => Ok(text.clone()),
        }
    }

    fn set_text(&mut self, text: &str) -> Result<(), ClipboardError> {
        if text.len() > TEXT_MAX {
            return Err(ClipboardError::TooLarge);
        }
        self.shared.change(|board| board.text = Some(text.to_owned()));
        Ok(())
    }

    fn waker(&self) -> Waker {
        let shared = Arc::clone(&self.shared);
        Waker::new(move || shared.change(|board| board.woken = true))
    }
}

/// The person at the machine who copies and pastes. Clones share one clipboard.
#[derive(Debug, Clone)]
pub struct FakeClipboardControl {
    shared: Arc<Shared>,
}

impl FakeClipboardControl {
    /// Copies.
    pub fn copy(&self, text: &str) {
        self.shared.change(|board| {
            board.text = Some(text.to_owned());
            board.changed = true;
        });
    }

    /// Copies something that is not text.
    pub fn copy_other(&self) {
        self.shared.change(|board| {
            board.text = None;
            board.changed = true;
        });
    }

    /// What pasting would give.
    pub fn paste(&self) -> Option<String> {
        self.shared.lock().text.clone()
    }

    /// Waits until pasting would give `text`; false when the time was over first.
    pub fn wait_for(&self, within: Duration, text: &str) -> bool {
        let deadline = Instant::now() + within;
        let mut board = self.shared.lock();
        while board.text.as_deref() != Some(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            board = self
                .shared
                .changed
                .wait_timeout(board, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    /// Takes the display away, for good.
    pub fn lose(&self, reason: &str) {
        self.shared.change(|board| board.lost = Some(reason.to_owned()));
    }
}
