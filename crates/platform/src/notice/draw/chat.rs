//! The chat: what was said, the newest at the bottom, and a line to answer in.

use super::canvas::{Canvas, Color};
use super::font::{Fonts, Style, Weight};
use super::{Picture, Scale, Target, field, rect, style};
use crate::Rect;
use crate::notice::clean::{plain, plain_up_to};
use crate::notice::edit::Edit;
use crate::notice::view::{CHAT_LINES_MAX, Chat, ChatLine};
use crate::notice::words::{Language, Words};

const WIDTH: i32 = 380;
const HEIGHT: i32 = 460;
/// Below this there is no room for anything to be read.
const HEIGHT_LEAST: i32 = 220;
const PADDING: i32 = 16;
/// What stands on the left edge, as in the console.
const BEAM: i32 = 4;
const HEADER: i32 = 46;
const FOOTER: i32 = field::HEIGHT + 2 * 14;
/// Around the text of what somebody said.
const BUBBLE: i32 = 10;
/// What was said leaves this free on the other side, so that it is seen at a glance whose it is.
const ASIDE: i32 = 40;
const LINE: i32 = 20;
const NAME_LINE: i32 = 18;
const TITLE: f32 = 15.5;
const TEXT: f32 = 14.5;
const SMALL: f32 = 12.0;

/// Most characters of a line that are shown; no technician's is longer.
const LINE_CHARS_MAX: usize = 2048;

/// Everything about a chat that changes while it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    /// What stands in the field.
    pub(crate) typed: Edit,
    /// Keys go there.
    pub(crate) listens: bool,
    /// Pixels that the newest line is below the window's edge.
    pub(crate) scroll: i32,
}

/// A painted chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Painted {
    pub(crate) picture: Picture,
    /// The largest value of [`Look::scroll`] that shows anything else.
    pub(crate) scroll_max: i32,
    /// Rows of what was said that are in view at a time.
    pub(crate) page: i32,
}

/// Paints a chat, at most so many rows high. Its size depends on that and the scale alone.
pub(crate) fn paint(
    fonts: &Fonts,
    language: Language,
    (scale, height_max): (Scale, u32),
    chat: &Chat,
    look: &Look,
) -> Painted {
    let painter = Painter {
        fonts,
        words: language.words(),
        scale,
    };
    let px = |measure| scale.px(measure);
    let height_max = i32::try_from(height_max).unwrap_or(i32::MAX);
    let (width, height) = (px(WIDTH), px(HEIGHT).min(height_max).max(px(HEIGHT_LEAST)));
    let line = px(1);
    let mut canvas = Canvas::new(width.unsigned_abs(), height.unsigned_abs(), style::SURFACE);
    let (top, bottom) = (px(HEADER), height - px(FOOTER));
    let page = bottom - top;
    let blocks = painter.blocks(chat);
    let content: i32 = blocks.iter().map(|block| block.height).sum();
    let scroll_max = (content - page).max(0);
    let scroll = look.scroll.clamp(0, scroll_max);
    // From the top while there is room, else up from the newest.
    let mut y = if content <= page {
        top
    } else {
        bottom - content + scroll
    };
    for block in &blocks {
        if y < bottom && y + block.height > top {
            painter.block(&mut canvas, y, block);
        }
        y += block.height;
    }
    if blocks.is_empty() {
        let hint = painter.style(Weight::Regular, TEXT, style::INK_3);
        painter.line(
            &mut canvas,
            (px(PADDING), top + px(8), px(24)),
            hint,
            painter.words.chat_nothing,
        );
    }
    if scroll_max > 0 {
        painter.thumb(&mut canvas, (top, page), (content, scroll_max - scroll));
    }
    // Over what is scrolled out of view.
    canvas.fill(rect(0, 0, width, top), style::SURFACE);
    canvas.fill(rect(0, bottom, width, height - bottom), style::SURFACE);
    canvas.fill(rect(0, top - line, width, line), style::LINE);
    canvas.fill(rect(0, bottom, width, line), style::LINE);
    painter.title(&mut canvas, &chat.title);
    let area = rect(
        px(PADDING),
        bottom + px(14),
        px(WIDTH - 2 * PADDING),
        px(field::HEIGHT),
    );
    painter.field(&mut canvas, area, look);
    for edge in [
        rect(0, 0, width, line),
        rect(0, height - line, width, line),
        rect(width - line, 0, line, height),
        rect(0, 0, line, height),
    ] {
        canvas.fill(edge, style::LINE_STRONG);
    }
    canvas.fill(rect(line, line, px(BEAM), height - 2 * line), style::BEAM);
    Painted {
        picture: Picture {
            canvas,
            areas: vec![(area, Target::Say)],
        },
        scroll_max,
        page,
    }
}

/// How many characters of what is typed stand before this place in the field.
pub(crate) fn caret_at(fonts: &Fonts, scale: Scale, typed: &Edit, x: i32) -> usize {
    field::caret_at((fonts, scale), scale.px(WIDTH - 2 * PADDING), typed, x)
}

/// Rows that one turn of the wheel, or an arrow key, scrolls.
pub(crate) fn step(scale: Scale) -> i32 {
    scale.px(2 * LINE)
}

/// What somebody said, in lines.
struct Block {
    /// Whose; `None` when the block before is of the same person.
    name: Option<String>,
    lines: Vec<String>,
    own: bool,
    height: i32,
}

struct Painter<'a> {
    fonts: &'a Fonts,
    words: &'static Words,
    scale: Scale,
}

impl Painter<'_> {
    fn style(&self, weight: Weight, size: f32, color: Color) -> Style {
        Style {
            weight,
            size: self.scale.size(size),
            color,
        }
    }

    fn said_style(&self) -> Style {
        self.style(Weight::Regular, TEXT, style::INK)
    }

    fn blocks(&self, chat: &Chat) -> Vec<Block> {
        let px = |measure| self.scale.px(measure);
        let room = px(WIDTH - 2 * PADDING - ASIDE - 2 * BUBBLE) as f32;
        let hidden = chat.lines.len().saturating_sub(CHAT_LINES_MAX);
        let mut blocks: Vec<Block> = Vec::new();
        let mut before: Option<&ChatLine> = None;
        for line in chat.lines.iter().skip(hidden) {
            let by = |line: &ChatLine| (line.own, line.guest, line.name.clone());
            let goes_on = before.is_some_and(|before| by(before) == by(line));
            let name = (!goes_on).then(|| self.name(line));
            let text = plain_up_to(&line.text, LINE_CHARS_MAX);
            let lines = self.fonts.lines(self.said_style(), &text, room);
            let above = if name.is_some() { px(10 + NAME_LINE) } else { px(4) };
            let height = above + px(2 * 6) + px(LINE) * lines.len() as i32;
            blocks.push(Block {
                name,
                lines,
                own: line.own,
                height,
            });
            before = Some(line);
        }
        if let Some(last) = blocks.last_mut() {
            last.height += px(12);
        }
        blocks
    }

    fn name(&self, line: &ChatLine) -> String {
        if line.own {
            return self.words.you.to_owned();
        }
        let mut name = plain(&line.name);
        if name.is_empty() {
            self.words.somebody.clone_into(&mut name);
        }
        if line.guest {
            name.push_str(self.words.guest);
        }
        name
    }

    fn line(&self, canvas: &mut Canvas, (x, top, height): (i32, i32, i32), style: Style, text: &str) {
        let room = self.scale.px(WIDTH - PADDING) - x;
        let text = self.fonts.clip(style, text, room as f32);
        let baseline = self.fonts.baseline(style, top, height);
        self.fonts.draw(canvas, style, (x as f32, baseline), &text);
    }

    fn title(&self, canvas: &mut Canvas, names: &str) {
        let style = self.style(Weight::Bold, TITLE, style::INK);
        let title = self.words.chat_title(&plain(names));
        let at = (self.scale.px(PADDING), 0, self.scale.px(HEADER));
        self.line(canvas, at, style, &title);
    }

    fn block(&self, canvas: &mut Canvas, top: i32, block: &Block) {
        let px = |measure| self.scale.px(measure);
        let said = self.said_style();
        let widths = block.lines.iter().map(|line| self.fonts.width(said, line));
        let width = widths.fold(0.0, f32::max).ceil() as i32 + px(2 * BUBBLE);
        let left = match block.own {
            true => px(WIDTH - PADDING) - width,
            false => px(PADDING),
        };
        let mut y = top + px(4);
        if let Some(name) = &block.name {
            y = top + px(10);
            let style = self.style(Weight::Bold, SMALL, style::INK_3);
            let name = self
                .fonts
                .clip(style, name, px(WIDTH - 2 * PADDING - ASIDE) as f32);
            let x = match block.own {
                true => px(WIDTH - PADDING) - self.fonts.width(style, &name).ceil() as i32,
                false => px(PADDING),
            };
            self.line(canvas, (x, y, px(NAME_LINE - 2)), style, &name);
            y += px(NAME_LINE);
        }
        let height = px(2 * 6) + px(LINE) * block.lines.len() as i32;
        let inside = if block.own {
            style::OWN
        } else {
            style::SURFACE_HOVER
        };
        canvas.round(rect(left, y, width, height), px(8) as f32, inside);
        y += px(6);
        for line in &block.lines {
            self.line(canvas, (left + px(BUBBLE), y, px(LINE)), said, line);
            y += px(LINE);
        }
    }

    /// Where in the whole that is which is in view: `above` of its `content` rows are further up.
    fn thumb(&self, canvas: &mut Canvas, (top, page): (i32, i32), (content, above): (i32, i32)) {
        let px = |measure| self.scale.px(measure);
        let track = page - px(8);
        let part = |rows: i32| (i64::from(track) * i64::from(rows) / i64::from(content.max(1))) as i32;
        let tall = part(page).max(px(16));
        let free = track - tall;
        let scrolled = i64::from(free) * i64::from(above) / i64::from((content - page).max(1));
        let y = top + px(4) + scrolled as i32;
        let thumb = rect(px(WIDTH - 9), y, px(4), tall);
        canvas.round(thumb, px(2) as f32, style::LINE_STRONG);
    }

    fn field(&self, canvas: &mut Canvas, area: Rect, look: &Look) {
        field::paint(
            canvas,
            (self.fonts, self.scale),
            area,
            Some((&look.typed, look.listens)),
        );
        if look.typed.text().is_empty() {
            let hint = Style {
                color: style::INK_3,
                ..field::text(self.scale)
            };
            // Behind the caret.
            let x = area.x + self.scale.px(field::PADDING + 5);
            let text = self.fonts.clip(
                hint,
                self.words.chat_hint,
                (area.width as i32 - self.scale.px(24)) as f32,
            );
            self.line(canvas, (x, area.y, area.height as i32), hint, &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::view::SAY_CHARS_MAX;

    fn said(name: &str, text: &str) -> ChatLine {
        ChatLine {
            name: name.into(),
            text: text.into(),
            own: name.is_empty(),
            guest: false,
        }
    }

    /// A guest may call themselves as a technician is called.
    #[test]
    fn what_a_guest_says_is_said_to_be_a_guest_s() {
        let painter = Painter {
            fonts: &Fonts::load().unwrap(),
            words: Language::English.words(),
            scale: Scale::new(1.0),
        };
        let guest = |name: &str| ChatLine {
            guest: true,
            ..said(name, "hi")
        };
        assert_eq!(painter.name(&said("Ana", "hi")), "Ana");
        assert_eq!(painter.name(&guest("Ana")), "Ana (guest)");
        let chat = Chat {
            lines: vec![said("Ana", "hi"), guest("Ana")],
            ..Chat::default()
        };
        let names: Vec<_> = painter
            .blocks(&chat)
            .into_iter()
            .map(|block| block.name)
            .collect();
        assert_eq!(names, [Some("Ana".to_owned()), Some("Ana (guest)".to_owned())]);
    }

    fn chat(lines: &[(&str, &str)]) -> Chat {
        Chat {
            title: "Ana Lima".into(),
            lines: lines.iter().map(|(name, text)| said(name, text)).collect(),
            open: true,
            ..Chat::default()
        }
    }

    fn look(typed: &str, listens: bool, scroll: i32) -> Look {
        let mut edit = Edit::empty(SAY_CHARS_MAX);
        edit.insert(typed);
        Look {
            typed: edit,
            listens,
            scroll,
        }
    }

    fn painted(language: Language, chat: &Chat, look: &Look) -> Painted {
        let (fonts, scale) = (Fonts::load().unwrap(), Scale::new(1.0));
        paint(&fonts, language, (scale, 2000), chat, look)
    }

    fn english(chat: &Chat, look: &Look) -> Painted {
        painted(Language::English, chat, look)
    }

    #[test]
    fn what_is_said_is_seen_and_by_whom() {
        let idle = look("", false, 0);
        let pictures = [
            chat(&[]),
            chat(&[("Ana", "Good morning")]),
            chat(&[("Bruno", "Good morning")]),
            chat(&[("Ana", "Good evening")]),
            chat(&[("", "Good morning")]),
            chat(&[("Ana", "Good morning"), ("Ana", "how are you?")]),
            chat(&[("Ana", "Good morning"), ("Bruno", "how are you?")]),
        ]
        .map(|chat| english(&chat, &idle).picture);
        for (index, one) in pictures.iter().enumerate() {
            assert_eq!((one.canvas.width(), one.canvas.height()), (380, 460));
            for other in &pictures[index + 1..] {
                assert_ne!(one, other);
            }
        }
        let empty = chat(&[]);
        assert_ne!(
            english(&empty, &idle),
            painted(Language::Portuguese, &empty, &idle)
        );
        let hostile = chat(&[("A\u{202e}na", "Good\n\u{200b}morning")]);
        assert_eq!(english(&hostile, &idle).picture, pictures[1]);
    }

    #[test]
    fn what_is_typed_and_whether_keys_count_is_seen() {
        let chat = chat(&[("Ana", "Good morning")]);
        let idle = english(&chat, &look("", false, 0));
        assert_ne!(idle, english(&chat, &look("", true, 0)), "the ring and the caret");
        let typed = english(&chat, &look("Hi", true, 0));
        assert_ne!(typed, english(&chat, &look("", true, 0)));
        let [(area, Target::Say)] = typed.picture.areas[..] else {
            panic!("one field")
        };
        assert_eq!(area.clipped(380, 460), Some(area));
        let fonts = Fonts::load().unwrap();
        let mut edit = Edit::empty(SAY_CHARS_MAX);
        edit.insert(&"0123456789".repeat(40));
        assert_eq!(
            caret_at(&fonts, Scale::new(1.0), &edit, 1000),
            400,
            "the end is in view"
        );
        assert!(caret_at(&fonts, Scale::new(1.0), &edit, 0) > 300);
    }

    #[test]
    fn the_newest_is_in_view_and_older_ones_are_scrolled_to() {
        let many: Vec<(&str, String)> = (0..60).map(|number| ("Ana", format!("line {number}"))).collect();
        let lines: Vec<(&str, &str)> = many.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let all = chat(&lines);
        let newest = english(&all, &look("", false, 0));
        assert!(newest.scroll_max > newest.page, "several pages");
        assert_ne!(newest, english(&chat(&lines[..59]), &look("", false, 0)));
        let oldest = english(&all, &look("", false, newest.scroll_max));
        assert_ne!(newest, oldest);
        assert_eq!(
            oldest,
            english(&all, &look("", false, i32::MAX)),
            "no further than there is something"
        );
        assert_eq!(english(&chat(&lines[..2]), &look("", false, 0)).scroll_max, 0);
        // More than is kept is not shown.
        let mut more = all.clone();
        more.lines = (0..CHAT_LINES_MAX + 50).map(|_| said("Ana", "again")).collect();
        let kept = english(&more, &look("", false, 0)).scroll_max;
        more.lines.drain(..50);
        assert_eq!(english(&more, &look("", false, 0)).scroll_max, kept);
    }

    /// Nothing is written over the edges, whatever somebody says.
    #[test]
    fn everything_fits_whatever_is_said() {
        let fonts = Fonts::load().unwrap();
        let long = "Conceição ".repeat(60) + &"W".repeat(400);
        for (scale, height_max) in [(1.0, 2000), (1.25, 480), (2.0, 2000), (1.0, 10)] {
            for text in ["short", &long] {
                let mut chat = chat(&[(text, text), ("", text), (text, text)]);
                chat.title = text.into();
                let scale = Scale::new(scale);
                let painted = paint(
                    &fonts,
                    Language::Portuguese,
                    (scale, height_max),
                    &chat,
                    &look(text, true, 0),
                );
                let canvas = &painted.picture.canvas;
                assert!(canvas.height() as i32 <= scale.px(HEIGHT));
                let (area, _) = painted.picture.areas[0];
                assert_eq!(area.clipped(canvas.width(), canvas.height()), Some(area));
                let free = scale.px(9) as usize..scale.px(4) as usize;
                for row in canvas.rows().skip(4).take(canvas.height() as usize - 8) {
                    let edge = &row[row.len() - free.end..row.len() - 2];
                    assert!(
                        edge.iter()
                            .all(|pixel| [style::SURFACE.0, style::LINE.0].contains(pixel))
                    );
                }
            }
        }
    }
}
