//! The source picture as the caller lends it. Start at [`PixelView`].

#[cfg(doc)]
use crate::format::MAX_SIDE;
use crate::pixels::check_size;
use crate::{MediaError, Rect};

/// A borrowed picture: BGRX, 8 bits each, top row first. The X byte is undefined and never looked at.
#[derive(Clone, Copy)]
pub struct PixelView<'a> {
    data: &'a [u8],
    width: u32,
    height: u32,
    stride: usize,
}

impl<'a> PixelView<'a> {
    /// `stride` is bytes from one row to the next. Free.
    ///
    /// # Errors
    /// [`MediaError::BadSize`] when a side is 0 or above [`MAX_SIDE`], the stride is shorter than a row, or `data` is too
    /// short for the last row.
    pub fn new(data: &'a [u8], width: u32, height: u32, stride: usize) -> Result<Self, MediaError> {
        check_size(width, height)?;
        let row = width as usize * 4;
        let needed = stride
            .checked_mul(height as usize - 1)
            .and_then(|rows| rows.checked_add(row));
        match needed {
            Some(needed) if stride >= row && data.len() >= needed => Ok(Self {
                data,
                width,
                height,
                stride,
            }),
            _ => Err(MediaError::BadSize { width, height }),
        }
    }

    /// A part of a larger picture, which may itself be beyond the limits. Free.
    ///
    /// # Errors
    /// As [`Self::new`], and when the part does not lie within the rows.
    pub fn of_part(data: &'a [u8], stride: usize, part: &Rect) -> Result<Self, MediaError> {
        let Rect { width, height, .. } = *part;
        let out = || MediaError::BadSize { width, height };
        if part.right() as usize > stride / 4 {
            return Err(out());
        }
        let rows = (part.y as usize).checked_mul(stride);
        let start = rows.and_then(|rows| rows.checked_add(part.x as usize * 4));
        let data = start.and_then(|start| data.get(start..)).ok_or_else(out)?;
        Self::new(data, width, height, stride)
    }

    /// Pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Bytes from one row to the next.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// Everything from the pixel at (x, y) on.
    pub(crate) fn from(&self, x: usize, y: usize) -> &'a [u8] {
        self.data.get(y * self.stride + x * 4..).unwrap_or_default()
    }

    /// `count` pixels of row `y` from column `x`.
    pub(crate) fn span(&self, x: usize, y: usize, count: usize) -> &'a [u8] {
        let start = y * self.stride + x * 4;
        &self.data[start..start + count * 4]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_where_it_says() {
        let data: Vec<u8> = (0..6 * 5 * 4).map(|byte| byte as u8).collect();
        // Rows of five pixels, each with one of nobody's behind it but the last.
        let data = &data[..data.len() - 4];
        let whole = PixelView::new(data, 5, 5, 24).unwrap();
        let part = PixelView::of_part(data, 24, &Rect::new(2, 1, 3, 4)).unwrap();
        assert_eq!((part.width(), part.height()), (3, 4));
        for y in 0..4 {
            assert_eq!(part.span(0, y, 3), whole.span(2, y + 1, 3));
        }
        for bad in [
            Rect::new(4, 0, 3, 1),
            Rect::new(0, 5, 1, 1),
            Rect::new(2, 4, 4, 1),
            Rect::new(0, 0, 0, 1),
            Rect::new(u32::MAX, 0, 2, 1),
            Rect::new(0, u32::MAX, 1, 1),
        ] {
            assert!(PixelView::of_part(data, 24, &bad).is_err(), "{bad:?}");
        }
    }
}
