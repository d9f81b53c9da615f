//! One window that covers the screen, and pictures kept on the X server so that drawing a step costs a copy there and
//! nothing on the socket.

use anyhow::{Context, Result, anyhow};
use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ConfigureWindowAux, ConnectionExt, CreateGCAux, CreateWindowAux, EventMask, Gcontext,
    ImageFormat, InputFocus, PropMode, Rectangle, StackMode, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::paint::Picture;

/// A picture kept on the X server.
#[derive(Clone, Copy)]
pub(crate) struct Stored {
    pub(crate) pixmap: u32,
    /// Pixels.
    pub(crate) width: u16,
    /// Pixels.
    pub(crate) height: u16,
}

/// What to copy from a stored picture, and where to. All in pixels.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) from: (i16, i16),
    pub(crate) to: (i16, i16),
    pub(crate) size: (u16, u16),
}

/// The connection and the window.
pub(crate) struct Window {
    connection: RustConnection,
    window: u32,
    gc: Gcontext,
    depth: u8,
    /// Pixels; the whole screen.
    pub(crate) width: u16,
    /// Pixels.
    pub(crate) height: u16,
}

impl Window {
    /// Opens the display named by DISPLAY and covers it.
    pub(crate) fn open() -> Result<Self> {
        let mut this = Self::create(None)?;
        this.map()?;
        Ok(this)
    }

    /// A window of its own place and size, above everything else.
    pub(crate) fn open_at(corner: (i16, i16), size: (u16, u16)) -> Result<Self> {
        let mut this = Self::create(Some((corner, size)))?;
        this.map()?;
        Ok(this)
    }

    /// A window that nobody sees, to store pictures with.
    pub(crate) fn open_hidden() -> Result<Self> {
        Self::create(None)
    }

    fn create(part: Option<((i16, i16), (u16, u16))>) -> Result<Self> {
        let (connection, number) =
            x11rb::connect(None).context("the display named by DISPLAY does not answer")?;
        let screen = connection
            .setup()
            .roots
            .get(number)
            .ok_or_else(|| anyhow!("the display has no such screen"))?;
        let (root, depth) = (screen.root, screen.root_depth);
        let whole = ((0, 0), (screen.width_in_pixels, screen.height_in_pixels));
        let ((x, y), (width, height)) = part.unwrap_or(whole);
        let window = connection.generate_id()?;
        let gc = connection.generate_id()?;
        connection.create_window(
            depth,
            window,
            root,
            x,
            y,
            width,
            height,
            0,
            WindowClass::INPUT_OUTPUT,
            0,
            // Override-redirect: no window manager adds a frame, so every product sees the same pixels.
            &CreateWindowAux::new()
                .override_redirect(1)
                .event_mask(EventMask::BUTTON_PRESS | EventMask::KEY_PRESS | EventMask::EXPOSURE),
        )?;
        connection.change_property8(
            PropMode::REPLACE,
            window,
            AtomEnum::WM_NAME,
            AtomEnum::STRING,
            b"farol-workload",
        )?;
        connection.create_gc(gc, window, &CreateGCAux::new().graphics_exposures(0))?;
        Ok(Self {
            connection,
            window,
            gc,
            depth,
            width,
            height,
        })
    }

    fn map(&mut self) -> Result<()> {
        self.connection.map_window(self.window)?;
        let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
        self.connection.configure_window(self.window, &above)?;
        self.sync()
    }

    /// Keys that are pressed on the display come to this window.
    pub(crate) fn take_keys(&self) -> Result<()> {
        self.connection
            .set_input_focus(InputFocus::PARENT, self.window, x11rb::CURRENT_TIME)?;
        Ok(())
    }

    /// Sends a picture to the X server once; it stays there until the program ends.
    pub(crate) fn store(&self, picture: &Picture) -> Result<Stored> {
        let (width, height) = (u16::try_from(picture.width)?, u16::try_from(picture.height)?);
        let pixmap = self.connection.generate_id()?;
        self.connection
            .create_pixmap(self.depth, pixmap, self.window, width, height)?;
        // In strips that fit a request.
        let row = picture.width * 4;
        let rows = (self.connection.maximum_request_bytes().min(1 << 20) - 64) / row;
        for (index, strip) in picture.pixels.chunks(rows * row).enumerate() {
            let y = i16::try_from(index * rows)?;
            let strip_height = u16::try_from(strip.len() / row)?;
            self.connection.put_image(
                ImageFormat::Z_PIXMAP,
                pixmap,
                self.gc,
                width,
                strip_height,
                0,
                y,
                0,
                self.depth,
                strip,
            )?;
        }
        self.sync()?;
        Ok(Stored {
            pixmap,
            width,
            height,
        })
    }

    /// Copies a part of a stored picture into the window.
    pub(crate) fn show(&self, stored: Stored, place: Place) -> Result<()> {
        let Place { from, to, size } = place;
        self.connection.copy_area(
            stored.pixmap,
            self.window,
            self.gc,
            from.0,
            from.1,
            to.0,
            to.1,
            size.0,
            size.1,
        )?;
        Ok(())
    }

    /// Puts a small picture straight into the window.
    pub(crate) fn put(&self, picture: &Picture, x: i16, y: i16) -> Result<()> {
        let (width, height) = (u16::try_from(picture.width)?, u16::try_from(picture.height)?);
        let gc = self.gc;
        self.connection.put_image(
            ImageFormat::Z_PIXMAP,
            self.window,
            gc,
            width,
            height,
            x,
            y,
            0,
            self.depth,
            &picture.pixels,
        )?;
        Ok(())
    }

    /// Fills a rectangle of the window with one color.
    pub(crate) fn fill(&self, place: Place, color: u32) -> Result<()> {
        let gc = self.connection.generate_id()?;
        self.connection
            .create_gc(gc, self.window, &CreateGCAux::new().foreground(color))?;
        let rectangle = Rectangle {
            x: place.to.0,
            y: place.to.1,
            width: place.size.0,
            height: place.size.1,
        };
        self.connection
            .poly_fill_rectangle(self.window, gc, &[rectangle])?;
        self.connection.free_gc(gc)?;
        Ok(())
    }

    /// Waits until the X server has drawn everything sent so far.
    pub(crate) fn sync(&self) -> Result<()> {
        self.connection.sync().context("the X server went away")
    }

    /// Blocks until a button or a key is pressed in the window.
    pub(crate) fn wait_for_press(&self) -> Result<()> {
        loop {
            if let Event::ButtonPress(_) | Event::KeyPress(_) = self
                .connection
                .wait_for_event()
                .context("the X server went away")?
            {
                return Ok(());
            }
        }
    }
}
