//! The machine's keyboard layout, and how to make a character appear with it: which key, with which modifiers pressed,
//! let go or unlocked around it. Pure but for `read`.

use std::collections::HashMap;

use x11rb::protocol::xkb::{self, ConnectionExt as _, KeyType};
use x11rb::protocol::xproto::ModMask;

use super::keysyms::{Keysym, cases, char_of};
use crate::display::linux_x11::{Display, RequestFailure};

pub(super) const SHIFT: u8 = 1;
pub(super) const LOCK: u8 = 1 << 1;
pub(super) const CONTROL: u8 = 1 << 2;

/// Keysyms of keys that hold a level while pressed: Shift, ISO_Level3_Shift, ISO_Level5_Shift.
const LEVEL_KEYSYMS: [Keysym; 4] = [0xffe1, 0xffe2, 0xfe03, 0xfe11];
const NUM_LOCK_KEYSYM: Keysym = 0xff7f;
/// Alt, Meta, Super and Hyper keys, left and right: modifiers that turn typing into commands.
const COMMAND_KEYSYMS: std::ops::RangeInclusive<Keysym> = 0xffe7..=0xffee;

/// Modifiers and group in force on the machine.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct KeyboardState {
    /// All in force, real modifiers.
    pub(super) mods: u8,
    /// Those in force because they are locked.
    pub(super) locked: u8,
    pub(super) group: u8,
    /// The group it returns to when nothing is held.
    pub(super) locked_group: u8,
}

/// How to press a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stroke {
    pub(super) keycode: u8,
    /// Modifiers to press around it.
    pub(super) add: u8,
    /// Modifiers of ours to let go around it.
    pub(super) lift: u8,
    /// Lock modifiers to toggle around it.
    pub(super) toggle: u8,
    /// Group to switch to around it.
    pub(super) group: Option<u8>,
}

impl Stroke {
    /// The key as it is.
    pub(super) const fn plain(keycode: u8) -> Self {
        Self {
            keycode,
            add: 0,
            lift: 0,
            toggle: 0,
            group: None,
        }
    }

    /// How much it disturbs. A changed lock or group may be seen by people, and programs react to it.
    fn cost(&self) -> u32 {
        let bits = self.add.count_ones() + self.lift.count_ones() + 3 * self.toggle.count_ones();
        bits + if self.group.is_some() { 5 } else { 0 }
    }
}

/// What to look for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    pub(super) character: char,
    pub(super) state: KeyboardState,
    /// Modifiers in force because this sink holds their keys: only these can be let go.
    pub(super) ours: u8,
    /// Modifiers to let go in any case.
    pub(super) unwanted: u8,
    /// The key to prefer among equals.
    pub(super) near: Option<u8>,
}

#[derive(Debug, Default)]
struct Key {
    kinds: [u8; 4],
    groups: u8,
    group_info: u8,
    width: usize,
    syms: Vec<Keysym>,
    modifiers: u8,
}

impl Key {
    fn sym(&self, group: u8, level: usize) -> Keysym {
        let in_width = level < self.width;
        let sym = in_width
            .then(|| self.syms.get(usize::from(group) * self.width + level))
            .flatten();
        sym.copied().unwrap_or(0)
    }

    fn is_empty(&self) -> bool {
        self.modifiers == 0 && self.syms.iter().all(|sym| *sym == 0)
    }

    /// The key's group that serves the keyboard's group; keys with fewer groups wrap, clamp or redirect.
    fn group(&self, group: u8) -> Option<u8> {
        if group < self.groups {
            return Some(group);
        }
        let last = self.groups.checked_sub(1)?;
        Some(match self.group_info & 0xc0 {
            0x40 => last,
            0x80 => (self.group_info >> 4 & 3).min(last),
            _ => group % self.groups,
        })
    }
}

/// The layout as the server has it.
#[derive(Debug, Default)]
pub(super) struct Keymap {
    first: u8,
    keys: Vec<Key>,
    kinds: Vec<KeyType>,
    names: HashMap<[u8; 4], u8>,
    /// For each real modifier a key that holds it as long as it is pressed.
    holders: [Option<u8>; 8],
    level_mods: u8,
    num_lock: u8,
    command_mods: u8,
}

impl Keymap {
    /// Asks the server: two round trips, some ten kilobytes.
    pub(super) fn read(display: &Display) -> Result<Self, RequestFailure> {
        let keyboard: u16 = xkb::ID::USE_CORE_KBD.into();
        let parts = xkb::MapPart::KEY_TYPES | xkb::MapPart::KEY_SYMS | xkb::MapPart::MODIFIER_MAP;
        let none = xkb::MapPart::from(0u16);
        let vmods = xkb::VMod::from(0u16);
        let conn = &display.conn;
        let map = conn.xkb_get_map(
            keyboard, parts, none, 0, 0, 0, 0, 0, 0, 0, 0, vmods, 0, 0, 0, 0, 0, 0,
        )?;
        let names = conn.xkb_get_names(keyboard, xkb::NameDetail::KEY_NAMES)?;
        let (map, names) = (map.reply()?, names.reply()?);
        let mut keymap = Self {
            first: map.first_key_sym,
            ..Self::default()
        };
        keymap.kinds = map.map.types_rtrn.unwrap_or_default();
        for sym_map in map.map.syms_rtrn.unwrap_or_default() {
            keymap.keys.push(Key {
                kinds: sym_map.kt_index,
                groups: (sym_map.group_info & 0x0f).min(4),
                group_info: sym_map.group_info,
                width: sym_map.width.into(),
                syms: sym_map.syms,
                modifiers: 0,
            });
        }
        for entry in map.map.modmap_rtrn.unwrap_or_default() {
            if let Some(key) = keymap.key_mut(entry.keycode) {
                key.modifiers = bits(entry.mods);
            }
        }
        let names_of_keys = names.value_list.key_names.unwrap_or_default();
        keymap.names = (names.first_key..=u8::MAX)
            .zip(names_of_keys)
            .map(|(code, key)| (key.name, code))
            .collect();
        keymap.find_modifiers();
        Ok(keymap)
    }

    fn find_modifiers(&mut self) {
        let mut holders = [None; 8];
        let (mut num_lock, mut command, mut levels) = (0, CONTROL, 0);
        for (keycode, key) in self.all() {
            let sym = key.sym(0, 0);
            if sym == NUM_LOCK_KEYSYM {
                num_lock |= key.modifiers;
            } else if COMMAND_KEYSYMS.contains(&sym) {
                command |= key.modifiers;
            } else if LEVEL_KEYSYMS.contains(&sym) {
                levels |= key.modifiers;
                // A key for two modifiers at once cannot hold one of them.
                if key.modifiers.count_ones() == 1 {
                    holders[key.modifiers.trailing_zeros() as usize].get_or_insert(keycode);
                }
            }
        }
        // Some layouts put levels and commands on one modifier; then it cannot be played with.
        self.level_mods = levels & !(command | num_lock | LOCK);
        self.num_lock = num_lock & !(command | LOCK | SHIFT);
        self.command_mods = command & !(SHIFT | LOCK);
        self.holders = holders;
    }

    fn all(&self) -> impl Iterator<Item = (u8, &Key)> {
        (self.first..=u8::MAX).zip(&self.keys)
    }

    fn key(&self, keycode: u8) -> Option<&Key> {
        self.keys.get(usize::from(keycode.checked_sub(self.first)?))
    }

    fn key_mut(&mut self, keycode: u8) -> Option<&mut Key> {
        self.keys.get_mut(usize::from(keycode.checked_sub(self.first)?))
    }

    /// Modifiers a key stands for.
    pub(super) fn modifiers(&self, keycode: u8) -> u8 {
        self.key(keycode).map_or(0, |key| key.modifiers)
    }

    /// Control, and what Alt, Meta and Super keys stand for.
    pub(super) fn command_mods(&self) -> u8 {
        self.command_mods
    }

    /// Modifiers that choose levels beyond Shift (AltGr).
    pub(super) fn third_levels(&self) -> u8 {
        self.level_mods & !SHIFT
    }

    pub(super) fn num_lock(&self) -> u8 {
        self.num_lock
    }

    /// A key that holds the one modifier while pressed.
    pub(super) fn holder(&self, modifier: u8) -> Option<u8> {
        self.holders
            .get(modifier.trailing_zeros() as usize)
            .copied()
            .flatten()
    }

    /// The key at a position.
    pub(super) fn at(&self, name: [u8; 4]) -> Option<u8> {
        self.names.get(&name).copied()
    }

    /// Keys that mean nothing in this layout, highest first: low ones are more likely to be real keys of some keyboard.
    pub(super) fn spare(&self) -> Vec<u8> {
        let mut spare: Vec<u8> = self
            .all()
            .filter(|(_, key)| key.is_empty())
            .map(|(code, _)| code)
            .collect();
        spare.reverse();
        spare
    }

    /// The key that means `sym` when pressed alone, in the current group or another.
    pub(super) fn plain(&self, sym: Keysym, group: u8) -> Option<u8> {
        let in_group = |key: &Key| key.group(group).is_some_and(|group| key.sym(group, 0) == sym);
        let in_any = |key: &Key| (0..key.groups).any(|group| key.sym(group, 0) == sym);
        let mut all = self.all();
        let found = all
            .find(|(_, key)| in_group(key))
            .or_else(|| self.all().find(|(_, key)| in_any(key)));
        found.map(|(keycode, _)| keycode)
    }

    /// The key that means `sym` right now, without touching anything.
    pub(super) fn current(&self, sym: Keysym, state: KeyboardState) -> Option<u8> {
        let means = |key: &Key| {
            let Some(group) = key.group(state.group) else {
                return false;
            };
            key.sym(group, self.level(key, group, state.mods).0) == sym
        };
        self.all().find(|(_, key)| means(key)).map(|(keycode, _)| keycode)
    }

    /// The key whose unshifted letter is this one in the current group, whatever its case: what shortcuts go by.
    pub(super) fn letter(&self, character: char, group: u8) -> Option<u8> {
        let (lower, _) = cases(character)?;
        let fits = |key: &Key| {
            key.group(group)
                .is_some_and(|group| char_of(key.sym(group, 0)) == Some(lower))
        };
        self.all().find(|(_, key)| fits(key)).map(|(keycode, _)| keycode)
    }

    /// The least disturbing way to type a character; `None` when the layout has none.
    pub(super) fn stroke(&self, search: Search) -> Option<Stroke> {
        let strokes = self
            .all()
            .flat_map(|(keycode, key)| self.strokes(keycode, key, search));
        strokes.min_by_key(|stroke| (stroke.cost(), Some(stroke.keycode) != search.near, stroke.keycode))
    }

    fn strokes(&self, keycode: u8, key: &Key, search: Search) -> Vec<Stroke> {
        let current = key.group(search.state.group);
        let mut found = Vec::new();
        for group in 0..key.groups {
            let has = (0..key.width).any(|level| char_of(key.sym(group, level)) == Some(search.character));
            if !has {
                continue;
            }
            let switch = (Some(group) != current).then_some(group);
            found.extend(self.strokes_in_group(keycode, key, group, switch, search));
        }
        found
    }

    /// Tries every combination of the modifiers that choose levels.
    fn strokes_in_group<'a>(
        &'a self,
        keycode: u8,
        key: &'a Key,
        group: u8,
        switch: Option<u8>,
        search: Search,
    ) -> impl Iterator<Item = Stroke> + 'a {
        let kind = self.kind(key, group);
        let kind_mods = kind.map_or(0, |kind| bits(kind.mods_mask));
        let playable = self.level_mods | SHIFT | LOCK | self.num_lock;
        let chosen = kind_mods & playable;
        let state = search.state;
        // What the key ignores stays, but for AltGr: programs may take it for a command.
        let unneeded = self.third_levels() & !kind_mods | search.unwanted;
        let base = state.mods & !chosen & !(unneeded & search.ours);
        let letter = search.character.is_alphabetic();
        subsets(chosen)
            .flat_map(move |subset| {
                // Caps Lock that the key ignores is applied by programs, each in its own way: unlock it for letters.
                let lock_off = [false, letter && base & LOCK != 0];
                lock_off
                    .into_iter()
                    .map(move |off| subset | if off { base & !LOCK } else { base })
            })
            .filter_map(move |mods| {
                let (level, consumed) = self.level(key, group, mods);
                if char_of(key.sym(group, level)) != Some(search.character) {
                    return None;
                }
                if letter && mods & LOCK & !consumed != 0 {
                    return None;
                }
                self.reach(keycode, mods, switch, search)
            })
    }

    /// The stroke that gets from the modifiers in force to the wanted ones, if there is one.
    fn reach(&self, keycode: u8, wanted: u8, group: Option<u8>, search: Search) -> Option<Stroke> {
        let state = search.state;
        let locks = LOCK | self.num_lock;
        let toggle = (state.mods ^ wanted) & locks;
        if toggle & state.mods & !state.locked != 0 {
            // In force because somebody holds the lock key down.
            return None;
        }
        let add = wanted & !state.mods & !locks;
        let lift = state.mods & !wanted & !locks;
        let holdable = (0..8u8)
            .filter(|bit| add & 1 << bit != 0)
            .all(|bit| self.holder(1 << bit).is_some());
        (holdable && lift & !search.ours == 0).then_some(Stroke {
            keycode,
            add,
            lift,
            toggle,
            group,
        })
    }

    fn kind(&self, key: &Key, group: u8) -> Option<&KeyType> {
        self.kinds.get(usize::from(*key.kinds.get(usize::from(group))?))
    }

    /// Level and consumed modifiers, as the XKB specification has it.
    fn level(&self, key: &Key, group: u8, mods: u8) -> (usize, u8) {
        let Some(kind) = self.kind(key, group) else {
            return (0, 0);
        };
        let mask = bits(kind.mods_mask);
        let entry = kind
            .map
            .iter()
            .position(|entry| entry.active && bits(entry.mods_mask) == mods & mask);
        let Some(at) = entry else { return (0, mask) };
        let preserved = kind.preserve.get(at).map_or(0, |preserve| bits(preserve.mask));
        (kind.map[at].level.into(), mask & !preserved)
    }
}

/// The eight real modifiers of a mask.
fn bits(mask: ModMask) -> u8 {
    (u16::from(mask) & 0xff) as u8
}

/// All subsets of the bits, the empty one first.
fn subsets(bits: u8) -> impl Iterator<Item = u8> {
    (0..=u8::MAX).filter(move |subset| subset & !bits == 0)
}
