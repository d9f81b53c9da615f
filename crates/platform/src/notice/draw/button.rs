//! A button, as prompts and forms have it.

use super::canvas::{Canvas, Color};
use super::font::{Fonts, Style};
use super::{Scale, rect, style};
use crate::Rect;

/// Paints a button; around it the ring that says where the keyboard is. A label that is too long is clipped.
pub(super) fn paint(
    canvas: &mut Canvas,
    (fonts, scale): (&Fonts, Scale),
    (area, focused): (Rect, bool),
    colors: (Color, Color),
    (style, label): (Style, &str),
) {
    if focused {
        ring(canvas, scale, area);
    }
    canvas.framed(area, scale.px(5) as f32, scale.px(1), colors);
    let label = fonts.clip(style, label, area.width as f32 - scale.px(12) as f32);
    let x = area.x as f32 + (area.width as f32 - fonts.width(style, &label)) / 2.0;
    let baseline = fonts.baseline(style, area.y, area.height as i32);
    fonts.draw(canvas, style, (x, baseline), &label);
}

/// The ring around what has the keyboard; what is inside is to be painted afterwards.
pub(super) fn ring(canvas: &mut Canvas, scale: Scale, area: Rect) {
    let (out, thick) = (scale.px(4), scale.px(2));
    let ring = rect(
        area.x - out,
        area.y - out,
        area.width as i32 + 2 * out,
        area.height as i32 + 2 * out,
    );
    canvas.framed(ring, scale.px(8) as f32, thick, (style::FOCUS, style::SURFACE));
}
