//! The coder for many colors: exact, for photos and gradients. Green is predicted from its neighbors' gradient, red and
//! blue as differences from green; what is left is coded in the context of how busy the neighborhood is.
//!
//! Cost: about 80 ns a pixel; 6 to 14 bits a pixel on photos.

use crate::range::{BitCoder, Prob};
use crate::rows::{FIRST, NONE, Rows};

/// Contexts of one channel.
const CONTEXTS: usize = 32;

/// One residual's probabilities: its size in bits (unary), sign, and the bit below the highest.
#[derive(Clone)]
struct Residual {
    size: [Prob; 9],
    sign: Prob,
    second: [Prob; 9],
}

impl Residual {
    const NEW: Self = Self {
        size: [Prob::EVEN; 9],
        sign: Prob::EVEN,
        second: [Prob::EVEN; 9],
    };

    /// Codes a value of -128..=127.
    #[inline(always)]
    fn code<C: BitCoder>(&mut self, coder: &mut C, value: i32) -> i32 {
        let magnitude = value.unsigned_abs();
        let real = 32 - magnitude.leading_zeros();
        let mut size = 0;
        while size < 8 && coder.bit(&mut self.size[size as usize], real > size) {
            size += 1;
        }
        if size == 0 {
            return 0;
        }
        let negative = i32::from(coder.toss(&mut self.sign, value < 0));
        let mut coded = 1;
        if size > 1 {
            coded = coded << 1
                | u32::from(coder.toss(&mut self.second[size as usize], magnitude >> (size - 2) & 1 != 0));
        }
        if size > 2 {
            let low = size - 2;
            coded = coded << low | coder.direct(low, magnitude & ((1 << low) - 1));
        }
        // Its negative is all bits the other way, and one more.
        (coded as i32 ^ -negative) + negative
    }
}

/// What the coder has learned in this session, the same on both sides.
pub(crate) struct PhotoModel {
    green: Vec<Residual>,
    red: Vec<Residual>,
    blue: Vec<Residual>,
}

/// A color as green, red minus green, blue minus green.
#[derive(Clone, Copy)]
struct Parts([i32; 3]);

#[inline(always)]
fn split(color: u32) -> Parts {
    let (r, g, b) = (
        (color & 0xff) as i32,
        (color >> 8 & 0xff) as i32,
        (color >> 16 & 0xff) as i32,
    );
    Parts([g, r - g, b - g])
}

/// The median of left, up and their gradient.
#[inline(always)]
fn predict(left: i32, up: i32, up_left: i32) -> i32 {
    let (low, high) = (left.min(up), left.max(up));
    (left + up - up_left).clamp(low, high)
}

/// Number of bits, at most `most`.
#[inline(always)]
fn level(value: i32, most: u32) -> usize {
    (32 - value.unsigned_abs().leading_zeros()).min(most) as usize
}

impl PhotoModel {
    pub(crate) fn new() -> Self {
        let channel = || vec![Residual::NEW; CONTEXTS];
        Self {
            green: channel(),
            red: channel(),
            blue: channel(),
        }
    }

    /// Codes `width` pixels of `rows.now`.
    pub(crate) fn row<C: BitCoder>(&mut self, coder: &mut C, rows: &mut Rows, width: usize) {
        for at in FIRST..FIRST + width {
            let left = rows.now[at - 1];
            let or = |color: u32, other: u32| if color == NONE { other } else { color };
            let up = or(rows.up[at], left);
            let up_left = or(rows.up[at - 1], up);
            let up_right = or(rows.up[at + 1], up);
            rows.now[at] = self.pixel(coder, [left, up, up_left, up_right], rows.now[at]);
        }
    }

    #[inline(always)]
    fn pixel<C: BitCoder>(&mut self, coder: &mut C, around: [u32; 4], color: u32) -> u32 {
        let [left, up, up_left, up_right] = around.map(|color| split(color).0);
        let real = split(color).0;
        let wrapped = |value: i32| i32::from(value as i8);
        let predicted = |part: usize| predict(left[part], up[part], up_left[part]);
        let busy = |part: usize| (left[part] - up_left[part]).abs() + (up_left[part] - up[part]).abs();

        let context = level(busy(0) + (up[0] - up_right[0]).abs(), 9);
        let green = self.green[context].code(coder, wrapped(real[0] - predicted(0)));
        let g = (predicted(0) + green) & 0xff;
        let context = level(green, 5) * 5 + level(busy(1), 4);
        let red = self.red[context].code(coder, wrapped(real[1] - predicted(1)));
        let r = (g + predicted(1) + red) & 0xff;
        let context = level(red, 5) * 5 + level(busy(2), 4);
        let blue = self.blue[context].code(coder, wrapped(real[2] - predicted(2)));
        let b = (g + predicted(2) + blue) & 0xff;
        (r | g << 8 | b << 16) as u32
    }
}
