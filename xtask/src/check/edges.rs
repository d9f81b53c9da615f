//! The forbidden edges: what a crate must never reach, directly or through others. The table is `docs/design` section 3
//! in code; a change of it needs a decision record.
//!
//! Asked of cargo for each crate by itself (not of the whole workspace, whose features would be merged), for all
//! targets, without what only builds or tests.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::report;
use crate::{proc, repo};

const DATABASES: &[&str] = &["sea-orm", "sqlx", "sqlx-core", "rusqlite", "libsqlite3-sys"];
const SOCKETS: &[&str] = &["mio", "socket2", "tungstenite", "hyper"];
const CLOCKS: &[&str] = &["chrono", "time", "jiff", "web-time"];
const SERVER: &[&str] = &[
    "axum",
    "hyper",
    "tower-http",
    "utoipa",
    "async-nats",
    "object_store",
];

struct Rule {
    of: &'static str,
    never: &'static [&'static [&'static str]],
    /// Of our own crates, these and no others.
    ours: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        of: "farol-protocol",
        never: &[&["tokio"], SERVER, DATABASES, SOCKETS, CLOCKS],
        ours: &[],
    },
    Rule {
        of: "farol-inventory",
        never: &[&["tokio", "prost"], SERVER, DATABASES, SOCKETS, CLOCKS],
        ours: &[],
    },
    Rule {
        of: "farol-media",
        never: &[&["tokio", "prost"], SERVER, DATABASES, SOCKETS, CLOCKS],
        ours: &[],
    },
    Rule {
        of: "farol-platform",
        never: &[SERVER, DATABASES],
        ours: &["farol-inventory"],
    },
    Rule {
        of: "farol-transport",
        never: &[&["axum", "utoipa"], DATABASES],
        ours: &["farol-protocol"],
    },
    Rule {
        of: "farol-agent",
        never: &[&["axum", "utoipa", "async-nats"], DATABASES],
        ours: &[
            "farol-protocol",
            "farol-inventory",
            "farol-media",
            "farol-platform",
            "farol-transport",
        ],
    },
    Rule {
        of: "farol-viewer",
        never: &[&["axum", "utoipa", "async-nats"], DATABASES],
        ours: &[
            "farol-protocol",
            "farol-inventory",
            "farol-media",
            "farol-platform",
            "farol-transport",
        ],
    },
    Rule {
        of: "farol-server",
        never: &[],
        ours: &["farol-protocol", "farol-inventory"],
    },
    Rule {
        of: "farol-decoder",
        never: &[&["tokio", "prost"], SERVER, DATABASES],
        ours: &["farol-media"],
    },
    Rule {
        of: "farol-pipe",
        never: &[&["tokio"], SERVER, DATABASES],
        ours: &["farol-protocol"],
    },
    Rule {
        of: "xtask",
        never: &[&["tokio", "clap"], SERVER, DATABASES],
        ours: &[],
    },
];

/// Checks every rule of the table.
///
/// # Errors
/// When an edge is there that must not be, with the command that shows how it came about.
pub(crate) fn check() -> Result<()> {
    let members = members()?;
    let mut found = Vec::new();
    for rule in RULES.iter().filter(|rule| members.contains(rule.of)) {
        let reached = reachable(rule.of)?;
        for never in rule
            .never
            .iter()
            .flat_map(|group| group.iter())
            .filter(|name| reached.contains(**name))
        {
            found.push(format!(
                "{} reaches {never}; see `cargo tree -p {} -e normal --target all -i {never}`",
                rule.of, rule.of
            ));
        }
        let strangers = reached.iter().filter(|name| {
            name.starts_with("farol-") && *name != rule.of && !rule.ours.contains(&name.as_str())
        });
        for other in strangers {
            found.push(format!(
                "{} reaches {other}; of our crates it may use {:?}",
                rule.of, rule.ours
            ));
        }
    }
    report(&found, "no forbidden edge")
}

/// The names of the workspace's crates.
fn members() -> Result<BTreeSet<String>> {
    let metadata = super::lints::metadata(false)?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata has no packages")?;
    Ok(packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .map(str::to_owned)
        .collect())
}

/// Every crate that ends up in a build of `of`.
fn reachable(of: &str) -> Result<BTreeSet<String>> {
    let mut tree = repo::cargo();
    tree.args(["tree", "--locked", "-p", of, "-e", "normal", "--target", "all"]);
    tree.args(["--prefix", "none", "--format", "{p}"]);
    let listing = proc::output(&mut tree)?;
    Ok(listing
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect())
}
