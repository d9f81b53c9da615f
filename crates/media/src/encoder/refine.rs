//! Makes lossy cells exact, a little at a time, while nothing moves: text and graphics first, photos when it rests. The
//! reference still holds their true pixels.

use super::colors::{few_colors, is_drawn};
use super::{Draft, EncodedFrame, Encoder, MAX_WORK, cells_to_pixels};
use crate::canvas::field_rect;
use crate::format::{BLOCK, CELL, TILE};
use crate::grid::{Grid, rectangles};
use crate::ops::Op;
use crate::{MediaError, Rect};

/// Up to this many colors the graphics coder needs fewer bits than the photo coder.
const GRAPHIC_COLORS: usize = 128;
/// Up to this many colors a block is text or graphics: letters with smoothed edges on two grounds have a few dozen, photos nearly as
/// many as pixels.
const TEXT_COLORS: usize = 96;
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

    /// As [`Encoder::refine`], of text and graphics alone that came with loss because photos are near; `None` when there are
    /// none, or while a video plays. Cost: 1 ms to look for them all over a lossy 1920×1080, and what they take.
    ///
    /// # Errors
    /// As [`Encoder::refine`].
    pub fn refine_graphics(&mut self, byte_budget: usize) -> Result<Option<EncodedFrame>, MediaError> {
        if self.canvas.lossy_cells() == 0 || self.video_place().is_some() {
            return Ok(None);
        }
        let mut draft = Draft::new();
        let side = TILE as u32;
        let picture = self.canvas.bounds();
        for y in (0..picture.height).step_by(TILE) {
            for x in (0..picture.width).step_by(TILE) {
                if draft.coder.len() >= byte_budget || draft.coder.work > MAX_WORK {
                    break;
                }
                let tile = Rect::new(x, y, side, side).intersect(&picture);
                self.refine_graphics_of(&tile, &mut draft)?;
            }
        }
        if draft.stats.graphic == 0 {
            return Ok(None);
        }
        self.finish(draft).map(Some)
    }

    fn refine_graphics_of(&mut self, tile: &Rect, draft: &mut Draft) -> Result<(), MediaError> {
        let (left, top) = (tile.x as usize / BLOCK, tile.y as usize / BLOCK);
        let mut graphics = Grid::over(tile.width as usize, tile.height as usize, BLOCK);
        for row in 0..graphics.rows() {
            for column in 0..graphics.columns() {
                let block = field_rect(left + column, top + row, BLOCK).intersect(tile);
                let lines = block.y as usize..block.bottom() as usize;
                let mut lines = lines.map(|y| self.canvas.span(block.x as usize, y, block.width as usize));
                if self.canvas.is_lossy_in(&block) && few_colors(&mut lines, TEXT_COLORS) {
                    graphics.set(column, row, 1);
                }
            }
        }
        let picture = self.canvas.bounds();
        for blocks in rectangles(&graphics, &graphics.bounds()) {
            let side = BLOCK as u32;
            let rect = Rect::new(
                tile.x + blocks.x * side,
                tile.y + blocks.y * side,
                blocks.width * side,
                blocks.height * side,
            );
            self.refine_rect(Op::Graphic, &rect.intersect(tile), &picture, draft)?;
        }
        Ok(())
    }

    fn refine_tile(&mut self, column: u32, row: u32, draft: &mut Draft) -> Result<(), MediaError> {
        let lossy = self.canvas.lossy();
        let cells = Rect::new(column * PER, row * PER, PER, PER).intersect(&lossy.bounds());
        let picture = self.canvas.bounds();
        for cells in rectangles(lossy, &cells) {
            let rect = cells_to_pixels(&cells).intersect(&picture);
            let rows = rect.y as usize..rect.bottom() as usize;
            let rows = rows.map(|y| self.canvas.span(rect.x as usize, y, rect.width as usize));
            let op = if is_drawn(rows, GRAPHIC_COLORS) {
                Op::Graphic
            } else {
                Op::Photo
            };
            self.refine_rect(op, &rect, &picture, draft)?;
        }
        Ok(())
    }

    /// Sends what the reference has in a rectangle within a tile.
    fn refine_rect(
        &mut self,
        op: Op,
        rect: &Rect,
        picture: &Rect,
        draft: &mut Draft,
    ) -> Result<(), MediaError> {
        self.models.op(&mut draft.coder, op)?;
        self.models
            .place(&mut draft.coder, picture, &mut draft.last_tile, rect)?;
        self.models.pixels(
            &mut draft.coder,
            op,
            &mut self.canvas,
            rect,
            |canvas, x, y, colors| {
                canvas.load(x, y, colors);
            },
        );
        match op {
            Op::Photo => draft.stats.photo += rect.area(),
            _ => draft.stats.graphic += rect.area(),
        }
        Ok(())
    }
}
