//! Pictures on both ends: [`Painter`] makes frames of a screen, [`Picture`] is what a viewer has of it.

use anyhow::Context;
use farol_media::{Decoder, Encoder, PixelView, Quality, Rect, Region, decode_full};
use farol_protocol::pipe::message::screen::{Frame, FrameTimes, Layout, ScreenToViewer, Surface};

/// The screen of a paper machine, and an encoder for one viewer.
pub struct Painter {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    encoder: Encoder,
    next_id: u32,
}

impl Painter {
    /// A screen of this size with a pattern on it: no two rows alike, some of it text-like.
    ///
    /// # Errors
    /// The size is beyond the codec's limits.
    pub fn new(width: u32, height: u32) -> anyhow::Result<Self> {
        let mut painter = Self {
            width,
            height,
            pixels: Vec::new(),
            encoder: Encoder::new(width, height, [1, 2])?,
            next_id: 1,
        };
        painter.paint(0);
        Ok(painter)
    }

    /// Paints the whole screen with a pattern of stripes and blocks; `seed` decides which.
    pub fn paint(&mut self, seed: u32) {
        self.pixels.clear();
        for y in 0..self.height {
            for x in 0..self.width {
                let ink = if (x / 8 + y / 16 + seed).is_multiple_of(3) {
                    0
                } else {
                    255
                };
                let shade = ((x + y * 3 + seed * 7) % 251) as u8;
                self.pixels.extend([ink, shade, ink ^ shade, 255]);
            }
        }
    }

    /// Fills the whole screen with noise, which no codec makes smaller; `seed` decides which.
    pub fn noise(&mut self, seed: u32) {
        let mut state = seed | 1;
        self.pixels.clear();
        for _ in 0..self.width * self.height {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let [a, b, c, _] = state.to_le_bytes();
            self.pixels.extend([a, b, c, 255]);
        }
    }

    /// The layout that frames refer to.
    #[must_use]
    pub fn layout(&self) -> ScreenToViewer {
        ScreenToViewer::Layout(Layout {
            generation: 1,
            width: self.width,
            height: self.height,
            monitors: Vec::new(),
            surface: Surface::whole(self.width, self.height),
        })
    }

    /// The next frame; None when the viewer has everything.
    ///
    /// # Errors
    /// The codec fails.
    pub fn frame(&mut self) -> anyhow::Result<Option<ScreenToViewer>> {
        let view = PixelView::new(&self.pixels, self.width, self.height, self.width as usize * 4)?;
        let damage = Region::from_rect(Rect::new(0, 0, self.width, self.height));
        let Some(encoded) = self.encoder.encode(view, &damage, Quality::Lossless)? else {
            return Ok(None);
        };
        let id = self.next_id;
        self.next_id += 1;
        Ok(Some(ScreenToViewer::Frame(Frame {
            id,
            generation: 1,
            data: encoded.data,
            times: FrameTimes::default(),
            last_input_id: 0,
            exact: encoded.exact,
        })))
    }

    /// The screen as the viewer should see it: RGB, rows without gaps.
    #[must_use]
    pub fn rgb(&self) -> Vec<u8> {
        self.pixels
            .chunks_exact(4)
            .flat_map(|bgrx| [bgrx[2], bgrx[1], bgrx[0]])
            .collect()
    }
}

/// A viewer's picture.
#[derive(Default)]
pub struct Picture {
    decoder: Option<Decoder>,
    /// Id of the newest frame.
    pub newest: u32,
    /// The newest frame said that everything is exact.
    pub exact: bool,
}

impl Picture {
    /// Takes a message of the screen channel.
    ///
    /// # Errors
    /// The frame does not decode.
    pub fn take(&mut self, message: ScreenToViewer) -> anyhow::Result<()> {
        match message {
            ScreenToViewer::Layout(layout) => {
                let (width, height) = layout.surface.picture;
                self.decoder = Some(Decoder::new(width, height)?);
            }
            ScreenToViewer::Frame(frame) => {
                decode_full(
                    self.decoder.as_mut().context("a frame before the layout")?,
                    &frame.data,
                )?;
                self.newest = frame.id;
                self.exact = frame.exact;
            }
            _ => {}
        }
        Ok(())
    }

    /// RGB, rows without gaps.
    #[must_use]
    pub fn rgb(&self) -> Vec<u8> {
        let pixels = self
            .decoder
            .as_ref()
            .map(Decoder::framebuffer)
            .unwrap_or_default();
        pixels
            .chunks_exact(4)
            .flat_map(|rgba| [rgba[0], rgba[1], rgba[2]])
            .collect()
    }
}
