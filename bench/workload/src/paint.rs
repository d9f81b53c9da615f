//! Pixels for the scenes: text with a real font, tables, and photos made of waves, noise and grain.

use ab_glyph::{Font, FontVec, PxScale, ScaleFont};
use anyhow::{Context, Result};

/// One pixel as X takes it on a 24-bit display.
pub(crate) fn rgb(red: u8, green: u8, blue: u8) -> u32 {
    u32::from(red) << 16 | u32::from(green) << 8 | u32::from(blue)
}

/// A picture: BGRX, rows top first without gaps.
#[derive(Clone)]
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

/// A rectangle in pixels: left, top, width, height.
pub(crate) type Box4 = (usize, usize, usize, usize);

impl Picture {
    /// A picture of one color.
    pub(crate) fn new(width: usize, height: usize, color: u32) -> Self {
        let [blue, green, red, _] = color.to_le_bytes();
        Self {
            width,
            height,
            pixels: [blue, green, red, 0].repeat(width * height),
        }
    }

    fn at(&mut self, x: usize, y: usize) -> Option<&mut [u8]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let start = (y * self.width + x) * 4;
        self.pixels.get_mut(start..start + 3)
    }

    /// Fills a rectangle.
    pub(crate) fn rect(&mut self, (left, top, width, height): Box4, color: u32) {
        let [blue, green, red, _] = color.to_le_bytes();
        for y in top..(top + height).min(self.height) {
            for x in left..(left + width).min(self.width) {
                if let Some(pixel) = self.at(x, y) {
                    pixel.copy_from_slice(&[blue, green, red]);
                }
            }
        }
    }

    /// Draws another picture into this one.
    pub(crate) fn paste(&mut self, other: &Picture, left: usize, top: usize) {
        let width = other.width.min(self.width.saturating_sub(left)) * 4;
        for y in 0..other.height.min(self.height.saturating_sub(top)) {
            let to = ((top + y) * self.width + left) * 4;
            let from = y * other.width * 4;
            if let (Some(target), Some(source)) = (
                self.pixels.get_mut(to..to + width),
                other.pixels.get(from..from + width),
            ) {
                target.copy_from_slice(source);
            }
        }
    }

    /// Cuts a rectangle out.
    pub(crate) fn crop(&self, (left, top, width, height): Box4) -> Self {
        let mut cut = Self::new(width, height, 0);
        for y in 0..height {
            let from = ((top + y) * self.width + left) * 4;
            if let (Some(target), Some(source)) = (
                cut.pixels.get_mut(y * width * 4..(y + 1) * width * 4),
                self.pixels.get(from..from + width * 4),
            ) {
                target.copy_from_slice(source);
            }
        }
        cut
    }
}

/// A family of letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Sans,
    Serif,
    Condensed,
    Mono,
}

impl Face {
    const fn file(self) -> &'static str {
        match self {
            Self::Sans => "DejaVuSans.ttf",
            Self::Serif => "DejaVuSerif.ttf",
            Self::Condensed => "DejaVuSansCondensed.ttf",
            Self::Mono => "DejaVuSansMono.ttf",
        }
    }
}

/// Colors and letters of a page.
pub(crate) struct Theme {
    pub(crate) face: Face,
    pub(crate) paper: u32,
    pub(crate) ink: u32,
    pub(crate) heading: u32,
    /// Every second row of a table, panels.
    pub(crate) soft: u32,
    /// The bar at the top of a page.
    pub(crate) bar: u32,
}

impl Theme {
    /// Light, dark or warm, with one of three families; the seed decides.
    pub(crate) fn of(seed: u64) -> Self {
        let (paper, ink, heading, soft, bar) = match seed % 3 {
            0 => (
                (255, 255, 255),
                (30, 30, 34),
                (20, 30, 60),
                (238, 242, 248),
                (32, 44, 66),
            ),
            1 => (
                (24, 26, 32),
                (214, 218, 226),
                (140, 190, 255),
                (36, 40, 50),
                (60, 28, 74),
            ),
            _ => (
                (251, 244, 228),
                (60, 48, 36),
                (130, 44, 20),
                (240, 228, 204),
                (96, 62, 40),
            ),
        };
        let color = |(red, green, blue)| rgb(red, green, blue);
        Self {
            face: [Face::Sans, Face::Condensed, Face::Serif][usize::try_from(seed / 3 % 3).unwrap_or(0)],
            paper: color(paper),
            ink: color(ink),
            heading: color(heading),
            soft: color(soft),
            bar: color(bar),
        }
    }
}

/// Text with gray smoothing, as most Linux desktops draw it.
pub(crate) struct Pen {
    font: FontVec,
    size: f32,
}

impl Pen {
    /// Loads a font of the Debian package `fonts-dejavu-core` or `fonts-dejavu-extra`; `size` in pixels.
    pub(crate) fn new(face: Face, size: f32) -> Result<Self> {
        let path = format!("/usr/share/fonts/truetype/dejavu/{}", face.file());
        let bytes = std::fs::read(&path)
            .with_context(|| format!("cannot read {path}; the Debian package fonts-dejavu has it"))?;
        Ok(Self {
            font: FontVec::try_from_vec(bytes).context("the font is damaged")?,
            size,
        })
    }

    /// Draws one line with its baseline at `y`; returns where it ends.
    pub(crate) fn write(&self, picture: &mut Picture, text: &str, at: (usize, usize), color: u32) -> usize {
        let scaled = self.font.as_scaled(PxScale::from(self.size));
        let [blue, green, red, _] = color.to_le_bytes();
        let mut x = at.0 as f32;
        for letter in text.chars() {
            let id = scaled.glyph_id(letter);
            let glyph = id.with_scale_and_position(self.size, ab_glyph::point(x.round(), at.1 as f32));
            x += scaled.h_advance(id);
            let Some(outline) = self.font.outline_glyph(glyph) else {
                continue;
            };
            let bounds = outline.px_bounds();
            outline.draw(|dx, dy, coverage| {
                let (px, py) = (bounds.min.x as i32 + dx as i32, bounds.min.y as i32 + dy as i32);
                if let Some(pixel) = picture.at(px.max(0) as usize, py.max(0) as usize) {
                    for (old, new) in pixel.iter_mut().zip([blue, green, red]) {
                        *old =
                            (f32::from(*old) + (f32::from(new) - f32::from(*old)) * coverage.min(1.0)) as u8;
                    }
                }
            });
        }
        x as usize
    }
}

/// A small generator with a fixed start, so that every run draws the same (xorshift, Marsaglia 2003).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 32) as u32) % limit.max(1)
    }
}

/// A photo-like picture: soft waves, edges of a few objects, film grain. `time` moves it (seconds).
pub(crate) fn photo(width: usize, height: usize, seed: u64, time: f32, grain: u32) -> Picture {
    let mut picture = Picture::new(width, height, 0);
    let mut dice = Dice::new(seed + (time * 1000.0) as u64);
    let phase = seed as f32 * 0.7;
    for y in 0..height {
        for x in 0..width {
            let (fx, fy) = (x as f32 / 97.0, y as f32 / 71.0);
            let wave =
                (fx + time + phase).sin() + (fy * 1.3 - time * 0.7).sin() + ((fx + fy) * 0.6 + phase).sin();
            let object = ((fx * 0.5 + time * 0.4).sin() * 3.0 - fy * 0.4 + phase).sin() > 0.35;
            let base = 118.0 + wave * 32.0 + if object { 38.0 } else { 0.0 };
            let noise = dice.below(grain + 1) as f32 - grain as f32 / 2.0;
            let tint = (
                (fx * 0.3 - fy * 0.2 + phase).sin() * 30.0,
                (fy * 0.4 + time * 0.2).sin() * 24.0,
            );
            if let Some(pixel) = picture.at(x, y) {
                pixel.copy_from_slice(&[
                    (base + tint.0 + noise) as u8,
                    (base + noise) as u8,
                    (base + tint.1 + noise) as u8,
                ]);
            }
        }
    }
    picture
}

/// Sentences for pages; `seed` chooses.
pub(crate) fn sentence(dice: &mut Dice, words: u32) -> String {
    const WORDS: [&str; 32] = [
        "machine",
        "network",
        "support",
        "the",
        "printer",
        "of",
        "a",
        "session",
        "after",
        "restart",
        "update",
        "and",
        "user",
        "screen",
        "was",
        "not",
        "found",
        "in",
        "office",
        "second",
        "floor",
        "with",
        "version",
        "driver",
        "to",
        "be",
        "installed",
        "when",
        "server",
        "answers",
        "again",
        "today",
    ];
    let mut text = String::new();
    for _ in 0..words {
        let word = WORDS.get(dice.below(32) as usize).copied().unwrap_or("word");
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}
