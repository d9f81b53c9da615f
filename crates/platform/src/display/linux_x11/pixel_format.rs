//! How a display stores its pixels. We know one way; every display of the last two decades has it.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::ImageOrder;

use super::{Display, RequestFailure};

/// Refuses displays that store pixels in another way than the rest of this crate reads and writes them.
pub(crate) fn check(display: &Display) -> Result<(), RequestFailure> {
    let setup = display.conn.setup();
    let screen = display.screen();
    let depth = screen.root_depth;
    let format = setup.pixmap_formats.iter().find(|format| format.depth == depth);
    let bits = format.map_or(0, |format| format.bits_per_pixel);
    let visuals = screen.allowed_depths.iter().flat_map(|allowed| &allowed.visuals);
    let visual = visuals
        .into_iter()
        .find(|visual| visual.visual_id == screen.root_visual);
    let masks = visual.map_or((0, 0, 0), |visual| {
        (visual.red_mask, visual.green_mask, visual.blue_mask)
    });
    let little = setup.image_byte_order == ImageOrder::LSB_FIRST;
    if bits == 32 && little && masks == (0xff_0000, 0xff00, 0xff) {
        return Ok(());
    }
    let order = if little { "little" } else { "big" };
    let (red, green, blue) = masks;
    Err(RequestFailure::Refused(format!(
        "its pixel format is not 8 bits each of blue, green and red in 32 ({depth} bits deep, {bits} stored, {order} \
         endian, masks {red:x} {green:x} {blue:x})"
    )))
}
