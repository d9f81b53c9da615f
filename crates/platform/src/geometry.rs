//! Rectangles of desktop pixels. No drawing, no scaling; monitors are in `screen`.

/// A rectangle of desktop pixels; (0, 0) is the top left pixel of the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Rect {
    /// A rectangle by its top left corner and size.
    pub const fn new(x: i32, y: i32, width: u32, height: u32) -> Self {
        Self { x, y, width, height }
    }

    /// True when no pixel is inside.
    pub const fn is_empty(&self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// Number of pixels inside.
    pub const fn area(&self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// First column right of the rectangle.
    pub const fn right(&self) -> i64 {
        self.x as i64 + self.width as i64
    }

    /// First row below the rectangle.
    pub const fn bottom(&self) -> i64 {
        self.y as i64 + self.height as i64
    }

    /// The part inside a desktop of the given size; `None` when nothing is.
    pub fn clipped(&self, width: u32, height: u32) -> Option<Self> {
        let left = i64::from(self.x).clamp(0, i64::from(width));
        let top = i64::from(self.y).clamp(0, i64::from(height));
        let right = self.right().clamp(left, i64::from(width));
        let bottom = self.bottom().clamp(top, i64::from(height));
        // All four are within 0..=u32::MAX; a desktop wider than i32 does not exist on any system.
        let clipped = Self {
            x: i32::try_from(left).ok()?,
            y: i32::try_from(top).ok()?,
            width: u32::try_from(right - left).ok()?,
            height: u32::try_from(bottom - top).ok()?,
        };
        (!clipped.is_empty()).then_some(clipped)
    }

    /// The smallest rectangle around both; an empty one does not count.
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() {
            return *other;
        }
        if other.is_empty() {
            return *self;
        }
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = self.right().max(other.right());
        let bottom = self.bottom().max(other.bottom());
        Self {
            x,
            y,
            width: u32::try_from(right - i64::from(x)).unwrap_or(u32::MAX),
            height: u32::try_from(bottom - i64::from(y)).unwrap_or(u32::MAX),
        }
    }

    /// True when the pixel is inside.
    pub fn contains(&self, x: i32, y: i32) -> bool {
        x >= self.x && y >= self.y && i64::from(x) < self.right() && i64::from(y) < self.bottom()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipping_keeps_what_is_inside() {
        assert_eq!(
            Rect::new(-5, -5, 10, 10).clipped(100, 100),
            Some(Rect::new(0, 0, 5, 5))
        );
        assert_eq!(
            Rect::new(95, 0, 10, 200).clipped(100, 100),
            Some(Rect::new(95, 0, 5, 100))
        );
        assert_eq!(Rect::new(100, 0, 10, 10).clipped(100, 100), None);
        assert_eq!(
            Rect::new(i32::MIN, 0, u32::MAX, 1).clipped(10, 10),
            Some(Rect::new(0, 0, 10, 1))
        );
        assert_eq!(Rect::new(0, 0, 0, 10).clipped(10, 10), None);
    }

    #[test]
    fn union_ignores_empty() {
        let a = Rect::new(1, 2, 3, 4);
        assert_eq!(a.union(&Rect::default()), a);
        assert_eq!(Rect::default().union(&a), a);
        assert_eq!(a.union(&Rect::new(10, 0, 1, 1)), Rect::new(1, 0, 10, 6));
    }
}
