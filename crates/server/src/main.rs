//! Starts the server program; everything is in `farol_server::cli`.

fn main() -> std::process::ExitCode {
    farol_server::cli::main()
}
