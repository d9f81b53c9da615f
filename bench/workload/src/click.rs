//! A button that changes its color with every press of a mouse button or key, as fast as X tells of it: the far end of
//! every question how long it takes until something is seen.

use anyhow::Result;

use crate::window::{Place, Window};
use crate::{paint, say, scenes};

/// Pixels.
const SIZE: (u16, u16) = (240, 120);

/// A button in the middle of a page, or alone with its upper left corner at `at`.
pub(crate) fn click(at: Option<(i16, i16)>, seed: u64) -> Result<()> {
    let (mut window, corner) = match at {
        Some(corner) => (Window::open_at(corner, SIZE)?, (0, 0)),
        None => {
            let window = Window::open()?;
            let corner = ((window.width - SIZE.0) / 2, (window.height - SIZE.1) / 2);
            (window, (i16::try_from(corner.0)?, i16::try_from(corner.1)?))
        }
    };
    let button = Place {
        from: (0, 0),
        to: corner,
        size: SIZE,
    };
    if at.is_none() {
        scenes::make("idle", seed, &mut window)?.step(&mut window, 0)?;
    }
    let colors = [paint::rgb(30, 60, 110), paint::rgb(240, 170, 40)];
    window.fill(button, colors[0])?;
    window.take_keys()?;
    window.sync()?;
    say("ready")?;
    let mut presses = 0;
    loop {
        window.wait_for_press()?;
        presses += 1;
        window.fill(button, colors[presses % 2])?;
        window.sync()?;
        say(&format!("press {presses}"))?;
    }
}
