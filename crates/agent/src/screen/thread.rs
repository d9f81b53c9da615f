//! The screen thread: waits for the display, captures when somebody can be shown something, encodes for each viewer.
//!
//! ```text
//! Absent (looking for a display) ──open──▶ Live ──lost──▶ Absent …            until told to stop
//! ```
//! While live it waits without a timer unless a lossy picture is to be made exact. A display is captured only when at
//! least one viewer can take a picture; until then changes add up in the display's own damage.

use std::sync::Arc;
use std::time::{Duration, Instant};

use farol_platform::{
    CursorImage, CursorPosition, DisplayWatch, Rect, ScreenError, ScreenEvent, ScreenSource,
    ScreenState as Seen, Waker,
};
use farol_protocol::pipe::message::screen::{ScreenCondition, ScreenState};
use tokio::sync::watch;

use super::Shared;
use super::slot::ViewerSlot;
use super::viewer::{Key, Moment, ViewerScreen};
use crate::Clock;
use crate::backends::Backends;
use crate::random;

/// First wait before looking for a display again, when nothing told us to.
const RETRY_FIRST: Duration = Duration::from_millis(250);
/// Longest such wait: a display that came unnoticed is found within this.
const RETRY_MAX: Duration = Duration::from_secs(5);
/// Never look more often than this, however often we are woken.
const RETRY_LEAST: Duration = Duration::from_millis(100);

/// Runs until told to stop.
pub(super) fn run(
    shared: &Arc<Shared>,
    backends: &dyn Backends,
    clock: Clock,
    status: &watch::Sender<ScreenState>,
) {
    let mut thread = Thread {
        shared,
        clock,
        status,
        viewers: Vec::new(),
        retry: RETRY_FIRST,
        untidy: false,
    };
    while !thread.stopped() {
        match backends.open_screen() {
            Ok(mut source) => {
                tracing::info!(
                    width = source.layout().width,
                    height = source.layout().height,
                    "display opened"
                );
                thread.retry = RETRY_FIRST;
                thread.live(source.as_mut());
            }
            Err(error) => thread.set_state(&state_of(&error)),
        }
        thread.absent(backends);
    }
}

struct Thread<'a> {
    shared: &'a Arc<Shared>,
    clock: Clock,
    status: &'a watch::Sender<ScreenState>,
    viewers: Vec<Viewer>,
    retry: Duration,
    /// Pictures were made since memory was given back.
    untidy: bool,
}

struct Viewer {
    slot: Arc<ViewerSlot>,
    screen: ViewerScreen,
    /// It was told that what it wants cannot be shown.
    refused: bool,
    /// It is not there, and its picture is not kept: it starts over when it is back.
    away: bool,
}

/// What is known about an open display beside its pixels.
#[derive(Default)]
struct Desk {
    /// Something changed since the last capture; since when, microseconds.
    dirty: Option<u64>,
    /// What the source was told to look at; empty for everything.
    looked_at: Vec<Rect>,
    captured_us: u64,
    shape: Option<Arc<CursorImage>>,
    position: Option<CursorPosition>,
}

impl Thread<'_> {
    fn stopped(&self) -> bool {
        self.shared.lock().stop
    }

    fn now_us(&self) -> u64 {
        self.clock.now().0
    }

    /// Tells everybody who looks, and the server through the facts.
    fn set_state(&mut self, state: &ScreenState) {
        let changed = self.status.send_if_modified(|current| {
            let changed = current != state;
            if changed {
                current.clone_from(state);
            }
            changed
        });
        if changed {
            tracing::info!(
                condition = state.condition.code(),
                detail = state.detail,
                "screen state"
            );
            // Who was refused is told when that is over.
            for viewer in self.viewers.iter().filter(|viewer| !viewer.refused) {
                viewer.slot.put(|out| out.state = Some(state.clone()));
            }
        }
    }

    /// Forgets viewers that left and takes in those that came, last in the list; returns how many came.
    fn update_viewers(&mut self) -> usize {
        self.viewers.retain(|viewer| !viewer.slot.is_closed());
        let joined = std::mem::take(&mut self.shared.lock().joined);
        for slot in &joined {
            let state = self.status.borrow().clone();
            slot.put(|out| out.state = Some(state));
            self.viewers.push(Viewer {
                slot: Arc::clone(slot),
                screen: ViewerScreen::new(),
                refused: false,
                away: false,
            });
        }
        joined.len()
    }

    // Without a display.

    /// Waits until it is worth looking for a display again.
    fn absent(&mut self, backends: &dyn Backends) {
        for viewer in &mut self.viewers {
            viewer.screen.stop();
            if std::mem::take(&mut viewer.refused) {
                let state = self.status.borrow().clone();
                viewer.slot.put(|out| out.state = Some(state));
            }
        }
        let mut watch = Watch::start(backends);
        self.shared.lock().waker = Some(watch.waker());
        let started = Instant::now();
        let patience = self.retry;
        self.retry = (self.retry * 2).min(RETRY_MAX);
        loop {
            self.update_viewers();
            for viewer in &mut self.viewers {
                let requests = viewer.slot.take_requests();
                if let Some(settings) = requests.settings {
                    viewer.screen.set(settings);
                }
                // There is no picture anyway, and each starts over when there is one.
                viewer.away = (viewer.away || requests.away) && !requests.resumed;
            }
            let waited = started.elapsed();
            if self.stopped() || waited >= patience {
                return;
            }
            watch.wait(patience - waited);
            if watch.is_real() && started.elapsed() >= RETRY_LEAST {
                return;
            }
        }
    }

    // With a display.

    fn live(&mut self, source: &mut dyn ScreenSource) {
        self.shared.lock().waker = Some(source.waker());
        let mut desk = Desk::default();
        let ok = ScreenState {
            condition: ScreenCondition::Ok,
            detail: String::new(),
        };
        self.set_state(&ok);
        for at in 0..self.viewers.len() {
            self.start_viewer(at, source, &desk);
        }
        while !self.stopped() {
            let joined = self.update_viewers();
            for at in self.viewers.len() - joined..self.viewers.len() {
                self.start_viewer(at, source, &desk);
            }
            self.serve_requests(source, &desk);
            self.look(source, &mut desk);
            let step = self.take_events(source, &mut desk).and_then(|()| {
                // A new desktop has made all of it be looked at.
                self.look(source, &mut desk);
                self.pump(source, &mut desk)
            });
            self.tidy();
            let step = step.and_then(|()| source.wait(self.next_timeout()));
            if let Err(error) = step {
                self.set_state(&state_of(&error));
                return;
            }
        }
    }

    /// What busy times leave in the heap goes back to the system when every picture has come to rest.
    fn tidy(&mut self) {
        if self.untidy && self.viewers.iter().all(|viewer| viewer.screen.is_settled()) {
            farol_platform::give_back_memory();
            self.untidy = false;
        }
    }

    /// Sends a viewer the layout and the pointer; its next picture starts from black.
    fn start_viewer(&mut self, at: usize, source: &dyn ScreenSource, desk: &Desk) {
        let now = self.now_us();
        let Some(viewer) = self.viewers.get_mut(at).filter(|viewer| !viewer.away) else {
            return;
        };
        match viewer.screen.start(source.layout(), key(), now) {
            Ok(layout) => {
                viewer.slot.put_layout(layout);
                viewer.slot.put(|out| {
                    out.shape.clone_from(&desk.shape);
                    out.position = desk.position;
                });
                if std::mem::take(&mut viewer.refused) {
                    let state = self.status.borrow().clone();
                    viewer.slot.put(|out| out.state = Some(state));
                }
            }
            Err(detail) => {
                let state = ScreenState {
                    condition: ScreenCondition::Unsupported,
                    detail,
                };
                viewer.refused = true;
                viewer.slot.put(|out| out.state = Some(state));
            }
        }
    }

    /// Tells the source which parts of the desktop anybody looks at. While nobody does, it stays as it was.
    fn look(&self, source: &mut dyn ScreenSource, desk: &mut Desk) {
        let mut areas: Vec<Rect> = Vec::new();
        for area in self.viewers.iter().filter_map(|viewer| viewer.screen.looks_at()) {
            if !areas.contains(&area) {
                areas.push(area);
            }
        }
        if !areas.is_empty() && areas != desk.looked_at {
            source.look_at(&areas);
            desk.looked_at = areas;
        }
    }

    fn serve_requests(&mut self, source: &dyn ScreenSource, desk: &Desk) {
        let now = self.now_us();
        for at in 0..self.viewers.len() {
            let Some(viewer) = self.viewers.get_mut(at) else {
                return;
            };
            let requests = viewer.slot.take_requests();
            if requests.away {
                viewer.away = true;
                viewer.screen.stop();
                viewer.slot.put(|out| out.frame = None);
            }
            let starts_over = requests.resumed && std::mem::take(&mut viewer.away);
            if requests.resumed {
                viewer.screen.resumed(now);
            }
            if let Some(settings) = requests.settings {
                viewer.screen.set(settings);
            }
            if let Some(micros) = requests.round_trip_us {
                viewer.screen.round_trip(now, micros);
            }
            if let Some(ack) = requests.ack {
                viewer.screen.acknowledge(now, ack);
            }
            if requests.refresh {
                tracing::warn!("a viewer could not use its picture and asks for all of it");
            }
            if viewer.screen.surface_is_due(now) || requests.refresh || starts_over {
                self.start_viewer(at, source, desk);
            }
        }
    }

    fn take_events(&mut self, source: &mut dyn ScreenSource, desk: &mut Desk) -> Result<(), ScreenError> {
        while let Some(event) = source.next_event() {
            match event {
                ScreenEvent::Damage => {
                    desk.dirty.get_or_insert(self.clock.now().0);
                }
                ScreenEvent::LayoutChanged => {
                    let layout = source.layout();
                    tracing::info!(
                        width = layout.width,
                        height = layout.height,
                        "desktop changed its size"
                    );
                    // Black until the damage that follows is captured: not worth showing.
                    desk.captured_us = 0;
                    desk.looked_at.clear();
                    for at in 0..self.viewers.len() {
                        self.start_viewer(at, source, desk);
                    }
                }
                ScreenEvent::CursorShape(image) => {
                    let image = Arc::new(image);
                    desk.shape = Some(Arc::clone(&image));
                    for viewer in &self.viewers {
                        viewer.slot.put(|out| out.shape = Some(Arc::clone(&image)));
                    }
                }
                ScreenEvent::CursorMoved(position) => {
                    desk.position = Some(position);
                    for viewer in &self.viewers {
                        viewer.slot.put(|out| out.position = Some(position));
                    }
                }
                ScreenEvent::StateChanged(seen) => self.set_state(&state_seen(seen)),
                ScreenEvent::Lost(reason) => return Err(ScreenError::Lost(reason)),
            }
        }
        Ok(())
    }

    /// Captures once if anybody can be shown something new, then makes a picture for each who can take one.
    fn pump(&mut self, source: &mut dyn ScreenSource, desk: &mut Desk) -> Result<(), ScreenError> {
        let can_take: Vec<bool> = self
            .viewers
            .iter()
            .map(|viewer| viewer.screen.wants_news() && viewer.slot.ready())
            .collect();
        if let Some(since) = desk.dirty
            && can_take.contains(&true)
        {
            let rects = source.capture()?;
            desk.dirty = None;
            desk.captured_us = self.now_us();
            for viewer in &mut self.viewers {
                viewer.screen.add_damage(&rects, since);
            }
        }
        if desk.captured_us == 0 {
            return Ok(());
        }
        let clock = self.clock;
        for (viewer, _) in self.viewers.iter_mut().zip(can_take).filter(|(_, can)| *can) {
            let moment = Moment {
                captured_us: desk.captured_us,
                last_input: viewer.slot.last_input(),
            };
            match viewer.screen.frame(clock.now().0, source.pixels(), moment) {
                Ok(Some(mut frame)) => {
                    frame.times.encoded_us = clock.now().0;
                    self.untidy = true;
                    viewer.slot.put(|out| out.frame = Some(frame));
                    if viewer.screen.has_news() {
                        viewer.slot.wake_when_ready();
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "a picture could not be encoded; starting over");
                    if let Ok(layout) = viewer.screen.start(source.layout(), key(), clock.now().0) {
                        viewer.slot.put_layout(layout);
                        desk.dirty.get_or_insert(desk.captured_us);
                    }
                }
            }
        }
        Ok(())
    }

    /// A timer only while some picture waits to be made exact, or for its time to change its size.
    fn next_timeout(&self) -> Option<Duration> {
        let resting = self
            .viewers
            .iter()
            .filter_map(|viewer| Some((viewer.screen.rest_at()?, &viewer.slot)));
        // One whose pipe is busy wakes us by itself; a timer for it would spin.
        let rest = resting.filter(|(_, slot)| slot.ready()).map(|(at, _)| at).min();
        let now = self.now_us();
        let surfaces = self.viewers.iter();
        let surface = surfaces
            .filter_map(|viewer| viewer.screen.surface_due_at(now))
            .min();
        let at = rest.into_iter().chain(surface).min()?;
        Some(Duration::from_micros(at.saturating_sub(now)))
    }
}

/// The system's watch for displays, or a plain timer where it has none.
enum Watch {
    System {
        watch: Box<dyn DisplayWatch>,
        fired: bool,
    },
    Timer(std::thread::Thread),
}

impl Watch {
    fn start(backends: &dyn Backends) -> Self {
        match backends.watch_displays() {
            Ok(watch) => Self::System { watch, fired: false },
            Err(_) => Self::Timer(std::thread::current()),
        }
    }

    fn waker(&self) -> Waker {
        match self {
            Self::System { watch, .. } => watch.waker(),
            Self::Timer(thread) => {
                let thread = thread.clone();
                Waker::new(move || thread.unpark())
            }
        }
    }

    fn wait(&mut self, timeout: Duration) {
        match self {
            Self::System { watch, fired } => match watch.wait(Some(timeout)) {
                Ok(()) => *fired = true,
                Err(_) => *self = Self::Timer(std::thread::current()),
            },
            Self::Timer(_) => std::thread::park_timeout(timeout),
        }
    }

    /// The wait may have ended because displays changed.
    fn is_real(&self) -> bool {
        matches!(self, Self::System { fired: true, .. })
    }
}

fn key() -> Key {
    // Without randomness the cache can be fooled by crafted content, which costs its viewers a wrong tile at worst.
    let bytes = random::bytes::<16>().map_or(0, u128::from_le_bytes);
    [(bytes >> 64) as u64, bytes as u64]
}

fn state_of(error: &ScreenError) -> ScreenState {
    let (condition, detail) = match error {
        ScreenError::NoDisplay(detail) => (ScreenCondition::NoDisplay, detail),
        ScreenError::AccessDenied(detail) => (ScreenCondition::AccessDenied, detail),
        ScreenError::Unsupported(detail) => (ScreenCondition::Unsupported, detail),
        ScreenError::Lost(detail) => (ScreenCondition::Lost, detail),
    };
    ScreenState {
        condition,
        detail: detail.clone(),
    }
}

fn state_seen(seen: Seen) -> ScreenState {
    let (condition, detail) = match seen {
        Seen::Live => (ScreenCondition::Ok, String::new()),
        Seen::Locked(detail) => (ScreenCondition::Locked, detail),
        Seen::LogOn(detail) => (ScreenCondition::LogOn, detail),
        Seen::Blank(detail) => (ScreenCondition::Blank, detail),
    };
    ScreenState { condition, detail }
}
