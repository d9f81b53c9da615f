//! The helper as the agent sees it: a process on the end user's desktop that shows one view and says what is pressed.
//! What runs inside of it is in `face`.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use farol_platform::notice::{Answer, View};
use farol_platform::{AtDisplay, DisplayTarget, display, paths};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, watch};

use super::Presence;
use super::lines::{self, Lines, SAID_MAX};

/// The command of our program that is a helper.
pub(crate) const HELPER_COMMAND: &str = "notice";

/// What people see in their list of processes.
const PROGRAM_NAME: &str = "farol-agent";

/// What a helper said and the desk has not read. Full: the helper's pipe is not read, so it waits.
const SAID: usize = 16;

/// For a helper to take a view from its pipe, and to end after its pipe is closed; one that does neither is killed.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a helper says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// It has opened the display.
    Ready,
    /// The end user pressed something.
    Answer(Answer),
    /// It cannot show anything, for this reason, and ends.
    Failed(String),
}

/// Why there is no helper.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HelperError {
    /// Nobody is logged on at a display.
    #[error("nobody is logged on at a display")]
    Nobody,
    /// Somebody is, and it could not be started for them.
    #[error("the helper cannot be started: {0}")]
    Failed(String),
}

/// A helper that starts.
pub type Starting<'a> = Pin<Box<dyn Future<Output = Result<Helper, HelperError>> + Send + 'a>>;

/// Starts helpers. The real thing, and room for fakes in tests.
pub trait Helpers: Send + Sync {
    /// Who could be asked. May block for some milliseconds.
    fn presence(&self) -> Presence;

    /// Starts a helper for the end user.
    fn start(&self) -> Starting<'_>;
}

/// A helper that runs. Dropping it ends it.
pub struct Helper {
    /// What it shows; only the newest counts.
    pub(super) views: watch::Sender<View>,
    /// What it says; the end is its end.
    pub(super) said: mpsc::Receiver<Said>,
}

/// The other end of a [`Helper`].
pub struct HelperSide {
    /// What is to be shown; closed when the helper is to end.
    pub views: watch::Receiver<View>,
    /// What the helper says; dropped when it ends.
    pub said: mpsc::Sender<Said>,
}

impl Helper {
    /// A helper and its other end.
    #[must_use]
    pub fn pair() -> (Self, HelperSide) {
        let (views, to_show) = watch::channel(View::default());
        let (say, said) = mpsc::channel(SAID);
        let side = HelperSide {
            views: to_show,
            said: say,
        };
        (Self { views, said }, side)
    }
}

/// Helpers as processes of this machine.
#[derive(Debug, Default)]
pub struct SystemHelpers {
    display: Option<DisplayTarget>,
    program: Option<PathBuf>,
    /// It was said that nobody can tell who sits at the display.
    contested: AtomicBool,
}

impl SystemHelpers {
    /// For this display, or the one that is found each time: the same as for the picture.
    #[must_use]
    pub fn new(display: Option<DisplayTarget>) -> Self {
        Self {
            display,
            ..Self::default()
        }
    }

    /// With another program than our own.
    #[must_use]
    pub fn with_program(self, program: PathBuf) -> Self {
        Self {
            program: Some(program),
            ..self
        }
    }

    /// Once: whoever looks does so again and again.
    fn note_contested(&self, address: &str) {
        if !self.contested.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                address,
                "several accounts claim to be at the display; nobody can be asked, and somebody counts as there"
            );
        }
    }

    async fn spawn(&self) -> Result<Helper, HelperError> {
        let display = self.display.clone();
        let looking = tokio::task::spawn_blocking(move || display::end_user(display.as_ref()));
        let user = match looking.await {
            Ok(AtDisplay::Person(user)) => user,
            Ok(AtDisplay::Nobody) => return Err(HelperError::Nobody),
            Ok(AtDisplay::Contested { address }) => {
                self.note_contested(&address);
                return Err(HelperError::Failed("it cannot be told who sits there".into()));
            }
            Err(error) => return Err(HelperError::Failed(error.to_string())),
        };
        let program = match &self.program {
            Some(program) => program.clone(),
            None => paths::own_program().map_err(failed)?,
        };
        let mut command = Command::from(user.command(&program, PROGRAM_NAME));
        command
            .arg(HELPER_COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It runs as somebody else: nothing it writes belongs into our log.
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(failed)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(HelperError::Failed("it has no pipes".into()));
        };
        tracing::debug!(display = user.display.address, user = ?user.display.user, "helper started");
        let (helper, side) = Helper::pair();
        tokio::spawn(serve(child, (stdin, stdout), side));
        Ok(helper)
    }
}

fn failed(error: std::io::Error) -> HelperError {
    HelperError::Failed(error.to_string())
}

impl Helpers for SystemHelpers {
    fn presence(&self) -> Presence {
        match display::end_user(self.display.as_ref()) {
            AtDisplay::Person(user) => Presence::Somebody(user.display.user),
            AtDisplay::Nobody => Presence::Nobody,
            AtDisplay::Contested { address } => {
                self.note_contested(&address);
                Presence::Somebody(None)
            }
        }
    }

    fn start(&self) -> Starting<'_> {
        Box::pin(self.spawn())
    }
}

/// Passes views and answers until either side ends, then sees the process off.
async fn serve(mut child: Child, (mut stdin, stdout): (ChildStdin, ChildStdout), mut side: HelperSide) {
    let mut lines = Lines::new(stdout, SAID_MAX);
    if let Err(error) = pass(&mut stdin, &mut lines, &mut side).await {
        tracing::warn!(%error, "the helper does not behave and is ended");
        if let Err(error) = child.start_kill() {
            tracing::warn!(%error, "the helper could not be ended");
        }
    }
    drop(stdin);
    if tokio::time::timeout(PATIENCE, child.wait()).await.is_err() {
        tracing::debug!("the helper did not end by itself");
        if let Err(error) = child.kill().await {
            tracing::warn!(%error, "the helper could not be ended");
        }
    }
    // Only now: a new one may start when this is gone.
    drop(side);
}

async fn pass(
    stdin: &mut ChildStdin,
    lines: &mut Lines<ChildStdout>,
    side: &mut HelperSide,
) -> std::io::Result<()> {
    loop {
        tokio::select! {
            changed = side.views.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                let line = lines::line(&*side.views.borrow_and_update())?;
                match tokio::time::timeout(PATIENCE, stdin.write_all(&line)).await {
                    Ok(Ok(())) => {}
                    // It has ended; its last words may still be in the pipe.
                    Ok(Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
                    Ok(Err(error)) => return Err(error),
                    Err(_) => return Err(std::io::ErrorKind::TimedOut.into()),
                }
            }
            said = lines.next::<Said>() => match said? {
                Some(said) => {
                    if side.said.send(said).await.is_err() {
                        // The desk is gone; the views are closed, too.
                    }
                }
                None => return Ok(()),
            }
        }
    }
}
