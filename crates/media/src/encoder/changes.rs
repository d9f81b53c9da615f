//! Which cells of the source differ from the reference. Rows first, cells only within rows that differ: several times
//! cheaper than cell by cell.

use crate::canvas::Canvas;
use crate::format::CELL;
use crate::grid::Grid;
use crate::pixels::{Bgrx, colors_differ};
use crate::view::PixelView;
use crate::{Rect, Region};

/// The cells that are still to be sent.
pub(super) struct Changes {
    pub(super) cells: Grid,
    /// How many are set.
    pub(super) count: usize,
    /// A rectangle of cells around all that are set.
    pub(super) bounds: Rect,
}

impl Changes {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            cells: Grid::over(width, height, CELL),
            count: 0,
            bounds: Rect::default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Starts over with what differs in the cells that `damage` touches.
    pub(super) fn find(&mut self, source: &PixelView<'_>, canvas: &Canvas<Bgrx>, damage: &Region) {
        self.cells.clear_rect(&self.bounds);
        self.count = 0;
        self.bounds = Rect::default();
        let side = CELL as u32;
        for rect in damage.rects() {
            let rect = rect.intersect(&canvas.bounds());
            if rect.is_empty() {
                continue;
            }
            let (left, top) = (rect.x / side, rect.y / side);
            let (right, bottom) = (rect.right().div_ceil(side), rect.bottom().div_ceil(side));
            let cells = Rect::new(left, top, right - left, bottom - top);
            for row in cells.y..cells.bottom() {
                self.find_in_row(source, canvas, &cells, row as usize);
            }
        }
    }

    fn find_in_row(&mut self, source: &PixelView<'_>, canvas: &Canvas<Bgrx>, cells: &Rect, row: usize) {
        let (left, right) = (cells.x as usize, cells.right() as usize);
        let pixels = left * CELL..(right * CELL).min(canvas.width());
        let mut found: Option<(usize, usize)> = None;
        for y in row * CELL..((row + 1) * CELL).min(canvas.height()) {
            let new = source.span(pixels.start, y, pixels.len());
            let old = canvas.span(pixels.start, y, pixels.len());
            if new == old {
                continue;
            }
            let fields = &mut self.cells.row_mut(row)[left..right];
            for (index, field) in fields.iter_mut().enumerate() {
                let bytes = index * CELL * 4..((index + 1) * CELL * 4).min(new.len());
                if *field == 0 && colors_differ(&new[bytes.clone()], &old[bytes]) {
                    *field = 1;
                    self.count += 1;
                    let (first, last) = found.unwrap_or((index, index));
                    found = Some((first.min(index), last.max(index)));
                }
            }
        }
        if let Some((first, last)) = found {
            let columns = (last - first + 1) as u32;
            self.bounds = self
                .bounds
                .union(&Rect::new((left + first) as u32, row as u32, columns, 1));
        }
    }

    /// A cell is up to date now.
    pub(super) fn clear(&mut self, column: usize, row: usize) {
        self.count -= usize::from(self.cells.get(column, row) != 0);
        self.cells.set(column, row, 0);
    }

    /// Makes `bounds` as tight as what is left.
    pub(super) fn tighten(&mut self) {
        let old = self.bounds;
        let mut tight = Rect::default();
        for row in old.y..old.bottom() {
            let fields = &self.cells.row(row as usize)[old.x as usize..old.right() as usize];
            let first = fields.iter().position(|field| *field != 0);
            let last = fields.iter().rposition(|field| *field != 0);
            if let (Some(first), Some(last)) = (first, last) {
                let (first, last) = (first as u32, last as u32);
                tight = tight.union(&Rect::new(old.x + first, row, last - first + 1, 1));
            }
        }
        self.bounds = tight;
    }
}
