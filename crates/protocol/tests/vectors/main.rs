//! `proto/vectors/pipe.json`: what every implementation of the pipe must do, step by step.
//!
//! The scripts below are played on the two Rust ends and recorded; the record must equal the file. With
//! `FAROL_BLESS=1` the file is written instead. `proto/vectors/README.md` explains the format to implementers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use farol_protocol::pipe::message::clipboard::{ClipboardMessage, Fetch, Kind, Offer, Part, Representation};
use farol_protocol::pipe::message::input::{
    InputAction, InputEvent, InputToAgent, InputToViewer, Key, Modifiers, PointerButton, Typed,
};
use farol_protocol::pipe::message::screen::{
    CursorPosition, CursorShape, Frame, FrameAck, FrameTimes, Layout, Monitor, Quality, Scaling,
    ScreenCondition, ScreenSettings, ScreenState, ScreenToAgent, ScreenToViewer, Surface,
};
use farol_protocol::pipe::message::{ToAgent, ToViewer};
use farol_protocol::pipe::{Channel, ChannelSet, CloseCode, Side};
use serde_json::Value;

use script::*;

mod script;

fn frame(id: u32, size: usize) -> ToViewer {
    let times = FrameTimes {
        damaged_us: 10,
        captured_us: 20,
        encoded_us: 30,
        queued_us: 40,
    };
    let data = vec![0xab; size];
    ToViewer::Screen(ScreenToViewer::Frame(Frame {
        id,
        generation: 1,
        data,
        times,
        last_input_id: 3,
        exact: true,
    }))
}

fn input(actions: Vec<InputAction>) -> ToAgent {
    let events = (1..)
        .zip(actions)
        .map(|(id, action)| InputEvent { id, action })
        .collect();
    ToAgent::Input(InputToAgent { events })
}

fn key(code: &str, key: &str, down: bool) -> InputAction {
    let modifiers = Modifiers {
        shift: true,
        alt_graph: true,
        ..Modifiers::default()
    };
    InputAction::Key(Key {
        code: code.into(),
        key: key.into(),
        down,
        repeat: false,
        modifiers,
    })
}

fn ack(id: u32) -> ToAgent {
    ToAgent::Screen(ScreenToAgent::Ack(FrameAck {
        id,
        decode_us: 900,
        draw_us: 300,
    }))
}

fn position(x: i32) -> ToViewer {
    ToViewer::Screen(ScreenToViewer::CursorPosition(CursorPosition {
        x,
        y: 7,
        visible: true,
    }))
}

fn handshakes() -> Vec<Value> {
    let all = Script::open(
        "handshake",
        "Noise IK with hello and accept, first pings and pongs; the second round of clocks agrees.",
    );
    let mut view = Script::new(
        "handshake_view_only",
        "A view-only session opens the screen channel alone; others cannot be sent on.",
        ChannelSet::ALL,
        ChannelSet::VIEW,
    );
    view.viewer_sends(ack(1));
    view.connect();
    view.settle();
    view.viewer_sends(input(vec![InputAction::ReleaseAll]));
    view.viewer_sends(ack(1));
    view.settle();
    let mut silent = Script::new(
        "handshake_timeout",
        "A connection whose agent never answers is given up after ten seconds.",
        ChannelSet::ALL,
        ChannelSet::ALL,
    );
    silent.connect();
    silent.transmit(Side::Viewer);
    silent.deadline(Side::Viewer);
    silent.later(9_999_999);
    silent.timeout(Side::Viewer);
    silent.events(Side::Viewer);
    silent.later(1);
    silent.timeout(Side::Viewer);
    silent.events(Side::Viewer);
    silent.transmit(Side::Viewer);
    silent.deadline(Side::Viewer);
    vec![all.finish(), view.finish(), silent.finish()]
}

/// A monitor that is the whole desktop, at half its size.
fn one_monitor() -> Layout {
    let monitor = Monitor {
        name: "screen".into(),
        x: 0,
        y: 0,
        width: 1920,
        height: 1080,
        primary: true,
    };
    Layout {
        generation: 1,
        width: 1920,
        height: 1080,
        monitors: vec![monitor],
        surface: Surface {
            picture: (960, 540),
            monitor: "screen".into(),
            ..Surface::whole(1920, 1080)
        },
    }
}

fn messages() -> Vec<Value> {
    let mut input_script = Script::open("input", "Every input event, and what becomes of input.");
    let all = vec![
        InputAction::PointerMove { x: 640, y: 480 },
        InputAction::PointerButton {
            button: PointerButton::Left,
            down: true,
            x: 640,
            y: 480,
        },
        InputAction::PointerButton {
            button: PointerButton::Left,
            down: false,
            x: 641,
            y: 480,
        },
        InputAction::Wheel {
            dx: 0,
            dy: -120,
            x: 1,
            y: 2,
        },
        key("KeyQ", "@", true),
        key("KeyQ", "@", false),
        InputAction::Text(Typed("ção".into())),
        InputAction::Chord(vec!["ControlLeft".into(), "AltLeft".into(), "Delete".into()]),
        InputAction::ReleaseAll,
    ];
    input_script.viewer_sends(input(all));
    input_script.agent_sends(ToViewer::Input(InputToViewer::Refused {
        code: "too_fast".into(),
        detail: "slow".into(),
    }));
    input_script.agent_sends(ToViewer::Input(InputToViewer::Locks {
        caps_lock: true,
        num_lock: false,
    }));
    input_script.settle();
    let mut screen = Script::open(
        "screen",
        "Layout, state, cursor, frame, settings, acknowledgement, refresh.",
    );
    screen.agent_sends(ToViewer::Screen(ScreenToViewer::Layout(one_monitor())));
    let state = ScreenState {
        condition: ScreenCondition::Locked,
        detail: "since 9".into(),
    };
    screen.agent_sends(ToViewer::Screen(ScreenToViewer::State(state)));
    let rgba = vec![0x7f; 2 * 2 * 4];
    let shape = CursorShape {
        id: 1,
        width: 2,
        height: 2,
        hot_x: 1,
        hot_y: 0,
        rgba,
    };
    screen.agent_sends(ToViewer::Screen(ScreenToViewer::CursorShape(shape)));
    screen.agent_sends(position(-3));
    let settings = ScreenSettings {
        paused: true,
        quality: Quality::Lossless,
        vp9: true,
        monitor: "screen".into(),
        view: (1280, 720),
        scaling: Scaling::Never,
    };
    screen.viewer_sends(ToAgent::Screen(ScreenToAgent::Settings(settings)));
    screen.viewer_sends(ToAgent::Screen(ScreenToAgent::Refresh));
    screen.settle();
    screen.agent_sends(frame(1, 100));
    screen.settle();
    screen.viewer_sends(ack(1));
    screen.settle();
    vec![input_script.finish(), screen.finish(), clipboard()]
}

fn clipboard() -> Value {
    let mut clipboard = Script::open(
        "clipboard",
        "Offers both ways; a newer copy replaces one that waits. What is long is fetched, and its pieces come in short packets.",
    );
    clipboard.viewer_sends(ToAgent::Clipboard(ClipboardMessage::of_text("first")));
    clipboard.viewer_sends(ToAgent::Clipboard(ClipboardMessage::of_text("second ✓")));
    clipboard.agent_sends(ToViewer::Clipboard(ClipboardMessage::Offer(Offer {
        id: 3,
        has: vec![
            Representation::of(Kind::Html, b"<b>bold</b>"),
            Representation {
                kind: Kind::Picture,
                size: 20_000,
                content: None,
            },
        ],
        left_out: Vec::new(),
    })));
    clipboard.settle();
    clipboard.viewer_sends(ToAgent::Clipboard(ClipboardMessage::Fetch(Fetch {
        offer: 3,
        kind: Kind::Picture,
        from: 0,
        length: 16_384,
    })));
    clipboard.settle();
    clipboard.agent_sends(ToViewer::Clipboard(ClipboardMessage::Part(Part {
        offer: 3,
        kind: Kind::Picture,
        from: 0,
        content: vec![0xab; 16_384],
    })));
    clipboard.settle();
    clipboard.finish()
}

fn sending() -> Vec<Value> {
    let mut order = Script::open(
        "order",
        "Input and cursor overtake pictures between packets and between messages.",
    );
    order.agent_sends(frame(1, 33_000));
    order.writable();
    order.agent_sends(frame(2, 10));
    order.agent_sends(position(1));
    order.agent_sends(position(2));
    order.agent_sends(ToViewer::Clipboard(ClipboardMessage::of_text("copy")));
    order.agent_sends(ToViewer::Input(InputToViewer::Locks {
        caps_lock: false,
        num_lock: true,
    }));
    order.viewer_sends(ack(1));
    order.viewer_sends(ack(2));
    order.viewer_sends(input(vec![InputAction::ReleaseAll]));
    order.settle();
    order.writable();
    vec![order.finish()]
}

fn clocks_and_ends() -> Vec<Value> {
    let mut ping = Script::open(
        "ping",
        "A visible viewer pings each second, a hidden one each five; while nothing happens ever less often.",
    );
    ping.deadline(Side::Viewer);
    ping.later(1_000_000);
    ping.timeout(Side::Viewer);
    ping.settle();
    ping.visible(false);
    ping.deadline(Side::Viewer);
    ping.visible(true);
    ping.deadline(Side::Viewer);
    ping.timeout(Side::Viewer);
    ping.settle();
    let mut silence = Script::open(
        "silence",
        "Four seconds without a byte end a connection that somebody looks at.",
    );
    silence.later(1_000_000);
    silence.timeout(Side::Viewer);
    silence.transmit(Side::Viewer);
    silence.later(2_999_999);
    silence.timeout(Side::Viewer);
    silence.deadline(Side::Viewer);
    silence.events(Side::Viewer);
    silence.later(1);
    silence.timeout(Side::Viewer);
    silence.events(Side::Viewer);
    silence.transmit(Side::Viewer);
    silence.deadline(Side::Viewer);
    let mut viewer_leaves = Script::open(
        "close_by_viewer",
        "A close is the last packet; what waited is forgotten.",
    );
    viewer_leaves.viewer_sends(input(vec![InputAction::ReleaseAll]));
    viewer_leaves.close(Side::Viewer, CloseCode::Done, "leaving");
    viewer_leaves.settle();
    viewer_leaves.deadline(Side::Viewer);
    let mut agent_leaves = Script::open("close_by_agent", "The agent stops.");
    agent_leaves.close(Side::Agent, CloseCode::ShuttingDown, "service stopped");
    agent_leaves.settle();
    agent_leaves.deadline(Side::Viewer);
    vec![
        ping.finish(),
        silence.finish(),
        viewer_leaves.finish(),
        agent_leaves.finish(),
    ]
}

/// Connections that come and go under one pipe.
fn resuming() -> Vec<Value> {
    let mut apart = Script::open(
        "resume",
        "What was on its way and what was said without a connection arrives once, over the next one.",
    );
    apart.viewer_sends(input(vec![key("KeyA", "a", true)]));
    apart.transmit(Side::Viewer);
    apart.deliver(Side::Agent);
    apart.events(Side::Agent);
    apart.viewer_sends(input(vec![key("KeyA", "a", false)]));
    apart.agent_sends(frame(1, 40));
    apart.transmit(Side::Viewer);
    apart.transmit(Side::Agent);
    apart.disconnect();
    apart.viewer_sends(input(vec![key("KeyB", "b", true)]));
    apart.agent_sends(frame(2, 40));
    apart.deadline(Side::Viewer);
    apart.connect();
    apart.settle();
    let mut forged = Script::open(
        "forged",
        "A changed packet costs the connection; the pipe goes on over the next.",
    );
    forged.agent_sends(frame(1, 40));
    forged.transmit(Side::Agent);
    let mut changed = forged.to_viewer.pop_front().unwrap();
    changed[3] ^= 1;
    forged.receive(Side::Viewer, &changed);
    forged.deadline(Side::Viewer);
    forged.disconnect();
    forged.connect();
    forged.settle();
    let mut rights = Script::new(
        "rights",
        "Input is given, taken back while some is on its way, and given again.",
        ChannelSet::ALL,
        ChannelSet::VIEW,
    );
    rights.connect();
    rights.settle();
    rights.set_channels(ChannelSet::VIEW.with(Channel::Input));
    rights.settle();
    rights.viewer_sends(input(vec![key("KeyA", "a", true)]));
    rights.transmit(Side::Viewer);
    rights.set_channels(ChannelSet::VIEW);
    rights.settle();
    rights.viewer_sends(input(vec![InputAction::ReleaseAll]));
    rights.set_channels(ChannelSet::VIEW.with(Channel::Input));
    rights.settle();
    rights.viewer_sends(input(vec![InputAction::ReleaseAll]));
    rights.settle();
    vec![apart.finish(), forged.finish(), rights.finish()]
}

/// Packets that a viewer must refuse, each on a fresh pipe.
fn violations() -> Vec<Value> {
    let cases: [(&str, &str, Vec<u8>); 10] = [
        ("short_header", "Less than a header.", vec![1, 1, 0]),
        (
            "reserved_flag",
            "A flag that means nothing yet.",
            vec![1, 3, 0, 0, 0, 0, 1],
        ),
        ("empty_fragment", "A header alone.", vec![1, 1, 0, 0, 0, 0]),
        (
            "unknown_channel",
            "There is no channel 9.",
            vec![9, 1, 0, 0, 0, 0, 1],
        ),
        (
            "sequence_gap",
            "The first packet of a channel has number 0.",
            vec![1, 1, 1, 0, 0, 0, 1],
        ),
        (
            "not_a_message",
            "Bytes that do not parse.",
            vec![1, 1, 0, 0, 0, 0, 0xff],
        ),
        (
            "empty_message",
            "A screen message with nothing in it that is known.",
            vec![1, 1, 0, 0, 0, 0, 0x7a, 0],
        ),
        (
            "impossible_layout",
            "A desktop of 0 by 0.",
            vec![1, 1, 0, 0, 0, 0, 0x0a, 2, 8, 1],
        ),
        (
            "too_much_credit",
            "One byte more than the window.",
            vec![0, 1, 2, 0, 0, 0, 0x1a, 4, 8, 1, 16, 1],
        ),
        ("message_too_big", "More than 4 KiB of input message.", {
            let mut packet = vec![2, 0, 0, 0, 0, 0];
            packet.extend(vec![0; 4097]);
            packet
        }),
    ];
    let mut scripts: Vec<Value> = cases
        .into_iter()
        .map(|(name, says, packet)| {
            let mut script = Script::open(&format!("violation_{name}"), says);
            script.smuggle(&packet);
            script.transmit(Side::Viewer);
            script.events(Side::Viewer);
            script.finish()
        })
        .collect();
    let mut early = Script::new(
        "violation_before_accept",
        "A picture before the handshake.",
        ChannelSet::ALL,
        ChannelSet::ALL,
    );
    early.connect();
    early.transmit(Side::Viewer);
    early.receive(Side::Viewer, &[1, 1, 0, 0, 0, 0, 0x2a, 2, 8, 1]);
    early.transmit(Side::Viewer);
    scripts.push(early.finish());
    let mut version = Script::new(
        "version",
        "An agent that speaks version 7.",
        ChannelSet::ALL,
        ChannelSet::ALL,
    );
    version.connect();
    version.transmit(Side::Viewer);
    version.receive(Side::Viewer, &[0, 7]);
    version.transmit(Side::Viewer);
    scripts.push(version.finish());
    scripts
}

#[test]
fn pipe_vectors() {
    let scripts = [
        handshakes(),
        messages(),
        sending(),
        clocks_and_ends(),
        resuming(),
        violations(),
    ]
    .concat();
    let mut text = String::from("[\n");
    for (index, script) in scripts.iter().enumerate() {
        text.push_str(&one_step_a_line(script));
        text.push_str(if index + 1 < scripts.len() { ",\n" } else { "\n]\n" });
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../proto/vectors/pipe.json");
    if std::env::var_os("FAROL_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let stored =
        std::fs::read_to_string(&path).expect("proto/vectors/pipe.json (write it with FAROL_BLESS=1)");
    let known: Value = serde_json::from_str(&stored).unwrap();
    for (script, known) in scripts.iter().zip(known.as_array().unwrap()) {
        assert_eq!(script, known, "script {}", script["name"]);
    }
    assert!(
        stored == text,
        "proto/vectors/pipe.json is not what this test would write"
    );
}

fn one_step_a_line(script: &Value) -> String {
    let mut header = script.clone();
    let steps = header["steps"].take();
    header.as_object_mut().unwrap().remove("steps");
    let header = serde_json::to_string(&header).unwrap();
    let lines: Vec<String> = steps
        .as_array()
        .unwrap()
        .iter()
        .map(|step| format!("  {step}"))
        .collect();
    let header = header.strip_suffix('}').unwrap();
    format!("{header},\n \"steps\": [\n{}\n ]}}", lines.join(",\n"))
}
