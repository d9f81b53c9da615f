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
    assert!(!viewer.is_settled(), "it is to be checked");
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
    assert!(viewer.is_settled());
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

const SIDE: usize = 512;
const EVERYTHING: farol_platform::Rect = farol_platform::Rect::new(0, 0, SIDE as u32, SIDE as u32);

/// A desktop large enough for pictures that take a while.
fn square() -> Layout {
    Layout {
        width: SIDE as u32,
        height: SIDE as u32,
        monitors: Vec::new(),
    }
}

/// What is on it.
fn square_of(data: &[u8]) -> Pixels<'_> {
    Pixels {
        data,
        width: SIDE as u32,
        height: SIDE as u32,
        stride: SIDE * 4,
    }
}

/// A viewer that looks at a desktop of noise, over a link that is slower or faster.
struct Noisy {
    viewer: ViewerScreen,
    now: u64,
    noise: u32,
}

impl Noisy {
    fn new(quality: wire::Quality) -> Self {
        let mut viewer = ViewerScreen::new();
        viewer.set(ScreenSettings {
            view: (400, 400),
            quality,
            ..ScreenSettings::default()
        });
        let mut noisy = Self {
            viewer,
            now: 1_000_000,
            noise: 7,
        };
        noisy.start();
        noisy.viewer.round_trip(0, 2_000);
        noisy
    }

    /// The size of the pictures from now on.
    fn start(&mut self) -> (u32, u32) {
        let layout = self.viewer.start(&square(), [1, 2], self.now).unwrap();
        layout.surface.picture
    }

    /// Shows what changed within this rectangle over a link of so many bytes a second.
    fn show(&mut self, changed: farol_platform::Rect, rate: u64) {
        let data: Vec<u8> = std::iter::repeat_with(|| {
            self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.noise >> 24) as u8
        })
        .take(SIDE * SIDE * 4)
        .collect();
        self.viewer.add_damage(&[changed], self.now);
        loop {
            let frame = self
                .viewer
                .frame(self.now, square_of(&data), MOMENT)
                .unwrap()
                .unwrap();
            self.now += 2_000 + frame.data.len() as u64 * 1_000_000 / rate;
            self.viewer.acknowledge(self.now, ack(frame.id));
            if !self.viewer.has_news() {
                return;
            }
        }
    }

    /// All of it moves until the link is taken for what it is; when.
    fn until(&mut self, rate: u64, slow: bool) -> u64 {
        for _ in 0..20 {
            self.show(EVERYTHING, rate);
            if self.viewer.should_be_small() == slow {
                return self.now;
            }
        }
        panic!("it is not noticed");
    }
}

const SLOW: u64 = 100_000;
const FAST: u64 = 50_000_000;

#[test]
fn a_slow_link_makes_pictures_smaller_and_a_fast_one_takes_its_time_to_undo_it() {
    let mut noisy = Noisy::new(wire::Quality::Auto);
    let slow_at = noisy.until(SLOW, true);
    assert!(noisy.viewer.surface_is_due(slow_at));
    assert_eq!(noisy.start(), (400, 400));
    let fast_at = noisy.until(FAST, false);
    assert!(!noisy.viewer.surface_is_due(fast_at), "it has just changed");
    let due = slow_at + super::super::surface::CALM_US;
    while noisy.now < due - STILL_US {
        noisy.now += STILL_US / 2;
        noisy.show(EVERYTHING, FAST);
    }
    assert_eq!(noisy.viewer.surface_due_at(noisy.now), Some(due));
    assert!(noisy.viewer.surface_is_due(due));
    assert_eq!(noisy.start(), (SIDE as u32, SIDE as u32));
    assert_eq!(noisy.viewer.surface_due_at(due), None);
}

#[test]
fn what_stands_still_is_shown_in_full_size_however_slow_the_link() {
    let mut noisy = Noisy::new(wire::Quality::Auto);
    let slow_at = noisy.until(SLOW, true);
    assert!(noisy.viewer.surface_is_due(slow_at));
    assert_eq!(noisy.start(), (400, 400));
    noisy.show(EVERYTHING, SLOW);
    let still_at = noisy.viewer.surface_due_at(noisy.now).unwrap();
    assert!(!noisy.viewer.surface_is_due(still_at - 1));
    // A letter is no movement.
    noisy.show(farol_platform::Rect::new(50, 50, 8, 14), SLOW);
    assert_eq!(noisy.viewer.surface_due_at(noisy.now), Some(still_at));
    assert!(noisy.viewer.surface_is_due(still_at));
    noisy.now = still_at;
    assert_eq!(noisy.start(), (SIDE as u32, SIDE as u32));
    assert_eq!(
        noisy.viewer.surface_due_at(noisy.now),
        None,
        "still slow, and still"
    );
    noisy.show(farol_platform::Rect::new(50, 50, 8, 14), SLOW);
    assert!(!noisy.viewer.surface_is_due(noisy.now));
    // It moves again, and stays large for a while: that pictures jump is worse.
    noisy.show(EVERYTHING, SLOW);
    assert!(!noisy.viewer.surface_is_due(noisy.now));
    noisy.now = still_at + super::super::surface::CALM_US;
    noisy.show(EVERYTHING, SLOW);
    assert!(noisy.viewer.surface_is_due(noisy.now));
}

#[test]
fn who_asked_for_few_bytes_gets_small_pictures_at_rest_too() {
    let mut noisy = Noisy::new(wire::Quality::LowBandwidth);
    assert!(noisy.viewer.surface_is_due(noisy.now));
    assert_eq!(noisy.start(), (400, 400));
    noisy.show(EVERYTHING, FAST);
    assert_eq!(noisy.viewer.surface_due_at(noisy.now), None);
    assert!(!noisy.viewer.surface_is_due(noisy.now + 10 * STILL_US));
}

/// A page on its way over a slow link does not keep a letter waiting, and comes in the end.
#[test]
fn a_letter_is_in_the_next_picture_though_a_page_is_on_its_way() {
    let mut viewer = ViewerScreen::new();
    viewer.start(&square(), [1, 2], 0).unwrap();
    viewer.round_trip(0, 20_000);
    let mut shown = farol_media::Decoder::new(SIDE as u32, SIDE as u32).unwrap();
    let mut data = vec![0u8; SIDE * SIDE * 4];
    let (mut now, mut noise, mut frames, mut longest) = (1_000_000, 7u32, 0, 0);
    for page in 0..3 {
        for pixel in data.chunks_exact_mut(4) {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            pixel[..3].fill(if noise >> 30 == page { 0x20 } else { 0xe0 });
        }
        viewer.add_damage(&[EVERYTHING], now);
        let mut begun = false;
        while viewer.has_news() {
            // A letter at the lower end, which is the page's last part.
            let color = (frames % 200) as u8;
            for pixel in [500 * SIDE + 500, 500 * SIDE + 501] {
                data[pixel * 4..][..3].fill(color);
            }
            viewer.add_damage(&[farol_platform::Rect::new(500, 500, 2, 1)], now);
            let Some(frame) = viewer.frame(now, square_of(&data), MOMENT).unwrap() else {
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

/// Over a long way what becomes exact does not wait for each part's acknowledgment, and still lets go first what is new.
#[test]
fn parts_that_become_exact_are_on_their_way_together() {
    let mut viewer = ViewerScreen::new();
    viewer.start(&square(), [1, 2], 0).unwrap();
    viewer.round_trip(0, 40_000);
    let mut shown = farol_media::Decoder::new(SIDE as u32, SIDE as u32).unwrap();
    let (mut data, mut now, mut noise) = (vec![0u8; SIDE * SIDE * 4], 1_000_000, 7u32);
    for _ in 0..6 {
        data.fill_with(|| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        });
        viewer.add_damage(&[EVERYTHING], now);
        while viewer.has_news() {
            let frame = viewer.frame(now, square_of(&data), MOMENT).unwrap().unwrap();
            farol_media::decode_full(&mut shown, &frame.data).unwrap();
            now += 40_000 + frame.data.len() as u64 * 1_000_000 / 2_500_000;
            viewer.acknowledge(now, ack(frame.id));
        }
    }
    let (mut parts, mut bytes, mut last) = (0, 0, 0);
    // None of these is acknowledged.
    while let Some(at) = viewer.rest_at() {
        now = now.max(at);
        let Some(frame) = viewer.frame(now, square_of(&data), MOMENT).unwrap() else {
            continue;
        };
        assert!(now > last, "one when the link is done with the one before");
        farol_media::decode_full(&mut shown, &frame.data).unwrap();
        (parts, bytes, last) = (parts + 1, bytes + frame.data.len(), now);
    }
    assert!((2..8).contains(&parts), "{parts} parts");
    assert!(bytes < 250_000, "{bytes} bytes, which take no more than 0.1 s");
    assert_eq!(viewer.frame(now, square_of(&data), MOMENT).unwrap(), None);

    data[..4].fill(0x20);
    viewer.add_damage(&[farol_platform::Rect::new(0, 0, 1, 1)], now);
    assert!(viewer.wants_news(), "there is room for what is new");
    let news = viewer.frame(now, square_of(&data), MOMENT).unwrap().unwrap();
    farol_media::decode_full(&mut shown, &news.data).unwrap();
    assert_eq!(viewer.rest_at(), None, "what is new is acknowledged first");

    now += 150_000;
    viewer.acknowledge(now, ack(news.id));
    for _ in 0..1_000 {
        let Some(at) = viewer.rest_at() else { break };
        now = now.max(at);
        if let Some(frame) = viewer.frame(now, square_of(&data), MOMENT).unwrap() {
            farol_media::decode_full(&mut shown, &frame.data).unwrap();
            now += 55_000;
            viewer.acknowledge(now, ack(frame.id));
        }
    }
    assert_eq!(viewer.rest_at(), None, "nothing is left to do");
    let same = shown.framebuffer().chunks_exact(4).zip(data.chunks_exact(4));
    assert!(
        same.into_iter()
            .all(|(shown, real)| shown[..3] == [real[2], real[1], real[0]]),
        "all of it is exact"
    );
}
