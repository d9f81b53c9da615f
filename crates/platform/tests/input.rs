//! Keys, buttons and the wheel as a window sees them: what is held, repeated and let go.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use std::time::{Duration, Instant};

use farol_platform::{Button, InputError, InputSink, KeyEvent, open_input, release_stuck_input};
use support::{Client, XServer};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ConnectionExt as _, KeyButMask};

fn desk() -> (XServer, Client, Box<dyn InputSink>) {
    let server = XServer::start("800x600x24");
    let client = server.client();
    client.show(0, 0, 800, 600);
    let sink = open_input(&server.target()).unwrap();
    (server, client, sink)
}

fn key(sink: &mut dyn InputSink, code: &str, name: &str, down: bool) {
    let event = KeyEvent {
        code: code.into(),
        key: name.into(),
        down,
        modifiers: None,
    };
    sink.key(&event).unwrap();
}

const F12: u8 = 96;

/// Presses and releases so far: up to an F12 that is pressed for the purpose.
fn keys(client: &Client, sink: &mut dyn InputSink) -> Vec<(bool, u8)> {
    key(sink, "F12", "F12", true);
    key(sink, "F12", "F12", false);
    let mut seen = Vec::new();
    loop {
        let event = client.wait_for(|event| matches!(event, Event::KeyPress(_) | Event::KeyRelease(_)));
        match event {
            Event::KeyRelease(event) if event.detail == F12 => return seen,
            Event::KeyPress(event) if event.detail != F12 => seen.push((true, event.detail)),
            Event::KeyRelease(event) => seen.push((false, event.detail)),
            _ => {}
        }
    }
}

fn nothing_is_down(client: &Client) -> bool {
    let keys = client.conn.query_keymap().unwrap().reply().unwrap().keys;
    let pointer = client.conn.query_pointer(client.root).unwrap().reply().unwrap();
    keys == [0; 32] && pointer.mask == KeyButMask::from(0u16)
}

#[test]
fn the_pointer_goes_where_told_and_buttons_arrive() {
    let (_server, client, mut sink) = desk();
    sink.pointer_move(200, 100).unwrap();
    for (button, number) in [
        (Button::Left, 1),
        (Button::Middle, 2),
        (Button::Right, 3),
        (Button::Back, 8),
        (Button::Forward, 9),
    ] {
        sink.button(button, true).unwrap();
        sink.button(button, true).unwrap();
        sink.button(button, false).unwrap();
        sink.button(button, false).unwrap();
        let press = client.wait_for(|event| matches!(event, Event::ButtonPress(_)));
        let Event::ButtonPress(press) = press else {
            unreachable!()
        };
        assert_eq!((press.detail, press.root_x, press.root_y), (number, 200, 100));
        let release =
            client.wait_for(|event| matches!(event, Event::ButtonRelease(_) | Event::ButtonPress(_)));
        assert!(matches!(release, Event::ButtonRelease(release) if release.detail == number));
    }
    sink.pointer_move(-50, 100_000).unwrap();
    sink.locks().unwrap();
    let pointer = client.conn.query_pointer(client.root).unwrap().reply().unwrap();
    assert_eq!((pointer.root_x, pointer.root_y), (0, 599));
}

#[test]
fn the_pointer_goes_ways_from_where_it_is() {
    let (_server, client, mut sink) = desk();
    let place = |sink: &mut dyn InputSink| {
        // Answered after what went before it.
        sink.locks().unwrap();
        let pointer = client.conn.query_pointer(client.root).unwrap().reply().unwrap();
        (pointer.root_x, pointer.root_y)
    };
    sink.pointer_move(200, 100).unwrap();
    sink.pointer_move_by(-30, 25).unwrap();
    sink.pointer_move_by(5, 0).unwrap();
    assert_eq!(place(&mut *sink), (175, 125));
    // A program that caught the pointer puts it back.
    client
        .conn
        .warp_pointer(x11rb::NONE, client.root, 0, 0, 0, 0, 300, 300)
        .unwrap();
    client.sync();
    sink.pointer_move_by(1, -1).unwrap();
    assert_eq!(place(&mut *sink), (301, 299));
    sink.pointer_move_by(-40_000, 40_000).unwrap();
    assert_eq!(place(&mut *sink), (0, 599));
}

#[test]
fn the_wheel_turns_both_ways_in_whole_notches() {
    let (_server, client, mut sink) = desk();
    sink.pointer_move(10, 10).unwrap();
    for (dx, dy) in [(0, 120), (0, -240), (120, 0), (-120, 0), (0, 60), (0, 60)] {
        sink.wheel(dx, dy).unwrap();
    }
    let mut presses = Vec::new();
    while presses.len() < 6 {
        let event = client.wait_for(|event| matches!(event, Event::ButtonPress(_)));
        let Event::ButtonPress(press) = event else {
            unreachable!()
        };
        presses.push(press.detail);
    }
    assert_eq!(presses, [5, 4, 4, 7, 6, 5]);
}

#[test]
fn a_held_key_repeats_only_when_the_technician_says_so() {
    let (_server, client, mut sink) = desk();
    key(&mut *sink, "KeyA", "a", true);
    client.wait_for(|event| matches!(event, Event::KeyPress(event) if event.detail == 38));
    // Servers repeat after two thirds of a second.
    let repeated = client.next(Instant::now() + Duration::from_millis(1200));
    assert!(repeated.is_none(), "the server repeats: {repeated:?}");
    for _ in 0..3 {
        key(&mut *sink, "KeyA", "a", true);
    }
    key(&mut *sink, "KeyA", "a", false);
    let repeats = [(false, 38), (true, 38)].repeat(3);
    assert_eq!(keys(&client, &mut *sink), [repeats, vec![(false, 38)]].concat());
    // Modifiers do not repeat.
    for _ in 0..3 {
        key(&mut *sink, "ShiftLeft", "Shift", true);
    }
    assert_eq!(keys(&client, &mut *sink), [(true, 50)]);
}

#[test]
fn everything_is_let_go_when_told_and_when_dropped() {
    let (server, client, mut sink) = desk();
    for drop_it in [false, true] {
        key(&mut *sink, "ShiftLeft", "Shift", true);
        key(&mut *sink, "KeyA", "A", true);
        key(&mut *sink, "KeyB", "я", true);
        sink.button(Button::Left, true).unwrap();
        client.sync();
        sink.locks().unwrap();
        assert!(!nothing_is_down(&client));
        if drop_it {
            drop(sink);
            break;
        }
        sink.release_all().unwrap();
        sink.locks().unwrap();
        assert!(nothing_is_down(&client));
    }
    assert!(nothing_is_down(&client));
    // Lent keycodes were given back.
    let leftover = server.run("x11-xserver-utils", "xmodmap", &["-pke"]);
    assert!(!leftover.contains("Cyrillic_ya"), "{leftover}");
}

#[test]
fn keys_of_a_killed_agent_are_released() {
    let (server, client, mut sink) = desk();
    key(&mut *sink, "KeyZ", "я", true);
    key(&mut *sink, "ControlLeft", "Control", true);
    sink.button(Button::Right, true).unwrap();
    sink.locks().unwrap();
    // What a kill leaves behind: no goodbye.
    std::mem::forget(sink);
    assert!(!nothing_is_down(&client));
    let layout = || server.run("x11-xserver-utils", "xmodmap", &["-pke"]);
    assert!(layout().contains("Cyrillic_ya"));
    release_stuck_input(&server.target()).unwrap();
    assert!(nothing_is_down(&client));
    assert!(!layout().contains("Cyrillic_ya"));
    // Again, with nothing to do.
    release_stuck_input(&server.target()).unwrap();
}

#[test]
fn lost_releases_of_modifiers_are_made_up_for() {
    let (_server, client, mut sink) = desk();
    key(&mut *sink, "ControlLeft", "Control", true);
    let event = KeyEvent {
        code: "KeyA".into(),
        key: "a".into(),
        down: true,
        modifiers: Some(farol_platform::Modifiers::default()),
    };
    sink.key(&event).unwrap();
    let event = client.wait_for(|event| matches!(event, Event::KeyPress(press) if press.detail == 38));
    let Event::KeyPress(press) = event else {
        unreachable!()
    };
    assert_eq!(press.state, KeyButMask::from(0u16));
}

#[test]
fn a_peer_that_only_presses_holds_few_keys() {
    let (_server, client, mut sink) = desk();
    for code in 0..200 {
        key(
            &mut *sink,
            &format!("nonsense{code}"),
            &char::from(b'!' + code % 90).to_string(),
            true,
        );
    }
    sink.locks().unwrap();
    let down = client.conn.query_keymap().unwrap().reply().unwrap().keys;
    let count: u32 = down.iter().map(|byte| byte.count_ones()).sum();
    assert!(
        count <= farol_platform::input::HELD_KEYS_MAX as u32,
        "{count} keys are down"
    );
    sink.release_all().unwrap();
    sink.locks().unwrap();
    assert!(nothing_is_down(&client));
}

#[test]
fn lock_keys_pressed_by_anybody_are_told_once() {
    let (server, client, mut sink) = desk();
    assert!(!sink.locks().unwrap().caps_lock);
    let mut other = open_input(&server.target()).unwrap();
    key(&mut *other, "CapsLock", "CapsLock", true);
    key(&mut *other, "CapsLock", "CapsLock", false);
    other.locks().unwrap();
    client.sync();
    assert!(sink.locks().unwrap().caps_lock);
    assert_eq!(sink.changed_locks().unwrap(), None);
    key(&mut *sink, "NumLock", "NumLock", true);
    key(&mut *sink, "NumLock", "NumLock", false);
    other.locks().unwrap();
    let deadline = Instant::now() + support::PATIENCE;
    let changed = loop {
        if let Some(changed) = sink.changed_locks().unwrap() {
            break changed;
        }
        assert!(Instant::now() < deadline, "nobody told");
        std::thread::yield_now();
    };
    assert!(changed.caps_lock && changed.num_lock);
}

#[test]
fn a_dead_server_is_a_loss() {
    let (mut server, _client, mut sink) = desk();
    server.kill();
    let deadline = Instant::now() + support::PATIENCE;
    let error = loop {
        assert!(Instant::now() < deadline, "no error");
        if let Err(error) = sink.pointer_move(1, 1) {
            break error;
        }
    };
    assert!(matches!(error, InputError::Lost(_)), "{error}");
    assert!(matches!(
        open_input(&server.target()),
        Err(InputError::NoDisplay(_))
    ));
}
