//! Maps of cells, blocks and tiles: one byte each. Knows positions, nothing of pixels.

use crate::Rect;

/// A byte for each field of a grid.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    columns: usize,
    rows: usize,
    fields: Vec<u8>,
}

impl Grid {
    /// A grid over a picture with square fields of `side` pixels, all 0.
    pub(crate) fn over(width: usize, height: usize, side: usize) -> Self {
        let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
        Self {
            columns,
            rows,
            fields: vec![0; columns * rows],
        }
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    #[inline(always)]
    pub(crate) fn get(&self, column: usize, row: usize) -> u8 {
        self.fields[row * self.columns + column]
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, column: usize, row: usize, value: u8) {
        self.fields[row * self.columns + column] = value;
    }

    /// The fields of a row.
    pub(crate) fn row(&self, row: usize) -> &[u8] {
        &self.fields[row * self.columns..(row + 1) * self.columns]
    }

    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [u8] {
        &mut self.fields[row * self.columns..(row + 1) * self.columns]
    }

    /// Sets the fields of a rectangle (in fields) to 0.
    pub(crate) fn clear_rect(&mut self, rect: &Rect) {
        for row in rect.y as usize..rect.bottom() as usize {
            self.row_mut(row)[rect.x as usize..rect.right() as usize].fill(0);
        }
    }

    /// How many fields are set.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.fields.iter().filter(|field| **field != 0).count()
    }

    /// The whole grid as a rectangle of fields.
    pub(crate) fn bounds(&self) -> Rect {
        Rect::new(0, 0, self.columns as u32, self.rows as u32)
    }
}

/// The runs of set fields within columns `from..to` of a row, left to right, as `(start, end)`.
pub(crate) fn runs(row: &[u8], from: usize, to: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut at = from;
    std::iter::from_fn(move || {
        let start = at + row[at..to].iter().position(|field| *field != 0)?;
        let end = row[start..to]
            .iter()
            .position(|field| *field == 0)
            .map_or(to, |length| start + length);
        at = end;
        Some((start, end))
    })
}

/// The set fields within `bounds` as rectangles of fields: runs, joined with equal runs of the row above.
pub(crate) fn rectangles(grid: &Grid, bounds: &Rect) -> Vec<Rect> {
    let mut done = Vec::new();
    let mut open: Vec<Rect> = Vec::new();
    for row in bounds.y..bounds.bottom() {
        let mut current = Vec::new();
        for (start, end) in runs(grid.row(row as usize), bounds.x as usize, bounds.right() as usize) {
            let run = Rect::new(start as u32, row, (end - start) as u32, 1);
            let above = open
                .iter()
                .position(|rect| rect.x == run.x && rect.width == run.width);
            current.push(above.map_or(run, |index| open.swap_remove(index).union(&run)));
        }
        done.append(&mut open);
        open = current;
    }
    done.append(&mut open);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_fields_become_rectangles() {
        let mut grid = Grid::over(80, 80, 8);
        for (column, row) in [(1, 1), (2, 1), (1, 2), (2, 2), (5, 2), (9, 9)] {
            grid.set(column, row, 1);
        }
        let mut found = rectangles(&grid, &grid.bounds());
        found.sort_by_key(|rect| (rect.y, rect.x));
        assert_eq!(
            found,
            [
                Rect::new(1, 1, 2, 2),
                Rect::new(5, 2, 1, 1),
                Rect::new(9, 9, 1, 1)
            ]
        );
    }
}
