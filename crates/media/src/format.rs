//! The frame format, in words, and its limits. This is the only place that defines it; the code that reads and writes the
//! parts is shared by both sides ([`crate::range::BitCoder`]).
//!
//! ```text
//! frame    version u8 = 3 · flags u8 (bit 0: has an atlas, bit 1: has video, bit 2: is checked; others 0)
//!          · [atlas head · JPEG] · [video head · VP9] · range-coded part · [check sum u64, little-endian]
//! atlas    columns varint · blocks varint · JPEG length varint       (varint: LEB128, at most 5 bytes)
//! video    kind u8 (bit 0: key; others 0) · column, row, columns, rows varint (in blocks) · VP9 length varint
//! coded    (op · fields)* END                                        trailing zero bytes are not sent
//! ```
//!
//! A frame changes the picture that the frame before left behind. A new picture is black and exact. Adaptive probabilities,
//! the color table, the neighborhoods seen and the block cache live from the first frame after [`crate::Decoder::resize`] on; so every frame must
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
//! | `VIDEO` | bounds and map of blocks within the video's place, how many pixels (0 to 15) the left, top, right and bottom edge of the bounds are moved in | the blocks come from the video picture, as far as they lie within those edges; all their cells are lossy. They replace pixels after all else of the frame is done, the atlas included. |
//! | `END` | | the frame is complete. |
//!
//! **Video** is one shown VP9 frame of profile 0, BT.709 of limited range, of exactly the size of its place (16 pixels a block,
//! beyond the edges, too). One that is no key continues the video picture before it, which had the same place, however many
//! frames without video lie in between. A frame with video has one `VIDEO` op, one without has none.
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
//!
//! The check sum of a checked frame is that of the whole picture after it, which is exact then ([`Checksum`]). A viewer whose
//! picture has another one is out of step, whatever the reason, and starts over.

use std::ops::Range;

use crate::MediaError;
use crate::video::VideoHead;

/// First byte of a frame.
pub const VERSION: u8 = 3;
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
const HAS_VIDEO: u8 = 2;
const IS_CHECKED: u8 = 4;
const CHECK_BYTES: usize = 8;

/// The sum of a picture's colors in reading order, by which both sides find out that they disagree. Not against anybody who wants
/// to deceive: whoever makes frames may show what they like anyway.
pub(crate) struct Checksum([u64; 4]);

impl Checksum {
    const FACTOR: u64 = 0x0000_0100_0000_01b3;

    pub(crate) fn new() -> Self {
        Self([0xcbf2_9ce4_8422_2325; 4])
    }

    /// Four sums side by side, each over every fourth color: about 0.5 ns a color.
    pub(crate) fn add(&mut self, colors: &[u32]) {
        for four in colors.chunks(4) {
            for (sum, color) in self.0.iter_mut().zip(four) {
                *sum = (*sum ^ u64::from(*color)).wrapping_mul(Self::FACTOR);
            }
        }
    }

    pub(crate) fn value(&self) -> u64 {
        self.0
            .iter()
            .fold(0, |all: u64, sum| all.rotate_left(17) ^ (sum ^ sum >> 32))
    }
}

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

/// Starts a frame. One that is checked ends with its sum.
#[cfg(feature = "encode")]
pub(crate) fn write_head(
    out: &mut Vec<u8>,
    atlas: Option<(AtlasHead, &[u8])>,
    video: Option<(VideoHead, &[u8])>,
    checked: bool,
) {
    let flag = |is: bool, flag| if is { flag } else { 0 };
    out.extend([
        VERSION,
        flag(atlas.is_some(), HAS_ATLAS) | flag(video.is_some(), HAS_VIDEO) | flag(checked, IS_CHECKED),
    ]);
    if let Some((head, jpeg)) = atlas {
        for value in [head.columns, head.blocks, head.length as u32] {
            write_varint(out, value);
        }
        out.extend_from_slice(jpeg);
    }
    if let Some((head, bytes)) = video {
        head.write(out);
        out.extend_from_slice(bytes);
    }
}

/// The parts of a frame; pictures as ranges of its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    pub(crate) atlas: Option<(AtlasHead, Range<usize>)>,
    pub(crate) video: Option<(VideoHead, Range<usize>)>,
    pub(crate) coded: &'a [u8],
    /// What the picture's sum must be after the frame.
    pub(crate) check: Option<u64>,
}

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
    if *flags & !(HAS_ATLAS | HAS_VIDEO | IS_CHECKED) != 0 {
        return Err(MediaError::Malformed("unknown flags"));
    }
    let (mut rest, check) = if flags & IS_CHECKED == 0 {
        (rest, None)
    } else {
        let (rest, sum) = rest
            .split_last_chunk::<CHECK_BYTES>()
            .ok_or(MediaError::Malformed("frame without its sum"))?;
        (rest, Some(u64::from_le_bytes(*sum)))
    };
    let end = 2 + rest.len();
    // The heads were checked to be followed by that many bytes.
    let skip = |rest: &mut &[u8], length: usize| {
        let start = end - rest.len();
        *rest = rest.get(length..).unwrap_or_default();
        start..start + length
    };
    let mut parts = Parts {
        atlas: None,
        video: None,
        coded: &[],
        check,
    };
    if *flags & HAS_ATLAS != 0 {
        let head = read_atlas(&mut rest)?;
        parts.atlas = Some((head, skip(&mut rest, head.length)));
    }
    if *flags & HAS_VIDEO != 0 {
        let head = VideoHead::read(&mut rest)?;
        parts.video = Some((head, skip(&mut rest, head.length)));
    }
    parts.coded = rest;
    Ok(parts)
}

fn read_atlas(rest: &mut &[u8]) -> Result<AtlasHead, MediaError> {
    let columns = read_varint(rest)?;
    let blocks = read_varint(rest)?;
    let length = read_varint(rest)? as usize;
    let sound = (1..=MAX_ATLAS_COLUMNS).contains(&columns) && blocks >= columns && length <= rest.len();
    if !sound || u64::from(blocks) > MAX_PIXELS / (BLOCK * BLOCK) as u64 {
        return Err(MediaError::Malformed("atlas head"));
    }
    Ok(AtlasHead {
        columns,
        blocks,
        length,
    })
}

#[cfg(feature = "encode")]
pub(crate) fn write_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn read_varint(data: &mut &[u8]) -> Result<u32, MediaError> {
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
    use crate::Rect;

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
        assert!(read_head(&[VERSION, 8]).is_err());
        assert!(read_head(&[VERSION, HAS_VIDEO]).is_err());
        assert!(read_head(&[VERSION, HAS_ATLAS, 0, 1, 0]).is_err());
        assert!(read_head(&[VERSION, HAS_ATLAS, 1, 1, 9]).is_err());
        let atlas = AtlasHead {
            columns: 1,
            blocks: 1,
            length: 2,
        };
        let parts = read_head(&[VERSION, HAS_ATLAS, 1, 1, 2, 7, 8, 9]).unwrap();
        assert_eq!(
            parts,
            Parts {
                atlas: Some((atlas, 5..7)),
                video: None,
                coded: &[9],
                check: None,
            }
        );
        let video = VideoHead {
            key: true,
            blocks: Rect::new(1, 2, 3, 4),
            length: 1,
        };
        let mut both = Vec::new();
        write_head(&mut both, Some((atlas, &[7, 8])), Some((video, &[6])), true);
        both.push(5);
        both.extend(1u64.to_le_bytes());
        assert_eq!(
            read_head(&both).unwrap(),
            Parts {
                atlas: Some((atlas, 5..7)),
                video: Some((video, 13..14)),
                coded: &[5],
                check: Some(1),
            }
        );
        assert!(
            read_head(&both[..both.len() - 2]).is_err(),
            "the sum is no part of the pictures"
        );
        assert!(read_head(&[VERSION, IS_CHECKED, 1, 2, 3]).is_err());
    }

    #[test]
    fn sums_tell_pictures_apart() {
        let sum = |colors: &[u32]| {
            let mut sum = Checksum::new();
            sum.add(colors);
            sum.value()
        };
        let row: Vec<u32> = (0..37).map(|x| x * 0x01_0203).collect();
        for at in 0..row.len() {
            for bit in [1, 0x80, 0x100, 0x80_0000] {
                let mut other = row.clone();
                other[at] ^= bit;
                assert_ne!(sum(&row), sum(&other), "{at} {bit:x}");
            }
        }
        let mut turned = row.clone();
        turned.swap(3, 7);
        assert_ne!(sum(&row), sum(&turned));
    }
}
