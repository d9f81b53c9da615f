//! The clipboard capability: one thread for the machine's clipboard, shared by the viewers that may use it.
//!
//! Text that is copied on the machine goes to every viewer, text from one viewer to the machine and the others. It is
//! sent when it is copied, never because somebody connects. Once started the thread stays, because on some systems
//! it is what serves the text to those who paste.
//!
//! Queues: none. Newest text wins in every direction.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use farol_platform::{Clipboard, ClipboardError, ClipboardEvent, Waker};
use farol_protocol::pipe::message::ClipboardMessage;
use tokio::sync::Notify;

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
    id: u64,
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
    last_id: u64,
    seats: Vec<Place>,
    /// Newest text from a viewer that the machine does not have yet.
    to_set: Option<String>,
    waker: Option<Waker>,
}

struct Place {
    id: u64,
    message: Option<ClipboardMessage>,
    news: Arc<Notify>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Gives a message to all seats but one.
    fn tell(&self, message: &ClipboardMessage, except: Option<u64>) {
        for place in self
            .lock()
            .seats
            .iter_mut()
            .filter(|place| Some(place.id) != except)
        {
            place.message = Some(message.clone());
            place.news.notify_one();
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
        state.last_id += 1;
        let id = state.last_id;
        state.seats.push(Place {
            id,
            message: None,
            news,
        });
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
    /// What was copied elsewhere since the last call; the newest.
    pub(crate) fn take(&self) -> Option<ClipboardMessage> {
        self.shared
            .lock()
            .seats
            .iter_mut()
            .find(|place| place.id == self.id)?
            .message
            .take()
    }

    /// Puts a viewer's text into the machine's clipboard and tells the other viewers.
    pub(crate) fn copied(&self, message: &ClipboardMessage) {
        let ClipboardMessage::Text(text) = message else {
            return;
        };
        let waker = {
            let mut state = self.shared.lock();
            state.to_set = Some(text.clone());
            state.waker.clone()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        self.shared.tell(message, Some(self.id));
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shared.lock().seats.retain(|place| place.id != self.id);
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
        let text = {
            let mut state = shared.lock();
            if state.stop {
                return Ok(());
            }
            state.to_set.take()
        };
        if let Some(text) = text {
            clipboard.set_text(&text)?;
        }
        while let Some(event) = clipboard.next_event() {
            match event {
                ClipboardEvent::Changed => changed(shared, clipboard)?,
                ClipboardEvent::Lost(reason) => return Err(ClipboardError::Lost(reason)),
            }
        }
        clipboard.wait(None)?;
    }
}

fn changed(shared: &Shared, clipboard: &mut dyn Clipboard) -> Result<(), ClipboardError> {
    if shared.lock().seats.is_empty() {
        return Ok(());
    }
    let skipped = |code: &str| ClipboardMessage::Skipped {
        code: code.into(),
        size: 0,
    };
    let message = match clipboard.text() {
        Ok(Some(text)) => ClipboardMessage::of_text(text),
        Ok(None) => skipped("not_text"),
        Err(ClipboardError::TooLarge) => skipped("too_big"),
        Err(ClipboardError::TimedOut) => return Ok(()),
        Err(error) => return Err(error),
    };
    shared.tell(&message, None);
    Ok(())
}
