//! Points of one machine as bytes: blocks of a table's rows, and what waits in memory. Pure.
//!
//! ```text
//! block  = 1, point*
//! point  = slot − last slot, bits of the series that are known, cell for each of them
//! cell   = seconds × 2 + spread?, mean − last mean of the series, and with a spread: rest of the mean, mean − least, most − mean
//! ```
//! All numbers are LEB128, signed ones zigzag. A quiet minute takes some 25 bytes, an hour of a busy machine 80. Sums are kept
//! exactly: the mean is whole, and its rest stands beside it.

use super::series::{Cell, Point, SERIES};

/// The only form so far.
const FORM: u64 = 1;

/// A block that cannot be read: the row was changed by something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a block of metrics is broken")]
pub struct Broken;

/// Writes points, which are in the order of their slots.
#[must_use]
pub fn write(points: &[(u32, Point)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(points.len() * 48 + 1);
    unsigned(&mut out, FORM);
    let (mut last_slot, mut means) = (0, [0_i64; SERIES]);
    for (slot, point) in points {
        unsigned(&mut out, u64::from(slot.saturating_sub(last_slot)));
        last_slot = *slot;
        let known = point.cells.iter().enumerate();
        let bits = known
            .filter(|(_, cell)| cell.seconds > 0)
            .fold(0_u64, |bits, (at, _)| bits | (1 << at));
        unsigned(&mut out, bits);
        for (cell, last) in point.cells.iter().zip(&mut means) {
            if cell.seconds > 0 {
                write_cell(&mut out, cell, last);
            }
        }
    }
    out
}

fn write_cell(out: &mut Vec<u8>, cell: &Cell, last: &mut i64) {
    let seconds = i64::from(cell.seconds);
    let (mean, rest) = (cell.sum.div_euclid(seconds), cell.sum.rem_euclid(seconds));
    let spread = cell.min != cell.max;
    unsigned(out, (u64::from(cell.seconds) << 1) | u64::from(spread));
    signed(out, mean.wrapping_sub(*last));
    *last = mean;
    if spread {
        unsigned(out, rest.unsigned_abs());
        signed(out, mean.wrapping_sub(cell.min));
        signed(out, cell.max.wrapping_sub(mean));
    }
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// [`Broken`].
pub fn read(bytes: &[u8]) -> Result<Vec<(u32, Point)>, Broken> {
    let mut rest = bytes;
    if take(&mut rest)? != FORM {
        return Err(Broken);
    }
    let (mut slot, mut means, mut points) = (0_u32, [0_i64; SERIES], Vec::new());
    while !rest.is_empty() {
        let ahead = u32::try_from(take(&mut rest)?).map_err(|_| Broken)?;
        slot = slot.checked_add(ahead).ok_or(Broken)?;
        let bits = take(&mut rest)?;
        if bits >> SERIES != 0 {
            return Err(Broken);
        }
        let mut point = Point::default();
        for (at, (cell, last)) in point.cells.iter_mut().zip(&mut means).enumerate() {
            if (bits >> at) & 1 == 1 {
                *cell = read_cell(&mut rest, last)?;
            }
        }
        points.push((slot, point));
    }
    Ok(points)
}

fn read_cell(rest: &mut &[u8], last: &mut i64) -> Result<Cell, Broken> {
    let head = take(rest)?;
    let seconds = u32::try_from(head >> 1).map_err(|_| Broken)?;
    if seconds == 0 {
        return Err(Broken);
    }
    let mean = last.wrapping_add(take_signed(rest)?);
    *last = mean;
    let whole = mean.saturating_mul(i64::from(seconds));
    if head & 1 == 0 {
        return Ok(Cell {
            seconds,
            sum: whole,
            min: mean,
            max: mean,
        });
    }
    let left = i64::try_from(take(rest)?).map_err(|_| Broken)?;
    let min = mean.wrapping_sub(take_signed(rest)?);
    let max = mean.wrapping_add(take_signed(rest)?);
    Ok(Cell {
        seconds,
        sum: whole.saturating_add(left),
        min,
        max,
    })
}

fn unsigned(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

fn signed(out: &mut Vec<u8>, value: i64) {
    unsigned(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

fn take(rest: &mut &[u8]) -> Result<u64, Broken> {
    let mut value = 0;
    for at in 0..10 {
        let (byte, left) = rest.split_first().ok_or(Broken)?;
        *rest = left;
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Broken)
}

fn take_signed(rest: &mut &[u8]) -> Result<i64, Broken> {
    let value = take(rest)?;
    Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::machine_metrics::series::Reading;

    /// A point of some readings, each for so many seconds.
    pub(in crate::machine_metrics) fn point() -> impl Strategy<Value = Point> {
        let value = prop::option::of(-1_000_i64..1_000_000_000_000);
        let reading = prop::array::uniform12(value).prop_map(Reading);
        vec((reading, 1_u32..3_600), 1..4).prop_map(|readings| {
            let mut point = Point::default();
            for (reading, seconds) in readings {
                point.add(&Point::of(&reading, seconds));
            }
            point
        })
    }

    #[test]
    fn a_quiet_minute_is_small() {
        let mut told = [Some(0); SERIES];
        told[0] = Some(12);
        told[1] = Some(7_900);
        told[2] = Some(16_000);
        told[9] = Some(100_000);
        told[10] = Some(400_000);
        let point = Point::of(&Reading(told), 60);
        let hour: Vec<_> = (0..60).map(|slot| (slot, point)).collect();
        let bytes = write(&hour);
        assert!(bytes.len() < 60 * 30, "{}", bytes.len());
        assert_eq!(read(&bytes), Ok(hour));
    }

    #[test]
    fn what_is_broken_is_no_point() {
        let whole = write(&[(3, Point::of(&Reading([Some(5); SERIES]), 60))]);
        for cut in 0..whole.len() {
            // A block that ends after its form is an empty one.
            assert_eq!(read(&whole[..cut]).is_err(), cut != 1, "{cut}");
        }
        assert_eq!(read(&[2]), Err(Broken));
        assert_eq!(read(&[1, 0, 0xff, 0xff, 0x7f]), Err(Broken));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_reads_the_same(points in vec((0_u32..200, point()), 0..40)) {
            let mut slot = 0;
            let points: Vec<_> = points.into_iter().map(|(ahead, point)| { slot += ahead; (slot, point) }).collect();
            prop_assert_eq!(read(&write(&points)), Ok(points));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
            if let Ok(points) = read(&bytes) {
                prop_assert!(points.len() <= bytes.len());
            }
        }
    }
}
