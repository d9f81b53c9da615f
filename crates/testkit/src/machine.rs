//! [`TestAgent`]: the real agent, on a machine made of the platform's fakes ([`FakeMachine`]) with a [`Disk`] that can be
//! copied, restored and wiped.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, ensure};
use farol_agent::backends::Backends;
use farol_agent::runtime::{RunConfig, RunError, run};
use farol_platform::clipboard::fake::{FakeClipboard, FakeClipboardControl};
use farol_platform::display::fake::FakeDisplayWatch;
use farol_platform::evidence::fake::evidence;
use farol_platform::facts::fake::facts;
use farol_platform::input::fake::{FakeInput, FakeInputRecord};
use farol_platform::screen::fake::{FakeScreen, FakeScreenControl};
use farol_platform::{
    Clipboard, ClipboardError, DisplayWatch, Evidence, InputError, InputSink, ScreenError, ScreenSource,
    SystemFacts,
};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{ApiClient, Disk, soon};

/// A machine without hardware: a screen that a test paints, input that is written down, a clipboard.
pub struct FakeMachine {
    parts: Mutex<Parts>,
}

struct Parts {
    display: Option<FakeScreen>,
    screen: FakeScreenControl,
    clipboard: Option<FakeClipboard>,
    clipboard_control: FakeClipboardControl,
    /// Of each viewer's sink, in order of opening.
    records: Vec<FakeInputRecord>,
    hostname: String,
    evidence: Evidence,
}

impl FakeMachine {
    /// A machine called "box" with a screen of this size, painted so that no two rows are alike.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Arc<Self> {
        Self::called("box", width, height)
    }

    /// A machine of this name; machines of different names have nothing in common that identifies them.
    #[must_use]
    pub fn called(name: &str, width: u32, height: u32) -> Arc<Self> {
        let (display, screen) = FakeScreen::new(width, height);
        screen.paint(farol_platform::Rect::new(0, 0, width, height), |x, y| {
            [
                (x % 251) as u8,
                (y % 241) as u8,
                ((x / 8 + y / 16) % 2 * 255) as u8,
            ]
        });
        let (clipboard, clipboard_control) = FakeClipboard::new();
        let parts = Parts {
            display: Some(display),
            screen,
            clipboard: Some(clipboard),
            clipboard_control,
            records: Vec::new(),
            hostname: name.to_owned(),
            evidence: evidence(name),
        };
        Arc::new(Self {
            parts: Mutex::new(parts),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What identifies the hardware and the installed system.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        self.lock().evidence.clone()
    }

    /// Other hardware or another installation, from the next time that it is read. A copy of a machine's disk in a virtual
    /// machine has all of the first one's but `smbios_uuid`; a new board changes that and `board_serial`; a reinstalled
    /// system changes `os_install_id`.
    pub fn change_evidence(&self, change: impl FnOnce(&mut Evidence)) {
        change(&mut self.lock().evidence);
    }

    /// Gives the machine another name.
    pub fn rename(&self, hostname: &str) {
        hostname.clone_into(&mut self.lock().hostname);
    }

    /// The hand that paints the screen.
    #[must_use]
    pub fn screen(&self) -> FakeScreenControl {
        self.lock().screen.clone()
    }

    /// The hand at the clipboard.
    #[must_use]
    pub fn clipboard(&self) -> FakeClipboardControl {
        self.lock().clipboard_control.clone()
    }

    /// What each viewer's hands did, in order of opening.
    #[must_use]
    pub fn records(&self) -> Vec<FakeInputRecord> {
        self.lock().records.clone()
    }

    /// The screen as it is: RGB, rows without gaps.
    #[must_use]
    pub fn rgb(&self) -> Vec<u8> {
        self.screen()
            .picture()
            .chunks_exact(4)
            .flat_map(|bgrx| [bgrx[2], bgrx[1], bgrx[0]])
            .collect()
    }
}

impl Backends for FakeMachine {
    fn open_screen(&self) -> Result<Box<dyn ScreenSource>, ScreenError> {
        match self.lock().display.take() {
            Some(display) => Ok(Box::new(display)),
            None => Err(ScreenError::NoDisplay("there is none".into())),
        }
    }

    fn open_input(&self) -> Result<Box<dyn InputSink>, InputError> {
        let (sink, record) = FakeInput::new();
        self.lock().records.push(record);
        Ok(Box::new(sink))
    }

    fn open_clipboard(&self) -> Result<Box<dyn Clipboard>, ClipboardError> {
        match self.lock().clipboard.take() {
            Some(clipboard) => Ok(Box::new(clipboard)),
            None => Err(ClipboardError::NoDisplay("there is none".into())),
        }
    }

    fn watch_displays(&self) -> io::Result<Box<dyn DisplayWatch>> {
        Ok(Box::new(FakeDisplayWatch::default()))
    }

    fn facts(&self) -> SystemFacts {
        facts(&self.lock().hostname)
    }

    fn evidence(&self) -> Evidence {
        FakeMachine::evidence(self)
    }
}

/// The real agent in a task of its own.
pub struct TestAgent {
    disk: Disk,
    machine: Arc<FakeMachine>,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), RunError>>,
}

impl TestAgent {
    /// Enrolls the machine the way an installer does, and starts.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn enroll(console: &mut ApiClient, machine: &Arc<FakeMachine>) -> anyhow::Result<Self> {
        let body =
            json!({ "name": "story", "max_uses": 1, "expires_in_seconds": 3600, "approval": "automatic" });
        let answer = console.post("/api/enrollment-tokens", &body).await?;
        ensure!(answer.status == 201, "no token: {answer:?}");
        let token = answer.body["token"].as_str().context("no token")?;
        let disk = Disk::new()?;
        disk.ask_with(console.address(), token)?;
        disk.enroll(machine).await?;
        Ok(Self::start(disk, machine))
    }

    /// Starts on a disk as it is: enrolled, or with something pending, which it then asks for by itself.
    #[must_use]
    pub fn start(disk: Disk, machine: &Arc<FakeMachine>) -> Self {
        let backends: Arc<dyn Backends> = Arc::clone(machine) as _;
        let config = RunConfig {
            state: disk.state(),
            backends,
        };
        let (stop, stopping) = watch::channel(false);
        Self {
            disk,
            machine: Arc::clone(machine),
            stop,
            task: tokio::spawn(run(config, stopping)),
        }
    }

    /// The disk, for looking at and for copying while the agent runs.
    #[must_use]
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Path of the machine in the API; of the one it is at this moment.
    #[must_use]
    pub fn path(&self) -> String {
        let machine = self.disk.state().load().map(|enrollment| enrollment.machine);
        machine.map_or_else(
            |_| "/api/machines/none".into(),
            |machine| format!("/api/machines/{machine}"),
        )
    }

    /// Stops in good order; the disk is left.
    ///
    /// # Errors
    /// It does not stop, or had failed.
    pub async fn stop(self) -> anyhow::Result<Disk> {
        self.stop.send_replace(true);
        let (disk, result) = self.over().await?;
        result?;
        Ok(disk)
    }

    /// Waits until it is over by itself, and says why; the disk is left.
    ///
    /// # Errors
    /// It goes on.
    pub async fn over(self) -> anyhow::Result<(Disk, Result<(), RunError>)> {
        let result = soon("the agent to end", self.task).await??;
        Ok((self.disk, result))
    }

    /// Stops without a word and starts again, as a supervisor does after a crash. The screen is left to the first run, so the
    /// second has none.
    pub async fn crash_and_restart(self) -> Self {
        self.task.abort();
        // Until it is gone; that it was aborted is what is asked for.
        drop(self.task.await);
        Self::start(self.disk, &self.machine)
    }
}
