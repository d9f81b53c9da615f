//! The command line of `farol`. Each command is a file; what they do is in the domains.
//!
//! Exit codes: 0 done · 1 failed, the reason is on standard error · 2 wrong use · 3 the address is in use · 4 the audit
//! chain is broken · 78 the configuration is not right.

mod account;
mod api;
mod audit;
mod certificate_authority;
mod check;
mod completions;
mod enrollment_token;
mod identity;
mod machine;
mod secrets;
mod serve;
mod sign_in_link;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::{Config, ConfigError, Options};
use crate::ctx::Ctx;
use crate::server::{self, StartError};
use crate::{openapi, telemetry};

/// Threads that may block (password hashes, files); the rest of the program never does.
const BLOCKING_THREADS: usize = 8;
/// Most threads of the runtime; more cost memory and bring nothing to a server of this kind.
const WORKERS_MAX: usize = 8;

/// Farol: see, support and run every machine a team looks after.
#[derive(Debug, Parser)]
#[command(
    name = "farol",
    version,
    about,
    subcommand_required = true,
    arg_required_else_help = true
)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGTERM or Ctrl-C.
    Serve,
    /// Print a one-time link: for the first account, or to sign in without a password.
    SignInLink(sign_in_link::Args),
    /// Let people back into their accounts.
    #[command(subcommand)]
    Account(account::Command),
    /// Make tokens with which machines are enrolled.
    #[command(subcommand)]
    EnrollmentToken(enrollment_token::Command),
    /// Look after machines' identity: duplicates, merges, blocks, keys.
    #[command(subcommand)]
    Machine(machine::Command),
    /// Decide about installations that wait.
    #[command(subcommand)]
    Quarantine(machine::QuarantineCommand),
    /// Work with the server's identity keys, which agents trust.
    #[command(subcommand)]
    Identity(identity::Command),
    /// Work with audit entries.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Work with the key of the secrets in the database.
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// Print the certificate of the server's own authority (PEM), for machines that shall trust it.
    CertificateAuthority(certificate_authority::Args),
    /// Check configuration, data directory and database, and change nothing else.
    Check,
    /// Call any route of a server's API with an API token.
    Api(Box<api::Args>),
    /// Print what a shell needs to complete these commands.
    Completions(completions::Args),
    /// Print the description of the API (OpenAPI 3.1, JSON).
    Openapi,
}

/// Why a command failed, for standard error.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("{0}")]
    Rule(String),
    #[error("The output cannot be written: {0}.")]
    Output(#[from] std::io::Error),
    /// Said already, on standard output.
    #[error("the audit chain is broken")]
    Broken,
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Start(StartError::Config(error))
    }
}

impl From<crate::error::Error> for Failure {
    fn from(error: crate::error::Error) -> Self {
        Self::Rule(match &error {
            crate::error::Error::NotFound(what) => format!("There is no such {what}."),
            crate::error::Error::Invalid(errors) => errors
                .iter()
                .map(|error| format!("{}: {}", error.field, error.detail))
                .collect::<Vec<_>>()
                .join(" "),
            other => other.to_string(),
        })
    }
}

impl Failure {
    fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Start(StartError::Config(_) | StartError::Tls(_) | StartError::Secrets(_)) => 78,
            Self::Start(StartError::AddressInUse(_)) => 3,
            Self::Broken => 4,
            _ => 1,
        })
    }
}

/// Entry point of the program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = runtime().map_err(Failure::from).and_then(|runtime| {
        let outcome = runtime.block_on(run(cli));
        // Blocking threads that do not return must not keep the program from ending.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure);
            failure.exit_code()
        }
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.min(WORKERS_MAX))
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()
}

async fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Serve => serve::run(&cli.options).await,
        Command::SignInLink(args) => sign_in_link::run(&cli.options, &args).await,
        Command::Account(command) => account::run(&cli.options, command).await,
        Command::EnrollmentToken(command) => enrollment_token::run(&cli.options, command).await,
        Command::Machine(command) => machine::run(&cli.options, command).await,
        Command::Quarantine(command) => machine::quarantine(&cli.options, command).await,
        Command::Identity(command) => identity::run(&cli.options, command).await,
        Command::Audit(command) => audit::run(&cli.options, command).await,
        Command::Secrets(command) => secrets::run(&cli.options, command).await,
        Command::CertificateAuthority(args) => certificate_authority::run(&cli.options, args).await,
        Command::Check => check::run(&cli.options).await,
        Command::Api(args) => api::run(&cli.options, *args).await,
        Command::Completions(args) => completions::run(&args),
        Command::Openapi => print(&openapi::text()),
    }
}

/// Opens the data for a command that works beside a running server. Logs only warnings, to keep the output clean.
async fn open(options: &Options) -> Result<Ctx, Failure> {
    let config = Config::load(options)?;
    telemetry::init(config.log_format, "warn");
    Ok(server::open(config, Clock::default()).await?)
}

/// Writes to standard output.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

fn report(failure: &Failure) {
    let mut out = std::io::stderr().lock();
    if writeln!(out, "farol: {failure}").is_err() {
        // Where standard error is gone nobody can be told.
    }
}
