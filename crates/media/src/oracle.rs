//! Checks shared by the fuzz targets (`fuzz/fuzz_targets/media_*.rs`) and the replay of their corpus in ordinary tests.
//! Each takes any bytes and panics when the crate breaks a promise.

use crate::fake_video::{FakeCoder, FakeDecoder};
use crate::{Decoder, Encoder, MediaError, PixelView, Quality, Rect, Region, decode_full_with};

/// Largest side of the pictures tried: small pictures have all the edges, and large ones only cost time.
const SIDE: usize = 256;

/// Feeds frames to a decoder: it may refuse them, and must neither panic nor hand out rectangles outside its picture.
///
/// Input: width − 1, height − 1, then frames with a length of two bytes (little-endian) before each.
pub fn decode(input: &[u8]) {
    let [width, height, rest @ ..] = input else { return };
    let (width, height) = (u32::from(*width) + 1, u32::from(*height) + 1);
    let Ok(mut decoder) = Decoder::new(width, height) else {
        return;
    };
    let picture = Rect::new(0, 0, width, height);
    let mut rest = rest;
    while let [low, high, after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(after.len());
        let (frame, after) = after.split_at(length);
        rest = after;
        let any = |video: &crate::Video, _: &[u8]| Some(vec![7; (video.width * video.height * 4) as usize]);
        match decode_full_with(&mut decoder, frame, any) {
            Ok(dirty) => assert!(dirty.iter().all(|rect| picture.contains(rect)), "{dirty:?}"),
            Err(_) => assert!(decoder.resize(width, height).is_ok()),
        }
    }
    assert_eq!(decoder.framebuffer().len(), (width * height * 4) as usize);
}

/// Draws by a script, sends each step, and compares both ends. Steps follow each other fast enough for video.
///
/// Input: width − 1, height − 1, then steps of eight bytes: kind, x, y, width, height, color, and two for details.
pub fn round_trip(input: &[u8]) {
    let [width, height, script @ ..] = input else {
        return;
    };
    let mut screen = Screen::new(usize::from(*width) + 1, usize::from(*height) + 1);
    let (width, height) = (screen.width as u32, screen.height as u32);
    let (Ok(mut encoder), Ok(decoder)) = (Encoder::new(width, height, [3, 5]), Decoder::new(width, height))
    else {
        return;
    };
    encoder.use_video(Some(Box::new(FakeCoder::default())));
    let mut viewer = Viewer {
        decoder,
        video: FakeDecoder::default(),
    };
    let everything = Region::from_rect(Rect::new(0, 0, width, height));
    let mut all_lossless = true;
    for (index, step) in script.as_chunks::<8>().0.iter().take(40).enumerate() {
        let now = index as u64 * 40_000;
        screen.draw(step);
        let quality = match step[0] >> 6 {
            0 | 1 => Quality::Lossless,
            2 => Quality::Auto,
            _ => Quality::LowBandwidth,
        };
        all_lossless &= quality == Quality::Lossless;
        encoder.set_budget(match step[7] >> 2 & 3 {
            0 | 1 => None,
            2 => Some(300),
            _ => Some(2_000),
        });
        send(now, &mut encoder, &mut viewer, &screen, &everything, quality);
        if all_lossless {
            assert!(encoder.is_exact());
            screen.compare(&viewer.decoder);
        }
        let refined = match step[7] & 3 {
            1 => encoder.refine(500),
            3 => encoder.refine_graphics(500),
            _ => Ok(None),
        };
        if let Ok(Some(frame)) = refined {
            assert!(viewer.show(&frame.data).is_ok());
        }
    }
    while let Ok(Some(frame)) = encoder.refine(10_000) {
        assert!(viewer.show(&frame.data).is_ok());
    }
    send(
        2_000_000,
        &mut encoder,
        &mut viewer,
        &screen,
        &everything,
        Quality::Lossless,
    );
    assert!(encoder.is_exact());
    screen.compare(&viewer.decoder);
    let checked = encoder.check();
    assert!(matches!(checked, Ok(Some(_))), "{checked:?}");
    if let Ok(Some(frame)) = checked {
        let agreed = viewer.show(&frame.data);
        assert!(agreed.is_ok(), "{agreed:?}");
    }
}

struct Viewer {
    decoder: Decoder,
    video: FakeDecoder,
}

impl Viewer {
    fn show(&mut self, frame: &[u8]) -> Result<&[Rect], MediaError> {
        let video = &mut self.video;
        decode_full_with(&mut self.decoder, frame, |head, bytes| video.decode(head, bytes))
    }
}

fn send(
    now: u64,
    encoder: &mut Encoder,
    viewer: &mut Viewer,
    screen: &Screen,
    damage: &Region,
    quality: Quality,
) {
    loop {
        let Ok(view) = PixelView::new(
            &screen.data,
            screen.width as u32,
            screen.height as u32,
            screen.width * 4,
        ) else {
            return;
        };
        let frame = encoder.encode_at(now, view, damage, quality);
        assert!(frame.is_ok(), "{frame:?}");
        let Ok(Some(frame)) = frame else { return };
        let shown = viewer.show(&frame.data);
        assert!(shown.is_ok(), "{shown:?}");
        if !frame.pending {
            return;
        }
    }
}

struct Screen {
    width: usize,
    height: usize,
    data: Vec<u8>,
}

impl Screen {
    fn new(width: usize, height: usize) -> Self {
        let (width, height) = (width.min(SIDE), height.min(SIDE));
        Self {
            width,
            height,
            data: vec![0; width * height * 4],
        }
    }

    fn draw(&mut self, step: &[u8; 8]) {
        let [kind, x, y, width, height, color, a, b] = step.map(usize::from);
        let before = self.data.clone();
        let (right, bottom) = ((x + width).min(self.width), (y + height).min(self.height));
        for row in y..bottom {
            for column in x..right {
                let at = (row * self.width + column) * 4;
                let noise = (row * 31 + column * 17 + row * column * (a + 1)) as u8;
                let pixel = match kind & 3 {
                    0 => [color as u8, a as u8, b as u8, noise],
                    1 if noise & 3 == 0 => [color as u8; 4],
                    1 => [255 - color as u8, 255, 255, 0],
                    2 => [(row * a) as u8 ^ noise, (column * b) as u8, noise, 1],
                    _ => {
                        let (x, y) = ((column + a) % self.width, (row + b) % self.height);
                        let from = (y * self.width + x) * 4;
                        [before[from], before[from + 1], before[from + 2], noise]
                    }
                };
                self.data[at..at + 4].copy_from_slice(&pixel);
            }
        }
    }

    fn compare(&self, decoder: &Decoder) {
        for (index, (source, shown)) in self
            .data
            .as_chunks::<4>()
            .0
            .iter()
            .zip(decoder.framebuffer().as_chunks::<4>().0)
            .enumerate()
        {
            let expected = [source[2], source[1], source[0]];
            assert_eq!(
                expected,
                shown[..3],
                "at {}, {}",
                index % self.width,
                index / self.width
            );
        }
    }
}
