//! Anything may arrive at the decoder; it answers with an error or a picture, in bounded time.

use farol_media::{Decoder, MediaError, PixelView, Quality, Region, Video, decode_full_with};
use proptest::prelude::*;

use crate::desktop::{Desktop, Random};

/// Shows a frame whatever its pictures are.
fn show(decoder: &mut Decoder, frame: &[u8]) -> Result<(), MediaError> {
    let gray = |video: &Video, _: &[u8]| Some(vec![99; (video.width * video.height * 4) as usize]);
    decode_full_with(decoder, frame, gray).map(|_| ())
}

fn desk_frames() -> Vec<Vec<u8>> {
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
            bytes[0] = farol_media::format::VERSION;
            bytes[1] &= 7;
        }
        let mut decoder = Decoder::new(100, 70).unwrap();
        let _unused = show(&mut decoder, &bytes).is_ok();
    }

    /// One frame at rest tells whatever the sides disagree about, and the viewer can start over.
    #[test]
    fn a_picture_of_its_own_is_found_out(x in 0u32..60, y in 0u32..40, bit in 0u32..24, other in 1u32..24) {
        let all = Region::from_rect(farol_media::Rect::new(0, 0, 60, 40));
        let frames = |bit: u32| {
            let mut data = vec![0u8; 60 * 40 * 4];
            data[((y * 60 + x) * 4 + bit / 8) as usize] ^= 1 << (bit % 8);
            let mut encoder = farol_media::Encoder::new(60, 40, [1, 2]).unwrap();
            let view = PixelView::new(&data, 60, 40, 240).unwrap();
            let picture = encoder.encode(view, &all, Quality::Lossless).unwrap().unwrap();
            (picture.data, encoder.check().unwrap().unwrap().data)
        };
        let (picture, check) = frames(bit);
        let (_, check_of_other) = frames((bit + other) % 24);
        let mut decoder = Decoder::new(60, 40).unwrap();
        prop_assert!(show(&mut decoder, &picture).is_ok());
        prop_assert_eq!(show(&mut decoder, &check_of_other), Err(MediaError::Differs));
        prop_assert!(matches!(show(&mut decoder, &check), Err(MediaError::OutOfStep(_))));
        decoder.resize(60, 40).unwrap();
        prop_assert!(show(&mut decoder, &picture).is_ok());
        prop_assert!(show(&mut decoder, &check).is_ok());
    }

    #[test]
    fn damaged_frames_are_survived(
        video in any::<bool>(),
        flips in prop::collection::vec((0usize..16, any::<prop::sample::Index>(), 1u8.., any::<bool>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let (mut frames, (width, height)) = if video {
            (crate::vectors::frames("video"), (210, 180))
        } else {
            (desk_frames(), (200, 120))
        };
        let count = frames.len();
        for (frame, at, bits, head) in flips {
            let frame = &mut frames[frame % count];
            // Heads are short and say most.
            let at = at.index(if head { frame.len().min(24) } else { frame.len() });
            frame[at] ^= bits;
        }
        let last = frames[count - 1].len();
        frames[count - 1].truncate(cut.index(last + 1));
        let mut decoder = Decoder::new(width, height).unwrap();
        for frame in &frames {
            if show(&mut decoder, frame).is_err() {
                prop_assert!(matches!(show(&mut decoder, frame), Err(MediaError::OutOfStep(_))));
                decoder.resize(width, height).unwrap();
            }
        }
    }
}

/// The first frame of the vector that brings video, and those before it.
fn before_video() -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut frames = crate::vectors::frames("video");
    let first = frames.iter().position(|frame| frame[1] & 2 != 0).unwrap();
    let video = frames.swap_remove(first);
    frames.truncate(first);
    (frames, video)
}

fn at_video(before: &[Vec<u8>]) -> Decoder {
    let mut decoder = Decoder::new(210, 180).unwrap();
    for frame in before {
        show(&mut decoder, frame).unwrap();
    }
    decoder
}

#[test]
fn video_that_is_not_what_its_head_says_is_refused() {
    let (before, video) = before_video();
    assert_eq!(show(&mut at_video(&before), &video), Ok(()));
    // Behind version and flags: kind, column, row, columns, rows; a small picture has them in a byte each.
    for (field, value) in [
        (2, 0),
        (2, 2),
        (3, 200),
        (4, 127),
        (5, 1),
        (5, 0),
        (6, 15),
        (6, 127),
    ] {
        let mut frame = video.clone();
        assert_ne!(frame[field], value);
        frame[field] = value;
        assert!(
            matches!(
                show(&mut at_video(&before), &frame),
                Err(MediaError::Malformed(_))
            ),
            "field {field} is {value}"
        );
    }
    let mut without = video;
    without[1] = 0;
    assert!(show(&mut at_video(&before), &without).is_err());
}

#[test]
fn a_decoded_video_of_the_wrong_size_is_refused() {
    let (before, video) = before_video();
    for wrong in [None, Some(vec![0; 16])] {
        let mut decoder = at_video(&before);
        assert_eq!(
            decode_full_with(&mut decoder, &video, |_, _| wrong).map(|_| ()),
            Err(MediaError::BadVideo)
        );
        assert!(matches!(
            show(&mut decoder, &video),
            Err(MediaError::OutOfStep(_))
        ));
    }
}

#[test]
fn a_picture_that_continues_another_needs_it() {
    let frames = crate::vectors::frames("video");
    let videos: Vec<usize> = (0..frames.len()).filter(|at| frames[*at][1] & 2 != 0).collect();
    let mut decoder = at_video(&frames[..videos[0]]);
    // The key is left out.
    for frame in &frames[videos[0] + 1..videos[1]] {
        let _unused = show(&mut decoder, frame);
    }
    assert_eq!(
        show(&mut decoder, &frames[videos[1]]),
        Err(MediaError::Malformed("video out of order"))
    );
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
            if show(&mut decoder, frame).is_err() {
                decoder.resize(323, 241).unwrap();
            }
        }
        prop_assert_eq!(decoder.framebuffer().len(), 323 * 241 * 4);
    }
}

#[test]
fn calls_out_of_step_are_refused() {
    let frame = &desk_frames()[0];
    let mut decoder = Decoder::new(200, 120).unwrap();
    assert!(matches!(
        decoder.finish(None, None),
        Err(MediaError::OutOfStep(_))
    ));
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
    assert_eq!(decoder.finish(Some(&[0; 16]), None), Err(MediaError::BadAtlas));
    decoder.resize(200, 120).unwrap();
    decoder.begin(&frame).unwrap();
    assert_eq!(decoder.finish(None, None), Err(MediaError::BadAtlas));
}
