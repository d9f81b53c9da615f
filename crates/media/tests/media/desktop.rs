//! A synthetic desktop: text-like, photo-like and flat content, and the ways screens change.

/// Small, fast, repeatable.
#[derive(Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u32
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.next() as usize % end.max(1)
    }
}

/// A BGRX picture whose X bytes are noise.
#[derive(Clone)]
pub(crate) struct Desktop {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) stride: usize,
    pub(crate) data: Vec<u8>,
}

impl Desktop {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let stride = width * 4 + 12;
        Self {
            width,
            height,
            stride,
            data: vec![0; stride * height],
        }
    }

    pub(crate) fn set(&mut self, x: usize, y: usize, color: u32, noise: u8) {
        if x < self.width && y < self.height {
            let at = y * self.stride + x * 4;
            self.data[at..at + 4].copy_from_slice(&[
                (color >> 16) as u8,
                (color >> 8) as u8,
                color as u8,
                noise,
            ]);
        }
    }

    pub(crate) fn get(&self, x: usize, y: usize) -> u32 {
        let at = y * self.stride + x * 4;
        u32::from(self.data[at + 2]) | u32::from(self.data[at + 1]) << 8 | u32::from(self.data[at]) << 16
    }

    pub(crate) fn fill(&mut self, (x, y, width, height): Area, color: u32) {
        for row in y..y + height {
            for column in x..x + width {
                self.set(column, row, color, (column * 7 + row) as u8);
            }
        }
    }

    /// Rows of marks that look like letters to the coder.
    pub(crate) fn text(&mut self, (x, y, width, height): Area, random: &mut Random) {
        self.fill((x, y, width, height), 0x00f8_f8f8);
        for line in (y + 2..(y + height).saturating_sub(10)).step_by(14) {
            let mut at = x + 3;
            while at + 8 < x + width {
                if random.below(6) > 0 {
                    let glyph = random.next();
                    for bit in 0..32 {
                        if glyph >> bit & 1 != 0 {
                            let shade = if bit % 5 == 0 { 0x0080_8080 } else { 0x0020_1010 };
                            self.set(at + bit % 6, line + bit / 3, shade, 0);
                        }
                    }
                }
                at += 8;
            }
        }
    }

    pub(crate) fn photo(&mut self, (x, y, width, height): Area, random: &mut Random) {
        let phase = random.below(1000) as f32;
        for row in y..y + height {
            for column in x..x + width {
                let (u, v) = (column as f32 * 0.031, row as f32 * 0.023 + phase);
                let wave = |k: f32| ((u * k).sin() * (v * 0.7 + k).cos() * 90.0 + 128.0) as i32;
                let mut color = 0;
                for channel in 0..3 {
                    let noise = (random.next() & 7) as i32 - 4;
                    let value = (wave(1.0 + channel as f32 * 0.3) + noise).clamp(0, 255) as u32;
                    color |= value << (8 * channel);
                }
                self.set(column, row, color, random.next() as u8);
            }
        }
    }

    /// Moves the content of an area; what it leaves behind stays.
    pub(crate) fn shift(&mut self, (x, y, width, height): Area, dx: isize, dy: isize) {
        let before = self.clone();
        for row in y..(y + height).min(self.height) {
            for column in x..(x + width).min(self.width) {
                let (tx, ty) = (column as isize + dx, row as isize + dy);
                if tx >= 0 && ty >= 0 {
                    self.set(
                        tx as usize,
                        ty as usize,
                        before.get(column, row),
                        (column ^ row) as u8,
                    );
                }
            }
        }
    }
}

/// Left, top, width, height.
pub(crate) type Area = (usize, usize, usize, usize);

/// A window: its content, where it is, how wide its shadow is.
#[derive(Clone)]
pub(crate) struct Window {
    pub(crate) content: Desktop,
    pub(crate) at: (isize, isize),
    pub(crate) shadow: isize,
}

impl Window {
    pub(crate) fn new(width: usize, height: usize, at: (isize, isize)) -> Self {
        Self {
            content: Desktop::new(width, height),
            at,
            shadow: 0,
        }
    }
}

/// A background and the windows before it, the last one in front.
#[derive(Clone)]
pub(crate) struct Windows {
    pub(crate) background: Desktop,
    pub(crate) windows: Vec<Window>,
}

impl Windows {
    /// Paints all of it.
    pub(crate) fn compose(&self, screen: &mut Desktop) {
        screen.data.copy_from_slice(&self.background.data);
        for window in &self.windows {
            let ((left, top), shadow) = (window.at, window.shadow);
            let (width, height) = (window.content.width as isize, window.content.height as isize);
            for y in (top - shadow).max(0)..(top + height + shadow).min(screen.height as isize) {
                for x in (left - shadow).max(0)..(left + width + shadow).min(screen.width as isize) {
                    let (inner_x, inner_y) = (x - left, y - top);
                    let (sx, sy) = (x as usize, y as usize);
                    if (0..width).contains(&inner_x) && (0..height).contains(&inner_y) {
                        let color = window.content.get(inner_x as usize, inner_y as usize);
                        screen.set(sx, sy, color, 0);
                        continue;
                    }
                    let away = (-inner_x)
                        .max(inner_x - width + 1)
                        .max(-inner_y)
                        .max(inner_y - height + 1);
                    let strength = 256 - 128 * (shadow - away + 1) as u32 / (shadow + 1) as u32;
                    let color = screen.get(sx, sy);
                    let dark = |shift: u32| ((color >> shift & 0xff) * strength / 256) << shift;
                    screen.set(sx, sy, dark(0) | dark(8) | dark(16), 0);
                }
            }
        }
    }
}
