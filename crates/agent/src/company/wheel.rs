//! Who drives, as the input threads ask it before every key: only the driver's input is played, and not before the last driver's
//! keys and buttons are released.
//!
//! ```text
//! driver A plays ──▶ hands on: A ──B drives now──▶ A's thread releases, lets go ──▶ B's thread plays, hands on: B
//! ```

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use farol_protocol::pipe::message::company::PersonId;

/// How long the new driver's input waits for the old one's keys to be released. A display that takes longer hangs; the input is
/// refused then, and tried again with the next.
const RELEASE_TIME: Duration = Duration::from_secs(1);

/// Shared by all input threads.
#[derive(Debug, Default)]
pub(super) struct Wheel {
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct State {
    driver: Option<PersonId>,
    /// The hold whose keys may be down.
    hands_on: Option<u64>,
    last_hold: u64,
}

impl Wheel {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who drives from now on. The hands of who did have to be told to look.
    pub(super) fn set_driver(&self, driver: Option<PersonId>) {
        self.lock().driver = driver;
    }

    pub(super) fn hold(self: &Arc<Self>, person: PersonId) -> Hold {
        let mut state = self.lock();
        state.last_hold += 1;
        Hold {
            wheel: Arc::clone(self),
            person,
            id: state.last_hold,
        }
    }
}

/// Whether somebody may play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grip {
    /// Drives, and has the hands on.
    Mine,
    /// Somebody else drives, or nobody.
    Watching,
    /// Drives, and the last driver's keys are still down after [`RELEASE_TIME`].
    Busy,
}

/// What an input thread has of the wheel. Dropping it, after everything was released, lets go.
#[derive(Debug)]
pub struct Hold {
    wheel: Arc<Wheel>,
    person: PersonId,
    id: u64,
}

impl Hold {
    /// Of somebody who is alone and drives.
    #[cfg(test)]
    pub(crate) fn alone() -> Self {
        let wheel = Arc::new(Wheel::default());
        wheel.set_driver(Some(1));
        wheel.hold(1)
    }

    /// Of somebody who drives, and of who drove before and does not let go.
    #[cfg(test)]
    pub(crate) fn after_another() -> (Self, Self) {
        let wheel = Arc::new(Wheel::default());
        let (last, next) = (wheel.hold(1), wheel.hold(2));
        wheel.set_driver(Some(1));
        assert_eq!(last.grip(), Grip::Mine);
        wheel.set_driver(Some(2));
        (next, last)
    }

    /// Whether this one may play now; it has its hands on then, until it lets go. Waits a moment for those of the last driver.
    pub(crate) fn grip(&self) -> Grip {
        let state = self.wheel.lock();
        let waits = |state: &mut State| {
            state.driver == Some(self.person) && state.hands_on.is_some_and(|on| on != self.id)
        };
        let waited = self.wheel.released.wait_timeout_while(state, RELEASE_TIME, waits);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.driver != Some(self.person) {
            return Grip::Watching;
        }
        if state.hands_on.is_some_and(|on| on != self.id) {
            return Grip::Busy;
        }
        state.hands_on = Some(self.id);
        Grip::Mine
    }

    /// Whether this one has its hands on and somebody else, or nobody, drives: everything has to be released.
    pub(crate) fn is_to_let_go(&self) -> bool {
        let state = self.wheel.lock();
        state.hands_on == Some(self.id) && state.driver != Some(self.person)
    }

    /// Everything is released.
    pub(crate) fn let_go(&self) {
        let mut state = self.wheel.lock();
        if state.hands_on == Some(self.id) {
            state.hands_on = None;
            drop(state);
            self.wheel.released.notify_all();
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.let_go();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_driver_waits_until_the_last_one_let_go() {
        let wheel = Arc::new(Wheel::default());
        let (ana, bruno) = (wheel.hold(1), wheel.hold(2));
        assert_eq!(ana.grip(), Grip::Watching, "nobody drives");
        wheel.set_driver(Some(1));
        assert_eq!(
            [ana.grip(), ana.grip(), bruno.grip()],
            [Grip::Mine, Grip::Mine, Grip::Watching]
        );
        wheel.set_driver(Some(2));
        assert!(ana.is_to_let_go() && !bruno.is_to_let_go());
        assert_eq!(ana.grip(), Grip::Watching, "not any more");
        let order = Arc::new(Mutex::new(Vec::new()));
        let waiting = {
            let order = Arc::clone(&order);
            std::thread::spawn(move || {
                let gripped = bruno.grip();
                order.lock().unwrap().push("gripped");
                (gripped, bruno)
            })
        };
        order.lock().unwrap().push("released");
        ana.let_go();
        let (gripped, bruno) = waiting.join().unwrap();
        assert_eq!(gripped, Grip::Mine);
        assert_eq!(*order.lock().unwrap(), ["released", "gripped"]);
        wheel.set_driver(Some(1));
        drop(bruno);
        assert_eq!(ana.grip(), Grip::Mine, "who is gone holds nothing");
    }

    #[test]
    fn whose_keys_stay_down_keeps_others_from_playing() {
        let wheel = Arc::new(Wheel::default());
        let (ana, bruno) = (wheel.hold(1), wheel.hold(2));
        wheel.set_driver(Some(1));
        assert_eq!(ana.grip(), Grip::Mine);
        wheel.set_driver(Some(2));
        assert_eq!(bruno.grip(), Grip::Busy, "after a while it is refused");
    }
}
