//! One of our windows, painted from a picture. Prompt and strip are not managed by a window manager and stay above others;
//! form and chat are windows among others. What it says and what presses mean is its owner's.

use std::time::Instant;

use x11rb::connection::RequestConnection;
use x11rb::properties::{WmSizeHints, WmSizeHintsSpecification};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt as _, CreateGCAux,
    CreateWindowAux, Cursor, EventMask, Gcontext, ImageFormat, InputFocus, PropMode, StackMode, Window,
    WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

use super::raise::Raises;
use crate::Rect;
use crate::display::linux_x11::{Display, RequestFailure};
use crate::notice::draw::{Canvas, Picture};

x11rb::atom_manager! {
    /// Names for window managers, compositors and people's tools.
    pub(super) Atoms: AtomsCookie {
        UTF8_STRING,
        _NET_WM_NAME,
        _NET_WM_STATE,
        _NET_WM_STATE_ABOVE,
        _NET_WM_USER_TIME,
        _NET_WM_WINDOW_TYPE,
        _NET_WM_WINDOW_TYPE_DIALOG,
        _NET_WM_WINDOW_TYPE_DOCK,
        _NET_WM_WINDOW_TYPE_NORMAL,
        WM_PROTOCOLS,
        WM_DELETE_WINDOW,
        CLIPBOARD,
        FAROL_PASTE,
    }
}

/// Most bytes of pixels in one request: what every server takes at once with big requests, and small enough that input
/// passes between.
const STRIPE_BYTES: usize = 128 * 1024;

/// What a window is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Prompt,
    Banner,
    /// With what stands on its frame.
    Form(&'a str),
    /// As a form; it takes the keyboard only when the person asked for it.
    Chat(&'a str),
}

impl Kind<'_> {
    /// Whether people move, cover and close it with their window manager.
    fn is_managed(self) -> bool {
        matches!(self, Self::Form(_) | Self::Chat(_))
    }

    fn events(self) -> EventMask {
        let pointer = EventMask::BUTTON_PRESS
            | EventMask::BUTTON_RELEASE
            | EventMask::POINTER_MOTION
            | EventMask::LEAVE_WINDOW;
        let windows = EventMask::VISIBILITY_CHANGE | EventMask::STRUCTURE_NOTIFY;
        match self {
            // A strip must not listen to keys, whatever gives it the focus.
            Self::Prompt | Self::Form(_) => pointer | windows | EventMask::KEY_PRESS,
            Self::Chat(_) => pointer | windows | EventMask::KEY_PRESS | EventMask::FOCUS_CHANGE,
            Self::Banner => pointer | windows,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Prompt => "Farol: consent",
            Self::Banner => "Farol: session",
            Self::Form(title) | Self::Chat(title) => title,
        }
    }

    fn window_type(self, atoms: &Atoms) -> Atom {
        match self {
            Self::Prompt => atoms._NET_WM_WINDOW_TYPE_DIALOG,
            Self::Banner => atoms._NET_WM_WINDOW_TYPE_DOCK,
            Self::Form(_) | Self::Chat(_) => atoms._NET_WM_WINDOW_TYPE_NORMAL,
        }
    }
}

/// A window and what it shows.
pub(super) struct Panel {
    pub(super) window: Window,
    pub(super) picture: Picture,
    pub(super) place: Rect,
    gc: Gcontext,
    raises: Raises,
    managed: bool,
}

impl Panel {
    /// Makes the window and puts it on the screen.
    pub(super) fn open(
        display: &Display,
        kind: Kind<'_>,
        (atoms, cursor): (&Atoms, Cursor),
        picture: Picture,
        place: Rect,
    ) -> Result<Self, RequestFailure> {
        use x11rb::connection::Connection;
        let conn = &display.conn;
        let (window, gc) = (conn.generate_id()?, conn.generate_id()?);
        let mut attributes = CreateWindowAux::new()
            .override_redirect(u32::from(!kind.is_managed()))
            .event_mask(kind.events());
        if cursor != x11rb::NONE {
            attributes = attributes.cursor(cursor);
        }
        let (width, height) = (on_wire(place.width), on_wire(place.height));
        conn.create_window(
            x11rb::COPY_DEPTH_FROM_PARENT,
            window,
            display.root(),
            position(place.x),
            position(place.y),
            width,
            height,
            0,
            WindowClass::INPUT_OUTPUT,
            x11rb::COPY_FROM_PARENT,
            &attributes,
        )?
        .check()?;
        conn.create_gc(gc, window, &CreateGCAux::new().graphics_exposures(0))?;
        let class = b"farol-agent\0Farol\0";
        conn.change_property8(
            PropMode::REPLACE,
            window,
            AtomEnum::WM_CLASS,
            AtomEnum::STRING,
            class,
        )?;
        let types = [kind.window_type(atoms)];
        conn.change_property32(
            PropMode::REPLACE,
            window,
            atoms._NET_WM_WINDOW_TYPE,
            AtomEnum::ATOM,
            &types,
        )?;
        let panel = Self {
            window,
            picture,
            place,
            gc,
            raises: Raises::default(),
            managed: kind.is_managed(),
        };
        panel.set_name(display, atoms, kind.name())?;
        if let Kind::Chat(_) = kind {
            // Comes up by itself: in sight, and with the keyboard staying where it is.
            let above = [atoms._NET_WM_STATE_ABOVE];
            let (property, atom) = (atoms._NET_WM_STATE, AtomEnum::ATOM);
            conn.change_property32(PropMode::REPLACE, window, property, atom, &above)?;
            let (property, number) = (atoms._NET_WM_USER_TIME, AtomEnum::CARDINAL);
            conn.change_property32(PropMode::REPLACE, window, property, number, &[0])?;
        }
        if panel.managed {
            let protocols = [atoms.WM_DELETE_WINDOW];
            let (property, atom) = (atoms.WM_PROTOCOLS, AtomEnum::ATOM);
            conn.change_property32(PropMode::REPLACE, window, property, atom, &protocols)?;
            panel.fix_size(display)?;
        }
        panel.upload(display)?;
        panel.come_up(display)?;
        Ok(panel)
    }

    /// What stands on its frame from now on.
    pub(super) fn set_name(
        &self,
        display: &Display,
        atoms: &Atoms,
        name: &str,
    ) -> Result<(), RequestFailure> {
        let (conn, name) = (&display.conn, name.as_bytes());
        let (property, utf8) = (atoms._NET_WM_NAME, atoms.UTF8_STRING);
        conn.change_property8(PropMode::REPLACE, self.window, property, utf8, name)?;
        if self.managed {
            // For old window managers.
            let (property, string) = (AtomEnum::WM_NAME, AtomEnum::STRING);
            conn.change_property8(PropMode::REPLACE, self.window, property, string, name)?;
        }
        Ok(())
    }

    /// Brings it before other windows.
    pub(super) fn come_up(&self, display: &Display) -> Result<(), RequestFailure> {
        let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
        display.conn.configure_window(self.window, &above)?;
        display.conn.map_window(self.window)?;
        Ok(())
    }

    /// Shows another picture, perhaps elsewhere. Does nothing when nothing changed.
    pub(super) fn put(
        &mut self,
        display: &Display,
        picture: Picture,
        place: Rect,
    ) -> Result<(), RequestFailure> {
        if self.managed && (self.place.width, self.place.height) != (place.width, place.height) {
            let sized = ConfigureWindowAux::new().width(place.width).height(place.height);
            self.place = place;
            self.fix_size(display)?;
            display.conn.configure_window(self.window, &sized)?;
        } else if !self.managed && self.place != place {
            let moved = ConfigureWindowAux::new()
                .x(place.x)
                .y(place.y)
                .width(place.width)
                .height(place.height);
            display.conn.configure_window(self.window, &moved)?;
            self.place = place;
        }
        if self.picture != picture {
            self.picture = picture;
            self.upload(display)?;
        }
        Ok(())
    }

    /// Tells the window manager that the window has one size.
    fn fix_size(&self, display: &Display) -> Result<(), RequestFailure> {
        let clamped = |size: u32| i32::from(i16::try_from(size).unwrap_or(i16::MAX));
        let size = (clamped(self.place.width), clamped(self.place.height));
        let hints = WmSizeHints {
            position: Some((
                WmSizeHintsSpecification::ProgramSpecified,
                self.place.x,
                self.place.y,
            )),
            min_size: Some(size),
            max_size: Some(size),
            ..WmSizeHints::default()
        };
        hints.set_normal_hints(&display.conn, self.window)?;
        Ok(())
    }

    /// The picture becomes the window's background, which the server paints whenever it is needed.
    fn upload(&self, display: &Display) -> Result<(), RequestFailure> {
        use x11rb::connection::Connection;
        let (conn, canvas) = (&display.conn, &self.picture.canvas);
        let depth = display.screen().root_depth;
        let pixmap = conn.generate_id()?;
        let (width, height) = (on_wire(canvas.width()), on_wire(canvas.height()));
        conn.create_pixmap(depth, pixmap, self.window, width, height)?;
        let limit = STRIPE_BYTES.min(conn.maximum_request_bytes().saturating_sub(64));
        for (top, rows, bytes) in stripes(canvas, limit) {
            let format = ImageFormat::Z_PIXMAP;
            conn.put_image(format, pixmap, self.gc, width, rows, 0, top, 0, depth, &bytes)?;
        }
        let background = ChangeWindowAttributesAux::new().background_pixmap(pixmap);
        conn.change_window_attributes(self.window, &background)?;
        conn.free_pixmap(pixmap)?;
        conn.clear_area(false, self.window, 0, 0, 0, 0)?;
        Ok(())
    }

    /// Gets the keyboard.
    pub(super) fn take_focus(&self, display: &Display) -> Result<(), RequestFailure> {
        let focus = InputFocus::POINTER_ROOT;
        let taken = display
            .conn
            .set_input_focus(focus, self.window, x11rb::CURRENT_TIME)?;
        // A window that somebody just hid cannot have it; it is mapped again and clicks go on to work.
        taken.ignore_error();
        Ok(())
    }

    /// Something covers or hides it.
    pub(super) fn covered(&mut self) {
        self.raises.covered();
    }

    /// It is in full view.
    pub(super) fn seen(&mut self) {
        self.raises.seen();
    }

    /// Comes up again if something covers it and it may; when to look again otherwise. What people manage stays where they
    /// put it.
    pub(super) fn keep_up(
        &mut self,
        display: &Display,
        now: Instant,
    ) -> Result<Option<Instant>, RequestFailure> {
        if self.managed {
            return Ok(None);
        }
        if self.raises.take(now) {
            self.come_up(display)?;
        }
        Ok(self.raises.next())
    }

    /// Takes the window away.
    pub(super) fn close(self, display: &Display) -> Result<(), RequestFailure> {
        display.conn.free_gc(self.gc)?;
        display.conn.destroy_window(self.window)?;
        Ok(())
    }
}

/// The rows of a canvas in pieces: first row, number of rows, bytes as the server stores them.
fn stripes(canvas: &Canvas, limit: usize) -> impl Iterator<Item = (i16, u16, Vec<u8>)> {
    let row_bytes = canvas.width().max(1) as usize * 4;
    let rows_each = (limit / row_bytes).max(1);
    let rows: Vec<&[u32]> = canvas.rows().collect();
    let count = rows.len().div_ceil(rows_each);
    (0..count).map(move |index| {
        let top = index * rows_each;
        let part = rows.iter().skip(top).take(rows_each);
        let lines = u16::try_from(part.len()).unwrap_or(u16::MAX);
        let bytes = part
            .flat_map(|row| row.iter().flat_map(|pixel| pixel.to_le_bytes()))
            .collect();
        (i16::try_from(top).unwrap_or(i16::MAX), lines, bytes)
    })
}

fn on_wire(size: u32) -> u16 {
    u16::try_from(size.max(1)).unwrap_or(u16::MAX)
}

fn position(at: i32) -> i16 {
    at.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::draw::canvas::Color;

    #[test]
    fn stripes_are_the_whole_canvas() {
        let canvas = Canvas::new(10, 7, Color(0x01_0203));
        let parts: Vec<_> = stripes(&canvas, 100).collect();
        assert_eq!(parts.iter().map(|(_, rows, _)| rows).sum::<u16>(), 7);
        assert_eq!(
            parts.iter().map(|(top, ..)| *top).collect::<Vec<_>>(),
            [0, 2, 4, 6]
        );
        assert_eq!(parts[3].2.len(), 40);
        assert_eq!(parts[0].2[..4], [3, 2, 1, 0]);
        // A limit smaller than a row still makes progress.
        assert_eq!(stripes(&canvas, 1).count(), 7);
    }
}
