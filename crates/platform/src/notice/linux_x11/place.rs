//! Where our windows stand and how large they are: the monitor, and how many pixels the desktop gives a letter.

use x11rb::connection::RequestConnection;
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _};

use crate::Rect;
use crate::display::linux_x11::{Display, RequestFailure, layout};
use crate::notice::draw::Scale;

/// Between a window and the edge of the screen.
const MARGIN: i64 = 8;

/// Longest list of resources read, in units of 4 bytes; desktops have some hundred bytes.
const RESOURCES_MAX: u32 = 64 * 1024;

/// The monitor we show things on: the main one.
pub(super) fn monitor(display: &Display) -> Result<Rect, RequestFailure> {
    let conn = &display.conn;
    let monitors = conn.extension_information(randr::X11_EXTENSION_NAME)?.is_some() && {
        let version = conn.randr_query_version(1, 5)?.reply()?;
        (version.major_version, version.minor_version) >= (1, 5)
    };
    let layout = layout::read(display, monitors)?;
    let whole = Rect::new(0, 0, layout.width, layout.height);
    Ok(layout.monitors.first().map_or(whole, |monitor| monitor.area))
}

/// How large the person wants things: what the desktop says, else a guess from the monitor's pixels.
pub(super) fn scale(display: &Display, monitor: Rect) -> Result<Scale, RequestFailure> {
    let name = AtomEnum::RESOURCE_MANAGER;
    let resources = display
        .conn
        .get_property(false, display.root(), name, AtomEnum::STRING, 0, RESOURCES_MAX)?
        .reply()?;
    let wanted = dots_per_inch(&String::from_utf8_lossy(&resources.value)).map(|dots| dots / 96.0);
    Ok(Scale::new(wanted.unwrap_or_else(|| guess(monitor.height))))
}

/// The value that desktops set for programs of the X toolkit tradition.
fn dots_per_inch(resources: &str) -> Option<f32> {
    let value = resources.lines().find_map(|line| line.strip_prefix("Xft.dpi:"))?;
    value.trim().parse().ok().filter(|dots| *dots > 0.0)
}

/// Monitors of one size have more rows the denser they are.
fn guess(rows: u32) -> f32 {
    match rows {
        0..1400 => 1.0,
        1400..2000 => 1.25,
        _ => 2.0,
    }
}

/// The prompt's place: in the middle, a little above, clear of the strip. What does not fit loses its top: the buttons
/// are at the bottom.
pub(super) fn prompt(monitor: Rect, (width, height): (u32, u32), strip: u32) -> Rect {
    let x = i64::from(monitor.x) + (i64::from(monitor.width) - i64::from(width)) / 2;
    let spare = i64::from(monitor.height) - i64::from(height);
    let wanted = i64::from(monitor.y) + (spare * 2 / 5).max(i64::from(strip) + MARGIN);
    let y = wanted.min(monitor.bottom() - MARGIN - i64::from(height));
    Rect::new(small(x.max(monitor.x.into())), small(y), width, height)
}

/// Below the chat: desktops have their bar there.
const CHAT_MARGIN: i64 = 56;

/// Between the chat and the right edge of the screen.
const CHAT_ASIDE: i64 = 16;

/// The chat's place: at the bottom on the right, in nobody's way.
pub(super) fn chat(monitor: Rect, (width, height): (u32, u32), strip: u32) -> Rect {
    let x = monitor.right() - CHAT_ASIDE - i64::from(width);
    let highest = i64::from(monitor.y) + i64::from(strip) + MARGIN;
    let y = (monitor.bottom() - CHAT_MARGIN - i64::from(height)).max(highest);
    Rect::new(small(x.max(monitor.x.into())), small(y), width, height)
}

/// Most rows of a chat.
pub(super) fn chat_height(monitor: Rect, strip: u32) -> u32 {
    let taken = i64::from(strip) + MARGIN + CHAT_MARGIN;
    u32::try_from(i64::from(monitor.height) - taken).unwrap_or(0)
}

/// Whether a prompt of this size fits beside the strip.
pub(super) fn fits(monitor: Rect, (width, height): (u32, u32), strip: u32) -> bool {
    i64::from(width) + 2 * MARGIN <= i64::from(monitor.width)
        && i64::from(height) + i64::from(strip) + 2 * MARGIN <= i64::from(monitor.height)
}

/// The strip's place: at the top, around `center` if somebody dragged it there, within the monitor.
pub(super) fn strip(monitor: Rect, (width, height): (u32, u32), center: Option<i32>) -> Rect {
    let middle = i64::from(monitor.x) + i64::from(monitor.width) / 2;
    let center = center.map_or(middle, i64::from);
    let last = (monitor.right() - i64::from(width)).max(monitor.x.into());
    let x = (center - i64::from(width) / 2).clamp(monitor.x.into(), last);
    Rect::new(small(x), monitor.y, width, height)
}

/// Widest strip on a monitor.
pub(super) fn strip_width(monitor: Rect) -> u32 {
    monitor.width
}

/// Desktops are far smaller than the type; what is not gets the nearest value.
fn small(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONITOR: Rect = Rect::new(1920, 100, 1280, 800);

    #[test]
    fn dots_from_resources() {
        assert_eq!(dots_per_inch("Xft.hinting:\t1\nXft.dpi:\t192\n"), Some(192.0));
        assert_eq!(dots_per_inch("Xft.dpi:\t-3\n"), None);
        assert_eq!(dots_per_inch("Xft.dpi:\tmany\n"), None);
        assert_eq!(dots_per_inch(""), None);
        assert_eq!((guess(1080), guess(1440), guess(2160)), (1.0, 1.25, 2.0));
    }

    #[test]
    fn prompts_are_in_view() {
        let place = prompt(MONITOR, (440, 300), 36);
        assert_eq!((place.x, place.width), (1920 + 420, 440));
        assert!(place.y > 100 + 36 && place.bottom() < MONITOR.bottom());
        assert!(fits(MONITOR, (440, 300), 36) && !fits(MONITOR, (440, 780), 36));
        let tall = prompt(MONITOR, (440, 900), 36);
        assert!(tall.bottom() < MONITOR.bottom(), "the buttons are in view");
    }

    #[test]
    fn the_chat_is_in_its_corner() {
        let place = chat(MONITOR, (380, 460), 36);
        assert_eq!(
            (place.right(), place.bottom()),
            (MONITOR.right() - 16, MONITOR.bottom() - 56)
        );
        let height = chat_height(MONITOR, 36);
        let tall = chat(MONITOR, (380, height), 36);
        assert_eq!((tall.y, tall.bottom()), (100 + 36 + 8, place.bottom()));
        assert_eq!(chat_height(Rect::new(0, 0, 100, 50), 36), 0);
        assert_eq!(chat(MONITOR, (5000, 460), 36).x, MONITOR.x);
    }

    #[test]
    fn strips_stay_on_the_monitor() {
        assert_eq!(
            strip(MONITOR, (400, 36), None),
            Rect::new(1920 + 440, 100, 400, 36)
        );
        assert_eq!(strip(MONITOR, (400, 36), Some(0)).x, 1920);
        assert_eq!(strip(MONITOR, (400, 36), Some(90_000)).right(), MONITOR.right());
        assert_eq!(strip(MONITOR, (4000, 36), Some(90_000)).x, 1920);
    }
}
