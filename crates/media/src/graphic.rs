//! The coder for text and graphics: few colors, exact. Letters come again and again, so a pixel is mostly what followed the same
//! neighborhood before: one decision. Else it is one of its neighbors or what was there before; which of them, is a few
//! decisions in the context of which neighbors are equal. Other colors come from a small table. Flat stretches are coded as one
//! decision.
//!
//! Cost: about 20 ns for a pixel that is coded alone, 1 ns for one in a flat stretch.

use crate::range::{BitCoder, Prob};
use crate::rows::{FIRST, NONE, Rows};

/// Shorter stretches are not worth a decision of their own.
const MIN_STRETCH: usize = 6;
/// Table of colors: sets of [`WAYS`], chosen by hash.
const COLORS: usize = 256;
const WAYS: usize = 4;

/// What the coder has learned in this session, the same on both sides.
pub(crate) struct GraphicModel {
    /// Four decisions (left, up, before, up right) for each pattern of equal neighbors.
    same: Box<[[Prob; 4]; 256]>,
    /// Place in the table of colors, by the place of the left neighbor's color.
    place: Box<[[Prob; 256]; COLORS + 1]>,
    /// The color is not in the table.
    unknown: Prob,
    /// Channels of such a color.
    channels: Box<[[Prob; 256]; 3]>,
    /// The whole stretch is flat, by its length's bits and whether the picture was flat there before.
    flat: [[Prob; 2]; 8],
    /// Else where it ends, by the length's bits.
    end: [[Prob; 64]; 8],
    table: ColorTable,
    seen: Seen,
}

/// What followed which neighborhood.
struct Seen {
    /// By the neighborhood's hash: a color in the lower 24 bits, [`TRUST`], [`CHECK`].
    entries: Box<[u32]>,
    /// It is so again, by how often it was, and which neighbor it equals.
    again: [[Prob; 3]; 4],
}

/// Entries of [`Seen`]: 256 KiB, which holds the letters of a few fonts and stays in the processor's cache.
const SEEN_BITS: u32 = 16;
/// How often an entry was right in a row, at most 3; 0 is an empty one.
const TRUST: u32 = 0x0300_0000;
const TRUST_ONE: u32 = 0x0100_0000;
/// More of the hash, so that few neighborhoods are taken for others.
const CHECK: u32 = 0xfc00_0000;
const COLOR: u32 = 0x00ff_ffff;

impl Seen {
    fn new() -> Self {
        Self {
            entries: vec![0; 1 << SEEN_BITS].into_boxed_slice(),
            again: [[Prob::EVEN; 3]; 4],
        }
    }

    /// Index and check of a pixel's neighborhood.
    #[inline(always)]
    fn place(rows: &Rows, at: usize) -> (usize, u32) {
        let neighbors = [
            rows.now[at - 1],
            rows.now[at - 2],
            rows.up[at],
            rows.up[at - 1],
            rows.up[at + 1],
            rows.up2[at],
        ];
        let hash = neighbors.into_iter().fold(0u32, |hash, color| {
            let mixed = (hash ^ color).wrapping_mul(0x9E37_79B1);
            mixed ^ mixed >> 15
        });
        (
            (hash >> (u32::BITS - SEEN_BITS)) as usize,
            hash << CHECK.trailing_zeros(),
        )
    }

    /// The color that followed, and how much it is to be trusted: 1 to 3.
    #[inline(always)]
    fn guess(&self, (index, check): (usize, u32)) -> Option<(u32, usize)> {
        let entry = self.entries[index];
        let trust = (entry & TRUST) / TRUST_ONE;
        (trust != 0 && entry & CHECK == check).then_some((entry & COLOR, trust as usize))
    }

    #[inline(always)]
    fn learn(&mut self, (index, check): (usize, u32), color: u32) {
        let entry = &mut self.entries[index];
        let known = *entry & (CHECK | COLOR) == check | color;
        let trust = if known {
            (*entry & TRUST).min(2 * TRUST_ONE)
        } else {
            0
        };
        *entry = check | (trust + TRUST_ONE) | color;
    }
}

struct ColorTable {
    colors: [u32; COLORS],
    used: [u32; COLORS],
    clock: u32,
}

impl ColorTable {
    #[inline(always)]
    fn set_of(color: u32) -> usize {
        (color.wrapping_mul(0x9E37_79B1) >> 26) as usize * WAYS
    }

    #[inline(always)]
    fn find(&self, color: u32) -> Option<usize> {
        let set = Self::set_of(color);
        (set..set + WAYS).find(|&place| self.colors[place] == color)
    }

    /// Replaces the color of the set that was not used for longest.
    fn add(&mut self, color: u32) {
        let set = Self::set_of(color);
        let mut oldest = set;
        for place in set + 1..set + WAYS {
            if self.used[place] < self.used[oldest] {
                oldest = place;
            }
        }
        self.colors[oldest] = color;
        self.touch(oldest);
    }

    fn touch(&mut self, place: usize) {
        self.clock = self.clock.wrapping_add(1);
        self.used[place] = self.clock;
    }
}

fn boxed<const A: usize, const B: usize>() -> Box<[[Prob; A]; B]> {
    // A boxed slice first, since an array this large has no place on a small stack.
    match vec![[Prob::EVEN; A]; B].into_boxed_slice().try_into() {
        Ok(array) => array,
        Err(_) => Box::new([[Prob::EVEN; A]; B]),
    }
}

impl GraphicModel {
    pub(crate) fn new() -> Self {
        Self {
            same: boxed(),
            place: boxed(),
            unknown: Prob::EVEN,
            channels: boxed(),
            flat: [[Prob::EVEN; 2]; 8],
            end: [[Prob::EVEN; 64]; 8],
            // No color has a fourth byte.
            table: ColorTable {
                colors: [u32::MAX; COLORS],
                used: [0; COLORS],
                clock: 0,
            },
            seen: Seen::new(),
        }
    }

    /// Codes `width` pixels of `rows.now`.
    pub(crate) fn row<C: BitCoder>(&mut self, coder: &mut C, rows: &mut Rows, width: usize) {
        let end = FIRST + width;
        let mut at = FIRST;
        // Set when the stretch before ended early: this pixel is not its left neighbor.
        let mut differs = false;
        while at < end {
            let left = rows.now[at - 1];
            let flat = left == rows.up[at] && left == rows.up[at - 1] && left == rows.now[at - 2];
            if flat && !differs {
                let stretch = stretch(rows, at, end, left);
                if stretch >= MIN_STRETCH {
                    let length = self.stretch(coder, rows, at, stretch);
                    at += length;
                    differs = length < stretch;
                    continue;
                }
            }
            let color = self.pixel(coder, rows, at, differs);
            rows.now[at] = color;
            differs = false;
            at += 1;
        }
    }

    /// Codes how many of the next `stretch` pixels equal the left one, and sets them.
    fn stretch<C: BitCoder>(&mut self, coder: &mut C, rows: &mut Rows, at: usize, stretch: usize) -> usize {
        let left = rows.now[at - 1];
        let bits = usize::BITS - (stretch - 1).leading_zeros();
        let real = match C::DECODES {
            true => 0,
            false => leading(&rows.now[at..at + stretch], left),
        };
        let kind = &mut self.flat[bits as usize][usize::from(rows.before[at] == left)];
        let length = if coder.bit(kind, real == stretch) {
            stretch
        } else {
            (coder.tree(&mut self.end[bits as usize], bits, real as u32) as usize).min(stretch - 1)
        };
        if C::DECODES {
            rows.now[at..at + length].fill(left);
        }
        length
    }

    #[inline(always)]
    fn pixel<C: BitCoder>(&mut self, coder: &mut C, rows: &Rows, at: usize, differs: bool) -> u32 {
        let (color, left) = (rows.now[at], rows.now[at - 1]);
        let place = Seen::place(rows, at);
        let guess = self.seen.guess(place);
        let Some((guess, trust)) = guess.filter(|(guess, _)| !differs || *guess != left) else {
            let color = self.unlike(coder, rows, at, differs, NONE);
            // What only goes on would push out what is worth to be known.
            if color != left {
                self.seen.learn(place, color);
            }
            return color;
        };
        let kind = usize::from(guess == left) | usize::from(guess != left && guess == rows.up[at]) << 1;
        let color = if coder.bit(&mut self.seen.again[trust][kind], color == guess) {
            guess
        } else {
            self.unlike(coder, rows, at, differs, guess)
        };
        self.seen.learn(place, color);
        color
    }

    /// Codes a color that is not `not`.
    #[inline(always)]
    fn unlike<C: BitCoder>(&mut self, coder: &mut C, rows: &Rows, at: usize, differs: bool, not: u32) -> u32 {
        let color = rows.now[at];
        let (left, left2) = (rows.now[at - 1], rows.now[at - 2]);
        let (up, up_left, up_right, up2) = (rows.up[at], rows.up[at - 1], rows.up[at + 1], rows.up2[at]);
        let before = rows.before[at];
        let pattern = usize::from(left == up)
            | usize::from(up == up_right) << 1
            | usize::from(up_left == up) << 2
            | usize::from(left == up_left) << 3
            | usize::from(left2 == left) << 4
            | usize::from(up2 == up) << 5
            | usize::from(before == left) << 6
            | usize::from(before == up) << 7;
        let same = &mut self.same[pattern];
        if !differs && left != not && coder.bit(&mut same[0], color == left) {
            return left;
        }
        if up != left && up != NONE && up != not && coder.bit(&mut same[1], color == up) {
            return up;
        }
        let news = before != left && before != up && before != NONE && before != not;
        if news && coder.bit(&mut same[2], color == before) {
            return before;
        }
        let news = up_right != left && up_right != up && up_right != NONE && up_right != not;
        if news && coder.bit(&mut same[3], color == up_right) {
            return up_right;
        }
        self.color(coder, left, color)
    }

    /// Codes a color by its place in the table, or in full.
    fn color<C: BitCoder>(&mut self, coder: &mut C, left: u32, color: u32) -> u32 {
        let place = if C::DECODES { None } else { self.table.find(color) };
        if coder.bit(&mut self.unknown, place.is_none()) {
            let mut full = 0;
            for (channel, probs) in self.channels.iter_mut().enumerate() {
                full |= coder.tree(probs, 8, color >> (8 * channel) & 0xff) << (8 * channel);
            }
            // A hostile stream may spell out a color that the table has; twice does no harm.
            self.table.add(full);
            return full;
        }
        let row = self.table.find(left).unwrap_or(COLORS);
        let place = coder.tree(&mut self.place[row], 8, place.unwrap_or(0) as u32) as usize;
        self.table.touch(place);
        // Only a hostile stream names an empty place.
        self.table.colors[place] & 0x00ff_ffff
    }
}

/// How far from `at` everything known about the pixels says "equal to `left`".
#[inline]
fn stretch(rows: &Rows, at: usize, end: usize, left: u32) -> usize {
    let mut length = leading(&rows.up[at + 1..end], left);
    // The last column's right neighbor above is outside; that must not stop a stretch.
    if at + 1 + length == end {
        length += 1;
    }
    if rows.before[at] == left {
        length = leading(&rows.before[at..at + length], left);
    }
    length
}

/// How many colors from the first on are this one. Eight at a time, since flat stretches are most of a screen.
#[inline]
fn leading(colors: &[u32], color: u32) -> usize {
    let (eights, rest) = colors.as_chunks::<8>();
    let differs = |eight: &[u32; 8]| eight.iter().fold(0, |all, other| all | (other ^ color)) != 0;
    let equal = eights.iter().position(differs).unwrap_or(eights.len()) * 8;
    let other = colors[equal..]
        .iter()
        .take(8.max(rest.len()))
        .position(|other| *other != color);
    other.map_or(colors.len(), |at| equal + at)
}
