//! Size and monitors of the desktop.

use x11rb::protocol::randr::{ConnectionExt as _, MonitorInfo};
use x11rb::protocol::xproto::ConnectionExt as _;

use super::{Display, RequestFailure};
use crate::{Layout, Monitor, Rect};

/// Most monitors told; walls have some dozen.
const MONITORS_MAX: usize = 64;

/// Asks the server: two round trips and one for each monitor.
pub(crate) fn read(display: &Display, monitors: bool) -> Result<Layout, RequestFailure> {
    let geometry = display.conn.get_geometry(display.root())?;
    let infos = match monitors {
        true => {
            display
                .conn
                .randr_get_monitors(display.root(), true)?
                .reply()?
                .monitors
        }
        false => Vec::new(),
    };
    let geometry = geometry.reply()?;
    let (width, height) = (u32::from(geometry.width), u32::from(geometry.height));
    let mut monitors = Vec::new();
    for info in infos.iter().take(MONITORS_MAX) {
        monitors.extend(monitor(display, info, width, height)?);
    }
    monitors.sort_by_key(|monitor: &Monitor| (!monitor.primary, monitor.area.x, monitor.area.y));
    Ok(Layout {
        width,
        height,
        monitors,
    })
}

fn monitor(
    display: &Display,
    info: &MonitorInfo,
    width: u32,
    height: u32,
) -> Result<Option<Monitor>, RequestFailure> {
    let area = Rect::new(
        info.x.into(),
        info.y.into(),
        info.width.into(),
        info.height.into(),
    );
    let Some(area) = area.clipped(width, height) else {
        return Ok(None);
    };
    let name = display.conn.get_atom_name(info.name)?.reply()?.name;
    Ok(Some(Monitor {
        name: String::from_utf8_lossy(&name).into_owned(),
        area,
        primary: info.primary,
    }))
}
