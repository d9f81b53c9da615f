//! Numbers as black and white bars, large enough to be read after any compression: which picture is this?
//!
//! Eighteen squares in a row: white, black, then sixteen bits with the highest first; twice, the second row inverted. The same
//! layout is read in the page (`bench/lib/page.mjs`).

use crate::paint::{Picture, rgb};

/// Side of one square, pixels.
pub(crate) const SQUARE: usize = 16;
const BITS: usize = 16;
/// Size of the whole, pixels.
pub(crate) const SIZE: (usize, usize) = ((BITS + 2) * SQUARE, 2 * SQUARE);

/// The bars that say `number`.
pub(crate) fn picture(number: u16) -> Picture {
    let mut picture = Picture::new(SIZE.0, SIZE.1, rgb(0, 0, 0));
    for square in 0..BITS + 2 {
        let on = bit(number, square);
        let top = if on { 0 } else { SQUARE };
        picture.rect((square * SQUARE, top, SQUARE, SQUARE), rgb(255, 255, 255));
    }
    picture
}

fn bit(number: u16, square: usize) -> bool {
    match square {
        0 => true,
        1 => false,
        _ => number >> (BITS + 1 - square) & 1 == 1,
    }
}

/// Reads bars back; `light` says how light (0 to 255) the pixel at (x, y) from their corner is. `None`: there are no bars.
pub(crate) fn read(light: impl Fn(usize, usize) -> u8) -> Option<u16> {
    let mut number = 0;
    for square in 0..BITS + 2 {
        let x = square * SQUARE + SQUARE / 2;
        let on = match (light(x, SQUARE / 2), light(x, SQUARE + SQUARE / 2)) {
            (170.., ..=85) => true,
            (..=85, 170..) => false,
            _ => return None,
        };
        match square {
            0 | 1 if on != bit(0, square) => return None,
            0 | 1 => {}
            _ => number = number << 1 | u16::from(on),
        }
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_can_be_read_back() {
        for number in 0..=u16::MAX {
            if number % 97 != 0 {
                continue;
            }
            let bars = picture(number);
            let light = |x: usize, y: usize| bars.pixels[(y * bars.width + x) * 4 + 1];
            assert_eq!(read(light), Some(number));
        }
    }

    #[test]
    fn a_flat_or_half_drawn_picture_has_no_number() {
        assert_eq!(read(|_, _| 0), None);
        assert_eq!(read(|_, _| 128), None);
        let bars = picture(0x5A5A);
        let torn = |x: usize, y: usize| {
            if y < SQUARE {
                bars.pixels[(y * bars.width + x) * 4]
            } else {
                0
            }
        };
        assert_eq!(read(torn), None);
    }
}
