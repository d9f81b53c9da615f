//! The whole agent in process: a fake machine on one side, a small server with a viewer on the other.

mod company;
mod consent;
mod enroll;
mod identity;
mod interruptions;
mod inventory;
mod machine;
mod metrics;
mod one_time;
mod pace;
mod person;
mod server;
mod surfaces;
mod viewer;

use std::time::{Duration, Instant};

use farol_platform::input::fake::{FakeInputEvent, FakeInputRecord};
use farol_platform::{CopiedKind, Rect, ScreenState as Seen};
use farol_protocol::link::{Copied, GoodbyeReason, ServerLinkEvent};
use farol_protocol::pipe::CloseCode;
use farol_protocol::pipe::message::ToAgent;
use farol_protocol::pipe::message::clipboard::{ClipboardMessage, Fetch, Kind, Offer, Part, Representation};
use farol_protocol::pipe::message::input::{InputAction, InputEvent, InputToAgent, Key, Modifiers};
use farol_protocol::pipe::message::screen::ScreenCondition;
use farol_protocol::rights::{Right, Rights};

use super::*;
use machine::FakeMachine;
use server::TestServer;
use viewer::Viewer;

const LONG: Duration = Duration::from_secs(20);

fn start(machine: &Arc<FakeMachine>, server: &TestServer) -> RunningAgent {
    let disk = Disk::new();
    disk.state.save(&server.enrollment()).unwrap();
    start_on(disk, machine)
}

fn start_on(disk: Disk, machine: &Arc<FakeMachine>) -> RunningAgent {
    let config = RunConfig {
        state: disk.state.clone(),
        backends: Arc::clone(machine) as _,
    };
    let (stop, stopping) = watch::channel(false);
    RunningAgent {
        disk,
        stop,
        task: tokio::spawn(run(config, stopping)),
    }
}

/// A state in a folder of its own.
struct Disk {
    _folder: tempfile::TempDir,
    state: StateDir,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::locate(Some(folder.path().join("state"))).unwrap();
        Self {
            _folder: folder,
            state,
        }
    }

    /// A copy, bit for bit.
    fn copy(&self) -> Self {
        let copy = Self::new();
        copy.state.create().unwrap();
        for entry in std::fs::read_dir(self.state.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), copy.state.path().join(entry.file_name())).unwrap();
        }
        copy
    }
}

struct RunningAgent {
    disk: Disk,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<Result<(), RunError>>,
}

impl RunningAgent {
    /// Ends without a word, as by a loss of power.
    async fn crash(self) -> Disk {
        self.task.abort();
        drop(self.task.await);
        self.disk
    }

    async fn stop(self) -> Disk {
        self.stop.send_replace(true);
        let (disk, result) = self.over().await;
        result.unwrap();
        disk
    }

    /// Waits until it is over by itself.
    async fn over(self) -> (Disk, Result<(), RunError>) {
        let result = tokio::time::timeout(LONG, self.task).await.unwrap();
        (self.disk, result.unwrap())
    }
}

fn key(id: u32, down: bool) -> ToAgent {
    let modifiers = Modifiers::default();
    let key = Key {
        code: "KeyA".into(),
        key: "a".into(),
        down,
        repeat: false,
        modifiers,
    };
    ToAgent::Input(InputToAgent {
        events: vec![InputEvent {
            id,
            action: InputAction::Key(key),
        }],
    })
}

/// Waits until a sink was told enough, without keeping the agent from running.
async fn recorded(
    record: FakeInputRecord,
    enough: impl FnMut(&[FakeInputEvent]) -> bool + Send + 'static,
) -> bool {
    tokio::task::spawn_blocking(move || record.wait_for(LONG, enough))
        .await
        .unwrap()
}

fn all_rights() -> Rights {
    Rights::VIEW.with(Right::Control).with(Right::Clipboard)
}

fn released(events: &[FakeInputEvent]) -> bool {
    events.last() == Some(&FakeInputEvent::ReleaseAll)
}

fn dropped(events: &[FakeInputEvent]) -> bool {
    events.last() == Some(&FakeInputEvent::Dropped)
}

/// A linked agent with one controlling viewer that has seen the first picture.
async fn connected() -> (Arc<FakeMachine>, TestServer, RunningAgent, Viewer) {
    let machine = FakeMachine::new();
    let mut server = TestServer::start().await;
    let agent = start(&machine, &server);
    server.link().await;
    let mut viewer = server.session(all_rights()).await;
    viewer.until(|picture| picture.frames > 0).await;
    (machine, server, agent, viewer)
}

#[tokio::test]
async fn a_viewer_sees_and_acts() {
    let (machine, mut server, agent, mut viewer) = connected().await;
    assert_eq!(viewer.picture.size, (320, 200));
    assert_eq!(viewer.picture.condition, Some(ScreenCondition::Ok));
    viewer.send(key(1, true));
    viewer.pump_until(|| machine.input().len() == 1).await;
    machine.screen().fill(Rect::new(10, 10, 20, 20), [1, 2, 3]);
    viewer
        .until(|picture| picture.last_input == 1 && picture.pixel(15, 15) == [1, 2, 3])
        .await;

    machine.clipboard().copy("from the machine");
    viewer
        .until(|picture| picture.copied.as_deref() == Some("from the machine"))
        .await;
    viewer.send(ToAgent::Clipboard(ClipboardMessage::of_text("from the viewer")));
    viewer
        .pump_until(|| machine.clipboard().paste().as_deref() == Some("from the viewer"))
        .await;

    // Until it is told at the end: a round trip is measured, and every picture is drawn.
    viewer.close(CloseCode::Done).await;
    let figures = server.figures().await;
    assert!(figures.pictures >= 2 && figures.picture.p50_us > 0, "{figures:?}");
    assert_eq!(figures.copied_to_viewer, Copied { times: 1, bytes: 16 });
    assert_eq!(figures.copied_to_agent, Copied { times: 1, bytes: 15 });
    let end = server.ended().await;
    assert_eq!(end.code, "technician_ended");
    assert!(recorded(machine.record(), dropped).await);
    agent.stop().await;
}

/// The next message of the clipboard that this picks.
async fn of_clipboard<T>(viewer: &mut Viewer, pick: impl Fn(&ClipboardMessage) -> Option<T>) -> T {
    viewer
        .until(|picture| picture.clipboard.iter().any(|message| pick(message).is_some()))
        .await;
    let found = viewer.picture.clipboard.iter().find_map(pick);
    viewer.picture.clipboard.clear();
    found.unwrap()
}

#[tokio::test]
async fn pictures_and_html_go_both_ways() {
    let (machine, mut server, agent, mut viewer) = connected().await;
    let mut picture = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x05\0\0\0\x07\x08\x06\0\0\0".to_vec();
    picture.extend((0..500_000u32).map(|at| (at % 251) as u8));
    let size = picture.len() as u32;

    let clipboard = machine.clipboard();
    clipboard.copy_all(&[
        (CopiedKind::Html, b"<b>bold</b>"),
        (CopiedKind::Picture, &picture),
    ]);
    let offer = |message: &ClipboardMessage| match message {
        ClipboardMessage::Offer(offer) => Some(offer.clone()),
        _ => None,
    };
    let offered = of_clipboard(&mut viewer, offer).await;
    assert_eq!(offered.has[0], Representation::of(Kind::Html, b"<b>bold</b>"));
    assert_eq!((offered.has[1].size, &offered.has[1].content), (size, &None));
    let mut got = Vec::new();
    while got.len() < picture.len() {
        viewer.send(ToAgent::Clipboard(ClipboardMessage::Fetch(Fetch {
            offer: offered.id,
            kind: Kind::Picture,
            from: got.len() as u32,
            length: 100_000,
        })));
        let part = |message: &ClipboardMessage| match message {
            ClipboardMessage::Part(part) => Some(part.content.clone()),
            _ => None,
        };
        got.extend(of_clipboard(&mut viewer, part).await);
    }
    assert_eq!(got, picture);

    viewer.send(ToAgent::Clipboard(ClipboardMessage::Offer(Offer {
        id: 1,
        has: vec![
            Representation::of(Kind::Text, b"a picture"),
            Representation {
                kind: Kind::Picture,
                size,
                content: None,
            },
        ],
        left_out: Vec::new(),
    })));
    viewer
        .pump_until(|| clipboard.paste().as_deref() == Some("a picture"))
        .await;
    let pasted = tokio::task::spawn_blocking(move || clipboard.paste_kind(LONG, CopiedKind::Picture));
    let mut given = 0;
    while given < size {
        let fetch = |message: &ClipboardMessage| match message {
            ClipboardMessage::Fetch(fetch) => Some(*fetch),
            _ => None,
        };
        let fetch = of_clipboard(&mut viewer, fetch).await;
        assert_eq!((fetch.offer, fetch.kind, fetch.from), (1, Kind::Picture, given));
        given += fetch.length;
        viewer.send(ToAgent::Clipboard(ClipboardMessage::Part(Part {
            offer: 1,
            kind: Kind::Picture,
            from: fetch.from,
            content: picture[fetch.from as usize..given as usize].to_vec(),
        })));
    }
    viewer.pump_until(|| pasted.is_finished()).await;
    assert_eq!(pasted.await.unwrap().as_deref(), Some(&*picture));

    viewer.close(CloseCode::Done).await;
    let figures = server.figures().await;
    let bytes = u64::from(size);
    assert_eq!(
        figures.copied_to_viewer,
        Copied {
            times: 1,
            bytes: bytes + 11
        }
    );
    assert_eq!(
        figures.copied_to_agent,
        Copied {
            times: 1,
            bytes: bytes + 9
        }
    );
    agent.stop().await;
}

#[tokio::test]
async fn a_still_screen_costs_nothing() {
    let (machine, _server, agent, mut viewer) = connected().await;
    let (frames, captures) = (viewer.picture.frames, machine.screen().captures());
    viewer.idle(Duration::from_millis(1200)).await;
    assert_eq!(
        (viewer.picture.frames, machine.screen().captures()),
        (frames, captures)
    );
    agent.stop().await;
}

#[tokio::test]
async fn a_viewer_that_vanishes_holds_no_key() {
    let (machine, mut server, agent, mut viewer) = connected().await;
    let mut other = server.session(all_rights()).await;
    other.until(|picture| picture.frames > 0).await;
    viewer.send(key(1, true));
    viewer.pump_until(|| machine.input().len() == 1).await;
    viewer.lose();
    assert!(recorded(machine.record(), released).await);
    let others = machine.other_record().events();
    assert!(!released(&others), "only its own");
    machine.screen().fill(Rect::new(0, 0, 5, 5), [9, 9, 9]);
    other.until(|picture| picture.pixel(1, 1) == [9, 9, 9]).await;
    agent.stop().await;
}

#[tokio::test]
async fn a_viewer_that_does_not_read_slows_nobody() {
    let (machine, mut server, agent, _stuck) = connected().await;
    let mut viewer = server.session(Rights::VIEW).await;
    viewer.until(|picture| picture.frames > 0).await;
    for shade in 1..60u8 {
        machine.screen().paint(Rect::new(0, 0, 320, 200), |x, y| {
            [shade, (x * 7) as u8 ^ shade, (y * 13) as u8]
        });
        viewer.until(|picture| picture.pixel(0, 0)[0] == shade).await;
    }
    agent.stop().await;
}

#[tokio::test]
async fn a_display_that_goes_and_comes_back_is_named_and_shown() {
    let (machine, _server, agent, mut viewer) = connected().await;
    machine.screen().set_state(Seen::Locked("xlock".into()));
    viewer
        .until(|picture| picture.condition == Some(ScreenCondition::Locked))
        .await;
    machine.screen().set_state(Seen::Live);
    viewer
        .until(|picture| picture.condition == Some(ScreenCondition::Ok))
        .await;
    machine.lose_display();
    viewer
        .until(|picture| picture.condition == Some(ScreenCondition::NoDisplay))
        .await;
    machine.new_display(640, 400);
    viewer
        .until(|picture| picture.condition == Some(ScreenCondition::Ok) && picture.size == (640, 400))
        .await;
    machine.screen().fill(Rect::new(600, 390, 5, 5), [7, 7, 7]);
    viewer.until(|picture| picture.pixel(602, 392) == [7, 7, 7]).await;
    machine.screen().resize(100, 50);
    machine.screen().fill(Rect::new(0, 0, 100, 50), [3, 3, 3]);
    viewer
        .until(|picture| picture.size == (100, 50) && picture.pixel(99, 49) == [3, 3, 3])
        .await;
    agent.stop().await;
}

#[tokio::test]
async fn a_viewer_can_ask_for_everything_again() {
    let (_machine, _server, agent, mut viewer) = connected().await;
    let generation = viewer.picture.generation;
    viewer.refresh();
    viewer
        .until(|picture| picture.generation > generation && picture.fresh_frames > 0)
        .await;
    agent.stop().await;
}

#[tokio::test]
async fn stopping_tells_viewer_and_server() {
    let (_machine, mut server, agent, mut viewer) = connected().await;
    let stopping = agent.stop();
    let watching = async {
        let closed = viewer.closed().await;
        let end = server.ended().await;
        (closed.code, end.code)
    };
    let (_disk, (code, end)) = tokio::join!(stopping, watching);
    assert_eq!((code, end.as_str()), (CloseCode::ShuttingDown, "agent_lost"));
}

#[tokio::test]
async fn the_server_ends_a_session() {
    let (machine, mut server, agent, mut viewer) = connected().await;
    viewer.pump_until(|| machine.has_hands()).await;
    server.end_session(&viewer);
    assert_eq!(viewer.closed().await.code, CloseCode::Done);
    assert!(recorded(machine.record(), dropped).await);
    agent.stop().await;
}

#[tokio::test]
async fn a_view_only_session_has_no_hands() {
    let machine = FakeMachine::new();
    let mut server = TestServer::start().await;
    let agent = start(&machine, &server);
    server.link().await;
    let mut viewer = server.session(Rights::VIEW).await;
    viewer.until(|picture| picture.frames > 0).await;
    assert!(!viewer.try_send(key(1, true)));
    viewer.smuggle_input();
    assert_eq!(viewer.closed().await.code, CloseCode::ProtocolViolation);
    assert_eq!(server.ended().await.code, "protocol_violation");
    assert_eq!(machine.input(), []);
    agent.stop().await;
}

#[tokio::test]
async fn the_link_comes_back_soon_after_a_loss() {
    let machine = FakeMachine::new();
    let mut server = TestServer::start().await;
    let agent = start(&machine, &server);
    server.link().await;
    for _ in 0..3 {
        let lost = Instant::now();
        server.drop_link();
        server.link().await;
        assert!(lost.elapsed() < Duration::from_secs(2), "{:?}", lost.elapsed());
    }
    agent.stop().await;
}

#[tokio::test]
async fn facts_follow_the_screen() {
    let machine = FakeMachine::new();
    let mut server = TestServer::start().await;
    let agent = start(&machine, &server);
    server.link().await;
    machine.screen().set_state(Seen::Blank("asleep".into()));
    let screen = loop {
        if let ServerLinkEvent::Facts(facts) = server.event().await
            && let Some(screen) = facts.screen.filter(|screen| screen.code == "blank")
        {
            break screen;
        }
    };
    assert_eq!(screen.detail, "asleep");
    agent.stop().await;
}

#[tokio::test]
async fn a_removed_machine_does_not_come_back() {
    let machine = FakeMachine::new();
    let mut server = TestServer::start().await;
    let agent = start(&machine, &server);
    server.link().await;
    server.goodbye(GoodbyeReason::MachineRemoved, None).await;
    let (_disk, result) = agent.over().await;
    assert!(matches!(result, Err(RunError::NotEnrolled(_))), "{result:?}");
}
