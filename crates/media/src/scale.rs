//! A smaller copy of a picture, kept up to date where the picture changes. No decision about when to make one: that is the
//! caller's. Start at [`Downscaler`].
//!
//! Every pixel of the copy is the mean of the area of the picture that it covers, weighted by how much of each pixel lies
//! inside (a box filter). Nothing rings and nothing is skipped, so text stays readable down to half its size. Colors are
//! averaged as they are stored, as browsers do it.

use crate::pixels::check_size;
use crate::view::PixelView;
use crate::{MediaError, Rect};

/// The copy is never smaller than the picture's size divided by this: nobody could read it, and it bounds the weights.
pub const MAX_SHRINK: u32 = 8;

/// Weights of one axis add up to this.
const ONE: u32 = 1 << 14;
/// Column sums keep eight bits behind the point.
const COLUMN_SHIFT: u32 = 14 - 8;
const PIXEL_SHIFT: u32 = 14 + 8;

/// Makes and keeps the smaller copy.
///
/// Memory: 4 bytes for each pixel of the copy, 24 for each pixel of a row, and a few for each of a side.
pub struct Downscaler {
    from: (u32, u32),
    to: (u32, u32),
    columns: Axis,
    rows: Axis,
    /// BGRX, rows without gaps.
    pixels: Vec<u8>,
    /// One row's sums over the pixels above each other, and then the same with eight bits behind the point.
    sums: Vec<u32>,
    means: Vec<u16>,
}

/// Along one side: which pixels of the picture each pixel of the copy covers, and how much of each.
struct Axis {
    /// First pixel, and where its weights start.
    spans: Vec<(u32, u32)>,
    weights: Vec<u16>,
}

impl Axis {
    fn new(from: u32, to: u32) -> Self {
        let mut axis = Self {
            spans: Vec::with_capacity(to as usize + 1),
            weights: Vec::new(),
        };
        let (from, to) = (u64::from(from), u64::from(to));
        for index in 0..to {
            // In units of which a pixel of the picture has `to`, and one of the copy `from`.
            let (start, end) = (index * from, (index + 1) * from);
            let first = start / to;
            axis.spans.push((first as u32, axis.weights.len() as u32));
            let share = |at: u64| ((at.clamp(start, end) - start) * u64::from(ONE) + from / 2) / from;
            for pixel in first..end.div_ceil(to) {
                // Differences of rounded sums: whatever is rounded, they add up to one.
                axis.weights
                    .push((share((pixel + 1) * to) - share(pixel * to)) as u16);
            }
        }
        axis.spans.push((from as u32, axis.weights.len() as u32));
        axis
    }

    /// First pixel of the picture that a pixel of the copy covers, and the weights from there on.
    fn covered(&self, index: u32) -> (usize, &[u16]) {
        let (first, weights) = self.spans[index as usize];
        let (_, end) = self.spans[index as usize + 1];
        (first as usize, &self.weights[weights as usize..end as usize])
    }

    /// The pixels of the picture below those of the copy: the first, and one beyond the last.
    fn source(&self, start: u32, end: u32) -> (usize, usize) {
        let (first, _) = self.covered(start);
        let (last, weights) = self.covered(end - 1);
        (first, last + weights.len())
    }
}

impl Downscaler {
    /// For pictures of the size `from`; the copy has the size `to` and is black until [`Self::update`].
    ///
    /// # Errors
    /// [`MediaError::BadSize`] when either size is beyond the limits of [`mod@crate::format`], when a side of the copy would
    /// be longer than that of the picture, or shorter than a [`MAX_SHRINK`]th of it.
    pub fn new(from: (u32, u32), to: (u32, u32)) -> Result<Self, MediaError> {
        check_size(from.0, from.1)?;
        check_size(to.0, to.1)?;
        let shrinks = |from: u32, to: u32| to <= from && from <= to.saturating_mul(MAX_SHRINK);
        if !shrinks(from.0, to.0) || !shrinks(from.1, to.1) {
            return Err(MediaError::BadSize {
                width: to.0,
                height: to.1,
            });
        }
        Ok(Self {
            from,
            to,
            columns: Axis::new(from.0, to.0),
            rows: Axis::new(from.1, to.1),
            pixels: vec![0; to.0 as usize * to.1 as usize * 4],
            sums: Vec::new(),
            means: Vec::new(),
        })
    }

    /// The largest size with the picture's proportions that fits into `room`, but not below what [`Self::new`] takes.
    #[must_use]
    pub fn fit(from: (u32, u32), room: (u32, u32)) -> (u32, u32) {
        let side = |from: u32, numerator: u32, denominator: u32| {
            let exact = u64::from(from) * u64::from(numerator) / u64::from(denominator.max(1));
            let least = u64::from(from.div_ceil(MAX_SHRINK).max(1));
            exact.clamp(least, u64::from(from).max(least)) as u32
        };
        // The side that is shorter of room decides.
        let wide = u64::from(room.0) * u64::from(from.1) <= u64::from(room.1) * u64::from(from.0);
        let (numerator, denominator) = if wide { (room.0, from.0) } else { (room.1, from.1) };
        (
            side(from.0, numerator, denominator),
            side(from.1, numerator, denominator),
        )
    }

    /// The pixels of the copy that a rectangle of the picture has a part in.
    #[must_use]
    pub fn covered(&self, rect: &Rect) -> Rect {
        let rect = rect.intersect(&Rect::new(0, 0, self.from.0, self.from.1));
        if rect.is_empty() {
            return Rect::default();
        }
        let low = |at: u32, from: u32, to: u32| (u64::from(at) * u64::from(to) / u64::from(from)) as u32;
        let high =
            |at: u32, from: u32, to: u32| (u64::from(at) * u64::from(to)).div_ceil(u64::from(from)) as u32;
        let (x, y) = (
            low(rect.x, self.from.0, self.to.0),
            low(rect.y, self.from.1, self.to.1),
        );
        let right = high(rect.right(), self.from.0, self.to.0);
        let bottom = high(rect.bottom(), self.from.1, self.to.1);
        Rect::new(x, y, right - x, bottom - y)
    }

    /// Makes a rectangle of the copy anew from the picture.
    ///
    /// Cost: about 3 ns for each pixel of the picture below it.
    ///
    /// # Errors
    /// [`MediaError::SizeMismatch`] when the picture is of another size.
    pub fn update(&mut self, source: PixelView<'_>, rect: &Rect) -> Result<(), MediaError> {
        if (source.width(), source.height()) != self.from {
            return Err(MediaError::SizeMismatch);
        }
        let rect = rect.intersect(&Rect::new(0, 0, self.to.0, self.to.1));
        if rect.is_empty() {
            return Ok(());
        }
        let (left, right) = self.columns.source(rect.x, rect.right());
        for y in rect.y..rect.bottom() {
            self.sum_rows(&source, y, left, right - left);
            self.sum_columns(y, left, &rect);
        }
        Ok(())
    }

    /// The mean of the picture's rows that a row of the copy covers, from column `left` on.
    fn sum_rows(&mut self, source: &PixelView<'_>, y: u32, left: usize, count: usize) {
        let (top, weights) = self.rows.covered(y);
        self.sums.clear();
        self.sums.resize(count * 4, 0);
        for (row, weight) in weights.iter().enumerate() {
            let weight = u32::from(*weight);
            let bytes = source.span(left, top + row, count);
            for (sum, byte) in self.sums.iter_mut().zip(bytes) {
                *sum += u32::from(*byte) * weight;
            }
        }
        let rounded = |sum: &u32| ((sum + (1 << (COLUMN_SHIFT - 1))) >> COLUMN_SHIFT) as u16;
        self.means.clear();
        self.means.extend(self.sums.iter().map(rounded));
    }

    /// Writes a row of the copy from the means that start at column `left` of the picture.
    fn sum_columns(&mut self, y: u32, left: usize, rect: &Rect) {
        let start = (y as usize * self.to.0 as usize + rect.x as usize) * 4;
        let row = &mut self.pixels[start..start + rect.width as usize * 4];
        let (means, _) = self.means.as_chunks::<4>();
        for (x, pixel) in (rect.x..).zip(row.as_chunks_mut::<4>().0) {
            let (first, weights) = self.columns.covered(x);
            let mut sums = [1u32 << (PIXEL_SHIFT - 1); 4];
            for (mean, weight) in means[first - left..].iter().zip(weights) {
                for (sum, mean) in sums.iter_mut().zip(mean) {
                    *sum += u32::from(*mean) * u32::from(*weight);
                }
            }
            *pixel = sums.map(|sum| (sum >> PIXEL_SHIFT) as u8);
        }
    }

    /// The copy's pixels: BGRX, rows without gaps.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The copy.
    ///
    /// # Errors
    /// None; the sizes were checked.
    pub fn view(&self) -> Result<PixelView<'_>, MediaError> {
        PixelView::new(&self.pixels, self.to.0, self.to.1, self.to.0 as usize * 4)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn noise(width: u32, height: u32, seed: u32) -> Vec<u8> {
        let mut state = seed | 1;
        let next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        };
        std::iter::repeat_with(next)
            .take(width as usize * height as usize * 4)
            .collect()
    }

    fn view(data: &[u8], (width, height): (u32, u32)) -> PixelView<'_> {
        PixelView::new(data, width, height, width as usize * 4).unwrap()
    }

    fn whole((width, height): (u32, u32)) -> Rect {
        Rect::new(0, 0, width, height)
    }

    /// The mean as a textbook has it.
    fn reference(data: &[u8], from: (u32, u32), to: (u32, u32), (x, y): (u32, u32), channel: usize) -> f64 {
        let side = |index: u32, from: u32, to: u32| {
            let step = f64::from(from) / f64::from(to);
            (f64::from(index) * step, f64::from(index + 1) * step)
        };
        let (left, right) = side(x, from.0, to.0);
        let (top, bottom) = side(y, from.1, to.1);
        let (mut sum, mut area) = (0.0, 0.0);
        for row in top.floor() as u32..(bottom.ceil() as u32).min(from.1) {
            for column in left.floor() as u32..(right.ceil() as u32).min(from.0) {
                let wide = right.min(f64::from(column + 1)) - left.max(f64::from(column));
                let high = bottom.min(f64::from(row + 1)) - top.max(f64::from(row));
                let part = wide.max(0.0) * high.max(0.0);
                let at = (row as usize * from.0 as usize + column as usize) * 4 + channel;
                sum += f64::from(data[at]) * part;
                area += part;
            }
        }
        sum / area
    }

    #[test]
    fn one_color_stays_that_color() {
        for to in [(100, 60), (99, 59), (51, 31), (13, 8)] {
            let mut scaler = Downscaler::new((100, 60), to).unwrap();
            let data = [1u8, 128, 255, 77].repeat(100 * 60);
            scaler.update(view(&data, (100, 60)), &whole(to)).unwrap();
            assert!(
                scaler.pixels.chunks(4).all(|pixel| pixel == [1, 128, 255, 77]),
                "{to:?}"
            );
        }
    }

    #[test]
    fn the_same_size_is_a_copy() {
        let data = noise(37, 21, 5);
        let mut scaler = Downscaler::new((37, 21), (37, 21)).unwrap();
        scaler.update(view(&data, (37, 21)), &whole((37, 21))).unwrap();
        assert_eq!(scaler.pixels, data);
    }

    #[test]
    fn sizes_beyond_reason_are_refused() {
        for (from, to) in [
            ((100, 100), (101, 100)),
            ((100, 100), (100, 0)),
            ((100, 100), (12, 100)),
            ((0, 100), (0, 50)),
            ((20_000, 100), (10_000, 100)),
        ] {
            assert!(Downscaler::new(from, to).is_err(), "{from:?} {to:?}");
        }
        let mut scaler = Downscaler::new((100, 100), (13, 50)).unwrap();
        let data = noise(99, 100, 1);
        assert_eq!(
            scaler.update(view(&data, (99, 100)), &whole((13, 50))),
            Err(MediaError::SizeMismatch)
        );
    }

    #[test]
    fn what_fits_keeps_its_proportions() {
        assert_eq!(Downscaler::fit((1920, 1080), (960, 1080)), (960, 540));
        assert_eq!(Downscaler::fit((1920, 1080), (1920, 270)), (480, 270));
        assert_eq!(Downscaler::fit((1920, 1080), (5000, 5000)), (1920, 1080));
        assert_eq!(
            Downscaler::fit((1920, 1080), (1, 1)),
            (240, 135),
            "never below an eighth"
        );
        assert_eq!(Downscaler::fit((7680, 4320), (u32::MAX, 540)), (960, 540));
        assert_eq!(Downscaler::fit((1, 1), (0, 0)), (1, 1));
    }

    proptest! {
        #[test]
        fn every_pixel_is_the_mean_of_what_it_covers(
            from in (1u32..90, 1u32..90), room in (1u32..100, 1u32..100), seed: u32
        ) {
            let to = Downscaler::fit(from, room);
            let data = noise(from.0, from.1, seed);
            let mut scaler = Downscaler::new(from, to).unwrap();
            scaler.update(view(&data, from), &whole(to)).unwrap();
            for y in 0..to.1 {
                for x in 0..to.0 {
                    for channel in 0..3 {
                        let got = scaler.pixels[(y as usize * to.0 as usize + x as usize) * 4 + channel];
                        let want = reference(&data, from, to, (x, y), channel);
                        prop_assert!((f64::from(got) - want).abs() < 1.0, "{got} for {want} at {x},{y}");
                    }
                }
            }
        }

        #[test]
        fn a_change_reaches_every_pixel_it_has_a_part_in_and_no_other(
            from in (8u32..90, 8u32..90), room in (1u32..100, 1u32..100), seed: u32,
            place in (0u32..90, 0u32..90, 1u32..40, 1u32..40)
        ) {
            let to = Downscaler::fit(from, room);
            let change = Rect::new(place.0 % from.0, place.1 % from.1, place.2, place.3)
                .intersect(&whole(from));
            let mut data = noise(from.0, from.1, seed);
            let mut scaler = Downscaler::new(from, to).unwrap();
            scaler.update(view(&data, from), &whole(to)).unwrap();
            for y in change.y..change.bottom() {
                for x in change.x..change.right() {
                    for channel in 0..4 {
                        data[(y * from.0 + x) as usize * 4 + channel] ^= 0xff;
                    }
                }
            }
            let covered = scaler.covered(&change);
            scaler.update(view(&data, from), &covered).unwrap();
            let mut fresh = Downscaler::new(from, to).unwrap();
            fresh.update(view(&data, from), &whole(to)).unwrap();
            prop_assert_eq!(&scaler.pixels, &fresh.pixels);
            prop_assert!(whole(to).contains(&covered) && !covered.is_empty());
        }
    }
}
