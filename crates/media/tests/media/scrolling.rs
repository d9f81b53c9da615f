//! Pages that are scrolled, step after step: what was there is moved, and what comes into sight is sent once, as what it is.

use farol_media::{Quality, Rect, Region};
use proptest::prelude::*;

use crate::desktop::{Area, Desktop, Random};
use crate::round_trip::Pair;

const SIZE: (usize, usize) = (640, 480);
/// The page, at odd places beside a margin that stays.
const PAGE: Area = (21, 13, 581, 451);

/// Moves the page up by `by` rows and paints what comes into sight.
fn scroll(screen: &mut Desktop, by: usize, paint: impl FnOnce(&mut Desktop, Area)) {
    let (x, y, width, height) = PAGE;
    screen.shift((x, y + by, width, height - by), 0, -(by as isize));
    paint(screen, (x, y + height - by, width, by));
}

fn gray(screen: &mut Desktop, (x, y, width, height): Area, random: &mut Random) {
    for row in y..y + height {
        for column in x..x + width {
            let wave = (column as f32 * 0.13).sin() * 60.0 + (row as f32 * 0.09).cos() * 60.0;
            let shade = (128.0 + wave) as u32 + random.next() % 3;
            screen.set(column, row, shade * 0x01_0101, 0);
        }
    }
}

#[test]
fn a_page_scrolls_at_any_speed_for_what_comes_into_sight() {
    let mut pair = Pair::new(SIZE.0, SIZE.1);
    let all = pair.everything();
    let mut random = Random(3);
    pair.screen.text((0, 0, SIZE.0, SIZE.1), &mut random);
    pair.send(&all, Quality::Auto);
    for by in [14, 14, 28, 31, 60, 45, 28, 14, 7, 3, 1] {
        scroll(&mut pair.screen, by, |screen, area| {
            screen.text(area, &mut random)
        });
        let bytes = pair.send(&all, Quality::Auto);
        assert!(bytes < 150 + by * 60, "{bytes} bytes for {by} rows");
        pair.assert_exact();
    }
}

#[test]
fn a_gray_photo_that_comes_into_sight_is_sent_as_a_photo() {
    let mut pair = Pair::new(SIZE.0, SIZE.1);
    let all = pair.everything();
    let mut random = Random(3);
    pair.screen.text((0, 0, SIZE.0, SIZE.1), &mut random);
    pair.send(&all, Quality::Auto);
    for step in 0..8 {
        scroll(&mut pair.screen, 24, |screen, area| {
            gray(screen, area, &mut random)
        });
        let bytes = pair.send(&all, Quality::Auto);
        // As graphics it would be three quarters of a byte for each of its 14,000 pixels.
        assert!(bytes < 6_500, "{bytes} bytes at step {step}");
    }
    pair.refine(20_000);
    pair.assert_exact();
}

/// On a blank pane every vector agrees.
#[test]
fn a_caret_in_a_pane_that_was_scrolled_moves_nothing() {
    let mut pair = Pair::new(SIZE.0, SIZE.1);
    let all = pair.everything();
    let mut random = Random(3);
    pair.screen.text((0, 0, SIZE.0, SIZE.1), &mut random);
    pair.send(&all, Quality::Auto);
    for _ in 0..20 {
        scroll(&mut pair.screen, 31, |screen, area| {
            screen.fill(area, 0x00ff_ffff)
        });
        pair.send(&all, Quality::Auto);
    }
    pair.screen.fill((200, 200, 2, 14), 0);
    let bytes = pair.send(&all, Quality::Auto);
    assert!(bytes < 40, "{bytes} bytes for a caret");
    pair.assert_exact();
}

/// One step on a page.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Up by so many rows; text, a photo, a gray photo or nothing comes into sight.
    Up(usize, usize),
    Down(usize),
    Sideways(isize),
    /// Something that stays where it is appears over the page.
    Float(usize, usize),
    Type(usize, usize),
    Refine(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (1usize..80, 0usize..4).prop_map(|(by, what)| Step::Up(by, what)),
        2 => (1usize..80).prop_map(Step::Down),
        1 => (-40isize..40).prop_map(Step::Sideways),
        1 => (0usize..500, 0usize..400).prop_map(|(x, y)| Step::Float(x, y)),
        1 => (0usize..500, 0usize..400).prop_map(|(x, y)| Step::Type(x, y)),
        2 => (200usize..9000).prop_map(Step::Refine),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scrolled_pages_stay_the_same(steps in prop::collection::vec(step(), 1..30), seed in 1..u64::MAX, lossless in any::<bool>()) {
        let mut pair = Pair::new(SIZE.0, SIZE.1);
        let quality = if lossless { Quality::Lossless } else { Quality::Auto };
        let (x, y, width, height) = PAGE;
        let page = Rect::new(x as u32, y as u32, width as u32, height as u32);
        let mut random = Random(seed);
        pair.screen.text((0, 0, SIZE.0, SIZE.1), &mut random);
        let all = pair.everything();
        pair.send(&all, quality);
        for step in steps {
            match step {
                Step::Up(by, what) => scroll(&mut pair.screen, by, |screen, area| match what {
                    0 => screen.text(area, &mut random),
                    1 => screen.photo(area, &mut random),
                    2 => gray(screen, area, &mut random),
                    _ => screen.fill(area, 0x00ff_ffff),
                }),
                Step::Down(by) => {
                    pair.screen.shift((x, y, width, height - by), 0, by as isize);
                    pair.screen.text((x, y, width, by), &mut random);
                }
                Step::Sideways(by) => pair.screen.shift((x + 40, y, width - 80, height), by, 0),
                Step::Float(at_x, at_y) => pair.screen.fill((x + at_x, y + at_y, 60, 31), 0x0020_80c0),
                Step::Type(at_x, at_y) => pair.screen.text((x + at_x, y + at_y, 14, 13), &mut random),
                Step::Refine(budget) => pair.refine(budget),
            }
            pair.send(&Region::from_rect(page), quality);
            if quality == Quality::Lossless {
                pair.assert_exact();
            }
        }
        pair.refine(5_000);
        pair.assert_exact();
    }
}
