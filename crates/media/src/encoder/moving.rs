//! Finds what moves like video by its behavior, and remembers where it is: blocks that come again and again as photos
//! which nothing explains. Knows positions and times, no pixels. Start at [`Moving`].

use crate::Rect;
use crate::format::{BLOCK, TILE};
use crate::grid::Grid;

/// Frames looked back at: those in which something moved.
const LOOK_BACK: usize = 10;
/// A block that moved in so many of them is hot: it is part of a video.
const HOT: u32 = 5;
/// A block beside hot ones is part of it when it moved so often.
const WARM: u32 = 2;
/// Older frames do not count: slides that change twice a second are no video.
const LOOK_BACK_US: u64 = 1_500_000;
/// Shortest side of a video, blocks. Below it a picture costs less as JPEG than its key frame.
const MIN_SIDE: u32 = 128 / BLOCK as u32;
/// Hot blocks in one of this many of the place, at least.
const MIN_DENSITY: u32 = 4;
/// Most blocks of a video: 2560×1600. Coding more takes longer than a picture lasts, and hundreds of megabytes.
const MAX_BLOCKS: u64 = (2560 / BLOCK * 1600 / BLOCK) as u64;
/// No video for this long is its end.
pub(super) const END_US: u64 = 500_000;
/// A place is kept this long before it is grown or moved: each change costs a key frame.
const KEEP_US: u64 = 1_000_000;
/// A place that became twice too large is kept this long.
const SHRINK_US: u64 = 2_000_000;
/// A video goes on while one of this many of its blocks moves; a spinner that goes on turning is none.
const MIN_BUSY: u64 = 64;

/// Where a video plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Blocks.
    pub(super) blocks: Rect,
    /// Since when, and when it last moved.
    since: u64,
    moved: u64,
    /// Since when it is twice too large.
    loose: Option<u64>,
}

/// What moved in the last frames, by blocks of 16×16.
pub(super) struct Moving {
    columns: usize,
    rows: usize,
    /// One bit a frame, the newest lowest: whether the block moved.
    history: Vec<u16>,
    /// The same: whether it changed in any way.
    changes: Vec<u16>,
    /// When those frames were, newest first.
    times: [u64; LOOK_BACK],
    /// This frame's blocks.
    marks: Grid,
    marked: usize,
    changed: Grid,
    place: Option<Place>,
}

impl Moving {
    pub(super) fn new(width: usize, height: usize) -> Self {
        let marks = Grid::over(width, height, BLOCK);
        Self {
            columns: marks.columns(),
            rows: marks.rows(),
            history: vec![0; marks.columns() * marks.rows()],
            changes: vec![0; marks.columns() * marks.rows()],
            times: [0; LOOK_BACK],
            changed: marks.clone(),
            marks,
            marked: 0,
            place: None,
        }
    }

    /// Where a video plays at this time.
    pub(super) fn place(&mut self, now: u64) -> Option<Rect> {
        if let Some(place) = self.place
            && now.saturating_sub(place.moved) >= END_US
        {
            self.place = None;
        }
        self.place.map(|place| place.blocks)
    }

    /// Nothing plays any more, and what did has to be seen anew.
    pub(super) fn stop(&mut self) {
        self.place = None;
        self.history.fill(0);
        self.changes.fill(0);
    }

    /// This block moved in this frame.
    pub(super) fn mark(&mut self, column: usize, row: usize) {
        if self.marks.get(column, row) == 0 {
            self.marks.set(column, row, 1);
            self.marked += 1;
        }
    }

    /// This block changed in this frame, moved or not.
    pub(super) fn mark_changed(&mut self, column: usize, row: usize) {
        self.changed.set(column, row, 1);
    }

    /// Ends a frame that was made at this time.
    pub(super) fn end_frame(&mut self, now: u64) {
        if self.marked == 0 {
            let all = self.changed.bounds();
            self.changed.clear_rect(&all);
            return;
        }
        self.times.rotate_right(1);
        self.times[0] = now;
        let busy = self.place.map_or(0, |place| self.busy(&place.blocks));
        for row in 0..self.rows {
            let blocks = row * self.columns..(row + 1) * self.columns;
            shift(&mut self.history[blocks.clone()], self.marks.row_mut(row));
            shift(&mut self.changes[blocks], self.changed.row_mut(row));
        }
        self.marked = 0;
        self.update(now, busy);
    }

    /// Marked blocks within a place.
    fn busy(&self, place: &Rect) -> u64 {
        let columns = place.x as usize..place.right() as usize;
        (place.y..place.bottom())
            .map(|row| {
                let fields = &self.marks.row(row as usize)[columns.clone()];
                fields.iter().map(|field| u64::from(*field)).sum::<u64>()
            })
            .sum()
    }

    fn update(&mut self, now: u64, busy: u64) {
        let Some(place) = &mut self.place else {
            self.place = self.find(now).map(|blocks| Place {
                blocks,
                since: now,
                moved: now,
                loose: None,
            });
            return;
        };
        if busy * MIN_BUSY >= place.blocks.area() {
            place.moved = now;
        }
        let mut place = *place;
        if now.saturating_sub(place.since) < KEEP_US {
            return;
        }
        let Some(found) = self.find(now) else { return };
        let loose = place.blocks.contains(&found) && found.area() * 2 <= place.blocks.area();
        place.loose = loose.then(|| place.loose.unwrap_or(now));
        let too_long = place
            .loose
            .is_some_and(|since| now.saturating_sub(since) >= SHRINK_US);
        if !place.blocks.contains(&found) || too_long {
            place = Place {
                blocks: found,
                since: now,
                moved: now,
                loose: None,
            };
        }
        self.place = Some(place);
    }

    /// Bits of the history that count.
    fn mask(&self, now: u64) -> u16 {
        let recent = |time: &&u64| now.saturating_sub(**time) <= LOOK_BACK_US;
        let count = self.times.iter().take_while(recent).count();
        ((1u32 << count) - 1) as u16
    }

    /// The place with most hot blocks, if it is one for a video.
    fn find(&self, now: u64) -> Option<Rect> {
        const PER: usize = TILE / BLOCK;
        let mask = self.mask(now);
        if mask.count_ones() < HOT {
            return None;
        }
        let mut tiles = Grid::over(self.columns * BLOCK, self.rows * BLOCK, TILE);
        for (index, history) in self.history.iter().enumerate() {
            if (history & mask).count_ones() >= HOT {
                let (column, row) = (index % self.columns / PER, index / self.columns / PER);
                tiles.set(column, row, tiles.get(column, row) + 1);
            }
        }
        let mut best: Option<(u32, Rect)> = None;
        for row in 0..tiles.rows() {
            for column in 0..tiles.columns() {
                if tiles.get(column, row) != 0 {
                    let found = self.gather(&mut tiles, (column, row), mask);
                    if best.is_none_or(|best| best.0 < found.0) {
                        best = Some(found);
                    }
                }
            }
        }
        let (hot, place) = best?;
        let large = place.width >= MIN_SIDE && place.height >= MIN_SIDE && place.area() <= MAX_BLOCKS;
        let dense = u64::from(hot * MIN_DENSITY) >= place.area() && hot >= MIN_SIDE * MIN_SIDE;
        (large && dense).then(|| self.widen(place, mask))
    }

    /// Takes in the rows and columns beside a place that change with it: a film's outermost pixels have a block of their own,
    /// with too few colors for a photo.
    fn widen(&self, place: Rect, mask: u16) -> Rect {
        let changes = |rect: &Rect| {
            let columns = rect.x as usize..rect.right() as usize;
            let hot = (rect.y as usize..rect.bottom() as usize)
                .flat_map(|row| &self.changes[row * self.columns..][columns.clone()])
                .filter(|history| (**history & mask).count_ones() >= HOT);
            hot.count() as u64 * 2 >= rect.area()
        };
        let all = self.marks.bounds();
        let Rect { x, y, width, height } = place;
        let sides = [
            (x > 0).then(|| Rect::new(x - 1, y, 1, height)),
            (y > 0).then(|| Rect::new(x, y - 1, width, 1)),
            Some(Rect::new(place.right(), y, 1, height)),
            Some(Rect::new(x, place.bottom(), width, 1)),
        ];
        sides
            .iter()
            .flatten()
            .filter(|side| all.contains(side) && changes(side))
            .fold(place, |place, side| place.union(side))
    }

    /// Takes connected tiles out of the map: how many hot blocks they have, and the rectangle around the warm ones.
    fn gather(&self, tiles: &mut Grid, start: (usize, usize), mask: u16) -> (u32, Rect) {
        const PER: usize = TILE / BLOCK;
        let (mut hot, mut place) = (0, Rect::default());
        let mut open = vec![start];
        while let Some((column, row)) = open.pop() {
            let count = tiles.get(column, row);
            if count == 0 {
                continue;
            }
            tiles.set(column, row, 0);
            hot += u32::from(count);
            for y in row * PER..((row + 1) * PER).min(self.rows) {
                for x in column * PER..((column + 1) * PER).min(self.columns) {
                    if (self.history[y * self.columns + x] & mask).count_ones() >= WARM {
                        place = place.union(&Rect::new(x as u32, y as u32, 1, 1));
                    }
                }
            }
            for y in row.saturating_sub(1)..(row + 2).min(tiles.rows()) {
                for x in column.saturating_sub(1)..(column + 2).min(tiles.columns()) {
                    open.push((x, y));
                }
            }
        }
        (hot, place)
    }
}

/// Moves the newest frame into histories, and forgets it.
fn shift(histories: &mut [u16], newest: &mut [u8]) {
    for (history, field) in histories.iter_mut().zip(newest) {
        *history = *history << 1 | u16::from(std::mem::take(field));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1000;

    fn play(moving: &mut Moving, now: u64, place: Rect) {
        for row in place.y..place.bottom() {
            for column in place.x..place.right() {
                moving.mark(column as usize, row as usize);
            }
        }
        moving.end_frame(now);
    }

    fn screen() -> Moving {
        Moving::new(1920, 1080)
    }

    const CLIP: Rect = Rect::new(31, 17, 60, 34);

    #[test]
    fn a_clip_is_found_within_a_few_frames_and_left_after_half_a_second() {
        let mut moving = screen();
        let mut now = 1_000_000;
        for frame in 0..5 {
            assert_eq!(moving.place(now), None, "frame {frame}");
            now += 33 * MS;
            play(&mut moving, now, CLIP);
        }
        assert_eq!(moving.place(now), Some(CLIP));
        assert_eq!(moving.place(now + END_US - 1), Some(CLIP));
        assert_eq!(moving.place(now + END_US), None);
    }

    #[test]
    fn slides_and_small_things_are_no_video() {
        let mut moving = screen();
        for frame in 0..40 {
            play(&mut moving, frame * 500 * MS, Rect::new(10, 10, 90, 50));
            assert_eq!(moving.place(frame * 500 * MS), None);
        }
        let mut moving = screen();
        for frame in 0..40 {
            play(&mut moving, frame * 33 * MS, Rect::new(10, 10, 90, 7));
            assert_eq!(moving.place(frame * 33 * MS), None);
        }
    }

    #[test]
    fn what_else_happens_does_not_count() {
        let mut moving = screen();
        for frame in 0..5 {
            play(&mut moving, frame * 33 * MS, CLIP);
            for other in 1..4 {
                moving.end_frame(frame * 33 * MS + other);
            }
        }
        assert_eq!(moving.place(170 * MS), Some(CLIP));
    }

    #[test]
    fn the_place_stays_while_it_can_and_grows_when_it_must() {
        let mut moving = screen();
        let mut now = 0;
        let mut places = Vec::new();
        let mut see = |moving: &mut Moving, now: u64| {
            let place = moving.place(now).unwrap();
            if places.last() != Some(&place) {
                places.push(place);
            }
        };
        for frame in 0..300 {
            now += 33 * MS;
            // First a part of the clip only, and not always the same.
            let shown = match frame {
                0..10 => Rect::new(31, 17, 30, 34),
                _ => Rect::new(31 + frame % 2, 17, 59 - frame % 3, 34),
            };
            play(&mut moving, now, shown);
            if frame >= 5 {
                see(&mut moving, now);
            }
        }
        assert_eq!(places, [Rect::new(31, 17, 30, 34), CLIP]);
    }

    #[test]
    fn a_place_that_is_far_too_large_shrinks() {
        let mut moving = screen();
        let mut now = 0;
        for frame in 0..200 {
            now += 33 * MS;
            play(
                &mut moving,
                now,
                if frame < 20 {
                    Rect::new(0, 0, 120, 68)
                } else {
                    CLIP
                },
            );
        }
        assert_eq!(moving.place(now), Some(CLIP));
    }

    #[test]
    fn a_spinner_does_not_keep_a_video_alive() {
        let mut moving = screen();
        let mut now = 0;
        for frame in 0..60 {
            now += 33 * MS;
            let shown = if frame < 20 { CLIP } else { Rect::new(50, 30, 2, 2) };
            play(&mut moving, now, shown);
        }
        assert_eq!(moving.place(now), None);
    }

    #[test]
    fn of_two_the_larger_counts() {
        let mut moving = screen();
        for frame in 0..6 {
            for (column, row) in (0..10).flat_map(|x| (0..10).map(move |y| (x, y))) {
                moving.mark(column, row);
            }
            play(&mut moving, frame * 33 * MS, CLIP);
        }
        assert_eq!(moving.place(200 * MS), Some(CLIP));
    }

    #[test]
    fn edges_that_change_with_it_belong_to_it() {
        let mut moving = screen();
        for frame in 0..6 {
            for column in 30..91 {
                moving.mark_changed(column, 16);
                if column % 3 == 0 {
                    moving.mark_changed(column, 51);
                }
            }
            play(&mut moving, frame * 33 * MS, CLIP);
        }
        assert_eq!(moving.place(200 * MS), Some(Rect::new(31, 16, 60, 35)));
    }

    #[test]
    fn stop_forgets() {
        let mut moving = screen();
        for frame in 0..6 {
            play(&mut moving, frame * 33 * MS, CLIP);
        }
        moving.stop();
        play(&mut moving, 210 * MS, CLIP);
        assert_eq!(moving.place(220 * MS), None);
    }
}
