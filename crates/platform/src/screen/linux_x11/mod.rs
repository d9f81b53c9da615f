//! The screen of an X11 display, driven by its events: XDamage for pixels, XFixes for the pointer's picture, raw motion
//! of XInput 2 for its place, RandR for the layout. Nothing is polled; with nothing drawn, nothing runs.
//!
//! Damage is reported once, when the damaged region stops being empty, and taken with one `Subtract` before the pixels
//! are read. So a drawing program costs us one event for each capture and not one for each line it draws, and what is
//! drawn between taking and reading is both read and reported again, never lost.

use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::time::Duration;

use x11rb::NONE;
use x11rb::connection::{Connection, SequenceNumber};
use x11rb::protocol::Event;
use x11rb::protocol::damage::{ConnectionExt as _, ReportLevel};
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::ConnectionExt as _;

use super::interest::Interest;
use super::{Layout, Pixels, ScreenError, ScreenEvent, ScreenSource};
use crate::display::linux_x11::{
    Display, RequestFailure, connect, is_display_of_its_own, layout, local_number,
};
use crate::wake::{WakeFd, wait_readable};
use crate::{DisplayTarget, Rect, Waker};

mod cursor;
mod frame;
mod setup;
mod shm;
mod state;

use frame::{FrameBuffer, Grab};

/// Refusals in a row after which a display is called unreadable instead of being resized.
const REFUSALS_MAX: u32 = 3;

pub(super) fn open(target: &DisplayTarget) -> Result<Box<dyn ScreenSource>, ScreenError> {
    let display = connect(target)?;
    let local = local_number(&target.address).is_some();
    // Those whose people log on to the same display are known by their windows.
    let greeter = target.user.clone().filter(|user| is_display_of_its_own(user));
    Ok(Box::new(X11Screen::new(display, local, greeter)?))
}

/// What is new and was not looked at yet.
#[derive(Debug, Clone, Copy, Default)]
struct News {
    layout: bool,
    shape: bool,
    pointer: bool,
}

/// Where the damage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damaged {
    No,
    /// Known here, not told.
    Yes,
    /// Told; no capture since.
    Told,
}

struct X11Screen {
    display: Display,
    wake: WakeFd,
    offers: setup::Offers,
    layout: Layout,
    frame: FrameBuffer,
    damage: u32,
    region: u32,
    damaged: Damaged,
    /// The next capture reads everything.
    whole: bool,
    interest: Interest,
    refusals: u32,
    /// Number of the last `Subtract`: damage reported before it is old.
    last_subtract: SequenceNumber,
    cursor: cursor::CursorTracker,
    state: state::StateTracker,
    news: News,
    queue: VecDeque<ScreenEvent>,
    lost: Option<String>,
    lost_told: bool,
}

impl X11Screen {
    fn new(display: Display, local: bool, greeter: Option<String>) -> Result<Self, ScreenError> {
        let offers = setup::check(&display, local)?;
        setup::select_events(&display, offers)?;
        let layout = layout::read(&display, offers.monitors)?;
        let frame = FrameBuffer::new(&display, layout.width, layout.height, offers.shared_memory)?;
        let state = state::StateTracker::new(&display, &layout, greeter)?;
        let (damage, region) = Self::watch_damage(&display)?;
        Ok(Self {
            display,
            wake: WakeFd::new().map_err(RequestFailure::from)?,
            offers,
            layout,
            frame,
            damage,
            region,
            damaged: Damaged::Yes,
            whole: true,
            interest: Interest::default(),
            refusals: 0,
            last_subtract: 0,
            cursor: cursor::CursorTracker::default(),
            state,
            news: News {
                layout: false,
                shape: true,
                pointer: true,
            },
            queue: VecDeque::new(),
            lost: None,
            lost_told: false,
        })
    }

    fn watch_damage(display: &Display) -> Result<(u32, u32), RequestFailure> {
        let (damage, region) = (display.conn.generate_id()?, display.conn.generate_id()?);
        display
            .conn
            .damage_create(damage, display.root(), ReportLevel::NON_EMPTY)?
            .check()?;
        display.conn.xfixes_create_region(region, &[])?.check()?;
        Ok((damage, region))
    }

    /// Takes in everything the server has sent.
    fn pump(&mut self) -> Result<(), RequestFailure> {
        while let Some((event, number)) = self.display.conn.poll_for_event_with_sequence()? {
            self.note(&event, number)?;
        }
        Ok(())
    }

    fn note(&mut self, event: &Event, number: SequenceNumber) -> Result<(), RequestFailure> {
        match event {
            Event::DamageNotify(_) => {
                let is_old = number < self.last_subtract;
                if !is_old && self.damaged == Damaged::No {
                    self.damaged = Damaged::Yes;
                }
            }
            Event::XinputRawMotion(_) => self.news.pointer = true,
            Event::XfixesCursorNotify(_) => {
                self.news.shape = true;
                self.news.pointer = true;
            }
            Event::RandrScreenChangeNotify(_) | Event::RandrNotify(_) => self.news.layout = true,
            Event::ConfigureNotify(event) if event.window == self.display.root() => self.news.layout = true,
            Event::ScreensaverNotify(event) => self.state.saver_changed(event.state),
            Event::DpmsInfoNotify(event) => self.state.power_changed(event.state, event.power_level),
            Event::MapNotify(event) => {
                let window = (event.window, event.override_redirect);
                self.state.window_mapped(&self.display, &self.layout, window)?;
            }
            Event::UnmapNotify(event) => self.state.window_gone(event.window),
            Event::DestroyNotify(event) => self.state.window_gone(event.window),
            _ => {}
        }
        Ok(())
    }

    fn has_news(&self) -> bool {
        let News {
            layout,
            shape,
            pointer,
        } = self.news;
        layout
            || shape
            || pointer
            || self.damaged == Damaged::Yes
            || self.state.is_news()
            || !self.queue.is_empty()
    }

    /// The next event, asking the server where its own events do not say enough.
    fn look(&mut self) -> Result<Option<ScreenEvent>, RequestFailure> {
        self.pump()?;
        if std::mem::take(&mut self.news.layout) && self.apply_layout()? {
            return Ok(Some(ScreenEvent::LayoutChanged));
        }
        if let Some(state) = self.state.changed() {
            self.queue.push_back(ScreenEvent::StateChanged(state));
        }
        if std::mem::take(&mut self.news.shape) {
            let image = self.cursor.read_shape(&self.display)?;
            self.queue.extend(image.map(ScreenEvent::CursorShape));
        }
        if std::mem::take(&mut self.news.pointer) {
            let pointer = self.display.conn.query_pointer(self.display.root())?.reply()?;
            self.queue
                .extend(self.cursor.moved(&pointer).map(ScreenEvent::CursorMoved));
        }
        if let Some(event) = self.queue.pop_front() {
            return Ok(Some(event));
        }
        if self.damaged == Damaged::Yes {
            self.damaged = Damaged::Told;
            return Ok(Some(ScreenEvent::Damage));
        }
        Ok(None)
    }

    /// Reads the layout; true when it is another one, and then the frame is new.
    fn apply_layout(&mut self) -> Result<bool, RequestFailure> {
        let layout = layout::read(&self.display, self.offers.monitors)?;
        if layout == self.layout {
            return Ok(false);
        }
        if (layout.width, layout.height) != (self.layout.width, self.layout.height) {
            let shared = self.offers.shared_memory;
            let frame = FrameBuffer::new(&self.display, layout.width, layout.height, shared)?;
            std::mem::replace(&mut self.frame, frame).detach(&self.display)?;
        }
        self.layout = layout;
        self.interest.reset();
        self.whole = true;
        self.damaged = Damaged::Yes;
        Ok(true)
    }

    /// Empties the server's damaged region and returns what was in it.
    fn take_damage(&mut self) -> Result<Vec<Rect>, RequestFailure> {
        let conn = &self.display.conn;
        let subtract = conn.damage_subtract(self.damage, NONE, self.region)?;
        self.last_subtract = subtract.sequence_number();
        self.damaged = Damaged::No;
        let region = conn.xfixes_fetch_region(self.region)?;
        let pointer = conn.query_pointer(self.display.root())?;
        let rects = region.reply()?.rectangles;
        // Programs can move the pointer without motion; this round trip is free.
        let moved = self.cursor.moved(&pointer.reply()?);
        self.queue.extend(moved.map(ScreenEvent::CursorMoved));
        let rect = |r: x11rb::protocol::xproto::Rectangle| {
            Rect::new(r.x.into(), r.y.into(), r.width.into(), r.height.into())
        };
        Ok(rects.into_iter().map(rect).collect())
    }

    fn read(&mut self) -> Result<Vec<Rect>, RequestFailure> {
        self.state.ask_now_and_then(&self.display)?;
        let mut rects = self.take_damage()?;
        if self.whole {
            rects = vec![Rect::new(0, 0, self.layout.width, self.layout.height)];
        }
        let rects = self.interest.take(rects, &self.layout);
        match self.frame.grab(&self.display, &rects)? {
            Grab::Done => {
                self.whole = false;
                self.refusals = 0;
                Ok(rects)
            }
            Grab::Outside if self.refusals < REFUSALS_MAX => {
                self.refusals += 1;
                self.whole = true;
                self.damaged = Damaged::Yes;
                self.news.layout = true;
                Ok(Vec::new())
            }
            Grab::Outside => Err(RequestFailure::Refused("it does not hand out its picture".into())),
        }
    }

    fn wait_for_news(&mut self, timeout: Option<Duration>) -> Result<(), RequestFailure> {
        self.pump()?;
        if self.has_news() {
            return Ok(());
        }
        self.display.conn.flush()?;
        wait_readable(self.display.conn.stream().as_fd(), &self.wake, timeout)?;
        Ok(())
    }

    /// Remembers a loss; refusals are not one.
    fn remember(&mut self, failure: RequestFailure) -> ScreenError {
        if let RequestFailure::Lost(reason) = &failure {
            self.lost.get_or_insert_with(|| reason.clone());
        }
        failure.into()
    }
}

impl ScreenSource for X11Screen {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn wait(&mut self, timeout: Option<Duration>) -> Result<(), ScreenError> {
        match &self.lost {
            Some(reason) if self.lost_told => return Err(ScreenError::Lost(reason.clone())),
            Some(_) => return Ok(()),
            None => {}
        }
        match self.wait_for_news(timeout) {
            Ok(()) => Ok(()),
            // Told by `next_event` first.
            Err(failure) => match self.remember(failure) {
                ScreenError::Lost(_) => Ok(()),
                other => Err(other),
            },
        }
    }

    fn next_event(&mut self) -> Option<ScreenEvent> {
        if self.lost.is_none() {
            match self.look() {
                Ok(event) => return event,
                Err(RequestFailure::Lost(reason)) => self.lost = Some(reason),
                // Questions about the layout or the pointer that make no sense any more; newer events follow.
                Err(RequestFailure::Refused(_)) => return None,
            }
        }
        let reason = self.lost.clone()?;
        (!std::mem::replace(&mut self.lost_told, true)).then_some(ScreenEvent::Lost(reason))
    }

    fn capture(&mut self) -> Result<Vec<Rect>, ScreenError> {
        if let Some(reason) = &self.lost {
            return Err(ScreenError::Lost(reason.clone()));
        }
        self.read().map_err(|failure| self.remember(failure))
    }

    fn look_at(&mut self, areas: &[Rect]) {
        if self.interest.look_at(areas, &self.layout) {
            self.damaged = Damaged::Yes;
        }
    }

    fn pixels(&self) -> Pixels<'_> {
        Pixels {
            data: self.frame.bytes(),
            width: self.layout.width,
            height: self.layout.height,
            stride: self.frame.stride(),
        }
    }

    fn waker(&self) -> Waker {
        self.wake.waker()
    }
}
