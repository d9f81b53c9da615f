//! A hand on the mouse: takes a window by its title bar and moves it over the screen, as a person does, through the window
//! manager. The events are real ones of the X server (XTEST).

use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::xproto::{BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, MOTION_NOTIFY_EVENT, Window};
use x11rb::protocol::xtest::{self, ConnectionExt as _};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// The pointer and its screen.
struct Hand {
    connection: RustConnection,
    root: Window,
    size: (f64, f64),
}

impl Hand {
    fn new() -> Result<Self> {
        let (connection, number) =
            x11rb::connect(None).context("the display named by DISPLAY does not answer")?;
        connection
            .extension_information(xtest::X11_EXTENSION_NAME)?
            .ok_or_else(|| anyhow!("the display has no XTEST"))?;
        let screen = connection.setup().roots.get(number);
        let screen = screen.ok_or_else(|| anyhow!("the display has no such screen"))?;
        let size = (
            f64::from(screen.width_in_pixels),
            f64::from(screen.height_in_pixels),
        );
        let root = screen.root;
        Ok(Self {
            connection,
            root,
            size,
        })
    }

    fn event(&self, kind: u8, detail: u8, (x, y): (i16, i16)) -> Result<()> {
        self.connection
            .xtest_fake_input(kind, detail, 0, self.root, x, y, 0)?;
        Ok(self.connection.sync()?)
    }
}

/// Takes what is at `grip` and moves it for `seconds` on a closed curve that begins there, `fps` steps a second; `go` is called
/// when everything is ready. Returns the number of steps.
pub(crate) fn drag(grip: (i16, i16), seconds: f64, fps: f64, go: impl FnOnce() -> Result<()>) -> Result<u64> {
    let hand = Hand::new()?;
    hand.event(MOTION_NOTIFY_EVENT, 0, grip)?;
    go()?;
    hand.event(BUTTON_PRESS_EVENT, 1, grip)?;
    let (start, wait) = (Instant::now(), Duration::from_secs_f64(1.0 / fps));
    let (mut due, mut steps) = (start, 0_u64);
    while start.elapsed().as_secs_f64() < seconds {
        due = (due + wait).max(Instant::now());
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        steps += 1;
        hand.event(MOTION_NOTIFY_EVENT, 0, hand.place(grip, steps as f64 / fps))?;
    }
    let end = hand.place(grip, steps as f64 / fps);
    hand.event(BUTTON_RELEASE_EVENT, 1, end)?;
    Ok(steps)
}

impl Hand {
    /// Where the pointer is after `t` seconds: right and down from the grip and back, never over the edge.
    fn place(&self, grip: (i16, i16), t: f64) -> (i16, i16) {
        let along = |from: i16, size: f64, pace: f64| {
            let free = (size * 0.55 - f64::from(from)).max(0.0);
            f64::from(from) + (0.5 - (t * pace).cos() * 0.5) * free
        };
        (
            along(grip.0, self.size.0, 0.9) as i16,
            along(grip.1, self.size.1, 1.3) as i16,
        )
    }
}
