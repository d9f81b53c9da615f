//! The video picture of a frame: which blocks it fills, and filling them.

use super::Decoder;
use crate::canvas::field_rect;
use crate::format::BLOCK;
use crate::grid::Grid;
use crate::range::RangeDecoder;
use crate::video::VideoHead;
use crate::{MediaError, Rect};

impl Decoder {
    /// Checks the head against the surface, the bytes behind it, and the video picture before.
    pub(super) fn begin_video(&mut self, head: &VideoHead, bytes: &[u8]) -> Result<(), MediaError> {
        let (width, height) = (self.canvas.width() as u32, self.canvas.height() as u32);
        let side = BLOCK as u32;
        let surface = Rect::new(0, 0, width.div_ceil(side), height.div_ceil(side));
        head.check(bytes, &surface, self.last_video)?;
        self.last_video = Some(head.blocks);
        Ok(())
    }

    /// The `VIDEO` op.
    pub(super) fn video_map(
        &mut self,
        coder: &mut RangeDecoder<'_>,
        head: Option<VideoHead>,
    ) -> Result<(), MediaError> {
        let head = head
            .filter(|_| self.video_blocks.is_empty())
            .ok_or(MediaError::Malformed("video map without a video"))?;
        let mut map = Grid::over(self.canvas.width(), self.canvas.height(), BLOCK);
        let (bounds, insets) = self.models.video_map(coder, &mut map, &Rect::default(), [0; 4])?;
        if !head.blocks.contains(&bounds) {
            return Err(MediaError::Malformed("video map outside the video"));
        }
        for row in bounds.y as usize..bounds.bottom() as usize {
            for column in bounds.x as usize..bounds.right() as usize {
                if map.get(column, row) != 0 {
                    self.canvas.set_block_lossy(column, row, true);
                    self.video_blocks.push((column, row));
                }
            }
        }
        if self.video_blocks.is_empty() {
            return Err(MediaError::Malformed("empty video map"));
        }
        self.video_shown = VideoHead::shown(&bounds, &self.canvas.bounds(), insets);
        self.push_fields(&map, &bounds, BLOCK);
        Ok(())
    }

    pub(super) fn paint_video(&mut self, head: &VideoHead, picture: &[u8]) -> Result<(), MediaError> {
        let width = head.width() as usize;
        if picture.len() != width * head.height() as usize * 4 {
            return Err(MediaError::BadVideo);
        }
        for (column, row) in &self.video_blocks {
            let target = field_rect(*column, *row, BLOCK).intersect(&self.video_shown);
            let (x, y) = (target.x as usize, target.y as usize);
            let from = (
                x - head.blocks.x as usize * BLOCK,
                y - head.blocks.y as usize * BLOCK,
            );
            let bytes = target.width as usize * 4;
            for line in 0..target.height as usize {
                let start = ((from.1 + line) * width + from.0) * 4;
                self.canvas
                    .span_mut(x, y + line, target.width as usize)
                    .copy_from_slice(&picture[start..start + bytes]);
            }
        }
        Ok(())
    }
}
