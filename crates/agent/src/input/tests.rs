//! The input thread with a fake sink.

use std::io;

use farol_platform::input::fake::{FakeInput, FakeInputEvent, FakeInputRecord};
use farol_platform::{Clipboard, ClipboardError, DisplayWatch, ScreenError, ScreenSource, SystemFacts};
use farol_protocol::pipe::message::input::{InputAction, Key, Modifiers, PointerButton};

use super::*;

const LONG: Duration = Duration::from_secs(20);

/// A machine with nothing but input.
struct OnlyInput(Mutex<Vec<Box<dyn InputSink>>>);

impl Backends for OnlyInput {
    fn open_screen(&self) -> Result<Box<dyn ScreenSource>, ScreenError> {
        Err(ScreenError::NoDisplay(String::new()))
    }

    fn open_input(&self) -> Result<Box<dyn InputSink>, InputError> {
        match self.0.lock().unwrap().pop() {
            Some(sink) => Ok(sink),
            None => Err(InputError::NoDisplay("none left".into())),
        }
    }

    fn open_clipboard(&self) -> Result<Box<dyn Clipboard>, ClipboardError> {
        Err(ClipboardError::NoDisplay(String::new()))
    }

    fn watch_displays(&self) -> io::Result<Box<dyn DisplayWatch>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn facts(&self) -> SystemFacts {
        SystemFacts::default()
    }

    fn evidence(&self) -> farol_platform::Evidence {
        farol_platform::Evidence::default()
    }
}

fn start() -> (InputHandle, FakeInputRecord, Arc<AtomicU32>, Arc<Notify>) {
    let (handle, record, applied, news, _rest) = start_with_rest();
    (handle, record, applied, news)
}

fn start_with_rest() -> (
    InputHandle,
    FakeInputRecord,
    Arc<AtomicU32>,
    Arc<Notify>,
    watch::Sender<bool>,
) {
    let (sink, record) = FakeInput::new();
    let (rest, resting) = watch::channel(false);
    let (handle, applied, news) = start_on(Box::new(sink), resting, Hold::alone());
    (handle, record, applied, news, rest)
}

fn start_on(
    sink: Box<dyn InputSink>,
    asking: watch::Receiver<bool>,
    hold: Hold,
) -> (InputHandle, Arc<AtomicU32>, Arc<Notify>) {
    let (applied, news) = (Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()));
    let backends = Arc::new(OnlyInput(Mutex::new(vec![sink])));
    let shared = (Arc::clone(&applied), Arc::clone(&news));
    let chatting = watch::channel(false).1;
    let rest = Rest { asking, chatting };
    let handle = InputHandle::start(backends, Clock::start(), shared, (rest, hold)).unwrap();
    (handle, applied, news)
}

/// A sink at which something happens after each text.
struct Typewriter {
    paper: FakeInput,
    typed: Box<dyn FnMut(&str) + Send>,
}

impl InputSink for Typewriter {
    fn pointer_move(&mut self, x: i32, y: i32) -> Result<(), InputError> {
        self.paper.pointer_move(x, y)
    }

    fn pointer_move_by(&mut self, dx: i32, dy: i32) -> Result<(), InputError> {
        self.paper.pointer_move_by(dx, dy)
    }

    fn button(&mut self, button: farol_platform::Button, down: bool) -> Result<(), InputError> {
        self.paper.button(button, down)
    }

    fn wheel(&mut self, dx: i32, dy: i32) -> Result<(), InputError> {
        self.paper.wheel(dx, dy)
    }

    fn key(&mut self, event: &farol_platform::KeyEvent) -> Result<(), InputError> {
        self.paper.key(event)
    }

    fn text(&mut self, text: &str) -> Result<(), InputError> {
        self.paper.text(text)?;
        (self.typed)(text);
        Ok(())
    }

    fn release_all(&mut self) -> Result<(), InputError> {
        self.paper.release_all()
    }

    fn release_keys(&mut self) -> Result<(), InputError> {
        self.paper.release_keys()
    }

    fn holds(&self) -> bool {
        self.paper.holds()
    }

    fn locks(&mut self) -> Result<Locks, InputError> {
        self.paper.locks()
    }

    fn changed_locks(&mut self) -> Result<Option<Locks>, InputError> {
        self.paper.changed_locks()
    }
}

fn text(id: u32, text: &str) -> InputEvent {
    InputEvent {
        id,
        action: InputAction::Text(Typed(text.into())),
    }
}

fn press(id: u32) -> InputEvent {
    let modifiers = Modifiers::default();
    InputEvent {
        id,
        action: InputAction::Key(Key {
            code: "KeyA".into(),
            key: "a".into(),
            down: true,
            repeat: false,
            modifiers,
        }),
    }
}

#[tokio::test]
async fn closing_releases_what_is_held_and_says_what_was_played() {
    let (handle, record, applied, _news) = start();
    handle.play(vec![press(4), press(5)]);
    assert!(record.wait_for(LONG, |events| events.len() == 2));
    handle.close().await;
    let events = record.events();
    assert_eq!(events[2..], [FakeInputEvent::ReleaseAll, FakeInputEvent::Dropped]);
    assert_eq!(applied.load(Ordering::Acquire), 5);
}

fn shift(id: u32, down: bool) -> InputEvent {
    let modifiers = Modifiers {
        shift: true,
        ..Modifiers::default()
    };
    InputEvent {
        id,
        action: InputAction::Key(Key {
            code: "ShiftLeft".into(),
            key: "Shift".into(),
            down,
            repeat: false,
            modifiers,
        }),
    }
}

/// What the sink was told, in short.
fn told(record: &FakeInputRecord) -> Vec<String> {
    let events = record.events().into_iter();
    let told = events.map(|event| match event {
        FakeInputEvent::Key(key) => format!("{} {}", key.code, if key.down { "down" } else { "up" }),
        other => format!("{other:?}"),
    });
    told.collect()
}

#[tokio::test]
async fn an_interruption_holds_nothing_and_ends_where_it_began() {
    let (handle, record, _applied, _news) = start();
    handle.play(vec![press(1), shift(2, true)]);
    assert!(record.wait_for(LONG, |events| events.len() == 2));
    handle.suspend();
    assert!(record.wait_for(LONG, |events| events.len() == 3));
    handle.suspend();
    handle.resume();
    assert!(record.wait_for(LONG, |events| events.len() == 4));
    handle.play(vec![shift(3, false)]);
    handle.close().await;
    let expected = [
        "KeyA down",
        "ShiftLeft down",
        "ReleaseAll",
        "ShiftLeft down",
        "ShiftLeft up",
        "ReleaseAll",
        "Dropped",
    ];
    assert_eq!(told(&record), expected);
}

#[tokio::test]
async fn the_session_knows_whether_anything_is_held() {
    let (handle, _record, _applied, news) = start();
    let becomes = async |holds| {
        let changed = async {
            while handle.holds() != holds {
                news.notified().await;
            }
        };
        tokio::time::timeout(LONG, changed).await.unwrap();
    };
    assert!(!handle.holds());
    handle.play(vec![shift(1, true)]);
    becomes(true).await;
    handle.play(vec![button(2, true), shift(3, false), button(4, false)]);
    becomes(false).await;
    handle.play(vec![shift(5, true)]);
    becomes(true).await;
    handle.suspend();
    becomes(false).await;
}

#[tokio::test]
async fn what_comes_late_is_played_and_leaves_nothing_pressed() {
    let (handle, record, _applied, _news) = start();
    handle.suspend();
    assert!(record.wait_for(LONG, |events| events.len() == 1));
    handle.play(vec![press(1), shift(2, true)]);
    assert!(record.wait_for(LONG, |events| events.len() == 4));
    handle.play(vec![shift(3, false)]);
    handle.close().await;
    let expected = [
        "ReleaseAll",
        "KeyA down",
        "ShiftLeft down",
        "ReleaseAll",
        "ShiftLeft down",
        "ShiftLeft up",
        "ReleaseAll",
        "ReleaseAll",
        "Dropped",
    ];
    assert_eq!(told(&record), expected);
}

#[tokio::test]
async fn what_was_not_played_when_the_right_went_never_is() {
    let (handle, record, applied, _news) = start();
    handle.play(vec![press(1)]);
    assert!(record.wait_for(LONG, |events| events.len() == 1));
    handle.cut();
    handle.play(vec![press(2)]);
    handle.close().await;
    assert_eq!(told(&record), ["KeyA down", "ReleaseAll", "Dropped"]);
    assert_eq!(applied.load(Ordering::Acquire), 1);
}

/// The left button, at a place of its own.
fn button(id: u32, down: bool) -> InputEvent {
    InputEvent {
        id,
        action: InputAction::PointerButton {
            button: PointerButton::Left,
            down,
            x: 7,
            y: 8,
        },
    }
}

/// Waits until an event was taken, played or not.
async fn applied_up_to(applied: &AtomicU32, id: u32) {
    let taken = async {
        while applied.load(Ordering::Acquire) < id {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, taken).await.unwrap();
}

#[tokio::test]
async fn hands_rest_while_somebody_is_asked() {
    let (handle, record, applied, news, rest) = start_with_rest();
    handle.play(vec![press(1), shift(2, true), button(3, true)]);
    assert!(record.wait_for(LONG, |events| events.len() == 4));
    drop(handle.take_replies());
    rest.send_replace(true);
    handle.look();
    assert!(record.wait_for(LONG, |events| events.len() == 5));
    // Releases, too: of what was held, and of what never was.
    handle.play(vec![shift(4, false), button(5, false), button(6, false)]);
    applied_up_to(&applied, 6).await;
    assert!(handle.take_replies().is_empty(), "letting go is not refused");
    handle.play(vec![press(7), button(8, true)]);
    applied_up_to(&applied, 8).await;
    news.notified().await;
    let replies = handle.take_replies();
    assert!(matches!(&replies[..], [InputToViewer::Refused { code, .. }] if code == "asking"));
    rest.send_replace(false);
    handle.play(vec![button(9, false), press(10)]);
    assert!(record.wait_for(LONG, |events| events.len() == 6));
    handle.close().await;
    assert_eq!(applied.load(Ordering::Acquire), 10);
    let expected = [
        "KeyA down",
        "ShiftLeft down",
        "PointerMove(7, 8)",
        "Button(Left, true)",
        "ReleaseAll",
        "KeyA down",
        "ReleaseAll",
        "Dropped",
    ];
    assert_eq!(told(&record), expected);
}

/// Nobody speaks for the person at the machine, and the pointer goes on, with what it drags.
#[tokio::test]
async fn keys_rest_while_the_person_writes() {
    let (sink, record) = FakeInput::new();
    let (applied, news) = (Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()));
    let backends = Arc::new(OnlyInput(Mutex::new(vec![Box::new(sink)])));
    let chats = watch::Sender::new(false);
    let rest = Rest {
        asking: watch::channel(false).1,
        chatting: chats.subscribe(),
    };
    let shared = (Arc::clone(&applied), news);
    let handle = InputHandle::start(backends, Clock::start(), shared, (rest, Hold::alone())).unwrap();
    handle.play(vec![shift(1, true), button(2, true)]);
    assert!(record.wait_for(LONG, |events| events.len() == 3));
    drop(handle.take_replies());
    chats.send_replace(true);
    handle.look();
    assert!(record.wait_for(LONG, |events| events.len() == 4));
    let chord = InputEvent {
        id: 3,
        action: InputAction::Chord(vec!["ControlLeft".into(), "KeyV".into()]),
    };
    // Releases are of what was let go.
    handle.play(vec![shift(3, false)]);
    applied_up_to(&applied, 3).await;
    assert!(handle.take_replies().is_empty(), "letting go is not refused");
    for typed in [press(4), text(5, "yes\r\n"), InputEvent { id: 6, ..chord }] {
        let id = typed.id;
        handle.play(vec![typed]);
        applied_up_to(&applied, id).await;
        let replies = handle.take_replies();
        assert!(matches!(&replies[..], [InputToViewer::Refused { code, .. }] if code == "chatting"));
    }
    let moved = InputAction::PointerMove { x: 1, y: 2 };
    handle.play(vec![InputEvent { id: 7, action: moved }, button(8, false)]);
    applied_up_to(&applied, 8).await;
    chats.send_replace(false);
    handle.play(vec![press(9)]);
    handle.close().await;
    let expected = [
        "ShiftLeft down",
        "PointerMove(7, 8)",
        "Button(Left, true)",
        "ReleaseKeys",
        "PointerMove(1, 2)",
        "PointerMove(7, 8)",
        "Button(Left, false)",
        "KeyA down",
        "ReleaseAll",
        "Dropped",
    ];
    assert_eq!(told(&record), expected);
}

#[tokio::test]
async fn a_long_text_stops_where_somebody_is_asked() {
    let (paper, record) = FakeInput::new();
    let (rest, resting) = watch::channel(false);
    let typed = Box::new(move |text: &str| {
        if text == "\r\n" {
            rest.send_replace(true);
        }
    });
    let (handle, applied, _news) = start_on(Box::new(Typewriter { paper, typed }), resting, Hold::alone());
    handle.play(vec![shift(1, true), text(2, "aç\r\n yes"), text(3, " ")]);
    applied_up_to(&applied, 3).await;
    let replies = handle.take_replies();
    assert!(matches!(&replies[0], InputToViewer::Refused { code, .. } if code == "asking"));
    handle.close().await;
    let expected = [
        "ShiftLeft down",
        "Text(\"a\")",
        "Text(\"ç\")",
        "Text(\"\\r\\n\")",
        "ReleaseAll",
        "ReleaseAll",
        "Dropped",
    ];
    assert_eq!(told(&record), expected);
}

#[tokio::test]
async fn a_long_text_stops_where_the_right_goes() {
    let (paper, record) = FakeInput::new();
    let (_rest, resting) = watch::channel(false);
    let (say, typed) = std::sync::mpsc::channel();
    let (go_on, wait) = std::sync::mpsc::channel();
    let typed_one = Box::new(move |text: &str| {
        say.send(text.to_owned()).unwrap();
        wait.recv().unwrap();
    });
    let sink = Typewriter {
        paper,
        typed: typed_one,
    };
    let (handle, _applied, _news) = start_on(Box::new(sink), resting, Hold::alone());
    handle.play(vec![text(1, "ab")]);
    assert_eq!(typed.recv_timeout(LONG).unwrap(), "a");
    handle.cut();
    go_on.send(()).unwrap();
    handle.close().await;
    assert_eq!(told(&record), ["Text(\"a\")", "ReleaseAll", "Dropped"]);
}

/// A display on which somebody's keys stay down keeps the next one waiting once, not once for each key.
#[tokio::test]
async fn hands_that_do_not_let_go_are_waited_for_once_in_a_batch() {
    let (sink, record) = FakeInput::new();
    let (_rest, resting) = watch::channel(false);
    let (next, last) = Hold::after_another();
    let (handle, applied, _news) = start_on(Box::new(sink), resting, next);
    let start = Instant::now();
    handle.play((1..=12).map(press).collect());
    applied_up_to(&applied, 12).await;
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    let replies = handle.take_replies();
    assert!(matches!(&replies[0], InputToViewer::Refused { code, .. } if code == "hands_busy"));
    drop(last);
    handle.play(vec![press(13)]);
    assert!(record.wait_for(LONG, |events| events.len() == 1));
    handle.close().await;
}

#[tokio::test]
async fn dropping_releases_too() {
    let (handle, record, _applied, _news) = start();
    handle.play(vec![press(1)]);
    drop(handle);
    assert!(record.wait_for(LONG, |events| events.last() == Some(&FakeInputEvent::Dropped)));
    assert!(record.events().contains(&FakeInputEvent::ReleaseAll));
}

#[tokio::test]
async fn a_lost_display_is_told_to_the_viewer() {
    let (handle, record, _applied, news) = start();
    news.notified().await;
    assert!(
        matches!(handle.take_replies()[..], [InputToViewer::Locks { .. }]),
        "lock keys are told at the start"
    );
    record.lose("gone");
    handle.play(vec![press(1)]);
    news.notified().await;
    let replies = handle.take_replies();
    let [InputToViewer::Refused { code, .. }] = &replies[..] else {
        panic!("{replies:?}")
    };
    assert_eq!(code, "no_display");
}
