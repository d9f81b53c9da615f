//! Text: measuring, cutting, breaking into lines, drawing. Two weights of one embedded font with the Latin letters;
//! others appear as the font's box.

use std::borrow::Cow;

use ab_glyph::{Font, FontRef, GlyphId, InvalidFont, PxScale, ScaleFont, point};

use super::canvas::{Canvas, Color};

const REGULAR: &[u8] = include_bytes!("../../../fonts/Inter-Regular-Latin.ttf");
const BOLD: &[u8] = include_bytes!("../../../fonts/Inter-SemiBold-Latin.ttf");

const ELLIPSIS: char = '…';

/// How bold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) weight: Weight,
    /// Height of the letter M's box in pixels.
    pub(crate) size: f32,
    pub(crate) color: Color,
}

/// A stretch of text in one weight.
pub(crate) type Run = (Weight, String);

/// The embedded fonts.
pub(crate) struct Fonts {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

impl Fonts {
    pub(crate) fn load() -> Result<Self, InvalidFont> {
        Ok(Self {
            regular: FontRef::try_from_slice(REGULAR)?,
            bold: FontRef::try_from_slice(BOLD)?,
        })
    }

    fn font(&self, weight: Weight) -> &FontRef<'static> {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// The library's scale is the height from lowest to highest, ours the size of type.
    fn scale(&self, weight: Weight, size: f32) -> PxScale {
        let font = self.font(weight);
        let units = font.units_per_em().unwrap_or(2048.0);
        PxScale::from(size * font.height_unscaled() / units)
    }

    /// How far each character reaches, beginning at 0, with the glyph that stands for it.
    fn places(&self, weight: Weight, size: f32, text: &str) -> impl Iterator<Item = (GlyphId, f32, f32)> {
        let font = self.font(weight).as_scaled(self.scale(weight, size));
        let mut x = 0.0;
        text.chars().map(move |character| {
            let glyph = font.glyph_id(character);
            let from = x;
            x += font.h_advance(glyph);
            (glyph, from, x)
        })
    }

    /// The width of a text.
    pub(crate) fn width(&self, style: Style, text: &str) -> f32 {
        self.places(style.weight, style.size, text)
            .last()
            .map_or(0.0, |(_, _, to)| to)
    }

    /// The text, with an ellipsis at its end if it is wider than this.
    pub(crate) fn clip<'a>(&self, style: Style, text: &'a str, width: f32) -> Cow<'a, str> {
        if self.width(style, text) <= width {
            return Cow::Borrowed(text);
        }
        let room = width - self.width(style, "…");
        let fits = self
            .places(style.weight, style.size, text)
            .take_while(|(_, _, to)| *to <= room)
            .count();
        let mut clipped: String = text.chars().take(fits).collect();
        clipped.truncate(clipped.trim_end().len());
        clipped.push(ELLIPSIS);
        Cow::Owned(clipped)
    }

    /// Breaks runs of text at spaces into lines of at most this width. A word that is wider is cut.
    pub(crate) fn wrap(&self, size: f32, runs: &[Run], width: f32) -> Vec<Vec<Run>> {
        let style = |weight| Style {
            weight,
            size,
            color: Color(0),
        };
        let space = self.width(style(Weight::Regular), " ");
        let mut lines: Vec<Vec<Run>> = Vec::new();
        let mut used = 0.0;
        for mut word in words(runs) {
            let measure = |word: &[Run]| -> f32 {
                let widths = word.iter().map(|(weight, text)| self.width(style(*weight), text));
                widths.sum()
            };
            let mut wide = measure(&word);
            if wide > width
                && let Some((weight, text)) = word.first()
            {
                let cut = self.clip(style(*weight), text, width).into_owned();
                word = vec![(*weight, cut)];
                wide = measure(&word);
            }
            match lines.last_mut() {
                Some(line) if used + space + wide <= width => {
                    line.push((Weight::Regular, " ".into()));
                    line.extend(word);
                    used += space + wide;
                }
                _ => {
                    lines.push(word);
                    used = wide;
                }
            }
        }
        lines
    }

    /// Breaks a text at spaces into lines of at most this width, and what is wider than a line wherever the line is full:
    /// nothing is left out.
    pub(crate) fn lines(&self, style: Style, text: &str, width: f32) -> Vec<String> {
        let measure = |text: &str| self.width(style, text);
        let space = measure(" ");
        let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0.0);
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let wide = measure(word);
            if !line.is_empty() && used + space + wide <= width {
                line.push(' ');
                line.push_str(word);
                used += space + wide;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            used = 0.0;
            for character in word.chars() {
                let wide = measure(character.encode_utf8(&mut [0; 4]));
                if used + wide > width && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                line.push(character);
                used += wide;
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// Draws a text from `x` on the line `baseline`; returns where it ends.
    pub(crate) fn draw(
        &self,
        canvas: &mut Canvas,
        style: Style,
        (x, baseline): (f32, f32),
        text: &str,
    ) -> f32 {
        let font = self.font(style.weight);
        let scale = self.scale(style.weight, style.size);
        let mut end = x;
        for (glyph, from, to) in self.places(style.weight, style.size, text) {
            end = x + to;
            let glyph = glyph.with_scale_and_position(scale, point(x + from, baseline));
            let Some(outline) = font.outline_glyph(glyph) else {
                continue;
            };
            let bounds = outline.px_bounds();
            let (left, top) = (bounds.min.x as i32, bounds.min.y as i32);
            outline.draw(|px, py, coverage| {
                canvas.blend(left + px as i32, top + py as i32, style.color, coverage);
            });
        }
        end
    }

    /// Where the baseline is for text that stands in the middle of a line from `top` of this height.
    pub(crate) fn baseline(&self, style: Style, top: i32, height: i32) -> f32 {
        // Capitals are 0.73 of the size high in this font.
        (top as f32 + (height as f32 + style.size * 0.727) / 2.0).round()
    }
}

/// Words, each of the runs that have no space between them.
fn words(runs: &[Run]) -> Vec<Vec<Run>> {
    let mut words: Vec<Vec<Run>> = Vec::new();
    let mut open = false;
    for (weight, text) in runs {
        for (index, part) in text.split(' ').enumerate() {
            if index > 0 {
                open = false;
            }
            if part.is_empty() {
                continue;
            }
            let run = (*weight, part.to_owned());
            match words.last_mut() {
                Some(word) if open => word.push(run),
                _ => words.push(vec![run]),
            }
            open = true;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(size: f32) -> Style {
        Style {
            weight: Weight::Regular,
            size,
            color: Color(0),
        }
    }

    fn text(line: &[Run]) -> String {
        line.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn letters_of_both_languages_are_there() {
        let fonts = Fonts::load().unwrap();
        for font in [&fonts.regular, &fonts.bold] {
            for character in ('!'..='~').chain("áàâãçéêíóôõúüÁÀÂÃÇÉÊÍÓÔÕÚÜ…–—‘’“”•·€ñßøåłŻğ".chars())
            {
                assert_ne!(font.glyph_id(character).0, 0, "{character}");
            }
        }
    }

    #[test]
    fn long_text_is_clipped_with_an_ellipsis() {
        let fonts = Fonts::load().unwrap();
        let long = "Ana ".repeat(40);
        let clipped = fonts.clip(style(14.0), &long, 120.0);
        assert!(
            clipped.starts_with("Ana Ana") && clipped.ends_with(ELLIPSIS),
            "{clipped}"
        );
        assert!(fonts.width(style(14.0), &clipped) <= 120.0);
        assert_eq!(fonts.clip(style(14.0), "Ana", 120.0), "Ana");
        assert_eq!(fonts.clip(style(14.0), "Ana", 1.0), "…");
    }

    #[test]
    fn lines_break_at_spaces() {
        let fonts = Fonts::load().unwrap();
        let runs = [
            (Weight::Bold, "Ana Lima".to_owned()),
            (Weight::Regular, ", de ".to_owned()),
            (Weight::Bold, format!("Lusab {}", "x".repeat(200))),
            (Weight::Regular, " pede para:".to_owned()),
        ];
        let lines = fonts.wrap(14.0, &runs, 200.0);
        let texts: Vec<String> = lines.iter().map(|line| text(line)).collect();
        assert_eq!(texts[0], "Ana Lima, de Lusab");
        assert!(texts[1].starts_with("xxx") && texts[1].ends_with('…'));
        assert_eq!(texts[2], "pede para:");
        for line in &lines {
            let width: f32 = line
                .iter()
                .map(|(weight, text)| {
                    fonts.width(
                        Style {
                            weight: *weight,
                            ..style(14.0)
                        },
                        text,
                    )
                })
                .sum();
            assert!(width <= 200.0);
        }
    }

    #[test]
    fn long_words_go_on_in_the_next_line() {
        let fonts = Fonts::load().unwrap();
        let address = "https://help.example/".to_owned() + &"x".repeat(60);
        let said = format!("see {address}  please");
        let lines = fonts.lines(style(14.0), &said, 150.0);
        assert_eq!(lines[0], "see");
        let letters = |text: &str| text.replace(' ', "");
        assert_eq!(letters(&lines.concat()), letters(&said), "nothing is left out");
        assert!(lines.last().unwrap().ends_with("please"));
        assert!(lines.iter().all(|line| fonts.width(style(14.0), line) <= 150.0));
        assert_eq!(fonts.lines(style(14.0), "a b", 150.0), ["a b"]);
        assert_eq!(
            fonts.lines(style(14.0), "WW", 1.0),
            ["W", "W"],
            "one letter at least"
        );
        assert!(fonts.lines(style(14.0), "", 150.0).is_empty());
    }

    #[test]
    fn drawing_leaves_ink() {
        let fonts = Fonts::load().unwrap();
        let mut canvas = Canvas::new(100, 30, Color(0xff_ffff));
        let end = fonts.draw(&mut canvas, style(14.0), (5.0, 20.0), "Olá");
        assert!(end > 20.0 && end < 60.0);
        assert!(canvas.rows().flatten().any(|pixel| *pixel < 0x40_4040));
    }
}
