//! `farol-agent help`, and the same program under the name that it is downloaded with.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::failure::Failure;
use crate::logging;
use crate::one_time::{self, HelpName, Known};

/// For `--help`.
const ABOUT: &str = "Nothing is installed and no administrator is needed: the program keeps a private temporary folder while it runs, and
removes it at its end. It ends by itself when the help is over, and when nobody came within an hour.

A program file with a name such as farol-help-K7QF2M9X4@farol.example.org does this by itself, with the code and the server
of its name (_PORT behind the host where it is not 443). Whatever is missing is asked for, on the terminal or in a window.

The server is reached with https and a certificate that a public authority confirms, or one in --ca-file; http is for this
machine itself.";

#[derive(Args)]
#[command(after_help = ABOUT)]
pub(super) struct HelpArgs {
    /// The server's address, such as farol.example.org
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// The support code, such as K7Q-F2M-9X4
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// Certificate authorities to trust beside the public ones (PEM)
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

pub(super) fn help(args: HelpArgs) -> Result<ExitCode, Failure> {
    // For people who want help a log is noise, on the terminal of all places.
    if std::env::var_os("FAROL_LOG").is_some() {
        logging::start(None);
    }
    if !farol_platform::return_freed_memory() {
        tracing::debug!("the allocator has no settings; the agent needs some megabytes more");
    }
    let given = Known {
        code: args.code,
        server: args.server,
        ca_file: args
            .ca_file
            .map(|path| std::path::absolute(&path).unwrap_or(path)),
    };
    let told = one_time::help(given.or(own_name()));
    told.map(|()| ExitCode::SUCCESS)
        .map_err(|told| Failure::new(told.code, told.sentence))
}

/// What the name of this program's file says.
pub(super) fn own_name() -> Option<HelpName> {
    let program = std::env::current_exe().ok()?;
    HelpName::find(&program.file_name()?.to_string_lossy())
}

/// The command line, with the command that the program's name stands for when nobody gave another.
pub(super) fn named(mut arguments: Vec<OsString>, is_help: bool) -> Vec<OsString> {
    let first = arguments.get(1).map(|first| Path::new(first).to_string_lossy());
    let plain = match first.as_deref() {
        None => true,
        Some("-V" | "--version") => false,
        Some(first) => first.starts_with('-'),
    };
    if is_help && plain {
        let at = arguments.len().min(1);
        arguments.insert(at, "help".into());
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(is_help: bool, words: &[&str]) -> Vec<String> {
        let line = named(words.iter().map(OsString::from).collect(), is_help);
        line.into_iter().map(|word| word.into_string().unwrap()).collect()
    }

    #[test]
    fn the_name_stands_for_the_command() {
        assert_eq!(line(true, &["farol-help-x"]), ["farol-help-x", "help"]);
        assert_eq!(line(true, &["x", "--code", "y"]), ["x", "help", "--code", "y"]);
        assert_eq!(line(true, &["x", "--help"]), ["x", "help", "--help"]);
        assert_eq!(line(true, &["x", "--version"]), ["x", "--version"]);
        // The window's helper, and whoever wants something else of it.
        assert_eq!(line(true, &["x", "notice"]), ["x", "notice"]);
        assert_eq!(line(false, &["farol-agent"]), ["farol-agent"]);
    }
}
