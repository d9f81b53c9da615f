//! What the host is told to draw: the changed rectangles, joined where one call for more pixels is cheaper than several calls.
//! Start at [`plan`].

use crate::Rect;
use crate::format::CELL;
use crate::grid::{Grid, runs};

/// More rectangles than this are never given to the host.
pub(super) const MAX_RECTS: usize = 64;

/// What a rectangle costs the host beside its pixels, as pixels: measured in Chromium without a GPU, where a call takes about 6 µs,
/// and a pixel, copied out and drawn, 1.2 ns.
const CALL: u64 = 5000;

/// More rectangles than this are drawn into a map first: joining looks at pairs.
const MANY: usize = 256;

/// Fields of a map that are closer than this in a row become one rectangle at once.
const NEAR: usize = 4;

/// Makes `rects` a short list that covers what it covered, within the picture. `cells` is an empty map of the picture's cells,
/// and is left empty.
pub(super) fn plan(rects: &mut Vec<Rect>, picture: &Rect, cells: &mut Grid) {
    rects.retain(|rect| !rect.is_empty());
    if rects.len() > MANY {
        as_cells(rects, cells);
        for rect in rects.iter_mut() {
            *rect = rect.intersect(picture);
        }
    }
    let mut few: Vec<Rect> = Vec::with_capacity(rects.len().min(MAX_RECTS));
    for rect in rects.iter() {
        add(&mut few, *rect);
    }
    // What has grown may reach others by now.
    let mut before = usize::MAX;
    while few.len() < before {
        before = few.len();
        for rect in std::mem::take(&mut few) {
            add(&mut few, rect);
        }
    }
    rects.clear();
    rects.append(&mut few);
}

/// Adds to the rectangle that grows least by it, or as one more when that is cheaper.
fn add(few: &mut Vec<Rect>, rect: Rect) {
    let growth = |have: &Rect| have.union(&rect).area() - have.area();
    let best = few
        .iter()
        .map(growth)
        .enumerate()
        .min_by_key(|(_, growth)| *growth);
    match best {
        Some((index, growth)) if growth <= CALL + rect.area() || few.len() == MAX_RECTS => {
            few[index] = few[index].union(&rect);
        }
        _ => few.push(rect),
    }
}

/// The same area, and the rest of the cells it touches, as runs of cells.
fn as_cells(rects: &mut Vec<Rect>, cells: &mut Grid) {
    let side = CELL as u32;
    let mut all = Rect::default();
    for rect in rects.drain(..) {
        let (left, top) = (rect.x / side, rect.y / side);
        let (right, bottom) = (rect.right().div_ceil(side), rect.bottom().div_ceil(side));
        for row in top..bottom {
            cells.row_mut(row as usize)[left as usize..right as usize].fill(1);
        }
        all = all.union(&Rect::new(left, top, right - left, bottom - top));
    }
    for row in all.y..all.bottom() {
        let mut open: Option<(usize, usize)> = None;
        for (start, end) in runs(cells.row(row as usize), all.x as usize, all.right() as usize) {
            open = match open {
                Some((first, last)) if start - last <= NEAR => Some((first, end)),
                before => {
                    rects.extend(before.map(|run| pixels(run, row)));
                    Some((start, end))
                }
            };
        }
        rects.extend(open.map(|run| pixels(run, row)));
    }
    cells.clear_rect(&all);
}

fn pixels((start, end): (usize, usize), row: u32) -> Rect {
    let side = CELL as u32;
    Rect::new(start as u32 * side, row * side, (end - start) as u32 * side, side)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PICTURE: Rect = Rect::new(0, 0, 1001, 603);

    fn planned(mut rects: Vec<Rect>) -> Vec<Rect> {
        let mut cells = Grid::over(1001, 603, CELL);
        plan(&mut rects, &PICTURE, &mut cells);
        assert_eq!(cells.count(), 0);
        rects
    }

    #[test]
    fn neighbors_are_drawn_at_once_and_what_is_far_apart_is_not() {
        let tiles = (0..15).map(|tile| Rect::new(tile * 64, 0, 64, 64)).collect();
        assert_eq!(planned(tiles), [Rect::new(0, 0, 960, 64)]);
        let apart = vec![Rect::new(3, 5, 20, 30), Rect::new(900, 500, 20, 30)];
        assert_eq!(planned(apart.clone()), apart);
        assert_eq!(planned(vec![Rect::default()]), []);
    }

    #[test]
    fn lines_of_text_leave_the_paper_out() {
        let lines: Vec<_> = (0..12).map(|line| Rect::new(100, line * 48, 800, 24)).collect();
        assert_eq!(planned(lines.clone()), lines);
    }

    #[test]
    fn a_mouse_that_left_crumbs_is_few_calls() {
        let crumbs = (0..3000)
            .map(|at| Rect::new(at * 37 % 1000, at * 59 % 603, 1, 1))
            .collect();
        assert!(planned(crumbs).len() <= MAX_RECTS);
    }

    proptest! {
        #[test]
        fn nothing_is_left_out(places in prop::collection::vec((0u32..1001, 0u32..603, 1u32..300, 1u32..90), 1..600)) {
            let rects: Vec<_> = places
                .iter()
                .map(|(x, y, width, height)| Rect::new(*x, *y, *width, *height).intersect(&PICTURE))
                .collect();
            let planned = planned(rects.clone());
            prop_assert!(planned.len() <= MAX_RECTS);
            prop_assert!(planned.iter().all(|rect| !rect.is_empty() && PICTURE.contains(rect)));
            let mut drawn = Grid::over(1001, 603, 1);
            for rect in planned {
                for row in rect.y..rect.bottom() {
                    drawn.row_mut(row as usize)[rect.x as usize..rect.right() as usize].fill(1);
                }
            }
            for rect in rects {
                for row in rect.y..rect.bottom() {
                    let fields = &drawn.row(row as usize)[rect.x as usize..rect.right() as usize];
                    prop_assert!(fields.iter().all(|field| *field != 0));
                }
            }
        }
    }
}
