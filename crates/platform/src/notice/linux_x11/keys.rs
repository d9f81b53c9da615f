//! What keys mean to our windows: the few that a prompt knows, whatever the layout, and everything that types.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt as _, KeyButMask, Keycode};

use crate::display::linux_x11::{Display, RequestFailure};
use crate::input::linux_x11::keysyms::{Keysym, cases, char_of};
use crate::notice::edit::Edit;

use super::accents::Accent;

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

/// What a key means to a form, or to the chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typed {
    Character(char),
    /// Waits for its letter; see [`super::accents`].
    Accent(Accent),
    Paste,
    Backspace,
    Delete,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    Next,
    Previous,
    Enter,
    Escape,
}

impl Typed {
    /// Changes a line, if that is what it does.
    pub(super) fn apply(self, edit: &mut Edit) {
        match self {
            Self::Character(character) => edit.push(character),
            Self::Backspace => edit.backspace(),
            Self::Delete => edit.delete(),
            Self::Left => edit.left(),
            Self::Right => edit.right(),
            Self::Home => edit.home(),
            Self::End => edit.end(),
            _ => {}
        }
    }
}

/// Names are those of the X protocol's list of key symbols.
mod symbol {
    pub(super) const SPACE: u32 = 0x20;
    pub(super) const SMALL_V: u32 = 0x76;
    pub(super) const LEFT_TAB: u32 = 0xfe20;
    pub(super) const BACKSPACE: u32 = 0xff08;
    pub(super) const TAB: u32 = 0xff09;
    pub(super) const RETURN: u32 = 0xff0d;
    pub(super) const ESCAPE: u32 = 0xff1b;
    pub(super) const HOME: u32 = 0xff50;
    pub(super) const LEFT: u32 = 0xff51;
    pub(super) const UP: u32 = 0xff52;
    pub(super) const RIGHT: u32 = 0xff53;
    pub(super) const DOWN: u32 = 0xff54;
    pub(super) const PAGE_UP: u32 = 0xff55;
    pub(super) const PAGE_DOWN: u32 = 0xff56;
    pub(super) const END: u32 = 0xff57;
    pub(super) const INSERT: u32 = 0xff63;
    pub(super) const KEYPAD_ENTER: u32 = 0xff8d;
    pub(super) const DELETE: u32 = 0xffff;
    /// Keys of the keypad, whose second symbol counts while Num Lock is on.
    pub(super) const KEYPAD: std::ops::RangeInclusive<u32> = 0xff80..=0xffb9;
    /// Added to the character of what the keypad types.
    pub(super) const KEYPAD_OFFSET: u32 = 0xff80;
    /// What the keypad types: from `*` to `9`.
    pub(super) const KEYPAD_TYPES: std::ops::RangeInclusive<u32> = 0xffaa..=0xffb9;
}

/// Each keycode and its symbols: two for the first group, two for the second, then those of the third level and on.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<(Keycode, Vec<Keysym>)>);

impl Keys {
    /// Asks the server for its layout: one round trip.
    pub(super) fn read(display: &Display) -> Result<Self, RequestFailure> {
        let setup = display.conn.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let count = last.saturating_sub(first).saturating_add(1);
        let mapping = display.conn.get_keyboard_mapping(first, count)?.reply()?;
        let per_key = usize::from(mapping.keysyms_per_keycode.max(1));
        let keys = (first..=last).zip(mapping.keysyms.chunks(per_key));
        Ok(Self(
            keys.map(|(code, symbols)| (code, symbols.to_vec())).collect(),
        ))
    }

    fn symbols(&self, code: Keycode) -> &[Keysym] {
        let found = self.0.iter().find(|(known, _)| *known == code);
        found.map_or(&[], |(_, symbols)| symbols)
    }

    pub(super) fn meaning(&self, code: Keycode) -> Option<Key> {
        meaning(*self.symbols(code).first()?)
    }

    /// What the key types with these modifiers and this group in force.
    pub(super) fn typed(&self, code: Keycode, state: KeyButMask) -> Option<Typed> {
        typed(self.symbols(code), state)
    }
}

fn meaning(symbol: Keysym) -> Option<Key> {
    match symbol {
        symbol::TAB => Some(Key::Next),
        symbol::LEFT => Some(Key::Left),
        symbol::RIGHT => Some(Key::Right),
        symbol::RETURN | symbol::KEYPAD_ENTER | symbol::SPACE => Some(Key::Press),
        symbol::ESCAPE => Some(Key::Escape),
        _ => None,
    }
}

fn typed(symbols: &[Keysym], state: KeyButMask) -> Option<Typed> {
    let holds = |mask: KeyButMask| u16::from(state) & u16::from(mask) != 0;
    let first = *symbols.first()?;
    if holds(KeyButMask::CONTROL) {
        // Whatever group is in force: the key that is called V somewhere.
        return symbols.contains(&symbol::SMALL_V).then_some(Typed::Paste);
    }
    let shift = holds(KeyButMask::SHIFT);
    let typed = match first {
        symbol::TAB | symbol::LEFT_TAB if shift => Typed::Previous,
        symbol::TAB | symbol::DOWN => Typed::Next,
        symbol::UP => Typed::Previous,
        symbol::RETURN | symbol::KEYPAD_ENTER => Typed::Enter,
        symbol::ESCAPE => Typed::Escape,
        symbol::BACKSPACE => Typed::Backspace,
        symbol::DELETE => Typed::Delete,
        symbol::LEFT => Typed::Left,
        symbol::RIGHT => Typed::Right,
        symbol::HOME => Typed::Home,
        symbol::END => Typed::End,
        symbol::PAGE_UP => Typed::PageUp,
        symbol::PAGE_DOWN => Typed::PageDown,
        symbol::INSERT if shift => Typed::Paste,
        // With Alt or the key of the window manager it is a command, though none of ours.
        _ if holds(KeyButMask::MOD1) || holds(KeyButMask::MOD4) => return None,
        _ => match symbol_of(symbols, state).and_then(Accent::of) {
            Some(accent) => Typed::Accent(accent),
            None => Typed::Character(character(symbols, state)?),
        },
    };
    Some(typed)
}

/// The symbol that level and group choose; lock keys do not count.
fn symbol_of(symbols: &[Keysym], state: KeyButMask) -> Option<Keysym> {
    let bits = u16::from(state);
    let at = |index: usize| symbols.get(index).copied().filter(|symbol| *symbol != 0);
    let group = if bits >> 13 & 3 == 1 && at(2).is_some() {
        2
    } else {
        0
    };
    let level = usize::from(bits & u16::from(KeyButMask::SHIFT) != 0);
    let third = (bits & u16::from(KeyButMask::MOD5) != 0).then(|| at(4 + group + level));
    third.flatten().or_else(|| at(group + level))
}

/// The character of a key. What needs more than one key (accents that come before their letter) has none.
fn character(symbols: &[Keysym], state: KeyButMask) -> Option<char> {
    let bits = u16::from(state);
    let holds = |mask: KeyButMask| bits & u16::from(mask) != 0;
    let (shift, lock) = (holds(KeyButMask::SHIFT), holds(KeyButMask::LOCK));
    let at = |index: usize| symbols.get(index).copied().filter(|symbol| *symbol != 0);
    let second_group = bits >> 13 & 3 == 1 && at(2).is_some();
    let group = if second_group { 2 } else { 0 };
    let level = usize::from(shift);
    // Where keyboards have a third level, this modifier chooses it.
    let third = holds(KeyButMask::MOD5).then(|| at(4 + group + level).or_else(|| at(4 + group)));
    if let Some(symbol) = third.flatten() {
        return char_of(symbol);
    }
    let (low, high) = (at(group)?, at(group + 1));
    let keypad = high.filter(|symbol| symbol::KEYPAD.contains(symbol));
    if let Some(number) = keypad {
        let typed = if holds(KeyButMask::MOD2) == shift {
            low
        } else {
            number
        };
        return symbol::KEYPAD_TYPES
            .contains(&typed)
            .then(|| char::from_u32(typed - symbol::KEYPAD_OFFSET))
            .flatten();
    }
    if symbol::KEYPAD_TYPES.contains(&low) {
        return char::from_u32(low - symbol::KEYPAD_OFFSET);
    }
    match char_of(low).and_then(cases) {
        // Caps Lock takes Shift back.
        Some((lower, upper)) => Some(if shift != lock { upper } else { lower }),
        None if shift => char_of(high.unwrap_or(low)),
        None => char_of(low),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: u16 = 0;
    const SHIFT: u16 = 1;
    const LOCK: u16 = 1 << 1;
    const CONTROL: u16 = 1 << 2;
    const ALT: u16 = 1 << 3;
    const NUM_LOCK: u16 = 1 << 4;
    const LEVEL_3: u16 = 1 << 7;
    const GROUP_2: u16 = 1 << 13;

    fn of(symbols: &[Keysym], state: u16) -> Option<Typed> {
        typed(symbols, KeyButMask::from(state))
    }

    fn character(symbols: &[Keysym], state: u16) -> Option<char> {
        match of(symbols, state) {
            Some(Typed::Character(character)) => Some(character),
            _ => None,
        }
    }

    #[test]
    fn keys_type_what_is_on_them() {
        let letter = [0x61, 0x41, 0x61, 0x41];
        assert_eq!(character(&letter, NONE), Some('a'));
        assert_eq!(character(&letter, SHIFT), Some('A'));
        assert_eq!(character(&letter, LOCK), Some('A'));
        assert_eq!(character(&letter, SHIFT | LOCK), Some('a'));
        // Half of what Brazilian keyboards need a third level for: Q with / on it.
        let with_slash = [0x71, 0x51, 0x71, 0x51, 0x2f, 0x2f];
        assert_eq!(character(&with_slash, LEVEL_3), Some('/'));
        assert_eq!(character(&with_slash, LEVEL_3 | SHIFT), Some('/'));
        let semicolon = [0x3b, 0x3a];
        assert_eq!(
            (character(&semicolon, SHIFT), character(&semicolon, LOCK)),
            (Some(':'), Some(';'))
        );
        // A French key of the upper row.
        assert_eq!(character(&[0x26, 0x31], SHIFT), Some('1'));
        assert_eq!(character(&[0xe7, 0xc7], LOCK), Some('Ç'));
        let russian = [0x61, 0x41, 0x6c6, 0x6e6];
        assert_eq!(character(&russian, GROUP_2), Some('ф'));
        assert_eq!(character(&russian, GROUP_2 | SHIFT), Some('Ф'));
        assert_eq!(character(&letter, ALT), None);
        assert_eq!(character(&[0xffe1], NONE), None);
        assert_eq!(
            character(&[0xfe51], NONE),
            None,
            "an accent that waits for its letter"
        );
        assert_eq!(character(&[], NONE), None);
        assert_eq!(character(&[0, 0], NONE), None);
    }

    #[test]
    fn accents_wait_for_their_letter() {
        // Of a Brazilian keyboard: acute and grave, tilde and circumflex.
        let (acute, tilde) = ([0xfe51, 0xfe50], [0xfe53, 0xfe52]);
        let accent = |symbols: &[Keysym], state| match of(symbols, state) {
            Some(Typed::Accent(accent)) => Some(accent),
            _ => None,
        };
        assert_eq!(accent(&acute, NONE), Accent::of(0xfe51));
        assert_eq!(accent(&acute, SHIFT), Accent::of(0xfe50));
        assert_eq!(accent(&tilde, SHIFT), Accent::of(0xfe52));
        assert_eq!(
            accent(&[0x61, 0x41, 0x61, 0x41, 0xfe57], LEVEL_3),
            Accent::of(0xfe57)
        );
        assert_eq!(accent(&[0x61, 0x41], NONE), None);
    }

    #[test]
    fn the_keypad_follows_num_lock() {
        let seven = [0xff95, 0xffb7];
        assert_eq!(character(&seven, NUM_LOCK), Some('7'));
        assert_eq!(character(&seven, NUM_LOCK | SHIFT), None);
        assert_eq!(character(&seven, SHIFT), Some('7'));
        assert_eq!(character(&[0xffaf, 0xffaf], NONE), Some('/'));
        assert_eq!(character(&[0xffaf], NONE), Some('/'));
        assert_eq!(of(&[0xff8d], NUM_LOCK), Some(Typed::Enter));
    }

    #[test]
    fn other_keys_do_what_they_say() {
        assert_eq!(of(&[0x76, 0x56], CONTROL), Some(Typed::Paste));
        assert_eq!(of(&[0x6cd, 0x6ed, 0x76, 0x56], CONTROL), Some(Typed::Paste));
        assert_eq!(of(&[0x61, 0x41], CONTROL), None);
        assert_eq!(of(&[0xff63], SHIFT), Some(Typed::Paste));
        assert_eq!(of(&[0xff63], NONE), None);
        assert_eq!(of(&[0xff09, 0xfe20], NONE), Some(Typed::Next));
        assert_eq!(of(&[0xff09, 0xfe20], SHIFT), Some(Typed::Previous));
        assert_eq!(of(&[0xff55], NONE), Some(Typed::PageUp));
        assert_eq!(of(&[0xff56], NONE), Some(Typed::PageDown));
        assert_eq!(of(&[0xff0d], NONE), Some(Typed::Enter));
        assert_eq!(of(&[0xffff], NONE), Some(Typed::Delete));
        assert_eq!(of(&[0x20], NONE), Some(Typed::Character(' ')));
        assert_eq!(meaning(0x20), Some(Key::Press));
    }
}
