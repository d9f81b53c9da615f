//! Presses keys: finds the stroke for what the technician means, plays it, and remembers what is held.

use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xkb::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, ModMask};
use x11rb::protocol::xtest::ConnectionExt as _;

use super::super::{HELD_KEYS_MAX, KeyEvent, Locks, Modifiers};
use super::keymap::{KeyboardState, Keymap, LOCK, Search, Stroke};
use super::keys::{Meaning, keypad, meaning, position};
use super::lent;
use super::settle::Settler;
use super::spare::{self, Spares};
use crate::display::linux_x11::{Display, RequestFailure};

const CORE_KEYBOARD: u16 = 256;
const RETURN: u32 = 0xff0d;
const TAB: u32 = 0xff09;

/// A key this sink holds down.
#[derive(Debug, Clone)]
struct Held {
    /// What the technician calls it: its `code`, or `key` where there is none.
    name: String,
    keycode: u8,
}

#[derive(Debug, Default)]
pub(super) struct Keyboard {
    keymap: Keymap,
    /// The keymap is not the server's any more.
    outdated: bool,
    locks_news: bool,
    spares: Spares,
    settler: Settler,
    /// In order of pressing.
    held: Vec<Held>,
}

impl Keyboard {
    pub(super) fn new(display: &Display) -> Result<Self, RequestFailure> {
        let mut keyboard = Self::default();
        keyboard.load(display)?;
        Ok(keyboard)
    }

    fn load(&mut self, display: &Display) -> Result<(), RequestFailure> {
        self.keymap = Keymap::read(display)?;
        self.outdated = false;
        self.spares.update(&self.keymap.spare());
        Ok(())
    }

    /// The state of the keyboard, with the layout as it is at this moment: whatever changed before has told us before
    /// the answer comes.
    fn refresh(&mut self, display: &Display) -> Result<KeyboardState, RequestFailure> {
        let state = state(display)?;
        while let Some(event) = display.conn.poll_for_event()? {
            self.note(&event);
        }
        if self.outdated {
            self.load(display)?;
        }
        Ok(state)
    }

    /// Takes in an event of the server.
    pub(super) fn note(&mut self, event: &Event) {
        match event {
            Event::XkbMapNotify(_) | Event::XkbNewKeyboardNotify(_) | Event::MappingNotify(_) => {
                self.outdated = true;
            }
            Event::XkbStateNotify(_) => self.locks_news = true,
            _ => {}
        }
    }

    /// True once after the lock keys may have changed.
    pub(super) fn take_locks_news(&mut self) -> bool {
        std::mem::take(&mut self.locks_news)
    }

    pub(super) fn key(&mut self, display: &Display, event: &KeyEvent) -> Result<(), RequestFailure> {
        let name = if event.code.is_empty() {
            &event.key
        } else {
            &event.code
        };
        if !event.down {
            return self.release(display, name);
        }
        if is_sequence(&event.key) {
            return self.text(display, &event.key);
        }
        self.refresh(display)?;
        if let Some(modifiers) = event.modifiers.filter(|_| !is_modifier(&event.key)) {
            self.let_go_of_lost(display, modifiers)?;
        }
        let held = self
            .held
            .iter()
            .find(|held| held.name == *name)
            .map(|held| held.keycode);
        if held.is_some_and(|keycode| self.keymap.modifiers(keycode) != 0) {
            // Modifiers do not repeat.
            return Ok(());
        }
        let Some(stroke) = self.find(display, event)? else {
            return Ok(());
        };
        self.release(display, name)?;
        self.make_room(display, stroke.keycode)?;
        self.press(display, stroke)?;
        self.held.push(Held {
            name: name.clone(),
            keycode: stroke.keycode,
        });
        Ok(())
    }

    pub(super) fn text(&mut self, display: &Display, text: &str) -> Result<(), RequestFailure> {
        let mut after_return = false;
        for character in text.chars() {
            let state = self.refresh(display)?;
            let stroke = match character {
                '\n' if after_return => None,
                '\n' | '\r' => self.keymap.plain(RETURN, state.group).map(Stroke::plain),
                '\t' => self.keymap.plain(TAB, state.group).map(Stroke::plain),
                character if character.is_control() => None,
                character => self.typing(display, character, state, None)?,
            };
            after_return = character == '\r';
            if let Some(stroke) = stroke {
                self.make_room(display, stroke.keycode)?;
                self.press(display, stroke)?;
                fake(display, KEY_RELEASE_EVENT, stroke.keycode)?;
            }
        }
        Ok(())
    }

    /// Whether any key is held.
    pub(super) fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// Lets go of everything.
    pub(super) fn release_all(&mut self, display: &Display) -> Result<(), RequestFailure> {
        while let Some(held) = self.held.pop() {
            fake(display, KEY_RELEASE_EVENT, held.keycode)?;
        }
        Ok(())
    }

    /// Gives lent keycodes back. Blocks for a moment when one was just used.
    pub(super) fn restore(&mut self, display: &Display) -> Result<(), RequestFailure> {
        let (keycodes, rest) = self.spares.give_back(Instant::now());
        if keycodes.is_empty() {
            return Ok(());
        }
        self.rest(display, rest)?;
        for keycode in &keycodes {
            display.conn.change_keyboard_mapping(1, *keycode, 1, &[0])?;
        }
        lent::strike(display, &keycodes)
    }

    /// Waits until bindings may change: until the program has seen what was typed, else for the time given.
    fn rest(&mut self, display: &Display, rest: Duration) -> Result<(), RequestFailure> {
        if rest.is_zero() {
            return Ok(());
        }
        let start = Instant::now();
        let mut others = Vec::new();
        let seen = self.settler.settle(display, |event| others.push(event))?;
        others.iter().for_each(|event| self.note(event));
        if seen {
            self.spares.settled();
        } else {
            display.conn.flush()?;
            std::thread::sleep(rest.saturating_sub(start.elapsed()));
        }
        Ok(())
    }

    pub(super) fn locks(&self, display: &Display) -> Result<Locks, RequestFailure> {
        let locked = state(display)?.locked;
        let num_lock = self.keymap.num_lock();
        Ok(Locks {
            caps_lock: locked & LOCK != 0,
            num_lock: num_lock != 0 && locked & num_lock != 0,
        })
    }

    fn release(&mut self, display: &Display, name: &str) -> Result<(), RequestFailure> {
        if let Some(at) = self.held.iter().position(|held| held.name == name) {
            let held = self.held.remove(at);
            fake(display, KEY_RELEASE_EVENT, held.keycode)?;
        }
        Ok(())
    }

    /// Lets go of the key about to be pressed if another position holds it, and of the oldest if there are too many.
    fn make_room(&mut self, display: &Display, keycode: u8) -> Result<(), RequestFailure> {
        let same = self.held.iter().position(|held| held.keycode == keycode);
        let oldest = (self.held.len() >= HELD_KEYS_MAX).then_some(0);
        if let Some(at) = same.or(oldest) {
            let held = self.held.remove(at);
            fake(display, KEY_RELEASE_EVENT, held.keycode)?;
        }
        Ok(())
    }

    /// Modifiers that the technician does not hold any more: their release was lost on the way.
    fn let_go_of_lost(&mut self, display: &Display, modifiers: Modifiers) -> Result<(), RequestFailure> {
        let holds = |name: &str| {
            let alt_graph = modifiers.alt_graph;
            match name {
                _ if name.starts_with("Shift") => modifiers.shift,
                _ if name.starts_with("Control") => modifiers.control || alt_graph,
                _ if name.starts_with("Alt") => modifiers.alt || alt_graph,
                _ if name.starts_with("Meta") || name.starts_with("OS") => modifiers.meta,
                _ => true,
            }
        };
        let lost: Vec<String> = self
            .held
            .iter()
            .filter(|held| !holds(&held.name))
            .map(|held| held.name.clone())
            .collect();
        lost.iter().try_for_each(|name| self.release(display, name))
    }

    /// The modifiers that the held keys stand for.
    fn held_mods(&self) -> u8 {
        self.held
            .iter()
            .fold(0, |mods, held| mods | self.keymap.modifiers(held.keycode))
    }

    fn find(&mut self, display: &Display, event: &KeyEvent) -> Result<Option<Stroke>, RequestFailure> {
        let state = state(display)?;
        let place = position(&event.code).and_then(|name| self.keymap.at(name));
        let on_keypad = keypad(&event.key, &event.code).and_then(|sym| self.keymap.current(sym, state));
        let stroke = match meaning(&event.key, &event.code) {
            Meaning::Nothing => None,
            Meaning::Position => place.map(Stroke::plain),
            _ if on_keypad.is_some() => on_keypad.map(Stroke::plain),
            Meaning::Named(syms) => {
                let known = syms.iter().find_map(|sym| self.keymap.plain(*sym, state.group));
                // Where AltGr is missing, its place is another Alt key.
                let place = place.filter(|_| event.key != "AltGraph");
                known.or(place).map(Stroke::plain)
            }
            Meaning::Character(character) if self.is_command(event) => self.command(character, state, place),
            Meaning::Character(character) => self.typing(display, character, state, place)?,
        };
        Ok(stroke)
    }

    fn is_command(&self, event: &KeyEvent) -> bool {
        match event.modifiers {
            Some(modifiers) => !modifiers.alt_graph && (modifiers.control || modifiers.alt || modifiers.meta),
            None => self.held_mods() & self.keymap.command_mods() != 0,
        }
    }

    /// A shortcut: letters by the key that has them, without touching Shift; other characters as the layout has them;
    /// and by position where the layout lacks them, because programs find Latin shortcuts there by themselves.
    fn command(&self, character: char, state: KeyboardState, place: Option<u8>) -> Option<Stroke> {
        if let Some(keycode) = self.keymap.letter(character, state.group) {
            return Some(Stroke::plain(keycode));
        }
        let search = Search {
            character,
            state,
            ours: self.held_mods(),
            unwanted: 0,
            near: place,
        };
        let stroke = self
            .keymap
            .stroke(search)
            .filter(|stroke| stroke.group.is_none() && stroke.toggle == 0);
        stroke.or(place.map(Stroke::plain))
    }

    /// A character to appear; gets a key lent if the layout lacks it.
    fn typing(
        &mut self,
        display: &Display,
        character: char,
        state: KeyboardState,
        near: Option<u8>,
    ) -> Result<Option<Stroke>, RequestFailure> {
        let search = |keyboard: &Self| {
            let unwanted = keyboard.keymap.command_mods();
            let search = Search {
                character,
                state,
                ours: keyboard.held_mods(),
                unwanted,
                near,
            };
            keyboard.keymap.stroke(search)
        };
        if let Some(stroke) = search(self) {
            return Ok(Some(stroke));
        }
        let held: Vec<u8> = self.held.iter().map(|held| held.keycode).collect();
        let Some(claim) = self.spares.claim(&held, Instant::now()) else {
            return Ok(None);
        };
        self.rest(display, claim.rest)?;
        let keycode = claim.keycode;
        let syms = spare::binding(character);
        display
            .conn
            .change_keyboard_mapping(1, keycode, syms.len() as u8, &syms)?
            .check()?;
        lent::note(display, keycode, syms[0])?;
        self.load(display)?;
        Ok(search(self))
    }

    /// Presses the key with everything around it.
    fn press(&mut self, display: &Display, stroke: Stroke) -> Result<(), RequestFailure> {
        let lifted = self
            .held
            .iter()
            .filter(|held| self.keymap.modifiers(held.keycode) & stroke.lift != 0);
        let lifted: Vec<u8> = lifted.map(|held| held.keycode).collect();
        let bits = (0..8u8).map(|bit| 1 << bit).filter(|bit| stroke.add & bit != 0);
        let added: Vec<u8> = bits.filter_map(|bit| self.keymap.holder(bit)).collect();
        for keycode in &lifted {
            fake(display, KEY_RELEASE_EVENT, *keycode)?;
        }
        let before = self.lock_for(display, stroke)?;
        for keycode in &added {
            fake(display, KEY_PRESS_EVENT, *keycode)?;
        }
        fake(display, KEY_PRESS_EVENT, stroke.keycode)?;
        for keycode in added.iter().rev() {
            fake(display, KEY_RELEASE_EVENT, *keycode)?;
        }
        if let Some(before) = before {
            set_locks(display, stroke, before.locked, before.locked_group)?;
        }
        for keycode in &lifted {
            fake(display, KEY_PRESS_EVENT, *keycode)?;
        }
        self.spares.touch(stroke.keycode, Instant::now());
        Ok(())
    }

    /// Changes locks and group as the stroke wants it; returns what to restore.
    fn lock_for(&self, display: &Display, stroke: Stroke) -> Result<Option<KeyboardState>, RequestFailure> {
        if stroke.toggle == 0 && stroke.group.is_none() {
            return Ok(None);
        }
        let before = state(display)?;
        set_locks(
            display,
            stroke,
            !before.locked,
            stroke.group.unwrap_or(before.locked_group),
        )?;
        Ok(Some(before))
    }
}

/// A letter made of several code points, or an emoji sequence: typed at once, there is no key to hold. Names of keys are
/// plain ASCII.
fn is_sequence(key: &str) -> bool {
    !key.is_ascii() && key.chars().nth(1).is_some()
}

fn is_modifier(key: &str) -> bool {
    ["Shift", "Control", "Alt", "AltGraph", "Meta", "OS", "Super"].contains(&key)
}

/// Sets the locks that the stroke toggles, and the group if it switches it.
fn set_locks(display: &Display, stroke: Stroke, locked: u8, group: u8) -> Result<(), RequestFailure> {
    let mask = |bits: u8| ModMask::from(u16::from(bits));
    display.conn.xkb_latch_lock_state(
        CORE_KEYBOARD,
        mask(stroke.toggle),
        mask(stroke.toggle & locked),
        stroke.group.is_some(),
        xkb::Group::from(group),
        mask(0),
        false,
        0,
    )?;
    Ok(())
}

/// What is in force now: one round trip.
fn state(display: &Display) -> Result<KeyboardState, RequestFailure> {
    let state = display.conn.xkb_get_state(CORE_KEYBOARD)?.reply()?;
    let bits = |mask: ModMask| (u16::from(mask) & 0xff) as u8;
    Ok(KeyboardState {
        mods: bits(state.mods),
        locked: bits(state.locked_mods),
        group: state.group.into(),
        locked_group: state.locked_group.into(),
    })
}

fn fake(display: &Display, event: u8, keycode: u8) -> Result<(), RequestFailure> {
    display
        .conn
        .xtest_fake_input(event, keycode, 0, x11rb::NONE, 0, 0, 0)?;
    Ok(())
}
