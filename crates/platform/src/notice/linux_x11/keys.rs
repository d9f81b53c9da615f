//! The few keys a prompt knows, whatever the layout.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt as _, Keycode};

use crate::display::linux_x11::{Display, RequestFailure};

/// What a key means to a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The other button.
    Next,
    /// The button on the left.
    Left,
    /// The button on the right.
    Right,
    /// The button that has the focus.
    Press,
    /// No.
    Escape,
}

/// Which keycode has which meaning.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<(Keycode, Key)>);

impl Keys {
    /// Asks the server for its layout: one round trip.
    pub(super) fn read(display: &Display) -> Result<Self, RequestFailure> {
        let setup = display.conn.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let count = last.saturating_sub(first).saturating_add(1);
        let mapping = display.conn.get_keyboard_mapping(first, count)?.reply()?;
        let per_key = usize::from(mapping.keysyms_per_keycode.max(1));
        let keys = mapping.keysyms.chunks(per_key).zip(first..=last);
        Ok(Self(
            keys.filter_map(|(symbols, code)| Some((code, meaning(*symbols.first()?)?)))
                .collect(),
        ))
    }

    pub(super) fn meaning(&self, code: Keycode) -> Option<Key> {
        let found = self.0.iter().find(|(known, _)| *known == code);
        found.map(|(_, key)| *key)
    }
}

/// Names are those of the X protocol's list of key symbols.
fn meaning(symbol: u32) -> Option<Key> {
    const SPACE: u32 = 0x20;
    const TAB: u32 = 0xff09;
    const RETURN: u32 = 0xff0d;
    const ESCAPE: u32 = 0xff1b;
    const LEFT: u32 = 0xff51;
    const RIGHT: u32 = 0xff53;
    const KEYPAD_ENTER: u32 = 0xff8d;
    match symbol {
        TAB => Some(Key::Next),
        LEFT => Some(Key::Left),
        RIGHT => Some(Key::Right),
        RETURN | KEYPAD_ENTER | SPACE => Some(Key::Press),
        ESCAPE => Some(Key::Escape),
        _ => None,
    }
}
