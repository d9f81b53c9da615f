//! Tells graphics from photos: by how many colors there are, and how often a pixel is like none of its neighbors.

use crate::pixels::{COLOR, quads};

/// Up to this limit a quarter of the buckets does, which takes less to clear than a block to look at.
const SMALL: usize = 64;

/// Up to so many colors a pattern is learned by the graphics coder, however busy it is.
const PATTERN: usize = 16;
/// Beyond them, at most one pixel in so many (numerator, denominator) is unlike the one to its left and the one above: the
/// coder names the color of each, a byte and more. Letters with smoothed edges have a quarter, photos nearly all.
const MAX_NEWS: (usize, usize) = (5, 8);
/// And at most one in so many is nearly like one of them, which edges of letters are not: what is soft is a photo however few
/// colors it has, as while it fades.
const MAX_SOFT: usize = 4;
/// No channel of what is nearly alike differs by more.
const SOFT: u8 = 16;

/// True when the rows hold at most `limit` (≤ 256) colors. Up to 2 ns a pixel; stops at the first color too many.
pub(super) fn few_colors<'a>(rows: impl Iterator<Item = &'a [u8]>, limit: usize) -> bool {
    look(rows, limit).is_some()
}

/// True when the rows, of one length, were drawn: text and graphics, for the coder of these. They hold at most `limit` (≤ 256)
/// colors, and are not noise of few colors, as a gray photo is. Cost as [`few_colors`].
pub(super) fn is_drawn<'a>(rows: impl Iterator<Item = &'a [u8]>, limit: usize) -> bool {
    let (share, of) = MAX_NEWS;
    look(rows, limit).is_some_and(|seen| {
        let plain = seen.colors <= PATTERN || seen.news * of <= seen.pixels * share;
        plain && seen.soft * MAX_SOFT <= seen.pixels
    })
}

/// What rows are made of.
struct Seen {
    colors: usize,
    /// Pixels that are like neither the left nor the upper neighbor.
    news: usize,
    /// Those of them that are nearly like one.
    soft: usize,
    pixels: usize,
}

/// `None` when there are more colors.
fn look<'a>(rows: impl Iterator<Item = &'a [u8]>, limit: usize) -> Option<Seen> {
    if limit <= SMALL {
        look_with::<{ 4 * SMALL }>(rows, limit)
    } else {
        look_with::<1024>(rows, limit)
    }
}

/// `BUCKETS`: a power of two, several times the limit, for short searches.
fn look_with<'a, const BUCKETS: usize>(rows: impl Iterator<Item = &'a [u8]>, limit: usize) -> Option<Seen> {
    // No color has a fourth byte.
    let mut buckets = [u32::MAX; BUCKETS];
    let mut seen = Seen {
        colors: 0,
        news: 0,
        soft: 0,
        pixels: 0,
    };
    let mut last = u32::MAX;
    let mut above: &[[u8; 4]] = &[];
    for row in rows {
        let pixels = quads(row);
        seen.pixels += pixels.len();
        // As in most of what is drawn.
        if pixels == above {
            continue;
        }
        for (at, quad) in pixels.iter().enumerate() {
            let color = u32::from_le_bytes(*quad) & COLOR;
            if color == last {
                continue;
            }
            let left = std::mem::replace(&mut last, color);
            let up = above
                .get(at)
                .map_or(left, |quad| u32::from_le_bytes(*quad) & COLOR);
            if up != color {
                seen.news += 1;
                seen.soft += usize::from(is_near(color, left) || is_near(color, up));
            }
            let mut bucket = color.wrapping_mul(0x9E37_79B1) as usize >> 16 & (BUCKETS - 1);
            while buckets[bucket] != color {
                if buckets[bucket] == u32::MAX {
                    if seen.colors == limit {
                        return None;
                    }
                    buckets[bucket] = color;
                    seen.colors += 1;
                    break;
                }
                bucket = (bucket + 1) % BUCKETS;
            }
        }
        above = pixels;
    }
    Some(seen)
}

/// No channel differs by more than [`SOFT`].
fn is_near(a: u32, b: u32) -> bool {
    let channels = a.to_le_bytes().into_iter().zip(b.to_le_bytes());
    channels.into_iter().all(|(a, b)| a.abs_diff(b) <= SOFT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_up_to_the_limit() {
        let row: Vec<u8> = (0..200u8).flat_map(|value| [value, 1, 2, value ^ 0xff]).collect();
        assert!(few_colors([&row[..], &row[..]].into_iter(), 200));
        assert!(!few_colors([&row[..]].into_iter(), 199));
        assert!(few_colors(std::iter::empty(), 0));
    }

    /// 32 rows of 32 pixels.
    fn gray(of: impl Fn(u32, u32) -> u32) -> Vec<Vec<u8>> {
        let row = |y| (0..32).flat_map(|x| [of(x, y) as u8; 4]).collect();
        (0..32).map(row).collect()
    }

    fn drawn(rows: &[Vec<u8>], limit: usize) -> bool {
        is_drawn(rows.iter().map(Vec::as_slice), limit)
    }

    #[test]
    fn noise_of_few_colors_is_not_drawn() {
        let noise = |x: u32, y: u32| (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761) >> 16;
        assert!(!drawn(&gray(|x, y| noise(x, y) % 200), 256), "a gray photo");
        assert!(
            drawn(
                &gray(|x, y| if x % 4 == 0 { noise(x, y) % 200 } else { 255 }),
                256
            ),
            "letters with smoothed edges"
        );
        assert!(drawn(&gray(|_, y| y * 8), 256), "a gradient");
        assert!(drawn(&gray(|x, y| (x + y) % 2 * 255), 256), "a pattern");
        assert!(!drawn(&gray(|x, _| x), 20), "more colors than the limit");
    }
}
