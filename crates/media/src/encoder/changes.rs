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
        let fields = &mut self.cells.row_mut(row)[left..right];
        let set = |fields: &[u8]| fields.iter().map(|field| usize::from(*field)).sum::<usize>();
        let before = set(fields);
        for y in row * CELL..((row + 1) * CELL).min(canvas.height()) {
            let new = source.span(pixels.start, y, pixels.len());
            let old = canvas.span(pixels.start, y, pixels.len());
            if new != old {
                mark(fields, new, old);
            }
        }
        self.count += set(fields) - before;
        let first = fields.iter().position(|field| *field != 0);
        let last = fields.iter().rposition(|field| *field != 0);
        if let (Some(first), Some(last)) = (first, last) {
            let columns = (last - first + 1) as u32;
            self.bounds = self
                .bounds
                .union(&Rect::new((left + first) as u32, row as u32, columns, 1));
        }
    }

    /// Compares again where the reference has changed meanwhile; also what was not damaged.
    pub(super) fn look_again(&mut self, source: &PixelView<'_>, canvas: &Canvas<Bgrx>, rect: &Rect) {
        let side = CELL as u32;
        let (left, right) = (rect.x / side, rect.right().div_ceil(side));
        for row in rect.y / side..rect.bottom().div_ceil(side) {
            self.clear_run(left as usize..right as usize, row as usize);
            let cells = Rect::new(left, row, right - left, 1);
            self.find_in_row(source, canvas, &cells, row as usize);
        }
    }

    /// These cells of a row are up to date now.
    pub(super) fn clear_run(&mut self, columns: std::ops::Range<usize>, row: usize) {
        let fields = &mut self.cells.row_mut(row)[columns];
        self.count -= fields.iter().map(|field| usize::from(*field)).sum::<usize>();
        fields.fill(0);
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

/// Sets the fields whose pixels of a line differ.
fn mark(fields: &mut [u8], new: &[u8], old: &[u8]) {
    const BYTES: usize = CELL * 4;
    let ((new, new_rest), (old, old_rest)) = (new.as_chunks::<BYTES>(), old.as_chunks::<BYTES>());
    for ((field, new), old) in fields.iter_mut().zip(new).zip(old) {
        if *field == 0 && colors_differ(new, old) {
            *field = 1;
        }
    }
    // The cell that the right edge cuts.
    if !new_rest.is_empty()
        && let Some(field) = fields.last_mut()
    {
        *field |= u8::from(colors_differ(new_rest, old_rest));
    }
}
