//! The frame format, in words, and its limits. This is the only place that defines it; the code that reads and writes the
//! parts is shared by both sides ([`crate::range::BitCoder`]).
//!
//! ```text
//! frame    version u8 = 2 · flags u8 (bit 0: has an atlas; others 0) · [atlas head · JPEG] · range-coded part
//! atlas    columns varint · blocks varint · JPEG length varint       (varint: LEB128, at most 5 bytes)
//! coded    (op · fields)* END                                        trailing zero bytes are not sent
//! ```
//!
//! A frame changes the picture that the frame before left behind. A new picture is black and exact. Adaptive probabilities,
//! the color table and the block cache live from the first frame after [`crate::Decoder::resize`] on; so every frame must
//! be decoded, in order.
//!
//! Grids, from the top left corner, cut at the right and bottom edges: **cells** of 8×8 pixels, **blocks** of 16×16,
//! **tiles** of 64×64. Every cell is exact or lossy. Pixels of lossy cells are never used to predict others, since JPEG
//! decoders differ.
//!
//! | op | fields | effect |
//! |---|---|---|
//! | `COPY` | vector, bounds and map of cells | each cell of the map takes the pixels that lie at its place minus the vector, and is lossy if one of those was. Rows of cells go top down, or bottom up when the vector points down; within a row left to right, or right to left when it points right. |
//! | `CACHED` | bounds and map of blocks, a slot for each | the block takes the pixels of the cache slot, and is as exact or lossy as those. |
//! | `GRAPHIC` | tile, rectangle within it, pixels | context coder for few colors; exact. |
//! | `PHOTO` | tile, rectangle within it, pixels | gradient-predicting coder for many colors; exact. |
//! | `ATLAS` | whether to keep, bounds and map of blocks | the blocks come from the JPEG picture, `columns` to a row, in reading order; lossy. They replace pixels after all else of the frame is done. |
//! | `MOVE` | vector, rectangle of pixels, whether to lift it; whether something comes back, bounds and map of cells | the rectangle takes the pixels that lie at its place minus the vector. If it is lifted, cells that come near are kept first. Then, in each cell of the map, all pixels beside the lifted rectangle become those that are kept. |
//! | `END` | | the frame is complete. |
//!
//! **Lifted rectangles.** One rectangle at a time is lifted: a window that is dragged. Cells within [`LIFT_MARGIN`] pixels
//! of it are kept as they were, exact or lossy, when it came near: before its shadow fell on them. A rectangle that came
//! from within the lifted one is the same, and what is near it already stays kept; another one starts anew. A cell that a
//! move touches in part is lossy when one of its parts is; of a cell that the edge of the lifted rectangle cuts, both sides
//! remember apart whether the part inside is lossy, so that a window stays exact over a lossy picture wherever it is
//! dragged.
//!
//! After a frame some blocks go into the next cache slots, in reading order; slots are reused in a circle. Only whole
//! blocks do: those that `GRAPHIC` or `PHOTO` touched or an `ATLAS` to be kept brought, if they are exact everywhere and not
//! of a single color, or lossy everywhere.

use crate::MediaError;

/// First byte of a frame.
pub const VERSION: u8 = 2;
/// Longest side of a picture; vectors and positions stay within 15 bits.
pub const MAX_SIDE: u32 = 16_384;
/// Most pixels of a picture, three 4K monitors and some: bounds the memory of a viewer (4 bytes each).
pub const MAX_PIXELS: u64 = 32 << 20;
/// Most bytes of a frame; the pipe's cap for a message to the viewer.
pub const MAX_FRAME_BYTES: usize = 32 << 20;
/// Most `COPY` and `MOVE` ops of a frame: scrolling panes and windows that move at the same time.
pub const MAX_COPIES: u32 = 4;
/// A lifted rectangle covers at most this part of the picture: bounds what both sides keep.
pub const MAX_LIFT_SHARE: u64 = 2;
/// Pixels around a lifted rectangle that are kept, too: wider than most shadows.
pub const LIFT_MARGIN: u32 = 48;
/// A frame may code this many times the pixels of the picture; more is an attempt to keep the viewer busy.
pub const MAX_PIXEL_FACTOR: u64 = 2;
/// Blocks in the cache: 32 MiB of pixels in the viewer.
pub const CACHE_SLOTS: u32 = 32_768;
/// Widest atlas, in blocks: 2048 pixels, so that its height stays below every JPEG limit.
pub const MAX_ATLAS_COLUMNS: u32 = 128;
/// Bytes that a correct range-coded part may need beyond its end.
pub const MAX_OVERRUN: usize = 8;

pub(crate) const CELL: usize = 8;
pub(crate) const BLOCK: usize = 16;
pub(crate) const TILE: usize = 64;

const HAS_ATLAS: u8 = 1;

/// What the uncoded head of a frame says about its JPEG picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AtlasHead {
    /// Blocks in a row.
    pub(crate) columns: u32,
    /// Blocks in all.
    pub(crate) blocks: u32,
    /// Bytes of JPEG.
    pub(crate) length: usize,
}

impl AtlasHead {
    pub(crate) fn width(&self) -> u32 {
        self.columns * BLOCK as u32
    }

    pub(crate) fn height(&self) -> u32 {
        self.blocks.div_ceil(self.columns.max(1)) * BLOCK as u32
    }
}

/// Starts a frame.
#[cfg(feature = "encode")]
pub(crate) fn write_head(out: &mut Vec<u8>, atlas: Option<(AtlasHead, &[u8])>) {
    out.push(VERSION);
    let Some((head, jpeg)) = atlas else {
        out.push(0);
        return;
    };
    out.push(HAS_ATLAS);
    for value in [head.columns, head.blocks, head.length as u32] {
        write_varint(out, value);
    }
    out.extend_from_slice(jpeg);
}

/// The parts of a frame: atlas, JPEG bytes as a range of `data`, range-coded part.
type Parts<'a> = (Option<AtlasHead>, std::ops::Range<usize>, &'a [u8]);

/// Takes a frame apart.
pub(crate) fn read_head(data: &[u8]) -> Result<Parts<'_>, MediaError> {
    if data.len() > MAX_FRAME_BYTES {
        return Err(MediaError::Malformed("frame too long"));
    }
    let [version, flags, rest @ ..] = data else {
        return Err(MediaError::Malformed("frame without a head"));
    };
    if *version != VERSION {
        return Err(MediaError::Version(*version));
    }
    match *flags {
        0 => Ok((None, 0..0, rest)),
        HAS_ATLAS => {
            let mut rest = rest;
            let columns = read_varint(&mut rest)?;
            let blocks = read_varint(&mut rest)?;
            let length = read_varint(&mut rest)? as usize;
            let sound =
                (1..=MAX_ATLAS_COLUMNS).contains(&columns) && blocks >= columns && length <= rest.len();
            if !sound || u64::from(blocks) > MAX_PIXELS / (BLOCK * BLOCK) as u64 {
                return Err(MediaError::Malformed("atlas head"));
            }
            let start = data.len() - rest.len();
            Ok((
                Some(AtlasHead {
                    columns,
                    blocks,
                    length,
                }),
                start..start + length,
                &rest[length..],
            ))
        }
        _ => Err(MediaError::Malformed("unknown flags")),
    }
}

#[cfg(feature = "encode")]
fn write_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn read_varint(data: &mut &[u8]) -> Result<u32, MediaError> {
    let mut value = 0u64;
    for index in 0..5 {
        let Some((byte, rest)) = data.split_first() else {
            break;
        };
        *data = rest;
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return u32::try_from(value).map_err(|_| MediaError::Malformed("number too large"));
        }
    }
    Err(MediaError::Malformed("unfinished number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_round_trip() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u32::MAX] {
            let mut bytes = Vec::new();
            write_varint(&mut bytes, value);
            assert_eq!(read_varint(&mut &bytes[..]), Ok(value));
        }
        assert!(read_varint(&mut &[0x80, 0x80][..]).is_err());
        assert!(read_varint(&mut &[0xff; 6][..]).is_err());
    }

    #[test]
    fn heads_are_checked() {
        assert_eq!(read_head(&[]), Err(MediaError::Malformed("frame without a head")));
        assert_eq!(read_head(&[9, 0]), Err(MediaError::Version(9)));
        assert!(read_head(&[VERSION, 2]).is_err());
        assert!(read_head(&[VERSION, HAS_ATLAS, 0, 1, 0]).is_err());
        assert!(read_head(&[VERSION, HAS_ATLAS, 1, 1, 9]).is_err());
        let (head, jpeg, coded) = read_head(&[VERSION, HAS_ATLAS, 1, 1, 2, 7, 8, 9]).unwrap();
        assert_eq!(
            head,
            Some(AtlasHead {
                columns: 1,
                blocks: 1,
                length: 2
            })
        );
        assert_eq!((jpeg, coded), (5..7, &[9u8][..]));
    }
}
