//! Which tiles of a change go with this frame, and in which order, when not all of them may: on a slow connection a frame has
//! a budget of bytes, and on any a limit of work. What is left stays pending.
//!
//! What just changed and is small (a letter, a button, a number) goes first, since somebody may wait for it; it gets no more than
//! half of the budget. Then comes the rest, round and round through the picture, so that everything gets its turn however much
//! moves.

use super::residual::{BLOCK_COLORS, Photos};
use super::{Draft, Encoder, MAX_WORK};
use crate::canvas::field_rect;
use crate::format::{BLOCK, CELL, TILE};
use crate::view::PixelView;
use crate::{Rect, Region};

/// A change is small up to one part in so many of the picture.
const SMALL_SHARE: u64 = 16;
/// Most blocks of one atlas: about 25 ms of JPEG.
const MAX_ATLAS_BLOCKS: usize = 10_000;
/// What a block of a photo is taken to need before one was coded, bytes.
const ATLAS_BLOCK_BYTES: usize = 64;
/// Tables and heads of a JPEG picture, bytes.
const ATLAS_HEAD_BYTES: usize = 620;

/// What has to be remembered from frame to frame.
#[derive(Debug)]
pub(super) struct Turns {
    /// Bytes of a frame; `None` when they do not matter.
    budget: Option<usize>,
    /// Tile at which what waits goes on.
    next: usize,
    /// What a block of a photo needed lately, bytes.
    block_bytes: usize,
    /// What the video's last picture needed, and what is kept for it in this frame.
    video_bytes: usize,
    kept: usize,
}

/// The tiles of one frame, by their numbers in reading order.
pub(super) struct Queue {
    /// Small and new.
    fresh: Vec<usize>,
    rest: Vec<usize>,
}

/// Which part of the budget is spent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    Half,
    All,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self {
            budget: None,
            next: 0,
            block_bytes: ATLAS_BLOCK_BYTES,
            video_bytes: 0,
            kept: 0,
        }
    }

    /// A frame begins, with a video picture or not.
    pub(super) fn begin(&mut self, plays: bool) {
        self.kept = if plays { self.video_bytes } else { 0 };
    }

    /// The video's picture has this many bytes.
    pub(super) fn learn_video(&mut self, bytes: usize) {
        self.video_bytes = bytes;
    }

    /// A JPEG picture of so many blocks has this many bytes.
    pub(super) fn learn(&mut self, blocks: usize, bytes: usize) {
        let bytes = bytes.saturating_sub(ATLAS_HEAD_BYTES) / blocks.max(1);
        self.block_bytes = (self.block_bytes + bytes).div_ceil(2);
    }

    fn has_room(&self, share: Share, draft: &Draft, photos: &Photos) -> bool {
        if draft.coder.work > MAX_WORK || photos.blocks.len() > MAX_ATLAS_BLOCKS {
            return false;
        }
        let Some(budget) = self.budget else { return true };
        let atlas = match photos.blocks.len() {
            0 => 0,
            blocks => ATLAS_HEAD_BYTES + blocks * self.block_bytes,
        };
        let budget = if share == Share::Half { budget / 2 } else { budget };
        draft.coder.len() + atlas + self.kept < budget
    }
}

impl Encoder {
    /// About how many bytes the next frames may have; `None` for as many as it takes. What does not fit stays pending, and a frame
    /// has a tile or two more, so that all frames get on.
    pub fn set_budget(&mut self, bytes: Option<usize>) {
        self.turns.budget = bytes;
    }

    /// Whether what waits explains itself: nothing new can have moved but what is too small to look for.
    pub(super) fn only_waits(&self, fresh: &Region, waited: bool) -> bool {
        let area: u64 = fresh.rects().iter().map(Rect::area).sum();
        waited && area < super::motion::MIN_AREA
    }

    /// The tiles that changed, in the order in which they are to be sent. `fresh` changed since the last frame; `waited`: some
    /// damage was left from then.
    pub(super) fn queue(&mut self, fresh: &Region, waited: bool) -> Queue {
        if !waited {
            self.turns.next = 0;
        }
        let tiles = self.changed_tiles();
        if self.turns.budget.is_none() && !waited {
            return Queue {
                fresh: Vec::new(),
                rest: tiles,
            };
        }
        let most = self.canvas.bounds().area() / SMALL_SHARE;
        let small: Vec<&Rect> = fresh.rects().iter().filter(|rect| rect.area() <= most).collect();
        let is_fresh = |tile: &usize| {
            small
                .iter()
                .any(|rect| !rect.intersect(&self.tile_rect(*tile)).is_empty())
        };
        let (fresh, mut rest): (Vec<usize>, Vec<usize>) = tiles.into_iter().partition(is_fresh);
        let next = rest.partition_point(|tile| *tile < self.turns.next);
        rest.rotate_left(next);
        Queue { fresh, rest }
    }

    /// Calls `code` with tiles until the budget is spent; returns those that are left, which are pending now.
    pub(super) fn take_turns<E>(
        &mut self,
        queue: Queue,
        draft: &mut Draft,
        photos: &mut Photos,
        mut code: impl FnMut(&mut Self, &Rect, &mut Draft, &mut Photos) -> Result<(), E>,
    ) -> Result<Vec<Rect>, E> {
        let mut left = Vec::new();
        let mut late = Vec::new();
        for tile in queue.fresh {
            if self.turns.has_room(Share::Half, draft, photos) {
                code(self, &self.tile_rect(tile), draft, photos)?;
            } else {
                late.push(tile);
            }
        }
        let mut stopped = false;
        for (index, tile) in queue.rest.into_iter().enumerate() {
            // One goes in any case: else small changes could keep the others waiting for ever.
            let goes = index == 0 || self.turns.has_room(Share::All, draft, photos);
            let rect = self.tile_rect(tile);
            if goes && !stopped {
                code(self, &rect, draft, photos)?;
                continue;
            }
            if !stopped {
                self.turns.next = tile;
                stopped = true;
            }
            left.push(rect);
        }
        for tile in late {
            let rect = self.tile_rect(tile);
            if self.turns.has_room(Share::All, draft, photos) {
                code(self, &rect, draft, photos)?;
            } else {
                left.push(rect);
            }
        }
        for rect in &left {
            self.pending.add(*rect);
        }
        Ok(left)
    }

    /// Photos that change but have to wait move nevertheless: without this, no video would be found on a slow connection. What
    /// scrolls is no film.
    pub(super) fn note_left(&mut self, source: &PixelView<'_>, fresh: &Region, left: &[Rect], draft: &Draft) {
        if self.video.is_none() || draft.stats.copied > 0 {
            return;
        }
        for part in left
            .iter()
            .flat_map(|tile| fresh.rects().iter().map(|rect| rect.intersect(tile)))
        {
            for row in part.y as usize / BLOCK..(part.bottom() as usize).div_ceil(BLOCK) {
                for column in part.x as usize / BLOCK..(part.right() as usize).div_ceil(BLOCK) {
                    let block = field_rect(column, row, BLOCK).intersect(&self.canvas.bounds());
                    if self.block_changed(column, row) && !self.is_graphic(source, &block, BLOCK_COLORS) {
                        self.note_moving(column, row);
                    }
                }
            }
        }
    }

    /// Those with changed cells, in reading order.
    fn changed_tiles(&self) -> Vec<usize> {
        const PER: usize = TILE / CELL;
        let cells = &self.changes.bounds;
        let columns = self.tile_columns();
        let rows = cells.y as usize / PER..(cells.bottom() as usize).div_ceil(PER);
        let across = cells.x as usize / PER..(cells.right() as usize).div_ceil(PER);
        rows.flat_map(|row| across.clone().map(move |column| row * columns + column))
            .filter(|tile| self.tile_changed(*tile))
            .collect()
    }

    fn tile_changed(&self, tile: usize) -> bool {
        const PER: usize = TILE / BLOCK;
        let (column, row) = (tile % self.tile_columns(), tile / self.tile_columns());
        (0..PER * PER).any(|block| {
            let (x, y) = (column * PER + block % PER, row * PER + block / PER);
            x * BLOCK < self.canvas.width() && y * BLOCK < self.canvas.height() && self.block_changed(x, y)
        })
    }

    fn tile_columns(&self) -> usize {
        self.canvas.width().div_ceil(TILE)
    }

    fn tile_rect(&self, tile: usize) -> Rect {
        let (column, row) = (tile % self.tile_columns(), tile / self.tile_columns());
        let side = TILE as u32;
        Rect::new(column as u32 * side, row as u32 * side, side, side).intersect(&self.canvas.bounds())
    }
}
