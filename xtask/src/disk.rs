//! Room on the disk, looked at before a long build rather than after it failed half way.

use std::path::Path;

use anyhow::{Result, bail};

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

/// MiB available to this user on the file system of `path`, or of its nearest parent that exists.
fn free_mib(path: &Path) -> Option<u64> {
    path.ancestors()
        .find_map(|place| rustix::fs::statvfs(place).ok())
        .map(|stat| stat.f_bavail.saturating_mul(stat.f_frsize) / MIB)
}
