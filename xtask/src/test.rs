//! `cargo xtask test`: every test there is, in one command, on a machine that had nothing.
//!
//! The order: what is cheap to fail first. What each runner said about itself is repeated at the end.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::progress::Table;
use crate::{console, disk, packages, proc, python, repo};

const PARTS: &[&str] = &["rust", "web", "e2e"];
/// A debug build of everything with its tests, from nothing.
const BUILD_MIB: u64 = 8192;

/// What the runners printed as their result, one line each.
#[derive(Default)]
pub(crate) struct Verdicts(Vec<String>);

impl Verdicts {
    /// Prints the lines; the last thing a run says.
    pub(crate) fn print(&self) {
        println!();
        for line in &self.0 {
            println!("  {line}");
        }
    }

    /// Runs a test runner with its output shown, and keeps its lines that contain one of `marks`.
    pub(crate) fn run(&mut self, name: &str, command: &mut Command, marks: &[&str]) -> Result<()> {
        // Colors would stand between the words that are looked for.
        command
            .env("NO_COLOR", "1")
            .env("CARGO_TERM_COLOR", "never")
            .env_remove("FORCE_COLOR");
        let mut kept = Vec::new();
        let result = proc::run_shown(command, |line| {
            if marks.iter().any(|mark| line.contains(mark)) {
                kept.push(format!("{name}: {}", line.trim()));
            }
        });
        self.0.append(&mut kept);
        result
    }
}

/// Runs everything, or the part called `only`.
///
/// # Errors
/// When a test fails or what the tests need cannot be had.
pub(crate) fn test(only: Option<&str>, yes: bool) -> Result<()> {
    if let Some(other) = only.filter(|part| !PARTS.contains(part)) {
        bail!("there is no part `{other}`; the parts are {}", PARTS.join(", "));
    }
    let mut table = Table::default();
    let mut verdicts = Verdicts::default();
    let result = prepare(&mut table, yes, disk::require).and_then(|()| into(&mut table, &mut verdicts, only));
    table.print();
    verdicts.print();
    result
}

/// Installs what the tests need, when `room` finds enough of it on the disk.
pub(crate) fn prepare(table: &mut Table, yes: bool, room: fn(&Path, u64, &str) -> Result<()>) -> Result<()> {
    table.section("what the tests need", || {
        console::require_node()?;
        room(&repo::target_dir(), BUILD_MIB, "building with tests")?;
        let groups = [
            packages::BUILD,
            packages::DESKTOP,
            packages::TEST,
            packages::GENERATE,
        ];
        packages::require(&groups, yes)?;
        console::install(&logs(), None)?;
        let peer = ("test-oidc", "crates/server/tests/peers/oidc");
        console::install_peer("installing an OpenID provider to test with", peer, &logs())?;
        let peer = ("webhooks", "crates/server/tests/peers/webhooks");
        python::install_peer("installing a library that verifies webhooks", peer, &logs())?;
        let peer = ("schemathesis", "crates/server/tests/peers/schemathesis");
        python::install_peer("installing a program that attacks the API", peer, &logs())
    })
}

/// As [`test`] after [`prepare`], with times and verdicts in the caller's tables.
pub(crate) fn into(table: &mut Table, verdicts: &mut Verdicts, only: Option<&str>) -> Result<()> {
    let wanted = |part: &str| only.is_none_or(|only| only == part);
    if wanted("web") {
        table.section("console: types", || {
            proc::run(&mut console::npm(&["run", "--silent", "typecheck"]))
        })?;
        table.section("console: lints", || {
            proc::run(&mut console::npm(&["run", "--silent", "lint"]))
        })?;
        table.section("console: unit tests", || {
            verdicts.run(
                "vitest",
                &mut console::npm(&["run", "--silent", "test"]),
                &["Tests  ", "Test Files  "],
            )
        })?;
        table.section("the bench's own arithmetic", || {
            let mut tests = Command::new("node");
            tests
                .args(["--test", "bench/lib/statistics.test.mjs"])
                .current_dir(repo::root());
            verdicts.run("node --test", &mut tests, &["# pass ", "# fail "])
        })?;
    }
    if wanted("rust") {
        table.section("unit, property, store, story and corpus tests", || rust(verdicts))?;
        table.section("examples in the documentation", || {
            let mut doc = repo::cargo();
            doc.args(["test", "--workspace", "--doc", "--locked", "--quiet"]);
            verdicts.run("doc tests", &mut doc, &[])
        })?;
    }
    if wanted("e2e") {
        table.section("programs and console for the end-to-end tests", || {
            console::build(&logs(), None)?;
            repo::build_for_tests()
        })?;
        table.section("end-to-end tests", || {
            verdicts.run(
                "playwright",
                &mut end_to_end(),
                &[" passed", " failed", " flaky", " did not run"],
            )
        })?;
    }
    Ok(())
}

fn rust(verdicts: &mut Verdicts) -> Result<()> {
    let mut tests = repo::cargo();
    if proc::output(repo::cargo().args(["nextest", "--version"])).is_ok() {
        tests.args(["nextest", "run", "--workspace", "--locked", "--profile", "ci"]);
        tests.env("NEXTEST_HIDE_PROGRESS_BAR", "1");
        return verdicts.run("nextest", &mut tests, &["Summary ["]);
    }
    println!("  (cargo-nextest is not installed; using cargo test)");
    tests.args(["test", "--workspace", "--locked", "--all-targets"]);
    verdicts.run("cargo test", &mut tests, &["test result:"])
}

fn end_to_end() -> Command {
    let mut playwright = console::npm(&["exec", "--no", "--", "playwright", "test"]);
    playwright.env("FAROL_BIN", repo::built("debug", "farol"));
    playwright.env("FAROL_AGENT_BIN", repo::built("debug", "farol-agent"));
    playwright.env("FAROL_WORKLOAD_BIN", repo::built("debug", "farol-workload"));
    playwright.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    playwright
}

/// Where the output of the silent steps is kept.
pub(crate) fn logs() -> PathBuf {
    repo::target_dir().join("xtask/logs")
}
