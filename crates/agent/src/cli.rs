//! What a person calls: `enroll`, `run`, `status`, `uninstall`. Full sentences here: what failed, and what to do.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use farol_platform::DisplayTarget;
use tokio::sync::watch;

use crate::backends::SystemBackends;
use crate::config::{ConfigError, StateDir};
use crate::enroll::{self, EnrollError, EnrollRequest};
use crate::runtime::{self, RunConfig, RunError};
use crate::{logging, signals};

/// Exit code of `run` when only a new enrollment helps; the service must not be restarted then.
const EXIT_NOT_ENROLLED: u8 = 3;

/// Exit code of `run` when another agent runs on the same state.
const EXIT_ALREADY_RUNNING: u8 = 4;

/// Most bytes of a token on standard input.
const TOKEN_MAX: u64 = 4096;

#[derive(Parser)]
#[command(
    name = "farol-agent",
    version,
    about = "Makes this machine reachable through a Farol server."
)]
struct Cli {
    /// Folder for the agent's state [default: /var/lib/farol-agent for root, else $XDG_STATE_HOME/farol-agent]
    #[arg(long, global = true, value_name = "DIR")]
    state: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Give this machine its identity with an enrollment token.
    Enroll(EnrollArgs),
    /// Serve until stopped; what the system service calls.
    Run {
        /// The display to show, such as :0 [default: DISPLAY, else the first one found]
        #[arg(long, value_name = "DISPLAY")]
        display: Option<String>,
    },
    /// Say whether the agent is enrolled, running and connected.
    Status,
    /// Remove the machine's identity and everything the agent keeps.
    Uninstall {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
struct EnrollArgs {
    /// The server's address, such as https://farol.example.org
    #[arg(long, value_name = "URL")]
    server: String,
    /// File that holds the enrollment token [default: FAROL_TOKEN, else standard input]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Certificate authorities to trust beside the public ones (PEM)
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Allow http:// to another machine: everything but the identity check is unprotected
    #[arg(long)]
    allow_insecure: bool,
    /// Replace an earlier enrollment
    #[arg(long)]
    replace: bool,
}

/// Something a person has to know, as full sentences, with the exit code.
struct Failure {
    text: String,
    code: u8,
}

impl Failure {
    fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: 1,
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::NotEnrolled(path) => Self {
                text: format!(
                    "This machine is not enrolled ({} does not exist). Run \"farol-agent enroll --server URL\" with a \
                     token from the console first.",
                    path.display()
                ),
                code: EXIT_NOT_ENROLLED,
            },
            ConfigError::Io { path, source } => Self::new(format!(
                "{} cannot be used: {source}. Check the folder, or choose another with --state.",
                path.display()
            )),
            ConfigError::Damaged { path, reason } => Self::new(format!(
                "{} is damaged ({reason}). Restore it, or enroll anew with \"farol-agent enroll --replace\".",
                path.display()
            )),
        }
    }
}

/// Runs the command line; errors go to standard error.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = StateDir::locate(cli.state)
        .map_err(Failure::from)
        .and_then(|state| match cli.command {
            Command::Enroll(args) => enroll(&state, args),
            Command::Run { display } => run(state, display),
            Command::Status => status(&state),
            Command::Uninstall { yes } => uninstall(&state, yes),
        });
    match result {
        Ok(code) => code,
        Err(failure) => {
            say_error(&failure.text);
            ExitCode::from(failure.code)
        }
    }
}

/// Standard output may be closed; there is nobody to tell then.
fn say(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

fn say_error(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

fn enroll(state: &StateDir, args: EnrollArgs) -> Result<ExitCode, Failure> {
    if state.is_enrolled() && !args.replace {
        let place = state
            .load()
            .map_or_else(|_| "a server".to_owned(), |known| known.server.to_string());
        return Err(Failure::new(format!(
            "This machine is enrolled already, with {place}. Use --replace to give it a new identity."
        )));
    }
    state.create()?;
    let Some(_lock) = state.lock()? else {
        return Err(Failure::new(
            "The agent is running on this state. Stop it before enrolling.",
        ));
    };
    let request = EnrollRequest {
        server: args.server,
        token: read_token(args.token_file)?,
        allow_insecure: args.allow_insecure,
        ca_file: args
            .ca_file
            .map(|path| std::path::absolute(&path).unwrap_or(path)),
        facts: farol_platform::system_facts(),
    };
    let enrollment = enroll::enroll(&request).map_err(|error| explain(&error))?;
    state.save(&enrollment)?;
    let (organization, site) = (&enrollment.organization, &enrollment.site);
    say(&format!(
        "Enrolled as machine {} at {} ({organization}, {site}).",
        enrollment.machine, enrollment.server
    ));
    Ok(ExitCode::SUCCESS)
}

fn explain(error: &EnrollError) -> Failure {
    let hint = match error {
        EnrollError::Url(_) => "Use the address that the console shows in its address bar.",
        EnrollError::Token(_) => "Copy the token again, all of it.",
        EnrollError::Unreachable { .. } => "Check the address, the network and whether the server runs.",
        EnrollError::Refused { code, .. } if code == "enrollment_token_invalid" => {
            "The token may have expired, been used up or been revoked; make a new one in the console."
        }
        EnrollError::Refused { .. } | EnrollError::Answer(_) => "Check the address and the server's log.",
        EnrollError::WrongServer(_) => {
            "The address leads to another server, or somebody is in between. Nothing was kept."
        }
        EnrollError::Tls(_) | EnrollError::Random(_) => "Check the file given with --ca-file.",
    };
    Failure::new(format!("This machine could not be enrolled: {error}. {hint}"))
}

fn read_token(file: Option<PathBuf>) -> Result<String, Failure> {
    if let Some(path) = file {
        return std::fs::read_to_string(&path).map_err(|error| {
            Failure::new(format!(
                "The token file {} cannot be read: {error}.",
                path.display()
            ))
        });
    }
    if let Ok(token) = std::env::var("FAROL_TOKEN") {
        return Ok(token);
    }
    if std::io::stdin().is_terminal() {
        say_error("Paste the enrollment token and press Enter:");
        let mut line = String::new();
        let read = std::io::stdin().read_line(&mut line);
        return read
            .map(|_| line)
            .map_err(|error| Failure::new(format!("The token cannot be read: {error}.")));
    }
    let mut token = String::new();
    let read = std::io::stdin().take(TOKEN_MAX).read_to_string(&mut token);
    read.map(|_| token)
        .map_err(|error| Failure::new(format!("The token cannot be read: {error}.")))
}

fn run(state: StateDir, display: Option<String>) -> Result<ExitCode, Failure> {
    let enrollment = state.load()?;
    let Some(_lock) = state.lock()? else {
        let text = format!("Another agent runs on {} already.", state.path().display());
        return Err(Failure {
            text,
            code: EXIT_ALREADY_RUNNING,
        });
    };
    logging::start(Some(state.path()));
    if !farol_platform::return_freed_memory() {
        tracing::debug!("the allocator has no settings; the agent needs some megabytes more");
    }
    let backends = SystemBackends::new(display.map(DisplayTarget::new));
    let config = RunConfig {
        enrollment,
        backends: Arc::new(backends),
        state: Some(state),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("The agent cannot start: {error}.")))?;
    let result = runtime.block_on(async {
        let (stop, stopping) = watch::channel(false);
        let serving = runtime::run(config, stopping);
        tokio::pin!(serving);
        tokio::select! {
            result = &mut serving => result,
            () = signals::stop_requested() => {
                stop.send_replace(true);
                serving.await
            }
        }
    });
    runtime.shutdown_background();
    result.map(|()| ExitCode::SUCCESS).map_err(|error| {
        tracing::error!(%error, "the agent stops");
        let code = if matches!(error, RunError::NotEnrolled(_)) {
            EXIT_NOT_ENROLLED
        } else {
            1
        };
        Failure {
            text: format!("The agent stops: {error}."),
            code,
        }
    })
}

fn status(state: &StateDir) -> Result<ExitCode, Failure> {
    let enrollment = state.load()?;
    say(&format!("Machine:  {}", enrollment.machine));
    say(&format!(
        "Server:   {} ({})",
        enrollment.server,
        enrollment.server_key.fingerprint()
    ));
    say(&format!(
        "Place:    {}, {}",
        enrollment.organization, enrollment.site
    ));
    if state.lock()?.is_some() {
        say("Agent:    not running");
        return Ok(ExitCode::from(1));
    }
    let known = state.load_status().unwrap_or_default();
    let detail = if known.detail.is_empty() {
        String::new()
    } else {
        format!(" ({})", known.detail)
    };
    say(&format!(
        "Agent:    running, {}{detail}",
        if known.link.is_empty() {
            "starting"
        } else {
            &known.link
        }
    ));
    say(&format!("Screen:   {}", known.screen));
    say(&format!("Sessions: {}", known.sessions));
    Ok(if known.link == "connected" {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn uninstall(state: &StateDir, yes: bool) -> Result<ExitCode, Failure> {
    if !state.path().exists() {
        say("There is nothing to remove.");
        return Ok(ExitCode::SUCCESS);
    }
    let lock = state.lock()?;
    if lock.is_none() {
        return Err(Failure::new(
            "The agent is running. Stop it first (systemctl disable --now farol-agent), then uninstall.",
        ));
    }
    if !yes && !confirmed(state)? {
        return Err(Failure::new(
            "Nothing was removed. Use --yes to remove without being asked.",
        ));
    }
    state.remove()?;
    say("Removed. The machine's record stays in the console until it is removed there.");
    Ok(ExitCode::SUCCESS)
}

fn confirmed(state: &StateDir) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    say_error(&format!(
        "Remove this machine's identity in {}? [y/N]",
        state.path().display()
    ));
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.map_err(|error| Failure::new(format!("The answer cannot be read: {error}.")))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
