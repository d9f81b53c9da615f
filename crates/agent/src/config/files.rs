//! Files that only the agent's account may read, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Makes a folder, and those above it, readable for the owner only.
pub(super) fn create_private_dir(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    restrict(path, 0o700)
}

/// Opens a file for writing, making it if need be, readable for the owner only.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    let file = private_options().create(true).truncate(false).open(path)?;
    Ok(file)
}

/// Replaces a file's content under another name that is then renamed: readers see the old or the new, never a part.
pub(super) fn replace_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let (mut file, new) = open_new(path)?;
    file.write_all(content)?;
    drop(file);
    fs::rename(new, path)
}

/// As [`replace_private`], and on disk when it returns.
pub(super) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let (mut file, new) = open_new(path)?;
    file.write_all(content)?;
    file.sync_all()?;
    drop(file);
    rename_private(&new, path)
}

/// Gives a file another name, taking the place of what has it, and on disk when it returns.
pub(super) fn rename_private(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    // The rename itself is on disk only when its folder is; not every system lets a folder be synced.
    if let Some(folder) = to.parent().and_then(|folder| File::open(folder).ok()) {
        folder.sync_all().or_else(|error| {
            if error.kind() == io::ErrorKind::Unsupported {
                Ok(())
            } else {
                Err(error)
            }
        })?;
    }
    Ok(())
}

/// Opens a file to add to its end, making it if need be, readable for the owner only.
pub(crate) fn append_private(path: &Path) -> io::Result<File> {
    private_options().append(true).create(true).open(path)
}

/// What a file is called until it is whole.
pub(super) fn new_name(name: &str) -> String {
    format!("{name}.new")
}

fn open_new(path: &Path) -> io::Result<(File, PathBuf)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = path.with_file_name(new_name(&name));
    Ok((private_options().create(true).truncate(true).open(&new)?, new))
}

#[cfg(unix)]
fn private_options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

// Elsewhere the folder's own access list decides.
#[cfg(not(unix))]
fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    options
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}
