//! Remembers on the display which keycodes were lent, so that an agent that starts can give back what a killed one could
//! not: pairs of keycode and keysym in a property of the root window.

use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, PropMode};
use x11rb::wrapper::ConnectionExt as _;

use super::keysyms::Keysym;
use crate::display::linux_x11::{Display, RequestFailure};

const PROPERTY: &[u8] = b"_FAROL_LENT_KEYCODES";
/// Most pairs read; a display has 248 keycodes.
const PAIRS_MAX: u32 = 248;

/// Writes down that a keycode was bound.
pub(super) fn note(display: &Display, keycode: u8, sym: Keysym) -> Result<(), RequestFailure> {
    let mut pairs = read(display)?;
    pairs.retain(|(other, _)| *other != keycode);
    pairs.push((keycode, sym));
    write(display, &pairs)
}

/// Strikes keycodes that were given back.
pub(super) fn strike(display: &Display, keycodes: &[u8]) -> Result<(), RequestFailure> {
    let mut pairs = read(display)?;
    pairs.retain(|(keycode, _)| !keycodes.contains(keycode));
    write(display, &pairs)
}

/// Gives back everything that is written down and still bound as it was.
pub(super) fn reclaim(display: &Display) -> Result<(), RequestFailure> {
    for (keycode, sym) in read(display)? {
        let bound = display.conn.get_keyboard_mapping(keycode, 1)?.reply()?.keysyms;
        // A layout loaded since may use the keycode for something of its own.
        if bound.first() == Some(&sym) {
            display.conn.change_keyboard_mapping(1, keycode, 1, &[0])?;
        }
    }
    write(display, &[])
}

fn property(display: &Display) -> Result<u32, RequestFailure> {
    Ok(display.conn.intern_atom(false, PROPERTY)?.reply()?.atom)
}

fn read(display: &Display) -> Result<Vec<(u8, Keysym)>, RequestFailure> {
    let (property, kind) = (property(display)?, AtomEnum::CARDINAL);
    let reply = display
        .conn
        .get_property(false, display.root(), property, kind, 0, 2 * PAIRS_MAX)?
        .reply()?;
    let values: Vec<u32> = reply.value32().into_iter().flatten().collect();
    // Anybody may write there.
    let first = display.first_keycode();
    let pair = |pair: &[u32]| Some((u8::try_from(*pair.first()?).ok()?, *pair.get(1)?));
    Ok(values
        .chunks_exact(2)
        .filter_map(pair)
        .filter(|(keycode, _)| *keycode >= first)
        .collect())
}

fn write(display: &Display, pairs: &[(u8, Keysym)]) -> Result<(), RequestFailure> {
    let (property, root) = (property(display)?, display.root());
    if pairs.is_empty() {
        display.conn.delete_property(root, property)?;
        return Ok(());
    }
    let values: Vec<u32> = pairs
        .iter()
        .flat_map(|(keycode, sym)| [(*keycode).into(), *sym])
        .collect();
    display
        .conn
        .change_property32(PropMode::REPLACE, root, property, AtomEnum::CARDINAL, &values)?;
    Ok(())
}
