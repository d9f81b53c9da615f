//! What moves like video goes through a codec: that it is found, that nothing else is, and that everything is exact in the
//! end. The codec is [`FakeCoder`].

use farol_media::fake_video::{FakeCoder, FakeDecoder};
use farol_media::{Decoder, EncodedFrame, Encoder, PixelView, Quality, Rect, Region, decode_full_with};
use proptest::prelude::*;

use crate::desktop::{Area, Desktop, Random};

const FRAME_US: u64 = 33_333;

/// A screen and its viewer, 30 times a second.
struct Cinema {
    screen: Desktop,
    encoder: Encoder,
    decoder: Decoder,
    video: FakeDecoder,
    now: u64,
}

impl Cinema {
    fn new(width: usize, height: usize, coder: FakeCoder) -> Self {
        let mut encoder = Encoder::new(width as u32, height as u32, [5, 6]).unwrap();
        encoder.use_video(Some(Box::new(coder)));
        Self {
            screen: Desktop::new(width, height),
            encoder,
            decoder: Decoder::new(width as u32, height as u32).unwrap(),
            video: FakeDecoder::default(),
            now: 1_000_000,
        }
    }

    fn show(&mut self, frame: &EncodedFrame) {
        let video = &mut self.video;
        decode_full_with(&mut self.decoder, &frame.data, |head, bytes| {
            video.decode(head, bytes)
        })
        .unwrap();
    }

    /// The next frame; all of the screen is damaged.
    fn send(&mut self, quality: Quality) -> Option<EncodedFrame> {
        self.now += FRAME_US;
        let (width, height) = (self.screen.width as u32, self.screen.height as u32);
        let view = PixelView::new(&self.screen.data, width, height, self.screen.stride).unwrap();
        let all = Region::from_rect(Rect::new(0, 0, width, height));
        let frame = self.encoder.encode_at(self.now, view, &all, quality).unwrap()?;
        self.show(&frame);
        Some(frame)
    }

    fn rest(&mut self) {
        while let Some(frame) = self.encoder.refine(40_000).unwrap() {
            self.show(&frame);
        }
    }

    /// The largest difference of a channel.
    fn error(&self, x: usize, y: usize) -> u32 {
        let at = (y * self.screen.width + x) * 4;
        let shown = &self.decoder.framebuffer()[at..at + 3];
        let real = self.screen.get(x, y).to_le_bytes();
        let errors = shown.iter().zip(real).map(|(a, b)| u32::from(a.abs_diff(b)));
        errors.max().unwrap_or(0)
    }

    /// The largest difference of a channel within `area`, and outside it.
    fn errors(&self, (x, y, width, height): Area) -> (u32, u32) {
        let (mut inside, mut outside) = (0, 0);
        for row in 0..self.screen.height {
            for column in 0..self.screen.width {
                let within = (x..x + width).contains(&column) && (y..y + height).contains(&row);
                let worst = if within { &mut inside } else { &mut outside };
                *worst = (*worst).max(self.error(column, row));
            }
        }
        (inside, outside)
    }

    fn assert_exact(&self) {
        assert!(self.encoder.is_exact());
        assert_eq!(self.errors((0, 0, 0, 0)), (0, 0));
    }

    /// Plays until there is video, which must come soon.
    fn start(&mut self, place: Area, random: &mut Random) -> EncodedFrame {
        for _ in 0..8 {
            self.screen.photo(place, random);
            let frame = self.send(Quality::Auto).unwrap();
            if frame.stats.video > 0 {
                return frame;
            }
        }
        panic!("no video after 8 frames");
    }
}

/// Not at a block's edge.
const CLIP: Area = (37, 43, 300, 200);

fn page(cinema: &mut Cinema) {
    let (width, height) = (cinema.screen.width, cinema.screen.height);
    cinema.screen.text((0, 0, width, height), &mut Random(9));
    cinema.send(Quality::Auto).unwrap();
}

#[test]
fn a_clip_in_a_page_is_video_and_the_page_is_exact() {
    let mut cinema = Cinema::new(640, 400, FakeCoder::default());
    page(&mut cinema);
    let mut random = Random(5);
    let first = cinema.start(CLIP, &mut random);
    assert_eq!(first.data[2] & 1, 1, "a key comes first");
    for step in 0..20 {
        cinema.screen.photo(CLIP, &mut random);
        if step == 7 {
            // Somebody types beside it.
            cinema.screen.text((400, 100, 100, 30), &mut random);
        }
        let frame = cinema.send(Quality::Auto).unwrap();
        assert_eq!(
            (frame.data[1], frame.data[2]),
            (2, 0),
            "one video picture, no key, no atlas"
        );
        assert!(!frame.exact && frame.stats.video >= 300 * 200);
        let (_, outside) = cinema.errors(CLIP);
        assert_eq!(outside, 0, "step {step}");
        // The fake codec mixes what is beside the clip into its outermost pixels.
        let worst_in = |cinema: &Cinema, (x, y, width, height): Area| {
            let rows = y..y + height;
            let pixels = rows.flat_map(|y| (x..x + width).map(move |x| (x, y)));
            pixels.map(|(x, y)| cinema.error(x, y)).max()
        };
        let inside = worst_in(&cinema, (CLIP.0 + 1, CLIP.1 + 1, CLIP.2 - 2, CLIP.3 - 2)).unwrap_or(0);
        assert!((1..32).contains(&inside), "{inside} at {step}");
    }
    // Its last column of pixels has blocks of its own.
    assert_eq!(cinema.encoder.video_place(), Some(Rect::new(32, 32, 320, 224)));
    cinema.rest();
    assert_eq!(cinema.encoder.video_place(), None);
    cinema.assert_exact();
}

#[test]
fn text_that_appears_in_a_video_is_exact() {
    let mut cinema = Cinema::new(640, 400, FakeCoder::default());
    page(&mut cinema);
    let mut random = Random(5);
    cinema.start(CLIP, &mut random);
    let caption = (64, 160, 160, 48);
    cinema.screen.photo(CLIP, &mut random);
    cinema.screen.text(caption, &mut random);
    cinema.send(Quality::Auto).unwrap();
    let (inside, _) = cinema.errors(caption);
    assert_eq!(inside, 0);
}

#[test]
fn a_video_pauses_becomes_exact_and_starts_with_a_key_again() {
    let mut cinema = Cinema::new(640, 400, FakeCoder::default());
    page(&mut cinema);
    let mut random = Random(5);
    cinema.start(CLIP, &mut random);
    cinema.now += 600_000;
    cinema.screen.text((400, 100, 100, 30), &mut random);
    cinema.send(Quality::Auto).unwrap();
    assert_eq!(cinema.encoder.video_place(), None, "over without refinement, too");
    cinema.rest();
    cinema.assert_exact();
    let again = cinema.start(CLIP, &mut random);
    assert_eq!(again.data[2], 1);
}

#[test]
fn a_video_that_moves_elsewhere_is_followed() {
    let mut cinema = Cinema::new(800, 500, FakeCoder::default());
    page(&mut cinema);
    let mut random = Random(5);
    cinema.start(CLIP, &mut random);
    let other = (410, 230, 300, 200);
    cinema.screen.text((0, 0, 800, 500), &mut Random(9));
    let mut keys = 0;
    for _ in 0..90 {
        cinema.screen.photo(other, &mut random);
        let frame = cinema.send(Quality::Auto).unwrap();
        keys += usize::from(frame.data[1] & 2 != 0 && frame.data[2] == 1);
    }
    assert_eq!(keys, 1);
    assert_eq!(cinema.encoder.video_place(), Some(Rect::new(400, 224, 320, 208)));
    assert_eq!(cinema.errors(other).1, 0, "where it was, the page is exact again");
}

#[test]
fn a_full_screen_of_odd_size_is_a_video() {
    let mut cinema = Cinema::new(333, 251, FakeCoder::default());
    let mut random = Random(5);
    let frame = cinema.start((0, 0, 333, 251), &mut random);
    assert_eq!(cinema.encoder.video_place(), Some(Rect::new(0, 0, 333, 251)));
    assert_eq!(frame.stats.atlas, 0);
    cinema.rest();
    cinema.assert_exact();
}

#[test]
fn slides_that_fade_are_video_and_text_that_scrolls_by_is_not() {
    let mut cinema = Cinema::new(640, 400, FakeCoder::default());
    let (mut from, mut to) = (cinema.screen.clone(), cinema.screen.clone());
    from.text((0, 0, 640, 400), &mut Random(1));
    to.text((0, 0, 640, 400), &mut Random(2));
    cinema.screen = from.clone();
    cinema.send(Quality::Auto).unwrap();
    let steps = 24;
    let mut as_video = 0;
    for step in 1..=steps {
        for (byte, (a, b)) in cinema.screen.data.iter_mut().zip(from.data.iter().zip(&to.data)) {
            *byte = ((usize::from(*a) * (steps - step) + usize::from(*b) * step) / steps) as u8;
        }
        let frame = cinema.send(Quality::Auto).unwrap();
        as_video += usize::from(frame.stats.video > 0);
    }
    assert!(as_video >= steps - 8, "{as_video}");
    cinema.rest();
    cinema.assert_exact();

    let mut cinema = Cinema::new(640, 400, FakeCoder::default());
    for seed in 1..60 {
        cinema.screen.text((0, 0, 640, 400), &mut Random(seed));
        let frame = cinema.send(Quality::Auto).unwrap();
        assert_eq!(
            (frame.stats.video, frame.exact || frame.pending),
            (0, true),
            "page {seed}"
        );
    }
}

/// They come into sight at the same place in every frame, as parts of a video do.
#[test]
fn photos_that_scroll_by_are_no_video() {
    let mut cinema = Cinema::new(640, 700, FakeCoder::default());
    let mut random = Random(5);
    cinema.screen.text((0, 0, 640, 700), &mut random);
    cinema.send(Quality::Auto).unwrap();
    for step in 0..40 {
        cinema.screen.shift((0, 150, 640, 550), 0, -150);
        cinema.screen.photo((0, 550, 640, 150), &mut random);
        let frame = cinema.send(Quality::Auto).unwrap();
        assert_eq!(
            (frame.stats.video, frame.stats.atlas > 0),
            (0, true),
            "step {step}"
        );
    }
    cinema.rest();
    cinema.assert_exact();
}

#[test]
fn who_wants_every_frame_exact_gets_no_video() {
    let mut cinema = Cinema::new(400, 300, FakeCoder::default());
    let mut random = Random(5);
    cinema.start((37, 43, 200, 160), &mut random);
    for _ in 0..12 {
        cinema.screen.photo((37, 43, 200, 160), &mut random);
        let frame = cinema.send(Quality::Lossless).unwrap();
        assert_eq!(frame.stats.video, 0);
        if !frame.pending {
            assert_eq!(cinema.errors((0, 0, 0, 0)), (0, 0));
        }
    }
}

#[test]
fn a_codec_that_fails_is_done_without() {
    let coder = FakeCoder {
        fails_after: Some(3),
        ..FakeCoder::default()
    };
    let mut cinema = Cinema::new(640, 400, coder);
    page(&mut cinema);
    let mut random = Random(5);
    cinema.start(CLIP, &mut random);
    let mut as_video = 1;
    for _ in 0..10 {
        cinema.screen.photo(CLIP, &mut random);
        let frame = cinema.send(Quality::Auto).unwrap();
        as_video += usize::from(frame.stats.video > 0);
    }
    assert_eq!(as_video, 3);
    assert_eq!(cinema.encoder.video_place(), None);
    while cinema.encoder.has_pending() {
        cinema.send(Quality::Auto);
    }
    cinema.rest();
    cinema.assert_exact();
}

#[test]
fn a_slow_link_gets_coarser_pictures_until_they_fit() {
    // The fake ones hold the pixels besides: 63 − q steps of 5000 bytes.
    let weigh = |rate: Option<u64>| {
        let coder = FakeCoder {
            weight: 5_000,
            ..FakeCoder::default()
        };
        let mut cinema = Cinema::new(640, 400, coder);
        let mut random = Random(5);
        cinema.encoder.set_rate(rate);
        cinema.start(CLIP, &mut random);
        let mut last = 0;
        for _ in 0..30 {
            cinema.screen.photo(CLIP, &mut random);
            last = cinema.send(Quality::Auto).unwrap().stats.video_bytes;
        }
        last
    };
    let (fast, slow) = (weigh(None), weigh(Some(1_000_000)));
    assert_eq!(fast - slow, (56 - 24) * 5_000);
    assert_eq!(weigh(Some(1_000_000_000)), fast);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_plays_where_the_viewer_ends_up_with_the_screen(
        size in (140usize..420, 140usize..420),
        scenes in prop::collection::vec((0usize..300, 0usize..300, 20usize..400, 20usize..400, 1usize..14, 0u8..6), 1..6),
        seed in 1u64..u64::MAX,
    ) {
        let mut cinema = Cinema::new(size.0, size.1, FakeCoder::default());
        let mut random = Random(seed);
        for (x, y, width, height, frames, kind) in scenes {
            let (x, y) = (x % size.0, y % size.1);
            let place = (x, y, width.min(size.0 - x), height.min(size.1 - y));
            for _ in 0..frames {
                match kind {
                    0 => cinema.screen.text(place, &mut random),
                    1 => cinema.screen.shift(place, 5, -3),
                    2 => cinema.now += 200_000,
                    _ => cinema.screen.photo(place, &mut random),
                }
                let quality = if random.below(30) == 0 { Quality::Lossless } else { Quality::Auto };
                cinema.send(quality);
            }
            if kind == 5
                && let Some(frame) = cinema.encoder.refine(3_000).unwrap()
            {
                cinema.show(&frame);
            }
        }
        while cinema.encoder.has_pending() {
            cinema.send(Quality::Auto);
        }
        cinema.rest();
        cinema.assert_exact();
    }
}
