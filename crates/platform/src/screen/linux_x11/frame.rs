//! The frame buffer and the fastest way to fill it that the server offers.
//!
//! With shared memory (MIT-SHM 1.2, the usual case) the server writes straight into the frame buffer: an image as wide as
//! the desktop has the frame buffer's own stride, so a strip of whole rows lands in place. Rectangles much narrower than
//! the desktop go through a scratch area behind the frame and are copied, which costs less than reading whole rows.
//! Without it (another machine, an old server) images travel through the socket, some twenty times slower.

use std::os::fd::OwnedFd;

use x11rb::connection::Connection;
use x11rb::errors::ReplyError;
use x11rb::protocol::ErrorKind;
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

use super::shm::SharedMemory;
use crate::Rect;
use crate::display::linux_x11::{Display, RequestFailure};

const BYTES_PER_PIXEL: usize = 4;
const ALL_PLANES: u32 = !0;
/// Room for narrow rectangles; what does not fit is read in bands, at the price of a round trip each. It stays resident
/// once used, and this much also stays in the processor's cache between the server's writing and our copying.
const SCRATCH: usize = 512 << 10;

/// What became of a grab.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Grab {
    Done,
    /// The server refused the rectangles: the desktop has just changed its size.
    Outside,
}

#[derive(Debug)]
pub(super) struct FrameBuffer {
    width: u32,
    height: u32,
    memory: Memory,
}

#[derive(Debug)]
enum Memory {
    Shared { memory: SharedMemory, segment: u32 },
    Private(Vec<u8>),
}

impl FrameBuffer {
    /// A black frame; in shared memory if `shared` and the server takes it.
    pub(super) fn new(
        display: &Display,
        width: u32,
        height: u32,
        shared: bool,
    ) -> Result<Self, RequestFailure> {
        let length = width as usize * height as usize * BYTES_PER_PIXEL;
        if shared {
            let (memory, file) = SharedMemory::new(length + SCRATCH)?;
            match attach(display, file) {
                Ok(segment) => {
                    return Ok(Self {
                        width,
                        height,
                        memory: Memory::Shared { memory, segment },
                    });
                }
                Err(RequestFailure::Lost(reason)) => return Err(RequestFailure::Lost(reason)),
                // Sandboxed servers may refuse; the slow way works there.
                Err(RequestFailure::Refused(_)) => {}
            }
        }
        Ok(Self {
            width,
            height,
            memory: Memory::Private(vec![0; length]),
        })
    }

    /// Gives the segment back to the server.
    pub(super) fn detach(self, display: &Display) -> Result<(), RequestFailure> {
        if let Memory::Shared { segment, .. } = self.memory {
            display.conn.shm_detach(segment)?;
        }
        Ok(())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        let length = self.stride() * self.height as usize;
        match &self.memory {
            Memory::Shared { memory, .. } => &memory.bytes()[..length],
            Memory::Private(bytes) => bytes,
        }
    }

    pub(super) fn stride(&self) -> usize {
        self.width as usize * BYTES_PER_PIXEL
    }

    /// Reads the rectangles, which must be inside of the frame.
    pub(super) fn grab(&mut self, display: &Display, rects: &[Rect]) -> Result<Grab, RequestFailure> {
        let (width, frame_length) = (self.width, self.stride() * self.height as usize);
        match &mut self.memory {
            Memory::Private(bytes) => grab_by_socket(display, bytes, width, rects),
            Memory::Shared { memory, segment } => {
                let (strips, narrow) = plan(rects, width);
                let mut grab = SharedGrab {
                    display,
                    segment: *segment,
                    width,
                    frame_length,
                };
                if grab.strips(&strips)? == Grab::Outside {
                    return Ok(Grab::Outside);
                }
                grab.narrow(memory, &narrow)
            }
        }
    }
}

fn attach(display: &Display, file: OwnedFd) -> Result<u32, RequestFailure> {
    let segment = display.conn.generate_id()?;
    display.conn.shm_attach_fd(segment, file, false)?.check()?;
    Ok(segment)
}

/// Splits rectangles into strips of whole rows and narrow ones that fit the scratch area.
///
/// Reading a pixel costs about 0.4 ns, reading it narrow and copying it about 0.6: above two thirds of the width whole
/// rows win (see `examples/capture_cost.rs`).
fn plan(rects: &[Rect], width: u32) -> (Vec<Rect>, Vec<Rect>) {
    let is_wide = |rect: &Rect| u64::from(rect.width) * 3 >= u64::from(width) * 2;
    let (wide, narrow): (Vec<Rect>, Vec<Rect>) = rects.iter().partition(|rect| is_wide(rect));
    let narrow = narrow.into_iter().flat_map(bands).collect();
    let mut strips: Vec<Rect> = Vec::with_capacity(wide.len());
    for rect in wide {
        let strip = Rect::new(0, rect.y, width, rect.height);
        match strips.last_mut() {
            // Sorted by row: only the strip before can touch this one.
            Some(last) if i64::from(strip.y) <= last.bottom() => *last = last.union(&strip),
            _ => strips.push(strip),
        }
    }
    (strips, narrow)
}

/// Cuts a rectangle into parts of whole rows that fit the scratch area: it is wider than the longest row of a desktop.
fn bands(rect: Rect) -> impl Iterator<Item = Rect> {
    let most = (SCRATCH / BYTES_PER_PIXEL / rect.width.max(1) as usize).max(1) as u32;
    (0..rect.height.div_ceil(most)).map(move |index| {
        let top = index * most;
        Rect::new(
            rect.x,
            rect.y + top as i32,
            rect.width,
            most.min(rect.height - top),
        )
    })
}

/// One round of reading into shared memory. All requests are sent before the first reply is awaited.
struct SharedGrab<'a> {
    display: &'a Display,
    segment: u32,
    width: u32,
    frame_length: usize,
}

impl SharedGrab<'_> {
    fn strips(&mut self, strips: &[Rect]) -> Result<Grab, RequestFailure> {
        let stride = self.width as usize * BYTES_PER_PIXEL;
        let places = strips
            .iter()
            .map(|strip| (*strip, strip.y.unsigned_abs() as usize * stride));
        self.read(places)
    }

    fn narrow(&mut self, memory: &mut SharedMemory, narrow: &[Rect]) -> Result<Grab, RequestFailure> {
        let mut rest = narrow;
        while !rest.is_empty() {
            let mut places = Vec::new();
            let mut used = 0;
            while let Some((rect, others)) = rest.split_first() {
                let length = rect.area() as usize * BYTES_PER_PIXEL;
                if used + length > SCRATCH {
                    break;
                }
                places.push((*rect, self.frame_length + used));
                used += length;
                rest = others;
            }
            if self.read(places.iter().copied())? == Grab::Outside {
                return Ok(Grab::Outside);
            }
            let (frame, scratch) = memory.bytes_mut().split_at_mut(self.frame_length);
            for (rect, at) in places {
                copy_rows(frame, self.width, rect, &scratch[at - self.frame_length..]);
            }
        }
        Ok(Grab::Done)
    }

    fn read(&self, places: impl Iterator<Item = (Rect, usize)>) -> Result<Grab, RequestFailure> {
        let mut cookies = Vec::new();
        for (rect, offset) in places {
            let (x, y, width, height) = wire(rect);
            let offset = u32::try_from(offset).map_err(|_| too_large())?;
            cookies.push(self.display.conn.shm_get_image(
                self.display.root(),
                x,
                y,
                width,
                height,
                ALL_PLANES,
                ImageFormat::Z_PIXMAP.into(),
                self.segment,
                offset,
            )?);
        }
        let mut outcome = Grab::Done;
        for cookie in cookies {
            // All replies are awaited even after a refusal: until then the server may write.
            if outside(cookie.reply().map(drop))? {
                outcome = Grab::Outside;
            }
        }
        Ok(outcome)
    }
}

fn grab_by_socket(
    display: &Display,
    frame: &mut [u8],
    frame_width: u32,
    rects: &[Rect],
) -> Result<Grab, RequestFailure> {
    for rect in rects {
        let (x, y, width, height) = wire(*rect);
        let image = display.conn.get_image(
            ImageFormat::Z_PIXMAP,
            display.root(),
            x,
            y,
            width,
            height,
            ALL_PLANES,
        )?;
        let mut data = Vec::new();
        if outside(image.reply().map(|reply| data = reply.data))? {
            return Ok(Grab::Outside);
        }
        if data.len() < rect.area() as usize * BYTES_PER_PIXEL {
            return Err(RequestFailure::Lost("the display sent half an image".into()));
        }
        copy_rows(frame, frame_width, *rect, &data);
    }
    Ok(Grab::Done)
}

/// Copies packed rows to their place in the frame.
fn copy_rows(frame: &mut [u8], frame_width: u32, rect: Rect, packed: &[u8]) {
    let stride = frame_width as usize * BYTES_PER_PIXEL;
    let row_length = rect.width as usize * BYTES_PER_PIXEL;
    let start = rect.y.unsigned_abs() as usize * stride + rect.x.unsigned_abs() as usize * BYTES_PER_PIXEL;
    let rows = frame[start..]
        .chunks_mut(stride)
        .zip(packed.chunks_exact(row_length));
    for (target, source) in rows.take(rect.height as usize) {
        target[..row_length].copy_from_slice(source);
    }
}

/// Tells a refusal because of the size from failures.
fn outside(reply: Result<(), ReplyError>) -> Result<bool, RequestFailure> {
    match reply {
        Ok(()) => Ok(false),
        Err(ReplyError::X11Error(error))
            if matches!(error.error_kind, ErrorKind::Match | ErrorKind::Value) =>
        {
            Ok(true)
        }
        Err(error) => Err(error.into()),
    }
}

/// A rectangle inside of a desktop, as requests want it: the protocol's desktops are never larger than that.
fn wire(rect: Rect) -> (i16, i16, u16, u16) {
    (
        rect.x as i16,
        rect.y as i16,
        rect.width as u16,
        rect.height as u16,
    )
}

fn too_large() -> RequestFailure {
    RequestFailure::Refused("the desktop is larger than shared memory may be".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_rectangles_become_strips() {
        let rects = [
            Rect::new(0, 0, 900, 10),
            Rect::new(50, 10, 800, 5),
            Rect::new(3, 40, 10, 10),
        ];
        let (strips, narrow) = plan(&rects, 1000);
        assert_eq!(strips, [Rect::new(0, 0, 1000, 15)]);
        assert_eq!(narrow, [Rect::new(3, 40, 10, 10)]);
    }

    #[test]
    fn large_narrow_rectangles_become_bands_that_fit() {
        let large = Rect::new(7, 100, 1000, 1001);
        let (strips, narrow) = plan(&[large], 4000);
        assert_eq!(strips, []);
        assert!(
            narrow
                .iter()
                .all(|band| band.area() as usize * BYTES_PER_PIXEL <= SCRATCH)
        );
        assert!(
            narrow
                .windows(2)
                .all(|pair| pair[0].bottom() == i64::from(pair[1].y))
        );
        assert_eq!(narrow.iter().map(Rect::area).sum::<u64>(), large.area());
        assert_eq!(
            narrow.iter().copied().reduce(|all, band| all.union(&band)),
            Some(large)
        );
    }

    #[test]
    fn rows_are_copied_to_their_place() {
        let mut frame = vec![0; 4 * 3 * BYTES_PER_PIXEL];
        copy_rows(
            &mut frame,
            4,
            Rect::new(2, 1, 2, 2),
            &[7; 2 * 2 * BYTES_PER_PIXEL],
        );
        let row = |y: usize| &frame[y * 16..(y + 1) * 16];
        assert_eq!(row(0), [0; 16]);
        assert_eq!(row(1), [[0; 8], [7; 8]].concat());
        assert_eq!(row(2), [[0; 8], [7; 8]].concat());
    }
}
