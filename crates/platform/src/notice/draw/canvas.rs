//! Pixels in memory, and the few shapes we draw.

use crate::Rect;

/// Red, green and blue in the lower 24 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Color(pub(crate) u32);

impl Color {
    /// This color over another, by how much of the pixel it covers (0 to 1).
    fn over(self, below: u32, coverage: f32) -> u32 {
        let part = (coverage.clamp(0.0, 1.0) * 256.0) as u32;
        let mix = |shift: u32| {
            let (top, low) = (self.0 >> shift & 0xff, below >> shift & 0xff);
            (top * part + low * (256 - part)) >> 8 << shift
        };
        mix(16) | mix(8) | mix(0)
    }
}

/// Rows of pixels, top left first, each as [`Color`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<u32>,
}

impl Canvas {
    pub(crate) fn new(width: u32, height: u32, color: Color) -> Self {
        let pixels = vec![color.0; width as usize * height as usize];
        Self {
            width,
            height,
            pixels,
        }
    }

    pub(crate) fn width(&self) -> u32 {
        self.width
    }

    pub(crate) fn height(&self) -> u32 {
        self.height
    }

    /// The rows of pixels.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u32]> {
        self.pixels.chunks_exact(self.width.max(1) as usize)
    }

    /// Puts a color on a part of a pixel; outside nothing happens.
    pub(crate) fn blend(&mut self, x: i32, y: i32, color: Color, coverage: f32) {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
            return;
        };
        if x >= self.width || y >= self.height {
            return;
        }
        let at = y as usize * self.width as usize + x as usize;
        if let Some(pixel) = self.pixels.get_mut(at) {
            *pixel = color.over(*pixel, coverage);
        }
    }

    /// Fills a rectangle.
    pub(crate) fn fill(&mut self, area: Rect, color: Color) {
        self.round(area, 0.0, color);
    }

    /// Fills a rectangle with round corners; with half of its height as radius its ends are half circles.
    pub(crate) fn round(&mut self, area: Rect, radius: f32, color: Color) {
        let Some(seen) = area.clipped(self.width, self.height) else {
            return;
        };
        let (half_width, half_height) = (area.width as f32 / 2.0, area.height as f32 / 2.0);
        let radius = radius.min(half_width).min(half_height);
        for y in seen.y..seen.y + seen.height as i32 {
            for x in seen.x..seen.x + seen.width as i32 {
                // Distance of the pixel's center from the outline, negative inside.
                let dx = ((x - area.x) as f32 + 0.5 - half_width).abs() - half_width + radius;
                let dy = ((y - area.y) as f32 + 0.5 - half_height).abs() - half_height + radius;
                let distance = dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius;
                self.blend(x, y, color, 0.5 - distance);
            }
        }
    }

    /// A frame of this thickness with round corners, and what is inside of it.
    pub(crate) fn framed(&mut self, area: Rect, radius: f32, thick: i32, (line, inside): (Color, Color)) {
        self.round(area, radius, line);
        let inner = super::rect(
            area.x + thick,
            area.y + thick,
            area.width as i32 - 2 * thick,
            area.height as i32 - 2 * thick,
        );
        self.round(inner, (radius - thick as f32).max(0.0), inside);
    }

    /// A line of this thickness between two points, with round ends.
    pub(crate) fn line(&mut self, from: (f32, f32), to: (f32, f32), thick: f32, color: Color) {
        let (along_x, along_y) = (to.0 - from.0, to.1 - from.1);
        let length = (along_x * along_x + along_y * along_y).max(f32::EPSILON);
        let bounds = |a: f32, b: f32| {
            let (low, high) = (a.min(b) - thick, a.max(b) + thick);
            low.floor() as i32..=high.ceil() as i32
        };
        for y in bounds(from.1, to.1) {
            for x in bounds(from.0, to.0) {
                let (px, py) = (x as f32 + 0.5 - from.0, y as f32 + 0.5 - from.1);
                let at = ((px * along_x + py * along_y) / length).clamp(0.0, 1.0);
                let distance = (px - at * along_x).hypot(py - at * along_y);
                self.blend(x, y, color, thick / 2.0 + 0.5 - distance);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Color = Color(0);
    const WHITE: Color = Color(0xff_ffff);

    #[test]
    fn shapes_stay_inside() {
        let mut canvas = Canvas::new(10, 10, BLACK);
        canvas.fill(Rect::new(2, 3, 4, 5), WHITE);
        let lit = canvas
            .rows()
            .flatten()
            .filter(|pixel| **pixel == 0xff_ffff)
            .count();
        assert_eq!(lit, 20);
        canvas.fill(Rect::new(-5, -5, 100, 100), WHITE);
        assert!(canvas.rows().flatten().all(|pixel| *pixel == 0xff_ffff));
        canvas.round(Rect::new(20, 20, 5, 5), 2.0, BLACK);
        canvas.blend(-1, 3, BLACK, 1.0);
        canvas.blend(3, 10, BLACK, 1.0);
        assert!(canvas.rows().flatten().all(|pixel| *pixel == 0xff_ffff));
    }

    #[test]
    fn round_corners_are_soft() {
        let mut canvas = Canvas::new(20, 20, BLACK);
        canvas.round(Rect::new(0, 0, 20, 20), 10.0, WHITE);
        let rows: Vec<&[u32]> = canvas.rows().collect();
        assert_eq!(rows[0][0], 0);
        assert_eq!(rows[10][10], 0xff_ffff);
        assert_eq!(rows[1][10], 0xff_ffff);
        assert!(
            rows.iter()
                .flat_map(|row| row.iter())
                .any(|pixel| !matches!(pixel, 0 | 0xff_ffff))
        );
    }
}
