//! The screen capability: one thread that watches the display and makes each viewer's pictures.
//!
//! Lives here: the handle to that thread. Beside it: the thread itself (`thread.rs`), what it keeps for each viewer
//! (`viewer.rs`, pure), what of the desktop that is (`surface.rs`, pure), the slot between it and a session's task (`slot.rs`),
//! the pointer's pictures (`cursor.rs`), the machine's video encoder (`video.rs`).
//!
//! Queues: none. A slot holds the newest of everything; a picture is made only when the pipe can take it at once, so
//! a slow viewer costs nothing and slows nobody.

mod cursor;
mod slot;
mod surface;
mod thread;
mod video;
mod viewer;

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use farol_platform::Waker;
use farol_protocol::pipe::message::screen::{ScreenCondition, ScreenState};
use tokio::sync::{Notify, watch};

pub(crate) use cursor::CursorIds;
pub(crate) use slot::ViewerSlot;

use crate::Clock;
use crate::backends::Backends;

/// The screen thread, as everybody else sees it. Stops when dropped.
#[derive(Debug)]
pub struct Screen {
    shared: Arc<Shared>,
    status: watch::Receiver<ScreenState>,
    /// Ends with the thread.
    ended: Mutex<Receiver<()>>,
}

/// How long a stopping agent waits for a display that hangs.
const STOP_TIME: Duration = Duration::from_millis(500);

/// What the thread and its handles share.
#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<SharedState>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

#[derive(Default)]
struct SharedState {
    /// Viewers that came and the thread has not seen; bounded by the number of sessions.
    joined: Vec<Arc<ViewerSlot>>,
    stop: bool,
    /// Wakes the thread wherever it waits now.
    waker: Option<Waker>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, SharedState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the thread look at its slots.
    pub(crate) fn wake(&self) {
        let waker = self.lock().waker.clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Screen {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system's, when there can be no more threads.
    pub fn start(backends: Arc<dyn Backends>, clock: Clock) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let looking = ScreenState {
            condition: ScreenCondition::NoDisplay,
            detail: "looking for a display".into(),
        };
        let (sender, status) = watch::channel(looking);
        let for_thread = Arc::clone(&shared);
        let (alive, ended) = std::sync::mpsc::channel();
        std::thread::Builder::new().name("screen".into()).spawn(move || {
            thread::run(&for_thread, backends.as_ref(), clock, &sender);
            drop(alive);
        })?;
        Ok(Self {
            shared,
            status,
            ended: Mutex::new(ended),
        })
    }

    /// Whether there is a picture, and why not; changes can be awaited.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<ScreenState> {
        self.status.clone()
    }

    /// A new viewer. `news` is notified when its slot has something. It leaves when the slot is closed.
    pub(crate) fn join(&self, news: Arc<Notify>) -> Arc<ViewerSlot> {
        let slot = Arc::new(ViewerSlot::new(news, Arc::clone(&self.shared)));
        self.shared.lock().joined.push(Arc::clone(&slot));
        self.shared.wake();
        slot
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.wake();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.recv_timeout(STOP_TIME) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the display hangs; its thread is left behind");
        }
    }
}
