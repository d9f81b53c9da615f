//! The agent's half: what changed, as frames. One [`Encoder`] per viewer. Start at [`Encoder::encode`], whose steps are the
//! files beside this one: `motion` (what goes on moving, ahead of comparing) → `changes` (compare) → `motion` (other moves and
//! copies) → `cached` (blocks the viewer has) → `residual` (pixels, as many as may go now: `order`) → `atlas` (JPEG). `refine`
//! makes lossy areas exact. `video` takes what moves like video out of all this; `moving` finds it. `colors` tells text from photos.

mod atlas;
mod cached;
mod changes;
mod colors;
mod motion;
mod moving;
mod order;
mod refine;
mod residual;
mod video;

use crate::cache::BlockIndex;
use crate::canvas::Canvas;
use crate::format::{BLOCK, CELL, write_head};
use crate::ops::{Models, Op};
use crate::pixels::{Bgrx, check_size};
use crate::range::RangeEncoder;
use crate::view::PixelView;
use crate::{MediaError, Rect, Region};
use atlas::AtlasPicture;
use changes::Changes;
use motion::Search;
use order::Turns;
use video::{VideoPicture, VideoRegion};

/// How exact frames are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quality {
    /// Text and graphics exact; large photo areas lossy until refined.
    #[default]
    Auto,
    /// Every pixel exact. Costs several times the bytes and time on photos and video.
    Lossless,
    /// As [`Quality::Auto`] with stronger compression of photo areas.
    LowBandwidth,
}

/// One frame for one viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedFrame {
    /// See [`mod@crate::format`]. All frames of an encoder must reach its decoder, in order.
    pub data: Vec<u8>,
    /// After this frame the viewer shows exactly the source, as far as damage was told.
    pub exact: bool,
    /// Some damage was left for the next [`Encoder::encode`], to keep this frame's time and size bounded. Call it again, with
    /// or without new damage, as soon as the next frame may go.
    pub pending: bool,
    /// What it is made of.
    pub stats: FrameStats,
}

/// What a frame is made of, in pixels unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameStats {
    /// Moved within the picture.
    pub copied: u64,
    /// From the block cache.
    pub cached: u64,
    /// Coded exactly as graphics.
    pub graphic: u64,
    /// Coded exactly as photo.
    pub photo: u64,
    /// In the JPEG atlas.
    pub atlas: u64,
    /// Bytes of the atlas.
    pub atlas_bytes: u64,
    /// In the video picture.
    pub video: u64,
    /// Bytes of the video picture.
    pub video_bytes: u64,
    /// Decisions of the range coder; 4 to 6 ns each.
    pub work: u64,
}

/// The coder spends no more than this many decisions on one frame (20 to 40 ms); the rest stays pending.
const MAX_WORK: u64 = 4_000_000;
/// A picture of which one pixel in so many moved is scrolled,
const SCROLLED_SHARE: u64 = 8;
/// and goes by if it was not longer ago that it was scrolled before, microseconds.
const GOES_BY_US: u64 = 250_000;

/// Turns a changing picture into frames for one viewer.
///
/// Memory: 4 bytes a pixel for the reference (resident once painted), 4 for each pixel beneath and near a window that was
/// dragged, and up to 2 MiB.
pub struct Encoder {
    canvas: Canvas<Bgrx>,
    models: Models,
    index: BlockIndex,
    changes: Changes,
    motion: Search,
    pending: Region,
    turns: Turns,
    /// Tile where the next refinement starts.
    refine_at: usize,
    /// For viewers that can decode video.
    video: Option<VideoRegion>,
    /// What the connection delivers, bytes a second.
    rate: Option<u64>,
    /// Time of the last call, microseconds.
    now: u64,
    /// When a large part of the picture last moved.
    moved_at: Option<u64>,
}

/// A frame in the making.
struct Draft {
    coder: RangeEncoder,
    last_tile: u32,
    stats: FrameStats,
    atlas: Option<AtlasPicture>,
    video: Option<VideoPicture>,
    check: Option<u64>,
    /// A large part of the picture moves, and did a moment ago.
    goes_by: bool,
}

impl Draft {
    fn new() -> Self {
        Self {
            coder: RangeEncoder::new(),
            last_tile: 0,
            stats: FrameStats::default(),
            atlas: None,
            video: None,
            check: None,
            goes_by: false,
        }
    }
}

impl Encoder {
    /// An encoder for a viewer whose decoder was just made or resized to the same size: both are black.
    ///
    /// `key` should be random and secret; it keeps crafted screen content from fooling the block cache.
    ///
    /// # Errors
    /// [`MediaError::BadSize`] beyond the limits of [`mod@crate::format`].
    pub fn new(width: u32, height: u32, key: [u64; 2]) -> Result<Self, MediaError> {
        check_size(width, height)?;
        let (wide, high) = (width as usize, height as usize);
        Ok(Self {
            canvas: Canvas::new(wide, high),
            models: Models::new(),
            index: BlockIndex::new(key),
            changes: Changes::new(wide, high),
            motion: Search::new(),
            // The first call compares everything: the viewer's black is not what is on the screen.
            pending: Region::from_rect(Rect::new(0, 0, width, height)),
            turns: Turns::new(),
            refine_at: 0,
            video: None,
            rate: None,
            now: 0,
            moved_at: None,
        })
    }

    /// True when the viewer shows exactly the source, as far as damage was told.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.canvas.lossy_cells() == 0 && self.pending.is_empty()
    }

    /// True when damage is left from earlier calls: call [`Encoder::encode`] even without new damage.
    #[must_use]
    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Forgets what the viewer has, for one that asks to start over with a new decoder. Keeps the size, and no video.
    pub fn reset(&mut self, key: [u64; 2]) {
        let (width, height) = (self.canvas.width() as u32, self.canvas.height() as u32);
        if let Ok(fresh) = Self::new(width, height, key) {
            *self = fresh;
        }
    }

    /// The frame that brings the viewer to `source` within `damage` (beyond it, too, where that is as easy), or `None`
    /// when nothing changed there. The first call looks at the whole picture whatever the damage.
    ///
    /// Cost: comparing the damaged area (0.8 ms for 1920×1080), below 0.5 ms for a typed letter, at most about 40 ms.
    ///
    /// # Errors
    /// [`MediaError::SizeMismatch`] when `source` is of another size; [`MediaError::Jpeg`] when the JPEG encoder fails, which
    /// leaves encoder and viewer apart: [`Encoder::reset`] then.
    pub fn encode(
        &mut self,
        source: PixelView<'_>,
        damage: &Region,
        quality: Quality,
    ) -> Result<Option<EncodedFrame>, MediaError> {
        self.encode_at(self.now, source, damage, quality)
    }

    /// As [`Encoder::encode`], at this time: microseconds since any start, never backwards. Video is found, and its end
    /// seen, by how fast pictures follow each other.
    ///
    /// # Errors
    /// As [`Encoder::encode`].
    pub fn encode_at(
        &mut self,
        now: u64,
        source: PixelView<'_>,
        damage: &Region,
        quality: Quality,
    ) -> Result<Option<EncodedFrame>, MediaError> {
        self.now = now;
        if (source.width() as usize, source.height() as usize) != (self.canvas.width(), self.canvas.height())
        {
            return Err(MediaError::SizeMismatch);
        }
        let waited = !self.pending.is_empty();
        let mut all = damage.clone();
        all.extend(&self.pending);
        self.pending.clear();
        let mut draft = Draft::new();
        let moved = self.compare(&source, all, &mut draft)?;
        if self.changes.is_empty() && !moved {
            return Ok(None);
        }
        let playing = self.pick_video(now, &source, quality);
        self.turns.begin(playing.is_some());
        if !self.only_waits(damage, waited) {
            self.motion(&source, moved, &mut draft)?;
        }
        self.note_scrolling(&mut draft);
        self.cached(&source, quality, &mut draft)?;
        if !draft.goes_by {
            self.note_fading(&source, damage);
        }
        self.residual(&source, quality, (damage, waited), &mut draft)?;
        self.send_video(now, &source, playing, quality, &mut draft)?;
        self.finish(draft).map(Some)
    }

    /// A frame that changes nothing and lets the viewer find out whether its picture is this one; `None` unless it is exact. For a
    /// screen at rest: costs both sides 1 to 2 ms for 1920×1080, and a dozen bytes.
    ///
    /// # Errors
    /// None in practice; the coder's, as for every frame.
    pub fn check(&mut self) -> Result<Option<EncodedFrame>, MediaError> {
        if !self.is_exact() {
            return Ok(None);
        }
        let mut draft = Draft::new();
        draft.check = Some(self.canvas.checksum());
        self.finish(draft).map(Some)
    }

    fn note_scrolling(&mut self, draft: &mut Draft) {
        if draft.stats.copied * SCROLLED_SHARE >= self.canvas.bounds().area() {
            let before = self.moved_at.replace(self.now);
            draft.goes_by = before.is_some_and(|at| self.now.saturating_sub(at) <= GOES_BY_US);
        }
    }

    /// Ends a frame on both sides.
    fn finish(&mut self, mut draft: Draft) -> Result<EncodedFrame, MediaError> {
        self.models.op(&mut draft.coder, Op::End)?;
        for (column, row, lossy) in self.canvas.take_cacheable() {
            let lines = row * BLOCK..(row + 1) * BLOCK;
            let hash = self
                .index
                .hash(lines.map(|y| self.canvas.span(column * BLOCK, y, BLOCK)));
            self.index.push(hash, lossy);
        }
        draft.stats.work = draft.coder.work;
        let mut data = Vec::with_capacity(draft.coder.len() + 16);
        write_head(
            &mut data,
            draft.atlas.as_ref().map(|atlas| (atlas.head, &atlas.jpeg[..])),
            draft.video.as_ref().map(|video| (video.head, &video.bytes[..])),
            draft.check.is_some(),
        );
        draft.coder.finish(&mut data);
        if let Some(sum) = draft.check {
            data.extend_from_slice(&sum.to_le_bytes());
        }
        Ok(EncodedFrame {
            data,
            exact: self.is_exact(),
            pending: self.has_pending(),
            stats: draft.stats,
        })
    }

    /// The reference takes the source's pixels.
    fn take_source(&mut self, source: &PixelView<'_>, rect: &Rect) {
        let (x, width) = (rect.x as usize, rect.width as usize);
        for y in rect.y as usize..rect.bottom() as usize {
            self.canvas
                .span_mut(x, y, width)
                .copy_from_slice(source.span(x, y, width));
        }
    }
}

/// A rectangle of cells as pixels, not cut.
fn cells_to_pixels(cells: &Rect) -> Rect {
    let side = CELL as u32;
    Rect::new(
        cells.x * side,
        cells.y * side,
        cells.width * side,
        cells.height * side,
    )
}
