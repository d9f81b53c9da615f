//! The clipboard capability: one thread for the machine's clipboard, shared by the viewers that may use it.
//!
//! What is copied on the machine is offered to every viewer, what one viewer copied to the machine and the others. It is
//! offered when it is copied, never because somebody connects, and what is long travels when somebody wants it. Once started
//! the thread stays, because on some systems it is what serves those who paste.
//!
//! Lives here: the thread and the seats. What was copied and who wants it is in `board`, the way of something long in `pull`.
//!
//! Queues: none. The newest wins in every direction.

mod board;
mod pull;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use farol_platform::{Clipboard, ClipboardError, ClipboardEvent, Waker};
use farol_protocol::Tick;
use farol_protocol::pipe::message::ClipboardMessage;
use tokio::sync::Notify;

use self::board::{Board, Errand, SeatId};
use crate::backends::Backends;

/// How long to wait before opening the clipboard of a display that has none.
const REOPEN: Duration = Duration::from_secs(2);

/// The machine's clipboard, as everybody else sees it. Its thread stops when the hub is dropped.
pub struct ClipboardHub {
    shared: Arc<Shared>,
    backends: Arc<dyn Backends>,
}

impl std::fmt::Debug for ClipboardHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClipboardHub")
    }
}

/// One viewer's part in the clipboard; dropping it leaves.
#[derive(Debug)]
pub(crate) struct Seat {
    shared: Arc<Shared>,
    id: SeatId,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

#[derive(Default)]
struct State {
    started: bool,
    stop: bool,
    board: Board,
    waker: Option<Waker>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There may be something to do to the machine's clipboard.
    fn wake(&self) {
        let waker = self.lock().waker.clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits until it is worth opening the clipboard again.
    fn wait_before_reopening(&self) {
        let thread = std::thread::current();
        let mut state = self.lock();
        state.waker = Some(Waker::new(move || thread.unpark()));
        let stop = state.stop;
        drop(state);
        if !stop {
            std::thread::park_timeout(REOPEN);
        }
    }
}

impl ClipboardHub {
    /// A hub; its thread starts with the first viewer.
    #[must_use]
    pub fn new(backends: Arc<dyn Backends>) -> Self {
        Self {
            shared: Arc::default(),
            backends,
        }
    }

    /// A place for a viewer; `news` is notified when there is something for it.
    ///
    /// # Errors
    /// The system's, when there can be no more threads.
    pub(crate) fn join(&self, news: Arc<Notify>) -> io::Result<Seat> {
        let mut state = self.shared.lock();
        if !state.started {
            let (shared, backends) = (Arc::clone(&self.shared), Arc::clone(&self.backends));
            std::thread::Builder::new()
                .name("clipboard".into())
                .spawn(move || {
                    while !shared.lock().stop {
                        serve(&shared, backends.as_ref());
                        shared.wait_before_reopening();
                    }
                })?;
            state.started = true;
        }
        let id = state.board.join(news);
        drop(state);
        Ok(Seat {
            shared: Arc::clone(&self.shared),
            id,
        })
    }
}

impl Drop for ClipboardHub {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.stop = true;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Seat {
    /// What to say next to the viewer, when nothing of before waits to be sent.
    pub(crate) fn next(&self, now: Tick) -> Option<ClipboardMessage> {
        self.shared.lock().board.next(self.id, now)
    }

    /// The viewer says something.
    pub(crate) fn heard(&self, now: Tick, message: ClipboardMessage) {
        self.shared.lock().board.heard(self.id, now, message);
        self.shared.wake();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shared.lock().board.leave(self.id);
        self.shared.wake();
    }
}

/// Serves one clipboard until it is lost.
fn serve(shared: &Shared, backends: &dyn Backends) {
    let mut clipboard = match backends.open_clipboard() {
        Ok(clipboard) => clipboard,
        Err(error) => {
            tracing::debug!(%error, "no clipboard");
            return;
        }
    };
    shared.lock().waker = Some(clipboard.waker());
    tracing::debug!("clipboard opened");
    if let Err(error) = serve_open(shared, clipboard.as_mut()) {
        tracing::debug!(%error, "clipboard lost");
    }
}

fn serve_open(shared: &Shared, clipboard: &mut dyn Clipboard) -> Result<(), ClipboardError> {
    loop {
        while let Some(errand) = {
            let mut state = shared.lock();
            if state.stop {
                return Ok(());
            }
            state.board.take_errand()
        } {
            run(clipboard, errand)?;
        }
        while let Some(event) = clipboard.next_event() {
            match event {
                ClipboardEvent::Changed => changed(shared, clipboard)?,
                ClipboardEvent::Wanted(kind) => shared.lock().board.wanted(kind),
                ClipboardEvent::Lost(reason) => return Err(ClipboardError::Lost(reason)),
            }
        }
        clipboard.wait(None)?;
    }
}

fn run(clipboard: &mut dyn Clipboard, errand: Errand) -> Result<(), ClipboardError> {
    match errand {
        Errand::Offer(offered) => clipboard.offer(offered),
        Errand::Deliver(kind, content) => clipboard.deliver(kind, content),
    }
}

fn changed(shared: &Shared, clipboard: &mut dyn Clipboard) -> Result<(), ClipboardError> {
    if !shared.lock().board.has_seats() {
        return Ok(());
    }
    let copied = match clipboard.copied() {
        Ok(copied) => copied,
        Err(ClipboardError::TimedOut) => return Ok(()),
        Err(error) => return Err(error),
    };
    shared.lock().board.machine_copied(copied);
    Ok(())
}
