//! The strip at the top of the screen: who is connected or waited for, since when, what they may do, and how to stop it.

use super::canvas::{Canvas, Color};
use super::font::{Fonts, Style, Weight};
use super::{Picture, Scale, Target, rect, style};
use crate::Rect;
use crate::notice::clean::plain;
use crate::notice::view::{Banner, Right, Visitor, Waiting};
use crate::notice::words::{Language, Words, duration};

const HEIGHT: i32 = 36;
const PADDING: i32 = 14;
const GAP: i32 = 10;
const BUTTON_HEIGHT: i32 = 24;
const TEXT: f32 = 13.5;
const BUTTON_TEXT: f32 = 12.5;
/// Names take at most this; more are counted.
const NAMES: i32 = 300;
/// Below this the names are worth more than what else the strip says.
const NAMES_LEAST: i32 = 90;

/// What the strip is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Visits(Banner, ChatButton),
    Waiting(Waiting),
}

/// Whether there is a chat to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChatButton {
    None,
    Quiet,
    /// With something in it that nobody has seen.
    Unread,
}

impl Content {
    /// For how long, when it was told.
    pub(crate) fn running_seconds(&self) -> u64 {
        match self {
            Self::Visits(banner, _) => banner.running_seconds,
            Self::Waiting(waiting) => waiting.running_seconds,
        }
    }
}

/// Paints the strip, at most this wide. `running_seconds` is how long the first session runs, or the waiting lasts, now.
pub(crate) fn paint(
    fonts: &Fonts,
    language: Language,
    scale: Scale,
    (content, running_seconds): (&Content, u64),
    hover: Option<Target>,
    width_max: u32,
) -> Picture {
    let painter = Painter {
        fonts,
        words: language.words(),
        scale,
    };
    let parts = match content {
        Content::Visits(banner, chat) => painter.parts((banner, *chat), running_seconds, width_max),
        Content::Waiting(waiting) => painter.waiting(waiting, running_seconds, width_max),
    };
    let px = |measure| scale.px(measure);
    let width: i32 = px(2 * PADDING) + parts.iter().map(|part| painter.width(part)).sum::<i32>();
    let width = width.unsigned_abs().min(width_max);
    let height = px(HEIGHT);
    let mut canvas = Canvas::new(width, height.unsigned_abs(), style::BEAM);
    canvas.fill(rect(0, 0, width as i32, height - px(2)), style::NAV);
    let mut areas = Vec::new();
    let mut x = px(PADDING);
    for part in &parts {
        areas.extend(painter.part(&mut canvas, x, part, hover));
        x += painter.width(part);
    }
    Picture { canvas, areas }
}

enum Part {
    Dot(Color),
    Text(Style, String),
    Gap(i32),
    Button(String, Target),
    /// The button of the chat, and whether it is marked.
    Chat(&'static str, bool),
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

    fn button_style(&self) -> Style {
        self.style(Weight::Bold, BUTTON_TEXT, style::NAV_INK)
    }

    fn parts(
        &self,
        (banner, chat): (&Banner, ChatButton),
        running_seconds: u64,
        width_max: u32,
    ) -> Vec<Part> {
        let regular = self.style(Weight::Regular, TEXT, style::NAV_INK_2);
        let what = match banner.rights.contains(&Right::View) {
            true => self.words.sees(banner.technicians.len()),
            false => self.words.connected,
        };
        let said = format!("{what} · {}", duration(running_seconds));
        let mut parts = vec![Part::Dot(style::LIVE), Part::Gap(GAP)];
        let mut rights = banner.rights.clone();
        rights.sort_unstable();
        rights.dedup();
        // Seeing is taken back by ending.
        rights.retain(|right| *right != Right::View);
        let mut controls = Vec::new();
        for right in rights {
            controls.push(Part::Button(
                self.words.name(right).to_owned(),
                Target::TakeBack(right),
            ));
            controls.push(Part::Gap(6));
        }
        controls.push(Part::Gap(6));
        controls.push(Part::Button(self.words.end.to_owned(), Target::End));

        let width = |parts: &[Part]| -> i32 { parts.iter().map(|part| self.width(part)).sum() };
        let fixed = self.scale.px(2 * PADDING) + width(&parts) + width(&controls) + self.scale.px(GAP);
        let mut free = i32::try_from(width_max).unwrap_or(i32::MAX) - fixed;
        let talk = [
            Part::Chat(self.words.chat, chat == ChatButton::Unread),
            Part::Gap(6),
        ];
        // Who is there, what they may do and how to end it are worth more.
        if chat != ChatButton::None && free - width(&talk) >= self.scale.px(NAMES_LEAST) {
            free -= width(&talk);
            controls.splice(0..0, talk);
        }
        let said = Part::Text(regular, said);
        let with_said = free - self.width(&said) - self.scale.px(6);
        let says = with_said >= self.scale.px(NAMES_LEAST);
        let room = if says { with_said } else { free };
        let bold = self.style(Weight::Bold, TEXT, style::NAV_INK);
        let names = self.names(&banner.technicians, bold, room.min(self.scale.px(NAMES)));
        parts.push(Part::Text(bold, names));
        if says {
            parts.extend([Part::Gap(6), said]);
        }
        parts.push(Part::Gap(GAP));
        parts.extend(controls);
        parts
    }

    /// Nobody is there yet: whose help is waited for. What has no room goes, the button last.
    fn waiting(&self, waiting: &Waiting, running_seconds: u64, width_max: u32) -> Vec<Part> {
        let regular = self.style(Weight::Regular, TEXT, style::NAV_INK_2);
        let bold = self.style(Weight::Bold, TEXT, style::NAV_INK);
        let organization = plain(&waiting.organization);
        let (from, alone) = self.words.waiting;
        let said = if organization.is_empty() { alone } else { from };
        let start = [
            Part::Dot(style::BEAM),
            Part::Gap(GAP),
            Part::Text(regular, said.to_owned()),
        ];
        let end = [
            Part::Gap(GAP + 6),
            Part::Button(self.words.end.to_owned(), Target::End),
        ];
        let width = |parts: &[Part]| -> i32 { parts.iter().map(|part| self.width(part)).sum() };
        let fixed = self.scale.px(2 * PADDING) + width(&start) + width(&end);
        let free = i32::try_from(width_max).unwrap_or(i32::MAX) - fixed - self.scale.px(6);
        let time = Part::Text(regular, format!(" · {}", duration(running_seconds)));
        let with_time = free - self.width(&time);
        let says = with_time >= self.scale.px(NAMES_LEAST);
        let room = if says { with_time } else { free };
        let mut parts = Vec::from(start);
        if !organization.is_empty() {
            let room = room.min(self.scale.px(NAMES)) as f32;
            let name = self.fonts.clip(bold, &organization, room).into_owned();
            parts.extend([Part::Gap(6), Part::Text(bold, name)]);
        }
        if says {
            parts.push(time);
        }
        parts.extend(end);
        parts
    }

    /// The names in one line; those without room are counted.
    fn names(&self, technicians: &[Visitor], bold: Style, room: i32) -> String {
        let name = |technician: &Visitor| match plain(&technician.name) {
            name if name.is_empty() => self.words.somebody.to_owned(),
            name => name,
        };
        // What follows a name is not for whoever gave it to push out of sight.
        let kind = |technician: &Visitor| if technician.guest { self.words.guest } else { "" };
        let first = technicians.first().map(|first| (name(first), kind(first)));
        let named = |technician: &Visitor| name(technician) + kind(technician);
        let names: Vec<String> = technicians.iter().map(named).collect();
        for shown in (1..=names.len()).rev() {
            let hidden = names.len() - shown;
            let line = names
                .iter()
                .take(shown)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ");
            let more = if hidden == 0 {
                String::new()
            } else {
                format!(" +{hidden}")
            };
            let left = room as f32 - self.fonts.width(bold, &more);
            if self.fonts.width(bold, &line) <= left {
                return format!("{line}{more}");
            }
            if let Some((name, kind)) = first.as_ref().filter(|_| shown == 1) {
                let left = left - self.fonts.width(bold, kind);
                return format!("{}{kind}{more}", self.fonts.clip(bold, name, left));
            }
        }
        self.words.somebody.to_owned()
    }

    fn width(&self, part: &Part) -> i32 {
        match part {
            Part::Dot(_) => self.scale.px(10),
            Part::Text(style, text) => self.fonts.width(*style, text).ceil() as i32,
            Part::Gap(measure) => self.scale.px(*measure),
            Part::Button(label, target) => {
                let cross = if *target == Target::End {
                    0
                } else {
                    self.scale.px(16)
                };
                self.fonts.width(self.button_style(), label).ceil() as i32 + cross + self.scale.px(20)
            }
            // As wide with the mark as without: nothing jumps when somebody says something.
            Part::Chat(label, _) => {
                self.fonts.width(self.button_style(), label).ceil() as i32 + self.scale.px(20 + 14)
            }
        }
    }

    fn part(
        &self,
        canvas: &mut Canvas,
        x: i32,
        part: &Part,
        hover: Option<Target>,
    ) -> Option<(Rect, Target)> {
        let height = self.scale.px(HEIGHT - 2);
        match part {
            Part::Gap(_) => None,
            Part::Dot(color) => {
                let size = self.scale.px(10);
                canvas.round(rect(x, (height - size) / 2, size, size), size as f32, *color);
                None
            }
            Part::Text(style, text) => {
                let baseline = self.fonts.baseline(*style, 0, height);
                self.fonts.draw(canvas, *style, (x as f32, baseline), text);
                None
            }
            Part::Button(label, target) => {
                let tall = self.scale.px(BUTTON_HEIGHT);
                let area = rect(x, (height - tall) / 2, self.width(part), tall);
                self.button(canvas, area, label, *target, hover == Some(*target));
                // Easier to hit than it looks: the strip's whole height counts.
                Some((rect(x, 0, self.width(part), self.scale.px(HEIGHT)), *target))
            }
            Part::Chat(label, unread) => {
                let tall = self.scale.px(BUTTON_HEIGHT);
                let area = rect(x, (height - tall) / 2, self.width(part), tall);
                self.chat(canvas, area, label, (*unread, hover == Some(Target::Chat)));
                Some((rect(x, 0, self.width(part), self.scale.px(HEIGHT)), Target::Chat))
            }
        }
    }

    fn chat(&self, canvas: &mut Canvas, area: Rect, label: &str, (unread, hovered): (bool, bool)) {
        let px = |measure| self.scale.px(measure);
        let line = if unread { style::BEAM } else { style::NAV_LINE };
        let inside = if hovered { style::NAV_HOVER } else { style::NAV };
        canvas.framed(area, px(4) as f32, px(1), (line, inside));
        let style = self.button_style();
        let baseline = self.fonts.baseline(style, area.y, area.height as i32);
        self.fonts
            .draw(canvas, style, ((area.x + px(10)) as f32, baseline), label);
        let size = px(8);
        let mark = rect(
            area.x + area.width as i32 - px(8) - size,
            area.y + (area.height as i32 - size) / 2,
            size,
            size,
        );
        let color = if unread { style::BEAM } else { style::NAV_LINE };
        canvas.round(mark, size as f32, color);
    }

    fn button(&self, canvas: &mut Canvas, area: Rect, label: &str, target: Target, hovered: bool) {
        let px = |measure| self.scale.px(measure);
        let colors = match (target, hovered) {
            (Target::End, false) => (style::DANGER, style::DANGER),
            (Target::End, true) => (style::DANGER_HOVER, style::DANGER_HOVER),
            (_, false) => (style::NAV_LINE, style::NAV),
            (_, true) => (style::NAV_INK_2, style::NAV_HOVER),
        };
        canvas.framed(area, px(4) as f32, px(1), colors);
        let mut style = self.button_style();
        if target == Target::End {
            style.color = style::SURFACE;
        }
        let baseline = self.fonts.baseline(style, area.y, area.height as i32);
        let end = self
            .fonts
            .draw(canvas, style, ((area.x + px(10)) as f32, baseline), label);
        if target != Target::End {
            let arm = self.scale.size(3.5);
            let (x, y) = (
                end + self.scale.size(6.0) + arm,
                area.y as f32 + area.height as f32 / 2.0,
            );
            let thick = self.scale.size(1.5);
            canvas.line((x - arm, y - arm), (x + arm, y + arm), thick, style::NAV_INK_2);
            canvas.line((x - arm, y + arm), (x + arm, y - arm), thick, style::NAV_INK_2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn banner(names: &[&str], rights: &[Right]) -> Banner {
        Banner {
            technicians: names.iter().map(|name| Visitor::from(*name)).collect(),
            rights: rights.to_vec(),
            running_seconds: 0,
        }
    }

    fn painted(banner: &Banner, language: Language, scale: f32, width_max: u32) -> Picture {
        let fonts = Fonts::load().unwrap();
        paint(
            &fonts,
            language,
            Scale::new(scale),
            (&Content::Visits(banner.clone(), ChatButton::None), 754),
            None,
            width_max,
        )
    }

    fn with_chat(banner: &Banner, language: Language, chat: ChatButton, width_max: u32) -> Picture {
        let (fonts, scale) = (Fonts::load().unwrap(), Scale::new(1.0));
        let content = Content::Visits(banner.clone(), chat);
        paint(&fonts, language, scale, (&content, 754), None, width_max)
    }

    #[test]
    fn the_chat_has_a_button_that_says_when_there_is_something_new() {
        let rights = [
            Right::View,
            Right::Control,
            Right::Clipboard,
            Right::Files,
            Right::Terminal,
        ];
        let banner = banner(&["Ana"], &rights[..2]);
        for language in [Language::English, Language::Portuguese] {
            let quiet = with_chat(&banner, language, ChatButton::Quiet, 1900);
            let expected = [Target::Chat, Target::TakeBack(Right::Control), Target::End];
            assert_eq!(targets(&quiet), expected);
            let unread = with_chat(&banner, language, ChatButton::Unread, 1900);
            assert_ne!(quiet, unread);
            assert_eq!(quiet.areas, unread.areas, "nothing moves under a finger");
            let everything = Banner {
                rights: rights.to_vec(),
                ..banner.clone()
            };
            for (width, buttons) in [(300, 5), (800, 6)] {
                let narrow = with_chat(&everything, language, ChatButton::Unread, width);
                assert_eq!(narrow.areas.len(), buttons, "{language:?} {width}");
            }
            let narrow = with_chat(&everything, language, ChatButton::Unread, 800);
            for (area, target) in &narrow.areas {
                assert_eq!(area.clipped(800, 1000), Some(*area), "{language:?} {target:?}");
            }
        }
    }

    fn targets(picture: &Picture) -> Vec<Target> {
        picture.areas.iter().map(|(_, target)| *target).collect()
    }

    fn names(technicians: &[&str], room: i32) -> String {
        names_of(&banner(technicians, &[]).technicians, room)
    }

    fn names_of(technicians: &[Visitor], room: i32) -> String {
        let fonts = Fonts::load().unwrap();
        let painter = Painter {
            fonts: &fonts,
            words: Language::English.words(),
            scale: Scale::new(1.0),
        };
        let bold = painter.style(Weight::Bold, TEXT, style::NAV_INK);
        painter.names(technicians, bold, room)
    }

    #[test]
    fn each_right_but_seeing_can_be_taken_back() {
        let everything = [
            Right::Terminal,
            Right::View,
            Right::Control,
            Right::Clipboard,
            Right::Files,
            Right::Control,
        ];
        let picture = painted(&banner(&["Ana"], &everything), Language::English, 1.0, 1900);
        let expected =
            [Right::Control, Right::Clipboard, Right::Files, Right::Terminal].map(Target::TakeBack);
        assert_eq!(targets(&picture), [&expected[..], &[Target::End]].concat());
        let seeing = painted(&banner(&["Ana"], &[Right::View]), Language::English, 1.0, 1900);
        assert_eq!(targets(&seeing), [Target::End]);
    }

    #[test]
    fn it_is_hit_where_it_looks() {
        for (language, scale) in [(Language::English, 1.0), (Language::Portuguese, 2.0)] {
            let picture = painted(
                &banner(&["Ana"], &[Right::View, Right::Control]),
                language,
                scale,
                1900,
            );
            for (area, target) in &picture.areas {
                let (x, y) = (area.x + area.width as i32 / 2, area.y + area.height as i32 / 2);
                assert_eq!(picture.hit(x, y), Some(*target));
            }
            assert_eq!(picture.hit(2, 2), None, "room to drag");
        }
    }

    #[test]
    fn narrow_screens_keep_the_buttons() {
        let rights = [
            Right::View,
            Right::Control,
            Right::Clipboard,
            Right::Files,
            Right::Terminal,
        ];
        let long = "Maria Conceição ".repeat(20);
        for language in [Language::English, Language::Portuguese] {
            for (scale, width) in [(1.0, 640), (1.0, 1024), (2.0, 1264), (2.0, 3800)] {
                let picture = painted(&banner(&[&long, "Bruno"], &rights), language, scale, width);
                assert!(picture.canvas.width() <= width);
                assert_eq!(picture.areas.len(), 5);
                for (area, _) in &picture.areas {
                    assert_eq!(
                        area.clipped(width, 1000),
                        Some(*area),
                        "{language:?} {scale} {width}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_strip_that_waits_says_for_whom_and_can_be_ended() {
        let fonts = Fonts::load().unwrap();
        let painted = |organization: &str, language, seconds, width_max| {
            let waiting = Waiting {
                organization: organization.into(),
                running_seconds: 0,
            };
            let content = (&Content::Waiting(waiting), seconds);
            paint(&fonts, language, Scale::new(1.0), content, None, width_max)
        };
        for language in [Language::English, Language::Portuguese] {
            for organization in ["", "Acme", &"Maria Conceição ".repeat(20)] {
                for width in [320, 640, 1900] {
                    let picture = painted(organization, language, 0, width);
                    assert!(picture.canvas.width() <= width);
                    assert_eq!(targets(&picture), [Target::End]);
                    let (area, _) = picture.areas[0];
                    assert_eq!(
                        area.clipped(width, 1000),
                        Some(area),
                        "{language:?} {organization} {width}"
                    );
                }
            }
        }
        let acme = painted("Acme", Language::English, 0, 1900);
        assert_ne!(acme, painted("Other", Language::English, 0, 1900));
        assert_ne!(acme, painted("Acme", Language::Portuguese, 0, 1900));
        assert_ne!(
            acme,
            painted("Acme", Language::English, 60, 1900),
            "it says for how long"
        );
        assert_eq!(acme, painted("A\u{202e}cme\n", Language::English, 0, 1900));
    }

    #[test]
    fn names_stand_in_one_line() {
        assert_eq!(names(&["Ana", "Bruno"], 300), "Ana, Bruno");
        assert_eq!(names(&["Ana", "Bruno", "Carla", "Daniel"], 110), "Ana, Bruno +2");
        assert_eq!(names(&["\u{202e}"], 300), "Somebody");
        let long = names(&[&"Ana ".repeat(30), "Bruno"], 110);
        assert!(long.ends_with("… +1"), "{long}");
        assert_eq!(names(&[], 300), "Somebody");
    }

    #[test]
    fn guests_are_called_so_however_long_their_names() {
        let guest = |name: &str| Visitor {
            guest: true,
            ..name.into()
        };
        assert_eq!(names_of(&["Ana".into(), guest("Gil")], 300), "Ana, Gil (guest)");
        assert_eq!(names_of(&[guest("")], 300), "Somebody (guest)");
        let long = names_of(&[guest(&"Ana ".repeat(30)), "Bruno".into()], 150);
        assert!(long.ends_with("… (guest) +1"), "{long}");
    }
}
