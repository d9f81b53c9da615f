//! A codec that is none: for tests of everything around one. Its frames begin like VP9 and hold the active blocks at half
//! their width and height, so that what is lost in between shows.

use crate::{Video, VideoCoder, VideoError, VideoSource, VideoWish};

/// Pixels on a block's side.
const BLOCK: usize = 16;
/// Pixels on its side that are kept.
const HALF: usize = BLOCK / 2;

/// Codes what [`FakeDecoder`] decodes.
#[derive(Debug, Default)]
pub struct FakeCoder {
    /// Pictures left until it fails; `None`: never.
    pub fails_after: Option<usize>,
    /// Bytes that each picture is made longer by for each step of the quantizer that is left.
    pub weight: usize,
}

impl VideoCoder for FakeCoder {
    fn code(
        &mut self,
        source: &VideoSource<'_>,
        wish: VideoWish,
        out: &mut Vec<u8>,
    ) -> Result<(), VideoError> {
        if let Some(left) = &mut self.fails_after {
            *left = left.checked_sub(1).ok_or(VideoError("it was told to".into()))?;
        }
        let (width, height) = source.coded_size();
        out.extend(header(wish.key, width, height));
        for (index, active) in source.active.iter().enumerate() {
            let used = wish.key || *active != 0;
            out.push(u8::from(used));
            if !used {
                continue;
            }
            let columns = width as usize / BLOCK;
            for at in 0..HALF * HALF {
                let x = (index % columns * BLOCK + at % HALF * 2).min(source.width as usize - 1);
                let y = (index / columns * BLOCK + at / HALF * 2).min(source.height as usize - 1);
                let start = y * source.stride + x * 4;
                out.extend_from_slice(&source.pixels[start..start + 3]);
            }
        }
        out.resize(out.len() + self.weight * usize::from(63 - wish.quantizer) + 1, 0);
        Ok(())
    }

    fn rest(&mut self) {}
}

const KEY_HEADER: usize = 10;
const INTER_HEADER: usize = 5;

/// The start of a VP9 frame: see `video.rs`.
fn header(key: bool, width: u32, height: u32) -> Vec<u8> {
    if !key {
        // The first of the pictures referred to has the right size.
        let mut bytes = vec![0x86, 0, 0, 0x02];
        bytes.resize(INTER_HEADER, 0);
        return bytes;
    }
    let size = u64::from(width - 1) << 16 | u64::from(height - 1);
    // Three bits of color space, one of range, and the size; then four bits to the end of the byte.
    let bits = 2 << 33 | size;
    let mut bytes = vec![0x82, 0x49, 0x83, 0x42];
    bytes.extend_from_slice(&(bits << 4).to_be_bytes()[3..]);
    bytes.resize(KEY_HEADER, 0);
    bytes
}

/// Decodes what [`FakeCoder`] codes.
#[derive(Debug, Default)]
pub struct FakeDecoder {
    /// RGBA.
    picture: Vec<u8>,
    size: (u32, u32),
}

impl FakeDecoder {
    /// RGBA without gaps; `None` for what no [`FakeCoder`] makes.
    pub fn decode(&mut self, video: &Video, bytes: &[u8]) -> Option<Vec<u8>> {
        let size = (video.width, video.height);
        if video.key {
            self.size = size;
            self.picture = vec![0; size.0 as usize * size.1 as usize * 4];
        } else if self.size != size {
            return None;
        }
        let mut rest = bytes.get(if video.key { KEY_HEADER } else { INTER_HEADER }..)?;
        let (columns, rows) = (size.0 as usize / BLOCK, size.1 as usize / BLOCK);
        for index in 0..columns * rows {
            let (used, after) = rest.split_first()?;
            rest = after;
            if *used == 0 {
                continue;
            }
            let (pixels, after) = rest.split_at_checked(HALF * HALF * 3)?;
            rest = after;
            for at in 0..BLOCK * BLOCK {
                let (x, y) = (at % BLOCK, at / BLOCK);
                let kept = (y / 2 * HALF + x / 2) * 3;
                let (x, y) = (index % columns * BLOCK + x, index / columns * BLOCK + y);
                let start = (y * columns * BLOCK + x) * 4;
                let [blue, green, red] = [pixels[kept], pixels[kept + 1], pixels[kept + 2]];
                self.picture[start..start + 4].copy_from_slice(&[red, green, blue, 255]);
            }
        }
        Some(self.picture.clone())
    }
}
