//! Counts colors, to tell graphics from photos.

use crate::pixels::{COLOR, quads};

/// Up to this limit a quarter of the buckets does, which takes less to clear than a block to look at.
const SMALL: usize = 64;

/// True when the rows hold at most `limit` (≤ 256) colors. Up to 2 ns a pixel; stops at the first color too many.
pub(super) fn few_colors<'a>(rows: impl Iterator<Item = &'a [u8]>, limit: usize) -> bool {
    if limit <= SMALL {
        few_of::<{ 4 * SMALL }>(rows, limit)
    } else {
        few_of::<1024>(rows, limit)
    }
}

/// `BUCKETS`: a power of two, several times the limit, for short searches.
fn few_of<'a, const BUCKETS: usize>(rows: impl Iterator<Item = &'a [u8]>, limit: usize) -> bool {
    // No color has a fourth byte.
    let mut buckets = [u32::MAX; BUCKETS];
    let mut count = 0;
    let mut last = u32::MAX;
    for row in rows {
        for quad in quads(row) {
            let color = u32::from_le_bytes(*quad) & COLOR;
            if color == last {
                continue;
            }
            last = color;
            let mut bucket = color.wrapping_mul(0x9E37_79B1) as usize >> 16 & (BUCKETS - 1);
            while buckets[bucket] != color {
                if buckets[bucket] == u32::MAX {
                    if count == limit {
                        return false;
                    }
                    buckets[bucket] = color;
                    count += 1;
                    break;
                }
                bucket = (bucket + 1) % BUCKETS;
            }
        }
    }
    true
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
}
