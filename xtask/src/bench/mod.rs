//! `cargo xtask bench`: builds what is measured and what measures it, then hands over to a script in `bench/`.
//!
//! The method is in `bench/README.md`; the programs that draw, drive and count are in `bench/`. Not here: the bench without a
//! browser (`fleet.rs`).

pub(crate) mod fleet;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

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
const SCREEN_PARTS: &[&str] = &[
    "click",
    "click-video",
    "typing",
    "flood",
    "lines",
    "scroll",
    "drag",
    "video",
    "spreadsheet",
    "slides",
    "pan",
    "code",
    "idle",
    "viewer",
    "broadband-scroll",
    "broadband-click",
    "poor-typing",
    "poor-age",
];

/// Which bench.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Latency, handshake, idle, five scenes of our own: quick answers while something is changed.
    Product,
    /// Everything that a session's picture is judged by, with real programs.
    Screen,
}

impl Kind {
    /// The second word of the command line.
    pub(crate) fn from_word(word: Option<&str>) -> Result<Self> {
        match word {
            None => Ok(Self::Product),
            Some("screen") => Ok(Self::Screen),
            Some(other) => {
                bail!("there is no bench `{other}`; there are `bench`, `bench screen` and `bench fleet`")
            }
        }
    }

    const fn parts(self) -> &'static [&'static str] {
        match self {
            Self::Product => PARTS,
            Self::Screen => SCREEN_PARTS,
        }
    }

    const fn script(self) -> &'static str {
        match self {
            Self::Product => "bench/run.mjs",
            Self::Screen => "bench/screen.mjs",
        }
    }

    /// What has to be installed.
    fn packages(self) -> Vec<&'static [packages::Package]> {
        let both = [packages::BUILD, packages::DESKTOP, packages::BENCH];
        let more = match self {
            Self::Product => None,
            Self::Screen => Some(packages::BENCH_SCREEN),
        };
        both.into_iter().chain(more).collect()
    }
}

/// What the command line asked for.
pub(crate) struct Options {
    /// Which bench.
    pub(crate) kind: Kind,
    /// Short runs: to see that it works, not to quote.
    pub(crate) quick: bool,
    /// Some parts instead of all, with commas between them.
    pub(crate) only: Option<String>,
    /// How often everything is measured.
    pub(crate) runs: Option<u32>,
    /// Where contents begin.
    pub(crate) seed: Option<u32>,
    /// Another slow network than those of the bars; the script knows what it looks like.
    pub(crate) link: Option<String>,
    /// Whether the peer is measured too.
    pub(crate) peer: bool,
    /// Install packages without asking.
    pub(crate) yes: bool,
}

impl Options {
    fn wanted(&self) -> impl Iterator<Item = &str> {
        self.only.iter().flat_map(|only| only.split(','))
    }

    fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        if self.quick {
            arguments.push("--quick".to_owned());
        }
        if !self.peer {
            arguments.push("--no-peer".to_owned());
        }
        let pairs = self.wanted().map(|part| ("--only", part.to_owned()));
        let runs = self.runs.map(|runs| ("--runs", runs.to_string()));
        let seed = self.seed.map(|seed| ("--seed", seed.to_string()));
        let link = self.link.as_ref().map(|link| ("--link", link.clone()));
        for (name, value) in pairs.chain(runs).chain(seed).chain(link) {
            arguments.extend([name.to_owned(), value]);
        }
        arguments
    }
}

/// Measures, prints a table, writes `bench/out`.
///
/// # Errors
/// When something that is needed is missing or a program fails.
pub(crate) fn bench(options: &Options) -> Result<()> {
    let parts = options.kind.parts();
    if let Some(other) = options.wanted().find(|part| !parts.contains(part)) {
        bail!("there is no part `{other}`; the parts are {}", parts.join(", "));
    }
    console::require_node()?;
    disk::require(&repo::target_dir(), BUILD_MIB, "building")?;
    packages::require(&options.kind.packages(), options.yes)?;
    let logs: PathBuf = repo::target_dir().join("xtask/logs");
    console::install(&logs, None)?;
    console::build(&logs, None)?;
    if options.peer {
        install_peers(options.kind, &logs)?;
    }
    progress::step("building farol, farol-agent and the workload (release)", |last| {
        let mut build = repo::cargo();
        build.args(["build", "--release", "--locked"]);
        build.args(["-p", "farol-server", "-p", "farol-agent", "-p", "farol-workload"]);
        proc::run_logged(&mut build, &logs.join("build.log"), last, None)
    })?;
    let mut run = Command::new("node");
    run.current_dir(repo::root()).arg(options.kind.script());
    run.args(options.arguments());
    run.env("FAROL_BIN", repo::built("release", "farol"));
    run.env("FAROL_AGENT_BIN", repo::built("release", "farol-agent"));
    run.env("FAROL_WORKLOAD_BIN", repo::built("release", "farol-workload"));
    proc::run(&mut run)
}

/// Installs the peers that come from npm. One is needed; the other, a whole product with much around it, is compared with where it can be
/// installed.
fn install_peers(kind: Kind, logs: &Path) -> Result<()> {
    install_peer("novnc", "bench/peers", logs)
        .context("the peer's viewer could not be installed; is the package registry reachable?")?;
    if kind == Kind::Screen
        && let Err(error) = install_peer("meshcentral", "bench/peers/meshcentral", logs)
    {
        println!("  MeshCentral is left out, because it could not be installed: {error:#}");
    }
    Ok(())
}

fn install_peer(name: &str, folder: &str, logs: &Path) -> Result<()> {
    let title = format!("installing {name} to compare with");
    console::install_peer(&title, (&format!("bench-{name}"), folder), logs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_told_what_the_command_line_said() {
        let options = Options {
            kind: Kind::Screen,
            quick: true,
            only: Some("typing,idle".to_owned()),
            runs: Some(5),
            seed: None,
            link: Some("1,200,3".to_owned()),
            peer: false,
            yes: false,
        };
        let told = options.arguments().join(" ");
        assert_eq!(
            told,
            "--quick --no-peer --only typing --only idle --runs 5 --link 1,200,3"
        );
    }

    #[test]
    fn an_unknown_bench_is_refused() {
        assert!(Kind::from_word(Some("screem")).is_err());
        assert!(Kind::from_word(Some("screen")).is_ok_and(|kind| kind == Kind::Screen));
    }
}
