//! `farol-agent enroll`.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::failure::Failure;
use super::{say, say_error};
use crate::config::StateDir;
use crate::enroll::token_source::{self, Given};
use crate::enroll::{self, EnrollRequest};

/// Where token and address come from, for `--help`.
const SOURCES: &str = "The token is taken from the first of these that has one:
  1. the command line (other people on this machine can see it while the program runs)
  2. --token-file
  3. the variable FAROL_TOKEN
  4. the name of this program's file, wherever it stands in it
  5. \"token\" in farol-agent.json beside the program
  6. standard input, or you are asked for it

The server's address from: --server, FAROL_SERVER, the name of this program's file, \"server\" in farol-agent.json.
A file name with both: farol-agent@HOST-TOKEN or farol-agent@HOST_PORT-TOKEN (always https). What browsers do to names
of downloads does no harm.";

#[derive(Args)]
#[command(after_help = SOURCES)]
pub(super) struct EnrollArgs {
    /// The enrollment token; visible to others on this machine while the program runs
    #[arg(value_name = "TOKEN", conflicts_with_all = ["token", "token_file"])]
    positional: Option<String>,
    /// The server's address, such as https://farol.example.org
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// The same as TOKEN
    #[arg(long, value_name = "TOKEN", conflicts_with = "token_file")]
    token: Option<String>,
    /// File that holds the enrollment token; - is standard input
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

pub(super) fn enroll(state: &StateDir, args: EnrollArgs) -> Result<ExitCode, Failure> {
    if state.is_enrolled() && !args.replace {
        let place = state
            .load()
            .map_or_else(|_| "a server".to_owned(), |known| known.server.to_string());
        return Err(Failure::new(
            "already_enrolled",
            format!(
                "This machine is enrolled already, with {place}. Use --replace to give it a new identity."
            ),
        ));
    }
    state.create()?;
    let Some(_lock) = state.lock()? else {
        return Err(super::running("enrolling"));
    };
    let request = request(args)?;
    let enrollment = enroll::enroll(&request)?;
    state.save(&enrollment)?;
    let (organization, site) = (&enrollment.organization, &enrollment.site);
    say(&format!(
        "Enrolled as machine {} at {} ({organization}, {site}).",
        enrollment.machine, enrollment.server
    ));
    Ok(ExitCode::SUCCESS)
}

fn request(args: EnrollArgs) -> Result<EnrollRequest, Failure> {
    let variable = |name| std::env::var(name).ok();
    let given = Given {
        argument: args.positional.or(args.token),
        file: args.token_file,
        environment: variable("FAROL_TOKEN"),
        server: args.server.or_else(|| variable("FAROL_SERVER")),
        // Without it there is one source less.
        program: std::env::current_exe().ok(),
    };
    let chosen = token_source::choose(&given, &mut ask)?;
    let ca_file = args.ca_file.or(chosen.ca_file);
    Ok(EnrollRequest {
        server: chosen.server,
        token: chosen.token,
        allow_insecure: args.allow_insecure,
        ca_file: ca_file.map(|path| std::path::absolute(&path).unwrap_or(path)),
        facts: farol_platform::system_facts(),
    })
}

/// One line of a person, or everything of a program.
fn ask() -> io::Result<String> {
    if !io::stdin().is_terminal() {
        return token_source::limited(io::stdin());
    }
    say_error("Paste the enrollment token and press Enter:");
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line)
}
