//! What moves like video goes through a video codec, alone: which blocks of the region it takes from the tile codec, how
//! coarse it is, and the end of it. Where the region is, is found in `moving.rs`; the codec is behind [`VideoCoder`].

use super::colors::few_colors;
use super::moving::Moving;
use super::residual::GRAPHIC_COLORS as TILE_COLORS;
use super::{Draft, Encoder, Quality};
use crate::canvas::field_rect;
use crate::format::{BLOCK, TILE};
use crate::grid::Grid;
use crate::ops::Op;
use crate::pixels::quads;
use crate::video::{VideoHead, VideoSource, VideoWish};
use crate::view::PixelView;
use crate::{MediaError, Rect, Region, VideoCoder};

/// What changed in a block is graphics or text, and stays exact wherever it is, up to this many colors,
const GRAPHIC_COLORS: usize = 24;
/// and up to one color in so many pixels: the outermost rows of a film may have few.
const GRAPHIC_SHARE: usize = 4;
/// Fewer changed blocks are not looked at for fading: a hovered button fades, too.
const MIN_FADING: usize = 64;
/// No channel changes by more in a block that fades; a letter that appears changes more.
const FADE_STEP: u8 = 48;
/// At least one pixel in so many changes in a block that fades.
const FADE_SHARE: usize = 8;

/// Quantizers, on VP9's outer scale: above 40 dB of luma with film grain and all, and what a slow link gets at best.
const FINE: u8 = 24;
const FINE_LOW: u8 = 36;
/// Coarser helps no link.
const COARSEST: u8 = 56;
/// A picture may keep the link busy for one of this many parts of a second.
const LINK_SHARE: u64 = 25;

/// A viewer's video: the codec, what moves, and the quantizer in use.
pub(super) struct VideoRegion {
    coder: Box<dyn VideoCoder>,
    pub(super) moving: Moving,
    /// The place of the last coded picture; the next one there may continue it.
    coded: Option<Rect>,
    /// Steps above the finest quantizer, for the link's sake.
    coarser: u8,
}

fn finest(quality: Quality) -> u8 {
    match quality {
        Quality::LowBandwidth => FINE_LOW,
        Quality::Auto | Quality::Lossless => FINE,
    }
}

/// The video picture of a frame.
pub(super) struct VideoPicture {
    pub(super) head: VideoHead,
    pub(super) bytes: Vec<u8>,
}

/// What of a region the video takes in this frame.
pub(super) struct Playing {
    /// Blocks.
    place: Rect,
    blocks: Vec<(usize, usize)>,
    /// Around them.
    bounds: Rect,
    /// How far the edges of the bounds lie outside of everything that changed: left, top, right, bottom, pixels.
    insets: [u32; 4],
}

impl VideoRegion {
    fn new(coder: Box<dyn VideoCoder>, width: usize, height: usize) -> Self {
        Self {
            coder,
            moving: Moving::new(width, height),
            coded: None,
            coarser: 0,
        }
    }

    fn end(&mut self) {
        if self.coded.take().is_some() {
            self.coder.rest();
        }
    }

    /// A picture of this many bytes was made for a link of this many bytes a second.
    fn adapt(&mut self, bytes: usize, quality: Quality, rate: Option<u64>) {
        let room = rate.map_or(u64::MAX, |rate| rate / LINK_SHARE);
        if bytes as u64 > room {
            self.coarser = (self.coarser + 4).min(COARSEST - finest(quality));
        } else if bytes as u64 * 2 <= room {
            self.coarser = self.coarser.saturating_sub(1);
        }
    }
}

impl Encoder {
    /// From now on what moves like video is coded by this; `None`: as photos. For a viewer that says what it can decode.
    pub fn use_video(&mut self, coder: Option<Box<dyn VideoCoder>>) {
        let (width, height) = (self.canvas.width(), self.canvas.height());
        self.video = coder.map(|coder| VideoRegion::new(coder, width, height));
    }

    /// What the connection delivers, bytes a second, as far as known: video becomes coarser on a slow one.
    pub fn set_rate(&mut self, rate: Option<u64>) {
        self.rate = rate;
    }

    /// Where video plays now, pixels.
    #[must_use]
    pub fn video_place(&self) -> Option<Rect> {
        let place = self.video.as_ref()?.coded?;
        Some(blocks_to_pixels(&place).intersect(&self.canvas.bounds()))
    }

    /// The region is over: what it leaves behind may be made exact.
    pub(super) fn end_video(&mut self) {
        if let Some(video) = &mut self.video {
            video.moving.stop();
            video.end();
        }
    }

    /// Takes from the changes what the video codec is to have. The rest of the frame is coded as if that had not changed.
    pub(super) fn pick_video(
        &mut self,
        now: u64,
        source: &PixelView<'_>,
        quality: Quality,
    ) -> Option<Playing> {
        if quality == Quality::Lossless {
            self.end_video();
        }
        self.note_changed();
        let video = self.video.as_mut()?;
        let Some(place) = video.moving.place(now) else {
            video.end();
            return None;
        };
        let mut blocks = Vec::new();
        for row in place.y as usize..place.bottom() as usize {
            for column in place.x as usize..place.right() as usize {
                if self.block_changed(column, row) && self.is_video(source, column, row) {
                    blocks.push((column, row));
                }
            }
        }
        if blocks.is_empty() {
            return None;
        }
        let mut bounds = Rect::default();
        for (column, row) in &blocks {
            bounds = bounds.union(&Rect::new(*column as u32, *row as u32, 1, 1));
            self.clear_block(*column, *row);
        }
        self.changes.tighten();
        let insets = self.insets(source, &bounds, &blocks);
        Some(Playing {
            place,
            blocks,
            bounds,
            insets,
        })
    }

    fn note_changed(&mut self) {
        if self.video.is_none() || self.changes.is_empty() {
            return;
        }
        let area = super::cells_to_pixels(&self.changes.bounds).intersect(&self.canvas.bounds());
        for row in area.y as usize / BLOCK..(area.bottom() as usize).div_ceil(BLOCK) {
            for column in area.x as usize / BLOCK..(area.right() as usize).div_ceil(BLOCK) {
                if self.block_changed(column, row)
                    && let Some(video) = &mut self.video
                {
                    video.moving.mark_changed(column, row);
                }
            }
        }
    }

    /// How far a picture's edges lie within its blocks: what is beside a video in the same blocks stays exact.
    fn insets(&self, source: &PixelView<'_>, bounds: &Rect, blocks: &[(usize, usize)]) -> [u32; 4] {
        let picture = self.canvas.bounds();
        let whole = blocks_to_pixels(bounds).intersect(&picture);
        let (right, bottom) = (bounds.right() - 1, bounds.bottom() - 1);
        let mut tight = Rect::default();
        for (column, row) in blocks {
            let (x, y) = (*column as u32, *row as u32);
            // Those in the middle say nothing about the edges.
            if x == bounds.x || x == right || y == bounds.y || y == bottom {
                let rect = field_rect(*column, *row, BLOCK).intersect(&picture);
                tight = tight.union(&self.tight_change(source, &rect));
            }
        }
        [
            tight.x - whole.x,
            tight.y - whole.y,
            whole.right() - tight.right(),
            whole.bottom() - tight.bottom(),
        ]
        .map(|inset| inset.min(BLOCK as u32 - 1))
    }

    /// The smallest rectangle around what changed in one.
    fn tight_change(&self, source: &PixelView<'_>, rect: &Rect) -> Rect {
        let (x, width) = (rect.x as usize, rect.width as usize);
        let mut tight = Rect::default();
        for y in rect.y..rect.bottom() {
            let new = quads(source.span(x, y as usize, width));
            let old = quads(self.canvas.span(x, y as usize, width));
            let differs = |(new, old): (&[u8; 4], &[u8; 4])| new[..3] != old[..3];
            let Some(first) = new.iter().zip(old).position(differs) else {
                continue;
            };
            let last = new.iter().zip(old).rposition(differs).unwrap_or(first);
            let (first, count) = (first as u32, (last - first) as u32 + 1);
            tight = tight.union(&Rect::new(rect.x + first, y, count, 1));
        }
        tight
    }

    /// Not text, or text that fades.
    fn is_video(&self, source: &PixelView<'_>, column: usize, row: usize) -> bool {
        let block = field_rect(column, row, BLOCK).intersect(&self.canvas.bounds());
        let rect = self.tight_change(source, &block);
        let limit = GRAPHIC_COLORS.min(rect.area() as usize / GRAPHIC_SHARE).max(2);
        let rows = rect.y as usize..rect.bottom() as usize;
        let rows = rows.map(|y| source.span(rect.x as usize, y, rect.width as usize));
        !few_colors(rows, limit) || self.fades(source, &block)
    }

    /// Every pixel changed a little at most, and many did.
    fn fades(&self, source: &PixelView<'_>, rect: &Rect) -> bool {
        let (x, width) = (rect.x as usize, rect.width as usize);
        let mut changed = 0;
        for y in rect.y as usize..rect.bottom() as usize {
            let (new, old) = (source.span(x, y, width), self.canvas.span(x, y, width));
            for (new, old) in quads(new).iter().zip(quads(old)) {
                let step = (0..3).fold(0, |most: u8, at| most.max(new[at].abs_diff(old[at])));
                if step > FADE_STEP {
                    return false;
                }
                changed += usize::from(step != 0);
            }
        }
        changed * FADE_SHARE >= rect.area() as usize
    }

    /// Notes graphics that fade over a large area: they are sent exactly as long as they are no video. What only waits for its turn
    /// is not `fresh`, and does not fade.
    pub(super) fn note_fading(&mut self, source: &PixelView<'_>, fresh: &Region) {
        const CELLS_IN_BLOCK: usize = 4;
        if self.video.is_none() || self.changes.count < MIN_FADING * CELLS_IN_BLOCK {
            return;
        }
        let area = super::cells_to_pixels(&self.changes.bounds).intersect(&self.canvas.bounds());
        for row in area.y as usize / BLOCK..(area.bottom() as usize).div_ceil(BLOCK) {
            for column in area.x as usize / BLOCK..(area.right() as usize).div_ceil(BLOCK) {
                let rect = field_rect(column, row, BLOCK).intersect(&self.canvas.bounds());
                let fresh = || fresh.rects().iter().any(|part| !part.intersect(&rect).is_empty());
                if self.block_changed(column, row) && fresh() && self.fades(source, &rect) {
                    self.note_moving(column, row);
                }
            }
        }
    }

    /// This block was sent as something that moves.
    pub(super) fn note_moving(&mut self, column: usize, row: usize) {
        if let Some(video) = &mut self.video {
            video.moving.mark(column, row);
        }
    }

    /// Codes what was picked. Its `VIDEO` op is the last of the frame, since rectangles of tiles may have covered parts of it.
    pub(super) fn send_video(
        &mut self,
        now: u64,
        source: &PixelView<'_>,
        playing: Option<Playing>,
        quality: Quality,
        draft: &mut Draft,
    ) -> Result<(), MediaError> {
        if let Some(playing) = playing {
            match self.code_video(now, source, &playing, quality) {
                Some(picture) => self.take_video(source, &playing, picture, draft)?,
                None => self.without_video(&playing),
            }
        }
        if let Some(video) = &mut self.video {
            video.moving.end_frame(now);
        }
        Ok(())
    }

    /// The picture; `None` when the codec failed.
    fn code_video(
        &mut self,
        now: u64,
        source: &PixelView<'_>,
        playing: &Playing,
        quality: Quality,
    ) -> Option<VideoPicture> {
        let rate = self.rate;
        let video = self.video.as_mut()?;
        let place = playing.place;
        let pixels = blocks_to_pixels(&place).intersect(&self.canvas.bounds());
        let mut active = vec![0; place.area() as usize];
        for (column, row) in &playing.blocks {
            let at = (row - place.y as usize) * place.width as usize + column - place.x as usize;
            active[at] = 1;
        }
        let key = video.coded != Some(place);
        let wish = VideoWish {
            key,
            quantizer: (finest(quality) + video.coarser).min(COARSEST),
            now_us: now,
        };
        let view = VideoSource {
            pixels: source.from(pixels.x as usize, pixels.y as usize),
            stride: source.stride(),
            width: pixels.width,
            height: pixels.height,
            active: &active,
        };
        let mut bytes = Vec::new();
        video.coder.code(&view, wish, &mut bytes).ok()?;
        let head = VideoHead {
            key,
            blocks: place,
            length: bytes.len(),
        };
        // What a decoder would refuse is not sent.
        let surface = Grid::over(self.canvas.width(), self.canvas.height(), BLOCK).bounds();
        head.check(&bytes, &surface, video.coded).ok()?;
        video.coded = Some(place);
        if !key {
            video.adapt(bytes.len(), quality, rate);
        }
        Some(VideoPicture { head, bytes })
    }

    fn take_video(
        &mut self,
        source: &PixelView<'_>,
        playing: &Playing,
        picture: VideoPicture,
        draft: &mut Draft,
    ) -> Result<(), MediaError> {
        if picture.head.key {
            self.send_margins(source, playing, draft)?;
        }
        let mut map = Grid::over(self.canvas.width(), self.canvas.height(), BLOCK);
        for (column, row) in &playing.blocks {
            map.set(*column, *row, 1);
            self.take_block(source, *column, *row, true);
            self.note_moving(*column, *row);
        }
        draft.stats.video += (playing.blocks.len() * BLOCK * BLOCK) as u64;
        draft.stats.video_bytes += picture.bytes.len() as u64;
        self.turns.learn_video(picture.bytes.len());
        draft.video = Some(picture);
        self.models.op(&mut draft.coder, Op::Video)?;
        self.models
            .video_map(&mut draft.coder, &mut map, &playing.bounds, playing.insets)?;
        Ok(())
    }

    /// Makes exact what lies beside the video in its blocks: as long as it was no video, JPEG blocks covered it.
    fn send_margins(
        &mut self,
        source: &PixelView<'_>,
        playing: &Playing,
        draft: &mut Draft,
    ) -> Result<(), MediaError> {
        let picture = self.canvas.bounds();
        let whole = blocks_to_pixels(&playing.bounds).intersect(&picture);
        let shown = VideoHead::shown(&playing.bounds, &picture, playing.insets);
        let (x, y, width) = (whole.x, shown.y, whole.width);
        let strips = [
            Rect::new(x, whole.y, width, shown.y - whole.y),
            Rect::new(x, shown.bottom(), width, whole.bottom() - shown.bottom()),
            Rect::new(x, y, shown.x - x, shown.height),
            Rect::new(shown.right(), y, whole.right() - shown.right(), shown.height),
        ];
        let side = TILE as u32;
        for strip in strips.iter().filter(|strip| !strip.is_empty()) {
            for row in strip.y / side..strip.bottom().div_ceil(side) {
                for column in strip.x / side..strip.right().div_ceil(side) {
                    let rect = Rect::new(column * side, row * side, side, side).intersect(strip);
                    if !self.canvas.is_lossy_in(&rect) {
                        continue;
                    }
                    let graphic = self.is_graphic(source, &rect, TILE_COLORS);
                    let op = if graphic { Op::Graphic } else { Op::Photo };
                    self.send(source, op, &rect, draft)?;
                }
            }
        }
        Ok(())
    }

    /// The codec failed: what it was to code goes with the next frame, as photos, and so does all that follows.
    fn without_video(&mut self, playing: &Playing) {
        self.video = None;
        self.pending
            .add(blocks_to_pixels(&playing.place).intersect(&self.canvas.bounds()));
    }
}

fn blocks_to_pixels(blocks: &Rect) -> Rect {
    let side = BLOCK as u32;
    Rect::new(
        blocks.x * side,
        blocks.y * side,
        blocks.width * side,
        blocks.height * side,
    )
}
