//! Pixels in memory: sizes, the two byte orders, comparisons that ignore the undefined byte. No codec here.

use crate::MediaError;
use crate::format::{MAX_PIXELS, MAX_SIDE};

/// The sides every picture of this crate must have.
pub(crate) fn check_size(width: u32, height: u32) -> Result<(), MediaError> {
    let sides = (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height);
    if sides && u64::from(width) * u64::from(height) <= MAX_PIXELS {
        Ok(())
    } else {
        Err(MediaError::BadSize { width, height })
    }
}

/// How four bytes are a color. A color is `R | G << 8 | B << 16`.
pub(crate) trait Order {
    fn load(bytes: [u8; 4]) -> u32;
    fn store(color: u32) -> [u8; 4];
}

/// What displays give: blue first, fourth byte undefined.
#[cfg(feature = "encode")]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bgrx;

/// What a browser's `ImageData` takes: red first, fourth byte opaque.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rgba;

#[cfg(feature = "encode")]
impl Order for Bgrx {
    #[inline(always)]
    fn load(bytes: [u8; 4]) -> u32 {
        u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]])
    }
    #[inline(always)]
    fn store(color: u32) -> [u8; 4] {
        let [r, g, b, _] = color.to_le_bytes();
        [b, g, r, 0xff]
    }
}

impl Order for Rgba {
    #[inline(always)]
    fn load(bytes: [u8; 4]) -> u32 {
        u32::from_le_bytes(bytes) & COLOR
    }
    #[inline(always)]
    fn store(color: u32) -> [u8; 4] {
        (color | 0xff00_0000).to_le_bytes()
    }
}

/// The bits of a loaded little-endian pixel that mean something.
pub(crate) const COLOR: u32 = 0x00ff_ffff;

/// The four-byte pixels of a span.
#[inline(always)]
pub(crate) fn quads(bytes: &[u8]) -> &[[u8; 4]] {
    bytes.as_chunks().0
}

/// True when the colors of two spans of the same length differ.
#[cfg(feature = "encode")]
#[inline(always)]
pub(crate) fn colors_differ(a: &[u8], b: &[u8]) -> bool {
    let ((words_a, rest_a), (words_b, rest_b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut any = 0;
    for (p, q) in words_a.iter().zip(words_b) {
        any |= u64::from_le_bytes(*p) ^ u64::from_le_bytes(*q);
    }
    for (p, q) in quads(rest_a).iter().zip(quads(rest_b)) {
        any |= u64::from(u32::from_le_bytes(*p) ^ u32::from_le_bytes(*q));
    }
    any & (u64::from(COLOR) << 32 | u64::from(COLOR)) != 0
}
