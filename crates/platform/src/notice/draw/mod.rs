//! From a view to pixels and the areas that can be pressed. Pure: no display, no clock.
//!
//! All measures are pixels at 96 dots per inch, multiplied by a [`Scale`]. Start with [`prompt::paint`], [`banner::paint`],
//! [`chat::paint`] and [`form::paint`].

use crate::Rect;

pub(crate) mod banner;
mod button;
pub(crate) mod canvas;
pub(crate) mod chat;
mod field;
pub(crate) mod font;
pub(crate) mod form;
pub(crate) mod prompt;
mod style;

pub(crate) use canvas::Canvas;
pub(crate) use font::Fonts;

use super::Right;

/// How many pixels stand for one at 96 dots per inch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale(f32);

impl Scale {
    /// Smallest and largest: what is below cannot be read, what is above fills the screen.
    const RANGE: (f32, f32) = (1.0, 3.0);

    /// In steps of a quarter, so that lines stay even.
    pub(crate) fn new(factor: f32) -> Self {
        let (least, most) = Self::RANGE;
        let even = (factor * 4.0).round() / 4.0;
        // A factor that is not a number is neither.
        Self(if even >= least { even.min(most) } else { least })
    }

    /// The next smaller one, for screens on which this one does not fit.
    pub(crate) fn smaller(self) -> Option<Self> {
        (self.0 > Self::RANGE.0).then(|| Self::new(self.0 - 0.25))
    }

    fn px(self, measure: i32) -> i32 {
        (measure as f32 * self.0).round() as i32
    }

    fn size(self, measure: f32) -> f32 {
        measure * self.0
    }
}

/// Something that can be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Allow,
    Refuse,
    TakeBack(Right),
    End,
    Accept,
    Cancel,
    /// A field of a form, the first one is 0.
    Field(usize),
    /// The chat's button on the strip.
    Chat,
    /// What the person writes in the chat.
    Say,
}

/// A painted window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) canvas: Canvas,
    pub(crate) areas: Vec<(Rect, Target)>,
}

impl Picture {
    /// What is under the pointer.
    pub(crate) fn hit(&self, x: i32, y: i32) -> Option<Target> {
        let area = self.areas.iter().find(|(area, _)| area.contains(x, y));
        area.map(|(_, target)| *target)
    }
}

/// A rectangle from signed measures; negative sizes are empty.
fn rect(x: i32, y: i32, width: i32, height: i32) -> Rect {
    Rect::new(x, y, width.max(0).unsigned_abs(), height.max(0).unsigned_abs())
}
