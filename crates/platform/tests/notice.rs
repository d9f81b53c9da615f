//! Prompt and strip on a real display, pressed by a hand that the display takes for a person's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use std::time::{Duration, Instant};

use farol_platform::notice::{Answer, Banner, Language, Prompt, PromptKind, Right, View, Waiting};
use farol_platform::{NoticeError, open_notices};
use support::desk::{ESCAPE, Face, LEFT, Other, RETURN, RIGHT, Seen, TAB, TRY};
use support::{PATIENCE, XServer};
use x11rb::protocol::xproto::{
    AtomEnum, BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ButtonPressEvent, ConfigureWindowAux,
    ConnectionExt as _, EventMask, KeyButMask, StackMode,
};

fn prompt(number: u32) -> Prompt {
    Prompt {
        number,
        kind: PromptKind::Session,
        technician: "Ana Conceição".into(),
        organization: "Lusab".into(),
        rights: vec![Right::View, Right::Control],
        words: "lusab-babad-gutih-tugad".into(),
        seconds_left: 60,
        caution: false,
    }
}

fn banner() -> Banner {
    Banner {
        technicians: vec!["Ana".into(), "Bruno".into()],
        rights: vec![Right::View, Right::Control],
        running_seconds: 61,
    }
}

#[test]
fn a_click_on_allow_allows() {
    let server = XServer::start("1024x768x24");
    let face = Face::open(&server, Language::English);
    let other = Other::new(&server);
    face.show(Some(prompt(7)), None);
    let seen = other.prompt();
    assert!(other.colors(seen).len() > 50, "it is painted");
    assert_eq!(face.until_answered(|| other.allow(seen)), Answer::Allowed(7));
    other.no_prompt();
}

#[test]
fn a_click_on_refuse_refuses_and_the_next_prompt_is_asked_anew() {
    let server = XServer::start("1024x768x24");
    let face = Face::open(&server, Language::Portuguese);
    let other = Other::new(&server);
    face.show(Some(prompt(1)), None);
    let seen = other.prompt();
    assert_eq!(face.until_answered(|| other.refuse(seen)), Answer::Refused(1));
    other.no_prompt();
    // Told again, an answered prompt does not come back; another one does.
    face.show(Some(prompt(1)), Some(banner()));
    other.strip();
    assert_eq!(other.ours("_NET_WM_WINDOW_TYPE_DIALOG"), None);
    face.show(Some(prompt(2)), None);
    let seen = other.prompt();
    assert_eq!(face.until_answered(|| other.refuse(seen)), Answer::Refused(2));
}

#[test]
fn keys_answer_and_the_keyboard_comes_back() {
    let server = XServer::start("1024x768x24");
    let other = Other::new(&server);
    other.0.show(0, 0, 200, 200);
    let before = other.focus();
    let face = Face::open(&server, Language::English);
    face.show(Some(prompt(1)), None);
    let seen = other.prompt();
    other.until("the focus", || (other.focus() == seen.window).then_some(()));
    assert_eq!(face.until_answered(|| other.key(ESCAPE)), Answer::Refused(1));
    other.until("the focus's return", || (other.focus() == before).then_some(()));

    // Enter alone is a no: nobody agrees by typing on.
    face.show(Some(prompt(2)), None);
    other.until("the focus", || (other.focus() != before).then_some(()));
    assert_eq!(face.until_answered(|| other.key(RETURN)), Answer::Refused(2));

    face.show(Some(prompt(3)), None);
    other.until("the focus", || (other.focus() != before).then_some(()));
    other.key(TAB);
    assert_eq!(face.until_answered(|| other.key(RETURN)), Answer::Allowed(3));

    face.show(Some(prompt(4)), None);
    other.until("the focus", || (other.focus() != before).then_some(()));
    [RIGHT, LEFT].into_iter().for_each(|key| other.key(key));
    assert_eq!(face.until_answered(|| other.key(RETURN)), Answer::Refused(4));
}

#[test]
fn a_withdrawn_prompt_goes() {
    let server = XServer::start("1024x768x24");
    let face = Face::open(&server, Language::English);
    let other = Other::new(&server);
    face.show(Some(prompt(1)), None);
    other.prompt();
    face.show(None, None);
    other.no_prompt();
    assert!(face.answers.try_recv().is_err());
}

#[test]
fn a_warning_cannot_be_allowed_at_once() {
    let server = XServer::start("1024x768x24");
    let face = Face::open(&server, Language::English);
    let other = Other::new(&server);
    let start = Instant::now();
    face.show(
        Some(Prompt {
            caution: true,
            ..prompt(1)
        }),
        None,
    );
    let seen = other.prompt();
    assert_eq!(face.until_answered(|| other.allow(seen)), Answer::Allowed(1));
    assert!(start.elapsed() >= farol_platform::notice::CAUTION_PAUSE);
}

#[test]
fn made_up_events_are_nobody() {
    let server = XServer::start("1024x768x24");
    let face = Face::open(&server, Language::English);
    let other = Other::new(&server);
    face.show(Some(prompt(1)), None);
    let seen = other.prompt();
    let start = Instant::now();
    let send = |kind: u8| {
        let event = ButtonPressEvent {
            response_type: kind,
            detail: 1,
            sequence: 0,
            time: x11rb::CURRENT_TIME,
            root: other.0.root,
            event: seen.window,
            child: x11rb::NONE,
            root_x: 0,
            root_y: 0,
            event_x: seen.width as i16 - 80,
            event_y: seen.height as i16 - 43,
            state: KeyButMask::default(),
            same_screen: true,
        };
        other
            .0
            .conn
            .send_event(false, seen.window, EventMask::NO_EVENT, event)
            .unwrap();
        other.0.sync();
    };
    while start.elapsed() < Duration::from_secs(2) {
        send(BUTTON_PRESS_EVENT);
        send(BUTTON_RELEASE_EVENT);
        assert!(face.answers.recv_timeout(TRY).is_err());
    }
    assert_eq!(face.until_answered(|| other.allow(seen)), Answer::Allowed(1));
}

#[test]
fn the_strip_is_on_top_and_leaves_the_keyboard_alone() {
    let server = XServer::start("1024x768x24");
    let other = Other::new(&server);
    other.0.show(0, 0, 1024, 768);
    let before = other.focus();
    let face = Face::open(&server, Language::English);
    face.show(None, Some(banner()));
    let strip = other.strip();
    assert_eq!(strip.y, 0);
    assert!(other.colors(strip).len() > 50, "it is painted");
    // A program that covers it does not keep it covered.
    let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
    other.0.conn.configure_window(other.0.window, &above).unwrap();
    other.until("the strip's return", || {
        let tree = other.0.conn.query_tree(other.0.root).unwrap().reply().unwrap();
        (tree.children.last() == Some(&strip.window)).then_some(())
    });
    let end = face.until_answered(|| other.click(strip, strip.width as i16 - 30, 16));
    assert_eq!(end, Answer::End);
    // The right's button is somewhere between the text and the end.
    let mut x = strip.width as i16 * 5 / 8;
    let taken = face.until_answered(|| {
        other.click(strip, x, 16);
        x = (x + 10).min(strip.width as i16 - 60);
    });
    assert_eq!(taken, Answer::TakeBack(Right::Control));
    assert_eq!(other.focus(), before);
}

#[test]
fn a_strip_that_waits_becomes_the_one_of_the_session_and_can_be_ended() {
    let server = XServer::start("1024x768x24");
    let face = Face::open(&server, Language::Portuguese);
    let other = Other::new(&server);
    let waiting = View {
        waiting: Some(Waiting {
            organization: "Lusab".into(),
            running_seconds: 61,
        }),
        ..View::default()
    };
    face.show_view(waiting.clone());
    let alone = other.strip();
    assert!(other.colors(alone).len() > 50, "it is painted");
    let end = face.until_answered(|| other.click(alone, alone.width as i16 - 30, 16));
    assert_eq!(end, Answer::End);
    face.show_view(View {
        banner: Some(banner()),
        ..waiting
    });
    let session = other.until("the change", || {
        Some(other.strip()).filter(|seen| seen.width != alone.width)
    });
    assert_eq!(session.window, alone.window, "one strip, not two");
    face.show(None, None);
    other.until("the strip's end", || {
        other.ours("_NET_WM_WINDOW_TYPE_DOCK").is_none().then_some(())
    });
}

#[test]
fn the_strip_is_dragged_sideways_only() {
    let server = XServer::start("1024x768x24");
    let face = Face::open(&server, Language::English);
    let other = Other::new(&server);
    face.show(None, Some(banner()));
    let strip = other.strip();
    // By its end button: a drag that ends nothing.
    other.move_to(strip.x + strip.width as i16 - 30, 16);
    other.fake(BUTTON_PRESS_EVENT, 1, 0, 0);
    other.move_to(strip.x + strip.width as i16 - 130, 300);
    other.fake(BUTTON_RELEASE_EVENT, 1, 0, 0);
    let moved = other.until("the move", || {
        Some(other.strip()).filter(|seen| seen.x != strip.x)
    });
    assert_eq!((moved.x, moved.y), (strip.x - 100, 0));
    // It stays there when what it says changes.
    let alone = Banner {
        technicians: vec!["Ana".into()],
        ..banner()
    };
    face.show(None, Some(alone));
    let alone = other.until("the change", || {
        Some(other.strip()).filter(|seen| seen.width < moved.width)
    });
    let middle = |seen: Seen| i32::from(seen.x) + i32::from(seen.width) / 2;
    assert!((middle(alone) - middle(moved)).abs() <= 1);
    assert!(face.answers.try_recv().is_err());
}

#[test]
fn dense_screens_get_large_letters() {
    let server = XServer::start("1920x1200x24");
    let other = Other::new(&server);
    let resources = b"Xft.dpi:\t192\n";
    other
        .0
        .conn
        .change_property(
            x11rb::protocol::xproto::PropMode::REPLACE,
            other.0.root,
            AtomEnum::RESOURCE_MANAGER,
            AtomEnum::STRING,
            8,
            u32::try_from(resources.len()).unwrap(),
            resources,
        )
        .unwrap();
    other.0.sync();
    let face = Face::open(&server, Language::English);
    face.show(Some(prompt(1)), Some(banner()));
    assert_eq!(other.prompt().width, 880);
    assert_eq!(other.strip().height, 72);
}

#[test]
fn a_display_that_goes_is_told() {
    let mut server = XServer::start("640x480x24");
    let face = Face::open(&server, Language::English);
    face.show(Some(prompt(1)), Some(banner()));
    Other::new(&server).prompt();
    server.kill();
    let told = face.answers.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(told, Err(NoticeError::Lost(_))), "{told:?}");
    let refused = open_notices(&server.target(), Language::English);
    assert!(matches!(refused.err(), Some(NoticeError::NoDisplay(_))));
}
