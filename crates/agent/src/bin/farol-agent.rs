//! Starts the agent. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    farol_agent::cli::main()
}
