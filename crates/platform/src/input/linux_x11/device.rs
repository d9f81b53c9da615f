//! The virtual keyboard and pointer that XTEST presses keys on: its own repeating, and what it holds.

use x11rb::protocol::xinput::{self, ConnectionExt as _, DeviceType, InputStateData};
use x11rb::protocol::xkb::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{BUTTON_RELEASE_EVENT, KEY_RELEASE_EVENT, ModMask};
use x11rb::protocol::xtest::ConnectionExt as _;

use crate::display::linux_x11::{Display, RequestFailure};

/// The ids of the keyboard and the pointer; ids beyond a byte cannot be asked by the requests used here.
fn devices(display: &Display) -> Result<(Option<u8>, Option<u8>), RequestFailure> {
    let (mut keyboard, mut pointer) = (None, None);
    display.conn.xinput_xi_query_version(2, 0)?.reply()?;
    for device in display
        .conn
        .xinput_xi_query_device(xinput::Device::ALL)?
        .reply()?
        .infos
    {
        let is_virtual = String::from_utf8_lossy(&device.name).contains("XTEST");
        let id = u8::try_from(device.deviceid).ok().filter(|_| is_virtual);
        match device.type_ {
            DeviceType::SLAVE_KEYBOARD if id.is_some() => keyboard = id,
            DeviceType::SLAVE_POINTER if id.is_some() => pointer = id,
            _ => {}
        }
    }
    Ok((keyboard, pointer))
}

/// Turns the repeating of held keys off, for this virtual keyboard only: the technician's repeats are the only ones,
/// so a lost connection leaves no key running.
pub(super) fn stop_repeating(display: &Display) -> Result<(), RequestFailure> {
    let Some(keyboard) = devices(display)?.0 else {
        return Ok(());
    };
    let none = ModMask::from(0u16);
    let vmods = xkb::VMod::from(0u16);
    let options = xkb::AXOption::from(0u16);
    let off = xkb::BoolCtrl::from(0u16);
    display.conn.xkb_set_controls(
        keyboard.into(),
        none,
        none,
        none,
        none,
        vmods,
        vmods,
        vmods,
        vmods,
        0,
        0,
        options,
        xkb::BoolCtrl::REPEAT_KEYS,
        off,
        xkb::Control::CONTROLS_ENABLED,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        off,
        off,
        options,
        options,
        &[0; 32],
    )?;
    Ok(())
}

/// Lets go of every key and button that the virtual devices hold, whoever pressed it.
pub(super) fn release_everything(display: &Display) -> Result<(), RequestFailure> {
    let (keyboard, pointer) = devices(display)?;
    for device in [keyboard, pointer].into_iter().flatten() {
        for class in display.conn.xinput_query_device_state(device)?.reply()?.classes {
            let (event, down) = match class.data {
                InputStateData::Key(keys) => (KEY_RELEASE_EVENT, keys.keys),
                InputStateData::Button(buttons) => (BUTTON_RELEASE_EVENT, buttons.buttons),
                _ => continue,
            };
            for code in (0..=u8::MAX).filter(|code| down[usize::from(code / 8)] >> (code % 8) & 1 == 1) {
                display
                    .conn
                    .xtest_fake_input(event, code, 0, x11rb::NONE, 0, 0, 0)?;
            }
        }
    }
    Ok(())
}
