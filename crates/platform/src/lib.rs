//! The operating system behind small traits, with fakes.
//!
//! What lives here: everything that differs between operating systems and display servers — the picture of the
//! screen, the keyboard and pointer, the clipboard, what the person at the machine is shown, where a display is to be
//! found, facts about the machine in short and in depth, how busy it is, what identifies it, its video encoders, what a thread's work counts for. One folder per concern; `mod.rs` holds the trait and the only conditions on the system, beside it
//! stand the back ends and a scripted fake that is part of the public interface.
//!
//! What does not: what of a picture is encoded and how, pacing, permissions, anything on the wire. This is the only crate with `unsafe` code.
//!
//! Where to start: [`open_screen`], [`open_input`], [`open_clipboard`] take a [`DisplayTarget`];
//! [`default_target`] finds one; [`system_facts`], [`evidence()`] and [`inventory()`] need none.
//!
//! All calls block and belong on threads of their own. What waits can be woken from any thread by its [`Waker`].

pub mod background;
pub mod clipboard;
pub mod display;
pub mod evidence;
pub mod facts;
#[cfg(target_os = "linux")]
mod files;
mod geometry;
pub mod input;
pub mod inventory;
pub mod memory;
pub mod metrics;
pub mod notice;
pub mod paths;
pub mod screen;
pub mod video;
mod wake;

pub use background::step_back;
pub use clipboard::{Clipboard, ClipboardError, ClipboardEvent, Copied, CopiedKind, open_clipboard};
pub use display::{
    AtDisplay, DisplayTarget, DisplayWatch, EndUser, default_target, end_user, list_displays, watch_displays,
};
pub use evidence::{Evidence, evidence};
pub use facts::{LoggedOnUser, OsFacts, SystemFacts, system_facts};
pub use geometry::Rect;
pub use input::{Button, InputError, InputSink, KeyEvent, Locks, Modifiers, open_input, release_stuck_input};
pub use inventory::{inventory, pending_updates, updates_stamp};
pub use memory::{give_back_memory, return_freed_memory};
pub use notice::{NoticeError, Notices, open_notices};
pub use screen::{
    CursorImage, CursorPosition, Layout, Monitor, Pixels, ScreenError, ScreenEvent, ScreenSource,
    ScreenState, open_screen,
};
pub use video::{VideoEncoder, VideoError, VideoOptions, VideoPicture, open_video};
pub use wake::Waker;
