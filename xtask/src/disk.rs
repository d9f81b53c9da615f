//! Room on the disk, looked at before a long build rather than after it failed half way.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

const MIB: u64 = 1024 * 1024;

/// Refuses to go on when the file system that holds `path` has less than `needed_mib` MiB left.
///
/// # Errors
/// Names the folder, what is free, what is needed and what to do.
pub(crate) fn require(path: &Path, needed_mib: u64, purpose: &str) -> Result<()> {
    let Some(free) = free_mib(path) else { return Ok(()) };
    if free < needed_mib {
        bail!(
            "the disk that holds {} has {free} MiB left, and {purpose} needs about {needed_mib} MiB; free some space, \
             or build elsewhere by setting CARGO_TARGET_DIR",
            path.display()
        );
    }
    Ok(())
}

/// As [`require`]; before it refuses, it removes what earlier builds left below the target directory, as `cargo clean` would: a directory
/// that is used again and again keeps what no build needs any more.
///
/// # Errors
/// As [`require`]; what cannot be removed.
pub(crate) fn make_room(target: &Path, needed_mib: u64, purpose: &str) -> Result<()> {
    if free_mib(target).is_some_and(|free| free < needed_mib) {
        for left in left_by_builds(target)? {
            println!(
                "  the disk is nearly full: {} of earlier builds is removed",
                left.display()
            );
            fs::remove_dir_all(&left).with_context(|| format!("removing {}", left.display()))?;
        }
    }
    require(target, needed_mib, purpose)
}

/// The folders of a target directory that cargo fills: those of profiles, directly or below a target's name.
fn left_by_builds(target: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for place in folders(target)? {
        if place.join(".fingerprint").is_dir() {
            found.push(place);
            continue;
        }
        let below = folders(&place)?;
        found.extend(below.into_iter().filter(|one| one.join(".fingerprint").is_dir()));
    }
    Ok(found)
}

fn folders(place: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("reading {}", place.display())),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("reading {}", place.display()))?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// MiB available to this user on the file system of `path`, or of its nearest parent that exists.
fn free_mib(path: &Path) -> Option<u64> {
    path.ancestors()
        .find_map(|place| rustix::fs::statvfs(place).ok())
        .map(|stat| stat.f_bavail.saturating_mul(stat.f_frsize) / MIB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_made_of_what_builds_left_and_nothing_else() {
        let target = tempfile::tempdir().unwrap();
        let at = |path: &str| target.path().join(path);
        for folder in [
            "debug/.fingerprint",
            "wasm32-unknown-unknown/release/.fingerprint",
            "xtask/logs",
        ] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        make_room(target.path(), 0, "nothing").unwrap();
        assert!(at("debug").exists());
        let refused = make_room(target.path(), u64::MAX, "everything").unwrap_err();
        assert!(refused.to_string().contains("everything needs about"));
        assert!(!at("debug").exists() && !at("wasm32-unknown-unknown/release").exists());
        assert!(at("xtask/logs").exists());
    }
}
