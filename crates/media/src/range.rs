//! A binary adaptive range coder, both directions. Knows bits and probabilities, nothing of pixels.
//! Start at [`BitCoder`]: code written against it encodes and decodes, so that both sides cannot disagree.

/// An adaptive probability that a bit is set: 12 bits of probability, 4 bits that count how often it was used, so that a
/// fresh one learns in big steps and an old one in small ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prob(u16);

/// Step of adaptation by use, as a fraction of 2^16.
const RATES: [u16; 16] = [
    32768, 21845, 16384, 13107, 10923, 8192, 6554, 5461, 4369, 3641, 2979, 2521, 2048, 2048, 2048, 2048,
];

impl Prob {
    pub(crate) const EVEN: Self = Self(2048 << 4);

    #[inline(always)]
    fn value(self) -> u32 {
        u32::from(self.0 >> 4)
    }

    #[inline(always)]
    fn learn(&mut self, bit: bool) {
        let uses = self.0 & 15;
        let rate = u32::from(RATES[usize::from(uses)]);
        let p = self.value();
        // INVARIANT: p stays in 1..=4095, since every step is less than the distance to 0 and to 4096.
        let p = if bit {
            p + (((4096 - p) * rate) >> 16)
        } else {
            p - ((p * rate) >> 16)
        };
        let uses = if uses < 12 { uses + 1 } else { uses };
        self.0 = (p as u16) << 4 | uses;
    }

    /// As [`Prob::learn`], without a branch. `unset` is all ones for a bit that is not set, else 0.
    #[inline(always)]
    fn learn_evenly(&mut self, unset: u32) {
        let uses = self.0 & 15;
        let rate = u32::from(RATES[usize::from(uses)]);
        let p = self.value();
        let far = ((4096 - p) & !unset) | (p & unset);
        let step = (far * rate) >> 16;
        let p = p.wrapping_add((step ^ unset).wrapping_sub(unset));
        self.0 = (p as u16) << 4 | (uses + u16::from(uses < 12));
    }
}

/// One direction of the coder. In the encoder a bit goes in and comes out unchanged; in the decoder what goes in is
/// ignored and the decoded bit comes out.
pub(crate) trait BitCoder {
    const DECODES: bool;

    fn bit(&mut self, prob: &mut Prob, bit: bool) -> bool;

    /// As [`BitCoder::bit`], for one that is hard to guess and that nothing is decided by.
    #[inline(always)]
    fn toss(&mut self, prob: &mut Prob, bit: bool) -> bool {
        self.bit(prob, bit)
    }

    /// The lowest `count` (≤ 16) bits of `value`, each equally likely.
    fn direct(&mut self, count: u32, value: u32) -> u32;

    /// A value of `bits` bits with one probability for each prefix; `probs` has at least `1 << bits` entries.
    #[inline(always)]
    fn tree(&mut self, probs: &mut [Prob], bits: u32, value: u32) -> u32 {
        let mut node = 1usize;
        for index in (0..bits).rev() {
            let bit = self.toss(&mut probs[node], value >> index & 1 != 0);
            node = node << 1 | usize::from(bit);
        }
        node as u32 - (1 << bits)
    }
}

const TOP: u32 = 1 << 24;

/// Writes bits. The stream has no length of its own: a decoder reads zeros after its end.
#[cfg(feature = "encode")]
pub(crate) struct RangeEncoder {
    out: Vec<u8>,
    low: u64,
    range: u32,
    cache: u8,
    carried: u32,
    /// Bits coded so far: what the coder's time grows with.
    pub(crate) work: u64,
}

#[cfg(feature = "encode")]
impl RangeEncoder {
    pub(crate) fn new() -> Self {
        Self {
            out: Vec::new(),
            low: 0,
            range: u32::MAX,
            cache: 0,
            carried: 1,
            work: 0,
        }
    }

    /// Bytes so far, within a few.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    #[inline]
    fn shift(&mut self) {
        if (self.low as u32) < 0xff00_0000 || self.low >> 32 != 0 {
            let carry = (self.low >> 32) as u8;
            let mut byte = self.cache;
            for _ in 0..self.carried {
                self.out.push(byte.wrapping_add(carry));
                byte = 0xff;
            }
            self.carried = 0;
            self.cache = (self.low >> 24) as u8;
        }
        self.carried += 1;
        self.low = (self.low & 0x00ff_ffff) << 8;
    }

    /// Ends the stream and appends it to `out`.
    pub(crate) fn finish(mut self, out: &mut Vec<u8>) {
        // Of all values in the final interval take the one with most zeros at its end: those need not be sent.
        let high = self.low + u64::from(self.range) - 1;
        for bits in (0..=32).rev() {
            let value = high >> bits << bits;
            if value >= self.low {
                self.low = value;
                break;
            }
        }
        for _ in 0..5 {
            self.shift();
        }
        let end = self
            .out
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        // The first byte is always 0 and the decoder knows.
        out.extend_from_slice(self.out.get(1..end).unwrap_or_default());
    }
}

#[cfg(feature = "encode")]
impl BitCoder for RangeEncoder {
    const DECODES: bool = false;

    #[inline(always)]
    fn bit(&mut self, prob: &mut Prob, bit: bool) -> bool {
        let bound = (self.range >> 12) * prob.value();
        if bit {
            self.range = bound;
        } else {
            self.low += u64::from(bound);
            self.range -= bound;
        }
        prob.learn(bit);
        self.work += 1;
        while self.range < TOP {
            self.range <<= 8;
            self.shift();
        }
        bit
    }

    #[inline]
    fn direct(&mut self, count: u32, value: u32) -> u32 {
        if count > 0 {
            self.range >>= count;
            self.low += u64::from(self.range) * u64::from(value);
            self.work += 1;
            while self.range < TOP {
                self.range <<= 8;
                self.shift();
            }
        }
        value
    }
}

/// Reads bits. Never fails: what is behind the end reads as zeros, and [`RangeDecoder::overrun`] tells.
pub(crate) struct RangeDecoder<'a> {
    data: &'a [u8],
    next: usize,
    range: u32,
    code: u32,
}

impl<'a> RangeDecoder<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        let mut decoder = Self {
            data,
            next: 0,
            range: u32::MAX,
            code: 0,
        };
        for _ in 0..4 {
            decoder.code = decoder.code << 8 | u32::from(decoder.byte());
        }
        decoder
    }

    #[inline(always)]
    fn byte(&mut self) -> u8 {
        let byte = self.data.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        byte
    }

    /// How many bytes were read that are not there. A whole stream never needs more than
    /// [`crate::format::MAX_OVERRUN`].
    pub(crate) fn overrun(&self) -> usize {
        self.next.saturating_sub(self.data.len())
    }

    #[inline(always)]
    fn refill(&mut self) {
        while self.range < TOP {
            self.range <<= 8;
            self.code = self.code << 8 | u32::from(self.byte());
        }
    }
}

impl BitCoder for RangeDecoder<'_> {
    const DECODES: bool = true;

    #[inline(always)]
    fn bit(&mut self, prob: &mut Prob, _: bool) -> bool {
        let bound = (self.range >> 12) * prob.value();
        let bit = self.code < bound;
        if bit {
            self.range = bound;
        } else {
            self.code -= bound;
            self.range -= bound;
        }
        prob.learn(bit);
        self.refill();
        bit
    }

    /// A processor that guesses wrong loses more time than this takes without guessing.
    #[inline(always)]
    fn toss(&mut self, prob: &mut Prob, _: bool) -> bool {
        let bound = (self.range >> 12) * prob.value();
        let bit = self.code < bound;
        // All ones for a bit that is not set.
        let unset = u32::from(bit).wrapping_sub(1);
        self.code -= bound & unset;
        self.range = (bound & !unset) | ((self.range - bound) & unset);
        prob.learn_evenly(unset);
        self.refill();
        bit
    }

    #[inline]
    fn direct(&mut self, count: u32, _: u32) -> u32 {
        if count == 0 {
            return 0;
        }
        self.range >>= count;
        // A hostile stream may leave more in `code` than an encoder can; the clamp keeps it a value of `count` bits.
        let value = (self.code / self.range).min((1 << count) - 1);
        self.code = self.code.wrapping_sub(value * self.range);
        self.refill();
        value
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_goes_in_comes_out(symbols in prop::collection::vec((0u32..3, any::<u16>()), 0..2000)) {
            let mut encoder = RangeEncoder::new();
            let mut probs = [Prob::EVEN; 600];
            for (kind, value) in &symbols {
                let value = u32::from(*value);
                match kind {
                    0 => { encoder.bit(&mut probs[(value % 7) as usize], value % 11 == 0); }
                    1 => { encoder.tree(&mut probs[16..], 9, value & 511); }
                    _ => { encoder.direct(value & 15, value & ((1 << (value & 15)) - 1)); }
                }
            }
            let mut bytes = Vec::new();
            encoder.finish(&mut bytes);
            let mut decoder = RangeDecoder::new(&bytes);
            let mut probs = [Prob::EVEN; 600];
            for (kind, value) in &symbols {
                let value = u32::from(*value);
                match kind {
                    0 => prop_assert_eq!(decoder.bit(&mut probs[(value % 7) as usize], false), value % 11 == 0),
                    1 => prop_assert_eq!(decoder.tree(&mut probs[16..], 9, 0), value & 511),
                    _ => prop_assert_eq!(decoder.direct(value & 15, 0), value & ((1 << (value & 15)) - 1)),
                }
            }
            prop_assert!(decoder.overrun() <= crate::format::MAX_OVERRUN);
        }

        #[test]
        fn any_bytes_decode_to_something(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut decoder = RangeDecoder::new(&bytes);
            let mut probs = [Prob::EVEN; 64];
            for index in 0..500u32 {
                decoder.tree(&mut probs, 5, 0);
                prop_assert!(decoder.direct(index & 15, 0) < 1 << (index & 15));
            }
        }
    }
}
