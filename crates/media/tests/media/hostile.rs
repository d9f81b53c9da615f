//! Anything may arrive at the decoder; it answers with an error or a picture, in bounded time.

use farol_media::{Decoder, MediaError, PixelView, Quality, Region, decode_full};
use proptest::prelude::*;

use crate::desktop::{Desktop, Random};

fn real_frames() -> Vec<Vec<u8>> {
    let mut screen = Desktop::new(200, 120);
    let mut encoder = farol_media::Encoder::new(200, 120, [1, 2]).unwrap();
    let mut random = Random(77);
    let mut frames = Vec::new();
    for step in 0..6 {
        match step {
            0 => screen.text((0, 0, 200, 120), &mut random),
            1 => screen.photo((20, 20, 120, 90), &mut random),
            2 => screen.shift((0, 14, 200, 106), 0, -14),
            3 => screen.fill((0, 0, 100, 100), 0x12_3456),
            4 => screen.text((0, 0, 200, 120), &mut Random(77)),
            _ => screen.photo((100, 50, 9, 9), &mut random),
        }
        let view = PixelView::new(&screen.data, 200, 120, screen.stride).unwrap();
        let all = Region::from_rect(farol_media::Rect::new(0, 0, 200, 120));
        frames.extend(
            encoder
                .encode(view, &all, Quality::Auto)
                .unwrap()
                .map(|frame| frame.data),
        );
        if step % 2 == 1 {
            frames.extend(encoder.refine(3000).unwrap().map(|frame| frame.data));
        }
    }
    frames
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise_is_survived(mut bytes in prop::collection::vec(any::<u8>(), 0..300), whole in any::<bool>()) {
        if whole && bytes.len() >= 2 {
            bytes[..2].copy_from_slice(&[farol_media::format::VERSION, 0]);
        }
        let mut decoder = Decoder::new(100, 70).unwrap();
        let _unused = decode_full(&mut decoder, &bytes).is_ok();
    }

    #[test]
    fn damaged_frames_are_survived(flips in prop::collection::vec((0usize..8, any::<usize>(), 1u8..), 1..4), cut in any::<usize>()) {
        let mut frames = real_frames();
        let count = frames.len();
        for (frame, at, bits) in flips {
            let frame = &mut frames[frame % count];
            let at = at % frame.len();
            frame[at] ^= bits;
        }
        let last = frames[count - 1].len();
        frames[count - 1].truncate(cut % (last + 1));
        let mut decoder = Decoder::new(200, 120).unwrap();
        for frame in &frames {
            if decode_full(&mut decoder, frame).is_err() {
                prop_assert!(matches!(decode_full(&mut decoder, frame), Err(MediaError::OutOfStep(_))));
                decoder.resize(200, 120).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// As above with a window that is dragged: moves, what is kept beneath, what comes back.
    #[test]
    fn damaged_moves_are_survived(flips in prop::collection::vec((1usize..8, any::<usize>(), 1u8..), 1..4)) {
        let mut frames = crate::vectors::frames("window");
        let count = frames.len();
        for (frame, at, bits) in flips {
            let frame = &mut frames[frame % count];
            let at = at % frame.len();
            frame[at] ^= bits;
        }
        let mut decoder = Decoder::new(323, 241).unwrap();
        for frame in &frames {
            if decode_full(&mut decoder, frame).is_err() {
                decoder.resize(323, 241).unwrap();
            }
        }
        prop_assert_eq!(decoder.framebuffer().len(), 323 * 241 * 4);
    }
}

#[test]
fn calls_out_of_step_are_refused() {
    let frame = &real_frames()[0];
    let mut decoder = Decoder::new(200, 120).unwrap();
    assert!(matches!(decoder.finish(None), Err(MediaError::OutOfStep(_))));
    decoder.resize(200, 120).unwrap();
    decoder.begin(frame).unwrap();
    assert!(matches!(decoder.begin(frame), Err(MediaError::OutOfStep(_))));
}

#[test]
fn an_atlas_of_the_wrong_size_is_refused() {
    let mut screen = Desktop::new(200, 120);
    screen.photo((0, 0, 200, 120), &mut Random(1));
    let mut encoder = farol_media::Encoder::new(200, 120, [1, 2]).unwrap();
    let view = PixelView::new(&screen.data, 200, 120, screen.stride).unwrap();
    let frame = encoder
        .encode(view, &Region::new(), Quality::Auto)
        .unwrap()
        .unwrap()
        .data;
    let mut decoder = Decoder::new(200, 120).unwrap();
    let step = decoder.begin(&frame).unwrap();
    assert!(step.atlas.is_some());
    assert_eq!(decoder.finish(Some(&[0; 16])), Err(MediaError::BadAtlas));
    decoder.resize(200, 120).unwrap();
    decoder.begin(&frame).unwrap();
    assert_eq!(decoder.finish(None), Err(MediaError::BadAtlas));
}
