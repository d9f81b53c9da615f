//! A whole program of people's desktops: typed text comes back through its own shortcuts and the clipboard.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use farol_platform::{
    Button, ClipboardEvent, InputSink, KeyEvent, Modifiers, ScreenEvent, ScreenSource, open_clipboard,
    open_input, open_screen,
};
use support::{PATIENCE, XServer};

/// Some ninety characters that the American layout lacks among others.
const TEXT: &str =
    "Hello, “World”! àéîõü ÀÉÎÕÜ çÇ ñÑ ß æøå €£¥ αβγδεζηθ абвгдежзийклмноп АБВ ąćęłńóśźż → ★ 😀";

/// The text editor Mousepad (GTK), in a home of its own.
struct Editor {
    process: Child,
    _home: tempfile::TempDir,
}

impl Editor {
    fn start(server: &XServer) -> Self {
        let home = tempfile::tempdir().unwrap();
        let process = Command::new("mousepad")
            .args(["--disable-server"])
            .env("DISPLAY", &server.address)
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            // No bus: nothing of another session is found, none is started.
            .env("DBUS_SESSION_BUS_ADDRESS", "disabled:")
            .env("GSETTINGS_BACKEND", "memory")
            .env("NO_AT_BRIDGE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("cannot start mousepad; install the Debian package mousepad");
        Self { process, _home: home }
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Waits until the picture satisfies.
fn wait_for_picture(screen: &mut dyn ScreenSource, mut enough: impl FnMut(&dyn ScreenSource) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        while let Some(event) = screen.next_event() {
            if event == ScreenEvent::Damage {
                screen.capture().unwrap();
            }
        }
        if enough(screen) {
            return;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "the picture did not come");
        screen.wait(Some(left)).unwrap();
    }
}

fn chord(sink: &mut dyn InputSink, code: &str, key: &str) {
    let modifiers = Modifiers {
        control: true,
        ..Modifiers::default()
    };
    let mut press = |code: &str, key: &str, down: bool| {
        let event = KeyEvent {
            code: code.into(),
            key: key.into(),
            down,
            modifiers: Some(modifiers),
        };
        sink.key(&event).unwrap();
    };
    press("ControlLeft", "Control", true);
    press(code, key, true);
    press(code, key, false);
    press("ControlLeft", "Control", false);
}

#[test]
fn an_editor_gets_every_character_and_gives_it_back() {
    let server = XServer::start("800x600x24");
    server.run("x11-xkb-utils", "setxkbmap", &["-layout", "us"]);
    let mut screen = open_screen(&server.target()).unwrap();
    let mut sink = open_input(&server.target()).unwrap();
    let mut clipboard = open_clipboard(&server.target()).unwrap();
    let _editor = Editor::start(&server);
    // Its page is white and large.
    wait_for_picture(&mut *screen, |screen| {
        screen.pixels().bgr(300, 300) == Some([255, 255, 255])
    });
    sink.pointer_move(300, 300).unwrap();
    sink.button(Button::Left, true).unwrap();
    sink.button(Button::Left, false).unwrap();
    let text = format!("{TEXT}\nsecond line");
    let text = text.as_str();
    sink.text(text).unwrap();
    let deadline = Instant::now() + PATIENCE;
    loop {
        // Copies until all of it has arrived in the program, or it is plain that it will not.
        chord(&mut *sink, "KeyA", "a");
        chord(&mut *sink, "KeyC", "c");
        clipboard.wait(Some(PATIENCE)).unwrap();
        if clipboard.next_event() == Some(ClipboardEvent::Changed) {
            let copied = clipboard.text().unwrap().unwrap_or_default();
            if copied == text {
                return;
            }
            assert!(Instant::now() < deadline, "the editor has {copied:?}");
        }
        assert!(Instant::now() < deadline, "the editor copies nothing");
    }
}

#[test]
fn a_terminal_gets_every_character() {
    let server = XServer::start("800x600x24");
    server.run("x11-xkb-utils", "setxkbmap", &["-layout", "us"]);
    let mut screen = open_screen(&server.target()).unwrap();
    let mut sink = open_input(&server.target()).unwrap();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("typed");
    // Yellow, so that it is seen to be there.
    let script = format!("stty -echo; head -n 1 > {}", file.display());
    let mut terminal = Command::new("xterm")
        .args([
            "-geometry",
            "120x40+0+0",
            "-bg",
            "yellow",
            "-e",
            "sh",
            "-c",
            &script,
        ])
        .env("DISPLAY", &server.address)
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .spawn()
        .expect("cannot start xterm; install the Debian package xterm");
    wait_for_picture(&mut *screen, |screen| {
        screen.pixels().bgr(300, 300) == Some([0, 255, 255])
    });
    sink.pointer_move(300, 300).unwrap();
    sink.text(TEXT).unwrap();
    sink.text("\n").unwrap();
    terminal.wait().unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{TEXT}\n"));
}
