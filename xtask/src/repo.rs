//! Where things are: the root of the checkout, the target directory, the files the project consists of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::proc;

/// The root of the checkout this xtask was built from.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// The `web` folder.
pub(crate) fn web() -> PathBuf {
    root().join("web")
}

/// Where cargo puts what it builds: `CARGO_TARGET_DIR` or `target`.
pub(crate) fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// The path of a program of this workspace as built with `profile` (`debug` or `release`).
pub(crate) fn built(profile: &str, program: &str) -> PathBuf {
    target_dir().join(profile).join(program)
}

/// Builds every program the way the tests need them (`debug`).
///
/// The whole workspace with all targets, because cargo then compiles each dependency once, with the features that the
/// tests link; asking for one package would compile most of them a second time.
///
/// # Errors
/// When something does not compile.
pub(crate) fn build_for_tests() -> anyhow::Result<()> {
    crate::proc::run(cargo().args(["build", "--workspace", "--all-targets", "--locked", "--quiet"]))
}

/// A cargo command in the root of the checkout.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // What `cargo run` told this program about itself is not for its children: build scripts would be run again.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|n| n.starts_with("CARGO_PKG_") || n == "CARGO_MANIFEST_DIR")
        {
            command.env_remove(name);
        }
    }
    command
}

/// Every file of the project as git sees it (committed, or new and not ignored), relative to the root, sorted.
pub(crate) fn files() -> Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.current_dir(root())
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let listing = proc::output(&mut git).context("listing the files of the project")?;
    let mut files: Vec<PathBuf> = listing
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .collect();
    files.retain(|file| root().join(file).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}

/// A digest of the contents of `inputs` (files and folders below `base`); changes exactly when one of them does.
/// Folders named `node_modules`, `dist` and `target` are left out.
pub(crate) fn digest(base: &Path, inputs: &[&str]) -> Result<String> {
    let mut found = BTreeMap::new();
    for input in inputs {
        collect(&base.join(input), &mut found)?;
    }
    let mut hash = Sha256::new();
    for (path, content) in &found {
        hash.update(path.to_string_lossy().as_bytes());
        hash.update([0]);
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(content);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn collect(path: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
    if path.is_file() {
        let content = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        found.insert(path.to_path_buf(), content);
    } else if path.is_dir() {
        for entry in std::fs::read_dir(path).with_context(|| format!("reading {}", path.display()))? {
            let entry = entry?;
            let name = entry.file_name();
            if !["node_modules", "dist", "target", "test-results"]
                .iter()
                .any(|skip| name == *skip)
            {
                collect(&entry.path(), found)?;
            }
        }
    }
    Ok(())
}

/// A note kept beside the build results that says from which inputs something was made.
pub(crate) struct Stamp {
    file: PathBuf,
    digest: String,
}

impl Stamp {
    /// The stamp called `name` for what is made from `inputs` below `base`.
    pub(crate) fn new(name: &str, base: &Path, inputs: &[&str]) -> Result<Self> {
        let file = target_dir().join("xtask").join(format!("{name}.stamp"));
        // The root is part of the digest: two checkouts may share one target directory.
        let digest = format!("{} {}", digest(base, inputs)?, base.display());
        Ok(Self { file, digest })
    }

    /// Whether the thing was last made from exactly these inputs.
    pub(crate) fn is_current(&self) -> bool {
        std::fs::read_to_string(&self.file).is_ok_and(|kept| kept == self.digest)
    }

    /// Notes that the thing has now been made from these inputs.
    pub(crate) fn write(&self) -> Result<()> {
        if let Some(parent) = self.file.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
        }
        std::fs::write(&self.file, &self.digest).with_context(|| format!("writing {}", self.file.display()))
    }
}
