//! What the screen thread and one session's task have for each other: the newest of everything, no queue.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use farol_platform::{CursorImage, CursorPosition};
use farol_protocol::pipe::message::screen::{Frame, FrameAck, Layout, ScreenSettings, ScreenState};
use tokio::sync::Notify;

use super::Shared;

/// Between the screen thread and one viewer's session.
#[derive(Debug)]
pub(crate) struct ViewerSlot {
    content: Mutex<Content>,
    /// Last input event of this viewer that was played.
    applied_input: Arc<AtomicU32>,
    news: Arc<Notify>,
    screen: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Content {
    out: Outgoing,
    requests: Requests,
    /// The pipe can take a picture.
    writable: bool,
    /// The screen thread had something and could not hand it over.
    hungry: bool,
    closed: bool,
}

/// From the screen thread to the viewer; to be sent in the order of the fields.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    pub(crate) layout: Option<Layout>,
    pub(crate) state: Option<ScreenState>,
    pub(crate) shape: Option<Arc<CursorImage>>,
    pub(crate) position: Option<CursorPosition>,
    pub(crate) frame: Option<Frame>,
}

/// From the viewer to the screen thread.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(crate) settings: Option<ScreenSettings>,
    pub(crate) ack: Option<FrameAck>,
    pub(crate) refresh: bool,
    pub(crate) round_trip_us: Option<u64>,
    /// The viewer's pipe was lost, and not only for a moment: its picture need not be kept.
    pub(crate) away: bool,
    /// The viewer's pipe was lost and is back, and goes on where it was.
    pub(crate) resumed: bool,
}

impl ViewerSlot {
    pub(crate) fn new(news: Arc<Notify>, screen: Arc<Shared>) -> Self {
        Self {
            content: Mutex::default(),
            applied_input: Arc::default(),
            news,
            screen,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the input thread notes what it played.
    pub(crate) fn applied_input(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.applied_input)
    }

    pub(crate) fn last_input(&self) -> u32 {
        self.applied_input.load(Ordering::Acquire)
    }

    // The session's side.

    /// Takes what may be sent now: the pointer always; layout and state, or else the picture, when the pipe can take
    /// one. So a picture never meets a queue that its own layout has filled.
    pub(crate) fn take(&self, writable: bool) -> Outgoing {
        let out = &mut self.lock().out;
        let mut taken = Outgoing {
            shape: out.shape.take(),
            position: out.position.take(),
            ..Outgoing::default()
        };
        if writable {
            (taken.layout, taken.state) = (out.layout.take(), out.state.take());
            if taken.layout.is_none() && taken.state.is_none() {
                taken.frame = out.frame.take();
            }
        }
        taken
    }

    /// Says whether the pipe can take a picture now.
    pub(crate) fn set_writable(&self, writable: bool) {
        let mut content = self.lock();
        content.writable = writable;
        let wake = writable && content.out.frame.is_none() && std::mem::take(&mut content.hungry);
        drop(content);
        if wake {
            self.screen.wake();
        }
    }

    /// Passes something on to the screen thread.
    pub(crate) fn request(&self, change: impl FnOnce(&mut Requests)) {
        change(&mut self.lock().requests);
        self.screen.wake();
    }

    /// The session is over: the screen thread forgets this viewer.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.screen.wake();
    }

    // The screen thread's side.

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub(crate) fn take_requests(&self) -> Requests {
        std::mem::take(&mut self.lock().requests)
    }

    /// A picture handed over now would leave at once. If not, the thread is woken when that changes.
    pub(crate) fn ready(&self) -> bool {
        let mut content = self.lock();
        let ready = content.writable && content.out.frame.is_none();
        content.hungry = !ready;
        ready
    }

    /// Wakes the thread as soon as [`Self::ready`] would say yes.
    pub(crate) fn wake_when_ready(&self) {
        self.lock().hungry = true;
    }

    /// Puts something in and tells the session.
    pub(crate) fn put(&self, change: impl FnOnce(&mut Outgoing)) {
        change(&mut self.lock().out);
        self.news.notify_one();
    }

    /// Puts a new layout in; a picture of the old one that still waits is forgotten, the viewer could not use it.
    pub(crate) fn put_layout(&self, layout: Layout) {
        self.put(|out| {
            out.layout = Some(layout);
            out.frame = None;
        });
    }
}
