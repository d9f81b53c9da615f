//! The picture that both sides agree on: pixels, which cells of it are lossy, which blocks a frame touched.
//! No coding here; [`crate::ops`] changes it. Start at [`Canvas`].

pub(crate) mod moving;

use std::marker::PhantomData;

use moving::Under;

use crate::format::{BLOCK, CELL, Checksum};
use crate::grid::{Grid, runs};
use crate::pixels::{COLOR, Order, quads};
use crate::{MediaError, Rect};

const CELLS_IN_BLOCK: usize = (BLOCK / CELL) * (BLOCK / CELL);

/// In the viewer, what is shown. In the agent, the source as it was when last sent: equal to what is shown in exact cells,
/// close to it in lossy ones.
pub(crate) struct Canvas<O> {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    /// Cells, 1 = lossy.
    lossy: Grid,
    lossy_cells: usize,
    /// As `lossy`, but in cells that the edge of `lifted` cuts it tells of the pixels inside alone.
    inside: Grid,
    /// The rectangle that was lifted last.
    lifted: Rect,
    under: Under,
    /// Blocks, 1 = in `touched_list`.
    touched: Grid,
    touched_list: Vec<u32>,
    order: PhantomData<O>,
}

impl<O: Order> Canvas<O> {
    /// Black and exact. The memory is untouched zeros until written.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            pixels: vec![0; width * height * 4],
            lossy: Grid::over(width, height, CELL),
            lossy_cells: 0,
            inside: Grid::over(width, height, CELL),
            lifted: Rect::default(),
            under: Under::new(width, height),
            touched: Grid::over(width, height, BLOCK),
            touched_list: Vec::new(),
            order: PhantomData,
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    pub(crate) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    #[cfg(feature = "encode")]
    pub(crate) fn lossy(&self) -> &Grid {
        &self.lossy
    }

    #[cfg(feature = "encode")]
    pub(crate) fn lossy_cells(&self) -> usize {
        self.lossy_cells
    }

    #[inline(always)]
    fn at(&self, x: usize, y: usize) -> usize {
        (y * self.width + x) * 4
    }

    /// Bytes of `count` pixels from (x, y).
    #[inline(always)]
    pub(crate) fn span(&self, x: usize, y: usize, count: usize) -> &[u8] {
        let start = self.at(x, y);
        &self.pixels[start..start + count * 4]
    }

    /// As [`Canvas::span`], or `None` when some of it lies outside the picture.
    #[cfg(feature = "encode")]
    pub(crate) fn span_at(&self, x: i64, y: i64, count: usize) -> Option<&[u8]> {
        let x = usize::try_from(x).ok().filter(|x| x + count <= self.width)?;
        let y = usize::try_from(y).ok().filter(|y| *y < self.height)?;
        Some(self.span(x, y, count))
    }

    #[inline(always)]
    pub(crate) fn span_mut(&mut self, x: usize, y: usize, count: usize) -> &mut [u8] {
        let start = self.at(x, y);
        &mut self.pixels[start..start + count * 4]
    }

    /// Colors of a row from column `x`.
    #[inline(always)]
    pub(crate) fn load(&self, x: usize, y: usize, colors: &mut [u32]) {
        let span = self.span(x, y, colors.len());
        for (color, quad) in colors.iter_mut().zip(quads(span)) {
            *color = O::load(*quad);
        }
    }

    /// True when a cell that the rectangle touches is lossy.
    pub(crate) fn is_lossy_in(&self, rect: &Rect) -> bool {
        moving::any(&self.lossy, rect)
    }

    /// The color of a pixel, or `None` outside the picture and in lossy cells.
    #[inline]
    pub(crate) fn exact_color(&self, x: Option<usize>, y: Option<usize>) -> Option<u32> {
        let (x, y) = (x.filter(|x| *x < self.width)?, y.filter(|y| *y < self.height)?);
        if self.lossy_cells != 0 && self.lossy.get(x / CELL, y / CELL) != 0 {
            return None;
        }
        let mut color = [0];
        self.load(x, y, &mut color);
        Some(color[0])
    }

    /// As [`Canvas::load`], with `missing` for the pixels of lossy cells.
    pub(crate) fn load_exact(&self, x: usize, y: usize, colors: &mut [u32], missing: u32) {
        self.load(x, y, colors);
        if self.lossy_cells == 0 {
            return;
        }
        let row = self.lossy.row(y / CELL);
        for (index, color) in colors.iter_mut().enumerate() {
            if row[(x + index) / CELL] != 0 {
                *color = missing;
            }
        }
    }

    /// Writes colors of a row.
    #[inline(always)]
    pub(crate) fn store(&mut self, x: usize, y: usize, colors: &[u32]) {
        let span = self.span_mut(x, y, colors.len());
        for (quad, color) in span.as_chunks_mut::<4>().0.iter_mut().zip(colors) {
            *quad = O::store(*color);
        }
    }

    /// The sum of the whole picture, whether exact or not. 1 to 2 ms for 1920×1080.
    pub(crate) fn checksum(&self) -> u64 {
        let mut sum = Checksum::new();
        let mut row = vec![0; self.width];
        for y in 0..self.height {
            self.load(0, y, &mut row);
            sum.add(&row);
        }
        sum.value()
    }

    fn set_lossy(&mut self, column: usize, row: usize, lossy: bool) {
        let before = self.lossy.get(column, row) != 0;
        self.lossy.set(column, row, u8::from(lossy));
        self.inside.set(column, row, u8::from(lossy));
        self.lossy_cells = self.lossy_cells + usize::from(lossy) - usize::from(before);
    }

    /// The pixels of a cell, cut at the edges.
    pub(crate) fn cell_rect(&self, column: usize, row: usize) -> Rect {
        field_rect(column, row, CELL).intersect(&self.bounds())
    }

    pub(crate) fn bounds(&self) -> Rect {
        Rect::new(0, 0, self.width as u32, self.height as u32)
    }

    /// The rectangle was coded without loss: cells that lie in it wholly are exact now, its blocks are touched.
    pub(crate) fn coded_exactly(&mut self, rect: &Rect) {
        if self.lossy_cells != 0 {
            for row in rect.y as usize / CELL..(rect.bottom() as usize).div_ceil(CELL) {
                for column in rect.x as usize / CELL..(rect.right() as usize).div_ceil(CELL) {
                    if self.lossy.get(column, row) != 0 && rect.contains(&self.cell_rect(column, row)) {
                        self.set_lossy(column, row, false);
                    }
                }
            }
        }
        for row in rect.y as usize / BLOCK..(rect.bottom() as usize).div_ceil(BLOCK) {
            for column in rect.x as usize / BLOCK..(rect.right() as usize).div_ceil(BLOCK) {
                self.touch(column, row);
            }
        }
    }

    /// The block is one for the cache when the frame ends.
    pub(crate) fn touch(&mut self, column: usize, row: usize) {
        if self.touched.get(column, row) == 0 {
            self.touched.set(column, row, 1);
            self.touched_list
                .push((row * self.touched.columns() + column) as u32);
        }
    }

    /// All cells of a block become lossy or exact.
    pub(crate) fn set_block_lossy(&mut self, column: usize, row: usize, lossy: bool) {
        const PER: usize = BLOCK / CELL;
        for y in row * PER..((row + 1) * PER).min(self.lossy.rows()) {
            for x in column * PER..((column + 1) * PER).min(self.lossy.columns()) {
                self.set_lossy(x, y, lossy);
            }
        }
    }

    /// True when the block is whole (not cut by an edge).
    pub(crate) fn whole_block(&self, column: usize, row: usize) -> bool {
        (column + 1) * BLOCK <= self.width && (row + 1) * BLOCK <= self.height
    }

    /// Ends a frame: the blocks that go into the cache, in order (see [`crate::format`]), and whether they are lossy.
    pub(crate) fn take_cacheable(&mut self) -> Vec<(usize, usize, bool)> {
        let mut list = std::mem::take(&mut self.touched_list);
        list.sort_unstable();
        let columns = self.touched.columns();
        let mut blocks = Vec::with_capacity(list.len());
        for index in &list {
            let (column, row) = (*index as usize % columns, *index as usize / columns);
            self.touched.set(column, row, 0);
            if !self.whole_block(column, row) {
                continue;
            }
            match self.lossy_in_block(column, row) {
                0 if !self.block_flat(column, row) => blocks.push((column, row, false)),
                // The pixels of lossy blocks differ between the sides; nothing may depend on them.
                CELLS_IN_BLOCK => blocks.push((column, row, true)),
                _ => {}
            }
        }
        list.clear();
        self.touched_list = list;
        blocks
    }

    fn lossy_in_block(&self, column: usize, row: usize) -> usize {
        const PER: usize = BLOCK / CELL;
        if self.lossy_cells == 0 {
            return 0;
        }
        let lossy = |index: &usize| {
            self.lossy
                .get(column * PER + index % PER, row * PER + index / PER)
                != 0
        };
        (0..CELLS_IN_BLOCK).filter(lossy).count()
    }

    fn block_flat(&self, column: usize, row: usize) -> bool {
        let (x, y) = (column * BLOCK, row * BLOCK);
        let first = u32::from_le_bytes(quads(self.span(x, y, 1))[0]);
        (y..y + BLOCK).all(|y| {
            quads(self.span(x, y, BLOCK))
                .iter()
                .all(|quad| (u32::from_le_bytes(*quad) ^ first) & COLOR == 0)
        })
    }

    /// The `COPY` op (see [`crate::format`] for its order). Returns where the picture is another one now: where text is
    /// scrolled, most of the paper is not.
    ///
    /// # Errors
    /// When a source lies outside the picture; some cells may have been copied by then.
    pub(crate) fn copy_cells(
        &mut self,
        map: &Grid,
        bounds: &Rect,
        dx: i32,
        dy: i32,
    ) -> Result<Vec<Rect>, MediaError> {
        let mut changed = Vec::new();
        let rows = bounds.y as usize..bounds.bottom() as usize;
        let copy = |row| self.copy_row(map, bounds, row, (dx, dy), &mut changed);
        if dy > 0 {
            rows.rev().try_for_each(copy)?;
        } else {
            rows.into_iter().try_for_each(copy)?;
        }
        Ok(changed)
    }

    fn copy_row(
        &mut self,
        map: &Grid,
        bounds: &Rect,
        row: usize,
        by: (i32, i32),
        changed: &mut Vec<Rect>,
    ) -> Result<(), MediaError> {
        let mut row_runs: Vec<_> = runs(map.row(row), bounds.x as usize, bounds.right() as usize).collect();
        if by.0 > 0 {
            row_runs.reverse();
        }
        for (start, end) in row_runs {
            let target = self.cell_rect(start, row).union(&self.cell_rect(end - 1, row));
            self.copy_pixels(&target, by, changed)?;
            self.copy_loss((start, end), row, by);
        }
        Ok(())
    }

    /// Moves pixels within the picture, and adds where it is another one now, by rows of cells.
    fn copy_pixels(
        &mut self,
        target: &Rect,
        (dx, dy): (i32, i32),
        changed: &mut Vec<Rect>,
    ) -> Result<(), MediaError> {
        let (x, y) = (
            i64::from(target.x) - i64::from(dx),
            i64::from(target.y) - i64::from(dy),
        );
        let (right, bottom) = (x + i64::from(target.width), y + i64::from(target.height));
        if x < 0 || y < 0 || right > self.width as i64 || bottom > self.height as i64 {
            return Err(MediaError::Malformed("copy from outside the picture"));
        }
        let mut copy_band = |row: usize| {
            let lines = (row * CELL).max(target.y as usize)..((row + 1) * CELL).min(target.bottom() as usize);
            let band = Rect::new(target.x, lines.start as u32, target.width, lines.len() as u32);
            let mut span = None;
            let mut copy = |line| {
                let from = (x as usize, (line as i64 - i64::from(dy)) as usize);
                span = joined(
                    span,
                    self.copy_line(from, (target.x as usize, line), target.width as usize),
                );
            };
            if dy > 0 {
                lines.rev().for_each(&mut copy);
            } else {
                lines.for_each(&mut copy);
            }
            if let Some((start, end)) = span {
                changed.push(Rect::new(
                    band.x + start as u32,
                    band.y,
                    (end - start) as u32,
                    band.height,
                ));
            }
        };
        let rows = target.y as usize / CELL..(target.bottom() as usize).div_ceil(CELL);
        if dy > 0 {
            rows.rev().for_each(&mut copy_band);
        } else {
            rows.for_each(&mut copy_band);
        }
        Ok(())
    }

    /// Copies a line of pixels within the picture. Where it differs from what was there, as first pixel and end.
    fn copy_line(
        &mut self,
        from: (usize, usize),
        to: (usize, usize),
        width: usize,
    ) -> Option<(usize, usize)> {
        let (start, end) = differing(self.span(from.0, from.1, width), self.span(to.0, to.1, width))?;
        let (source, target) = (self.at(from.0 + start, from.1), self.at(to.0 + start, to.1));
        self.pixels
            .copy_within(source..source + (end - start) * 4, target);
        Some((start, end))
    }

    /// Moves the lossy flags along with a run of cells whose source was checked.
    fn copy_loss(&mut self, (start, end): (usize, usize), row: usize, (dx, dy): (i32, i32)) {
        if self.lossy_cells == 0 {
            return;
        }
        let target = self
            .cell_rect(start, row)
            .union(&self.cell_rect(end.max(start + 1) - 1, row));
        let source = moving::origin(&target, (dx, dy), &self.bounds());
        if !self.is_lossy_in(&target) && source.is_none_or(|source| !self.is_lossy_in(&source)) {
            return;
        }
        let one = |canvas: &mut Self, column: usize| {
            let cell = canvas.cell_rect(column, row);
            let x = (i64::from(cell.x) - i64::from(dx)) as usize;
            let y = (i64::from(cell.y) - i64::from(dy)) as usize;
            let (right, bottom) = (x + cell.width as usize - 1, y + cell.height as usize - 1);
            let lossy = (y / CELL..=bottom / CELL)
                .any(|row| (x / CELL..=right / CELL).any(|column| canvas.lossy.get(column, row) != 0));
            canvas.set_lossy(column, row, lossy);
        };
        if dx > 0 {
            (start..end).rev().for_each(|column| one(self, column));
        } else {
            (start..end).for_each(|column| one(self, column));
        }
    }
}

/// Pixels that are compared at once.
const STEP: usize = 16;

/// The part in which two spans of the same length differ, as first pixel and end, each within a step.
fn differing(a: &[u8], b: &[u8]) -> Option<(usize, usize)> {
    let ((steps_a, rest_a), (steps_b, rest_b)) = (a.as_chunks(), b.as_chunks());
    let mut steps = steps_a.iter().zip(steps_b);
    let first = steps.clone().position(differ);
    let rest = (rest_a != rest_b).then_some((steps_a.len() * STEP, a.len() / 4));
    let Some(first) = first else { return rest };
    let end = rest.map(|(_, end)| end);
    let end = end.or_else(|| steps.rposition(differ).map(|last| (last + 1) * STEP));
    Some((first * STEP, end.unwrap_or(a.len() / 4)))
}

#[inline(always)]
fn differ((a, b): (&[u8; STEP * 4], &[u8; STEP * 4])) -> bool {
    let (words_a, words_b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    let differ = |(p, q): (&[u8; 8], &[u8; 8])| u64::from_le_bytes(*p) ^ u64::from_le_bytes(*q);
    words_a
        .iter()
        .zip(words_b)
        .map(differ)
        .fold(0, |any, word| any | word)
        != 0
}

/// Both spans and what lies between them.
fn joined(a: Option<(usize, usize)>, b: Option<(usize, usize)>) -> Option<(usize, usize)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        _ => a.or(b),
    }
}

/// The pixels of a field of a grid, not cut.
pub(crate) fn field_rect(column: usize, row: usize, side: usize) -> Rect {
    Rect::new(
        (column * side) as u32,
        (row * side) as u32,
        side as u32,
        side as u32,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Rgba;

    /// Copies in place equal copies from a snapshot, whatever the vector.
    #[test]
    fn copies_overlap_safely() {
        let (width, height) = (83, 61);
        for (dx, dy) in [
            (0, 8),
            (0, -8),
            (0, 3),
            (0, -3),
            (5, 0),
            (-5, 0),
            (9, 7),
            (-9, 7),
            (9, -7),
            (-3, -2),
            (1, 1),
        ] {
            let mut canvas = Canvas::<Rgba>::new(width, height);
            for y in 0..height {
                let colors: Vec<u32> = (0..width).map(|x| (x * 3 + y * 1009) as u32).collect();
                canvas.store(0, y, &colors);
            }
            let before = canvas.pixels.clone();
            let mut map = Grid::over(width, height, CELL);
            for row in 0..map.rows() {
                for column in 0..map.columns() {
                    let cell = canvas.cell_rect(column, row);
                    let (x, y) = (cell.x as i32 - dx, cell.y as i32 - dy);
                    let inside = x >= 0
                        && y >= 0
                        && x + cell.width as i32 <= width as i32
                        && y + cell.height as i32 <= height as i32;
                    map.set(column, row, u8::from(inside && (column + row) % 5 != 0));
                }
            }
            let mut told = Grid::over(width, height, 1);
            for rect in canvas.copy_cells(&map, &map.bounds(), dx, dy).unwrap() {
                for y in rect.y as usize..rect.bottom() as usize {
                    told.row_mut(y)[rect.x as usize..rect.right() as usize].fill(1);
                }
            }
            for y in 0..height {
                for x in 0..width {
                    let moved = map.get(x / CELL, y / CELL) != 0;
                    let (fx, fy) = if moved {
                        (x as i32 - dx, y as i32 - dy)
                    } else {
                        (x as i32, y as i32)
                    };
                    let from = (fy as usize * width + fx as usize) * 4;
                    assert_eq!(
                        canvas.span(x, y, 1),
                        &before[from..from + 4],
                        "{dx},{dy} at {x},{y}"
                    );
                    let at = (y * width + x) * 4;
                    let changed = canvas.span(x, y, 1) != &before[at..at + 4];
                    assert!(told.get(x, y) != 0 || !changed, "{dx},{dy}: {x},{y} is not told");
                }
            }
        }
    }

    /// Text on paper, scrolled: the paper beside it and between the lines is what it was.
    #[test]
    fn what_looks_the_same_after_a_copy_is_not_told() {
        let mut canvas = Canvas::<Rgba>::new(640, 128);
        for y in 0..128 {
            canvas.store(0, y, &[0x00ff_ffff; 640]);
            if y / 8 % 2 == 1 {
                canvas.store(64, y, &[y as u32; 100]);
            }
        }
        let mut map = Grid::over(640, 128, CELL);
        for row in 0..14 {
            map.row_mut(row).fill(1);
        }
        let told = canvas.copy_cells(&map, &map.bounds(), 0, -16).unwrap();
        let lines: Vec<_> = (0..7).map(|line| Rect::new(64, line * 16 + 8, 112, 8)).collect();
        assert_eq!(told, lines);
    }

    #[test]
    fn spans_differ_where_they_do() {
        let base: Vec<u8> = (0..45 * 4).map(|byte| byte as u8).collect();
        assert_eq!(differing(&base, &base), None);
        for pixel in 0..45 {
            let mut other = base.clone();
            other[pixel * 4 + 2] ^= 1;
            let (start, end) = differing(&base, &other).unwrap();
            assert!(
                start <= pixel && pixel < end && end - start <= STEP,
                "{pixel}: {start}..{end}"
            );
        }
        let mut ends = base.clone();
        ends[0] ^= 1;
        ends[179] ^= 1;
        assert_eq!(differing(&base, &ends), Some((0, 45)));
    }
}
