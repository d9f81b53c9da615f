//! A form on a real display, filled in by a hand that the display takes for a person's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use std::time::Duration;

use farol_platform::notice::{Answer, Field, Form, Language, View};
use farol_platform::open_clipboard;
use support::XServer;
use support::desk::{BACKSPACE, CONTROL, ESCAPE, Face, LEFT, Other, RETURN, SHIFT, Seen, TAB};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt as _, EventMask};

fn field(label: &str, value: &str) -> Field {
    Field {
        label: label.into(),
        value: value.into(),
    }
}

fn form(number: u32, fields: &[Field]) -> Form {
    Form {
        number,
        title: "Get help".into(),
        text: "Type the code that you were given, and the address of the page it came from.".into(),
        problem: String::new(),
        fields: fields.to_vec(),
        accept: "Continue".into(),
        cancel: "Cancel".into(),
    }
}

fn show(face: &Face, form: Form) {
    face.show_view(View {
        form: Some(form),
        ..View::default()
    });
}

fn filled(number: u32, values: &[&str]) -> Answer {
    Answer::Filled {
        number,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

/// A display, our windows on it, and somebody before it.
fn scene() -> (XServer, Face, Other) {
    let server = XServer::start("1024x768x24");
    let face = Face::open(&server, Language::English);
    let other = Other::new(&server);
    (server, face, other)
}

/// The form with the keyboard.
fn ready(other: &Other) -> Seen {
    let seen = other.form();
    other.has_focus(seen);
    seen
}

/// The one answer that there is.
fn answer(face: &Face) -> Answer {
    face.answers.recv_timeout(support::PATIENCE).unwrap().unwrap()
}

#[test]
fn what_is_typed_is_what_is_answered() {
    let (_server, face, other) = scene();
    show(&face, form(7, &[field("Code", ""), field("Address", "")]));
    let seen = ready(&other);
    assert!(other.colors(seen).len() > 50, "it is painted");
    other.type_text("k7q-f2mm");
    other.key(BACKSPACE);
    other.key(LEFT);
    other.key_with(SHIFT, 'a'.into());
    other.key(TAB);
    other.type_text("help.example/");
    other.key_with(SHIFT, TAB);
    other.key_with(SHIFT, ';'.into());
    other.key(RETURN);
    assert_eq!(answer(&face), filled(7, &["k7q-f2A:m", "help.example/"]));
    other.no_form();
    // Told again, an answered form does not come back; another one does.
    show(&face, form(7, &[field("Code", "")]));
    show(&face, form(8, &[field("Code", "abc"), field("Address", "")]));
    ready(&other);
    other.type_text("x");
    other.key(RETURN);
    assert_eq!(
        answer(&face),
        filled(8, &["abc", "x"]),
        "typing goes into what is empty"
    );
}

#[test]
fn a_copied_text_is_pasted() {
    let (server, face, other) = scene();
    let mut clipboard = open_clipboard(&server.target()).unwrap();
    clipboard.set_text("  K7Q-F2M-9X4\n").unwrap();
    // Whoever copied something hands it out for as long as it lives.
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let waker = clipboard.waker();
    let owner = std::thread::spawn(move || {
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            clipboard.wait(Some(Duration::from_secs(1))).unwrap();
        }
    });
    show(&face, form(1, &[field("Code", "")]));
    let seen = ready(&other);
    let before = other.pixels(seen);
    other.key_with(CONTROL, 'v'.into());
    other.until("the paste", || (other.pixels(seen) != before).then_some(()));
    other.key(RETURN);
    assert_eq!(answer(&face), filled(1, &["K7Q-F2M-9X4"]));
    drop(stop);
    waker.wake();
    owner.join().unwrap();
}

#[test]
fn clicks_choose_fields_and_buttons() {
    let (_server, face, other) = scene();
    show(&face, form(1, &[field("Code", "abc"), field("Address", "x")]));
    let seen = ready(&other);
    let (width, height) = (seen.width as i16, seen.height as i16);
    // The first field is above the second, which is above the buttons.
    other.click(seen, 30, height - 62 - 14 - 19 - 76);
    other.type_text("1");
    other.click(seen, width - 80, height - 43);
    let Answer::Filled { number: 1, values } = answer(&face) else {
        panic!("it was gone on with")
    };
    assert_eq!(values, ["1abc", "x"], "at the place of the click");
    show(&face, form(2, &[field("Code", "")]));
    let seen = ready(&other);
    other.click(seen, width - 208, seen.height as i16 - 43);
    assert_eq!(answer(&face), Answer::Canceled(2));
    other.no_form();
}

#[test]
fn it_is_given_up_by_escape_and_by_closing_its_window() {
    let (_server, face, other) = scene();
    show(&face, form(1, &[field("Code", "")]));
    ready(&other);
    other.key(ESCAPE);
    assert_eq!(answer(&face), Answer::Canceled(1));

    show(&face, form(2, &[field("Code", "")]));
    let seen = ready(&other);
    let (protocols, delete) = (other.0.atom("WM_PROTOCOLS"), other.0.atom("WM_DELETE_WINDOW"));
    let close = ClientMessageEvent::new(32, seen.window, protocols, [delete, 0, 0, 0, 0]);
    other
        .0
        .conn
        .send_event(false, seen.window, EventMask::NO_EVENT, close)
        .unwrap();
    other.0.conn.flush().unwrap();
    assert_eq!(answer(&face), Answer::Canceled(2));
}

#[test]
fn a_message_has_one_button_and_goes_when_it_is_taken_back() {
    let (_server, face, other) = scene();
    let message = Form {
        problem: "Nobody came. [nobody_came]".into(),
        cancel: String::new(),
        ..form(1, &[])
    };
    show(&face, message.clone());
    let seen = ready(&other);
    other.click(seen, seen.width as i16 - 80, seen.height as i16 - 43);
    assert_eq!(answer(&face), filled(1, &[]));
    show(&face, Form { number: 2, ..message });
    other.form();
    face.show_view(View::default());
    other.no_form();
    assert!(face.answers.try_recv().is_err());
}
