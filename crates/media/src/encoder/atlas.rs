//! Packs photo blocks into one JPEG picture: one picture costs a viewer little, many small ones a millisecond each.

use jpeg_encoder::{ChromaSubsamplingMethod, ImageBuffer, JpegColorType, SamplingFactor, rgb_to_ycbcr};

use super::{Draft, Encoder, Quality};
use crate::format::{AtlasHead, BLOCK, CELL, MAX_ATLAS_COLUMNS};
use crate::grid::Grid;
use crate::ops::Op;
use crate::view::PixelView;
use crate::{MediaError, Rect};

/// The JPEG picture of a frame.
pub(super) struct AtlasPicture {
    pub(super) head: AtlasHead,
    pub(super) jpeg: Vec<u8>,
}

/// JPEG's own quality scale, and whether color has half the resolution.
struct Grade {
    quality: u8,
    half_color: bool,
    /// Worth a place in the block cache: it may come back.
    keep: bool,
}

/// A photo that appears: hard to tell from the original.
const STILL: Grade = Grade {
    quality: 80,
    half_color: false,
    keep: true,
};
/// What changes again and again, as video does: the eye has no time for more, and refinement follows when it stops.
const MOVING: Grade = Grade {
    quality: 60,
    half_color: true,
    keep: false,
};
/// What goes by, as in a page that is scrolled: likewise, but it may come back. And all that is lossy on a slow link.
const LOW: Grade = Grade {
    quality: 60,
    half_color: true,
    keep: true,
};

/// Reads blocks straight from the source, so that the atlas needs no memory of its own.
struct Blocks<'a> {
    source: PixelView<'a>,
    blocks: &'a [(usize, usize)],
    head: AtlasHead,
}

impl ImageBuffer for Blocks<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.head.width() as u16
    }

    fn height(&self) -> u16 {
        self.head.height() as u16
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let (atlas_row, line) = (usize::from(y) / BLOCK, usize::from(y) % BLOCK);
        let columns = self.head.columns as usize;
        for index in atlas_row * columns..(atlas_row + 1) * columns {
            let mut planes = [[128u8; BLOCK]; 3];
            if let Some((column, row)) = self.blocks.get(index) {
                let (x, y) = (
                    column * BLOCK,
                    (row * BLOCK + line).min(self.source.height() as usize - 1),
                );
                let width = BLOCK.min(self.source.width() as usize - x);
                // Beyond the edges the last pixel goes on: cheap to code.
                let mut bytes = [0; BLOCK * 4];
                bytes[..width * 4].copy_from_slice(self.source.span(x, y, width));
                for at in width..BLOCK {
                    bytes.copy_within((width - 1) * 4..width * 4, at * 4);
                }
                for at in 0..BLOCK {
                    let (luma, blue, red) = rgb_to_ycbcr(bytes[at * 4 + 2], bytes[at * 4 + 1], bytes[at * 4]);
                    planes[0][at] = luma;
                    planes[1][at] = blue;
                    planes[2][at] = red;
                }
            }
            for (buffer, plane) in buffers.iter_mut().zip(&planes) {
                buffer.extend_from_slice(plane);
            }
        }
    }
}

impl Encoder {
    /// Sends these blocks, in reading order, as the frame's atlas.
    pub(super) fn atlas(
        &mut self,
        source: &PixelView<'_>,
        quality: Quality,
        blocks: &[(usize, usize)],
        draft: &mut Draft,
    ) -> Result<(), MediaError> {
        let grade = self.grade(quality, blocks, draft.goes_by);
        let columns = MAX_ATLAS_COLUMNS.min(blocks.len() as u32);
        let mut head = AtlasHead {
            columns,
            blocks: blocks.len() as u32,
            length: 0,
        };
        let mut jpeg = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, grade.quality);
        encoder.set_sampling_factor(if grade.half_color {
            SamplingFactor::F_2_2
        } else {
            SamplingFactor::F_1_1
        });
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
        encoder
            .encode_image(Blocks {
                source: *source,
                blocks,
                head,
            })
            .map_err(|error| MediaError::Jpeg(error.to_string()))?;
        head.length = jpeg.len();
        draft.stats.atlas += (blocks.len() * BLOCK * BLOCK) as u64;
        draft.stats.atlas_bytes += jpeg.len() as u64;
        draft.atlas = Some(AtlasPicture { head, jpeg });

        let mut map = Grid::over(self.canvas.width(), self.canvas.height(), BLOCK);
        let mut bounds = Rect::default();
        for (column, row) in blocks {
            map.set(*column, *row, 1);
            bounds = bounds.union(&Rect::new(*column as u32, *row as u32, 1, 1));
            self.take_block(source, *column, *row, true);
            // What comes into sight of a page that is scrolled is no video, though it always does so at the same place.
            if !draft.goes_by {
                self.note_moving(*column, *row);
            }
            if grade.keep {
                self.canvas.touch(*column, *row);
            }
        }
        self.models.op(&mut draft.coder, Op::Atlas)?;
        self.models
            .atlas_map(&mut draft.coder, &mut map, &bounds, grade.keep)?;
        Ok(())
    }

    /// Blocks that were lossy already and change again are moving.
    fn grade(&self, quality: Quality, blocks: &[(usize, usize)], goes_by: bool) -> Grade {
        const PER: usize = BLOCK / CELL;
        let lossy = self.canvas.lossy();
        let moving = blocks
            .iter()
            .filter(|(column, row)| lossy.get(column * PER, row * PER) != 0)
            .count();
        match quality {
            _ if moving * 2 > blocks.len() => MOVING,
            Quality::LowBandwidth => LOW,
            Quality::Auto | Quality::Lossless if goes_by => LOW,
            Quality::Auto | Quality::Lossless => STILL,
        }
    }
}
