//! A clipboard in memory. [`FakeClipboard::new`] gives the clipboard and the person who copies and pastes beside it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Clipboard, ClipboardError, ClipboardEvent, Copied, CopiedKind, Offered, check_sizes};
use crate::Waker;

#[derive(Debug, Default)]
struct Board {
    has: Vec<Offered>,
    /// Promised, and pasted: to be told.
    wanted: Vec<CopiedKind>,
    changed: bool,
    lost: Option<String>,
    lost_announced: bool,
    woken: bool,
}

impl Board {
    fn get(&self, kind: CopiedKind) -> Option<&Option<Arc<[u8]>>> {
        self.has
            .iter()
            .find(|(has, _)| *has == kind)
            .map(|(_, content)| content)
    }

    fn text(&self) -> Option<String> {
        let text = self.get(CopiedKind::Text)?.as_ref()?;
        Some(String::from_utf8_lossy(text).into_owned())
    }
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

    /// Waits for a change; `None` when it is too late for one.
    fn wait<'a>(&self, board: MutexGuard<'a, Board>, deadline: Instant) -> Option<MutexGuard<'a, Board>> {
        let left = deadline.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout(board, left);
        let board = waited.unwrap_or_else(PoisonError::into_inner).0;
        (!left.is_zero()).then_some(board)
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
        while !board.woken
            && !board.changed
            && board.wanted.is_empty()
            && (board.lost.is_none() || board.lost_announced)
        {
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
        if std::mem::take(&mut board.changed) {
            return Some(ClipboardEvent::Changed);
        }
        board.wanted.pop().map(ClipboardEvent::Wanted)
    }

    fn copied(&mut self) -> Result<Copied, ClipboardError> {
        let board = self.shared.lock();
        if let Some(reason) = &board.lost {
            return Err(ClipboardError::Lost(reason.clone()));
        }
        let mut copied = Copied::default();
        for (kind, content) in &board.has {
            match content {
                Some(content) if content.len() > kind.max() => copied.too_large.push(*kind),
                Some(content) => copied.has.push((*kind, Arc::clone(content))),
                None => {}
            }
        }
        Ok(copied)
    }

    fn offer(&mut self, offered: Vec<Offered>) -> Result<(), ClipboardError> {
        check_sizes(&offered)?;
        self.shared.change(|board| {
            board.has = offered;
            board.wanted.clear();
            board.changed = false;
        });
        Ok(())
    }

    fn deliver(&mut self, kind: CopiedKind, content: Option<Arc<[u8]>>) -> Result<(), ClipboardError> {
        check_sizes(&[(kind, content.clone())])?;
        self.shared.change(|board| {
            let promised = |(has, content): &Offered| *has == kind && content.is_none();
            let Some(at) = board.has.iter().position(promised) else {
                return;
            };
            match content {
                Some(content) => board.has[at].1 = Some(content),
                None => drop(board.has.remove(at)),
            }
        });
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
    /// Copies text.
    pub fn copy(&self, text: &str) {
        self.copy_all(&[(CopiedKind::Text, text.as_bytes())]);
    }

    /// Copies one thing that can be had as all of these.
    pub fn copy_all(&self, has: &[(CopiedKind, &[u8])]) {
        self.shared.change(|board| {
            board.has = has
                .iter()
                .map(|(kind, content)| (*kind, Some((*content).into())))
                .collect();
            board.wanted.clear();
            board.changed = true;
        });
    }

    /// Copies something that is nothing of what we know.
    pub fn copy_other(&self) {
        self.copy_all(&[]);
    }

    /// What pasting text would give at once.
    pub fn paste(&self) -> Option<String> {
        self.shared.lock().text()
    }

    /// Pastes a kind: waits for what is promised. `None` when there is no such thing, or the time was over first.
    pub fn paste_kind(&self, within: Duration, kind: CopiedKind) -> Option<Arc<[u8]>> {
        let deadline = Instant::now() + within;
        let mut board = self.shared.lock();
        if board.get(kind)?.is_none() {
            board.wanted.push(kind);
            self.shared.changed.notify_all();
        }
        loop {
            if let Some(content) = board.get(kind)? {
                return Some(Arc::clone(content));
            }
            board = self.shared.wait(board, deadline)?;
        }
    }

    /// Waits until pasting would give `text`; false when the time was over first.
    pub fn wait_for(&self, within: Duration, text: &str) -> bool {
        let deadline = Instant::now() + within;
        let mut board = self.shared.lock();
        while board.text().as_deref() != Some(text) {
            let Some(later) = self.shared.wait(board, deadline) else {
                return false;
            };
            board = later;
        }
        true
    }

    /// Takes the display away, for good.
    pub fn lose(&self, reason: &str) {
        self.shared.change(|board| board.lost = Some(reason.to_owned()));
    }
}
