//! The clipboard with another program at the other end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use farol_platform::clipboard::TEXT_MAX;
use farol_platform::{Clipboard, ClipboardError, ClipboardEvent, open_clipboard};
use support::{PATIENCE, XServer};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ConnectionExt as _, EventMask, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent};

fn xclip(server: &XServer) -> Command {
    let mut command = Command::new("xclip");
    command
        .env("DISPLAY", &server.address)
        .args(["-selection", "clipboard"]);
    command
}

/// Copies on the machine: xclip stays in the background until somebody else copies.
fn copy(server: &XServer, text: &[u8], arguments: &[&str]) {
    let mut process = xclip(server)
        .arg("-in")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("cannot start xclip; install the Debian package xclip");
    process.stdin.take().unwrap().write_all(text).unwrap();
    assert!(process.wait().unwrap().success());
}

/// Pastes on the machine while the clipboard is being served.
fn paste(server: &XServer, clipboard: &mut dyn Clipboard, target: &str) -> Vec<u8> {
    let process = xclip(server)
        .args(["-out", "-target", target])
        .stdout(Stdio::piped())
        .spawn();
    let process = process.expect("cannot start xclip; install the Debian package xclip");
    let done = Arc::new(AtomicBool::new(false));
    let (waker, set_done) = (clipboard.waker(), Arc::clone(&done));
    let reader = std::thread::spawn(move || {
        let output = process.wait_with_output().unwrap();
        set_done.store(true, Ordering::Release);
        waker.wake();
        output.stdout
    });
    let deadline = Instant::now() + PATIENCE;
    while !done.load(Ordering::Acquire) {
        assert!(Instant::now() < deadline, "xclip did not get the text");
        clipboard.wait(Some(PATIENCE)).unwrap();
    }
    reader.join().unwrap()
}

fn expect_change(clipboard: &mut dyn Clipboard) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match clipboard.next_event() {
            Some(ClipboardEvent::Changed) => return,
            Some(other) => panic!("{other:?}"),
            None => {}
        }
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "nobody told of the change");
        clipboard.wait(Some(left)).unwrap();
    }
}

fn long_text(length: usize) -> String {
    let mut text: String = ["longer é ", "and € ", "longer 😀\n"]
        .iter()
        .cycle()
        .copied()
        .take(length / 8)
        .collect();
    while text.len() > length {
        text.pop();
    }
    text.extend(std::iter::repeat_n('.', length - text.len()));
    text
}

#[test]
fn what_is_copied_on_the_machine_is_read() {
    let server = XServer::start("100x100x24");
    let mut clipboard = open_clipboard(&server.target()).unwrap();
    assert_eq!(clipboard.text().unwrap(), None);
    assert_eq!(clipboard.next_event(), None);
    for text in [
        "plain",
        "",
        "äöü €\tλ 😀\r\nline",
        &long_text(300_000),
        &long_text(TEXT_MAX),
    ] {
        copy(&server, text.as_bytes(), &[]);
        expect_change(&mut *clipboard);
        assert_eq!(clipboard.text().unwrap().unwrap_or_default(), text);
    }
    copy(&server, long_text(TEXT_MAX + 1).as_bytes(), &[]);
    expect_change(&mut *clipboard);
    assert_eq!(clipboard.text(), Err(ClipboardError::TooLarge));
    copy(&server, b"after the failure", &[]);
    expect_change(&mut *clipboard);
    assert_eq!(clipboard.text().unwrap().as_deref(), Some("after the failure"));
    copy(&server, b"\x89PNG", &["-target", "image/png"]);
    expect_change(&mut *clipboard);
    assert_eq!(clipboard.text().unwrap(), None, "a picture is no text");
}

#[test]
fn what_is_set_is_pasted_on_the_machine() {
    let server = XServer::start("100x100x24");
    let mut clipboard = open_clipboard(&server.target()).unwrap();
    for text in [
        "plain",
        "äöü €\tλ 😀\r\nline",
        &long_text(300_000),
        &long_text(TEXT_MAX),
    ] {
        clipboard.set_text(text).unwrap();
        assert_eq!(clipboard.next_event(), None, "our own text is no news");
        for target in ["UTF8_STRING", "text/plain;charset=utf-8", "TEXT"] {
            let pasted = String::from_utf8(paste(&server, &mut *clipboard, target)).unwrap();
            assert!(
                pasted == text,
                "{target}, {} bytes: got {}",
                text.len(),
                pasted.len()
            );
        }
        assert_eq!(clipboard.text().unwrap().as_deref(), Some(text));
    }
    clipboard.set_text("é€").unwrap();
    assert_eq!(paste(&server, &mut *clipboard, "STRING"), [0xe9, b'?']);
    let targets = String::from_utf8(paste(&server, &mut *clipboard, "TARGETS")).unwrap();
    assert!(
        targets.contains("UTF8_STRING") && targets.contains("text/plain;charset=utf-8"),
        "{targets}"
    );
    assert_eq!(
        clipboard.set_text(&long_text(TEXT_MAX + 1)),
        Err(ClipboardError::TooLarge)
    );
    assert_eq!(clipboard.next_event(), None);
}

#[test]
fn ownership_goes_to_and_fro() {
    let server = XServer::start("100x100x24");
    let mut clipboard = open_clipboard(&server.target()).unwrap();
    let mut other = open_clipboard(&server.target()).unwrap();
    clipboard.set_text("first").unwrap();
    expect_change(&mut *other);
    copy(&server, b"second", &[]);
    expect_change(&mut *clipboard);
    assert_eq!(clipboard.text().unwrap().as_deref(), Some("second"));
    other.set_text("third").unwrap();
    expect_change(&mut *clipboard);
    drop(other);
    expect_change(&mut *clipboard);
    assert_eq!(clipboard.text().unwrap(), None, "its owner is gone");
}

#[test]
fn an_owner_that_never_answers_is_given_up() {
    let server = XServer::start("100x100x24");
    let mut clipboard = open_clipboard(&server.target()).unwrap();
    let client = server.client();
    client.show(0, 0, 10, 10);
    let selection = client.atom("CLIPBOARD");
    client
        .conn
        .set_selection_owner(client.window, selection, x11rb::CURRENT_TIME)
        .unwrap();
    client.sync();
    expect_change(&mut *clipboard);
    assert_eq!(clipboard.text(), Err(ClipboardError::TimedOut));
    // Its answer comes after all, and is not taken for the next text.
    let Event::SelectionRequest(request) =
        client.wait_for(|event| matches!(event, Event::SelectionRequest(_)))
    else {
        unreachable!()
    };
    let late = SelectionNotifyEvent {
        response_type: SELECTION_NOTIFY_EVENT,
        sequence: 0,
        time: request.time,
        requestor: request.requestor,
        selection,
        target: request.target,
        property: request.property,
    };
    client
        .conn
        .send_event(false, request.requestor, EventMask::NO_EVENT, late)
        .unwrap();
    client.sync();
    copy(&server, b"newer", &[]);
    expect_change(&mut *clipboard);
    assert_eq!(clipboard.text().unwrap().as_deref(), Some("newer"));
}

#[test]
fn a_still_clipboard_wakes_nobody_and_the_waker_does() {
    let server = XServer::start("100x100x24");
    let mut clipboard = open_clipboard(&server.target()).unwrap();
    let start = Instant::now();
    clipboard.wait(Some(Duration::from_millis(300))).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(300));
    let waker = clipboard.waker();
    let thread = std::thread::spawn(move || waker.wake());
    clipboard.wait(None).unwrap();
    thread.join().unwrap();
}

#[test]
fn a_dead_server_is_a_loss() {
    let mut server = XServer::start("100x100x24");
    let mut clipboard = open_clipboard(&server.target()).unwrap();
    server.kill();
    let deadline = Instant::now() + PATIENCE;
    let event = loop {
        assert!(Instant::now() < deadline, "no loss");
        clipboard.wait(Some(PATIENCE)).unwrap();
        if let Some(event) = clipboard.next_event() {
            break event;
        }
    };
    assert!(matches!(event, ClipboardEvent::Lost(_)));
    assert_eq!(clipboard.next_event(), None);
    assert!(matches!(clipboard.wait(None), Err(ClipboardError::Lost(_))));
    assert!(matches!(clipboard.set_text("x"), Err(ClipboardError::Lost(_))));
    assert!(matches!(
        open_clipboard(&server.target()),
        Err(ClipboardError::NoDisplay(_))
    ));
}
