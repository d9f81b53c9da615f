//! Looking at a display the way nobody is measured: what is on it, when it last changed, which numbered picture it shows.
//!
//! Pictures go into files as RGBA rows, top first, without gaps: what a browser's `getImageData` gives.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::damage::{ConnectionExt as _, ReportLevel};
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, ImageFormat, KeyButMask, Screen,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::marks;
use crate::paint::{Picture, Theme, photo};
use crate::window::Window;

/// How often a display is asked which numbered picture it shows.
const LOOK: Duration = Duration::from_millis(4);
/// How long to wait between two looks for damage.
const DAMAGE_LOOK: Duration = Duration::from_millis(5);

/// A rectangle of the screen: left, top, width, height.
pub(crate) type Area = (i16, i16, u16, u16);

/// Microseconds since 1970, the clock that browsers have, too.
pub(crate) fn now_us() -> Result<u128> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())
}

/// A connection that only looks.
struct Display {
    connection: RustConnection,
    screen: Screen,
}

impl Display {
    fn open() -> Result<Self> {
        let (connection, number) =
            x11rb::connect(None).context("the display named by DISPLAY does not answer")?;
        let roots = &connection.setup().roots;
        let screen = roots.get(number).cloned();
        let screen = screen.ok_or_else(|| anyhow!("the display has no such screen"))?;
        if screen.root_depth != 24 {
            bail!(
                "the display has {} bits a pixel; this needs 24",
                screen.root_depth
            );
        }
        Ok(Self { connection, screen })
    }

    /// BGRX pixels of a part of the screen.
    fn pixels(&self, (x, y, width, height): Area) -> Result<Vec<u8>> {
        let image = self
            .connection
            .get_image(
                ImageFormat::Z_PIXMAP,
                self.screen.root,
                x,
                y,
                width,
                height,
                u32::MAX,
            )?
            .reply()
            .context("the display does not show its pixels")?;
        Ok(image.data)
    }

    /// The number that stands as bars with its corner at (x, y).
    fn number(&self, (x, y): (i16, i16)) -> Result<Option<u16>> {
        let (width, height) = (u16::try_from(marks::SIZE.0)?, u16::try_from(marks::SIZE.1)?);
        let pixels = self.pixels((x, y, width, height))?;
        let light = |px: usize, py: usize| pixels.get((py * marks::SIZE.0 + px) * 4 + 1).copied();
        Ok(marks::read(|px, py| light(px, py).unwrap_or(128)))
    }
}

fn write_rgba(path: &Path, mut pixels: Vec<u8>) -> Result<()> {
    for pixel in pixels.chunks_exact_mut(4) {
        pixel.swap(0, 2);
        if let Some(alpha) = pixel.get_mut(3) {
            *alpha = 255;
        }
    }
    std::fs::write(path, pixels).with_context(|| format!("cannot write {}", path.display()))
}

/// Watches the display for `seconds`, then writes what it shows; returns when it last changed (µs since 1970), if it did.
pub(crate) fn rest(seconds: f64, out: &Path) -> Result<Option<u128>> {
    let display = Display::open()?;
    let connection = &display.connection;
    connection.damage_query_version(1, 1)?.reply()?;
    let damage = connection.generate_id()?;
    connection.damage_create(damage, display.screen.root, ReportLevel::NON_EMPTY)?;
    // A new watch begins with everything damaged.
    connection.damage_subtract(damage, x11rb::NONE, x11rb::NONE)?;
    connection.sync()?;
    while connection.poll_for_event()?.is_some() {}
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut last = None;
    while Instant::now() < end {
        while let Some(event) = connection.poll_for_event()? {
            if matches!(event, Event::DamageNotify(_)) {
                last = Some(now_us()?);
                connection.damage_subtract(damage, x11rb::NONE, x11rb::NONE)?;
                connection.flush()?;
            }
        }
        std::thread::sleep(DAMAGE_LOOK);
    }
    let size = (display.screen.width_in_pixels, display.screen.height_in_pixels);
    write_rgba(out, display.pixels((0, 0, size.0, size.1))?)?;
    Ok(last)
}

/// Waits until the numbered pictures that are wanted come up in `area` (bars in its upper left corner), and writes each
/// to `out/NUMBER`. Returns those that did not come within `seconds`.
pub(crate) fn frames(area: Area, wanted: &[u16], out: &Path, seconds: f64) -> Result<Vec<u16>> {
    let display = Display::open()?;
    let mut missing: BTreeSet<u16> = wanted.iter().copied().collect();
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while !missing.is_empty() && Instant::now() < end {
        let number = display.number((area.0, area.1))?;
        if let Some(number) = number.filter(|number| missing.contains(number)) {
            let pixels = display.pixels(area)?;
            // It may have gone on meanwhile.
            let light = |x: usize, y: usize| pixels.get((y * usize::from(area.2) + x) * 4 + 1).copied();
            if marks::read(|x, y| light(x, y).unwrap_or(128)) == Some(number) {
                missing.remove(&number);
                write_rgba(&out.join(number.to_string()), pixels)?;
            }
        }
        std::thread::sleep(LOOK);
    }
    Ok(missing.into_iter().collect())
}

/// Covers the background of the display: a photo, soft bands or one color; the seed decides. Stays when this program ends.
pub(crate) fn wallpaper(seed: u64) -> Result<()> {
    let display = Display::open()?;
    let (width, height) = (display.screen.width_in_pixels, display.screen.height_in_pixels);
    let (wide, tall) = (usize::from(width), usize::from(height));
    let picture = match seed % 3 {
        0 => photo(wide, tall, seed + 3, 0.0, 8),
        1 => Picture::new(wide, tall, Theme::of(seed).bar),
        _ => photo(wide, tall, seed + 3, 0.0, 0),
    };
    let window = Window::open_hidden()?;
    let stored = window.store(&picture)?;
    let root = display.screen.root;
    let background = ChangeWindowAttributesAux::new().background_pixmap(stored.pixmap);
    display
        .connection
        .change_window_attributes(root, &background)?
        .check()?;
    display
        .connection
        .clear_area(false, root, 0, 0, width, height)?
        .check()?;
    Ok(())
}

/// Moves the pointer away from what is looked at, with no button pressed.
pub(crate) fn park_pointer() -> Result<()> {
    let display = Display::open()?;
    let (root, corner) = (
        display.screen.root,
        (display.screen.width_in_pixels, display.screen.height_in_pixels),
    );
    let pointer = display.connection.query_pointer(root)?.reply()?;
    if pointer.mask.contains(KeyButMask::BUTTON1) {
        bail!("a button of the display's pointer is pressed");
    }
    let to = (i16::try_from(corner.0)? - 2, i16::try_from(corner.1)? - 2);
    display
        .connection
        .warp_pointer(x11rb::NONE, root, 0, 0, 0, 0, to.0, to.1)?
        .check()?;
    Ok(())
}
