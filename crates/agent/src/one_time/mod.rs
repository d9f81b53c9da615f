//! The one-time agent: attended help on a machine that has no agent. Nothing is installed, no rights of an administrator are
//! needed, nothing is left behind.
//!
//! ```text
//! name of the file, command line ─▶ code and server ──redeemed──▶ token ─▶ enrolled, in a private folder ─▶ waiting
//!        the person, asked ─────────────┘                                                                    │
//!   over: End in the strip · the server's goodbye · ten minutes after the last session · an hour without one ◀┘
//!    └─▶ the server is told, the folder is removed, a last sentence
//! ```
//! Lives here: what happens in which order. Beside it: the file's name (`name`), the code's way (`invite`, `redeem`), whom to
//! speak with and how (`ask`, `words`), the folder (`folder`), the machine without its evidence (`backends`), and how long it
//! lasts (`term`). What the agent does for sessions is that of every agent: [`crate::runtime`].

mod ask;
mod backends;
mod folder;
mod invite;
mod name;
mod redeem;
mod term;
mod words;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use farol_platform::AtDisplay;
use farol_platform::notice::Language;
use farol_protocol::token::EnrollmentToken;
use farol_transport::UrlError;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::backends::{Backends, SystemBackends};
use crate::config::{Cause, ConfigError, Pending, StateDir};
use crate::consent::{Awaited, Event};
use crate::runtime::{self, RunConfig, RunError};
use crate::sessions::EndUser;
use crate::signals;
use ask::{Terminal, Voice, Window};
use backends::OneTimeBackends;
pub(crate) use backends::Visited;
use folder::Folder;
pub(crate) use term::Limits;
use term::{Over, Term};
use words::Words;

pub use name::HelpName;
pub use redeem::{Invitation, redeem};

/// How long the server may take to give the machine its identity when nobody has to approve it: it has just taken the code.
const ENROLLING_MAX: Duration = Duration::from_secs(60);

/// What is known when the program starts, as given.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The support code.
    pub code: Option<String>,
    /// The server's address.
    pub server: Option<String>,
    /// Certificate authorities to trust beside the public ones.
    pub ca_file: Option<PathBuf>,
}

impl Known {
    /// With what the name of the program's file says where nothing else does.
    #[must_use]
    pub fn or(self, name: Option<HelpName>) -> Self {
        let HelpName { code, server } = name.unwrap_or_default();
        Self {
            code: self.code.or_else(|| code.map(|code| code.reveal())),
            server: self.server.or_else(|| server.map(|server| server.to_string())),
            ca_file: self.ca_file,
        }
    }
}

/// How help ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The person at the machine ended it.
    ByEndUser,
    /// The server does not want this machine any more.
    ByServer,
    /// Whoever helped left and did not come back.
    Done,
    /// Nobody came.
    NobodyCame,
    /// The system, or whoever started the program, ended it.
    Stopped,
}

/// Why there is no help.
#[derive(Debug, thiserror::Error)]
pub enum HelpError {
    /// Nobody is logged on at a display, or it shows nothing.
    #[error("no display: {0}")]
    NoDisplay(String),
    /// There is no code.
    #[error("there is no support code")]
    CodeMissing,
    /// It is none.
    #[error("not a support code")]
    CodeMistyped,
    /// The server does not know it, or not any more.
    #[error("the server does not know the support code")]
    CodeUnknown,
    /// The server takes no more codes for now.
    #[error("too many codes were tried")]
    TooMany,
    /// There is no address.
    #[error("the server's address is missing")]
    ServerMissing,
    /// It is none that may be used.
    #[error("the address {address} cannot be used: {why}")]
    AddressInvalid {
        /// As given.
        address: String,
        /// Why not.
        why: UrlError,
    },
    /// The server cannot be reached.
    #[error("cannot reach {server}: {reason}")]
    Unreachable {
        /// Where.
        server: String,
        /// What happened.
        reason: String,
    },
    /// No authority confirms who it is.
    #[error("the certificate of {server} is not trusted: {reason}")]
    Certificate {
        /// Whose.
        server: String,
        /// What the authorities say.
        reason: String,
    },
    /// What answers there does not speak our language.
    #[error("the answer of {server} cannot be understood: {reason}")]
    NotFarol {
        /// Who.
        server: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server said no.
    #[error("the server refused ({code}): {detail}")]
    Refused {
        /// Stable code.
        code: String,
        /// Its sentence.
        detail: String,
    },
    /// The certificate file is unusable.
    #[error("{0}")]
    CaFile(String),
    /// What must be on disk cannot be kept.
    #[error("{0}")]
    State(String),
    /// The system is out of order.
    #[error("{0}")]
    System(String),
    /// All is over, and the folder is still there.
    #[error("{path} could not be removed: {reason}")]
    Left {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}

impl HelpError {
    /// Stable code: the server's own, or ours.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::NoDisplay(_) => "no_display",
            Self::CodeMissing => "code_missing",
            Self::CodeMistyped => "code_mistyped",
            Self::CodeUnknown => "code_unknown",
            Self::TooMany => "too_many_attempts",
            Self::ServerMissing => "server_address_missing",
            Self::AddressInvalid { .. } => "server_address_invalid",
            Self::Unreachable { .. } => "server_unreachable",
            Self::Certificate { .. } => "server_certificate_untrusted",
            Self::NotFarol { .. } => "server_answer_unexpected",
            Self::Refused { code, .. } => code,
            Self::CaFile(_) => "ca_file_unusable",
            Self::State(_) => "state_unusable",
            Self::System(_) => "system_failed",
            Self::Left { .. } => "folder_left",
        }
    }
}

impl From<ConfigError> for HelpError {
    fn from(error: ConfigError) -> Self {
        Self::State(error.to_string())
    }
}

/// A failure in the words of the person at the machine.
#[derive(Debug)]
pub struct Told {
    /// Full sentences.
    pub sentence: String,
    /// Stable.
    pub code: String,
}

/// Helps once: asks for what is missing, waits for help, and ends with the help. Blocks for as long as that takes.
///
/// # Errors
/// What failed; the person knows already, unless they have neither a terminal nor a display.
pub fn help(known: Known) -> Result<(), Told> {
    let language = Language::from_environment();
    let words = Words(language);
    let failed = |error: &HelpError| Told {
        sentence: words.sentence(error),
        code: error.code().to_owned(),
    };
    let mut voice = voice(words).map_err(|error| failed(&error))?;
    match helped(known, words, &mut *voice) {
        Ok(Some(ending)) => {
            voice.last(&words.ending(ending));
            Ok(())
        }
        Ok(None) => Ok(()),
        Err(error) => {
            voice.fail(&words.failure(&error));
            Err(failed(&error))
        }
    }
}

/// The terminal, or else a window. Help needs a display in any case.
fn voice(words: Words) -> Result<Box<dyn Voice>, HelpError> {
    let user = match farol_platform::end_user(None) {
        AtDisplay::Person(user) => user,
        AtDisplay::Nobody => {
            return Err(HelpError::NoDisplay("nobody is logged on at a display".into()));
        }
        AtDisplay::Contested { address } => {
            let why = format!("several accounts claim to be at {address}");
            return Err(HelpError::NoDisplay(why));
        }
    };
    let notices = farol_platform::open_notices(&user.display, words.0)
        .map_err(|error| HelpError::NoDisplay(error.to_string()))?;
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        return Ok(Box::new(Terminal {
            words,
            input: io::stdin().lock(),
            output: io::stderr(),
        }));
    }
    Ok(Box::new(Window::new(words, notices)))
}

fn helped(known: Known, words: Words, voice: &mut dyn Voice) -> Result<Option<Ending>, HelpError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| HelpError::System(error.to_string()))?;
    let hostname = farol_platform::system_facts().hostname;
    let mut redeem = |invitation: &Invitation| runtime.block_on(redeem(invitation, &hostname));
    let Some((invitation, token)) = invite::invited(known, words, voice, &mut redeem)? else {
        return Ok(None);
    };
    let stay = Stay {
        machine: Arc::new(SystemBackends::new(None).beside_others()),
        roots: folder::roots(),
        limits: Limits::default(),
    };
    let (stop, stopping) = watch::channel(false);
    let ended = runtime.block_on(async {
        let serving = stay.serve(&invitation, token, stopping, |organization| {
            voice.tell(&words.waiting(organization));
        });
        tokio::pin!(serving);
        tokio::select! {
            ended = &mut serving => ended,
            () = signals::stop_requested_or_left() => {
                stop.send_replace(true);
                serving.await
            }
        }
    });
    runtime.shutdown_background();
    ended.map(Some)
}

/// A one-time agent on a machine.
pub(crate) struct Stay {
    pub(crate) machine: Arc<dyn Backends>,
    /// Where its folder may be.
    pub(crate) roots: Vec<PathBuf>,
    pub(crate) limits: Limits,
}

impl Stay {
    /// Enrolls, waits, serves sessions, and leaves nothing. `waiting` is told the organization whose help is waited for.
    ///
    /// Needs a tokio runtime with IO and time. Dropping the future ends everything at once and removes the folder, too.
    ///
    /// # Errors
    /// When there is no help; see [`HelpError`].
    pub(crate) async fn serve(
        self,
        invitation: &Invitation,
        token: EnrollmentToken,
        stop: watch::Receiver<bool>,
        waiting: impl FnMut(&str),
    ) -> Result<Ending, HelpError> {
        let folder = Folder::create_in(&self.roots)?;
        let state = folder.state();
        state.save_pending(&Pending {
            server: invitation.server.clone(),
            allow_insecure: false,
            ca_file: invitation.ca_file.clone(),
            server_key: None,
            token,
            cause: Cause::Asked,
            applicant: None,
            refused: None,
        })?;
        let ended = self
            .run(&invitation.server.to_string(), &state, stop, waiting)
            .await;
        match (ended, folder.remove()) {
            (Ok(_), Err((path, error))) => Err(HelpError::Left {
                path,
                reason: error.to_string(),
            }),
            (ended, _) => ended,
        }
    }

    async fn run(
        self,
        server: &str,
        state: &StateDir,
        stop: watch::Receiver<bool>,
        waiting: impl FnMut(&str),
    ) -> Result<Ending, HelpError> {
        let backends = Arc::new(OneTimeBackends::new(self.machine));
        let watch = Watch {
            server,
            state,
            enrolled: backends.enrolled(),
            visited: backends.visited(),
            limits: self.limits,
            stop,
        };
        let (end, ending) = watch::channel(false);
        let config = RunConfig {
            state: state.clone(),
            backends,
        };
        let serving = runtime::run(config, ending);
        tokio::pin!(serving);
        let over = tokio::select! {
            result = &mut serving => return after(result, Ending::Stopped),
            over = watch.until_over(waiting) => over,
        };
        end.send_replace(true);
        let result = serving.await;
        match over {
            Ok(over) => after(result, over),
            Err(error) => Err(error),
        }
    }
}

/// What the runtime's end means, when it was to end like this.
fn after(result: Result<(), RunError>, ending: Ending) -> Result<Ending, HelpError> {
    match result {
        Ok(()) => Ok(ending),
        // The help desk is done with this machine.
        Err(RunError::NotEnrolled(_)) => Ok(Ending::ByServer),
        Err(RunError::Refused(refusal)) => Err(HelpError::Refused {
            code: refusal.code,
            detail: refusal.detail,
        }),
        Err(RunError::State(error)) => Err(error.into()),
        Err(RunError::Tls(error)) => Err(HelpError::CaFile(error.to_string())),
        Err(RunError::System(error)) => Err(HelpError::System(error.to_string())),
    }
}

/// Watches a running agent for its end.
struct Watch<'a> {
    server: &'a str,
    state: &'a StateDir,
    enrolled: watch::Receiver<bool>,
    visited: Arc<Visited>,
    limits: Limits,
    stop: watch::Receiver<bool>,
}

impl Watch<'_> {
    async fn until_over(mut self, mut waiting: impl FnMut(&str)) -> Result<Ending, HelpError> {
        let since = Instant::now();
        tokio::select! {
            biased;
            () = truth(&mut self.stop) => return Ok(Ending::Stopped),
            () = truth(&mut self.enrolled) => {}
            ending = not_enrolled(self.server, self.state, self.limits) => return ending,
        }
        let organization = self.state.load()?.organization;
        waiting(&organization);
        self.visited.wait_for(Some(Awaited { organization, since }));
        Ok(until_left(&self.visited, self.limits, since, &mut self.stop).await)
    }
}

/// Waits and helps until it is over, from `since` on.
pub(crate) async fn until_left(
    visited: &Visited,
    limits: Limits,
    since: Instant,
    stop: &mut watch::Receiver<bool>,
) -> Ending {
    let mut events = visited.events();
    let (mut visits, mut prompting) = (visited.visits(), visited.prompting());
    let mut term = Term::new(since).visits(*visits.borrow_and_update(), since);
    loop {
        // Whoever is being asked is about to let somebody in.
        let asked = *prompting.borrow_and_update();
        let ends = term.ends(limits).filter(|_| !asked);
        tokio::select! {
            biased;
            () = truth(stop) => return Ending::Stopped,
            () = given_up(&mut events) => return Ending::ByEndUser,
            () = changed(&mut visits) => term = term.visits(*visits.borrow_and_update(), Instant::now()),
            () = changed(&mut prompting) => {}
            over = at(ends) => return match over {
                Over::NobodyCame => Ending::NobodyCame,
                Over::Done => Ending::Done,
            },
        }
    }
}

/// Resolves when the identity is too long in coming. Where a person has to approve it first, that takes as long as they
/// are waited for.
async fn not_enrolled(server: &str, state: &StateDir, limits: Limits) -> Result<Ending, HelpError> {
    sleep(ENROLLING_MAX).await;
    let status = state.load_status().unwrap_or_default();
    if status.link == "waiting_for_approval" {
        sleep(limits.waiting.saturating_sub(ENROLLING_MAX)).await;
        return Ok(Ending::NobodyCame);
    }
    // A server that says no is heard at once; whatever else it was may be over another time.
    Err(HelpError::Unreachable {
        server: server.to_owned(),
        reason: match status.detail {
            detail if detail.is_empty() => "it does not answer in time".into(),
            detail => detail,
        },
    })
}

/// Until it is true; a sender that is gone says nothing any more.
async fn truth(of: &mut watch::Receiver<bool>) {
    if of.wait_for(|value| *value).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Until there is another value; a sender that is gone has none.
async fn changed<T>(of: &mut watch::Receiver<T>) {
    if of.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Until the person does not wait any longer. What was missed may have been that.
async fn given_up(events: &mut tokio::sync::broadcast::Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(Event::GiveUp) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

async fn at(ends: Option<(Instant, Over)>) -> Over {
    match ends {
        Some((time, over)) => {
            sleep_until(time).await;
            over
        }
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
