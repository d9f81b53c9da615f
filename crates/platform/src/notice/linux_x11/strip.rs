//! The strip that is on the screen: its clock, its buttons, and being dragged sideways.

use std::time::{Duration, Instant};

use super::panel::{Kind, Panel};
use super::{Place, place};
use crate::Rect;
use crate::display::linux_x11::{Display, RequestFailure};
use crate::notice::draw::banner::{Content, paint};
use crate::notice::draw::{Picture, Target};
use crate::notice::view::Answer;

/// Pixels a pointer moves before it is a drag and no press.
const DRAG_FROM: i32 = 4;

/// The strip and its window.
pub(super) struct Strip {
    pub(super) panel: Panel,
    content: Content,
    /// When its time was true.
    told: Instant,
    hover: Option<Target>,
    pressed: Option<Target>,
    drag: Option<Drag>,
    /// Where somebody dragged its middle to.
    center: Option<i32>,
}

#[derive(Debug, Clone, Copy)]
struct Drag {
    /// Where the pointer went down, on the desktop.
    from: i32,
    /// Where the middle was then.
    center: i32,
    moved: bool,
}

impl Strip {
    pub(super) fn open(
        display: &Display,
        at: &Place,
        content: Content,
        now: Instant,
    ) -> Result<Self, RequestFailure> {
        let picture = painted(at, &content, content.running_seconds(), None);
        let area = area(at, &picture, None);
        let panel = Panel::open(display, Kind::Banner, (&at.atoms, at.cursor), picture, area)?;
        Ok(Self {
            panel,
            content,
            told: now,
            hover: None,
            pressed: None,
            drag: None,
            center: None,
        })
    }

    pub(super) fn update(&mut self, content: Content, now: Instant) {
        self.content = content;
        self.told = now;
    }

    fn running(&self, now: Instant) -> Duration {
        let running = Duration::from_secs(self.content.running_seconds());
        running.saturating_add(now.saturating_duration_since(self.told))
    }

    /// Paints what changed.
    pub(super) fn refresh(
        &mut self,
        display: &Display,
        at: &Place,
        now: Instant,
    ) -> Result<(), RequestFailure> {
        let picture = painted(at, &self.content, self.running(now).as_secs(), self.hover);
        let area = area(at, &picture, self.center);
        self.panel.put(display, picture, area)
    }

    /// When it looks different next: with the minute.
    pub(super) fn next_change(&self, now: Instant) -> Option<Instant> {
        let running = self.running(now);
        let minutes = running.as_secs() / 60 + 1;
        let left = Duration::from_secs(minutes.saturating_mul(60)).saturating_sub(running);
        now.checked_add(left)
    }

    /// The pointer moved: `x` and `y` in the window, `on_desktop` from the left.
    pub(super) fn motion(&mut self, x: i32, y: i32, on_desktop: i32) {
        let Some(drag) = &mut self.drag else {
            self.hover = self.panel.picture.hit(x, y);
            return;
        };
        let by = on_desktop.saturating_sub(drag.from);
        drag.moved |= by.abs() >= DRAG_FROM;
        if drag.moved {
            self.center = Some(drag.center.saturating_add(by));
        }
    }

    pub(super) fn leave(&mut self) {
        self.hover = None;
    }

    pub(super) fn press(&mut self, x: i32, y: i32, on_desktop: i32) {
        self.pressed = self.panel.picture.hit(x, y);
        let place = self.panel.place;
        self.drag = Some(Drag {
            from: on_desktop,
            center: place.x.saturating_add((place.width / 2) as i32),
            moved: false,
        });
    }

    /// A finger comes up: what was pressed, is still under it and was not dragged is meant.
    pub(super) fn release(&mut self, x: i32, y: i32) -> Option<Answer> {
        let dragged = self.drag.take().is_some_and(|drag| drag.moved);
        let meant = self.pressed.take().filter(|_| !dragged);
        let target = self
            .panel
            .picture
            .hit(x, y)
            .filter(|target| meant == Some(*target))?;
        match target {
            Target::TakeBack(right) => Some(Answer::TakeBack(right)),
            Target::End => Some(Answer::End),
            Target::Chat => Some(Answer::ChatOpened),
            _ => None,
        }
    }
}

fn painted(at: &Place, content: &Content, running: u64, hover: Option<Target>) -> Picture {
    let width = place::strip_width(at.monitor);
    paint(&at.fonts, at.language, at.scale, (content, running), hover, width)
}

fn area(at: &Place, picture: &Picture, center: Option<i32>) -> Rect {
    let size = (picture.canvas.width(), picture.canvas.height());
    place::strip(at.monitor, size, center)
}
