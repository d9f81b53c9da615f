//! Files that only the server's own account may read: made whole or not at all.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Makes `path` with `text` (mode 0600) unless it is there already.
///
/// Two processes that start at once agree on one content: the file appears complete or not at all, and the first of two
/// writers wins.
///
/// # Errors
/// The system's.
pub fn create(path: &Path, text: &str) -> io::Result<()> {
    let temporary = write_beside(path, text)?;
    let linked = match std::fs::hard_link(&temporary, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    };
    std::fs::remove_file(&temporary)?;
    linked?;
    sync_directory(path)
}

/// Puts `text` in the place of what `path` holds (mode 0600); a reader sees the old or the new content, never a mixture,
/// and after a loss of power one of the two is there.
///
/// # Errors
/// The system's.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let temporary = write_beside(path, text)?;
    if let Err(error) = std::fs::rename(&temporary, path) {
        std::fs::remove_file(&temporary)?;
        return Err(error);
    }
    sync_directory(path)
}

/// Lets one process at a time change `path`: held until dropped, by the system also when the process dies. `None` when
/// somebody else holds it.
///
/// # Errors
/// The system's.
pub fn alone(path: &Path) -> io::Result<Option<File>> {
    let file = lock_file(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(source),
    }
}

/// The same, but waits for whoever holds it; for changes that take no longer than writing the file.
///
/// # Errors
/// The system's.
pub fn wait_alone(path: &Path) -> io::Result<File> {
    let file = lock_file(path)?;
    file.lock()?;
    Ok(file)
}

/// A file of its own, for the one to be changed is replaced by another each time.
fn lock_file(path: &Path) -> io::Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(name)
}

fn write_beside(path: &Path, text: &str) -> io::Result<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", uuid::Uuid::now_v7().simple()));
    let temporary = PathBuf::from(name);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let written = options.open(&temporary).and_then(|mut file| {
        writeln!(file, "{text}")?;
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(temporary),
        Err(error) => {
            // What could not be written whole is of no use; the first error is the one to return.
            if let Err(left) = std::fs::remove_file(&temporary)
                && left.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(error = %left, file = %temporary.display(), "a file that could not be written whole is left behind");
            }
            Err(error)
        }
    }
}

/// A new name is safe only when its directory is on the disk, too.
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn one_at_a_time_changes_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.key");
        let held = alone(&path).unwrap().unwrap();
        assert!(alone(&path).unwrap().is_none());
        drop(held);
        drop(wait_alone(&path).unwrap());
        assert!(alone(&path).unwrap().is_some());
    }

    #[test]
    fn the_first_writer_wins_and_nobody_else_reads() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.key");
        create(&path, "one").unwrap();
        create(&path, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\n");
        replace(&path, "three").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three\n");
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            std::fs::read_dir(directory.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }
}
