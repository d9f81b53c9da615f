//! A machine made of the platform's fakes.

use std::io;
use std::sync::{Arc, Mutex};

use farol_platform::clipboard::fake::{FakeClipboard, FakeClipboardControl};
use farol_platform::display::fake::FakeDisplayWatch;
use farol_platform::input::fake::{FakeInput, FakeInputEvent, FakeInputRecord};
use farol_platform::screen::fake::{FakeScreen, FakeScreenControl};
use farol_platform::{
    Clipboard, ClipboardError, DisplayWatch, Evidence, InputError, InputSink, Rect, ScreenError,
    ScreenSource, SystemFacts, Waker,
};

use super::person::Person;
use crate::backends::Backends;
use crate::inventory::Sensors;
use crate::inventory::fake::FakeSensors;
use crate::metrics::Gauges;
use crate::sessions::EndUser;

/// What the test plays with.
pub(super) struct FakeMachine {
    parts: Mutex<Parts>,
    /// Who sits at it.
    pub(super) person: Arc<Person>,
    /// What tells of it in depth.
    pub(super) sensors: Option<Arc<FakeSensors>>,
    /// What tells how busy it is.
    gauges: Option<Arc<dyn Gauges>>,
}

struct Parts {
    display: Option<FakeScreen>,
    screen: FakeScreenControl,
    clipboard: Option<FakeClipboard>,
    clipboard_control: FakeClipboardControl,
    /// Of each viewer's sink, in order of opening.
    records: Vec<FakeInputRecord>,
    watch: Option<Waker>,
    /// Nobody is logged on.
    deserted: bool,
    /// Looking who is logged on fails.
    blind: bool,
}

impl FakeMachine {
    /// A machine that tells nothing in depth.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self::with(None))
    }

    /// One that does.
    pub(super) fn with_sensors() -> Arc<Self> {
        Arc::new(Self::with(Some(FakeSensors::new())))
    }

    /// One that tells how busy it is.
    pub(super) fn with_gauges(gauges: Arc<dyn Gauges>) -> Arc<Self> {
        Arc::new(Self {
            gauges: Some(gauges),
            ..Self::with(None)
        })
    }

    fn with(sensors: Option<Arc<FakeSensors>>) -> Self {
        let (display, screen) = FakeScreen::new(320, 200);
        // A black desktop is what viewers start from; there would be no frame.
        screen.fill(Rect::new(0, 0, 320, 200), [90, 80, 70]);
        let (clipboard, clipboard_control) = FakeClipboard::new();
        let parts = Parts {
            display: Some(display),
            screen,
            clipboard: Some(clipboard),
            clipboard_control,
            records: Vec::new(),
            watch: None,
            deserted: false,
            blind: false,
        };
        Self {
            parts: Mutex::new(parts),
            person: Arc::default(),
            sensors,
            gauges: None,
        }
    }

    pub(super) fn screen(&self) -> FakeScreenControl {
        self.parts.lock().unwrap().screen.clone()
    }

    pub(super) fn clipboard(&self) -> FakeClipboardControl {
        self.parts.lock().unwrap().clipboard_control.clone()
    }

    /// Whether a viewer's sink is open.
    pub(super) fn has_hands(&self) -> bool {
        !self.parts.lock().unwrap().records.is_empty()
    }

    /// What the first viewer's sink was told.
    pub(super) fn record(&self) -> FakeInputRecord {
        self.parts.lock().unwrap().records[0].clone()
    }

    /// What the second viewer's sink was told.
    pub(super) fn other_record(&self) -> FakeInputRecord {
        self.parts.lock().unwrap().records[1].clone()
    }

    /// Keys played by anybody.
    pub(super) fn input(&self) -> Vec<FakeInputEvent> {
        let records = self.parts.lock().unwrap().records.clone();
        let events = records.iter().flat_map(FakeInputRecord::events);
        events
            .filter(|event| matches!(event, FakeInputEvent::Key(_)))
            .collect()
    }

    /// Everybody logs off.
    pub(super) fn desert(&self) {
        self.parts.lock().unwrap().deserted = true;
    }

    /// From now on nobody can see who is there.
    pub(super) fn blind(&self) {
        self.parts.lock().unwrap().blind = true;
    }

    pub(super) fn lose_display(&self) {
        self.screen().lose("server closed");
    }

    /// A display appears; the watch says so.
    pub(super) fn new_display(&self, width: u32, height: u32) {
        let (display, screen) = FakeScreen::new(width, height);
        let mut parts = self.parts.lock().unwrap();
        parts.display = Some(display);
        parts.screen = screen;
        if let Some(waker) = &parts.watch {
            waker.wake();
        }
    }
}

impl Backends for FakeMachine {
    fn open_screen(&self) -> Result<Box<dyn ScreenSource>, ScreenError> {
        match self.parts.lock().unwrap().display.take() {
            Some(display) => Ok(Box::new(display)),
            None => Err(ScreenError::NoDisplay("there is none".into())),
        }
    }

    fn open_input(&self) -> Result<Box<dyn InputSink>, InputError> {
        let (sink, record) = FakeInput::new();
        self.parts.lock().unwrap().records.push(record);
        Ok(Box::new(sink))
    }

    fn open_clipboard(&self) -> Result<Box<dyn Clipboard>, ClipboardError> {
        match self.parts.lock().unwrap().clipboard.take() {
            Some(clipboard) => Ok(Box::new(clipboard)),
            None => Err(ClipboardError::NoDisplay("there is none".into())),
        }
    }

    fn watch_displays(&self) -> io::Result<Box<dyn DisplayWatch>> {
        let watch = FakeDisplayWatch::default();
        self.parts.lock().unwrap().watch = Some(watch.waker());
        Ok(Box::new(watch))
    }

    fn facts(&self) -> SystemFacts {
        let mut facts = farol_platform::facts::fake::facts("box");
        let (deserted, blind) = {
            let parts = self.parts.lock().unwrap();
            (parts.deserted, parts.blind)
        };
        assert!(!blind, "the test lets looking fail");
        if deserted {
            facts.users.clear();
        }
        facts
    }

    fn sensors(&self) -> Option<Arc<dyn Sensors>> {
        self.sensors.clone().map(|sensors| sensors as _)
    }

    fn gauges(&self) -> Option<Arc<dyn Gauges>> {
        self.gauges.clone()
    }

    fn end_user(&self) -> Arc<dyn EndUser> {
        Arc::clone(&self.person) as _
    }

    fn evidence(&self) -> Evidence {
        farol_platform::evidence::fake::evidence("box")
    }
}
