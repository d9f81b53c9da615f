//! What goes into libvpx comes out of it again, nearly.

use super::*;

/// A picture that moves, with film grain.
struct Film {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    grain: u32,
}

impl Film {
    fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            pixels: vec![0; width * height * 4],
            grain: 7,
        }
    }

    fn play(&mut self, time: f32) {
        for y in 0..self.height {
            for x in 0..self.width {
                let (u, v) = (x as f32 / 97.0, y as f32 / 71.0);
                let wave = (u + time).sin() + (v * 1.3 - time * 0.7).sin() + ((u + v) * 0.6).sin();
                let edge = ((u * 0.5 + time * 0.4).sin() * 3.0 - v * 0.4).sin() > 0.35;
                self.grain ^= self.grain << 13;
                self.grain ^= self.grain >> 17;
                self.grain ^= self.grain << 5;
                let base =
                    118.0 + wave * 32.0 + if edge { 38.0 } else { 0.0 } + (self.grain % 7) as f32 - 3.0;
                let tints = [
                    (u * 0.3 - v * 0.2).sin() * 30.0,
                    0.0,
                    (v * 0.4 + time * 0.2).sin() * 24.0,
                ];
                let at = (y * self.width + x) * 4;
                for (byte, tint) in self.pixels[at..at + 3].iter_mut().zip(tints) {
                    *byte = (base + tint) as u8;
                }
            }
        }
    }

    fn blocks(&self) -> usize {
        self.width.div_ceil(16) * self.height.div_ceil(16)
    }

    fn picture<'a>(&'a self, active: &'a [u8]) -> VideoPicture<'a> {
        VideoPicture {
            pixels: &self.pixels,
            stride: self.width * 4,
            width: self.width as u32,
            height: self.height as u32,
            active,
        }
    }

    /// Of luma, dB. `shown` is RGBA and goes on to whole blocks.
    fn quality(&self, shown: &[u8]) -> f64 {
        let luma = |[r, g, b]: [u8; 3]| 0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b);
        let mut sum = 0.0;
        for y in 0..self.height {
            for x in 0..self.width {
                let real = &self.pixels[(y * self.width + x) * 4..];
                let seen = &shown[(y * self.width.next_multiple_of(16) + x) * 4..];
                let error = luma([real[2], real[1], real[0]]) - luma([seen[0], seen[1], seen[2]]);
                sum += error * error;
            }
        }
        10.0 * (255.0 * 255.0 * (self.width * self.height) as f64 / sum.max(1e-9)).log10()
    }
}

fn options(key: bool, step: u64) -> VideoOptions {
    VideoOptions {
        key,
        quantizer: 24,
        now_us: step * 33_333,
    }
}

fn code(encoder: &mut dyn VideoEncoder, film: &Film, active: &[u8], options: VideoOptions) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoded = encoder.encode(&film.picture(active), options, &mut bytes);
    assert_eq!(encoded, Ok(()));
    bytes
}

#[test]
fn a_film_with_grain_is_above_forty_decibels_in_a_few_kilobytes() {
    let mut film = Film::new(640, 360);
    let active = vec![1; film.blocks()];
    let mut encoder = open_video().unwrap();
    let mut decoder = Vp9Decoder::new().unwrap();
    let mut bytes = 0;
    for step in 0..12 {
        film.play(step as f32 / 5.0);
        let frame = code(encoder.as_mut(), &film, &active, options(step == 0, step));
        bytes += frame.len();
        let shown = decoder.decode(&frame, 640, 368).unwrap();
        let quality = film.quality(&shown);
        assert!(quality > 40.0, "{quality} dB at {step}");
    }
    assert!(bytes / 12 < 8_000, "{} bytes a picture", bytes / 12);
}

#[test]
fn odd_sizes_go_on_to_whole_blocks() {
    for (width, height) in [(129, 131), (16, 16), (150, 17), (1, 40)] {
        let mut film = Film::new(width, height);
        film.play(0.0);
        let active = vec![1; film.blocks()];
        let mut encoder = open_video().unwrap();
        let frame = code(encoder.as_mut(), &film, &active, options(true, 0));
        let (wide, high) = (
            width.next_multiple_of(16) as u32,
            height.next_multiple_of(16) as u32,
        );
        let shown = Vp9Decoder::new().unwrap().decode(&frame, wide, high).unwrap();
        assert!(film.quality(&shown) > 38.0, "{width}×{height}");
    }
}

#[test]
fn blocks_that_nobody_looks_at_cost_nothing() {
    let mut film = Film::new(320, 320);
    let mut sizes = Vec::new();
    for active in [vec![1; film.blocks()], vec![0; film.blocks()]] {
        let mut encoder = open_video().unwrap();
        film.play(0.0);
        code(encoder.as_mut(), &film, &active, options(true, 0));
        film.play(1.0);
        sizes.push(code(encoder.as_mut(), &film, &active, options(false, 1)).len());
    }
    assert!(sizes[1] * 10 < sizes[0], "{sizes:?}");
}

#[test]
fn a_new_size_and_a_rest_bring_a_key() {
    let is_key = |frame: &[u8]| frame[0] & 0x04 == 0;
    let mut encoder = open_video().unwrap();
    let small = Film::new(160, 160);
    let large = Film::new(176, 160);
    let mut kinds = Vec::new();
    for film in [&small, &small, &large, &large] {
        let active = vec![1; film.blocks()];
        kinds.push(is_key(&code(encoder.as_mut(), film, &active, options(false, 0))));
    }
    encoder.rest();
    let active = vec![1; large.blocks()];
    kinds.push(is_key(&code(
        encoder.as_mut(),
        &large,
        &active,
        options(false, 0),
    )));
    kinds.push(is_key(&code(encoder.as_mut(), &large, &active, options(true, 0))));
    assert_eq!(kinds, [true, false, true, false, true, true]);
}

#[test]
fn buffers_that_are_too_short_are_refused() {
    let film = Film::new(160, 160);
    let active = vec![1; film.blocks()];
    let whole = film.picture(&active);
    let pixels = &film.pixels[..film.pixels.len() - 1];
    for wrong in [
        VideoPicture { pixels, ..whole },
        VideoPicture {
            active: &active[1..],
            ..whole
        },
        VideoPicture { stride: 639, ..whole },
        VideoPicture { width: 0, ..whole },
        VideoPicture {
            height: u32::MAX,
            ..whole
        },
    ] {
        let mut out = Vec::new();
        let encoded = open_video().unwrap().encode(&wrong, options(true, 0), &mut out);
        assert!(encoded.is_err() && out.is_empty());
    }
}

/// Each has a region of memory of its own, as long as there are some; those that have none work as well, and so does one that ends on
/// another thread or while others go on.
#[test]
fn many_encoders_at_once_code_the_same() {
    let mut film = Film::new(96, 64);
    let active = vec![1; film.blocks()];
    let mut encoders: Vec<_> = (0..40).map(|_| open_video().unwrap()).collect();
    for step in 0..4 {
        film.play(step as f32 / 5.0);
        let frames: Vec<_> = encoders
            .iter_mut()
            .map(|encoder| code(encoder.as_mut(), &film, &active, options(step == 0, step)))
            .collect();
        assert!(frames.iter().all(|frame| *frame == frames[0]), "step {step}");
        let ends = encoders.split_off(encoders.len() - 9);
        std::thread::spawn(move || drop(ends)).join().unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_film_takes_the_memory_that_it_uses_and_gives_it_back() {
    assert!(crate::return_freed_memory());
    // Of this process, kilobytes.
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap();
        let line = status.lines().find(|line| line.starts_with("Rss:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap()
    };
    let mut film = Film::new(960, 540);
    let active = vec![1; film.blocks()];
    let mut encoder = open_video().unwrap();
    film.play(0.0);
    let before = resident();
    for step in 0..30 {
        code(encoder.as_mut(), &film, &active, options(step == 0, step));
    }
    let taken = resident() - before;
    encoder.rest();
    let left = resident().saturating_sub(before);
    // It was 32 and 11 MB with pieces of the heap. Most of what is left is the codec's code.
    assert!(taken < 22_000 && left < 4_500, "{taken} and {left} kB");
}
