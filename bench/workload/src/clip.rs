//! The film that players play: raw pictures for an encoder, each with its number as bars.

use std::io::Write;

use anyhow::{Context, Result};

use crate::marks;
use crate::paint::photo;

/// Pixels of the film.
pub(crate) const SIZE: (usize, usize) = (960, 540);
/// Pictures a second.
const FPS: f32 = 30.0;

/// Writes `count` pictures of 24-bit RGB to standard output. The bars stand in the upper left and the lower left corner, so that a
/// picture that is half drawn can be told.
pub(crate) fn clip(seed: u64, count: u16) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for number in 0..count {
        let time = f32::from(number) / FPS;
        let mut picture = photo(SIZE.0, SIZE.1, seed + 17, time, 6);
        let bars = marks::picture(number);
        picture.paste(&bars, 0, 0);
        picture.paste(&bars, 0, SIZE.1 - marks::SIZE.1);
        for pixel in picture.pixels.chunks_exact(4) {
            if let [blue, green, red, _] = pixel {
                out.write_all(&[*red, *green, *blue])?;
            }
        }
    }
    out.flush().context("nobody takes the pictures")
}
