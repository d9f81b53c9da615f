//! The window of pixels a coder sees: the row it codes, two rows above, and what the picture showed before.
//! Filled here, read by `graphic` and `photo`.

use crate::Rect;
use crate::canvas::Canvas;
use crate::format::TILE;
use crate::pixels::Order;

/// Stands for a pixel that may not be used: outside the picture or lossy. Equal to no color.
pub(crate) const NONE: u32 = 0xff00_0000;
/// Index of the rectangle's first column in the rows: two pixels to its left are in view.
pub(crate) const FIRST: usize = 2;
/// Two to the left, a tile, one to the right.
const LENGTH: usize = FIRST + TILE + 1;

/// Rows of colors; index [`FIRST`] is the rectangle's left column.
pub(crate) struct Rows {
    /// Row above the row above.
    pub(crate) up2: [u32; LENGTH],
    /// Row above, with one pixel more to the right.
    pub(crate) up: [u32; LENGTH],
    /// The row being coded. Its left neighbors are never [`NONE`].
    pub(crate) now: [u32; LENGTH],
    /// The same row before this frame.
    pub(crate) before: [u32; LENGTH],
}

impl Rows {
    /// Ready for the first row of a rectangle.
    pub(crate) fn new<O: Order>(canvas: &Canvas<O>, rect: &Rect) -> Self {
        let mut rows = Self {
            up2: [NONE; LENGTH],
            up: [NONE; LENGTH],
            now: [NONE; LENGTH],
            before: [NONE; LENGTH],
        };
        let (x, width) = (rect.x as usize, rect.width as usize);
        let inner = FIRST..FIRST + width;
        // `advance` shifts these up by one.
        if let Some(y) = (rect.y as usize).checked_sub(1) {
            canvas.load_exact(x, y, &mut rows.now[inner.clone()], NONE);
            rows.edges(canvas, rect, y);
        }
        if let Some(y) = (rect.y as usize).checked_sub(2) {
            canvas.load_exact(x, y, &mut rows.up[inner], NONE);
        }
        rows
    }

    /// The pixels beside the row `y` that is in `now`.
    fn edges<O: Order>(&mut self, canvas: &Canvas<O>, rect: &Rect, y: usize) {
        let x = rect.x as usize;
        self.now[0] = canvas.exact_color(x.checked_sub(2), Some(y)).unwrap_or(NONE);
        self.now[1] = canvas.exact_color(x.checked_sub(1), Some(y)).unwrap_or(NONE);
        let right = rect.right() as usize;
        self.now[FIRST + rect.width as usize] = canvas.exact_color(Some(right), Some(y)).unwrap_or(NONE);
    }

    /// Moves to row `y` of the rectangle: `now` holds its left neighbors and is to be filled.
    pub(crate) fn advance<O: Order>(&mut self, canvas: &Canvas<O>, rect: &Rect, y: usize) {
        self.up2 = self.up;
        self.up = self.now;
        self.edges(canvas, rect, y);
        if self.now[1] == NONE {
            self.now[1] = if self.up[FIRST] == NONE { 0 } else { self.up[FIRST] };
        }
        if self.now[0] == NONE {
            self.now[0] = self.now[1];
        }
        let width = rect.width as usize;
        canvas.load_exact(rect.x as usize, y, &mut self.before[FIRST..FIRST + width], NONE);
    }
}
