//! Rectangles and bounded sets of them. No pixels here. Start at [`Region`].

/// A rectangle of pixels; the right and bottom edges are exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge, pixels.
    pub x: u32,
    /// Top edge, pixels.
    pub y: u32,
    /// Pixels; 0 means empty.
    pub width: u32,
    /// Pixels; 0 means empty.
    pub height: u32,
}

impl Rect {
    /// From left, top, width and height.
    #[must_use]
    pub const fn new(x: u32, y: u32, width: u32, height: u32) -> Self {
        Self { x, y, width, height }
    }

    /// First column to the right of it.
    #[must_use]
    pub const fn right(&self) -> u32 {
        self.x.saturating_add(self.width)
    }

    /// First row below it.
    #[must_use]
    pub const fn bottom(&self) -> u32 {
        self.y.saturating_add(self.height)
    }

    /// True when it holds no pixel.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// Number of pixels.
    #[must_use]
    pub const fn area(&self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// The common part; empty when there is none.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let x = self.x.max(other.x);
        let y = self.y.max(other.y);
        let right = self.right().min(other.right());
        let bottom = self.bottom().min(other.bottom());
        Self {
            x,
            y,
            width: right.saturating_sub(x),
            height: bottom.saturating_sub(y),
        }
    }

    /// The smallest rectangle around both; an empty one does not count.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() {
            return *other;
        }
        if other.is_empty() {
            return *self;
        }
        let x = self.x.min(other.x);
        let y = self.y.min(other.y);
        let right = self.right().max(other.right());
        let bottom = self.bottom().max(other.bottom());
        Self {
            x,
            y,
            width: right - x,
            height: bottom - y,
        }
    }

    /// True when every pixel of `other` is in it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.is_empty() || self.intersect(other) == *other
    }
}

/// A set of pixels as at most [`Region::MAX_RECTS`] rectangles, which may overlap and may cover more than what was added
/// (never less): where one more rectangle would be too many, the two whose union wastes least become one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    rects: Vec<Rect>,
}

impl Region {
    /// Enough for a window manager's busiest moments; the cost of one `add` grows with it.
    pub const MAX_RECTS: usize = 32;

    /// The empty region.
    #[must_use]
    pub const fn new() -> Self {
        Self { rects: Vec::new() }
    }

    /// A region of one rectangle.
    #[must_use]
    pub fn from_rect(rect: Rect) -> Self {
        let mut region = Self::new();
        region.add(rect);
        region
    }

    /// Adds a rectangle.
    pub fn add(&mut self, rect: Rect) {
        if rect.is_empty() || self.rects.iter().any(|have| have.contains(&rect)) {
            return;
        }
        self.rects.retain(|have| !rect.contains(have));
        let waste = |a: &Rect, b: &Rect| a.union(b).area().saturating_sub(a.area() + b.area());
        // A neighbor that merges without waste keeps the list short.
        if let Some(index) = self.rects.iter().position(|have| waste(have, &rect) == 0) {
            let merged = self.rects.swap_remove(index).union(&rect);
            return self.add(merged);
        }
        if self.rects.len() < Self::MAX_RECTS {
            self.rects.push(rect);
            return;
        }
        let best = (0..self.rects.len()).min_by_key(|&index| waste(&self.rects[index], &rect));
        if let Some(index) = best {
            let merged = self.rects.swap_remove(index).union(&rect);
            self.add(merged);
        }
    }

    /// Adds all rectangles of another region.
    pub fn extend(&mut self, other: &Self) {
        for rect in &other.rects {
            self.add(*rect);
        }
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.rects.clear();
    }

    /// True when no pixel is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rects.is_empty()
    }

    /// The rectangles, in no order.
    #[must_use]
    pub fn rects(&self) -> &[Rect] {
        &self.rects
    }

    /// The smallest rectangle around all; empty for an empty region.
    #[must_use]
    pub fn bounds(&self) -> Rect {
        self.rects
            .iter()
            .fold(Rect::default(), |bounds, rect| bounds.union(rect))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn touching_rectangles_become_one() {
        let mut region = Region::new();
        region.add(Rect::new(0, 0, 10, 10));
        region.add(Rect::new(10, 0, 10, 10));
        region.add(Rect::new(0, 10, 20, 5));
        assert_eq!(region.rects(), [Rect::new(0, 0, 20, 15)]);
    }

    proptest! {
        #[test]
        fn a_region_is_bounded_and_loses_nothing(
            rects in prop::collection::vec((0u32..500, 0u32..500, 0u32..60, 0u32..60), 0..200)
        ) {
            let mut region = Region::new();
            for (x, y, width, height) in &rects {
                region.add(Rect::new(*x, *y, *width, *height));
            }
            prop_assert!(region.rects().len() <= Region::MAX_RECTS);
            for (x, y, width, height) in rects {
                for (px, py) in [(x, y), (x + width.max(1) - 1, y + height.max(1) - 1)] {
                    if width > 0 && height > 0 {
                        let pixel = Rect::new(px, py, 1, 1);
                        prop_assert!(region.rects().iter().any(|rect| rect.contains(&pixel)));
                    }
                }
            }
        }
    }
}
