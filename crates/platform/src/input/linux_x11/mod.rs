//! Keyboard and pointer of an X11 display through XTEST. Pointer and life cycle are here, keys in `keyboard`.

use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::xkb::ConnectionExt as _;
use x11rb::protocol::xproto::{BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, MOTION_NOTIFY_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::protocol::{xinput, xkb, xtest};

use super::{Button, InputError, InputSink, KeyEvent, Locks, WHEEL_NOTCHES_MAX};
use crate::DisplayTarget;
use crate::display::linux_x11::{Display, RequestFailure, connect};

mod device;
mod keyboard;
mod keymap;
mod keys;
pub(crate) mod keysyms;
mod legacy_keysyms;
mod lent;
mod settle;
mod spare;

use keyboard::Keyboard;

/// Units of a notch of the wheel.
const NOTCH: i32 = 120;

/// The detail of a motion that is told as a way and not as a place (XTEST 2.2, FakeInput).
const RELATIVE: u8 = 1;

pub(super) fn open(target: &DisplayTarget) -> Result<Box<dyn InputSink>, InputError> {
    let display = connect(target)?;
    Ok(Box::new(X11Input::new(display)?))
}

pub(super) fn release_stuck(target: &DisplayTarget) -> Result<(), InputError> {
    let display = connect(target)?;
    prepare(&display)?;
    device::release_everything(&display)?;
    lent::reclaim(&display)?;
    // Waits until it is done: the connection ends here.
    x11rb::wrapper::ConnectionExt::sync(&display.conn).map_err(RequestFailure::from)?;
    Ok(())
}

/// Checks for what input needs, and introduces us.
fn prepare(display: &Display) -> Result<(), RequestFailure> {
    for name in [
        xtest::X11_EXTENSION_NAME,
        xkb::X11_EXTENSION_NAME,
        xinput::X11_EXTENSION_NAME,
    ] {
        if display.conn.extension_information(name)?.is_none() {
            return Err(RequestFailure::Refused(format!(
                "the X server lacks the {name} extension"
            )));
        }
    }
    display.conn.xtest_get_version(2, 2)?.reply()?;
    display.conn.xkb_use_extension(1, 0)?.reply()?;
    Ok(())
}

struct X11Input {
    display: Display,
    keyboard: Keyboard,
    buttons: Vec<Button>,
    /// Parts of notches not played yet, across and down.
    wheel: (i32, i32),
    locks_told: Option<Locks>,
}

impl X11Input {
    fn new(display: Display) -> Result<Self, RequestFailure> {
        prepare(&display)?;
        device::stop_repeating(&display)?;
        let all_parts = xkb::MapPart::from(0xffu16);
        display.conn.xkb_select_events(
            xkb::ID::USE_CORE_KBD.into(),
            xkb::EventType::from(0u16),
            xkb::EventType::NEW_KEYBOARD_NOTIFY | xkb::EventType::MAP_NOTIFY | xkb::EventType::STATE_NOTIFY,
            all_parts,
            all_parts,
            &xkb::SelectEventsAux::new(),
        )?;
        let keyboard = Keyboard::new(&display)?;
        Ok(Self {
            display,
            keyboard,
            buttons: Vec::new(),
            wheel: (0, 0),
            locks_told: None,
        })
    }

    /// Takes in what the server has sent.
    fn pump(&mut self) -> Result<(), RequestFailure> {
        while let Some(event) = self.display.conn.poll_for_event()? {
            self.keyboard.note(&event);
        }
        Ok(())
    }

    fn fake(&self, event: u8, detail: u8) -> Result<(), RequestFailure> {
        self.display
            .conn
            .xtest_fake_input(event, detail, 0, x11rb::NONE, 0, 0, 0)?;
        Ok(())
    }

    fn flush(&self) -> Result<(), RequestFailure> {
        Ok(self.display.conn.flush()?)
    }

    fn play_button(&mut self, button: Button, down: bool) -> Result<(), RequestFailure> {
        let held = self.buttons.iter().position(|held| *held == button);
        match (held, down) {
            (None, true) => {
                self.fake(BUTTON_PRESS_EVENT, number(button))?;
                self.buttons.push(button);
            }
            (Some(at), false) => {
                self.fake(BUTTON_RELEASE_EVENT, number(button))?;
                self.buttons.remove(at);
            }
            _ => {}
        }
        self.flush()
    }

    fn play_wheel(&mut self, dx: i32, dy: i32) -> Result<(), RequestFailure> {
        let across = whole_notches(&mut self.wheel.0, dx);
        let down = whole_notches(&mut self.wheel.1, dy);
        // The wheel's buttons of the core protocol: 4 up, 5 down, 6 left, 7 right.
        for (notches, forward, backward) in [(down, 5, 4), (across, 7, 6)] {
            let button = if notches > 0 { forward } else { backward };
            for _ in 0..notches.abs() {
                self.fake(BUTTON_PRESS_EVENT, button)?;
                self.fake(BUTTON_RELEASE_EVENT, button)?;
            }
        }
        self.flush()
    }

    fn let_go(&mut self) -> Result<(), RequestFailure> {
        self.keyboard.release_all(&self.display)?;
        for button in std::mem::take(&mut self.buttons) {
            self.fake(BUTTON_RELEASE_EVENT, number(button))?;
        }
        self.wheel = (0, 0);
        self.flush()
    }

    fn read_locks(&mut self) -> Result<Locks, RequestFailure> {
        self.pump()?;
        self.keyboard.take_locks_news();
        let locks = self.keyboard.locks(&self.display)?;
        self.locks_told = Some(locks);
        Ok(locks)
    }
}

fn number(button: Button) -> u8 {
    match button {
        Button::Left => 1,
        Button::Middle => 2,
        Button::Right => 3,
        Button::Back => 8,
        Button::Forward => 9,
    }
}

/// Adds to the rest of earlier calls and takes whole notches out.
fn whole_notches(rest: &mut i32, more: i32) -> i32 {
    let sum = rest.saturating_add(more);
    *rest = sum % NOTCH;
    (sum / NOTCH).clamp(-WHEEL_NOTCHES_MAX, WHEEL_NOTCHES_MAX)
}

impl InputSink for X11Input {
    fn pointer_move(&mut self, x: i32, y: i32) -> Result<(), InputError> {
        let on_wire = |value: i32| value.clamp(0, i32::from(i16::MAX)) as i16;
        let (root, conn) = (self.display.root(), &self.display.conn);
        let moved = conn.xtest_fake_input(MOTION_NOTIFY_EVENT, 0, 0, root, on_wire(x), on_wire(y), 0);
        moved.map_err(RequestFailure::from)?;
        Ok(self.flush()?)
    }

    fn pointer_move_by(&mut self, dx: i32, dy: i32) -> Result<(), InputError> {
        let on_wire = |value: i32| value.clamp(-i32::from(i16::MAX), i32::from(i16::MAX)) as i16;
        let conn = &self.display.conn;
        let (dx, dy) = (on_wire(dx), on_wire(dy));
        let moved = conn.xtest_fake_input(MOTION_NOTIFY_EVENT, RELATIVE, 0, x11rb::NONE, dx, dy, 0);
        moved.map_err(RequestFailure::from)?;
        Ok(self.flush()?)
    }

    fn button(&mut self, button: Button, down: bool) -> Result<(), InputError> {
        Ok(self.play_button(button, down)?)
    }

    fn wheel(&mut self, dx: i32, dy: i32) -> Result<(), InputError> {
        Ok(self.play_wheel(dx, dy)?)
    }

    fn key(&mut self, event: &KeyEvent) -> Result<(), InputError> {
        self.pump()?;
        self.keyboard.key(&self.display, event)?;
        Ok(self.flush()?)
    }

    fn text(&mut self, text: &str) -> Result<(), InputError> {
        self.pump()?;
        self.keyboard.text(&self.display, text)?;
        Ok(self.flush()?)
    }

    fn release_all(&mut self) -> Result<(), InputError> {
        Ok(self.let_go()?)
    }

    fn release_keys(&mut self) -> Result<(), InputError> {
        self.keyboard.release_all(&self.display)?;
        Ok(self.flush()?)
    }

    fn holds(&self) -> bool {
        self.keyboard.holds() || !self.buttons.is_empty()
    }

    fn locks(&mut self) -> Result<Locks, InputError> {
        Ok(self.read_locks()?)
    }

    fn changed_locks(&mut self) -> Result<Option<Locks>, InputError> {
        self.pump()?;
        if !self.keyboard.take_locks_news() {
            return Ok(None);
        }
        let told = self.locks_told;
        let locks = self.read_locks()?;
        Ok((told != Some(locks)).then_some(locks))
    }
}

impl Drop for X11Input {
    fn drop(&mut self) {
        let let_go = self.let_go();
        let restored = self.keyboard.restore(&self.display);
        let synced = x11rb::wrapper::ConnectionExt::sync(&self.display.conn);
        if let_go.is_err() || restored.is_err() || synced.is_err() {
            // A lost display holds nothing any more.
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_notches_add_up() {
        let mut rest = 0;
        assert_eq!(whole_notches(&mut rest, 100), 0);
        assert_eq!(whole_notches(&mut rest, 30), 1);
        assert_eq!(rest, 10);
        assert_eq!(whole_notches(&mut rest, -250), -2);
        assert_eq!(rest, 0);
        assert_eq!(whole_notches(&mut rest, i32::MAX), WHEEL_NOTCHES_MAX);
        assert_eq!(whole_notches(&mut rest, i32::MIN), -WHEEL_NOTCHES_MAX);
    }
}
