//! A screen that a test paints. [`FakeScreen::new`] gives the source and the hand that controls it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::interest::Interest;
use super::{
    CursorImage, CursorPosition, Layout, Monitor, Pixels, ScreenError, ScreenEvent, ScreenSource, ScreenState,
};
use crate::{Rect, Waker};

/// Shared by the source and its controllers.
#[derive(Debug, Default)]
struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Desk> {
        // A panic in another test thread must not hide its own message behind this one.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Desk)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }
}

/// What the fake "machine" shows, and which of it the source has not yet taken.
#[derive(Debug, Default)]
struct Desk {
    layout: Layout,
    pixels: Vec<u8>,
    damage: Vec<Rect>,
    damage_announced: bool,
    layout_changed: bool,
    cursor_shape: Option<CursorImage>,
    cursor: Option<CursorPosition>,
    state: Option<ScreenState>,
    lost: Option<String>,
    lost_announced: bool,
    woken: bool,
    /// Damage that was left is looked at now.
    unread_inside: bool,
    captures: u64,
    /// Pixels read by captures.
    read: u64,
}

impl Desk {
    fn resize(&mut self, layout: Layout) {
        self.pixels = vec![0; layout.width as usize * layout.height as usize * 4];
        self.damage = vec![Rect::new(0, 0, layout.width, layout.height)];
        self.damage_announced = false;
        self.layout = layout;
    }

    fn fill(&mut self, area: Rect, mut color: impl FnMut(u32, u32) -> [u8; 3]) {
        let Some(area) = area.clipped(self.layout.width, self.layout.height) else {
            return;
        };
        let stride = self.layout.width as usize * 4;
        for y in 0..area.height {
            let row = (area.y as usize + y as usize) * stride + area.x as usize * 4;
            for (x, pixel) in (0..area.width).zip(self.pixels[row..].chunks_exact_mut(4)) {
                pixel[..3].copy_from_slice(&color(x, y));
                pixel[3] = 0xff;
            }
        }
        self.damage.push(area);
    }

    fn has_news(&self) -> bool {
        self.layout_changed
            || (!self.damage.is_empty() && !self.damage_announced)
            || self.unread_inside
            || self.cursor_shape.is_some()
            || self.cursor.is_some()
            || self.state.is_some()
            || (self.lost.is_some() && !self.lost_announced)
    }
}

/// The source side: give it to the code under test.
#[derive(Debug)]
pub struct FakeScreen {
    shared: Arc<Shared>,
    layout: Layout,
    interest: Interest,
    frame: Vec<u8>,
}

impl FakeScreen {
    /// A black desktop with one monitor, and its controller.
    #[allow(
        clippy::new_ret_no_self,
        reason = "a fake is always made together with the hand that plays it"
    )]
    pub fn new(width: u32, height: u32) -> (FakeScreen, FakeScreenControl) {
        let layout = single_monitor(width, height);
        let shared = Arc::new(Shared::default());
        shared.change(|desk| {
            desk.resize(layout.clone());
            desk.cursor_shape = Some(CursorImage::new((1, 1), (0, 0), vec![0xff; 4]));
            desk.cursor = Some(CursorPosition {
                x: 0,
                y: 0,
                visible: true,
            });
        });
        let frame = vec![0; width as usize * height as usize * 4];
        (
            FakeScreen {
                shared: Arc::clone(&shared),
                layout,
                interest: Interest::default(),
                frame,
            },
            FakeScreenControl { shared },
        )
    }
}

fn single_monitor(width: u32, height: u32) -> Layout {
    let area = Rect::new(0, 0, width, height);
    Layout {
        width,
        height,
        monitors: vec![Monitor {
            name: "fake-0".into(),
            area,
            primary: true,
        }],
    }
}

impl ScreenSource for FakeScreen {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn wait(&mut self, timeout: Option<Duration>) -> Result<(), ScreenError> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut desk = self.shared.lock();
        while !desk.woken && !desk.has_news() {
            if let (Some(reason), true) = (&desk.lost, desk.lost_announced) {
                return Err(ScreenError::Lost(reason.clone()));
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            desk = match left {
                Some(Duration::ZERO) => return Ok(()),
                Some(left) => {
                    self.shared
                        .changed
                        .wait_timeout(desk, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => self
                    .shared
                    .changed
                    .wait(desk)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
        desk.woken = false;
        Ok(())
    }

    fn next_event(&mut self) -> Option<ScreenEvent> {
        let mut desk = self.shared.lock();
        if let Some(reason) = desk.lost.clone() {
            return (!std::mem::replace(&mut desk.lost_announced, true)).then_some(ScreenEvent::Lost(reason));
        }
        if std::mem::take(&mut desk.layout_changed) {
            self.layout = desk.layout.clone();
            self.interest.reset();
            self.frame = vec![0; desk.pixels.len()];
            return Some(ScreenEvent::LayoutChanged);
        }
        if let Some(state) = desk.state.take() {
            return Some(ScreenEvent::StateChanged(state));
        }
        if let Some(image) = desk.cursor_shape.take() {
            return Some(ScreenEvent::CursorShape(image));
        }
        if let Some(position) = desk.cursor.take() {
            return Some(ScreenEvent::CursorMoved(position));
        }
        let unread = std::mem::take(&mut desk.unread_inside);
        if unread || (!desk.damage.is_empty() && !desk.damage_announced) {
            desk.damage_announced = true;
            return Some(ScreenEvent::Damage);
        }
        None
    }

    fn capture(&mut self) -> Result<Vec<Rect>, ScreenError> {
        let mut desk = self.shared.lock();
        if let Some(reason) = &desk.lost {
            return Err(ScreenError::Lost(reason.clone()));
        }
        if desk.layout_changed {
            return Ok(Vec::new());
        }
        desk.captures += 1;
        desk.damage_announced = false;
        let rects = std::mem::take(&mut desk.damage);
        let rects = self.interest.take(rects, &self.layout);
        let stride = self.layout.width as usize * 4;
        for rect in &rects {
            let (x, y) = (rect.x as usize * 4, rect.y as usize);
            for row in y..y + rect.height as usize {
                let span = row * stride + x..row * stride + x + rect.width as usize * 4;
                self.frame[span.clone()].copy_from_slice(&desk.pixels[span]);
            }
        }
        desk.read += rects.iter().map(Rect::area).sum::<u64>();
        Ok(rects)
    }

    fn look_at(&mut self, areas: &[Rect]) {
        let mut desk = self.shared.lock();
        if !desk.layout_changed && self.interest.look_at(areas, &self.layout) {
            desk.unread_inside = true;
        }
    }

    fn pixels(&self) -> Pixels<'_> {
        Pixels {
            data: &self.frame,
            width: self.layout.width,
            height: self.layout.height,
            stride: self.layout.width as usize * 4,
        }
    }

    fn waker(&self) -> Waker {
        let shared = Arc::clone(&self.shared);
        Waker::new(move || shared.change(|desk| desk.woken = true))
    }
}

/// The hand that plays a [`FakeScreen`]. Clones play the same screen; all calls return at once.
#[derive(Debug, Clone)]
pub struct FakeScreenControl {
    shared: Arc<Shared>,
}

impl FakeScreenControl {
    /// Fills a rectangle with one color (blue, green, red); parts outside the desktop are ignored.
    pub fn fill(&self, area: Rect, bgr: [u8; 3]) {
        self.shared.change(|desk| desk.fill(area, |_, _| bgr));
    }

    /// Paints a rectangle; `color` gets the pixel's place within it and answers blue, green, red.
    pub fn paint(&self, area: Rect, color: impl FnMut(u32, u32) -> [u8; 3]) {
        self.shared.change(|desk| desk.fill(area, color));
    }

    /// Replaces the whole picture (four bytes a pixel, rows without gaps) and damages all of it; extra or missing bytes
    /// are ignored.
    pub fn show(&self, bgrx: &[u8]) {
        self.shared.change(|desk| {
            let bytes = bgrx.len().min(desk.pixels.len());
            desk.pixels[..bytes].copy_from_slice(&bgrx[..bytes]);
            desk.damage = vec![Rect::new(0, 0, desk.layout.width, desk.layout.height)];
        });
    }

    /// Moves what `area` shows by (dx, dy), as scrolling does; damages the target.
    pub fn scroll(&self, area: Rect, dx: i32, dy: i32) {
        self.shared.change(|desk| {
            let (width, height) = (desk.layout.width, desk.layout.height);
            let Some(area) = area.clipped(width, height) else {
                return;
            };
            let before = desk.pixels.clone();
            let target = Rect::new(area.x + dx, area.y + dy, area.width, area.height);
            let stride = width as usize * 4;
            desk.fill(target, |x, y| {
                let Some(visible) = target.clipped(width, height) else {
                    return [0; 3];
                };
                let from_x = (visible.x - dx) as usize + x as usize;
                let from_y = (visible.y - dy) as usize + y as usize;
                let at = from_y * stride + from_x * 4;
                [before[at], before[at + 1], before[at + 2]]
            });
        });
    }

    /// Gives the desktop a new size with one monitor, black.
    pub fn resize(&self, width: u32, height: u32) {
        self.set_layout(single_monitor(width, height));
    }

    /// Gives the desktop a new size and monitors, black.
    pub fn set_layout(&self, layout: Layout) {
        self.shared.change(|desk| {
            desk.resize(layout);
            desk.layout_changed = true;
        });
    }

    /// Changes the pointer's picture.
    pub fn set_cursor(&self, image: CursorImage) {
        self.shared.change(|desk| desk.cursor_shape = Some(image));
    }

    /// Moves, shows or hides the pointer.
    pub fn move_cursor(&self, position: CursorPosition) {
        self.shared.change(|desk| desk.cursor = Some(position));
    }

    /// Locks, blanks or revives the screen.
    pub fn set_state(&self, state: ScreenState) {
        self.shared.change(|desk| desk.state = Some(state));
    }

    /// Takes the display away, for good.
    pub fn lose(&self, reason: &str) {
        self.shared.change(|desk| desk.lost = Some(reason.to_owned()));
    }

    /// How often the source was captured so far.
    pub fn captures(&self) -> u64 {
        self.shared.lock().captures
    }

    /// How many pixels were read by captures so far.
    pub fn pixels_read(&self) -> u64 {
        self.shared.lock().read
    }

    /// What the desktop shows now, four bytes a pixel, rows without gaps.
    pub fn picture(&self) -> Vec<u8> {
        self.shared.lock().pixels.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(screen: &mut FakeScreen) -> Vec<ScreenEvent> {
        std::iter::from_fn(|| screen.next_event()).collect()
    }

    #[test]
    fn damage_is_announced_once_until_captured() {
        let (mut screen, control) = FakeScreen::new(64, 32);
        assert!(drain(&mut screen).contains(&ScreenEvent::Damage));
        assert_eq!(screen.capture().unwrap(), [Rect::new(0, 0, 64, 32)]);
        control.fill(Rect::new(60, 30, 10, 10), [1, 2, 3]);
        assert_eq!(drain(&mut screen), [ScreenEvent::Damage]);
        control.fill(Rect::new(0, 0, 2, 2), [9, 9, 9]);
        assert_eq!(drain(&mut screen), []);
        assert_eq!(
            screen.capture().unwrap(),
            [Rect::new(0, 0, 2, 2), Rect::new(60, 30, 4, 2)]
        );
        assert_eq!(screen.pixels().bgr(63, 31), Some([1, 2, 3]));
        assert_eq!(screen.capture().unwrap(), []);
    }

    #[test]
    fn resize_and_loss() {
        let (mut screen, control) = FakeScreen::new(8, 8);
        drain(&mut screen);
        control.resize(16, 4);
        assert_eq!(
            screen.capture().unwrap(),
            [],
            "the new size was not announced yet"
        );
        assert_eq!(
            drain(&mut screen),
            [ScreenEvent::LayoutChanged, ScreenEvent::Damage]
        );
        assert_eq!(screen.capture().unwrap(), [Rect::new(0, 0, 16, 4)]);
        control.lose("pulled the plug");
        screen.wait(None).unwrap();
        assert_eq!(drain(&mut screen), [ScreenEvent::Lost("pulled the plug".into())]);
        assert_eq!(
            screen.wait(None),
            Err(ScreenError::Lost("pulled the plug".into()))
        );
    }

    #[test]
    fn what_nobody_looks_at_is_read_when_somebody_does() {
        let (mut screen, control) = FakeScreen::new(64, 32);
        drain(&mut screen);
        screen.capture().unwrap();
        screen.look_at(&[Rect::new(0, 0, 32, 32)]);
        let read = control.pixels_read();
        control.fill(Rect::new(40, 0, 10, 10), [1, 2, 3]);
        assert_eq!(drain(&mut screen), [ScreenEvent::Damage]);
        assert_eq!(screen.capture().unwrap(), []);
        assert_eq!(control.pixels_read(), read);
        screen.look_at(&[Rect::new(32, 0, 32, 32)]);
        assert_eq!(drain(&mut screen), [ScreenEvent::Damage]);
        assert_eq!(screen.capture().unwrap(), [Rect::new(40, 0, 10, 10)]);
        assert_eq!(screen.pixels().bgr(45, 5), Some([1, 2, 3]));
    }

    #[test]
    fn scroll_moves_pixels() {
        let (mut screen, control) = FakeScreen::new(8, 8);
        control.fill(Rect::new(0, 4, 8, 1), [7, 7, 7]);
        control.scroll(Rect::new(0, 2, 8, 6), 0, -2);
        screen.capture().unwrap();
        assert_eq!(screen.pixels().bgr(3, 2), Some([7, 7, 7]));
        assert_eq!(screen.pixels().bgr(3, 3), Some([0, 0, 0]));
    }

    #[test]
    fn the_waker_ends_a_wait() {
        let (mut screen, _control) = FakeScreen::new(8, 8);
        drain(&mut screen);
        screen.waker().wake();
        screen.wait(None).unwrap();
    }
}
