//! Everything in the range-coded part of a frame but pixels' own bits: op codes, places, maps, vectors, slots; and the
//! walk over a rectangle's rows. Each function is both encoder and decoder ([`crate::range::BitCoder`]).
//! The meaning of the fields is in [`crate::format`].

use crate::canvas::Canvas;
use crate::canvas::moving::origin;
use crate::format::{BLOCK, CACHE_SLOTS, TILE};
use crate::graphic::GraphicModel;
use crate::grid::Grid;
use crate::photo::PhotoModel;
use crate::pixels::Order;
use crate::range::{BitCoder, Prob};
use crate::rows::{FIRST, Rows};
use crate::{MediaError, Rect};

/// Kinds of op, in the order of their codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    End,
    Copy,
    Cached,
    Graphic,
    Photo,
    Atlas,
    Move,
    Video,
}

impl Op {
    const ALL: [Self; 8] = [
        Self::End,
        Self::Copy,
        Self::Cached,
        Self::Graphic,
        Self::Photo,
        Self::Atlas,
        Self::Move,
        Self::Video,
    ];
}

/// Adaptive number: how many bits it has, then the bits below the highest.
struct NumberModel {
    size: [Prob; 32],
    second: [Prob; 32],
}

impl NumberModel {
    const NEW: Self = Self {
        size: [Prob::EVEN; 32],
        second: [Prob::EVEN; 32],
    };

    fn code<C: BitCoder>(&mut self, coder: &mut C, value: u32) -> u32 {
        let real = 32 - value.leading_zeros();
        let size = coder.tree(&mut self.size, 5, real.min(31));
        if size <= 1 {
            return size;
        }
        let second = coder.bit(&mut self.second[size as usize], value >> (size - 2) & 1 != 0);
        let mut coded = 2 | u32::from(second);
        let mut left = size - 2;
        while left > 0 {
            let part = left.min(16);
            left -= part;
            coded = coded << part | coder.direct(part, value >> left & ((1 << part) - 1));
        }
        coded
    }

    fn signed<C: BitCoder>(&mut self, coder: &mut C, value: i32) -> i32 {
        let folded = (value << 1 ^ value >> 31) as u32;
        let folded = self.code(coder, folded);
        (folded >> 1) as i32 ^ -((folded & 1) as i32)
    }
}

/// A map of fields within bounds.
struct MapModel {
    bounds: [NumberModel; 4],
    set: [Prob; 16],
}

impl MapModel {
    const NEW: Self = Self {
        bounds: [NumberModel::NEW; 4],
        set: [Prob::EVEN; 16],
    };

    /// Codes the bounds and the fields within. The decoder fills `map`, which has no other field set.
    fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        map: &mut Grid,
        bounds: &Rect,
    ) -> Result<Rect, MediaError> {
        let mut coded = [0; 4];
        let real = [bounds.x, bounds.y, bounds.width, bounds.height];
        for (index, model) in self.bounds.iter_mut().enumerate() {
            coded[index] = model.code(coder, real[index]);
        }
        let bounds = Rect::new(coded[0], coded[1], coded[2], coded[3]);
        if bounds.is_empty() || !map.bounds().contains(&bounds) {
            return Err(MediaError::Malformed("map outside the picture"));
        }
        let (top, left) = (bounds.y as usize, bounds.x as usize);
        for row in top..bounds.bottom() as usize {
            for column in left..bounds.right() as usize {
                let near = |columns: usize, rows: usize| {
                    let inside = column >= left + columns && row >= top + rows;
                    usize::from(inside && map.get(column - columns, row - rows) != 0)
                };
                let right =
                    column + 1 < bounds.right() as usize && row > top && map.get(column + 1, row - 1) != 0;
                let context = near(1, 0) | near(0, 1) << 1 | near(1, 1) << 2 | usize::from(right) << 3;
                let set = coder.bit(&mut self.set[context], map.get(column, row) != 0);
                if C::DECODES {
                    map.set(column, row, u8::from(set));
                }
            }
        }
        Ok(bounds)
    }
}

/// A rectangle that moves: often the one that moved last.
struct MoveModel {
    vector: [NumberModel; 2],
    goes_on: Prob,
    place: [NumberModel; 4],
    lift: Prob,
    /// Where the last one went.
    last: Rect,
    restore: Prob,
    restored: MapModel,
}

/// Where a rectangle goes, by which vector, and whether what is beneath is kept.
type MoveFields = (Rect, (i32, i32), bool);

impl MoveModel {
    const NEW: Self = Self {
        vector: [NumberModel::NEW; 2],
        goes_on: Prob::EVEN,
        place: [NumberModel::NEW; 4],
        lift: Prob::EVEN,
        last: Rect::new(0, 0, 0, 0),
        restore: Prob::EVEN,
        restored: MapModel::NEW,
    };

    fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        picture: &Rect,
        (target, (dx, dy), lift): MoveFields,
    ) -> Result<MoveFields, MediaError> {
        let dx = self.vector[0].signed(coder, dx);
        let dy = self.vector[1].signed(coder, dy);
        // Where the last one goes if it is the same again.
        let expected = origin(&self.last, (dx.saturating_neg(), dy.saturating_neg()), picture);
        let target = match expected {
            Some(expected) if coder.bit(&mut self.goes_on, target == expected) => expected,
            _ => {
                let mut fields = [target.x, target.y, target.width, target.height];
                for (field, model) in fields.iter_mut().zip(&mut self.place) {
                    *field = model.code(coder, *field);
                }
                Rect::new(fields[0], fields[1], fields[2], fields[3])
            }
        };
        if target.is_empty() || !picture.contains(&target) {
            return Err(MediaError::Malformed("move to outside the picture"));
        }
        self.last = target;
        Ok((target, (dx, dy), coder.bit(&mut self.lift, lift)))
    }
}

/// All adaptive state but the block cache.
pub(crate) struct Models {
    ops: [[Prob; 8]; 8],
    last_op: Op,
    tile: NumberModel,
    whole_tile: Prob,
    place: [[Prob; TILE]; 4],
    copy_map: MapModel,
    vector: NumberModel,
    moved: MoveModel,
    cached_map: MapModel,
    next_slot: Prob,
    keep_atlas: Prob,
    atlas_map: MapModel,
    video_map: MapModel,
    video_insets: [[Prob; BLOCK]; 4],
    pub(crate) graphic: GraphicModel,
    pub(crate) photo: PhotoModel,
}

impl Models {
    pub(crate) fn new() -> Self {
        Self {
            ops: [[Prob::EVEN; 8]; 8],
            last_op: Op::End,
            tile: NumberModel::NEW,
            whole_tile: Prob::EVEN,
            place: [[Prob::EVEN; TILE]; 4],
            copy_map: MapModel::NEW,
            vector: NumberModel::NEW,
            moved: MoveModel::NEW,
            cached_map: MapModel::NEW,
            next_slot: Prob::EVEN,
            keep_atlas: Prob::EVEN,
            atlas_map: MapModel::NEW,
            video_map: MapModel::NEW,
            video_insets: [[Prob::EVEN; BLOCK]; 4],
            graphic: GraphicModel::new(),
            photo: PhotoModel::new(),
        }
    }

    pub(crate) fn op<C: BitCoder>(&mut self, coder: &mut C, op: Op) -> Result<Op, MediaError> {
        let code = coder.tree(&mut self.ops[self.last_op as usize], 3, op as u32);
        let op = *Op::ALL
            .get(code as usize)
            .ok_or(MediaError::Malformed("unknown op"))?;
        self.last_op = op;
        Ok(op)
    }

    pub(crate) fn copy<C: BitCoder>(
        &mut self,
        coder: &mut C,
        map: &mut Grid,
        bounds: &Rect,
        vector: (i32, i32),
    ) -> Result<(Rect, (i32, i32)), MediaError> {
        let dx = self.vector.signed(coder, vector.0);
        let dy = self.vector.signed(coder, vector.1);
        let bounds = self.copy_map.code(coder, map, bounds)?;
        Ok((bounds, (dx, dy)))
    }

    pub(crate) fn moved<C: BitCoder>(
        &mut self,
        coder: &mut C,
        picture: &Rect,
        fields: MoveFields,
    ) -> Result<MoveFields, MediaError> {
        self.moved.code(coder, picture, fields)
    }

    /// The second part of a move: the cells where something comes back, if any.
    pub(crate) fn restored<C: BitCoder>(
        &mut self,
        coder: &mut C,
        map: &mut Grid,
        bounds: &Rect,
    ) -> Result<Option<Rect>, MediaError> {
        if !coder.bit(&mut self.moved.restore, !bounds.is_empty()) {
            return Ok(None);
        }
        self.moved.restored.code(coder, map, bounds).map(Some)
    }

    pub(crate) fn cached_map<C: BitCoder>(
        &mut self,
        coder: &mut C,
        map: &mut Grid,
        bounds: &Rect,
    ) -> Result<Rect, MediaError> {
        self.cached_map.code(coder, map, bounds)
    }

    /// A cache slot; blocks that came together often come back together.
    pub(crate) fn slot<C: BitCoder>(&mut self, coder: &mut C, last: u32, slot: u32) -> u32 {
        let next = (last + 1) % CACHE_SLOTS;
        if coder.bit(&mut self.next_slot, slot == next) {
            next
        } else {
            coder.direct(15, slot)
        }
    }

    /// Bounds and map of the atlas, and whether the cache keeps its blocks.
    pub(crate) fn atlas_map<C: BitCoder>(
        &mut self,
        coder: &mut C,
        map: &mut Grid,
        bounds: &Rect,
        keep: bool,
    ) -> Result<(Rect, bool), MediaError> {
        let keep = coder.bit(&mut self.keep_atlas, keep);
        Ok((self.atlas_map.code(coder, map, bounds)?, keep))
    }

    /// Bounds and map of the blocks that come from the video picture, and how far the bounds' edges are moved in: left, top,
    /// right, bottom, pixels.
    pub(crate) fn video_map<C: BitCoder>(
        &mut self,
        coder: &mut C,
        map: &mut Grid,
        bounds: &Rect,
        insets: [u32; 4],
    ) -> Result<(Rect, [u32; 4]), MediaError> {
        let bounds = self.video_map.code(coder, map, bounds)?;
        let mut coded = [0; 4];
        for (index, probs) in self.video_insets.iter_mut().enumerate() {
            coded[index] = coder.tree(probs, 4, insets[index]);
        }
        Ok((bounds, coded))
    }

    /// The place of a rectangle: its tile, and itself within the tile. `last_tile` counts along a frame.
    pub(crate) fn place<C: BitCoder>(
        &mut self,
        coder: &mut C,
        picture: &Rect,
        last_tile: &mut u32,
        rect: &Rect,
    ) -> Result<Rect, MediaError> {
        let columns = picture.width.div_ceil(TILE as u32);
        let side = TILE as u32;
        let real = rect.y / side * columns + rect.x / side;
        let index = self
            .tile
            .signed(coder, real.wrapping_sub(*last_tile) as i32)
            .wrapping_add(*last_tile as i32);
        let tiles = columns * picture.height.div_ceil(side);
        let index = u32::try_from(index).ok().filter(|index| *index < tiles);
        let index = index.ok_or(MediaError::Malformed("tile outside the picture"))?;
        *last_tile = index;
        let tile = Rect::new(index % columns * side, index / columns * side, side, side).intersect(picture);
        if coder.bit(&mut self.whole_tile, *rect == tile) {
            return Ok(tile);
        }
        let from_tile = (rect.x.wrapping_sub(tile.x), rect.y.wrapping_sub(tile.y));
        let fields = [
            from_tile.0,
            from_tile.1,
            rect.width.wrapping_sub(1),
            rect.height.wrapping_sub(1),
        ];
        let mut coded = [0; 4];
        for (index, probs) in self.place.iter_mut().enumerate() {
            coded[index] = coder.tree(probs, 6, fields[index] & 63);
        }
        let rect = Rect::new(tile.x + coded[0], tile.y + coded[1], coded[2] + 1, coded[3] + 1);
        if tile.contains(&rect) {
            Ok(rect)
        } else {
            Err(MediaError::Malformed("rectangle outside its tile"))
        }
    }

    /// The pixels of a rectangle within a tile. The decoder writes them to the canvas and needs no `truth`; the encoder
    /// asks `truth` for the colors of a row from (x, y) and leaves it to the caller to update the canvas.
    /// Marks the rectangle as coded exactly in both.
    pub(crate) fn pixels<C: BitCoder, O: Order>(
        &mut self,
        coder: &mut C,
        op: Op,
        canvas: &mut Canvas<O>,
        rect: &Rect,
        truth: impl Fn(&Canvas<O>, usize, usize, &mut [u32]),
    ) {
        let (x, width) = (rect.x as usize, rect.width as usize);
        let inner = FIRST..FIRST + width;
        let mut rows = Rows::new(canvas, rect);
        for y in rect.y as usize..rect.bottom() as usize {
            rows.advance(canvas, rect, y);
            truth(canvas, x, y, &mut rows.now[inner.clone()]);
            match op {
                Op::Photo => self.photo.row(coder, &mut rows, width),
                _ => self.graphic.row(coder, &mut rows, width),
            }
            if C::DECODES {
                canvas.store(x, y, &rows.now[inner.clone()]);
            }
        }
        canvas.coded_exactly(rect);
    }
}
