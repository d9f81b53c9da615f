//! The clipboard of a display: text, HTML and pictures. Who may read or write it is decided elsewhere.
//!
//! ```text
//!  somebody copies on the machine ─► wait() ─► next_event() = Changed ─► copied()
//!  technician copies ─► offer()      (our own is never announced as Changed)
//!                       what is promised there: somebody pastes it ─► next_event() = Wanted ─► deliver()
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{DisplayTarget, Waker};

pub mod fake;
#[cfg(target_os = "linux")]
mod linux_x11;

/// Longest text taken from or put into a clipboard, in bytes of UTF-8: what a person copies fits, a disk image does not.
pub const TEXT_MAX: usize = 1 << 20;

/// Longest HTML, in bytes of UTF-8: a long page without its pictures.
pub const HTML_MAX: usize = 1 << 20;

/// Longest PNG, in bytes: a full screen of photographs.
pub const PICTURE_MAX: usize = 8 << 20;

/// What a copied thing can be had as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CopiedKind {
    /// Plain text, UTF-8.
    Text,
    /// HTML, UTF-8, whole or a fragment.
    Html,
    /// A PNG.
    Picture,
}

impl CopiedKind {
    /// All of them, by how little they say.
    pub const ALL: [Self; 3] = [Self::Text, Self::Html, Self::Picture];

    /// Most bytes.
    #[must_use]
    pub fn max(self) -> usize {
        match self {
            Self::Text => TEXT_MAX,
            Self::Html => HTML_MAX,
            Self::Picture => PICTURE_MAX,
        }
    }
}

/// One copied thing, as it was read. Text and HTML are UTF-8; whether a picture is one was not looked at.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// Each kind at most once.
    pub has: Vec<(CopiedKind, Arc<[u8]>)>,
    /// Kinds that are longer than they may be.
    pub too_large: Vec<CopiedKind>,
}

impl Copied {
    /// Its content as this kind.
    #[must_use]
    pub fn get(&self, kind: CopiedKind) -> Option<&Arc<[u8]>> {
        self.has
            .iter()
            .find(|(has, _)| *has == kind)
            .map(|(_, content)| content)
    }
}

/// People copy passwords: logs see lengths only.
impl fmt::Debug for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = self.has.iter().map(|(kind, content)| (kind, content.len()));
        f.debug_struct("Copied")
            .field("has", &has.collect::<Vec<_>>())
            .field("too_large", &self.too_large)
            .finish()
    }
}

/// One kind of what is put into a clipboard: its content, or `None` for a promise to [`Clipboard::deliver`] it when somebody pastes.
pub type Offered = (CopiedKind, Option<Arc<[u8]>>);

/// The clipboard of one display. Owned by one thread, which must keep calling [`Clipboard::wait`]: on some systems it
/// serves what was offered to those who paste it.
pub trait Clipboard: Send {
    /// Waits until an event may be there, the time is over, or the waker was used; meanwhile serves those who paste.
    /// Spurious returns are allowed. No timer runs while nothing is going on.
    ///
    /// # Errors
    /// [`ClipboardError::Lost`] when the display went away.
    fn wait(&mut self, timeout: Option<Duration>) -> Result<(), ClipboardError>;

    /// The next event, `None` when there is none at the moment. Does not wait.
    fn next_event(&mut self) -> Option<ClipboardEvent>;

    /// What is in the clipboard now, in all kinds; nothing of what is only promised. Blocks while the owner sends it, at
    /// most [`READ_TIMEOUT`] without progress for each kind; line breaks as the owner has them.
    ///
    /// # Errors
    /// [`ClipboardError::TimedOut`] when the owner gave nothing, [`ClipboardError::Lost`].
    fn copied(&mut self) -> Result<Copied, ClipboardError>;

    /// Puts something into the clipboard. Stays until somebody else copies, or this is dropped. What is promised is asked for
    /// by [`ClipboardEvent::Wanted`], and whoever pastes it waits for [`PROMISE_TIMEOUT`].
    ///
    /// # Errors
    /// [`ClipboardError::TooLarge`], [`ClipboardError::Lost`].
    fn offer(&mut self, offered: Vec<Offered>) -> Result<(), ClipboardError>;

    /// Keeps a promise of the last offer, or says that it cannot be kept. Without effect when somebody else has copied since.
    ///
    /// # Errors
    /// [`ClipboardError::TooLarge`], [`ClipboardError::Lost`].
    fn deliver(&mut self, kind: CopiedKind, content: Option<Arc<[u8]>>) -> Result<(), ClipboardError>;

    /// Wakes `wait` from another thread.
    fn waker(&self) -> Waker;

    /// The text of [`Self::copied`]; `None` when it is empty or holds no text.
    ///
    /// # Errors
    /// As [`Self::copied`], and [`ClipboardError::TooLarge`].
    fn text(&mut self) -> Result<Option<String>, ClipboardError> {
        let copied = self.copied()?;
        if copied.too_large.contains(&CopiedKind::Text) {
            return Err(ClipboardError::TooLarge);
        }
        let text = copied.get(CopiedKind::Text);
        Ok(text.map(|text| String::from_utf8_lossy(text).into_owned()))
    }

    /// Offers text alone.
    ///
    /// # Errors
    /// As [`Self::offer`].
    fn set_text(&mut self, text: &str) -> Result<(), ClipboardError> {
        self.offer(vec![(CopiedKind::Text, Some(text.as_bytes().into()))])
    }
}

/// How long somebody who pastes waits for what was promised. Longer than most programs do; what comes after that is there for
/// the next try.
pub const PROMISE_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest wait for the owner of the clipboard, without progress. Slow programs need some hundred milliseconds.
pub const READ_TIMEOUT: Duration = Duration::from_secs(3);

/// What happened to the clipboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClipboardEvent {
    /// Somebody other than us copied (or cleared it). Several in a row may be told as one.
    Changed,
    /// Somebody pastes what we promised.
    Wanted(CopiedKind),
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
    /// The content is longer than its kind may be ([`CopiedKind::max`]).
    #[error("too long for a clipboard")]
    TooLarge,
    /// The program that owns the clipboard did not hand its content over in time.
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

/// Refuses what is longer than its kind may be.
fn check_sizes(offered: &[Offered]) -> Result<(), ClipboardError> {
    let fits = |(kind, content): &Offered| content.as_ref().is_none_or(|content| content.len() <= kind.max());
    if offered.iter().all(fits) {
        Ok(())
    } else {
        Err(ClipboardError::TooLarge)
    }
}
