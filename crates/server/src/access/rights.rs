//! [`Right`]: one thing that a technician may do in a session.
//!
//! The same as `farol_protocol::rights::Right`, name by name, which takes this file's place as soon as the protocol has it:
//! the line `pub use rights::Right` in `mod.rs` then names that one.

/// One thing that a technician may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// See the screen.
    View = 1,
    /// Mouse and keyboard.
    Control = 2,
    /// Copied text, both ways.
    Clipboard = 3,
    /// Files, both ways.
    Files = 4,
    /// A terminal.
    Terminal = 5,
}

impl Right {
    /// Every right, in the order in which people read them.
    pub const ALL: [Self; 5] = [
        Self::View,
        Self::Control,
        Self::Clipboard,
        Self::Files,
        Self::Terminal,
    ];
}
