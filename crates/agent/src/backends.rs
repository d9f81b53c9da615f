//! How the agent reaches the machine it runs on. The real thing, and room for fakes in tests.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use farol_platform as platform;
use farol_platform::{
    Clipboard, ClipboardError, DisplayTarget, DisplayWatch, Evidence, InputError, InputSink, ScreenError,
    ScreenSource, SystemFacts,
};

use crate::consent::{Consent, SystemHelpers};
use crate::inventory::{Sensors, SystemSensors};
use crate::metrics::{Gauges, SystemGauges};
use crate::sessions::{EndUser, OutOfReach};

/// Opens what the platform crate offers. Each call may block for some milliseconds.
pub trait Backends: Send + Sync {
    /// The picture.
    ///
    /// # Errors
    /// The cause, when there is none.
    fn open_screen(&self) -> Result<Box<dyn ScreenSource>, ScreenError>;

    /// Keyboard and pointer; one for each viewer.
    ///
    /// # Errors
    /// The cause, when there is none.
    fn open_input(&self) -> Result<Box<dyn InputSink>, InputError>;

    /// The clipboard.
    ///
    /// # Errors
    /// The cause, when there is none.
    fn open_clipboard(&self) -> Result<Box<dyn Clipboard>, ClipboardError>;

    /// Tells when a display may have come.
    ///
    /// # Errors
    /// When the system cannot tell; then the agent looks in intervals.
    fn watch_displays(&self) -> io::Result<Box<dyn DisplayWatch>>;

    /// Facts about the machine.
    fn facts(&self) -> SystemFacts;

    /// What the machine is recognized by when the agent's state was lost.
    fn evidence(&self) -> Evidence;

    /// What tells of the machine in depth; `None` where that is nobody's business.
    fn sensors(&self) -> Option<Arc<dyn Sensors>> {
        None
    }

    /// What tells how busy the machine is; `None` where that is nobody's business, or the system does not tell.
    fn gauges(&self) -> Option<Arc<dyn Gauges>> {
        None
    }

    /// The person at the machine. Called once, by the running agent, within its runtime.
    fn end_user(&self) -> Arc<dyn EndUser> {
        Arc::new(OutOfReach)
    }
}

/// The machine itself.
#[derive(Debug, Default)]
pub struct SystemBackends {
    /// The display to show; `None` looks for one each time.
    display: Option<DisplayTarget>,
    /// Displays freed of what an agent that was killed had left pressed.
    freed: Mutex<HashSet<String>>,
    /// Another agent may have keys pressed there for its own viewers.
    beside_others: bool,
}

impl SystemBackends {
    /// Shows this display, or looks for one each time.
    #[must_use]
    pub fn new(display: Option<DisplayTarget>) -> Self {
        Self {
            display,
            freed: Mutex::default(),
            beside_others: false,
        }
    }

    /// For an agent that is not the machine's own: what is pressed already is another's business.
    #[must_use]
    pub fn beside_others(self) -> Self {
        Self {
            beside_others: true,
            ..self
        }
    }

    /// The first time a display is used, and so before any sink of ours is.
    fn free_once(&self, target: &DisplayTarget) {
        let mut freed = self.freed.lock().unwrap_or_else(PoisonError::into_inner);
        if self.beside_others || freed.contains(&target.address) {
            return;
        }
        match platform::release_stuck_input(target) {
            Ok(()) => drop(freed.insert(target.address.clone())),
            Err(error) => tracing::debug!(%error, "keys left pressed cannot be looked for"),
        }
    }

    fn target(&self) -> Option<DisplayTarget> {
        self.display.clone().or_else(platform::default_target)
    }
}

const NONE_FOUND: &str = "no graphical session was found on this machine";

impl Backends for SystemBackends {
    fn open_screen(&self) -> Result<Box<dyn ScreenSource>, ScreenError> {
        let target = self
            .target()
            .ok_or_else(|| ScreenError::NoDisplay(NONE_FOUND.into()))?;
        let screen = platform::open_screen(&target)?;
        self.free_once(&target);
        Ok(screen)
    }

    fn open_input(&self) -> Result<Box<dyn InputSink>, InputError> {
        let target = self
            .target()
            .ok_or_else(|| InputError::NoDisplay(NONE_FOUND.into()))?;
        platform::open_input(&target)
    }

    fn open_clipboard(&self) -> Result<Box<dyn Clipboard>, ClipboardError> {
        let target = self
            .target()
            .ok_or_else(|| ClipboardError::NoDisplay(NONE_FOUND.into()))?;
        platform::open_clipboard(&target)
    }

    fn watch_displays(&self) -> io::Result<Box<dyn DisplayWatch>> {
        platform::watch_displays()
    }

    fn facts(&self) -> SystemFacts {
        platform::system_facts()
    }

    fn evidence(&self) -> Evidence {
        platform::evidence()
    }

    fn sensors(&self) -> Option<Arc<dyn Sensors>> {
        Some(Arc::new(SystemSensors))
    }

    fn gauges(&self) -> Option<Arc<dyn Gauges>> {
        let gauges: Arc<dyn Gauges> = Arc::new(SystemGauges);
        platform::metrics::is_supported().then_some(gauges)
    }

    fn end_user(&self) -> Arc<dyn EndUser> {
        if platform::notice::is_supported() {
            Arc::new(Consent::start(Arc::new(SystemHelpers::new(self.display.clone()))))
        } else {
            Arc::new(OutOfReach)
        }
    }
}
