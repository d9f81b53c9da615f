//! The pointer's picture and place.

use x11rb::protocol::xfixes::{ConnectionExt as _, GetCursorImageReply};
use x11rb::protocol::xproto::QueryPointerReply;

use super::super::{CURSOR_SIDE_MAX, CursorImage, CursorPosition};
use crate::display::linux_x11::{Display, RequestFailure};

/// Remembers what was told, so that only changes are.
#[derive(Debug, Default)]
pub(super) struct CursorTracker {
    shape: Option<u64>,
    hidden: bool,
    position: Option<CursorPosition>,
}

impl CursorTracker {
    /// Asks for the picture; `Some` when it is another one.
    pub(super) fn read_shape(&mut self, display: &Display) -> Result<Option<CursorImage>, RequestFailure> {
        let image = convert(&display.conn.xfixes_get_cursor_image()?.reply()?);
        self.hidden = image.is_invisible();
        let changed = self.shape.replace(image.id) != Some(image.id);
        Ok(changed.then_some(image))
    }

    /// Takes the server's answer; `Some` when the pointer is elsewhere.
    pub(super) fn moved(&mut self, pointer: &QueryPointerReply) -> Option<CursorPosition> {
        let visible = pointer.same_screen && !self.hidden;
        let position = CursorPosition {
            x: pointer.root_x.into(),
            y: pointer.root_y.into(),
            visible,
        };
        (self.position.replace(position) != Some(position)).then_some(position)
    }
}

fn convert(image: &GetCursorImageReply) -> CursorImage {
    let (width, height) = (u32::from(image.width), u32::from(image.height));
    let (shown_width, shown_height) = (width.min(CURSOR_SIDE_MAX), height.min(CURSOR_SIDE_MAX));
    let rows = image
        .cursor_image
        .chunks_exact(width.max(1) as usize)
        .take(shown_height as usize);
    let pixels = rows.flat_map(|row| &row[..shown_width as usize]);
    // The server has alpha, red, green, blue from the highest byte down, multiplied already.
    let rgba = pixels
        .flat_map(|pixel| pixel.rotate_left(8).to_be_bytes())
        .collect();
    let hot = (
        u32::from(image.xhot).min(shown_width),
        u32::from(image.yhot).min(shown_height),
    );
    CursorImage::new((shown_width, shown_height), hot, rgba)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_reordered_and_large_pictures_cut() {
        let mut reply = GetCursorImageReply {
            width: 2,
            height: 1,
            xhot: 1,
            cursor_image: vec![0xff11_2233, 0x8040_3020],
            ..GetCursorImageReply::default()
        };
        let image = convert(&reply);
        assert_eq!(image.rgba, [0x11, 0x22, 0x33, 0xff, 0x40, 0x30, 0x20, 0x80]);
        assert_eq!((image.hot_x, image.hot_y), (1, 0));
        reply.width = 300;
        reply.cursor_image = vec![0xff00_0000; 300];
        let image = convert(&reply);
        assert_eq!((image.width, image.height, image.rgba.len()), (256, 1, 1024));
    }
}
