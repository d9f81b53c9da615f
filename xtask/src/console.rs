//! The web side of a build: Node.js, the packages of the console, its bundle, its own checks.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::proc::{self, Interrupt};
use crate::progress;
use crate::repo::{self, Stamp};

/// The oldest Node.js the console's tools run on.
const NODE_MAJOR: u32 = 20;
/// What the bundle is made from, below `web`. A name that does not exist is simply empty.
const BUNDLE_INPUTS: &[&str] = &[
    "app",
    "public",
    "scripts",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
];

/// Makes sure that a Node.js which is new enough, and npm, are there.
///
/// # Errors
/// Says what is missing or too old and how to get it.
pub(crate) fn require_node() -> Result<()> {
    let advice = format!(
        "install Node.js {NODE_MAJOR} or newer with npm (https://nodejs.org/en/download), then start again"
    );
    if proc::find("node").is_none() {
        bail!("Node.js was not found on this machine: {advice}");
    }
    let version = proc::output(Command::new("node").arg("--version"))?;
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|part| part.parse().ok());
    if major.is_none_or(|major: u32| major < NODE_MAJOR) {
        bail!(
            "Node.js {} is too old for the console's tools: {advice}",
            version.trim()
        );
    }
    if proc::find("npm").is_none() {
        bail!("npm was not found on this machine: {advice}");
    }
    Ok(())
}

/// An npm command in `web`, with nothing that talks about itself.
pub(crate) fn npm(args: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(repo::web()).args(args);
    command
        .env("NPM_CONFIG_UPDATE_NOTIFIER", "false")
        .env("NPM_CONFIG_FUND", "false");
    command.env("NPM_CONFIG_AUDIT", "false");
    command
}

/// Installs the packages of the console when the lock file changed since the last time.
pub(crate) fn install(logs: &Path, interrupt: Option<&Interrupt>) -> Result<()> {
    let web = repo::web();
    let title = "installing the console's packages";
    let stamp = Stamp::new("npm", &web, &["package-lock.json", ".npmrc"])?;
    if stamp.is_current() && web.join("node_modules/.package-lock.json").is_file() {
        progress::skip(title, "unchanged");
        return Ok(());
    }
    progress::step(title, |last| {
        proc::run_logged(
            &mut npm(&["ci", "--no-progress"]),
            &logs.join("npm-ci.log"),
            last,
            interrupt,
        )
        .context("the console's packages could not be installed; is the package registry reachable?")?;
        stamp.write()
    })
}

/// Installs what the lock file in `folder` names, a program that ours are tried with, when that changed since the last time. `stamp` names
/// it.
pub(crate) fn install_peer(title: &str, (stamp, folder): (&str, &str), logs: &Path) -> Result<()> {
    let folder = repo::root().join(folder);
    let log = logs.join(format!("npm-{stamp}.log"));
    let stamp = Stamp::new(stamp, &folder, &["package-lock.json"])?;
    if stamp.is_current() && folder.join("node_modules/.package-lock.json").is_file() {
        progress::skip(title, "unchanged");
        return Ok(());
    }
    progress::step(title, |last| {
        // Nobody's programs run only because something was installed.
        let mut install = npm(&["ci", "--no-progress", "--omit=optional", "--ignore-scripts"]);
        install.current_dir(&folder);
        proc::run_logged(&mut install, &log, last, None)?;
        stamp.write()
    })
}

/// Builds the console's bundle (`web/dist`) when one of its inputs changed since the last time.
pub(crate) fn build(logs: &Path, interrupt: Option<&Interrupt>) -> Result<()> {
    let web = repo::web();
    let title = "building the console";
    let stamp = Stamp::new("console", &web, BUNDLE_INPUTS)?;
    if stamp.is_current() && web.join("dist/index.html").is_file() {
        progress::skip(title, "unchanged");
        return Ok(());
    }
    progress::step(title, |last| {
        proc::run_logged(
            &mut npm(&["run", "build"]),
            &logs.join("console-build.log"),
            last,
            interrupt,
        )?;
        stamp.write()
    })
}
