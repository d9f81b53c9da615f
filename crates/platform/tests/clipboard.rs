//! The clipboard with another program at the other end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use farol_platform::clipboard::{HTML_MAX, PICTURE_MAX, TEXT_MAX};
use farol_platform::{Clipboard, ClipboardError, ClipboardEvent, Copied, CopiedKind, open_clipboard};
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

/// Pastes on the machine while the clipboard is being served; `wanted` is told what is pasted of what was promised.
fn paste_promised(
    server: &XServer,
    clipboard: &mut dyn Clipboard,
    target: &str,
    mut wanted: impl FnMut(&mut dyn Clipboard, ClipboardEvent),
) -> Vec<u8> {
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
        if let Some(event) = clipboard.next_event() {
            wanted(clipboard, event);
        }
    }
    reader.join().unwrap()
}

/// Pastes what is there.
fn paste(server: &XServer, clipboard: &mut dyn Clipboard, target: &str) -> Vec<u8> {
    paste_promised(server, clipboard, target, |_, event| panic!("{event:?}"))
}

/// Bytes that look like nothing.
fn noise(length: usize) -> Vec<u8> {
    (0..length as u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
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
fn pictures_and_html_are_read() {
    let server = XServer::start("100x100x24");
    let mut clipboard = open_clipboard(&server.target()).unwrap();
    for (kind, target, max) in [
        (CopiedKind::Picture, "image/png", PICTURE_MAX),
        (CopiedKind::Html, "text/html", HTML_MAX),
    ] {
        for length in [100, 300_000, max] {
            let content = match kind {
                CopiedKind::Html => long_text(length).into_bytes(),
                _ => noise(length),
            };
            copy(&server, &content, &["-target", target]);
            expect_change(&mut *clipboard);
            let copied = clipboard.copied().unwrap();
            assert_eq!(copied.too_large, []);
            assert!(
                copied.get(kind).unwrap()[..] == content,
                "{length} bytes of {kind:?}"
            );
            assert_eq!(copied.has.len(), 1);
        }
        copy(&server, &vec![b'x'; max + 1], &["-target", target]);
        expect_change(&mut *clipboard);
        let too_large = Copied {
            has: Vec::new(),
            too_large: vec![kind],
        };
        assert_eq!(clipboard.copied(), Ok(too_large));
    }
    copy(&server, b"after the failures", &[]);
    expect_change(&mut *clipboard);
    assert_eq!(clipboard.text().unwrap().as_deref(), Some("after the failures"));
}

#[test]
fn one_thing_is_pasted_in_every_kind() {
    let server = XServer::start("100x100x24");
    let mut clipboard = open_clipboard(&server.target()).unwrap();
    let picture = noise(PICTURE_MAX);
    let offered = vec![
        (CopiedKind::Text, Some("ação"[..].as_bytes().into())),
        (CopiedKind::Html, Some("<b>ação</b>".as_bytes().into())),
        (CopiedKind::Picture, Some(picture.as_slice().into())),
    ];
    clipboard.offer(offered).unwrap();
    let targets = String::from_utf8(paste(&server, &mut *clipboard, "TARGETS")).unwrap();
    for target in ["UTF8_STRING", "text/html", "image/png"] {
        assert!(targets.contains(target), "{targets}");
    }
    assert_eq!(paste(&server, &mut *clipboard, "UTF8_STRING"), "ação".as_bytes());
    let html = String::from_utf8(paste(&server, &mut *clipboard, "text/html")).unwrap();
    assert!(html.ends_with("charset=utf-8\"><b>ação</b>"), "{html}");
    assert!(paste(&server, &mut *clipboard, "image/png") == picture);

    // Of another program, too, which reads all of it at once.
    let mut other = open_clipboard(&server.target()).unwrap();
    let serving = std::thread::spawn({
        let (waker, done) = (clipboard.waker(), Arc::new(AtomicBool::new(false)));
        let stop = Arc::clone(&done);
        let thread = std::thread::spawn(move || {
            while !done.load(Ordering::Acquire) {
                clipboard.wait(None).unwrap();
            }
        });
        move || {
            let copied = other.copied();
            stop.store(true, Ordering::Release);
            waker.wake();
            thread.join().unwrap();
            copied
        }
    });
    let copied = serving.join().unwrap().unwrap();
    assert_eq!(copied.has.len(), 3);
    assert!(copied.get(CopiedKind::Picture).unwrap()[..] == picture);
}

#[test]
fn what_is_promised_is_brought_when_somebody_pastes_it() {
    let server = XServer::start("100x100x24");
    let mut clipboard = open_clipboard(&server.target()).unwrap();
    let picture = noise(500_000);
    let promise = || {
        vec![
            (CopiedKind::Text, Some(b"words"[..].into())),
            (CopiedKind::Picture, None),
        ]
    };
    clipboard.offer(promise()).unwrap();
    assert_eq!(paste(&server, &mut *clipboard, "UTF8_STRING"), b"words");
    assert_eq!(clipboard.next_event(), None, "nobody wants the picture yet");
    let pasted = paste_promised(&server, &mut *clipboard, "image/png", |clipboard, event| {
        assert_eq!(event, ClipboardEvent::Wanted(CopiedKind::Picture));
        clipboard
            .deliver(CopiedKind::Picture, Some(picture.as_slice().into()))
            .unwrap();
    });
    assert!(pasted == picture);
    assert!(paste(&server, &mut *clipboard, "image/png") == picture, "kept");

    // A promise that cannot be kept is taken back, and whoever waits is told.
    clipboard.offer(promise()).unwrap();
    let pasted = paste_promised(&server, &mut *clipboard, "image/png", |clipboard, _| {
        clipboard.deliver(CopiedKind::Picture, None).unwrap();
    });
    assert_eq!(pasted, b"");
    let targets = String::from_utf8(paste(&server, &mut *clipboard, "TARGETS")).unwrap();
    assert!(!targets.contains("image/png"), "{targets}");

    // Somebody copies while somebody else waits.
    clipboard.offer(promise()).unwrap();
    let pasted = paste_promised(&server, &mut *clipboard, "image/png", |_, event| {
        if event == ClipboardEvent::Wanted(CopiedKind::Picture) {
            copy(&server, b"newer", &[]);
        }
    });
    assert_eq!(pasted, b"");
    clipboard
        .deliver(CopiedKind::Picture, Some(picture.as_slice().into()))
        .unwrap();
    assert_eq!(clipboard.text().unwrap().as_deref(), Some("newer"));
    assert_eq!(
        clipboard.offer(vec![(CopiedKind::Picture, Some(noise(PICTURE_MAX + 1).into()))]),
        Err(ClipboardError::TooLarge)
    );
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
