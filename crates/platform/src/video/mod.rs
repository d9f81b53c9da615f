//! Encoders for video that a machine has: pictures in, VP9 out, at once. What is video, and how fine it is to be, is decided
//! elsewhere.
//!
//! Beside the trait: libvpx, which is part of the program (`vp9.rs`, feature `vp9`), the way from screen colors to those of
//! video (`i420.rs`), and a fake. Start at [`open_video`].

pub mod fake;
#[cfg(any(feature = "vp9", test))]
mod i420;
#[cfg(all(test, feature = "vp9-decode"))]
mod tests;
#[cfg(feature = "vp9")]
mod vp9;

#[cfg(feature = "vp9-decode")]
pub use vp9::Vp9Decoder;

/// Pixels on the side of the blocks that pictures are made of.
pub const VIDEO_BLOCK: u32 = 16;

/// One picture.
#[derive(Clone, Copy, Debug)]
pub struct VideoPicture<'a> {
    /// BGRX, top row first; the fourth byte is undefined.
    pub pixels: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
    /// Pixels. What is encoded goes on to a multiple of [`VIDEO_BLOCK`] with the last pixels of row and column.
    pub width: u32,
    /// As `width`.
    pub height: u32,
    /// One byte a block, row by row: 0 = nobody looks at it, so that it costs nothing.
    pub active: &'a [u8],
}

impl VideoPicture<'_> {
    /// Columns and rows of blocks.
    #[must_use]
    pub fn blocks(&self) -> (u32, u32) {
        (
            self.width.div_ceil(VIDEO_BLOCK),
            self.height.div_ceil(VIDEO_BLOCK),
        )
    }

    /// The buffers are as long as they must be.
    fn is_sound(&self) -> bool {
        let (columns, rows) = self.blocks();
        let row = self.width as usize * 4;
        let needed = self
            .stride
            .checked_mul((self.height as usize).saturating_sub(1))
            .and_then(|rows| rows.checked_add(row));
        let sides = (1..=16_384).contains(&self.width) && (1..=16_384).contains(&self.height);
        sides
            && self.stride >= row
            && needed.is_some_and(|needed| self.pixels.len() >= needed)
            && self.active.len() == columns as usize * rows as usize
    }
}

/// How a picture is to be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoOptions {
    /// It must need none before it. Always so for the first of its size.
    pub key: bool,
    /// 0 (nearly exact) to 63 (coarse).
    pub quantizer: u8,
    /// When it was taken, microseconds since any start.
    pub now_us: u64,
}

/// A picture could not be encoded, for the reason given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("video encoder: {0}")]
pub struct VideoError(pub String);

/// Encodes pictures one after the other as VP9, profile 0, BT.709 of limited range: one shown frame for each, at once.
///
/// Belongs to one thread at a time; a picture of 960×540 takes it some milliseconds.
pub trait VideoEncoder: Send {
    /// Appends one frame to `out`.
    ///
    /// # Errors
    /// When the encoder cannot go on, or the picture's buffers are too short for its size.
    fn encode(
        &mut self,
        picture: &VideoPicture<'_>,
        options: VideoOptions,
        out: &mut Vec<u8>,
    ) -> Result<(), VideoError>;

    /// Gives back what only a running video needs. The next picture is a key.
    fn rest(&mut self);
}

/// The best encoder there is; `None` when this program was built without any. Costs nothing until it is used.
#[must_use]
pub fn open_video() -> Option<Box<dyn VideoEncoder>> {
    #[cfg(feature = "vp9")]
    return Some(Box::new(vp9::Vp9Encoder::default()));
    #[cfg(not(feature = "vp9"))]
    None
}
