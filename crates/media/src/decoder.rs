//! The viewer's half: frames to pixels. Takes anything, never panics, and its time and memory are bounded by
//! [`crate::format`]'s limits. Decoding JPEG and VP9 is the host's: start at [`Decoder::begin`]. What is done with a video
//! picture is in `decoder/video.rs`, what the host is told to draw in `decoder/paint.rs`.

mod paint;
mod video;

use crate::cache::BlockStore;
use crate::canvas::{Canvas, field_rect};
use crate::format::{
    AtlasHead, BLOCK, CELL, MAX_COPIES, MAX_OVERRUN, MAX_PIXEL_FACTOR, Parts, TILE, read_head,
};
use crate::grid::{Grid, rectangles};
use crate::ops::{Models, Op};
use crate::pixels::{Rgba, check_size};
use crate::range::RangeDecoder;
use crate::video::VideoHead;
use crate::{MediaError, Rect};

/// What [`Decoder::begin`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The JPEG picture that the host decodes before [`Decoder::finish`].
    pub atlas: Option<Atlas>,
    /// The VP9 frame that the host decodes before [`Decoder::finish`].
    pub video: Option<Video>,
}

/// A JPEG picture within a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atlas {
    /// Its bytes, as a range of the frame's.
    pub bytes: std::ops::Range<usize>,
    /// Pixels it must have.
    pub width: u32,
    /// Pixels it must have.
    pub height: u32,
}

/// A VP9 frame within a frame. Its own header was checked: it is a single shown frame of profile 0, and no larger than
/// said here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Video {
    /// Its bytes, as a range of the frame's.
    pub bytes: std::ops::Range<usize>,
    /// Pixels it must have.
    pub width: u32,
    /// Pixels it must have.
    pub height: u32,
    /// It needs no frame before it; else it continues the one of the last [`Step`] that had one.
    pub key: bool,
}

/// Keeps the picture one viewer shows.
///
/// `begin`, then `finish`, for every frame in order. After an error the picture is undefined until [`Decoder::resize`].
pub struct Decoder {
    canvas: Canvas<Rgba>,
    models: Models,
    cache: BlockStore,
    /// The coded part of the frame between `begin` and `finish`.
    coded: Vec<u8>,
    state: State,
    atlas_blocks: Vec<(usize, usize)>,
    video_blocks: Vec<(usize, usize)>,
    /// Pixels that they may change.
    video_shown: Rect,
    /// Where the last video picture was, in blocks.
    last_video: Option<Rect>,
    dirty: Vec<Rect>,
    /// Room to draw them in; empty between frames.
    cells: Grid,
    /// What the picture's sum must be after the frame in hand.
    check: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ready,
    Begun(Heads),
    /// All but atlas and video is in the picture.
    Applied(Heads),
    Broken,
}

/// The pictures that a frame brings.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Heads {
    atlas: Option<AtlasHead>,
    video: Option<VideoHead>,
}

impl Decoder {
    /// A black picture. 4 bytes a pixel, 4 for each pixel beneath and near a window that was dragged (less than half of
    /// the picture, and a margin), and up to 33 MiB for the block cache as it fills.
    ///
    /// # Errors
    /// [`MediaError::BadSize`] beyond the limits of [`crate::format`].
    pub fn new(width: u32, height: u32) -> Result<Self, MediaError> {
        check_size(width, height)?;
        let (width, height) = (width as usize, height as usize);
        Ok(Self {
            canvas: Canvas::new(width, height),
            models: Models::new(),
            cache: BlockStore::new(),
            coded: Vec::new(),
            state: State::Ready,
            atlas_blocks: Vec::new(),
            video_blocks: Vec::new(),
            video_shown: Rect::default(),
            last_video: None,
            dirty: Vec::new(),
            cells: Grid::over(width, height, CELL),
            check: None,
        })
    }

    /// Starts over with a black picture of another size, for a new layout or after an error.
    ///
    /// # Errors
    /// As [`Decoder::new`]; the decoder is unchanged then.
    pub fn resize(&mut self, width: u32, height: u32) -> Result<(), MediaError> {
        *self = Self::new(width, height)?;
        Ok(())
    }

    /// Pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.canvas.width() as u32
    }

    /// Pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.canvas.height() as u32
    }

    /// RGBA, rows without gaps, top row first. A pixel never painted is 0, transparent black.
    #[must_use]
    pub fn framebuffer(&self) -> &[u8] {
        self.canvas.pixels()
    }

    /// Takes a frame and says what the host has to do. Copies the frame's coded part; changes no pixel.
    ///
    /// # Errors
    /// The frame is of another version or malformed, or the decoder is broken by an earlier error.
    pub fn begin(&mut self, frame: &[u8]) -> Result<Step, MediaError> {
        if self.state != State::Ready {
            self.state = State::Broken;
            return Err(MediaError::OutOfStep(
                "begin before the frame in hand was finished",
            ));
        }
        self.state = State::Broken;
        let Parts {
            atlas,
            video,
            coded,
            check,
        } = read_head(frame)?;
        if let Some((head, bytes)) = &video {
            self.begin_video(head, frame.get(bytes.clone()).unwrap_or_default())?;
        }
        self.coded.clear();
        self.coded.extend_from_slice(coded);
        self.check = check;
        self.state = State::Begun(Heads {
            atlas: atlas.as_ref().map(|(head, _)| *head),
            video: video.as_ref().map(|(head, _)| *head),
        });
        Ok(Step {
            atlas: atlas.map(|(head, bytes)| Atlas {
                bytes,
                width: head.width(),
                height: head.height(),
            }),
            video: video.map(|(head, bytes)| Video {
                bytes,
                width: head.width(),
                height: head.height(),
                key: head.key,
            }),
        })
    }

    /// Does all of the frame but its pictures. Optional: `finish` does it otherwise. Lets the host decode them meanwhile.
    ///
    /// # Errors
    /// A malformed frame, or no `begin` before.
    pub fn apply(&mut self) -> Result<(), MediaError> {
        let State::Begun(heads) = self.state else {
            self.state = State::Broken;
            return Err(MediaError::OutOfStep("no frame was begun"));
        };
        self.state = State::Broken;
        self.dirty.clear();
        self.atlas_blocks.clear();
        self.video_blocks.clear();
        let coded = std::mem::take(&mut self.coded);
        let result = self.run(&coded, &heads);
        self.coded = coded;
        result?;
        if heads.atlas.map_or(0, |head| head.blocks as usize) != self.atlas_blocks.len() {
            return Err(MediaError::Malformed("atlas of another size than its map"));
        }
        if heads.video.is_some() && self.video_blocks.is_empty() {
            return Err(MediaError::Malformed("video without its map"));
        }
        self.state = State::Applied(heads);
        Ok(())
    }

    /// Completes the frame. `atlas` and `video` are the decoded pictures, RGBA without gaps, of the sizes announced. Returns
    /// the rectangles that may have changed.
    ///
    /// # Errors
    /// A malformed frame, [`MediaError::BadAtlas`], [`MediaError::BadVideo`], [`MediaError::Differs`], or no `begin` before.
    pub fn finish(&mut self, atlas: Option<&[u8]>, video: Option<&[u8]>) -> Result<&[Rect], MediaError> {
        if let State::Begun(_) = self.state {
            self.apply()?;
        }
        let State::Applied(heads) = self.state else {
            self.state = State::Broken;
            return Err(MediaError::OutOfStep("no frame was begun"));
        };
        self.state = State::Broken;
        if let Some(head) = heads.atlas {
            self.paint_atlas(head, atlas.ok_or(MediaError::BadAtlas)?)?;
        }
        if let Some(head) = heads.video {
            self.paint_video(&head, video.ok_or(MediaError::BadVideo)?)?;
        }
        for (column, row, lossy) in self.canvas.take_cacheable() {
            let slot = self.cache.push(lossy);
            for (line, bytes) in slot.chunks_exact_mut(BLOCK * 4).enumerate() {
                bytes.copy_from_slice(self.canvas.span(column * BLOCK, row * BLOCK + line, BLOCK));
            }
        }
        if self.check.is_some_and(|sum| sum != self.canvas.checksum()) {
            return Err(MediaError::Differs);
        }
        self.state = State::Ready;
        paint::plan(&mut self.dirty, &self.canvas.bounds(), &mut self.cells);
        Ok(&self.dirty)
    }

    /// All ops of a frame.
    fn run(&mut self, coded: &[u8], heads: &Heads) -> Result<(), MediaError> {
        let mut coder = RangeDecoder::new(coded);
        let mut copies = 0;
        let mut last_tile = 0;
        let mut allowance = self.canvas.bounds().area() * MAX_PIXEL_FACTOR + (TILE * TILE) as u64;
        loop {
            let op = self.models.op(&mut coder, Op::End)?;
            match op {
                Op::End => break,
                Op::Copy | Op::Move => {
                    copies += 1;
                    if copies > MAX_COPIES {
                        return Err(MediaError::Malformed("too many copies"));
                    }
                    match op {
                        Op::Move => self.move_rect(&mut coder)?,
                        _ => self.copy(&mut coder)?,
                    }
                }
                Op::Cached => self.cached(&mut coder, &mut allowance)?,
                Op::Graphic | Op::Photo => {
                    let picture = self.canvas.bounds();
                    let rect = self
                        .models
                        .place(&mut coder, &picture, &mut last_tile, &Rect::default())?;
                    spend(&mut allowance, rect.area())?;
                    self.models
                        .pixels(&mut coder, op, &mut self.canvas, &rect, |_, _, _, _| {});
                    self.dirty.push(rect);
                }
                Op::Atlas if heads.atlas.is_some() && self.atlas_blocks.is_empty() => {
                    self.atlas_map(&mut coder)?;
                }
                Op::Atlas => return Err(MediaError::Malformed("atlas map without an atlas")),
                Op::Video => self.video_map(&mut coder, heads.video)?,
            }
            // Zeros behind the end could go on as valid ops for long.
            if coder.overrun() > MAX_OVERRUN {
                return Err(MediaError::Malformed("frame ends early"));
            }
        }
        Ok(())
    }

    fn copy(&mut self, coder: &mut RangeDecoder<'_>) -> Result<(), MediaError> {
        let mut map = Grid::over(self.canvas.width(), self.canvas.height(), CELL);
        let (bounds, (dx, dy)) = self.models.copy(coder, &mut map, &Rect::default(), (0, 0))?;
        self.dirty.extend(self.canvas.copy_cells(&map, &bounds, dx, dy)?);
        Ok(())
    }

    fn move_rect(&mut self, coder: &mut RangeDecoder<'_>) -> Result<(), MediaError> {
        let picture = self.canvas.bounds();
        let fields = (Rect::default(), (0, 0), false);
        let (target, by, lift) = self.models.moved(coder, &picture, fields)?;
        self.dirty.extend(self.canvas.move_rect(&target, by, lift)?);
        let mut map = Grid::over(self.canvas.width(), self.canvas.height(), CELL);
        if let Some(bounds) = self.models.restored(coder, &mut map, &Rect::default())? {
            self.canvas.restore_cells(&map, &bounds)?;
            self.push_fields(&map, &bounds, CELL);
        }
        Ok(())
    }

    fn cached(&mut self, coder: &mut RangeDecoder<'_>, allowance: &mut u64) -> Result<(), MediaError> {
        let mut map = Grid::over(self.canvas.width(), self.canvas.height(), BLOCK);
        let bounds = self.models.cached_map(coder, &mut map, &Rect::default())?;
        spend(allowance, bounds.area() * (BLOCK * BLOCK) as u64)?;
        let mut slot = 0;
        for row in bounds.y as usize..bounds.bottom() as usize {
            for column in bounds.x as usize..bounds.right() as usize {
                if map.get(column, row) == 0 {
                    continue;
                }
                slot = self.models.slot(coder, slot, 0);
                let pixels = self
                    .cache
                    .get(slot)
                    .filter(|_| self.canvas.whole_block(column, row));
                let (pixels, lossy) = pixels.ok_or(MediaError::Malformed("unknown cache slot"))?;
                for (line, bytes) in pixels.chunks_exact(BLOCK * 4).enumerate() {
                    self.canvas
                        .span_mut(column * BLOCK, row * BLOCK + line, BLOCK)
                        .copy_from_slice(bytes);
                }
                self.canvas.set_block_lossy(column, row, lossy);
            }
        }
        self.push_fields(&map, &bounds, BLOCK);
        Ok(())
    }

    fn atlas_map(&mut self, coder: &mut RangeDecoder<'_>) -> Result<(), MediaError> {
        let mut map = Grid::over(self.canvas.width(), self.canvas.height(), BLOCK);
        let (bounds, keep) = self.models.atlas_map(coder, &mut map, &Rect::default(), false)?;
        for row in bounds.y as usize..bounds.bottom() as usize {
            for column in bounds.x as usize..bounds.right() as usize {
                if map.get(column, row) != 0 {
                    self.canvas.set_block_lossy(column, row, true);
                    if keep {
                        self.canvas.touch(column, row);
                    }
                    self.atlas_blocks.push((column, row));
                }
            }
        }
        self.push_fields(&map, &bounds, BLOCK);
        Ok(())
    }

    fn paint_atlas(&mut self, head: AtlasHead, picture: &[u8]) -> Result<(), MediaError> {
        let width = head.width() as usize;
        if picture.len() != width * head.height() as usize * 4 {
            return Err(MediaError::BadAtlas);
        }
        for (index, (column, row)) in self.atlas_blocks.iter().enumerate() {
            let target = field_rect(*column, *row, BLOCK).intersect(&self.canvas.bounds());
            let from = (
                index % head.columns as usize * BLOCK,
                index / head.columns as usize * BLOCK,
            );
            for line in 0..target.height as usize {
                let start = ((from.1 + line) * width + from.0) * 4;
                let (x, y) = (target.x as usize, target.y as usize + line);
                let bytes = target.width as usize * 4;
                self.canvas
                    .span_mut(x, y, target.width as usize)
                    .copy_from_slice(&picture[start..start + bytes]);
            }
        }
        Ok(())
    }

    fn push_fields(&mut self, map: &Grid, bounds: &Rect, side: usize) {
        let side = side as u32;
        for rect in rectangles(map, bounds) {
            let pixels = Rect::new(
                rect.x * side,
                rect.y * side,
                rect.width * side,
                rect.height * side,
            );
            self.dirty.push(pixels.intersect(&self.canvas.bounds()));
        }
    }
}

fn spend(allowance: &mut u64, pixels: u64) -> Result<(), MediaError> {
    *allowance = allowance
        .checked_sub(pixels)
        .ok_or(MediaError::Malformed("more pixels than a frame may have"))?;
    Ok(())
}
