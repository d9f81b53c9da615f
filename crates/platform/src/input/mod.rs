//! Keyboard and pointer of the machine, played by a technician. What a technician may do is decided elsewhere; the
//! pointer's picture is in `screen`.
//!
//! Keys carry two things: the physical position (`code`) and what the technician's own layout made of it (`key`). The
//! sink makes `key` appear on the machine whatever layout the machine has; the position decides only for keys without a
//! text (and for shortcuts that the machine's layout cannot spell).

use crate::DisplayTarget;

pub mod fake;
#[cfg(target_os = "linux")]
pub(crate) mod linux_x11;

/// Presses keys and buttons on one display. Owned by one thread; several may exist for one display (two technicians).
///
/// Calls return when the system has taken the event, which says nothing about applications. What a sink pressed is let
/// go when it is dropped.
pub trait InputSink: Send {
    /// Moves the pointer to a desktop pixel; outside means the nearest edge.
    ///
    /// # Errors
    /// [`InputError::Lost`] when the display went away; the same for all calls.
    fn pointer_move(&mut self, x: i32, y: i32) -> Result<(), InputError>;

    /// Moves the pointer by so many pixels from where it is, for programs that catch it; not beyond the desktop's edge.
    ///
    /// # Errors
    /// See [`InputSink::pointer_move`].
    fn pointer_move_by(&mut self, dx: i32, dy: i32) -> Result<(), InputError>;

    /// Presses or releases a button where the pointer is. Releasing what this sink does not hold does nothing.
    ///
    /// # Errors
    /// See [`InputSink::pointer_move`].
    fn button(&mut self, button: Button, down: bool) -> Result<(), InputError>;

    /// Turns the wheel by 120ths of a notch, positive to the right and down. Parts of a notch are kept until they make a
    /// whole one where the system knows only notches. At most [`WHEEL_NOTCHES_MAX`] notches a call are played.
    ///
    /// # Errors
    /// See [`InputSink::pointer_move`].
    fn wheel(&mut self, dx: i32, dy: i32) -> Result<(), InputError>;

    /// Presses or releases a key. A press of a held key is a repeat: it appears once more, and the system never repeats
    /// by itself. Keys that mean nothing here are ignored.
    ///
    /// Takes a tenth of a millisecond. When the machine's layout lacks the character it may wait until the program in
    /// front has seen earlier such characters: some hundred milliseconds, two seconds for a program that hangs.
    ///
    /// # Errors
    /// See [`InputSink::pointer_move`].
    fn key(&mut self, event: &KeyEvent) -> Result<(), InputError>;

    /// Types composed text (dead keys, input methods), character by character; line breaks are Enter. Blocks for as
    /// long as that takes, for each character as in [`InputSink::key`].
    ///
    /// # Errors
    /// See [`InputSink::pointer_move`].
    fn text(&mut self, text: &str) -> Result<(), InputError>;

    /// Lets go of everything this sink holds.
    ///
    /// # Errors
    /// See [`InputSink::pointer_move`]; what could not be released is forgotten.
    fn release_all(&mut self) -> Result<(), InputError>;

    /// Lets go of every key this sink holds; buttons stay.
    ///
    /// # Errors
    /// See [`InputSink::pointer_move`]; what could not be released is forgotten.
    fn release_keys(&mut self) -> Result<(), InputError>;

    /// Whether any key or button is held.
    fn holds(&self) -> bool;

    /// The lock keys as they are now. Asks the system: some dozen microseconds.
    ///
    /// # Errors
    /// See [`InputSink::pointer_move`].
    fn locks(&mut self) -> Result<Locks, InputError>;

    /// The lock keys if they changed, by anybody, since the last call of this or of [`InputSink::locks`]. Does not wait
    /// and asks only when there was news; meant to be called after events and now and then.
    ///
    /// # Errors
    /// See [`InputSink::pointer_move`].
    fn changed_locks(&mut self) -> Result<Option<Locks>, InputError>;
}

/// Most notches played for one [`InputSink::wheel`] call; a hand does not turn further, a broken peer might.
pub const WHEEL_NOTCHES_MAX: i32 = 50;

/// Most keys a sink holds at once; a further press lets go of the one held longest. People have ten fingers.
pub const HELD_KEYS_MAX: usize = 32;

/// A pointer button, by what it does for a right-handed person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Button {
    /// Selects.
    Left,
    /// The wheel pressed.
    Middle,
    /// Opens menus.
    Right,
    /// Goes back.
    Back,
    /// Goes forward.
    Forward,
}

/// A key going down or up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyEvent {
    /// Physical key, a value of the UI Events `code` attribute (`KeyA`, `AltRight`); may be empty for virtual keys. The
    /// release of a key is matched to its press by this (by `key` when empty).
    pub code: String,
    /// What it means to the technician, a value of the UI Events `key` attribute (`a`, `ç`, `Enter`). Empty: whatever
    /// the position means on the machine.
    pub key: String,
    /// Down or up.
    pub down: bool,
    /// The modifiers the technician holds, when known. Modifiers this sink holds against it are let go (their release
    /// was lost); none is pressed because of it.
    pub modifiers: Option<Modifiers>,
}

/// Modifiers a technician holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Modifiers {
    /// Either Shift.
    pub shift: bool,
    /// Either Control. Ignored with `alt_graph`: some systems report AltGr as Control and Alt.
    pub control: bool,
    /// Either Alt. Ignored with `alt_graph`.
    pub alt: bool,
    /// Windows, Command or Super key.
    pub meta: bool,
    /// AltGr.
    pub alt_graph: bool,
}

/// The lock keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Locks {
    /// Letters are capital.
    pub caps_lock: bool,
    /// The keypad types digits.
    pub num_lock: bool,
}

/// Why input does not arrive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// Nothing answers where the display should be.
    #[error("no display: {0}")]
    NoDisplay(String),
    /// There is a display, and it refuses us.
    #[error("access to the display denied: {0}")]
    AccessDenied(String),
    /// The display lacks something that input needs.
    #[error("the display takes no input: {0}")]
    Unsupported(String),
    /// The display was there and went away.
    #[error("display lost: {0}")]
    Lost(String),
}

/// Opens keyboard and pointer of a display.
///
/// # Errors
/// Every [`InputError`]; on systems without a back end always [`InputError::Unsupported`].
pub fn open_input(target: &DisplayTarget) -> Result<Box<dyn InputSink>, InputError> {
    #[cfg(target_os = "linux")]
    return linux_x11::open(target);
    #[cfg(not(target_os = "linux"))]
    {
        let reason = format!("no input back end for this system ({})", target.address);
        Err(InputError::Unsupported(reason))
    }
}

/// Lets go of every key and button that programs like this one hold on a display, whoever pressed it: for an agent that
/// starts and may have been killed in the middle of a key press. Also gives back what was changed in the layout to type
/// characters it lacks. Not while sinks are in use. What the person at the
/// machine holds is not touched.
///
/// # Errors
/// Every [`InputError`].
pub fn release_stuck_input(target: &DisplayTarget) -> Result<(), InputError> {
    #[cfg(target_os = "linux")]
    return linux_x11::release_stuck(target);
    #[cfg(not(target_os = "linux"))]
    {
        let reason = format!("no input back end for this system ({})", target.address);
        Err(InputError::Unsupported(reason))
    }
}
