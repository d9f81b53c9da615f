//! Bounded reading below a root, and the problems met on the way. No file is trusted to be small, to be text, or to be a
//! file at all.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use farol_inventory::{Problem, ProblemCode};

use crate::files::{self, FILE_MAX, open, start};

/// Most bytes of a file that holds one value.
const VALUE_MAX: u64 = 4096;

/// Most bytes of a file that is read line by line: the package list of a distribution's every package is smaller.
const LINES_MAX: u64 = 64 << 20;

/// Most bytes of one line; what is longer is cut, and was no fact.
const LINE_MAX: usize = 4096;

/// Where the system stands that is read.
#[derive(Debug, Clone)]
pub(in crate::inventory) struct Root {
    path: PathBuf,
    /// Programs tell of the system that runs, wherever files are read.
    runs: bool,
}

impl Root {
    /// The system that runs.
    pub(in crate::inventory) fn host() -> Self {
        Self {
            path: PathBuf::from("/"),
            runs: true,
        }
    }

    /// The files of a system that does not run.
    #[cfg(test)]
    pub(super) fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            runs: false,
        }
    }

    /// A path below it; `path` has no `/` in front.
    pub(super) fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.path.join(path.strip_prefix("/").unwrap_or(path))
    }

    pub(super) fn runs(&self) -> bool {
        self.runs
    }
}

/// The sensors of one reading.
#[derive(Debug)]
pub(super) struct Sensors<'a> {
    root: &'a Root,
    problems: Vec<Problem>,
}

impl<'a> Sensors<'a> {
    pub(super) fn new(root: &'a Root) -> Self {
        Self {
            root,
            problems: Vec::new(),
        }
    }

    pub(super) fn root(&self) -> &'a Root {
        self.root
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Notes that a sensor had nothing for a member.
    pub(super) fn note(&mut self, field: &str, code: ProblemCode, detail: impl Into<String>) {
        self.problems.push(Problem {
            field: field.to_owned(),
            code,
            detail: detail.into(),
        });
    }

    fn note_error(&mut self, field: &str, sensor: &str, error: &std::io::Error) {
        let code = match error.kind() {
            ErrorKind::NotFound => ProblemCode::NotAvailable,
            ErrorKind::PermissionDenied => ProblemCode::NotPermitted,
            _ => ProblemCode::Failed,
        };
        self.note(field, code, format!("{sensor}: {error}"));
    }

    /// The one value of a file, as the kernel shows most things. Absent is usual and no problem.
    pub(super) fn value(&self, path: impl AsRef<Path>) -> Option<String> {
        let bytes = start(&self.root.join(path), VALUE_MAX).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        (!text.is_empty()).then(|| text.to_owned())
    }

    pub(super) fn number(&self, path: impl AsRef<Path>) -> Option<u64> {
        self.value(path)?.parse().ok()
    }

    /// The bytes of a small file that is no text.
    pub(super) fn bytes(&self, path: impl AsRef<Path>, max: u64) -> Option<Vec<u8>> {
        start(&self.root.join(path), max).ok()
    }

    /// A whole file that may be absent; cut off and named when it is larger than is read.
    pub(super) fn text(&mut self, field: &str, path: &str) -> Option<String> {
        match start(&self.root.join(path), FILE_MAX + 1) {
            Ok(bytes) => Some(self.whole_lines(field, path, bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                self.note_error(field, path, &error);
                None
            }
        }
    }

    /// A whole file that every system has: a problem when this one does not.
    pub(super) fn needed(&mut self, field: &str, path: &str) -> Option<String> {
        match start(&self.root.join(path), FILE_MAX + 1) {
            Ok(bytes) => Some(self.whole_lines(field, path, bytes)),
            Err(error) => {
                self.note_error(field, path, &error);
                None
            }
        }
    }

    fn whole_lines(&mut self, field: &str, path: &str, mut bytes: Vec<u8>) -> String {
        if bytes.len() as u64 > FILE_MAX {
            self.note(
                field,
                ProblemCode::CutOff,
                format!("{path}: larger than {FILE_MAX} bytes"),
            );
            let end = bytes.iter().rposition(|byte| *byte == b'\n');
            bytes.truncate(end.unwrap_or(0));
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Gives each line of a large file to `take`, until it wants no more. False when the file is not there.
    pub(super) fn lines(&mut self, field: &str, path: &str, take: &mut dyn FnMut(&str) -> bool) -> bool {
        let file = match open(&self.root.join(path)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return false,
            Err(error) => {
                self.note_error(field, path, &error);
                return false;
            }
        };
        match each_line(file, take) {
            Ok(true) => {}
            Ok(false) => self.note(
                field,
                ProblemCode::CutOff,
                format!("{path}: larger than {LINES_MAX} bytes"),
            ),
            Err(error) => self.note_error(field, path, &error),
        }
        true
    }

    /// Names in a folder, sorted; none when it is not there.
    pub(super) fn names(&self, path: impl AsRef<Path>) -> Vec<String> {
        files::names(&self.root.join(path))
    }

    pub(super) fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.root.join(path).symlink_metadata().is_ok()
    }

    /// The last part of where a link leads: how the kernel names drivers and devices.
    pub(super) fn link(&self, path: impl AsRef<Path>) -> Option<String> {
        let target = std::fs::read_link(self.root.join(path)).ok()?;
        Some(target.file_name()?.to_str()?.to_owned())
    }
}

/// Whether the file ended, or `take` had enough, before it was too large.
fn each_line(file: File, take: &mut dyn FnMut(&str) -> bool) -> std::io::Result<bool> {
    let mut reader = BufReader::new(file.take(LINES_MAX));
    let mut line = Vec::new();
    loop {
        let chunk = reader.fill_buf()?;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(chunk.len(), |end| end + 1);
        let is_over = chunk.is_empty();
        let fits = end.unwrap_or(chunk.len()).min(LINE_MAX - line.len());
        line.extend_from_slice(chunk.get(..fits).unwrap_or_default());
        reader.consume(used);
        if end.is_none() && !is_over {
            continue;
        }
        let nothing_left = is_over && line.is_empty();
        if !nothing_left && !take(&String::from_utf8_lossy(&line)) {
            return Ok(true);
        }
        line.clear();
        if is_over {
            return Ok(reader.get_ref().limit() > 0);
        }
    }
}

/// `KEY=value` lines, quotes removed: `os-release`, `uevent` and many more.
pub(super) fn field(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines().filter_map(|line| line.trim().split_once('='));
    let value = lines
        .find(|(key, _)| *key == name)?
        .1
        .trim()
        .trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::*;

    fn all_lines(tree: &Tree, path: &str) -> Vec<String> {
        let root = tree.root();
        let mut found = Vec::new();
        Sensors::new(&root).lines("/x", path, &mut |line| {
            found.push(line.to_owned());
            true
        });
        found
    }

    #[test]
    fn lines_of_any_length() {
        let tree = Tree::new();
        tree.put("a", format!("one\n{}\n\nlast", "x".repeat(100_000)));
        assert_eq!(all_lines(&tree, "a"), ["one", &"x".repeat(LINE_MAX), "", "last"]);
        tree.put("b", "");
        assert_eq!(all_lines(&tree, "b"), Vec::<String>::new());
        assert_eq!(all_lines(&tree, "missing"), Vec::<String>::new());
        tree.put("c", b"\xff\xfe\n");
        assert_eq!(all_lines(&tree, "c"), ["\u{fffd}\u{fffd}"]);
    }

    #[test]
    fn what_is_too_large_or_no_file_is_named() {
        let tree = Tree::new();
        tree.put("big", "0123456\n".repeat(200_000)).put("folder/x", "");
        let root = tree.root();
        let mut sensors = Sensors::new(&root);
        let text = sensors.text("/a", "big").unwrap();
        assert!(text.len() as u64 <= FILE_MAX && text.ends_with("0123456"));
        assert_eq!(sensors.text("/b", "folder"), None);
        assert_eq!(sensors.text("/c", "missing"), None);
        assert_eq!(sensors.needed("/d", "missing"), None);
        let told: Vec<_> = sensors
            .problems
            .iter()
            .map(|problem| (problem.field.as_str(), problem.code))
            .collect();
        assert_eq!(
            told,
            [
                ("/a", ProblemCode::CutOff),
                ("/b", ProblemCode::Failed),
                ("/d", ProblemCode::NotAvailable)
            ]
        );
    }

    #[test]
    fn a_pipe_holds_nobody_up() {
        let tree = Tree::new();
        tree.pipe("pipe");
        let root = tree.root();
        assert_eq!(Sensors::new(&root).value("pipe"), None);
    }

    #[test]
    fn key_value_lines() {
        let text = "# x\nNAME=\"Debian GNU/Linux\"\nEMPTY=\nID=debian\n";
        assert_eq!(field(text, "NAME").as_deref(), Some("Debian GNU/Linux"));
        assert_eq!(field(text, "EMPTY"), None);
        assert_eq!(field(text, "NAM"), None);
    }
}
