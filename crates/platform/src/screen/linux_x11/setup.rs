//! What a display must offer to be captured, and turning on the events we need.

use x11rb::connection::RequestConnection;
use x11rb::protocol::damage::ConnectionExt as _;
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xfixes::{ConnectionExt as _, CursorNotifyMask};
use x11rb::protocol::xinput::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, EventMask};
use x11rb::protocol::{damage, shm, xfixes};

use crate::display::linux_x11::{Display, RequestFailure, pixel_format};

/// An X server inside of a Wayland session announces itself by this extension; its root window stays black.
const XWAYLAND_EXTENSION: &str = "XWAYLAND";

/// What the display offers beyond the necessary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offers {
    /// Frames can live in shared memory.
    pub(super) shared_memory: bool,
    /// The list of monitors can be asked for.
    pub(super) monitors: bool,
}

/// Refuses displays that cannot be captured, naming what is missing.
pub(super) fn check(display: &Display, local: bool) -> Result<Offers, RequestFailure> {
    let has =
        |name| -> Result<bool, RequestFailure> { Ok(display.conn.extension_information(name)?.is_some()) };
    if display
        .conn
        .query_extension(XWAYLAND_EXTENSION.as_bytes())?
        .reply()?
        .present
    {
        return refused("it is the X11 side of a Wayland session, which cannot see the desktop".into());
    }
    for name in [damage::X11_EXTENSION_NAME, xfixes::X11_EXTENSION_NAME] {
        if !has(name)? {
            return refused(format!("the X server lacks the {name} extension"));
        }
    }
    pixel_format::check(display)?;
    display.conn.xfixes_query_version(5, 0)?.reply()?;
    display.conn.damage_query_version(1, 1)?.reply()?;
    let shared_memory = local && has(shm::X11_EXTENSION_NAME)? && {
        let version = display.conn.shm_query_version()?.reply()?;
        (version.major_version, version.minor_version) >= (1, 2)
    };
    let monitors = has(randr::X11_EXTENSION_NAME)? && {
        let version = display.conn.randr_query_version(1, 5)?.reply()?;
        (version.major_version, version.minor_version) >= (1, 5)
    };
    Ok(Offers {
        shared_memory,
        monitors,
    })
}

fn refused<T>(reason: String) -> Result<T, RequestFailure> {
    Err(RequestFailure::Refused(reason))
}

/// Asks for all events but damage and screen saver, which their modules ask for.
pub(super) fn select_events(display: &Display, offers: Offers) -> Result<(), RequestFailure> {
    let (conn, root) = (&display.conn, display.root());
    conn.xfixes_select_cursor_input(root, CursorNotifyMask::DISPLAY_CURSOR)?;
    if offers.monitors {
        let changes = randr::NotifyMask::SCREEN_CHANGE
            | randr::NotifyMask::CRTC_CHANGE
            | randr::NotifyMask::OUTPUT_CHANGE;
        conn.randr_select_input(root, changes)?;
    }
    if conn.extension_information(xinput::X11_EXTENSION_NAME)?.is_some() {
        conn.xinput_xi_query_version(2, 2)?.reply()?;
        let motion = xinput::EventMask {
            deviceid: xinput::Device::ALL_MASTER.into(),
            mask: vec![xinput::XIEventMask::RAW_MOTION],
        };
        conn.xinput_xi_select_events(root, &[motion])?;
    }
    // The root's own size, and top-level windows appearing: lock screens are such windows.
    let events = EventMask::STRUCTURE_NOTIFY | EventMask::SUBSTRUCTURE_NOTIFY;
    conn.change_window_attributes(root, &ChangeWindowAttributesAux::new().event_mask(events))?;
    Ok(())
}
