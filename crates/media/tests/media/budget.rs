//! Frames with a budget: a slow connection gets a part at a time, what is new and small first, and in the end all of it.

use farol_media::fake_video::{FakeCoder, FakeDecoder};
use farol_media::{EncodedFrame, Encoder, PixelView, Quality, Rect, Region, decode_full, decode_full_with};
use proptest::prelude::*;

use crate::desktop::{Area, Desktop, Random};
use crate::round_trip::{Pair, happen, scene};

/// A tile or two more than the budget, and what the coder still holds.
const MORE: usize = 3_000;

fn view(screen: &Desktop) -> PixelView<'_> {
    let (width, height) = (screen.width as u32, screen.height as u32);
    PixelView::new(&screen.data, width, height, screen.stride).unwrap()
}

fn rect((x, y, width, height): Area) -> Region {
    Region::from_rect(Rect::new(x as u32, y as u32, width as u32, height as u32))
}

/// One frame, not all that is pending.
fn send_one(pair: &mut Pair, damage: &Region, quality: Quality) -> Option<EncodedFrame> {
    let frame = pair
        .encoder
        .encode(view(&pair.screen), damage, quality)
        .unwrap()?;
    decode_full(&mut pair.decoder, &frame.data).unwrap();
    pair.bytes += frame.data.len();
    Some(frame)
}

/// The viewer has these pixels as they are.
fn is_shown(pair: &Pair, (x, y, width, height): Area) -> bool {
    (0..width * height).all(|index| {
        let (x, y) = (x + index % width, y + index / width);
        let at = (y * pair.screen.width + x) * 4;
        let shown = &pair.decoder.framebuffer()[at..at + 3];
        shown == &pair.screen.get(x, y).to_le_bytes()[..3]
    })
}

/// A page of text with a photo in it.
fn page(pair: &mut Pair, seed: u64) {
    let (width, height) = (pair.screen.width, pair.screen.height);
    let mut random = Random(seed);
    pair.screen.text((0, 0, width, height), &mut random);
    pair.screen
        .photo((width / 4, height / 4, width / 2, height / 3), &mut random);
}

fn page_pair() -> Pair {
    let mut pair = Pair::new(800, 600);
    pair.screen.fill((0, 0, 800, 600), 0x0030_3030);
    pair.send(&pair.everything(), Quality::Auto);
    pair
}

#[test]
fn a_page_comes_in_frames_that_keep_to_their_budget() {
    for quality in [Quality::Auto, Quality::LowBandwidth, Quality::Lossless] {
        let mut whole = page_pair();
        page(&mut whole, 3);
        let at_once = whole.send(&whole.everything(), quality);
        let mut pair = page_pair();
        page(&mut pair, 3);
        pair.encoder.set_budget(Some(10_000));
        let (mut damage, mut bytes, mut frames) = (pair.everything(), 0, 0);
        while let Some(frame) = send_one(&mut pair, &damage, quality) {
            let allowed = if quality == Quality::Lossless {
                2 * 12_000
            } else {
                MORE
            };
            assert!(frame.data.len() < 10_000 + allowed, "{}", frame.data.len());
            damage.clear();
            bytes += frame.data.len();
            frames += 1;
            assert_eq!(frame.pending, pair.encoder.has_pending());
        }
        assert!(frames >= at_once / 14_000, "{frames} frames of {at_once}");
        assert!(bytes < at_once + at_once / 6, "{bytes} instead of {at_once}");
        pair.refine(50_000);
        assert!(pair.encoder.is_exact());
        pair.assert_exact();
    }
}

#[test]
fn a_letter_is_in_the_next_frame_whatever_waits() {
    let mut pair = page_pair();
    page(&mut pair, 5);
    pair.encoder.set_budget(Some(6_000));
    let all = pair.everything();
    assert!(send_one(&mut pair, &all, Quality::Auto).unwrap().pending);
    let mut random = Random(9);
    for (index, at) in [(700, 560), (20, 300), (400, 40)].into_iter().enumerate() {
        let letter = (at.0, at.1, 12, 16);
        pair.screen.fill(letter, 0x0010_2030 + index as u32);
        pair.screen.text((at.0 + 1, at.1 + 1, 10, 14), &mut random);
        let frame = send_one(&mut pair, &rect(letter), Quality::Auto).unwrap();
        assert!(frame.pending, "the page is still on its way");
        assert!(is_shown(&pair, letter), "letter {index}");
    }
}

/// Small things that change in each frame take their half and no more.
#[test]
fn what_waits_is_not_kept_waiting_by_what_moves() {
    let mut pair = page_pair();
    page(&mut pair, 7);
    pair.encoder.set_budget(Some(5_000));
    let everything = pair.everything();
    send_one(&mut pair, &everything, Quality::Auto).unwrap();
    let moving = (600, 450, 150, 110);
    let mut random = Random(4);
    for _ in 0..60 {
        pair.screen.photo(moving, &mut random);
        send_one(&mut pair, &rect(moving), Quality::Auto).unwrap();
    }
    assert!(is_shown(&pair, (0, 0, 190, 600)), "the page's left side is there");
    assert!(is_shown(&pair, (0, 360, 590, 240)), "and what is below its photo");
}

/// All of it changes all the time: every part gets its turn.
#[test]
fn everything_gets_its_turn_while_everything_moves() {
    let mut pair = page_pair();
    pair.encoder.set_budget(Some(8_000));
    let everything = pair.everything();
    let mut random = Random(11);
    let tiles = |pair: &Pair| -> Vec<Vec<u8>> {
        let side = 64;
        (0..600usize.div_ceil(side) * 800usize.div_ceil(side))
            .map(|tile| {
                let (x, y) = (tile % 13 * side, tile / 13 * side);
                (y..(y + side).min(600))
                    .flat_map(|y| {
                        pair.decoder.framebuffer()[(y * 800 + x) * 4..(y * 800 + (x + side).min(800)) * 4]
                            .to_vec()
                    })
                    .collect()
            })
            .collect()
    };
    for round in 0..3 {
        let before = tiles(&pair);
        for _ in 0..30 {
            pair.screen.text((0, 0, 800, 600), &mut random);
            send_one(&mut pair, &everything, Quality::Auto).unwrap();
        }
        let same = before
            .iter()
            .zip(tiles(&pair))
            .filter(|(old, new)| **old == *new)
            .count();
        assert_eq!(same, 0, "tiles that were not touched in round {round}");
    }
}

/// What plays in a page over a slow link is found to be a video though no frame has all of it.
#[test]
fn a_film_is_found_although_it_is_larger_than_the_budget() {
    let (width, height) = (800, 600);
    let mut screen = Desktop::new(width, height);
    let mut random = Random(13);
    screen.text((0, 0, width, height), &mut random);
    let mut encoder = Encoder::new(width as u32, height as u32, [1, 2]).unwrap();
    encoder.use_video(Some(Box::new(FakeCoder::default())));
    let mut decoder = farol_media::Decoder::new(width as u32, height as u32).unwrap();
    let mut video = FakeDecoder::default();
    encoder.set_budget(Some(10_000));
    let clip = (200, 100, 480, 320);
    let mut now = 0;
    let mut first = None;
    for frame in 0..40 {
        now += 60_000;
        screen.photo(clip, &mut random);
        let damage = if frame == 0 {
            Region::from_rect(Rect::new(0, 0, 800, 600))
        } else {
            rect(clip)
        };
        if let Some(made) = encoder
            .encode_at(now, view(&screen), &damage, Quality::LowBandwidth)
            .unwrap()
        {
            decode_full_with(&mut decoder, &made.data, |head, bytes| video.decode(head, bytes)).unwrap();
            if made.stats.video > 0 {
                first.get_or_insert(frame);
            }
        }
    }
    assert!(first.is_some_and(|first| first <= 16), "{first:?}");
}

/// A page that comes in parts is no video, however long it takes.
#[test]
fn a_page_in_parts_is_no_video() {
    let mut screen = Desktop::new(800, 600);
    let mut encoder = Encoder::new(800, 600, [1, 2]).unwrap();
    encoder.use_video(Some(Box::new(FakeCoder::default())));
    encoder.set_budget(Some(4_000));
    let mut random = Random(17);
    let mut now = 0;
    for _ in 0..3 {
        screen.photo((0, 0, 800, 600), &mut random);
        let mut damage = Region::from_rect(Rect::new(0, 0, 800, 600));
        for _ in 0..60 {
            now += 40_000;
            let Some(made) = encoder
                .encode_at(now, view(&screen), &damage, Quality::Auto)
                .unwrap()
            else {
                break;
            };
            damage.clear();
            assert_eq!(made.stats.video, 0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_budgets_the_viewer_ends_up_with_the_screen(
        (size, happenings, seed) in scene(),
        budgets in prop::collection::vec(prop_oneof![Just(None), (0usize..6_000).prop_map(Some)], 1..8),
        quality in prop_oneof![Just(Quality::Auto), Just(Quality::LowBandwidth), Just(Quality::Lossless)],
    ) {
        let mut pair = Pair::new(size.0, size.1);
        let mut random = Random(seed);
        for (index, what) in happenings.into_iter().enumerate() {
            let damage = happen(&mut pair.screen, what, &mut random);
            pair.encoder.set_budget(budgets[index % budgets.len()]);
            // One frame, then the screen goes on.
            send_one(&mut pair, &damage, quality);
        }
        let mut frames = 0;
        while send_one(&mut pair, &Region::new(), quality).is_some() {
            frames += 1;
            prop_assert!(frames < 500, "it never ends");
        }
        prop_assert!(!pair.encoder.has_pending());
        pair.refine(5_000);
        prop_assert!(pair.encoder.is_exact());
        pair.assert_exact();
        let all = pair.everything();
        pair.encoder.set_budget(None);
        prop_assert_eq!(pair.send(&all, quality), 0);
    }
}
