//! A private X server for each test, and a client that plays the programs on it.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by the test files, each uses a part"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod desk;
pub mod xev;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use farol_platform::DisplayTarget;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask, InputFocus, Rectangle, WindowClass,
};
use x11rb::rust_connection::RustConnection;

/// How long anything may take before a test calls it broken.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// An Xvfb of our own, ended with the value.
pub struct XServer {
    process: Child,
    pub address: String,
}

impl XServer {
    pub fn start(size: &str) -> Self {
        Self::start_with(size, &[])
    }

    pub fn start_with(size: &str, arguments: &[&str]) -> Self {
        let mut process = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-nolisten",
                "tcp",
                "-noreset",
                "-screen",
                "0",
                size,
            ])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("cannot start Xvfb; install the Debian package xvfb");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let number: u32 = line.trim().parse().expect("Xvfb ended before it had a display");
        Self {
            process,
            address: format!(":{number}"),
        }
    }

    pub fn target(&self) -> DisplayTarget {
        DisplayTarget::new(&self.address)
    }

    pub fn client(&self) -> Client {
        Client::connect(&self.address)
    }

    /// Runs a program on the display to its end.
    pub fn run(&self, package: &str, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program)
            .args(arguments)
            .env("DISPLAY", &self.address)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|_| panic!("cannot start {program}; install the Debian package {package}"));
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Changes the size of the desktop, to at most what it started with.
    pub fn resize(&self, width: u32, height: u32) {
        let xrandr = |arguments: &[&str]| self.run("x11-xserver-utils", "xrandr", arguments);
        let name = format!("test-{width}x{height}");
        let sizes = [
            width,
            width + 8,
            width + 16,
            width + 64,
            height,
            height + 4,
            height + 8,
            height + 16,
        ];
        let sizes = sizes.map(|size| size.to_string());
        let mut mode = vec!["--newmode", &name, "30"];
        mode.extend(sizes.iter().map(String::as_str));
        xrandr(&mode);
        xrandr(&["--addmode", "screen", &name]);
        xrandr(&["--output", "screen", "--mode", &name]);
    }

    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for XServer {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// A program with one window that takes the keyboard.
pub struct Client {
    pub conn: RustConnection,
    pub root: u32,
    pub window: u32,
    pub gc: u32,
}

impl Client {
    pub fn connect(address: &str) -> Self {
        let (conn, screen) = x11rb::connect(Some(address)).unwrap();
        let root = conn.setup().roots[screen].root;
        let (window, gc) = (conn.generate_id().unwrap(), conn.generate_id().unwrap());
        Self {
            conn,
            root,
            window,
            gc,
        }
    }

    /// Shows the window, black, and waits until it is on the screen.
    pub fn show(&self, x: i16, y: i16, width: u16, height: u16) {
        let events = EventMask::EXPOSURE
            | EventMask::KEY_PRESS
            | EventMask::KEY_RELEASE
            | EventMask::BUTTON_PRESS
            | EventMask::BUTTON_RELEASE
            | EventMask::PROPERTY_CHANGE;
        let attributes = CreateWindowAux::new()
            .override_redirect(1)
            .background_pixel(0)
            .event_mask(events);
        let class = WindowClass::INPUT_OUTPUT;
        self.conn
            .create_window(
                0,
                self.window,
                self.root,
                x,
                y,
                width,
                height,
                0,
                class,
                0,
                &attributes,
            )
            .unwrap();
        self.conn
            .create_gc(self.gc, self.window, &CreateGCAux::new())
            .unwrap();
        self.conn.map_window(self.window).unwrap();
        self.wait_for(|event| matches!(event, Event::Expose(_)));
        self.conn
            .set_input_focus(InputFocus::POINTER_ROOT, self.window, x11rb::CURRENT_TIME)
            .unwrap();
        self.sync();
    }

    /// Fills a rectangle of the window.
    pub fn fill(&self, x: i16, y: i16, width: u16, height: u16, color: u32) {
        let aux = x11rb::protocol::xproto::ChangeGCAux::new().foreground(color);
        self.conn.change_gc(self.gc, &aux).unwrap();
        self.conn
            .poly_fill_rectangle(self.window, self.gc, &[Rectangle { x, y, width, height }])
            .unwrap();
        self.sync();
    }

    /// Waits until the server has done everything asked so far.
    pub fn sync(&self) {
        self.conn.get_input_focus().unwrap().reply().unwrap();
    }

    /// The next event that fits.
    pub fn wait_for(&self, mut fits: impl FnMut(&Event) -> bool) -> Event {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let event = self.next(deadline).expect("the event did not come");
            if fits(&event) {
                return event;
            }
        }
    }

    /// The next event before the deadline.
    pub fn next(&self, deadline: Instant) -> Option<Event> {
        use std::os::fd::AsFd;
        loop {
            self.conn.flush().unwrap();
            if let Some(event) = self.conn.poll_for_event().unwrap() {
                return Some(event);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let mut fds = [rustix::event::PollFd::from_borrowed_fd(
                self.conn.stream().as_fd(),
                rustix::event::PollFlags::IN,
            )];
            rustix::event::poll(&mut fds, Some(&left.try_into().unwrap())).unwrap();
        }
    }

    pub fn atom(&self, name: &str) -> u32 {
        self.conn
            .intern_atom(false, name.as_bytes())
            .unwrap()
            .reply()
            .unwrap()
            .atom
    }
}
