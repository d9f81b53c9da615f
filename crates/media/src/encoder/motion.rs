//! Finds what moved: scrolled panes, dragged windows. Row segments of the reference are put into a table by hash; segments
//! of the source vote for the vector they could have come by.

use std::collections::HashMap;

use super::{Draft, Encoder, cells_to_pixels};
use crate::canvas::Canvas;
use crate::format::{CELL, MAX_COPIES};
use crate::grid::Grid;
use crate::ops::Op;
use crate::pixels::{Bgrx, COLOR, colors_differ, quads};
use crate::view::PixelView;
use crate::{MediaError, Rect};

/// Pixels of a segment: wide enough to be unlike others, narrow enough for small panes.
const SEGMENT: usize = 64;
/// Search only when more than one cell in this many changed: small changes are cheaper to send than to explain.
const MIN_SHARE: usize = 40;
/// A copy of fewer cells is not worth its fields.
const MIN_CELLS: usize = 16;
/// Columns of segments looked at when scrolling is suspected.
const SCROLL_COLUMNS: usize = 12;
/// Fewer differences between neighbors than this make a segment too plain to tell where it came from.
const MIN_BUSY: usize = 8;
const TABLE_BITS: u32 = 16;
const FACTOR: u32 = 0x9E37_79B1;

/// Scratch memory of the search.
pub(super) struct Motion {
    /// Hash and place (`y << 16 | x`) of the reference's segments. Hash 0 is free; place [`AMBIGUOUS`] was seen twice.
    table: Vec<(u32, u32)>,
    weights: [u32; SEGMENT],
    /// Weight of a pixel that left the window.
    gone: u32,
}

const AMBIGUOUS: u32 = u32::MAX;

/// Votes by vector, and how many there were.
struct Votes {
    by_vector: HashMap<(i32, i32), usize>,
    total: usize,
}

impl Votes {
    fn new() -> Self {
        Self {
            by_vector: HashMap::new(),
            total: 0,
        }
    }

    /// The vector with at least `least` votes and a `share`-th of all.
    fn winner(&self, least: usize, share: usize) -> Option<(i32, i32)> {
        let (vector, votes) = self
            .by_vector
            .iter()
            .max_by_key(|(vector, votes)| (**votes, **vector))?;
        (*votes >= least && votes * share >= self.total).then_some(*vector)
    }
}

impl Motion {
    pub(super) fn new() -> Self {
        let mut weights = [0; SEGMENT];
        let mut weight = 1u32;
        for slot in weights.iter_mut().rev() {
            *slot = weight;
            weight = weight.wrapping_mul(FACTOR);
        }
        Self {
            table: Vec::new(),
            weights,
            gone: weight,
        }
    }

    fn hash(&self, segment: &[u8]) -> u32 {
        quads(segment)
            .iter()
            .zip(&self.weights)
            .fold(0, |sum: u32, (quad, weight)| {
                sum.wrapping_add((u32::from_le_bytes(*quad) & COLOR).wrapping_mul(*weight))
            })
    }

    fn slot(hash: u32) -> usize {
        (hash.wrapping_mul(0x85EB_CA6B) >> (32 - TABLE_BITS)) as usize
    }

    /// The most likely vector of what changed within `area`.
    fn find(
        &mut self,
        source: &PixelView<'_>,
        canvas: &Canvas<Bgrx>,
        changed: &Grid,
        area: &Rect,
    ) -> Option<(i32, i32)> {
        let columns: Vec<usize> = (area.x as usize..area.right() as usize)
            .step_by(SEGMENT)
            .filter(|x| x + SEGMENT <= canvas.width())
            .collect();
        if columns.is_empty() {
            return None;
        }
        let few: Vec<usize> = columns
            .iter()
            .copied()
            .step_by(columns.len().div_ceil(SCROLL_COLUMNS))
            .collect();
        self.fill(canvas, &few, area);
        let mut votes = Votes::new();
        for y in (area.y as usize..area.bottom() as usize).step_by(2) {
            for x in few.iter().copied().filter(|x| touches(changed, *x, y)) {
                let segment = source.span(x, y, SEGMENT);
                if busy(segment) {
                    self.vote(canvas, segment, (x, y), self.hash(segment), &mut votes);
                }
            }
        }
        if let Some(vector) = votes.winner(16, 3) {
            return Some(vector);
        }
        // Every second column is enough for windows of 192 pixels and wider.
        let half: Vec<usize> = columns.iter().copied().step_by(2).collect();
        self.fill(canvas, &half, area);
        let mut votes = Votes::new();
        for y in (area.y as usize + 3..area.bottom() as usize).step_by(16) {
            self.vote_row(source, canvas, area, y, &mut votes);
        }
        votes.winner(8, 4)
    }

    /// Puts the reference's segments at these columns into the table.
    fn fill(&mut self, canvas: &Canvas<Bgrx>, columns: &[usize], area: &Rect) {
        self.table.clear();
        self.table.resize(1 << TABLE_BITS, (0, 0));
        for y in area.y as usize..area.bottom() as usize {
            for x in columns {
                let segment = canvas.span(*x, y, SEGMENT);
                if !busy(segment) {
                    continue;
                }
                let hash = self.hash(segment) | 1;
                let entry = &mut self.table[Self::slot(hash)];
                if entry.0 == 0 {
                    *entry = (hash, (y << 16 | x) as u32);
                } else if entry.0 == hash {
                    entry.1 = AMBIGUOUS;
                }
            }
        }
    }

    /// Votes of all positions of a row of the source.
    fn vote_row(
        &self,
        source: &PixelView<'_>,
        canvas: &Canvas<Bgrx>,
        area: &Rect,
        y: usize,
        votes: &mut Votes,
    ) {
        let (left, right) = (area.x as usize, (area.right() as usize).min(canvas.width()));
        if left + SEGMENT > right {
            return;
        }
        let row = source.span(left, y, right - left);
        let pixels = quads(row);
        let color = |at: usize| u32::from_le_bytes(pixels[at]) & COLOR;
        let mut hash = self.hash(&row[..SEGMENT * 4]);
        for at in 0..=pixels.len() - SEGMENT {
            if at > 0 {
                let gone = self.gone.wrapping_mul(color(at - 1));
                hash = hash
                    .wrapping_mul(FACTOR)
                    .wrapping_add(color(at + SEGMENT - 1))
                    .wrapping_sub(gone);
            }
            if self.table[Self::slot(hash | 1)].0 == hash | 1 {
                let segment = &row[at * 4..(at + SEGMENT) * 4];
                self.vote(canvas, segment, (left + at, y), hash, votes);
            }
        }
    }

    fn vote(
        &self,
        canvas: &Canvas<Bgrx>,
        segment: &[u8],
        (x, y): (usize, usize),
        hash: u32,
        votes: &mut Votes,
    ) {
        let (known, place) = self.table[Self::slot(hash | 1)];
        if known != hash | 1 || place == AMBIGUOUS {
            return;
        }
        let (from_x, from_y) = (place as usize & 0xffff, place as usize >> 16);
        if (from_x, from_y) == (x, y) || colors_differ(segment, canvas.span(from_x, from_y, SEGMENT)) {
            return;
        }
        votes.total += 1;
        *votes
            .by_vector
            .entry((x as i32 - from_x as i32, y as i32 - from_y as i32))
            .or_default() += 1;
    }
}

/// True when a changed cell lies in the segment at (x, y).
fn touches(changed: &Grid, x: usize, y: usize) -> bool {
    changed.row(y / CELL)[x / CELL..(x + SEGMENT - 1) / CELL + 1]
        .iter()
        .any(|field| *field != 0)
}

/// False for segments that are nearly one color.
fn busy(segment: &[u8]) -> bool {
    let pixels = quads(segment);
    let color = |at: usize| u32::from_le_bytes(pixels[at]) & COLOR;
    let first = color(0);
    if [9, 21, 33, 47, 61].into_iter().any(|at| color(at) != first) {
        return true;
    }
    pixels.windows(2).filter(|pair| pair[0] != pair[1]).count() >= MIN_BUSY
}

impl Encoder {
    /// Sends as copies what the viewer has elsewhere in its picture.
    pub(super) fn motion(&mut self, source: &PixelView<'_>, draft: &mut Draft) -> Result<(), MediaError> {
        let all = self.changes.cells.columns() * self.changes.cells.rows();
        for _ in 0..MAX_COPIES {
            if self.changes.count * MIN_SHARE < all {
                break;
            }
            let area = cells_to_pixels(&self.changes.bounds).intersect(&self.canvas.bounds());
            let Some(vector) = self.motion.find(source, &self.canvas, &self.changes.cells, &area) else {
                break;
            };
            if !self.copy(source, vector, draft)? {
                break;
            }
        }
        Ok(())
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
            for column in old.x..old.right() {
                let (x, y) = (column as usize, row as usize);
                if self.changes.cells.get(x, y) != 0 && self.explains(source, (x, y), (dx, dy)) {
                    map.set(x, y, 1);
                    count += 1;
                    bounds = bounds.union(&Rect::new(column, row, 1, 1));
                }
            }
        }
        if count < MIN_CELLS {
            return Ok(false);
        }
        self.models.op(&mut draft.coder, Op::Copy)?;
        self.models.copy(&mut draft.coder, &mut map, &bounds, (dx, dy))?;
        self.canvas.copy_cells(&map, &bounds, dx, dy)?;
        for row in bounds.y as usize..bounds.bottom() as usize {
            for column in bounds.x as usize..bounds.right() as usize {
                if map.get(column, row) != 0 {
                    self.changes.clear(column, row);
                }
            }
        }
        self.changes.tighten();
        draft.stats.copied += (count * CELL * CELL) as u64;
        Ok(true)
    }

    /// True when the source's cell is what the reference has at its place minus the vector.
    fn explains(&self, source: &PixelView<'_>, (column, row): (usize, usize), (dx, dy): (i32, i32)) -> bool {
        let cell = self.canvas.cell_rect(column, row);
        let (x, y) = (cell.x as i32 - dx, cell.y as i32 - dy);
        let (width, height) = (cell.width as usize, cell.height as usize);
        if x < 0 || y < 0 {
            return false;
        }
        let (x, y) = (x as usize, y as usize);
        if x + width > self.canvas.width() || y + height > self.canvas.height() {
            return false;
        }
        (0..height).all(|line| {
            let new = source.span(cell.x as usize, cell.y as usize + line, width);
            !colors_differ(new, self.canvas.span(x, y + line, width))
        })
    }
}
