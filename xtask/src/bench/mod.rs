//! `cargo xtask bench`: builds what is measured and what measures it, then hands over to `bench/run.mjs`.
//!
//! The method is in `bench/README.md`; the programs that draw, drive and count are in `bench/`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{console, disk, packages, proc, progress, repo};

const BUILD_MIB: u64 = 4096;
const PARTS: &[&str] = &[
    "latency",
    "handshake",
    "idle",
    "typing",
    "scroll",
    "drag",
    "video",
    "flips",
];

/// What the command line asked for.
pub(crate) struct Options {
    /// Short runs: to see that it works, not to quote.
    pub(crate) quick: bool,
    /// One part instead of all.
    pub(crate) only: Option<String>,
    /// Whether the peer is measured too.
    pub(crate) peer: bool,
    /// Install packages without asking.
    pub(crate) yes: bool,
}

/// Measures, prints a table, writes `bench/out`.
///
/// # Errors
/// When something that is needed is missing or a program fails.
pub(crate) fn bench(options: &Options) -> Result<()> {
    if let Some(other) = options.only.as_deref().filter(|part| !PARTS.contains(part)) {
        bail!("there is no part `{other}`; the parts are {}", PARTS.join(", "));
    }
    console::require_node()?;
    disk::require(&repo::target_dir(), BUILD_MIB, "building")?;
    let mut groups = vec![packages::BUILD, packages::DESKTOP];
    groups.push(packages::BENCH);
    packages::require(&groups, options.yes)?;
    let logs: PathBuf = repo::target_dir().join("xtask/logs");
    console::install(&logs, None)?;
    console::build(&logs, None)?;
    progress::step("building farol, farol-agent and the workload (release)", |last| {
        let mut build = repo::cargo();
        build.args(["build", "--release", "--locked"]);
        build.args(["-p", "farol-server", "-p", "farol-agent", "-p", "farol-workload"]);
        proc::run_logged(&mut build, &logs.join("build.log"), last, None)
    })?;
    let mut run = Command::new("node");
    run.current_dir(repo::root()).arg("bench/run.mjs");
    if options.quick {
        run.arg("--quick");
    }
    if !options.peer {
        run.arg("--no-peer");
    }
    if let Some(only) = &options.only {
        run.args(["--only", only]);
    }
    run.env("FAROL_BIN", repo::built("release", "farol"));
    run.env("FAROL_AGENT_BIN", repo::built("release", "farol-agent"));
    run.env("FAROL_WORKLOAD_BIN", repo::built("release", "farol-workload"));
    proc::run(&mut run)
}
