//! The block cache: pixels in the viewer, hashes in the agent, the same slots on both sides.
//! Which blocks enter, and when, is in [`crate::format`].

use crate::format::{BLOCK, CACHE_SLOTS};

const BLOCK_BYTES: usize = BLOCK * BLOCK * 4;

/// Blocks that get memory at once. What is there never moves: copying megabytes would make a frame late.
const PART_BLOCKS: usize = 256;

/// The viewer's half: pixels by slot. Grows with use, up to 32 MiB.
pub(crate) struct BlockStore {
    parts: Vec<Vec<u8>>,
    lossy: Vec<bool>,
    next: usize,
}

impl BlockStore {
    pub(crate) fn new() -> Self {
        Self {
            parts: Vec::new(),
            lossy: Vec::new(),
            next: 0,
        }
    }

    /// The slot to write the next block to.
    pub(crate) fn push(&mut self, lossy: bool) -> &mut [u8] {
        let slot = self.next;
        self.next = (slot + 1) % CACHE_SLOTS as usize;
        if self.lossy.len() == slot {
            self.lossy.push(lossy);
            if slot.is_multiple_of(PART_BLOCKS) {
                self.parts.push(vec![0; PART_BLOCKS * BLOCK_BYTES]);
            }
        }
        self.lossy[slot] = lossy;
        let start = slot % PART_BLOCKS * BLOCK_BYTES;
        &mut self.parts[slot / PART_BLOCKS][start..start + BLOCK_BYTES]
    }

    /// The pixels of a slot and whether they are lossy; `None` when nothing was put there.
    pub(crate) fn get(&self, slot: u32) -> Option<(&[u8], bool)> {
        let slot = slot as usize;
        let lossy = *self.lossy.get(slot)?;
        let start = slot % PART_BLOCKS * BLOCK_BYTES;
        let pixels = self
            .parts
            .get(slot / PART_BLOCKS)?
            .get(start..start + BLOCK_BYTES)?;
        Some((pixels, lossy))
    }
}

#[cfg(feature = "encode")]
pub(crate) use index::BlockIndex;

#[cfg(feature = "encode")]
mod index {
    use super::{BLOCK, CACHE_SLOTS};
    use crate::pixels::COLOR;

    /// Two colors a word.
    const WORDS: usize = BLOCK * BLOCK / 2;
    /// Twice the slots, a power of two: short searches.
    const BUCKETS: usize = 2 * CACHE_SLOTS as usize;
    const PRIME: u64 = (1 << 61) - 1;
    /// A hash has 125 bits.
    const LOSSY: BlockHash = 1 << 127;
    const EMPTY: u32 = u32::MAX;

    /// The hash of a block's colors.
    type BlockHash = u128;

    /// The agent's half: which block is in which slot.
    ///
    /// A block is known by its hash only, so that the agent need not keep its pixels. What is on the screen may be made by
    /// an enemy, a web page say, who would like to have another picture shown than there is. Therefore the hash is
    /// universal (multilinear modulo a prime) under keys that nobody outside sees: two given blocks collide with a
    /// probability of 2⁻¹²², however they were chosen. A fixed function, or one of 64 bits, could be collided on purpose.
    pub(crate) struct BlockIndex {
        keys: Box<[[u64; 2]; WORDS]>,
        /// Hashes by slot; [`LOSSY`] is set where the viewer has the block with loss only.
        blocks: Vec<BlockHash>,
        /// Open addressing; slots.
        buckets: Vec<u32>,
        next: usize,
    }

    impl BlockIndex {
        pub(crate) fn new(key: [u64; 2]) -> Self {
            let mut keys = Box::new([[0; 2]; WORDS]);
            let mut state = key;
            for (index, pair) in keys.iter_mut().enumerate() {
                let salt = index as u64;
                *pair = [
                    mix(&mut state[0], salt) % PRIME,
                    mix(&mut state[1], !salt) % PRIME,
                ];
            }
            Self {
                keys,
                blocks: Vec::new(),
                buckets: vec![EMPTY; BUCKETS],
                next: 0,
            }
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.blocks.is_empty()
        }

        /// The hash of a block given by its rows. About 0.15 µs.
        pub(crate) fn hash<'a>(&self, rows: impl Iterator<Item = &'a [u8]>) -> BlockHash {
            let mask = u64::from(COLOR) << 32 | u64::from(COLOR);
            let (mut a, mut b) = (0u128, 0u128);
            let words = rows.flat_map(|row| row.as_chunks::<8>().0);
            // 128 products of 56 and 61 bits stay below 2^128.
            for (bytes, [key_a, key_b]) in words.zip(self.keys.iter()) {
                let word = u128::from(u64::from_le_bytes(*bytes) & mask);
                a += word * u128::from(*key_a);
                b += word * u128::from(*key_b);
            }
            let prime = u128::from(PRIME);
            ((a % prime) << 64) | (b % prime)
        }

        /// The slot that has this block, and whether only with loss.
        pub(crate) fn find(&self, hash: BlockHash) -> Option<(u32, bool)> {
            let mut bucket = hash as usize % BUCKETS;
            loop {
                let slot = self.buckets[bucket];
                if slot == EMPTY {
                    return None;
                }
                let known = self.blocks[slot as usize];
                if known & !LOSSY == hash {
                    return Some((slot, known & LOSSY != 0));
                }
                bucket = (bucket + 1) % BUCKETS;
            }
        }

        /// Mirrors [`super::BlockStore::push`].
        pub(crate) fn push(&mut self, hash: BlockHash, lossy: bool) {
            let slot = self.next;
            self.next = (self.next + 1) % CACHE_SLOTS as usize;
            let marked = if lossy { hash | LOSSY } else { hash };
            if slot == self.blocks.len() {
                self.blocks.push(marked);
            } else {
                self.forget(slot as u32);
                self.blocks[slot] = marked;
            }
            // A block that is there twice is found in its newer slot, which lives longer and is no worse.
            let mut bucket = hash as usize % BUCKETS;
            while self.buckets[bucket] != EMPTY && self.blocks[self.buckets[bucket] as usize] & !LOSSY != hash
            {
                bucket = (bucket + 1) % BUCKETS;
            }
            self.buckets[bucket] = slot as u32;
        }

        /// Takes a slot out of the table, closing the gap.
        fn forget(&mut self, slot: u32) {
            let mut bucket = self.blocks[slot as usize] as usize % BUCKETS;
            while self.buckets[bucket] != slot {
                if self.buckets[bucket] == EMPTY {
                    return;
                }
                bucket = (bucket + 1) % BUCKETS;
            }
            self.buckets[bucket] = EMPTY;
            let mut gap = bucket;
            loop {
                bucket = (bucket + 1) % BUCKETS;
                let moved = self.buckets[bucket];
                if moved == EMPTY {
                    return;
                }
                let home = self.blocks[moved as usize] as usize % BUCKETS;
                // Moves into the gap unless its home lies between the gap and itself.
                if (bucket + BUCKETS - home) % BUCKETS >= (bucket + BUCKETS - gap) % BUCKETS {
                    self.buckets[gap] = moved;
                    self.buckets[bucket] = EMPTY;
                    gap = bucket;
                }
            }
        }
    }

    /// Next word of a key stream (splitmix64, salted).
    fn mix(state: &mut u64, salt: u64) -> u64 {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15).wrapping_add(salt << 32);
        let mut word = *state;
        word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ word >> 31
    }

    #[cfg(test)]
    mod tests {
        use std::collections::HashMap;

        use super::*;

        #[test]
        fn finds_what_the_circle_still_holds() {
            let mut index = BlockIndex::new([1, 2]);
            let mut model: HashMap<u128, u32> = HashMap::new();
            let mut slots: Vec<u128> = vec![0; CACHE_SLOTS as usize];
            let mut state = 7;
            for round in 0..3 * CACHE_SLOTS {
                // Few distinct homes: long chains; some doubles.
                let hash = u128::from(mix(&mut state, 0) % 3000 + u64::from(round / 3) * 4096);
                let slot = (round % CACHE_SLOTS) as usize;
                if round >= CACHE_SLOTS && model.get(&slots[slot]) == Some(&(slot as u32)) {
                    model.remove(&slots[slot]);
                }
                slots[slot] = hash;
                model.insert(hash, slot as u32);
                index.push(hash, false);
                if round % 97 == 0 {
                    for hash in slots.iter().step_by(61) {
                        assert_eq!(index.find(*hash), model.get(hash).map(|slot| (*slot, false)));
                    }
                }
            }
        }

        #[test]
        fn the_hash_sees_colors_only() {
            let index = BlockIndex::new([3, 4]);
            let mut block: Vec<u8> = (0..super::super::BLOCK_BYTES)
                .map(|i| ((i * 31) >> 3) as u8)
                .collect();
            let hash = |block: &[u8]| index.hash(block.chunks_exact(BLOCK * 4));
            let before = hash(&block);
            block[3] ^= 0x55;
            assert_eq!(hash(&block), before);
            for at in [0, 1, 2, 4, 517, 1022] {
                block[at] ^= 1;
                assert_ne!(hash(&block), before);
                block[at] ^= 1;
            }
        }
    }
}
