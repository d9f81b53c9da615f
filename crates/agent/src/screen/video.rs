//! The machine's video encoder as the coder that the media crate asks for.

use farol_media::{VideoCoder, VideoError, VideoSource, VideoWish};
use farol_platform::{VideoEncoder, VideoOptions, VideoPicture, open_video};

/// A coder for a viewer that can decode video; `None` when this agent was built without one.
pub(super) fn coder() -> Option<Box<dyn VideoCoder>> {
    open_video().map(|encoder| Box::new(Coder(encoder)) as Box<dyn VideoCoder>)
}

struct Coder(Box<dyn VideoEncoder>);

impl VideoCoder for Coder {
    fn code(
        &mut self,
        source: &VideoSource<'_>,
        wish: VideoWish,
        out: &mut Vec<u8>,
    ) -> Result<(), VideoError> {
        let picture = VideoPicture {
            pixels: source.pixels,
            stride: source.stride,
            width: source.width,
            height: source.height,
            active: source.active,
        };
        let options = VideoOptions {
            key: wish.key,
            quantizer: wish.quantizer,
            now_us: wish.now_us,
        };
        self.0.encode(&picture, options, out).map_err(|error| {
            tracing::warn!(%error, "video goes as photos from now on");
            VideoError(error.to_string())
        })
    }

    fn rest(&mut self) {
        self.0.rest();
    }
}

#[cfg(test)]
mod tests {
    use farol_media::{Encoder, PixelView, Quality, Rect, Region};
    use farol_platform::video::fake::FakeVideo;

    use super::*;

    /// A picture whose every block has many colors, other ones at each step.
    fn grain(step: u32) -> Vec<u8> {
        let mut state = step.wrapping_mul(0x9E37_79B9) | 1;
        let mut pixels = Vec::with_capacity(320 * 200 * 4);
        for _ in 0..320 * 200 {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            pixels.extend_from_slice(&state.to_le_bytes());
        }
        pixels
    }

    #[test]
    fn the_encoder_is_asked_as_the_media_crate_asks_and_rests_with_it() {
        let fake = FakeVideo::default();
        let control = fake.control();
        let mut encoder = Encoder::new(320, 200, [1, 2]).unwrap();
        encoder.use_video(Some(Box::new(Coder(Box::new(fake)))));
        let all = Region::from_rect(Rect::new(0, 0, 320, 200));
        let mut frames = Vec::new();
        for step in 0..8 {
            let pixels = grain(step);
            let view = PixelView::new(&pixels, 320, 200, 320 * 4).unwrap();
            let now = u64::from(step) * 33_000;
            frames.extend(encoder.encode_at(now, view, &all, Quality::Auto).unwrap());
        }
        let asked = control.take_asked();
        assert_eq!(
            asked.len(),
            frames.iter().filter(|frame| frame.stats.video > 0).count()
        );
        assert!(asked.len() >= 2);
        let keys: Vec<bool> = asked.iter().map(|asked| asked.options.key).collect();
        assert!(keys[0] && !keys[1..].contains(&true));
        assert_eq!(
            (asked[0].width, asked[0].height, asked[0].active),
            (320, 200, 20 * 13)
        );
        assert!(asked[1].options.now_us > asked[0].options.now_us);
        assert_eq!(control.rests(), 0);
        encoder.refine(1000).unwrap();
        assert_eq!(control.rests(), 1);
    }

    /// A page with a film in it: soft waves that move, with grain. BGRX, and where the film is.
    struct Page {
        pixels: Vec<u8>,
    }

    const SIZE: (usize, usize) = (640, 400);
    const FILM: (usize, usize, usize, usize) = (101, 51, 320, 240);

    impl Page {
        fn new() -> Self {
            let mut pixels = Vec::new();
            for at in 0..SIZE.0 * SIZE.1 {
                // Rows of marks, like text.
                let (x, y) = (at % SIZE.0, at / SIZE.0);
                let ink = y % 14 < 9 && (x * 7919 + y / 14 * 104_729 + (y % 14) * (x / 8)) % 5 < 2;
                let shade = if ink { 30 } else { 245 };
                pixels.extend([shade, shade, shade, 0]);
            }
            Self { pixels }
        }

        fn play(&mut self, step: u32) {
            let mut grain = step.wrapping_mul(0x9E37_79B9) | 1;
            let time = step as f32 / 8.0;
            for y in 0..FILM.3 {
                for x in 0..FILM.2 {
                    grain ^= grain << 13;
                    grain ^= grain >> 17;
                    grain ^= grain << 5;
                    let (u, v) = (x as f32 / 97.0, y as f32 / 71.0);
                    let wave = (u + time).sin() + (v * 1.3 - time).sin() + ((u + v) * 0.6).sin();
                    let base = 120.0 + wave * 32.0 + (grain % 7) as f32 - 3.0;
                    let tints = [(u - v).sin() * 30.0, 0.0, (v + time).sin() * 24.0];
                    let at = ((FILM.1 + y) * SIZE.0 + FILM.0 + x) * 4;
                    for (byte, tint) in self.pixels[at..at + 3].iter_mut().zip(tints) {
                        *byte = (base + tint) as u8;
                    }
                }
            }
        }

        /// Luma's error in the film, dB, and how many pixels outside of it are not exact.
        fn compare(&self, shown: &[u8]) -> (f64, usize) {
            let luma =
                |r: u8, g: u8, b: u8| 0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b);
            let (mut sum, mut wrong) = (0.0, 0);
            for at in 0..SIZE.0 * SIZE.1 {
                let (x, y) = (at % SIZE.0, at / SIZE.0);
                let (real, seen) = (&self.pixels[at * 4..at * 4 + 3], &shown[at * 4..at * 4 + 3]);
                let film = (FILM.0..FILM.0 + FILM.2).contains(&x) && (FILM.1..FILM.1 + FILM.3).contains(&y);
                if film {
                    let error = luma(real[2], real[1], real[0]) - luma(seen[0], seen[1], seen[2]);
                    sum += error * error;
                } else {
                    wrong += usize::from([real[2], real[1], real[0]] != seen[..3]);
                }
            }
            let pixels = (FILM.2 * FILM.3) as f64;
            (
                10.0 * (255.0 * 255.0 * pixels / f64::max(sum, 1e-9)).log10(),
                wrong,
            )
        }
    }

    /// The whole way of a film: the viewer says it can, the film is found, coded by libvpx, decoded by it, made exact in the end.
    #[cfg(feature = "vp9")]
    #[test]
    fn a_film_is_good_while_it_plays_its_page_exact_and_all_of_it_at_rest() {
        use farol_media::{Decoder, decode_full_with};
        use farol_platform::video::Vp9Decoder;
        use farol_platform::{Layout, Pixels};
        use farol_protocol::pipe::message::screen::{FrameAck, ScreenSettings};

        use crate::screen::viewer::{Moment, ViewerScreen};

        let size = (SIZE.0 as u32, SIZE.1 as u32);
        let layout = Layout {
            width: size.0,
            height: size.1,
            monitors: Vec::new(),
        };
        for vp9 in [true, false] {
            let mut viewer = ViewerScreen::new();
            viewer.start(&layout, [1, 2], 0).unwrap();
            viewer.set(ScreenSettings {
                vp9,
                ..ScreenSettings::default()
            });
            let mut decoder = Decoder::new(size.0, size.1).unwrap();
            let mut films = Vp9Decoder::new().unwrap();
            let mut page = Page::new();
            let (mut now, mut as_video, mut bytes) = (1_000_000, 0, 0);
            let mut show = |viewer: &mut ViewerScreen, page: &Page, now: &mut u64| {
                *now += 33_333;
                let pixels = Pixels {
                    data: &page.pixels,
                    width: size.0,
                    height: size.1,
                    stride: SIZE.0 * 4,
                };
                let moment = Moment {
                    captured_us: *now,
                    last_input: 0,
                };
                let frame = viewer.frame(*now, pixels, moment).unwrap()?;
                let mut video = false;
                decode_full_with(&mut decoder, &frame.data, |head, bytes| {
                    video = true;
                    films.decode(bytes, head.width, head.height)
                })
                .unwrap();
                viewer.acknowledge(
                    *now + 5_000,
                    FrameAck {
                        id: frame.id,
                        decode_us: 1000,
                        draw_us: 1000,
                    },
                );
                Some((frame, video, page.compare(decoder.framebuffer())))
            };
            show(&mut viewer, &page, &mut now);
            for step in 0..30 {
                page.play(step);
                let area =
                    farol_platform::Rect::new(FILM.0 as i32, FILM.1 as i32, FILM.2 as u32, FILM.3 as u32);
                viewer.add_damage(&[area], now);
                let (frame, video, (quality, wrong)) = show(&mut viewer, &page, &mut now).unwrap();
                if video {
                    as_video += 1;
                    bytes += frame.data.len();
                    assert!(quality > 40.0, "{quality} dB at {step}");
                    assert_eq!(wrong, 0, "beside the film at {step}");
                }
            }
            assert_eq!(as_video >= 20, vp9, "{as_video} as video");
            assert!(bytes <= as_video * 6_000, "{bytes} bytes in {as_video}");
            let rest = viewer.rest_at().unwrap();
            assert!(rest <= now + 700_000, "rest within 0.7 s");
            now = rest;
            let mut exact = false;
            for _ in 0..200 {
                let Some((frame, video, (_, wrong))) = show(&mut viewer, &page, &mut now) else {
                    let Some(at) = viewer.rest_at() else { break };
                    now = now.max(at);
                    continue;
                };
                assert!(!video);
                assert!(wrong == 0 || !vp9, "beside the film");
                exact = frame.exact;
            }
            assert!(exact);
            assert!(page.compare(decoder.framebuffer()).0 > 130.0, "every pixel");
        }
    }

    #[test]
    fn a_failing_encoder_is_done_without() {
        let fake = FakeVideo::default();
        fake.control().fail("it was told to");
        let mut coder = Coder(Box::new(fake));
        let source = VideoSource {
            pixels: &[0; 16 * 16 * 4],
            stride: 64,
            width: 16,
            height: 16,
            active: &[1],
        };
        let wish = VideoWish {
            key: true,
            quantizer: 30,
            now_us: 0,
        };
        let error = coder.code(&source, wish, &mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("it was told to"), "{error}");
    }
}
