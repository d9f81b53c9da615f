//! The text clipboard of a display. Who may read or write it is decided elsewhere.
//!
//! ```text
//!  somebody copies on the machine ─► wait() ─► next_event() = Changed ─► text()
//!  technician copies ─► set_text()      (our own text is never announced as Changed)
//! ```

use std::time::Duration;

use crate::{DisplayTarget, Waker};

pub mod fake;
#[cfg(target_os = "linux")]
mod linux_x11;

/// Longest text taken from or put into a clipboard, in bytes of UTF-8: what a person copies fits, a disk image does not.
pub const TEXT_MAX: usize = 1 << 20;

/// The clipboard of one display. Owned by one thread, which must keep calling [`Clipboard::wait`]: on some systems it
/// serves the text that was set to those who paste it.
pub trait Clipboard: Send {
    /// Waits until an event may be there, the time is over, or the waker was used; meanwhile serves those who paste.
    /// Spurious returns are allowed. No timer runs while nothing is going on.
    ///
    /// # Errors
    /// [`ClipboardError::Lost`] when the display went away.
    fn wait(&mut self, timeout: Option<Duration>) -> Result<(), ClipboardError>;

    /// The next event, `None` when there is none at the moment. Does not wait.
    fn next_event(&mut self) -> Option<ClipboardEvent>;

    /// The text in the clipboard now; `None` when it is empty or holds no text. Blocks while the owner sends it, at
    /// most [`READ_TIMEOUT`]; line breaks as the owner has them.
    ///
    /// # Errors
    /// [`ClipboardError::TooLarge`], [`ClipboardError::TimedOut`], [`ClipboardError::Lost`].
    fn text(&mut self) -> Result<Option<String>, ClipboardError>;

    /// Puts text into the clipboard. Stays until somebody else copies, or this is dropped.
    ///
    /// # Errors
    /// [`ClipboardError::TooLarge`], [`ClipboardError::Lost`].
    fn set_text(&mut self, text: &str) -> Result<(), ClipboardError>;

    /// Wakes `wait` from another thread.
    fn waker(&self) -> Waker;
}

/// Longest wait for the owner of the clipboard, without progress. Slow programs need some hundred milliseconds.
pub const READ_TIMEOUT: Duration = Duration::from_secs(3);

/// What happened to the clipboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClipboardEvent {
    /// Somebody other than us copied (or cleared it). Several in a row may be told as one.
    Changed,
    /// The display went away, for the given reason. The last event.
    Lost(String),
}

/// Why the clipboard does not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClipboardError {
    /// Nothing answers where the display should be.
    #[error("no display: {0}")]
    NoDisplay(String),
    /// There is a display, and it refuses us.
    #[error("access to the display denied: {0}")]
    AccessDenied(String),
    /// The display has no usable clipboard.
    #[error("no clipboard: {0}")]
    Unsupported(String),
    /// The display was there and went away.
    #[error("display lost: {0}")]
    Lost(String),
    /// The text is longer than [`TEXT_MAX`].
    #[error("the text is longer than {TEXT_MAX} bytes")]
    TooLarge,
    /// The program that owns the clipboard did not hand the text over in time.
    #[error("the owner of the clipboard did not answer in time")]
    TimedOut,
}

/// Opens the clipboard of a display.
///
/// # Errors
/// Every [`ClipboardError`]; on systems without a back end always [`ClipboardError::Unsupported`].
pub fn open_clipboard(target: &DisplayTarget) -> Result<Box<dyn Clipboard>, ClipboardError> {
    #[cfg(target_os = "linux")]
    return linux_x11::open(target);
    #[cfg(not(target_os = "linux"))]
    {
        let reason = format!("no clipboard back end for this system ({})", target.address);
        Err(ClipboardError::Unsupported(reason))
    }
}
