//! `cargo xtask`: the one entry for building, starting, testing, generating and measuring Farol.
//!
//! Here: the command line and nothing else. Start with `up` for what a newcomer lives, `ci` for what a change has to
//! pass, `proc` and `progress` for how child processes are run and shown.

mod bench;
mod check;
mod ci;
mod console;
mod disk;
mod gen_files;
mod packages;
mod proc;
mod progress;
mod python;
mod repo;
mod test;
mod up;
mod wasm;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;

const HELP: &str = "\
usage: cargo xtask COMMAND [OPTIONS]

  up      build everything, start a server and this machine's agent, print the sign-in link
            --port N       port on 127.0.0.1 (8480)
            --data DIR     where all state is kept (./data)
            --display :N   the X display to show (DISPLAY when usable, else a virtual one is started)
            --no-agent     the server alone
            --yes          install missing Debian packages without asking
  test    install missing test peers and run every test
            --only WHAT    rust, web or e2e
            --yes          install without asking
  ci      what a change has to pass: format, lints, edges, tidy, licenses, generated files, all tests
  check   the quick part of ci
            --only WHAT    fmt, clippy, edges, tidy, lints, api or licenses
  gen     write all generated files (protobuf, OpenAPI, API client, WebAssembly)
            --check        compare only; differences fail
            --only WHAT    proto, api or wasm; api-baseline, when breaks of the API are decided on
  bench   measure against the peer, side by side; writes bench/out
            --quick        short runs
            --only WHAT    latency, handshake, idle, typing, scroll, drag, video or flips
            --no-peer      this product alone
  bench screen   everything that a session's picture is judged by, with real programs, in one run
            --quick        one short run
            --only W,W     click, click-video, one of the workloads, idle, viewer, or one over a link; see bench/README.md
            --runs N       how often everything is measured (3)
            --seed N       where contents, fonts, colors and backgrounds begin (1); each run has the next
            --link R,T,L   another slow network: Mbit/s, round trip in ms, percent lost (0)
            --no-peer      this product alone
  bench fleet    a server with thousands of agents over TLS: memory, processor, coming back, inventory, searches
            --only WHAT    the database: sqlite (the usual) or postgres
            --sizes N,N    how many agents (1000,5000,18000)
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Everything the command line can say; each command reads what it knows and refuses the rest.
#[derive(Default)]
struct Args {
    command: String,
    /// What of a command: the second word.
    what: Option<String>,
    only: Option<String>,
    port: Option<u16>,
    data: Option<String>,
    display: Option<String>,
    runs: Option<u32>,
    seed: Option<u32>,
    link: Option<String>,
    sizes: Option<String>,
    flags: Vec<&'static str>,
}

impl Args {
    fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    fn parse() -> Result<Self> {
        let mut args = Self::default();
        let mut parser = lexopt::Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Long("only") => args.only = Some(parser.value()?.string()?),
                Long("port") => args.port = Some(parser.value()?.parse().context("--port wants a number")?),
                Long("data") => args.data = Some(parser.value()?.string()?),
                Long("display") => args.display = Some(parser.value()?.string()?),
                Long("runs") => args.runs = Some(parser.value()?.parse().context("--runs wants a number")?),
                Long("seed") => args.seed = Some(parser.value()?.parse().context("--seed wants a number")?),
                Long("link") => args.link = Some(parser.value()?.string()?),
                Long("sizes") => args.sizes = Some(parser.value()?.string()?),
                Long("yes") | Short('y') => args.flags.push("yes"),
                Long("no-agent") => args.flags.push("no-agent"),
                Long("check") => args.flags.push("check"),
                Long("quick") => args.flags.push("quick"),
                Long("no-peer") => args.flags.push("no-peer"),
                Long("help") | Short('h') => args.command = "help".into(),
                Value(word) if args.command.is_empty() => args.command = word.string()?,
                Value(word) if args.what.is_none() => args.what = Some(word.string()?),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(args)
    }

    /// Refuses options that the command does not know, so that a typing error is not silently ignored.
    fn allow(&self, known: &[&str]) -> Result<()> {
        if let Some(what) = self.what.as_deref().filter(|_| self.command != "bench") {
            bail!(
                "`cargo xtask {}` does not know what `{what}` is; see `cargo xtask --help`",
                self.command
            );
        }
        let given = [
            ("runs", self.runs.is_some()),
            ("seed", self.seed.is_some()),
            ("link", self.link.is_some()),
            ("sizes", self.sizes.is_some()),
            ("only", self.only.is_some()),
            ("port", self.port.is_some()),
            ("data", self.data.is_some()),
            ("display", self.display.is_some()),
        ];
        let given = given
            .iter()
            .filter(|(_, set)| *set)
            .map(|(name, _)| *name)
            .chain(self.flags.iter().copied());
        for name in given {
            if !known.contains(&name) {
                bail!(
                    "`cargo xtask {}` has no option --{name}; see `cargo xtask --help`",
                    self.command
                );
            }
        }
        Ok(())
    }
}

fn run() -> Result<()> {
    let args = Args::parse().context("the command line was not understood; see `cargo xtask --help`")?;
    let only = args.only.as_deref();
    match args.command.as_str() {
        "up" => {
            args.allow(&["port", "data", "display", "yes", "no-agent"])?;
            up::up(&up::Options {
                port: args.port.unwrap_or(8480),
                data: args.data.clone().unwrap_or_else(|| "data".into()).into(),
                display: args.display.clone(),
                agent: !args.has("no-agent"),
                yes: args.has("yes"),
            })
        }
        "test" => {
            args.allow(&["only", "yes"])?;
            test::test(only, args.has("yes"))
        }
        "ci" => {
            args.allow(&[])?;
            ci::ci()
        }
        "check" => {
            args.allow(&["only"])?;
            check::all(only)
        }
        "gen" => {
            args.allow(&["check", "only"])?;
            gen_files::generate(gen_files::Mode::from_check(args.has("check")), only)
        }
        "bench" if args.what.as_deref() == Some("fleet") => {
            args.allow(&["only", "sizes", "yes"])?;
            bench::fleet::bench(&bench::fleet::Options {
                engine: only.map(str::to_owned),
                sizes: args.sizes.clone(),
                yes: args.has("yes"),
            })
        }
        "bench" => {
            let kind = bench::Kind::from_word(args.what.as_deref())?;
            match kind {
                bench::Kind::Product => args.allow(&["quick", "only", "no-peer", "yes"])?,
                bench::Kind::Screen => {
                    args.allow(&["quick", "only", "no-peer", "yes", "runs", "seed", "link"])?
                }
            }
            bench::bench(&bench::Options {
                kind,
                quick: args.has("quick"),
                only: only.map(str::to_owned),
                runs: args.runs,
                seed: args.seed,
                link: args.link.clone(),
                peer: !args.has("no-peer"),
                yes: args.has("yes"),
            })
        }
        "" | "help" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("there is no command `{other}`; see `cargo xtask --help`"),
    }
}
