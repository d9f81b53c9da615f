//! Keycodes that mean nothing in the machine's layout, lent to characters that it lacks.
//!
//! Programs learn of a new binding before the key press that uses it, but many look the key up later, in the layout as it
//! is by then, and reading a changed layout takes some of them tens of milliseconds. So a binding stays until the program
//! has seen the key (`settle`), or for a while where that cannot be known; and the one unused longest goes first.

use std::time::{Duration, Instant};

use super::keysyms::{Keysym, cases, keysym_of};

/// How long a binding stays at least after its last use if the program does not tell what it has seen.
pub(super) const REST: Duration = Duration::from_millis(250);
/// Most keycodes taken; more is never needed at once, and other programs may look for free ones, too.
const SLOTS_MAX: usize = 24;

#[derive(Debug, Clone, Copy)]
struct Slot {
    keycode: u8,
    /// Bound to something by us.
    bound: bool,
    /// Last use that some program may not have seen yet.
    used: Option<Instant>,
    /// Counts uses over all slots.
    turn: u64,
}

/// What to do before a keycode may be bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) keycode: u8,
    /// How long to wait, unless the program has seen everything; zero for a keycode that nobody waits for.
    pub(super) rest: Duration,
}

/// The pool of one sink.
#[derive(Debug, Default)]
pub(super) struct Spares {
    slots: Vec<Slot>,
    turns: u64,
}

impl Spares {
    /// Takes in which keycodes the layout leaves free now. Ours are not free in it, unless somebody loaded a layout anew.
    pub(super) fn update(&mut self, free: &[u8]) {
        for slot in &mut self.slots {
            slot.bound &= !free.contains(&slot.keycode);
        }
        self.slots
            .retain(|slot| slot.bound || free.contains(&slot.keycode));
        for keycode in free {
            if self.slots.len() < SLOTS_MAX && self.slots.iter().all(|slot| slot.keycode != *keycode) {
                self.slots.push(Slot {
                    keycode: *keycode,
                    bound: false,
                    used: None,
                    turn: 0,
                });
            }
        }
    }

    /// The keycode to bind next; `None` when all are held down or there are none.
    pub(super) fn claim(&mut self, held: &[u8], now: Instant) -> Option<Claim> {
        let turn = self.next_turn();
        let not_held = self.slots.iter_mut().filter(|slot| !held.contains(&slot.keycode));
        let slot = not_held.min_by_key(|slot| slot.turn)?;
        let rest = rest_left(slot.used, now);
        *slot = Slot {
            bound: true,
            used: Some(now),
            turn,
            ..*slot
        };
        Some(Claim {
            keycode: slot.keycode,
            rest,
        })
    }

    /// A key was pressed; if it is one of ours, its binding stays for longer.
    pub(super) fn touch(&mut self, keycode: u8, now: Instant) {
        let turn = self.next_turn();
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.keycode == keycode) {
            *slot = Slot {
                used: Some(now),
                turn,
                ..*slot
            };
        }
    }

    /// The program has seen everything typed so far.
    pub(super) fn settled(&mut self) {
        for slot in &mut self.slots {
            slot.used = None;
        }
    }

    fn next_turn(&mut self) -> u64 {
        self.turns += 1;
        self.turns
    }

    /// All keycodes that we bound, and how long they should rest before they are given back.
    pub(super) fn give_back(&mut self, now: Instant) -> (Vec<u8>, Duration) {
        let bound: Vec<Slot> = self.slots.drain(..).filter(|slot| slot.bound).collect();
        let last = bound.iter().filter_map(|slot| slot.used).max();
        (
            bound.iter().map(|slot| slot.keycode).collect(),
            rest_left(last, now),
        )
    }
}

fn rest_left(used: Option<Instant>, now: Instant) -> Duration {
    used.map_or(Duration::ZERO, |used| {
        REST.saturating_sub(now.saturating_duration_since(used))
    })
}

/// What to bind a keycode to for a character: letters come with both cases, so that Shift and Caps Lock work on them.
pub(super) fn binding(character: char) -> Vec<Keysym> {
    match cases(character) {
        Some((lower, upper)) => vec![keysym_of(lower), keysym_of(upper)],
        None => vec![keysym_of(character)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unused_goes_first_and_rests() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut spares = Spares::default();
        spares.update(&[200, 201]);
        assert_eq!(
            spares.claim(&[], start),
            Some(Claim {
                keycode: 200,
                rest: Duration::ZERO
            })
        );
        assert_eq!(
            spares.claim(&[], start),
            Some(Claim {
                keycode: 201,
                rest: Duration::ZERO
            })
        );
        spares.touch(200, at(50));
        let rest = REST - Duration::from_millis(60);
        assert_eq!(spares.claim(&[], at(60)), Some(Claim { keycode: 201, rest }));
        assert_eq!(
            spares.claim(&[200, 201], at(60)),
            None,
            "held keys are never bound anew"
        );
        spares.settled();
        assert_eq!(
            spares.claim(&[], at(61)),
            Some(Claim {
                keycode: 200,
                rest: Duration::ZERO
            })
        );
    }

    #[test]
    fn a_new_layout_takes_bindings_away() {
        let now = Instant::now();
        let mut spares = Spares::default();
        spares.update(&[200, 201]);
        spares.claim(&[], now);
        // As the server tells it after the binding.
        spares.update(&[201]);
        assert_eq!(spares.give_back(now).0, [200]);
        spares.update(&[200, 201]);
        spares.claim(&[], now);
        spares.update(&[200]);
        assert!(
            spares.give_back(now).0.is_empty(),
            "the layout uses 201 itself now, and 200 is free again"
        );
    }

    #[test]
    fn bindings_carry_both_cases() {
        assert_eq!(binding('É'), [0xe9, 0xc9]);
        assert_eq!(binding('€'), [0x20ac]);
    }
}
