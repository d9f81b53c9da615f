//! The prompt: a question, what exactly is asked for, and two buttons.

use std::time::Duration;

use super::canvas::{Canvas, Color};
use super::font::{Fonts, Run, Style, Weight};
use super::{Picture, Scale, Target, button, rect, style};
use crate::Rect;
use crate::notice::clean::plain;
use crate::notice::view::Prompt;
use crate::notice::words::{Language, Words};

const WIDTH: i32 = 440;
const PADDING: i32 = 24;
/// What stands on the left edge, as in the console.
const BEAM: i32 = 4;
const BUTTON_HEIGHT: i32 = 38;
const BUTTON_WIDTH: i32 = 116;
const TITLE: f32 = 19.0;
const TEXT: f32 = 15.0;
const SMALL: f32 = 12.5;

/// Most lines of who asks: two names of a line each, and our own words.
const ASKING_LINES_MAX: usize = 4;

/// Everything about a prompt that changes while it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    /// Since it appeared.
    pub(crate) shown_for: Duration,
    /// Until no answer counts as no.
    pub(crate) seconds_left: u32,
    /// Where the keyboard is.
    pub(crate) focus: Target,
    /// Where the pointer is.
    pub(crate) hover: Option<Target>,
}

impl Look {
    /// Whether the prompt can be allowed already.
    pub(crate) fn may_allow(&self, prompt: &Prompt) -> bool {
        self.shown_for >= prompt.pause()
    }
}

/// One stretch of the window, from top to bottom.
enum Block {
    Gap(i32),
    Line(Vec<(Style, String)>),
    /// A right, behind its mark.
    Item(&'static str),
    Caution(Vec<String>),
}

/// Paints a prompt. Its size depends on the prompt, the language and the scale alone.
pub(crate) fn paint(
    fonts: &Fonts,
    language: Language,
    scale: Scale,
    prompt: &Prompt,
    look: &Look,
) -> Picture {
    let painter = Painter {
        fonts,
        words: language.words(),
        scale,
    };
    let blocks = painter.blocks(prompt, look);
    let content: i32 = blocks.iter().map(|block| painter.height(block)).sum();
    let px = |measure| scale.px(measure);
    let height = px(PADDING) + content + px(20) + px(BUTTON_HEIGHT) + px(PADDING);
    let width = px(WIDTH);
    let mut canvas = Canvas::new(width.unsigned_abs(), height.unsigned_abs(), style::LINE_STRONG);
    let line = px(1);
    canvas.fill(
        rect(line, line, width - 2 * line, height - 2 * line),
        style::SURFACE,
    );
    canvas.fill(rect(line, line, px(BEAM), height - 2 * line), style::BEAM);
    let mut top = px(PADDING);
    for block in &blocks {
        painter.block(&mut canvas, top, block);
        top += painter.height(block);
    }
    let areas = painter.buttons(&mut canvas, top + px(20), prompt, look);
    Picture { canvas, areas }
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

    /// Between the paddings.
    fn room(&self) -> f32 {
        self.scale.px(WIDTH - 2 * PADDING) as f32
    }

    fn blocks(&self, prompt: &Prompt, look: &Look) -> Vec<Block> {
        let words = self.words;
        let title = self.style(Weight::Bold, TITLE, style::INK);
        let mut blocks = vec![
            Block::Line(vec![(title, words.title(prompt.kind).to_owned())]),
            Block::Gap(10),
        ];
        if prompt.caution {
            blocks.push(Block::Caution(self.caution_lines()));
            blocks.push(Block::Gap(12));
        }
        blocks.extend(self.asking(prompt).into_iter().map(Block::Line));
        blocks.push(Block::Gap(6));
        let items = prompt.rights.iter().map(|right| Block::Item(words.wants(*right)));
        blocks.extend(items);
        blocks.push(Block::Gap(10));
        let small = self.style(Weight::Regular, SMALL, style::INK_3);
        blocks.extend(self.small(words.how_to_end, small));
        let machine = plain(&prompt.words);
        if !machine.is_empty() {
            let label = words.machine_words.to_owned();
            let strong = self.style(Weight::Bold, SMALL, style::INK_2);
            let left = self.room() - self.fonts.width(small, &label);
            let machine = self.fonts.clip(strong, &machine, left).into_owned();
            blocks.push(Block::Line(vec![(small, label), (strong, machine)]));
        }
        let (before, after) = words.countdown;
        blocks.extend(self.small(&format!("{before}{}{after}", look.seconds_left), small));
        blocks
    }

    /// Who asks. Names are bold, so that nothing in a name reads like our own words, and each has one line at most.
    fn asking(&self, prompt: &Prompt) -> Vec<Vec<(Style, String)>> {
        let bold = self.style(Weight::Bold, TEXT, style::INK);
        let name = |text: &str| -> Run {
            let text = plain(text);
            (
                Weight::Bold,
                self.fonts.clip(bold, &text, self.room()).into_owned(),
            )
        };
        let ours = |text: &str| -> Run { (Weight::Regular, text.to_owned()) };
        let technician = name(&prompt.technician.name);
        let mut runs = vec![match technician.1.is_empty() {
            true => ours(self.words.somebody),
            false => technician,
        }];
        if prompt.technician.guest {
            runs.push(ours(self.words.guest));
        }
        let organization = name(&prompt.organization);
        if !organization.1.is_empty() {
            runs.extend([ours(self.words.of), organization]);
        }
        runs.push(ours(self.words.asks(prompt.kind)));
        let lines = self.fonts.wrap(bold.size, &runs, self.room());
        let styled = |(weight, text): Run| (Style { weight, ..bold }, text);
        let lines = lines.into_iter().take(ASKING_LINES_MAX);
        lines.map(|line| line.into_iter().map(styled).collect()).collect()
    }

    fn small(&self, text: &str, small: Style) -> Vec<Block> {
        let lines = self
            .fonts
            .wrap(small.size, &[(Weight::Regular, text.to_owned())], self.room());
        let styled = |(_, text): Run| (small, text);
        lines
            .into_iter()
            .map(|line| Block::Line(line.into_iter().map(styled).collect()))
            .collect()
    }

    fn caution_lines(&self) -> Vec<String> {
        let size = self.scale.size(SMALL + 0.5);
        let room = self.room() - self.scale.px(24) as f32;
        let lines = self
            .fonts
            .wrap(size, &[(Weight::Regular, self.words.caution.to_owned())], room);
        lines
            .iter()
            .map(|line| line.iter().map(|(_, text)| text.as_str()).collect())
            .collect()
    }

    fn height(&self, block: &Block) -> i32 {
        match block {
            Block::Gap(measure) => self.scale.px(*measure),
            Block::Line(parts) => {
                let size = parts.iter().map(|(style, _)| style.size).fold(0.0, f32::max);
                (size * 1.45).round() as i32
            }
            Block::Item(_) => self.scale.px(24),
            Block::Caution(lines) => self.scale.px(24 + 22) + self.scale.px(18) * lines.len() as i32,
        }
    }

    fn block(&self, canvas: &mut Canvas, top: i32, block: &Block) {
        let (left, height) = (self.scale.px(PADDING), self.height(block));
        match block {
            Block::Gap(_) => {}
            Block::Line(parts) => {
                let mut x = left as f32;
                for (style, text) in parts {
                    let baseline = self.fonts.baseline(*style, top, height);
                    x = self.fonts.draw(canvas, *style, (x, baseline), text);
                }
            }
            Block::Item(text) => {
                let dot = self.scale.px(6);
                let mark = rect(left + self.scale.px(4), top + (height - dot) / 2, dot, dot);
                canvas.round(mark, dot as f32, style::BEAM);
                let style = self.style(Weight::Bold, TEXT, style::INK_2);
                let baseline = self.fonts.baseline(style, top, height);
                let x = (left + self.scale.px(20)) as f32;
                self.fonts.draw(canvas, style, (x, baseline), text);
            }
            Block::Caution(lines) => self.caution(canvas, top, height, lines),
        }
    }

    fn caution(&self, canvas: &mut Canvas, top: i32, height: i32, lines: &[String]) {
        let px = |measure| self.scale.px(measure);
        let panel = rect(px(PADDING), top, px(WIDTH - 2 * PADDING), height);
        canvas.framed(panel, px(4) as f32, px(1), (style::WARN_LINE, style::WARN_SOFT));
        let x = (px(PADDING) + px(12)) as f32;
        let title = self.style(Weight::Bold, SMALL + 1.0, style::WARN_TEXT);
        let mut top = top + px(12);
        let baseline = self.fonts.baseline(title, top, px(20));
        let question = self
            .fonts
            .clip(title, self.words.caution_title, self.room() - px(24) as f32);
        self.fonts.draw(canvas, title, (x, baseline), &question);
        top += px(22);
        let style = self.style(Weight::Regular, SMALL + 0.5, style::WARN_TEXT);
        for line in lines {
            let baseline = self.fonts.baseline(style, top, px(18));
            self.fonts.draw(canvas, style, (x, baseline), line);
            top += px(18);
        }
    }

    fn buttons(&self, canvas: &mut Canvas, top: i32, prompt: &Prompt, look: &Look) -> Vec<(Rect, Target)> {
        let px = |measure| self.scale.px(measure);
        let (width, height) = (px(BUTTON_WIDTH), px(BUTTON_HEIGHT));
        let allow = rect(px(WIDTH - PADDING) - width, top, width, height);
        let refuse = rect(allow.x - px(12) - width, top, width, height);
        let enabled = look.may_allow(prompt);
        // Only a pause that is worth a number has one; the short guard just looks gray.
        let wait = prompt.pause().saturating_sub(look.shown_for);
        let wait = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let label = match prompt.caution && !enabled {
            true => format!("{} ({wait})", self.words.allow),
            false => self.words.allow.to_owned(),
        };
        let hovers = |target| look.hover == Some(target);
        let allow_colors = match (enabled, hovers(Target::Allow)) {
            (false, _) => (style::DISABLED, style::DISABLED, style::INK_3),
            (true, true) => (style::PRIMARY_HOVER, style::PRIMARY_HOVER, style::PRIMARY_INK),
            (true, false) => (style::PRIMARY, style::PRIMARY, style::PRIMARY_INK),
        };
        let refuse_inside = match hovers(Target::Refuse) {
            true => style::SURFACE_HOVER,
            false => style::SURFACE,
        };
        let refuse_colors = (style::LINE_STRONG, refuse_inside, style::INK);
        self.button(canvas, allow, &label, allow_colors, look.focus == Target::Allow);
        self.button(
            canvas,
            refuse,
            self.words.refuse,
            refuse_colors,
            look.focus == Target::Refuse,
        );
        vec![(allow, Target::Allow), (refuse, Target::Refuse)]
    }

    fn button(
        &self,
        canvas: &mut Canvas,
        area: Rect,
        label: &str,
        (line, inside, ink): (Color, Color, Color),
        focused: bool,
    ) {
        let style = self.style(Weight::Bold, TEXT, ink);
        button::paint(
            canvas,
            (self.fonts, self.scale),
            (area, focused),
            (line, inside),
            (style, label),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::view::Visitor;
    use crate::notice::view::{CAUTION_PAUSE, GUARD_PAUSE, PromptKind, Right};

    const EVERY: [Right; 5] = [
        Right::View,
        Right::Control,
        Right::Clipboard,
        Right::Files,
        Right::Terminal,
    ];

    fn prompt(technician: &str, caution: bool) -> Prompt {
        Prompt {
            number: 1,
            kind: PromptKind::Session,
            technician: technician.into(),
            organization: "Lusab Informática".into(),
            rights: EVERY.to_vec(),
            words: "lusab-babad-gutih-tugad".into(),
            seconds_left: 45,
            caution,
        }
    }

    fn look(shown_for: Duration) -> Look {
        Look {
            shown_for,
            seconds_left: 45,
            focus: Target::Refuse,
            hover: None,
        }
    }

    fn painted(language: Language, scale: f32, prompt: &Prompt, shown_for: Duration) -> Picture {
        let fonts = Fonts::load().unwrap();
        paint(&fonts, language, Scale::new(scale), prompt, &look(shown_for))
    }

    /// Nothing is written over the edges: the padding at the right has no ink.
    fn assert_padding_is_clean(picture: &Picture, scale: f32) {
        let free = (PADDING as f32 * scale * 0.7) as usize;
        for row in picture
            .canvas
            .rows()
            .skip(4)
            .take(picture.canvas.height() as usize - 8)
        {
            let edge = &row[row.len() - free..row.len() - 4];
            assert!(edge.iter().all(|pixel| *pixel == style::SURFACE.0));
        }
    }

    #[test]
    fn buttons_are_where_they_look() {
        for (language, scale) in [(Language::English, 1.0), (Language::Portuguese, 2.0)] {
            let picture = painted(language, scale, &prompt("Ana", false), GUARD_PAUSE);
            let [(allow, _), (refuse, _)] = picture.areas[..] else {
                panic!("two buttons")
            };
            let middle = |area: Rect| (area.x + area.width as i32 / 2, area.y + area.height as i32 / 2);
            assert_eq!(picture.hit(middle(allow).0, middle(allow).1), Some(Target::Allow));
            assert_eq!(
                picture.hit(middle(refuse).0, middle(refuse).1),
                Some(Target::Refuse)
            );
            assert_eq!(picture.hit(allow.x - 1, allow.y), None);
            assert_eq!(picture.hit(5, 5), None);
            let (width, height) = (picture.canvas.width(), picture.canvas.height());
            for (area, _) in &picture.areas {
                assert_eq!(area.clipped(width, height), Some(*area));
            }
        }
    }

    #[test]
    fn everything_fits_in_both_languages_and_sizes() {
        for language in [Language::English, Language::Portuguese] {
            for scale in [1.0, 1.25, 2.0] {
                for name in ["Ana", &"Maria Conceição ".repeat(20), &"W".repeat(300)] {
                    for caution in [false, true] {
                        let prompt = Prompt {
                            technician: Visitor {
                                guest: caution,
                                ..name.into()
                            },
                            organization: name.into(),
                            words: name.into(),
                            ..prompt(name, caution)
                        };
                        let picture = painted(language, scale, &prompt, CAUTION_PAUSE);
                        assert_padding_is_clean(&picture, scale);
                        assert!((picture.canvas.height() as f32) < 560.0 * scale);
                    }
                }
            }
        }
    }

    #[test]
    fn languages_and_kinds_differ() {
        let english = painted(Language::English, 1.0, &prompt("Ana", false), GUARD_PAUSE);
        let portuguese = painted(Language::Portuguese, 1.0, &prompt("Ana", false), GUARD_PAUSE);
        assert_ne!(english, portuguese);
        let more = Prompt {
            kind: PromptKind::MoreRights,
            ..prompt("Ana", false)
        };
        assert_ne!(english, painted(Language::English, 1.0, &more, GUARD_PAUSE));
    }

    #[test]
    fn guests_are_called_so_in_each_language() {
        let asked = prompt("Ana", false);
        let guest = Prompt {
            technician: Visitor {
                guest: true,
                ..asked.technician.clone()
            },
            ..asked.clone()
        };
        for language in [Language::English, Language::Portuguese] {
            assert_ne!(
                painted(language, 1.0, &asked, GUARD_PAUSE),
                painted(language, 1.0, &guest, GUARD_PAUSE)
            );
        }
    }

    #[test]
    fn hostile_names_look_like_their_harmless_form() {
        let hostile = painted(
            Language::English,
            1.0,
            &prompt("A\u{202e}n\u{7}a\n", false),
            GUARD_PAUSE,
        );
        assert_eq!(
            hostile,
            painted(Language::English, 1.0, &prompt("Ana", false), GUARD_PAUSE)
        );
        let nameless = painted(Language::English, 1.0, &prompt("\u{200b}", false), GUARD_PAUSE);
        assert_ne!(nameless, hostile);
    }

    #[test]
    fn allowing_waits_longer_with_a_warning() {
        let plain = prompt("Ana", false);
        assert!(!look(Duration::ZERO).may_allow(&plain));
        assert!(look(GUARD_PAUSE).may_allow(&plain));
        let warned = prompt("Ana", true);
        assert!(!look(GUARD_PAUSE).may_allow(&warned));
        assert!(look(CAUTION_PAUSE).may_allow(&warned));
        // The button says how long.
        let early = painted(Language::English, 1.0, &warned, Duration::from_secs(1));
        let later = painted(Language::English, 1.0, &warned, Duration::from_secs(2));
        assert_ne!(early, later);
    }
}
