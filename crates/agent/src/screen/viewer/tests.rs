//! What one viewer is sent, and when: pixels and times in, frames out.

use super::*;

const MOMENT: Moment = Moment {
    captured_us: 5,
    last_input: 3,
};

fn layout() -> Layout {
    Layout {
        width: 64,
        height: 48,
        monitors: Vec::new(),
    }
}

fn pixels(data: &[u8]) -> Pixels<'_> {
    Pixels {
        data,
        width: 64,
        height: 48,
        stride: 64 * 4,
    }
}

fn ack(id: u32) -> FrameAck {
    FrameAck {
        id,
        decode_us: 100,
        draw_us: 100,
    }
}

#[test]
fn the_first_picture_is_whole_and_nothing_follows_until_something_changes() {
    let mut viewer = ViewerScreen::new();
    let data = vec![0x55; 64 * 48 * 4];
    assert!(!viewer.wants_news(), "no layout yet");
    assert_eq!(viewer.start(&layout(), [1, 2], 0).unwrap().generation, 1);
    assert!(viewer.wants_news());
    let frame = viewer.frame(10, pixels(&data), MOMENT).unwrap().unwrap();
    assert_eq!(
        (frame.id, frame.generation, frame.last_input_id, frame.exact),
        (1, 1, 3, true)
    );
    viewer.acknowledge(2000, ack(1));
    assert_eq!(viewer.frame(3000, pixels(&data), MOMENT).unwrap(), None);
    viewer.add_damage(&[farol_platform::Rect::new(0, 0, 8, 8)], 4000);
    assert_eq!(
        viewer.frame(5000, pixels(&data), MOMENT).unwrap(),
        None,
        "damage without change"
    );
}

#[test]
fn a_picture_at_rest_is_checked_once_and_then_costs_nothing() {
    let mut viewer = ViewerScreen::new();
    viewer.start(&layout(), [1, 2], 0).unwrap();
    let data = vec![0x55; 64 * 48 * 4];
    let first = viewer.frame(10, pixels(&data), MOMENT).unwrap().unwrap();
    assert_eq!(viewer.rest_at(), None, "the acknowledgement comes first");
    viewer.acknowledge(2000, ack(1));
    let at = viewer.rest_at().unwrap();
    assert!(at > CHECK_AFTER_US);
    assert_eq!(viewer.frame(at - 1, pixels(&data), MOMENT).unwrap(), None);
    let check = viewer.frame(at, pixels(&data), MOMENT).unwrap().unwrap();
    assert!(check.exact && check.data.len() < 20, "{check:?}");
    assert_eq!(
        check.times.captured_us, at,
        "nobody waited for it since the capture"
    );
    viewer.acknowledge(at + 2000, ack(2));
    assert_eq!(viewer.rest_at(), None, "an idle screen has no timer");
    assert_eq!(viewer.frame(at * 9, pixels(&data), MOMENT).unwrap(), None);

    let mut shown = farol_media::Decoder::new(64, 48).unwrap();
    farol_media::decode_full(&mut shown, &first.data).unwrap();
    farol_media::decode_full(&mut shown, &check.data).unwrap();
    let mut other = farol_media::Decoder::new(64, 48).unwrap();
    let differs = farol_media::decode_full(&mut other, &check.data);
    assert_eq!(differs, Err(MediaError::Differs));
}

#[test]
fn what_changed_before_anybody_looked_is_not_slow() {
    let mut viewer = ViewerScreen::new();
    viewer.start(&layout(), [1, 2], 7000).unwrap();
    viewer.add_damage(&[farol_platform::Rect::new(0, 0, 8, 8)], 3);
    let data = vec![0x55; 64 * 48 * 4];
    let frame = viewer.frame(8000, pixels(&data), MOMENT).unwrap().unwrap();
    assert_eq!((frame.times.damaged_us, frame.times.captured_us), (7000, 7000));
}

#[test]
fn a_paused_viewer_gets_the_newest_state_afterwards() {
    let mut viewer = ViewerScreen::new();
    viewer.start(&layout(), [1, 2], 0).unwrap();
    let mut data = vec![0x55; 64 * 48 * 4];
    viewer.frame(10, pixels(&data), MOMENT).unwrap().unwrap();
    viewer.acknowledge(2000, ack(1));
    viewer.set(ScreenSettings {
        paused: true,
        ..ScreenSettings::default()
    });
    data[0] = 0xff;
    viewer.add_damage(&[farol_platform::Rect::new(0, 0, 1, 1)], 3000);
    assert!(!viewer.wants_news());
    assert_eq!(viewer.frame(4000, pixels(&data), MOMENT).unwrap(), None);
    viewer.set(ScreenSettings::default());
    let frame = viewer.frame(5000, pixels(&data), MOMENT).unwrap().unwrap();
    assert_eq!((frame.id, frame.times.damaged_us), (2, 3000));
}

#[test]
fn a_viewer_that_does_not_acknowledge_gets_a_bounded_number() {
    let mut viewer = ViewerScreen::new();
    viewer.start(&layout(), [1, 2], 0).unwrap();
    let mut sent = 0usize;
    for shade in 0..50u8 {
        let data = vec![shade; 64 * 48 * 4];
        viewer.add_damage(&[farol_platform::Rect::new(0, 0, 64, 48)], 1);
        sent +=
            usize::from(viewer.wants_news() && viewer.frame(10, pixels(&data), MOMENT).unwrap().is_some());
    }
    assert!((1..=farol_media::pace::MAX_IN_FLIGHT).contains(&sent), "{sent}");
}

/// Two monitors of 32 by 48 pixels, beside each other.
fn two() -> Layout {
    let monitor = |name: &str, x| farol_platform::Monitor {
        name: name.into(),
        area: farol_platform::Rect::new(x, 0, 32, 48),
        primary: x == 0,
    };
    Layout {
        monitors: vec![monitor("left", 0), monitor("right", 32)],
        ..layout()
    }
}

fn wish(monitor: &str) -> ScreenSettings {
    ScreenSettings {
        monitor: monitor.into(),
        view: (16, 24),
        ..ScreenSettings::default()
    }
}

#[test]
fn damage_counts_only_where_the_viewer_looks() {
    let mut viewer = ViewerScreen::new();
    viewer.start(&two(), [1, 2], 0).unwrap();
    viewer.set(wish("right"));
    assert!(viewer.surface_is_due(0));
    let layout = viewer.start(&two(), [1, 2], 0).unwrap();
    assert_eq!(
        (layout.width, layout.surface.x, layout.surface.width),
        (64, 32, 32)
    );
    assert!(!viewer.surface_is_due(1));
    assert_eq!(viewer.looks_at(), Some(farol_platform::Rect::new(32, 0, 32, 48)));
    let mut data = vec![0x55; 64 * 48 * 4];
    assert!(viewer.frame(10, pixels(&data), MOMENT).unwrap().is_some());
    viewer.acknowledge(2000, ack(1));
    viewer.add_damage(&[farol_platform::Rect::new(0, 0, 32, 48)], 3000);
    assert!(!viewer.has_news(), "next door");
    data[(5 * 64 + 40) * 4] = 0xff;
    viewer.add_damage(&[farol_platform::Rect::new(30, 5, 20, 1)], 4000);
    let frame = viewer.frame(5000, pixels(&data), MOMENT).unwrap().unwrap();
    assert_eq!((frame.generation, frame.times.damaged_us), (2, 4000));
    viewer.set(ScreenSettings {
        paused: true,
        ..wish("right")
    });
    assert_eq!(viewer.looks_at(), None, "nobody looks");
}

#[test]
fn eight_k_is_a_picture_like_any_other() {
    let mut viewer = ViewerScreen::new();
    let layout = Layout {
        width: 7680,
        height: 4320,
        monitors: Vec::new(),
    };
    let mut data = vec![0; 7680 * 4320 * 4];
    let last = data.len() - 4;
    data[last] = 0xff;
    viewer.start(&layout, [1, 2], 0).unwrap();
    let pixels = Pixels {
        data: &data,
        width: 7680,
        height: 4320,
        stride: 7680 * 4,
    };
    let frame = viewer.frame(10, pixels, MOMENT).unwrap().unwrap();
    assert!(frame.exact && frame.data.len() < 1000, "{}", frame.data.len());
}

#[test]
fn a_slow_link_makes_pictures_smaller_and_a_fast_one_takes_its_time_to_undo_it() {
    let mut viewer = ViewerScreen::new();
    viewer.set(ScreenSettings {
        view: (400, 400),
        ..ScreenSettings::default()
    });
    let large = Layout {
        width: 512,
        height: 512,
        monitors: Vec::new(),
    };
    viewer.start(&large, [1, 2], 0).unwrap();
    viewer.round_trip(0, 2_000);
    let mut noise = 7u32;
    let mut now = 1_000_000;
    // Pictures of noise over a link of so many bytes a second, until it is taken for what it is.
    let mut show = |viewer: &mut ViewerScreen, rate: u64, slow: bool| {
        for _ in 0..20 {
            let data: Vec<u8> = std::iter::repeat_with(|| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (noise >> 24) as u8
            })
            .take(512 * 512 * 4)
            .collect();
            let whole = Pixels {
                data: &data,
                width: 512,
                height: 512,
                stride: 512 * 4,
            };
            viewer.add_damage(&[farol_platform::Rect::new(0, 0, 512, 512)], now);
            let frame = viewer.frame(now, whole, MOMENT).unwrap().unwrap();
            now += 2_000 + frame.data.len() as u64 * 1_000_000 / rate;
            viewer.acknowledge(now, ack(frame.id));
            if viewer.should_be_small() == slow {
                return now;
            }
        }
        panic!("it is not noticed");
    };
    let slow_at = show(&mut viewer, 100_000, true);
    assert!(viewer.surface_is_due(slow_at));
    let layout = viewer.start(&large, [1, 2], 0).unwrap();
    assert_eq!((layout.surface.width, layout.surface.picture), (512, (400, 400)));
    let fast_at = show(&mut viewer, 50_000_000, false);
    assert!(!viewer.surface_is_due(fast_at), "it has just changed");
    let due = viewer.surface_due_at().unwrap();
    assert_eq!(due, slow_at + super::super::surface::CALM_US);
    assert!(viewer.surface_is_due(due));
    let layout = viewer.start(&large, [1, 2], 0).unwrap();
    assert_eq!(layout.surface.picture, (512, 512));
    assert_eq!(viewer.surface_due_at(), None);
}

/// A page on its way over a slow link does not keep a letter waiting, and comes in the end.
#[test]
fn a_letter_is_in_the_next_picture_though_a_page_is_on_its_way() {
    const SIDE: usize = 512;
    let desktop = Layout {
        width: SIDE as u32,
        height: SIDE as u32,
        monitors: Vec::new(),
    };
    let mut viewer = ViewerScreen::new();
    viewer.start(&desktop, [1, 2], 0).unwrap();
    viewer.round_trip(0, 20_000);
    let mut shown = farol_media::Decoder::new(SIDE as u32, SIDE as u32).unwrap();
    let mut data = vec![0u8; SIDE * SIDE * 4];
    let (mut now, mut noise, mut frames, mut longest) = (1_000_000, 7u32, 0, 0);
    let whole = [farol_platform::Rect::new(0, 0, SIDE as u32, SIDE as u32)];
    for page in 0..3 {
        for pixel in data.chunks_exact_mut(4) {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            pixel[..3].fill(if noise >> 30 == page { 0x20 } else { 0xe0 });
        }
        viewer.add_damage(&whole, now);
        let mut begun = false;
        while viewer.has_news() {
            // A letter at the lower end, which is the page's last part.
            let color = (frames % 200) as u8;
            for pixel in [500 * SIDE + 500, 500 * SIDE + 501] {
                data[pixel * 4..][..3].fill(color);
            }
            viewer.add_damage(&[farol_platform::Rect::new(500, 500, 2, 1)], now);
            let source = Pixels {
                data: &data,
                width: SIDE as u32,
                height: SIDE as u32,
                stride: SIDE * 4,
            };
            let Some(frame) = viewer.frame(now, source, MOMENT).unwrap() else {
                break;
            };
            farol_media::decode_full(&mut shown, &frame.data).unwrap();
            let letter = shown.framebuffer()[(500 * SIDE + 500) * 4];
            assert!(letter == color || !begun, "frame {frames}");
            begun = true;
            longest = longest.max(frame.data.len());
            now += 20_000 + frame.data.len() as u64 * 1_000_000 / 100_000;
            viewer.acknowledge(now, ack(frame.id));
            frames += 1;
            if !viewer.has_news() {
                break;
            }
        }
    }
    assert!(frames > 6, "{frames} frames");
    assert!(longest < 20_000, "{longest} bytes in one frame");
    let same = shown.framebuffer().chunks_exact(4).zip(data.chunks_exact(4));
    assert!(
        same.into_iter().all(|(shown, real)| shown[..3] == real[..3]),
        "all of it came"
    );
}
