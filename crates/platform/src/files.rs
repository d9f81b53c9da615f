//! Files and folders of a Linux system, read with a bound: no file is trusted to be small, to be text, or to be a file at all. Lives
//! here: opening and reading. Not here: what is in them (`inventory/linux`, `metrics/linux.rs`).

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// Most bytes of a file that is read as a whole.
pub(crate) const FILE_MAX: u64 = 1 << 20;

/// Most entries of a folder.
pub(crate) const ENTRIES_MAX: usize = 4096;

/// Opens a file to read it. A pipe that somebody put there must not hold us up.
///
/// # Errors
/// Those of the system.
pub(crate) fn open(path: &Path) -> std::io::Result<File> {
    let flags = OFlags::NONBLOCK.bits();
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path)
}

/// Up to so many bytes from the start of a file.
///
/// # Errors
/// Those of the system.
pub(crate) fn start(path: &Path, max: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Names in a folder, sorted, at most [`ENTRIES_MAX`]; none when it is not there.
pub(crate) fn names(path: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(path) else {
        return Vec::new();
    };
    let entries = entries.flatten().take(ENTRIES_MAX);
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
