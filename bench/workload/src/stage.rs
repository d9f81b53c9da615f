//! The X side: one connection, windows without decoration, pictures kept on the server's side.
//!
//! Pictures are uploaded once and copied from there, so that drawing costs the display little and the workload's own
//! speed does not depend on who else is looking at the screen.

use anyhow::{Context, Result};
use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt, CreateGCAux, CreateWindowAux, EventMask,
    Gcontext, ImageFormat, Pixmap, Screen, StackMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use crate::paint::Canvas;

/// Bytes of a request that are not pixels, generously.
const REQUEST_OVERHEAD: usize = 64;

/// A connection to the display and what is needed to draw on it.
pub(crate) struct Stage {
    connection: RustConnection,
    screen: Screen,
    gc: Gcontext,
}

/// A place on the screen, in pixels.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) x: i16,
    pub(crate) y: i16,
    pub(crate) width: u16,
    pub(crate) height: u16,
}

impl Stage {
    /// Connects to the display of the environment.
    pub(crate) fn open() -> Result<Self> {
        let (connection, number) = x11rb::connect(None)?;
        let screen = connection
            .setup()
            .roots
            .get(number)
            .context("the display has no screen")?
            .clone();
        let gc = connection.generate_id()?;
        // Exposures are not asked for: nobody here would answer them.
        connection.create_gc(gc, screen.root, &CreateGCAux::new().graphics_exposures(0))?;
        Ok(Self {
            connection,
            screen,
            gc,
        })
    }

    /// Width and height of the whole screen.
    pub(crate) fn size(&self) -> (u16, u16) {
        (self.screen.width_in_pixels, self.screen.height_in_pixels)
    }

    /// The connection, for events.
    pub(crate) fn connection(&self) -> &RustConnection {
        &self.connection
    }

    /// A window that no window manager touches, not yet shown, listening to `events`.
    pub(crate) fn window(&self, place: Place, events: EventMask) -> Result<Window> {
        let window = self.connection.generate_id()?;
        let values = CreateWindowAux::new()
            .override_redirect(1)
            .event_mask(events)
            .background_pixel(self.screen.white_pixel);
        self.connection.create_window(
            self.screen.root_depth,
            window,
            self.screen.root,
            place.x,
            place.y,
            place.width,
            place.height,
            0,
            WindowClass::INPUT_OUTPUT,
            self.screen.root_visual,
            &values,
        )?;
        Ok(window)
    }

    /// Shows `window` above all others.
    pub(crate) fn show(&self, window: Window) -> Result<()> {
        self.connection.map_window(window)?;
        self.connection
            .configure_window(window, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE))?;
        self.flush()
    }

    /// Takes `window` off the screen.
    pub(crate) fn hide(&self, window: Window) -> Result<()> {
        self.connection.unmap_window(window)?;
        self.flush()
    }

    /// Moves `window`.
    pub(crate) fn move_to(&self, window: Window, x: i16, y: i16) -> Result<()> {
        self.connection
            .configure_window(window, &ConfigureWindowAux::new().x(i32::from(x)).y(i32::from(y)))?;
        self.flush()
    }

    /// Uploads `canvas`; the picture then lives in the display's memory until this program ends.
    pub(crate) fn upload(&self, canvas: &Canvas) -> Result<Pixmap> {
        let pixmap = self.connection.generate_id()?;
        let (width, height) = (u16::try_from(canvas.width)?, u16::try_from(canvas.height)?);
        self.connection
            .create_pixmap(self.screen.root_depth, pixmap, self.screen.root, width, height)?;
        self.put(pixmap, canvas, 0, 0)?;
        Ok(pixmap)
    }

    /// Draws `canvas` on a window or picture at (x, y), in as many requests as the display wants.
    pub(crate) fn put(&self, drawable: u32, canvas: &Canvas, x: i16, y: i16) -> Result<()> {
        let row = canvas.width * 4;
        let rows = ((self.connection.maximum_request_bytes() - REQUEST_OVERHEAD) / row).clamp(1, 4096);
        for (index, part) in canvas.bytes().chunks(rows * row).enumerate() {
            self.connection.put_image(
                ImageFormat::Z_PIXMAP,
                drawable,
                self.gc,
                u16::try_from(canvas.width)?,
                u16::try_from(part.len() / row)?,
                x,
                y + i16::try_from(index * rows)?,
                0,
                self.screen.root_depth,
                part,
            )?;
        }
        self.flush()
    }

    /// Copies a part of a picture that starts at (0, `from_y`) over the whole of a window of that size.
    pub(crate) fn copy(&self, from: Pixmap, to: Window, from_y: i16, size: (u16, u16)) -> Result<()> {
        self.connection
            .copy_area(from, to, self.gc, 0, from_y, 0, 0, size.0, size.1)?;
        self.flush()
    }

    /// Makes `picture` the background of the screen.
    pub(crate) fn wallpaper(&self, picture: Pixmap) -> Result<()> {
        let values = ChangeWindowAttributesAux::new().background_pixmap(picture);
        self.connection
            .change_window_attributes(self.screen.root, &values)?;
        self.connection.clear_area(false, self.screen.root, 0, 0, 0, 0)?;
        self.flush()
    }

    /// The whole of a drawable as the display has it.
    pub(crate) fn grab(&self, drawable: u32, width: u16, height: u16) -> Result<Vec<u8>> {
        let reply = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, drawable, 0, 0, width, height, u32::MAX)?
            .reply()?;
        Ok(reply.data)
    }

    /// A picture of `width` × `height` with white `text` on black in the display's built-in font (6 × 13 pixels a letter).
    pub(crate) fn built_in_text(&self, text: &str, width: u16, height: u16) -> Result<Pixmap> {
        let font = self.connection.generate_id()?;
        self.connection.open_font(font, b"fixed")?;
        let pixmap = self.connection.generate_id()?;
        self.connection
            .create_pixmap(self.screen.root_depth, pixmap, self.screen.root, width, height)?;
        let gc = self.connection.generate_id()?;
        let values = CreateGCAux::new()
            .font(font)
            .foreground(0x00ff_ffff)
            .background(0)
            .graphics_exposures(0);
        self.connection.create_gc(gc, pixmap, &values)?;
        self.connection.image_text8(pixmap, gc, 0, 11, text.as_bytes())?;
        self.connection.free_gc(gc)?;
        self.connection.close_font(font)?;
        Ok(pixmap)
    }

    /// Fills a window with one color.
    pub(crate) fn fill(&self, window: Window, color: u32, size: (u16, u16)) -> Result<()> {
        let values = x11rb::protocol::xproto::ChangeGCAux::new().foreground(color);
        self.connection.change_gc(self.gc, &values)?;
        let all = x11rb::protocol::xproto::Rectangle {
            x: 0,
            y: 0,
            width: size.0,
            height: size.1,
        };
        self.connection.poly_fill_rectangle(window, self.gc, &[all])?;
        self.flush()
    }

    /// Waits until the display has done everything asked so far.
    pub(crate) fn settle(&self) -> Result<()> {
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        self.connection.flush()?;
        Ok(())
    }
}
