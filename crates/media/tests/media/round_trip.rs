//! Whatever happens on the screen, the viewer ends up with it.

use farol_media::{Decoder, Encoder, PixelView, Quality, Rect, Region, decode_full};
use proptest::prelude::*;

use crate::desktop::{Area, Desktop, Random};

/// One encoder, one decoder and the screen between.
pub(crate) struct Pair {
    pub(crate) screen: Desktop,
    pub(crate) encoder: Encoder,
    pub(crate) decoder: Decoder,
    pub(crate) bytes: usize,
}

impl Pair {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self {
            screen: Desktop::new(width, height),
            encoder: Encoder::new(width as u32, height as u32, [5, 6]).unwrap(),
            decoder: Decoder::new(width as u32, height as u32).unwrap(),
            bytes: 0,
        }
    }

    /// Sends what changed until nothing is pending. Returns the bytes of all frames.
    pub(crate) fn send(&mut self, damage: &Region, quality: Quality) -> usize {
        let mut damage = damage.clone();
        let mut bytes = 0;
        loop {
            let screen = &self.screen;
            let view = PixelView::new(
                &screen.data,
                screen.width as u32,
                screen.height as u32,
                screen.stride,
            )
            .unwrap();
            let Some(frame) = self.encoder.encode(view, &damage, quality).unwrap() else {
                break;
            };
            let before = self.shown();
            let dirty = decode_full(&mut self.decoder, &frame.data).unwrap().to_vec();
            self.check_dirty(&before, &dirty);
            bytes += frame.data.len();
            damage.clear();
            if !frame.pending {
                break;
            }
        }
        self.bytes += bytes;
        bytes
    }

    pub(crate) fn refine(&mut self, budget: usize) {
        while let Some(frame) = self.encoder.refine(budget).unwrap() {
            decode_full(&mut self.decoder, &frame.data).unwrap();
            self.bytes += frame.data.len();
        }
    }

    pub(crate) fn everything(&self) -> Region {
        Region::from_rect(Rect::new(
            0,
            0,
            self.screen.width as u32,
            self.screen.height as u32,
        ))
    }

    fn shown(&self) -> Vec<u8> {
        self.decoder.framebuffer().to_vec()
    }

    fn check_dirty(&self, before: &[u8], dirty: &[Rect]) {
        let after = self.decoder.framebuffer();
        for (index, (old, new)) in before.chunks_exact(4).zip(after.chunks_exact(4)).enumerate() {
            if old != new {
                let (x, y) = (index % self.screen.width, index / self.screen.width);
                let pixel = Rect::new(x as u32, y as u32, 1, 1);
                assert!(
                    dirty.iter().any(|rect| rect.contains(&pixel)),
                    "({x}, {y}) changed outside {dirty:?}"
                );
            }
        }
    }

    pub(crate) fn assert_exact(&self) {
        for y in 0..self.screen.height {
            for x in 0..self.screen.width {
                let at = (y * self.screen.width + x) * 4;
                let shown = &self.decoder.framebuffer()[at..at + 4];
                let color = self.screen.get(x, y).to_le_bytes();
                assert_eq!(shown[..3], color[..3], "at ({x}, {y})");
            }
        }
    }

    /// Peak signal to noise, all channels, dB.
    pub(crate) fn psnr(&self) -> f64 {
        let mut sum = 0f64;
        for y in 0..self.screen.height {
            for x in 0..self.screen.width {
                let at = (y * self.screen.width + x) * 4;
                for (shown, real) in self.decoder.framebuffer()[at..at + 3]
                    .iter()
                    .zip(self.screen.get(x, y).to_le_bytes())
                {
                    sum += (f64::from(*shown) - f64::from(real)).powi(2);
                }
            }
        }
        let mean = sum / (self.screen.width * self.screen.height * 3) as f64;
        10.0 * (255f64 * 255.0 / mean.max(1e-9)).log10()
    }
}

/// Letters whose blocks have more colors than graphics are known by, beside a photo in the same tile.
#[test]
fn text_beside_a_photo_becomes_exact_before_the_photo() {
    let mut pair = Pair::new(256, 128);
    pair.screen.photo((0, 0, 160, 128), &mut Random(3));
    for y in 0..128 {
        for x in 160..256 {
            pair.screen
                .set(x, y, ((x * 5 + y * 3) % 40 * 6) as u32 * 0x01_01_01, 0);
        }
    }
    pair.send(&pair.everything(), Quality::Auto);
    let text_is_exact = |pair: &Pair| {
        (0..128 * 96).all(|index| {
            let (x, y) = (160 + index % 96, index / 96);
            let at = (y * 256 + x) * 4;
            let color = pair.screen.get(x, y).to_le_bytes();
            pair.decoder.framebuffer()[at..at + 3] == color[..3]
        })
    };
    assert!(!text_is_exact(&pair), "the photo took some of it along");
    while let Some(frame) = pair.encoder.refine_graphics(2_000).unwrap() {
        assert_eq!((frame.stats.photo, frame.exact), (0, false));
        decode_full(&mut pair.decoder, &frame.data).unwrap();
    }
    assert!(text_is_exact(&pair));
    assert!(!pair.encoder.is_exact(), "the photo has time");
    pair.refine(10_000);
    assert!(pair.encoder.is_exact());
    pair.assert_exact();
}

/// One thing that happens on the screen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Happening {
    Fill(Area, u32),
    Text(Area),
    Photo(Area),
    Shift(Area, isize, isize),
    Dot(usize, usize, u32),
    Nothing,
}

fn area(width: usize, height: usize) -> impl Strategy<Value = Area> {
    (0..width, 0..height, 1..width, 1..height)
        .prop_map(move |(x, y, w, h)| (x, y, w.min(width - x), h.min(height - y)))
}

fn happening(width: usize, height: usize) -> impl Strategy<Value = Happening> {
    let area = move || area(width, height);
    prop_oneof![
        (area(), any::<u32>()).prop_map(|(area, color)| Happening::Fill(area, color & 0xff_ffff)),
        area().prop_map(Happening::Text),
        area().prop_map(Happening::Photo),
        (area(), -60isize..60, -60isize..60).prop_map(|(area, dx, dy)| Happening::Shift(area, dx, dy)),
        (0..width, 0..height, any::<u32>()).prop_map(|(x, y, color)| Happening::Dot(x, y, color & 0xff_ffff)),
        Just(Happening::Nothing),
    ]
}

pub(crate) fn scene() -> impl Strategy<Value = ((usize, usize), Vec<Happening>, u64)> {
    prop_oneof![
        Just((333, 211)),
        Just((64, 64)),
        Just((17, 5)),
        Just((1, 1)),
        Just((400, 300)),
        Just((130, 7))
    ]
    .prop_flat_map(|(width, height)| {
        let happenings = prop::collection::vec(happening(width + 1, height + 1), 1..14);
        (Just((width, height)), happenings, 1..u64::MAX)
    })
}

/// Does it and says what it may have damaged.
pub(crate) fn happen(screen: &mut Desktop, what: Happening, random: &mut Random) -> Region {
    let grown = |(x, y, w, h): Area, by: usize| {
        let (left, top) = (x.saturating_sub(by), y.saturating_sub(by));
        Rect::new(left as u32, top as u32, (w + 2 * by) as u32, (h + 2 * by) as u32)
    };
    let mut damage = Region::new();
    match what {
        Happening::Fill(area, color) => {
            screen.fill(area, color);
            damage.add(grown(area, 0));
        }
        Happening::Text(area) => {
            screen.text(area, random);
            damage.add(grown(area, 16));
        }
        Happening::Photo(area) => {
            screen.photo(area, random);
            damage.add(grown(area, 0));
        }
        Happening::Shift(area, dx, dy) => {
            screen.shift(area, dx, dy);
            damage.add(grown(area, 60));
        }
        Happening::Dot(x, y, color) => {
            screen.set(x, y, color, 0);
            damage.add(Rect::new(x as u32, y as u32, 1, 1));
        }
        Happening::Nothing => {}
    }
    damage
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lossless_is_exact_after_every_frame((size, happenings, seed) in scene()) {
        let mut pair = Pair::new(size.0, size.1);
        let mut random = Random(seed);
        for what in happenings {
            let damage = happen(&mut pair.screen, what, &mut random);
            pair.send(&damage, Quality::Lossless);
            prop_assert!(pair.encoder.is_exact());
            pair.assert_exact();
        }
    }

    #[test]
    fn auto_becomes_exact_at_rest((size, happenings, seed) in scene(), low in any::<bool>()) {
        let quality = if low { Quality::LowBandwidth } else { Quality::Auto };
        let mut pair = Pair::new(size.0, size.1);
        let mut random = Random(seed);
        for (index, what) in happenings.into_iter().enumerate() {
            let damage = happen(&mut pair.screen, what, &mut random);
            pair.send(&damage, quality);
            prop_assert!(pair.psnr() > 27.0, "{} dB", pair.psnr());
            if index % 4 == 3 {
                pair.refine(2000);
            }
        }
        pair.refine(5000);
        prop_assert!(pair.encoder.is_exact());
        pair.assert_exact();
        let all = pair.everything();
        prop_assert_eq!(pair.send(&all, quality), 0);
    }
}

#[test]
fn an_unchanged_screen_sends_nothing() {
    let mut pair = Pair::new(200, 100);
    let all = pair.everything();
    assert_eq!(pair.send(&all, Quality::Auto), 0, "black on black");
    pair.screen.text((0, 0, 200, 100), &mut Random(3));
    assert!(pair.send(&all, Quality::Auto) > 0);
    assert_eq!(pair.send(&all, Quality::Auto), 0);
    for byte in pair.screen.data.iter_mut().skip(3).step_by(4) {
        *byte ^= 0xa5;
    }
    assert_eq!(
        pair.send(&all, Quality::Auto),
        0,
        "undefined bytes are not looked at"
    );
}

#[test]
fn scrolling_costs_about_the_new_lines() {
    let mut pair = Pair::new(800, 600);
    let all = pair.everything();
    pair.screen.text((0, 0, 800, 600), &mut Random(3));
    let first = pair.send(&all, Quality::Auto);
    for _ in 0..5 {
        pair.screen.shift((0, 28, 800, 572), 0, -28);
        pair.screen.text((0, 572, 800, 28), &mut Random(9));
        let scrolled = pair.send(&all, Quality::Auto);
        assert!(scrolled * 8 < first, "{scrolled} of {first}");
        pair.assert_exact();
    }
}

/// Letters of an alphabet, soft at their edges, in another order: what they look like is known from the page before.
#[test]
fn other_words_of_the_same_letters_cost_little() {
    let mut random = Random(7);
    // Curved strokes, dark in the middle, soft at their edges.
    let mut letter = || {
        let [a, b, c, d]: [f32; 4] = std::array::from_fn(|_| random.below(1000) as f32 / 300.0);
        std::array::from_fn(|at| {
            let (x, y) = ((at % 13) as f32 - 6.0, (at / 13) as f32 - 9.0);
            let curve = (x * 0.3 + a).sin() * 3.0 + (y * 0.35 + b).cos() * 3.0 + (x * y * 0.02 * c).sin() * d;
            (curve.abs() * 160.0).min(255.0) as u32 * 0x01_0101
        })
    };
    let alphabet: Vec<[u32; 13 * 19]> = (0..40).map(|_| letter()).collect();
    let mut pair = Pair::new(512, 256);
    let all = pair.everything();
    pair.screen.fill((0, 0, 512, 256), 0xff_ffff);
    let mut bytes = [0; 3];
    for bytes in &mut bytes {
        for index in 0..34 * 11 {
            let letter = alphabet[random.below(alphabet.len())];
            let (x, y) = (4 + index % 34 * 15, 4 + index / 34 * 22);
            for (at, color) in letter.into_iter().enumerate() {
                pair.screen.set(x + at % 13, y + at / 13, color, 0);
            }
        }
        *bytes = pair.send(&all, Quality::Auto);
        pair.assert_exact();
    }
    assert!(bytes[2] < 374 * 20, "{bytes:?} bytes");
}

#[test]
fn a_dragged_window_is_moved() {
    let mut pair = Pair::new(900, 700);
    let all = pair.everything();
    let mut random = Random(11);
    pair.screen.text((0, 0, 900, 700), &mut random);
    let background = pair.screen.clone();
    let mut window = Desktop::new(400, 300);
    window.text((0, 0, 400, 300), &mut random);
    let mut sizes = Vec::new();
    for step in 0..6 {
        pair.screen = background.clone();
        for y in 0..300 {
            for x in 0..400 {
                pair.screen
                    .set(100 + step * 13 + x, 100 + step * 7 + y, window.get(x, y), 0);
            }
        }
        sizes.push(pair.send(&all, Quality::Lossless));
        pair.assert_exact();
    }
    assert!(sizes[1..].iter().all(|size| size * 5 < sizes[0]), "{sizes:?}");
}

#[test]
fn what_was_seen_comes_from_the_cache() {
    let mut pair = Pair::new(640, 480);
    let all = pair.everything();
    let mut pages = Vec::new();
    for seed in 1..4 {
        pair.screen.text((0, 0, 640, 480), &mut Random(seed));
        pages.push(pair.screen.clone());
        pair.send(&all, Quality::Auto);
    }
    for page in pages {
        pair.screen = page;
        let again = pair.send(&all, Quality::Auto);
        assert!(again < 3000, "{again} bytes");
        pair.assert_exact();
    }
}

/// More different blocks than the cache holds, then old ones again: both sides have forgotten the same.
#[test]
fn both_sides_forget_the_same_blocks() {
    let mut pair = Pair::new(512, 512);
    let all = pair.everything();
    for seed in 1..50u64 {
        // 1024 blocks a page.
        pair.screen.text((0, 0, 512, 512), &mut Random(seed * 7919));
        pair.send(&all, Quality::Auto);
        if seed % 10 == 0 {
            pair.screen.text((0, 0, 512, 512), &mut Random((seed - 5) * 7919));
            pair.send(&all, Quality::Auto);
            pair.screen.text((0, 0, 512, 512), &mut Random(7919));
            pair.send(&all, Quality::Auto);
        }
        pair.assert_exact();
    }
}

#[test]
fn a_new_photo_is_small_and_good_then_exact() {
    let mut pair = Pair::new(640, 480);
    let all = pair.everything();
    pair.screen.photo((0, 0, 640, 480), &mut Random(5));
    let first = pair.send(&all, Quality::Auto);
    assert!(first < 640 * 480 / 4, "{first} bytes");
    assert!(pair.psnr() > 34.0, "{} dB", pair.psnr());
    assert!(!pair.encoder.is_exact());
    pair.refine(20_000);
    pair.assert_exact();
}

#[test]
fn a_photo_that_comes_back_is_not_sent_again() {
    let mut pair = Pair::new(640, 480);
    let all = pair.everything();
    pair.screen.photo((0, 0, 640, 480), &mut Random(5));
    let photo = pair.screen.clone();
    let first = pair.send(&all, Quality::Auto);
    pair.screen.text((0, 0, 640, 480), &mut Random(6));
    pair.send(&all, Quality::Auto);
    pair.screen = photo.clone();
    let again = pair.send(&all, Quality::Auto);
    assert!(again * 10 < first, "{again} of {first}");
    assert!(
        !pair.encoder.is_exact() && pair.psnr() > 34.0,
        "still lossy, still good"
    );
    pair.screen.text((0, 0, 640, 480), &mut Random(6));
    pair.send(&all, Quality::Auto);
    pair.screen = photo;
    pair.send(&all, Quality::Lossless);
    pair.assert_exact();
}

#[test]
fn reset_starts_over() {
    let mut pair = Pair::new(100, 80);
    pair.screen.text((0, 0, 100, 80), &mut Random(5));
    let all = pair.everything();
    pair.send(&all, Quality::Auto);
    pair.encoder.reset([1, 1]);
    pair.decoder.resize(100, 80).unwrap();
    assert!(pair.send(&Region::new(), Quality::Auto) > 0);
    pair.assert_exact();
}

#[test]
fn wrong_sizes_are_refused() {
    let data = vec![0; 400];
    assert!(PixelView::new(&data, 10, 10, 39).is_err());
    assert!(PixelView::new(&data, 10, 11, 40).is_err());
    assert!(PixelView::new(&data, 0, 10, 40).is_err());
    assert!(Decoder::new(20_000, 10).is_err());
    assert!(Decoder::new(16_000, 16_000).is_err());
    let view = PixelView::new(&data, 10, 10, 40).unwrap();
    let mut encoder = Encoder::new(10, 9, [0, 0]).unwrap();
    assert!(encoder.encode(view, &Region::new(), Quality::Auto).is_err());
}
