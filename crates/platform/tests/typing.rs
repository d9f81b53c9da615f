//! What the technician types appears on the machine, whatever its layout; seen by another program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use farol_platform::{InputSink, KeyEvent, Modifiers, open_input};
use support::XServer;
use support::xev::Xev;

const NONE: Modifiers = Modifiers {
    shift: false,
    control: false,
    alt: false,
    meta: false,
    alt_graph: false,
};
const SHIFT: Modifiers = Modifiers { shift: true, ..NONE };
const CONTROL: Modifiers = Modifiers {
    control: true,
    ..NONE
};
const STATE_SHIFT: u32 = 1;
const STATE_CONTROL: u32 = 4;

fn key(sink: &mut dyn InputSink, code: &str, key: &str, down: bool, modifiers: Modifiers) {
    let event = KeyEvent {
        code: code.into(),
        key: key.into(),
        down,
        modifiers: Some(modifiers),
    };
    sink.key(&event).unwrap();
}

fn tap(sink: &mut dyn InputSink, code: &str, name: &str, modifiers: Modifiers) {
    key(sink, code, name, true, modifiers);
    key(sink, code, name, false, modifiers);
}

fn end(sink: &mut dyn InputSink) {
    tap(sink, "F12", "F12", NONE);
}

struct Desk {
    server: XServer,
    xev: Xev,
    sink: Box<dyn InputSink>,
}

fn desk(layout: &str) -> Desk {
    let server = XServer::start("800x600x24");
    set_layout(&server, layout);
    let xev = Xev::start(&server);
    let sink = open_input(&server.target()).unwrap();
    Desk { server, xev, sink }
}

fn set_layout(server: &XServer, layout: &str) {
    let mut arguments = vec!["-layout"];
    arguments.extend(layout.split(' '));
    server.run("x11-xkb-utils", "setxkbmap", &arguments);
}

fn printable_latin1() -> impl Iterator<Item = char> {
    // Without the soft hyphen, which programs show or not as they like.
    (0x20u8..=0x7e)
        .chain(0xa0..=0xff)
        .map(char::from)
        .filter(|character| *character != '\u{ad}')
}

/// Every character as a key of its own, its physical key unknown to the machine.
fn every_character(layout: &str) {
    let Desk {
        server: _server,
        xev,
        mut sink,
    } = desk(layout);
    let all: String = printable_latin1().chain("ßαβγΩλжЯщ€ő→★😀".chars()).collect();
    for character in all.chars() {
        tap(&mut *sink, "", &character.to_string(), NONE);
    }
    end(&mut *sink);
    assert_eq!(xev.text_until_f12(), all, "typed as keys on {layout}");
    sink.text(&all).unwrap();
    end(&mut *sink);
    assert_eq!(xev.text_until_f12(), all, "typed as text on {layout}");
}

#[test]
fn every_character_appears_on_us() {
    every_character("us");
}

#[test]
fn every_character_appears_on_br() {
    every_character("br");
}

#[test]
fn every_character_appears_on_de() {
    every_character("de");
}

#[test]
fn every_character_appears_on_fr() {
    every_character("fr");
}

#[test]
fn every_character_appears_on_us_international_with_its_dead_keys() {
    every_character("us -variant intl");
}

#[test]
fn every_character_appears_with_a_russian_layout_beside_the_american() {
    every_character("us,ru -option grp:win_space_toggle");
}

#[test]
fn caps_lock_on_the_machine_changes_nothing() {
    for layout in ["us", "fr", "de"] {
        let Desk {
            server: _server,
            xev,
            mut sink,
        } = desk(layout);
        tap(&mut *sink, "CapsLock", "CapsLock", NONE);
        assert!(sink.locks().unwrap().caps_lock, "{layout}");
        sink.text("abAB12!?éÉäÄßяЯ").unwrap();
        end(&mut *sink);
        assert_eq!(xev.text_until_f12(), "abAB12!?éÉäÄßяЯ", "{layout}");
        assert!(sink.locks().unwrap().caps_lock, "still locked on {layout}");
    }
}

#[test]
fn a_shifted_character_that_is_unshifted_here_lifts_shift_for_a_moment() {
    let Desk {
        server: _server,
        xev,
        mut sink,
    } = desk("us");
    // A German technician types Shift+7 for a slash, and goes on with a capital.
    key(&mut *sink, "ShiftLeft", "Shift", true, SHIFT);
    tap(&mut *sink, "Digit7", "/", SHIFT);
    tap(&mut *sink, "KeyA", "A", SHIFT);
    key(&mut *sink, "ShiftLeft", "Shift", false, NONE);
    tap(&mut *sink, "KeyA", "a", NONE);
    end(&mut *sink);
    let seen = xev.until_f12();
    let typed: String = seen
        .iter()
        .filter(|key| key.press)
        .map(|key| key.text.as_str())
        .collect();
    assert_eq!(typed, "/Aa");
    let slash = seen.iter().find(|key| key.text == "/").unwrap();
    assert_eq!(slash.state & STATE_SHIFT, 0);
}

#[test]
fn alt_gr_reported_as_control_and_alt_types_the_character() {
    for layout in ["us", "de"] {
        let Desk {
            server: _server,
            xev,
            mut sink,
        } = desk(layout);
        let alt_gr = Modifiers {
            alt_graph: true,
            ..NONE
        };
        key(&mut *sink, "ControlLeft", "Control", true, CONTROL);
        key(&mut *sink, "AltRight", "AltGraph", true, alt_gr);
        tap(&mut *sink, "KeyQ", "@", alt_gr);
        tap(&mut *sink, "KeyE", "€", alt_gr);
        key(&mut *sink, "AltRight", "AltGraph", false, NONE);
        key(&mut *sink, "ControlLeft", "Control", false, NONE);
        end(&mut *sink);
        let seen = xev.until_f12();
        let keys: Vec<_> = seen
            .iter()
            .filter(|key| key.press && !key.text.is_empty())
            .collect();
        let typed: String = keys.iter().map(|key| key.text.as_str()).collect();
        assert_eq!(typed, "@€", "{layout}");
        assert!(
            keys.iter().all(|key| key.state & STATE_CONTROL == 0),
            "{layout}: {keys:?}"
        );
    }
}

#[test]
fn shortcuts_reach_programs_on_any_layout() {
    // French has the letter elsewhere, Russian not at all: there the position counts.
    for (layout, code, name, keysym) in [
        ("us", "KeyC", "c", 0x63),
        ("fr", "KeyQ", "a", 0x61),
        ("fr", "KeyA", "a", 0x61),
        ("ru", "KeyC", "c", 0x6d3),
        ("us", "KeyC", "с", 0x63),
        ("us", "KeyC", "C", 0x63),
    ] {
        let Desk {
            server: _server,
            xev,
            mut sink,
        } = desk(layout);
        key(&mut *sink, "ControlLeft", "Control", true, CONTROL);
        tap(&mut *sink, code, name, CONTROL);
        key(&mut *sink, "ControlLeft", "Control", false, NONE);
        end(&mut *sink);
        let presses: Vec<_> = xev.until_f12().into_iter().filter(|key| key.press).collect();
        assert_eq!(presses.len(), 2, "Control and the key, nothing else: {presses:?}");
        assert_eq!(
            (presses[1].keysym, presses[1].state),
            (keysym, STATE_CONTROL),
            "{name} on {layout}"
        );
    }
}

#[test]
fn a_chord_by_codes_alone() {
    let Desk {
        server: _server,
        xev,
        mut sink,
    } = desk("us");
    let codes = ["ControlLeft", "AltLeft", "Delete"];
    for down in [true, false] {
        for code in codes {
            let event = KeyEvent {
                code: code.into(),
                key: String::new(),
                down,
                modifiers: None,
            };
            sink.key(&event).unwrap();
        }
    }
    end(&mut *sink);
    let seen = xev.until_f12();
    let delete = seen.iter().find(|key| key.press && key.keysym == 0xffff).unwrap();
    assert_eq!(delete.state, STATE_CONTROL | 8);
    assert_eq!(seen.iter().filter(|key| !key.press).count(), 3);
}

#[test]
fn named_keys() {
    let Desk {
        server: _server,
        xev,
        mut sink,
    } = desk("us");
    let names = [
        ("Enter", 0xff0d),
        ("Tab", 0xff09),
        ("Backspace", 0xff08),
        ("Escape", 0xff1b),
        ("Delete", 0xffff),
        ("Home", 0xff50),
        ("End", 0xff57),
        ("PageUp", 0xff55),
        ("PageDown", 0xff56),
        ("ArrowLeft", 0xff51),
        ("ArrowUp", 0xff52),
        ("ArrowRight", 0xff53),
        ("ArrowDown", 0xff54),
        ("Insert", 0xff63),
        ("F1", 0xffbe),
        ("F11", 0xffc8),
        ("ContextMenu", 0xff67),
        ("PrintScreen", 0xff61),
        ("Pause", 0xff13),
        ("AudioVolumeUp", 0x1008_ff13),
    ];
    for (name, _) in names {
        tap(&mut *sink, name, name, NONE);
    }
    // Shift does not keep Tab from being Tab.
    key(&mut *sink, "ShiftLeft", "Shift", true, SHIFT);
    tap(&mut *sink, "Tab", "Tab", SHIFT);
    key(&mut *sink, "ShiftLeft", "Shift", false, NONE);
    end(&mut *sink);
    let seen = xev.until_f12();
    let presses: Vec<u32> = seen
        .iter()
        .filter(|key| key.press)
        .map(|key| key.keysym)
        .collect();
    let expected: Vec<u32> = names
        .iter()
        .map(|(_, keysym)| *keysym)
        .chain([0xffe1, 0xfe20])
        .collect();
    assert_eq!(presses, expected);
}

#[test]
fn the_keypad_keeps_its_own_keys_where_its_lock_agrees() {
    let Desk {
        server: _server,
        xev,
        mut sink,
    } = desk("us");
    tap(&mut *sink, "NumpadAdd", "+", NONE);
    tap(&mut *sink, "Numpad7", "Home", NONE);
    tap(&mut *sink, "Numpad7", "7", NONE);
    tap(&mut *sink, "NumLock", "NumLock", NONE);
    assert!(sink.locks().unwrap().num_lock);
    tap(&mut *sink, "Numpad7", "7", NONE);
    tap(&mut *sink, "Numpad7", "Home", NONE);
    end(&mut *sink);
    let seen = xev.until_f12();
    let presses: Vec<u32> = seen
        .iter()
        .filter(|key| key.press)
        .map(|key| key.keysym)
        .collect();
    assert_eq!(presses, [0xffab, 0xff95, 0x37, 0xff7f, 0xffb7, 0xff50]);
}

#[test]
fn a_dead_key_waits_for_its_composed_text() {
    let Desk {
        server: _server,
        xev,
        mut sink,
    } = desk("us");
    tap(&mut *sink, "Quote", "Dead", NONE);
    sink.text("á\r\nb\tc").unwrap();
    end(&mut *sink);
    assert_eq!(xev.text_until_f12(), "á\rb\tc");
    // Keys whose letter takes several code points.
    tap(&mut *sink, "KeyA", "g\u{303}", NONE);
    end(&mut *sink);
    assert_eq!(xev.text_until_f12(), "g\u{303}");
}

#[test]
fn a_new_layout_is_noticed() {
    let Desk {
        server,
        xev,
        mut sink,
    } = desk("us");
    sink.text("zyα").unwrap();
    end(&mut *sink);
    let seen = xev.until_f12();
    let typed: String = seen
        .iter()
        .filter(|key| key.press)
        .map(|key| key.text.as_str())
        .collect();
    assert_eq!(typed, "zyα", "{seen:?}");
    set_layout(&server, "de");
    sink.text("zyαß").unwrap();
    end(&mut *sink);
    assert_eq!(xev.text_until_f12(), "zyαß");
}

#[test]
fn two_technicians_type_at_once() {
    let Desk {
        server,
        xev,
        mut sink,
    } = desk("us");
    let mut second = open_input(&server.target()).unwrap();
    let first_text = "the first ąęć".repeat(10);
    sink.text(&first_text).unwrap();
    second.text("and the second çğş").unwrap();
    sink.text("α").unwrap();
    end(&mut *sink);
    assert_eq!(xev.text_until_f12(), format!("{first_text}and the second çğşα"));
}
