//! The video picture within a frame, as both sides see it: its head, and the little of VP9 that is read here, so that a
//! decoder is never given more than was announced. No encoding: that is behind [`VideoCoder`].

use crate::format::{BLOCK, read_varint};
use crate::{MediaError, Rect};

/// First byte of the head: the picture needs none before it.
const KEY: u8 = 1;

/// What the uncoded head of a frame says about its video picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VideoHead {
    /// Decodes without the pictures before it.
    pub(crate) key: bool,
    /// Where it lies, in blocks. Those at the edges may be cut; the picture itself is whole.
    pub(crate) blocks: Rect,
    /// Bytes of VP9.
    pub(crate) length: usize,
}

impl VideoHead {
    /// Pixels of the coded picture.
    pub(crate) fn width(&self) -> u32 {
        self.blocks.width * BLOCK as u32
    }

    /// Pixels of the coded picture.
    pub(crate) fn height(&self) -> u32 {
        self.blocks.height * BLOCK as u32
    }

    /// The pixels that a `VIDEO` op may change: its bounds (blocks) on a surface, with their edges moved in.
    pub(crate) fn shown(bounds: &Rect, surface: &Rect, [left, top, right, bottom]: [u32; 4]) -> Rect {
        let side = BLOCK as u32;
        let whole = Rect::new(
            bounds.x * side,
            bounds.y * side,
            bounds.width * side,
            bounds.height * side,
        )
        .intersect(surface);
        Rect::new(
            whole.x + left,
            whole.y + top,
            whole.width.saturating_sub(left + right),
            whole.height.saturating_sub(top + bottom),
        )
    }

    #[cfg(feature = "encode")]
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(if self.key { KEY } else { 0 });
        let Rect { x, y, width, height } = self.blocks;
        for value in [x, y, width, height, self.length as u32] {
            crate::format::write_varint(out, value);
        }
    }

    /// Takes the head from the front of `rest`, which goes on with the picture.
    pub(crate) fn read(rest: &mut &[u8]) -> Result<Self, MediaError> {
        let Some((kind, after)) = rest.split_first() else {
            return Err(MediaError::Malformed("video head"));
        };
        *rest = after;
        let mut fields = [0; 5];
        for field in &mut fields {
            *field = read_varint(rest)?;
        }
        let [x, y, width, height, length] = fields;
        let blocks = Rect::new(x, y, width, height);
        if *kind & !KEY != 0 || blocks.is_empty() || length as usize > rest.len() {
            return Err(MediaError::Malformed("video head"));
        }
        Ok(Self {
            key: *kind & KEY != 0,
            blocks,
            length: length as usize,
        })
    }

    /// Checks the picture against its head and the one before it: within the surface, as large as announced, key or not.
    ///
    /// `last` is the place of the video picture before. A picture that is no key continues that one, at the same place.
    pub(crate) fn check(&self, bytes: &[u8], surface: &Rect, last: Option<Rect>) -> Result<(), MediaError> {
        if !surface.contains(&self.blocks) {
            return Err(MediaError::Malformed("video outside the picture"));
        }
        match vp9_frame(bytes) {
            Some(Vp9Frame::Key { width, height }) if self.key => {
                if (width, height) == (self.width(), self.height()) {
                    return Ok(());
                }
                Err(MediaError::Malformed("video of another size than announced"))
            }
            Some(Vp9Frame::Inter) if !self.key && last == Some(self.blocks) => Ok(()),
            Some(_) => Err(MediaError::Malformed("video out of order")),
            None => Err(MediaError::Malformed("unknown kind of video")),
        }
    }
}

/// What the uncompressed header of a VP9 frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Vp9Frame {
    Key {
        width: u32,
        height: u32,
    },
    /// Of the size of one of those before it.
    Inter,
}

/// Reads the start of one shown VP9 frame of profile 0 (section 6.2 of the VP9 bitstream specification). `None` for
/// anything else: several frames in one, frames that are not shown, frames that carry a size of their own without
/// being a key. By induction a decoder that is given only such frames never makes a picture larger than the last key's.
fn vp9_frame(bytes: &[u8]) -> Option<Vp9Frame> {
    // A last byte like this announces an index of several frames; encoders see to it that no single frame ends so.
    if bytes.last()? & 0xe0 == 0xc0 {
        return None;
    }
    let mut bits = Bits { bytes, at: 0 };
    let marker = bits.take(2)?;
    let profile = bits.take(2)?;
    let show_existing = bits.take(1)?;
    let inter = bits.take(1)? == 1;
    let shown = bits.take(1)? == 1;
    let resilient = bits.take(1)? == 1;
    if (marker, profile, show_existing, shown) != (2, 0, 0, true) {
        return None;
    }
    if !inter {
        if bits.take(24)? != 0x49_8342 {
            return None;
        }
        // RGB needs another profile; any other color space has one bit for the range behind it.
        if bits.take(3)? == 7 {
            return None;
        }
        bits.take(1)?;
        let width = bits.take(16)? + 1;
        let height = bits.take(16)? + 1;
        return Some(Vp9Frame::Key { width, height });
    }
    if !resilient {
        bits.take(2)?;
    }
    // Which pictures it replaces, and the three it refers to.
    bits.take(8 + 3 * 4)?;
    for _ in 0..3 {
        if bits.take(1)? == 1 {
            return Some(Vp9Frame::Inter);
        }
    }
    None
}

/// Bits, highest first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }
}

#[cfg(feature = "encode")]
pub use coder::{VideoCoder, VideoError, VideoSource, VideoWish};

#[cfg(feature = "encode")]
mod coder {
    /// The part of the screen that a [`VideoCoder`] codes.
    #[derive(Clone, Copy, Debug)]
    pub struct VideoSource<'a> {
        /// BGRX from the region's top left corner; the X byte is undefined.
        pub pixels: &'a [u8],
        /// Bytes from one row to the next.
        pub stride: usize,
        /// Pixels that there are; the coded picture goes on to whole blocks of 16 with the last pixels of row and column.
        pub width: u32,
        /// As `width`.
        pub height: u32,
        /// One byte a block of 16×16, row by row: 1 = its pixels are used, 0 = need not be coded. A hint.
        pub active: &'a [u8],
    }

    impl VideoSource<'_> {
        /// Pixels of the coded picture.
        #[must_use]
        pub fn coded_size(&self) -> (u32, u32) {
            (self.width.next_multiple_of(16), self.height.next_multiple_of(16))
        }
    }

    /// How the next picture is to be coded.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct VideoWish {
        /// The picture must need none before it.
        pub key: bool,
        /// 0 (nearly exact) to 63 (coarse), VP9's outer scale of quantizers.
        pub quantizer: u8,
        /// When the picture was taken, microseconds since any start.
        pub now_us: u64,
    }

    /// A picture could not be coded, for the reason given.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
    #[error("video: {0}")]
    pub struct VideoError(pub String);

    /// Codes pictures as VP9, profile 0, BT.709 of limited range: one shown frame for each picture, no delay. A library or
    /// a chip; the caller brings it.
    pub trait VideoCoder: Send {
        /// Appends one frame to `out`. A picture of another size than the last comes with `key` set.
        ///
        /// # Errors
        /// When it cannot go on; it is not asked again, and the region is coded in another way.
        fn code(
            &mut self,
            source: &VideoSource<'_>,
            wish: VideoWish,
            out: &mut Vec<u8>,
        ) -> Result<(), VideoError>;

        /// Gives back memory that only a region that plays needs. The next picture is a key.
        fn rest(&mut self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(fields: &[(u32, u32)]) -> Vec<u8> {
        let mut text = String::new();
        for (count, value) in fields {
            text.push_str(&format!("{value:0width$b}", width = *count as usize));
        }
        while !text.len().is_multiple_of(8) {
            text.push('0');
        }
        text.as_bytes()
            .chunks(8)
            .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | (bit - b'0')))
            .collect()
    }

    fn key(width: u32, height: u32) -> Vec<u8> {
        bits(&[
            (2, 2),
            (2, 0),
            (1, 0),
            (1, 0),
            (1, 1),
            (1, 0),
            (24, 0x49_8342),
            (3, 2),
            (1, 0),
            (16, width - 1),
            (16, height - 1),
            (8, 0),
        ])
    }

    fn inter(found: [u32; 3]) -> Vec<u8> {
        bits(&[
            (2, 2),
            (2, 0),
            (1, 0),
            (1, 1),
            (1, 1),
            (1, 0),
            (2, 0),
            (8, 1),
            (12, 0),
            (1, found[0]),
            (1, found[1]),
            (1, found[2]),
            (16, 0),
        ])
    }

    #[test]
    fn frames_are_told_apart() {
        assert_eq!(
            vp9_frame(&key(960, 544)),
            Some(Vp9Frame::Key {
                width: 960,
                height: 544
            })
        );
        assert_eq!(vp9_frame(&inter([1, 0, 0])), Some(Vp9Frame::Inter));
        assert_eq!(vp9_frame(&inter([0, 0, 1])), Some(Vp9Frame::Inter));
        assert_eq!(vp9_frame(&inter([0, 0, 0])), None, "a size of its own");
        assert_eq!(vp9_frame(&[]), None);
        assert_eq!(vp9_frame(&key(960, 544)[..6]), None);
        let mut several = key(960, 544);
        several.push(0xc1);
        assert_eq!(vp9_frame(&several), None, "an index of several frames");
        for (at, flip) in [(0, 0x10), (0, 0x08), (0, 0x02), (1, 1)] {
            let mut other = key(960, 544);
            other[at] ^= flip;
            assert_eq!(vp9_frame(&other), None, "byte {at} with {flip:#x}");
        }
    }

    #[test]
    fn a_picture_is_what_its_head_says() {
        let surface = Rect::new(0, 0, 100, 60);
        let head = |key, x, width, length| VideoHead {
            key,
            blocks: Rect::new(x, 3, width, 34),
            length,
        };
        let whole = key(960, 544);
        let place = Rect::new(10, 3, 60, 34);
        assert_eq!(
            head(true, 10, 60, whole.len()).check(&whole, &surface, None),
            Ok(())
        );
        assert!(
            head(true, 50, 60, whole.len())
                .check(&whole, &surface, None)
                .is_err(),
            "outside"
        );
        assert!(
            head(true, 10, 59, whole.len())
                .check(&whole, &surface, None)
                .is_err(),
            "another size"
        );
        assert!(
            head(false, 10, 60, whole.len())
                .check(&whole, &surface, Some(place))
                .is_err()
        );
        let next = inter([1, 0, 0]);
        assert_eq!(
            head(false, 10, 60, next.len()).check(&next, &surface, Some(place)),
            Ok(())
        );
        assert!(
            head(false, 11, 60, next.len())
                .check(&next, &surface, Some(place))
                .is_err(),
            "moved"
        );
        assert!(
            head(false, 10, 60, next.len())
                .check(&next, &surface, None)
                .is_err(),
            "nothing before"
        );
        assert!(
            head(true, 10, 60, next.len())
                .check(&next, &surface, None)
                .is_err()
        );
    }

    #[test]
    fn heads_round_trip() {
        let head = VideoHead {
            key: true,
            blocks: Rect::new(7, 300, 2, 1),
            length: 5,
        };
        let mut bytes = Vec::new();
        head.write(&mut bytes);
        bytes.extend([1, 2, 3, 4, 5, 6]);
        let mut rest = &bytes[..];
        assert_eq!(VideoHead::read(&mut rest), Ok(head));
        assert_eq!(rest, [1, 2, 3, 4, 5, 6]);
        for cut in 0..bytes.len() - 1 {
            assert!(VideoHead::read(&mut &bytes[..cut]).is_err(), "cut at {cut}");
        }
        bytes[0] = 2;
        assert!(VideoHead::read(&mut &bytes[..]).is_err());
        assert!(VideoHead::read(&mut &[1, 0, 0, 0, 1, 0][..]).is_err(), "empty");
    }
}
