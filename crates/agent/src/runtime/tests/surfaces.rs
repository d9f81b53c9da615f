//! What a viewer is shown of a desktop with several monitors: all, one, smaller, and what becomes of it when they change.

use farol_media::{Downscaler, PixelView, Rect as Area};
use farol_platform::{Layout, Monitor};
use farol_protocol::pipe::message::screen::{Instead, Quality, ScreenSettings};

use super::*;

const LEFT: Rect = Rect::new(0, 0, 200, 120);
const RIGHT: Rect = Rect::new(200, 0, 160, 120);

fn monitor(name: &str, area: Rect) -> Monitor {
    Monitor {
        name: name.into(),
        area,
        primary: false,
    }
}

fn desktop(monitors: Vec<Monitor>) -> Layout {
    Layout {
        width: 360,
        height: 120,
        monitors,
    }
}

fn two() -> Layout {
    desktop(vec![monitor("left", LEFT), monitor("right", RIGHT)])
}

/// Nothing that compresses to nothing, and every pixel unlike its neighbors.
fn paint(machine: &FakeMachine, area: Rect, seed: u32) {
    machine.screen().paint(area, |x, y| {
        let mixed = (x * 7 + y * 13 + seed).wrapping_mul(0x9e37_79b9) >> 8;
        [
            mixed as u8 & 0x30,
            (mixed >> 8) as u8 & 0x70,
            (x + y + seed) as u8,
        ]
    });
}

/// A part of what the machine shows.
fn part(machine: &FakeMachine, area: Rect) -> Vec<u8> {
    let picture = machine.screen().picture();
    let (x, y) = (area.x as usize, area.y as usize);
    let rows = y..y + area.height as usize;
    rows.flat_map(|row| {
        let start = (row * 360 + x) * 4;
        picture[start..start + area.width as usize * 4].to_vec()
    })
    .collect()
}

/// As [`connected`], at a desk with two monitors.
async fn at_two() -> (Arc<FakeMachine>, TestServer, RunningAgent, Viewer) {
    let (machine, server, agent, mut viewer) = connected().await;
    machine.screen().set_layout(two());
    paint(&machine, Rect::new(0, 0, 360, 120), 1);
    let all = part(&machine, Rect::new(0, 0, 360, 120));
    viewer
        .until(|picture| picture.size == (360, 120) && picture.bgrx() == all)
        .await;
    (machine, server, agent, viewer)
}

#[tokio::test]
async fn one_monitor_is_shown_alone_and_switched_to_another() {
    let (machine, _server, agent, mut viewer) = at_two().await;
    let names: Vec<&str> = viewer.picture.monitors.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["left", "right"]);
    for (name, area) in [("right", RIGHT), ("left", LEFT), ("right", RIGHT)] {
        viewer.look_at(name);
        let there = part(&machine, area);
        viewer
            .until(|picture| picture.shows() == (name, Instead::Nothing) && picture.bgrx() == there)
            .await;
        let surface = &viewer.picture.surface;
        assert_eq!(
            (surface.x, surface.width, surface.height),
            (area.x as u32, area.width, 120)
        );
    }
    // A change at its edge is seen, in its own place.
    machine.screen().fill(Rect::new(195, 5, 10, 10), [1, 2, 3]);
    viewer
        .until(|picture| picture.pixel(0, 5) == [1, 2, 3] && picture.pixel(4, 14) == [1, 2, 3])
        .await;
    assert_ne!(viewer.picture.pixel(5, 5), [1, 2, 3]);
    viewer.look_at("");
    let all = part(&machine, Rect::new(0, 0, 360, 120));
    viewer
        .until(|picture| picture.shows() == ("", Instead::Nothing) && picture.bgrx() == all)
        .await;
    agent.stop().await;
}

#[tokio::test]
async fn what_happens_outside_costs_no_picture_and_is_not_even_read() {
    let (machine, _server, agent, mut viewer) = at_two().await;
    viewer.look_at("right");
    viewer
        .until(|picture| picture.shows().0 == "right" && picture.exact)
        .await;
    let (frames, read, captures) = (
        viewer.picture.frames,
        machine.screen().pixels_read(),
        machine.screen().captures(),
    );
    for seed in 2..20 {
        let done = machine.screen().captures();
        paint(&machine, LEFT, seed);
        viewer.pump_until(|| machine.screen().captures() > done).await;
    }
    assert!(machine.screen().captures() > captures);
    assert_eq!(
        (viewer.picture.frames, machine.screen().pixels_read()),
        (frames, read)
    );
    // It was not forgotten.
    viewer.look_at("left");
    let there = part(&machine, LEFT);
    viewer
        .until(|picture| picture.shows().0 == "left" && picture.bgrx() == there)
        .await;
    agent.stop().await;
}

#[tokio::test]
async fn two_viewers_look_at_different_monitors() {
    let (machine, mut server, agent, mut viewer) = at_two().await;
    let mut other = server.session(Rights::VIEW).await;
    other.until(|picture| picture.frames > 0).await;
    viewer.look_at("left");
    other.look_at("right");
    viewer
        .until(|picture| picture.shows().0 == "left" && picture.fresh_frames > 0)
        .await;
    other
        .until(|picture| picture.shows().0 == "right" && picture.fresh_frames > 0)
        .await;
    paint(&machine, Rect::new(0, 0, 360, 120), 9);
    let (left, right) = (part(&machine, LEFT), part(&machine, RIGHT));
    viewer.until(|picture| picture.bgrx() == left).await;
    other.until(|picture| picture.bgrx() == right).await;
    agent.stop().await;
}

#[tokio::test]
async fn a_monitor_that_is_unplugged_shows_all_until_it_is_back() {
    let (machine, _server, agent, mut viewer) = at_two().await;
    viewer.look_at("right");
    viewer.until(|picture| picture.shows().0 == "right").await;
    machine.screen().set_layout(desktop(vec![monitor("left", LEFT)]));
    paint(&machine, Rect::new(0, 0, 360, 120), 4);
    let all = part(&machine, Rect::new(0, 0, 360, 120));
    viewer
        .until(|picture| picture.shows() == ("", Instead::MonitorGone) && picture.bgrx() == all)
        .await;
    machine.screen().set_layout(two());
    paint(&machine, Rect::new(0, 0, 360, 120), 5);
    let right = part(&machine, RIGHT);
    viewer
        .until(|picture| picture.shows() == ("right", Instead::Nothing) && picture.bgrx() == right)
        .await;
    agent.stop().await;
}

#[tokio::test]
async fn a_smaller_picture_is_the_mean_of_the_larger_one_and_exact() {
    let (machine, _server, agent, mut viewer) = at_two().await;
    let small = ScreenSettings {
        quality: Quality::LowBandwidth,
        monitor: "right".into(),
        view: (80, 200),
        ..ScreenSettings::default()
    };
    viewer.wish(small.clone());
    let scaled = |machine: &FakeMachine| {
        let right = part(machine, RIGHT);
        let mut scaler = Downscaler::new((160, 120), (80, 60)).unwrap();
        let view = PixelView::new(&right, 160, 120, 160 * 4).unwrap();
        scaler.update(view, &Area::new(0, 0, 80, 60)).unwrap();
        scaler.pixels().to_vec()
    };
    let there = scaled(&machine);
    viewer
        .until(|picture| picture.size == (80, 60) && picture.bgrx() == there)
        .await;
    // From then on only what changes, aligned outward.
    machine.screen().fill(Rect::new(251, 33, 5, 3), [250, 0, 250]);
    let there = scaled(&machine);
    viewer.until(|picture| picture.bgrx() == there).await;
    assert_eq!(
        (viewer.picture.surface.width, viewer.picture.surface.height),
        (160, 120)
    );
    // Who wants it exact gets it pixel for pixel, however slow it is.
    viewer.wish(ScreenSettings {
        quality: Quality::Lossless,
        ..small
    });
    let there = part(&machine, RIGHT);
    viewer
        .until(|picture| picture.size == (160, 120) && picture.bgrx() == there)
        .await;
    agent.stop().await;
}

#[tokio::test]
async fn a_viewer_that_never_acknowledges_gets_a_bounded_number_whatever_it_asks_for() {
    let (machine, mut server, agent, _viewer) = at_two().await;
    let mut silent = server.session(Rights::VIEW).await;
    silent.silent = true;
    silent.until(|picture| picture.frames > 0).await;
    let mut other = server.session(Rights::VIEW).await;
    other.until(|picture| picture.frames > 0).await;
    for round in 0..60u32 {
        match round % 3 {
            0 => silent.look_at("left"),
            1 => silent.look_at("right"),
            _ => silent.refresh(),
        }
        paint(&machine, Rect::new(0, 0, 360, 120), round + 30);
        let generation = silent.picture.generation;
        silent.until(|picture| picture.generation > generation).await;
    }
    let most = farol_media::pace::MAX_FORGOTTEN + farol_media::pace::MAX_IN_FLIGHT;
    assert!(
        (silent.picture.frames as usize) <= most,
        "{}",
        silent.picture.frames
    );
    // Nobody else suffers.
    machine.screen().fill(LEFT, [7, 8, 9]);
    other.until(|picture| picture.pixel(3, 3) == [7, 8, 9]).await;
    agent.stop().await;
}

#[tokio::test]
async fn what_cannot_be_shown_is_named_and_forgotten_when_it_can() {
    let (machine, _server, agent, mut viewer) = connected().await;
    machine.screen().set_layout(Layout {
        width: 17_000,
        height: 2,
        monitors: Vec::new(),
    });
    viewer
        .until(|picture| picture.condition == Some(ScreenCondition::Unsupported))
        .await;
    assert!(
        viewer.picture.detail.contains("17000×2") && viewer.picture.detail.contains("16384"),
        "{}",
        viewer.picture.detail
    );
    machine.screen().resize(100, 50);
    machine.screen().fill(Rect::new(0, 0, 100, 50), [3, 3, 3]);
    viewer
        .until(|picture| {
            picture.condition == Some(ScreenCondition::Ok)
                && picture.size == (100, 50)
                && picture.pixel(99, 49) == [3, 3, 3]
        })
        .await;
    // Too large for one picture, and a monitor of it is not.
    let mut both = desktop(vec![monitor("first", LEFT)]);
    both.width = 17_000;
    machine.screen().set_layout(both);
    machine.screen().fill(LEFT, [4, 5, 6]);
    viewer
        .until(|picture| {
            picture.shows() == ("first", Instead::TooLarge) && picture.pixel(199, 119) == [4, 5, 6]
        })
        .await;
    // A desktop without a pixel.
    machine.screen().set_layout(Layout::default());
    viewer
        .until(|picture| picture.condition == Some(ScreenCondition::Unsupported))
        .await;
    assert!(viewer.picture.detail.contains("no pixels"));
    agent.stop().await;
}
