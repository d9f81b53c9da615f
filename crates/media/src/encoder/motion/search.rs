//! Finds the vector by which most of what changed has moved. Row segments of the reference are put into a table by hash;
//! segments of the source vote for the vector they could have come by. Three looks, the cheapest first: the vectors of the
//! frames before, the same columns (scrolling), all places (windows). Start at [`Search::find`].

use crate::Rect;
use crate::canvas::Canvas;
use crate::format::CELL;
use crate::grid::Grid;
use crate::pixels::{Bgrx, COLOR, colors_differ, quads};
use crate::view::PixelView;

/// Pixels of a segment: wide enough to be unlike others, narrow enough for small panes.
pub(super) const SEGMENT: usize = 64;
/// Columns of segments looked at when scrolling is suspected: those where most changed.
const SCROLL_COLUMNS: usize = 4;
/// Columns of segments looked at in a pane that scrolled before.
const PANE_COLUMNS: usize = 6;
/// About so many rows of them ask where they came from.
const SCROLL_ROWS: usize = 256;
/// So far apart, in turn, are rows of the source that look at all places of the reference: unevenly, since lines of text are as
/// evenly spaced as what looks at them would be, and then all may be blank.
const PLACE_ROWS: [usize; 2] = [5, 8];
/// Every so many rows of the reference are known: whatever the vector, one row in so many that look finds its own.
const PLACE_STEP: usize = 2;
/// Fewer differences between neighbors than this make a segment too plain to tell where it came from.
const MIN_BUSY: usize = 8;
/// Vectors that are tried first: panes and windows that move at the same time, again and again.
const RECENT: usize = 3;
/// About so many probes tell whether one of them is worth a closer look.
const GLANCE: usize = 32;
/// A dragged window is looked for so many pixels around where it was: farther than hands go between two pictures.
const REACH: usize = 96;
/// Places in it that are looked at for segments that tell it, from its middle up and down.
const MARKS: usize = 16;
/// A vector with so many times the votes of any other is the one, however many there are for others together.
const FAR_AHEAD: usize = 4;
/// Votes beyond this do not change the outcome.
const MAX_VOTES: usize = 8192;
/// Size of the table: at most this, less for small areas.
const MAX_TABLE_BITS: u32 = 16;
const FACTOR: u32 = 0x9E37_79B1;
/// Place of a hash that was seen twice.
const AMBIGUOUS: u32 = u32::MAX;

/// A vector, and where in the source it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) vector: (i32, i32),
    /// Around the segments that tell, but for the outermost few: they may be chance.
    pub(super) seen: Rect,
}

/// Scratch memory of the search, and what it found lately.
pub(in crate::encoder) struct Search {
    /// Hash and place (`y << 16 | x`) of the reference's segments. Hash 0 is free.
    table: Vec<(u32, u32)>,
    table_bits: u32,
    weights: [u32; SEGMENT],
    /// Weight of a pixel that left the window.
    gone: u32,
    recent: Vec<(i32, i32)>,
    /// The last pane that scrolled: where its contents came from and where they went.
    pub(super) pane: Option<Rect>,
    votes: Votes,
}

/// Vectors and the places that vote for them.
#[derive(Default)]
struct Votes {
    list: Vec<((i32, i32), (u32, u32))>,
}

impl Votes {
    fn add(&mut self, vector: (i32, i32), (x, y): (usize, usize)) {
        if self.list.len() < MAX_VOTES {
            self.list.push((vector, (x as u32, y as u32)));
        }
    }

    /// The vector with at least `least` votes and a `share`-th of all, or so many that no other comes near: words that stand at many
    /// places vote for many vectors, each for another one.
    fn winner(&mut self, least: usize, share: usize) -> Option<Found> {
        self.list.sort_unstable();
        let same = || self.list.chunk_by(|a, b| a.0 == b.0);
        let best = same().max_by_key(|votes| votes.len())?;
        let others = same().filter(|votes| votes[0].0 != best[0].0);
        let next = others.map(<[_]>::len).max().unwrap_or(0);
        let ahead = best.len() * share >= self.list.len() || best.len() >= next * FAR_AHEAD;
        if best.len() < least || !ahead {
            return None;
        }
        let places: Vec<_> = best.iter().map(|vote| vote.1).collect();
        Some(Found {
            vector: best[0].0,
            seen: around(places),
        })
    }
}

/// The rectangle around most segments that begin at these places.
fn around(mut places: Vec<(u32, u32)>) -> Rect {
    let outer = places.len() / 32;
    let last = places.len() - 1 - outer;
    places.sort_unstable_by_key(|place| place.0);
    let (left, right) = (places[outer].0, places[last].0 + SEGMENT as u32);
    places.sort_unstable_by_key(|place| place.1);
    let (top, bottom) = (places[outer].1, places[last].1 + 1);
    Rect::new(left, top, right - left, bottom - top)
}

impl Search {
    pub(in crate::encoder) fn new() -> Self {
        let mut weights = [0; SEGMENT];
        let mut weight = 1u32;
        for slot in weights.iter_mut().rev() {
            *slot = weight;
            weight = weight.wrapping_mul(FACTOR);
        }
        Self {
            table: Vec::new(),
            table_bits: MAX_TABLE_BITS,
            weights,
            gone: weight,
            recent: Vec::new(),
            pane: None,
            votes: Votes::default(),
        }
    }

    /// This vector is tried first next time.
    pub(super) fn remember(&mut self, vector: (i32, i32)) {
        self.recent.retain(|known| *known != vector);
        self.recent.insert(0, vector);
        self.recent.truncate(RECENT);
    }

    /// Where the rectangle that was lifted went, if not far: a segment of it is looked for nearby, and two others confirm it.
    pub(super) fn dragged(
        &self,
        source: &PixelView<'_>,
        canvas: &Canvas<Bgrx>,
        lifted: &Rect,
    ) -> Option<Found> {
        let x = lifted.x as usize + (lifted.width as usize).checked_sub(SEGMENT)? / 2;
        let height = lifted.height as usize;
        let row =
            |index: usize| lifted.y as usize + (height * (MARKS / 2 + index)).div_euclid(MARKS) % height;
        let marks = (0..MARKS).map(|index| (x, row(index)));
        let marks: Vec<_> = marks
            .filter(|(x, y)| busy(canvas.span(*x, *y, SEGMENT)))
            .take(3)
            .collect();
        let confirmed = |(dx, dy): &(i32, i32)| {
            let moved = |(x, y): &&(usize, usize)| {
                let at = (*x as i64 + i64::from(*dx), *y as i64 + i64::from(*dy));
                let there = span_of(source, at);
                there.is_some_and(|there| !colors_differ(canvas.span(*x, *y, SEGMENT), there))
            };
            marks.iter().filter(moved).count() == marks.len()
        };
        let first = marks.first().filter(|_| marks.len() > 1)?;
        // On what stays and repeats itself some vector always agrees.
        if confirmed(&(0, 0)) {
            return None;
        }
        let vector = self.near(source, canvas.span(first.0, first.1, SEGMENT), *first, confirmed)?;
        let side = |at: u32, by: i32| at.saturating_add_signed(by);
        let seen = Rect::new(
            side(lifted.x, vector.0),
            side(lifted.y, vector.1),
            lifted.width,
            lifted.height,
        );
        Some(Found {
            vector,
            seen: seen.intersect(&canvas.bounds()),
        })
    }

    /// The vector to a place near (x, y) where the source has this segment, the nearest rows first.
    fn near(
        &self,
        source: &PixelView<'_>,
        segment: &[u8],
        (x, y): (usize, usize),
        confirmed: impl Fn(&(i32, i32)) -> bool,
    ) -> Option<(i32, i32)> {
        let wanted = self.hash(segment);
        let (left, right) = (
            x.saturating_sub(REACH),
            (x + SEGMENT + REACH).min(source.width() as usize),
        );
        let rows = (0..=REACH).flat_map(|by| [y.checked_sub(by), (by > 0).then_some(y + by)]);
        for row in rows.flatten().filter(|row| *row < source.height() as usize) {
            let found = self.hashes(source.span(left, row, right - left));
            let same = found.filter(|(_, hash)| *hash == wanted);
            let vectors = same.map(|(at, _)| ((left + at) as i32 - x as i32, row as i32 - y as i32));
            if let Some(vector) = vectors.filter(|vector| *vector != (0, 0)).find(&confirmed) {
                return Some(vector);
            }
        }
        None
    }

    /// The hashes of all segments of a row that has room for one, and where they begin.
    fn hashes<'a>(&'a self, row: &'a [u8]) -> impl Iterator<Item = (usize, u32)> + 'a {
        let pixels = quads(row);
        let color = |at: usize| u32::from_le_bytes(pixels[at]) & COLOR;
        let mut hash = self.hash(&row[..SEGMENT * 4]);
        (0..=pixels.len() - SEGMENT).map(move |at| {
            if at > 0 {
                let gone = self.gone.wrapping_mul(color(at - 1));
                hash = hash
                    .wrapping_mul(FACTOR)
                    .wrapping_add(color(at + SEGMENT - 1))
                    .wrapping_sub(gone);
            }
            (at, hash)
        })
    }

    /// The most likely vector of what changed within a pane, before it is known what did. Looks at a few columns only.
    pub(super) fn of_pane(
        &mut self,
        source: &PixelView<'_>,
        canvas: &Canvas<Bgrx>,
        pane: &Rect,
    ) -> Option<(i32, i32)> {
        let room = (pane.width as usize).checked_sub(SEGMENT)?;
        let column = |index| pane.x as usize + room * index / (PANE_COLUMNS - 1);
        let columns: Vec<usize> = (0..PANE_COLUMNS).map(column).collect();
        let mut probes = probes(source, &columns, pane, |_, _| true);
        probes.retain(|(x, y)| colors_differ(source.span(*x, *y, SEGMENT), canvas.span(*x, *y, SEGMENT)));
        let found = match self.known(source, canvas, &probes) {
            Some(found) => Some(found),
            None => self.scrolled(source, canvas, &columns, probes, pane),
        };
        found.map(|found| found.vector)
    }

    /// The most likely vector of what changed within `area`. Unless it is to be `thorough`, only those of the frames before.
    pub(super) fn find(
        &mut self,
        source: &PixelView<'_>,
        canvas: &Canvas<Bgrx>,
        changed: &Grid,
        area: &Rect,
        thorough: bool,
    ) -> Option<Found> {
        let columns: Vec<usize> = (area.x as usize..area.right() as usize)
            .step_by(SEGMENT)
            .filter(|x| x + SEGMENT <= canvas.width())
            .collect();
        if columns.is_empty() {
            return None;
        }
        let few = most_changed(&columns, changed, area);
        let probes = probes(source, &few, area, |x, y| touches(changed, x, y / CELL));
        let known = self.known(source, canvas, &probes);
        if known.is_some() || !thorough {
            return known;
        }
        if let Some(found) = self.scrolled(source, canvas, &few, probes, area) {
            return Some(found);
        }
        // Every second column is enough for windows of 192 pixels and wider.
        let half: Vec<usize> = columns.iter().copied().step_by(2).collect();
        self.fill(canvas, &half, area, PLACE_STEP);
        self.votes.list.clear();
        let mut steps = PLACE_ROWS.into_iter().cycle();
        let mut y = area.y as usize + 3;
        while y < area.bottom() as usize {
            self.vote_row(source, canvas, area, y);
            y += steps.next().unwrap_or(1);
        }
        self.votes.winner(8, 4)
    }

    /// The vector by which what is in these columns came from other rows of them.
    fn scrolled(
        &mut self,
        source: &PixelView<'_>,
        canvas: &Canvas<Bgrx>,
        columns: &[usize],
        probes: Vec<(usize, usize)>,
        area: &Rect,
    ) -> Option<Found> {
        if probes.len() < SCROLL_COLUMNS {
            return None;
        }
        self.votes.list.clear();
        self.fill(canvas, columns, area, 1);
        for (x, y) in probes {
            let segment = source.span(x, y, SEGMENT);
            self.vote(canvas, segment, (x, y), self.hash(segment));
        }
        self.votes.winner(16, 3)
    }

    /// The vector of a frame before that explains most of the probes.
    fn known(
        &self,
        source: &PixelView<'_>,
        canvas: &Canvas<Bgrx>,
        probes: &[(usize, usize)],
    ) -> Option<Found> {
        self.recent.iter().find_map(|vector| {
            let told = |(x, y): &&(usize, usize)| {
                let segment = canvas.span_at(
                    *x as i64 - i64::from(vector.0),
                    *y as i64 - i64::from(vector.1),
                    SEGMENT,
                );
                segment.is_some_and(|segment| !colors_differ(source.span(*x, *y, SEGMENT), segment))
            };
            // Odd, since probes come in rows of a few columns: each of these is looked at.
            let glance = || probes.iter().step_by((probes.len() / GLANCE) | 1);
            if glance().filter(told).count() * 2 < glance().count() {
                return None;
            }
            let places: Vec<_> = probes
                .iter()
                .filter(told)
                .map(|(x, y)| (*x as u32, *y as u32))
                .collect();
            let enough = places.len() >= 16 && places.len() * 4 >= probes.len() * 3;
            enough.then(|| Found {
                vector: *vector,
                seen: around(places),
            })
        })
    }

    fn hash(&self, segment: &[u8]) -> u32 {
        quads(segment)
            .iter()
            .zip(&self.weights)
            .fold(0, |sum: u32, (quad, weight)| {
                sum.wrapping_add((u32::from_le_bytes(*quad) & COLOR).wrapping_mul(*weight))
            })
    }

    fn slot(&self, hash: u32) -> usize {
        (hash.wrapping_mul(0x85EB_CA6B) >> (32 - self.table_bits)) as usize
    }

    /// Puts the reference's segments at these columns, in every `step`-th row, into the table.
    fn fill(&mut self, canvas: &Canvas<Bgrx>, columns: &[usize], area: &Rect, step: usize) {
        let entries = columns.len() * (area.height as usize).div_ceil(step);
        self.table_bits = (2 * entries).ilog2().clamp(8, MAX_TABLE_BITS);
        self.table.clear();
        self.table.resize(1 << self.table_bits, (0, 0));
        for y in (area.y as usize..area.bottom() as usize).step_by(step) {
            for x in columns {
                let segment = canvas.span(*x, y, SEGMENT);
                if !busy(segment) {
                    continue;
                }
                let hash = self.hash(segment) | 1;
                let slot = self.slot(hash);
                let entry = &mut self.table[slot];
                if entry.0 == 0 {
                    *entry = (hash, (y << 16 | x) as u32);
                } else if entry.0 == hash {
                    entry.1 = AMBIGUOUS;
                }
            }
        }
    }

    /// Votes of all positions of a row of the source.
    fn vote_row(&mut self, source: &PixelView<'_>, canvas: &Canvas<Bgrx>, area: &Rect, y: usize) {
        let (left, right) = (area.x as usize, (area.right() as usize).min(canvas.width()));
        if left + SEGMENT > right {
            return;
        }
        let row = source.span(left, y, right - left);
        let known = |hash: u32| self.table[self.slot(hash | 1)].0 == hash | 1;
        let hits: Vec<_> = self.hashes(row).filter(|(_, hash)| known(*hash)).collect();
        for (at, hash) in hits {
            let segment = &row[at * 4..(at + SEGMENT) * 4];
            self.vote(canvas, segment, (left + at, y), hash);
        }
    }

    fn vote(&mut self, canvas: &Canvas<Bgrx>, segment: &[u8], (x, y): (usize, usize), hash: u32) {
        let (known, place) = self.table[self.slot(hash | 1)];
        if known != hash | 1 || place == AMBIGUOUS {
            return;
        }
        let (from_x, from_y) = (place as usize & 0xffff, place as usize >> 16);
        if (from_x, from_y) == (x, y) || colors_differ(segment, canvas.span(from_x, from_y, SEGMENT)) {
            return;
        }
        self.votes
            .add((x as i32 - from_x as i32, y as i32 - from_y as i32), (x, y));
    }
}

/// A segment of the source, or `None` when some of it lies outside.
fn span_of<'a>(source: &PixelView<'a>, (x, y): (i64, i64)) -> Option<&'a [u8]> {
    let x = usize::try_from(x)
        .ok()
        .filter(|x| x + SEGMENT <= source.width() as usize)?;
    let y = usize::try_from(y)
        .ok()
        .filter(|y| *y < source.height() as usize)?;
    Some(source.span(x, y, SEGMENT))
}

/// Those of the columns where most has changed.
fn most_changed(columns: &[usize], changed: &Grid, area: &Rect) -> Vec<usize> {
    let rows = area.y as usize / CELL..(area.bottom() as usize).div_ceil(CELL);
    let count = |x: usize| rows.clone().filter(|row| touches(changed, x, *row)).count();
    let mut by_count: Vec<_> = columns.iter().map(|x| (count(*x), *x)).collect();
    by_count.sort_unstable_by(|a, b| b.cmp(a));
    by_count.truncate(SCROLL_COLUMNS);
    by_count.into_iter().map(|(_, x)| x).collect()
}

/// Where segments of the source are that are wanted and not too plain.
fn probes(
    source: &PixelView<'_>,
    columns: &[usize],
    area: &Rect,
    wanted: impl Fn(usize, usize) -> bool,
) -> Vec<(usize, usize)> {
    let step = (area.height as usize / SCROLL_ROWS).max(1);
    let mut probes = Vec::new();
    for y in (area.y as usize..area.bottom() as usize).step_by(step) {
        for x in columns {
            if wanted(*x, y) && busy(source.span(*x, y, SEGMENT)) {
                probes.push((*x, y));
            }
        }
    }
    probes
}

/// True when a changed cell of this row of cells lies in the segment at x.
fn touches(changed: &Grid, x: usize, row: usize) -> bool {
    changed.row(row)[x / CELL..(x + SEGMENT - 1) / CELL + 1]
        .iter()
        .any(|field| *field != 0)
}

/// False for segments that are nearly one color.
fn busy(segment: &[u8]) -> bool {
    let pixels = quads(segment);
    let color = |at: usize| u32::from_le_bytes(pixels[at]) & COLOR;
    let first = color(0);
    if [9, 21, 33, 47, 61].into_iter().any(|at| color(at) != first) {
        return true;
    }
    pixels.windows(2).filter(|pair| pair[0] != pair[1]).count() >= MIN_BUSY
}
