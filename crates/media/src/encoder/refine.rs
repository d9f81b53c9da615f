//! Makes lossy cells exact, a little at a time, while nothing moves. The reference still holds their true pixels.

use super::colors::few_colors;
use super::{Draft, EncodedFrame, Encoder, MAX_WORK, cells_to_pixels};
use crate::format::{CELL, TILE};
use crate::grid::rectangles;
use crate::ops::Op;
use crate::{MediaError, Rect};

/// Up to this many colors the graphics coder needs fewer bits than the photo coder.
const GRAPHIC_COLORS: usize = 128;
/// Cells on a tile's side.
const PER: u32 = (TILE / CELL) as u32;

impl Encoder {
    /// A frame of about `byte_budget` bytes (one tile more, up to 16 KiB) that makes lossy cells exact; `None` when there
    /// are none. To be called when nothing has changed for a while; call until [`Encoder::is_exact`]. Ends a video.
    ///
    /// Cost: about 80 ns a pixel, at most about 40 ms.
    ///
    /// # Errors
    /// None today; the type leaves room.
    pub fn refine(&mut self, byte_budget: usize) -> Result<Option<EncodedFrame>, MediaError> {
        self.end_video();
        if self.canvas.lossy_cells() == 0 {
            return Ok(None);
        }
        let mut draft = Draft::new();
        let columns = self.canvas.width().div_ceil(TILE);
        let tiles = columns * self.canvas.height().div_ceil(TILE);
        for _ in 0..tiles {
            if draft.coder.len() >= byte_budget || draft.coder.work > MAX_WORK {
                break;
            }
            let tile = self.refine_at % tiles;
            self.refine_at = (tile + 1) % tiles;
            self.refine_tile((tile % columns) as u32, (tile / columns) as u32, &mut draft)?;
        }
        self.finish(draft).map(Some)
    }

    fn refine_tile(&mut self, column: u32, row: u32, draft: &mut Draft) -> Result<(), MediaError> {
        let lossy = self.canvas.lossy();
        let cells = Rect::new(column * PER, row * PER, PER, PER).intersect(&lossy.bounds());
        let picture = self.canvas.bounds();
        for cells in rectangles(lossy, &cells) {
            let rect = cells_to_pixels(&cells).intersect(&picture);
            let rows = rect.y as usize..rect.bottom() as usize;
            let rows = rows.map(|y| self.canvas.span(rect.x as usize, y, rect.width as usize));
            let op = if few_colors(rows, GRAPHIC_COLORS) {
                Op::Graphic
            } else {
                Op::Photo
            };
            self.models.op(&mut draft.coder, op)?;
            self.models
                .place(&mut draft.coder, &picture, &mut draft.last_tile, &rect)?;
            self.models.pixels(
                &mut draft.coder,
                op,
                &mut self.canvas,
                &rect,
                |canvas, x, y, colors| {
                    canvas.load(x, y, colors);
                },
            );
            match op {
                Op::Photo => draft.stats.photo += rect.area(),
                _ => draft.stats.graphic += rect.area(),
            }
        }
        Ok(())
    }
}
