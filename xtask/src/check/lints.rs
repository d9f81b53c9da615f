//! Every crate of the workspace takes the shared lints, version, edition and license; none is published by accident.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::report;
use crate::{proc, repo};

/// What `cargo metadata` says; with `deps` for everything, without for the workspace's own crates.
pub(crate) fn metadata(deps: bool) -> Result<Value> {
    let mut command = repo::cargo();
    command.args(["metadata", "--format-version", "1", "--locked"]);
    if !deps {
        command.arg("--no-deps");
    }
    serde_json::from_str(&proc::output(&mut command)?).context("reading what cargo metadata said")
}

/// Checks the manifest of every crate.
///
/// # Errors
/// When one goes its own way.
pub(crate) fn check() -> Result<()> {
    let metadata = metadata(false)?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata has no packages")?;
    let mut found = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        look_at(name, Path::new(manifest), &mut found)?;
    }
    report(&found, &format!("{} crates", packages.len()))
}

fn look_at(name: &str, manifest: &Path, found: &mut Vec<String>) -> Result<()> {
    let text =
        std::fs::read_to_string(manifest).with_context(|| format!("reading {}", manifest.display()))?;
    let manifest: toml::Table = text
        .parse()
        .with_context(|| format!("reading {}", manifest.display()))?;
    let inherits = |table: &str, key: &str| {
        manifest
            .get(table)
            .and_then(|t| t.get(key))
            .is_some_and(is_from_workspace)
    };
    // A crate that has to have `unsafe` repeats the other lints in its own table.
    let has_unsafe = ["farol-platform", "farol-decoder", "farol-pipe"].contains(&name);
    let own_lints = has_unsafe
        && manifest
            .get("lints")
            .and_then(|lints| lints.get("rust"))
            .is_some();
    let shared = manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace"))
        .and_then(toml::Value::as_bool)
        == Some(true);
    if !shared && !own_lints {
        found.push(format!(
            "{name}: say `[lints]` `workspace = true` in its Cargo.toml"
        ));
    }
    for key in ["version", "edition", "license", "rust-version", "publish"] {
        if !inherits("package", key) {
            found.push(format!("{name}: say `{key}.workspace = true` in its Cargo.toml"));
        }
    }
    if manifest
        .get("package")
        .and_then(|p| p.get("description"))
        .is_none()
    {
        found.push(format!("{name}: its Cargo.toml has no description"));
    }
    Ok(())
}

fn is_from_workspace(value: &toml::Value) -> bool {
    value.get("workspace").and_then(toml::Value::as_bool) == Some(true)
}
