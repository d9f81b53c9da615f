//! Sends what moved as moves and copies: scrolled panes, dragged windows. `search` finds a vector, `rectangle` the exact
//! rectangle that moved by it; what is not one rectangle is copied by cells.

mod rectangle;
mod search;

use super::{Draft, Encoder, cells_to_pixels};
use crate::canvas::moving::{origin, outside};
use crate::format::{CELL, MAX_COPIES};
use crate::grid::{Grid, runs};
use crate::ops::Op;
use crate::pixels::colors_differ;
use crate::view::PixelView;
use crate::{MediaError, Rect, Region};
use rectangle::Moved;
pub(in crate::encoder) use search::Search;

/// Search only when so many cells changed: small changes are cheaper to send than to explain.
const MIN_CHANGED: usize = 256;
/// The same in pixels.
pub(in crate::encoder) const MIN_AREA: u64 = (MIN_CHANGED * CELL * CELL) as u64;
/// Search only when one cell in so many changed of those that would be looked at.
const MIN_DENSITY: usize = 64;
/// After a move, what is left is searched for another one only when one cell in so many changed: a second pane, and not the strip
/// that came into sight.
const MIN_DENSITY_AGAIN: usize = 8;
/// A pane covers at least one in so many pixels of the picture.
const MIN_PANE: u64 = 16;
/// A copy of fewer cells is not worth its fields.
const MIN_CELLS: usize = 16;

impl Encoder {
    /// Finds what changed. What moved before and goes on is moved ahead of that: comparing then finds only what is left, which takes
    /// half of the time. True when something was moved.
    pub(super) fn compare(
        &mut self,
        source: &PixelView<'_>,
        mut damage: Region,
        draft: &mut Draft,
    ) -> Result<bool, MediaError> {
        let dragged = self.dragged(source, &damage);
        let lift = dragged.is_some();
        let Some((target, vector)) = dragged.or_else(|| self.scrolled(source, &damage)) else {
            self.changes.find(source, &self.canvas, &damage);
            return Ok(false);
        };
        let picture = self.canvas.bounds();
        self.models.op(&mut draft.coder, Op::Move)?;
        self.models
            .moved(&mut draft.coder, &picture, (target, vector, lift))?;
        self.canvas.move_rect(&target, vector, lift)?;
        damage.add(target);
        self.changes.find(source, &self.canvas, &damage);
        if lift {
            self.restore(source, draft)?;
            self.changes.tighten();
        } else {
            let mut nothing = Grid::over(self.canvas.width(), self.canvas.height(), CELL);
            self.models
                .restored(&mut draft.coder, &mut nothing, &Rect::default())?;
        }
        self.motion.remember(vector);
        draft.stats.copied += target.area();
        Ok(true)
    }

    /// The window that was dragged before, if it went on: where to, and by which vector.
    fn dragged(&self, source: &PixelView<'_>, damage: &Region) -> Option<(Rect, (i32, i32))> {
        let lifted = self.canvas.lifted();
        if lifted.is_empty() || !is_damaged(damage, &lifted) {
            return None;
        }
        let found = self.motion.dragged(source, &self.canvas, &lifted)?;
        let moved = rectangle::lifted_again(source, &self.canvas, &found)?;
        self.canvas
            .may_lift(&moved.target)
            .then_some((moved.target, moved.vector))
    }

    /// The pane that scrolled before, if it does so again: what of it is still in sight, and by which vector.
    fn scrolled(&mut self, source: &PixelView<'_>, damage: &Region) -> Option<(Rect, (i32, i32))> {
        let pane = self.motion.pane.filter(|pane| is_damaged(damage, pane))?;
        let vector = self.motion.of_pane(source, &self.canvas, &pane)?;
        let target = rectangle::scrolled(source, &self.canvas, &pane, vector)?;
        Some((target, vector))
    }

    /// Sends as moves and copies what the viewer has elsewhere in its picture. `moved`: there is a move already.
    pub(super) fn motion(
        &mut self,
        source: &PixelView<'_>,
        moved: bool,
        draft: &mut Draft,
    ) -> Result<(), MediaError> {
        for count in u32::from(moved)..MAX_COPIES {
            let changes = &self.changes;
            let looked_at = changes.bounds.area() as usize;
            if changes.count < MIN_CHANGED || changes.count * MIN_DENSITY < looked_at {
                break;
            }
            let area = cells_to_pixels(&changes.bounds).intersect(&self.canvas.bounds());
            let thorough = count == 0 || changes.count * MIN_DENSITY_AGAIN >= looked_at;
            let found = self
                .motion
                .find(source, &self.canvas, &changes.cells, &area, thorough);
            let Some(found) = found else {
                break;
            };
            let moved = rectangle::lifted_again(source, &self.canvas, &found)
                .or_else(|| rectangle::grown(source, &self.canvas, &found, &area));
            match moved {
                Some(moved) => self.move_rect(source, &moved, count == 0, draft)?,
                None => {
                    if !self.copy(source, found.vector, draft)? {
                        break;
                    }
                }
            }
            self.motion.remember(found.vector);
        }
        Ok(())
    }

    /// `first` of the frame: only that one can be the window that somebody drags.
    fn move_rect(
        &mut self,
        source: &PixelView<'_>,
        moved: &Moved,
        first: bool,
        draft: &mut Draft,
    ) -> Result<(), MediaError> {
        let (target, picture) = (moved.target, self.canvas.bounds());
        // What moves only up and down is scrolled, unless it was lifted before: what is under a pane is of no use.
        let window = first && (moved.vector.0 != 0 || moved.goes_on);
        let lift = window && self.canvas.may_lift(&target);
        self.models.op(&mut draft.coder, Op::Move)?;
        self.models
            .moved(&mut draft.coder, &picture, (target, moved.vector, lift))?;
        self.canvas.move_rect(&target, moved.vector, lift)?;
        if !lift && target.area() * MIN_PANE >= picture.area() {
            let from = origin(&target, moved.vector, &picture).unwrap_or(target);
            self.motion.pane = Some(target.union(&from));
        }
        self.look_again(source, moved);
        self.restore(source, draft)?;
        self.changes.tighten();
        draft.stats.copied += target.area();
        Ok(())
    }

    /// Lets come back what the source shows again.
    fn restore(&mut self, source: &PixelView<'_>, draft: &mut Draft) -> Result<(), MediaError> {
        let mut map = Grid::over(self.canvas.width(), self.canvas.height(), CELL);
        let mut bounds = Rect::default();
        let changed = self.changes.bounds;
        for row in changed.y..changed.bottom() {
            for column in changed.x..changed.right() {
                let (x, y) = (column as usize, row as usize);
                if self.changes.cells.get(x, y) != 0 && self.comes_back(source, x, y) {
                    map.set(x, y, 1);
                    self.changes.clear(x, y);
                    bounds = bounds.union(&Rect::new(column, row, 1, 1));
                }
            }
        }
        self.models.restored(&mut draft.coder, &mut map, &bounds)?;
        self.canvas.restore_cells(&map, &bounds)
    }

    /// The source's cell is what is kept of it; and what of it belongs to the lifted rectangle is right already.
    fn comes_back(&self, source: &PixelView<'_>, column: usize, row: usize) -> bool {
        let Some(mut kept) = self.canvas.kept(column, row) else {
            return false;
        };
        let same = kept.all(|(x, y, bytes)| !colors_differ(bytes, source.span(x, y, bytes.len() / 4)));
        let inside = self
            .canvas
            .cell_rect(column, row)
            .intersect(&self.canvas.lifted());
        let (x, width) = (inside.x as usize, inside.width as usize);
        same && (inside.y as usize..inside.bottom() as usize)
            .all(|y| !colors_differ(source.span(x, y, width), self.canvas.span(x, y, width)))
    }

    /// The moved pixels are right but for odd rows, and for cells that the rectangle cuts.
    fn look_again(&mut self, source: &PixelView<'_>, moved: &Moved) {
        let (target, side) = (moved.target, CELL as u32);
        let picture = self.canvas.bounds();
        let whole = |from: u32, to: u32, end: u32| {
            let last = if to == end { to.div_ceil(side) } else { to / side };
            from.div_ceil(side)..last
        };
        let columns = whole(target.x, target.right(), picture.width);
        let rows = whole(target.y, target.bottom(), picture.height);
        for row in target.y / side..target.bottom().div_ceil(side) {
            let (top, bottom) = (row * side, ((row + 1) * side).min(picture.height));
            let line = Rect::new(target.x, top, target.width, bottom - top);
            let certain = rows.contains(&row)
                && !columns.is_empty()
                && !moved.odd[(top - target.y) as usize..(bottom - target.y) as usize].contains(&true);
            if !certain {
                self.changes.look_again(source, &self.canvas, &line);
                continue;
            }
            self.changes
                .clear_run(columns.start as usize..columns.end as usize, row as usize);
            let inner = Rect::new(
                columns.start * side,
                top,
                columns.len() as u32 * side,
                bottom - top,
            );
            for edge in outside(&line, &inner) {
                self.changes.look_again(source, &self.canvas, &edge);
            }
        }
    }

    /// Copies all changed cells that this vector explains. False when they are too few.
    fn copy(
        &mut self,
        source: &PixelView<'_>,
        (dx, dy): (i32, i32),
        draft: &mut Draft,
    ) -> Result<bool, MediaError> {
        let mut map = Grid::over(self.canvas.width(), self.canvas.height(), CELL);
        let mut bounds = Rect::default();
        let mut count = 0;
        let old = self.changes.bounds;
        for row in old.y..old.bottom() {
            let explained = self.explained(source, row as usize, (dx, dy));
            for (start, end) in explained {
                map.row_mut(row as usize)[start..end].fill(1);
                count += end - start;
                bounds = bounds.union(&Rect::new(start as u32, row, (end - start) as u32, 1));
            }
        }
        if count < MIN_CELLS {
            return Ok(false);
        }
        self.models.op(&mut draft.coder, Op::Copy)?;
        self.models.copy(&mut draft.coder, &mut map, &bounds, (dx, dy))?;
        self.canvas.copy_cells(&map, &bounds, dx, dy)?;
        for row in bounds.y as usize..bounds.bottom() as usize {
            for (start, end) in runs(map.row(row), bounds.x as usize, bounds.right() as usize) {
                self.changes.clear_run(start..end, row);
            }
        }
        self.changes.tighten();
        draft.stats.copied += (count * CELL * CELL) as u64;
        Ok(true)
    }

    /// The changed cells of a row, as runs, that are in the source what the reference has at their place minus the vector.
    fn explained(&self, source: &PixelView<'_>, row: usize, by: (i32, i32)) -> Vec<(usize, usize)> {
        let bounds = self.changes.bounds;
        let picture = self.canvas.bounds();
        let inside = |column: usize| origin(&self.canvas.cell_rect(column, row), by, &picture).is_some();
        let mut found = Vec::new();
        let changed = runs(
            self.changes.cells.row(row),
            bounds.x as usize,
            bounds.right() as usize,
        );
        for (mut start, mut end) in changed {
            while start < end && !inside(start) {
                start += 1;
            }
            while start < end && !inside(end - 1) {
                end -= 1;
            }
            if start == end {
                continue;
            }
            let cells = self
                .canvas
                .cell_rect(start, row)
                .union(&self.canvas.cell_rect(end - 1, row));
            let Some(from) = origin(&cells, by, &picture) else {
                continue;
            };
            let mut equal = vec![1u8; end - start];
            for line in 0..cells.height {
                let width = cells.width as usize;
                let new = source.span(cells.x as usize, (cells.y + line) as usize, width);
                let old = self.canvas.span(from.x as usize, (from.y + line) as usize, width);
                if new == old {
                    continue;
                }
                let pairs = new.chunks(CELL * 4).zip(old.chunks(CELL * 4));
                for (field, (new, old)) in equal.iter_mut().zip(pairs) {
                    *field &= u8::from(!colors_differ(new, old));
                }
            }
            found.extend(runs(&equal, 0, equal.len()).map(|(from, to)| (start + from, start + to)));
        }
        found
    }
}

/// Most of the rectangle is damaged.
fn is_damaged(damage: &Region, rect: &Rect) -> bool {
    let damaged = damage.rects().iter().map(|part| part.intersect(rect).area());
    damaged.sum::<u64>() * 4 >= rect.area() * 3
}
