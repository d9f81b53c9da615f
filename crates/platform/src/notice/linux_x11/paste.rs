//! Pasting: a copied text is asked for, and comes as an event.

use x11rb::protocol::xproto::{ConnectionExt as _, SelectionNotifyEvent, Window};

use super::panel::Atoms;
use crate::display::linux_x11::{Display, RequestFailure};
use crate::notice::view::{FIELD_CHARS_MAX, SAY_CHARS_MAX};

/// Most of a copied text that is read, in units of 4 bytes: each character of the longest line at its longest in UTF-8, and
/// as many again for the blanks around.
const PASTE_MAX: u32 = 2 * if FIELD_CHARS_MAX > SAY_CHARS_MAX {
    FIELD_CHARS_MAX as u32
} else {
    SAY_CHARS_MAX as u32
};

/// Asks whoever copied something for it.
pub(super) fn ask(display: &Display, atoms: &Atoms, window: Window) -> Result<(), RequestFailure> {
    let (from, form, to) = (atoms.CLIPBOARD, atoms.UTF8_STRING, atoms.FAROL_PASTE);
    display
        .conn
        .convert_selection(window, from, form, to, x11rb::CURRENT_TIME)?;
    Ok(())
}

/// The copied text, if there is one. One so long that it comes in parts is nothing for a line.
pub(super) fn take(
    display: &Display,
    atoms: &Atoms,
    event: &SelectionNotifyEvent,
) -> Result<Option<String>, RequestFailure> {
    if event.property != atoms.FAROL_PASTE {
        return Ok(None);
    }
    let (window, property, form) = (event.requestor, atoms.FAROL_PASTE, atoms.UTF8_STRING);
    let text = display
        .conn
        .get_property(true, window, property, form, 0, PASTE_MAX)?
        .reply()?;
    let is_text = text.type_ == form && text.format == 8;
    Ok(is_text.then(|| String::from_utf8_lossy(&text.value).into_owned()))
}
