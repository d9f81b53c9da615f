//! The picture of the screen: what it shows, where it changed, the pointer on it, and what is the matter when there is
//! none. Encoding and pacing are elsewhere; keyboard and pointer input is in `input`.
//!
//! ```text
//!              ┌────────────── next_event() == None ──────────────┐
//!              ▼                                                   │
//!  open ──► wait() ──► next_event() ──┬─ Damage ─────► capture() ──┤   the frame buffer is brought up to date
//!                                     ├─ LayoutChanged ► layout() ─┤   the frame buffer has a new size, all of it damaged
//!                                     ├─ Cursor…, StateChanged ────┤
//!                                     └─ Lost ► drop, open again
//! ```
//!
//! INVARIANT: a change on the screen is either in the frame buffer, or announced by a `Damage` event that was not yet
//! answered by `capture`, or outside of what is looked at ([`ScreenSource::look_at`]). Nothing is lost between the two, and an unanswered `Damage` costs nothing: whoever paces may
//! leave it as long as it likes, later changes join it.

use std::time::Duration;

use crate::{DisplayTarget, Rect, Waker};

pub mod fake;
mod interest;
#[cfg(target_os = "linux")]
mod linux_x11;

/// Source of pictures of one desktop. Owned by one thread.
///
/// After opening, the first events are `Damage` for the whole desktop, the pointer's shape and position, and the state
/// if it is not [`ScreenState::Live`].
pub trait ScreenSource: Send {
    /// Size and monitors of the desktop, as of the last `LayoutChanged`. No cost.
    fn layout(&self) -> &Layout;

    /// Waits until an event may be there, the time is over, or the waker was used. Returns at once while events are
    /// queued. Spurious returns are allowed. No timer runs inside: an idle desktop costs nothing.
    ///
    /// # Errors
    /// [`ScreenError::Lost`] when the display went away.
    fn wait(&mut self, timeout: Option<Duration>) -> Result<(), ScreenError>;

    /// The next event, `None` when there is none at the moment. Does not wait for anything new to happen, may ask the
    /// display (a few dozen microseconds). After `Lost` there are no more.
    fn next_event(&mut self) -> Option<ScreenEvent>;

    /// Brings the frame buffer up to date and returns where it may have changed since the last call: at most
    /// [`MAX_RECTS`] rectangles inside the desktop, not overlapping, top to bottom. Empty when nothing changed.
    ///
    /// The first call, and the first one after `LayoutChanged`, return the whole desktop, or what of it is looked at. When the desktop changes its
    /// size at this very moment the answer is empty and `LayoutChanged` follows. Pixels outside of the rectangles may
    /// have been refreshed, too; they are reported by a later call.
    ///
    /// Costs about half a nanosecond per pixel, see the capture figures in `docs/performance.md`.
    ///
    /// # Errors
    /// [`ScreenError::Lost`] when the display went away; [`ScreenError::Unsupported`] when it changed to a pixel format
    /// that cannot be read.
    fn capture(&mut self) -> Result<Vec<Rect>, ScreenError>;

    /// Only these parts of the desktop matter from now on, until `LayoutChanged`; before the first call, all of it does.
    /// Damage elsewhere is not read and costs next to nothing; it is remembered, and where it comes to matter by another
    /// call a `Damage` event follows.
    fn look_at(&mut self, areas: &[Rect]);

    /// The whole frame buffer as of the last `capture`, without the pointer. No cost.
    fn pixels(&self) -> Pixels<'_>;

    /// Wakes `wait` from another thread.
    fn waker(&self) -> Waker;
}

/// Most rectangles one capture returns; above it, neighbors are merged. More would cost more to walk than they save.
pub const MAX_RECTS: usize = 64;

/// What happened on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScreenEvent {
    /// Pixels changed. Not repeated until [`ScreenSource::capture`] was called.
    Damage,
    /// The desktop's size or its monitors changed; [`ScreenSource::layout`] and [`ScreenSource::pixels`] are new. A
    /// `Damage` follows.
    LayoutChanged,
    /// The pointer looks different.
    CursorShape(CursorImage),
    /// The pointer is somewhere else, or was shown or hidden.
    CursorMoved(CursorPosition),
    /// The screen was locked, blanked, or is live again.
    StateChanged(ScreenState),
    /// The display went away, for the given reason. The last event.
    Lost(String),
}

/// Size and parts of a desktop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// Width of the whole desktop in pixels.
    pub width: u32,
    /// Height of the whole desktop in pixels.
    pub height: u32,
    /// The monitors, primary first, then from left to right; empty when the system does not tell.
    pub monitors: Vec<Monitor>,
}

/// One monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitor {
    /// The system's name for it (`eDP-1`, `\\.\DISPLAY1`).
    pub name: String,
    /// Its part of the desktop.
    pub area: Rect,
    /// The one with the task bar.
    pub primary: bool,
}

/// What the pointer looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorImage {
    /// Hash of everything below: equal pictures have equal ids, also over reconnects.
    pub id: u64,
    /// Pixels from left to right, at most [`CURSOR_SIDE_MAX`].
    pub width: u32,
    /// Pixels from top to bottom, at most [`CURSOR_SIDE_MAX`].
    pub height: u32,
    /// The pixel that points, from the left.
    pub hot_x: u32,
    /// The pixel that points, from the top.
    pub hot_y: u32,
    /// RGBA, color multiplied by alpha, top row first, `width * height * 4` bytes.
    pub rgba: Vec<u8>,
}

/// Longest side of a pointer picture; larger ones (nobody draws them) are cut at the right and bottom.
pub const CURSOR_SIDE_MAX: u32 = 256;

impl CursorImage {
    /// Makes an image and computes its id. `rgba` is cut or filled with transparency to the right length.
    pub fn new(size: (u32, u32), hot: (u32, u32), mut rgba: Vec<u8>) -> Self {
        let (width, height) = size;
        rgba.resize(width as usize * height as usize * 4, 0);
        let mut id = Fnv::new();
        for value in [width, height, hot.0, hot.1] {
            id.write(&value.to_le_bytes());
        }
        id.write(&rgba);
        Self {
            id: id.0,
            width,
            height,
            hot_x: hot.0,
            hot_y: hot.1,
            rgba,
        }
    }

    /// True when there is nothing to see: applications hide the pointer with such a picture.
    pub fn is_invisible(&self) -> bool {
        self.rgba.chunks_exact(4).all(|pixel| pixel[3] == 0)
    }
}

/// FNV-1a, 64 bits: a stable content hash for a few kilobytes, not against adversaries (the worst a collision does is a
/// wrong pointer picture).
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

/// Where the pointer is, in desktop pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CursorPosition {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
    /// False while an application hides it.
    pub visible: bool,
}

/// Whether the screen shows what people work with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ScreenState {
    /// Yes.
    #[default]
    Live,
    /// A lock screen is in front; which one, when known. Locks that the system does not tell about are `Live`.
    Locked(String),
    /// A log-on screen is in front, because nobody is logged on: whose.
    LogOn(String),
    /// A screen saver runs or the monitors sleep; why, in words for people. Input wakes it.
    Blank(String),
}

/// A borrowed frame buffer.
#[derive(Debug, Clone, Copy)]
pub struct Pixels<'a> {
    /// Four bytes a pixel: blue, green, red, undefined. Top row first; at least `stride * height` bytes.
    pub data: &'a [u8],
    /// Pixels from left to right.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bytes from one row to the next, at least `width * 4`.
    pub stride: usize,
}

impl Pixels<'_> {
    /// Blue, green and red of one pixel; `None` outside.
    pub fn bgr(&self, x: u32, y: u32) -> Option<[u8; 3]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let start = y as usize * self.stride + x as usize * 4;
        self.data
            .get(start..start + 3)
            .and_then(|pixel| pixel.try_into().ok())
    }
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScreenError {
    /// Nothing answers where the display should be.
    #[error("no display: {0}")]
    NoDisplay(String),
    /// There is a display, and it refuses us.
    #[error("access to the display denied: {0}")]
    AccessDenied(String),
    /// The display lacks something that capturing needs.
    #[error("the display cannot be captured: {0}")]
    Unsupported(String),
    /// The display was there and went away.
    #[error("display lost: {0}")]
    Lost(String),
}

/// Opens the screen of a display.
///
/// # Errors
/// Every [`ScreenError`]; on systems without a back end always [`ScreenError::Unsupported`].
pub fn open_screen(target: &DisplayTarget) -> Result<Box<dyn ScreenSource>, ScreenError> {
    #[cfg(target_os = "linux")]
    return linux_x11::open(target);
    #[cfg(not(target_os = "linux"))]
    {
        let reason = format!("no screen back end for this system ({})", target.address);
        Err(ScreenError::Unsupported(reason))
    }
}

/// Makes rectangles fit the promise of [`ScreenSource::capture`]: inside the desktop, not overlapping, few, top to
/// bottom.
fn tidy_rects(rects: Vec<Rect>, layout: &Layout) -> Vec<Rect> {
    let mut inside: Vec<Rect> = rects
        .iter()
        .filter_map(|rect| rect.clipped(layout.width, layout.height))
        .collect();
    if inside.len() > MAX_RECTS {
        inside = one_per_band(&inside, layout.height);
    }
    let mut tidy: Vec<Rect> = Vec::new();
    for mut rect in inside {
        // Every merge removes an element, so this ends.
        while let Some(at) = tidy.iter().position(|other| overlap(other, &rect)) {
            rect = rect.union(&tidy.swap_remove(at));
        }
        tidy.push(rect);
    }
    tidy.sort_by_key(|rect| (rect.y, rect.x));
    tidy
}

/// One rectangle around all that start in the same horizontal band: keeps two far corners apart, which one box around
/// everything would not.
fn one_per_band(rects: &[Rect], height: u32) -> Vec<Rect> {
    let band = height.div_ceil(MAX_RECTS as u32).max(1);
    let mut bands = [Rect::default(); MAX_RECTS];
    for rect in rects {
        let at = (rect.y.unsigned_abs() / band) as usize;
        if let Some(around) = bands.get_mut(at) {
            *around = around.union(rect);
        }
    }
    bands.into_iter().filter(|around| !around.is_empty()).collect()
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    i64::from(a.x) < b.right()
        && i64::from(b.x) < a.right()
        && i64::from(a.y) < b.bottom()
        && i64::from(b.y) < a.bottom()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_rectangles_become_few_that_cover_them() {
        let layout = Layout {
            width: 1000,
            height: 700,
            monitors: Vec::new(),
        };
        let many: Vec<Rect> = (0..5000)
            .map(|i| Rect::new(i * 37 % 990, i * 91 % 690, 9, 9))
            .collect();
        let few = tidy_rects(many.clone(), &layout);
        assert!(few.len() <= MAX_RECTS);
        for (at, rect) in few.iter().enumerate() {
            assert!(
                few[at + 1..].iter().all(|other| !overlap(rect, other)),
                "overlap at {at}"
            );
        }
        for rect in &many {
            assert!(
                few.iter().any(|around| around.union(rect) == *around),
                "{rect:?} lost"
            );
        }
    }

    #[test]
    fn cursor_ids_follow_content() {
        let image = CursorImage::new((2, 1), (0, 0), vec![1; 8]);
        assert_eq!(image.id, CursorImage::new((2, 1), (0, 0), vec![1; 8]).id);
        assert_ne!(image.id, CursorImage::new((1, 2), (0, 0), vec![1; 8]).id);
        assert_ne!(image.id, CursorImage::new((2, 1), (1, 0), vec![1; 8]).id);
        assert!(CursorImage::new((2, 2), (0, 0), vec![]).is_invisible());
    }
}
