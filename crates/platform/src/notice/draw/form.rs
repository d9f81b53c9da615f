//! A form: what is asked for, fields to type it in, and one or two buttons. Without fields it is a message.

use super::canvas::{Canvas, Color};
use super::font::{Fonts, Run, Style, Weight};
use super::{Picture, Scale, Target, button, field, rect, style};
use crate::Rect;
use crate::notice::clean::{plain, plain_up_to};
use crate::notice::edit::Edit;
use crate::notice::view::{FIELDS_MAX, Form};

const WIDTH: i32 = 440;
const PADDING: i32 = 24;
/// What stands on the left edge, as in the console.
const BEAM: i32 = 4;
const BUTTON_HEIGHT: i32 = 38;
const BUTTON_LEAST: i32 = 116;
/// A label and what is between it and the ring around its field.
const LABEL_HEIGHT: i32 = 24;
const TITLE: f32 = 19.0;
const TEXT: f32 = 15.0;
const SMALL: f32 = 13.0;

/// Most characters of the text and of what was wrong: some sentences.
const SENTENCES_MAX: usize = 600;

/// Most lines of each; more would push the buttons from small screens.
const LINES_MAX: usize = 8;

/// Everything about a form that changes while it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    /// What stands in the fields.
    pub(crate) typed: Vec<Edit>,
    /// Where the keyboard is.
    pub(crate) focus: Target,
    /// Where the pointer is.
    pub(crate) hover: Option<Target>,
}

/// Paints a form. Its size depends on its texts and the scale alone, not on what is typed.
pub(crate) fn paint(fonts: &Fonts, scale: Scale, form: &Form, look: &Look) -> Picture {
    let painter = Painter { fonts, scale };
    let px = |measure| scale.px(measure);
    let text = painter.lines(TEXT, &form.text, px(WIDTH - 2 * PADDING));
    let problem = painter.lines(SMALL, &form.problem, px(WIDTH - 2 * PADDING - 24));
    let fields = form.fields.len().min(FIELDS_MAX);
    let problem_height = match problem.len() {
        0 => 0,
        lines => px(20) + px(19) * lines as i32 + px(14),
    };
    let field_height = px(LABEL_HEIGHT) + px(field::HEIGHT) + px(14);
    let height = px(PADDING + 28 + 10)
        + px(22) * text.len() as i32
        + px(16)
        + problem_height
        + field_height * fields as i32
        + px(8 + BUTTON_HEIGHT + PADDING);
    let width = px(WIDTH);
    let mut canvas = Canvas::new(width.unsigned_abs(), height.unsigned_abs(), style::LINE_STRONG);
    let line = px(1);
    canvas.fill(
        rect(line, line, width - 2 * line, height - 2 * line),
        style::SURFACE,
    );
    canvas.fill(rect(line, line, px(BEAM), height - 2 * line), style::BEAM);

    let mut top = px(PADDING);
    painter.title(&mut canvas, top, &form.title);
    top += px(28 + 10);
    let ink = painter.style(Weight::Regular, TEXT, style::INK_2);
    for text in &text {
        painter.line(&mut canvas, (px(PADDING), top, px(22)), ink, text);
        top += px(22);
    }
    top += px(16);
    if !problem.is_empty() {
        painter.problem(&mut canvas, top, &problem);
        top += problem_height;
    }
    let mut areas = Vec::new();
    for (index, field) in form.fields.iter().take(fields).enumerate() {
        let label = painter.style(Weight::Bold, SMALL, style::INK_2);
        painter.line(
            &mut canvas,
            (px(PADDING), top, px(18)),
            label,
            &plain(&field.label),
        );
        let area = rect(
            px(PADDING),
            top + px(LABEL_HEIGHT),
            px(WIDTH - 2 * PADDING),
            px(field::HEIGHT),
        );
        let target = Target::Field(index);
        let typed = look.typed.get(index).map(|typed| (typed, look.focus == target));
        field::paint(&mut canvas, (fonts, scale), area, typed);
        areas.push((area, target));
        top += field_height;
    }
    areas.extend(painter.buttons(&mut canvas, top + px(8), form, look));
    Picture { canvas, areas }
}

/// How many characters of what is typed stand before this place in a field of this width.
pub(crate) fn caret_at(fonts: &Fonts, scale: Scale, typed: &Edit, x: i32) -> usize {
    field::caret_at((fonts, scale), scale.px(WIDTH - 2 * PADDING), typed, x)
}

struct Painter<'a> {
    fonts: &'a Fonts,
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

    /// Sentences in lines of this width.
    fn lines(&self, size: f32, text: &str, room: i32) -> Vec<String> {
        let run: Run = (Weight::Regular, plain_up_to(text, SENTENCES_MAX));
        let lines = self.fonts.wrap(self.scale.size(size), &[run], room as f32);
        let lines = lines.into_iter().take(LINES_MAX);
        lines
            .map(|line| line.into_iter().map(|(_, text)| text).collect())
            .collect()
    }

    fn line(&self, canvas: &mut Canvas, (x, top, height): (i32, i32, i32), style: Style, text: &str) {
        let room = self.scale.px(WIDTH - PADDING) - x;
        let text = self.fonts.clip(style, text, room as f32);
        let baseline = self.fonts.baseline(style, top, height);
        self.fonts.draw(canvas, style, (x as f32, baseline), &text);
    }

    fn title(&self, canvas: &mut Canvas, top: i32, title: &str) {
        let style = self.style(Weight::Bold, TITLE, style::INK);
        let at = (self.scale.px(PADDING), top, self.scale.px(28));
        self.line(canvas, at, style, &plain(title));
    }

    fn problem(&self, canvas: &mut Canvas, top: i32, lines: &[String]) {
        let px = |measure| self.scale.px(measure);
        let height = px(20) + px(19) * lines.len() as i32;
        let panel = rect(px(PADDING), top, px(WIDTH - 2 * PADDING), height);
        canvas.framed(panel, px(4) as f32, px(1), (style::WARN_LINE, style::WARN_SOFT));
        let style = self.style(Weight::Regular, SMALL, style::WARN_TEXT);
        for (index, line) in lines.iter().enumerate() {
            let top = top + px(10) + px(19) * index as i32;
            self.line(canvas, (px(PADDING + 12), top, px(19)), style, line);
        }
    }

    fn buttons(&self, canvas: &mut Canvas, top: i32, form: &Form, look: &Look) -> Vec<(Rect, Target)> {
        let px = |measure| self.scale.px(measure);
        let hovers = |target| look.hover == Some(target);
        let accept_inside = match hovers(Target::Accept) {
            true => style::PRIMARY_HOVER,
            false => style::PRIMARY,
        };
        let cancel_inside = match hovers(Target::Cancel) {
            true => style::SURFACE_HOVER,
            false => style::SURFACE,
        };
        let buttons = [
            (
                Target::Accept,
                &form.accept,
                (accept_inside, accept_inside),
                style::PRIMARY_INK,
            ),
            (
                Target::Cancel,
                &form.cancel,
                (style::LINE_STRONG, cancel_inside),
                style::INK,
            ),
        ];
        let mut right = px(WIDTH - PADDING);
        let mut areas = Vec::new();
        for (target, label, colors, ink) in buttons {
            let (style, label) = (self.style(Weight::Bold, TEXT, ink), plain(label));
            if label.is_empty() && target == Target::Cancel {
                continue;
            }
            let wanted = self.fonts.width(style, &label).ceil() as i32 + px(28);
            // Two of the widest have room beside each other.
            let width = wanted.clamp(px(BUTTON_LEAST), px((WIDTH - 2 * PADDING - 12) / 2));
            let area = rect(right - width, top, width, px(BUTTON_HEIGHT));
            let focused = look.focus == target;
            button::paint(
                canvas,
                (self.fonts, self.scale),
                (area, focused),
                colors,
                (style, &label),
            );
            areas.push((area, target));
            right = area.x - px(12);
        }
        areas
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::view::Field;

    fn form(fields: usize) -> Form {
        let field = |number| Field {
            label: format!("Field {number}"),
            value: String::new(),
        };
        Form {
            number: 1,
            title: "Get help".into(),
            text: "Type the code that you were given on the telephone, and the address of the page.".into(),
            problem: String::new(),
            fields: (0..fields).map(field).collect(),
            accept: "Continue".into(),
            cancel: "Cancel".into(),
        }
    }

    fn look(typed: &[&str], focus: Target) -> Look {
        Look {
            typed: typed.iter().map(|text| Edit::new(text)).collect(),
            focus,
            hover: None,
        }
    }

    fn painted(form: &Form, scale: f32, look: &Look) -> Picture {
        paint(&Fonts::load().unwrap(), Scale::new(scale), form, look)
    }

    #[test]
    fn fields_and_buttons_are_where_they_look() {
        let picture = painted(&form(2), 1.0, &look(&["", ""], Target::Field(0)));
        let wanted = [Target::Field(0), Target::Field(1), Target::Accept, Target::Cancel];
        let targets: Vec<Target> = picture.areas.iter().map(|(_, target)| *target).collect();
        assert_eq!(targets, wanted);
        for (area, target) in &picture.areas {
            let (x, y) = (area.x + area.width as i32 / 2, area.y + area.height as i32 / 2);
            assert_eq!(picture.hit(x, y), Some(*target));
            let (width, height) = (picture.canvas.width(), picture.canvas.height());
            assert_eq!(area.clipped(width, height), Some(*area));
        }
        let message = painted(
            &Form {
                cancel: String::new(),
                ..form(0)
            },
            1.0,
            &look(&[], Target::Accept),
        );
        assert_eq!(message.areas.len(), 1);
        assert_eq!(message.areas[0].1, Target::Accept);
    }

    /// Nothing is written over the edges, whatever somebody puts in.
    #[test]
    fn everything_fits_whatever_it_says() {
        let long = "Conceição ".repeat(300) + &"W".repeat(300);
        for scale in [1.0, 1.25, 2.0] {
            for text in ["short", &long] {
                let field = Field {
                    label: text.into(),
                    value: String::new(),
                };
                let form = Form {
                    number: 1,
                    title: text.into(),
                    text: text.into(),
                    problem: text.into(),
                    fields: vec![field; 2 * FIELDS_MAX],
                    accept: text.into(),
                    cancel: text.into(),
                };
                let picture = painted(&form, scale, &look(&[text; FIELDS_MAX], Target::Field(1)));
                assert_eq!(picture.areas.len(), FIELDS_MAX + 2);
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
                assert!((picture.canvas.height() as f32) < 900.0 * scale);
            }
        }
    }

    #[test]
    fn what_is_typed_and_where_is_seen() {
        let one = |text: &str, focus| painted(&form(1), 1.0, &look(&[text], focus));
        let empty = one("", Target::Field(0));
        let typed = one("K7Q", Target::Field(0));
        assert_ne!(empty, typed);
        assert_ne!(typed, one("K7Q", Target::Accept), "the caret and the ring");
        assert_eq!(empty.canvas.height(), typed.canvas.height());
        let mut moved = look(&["K7Q"], Target::Field(0));
        moved.typed[0].home();
        assert_ne!(typed, painted(&form(1), 1.0, &moved));
        let wrong = Form {
            problem: "No such code.".into(),
            ..form(1)
        };
        assert!(painted(&wrong, 1.0, &look(&[""], Target::Accept)).canvas.height() > empty.canvas.height());
    }

    /// A click goes where the letter is, also in a text that is longer than its field.
    #[test]
    fn clicks_find_their_letter() {
        let fonts = Fonts::load().unwrap();
        let at = |typed: &Edit, x| caret_at(&fonts, Scale::new(1.0), typed, x);
        let short = Edit::new("WWii");
        assert_eq!((at(&short, -5), at(&short, 0), at(&short, 400)), (0, 0, 4));
        assert_eq!(at(&short, field::PADDING + 12), 1);
        let mut long = Edit::new(&"0123456789".repeat(20));
        assert_eq!(at(&long, 5000), 200, "its end is in view");
        assert!(at(&long, 0) > 100);
        long.home();
        assert_eq!(at(&long, 0), 0);
        assert!(at(&long, 5000) < 100);
    }
}
