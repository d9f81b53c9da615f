//! Sends blocks that the viewer's cache has by their slot.

use super::{Draft, Encoder, Quality};
use crate::canvas::field_rect;
use crate::format::{BLOCK, CELL};
use crate::grid::Grid;
use crate::ops::Op;
use crate::pixels::{COLOR, quads};
use crate::view::PixelView;
use crate::{MediaError, Rect};

/// Cells on a block's side.
const PER: usize = BLOCK / CELL;

impl Encoder {
    pub(super) fn cached(
        &mut self,
        source: &PixelView<'_>,
        quality: Quality,
        draft: &mut Draft,
    ) -> Result<(), MediaError> {
        if self.changes.is_empty() || self.index.is_empty() {
            return Ok(());
        }
        let cells = self.changes.bounds;
        let mut map = Grid::over(self.canvas.width(), self.canvas.height(), BLOCK);
        let mut bounds = Rect::default();
        let mut slots = Vec::new();
        for row in cells.y as usize / PER..(cells.bottom() as usize).div_ceil(PER) {
            for column in cells.x as usize / PER..(cells.right() as usize).div_ceil(PER) {
                if !self.canvas.whole_block(column, row) || !self.block_changed(column, row) {
                    continue;
                }
                let found = self.slot_of(source, column, row);
                if let Some((slot, lossy)) = found.filter(|(_, lossy)| !lossy || quality != Quality::Lossless)
                {
                    slots.push(slot);
                    map.set(column, row, 1);
                    bounds = bounds.union(&Rect::new(column as u32, row as u32, 1, 1));
                    self.take_block(source, column, row, lossy);
                }
            }
        }
        if slots.is_empty() {
            return Ok(());
        }
        self.changes.tighten();
        draft.stats.cached += (slots.len() * BLOCK * BLOCK) as u64;
        self.models.op(&mut draft.coder, Op::Cached)?;
        self.models.cached_map(&mut draft.coder, &mut map, &bounds)?;
        let mut last = 0;
        for slot in slots {
            last = self.models.slot(&mut draft.coder, last, slot);
        }
        Ok(())
    }

    pub(super) fn block_changed(&self, column: usize, row: usize) -> bool {
        let cells = &self.changes.cells;
        let rows = row * PER..((row + 1) * PER).min(cells.rows());
        let columns = column * PER..((column + 1) * PER).min(cells.columns());
        rows.into_iter()
            .any(|y| cells.row(y)[columns.clone()].iter().any(|field| *field != 0))
    }

    /// The whole block is up to date in the reference; what the viewer has of it is lossy or not.
    pub(super) fn take_block(&mut self, source: &PixelView<'_>, column: usize, row: usize, lossy: bool) {
        let rect = field_rect(column, row, BLOCK).intersect(&self.canvas.bounds());
        self.take_source(source, &rect);
        self.canvas.set_block_lossy(column, row, lossy);
        self.clear_block(column, row);
    }

    /// The block needs nothing any more.
    pub(super) fn clear_block(&mut self, column: usize, row: usize) {
        for y in row * PER..((row + 1) * PER).min(self.changes.cells.rows()) {
            for x in column * PER..((column + 1) * PER).min(self.changes.cells.columns()) {
                self.changes.clear(x, y);
            }
        }
    }

    /// The slot of a whole block, and whether it is lossy there; flat ones are not looked up, since they cost nothing as graphics.
    fn slot_of(&self, source: &PixelView<'_>, column: usize, row: usize) -> Option<(u32, bool)> {
        let (x, y) = (column * BLOCK, row * BLOCK);
        let first = u32::from_le_bytes(quads(source.span(x, y, 1))[0]);
        let flat = (y..y + BLOCK).all(|y| {
            quads(source.span(x, y, BLOCK))
                .iter()
                .all(|quad| (u32::from_le_bytes(*quad) ^ first) & COLOR == 0)
        });
        if flat {
            return None;
        }
        self.index
            .find(self.index.hash((y..y + BLOCK).map(|y| source.span(x, y, BLOCK))))
    }
}
