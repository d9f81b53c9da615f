//! What can be said about a change without running it: format, lints, forbidden edges, house rules, licenses, what the API promised.
//!
//! Each check is a file here; this one knows their names and their order.

pub(crate) mod api;
mod edges;
mod licenses;
mod lints;
mod tidy;

use anyhow::{Result, bail};

use crate::progress::Table;
use crate::{proc, repo};

type Check = (&'static str, &'static str, fn() -> Result<()>);

/// Name on the command line, heading, work. The quickest come first.
const CHECKS: &[Check] = &[
    ("fmt", "format", fmt),
    ("tidy", "house rules (tidy)", tidy::check),
    ("lints", "every crate takes the workspace's lints", lints::check),
    ("edges", "forbidden edges between crates", edges::check),
    ("api", "the API breaks nothing that was described", api::check),
    ("licenses", "licenses of what we depend on", licenses::check),
    ("clippy", "clippy, warnings are errors", clippy),
];

/// Runs all checks, or the one called `only`.
///
/// # Errors
/// The first check that fails, after it printed what it found.
pub(crate) fn all(only: Option<&str>) -> Result<()> {
    let mut table = Table::default();
    let result = into(&mut table, only);
    table.print();
    result
}

/// As [`all`], with the times in the caller's table.
pub(crate) fn into(table: &mut Table, only: Option<&str>) -> Result<()> {
    let mut found = false;
    for (name, title, work) in CHECKS {
        if only.is_none_or(|wanted| wanted == *name) {
            found = true;
            table.section(title, work)?;
        }
    }
    if !found {
        let names: Vec<&str> = CHECKS.iter().map(|(name, ..)| *name).collect();
        bail!(
            "there is no check `{}`; the checks are {}",
            only.unwrap_or_default(),
            names.join(", ")
        );
    }
    Ok(())
}

fn fmt() -> Result<()> {
    proc::run(repo::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy() -> Result<()> {
    let mut clippy = repo::cargo();
    clippy.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]);
    proc::run(&mut clippy)
}

/// Prints what a check found, one line each, and fails when there is anything.
fn report(found: &[String], ok: &str) -> Result<()> {
    if found.is_empty() {
        println!("  {ok}");
        return Ok(());
    }
    for line in found {
        println!("  {line}");
    }
    bail!("{} finding(s), listed above", found.len())
}
