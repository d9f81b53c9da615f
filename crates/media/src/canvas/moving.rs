//! The `MOVE` op: a rectangle of pixels goes elsewhere; what it covers is kept beneath it and may come back, as behind a
//! window that is dragged. The meaning is in [`crate::format`]. Start at [`Canvas::move_rect`].

use super::{Canvas, field_rect};
use crate::format::{CELL, LIFT_MARGIN, MAX_LIFT_SHARE, TILE};
use crate::grid::{Grid, runs};
use crate::pixels::Order;
use crate::{MediaError, Rect};

/// Cells on a tile's side.
const PER: usize = TILE / CELL;

/// What is beneath the lifted rectangle and around it: cells as they were when it came near. Bounded: only in tiles that
/// `near` touches.
pub(super) struct Under {
    /// Cells that are kept: those near where the rectangle is, and near where it was before.
    near: [Rect; 2],
    columns: usize,
    tiles: Vec<Option<Box<Kept>>>,
}

/// Kept cells of a tile.
struct Kept {
    pixels: Vec<u8>,
    lossy: [bool; PER * PER],
}

impl Under {
    pub(super) fn new(width: usize, height: usize) -> Self {
        let (columns, rows) = (width.div_ceil(TILE), height.div_ceil(TILE));
        Self {
            near: [Rect::default(); 2],
            columns,
            tiles: (0..columns * rows).map(|_| None).collect(),
        }
    }

    /// The tile of a kept cell.
    fn tile(&self, column: usize, row: usize) -> Option<&Kept> {
        let cell = Rect::new(column as u32, row as u32, 1, 1);
        if !self.near.iter().any(|near| near.contains(&cell)) {
            return None;
        }
        self.tiles[row / PER * self.columns + column / PER].as_deref()
    }

    fn tile_mut(&mut self, column: usize, row: usize) -> &mut Kept {
        self.tiles[row / PER * self.columns + column / PER].get_or_insert_with(|| {
            Box::new(Kept {
                pixels: vec![0; TILE * TILE * 4],
                lossy: [false; PER * PER],
            })
        })
    }

    /// Forgets what lies elsewhere.
    fn set_near(&mut self, near: [Rect; 2]) {
        self.near = near;
        let per = PER as u32;
        for (index, tile) in self.tiles.iter_mut().enumerate() {
            let (column, row) = ((index % self.columns) as u32, (index / self.columns) as u32);
            let cells = Rect::new(column * per, row * per, per, per);
            if tile.is_some() && near.iter().all(|near| near.intersect(&cells).is_empty()) {
                *tile = None;
            }
        }
    }
}

impl Kept {
    /// Byte of a pixel.
    fn at(x: usize, y: usize) -> usize {
        (y % TILE * TILE + x % TILE) * 4
    }

    fn flag(column: usize, row: usize) -> usize {
        row % PER * PER + column % PER
    }
}

/// What of `rect` lies outside `hole`, as at most four rectangles.
pub(crate) fn outside(rect: &Rect, hole: &Rect) -> impl Iterator<Item = Rect> + use<> {
    let hole = rect.intersect(hole);
    let parts = if hole.is_empty() {
        [*rect, Rect::default(), Rect::default(), Rect::default()]
    } else {
        [
            Rect::new(rect.x, rect.y, rect.width, hole.y - rect.y),
            Rect::new(rect.x, hole.bottom(), rect.width, rect.bottom() - hole.bottom()),
            Rect::new(rect.x, hole.y, hole.x - rect.x, hole.height),
            Rect::new(hole.right(), hole.y, rect.right() - hole.right(), hole.height),
        ]
    };
    parts.into_iter().filter(|part| !part.is_empty())
}

/// A rectangle moved against the vector, or `None` when it would leave the picture.
pub(crate) fn origin(target: &Rect, (dx, dy): (i32, i32), picture: &Rect) -> Option<Rect> {
    let x = u32::try_from(i64::from(target.x) - i64::from(dx)).ok()?;
    let y = u32::try_from(i64::from(target.y) - i64::from(dy)).ok()?;
    let from = Rect::new(x, y, target.width, target.height);
    (!from.is_empty() && picture.contains(&from)).then_some(from)
}

/// Columns and rows of the cells that a rectangle touches.
fn cells_of(rect: &Rect) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    let cells = |from: u32, to: u32| from as usize / CELL..(to as usize).div_ceil(CELL);
    (cells(rect.x, rect.right()), cells(rect.y, rect.bottom()))
}

/// The cells within a margin around a rectangle of pixels.
fn cells_near(rect: &Rect, grid: &Grid) -> Rect {
    let side = CELL as u32;
    let (left, top) = (
        rect.x.saturating_sub(LIFT_MARGIN) / side,
        rect.y.saturating_sub(LIFT_MARGIN) / side,
    );
    let right = (rect.right() + LIFT_MARGIN).div_ceil(side);
    let bottom = (rect.bottom() + LIFT_MARGIN).div_ceil(side);
    Rect::new(left, top, right - left, bottom - top).intersect(&grid.bounds())
}

/// True when a cell that the rectangle touches is set.
pub(super) fn any(grid: &Grid, rect: &Rect) -> bool {
    let (columns, rows) = cells_of(rect);
    rows.into_iter()
        .any(|row| grid.row(row)[columns.clone()].iter().any(|field| *field != 0))
}

/// The rows of fields that the rectangle touches as one: set where any of them is.
fn joined_rows(grid: &Grid, rect: &Rect) -> Vec<u8> {
    let (_, rows) = cells_of(rect);
    let mut joined = vec![0; grid.columns()];
    for row in rows {
        for (field, other) in joined.iter_mut().zip(grid.row(row)) {
            *field |= other;
        }
    }
    joined
}

/// What the flags of a cell become.
struct Loss {
    column: usize,
    row: usize,
    lossy: bool,
    inside: bool,
}

impl<O: Order> Canvas<O> {
    /// Whether a rectangle may be lifted: bounds what is kept.
    pub(crate) fn may_lift(&self, target: &Rect) -> bool {
        target.area() * MAX_LIFT_SHARE <= self.bounds().area()
    }

    /// The `MOVE` op but for what comes back. `target` is where the rectangle goes, within the picture; `lift` keeps what
    /// is beneath. Returns where the picture is another one now.
    ///
    /// # Errors
    /// When it comes from outside the picture or is too large to be lifted; nothing has changed then.
    pub(crate) fn move_rect(
        &mut self,
        target: &Rect,
        by: (i32, i32),
        lift: bool,
    ) -> Result<Vec<Rect>, MediaError> {
        let from = origin(target, by, &self.bounds())
            .ok_or(MediaError::Malformed("move from outside the picture"))?;
        if lift && !self.may_lift(target) {
            return Err(MediaError::Malformed("lifted rectangle too large"));
        }
        let goes_on = self.lifted.contains(&from);
        if lift {
            self.keep(target, goes_on);
        }
        let losses = self.loss_of_move(target, &from, goes_on);
        let mut changed = Vec::new();
        self.copy_pixels(target, by, &mut changed)?;
        for loss in &losses {
            self.set_lossy(loss.column, loss.row, loss.lossy);
        }
        if lift {
            // What was known of another rectangle's edge means nothing for this one's.
            self.inside.clone_from(&self.lossy);
            self.lifted = *target;
            for loss in &losses {
                self.inside.set(loss.column, loss.row, u8::from(loss.inside));
            }
        }
        Ok(changed)
    }

    /// Keeps the cells that come near.
    fn keep(&mut self, target: &Rect, goes_on: bool) {
        let before = if goes_on {
            self.under.near[0]
        } else {
            Rect::default()
        };
        let near = cells_near(target, &self.lossy);
        for part in outside(&near, &before) {
            for row in part.y as usize..part.bottom() as usize {
                for column in part.x as usize..part.right() as usize {
                    self.keep_cell(column, row);
                }
            }
        }
        self.under.set_near([near, before]);
    }

    fn keep_cell(&mut self, column: usize, row: usize) {
        let cell = self.cell_rect(column, row);
        let (x, width) = (cell.x as usize, cell.width as usize);
        let lossy = self.lossy.get(column, row) != 0;
        let kept = self.under.tile_mut(column, row);
        kept.lossy[Kept::flag(column, row)] = lossy;
        for y in cell.y as usize..cell.bottom() as usize {
            let (start, at) = ((y * self.width + x) * 4, Kept::at(x, y));
            kept.pixels[at..at + width * 4].copy_from_slice(&self.pixels[start..start + width * 4]);
        }
    }

    /// Flags of the cells that a move touches, as they will be.
    fn loss_of_move(&self, target: &Rect, from: &Rect, goes_on: bool) -> Vec<Loss> {
        let mut losses = Vec::new();
        if self.lossy_cells == 0 {
            return losses;
        }
        let own = if goes_on { &self.inside } else { &self.lossy };
        let (columns, rows) = cells_of(target);
        for row in rows {
            let band = field_rect(0, row, CELL);
            let band = Rect::new(target.x, band.y, target.width, band.height).intersect(target);
            let source = Rect::new(from.x, band.y - target.y + from.y, band.width, band.height);
            // Most of a picture is exact, and stays so.
            if !any(own, &source) && !any(&self.lossy, &band) {
                continue;
            }
            let flags = joined_rows(own, &source);
            for column in columns.clone() {
                let cell = self.cell_rect(column, row);
                let part = cell.intersect(target);
                let x = (part.x - target.x + from.x) as usize;
                let touched = x / CELL..(x + part.width as usize).div_ceil(CELL);
                let inside = flags[touched].iter().any(|field| *field != 0);
                losses.push(Loss {
                    column,
                    row,
                    lossy: inside || part != cell && self.lossy.get(column, row) != 0,
                    inside,
                });
            }
        }
        losses
    }

    /// What is kept of a cell beside the lifted rectangle: parts as left column, row, bytes. `None` when nothing is.
    #[cfg(feature = "encode")]
    pub(crate) fn kept(
        &self,
        column: usize,
        row: usize,
    ) -> Option<impl Iterator<Item = (usize, usize, &[u8])>> {
        let kept = self.under.tile(column, row)?;
        let parts = outside(&self.cell_rect(column, row), &self.lifted);
        Some(parts.flat_map(move |part| {
            let (x, width) = (part.x as usize, part.width as usize);
            (part.y as usize..part.bottom() as usize).map(move |y| {
                let at = Kept::at(x, y);
                (x, y, &kept.pixels[at..at + width * 4])
            })
        }))
    }

    /// The rectangle that was lifted last, where it is now.
    #[cfg(feature = "encode")]
    pub(crate) fn lifted(&self) -> Rect {
        self.lifted
    }

    /// What comes back after a `MOVE`: in these cells, all beside the lifted rectangle.
    ///
    /// # Errors
    /// When nothing is kept of a cell; some may have come back by then.
    pub(crate) fn restore_cells(&mut self, map: &Grid, bounds: &Rect) -> Result<(), MediaError> {
        for row in bounds.y as usize..bounds.bottom() as usize {
            for (start, end) in runs(map.row(row), bounds.x as usize, bounds.right() as usize) {
                (start..end).try_for_each(|column| self.restore_cell(column, row))?;
            }
        }
        Ok(())
    }

    fn restore_cell(&mut self, column: usize, row: usize) -> Result<(), MediaError> {
        let cell = self.cell_rect(column, row);
        if self.lifted.contains(&cell) {
            return Ok(());
        }
        let kept = self
            .under
            .tile(column, row)
            .ok_or(MediaError::Malformed("nothing is kept there"))?;
        for part in outside(&cell, &self.lifted) {
            let (x, width) = (part.x as usize, part.width as usize);
            for y in part.y as usize..part.bottom() as usize {
                let (start, at) = ((y * self.width + x) * 4, Kept::at(x, y));
                self.pixels[start..start + width * 4].copy_from_slice(&kept.pixels[at..at + width * 4]);
            }
        }
        let lossy = kept.lossy[Kept::flag(column, row)];
        let apart = !cell.intersect(&self.lifted).is_empty();
        let inside = apart && self.inside.get(column, row) != 0;
        self.set_lossy(column, row, lossy || inside);
        if apart {
            self.inside.set(column, row, u8::from(inside));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pixels::Rgba;

    const SIZE: (usize, usize) = (203, 141);

    fn painted() -> Canvas<Rgba> {
        let mut canvas = Canvas::new(SIZE.0, SIZE.1);
        for y in 0..SIZE.1 {
            let colors: Vec<u32> = (0..SIZE.0).map(|x| (x * 3 + y * 1009 + 1) as u32).collect();
            canvas.store(0, y, &colors);
        }
        canvas
    }

    fn color(canvas: &Canvas<Rgba>, x: u32, y: u32) -> u32 {
        let mut color = [0];
        canvas.load(x as usize, y as usize, &mut color);
        color[0]
    }

    /// Brings back all that is kept.
    fn restore(canvas: &mut Canvas<Rgba>) {
        let mut map = Grid::over(SIZE.0, SIZE.1, CELL);
        for near in canvas.under.near {
            for row in near.y as usize..near.bottom() as usize {
                map.row_mut(row)[near.x as usize..near.right() as usize].fill(1);
            }
        }
        canvas.restore_cells(&map, &map.bounds()).unwrap();
    }

    #[test]
    fn a_lifted_rectangle_leaves_no_trace() {
        let mut canvas = painted();
        let window: Vec<u32> = (0..40 * 30).map(|index| 0x80_0000 + index).collect();
        let background = painted();
        for row in 0..30 {
            canvas.store(20, 10 + row, &window[row * 40..(row + 1) * 40]);
        }
        let mut at = (20i32, 10i32);
        for by in [(50, 3), (9, 7), (-1, 0), (13, 31), (-60, -20), (0, 5), (100, 60)] {
            at = (at.0 + by.0, at.1 + by.1);
            let target = Rect::new(at.0 as u32, at.1 as u32, 40, 30);
            canvas.move_rect(&target, by, true).unwrap();
            restore(&mut canvas);
            for y in 0..SIZE.1 as u32 {
                for x in 0..SIZE.0 as u32 {
                    let pixel = Rect::new(x, y, 1, 1);
                    if target.contains(&pixel) {
                        let index = (y - target.y) * 40 + x - target.x;
                        assert_eq!(color(&canvas, x, y), window[index as usize], "{by:?} at {x},{y}");
                    // Nobody knows what was behind it at first.
                    } else if !Rect::new(20, 10, 40, 30).contains(&pixel) {
                        assert_eq!(
                            color(&canvas, x, y),
                            color(&background, x, y),
                            "{by:?} at {x},{y}"
                        );
                    }
                }
            }
        }
        let tiles = canvas.under.tiles.iter().flatten().count();
        assert!(tiles < canvas.under.tiles.len(), "only what is near is kept");
    }

    #[test]
    fn an_exact_window_over_a_lossy_picture_stays_exact_inside() {
        let mut canvas = painted();
        for row in 0..SIZE.1.div_ceil(16) {
            for column in 0..SIZE.0.div_ceil(16) {
                canvas.set_block_lossy(column, row, true);
            }
        }
        let mut at = (20u32, 10u32);
        canvas.coded_exactly(&Rect::new(16, 8, 56, 48));
        for _ in 0..20 {
            at = (at.0 + 3, at.1 + 3);
            canvas
                .move_rect(&Rect::new(at.0, at.1, 50, 44), (3, 3), true)
                .unwrap();
            restore(&mut canvas);
        }
        for y in at.1.div_ceil(8)..(at.1 + 44) / 8 {
            for x in at.0.div_ceil(8)..(at.0 + 50) / 8 {
                assert_eq!(canvas.lossy.get(x as usize, y as usize), 0, "cell {x},{y}");
            }
        }
    }

    #[test]
    fn what_cannot_be_moved_or_brought_back_is_refused() {
        let mut canvas = painted();
        let small = Rect::new(0, 0, 10, 10);
        assert!(canvas.move_rect(&small, (1, 0), true).is_err());
        assert!(canvas.move_rect(&small, (-200, 0), true).is_err());
        assert!(canvas.move_rect(&small, (i32::MIN, i32::MIN), true).is_err());
        let large = Rect::new(0, 0, 200, 140);
        assert!(canvas.move_rect(&large, (-1, 0), true).is_err());
        assert!(canvas.move_rect(&large, (-1, 0), false).is_ok());
        assert!(canvas.under.tiles.iter().all(Option::is_none));
        let mut map = Grid::over(SIZE.0, SIZE.1, CELL);
        map.set(3, 3, 1);
        assert!(canvas.restore_cells(&map, &Rect::new(3, 3, 1, 1)).is_err());
    }

    proptest! {
        /// A cell is exact only if every one of its pixels came from an exact one.
        #[test]
        fn loss_is_never_forgotten(
            moves in prop::collection::vec((0u32..200, 0u32..140, 1u32..120, 1u32..90, -40i32..40, -40i32..40, 0u8..8), 1..16),
            exact in prop::collection::vec((0u32..200, 0u32..140, 1u32..80, 1u32..80), 0..12),
        ) {
            let mut canvas = painted();
            for row in 0..SIZE.1.div_ceil(16) {
                for column in 0..SIZE.0.div_ceil(16) {
                    canvas.set_block_lossy(column, row, (column + row) % 3 != 0);
                }
            }
            // A pixel's color says where it came from; these came from lossy places.
            let mut lossy = std::collections::HashSet::new();
            for y in 0..SIZE.1 as u32 {
                for x in 0..SIZE.0 as u32 {
                    if canvas.lossy.get(x as usize / CELL, y as usize / CELL) != 0 {
                        lossy.insert(color(&canvas, x, y));
                    }
                }
            }
            let mut fresh = 0xf0_0000;
            let mut exact = exact.into_iter();
            for (x, y, width, height, dx, dy, how) in moves {
                let mut target = Rect::new(x, y, width, height).intersect(&canvas.bounds());
                // Often the one that was lifted goes on.
                if how & 1 != 0 && let Some(again) = origin(&canvas.lifted, (-dx, -dy), &canvas.bounds()) {
                    target = again;
                }
                if canvas.move_rect(&target, (dx, dy), how & 2 == 0).is_err() {
                    continue;
                }
                if how & 4 != 0 {
                    restore(&mut canvas);
                }
                if let Some((x, y, width, height)) = exact.next() {
                    let rect = Rect::new(x, y, width, height).intersect(&canvas.bounds());
                    for y in rect.y..rect.bottom() {
                        let colors = vec![fresh; rect.width as usize];
                        canvas.store(rect.x as usize, y as usize, &colors);
                    }
                    fresh += 1;
                    canvas.coded_exactly(&rect);
                }
                for y in 0..SIZE.1 as u32 {
                    for x in 0..SIZE.0 as u32 {
                        let flag = canvas.lossy.get(x as usize / CELL, y as usize / CELL) != 0;
                        prop_assert!(flag || !lossy.contains(&color(&canvas, x, y)), "{x},{y}");
                    }
                }
                prop_assert_eq!(canvas.lossy.count(), canvas.lossy_cells);
            }
        }
    }
}
