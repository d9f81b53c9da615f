//! Windows that are dragged, scrolled, opened and closed: both ends stay the same, and what was there is not sent again.

use farol_media::{PixelView, Quality, decode_full};
use proptest::prelude::*;

use crate::desktop::{Desktop, Random, Window, Windows};
use crate::round_trip::Pair;

/// A window with text over a photo, dragged to and fro: nothing is sent but that it moved, since what it leaves was there.
#[test]
fn what_a_dragged_window_uncovers_comes_back() {
    for quality in [Quality::Auto, Quality::Lossless] {
        let mut pair = Pair::new(900, 700);
        let all = pair.everything();
        let mut desk = Windows {
            background: Desktop::new(900, 700),
            windows: vec![Window::new(301, 203, (100, 100))],
        };
        desk.background.photo((0, 0, 900, 700), &mut Random(5));
        desk.windows[0].content.text((0, 0, 301, 203), &mut Random(6));
        let mut last = 0;
        for step in 0..40 {
            desk.compose(&mut pair.screen);
            last = pair.send(&all, quality);
            if step > 30 {
                assert!(last < 60, "{last} bytes at {step}");
            }
            let back = if step % 20 < 10 { 1 } else { -1 };
            let window = &mut desk.windows[0];
            window.at = (window.at.0 + 37 * back, window.at.1 + 13 * back);
        }
        assert!(last > 0);
        pair.refine(5000);
        pair.assert_exact();
    }
}

/// The same few words stand all over it, as in logs and listings: most of what looks for its place finds another one.
#[test]
fn a_window_of_words_that_repeat_is_moved_from_the_first_step_on() {
    let mut pair = Pair::new(900, 700);
    let all = pair.everything();
    let mut desk = Windows {
        background: Desktop::new(900, 700),
        windows: vec![Window::new(600, 420, (100, 100))],
    };
    desk.background.text((0, 0, 900, 700), &mut Random(5));
    let mut dice = Random(9);
    for line in 0..30 {
        let mut x = 0;
        while x < 600 {
            let word = dice.below(9) as u64;
            let content = &mut desk.windows[0].content;
            content.text(
                (x, line * 14, 75.min(600 - x), 14),
                &mut Random(0x9E37_79B9 * (100 + word)),
            );
            x += 80 + dice.below(9);
        }
    }
    desk.compose(&mut pair.screen);
    pair.send(&all, Quality::Auto);
    for step in 1..6 {
        let at = &mut desk.windows[0].at;
        *at = (at.0 + 5 + step, at.1 + 7);
        desk.compose(&mut pair.screen);
        let screen = &pair.screen;
        let view = PixelView::new(&screen.data, 900, 700, screen.stride).unwrap();
        let frame = pair.encoder.encode(view, &all, Quality::Auto).unwrap().unwrap();
        decode_full(&mut pair.decoder, &frame.data).unwrap();
        assert!(
            frame.stats.copied > 200_000,
            "step {step}: {}",
            frame.stats.copied
        );
        pair.assert_exact();
    }
}

/// Its rows repeat, so that many vectors agree with what it shows.
#[test]
fn a_window_that_was_dragged_and_stays_is_not_moved() {
    let mut pair = Pair::new(900, 700);
    let all = pair.everything();
    let mut desk = Windows {
        background: Desktop::new(900, 700),
        windows: vec![Window::new(301, 203, (100, 100))],
    };
    desk.background.text((0, 0, 900, 700), &mut Random(5));
    for y in 0..203 {
        desk.windows[0]
            .content
            .text((0, y / 14 * 14, 301, 14), &mut Random(6));
    }
    for _ in 0..6 {
        desk.compose(&mut pair.screen);
        pair.send(&all, Quality::Auto);
        let at = &mut desk.windows[0].at;
        *at = (at.0 + 11, at.1 + 14);
    }
    desk.windows[0].at = (155, 170);
    desk.windows[0].content.fill((40, 60, 2, 12), 0);
    desk.compose(&mut pair.screen);
    let bytes = pair.send(&all, Quality::Auto);
    assert!(bytes < 60, "{bytes} bytes for a caret");
    pair.assert_exact();
}

/// The edges of a scrolled pane cut cells; these are not sent again.
#[test]
fn a_pane_at_an_odd_place_scrolls_as_cheaply() {
    let mut pair = Pair::new(640, 480);
    let all = pair.everything();
    pair.screen.photo((0, 0, 640, 480), &mut Random(5));
    pair.screen.text((101, 51, 401, 309), &mut Random(6));
    pair.send(&all, Quality::Lossless);
    for step in 0..5 {
        pair.screen.shift((101, 68, 401, 292), 0, -17);
        pair.screen.fill((101, 343, 401, 17), 0x00_ff_ff_ff);
        pair.screen.text((101, 344, 401, 14), &mut Random(step + 1));
        let bytes = pair.send(&all, Quality::Lossless);
        assert!(bytes < 1500, "{bytes} bytes");
        pair.assert_exact();
    }
}

/// One thing that happens on a desktop of windows.
#[derive(Clone, Copy, Debug)]
enum Act {
    Drag(usize, isize, isize, usize),
    Scroll(usize, usize),
    Type(usize, usize, usize),
    Photo(usize),
    Raise(usize),
    Open(usize, usize, isize, isize),
    Close(usize),
    Wallpaper(bool),
    Refine(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (any::<usize>(), -50isize..50, -40isize..40, 1usize..6).prop_map(|(w, x, y, n)| Act::Drag(w, x, y, n)),
        2 => (any::<usize>(), 1usize..40).prop_map(|(w, by)| Act::Scroll(w, by)),
        2 => (any::<usize>(), 0usize..200, 0usize..150).prop_map(|(w, x, y)| Act::Type(w, x, y)),
        1 => any::<usize>().prop_map(Act::Photo),
        1 => any::<usize>().prop_map(Act::Raise),
        2 => (30usize..260, 30usize..200, -40isize..300, -40isize..200).prop_map(|(w, h, x, y)| Act::Open(w, h, x, y)),
        1 => any::<usize>().prop_map(Act::Close),
        1 => any::<bool>().prop_map(Act::Wallpaper),
        2 => (200usize..4000).prop_map(Act::Refine),
    ]
}

/// Does it, calling `show` after each step.
fn perform(desk: &mut Windows, act: Act, random: &mut Random, mut show: impl FnMut(&Windows)) {
    let count = desk.windows.len();
    let window = |index: usize| index % count.max(1);
    match act {
        Act::Open(width, height, x, y) => {
            let mut window = Window::new(width, height, (x, y));
            window.content.text((0, 0, width, height), random);
            window.shadow = [0, 0, 5][random.below(3)];
            desk.windows.push(window);
        }
        Act::Wallpaper(photo) => {
            let all = (0, 0, desk.background.width, desk.background.height);
            match photo {
                true => desk.background.photo(all, random),
                false => desk.background.text(all, random),
            }
        }
        Act::Refine(_) => {}
        _ if count == 0 => {}
        Act::Drag(index, dx, dy, times) => {
            for _ in 0..times {
                let at = &mut desk.windows[window(index)].at;
                *at = (at.0 + dx, at.1 + dy);
                show(desk);
            }
        }
        Act::Scroll(index, by) => {
            let content = &mut desk.windows[window(index)].content;
            let (width, height) = (content.width, content.height);
            content.shift((3, by, width, height), 0, -(by as isize));
            content.text((3, height.saturating_sub(by), width, by), random);
        }
        Act::Type(index, x, y) => desk.windows[window(index)].content.text((x, y, 14, 13), random),
        Act::Photo(index) => desk.windows[window(index)].content.photo((9, 9, 100, 80), random),
        Act::Raise(index) => {
            let raised = desk.windows.remove(window(index));
            desk.windows.push(raised);
        }
        Act::Close(index) => {
            desk.windows.remove(window(index));
        }
    }
    show(desk);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// A desktop of windows stays the same on both ends, whatever is dragged over what, with and without loss.
    #[test]
    fn desktops_stay_the_same(acts in prop::collection::vec(act(), 1..24), seed in 1..u64::MAX, lossless in any::<bool>()) {
        let mut pair = Pair::new(407, 301);
        let quality = if lossless { Quality::Lossless } else { Quality::Auto };
        let all = pair.everything();
        let mut random = Random(seed);
        let mut desk = Windows { background: Desktop::new(407, 301), windows: vec![Window::new(150, 110, (33, 21))] };
        desk.background.photo((0, 0, 407, 301), &mut random);
        desk.windows[0].content.text((0, 0, 150, 110), &mut random);
        for act in acts {
            perform(&mut desk, act, &mut random, |desk| {
                desk.compose(&mut pair.screen);
                pair.send(&all, quality);
                if lossless {
                    assert!(pair.encoder.is_exact());
                    pair.assert_exact();
                }
                assert!(pair.psnr() > 27.0, "{} dB", pair.psnr());
            });
            if let Act::Refine(budget) = act
                && let Some(frame) = pair.encoder.refine(budget).unwrap()
            {
                decode_full(&mut pair.decoder, &frame.data).unwrap();
            }
        }
        pair.refine(5000);
        prop_assert!(pair.encoder.is_exact());
        pair.assert_exact();
        prop_assert_eq!(pair.send(&all, quality), 0);
    }
}
