//! `farol completions`: what a shell needs to complete the commands of `farol`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Failure, print};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Of which shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "farol", &mut script);
    print(&String::from_utf8_lossy(&script))
}
