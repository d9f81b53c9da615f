//! What the person at the machine sees of a session: a prompt that asks for their consent, and a strip that stays while
//! somebody is connected or waited for; the chat with who is connected; and a form for what only they can say, or a message.
//! Who may ask and what follows from an answer is decided elsewhere.
//!
//! ```text
//!  show(View) ─► windows ─► the person presses ─► wait() returns ─► next_answer()
//! ```
//! Lives here: the trait. Beside it: the data (`view`), what is done to text from elsewhere (`clean`), the sentences
//! (`words`), typing (`edit`), pixels (`draw`, pure), the windows of each display server, and a fake.

use std::time::Duration;

use crate::{DisplayTarget, Waker};

mod clean;
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "no windows to draw into yet")
)]
mod draw;
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "no windows to type into yet")
)]
mod edit;
pub mod fake;
#[cfg(target_os = "linux")]
mod linux_x11;
mod view;
mod words;

pub use clean::{TEXT_MAX, plain, plain_up_to};
pub use view::{
    Answer, Banner, CAUTION_PAUSE, CHAT_LINES_MAX, Chat, ChatLine, FIELD_CHARS_MAX, FIELDS_MAX, Field, Form,
    GUARD_PAUSE, Prompt, PromptKind, Right, SAY_CHARS_MAX, View, Visitor, Waiting,
};
pub use words::Language;

/// Prompt, strip, chat and form on one display. Owned by one thread, which must keep calling [`Notices::wait`]: the windows are
/// painted and answer there.
pub trait Notices: Send {
    /// Shows this from now on instead of what was shown before. A prompt of the same number stays as it is, but for
    /// what changed; a form of the same number stays as it is, with what was typed.
    ///
    /// # Errors
    /// [`NoticeError::Lost`] when the display went away.
    fn show(&mut self, view: &View) -> Result<(), NoticeError>;

    /// Waits until an answer may be there, the time is over, or the waker was used; meanwhile the windows live. Spurious
    /// returns are allowed. No timer runs while nothing that is shown changes.
    ///
    /// # Errors
    /// [`NoticeError::Lost`] when the display went away.
    fn wait(&mut self, timeout: Option<Duration>) -> Result<(), NoticeError>;

    /// The next answer, `None` when there is none at the moment. Does not wait. A prompt and a form are answered once.
    fn next_answer(&mut self) -> Option<Answer>;

    /// Wakes `wait` from another thread.
    fn waker(&self) -> Waker;
}

/// Why nothing can be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// Nothing answers where the display should be.
    #[error("no display: {0}")]
    NoDisplay(String),
    /// There is a display, and it refuses us.
    #[error("access to the display denied: {0}")]
    AccessDenied(String),
    /// The display lacks something that windows of ours need.
    #[error("the display shows no windows of ours: {0}")]
    Unsupported(String),
    /// The display was there and went away.
    #[error("display lost: {0}")]
    Lost(String),
}

/// Whether there are such windows on this kind of system at all.
#[must_use]
pub fn is_supported() -> bool {
    cfg!(target_os = "linux")
}

/// Opens a display for prompts and the strip. Nothing is shown yet.
///
/// # Errors
/// Every [`NoticeError`]; on systems without a back end always [`NoticeError::Unsupported`].
pub fn open_notices(target: &DisplayTarget, language: Language) -> Result<Box<dyn Notices>, NoticeError> {
    #[cfg(target_os = "linux")]
    return linux_x11::open(target, language);
    #[cfg(not(target_os = "linux"))]
    {
        let reason = format!("no windows for this system ({}, {language:?})", target.address);
        Err(NoticeError::Unsupported(reason))
    }
}

/// Whether this system has a back end for notices at all.
pub const SUPPORTED: bool = cfg!(target_os = "linux");

/// Keeps other programs of the same user from reading or changing this process: one that shows prompts must not be made
/// to say yes for its user by accident. Where the system has nothing like it, nothing happens.
pub fn keep_apart() {
    #[cfg(target_os = "linux")]
    linux_x11::keep_apart();
}
