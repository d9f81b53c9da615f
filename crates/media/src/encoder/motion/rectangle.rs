//! The exact rectangle of pixels that moved: grown from where a vector was seen until the pixels no longer agree, or
//! the one that was lifted before. Start at [`grown`].

use super::search::Found;
use crate::Rect;
use crate::canvas::{Canvas, moving::origin};
use crate::pixels::{Bgrx, COLOR, colors_differ, quads};
use crate::view::PixelView;

/// Every so many rows tell how wide the rectangle is.
const SAMPLE: usize = 4;
/// Every so many rows tell whether a pane scrolled on.
const PANE_SAMPLE: usize = 8;
/// Fewer that changed do not tell.
const MIN_TELLING: usize = 8;
/// One row in so many may disagree with the others: a caret, a corner.
const ODD: usize = 16;
/// Fewer pixels are not worth an op.
const MIN_AREA: u64 = 1024;

/// A rectangle of the source that the reference has elsewhere.
pub(super) struct Moved {
    pub(super) target: Rect,
    pub(super) vector: (i32, i32),
    /// It is the rectangle that was lifted, or what of it is still within the picture.
    pub(super) goes_on: bool,
    /// For each row of the target: it is not wholly what the reference has.
    pub(super) odd: Vec<bool>,
}

/// Compares the source with the reference at the place it came from.
struct Comparison<'a> {
    source: &'a PixelView<'a>,
    canvas: &'a Canvas<Bgrx>,
    vector: (i32, i32),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Row {
    Equal,
    /// But for a few pixels.
    Near,
    Different,
}

impl Comparison<'_> {
    /// Source and reference of a row's pixels; the place they came from must lie within the picture.
    fn spans(&self, x: u32, y: u32, width: u32) -> (&[u8], &[u8]) {
        let from = (x as i32 - self.vector.0, y as i32 - self.vector.1);
        (
            self.source.span(x as usize, y as usize, width as usize),
            self.canvas.span(from.0 as usize, from.1 as usize, width as usize),
        )
    }

    fn row(&self, x: u32, y: u32, width: u32) -> Row {
        let (new, old) = self.spans(x, y, width);
        if new == old || !colors_differ(new, old) {
            return Row::Equal;
        }
        let differ = differences(new, old).filter(|differs| *differs);
        match differ.take(width as usize / ODD + 1).count() {
            count if count <= width as usize / ODD => Row::Near,
            _ => Row::Different,
        }
    }

    /// How many pixels agree to the left of `x`, within `limit`.
    fn left(&self, limit: &Rect, x: u32, y: u32) -> u32 {
        let (new, old) = self.spans(limit.x, y, x - limit.x);
        match differences(new, old).rposition(|differs| differs) {
            Some(last) => x - limit.x - 1 - last as u32,
            None => x - limit.x,
        }
    }

    /// How many pixels agree from `x` on, within `limit`.
    fn right(&self, limit: &Rect, x: u32, y: u32) -> u32 {
        let (new, old) = self.spans(x, y, limit.right() - x);
        match differences(new, old).position(|differs| differs) {
            Some(first) => first as u32,
            None => limit.right() - x,
        }
    }
}

fn differences<'a>(
    new: &'a [u8],
    old: &'a [u8],
) -> impl DoubleEndedIterator<Item = bool> + ExactSizeIterator + 'a {
    quads(new)
        .iter()
        .zip(quads(old))
        .map(|(p, q)| (u32::from_le_bytes(*p) ^ u32::from_le_bytes(*q)) & COLOR != 0)
}

/// The rectangle within `area` that moved by the vector found, or `None` when it is not one rectangle.
pub(super) fn grown(
    source: &PixelView<'_>,
    canvas: &Canvas<Bgrx>,
    found: &Found,
    area: &Rect,
) -> Option<Moved> {
    let picture = canvas.bounds();
    // What could have come from within the picture.
    let (dx, dy) = found.vector;
    let limit = shifted(&picture, (dx, dy)).intersect(area);
    let seed = found.seen.intersect(&limit);
    let comparison = Comparison {
        source,
        canvas,
        vector: found.vector,
    };
    let (left, right) = width(&comparison, &seed, &limit)?;
    let mut rows: Vec<_> = (seed.y..seed.bottom())
        .map(|y| comparison.row(left, y, right - left))
        .collect();
    let different = rows.iter().filter(|row| **row == Row::Different).count();
    if different * ODD > rows.len() {
        return None;
    }
    let agree = |y: &u32| comparison.row(left, *y, right - left);
    let above: Vec<_> = (limit.y..seed.y)
        .rev()
        .map(|y| agree(&y))
        .take_while(|row| *row != Row::Different)
        .collect();
    let below = (seed.bottom()..limit.bottom())
        .map(|y| agree(&y))
        .take_while(|row| *row != Row::Different);
    let top = seed.y - above.len() as u32;
    rows.extend(below);
    let odd: Vec<_> = above
        .iter()
        .rev()
        .chain(&rows)
        .map(|row| *row != Row::Equal)
        .collect();
    let target = Rect::new(left, top, right - left, odd.len() as u32);
    debug_assert!(origin(&target, found.vector, &picture).is_some());
    (target.area() >= MIN_AREA).then_some(Moved {
        target,
        vector: found.vector,
        goes_on: false,
        odd,
    })
}

/// The lifted rectangle, if it moved on by the vector found, and nothing much beside it did.
pub(super) fn lifted_again(source: &PixelView<'_>, canvas: &Canvas<Bgrx>, found: &Found) -> Option<Moved> {
    let picture = canvas.bounds();
    let target = shifted(&canvas.lifted(), found.vector).intersect(&picture);
    let seen = found.seen.area();
    if target.area() < MIN_AREA || found.seen.intersect(&target).area() * 4 < seen * 3 {
        return None;
    }
    let comparison = Comparison {
        source,
        canvas,
        vector: found.vector,
    };
    let rows = (target.y..target.bottom()).map(|y| comparison.row(target.x, y, target.width));
    let rows: Vec<_> = rows.collect();
    let different = rows.iter().filter(|row| **row == Row::Different).count();
    (different * ODD <= rows.len()).then(|| Moved {
        target,
        vector: found.vector,
        goes_on: true,
        odd: rows.iter().map(|row| *row != Row::Equal).collect(),
    })
}

/// What of a pane comes from within it by this vector, if most of what changed there does.
pub(super) fn scrolled(
    source: &PixelView<'_>,
    canvas: &Canvas<Bgrx>,
    pane: &Rect,
    vector: (i32, i32),
) -> Option<Rect> {
    let target = shifted(pane, vector).intersect(pane);
    if target.area() < MIN_AREA || origin(&target, vector, &canvas.bounds()).is_none() {
        return None;
    }
    let comparison = Comparison {
        source,
        canvas,
        vector,
    };
    let (x, width) = (target.x as usize, target.width as usize);
    let (mut told, mut moved) = (0, 0);
    for y in (target.y..target.bottom()).step_by(PANE_SAMPLE) {
        if colors_differ(
            source.span(x, y as usize, width),
            canvas.span(x, y as usize, width),
        ) {
            told += 1;
            moved += usize::from(comparison.row(target.x, y, target.width) != Row::Different);
        }
    }
    (told >= MIN_TELLING && moved * 4 >= told * 3).then_some(target)
}

/// Left and right edge, as most rows of the seed say.
fn width(comparison: &Comparison<'_>, seed: &Rect, limit: &Rect) -> Option<(u32, u32)> {
    let sampled = (seed.y..seed.bottom()).step_by(SAMPLE);
    if seed.is_empty() {
        return None;
    }
    let (mut lefts, mut rights) = (Vec::new(), Vec::new());
    let count = sampled.len();
    for y in sampled.filter(|y| comparison.row(seed.x, *y, seed.width) == Row::Equal) {
        lefts.push(comparison.left(limit, seed.x, y));
        rights.push(comparison.right(limit, seed.right(), y));
    }
    if lefts.is_empty() || lefts.len() * 4 < count * 3 {
        return None;
    }
    let most = |mut lengths: Vec<u32>| {
        lengths.sort_unstable();
        lengths[lengths.len() / ODD]
    };
    Some((seed.x - most(lefts), seed.right() + most(rights)))
}

/// The part of `rect` moved by the vector that has no negative place.
fn shifted(rect: &Rect, (dx, dy): (i32, i32)) -> Rect {
    let edge = |at: u32, by: i32| (i64::from(at) + i64::from(by)).max(0) as u32;
    let (x, y) = (edge(rect.x, dx), edge(rect.y, dy));
    Rect::new(x, y, edge(rect.right(), dx) - x, edge(rect.bottom(), dy) - y)
}
