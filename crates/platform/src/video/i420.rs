//! From the colors of screens to those of video: BT.709, limited range, one color for each 2×2 pixels. Integers only, in a
//! shape that compilers turn into vector code.

/// Luma of red, green and blue, of 256, for 16 to 235. White and black are exact.
const LUMA: [u32; 3] = [47, 157, 16];
/// Blue difference; each row of differences sums up to 0, so that gray stays gray.
const BLUE: [i32; 3] = [-26, -86, 112];
/// Red difference.
const RED: [i32; 3] = [112, -102, -10];

/// One picture in planes without gaps: luma, then blue and red difference of half the width and height.
pub(super) struct Planes {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
    /// Two rows, continued to the planes' width.
    rows: [Vec<u32>; 2],
}

impl Planes {
    /// Room for a picture of even sides, all 0.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            bytes: vec![0; width * height * 3 / 2],
            rows: [vec![0; width], vec![0; width]],
        }
    }

    pub(super) fn luma(&self) -> &[u8] {
        &self.bytes[..self.width * self.height]
    }

    pub(super) fn blue(&self) -> &[u8] {
        let luma = self.width * self.height;
        &self.bytes[luma..luma / 4 * 5]
    }

    pub(super) fn red(&self) -> &[u8] {
        &self.bytes[self.width * self.height / 4 * 5..]
    }

    /// Takes a BGRX picture of at most this size; its last column and row go on to the edges. The buffer has all its rows.
    pub(super) fn fill(&mut self, pixels: &[u8], stride: usize, width: usize, height: usize) {
        let (luma, differences) = self.bytes.split_at_mut(self.width * self.height);
        let (blue, red) = differences.split_at_mut(luma.len() / 4);
        let half = self.width / 2;
        for (pair, luma) in luma.chunks_exact_mut(self.width * 2).enumerate() {
            for (line, row) in self.rows.iter_mut().enumerate() {
                let start = (pair * 2 + line).min(height - 1) * stride;
                load(&pixels[start..start + width * 4], row);
            }
            let [upper, lower] = &self.rows;
            let (first, second) = luma.split_at_mut(self.width);
            lumas(upper, first);
            lumas(lower, second);
            let columns = pair * half..(pair + 1) * half;
            differ(upper, lower, &mut blue[columns.clone()], &mut red[columns]);
        }
    }
}

/// A row as numbers; its last pixel goes on.
fn load(bytes: &[u8], row: &mut [u32]) {
    let pixels = bytes.as_chunks::<4>().0;
    for (number, pixel) in row.iter_mut().zip(pixels) {
        *number = u32::from_le_bytes(*pixel);
    }
    if let Some(last) = pixels.last() {
        row[pixels.len()..].fill(u32::from_le_bytes(*last));
    }
}

fn lumas(row: &[u32], luma: &mut [u8]) {
    for (luma, pixel) in luma.iter_mut().zip(row) {
        let [blue, green, red] = [pixel & 0xff, pixel >> 8 & 0xff, pixel >> 16 & 0xff];
        let sum = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue;
        *luma = ((sum + 128 + (16 << 8)) >> 8) as u8;
    }
}

fn differ(upper: &[u32], lower: &[u32], blues: &mut [u8], reds: &mut [u8]) {
    const OUTER: u32 = 0x00ff_00ff;
    let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
    for (([a, b], [c, d]), (blue, red)) in pairs.zip(blues.iter_mut().zip(reds)) {
        // Sums of four stay within 10 bits: blue and red share a number.
        let outer = (a & OUTER) + (b & OUTER) + (c & OUTER) + (d & OUTER);
        let green = (a >> 8 & 0xff) + (b >> 8 & 0xff) + (c >> 8 & 0xff) + (d >> 8 & 0xff);
        let [b, g, r] = [outer & 0xffff, green, outer >> 16].map(|sum| (sum as i32 + 2) >> 2);
        *blue = ((BLUE[0] * r + BLUE[1] * g + BLUE[2] * b + 128 + (128 << 8)) >> 8) as u8;
        *red = ((RED[0] * r + RED[1] * g + RED[2] * b + 128 + (128 << 8)) >> 8) as u8;
    }
}

/// Back to RGBA: `planes` of BT.709, limited range, with their strides. For tests; browsers have their own.
#[cfg(any(test, feature = "vp9-decode"))]
pub(super) fn to_rgba(planes: [&[u8]; 3], strides: [usize; 3], width: usize, height: usize) -> Vec<u8> {
    let mut rgba = Vec::with_capacity(width * height * 4);
    for y in 0..height {
        for x in 0..width {
            let luma = (f32::from(planes[0][y * strides[0] + x]) - 16.0) * 255.0 / 219.0;
            let blue = (f32::from(planes[1][y / 2 * strides[1] + x / 2]) - 128.0) * 255.0 / 224.0;
            let red = (f32::from(planes[2][y / 2 * strides[2] + x / 2]) - 128.0) * 255.0 / 224.0;
            let colors = [
                luma + 1.5748 * red,
                luma - 0.1873 * blue - 0.4681 * red,
                luma + 1.8556 * blue,
            ];
            rgba.extend(colors.map(|color| color.round().clamp(0.0, 255.0) as u8));
            rgba.push(255);
        }
    }
    rgba
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planes_of(pixel: [u8; 3]) -> [u8; 3] {
        let mut planes = Planes::new(16, 16);
        let pixels = [pixel[2], pixel[1], pixel[0], 77].repeat(16 * 16);
        planes.fill(&pixels, 64, 16, 16);
        [planes.luma(), planes.blue(), planes.red()].map(|plane| {
            assert!(plane.iter().all(|value| *value == plane[0]));
            plane[0]
        })
    }

    /// The standard's own values for bars of full saturation.
    #[test]
    fn colors_are_those_of_the_standard() {
        for (rgb, yuv) in [
            ([0, 0, 0], [16, 128, 128]),
            ([255, 255, 255], [235, 128, 128]),
            ([255, 0, 0], [63, 102, 240]),
            ([0, 255, 0], [173, 42, 26]),
            ([0, 0, 255], [32, 240, 118]),
            ([128, 128, 128], [126, 128, 128]),
        ] {
            for (ours, real) in planes_of(rgb).into_iter().zip(yuv) {
                assert!(u8::abs_diff(ours, real) <= 1, "{rgb:?}: {:?}", planes_of(rgb));
            }
        }
        for gray in 0..=255 {
            let [_, blue, red] = planes_of([gray; 3]);
            assert_eq!((blue, red), (128, 128));
        }
    }

    #[test]
    fn there_and_back_is_near() {
        for step in 0..4096u32 {
            let rgb = [step & 15, step >> 4 & 15, step >> 8 & 15].map(|part| (part * 17) as u8);
            let [luma, blue, red] = planes_of(rgb);
            let back = to_rgba([&[luma], &[blue], &[red]], [1, 1, 1], 1, 1);
            for (there, back) in rgb.iter().zip(back) {
                assert!(there.abs_diff(back) <= 4, "{rgb:?} became {back:?}");
            }
        }
    }

    #[test]
    fn edges_go_on() {
        let mut planes = Planes::new(16, 16);
        // 3×2 pixels: black, but for the last column and the last row.
        let mut pixels = vec![0; 3 * 2 * 4];
        for at in [2, 3, 4, 5] {
            pixels[at * 4..at * 4 + 3].fill(255);
        }
        planes.fill(&pixels, 12, 3, 2);
        assert_eq!(planes.luma()[..5], [16, 16, 235, 235, 235]);
        assert!(planes.luma()[16..].iter().all(|luma| *luma == 235));
    }
}
