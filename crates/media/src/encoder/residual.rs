//! Sends the pixels that nothing else explained, tile by tile: graphics exactly; photos exactly when they are few or must
//! be, else in the atlas.

use super::colors::is_drawn;
use super::{Draft, Encoder, Quality};
use crate::canvas::field_rect;
use crate::format::{BLOCK, CELL, TILE};
use crate::grid::{Grid, rectangles};
use crate::ops::Op;
use crate::pixels::{Bgrx, COLOR, Order, quads};
use crate::view::PixelView;
use crate::{MediaError, Rect, Region};

/// More colors in a tile's changed part make it a photo, or a mixture.
pub(super) const GRAPHIC_COLORS: usize = 256;
/// More colors in a block of a mixed tile make the block a photo.
pub(super) const BLOCK_COLORS: usize = 24;
/// Photo areas up to this many pixels are sent exactly: a JPEG picture has 600 bytes of tables, and is sent twice.
const SMALL_PHOTO: u64 = 1536;

/// Photo parts of a frame, before it is decided how to send them.
#[derive(Default)]
pub(super) struct Photos {
    /// Tight rectangles, each within a tile.
    rects: Vec<Rect>,
    /// The blocks they touch.
    pub(super) blocks: Vec<(usize, usize)>,
}

impl Encoder {
    /// `fresh` is what changed since the last frame; `waited`: some was left from then.
    pub(super) fn residual(
        &mut self,
        source: &PixelView<'_>,
        quality: Quality,
        (fresh, waited): (&Region, bool),
        draft: &mut Draft,
    ) -> Result<(), MediaError> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let queue = self.queue(fresh, waited);
        let mut photos = Photos::default();
        let left = self.take_turns(
            queue,
            draft,
            &mut photos,
            |encoder, tile, draft, photos| match encoder.tight(source, tile) {
                Some(tight) => encoder.tile(source, quality, &tight, draft, photos),
                None => Ok(()),
            },
        )?;
        self.note_left(source, fresh, &left, draft);
        self.photos(source, quality, draft, photos)?;
        if let Some(atlas) = &draft.atlas {
            self.turns.learn(atlas.head.blocks as usize, atlas.jpeg.len());
        }
        Ok(())
    }

    /// One tile's changed pixels.
    fn tile(
        &mut self,
        source: &PixelView<'_>,
        quality: Quality,
        tight: &Rect,
        draft: &mut Draft,
        photos: &mut Photos,
    ) -> Result<(), MediaError> {
        if self.is_graphic(source, tight, GRAPHIC_COLORS) {
            return self.send(source, Op::Graphic, tight, draft);
        }
        if quality == Quality::Lossless {
            return self.send(source, Op::Photo, tight, draft);
        }
        let mut graphic = Grid::over(TILE, TILE, BLOCK);
        let mut photo = Grid::over(TILE, TILE, BLOCK);
        let origin = (tight.x as usize / TILE * TILE, tight.y as usize / TILE * TILE);
        for index in 0..(TILE / BLOCK) * (TILE / BLOCK) {
            let (column, row) = (index % (TILE / BLOCK), index / (TILE / BLOCK));
            let (x, y) = (origin.0 / BLOCK + column, origin.1 / BLOCK + row);
            let block = field_rect(x, y, BLOCK).intersect(tight);
            if block.is_empty() || !self.block_changed(x, y) {
                continue;
            }
            if self.is_graphic(source, &block, BLOCK_COLORS) {
                graphic.set(column, row, 1);
            } else {
                photo.set(column, row, 1);
                photos.blocks.push((x, y));
            }
        }
        let place = |rect: &Rect| {
            let side = BLOCK as u32;
            let (x, y) = (origin.0 as u32 + rect.x * side, origin.1 as u32 + rect.y * side);
            Rect::new(x, y, rect.width * side, rect.height * side).intersect(tight)
        };
        for rect in rectangles(&graphic, &graphic.bounds()) {
            self.send(source, Op::Graphic, &place(&rect), draft)?;
        }
        photos
            .rects
            .extend(rectangles(&photo, &photo.bounds()).iter().map(place));
        Ok(())
    }

    fn photos(
        &mut self,
        source: &PixelView<'_>,
        quality: Quality,
        draft: &mut Draft,
        mut photos: Photos,
    ) -> Result<(), MediaError> {
        if photos.rects.iter().map(Rect::area).sum::<u64>() <= SMALL_PHOTO {
            return photos
                .rects
                .iter()
                .try_for_each(|rect| self.send(source, Op::Photo, rect, draft));
        }
        photos
            .blocks
            .sort_unstable_by_key(|(column, row)| (*row, *column));
        self.atlas(source, quality, &photos.blocks, draft)
    }

    /// Sends a rectangle within a tile exactly.
    pub(super) fn send(
        &mut self,
        source: &PixelView<'_>,
        op: Op,
        rect: &Rect,
        draft: &mut Draft,
    ) -> Result<(), MediaError> {
        let picture = self.canvas.bounds();
        self.models.op(&mut draft.coder, op)?;
        self.models
            .place(&mut draft.coder, &picture, &mut draft.last_tile, rect)?;
        self.models
            .pixels(&mut draft.coder, op, &mut self.canvas, rect, |_, x, y, colors| {
                let span = source.span(x, y, colors.len());
                for (color, quad) in colors.iter_mut().zip(quads(span)) {
                    *color = Bgrx::load(*quad);
                }
            });
        self.take_source(source, rect);
        match op {
            Op::Photo => draft.stats.photo += rect.area(),
            _ => draft.stats.graphic += rect.area(),
        }
        Ok(())
    }

    pub(super) fn is_graphic(&self, source: &PixelView<'_>, rect: &Rect, limit: usize) -> bool {
        let rows = rect.y as usize..rect.bottom() as usize;
        is_drawn(
            rows.map(|y| source.span(rect.x as usize, y, rect.width as usize)),
            limit,
        )
    }

    /// The smallest rectangle around the changed pixels of a tile.
    fn tight(&self, source: &PixelView<'_>, tile: &Rect) -> Option<Rect> {
        let cells = &self.changes.cells;
        let columns = tile.x as usize / CELL..(tile.right() as usize).div_ceil(CELL);
        let mut tight = Rect::default();
        for row in tile.y as usize / CELL..(tile.bottom() as usize).div_ceil(CELL) {
            let fields = &cells.row(row)[columns.clone()];
            let Some(first) = fields.iter().position(|field| *field != 0) else {
                continue;
            };
            let last = fields.iter().rposition(|field| *field != 0).unwrap_or(first);
            let x = (columns.start + first) * CELL;
            let width = ((columns.start + last + 1) * CELL).min(tile.right() as usize) - x;
            for y in row * CELL..((row + 1) * CELL).min(tile.bottom() as usize) {
                let (new, old) = (
                    quads(source.span(x, y, width)),
                    quads(self.canvas.span(x, y, width)),
                );
                let differs = |(p, q): (&[u8; 4], &[u8; 4])| {
                    (u32::from_le_bytes(*p) ^ u32::from_le_bytes(*q)) & COLOR != 0
                };
                let Some(start) = new.iter().zip(old).position(differs) else {
                    continue;
                };
                let end = new.iter().zip(old).rposition(differs).unwrap_or(start);
                tight = tight.union(&Rect::new(
                    (x + start) as u32,
                    y as u32,
                    (end - start + 1) as u32,
                    1,
                ));
            }
        }
        (!tight.is_empty()).then_some(tight)
    }
}
