//! `xev`, a program we did not write, as witness of what was typed: it decodes keys the way most X programs do.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;

use super::{PATIENCE, XServer};

const F12_KEYCODE: u8 = 96;

/// A key press or release as xev saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenKey {
    pub press: bool,
    pub state: u32,
    pub keycode: u32,
    pub keysym: u32,
    pub text: String,
}

/// A running xev whose window covers the display.
pub struct Xev {
    process: Child,
    lines: Receiver<String>,
}

impl Xev {
    pub fn start(server: &XServer) -> Self {
        let client = server.client();
        let watch = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
        client.conn.change_window_attributes(client.root, &watch).unwrap();
        client.sync();
        // Line buffering: xev writes to a terminal usually.
        let mut process = Command::new("stdbuf")
            .args(["-oL", "xev", "-event", "keyboard", "-geometry", "800x600+0+0"])
            .env("DISPLAY", &server.address)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("cannot start xev under stdbuf; install the Debian packages x11-utils and coreutils");
        client.wait_for(|event| matches!(event, Event::MapNotify(_)));
        let (sender, lines) = channel();
        let output = BufReader::new(process.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    // The test is over before xev is.
                    return;
                }
            }
        });
        client
            .conn
            .warp_pointer(x11rb::NONE, client.root, 0, 0, 0, 0, 300, 300)
            .unwrap();
        let xev = Self { process, lines };
        // The first key makes it read the layout and ask to be told of changes, but it asks only when it has nothing
        // else to do: the second key shows that it did.
        for _ in 0..2 {
            for event in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
                client
                    .conn
                    .xtest_fake_input(event, F12_KEYCODE, 0, x11rb::NONE, 0, 0, 0)
                    .unwrap();
            }
            client.sync();
            xev.until_f12();
        }
        xev
    }

    /// The next press or release.
    pub fn key(&self) -> SeenKey {
        loop {
            let line = self.line();
            let press = line.starts_with("KeyPress event");
            if press || line.starts_with("KeyRelease event") {
                return self.rest_of(press);
            }
        }
    }

    fn rest_of(&self, press: bool) -> SeenKey {
        let mut seen = SeenKey {
            press,
            state: 0,
            keycode: 0,
            keysym: 0,
            text: String::new(),
        };
        loop {
            let line = self.line();
            let line = line.trim();
            if let Some(rest) = line.strip_prefix("state 0x") {
                let (state, rest) = rest.split_once(", keycode ").unwrap();
                let (keycode, rest) = rest.split_once(" (keysym 0x").unwrap();
                seen.state = u32::from_str_radix(state, 16).unwrap();
                seen.keycode = keycode.parse().unwrap();
                seen.keysym = u32::from_str_radix(rest.split_once(',').unwrap().0, 16).unwrap();
            } else if let Some(rest) = line.strip_prefix("XmbLookupString gives ") {
                seen.text = text(rest);
            } else if line.starts_with("XFilterEvent returns") {
                return seen;
            }
        }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("xev saw no key")
    }

    /// Everything up to the release of F12, which ends what a test types; without F12 itself.
    pub fn until_f12(&self) -> Vec<SeenKey> {
        let mut all = Vec::new();
        loop {
            let key = self.key();
            match (key.keysym, key.press) {
                (0xffc9, false) => return all,
                (0xffc9, true) => {}
                _ => all.push(key),
            }
        }
    }

    /// The text typed up to F12.
    pub fn text_until_f12(&self) -> String {
        self.until_f12()
            .into_iter()
            .filter(|key| key.press)
            .map(|key| key.text)
            .collect()
    }
}

/// `2 bytes: (c3 a7) "ç"`: the bytes count, they survive line breaks and quotes.
fn text(line: &str) -> String {
    let Some((_, rest)) = line.split_once('(') else {
        return String::new();
    };
    let (bytes, _) = rest.split_once(')').unwrap();
    let bytes = bytes
        .split(' ')
        .filter_map(|byte| u8::from_str_radix(byte, 16).ok())
        .collect();
    String::from_utf8(bytes).unwrap()
}

impl Drop for Xev {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
