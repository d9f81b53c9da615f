//! A line to be typed in, as forms and the chat have it: it scrolls sideways, so that the caret is in view.

use super::canvas::Canvas;
use super::font::{Fonts, Style, Weight};
use super::{Scale, button, rect, style};
use crate::Rect;
use crate::notice::edit::Edit;

pub(super) const HEIGHT: i32 = 38;
pub(super) const PADDING: i32 = 10;
const TEXT: f32 = 16.0;

/// How a field's text looks.
pub(super) fn text(scale: Scale) -> Style {
    Style {
        weight: Weight::Regular,
        size: scale.size(TEXT),
        color: style::INK,
    }
}

/// Paints a field with what is typed in it, and whether the keyboard is there.
pub(super) fn paint(
    canvas: &mut Canvas,
    (fonts, scale): (&Fonts, Scale),
    area: Rect,
    typed: Option<(&Edit, bool)>,
) {
    let px = |measure| scale.px(measure);
    let focused = typed.is_some_and(|(_, focused)| focused);
    if focused {
        button::ring(canvas, scale, area);
    }
    canvas.framed(area, px(4) as f32, px(1), (style::LINE_STRONG, style::SURFACE));
    let Some((typed, _)) = typed else { return };
    let style = text(scale);
    let (hidden, shown) = shown((fonts, scale), area.width as i32, typed);
    let left = (area.x + px(PADDING)) as f32;
    let baseline = fonts.baseline(style, area.y, area.height as i32);
    fonts.draw(canvas, style, (left, baseline), &shown);
    if focused {
        let before = typed.parts().0.chars().count() - hidden;
        let before: String = shown.chars().take(before).collect();
        let x = (left + fonts.width(style, &before)).round() as i32;
        let tall = px(20);
        let top = area.y + (area.height as i32 - tall) / 2;
        canvas.fill(rect(x, top, px(2), tall), style::FOCUS);
    }
}

/// How many characters of what is typed stand before this place in a field of this width, both in pixels.
pub(super) fn caret_at((fonts, scale): (&Fonts, Scale), width: i32, typed: &Edit, x: i32) -> usize {
    let style = text(scale);
    let (hidden, shown) = shown((fonts, scale), width, typed);
    let x = (x - scale.px(PADDING)) as f32;
    let mut right = 0.0;
    let passed = shown.chars().take_while(|character| {
        let width = fonts.width(style, character.encode_utf8(&mut [0; 4]));
        right += width;
        right - width / 2.0 <= x
    });
    hidden + passed.count()
}

/// What of a field's text has room: from behind how many characters, and which.
fn shown((fonts, scale): (&Fonts, Scale), width: i32, typed: &Edit) -> (usize, String) {
    let style = text(scale);
    let room = (width - scale.px(2 * PADDING + 2)) as f32;
    // Letters stand beside each other, whatever their neighbors are.
    let wide = |character: char| fonts.width(style, character.encode_utf8(&mut [0; 4]));
    let (before, behind) = typed.parts();
    let mut used = 0.0;
    let mut fits = |character: &char| {
        used += wide(*character);
        used <= room
    };
    let kept = before.chars().rev().take_while(&mut fits).count();
    let hidden = before.chars().count() - kept;
    let mut shown: String = before.chars().skip(hidden).collect();
    if hidden == 0 {
        shown.extend(behind.chars().take_while(&mut fits));
    }
    (hidden, shown)
}
