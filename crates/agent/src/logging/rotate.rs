//! A log file in parts of bounded size: when one is full it is renamed and a new one begins.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::config::append_private;

/// A file that rotates by size.
#[derive(Debug)]
pub(super) struct RotatingFile {
    path: PathBuf,
    file: File,
    size: u64,
    part_max: u64,
    parts: u32,
}

impl RotatingFile {
    /// Goes on with the file at `path`, or begins it. `parts` older ones are kept.
    pub(super) fn open(path: &Path, part_max: u64, parts: u32) -> io::Result<Self> {
        let file = append_private(path)?;
        let size = file.metadata()?.len();
        Ok(Self {
            path: path.to_owned(),
            file,
            size,
            part_max,
            parts,
        })
    }

    fn rotate(&mut self) -> io::Result<()> {
        for part in (1..self.parts).rev() {
            rename_if_there(&self.part(part), &self.part(part + 1))?;
        }
        rename_if_there(&self.path, &self.part(1))?;
        self.file = append_private(&self.path)?;
        self.size = 0;
        Ok(())
    }

    fn part(&self, number: u32) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    }
}

impl Write for RotatingFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.size > 0 && self.size + line.len() as u64 > self.part_max {
            self.rotate()?;
        }
        let written = self.file.write(line)?;
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_bounded_in_size_and_number() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("x.log");
        let mut log = RotatingFile::open(&path, 100, 3).unwrap();
        for line in 0..50 {
            log.write_all(format!("line {line:>20}\n").as_bytes()).unwrap();
        }
        drop(log);
        let mut sizes: Vec<(String, u64)> = fs::read_dir(root.path())
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                (
                    entry.file_name().into_string().unwrap(),
                    entry.metadata().unwrap().len(),
                )
            })
            .collect();
        sizes.sort();
        assert_eq!(
            sizes.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["x.log", "x.log.1", "x.log.2", "x.log.3"]
        );
        assert!(sizes.iter().all(|&(_, size)| size <= 100));
        assert!(
            fs::read_to_string(&path)
                .unwrap()
                .contains("line                   49")
        );
        let again = RotatingFile::open(&path, 100, 3).unwrap();
        assert!(again.size > 0, "a restart goes on with the same part");
    }
}
