//! What a person calls: `enroll`, `run`, `status`, `prepare-image`, `uninstall`, `help`. Words for people stand here and in
//! [`failure`].

mod enroll;
mod failure;
mod help;
mod image;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use farol_platform::DisplayTarget;
use tokio::sync::watch;

use crate::backends::SystemBackends;
use crate::config::{Pending, Standing, StateDir, Status};
use crate::consent::{HELPER_COMMAND, face};
use crate::runtime::{self, RunConfig};
use crate::{logging, signals};
use failure::{EXIT_ALREADY_RUNNING, EXIT_CODES, EXIT_FAILED, Failure};

#[derive(Parser)]
#[command(
    name = "farol-agent",
    version,
    about = "Makes this machine reachable through a Farol server.",
    // "farol-agent help" is for people who need help.
    disable_help_subcommand = true,
    after_help = EXIT_CODES
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
    Enroll(enroll::EnrollArgs),
    /// Serve until stopped; what the system service calls.
    Run {
        /// The display to show, such as :0 [default: DISPLAY, else the first one found]
        #[arg(long, value_name = "DISPLAY")]
        display: Option<String>,
    },
    /// Say whether the agent is enrolled, running and connected.
    Status,
    /// Remove the machine's identity so that its disk can be copied; each copy then enrolls by itself.
    PrepareImage(image::ImageArgs),
    /// Remove the machine's identity and everything the agent keeps.
    Uninstall {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Let somebody help at this machine once, with a support code; nothing is installed.
    Help(help::HelpArgs),
    /// Show prompts to the end user; the agent starts this for itself.
    #[command(name = HELPER_COMMAND, hide = true)]
    Notice,
}

/// Runs the command line; errors go to standard error.
#[must_use]
pub fn main() -> ExitCode {
    let is_help = help::own_name().is_some();
    let cli = Cli::parse_from(help::named(std::env::args_os().collect(), is_help));
    let state = || StateDir::locate(cli.state).map_err(Failure::from);
    let result = match cli.command {
        Command::Enroll(args) => state().and_then(|state| enroll::enroll(&state, args)),
        Command::Run { display } => state().and_then(|state| run(state, display)),
        Command::Status => state().and_then(|state| status(&state)),
        Command::PrepareImage(args) => state().and_then(|state| image::prepare(&state, args)),
        Command::Uninstall { yes } => state().and_then(|state| uninstall(&state, yes)),
        Command::Help(args) => help::help(args),
        // Runs as the end user, who has no state of ours.
        Command::Notice => notice(),
    };
    match result {
        Ok(code) => code,
        Err(failure) => {
            say_error(&failure.to_string());
            ExitCode::from(failure.exit)
        }
    }
}

fn say(text: &str) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        // It is closed: there is nobody to tell.
    }
}

fn say_error(text: &str) {
    if writeln!(std::io::stderr(), "{text}").is_err() {
        // It is closed: there is nobody to tell.
    }
}

/// What cannot be done while an agent runs.
fn running(before: &str) -> Failure {
    Failure::new(
        "agent_running",
        format!("The agent is running. Stop it first (systemctl stop farol-agent), then go on {before}."),
    )
    .exit(EXIT_ALREADY_RUNNING)
}

fn run(state: StateDir, display: Option<String>) -> Result<ExitCode, Failure> {
    state.standing()?;
    let Some(_lock) = state.lock()? else {
        let text = format!("Another agent runs on {} already.", state.path().display());
        return Err(Failure::new("agent_running", text).exit(EXIT_ALREADY_RUNNING));
    };
    logging::start(Some(state.path()));
    if !farol_platform::return_freed_memory() {
        tracing::debug!("the allocator has no settings; the agent needs some megabytes more");
    }
    let backends = SystemBackends::new(display.map(DisplayTarget::new));
    let config = RunConfig {
        state,
        backends: Arc::new(backends),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new("system_failed", format!("The agent cannot start: {error}.")))?;
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
        Failure::from(error)
    })
}

fn notice() -> Result<ExitCode, Failure> {
    face::run().map(|()| ExitCode::SUCCESS).map_err(|error| {
        let text = format!("The end user cannot be shown anything: {error}.");
        Failure::new("notice_failed", text)
    })
}

fn status(state: &StateDir) -> Result<ExitCode, Failure> {
    match state.standing()? {
        Standing::Pending(pending) => say_pending(&pending),
        Standing::Enrolled(enrollment) => {
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
            // What somebody at the machine reads to a technician, to be sure that nobody stands in between.
            if let Some(key) = state.kept_pipe_key()? {
                say(&format!("Words:    {}", key.public().words()));
            }
        }
    }
    let known = state.load_status().unwrap_or_default();
    if state.lock()?.is_some() {
        let last = why(&known);
        say(&format!("Agent:    not running{last}"));
        return Ok(ExitCode::from(EXIT_FAILED));
    }
    let link = if known.link.is_empty() {
        "starting"
    } else {
        &known.link
    };
    say(&format!(
        "Agent:    running, {}{}",
        link.replace('_', " "),
        why(&known)
    ));
    say(&format!("Screen:   {}", known.screen));
    say(&format!("Sessions: {}", known.sessions));
    Ok(if known.link == "connected" {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_FAILED)
    })
}

fn say_pending(pending: &Pending) {
    say("Machine:  not enrolled yet");
    say(&format!("Server:   {}", pending.server));
    match &pending.refused {
        Some(refusal) => say(&format!("Refused:  {refusal}")),
        None if pending.applicant.is_none() => say("Next:     enrolls at the first start (prepared image)"),
        None => say("Next:     goes on asking until somebody approves it in the console"),
    }
}

/// What keeps the agent from the server, as sentence and code.
fn why(known: &Status) -> String {
    match (known.detail.as_str(), known.code.as_str()) {
        ("", "") => String::new(),
        ("", code) => format!(" [{code}]"),
        (detail, "") => format!(" ({detail})"),
        (detail, code) => format!(" ({detail}) [{code}]"),
    }
}

fn uninstall(state: &StateDir, yes: bool) -> Result<ExitCode, Failure> {
    if !state.path().exists() {
        say("There is nothing to remove.");
        return Ok(ExitCode::SUCCESS);
    }
    let lock = state.lock()?;
    if lock.is_none() {
        return Err(running("uninstalling"));
    }
    if !yes && !confirmed(state, "Remove this machine's identity")? {
        return Err(Failure::new(
            "not_confirmed",
            "Nothing was removed. Use --yes to remove without being asked.",
        ));
    }
    state.remove()?;
    say("Removed. The machine's record stays in the console until it is removed there.");
    Ok(ExitCode::SUCCESS)
}

fn confirmed(state: &StateDir, question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    say_error(&format!("{question} in {}? [y/N]", state.path().display()));
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.map_err(|error| Failure::new("not_confirmed", format!("The answer cannot be read: {error}.")))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
