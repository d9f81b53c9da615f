//! The source picture as the caller lends it. Start at [`PixelView`].

use crate::MediaError;
#[cfg(doc)]
use crate::format::MAX_SIDE;
use crate::pixels::check_size;

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
