//! The chat on a real display, written in by a hand that the display takes for a person's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use farol_platform::notice::{Answer, Banner, Chat, ChatLine, Language, Right, View};
use support::XServer;
use support::desk::{BACKSPACE, ESCAPE, Face, Other, PAGE_UP, RETURN, SHIFT, Seen, TRY};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ClientMessageEvent, ConnectionExt as _, EventMask,
};

/// The wheel, as pointers have it here.
const WHEEL_UP: u8 = 4;

/// A display, our windows on it, and somebody before it.
struct Scene {
    server: XServer,
    face: Face,
    other: Other,
}

fn scene(language: Language) -> Scene {
    let server = XServer::start("1024x768x24");
    let face = Face::open(&server, language);
    let other = Other::new(&server);
    Scene { server, face, other }
}

fn said(text: &str) -> ChatLine {
    ChatLine {
        name: "Ana".into(),
        text: text.into(),
        ..ChatLine::default()
    }
}

fn chat(lines: &[&str]) -> Chat {
    Chat {
        title: "Ana".into(),
        lines: lines.iter().map(|text| said(text)).collect(),
        open: true,
        ..Chat::default()
    }
}

impl Scene {
    fn show(&self, chat: Option<Chat>) {
        self.face.show_view(View {
            banner: Some(Banner {
                technicians: vec!["Ana".into()],
                rights: vec![Right::View, Right::Control],
                running_seconds: 60,
            }),
            chat,
            ..View::default()
        });
    }

    fn answer(&self) -> Answer {
        self.face
            .answers
            .recv_timeout(support::PATIENCE)
            .unwrap()
            .unwrap()
    }

    /// Goes into the chat; whether keys count is another matter.
    fn click(&self, seen: Seen) {
        self.other.click(seen, 40, seen.height as i16 - 30);
        assert_eq!(self.answer(), Answer::ChatFocus(true));
        self.other.has_focus(seen);
    }

    /// Tells the chat that its focus was heard, and waits until keys count.
    fn hear(&self, seen: Seen, chat: Chat) {
        let before = self.other.pixels(seen);
        self.show(Some(chat));
        let listens = || (self.other.pixels(seen) != before).then_some(());
        self.other.until("the caret", listens);
    }
}

#[test]
fn what_is_written_is_said_when_nobody_else_types() {
    let scene = scene(Language::English);
    let before = scene.other.focus();
    scene.show(Some(chat(&["Good morning"])));
    let seen = scene.other.form();
    assert!(scene.other.colors(seen).len() > 50, "it is painted");
    assert_eq!(scene.other.focus(), before, "it comes up without the keyboard");

    scene.click(seen);
    scene.other.type_text("yes");
    scene.other.key(RETURN);
    assert!(
        scene.face.answers.recv_timeout(2 * TRY).is_err(),
        "a technician may have typed that"
    );
    scene.hear(
        seen,
        Chat {
            heard: 1,
            ..chat(&["Good morning"])
        },
    );
    scene.other.key_with(SHIFT, 'h'.into());
    scene.other.type_text("i therw");
    scene.other.key(BACKSPACE);
    scene.other.type_text("e ");
    scene.other.key(RETURN);
    assert_eq!(scene.answer(), Answer::Say("Hi there".into()));
    // Nothing is said twice, and nothing that is nothing.
    scene.other.type_text("  ");
    scene.other.key(RETURN);
    scene.other.key(ESCAPE);
    assert_eq!(scene.answer(), Answer::ChatClosed);
    scene.show(Some(Chat {
        open: false,
        ..chat(&["Good morning"])
    }));
    assert_eq!(scene.answer(), Answer::ChatFocus(false));
    scene.other.no_form();
}

#[test]
fn who_leaves_and_comes_back_is_heard_anew() {
    let scene = scene(Language::English);
    let heard = |times| Chat {
        heard: times,
        ..chat(&["Good morning"])
    };
    scene.show(Some(heard(0)));
    let seen = scene.other.form();
    scene.click(seen);
    scene.hear(seen, heard(1));
    scene.other.0.show(0, 0, 100, 100);
    assert_eq!(scene.answer(), Answer::ChatFocus(false));
    scene.click(seen);
    scene.show(Some(heard(1)));
    scene.other.type_text("yes");
    scene.other.key(RETURN);
    assert!(
        scene.face.answers.recv_timeout(4 * TRY).is_err(),
        "not on an old word"
    );
    scene.hear(seen, heard(2));
    scene.other.type_text("no");
    scene.other.key(RETURN);
    assert_eq!(scene.answer(), Answer::Say("no".into()));
}

#[test]
fn the_strip_opens_it_and_its_frame_closes_it() {
    let scene = scene(Language::Portuguese);
    let closed = Chat {
        open: false,
        ..chat(&[])
    };
    scene.show(Some(closed.clone()));
    let strip = scene.other.strip();
    assert_eq!(scene.other.ours("_NET_WM_WINDOW_TYPE_NORMAL"), None);
    let quiet = scene.other.pixels(strip);
    scene.show(Some(Chat {
        unread: true,
        ..closed
    }));
    scene
        .other
        .until("the mark", || (scene.other.pixels(strip) != quiet).then_some(()));
    // From the left until it is hit: before it there are only names.
    let mut x = 120;
    let opened = scene.face.until_answered(|| {
        scene.other.click(strip, x, 15);
        x += 12;
    });
    assert_eq!(opened, Answer::ChatOpened);
    scene.show(Some(chat(&["Bom dia"])));
    let seen = scene.other.form();
    scene.other.has_focus(seen);
    assert_eq!(
        scene.answer(),
        Answer::ChatFocus(true),
        "who asked for it writes at once"
    );

    let (protocols, delete) = (
        scene.other.0.atom("WM_PROTOCOLS"),
        scene.other.0.atom("WM_DELETE_WINDOW"),
    );
    let close = ClientMessageEvent::new(32, seen.window, protocols, [delete, 0, 0, 0, 0]);
    let conn = &scene.other.0.conn;
    conn.send_event(false, seen.window, EventMask::NO_EVENT, close)
        .unwrap();
    conn.flush().unwrap();
    assert_eq!(scene.answer(), Answer::ChatClosed);
    // With the last session it goes, asked or not.
    scene.show(None);
    scene.other.no_form();
}

#[test]
fn what_was_said_before_is_scrolled_to() {
    let scene = scene(Language::English);
    let lines: Vec<String> = (0..60).map(|number| format!("line {number}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    scene.show(Some(chat(&lines)));
    let seen = scene.other.form();
    let newest = scene.other.until("the lines", || {
        let pixels = scene.other.pixels(seen);
        (pixels.iter().any(|pixel| *pixel != pixels[0])).then_some(pixels)
    });
    scene.other.move_to(seen.x + 60, seen.y + 200);
    scene.other.fake(BUTTON_PRESS_EVENT, WHEEL_UP, 0, 0);
    scene.other.fake(BUTTON_RELEASE_EVENT, WHEEL_UP, 0, 0);
    let above = scene.other.until("scrolling", || {
        let pixels = scene.other.pixels(seen);
        (pixels != newest).then_some(pixels)
    });
    scene.click(seen);
    scene.hear(
        seen,
        Chat {
            heard: 1,
            ..chat(&lines)
        },
    );
    let listening = scene.other.pixels(seen);
    scene.other.key(PAGE_UP);
    let further = scene.other.until("a page", || {
        let pixels = scene.other.pixels(seen);
        (pixels != listening && pixels != above).then_some(pixels)
    });
    // Who reads further up goes on reading there when somebody says something.
    let mut more = lines.clone();
    more.push("one more");
    scene.show(Some(Chat {
        title: "Ana, Bruno".into(),
        heard: 1,
        ..chat(&more)
    }));
    let told = scene.other.until("the new title", || {
        let pixels = scene.other.pixels(seen);
        (pixels != further).then_some(pixels)
    });
    let width = usize::from(seen.width);
    let part = |pixels: &[u32]| -> Vec<u32> {
        let rows = pixels.chunks(width).skip(60).take(300);
        rows.flat_map(|row| row[10..width - 20].to_vec()).collect()
    };
    assert_eq!(part(&told), part(&further));
    drop(scene.server);
}
