//! Where a one-time agent keeps what it must not lose while it runs: a folder of its own that only its account can read, gone
//! when the agent is.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::config::{ConfigError, RunLock, StateDir};

/// How the folders begin.
const PREFIX: &str = "farol-help-";

/// The folder. Dropping it removes it with all that is in it.
pub(super) struct Folder {
    /// Before the folder, which goes after it.
    _lock: RunLock,
    folder: TempDir,
}

impl Folder {
    /// Makes one below the first of `roots` that can be written to.
    ///
    /// # Errors
    /// The system's, about the last of them.
    pub(super) fn create_in(roots: &[PathBuf]) -> Result<Self, ConfigError> {
        let mut last = ConfigError::Io {
            path: PathBuf::from(PREFIX),
            source: io::ErrorKind::NotFound.into(),
        };
        for root in roots {
            match Self::create(root) {
                Ok(folder) => return Ok(folder),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Makes one below `root`, under a name that nobody can know before.
    fn create(root: &Path) -> Result<Self, ConfigError> {
        let unusable = |source| ConfigError::Io {
            path: root.to_owned(),
            source,
        };
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(root)
            .map_err(unusable)?;
        let state = StateDir::at(folder.path().to_owned());
        state.create()?;
        let taken = || unusable(io::ErrorKind::AlreadyExists.into());
        let lock = state.lock()?.ok_or_else(taken)?;
        Ok(Self { _lock: lock, folder })
    }

    /// The agent's state in it.
    pub(super) fn state(&self) -> StateDir {
        StateDir::at(self.folder.path().to_owned())
    }

    /// Removes it.
    ///
    /// # Errors
    /// The system's, with what is left.
    pub(super) fn remove(self) -> Result<(), (PathBuf, io::Error)> {
        let Self { _lock: lock, folder } = self;
        drop(lock);
        let path = folder.path().to_owned();
        folder.close().map_err(|error| (path, error))
    }
}

/// Where to make it: the person's own folder in memory where the system has one, else that for temporary files.
pub(super) fn roots() -> Vec<PathBuf> {
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let own = own.filter(|path| path.is_absolute());
    own.into_iter().chain([std::env::temp_dir()]).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_is_private_and_goes_with_what_is_in_it() {
        let root = tempfile::tempdir().unwrap();
        let (one, other) = (
            Folder::create(root.path()).unwrap(),
            Folder::create(root.path()).unwrap(),
        );
        let path = one.state().path().to_owned();
        assert_ne!(path, other.state().path(), "two beside each other");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(one.state().lock().unwrap().is_none(), "it is taken");
        std::fs::create_dir(path.join("deep")).unwrap();
        std::fs::write(path.join("deep/file"), "x").unwrap();
        one.remove().unwrap();
        assert!(!path.exists());
        let path = other.state().path().to_owned();
        drop(other);
        assert!(!path.exists());
        let gone = root.path().join("gone");
        assert!(Folder::create_in(std::slice::from_ref(&gone)).is_err());
        assert!(Folder::create_in(&[gone, root.path().to_owned()]).is_ok());
    }
}
