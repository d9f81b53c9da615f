//! An input sink that writes down what it was told. [`FakeInput::new`] gives the sink and the record.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Button, InputError, InputSink, KeyEvent, Locks};

/// One call on a [`FakeInput`], as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FakeInputEvent {
    /// [`InputSink::pointer_move`].
    PointerMove(i32, i32),
    /// [`InputSink::pointer_move_by`].
    PointerMoveBy(i32, i32),
    /// [`InputSink::button`].
    Button(Button, bool),
    /// [`InputSink::wheel`].
    Wheel(i32, i32),
    /// [`InputSink::key`].
    Key(KeyEvent),
    /// [`InputSink::text`].
    Text(String),
    /// [`InputSink::release_all`].
    ReleaseAll,
    /// [`InputSink::release_keys`].
    ReleaseKeys,
    /// The sink was dropped; everything is let go.
    Dropped,
}

#[derive(Debug, Default)]
struct Record {
    events: Vec<FakeInputEvent>,
    locks: Locks,
    locks_changed: bool,
    lost: Option<String>,
}

#[derive(Debug, Default)]
struct Shared {
    record: Mutex<Record>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sink side: give it to the code under test.
#[derive(Debug)]
pub struct FakeInput {
    shared: Arc<Shared>,
    keys: BTreeSet<String>,
    buttons: BTreeSet<Button>,
}

impl FakeInput {
    /// A sink and its record.
    #[allow(
        clippy::new_ret_no_self,
        reason = "a fake is always made together with its record"
    )]
    pub fn new() -> (FakeInput, FakeInputRecord) {
        let shared = Arc::new(Shared::default());
        (
            FakeInput {
                shared: Arc::clone(&shared),
                keys: BTreeSet::new(),
                buttons: BTreeSet::new(),
            },
            FakeInputRecord { shared },
        )
    }

    fn note(&self, event: FakeInputEvent) -> Result<(), InputError> {
        let mut record = self.shared.lock();
        if let Some(reason) = &record.lost {
            return Err(InputError::Lost(reason.clone()));
        }
        record.events.push(event);
        self.shared.changed.notify_all();
        Ok(())
    }
}

fn turn<Held: Ord>(held: &mut BTreeSet<Held>, one: Held, down: bool) {
    if down {
        held.insert(one);
    } else {
        held.remove(&one);
    }
}

impl InputSink for FakeInput {
    fn pointer_move(&mut self, x: i32, y: i32) -> Result<(), InputError> {
        self.note(FakeInputEvent::PointerMove(x, y))
    }

    fn pointer_move_by(&mut self, dx: i32, dy: i32) -> Result<(), InputError> {
        self.note(FakeInputEvent::PointerMoveBy(dx, dy))
    }

    fn button(&mut self, button: Button, down: bool) -> Result<(), InputError> {
        self.note(FakeInputEvent::Button(button, down))?;
        turn(&mut self.buttons, button, down);
        Ok(())
    }

    fn wheel(&mut self, dx: i32, dy: i32) -> Result<(), InputError> {
        self.note(FakeInputEvent::Wheel(dx, dy))
    }

    fn key(&mut self, event: &KeyEvent) -> Result<(), InputError> {
        self.note(FakeInputEvent::Key(event.clone()))?;
        turn(&mut self.keys, event.code.clone(), event.down);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), InputError> {
        self.note(FakeInputEvent::Text(text.to_owned()))
    }

    fn release_all(&mut self) -> Result<(), InputError> {
        self.keys.clear();
        self.buttons.clear();
        self.note(FakeInputEvent::ReleaseAll)
    }

    fn release_keys(&mut self) -> Result<(), InputError> {
        self.keys.clear();
        self.note(FakeInputEvent::ReleaseKeys)
    }

    fn holds(&self) -> bool {
        !(self.keys.is_empty() && self.buttons.is_empty())
    }

    fn locks(&mut self) -> Result<Locks, InputError> {
        let mut record = self.shared.lock();
        record.locks_changed = false;
        Ok(record.locks)
    }

    fn changed_locks(&mut self) -> Result<Option<Locks>, InputError> {
        let mut record = self.shared.lock();
        Ok(std::mem::take(&mut record.locks_changed).then_some(record.locks))
    }
}

impl Drop for FakeInput {
    fn drop(&mut self) {
        self.shared.lock().events.push(FakeInputEvent::Dropped);
        self.shared.changed.notify_all();
    }
}

/// What a [`FakeInput`] was told, and the machine's side of it. Clones share one record.
#[derive(Debug, Clone)]
pub struct FakeInputRecord {
    shared: Arc<Shared>,
}

impl FakeInputRecord {
    /// Everything so far, in order.
    pub fn events(&self) -> Vec<FakeInputEvent> {
        self.shared.lock().events.clone()
    }

    /// Takes everything so far out of the record.
    pub fn take(&self) -> Vec<FakeInputEvent> {
        std::mem::take(&mut self.shared.lock().events)
    }

    /// Waits until `enough` says so of the events so far; false when the time was over first.
    pub fn wait_for(&self, within: Duration, mut enough: impl FnMut(&[FakeInputEvent]) -> bool) -> bool {
        let deadline = Instant::now() + within;
        let mut record = self.shared.lock();
        while !enough(&record.events) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            record = self
                .shared
                .changed
                .wait_timeout(record, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    /// Somebody at the machine presses a lock key.
    pub fn set_locks(&self, locks: Locks) {
        let mut record = self.shared.lock();
        record.locks = locks;
        record.locks_changed = true;
    }

    /// Takes the display away: all later calls fail.
    pub fn lose(&self, reason: &str) {
        self.shared.lock().lost = Some(reason.to_owned());
    }
}
