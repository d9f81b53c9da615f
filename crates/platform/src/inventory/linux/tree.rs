//! Made-up systems for tests.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use farol_inventory::{Read, Section};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::Root;

pub(super) struct Tree(tempfile::TempDir);

impl Tree {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn root(&self) -> Root {
        Root::at(self.path())
    }

    pub(super) fn put(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Files of one folder.
    pub(super) fn files(&self, folder: &str, files: &[(&str, &str)]) -> &Self {
        for (file, content) in files {
            self.put(&format!("{folder}/{file}"), content);
        }
        self
    }

    /// A link; `to` begins at the root of the tree.
    pub(super) fn link(&self, path: &str, to: &str) -> &Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::create_dir_all(self.path().join(to)).unwrap();
        symlink(self.path().join(to), path).unwrap();
        self
    }

    /// A pipe that nobody writes to.
    pub(super) fn pipe(&self, path: &str) -> &Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR, 0).unwrap();
        self
    }

    pub(super) fn read(&self, section: Section) -> Read {
        super::read(&self.root(), section)
    }
}
