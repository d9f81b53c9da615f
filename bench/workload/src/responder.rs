//! A window that changes its color at every press of a mouse button: the far end of click-to-photon.
//!
//! It has a connection and a thread of its own, so that nothing else of this program delays the answer.

use anyhow::Result;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{EventMask, Window};

use crate::stage::{Place, Stage};

/// Where the window is; `bench/run.mjs` clicks and looks into its middle.
pub(crate) const PLACE: Place = Place {
    x: 300,
    y: 300,
    width: 64,
    height: 64,
};
const COLORS: [u32; 2] = [0x0020_3040, 0x00f0_e0d0];

/// The window, hidden until asked for.
pub(crate) struct Responder {
    window: Window,
}

impl Responder {
    /// Makes the window and starts to answer.
    pub(crate) fn start() -> Result<Self> {
        let stage = Stage::open()?;
        let window = stage.window(PLACE, EventMask::BUTTON_PRESS | EventMask::EXPOSURE)?;
        stage.settle()?;
        std::thread::spawn(move || answer(&stage, window));
        Ok(Self { window })
    }

    /// Shows or hides it, by the connection of `stage`.
    pub(crate) fn show(&self, stage: &Stage, shown: bool) -> Result<()> {
        if shown {
            stage.show(self.window)
        } else {
            stage.hide(self.window)
        }
    }
}

fn answer(stage: &Stage, window: Window) {
    let size = (PLACE.width, PLACE.height);
    let mut clicks = 0;
    // The end of the display is the end of the benchmark.
    while let Ok(event) = stage.connection().wait_for_event() {
        match event {
            Event::ButtonPress(_) => clicks += 1,
            Event::Expose(_) => {}
            _ => continue,
        }
        if stage.fill(window, COLORS[clicks % 2], size).is_err() {
            return;
        }
    }
}
