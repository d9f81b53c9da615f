//! [`BreachedPasswords`]: whether a password is known from a breach, by a list in a file on this machine; nobody else is asked.
//!
//! The file is the one that “Have I Been Pwned” gives out, ordered by hash: one line for each password, its SHA-1 in hexadecimal, a
//! colon, and how often it was seen. It is searched by halves where it lies: some forty reads of a few bytes, no memory, no start-up time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use crate::error::{Error, Result};

/// Hexadecimal digits of a SHA-1.
const HASH_CHARS: usize = 40;
/// Longest line: the hash, a colon, a count, an end of line.
const LINE_MAX: u64 = 80;

/// The list, if the administrator has given one.
#[derive(Debug, Clone, Default)]
pub struct BreachedPasswords {
    file: Option<PathBuf>,
}

impl BreachedPasswords {
    /// With the list in this file.
    #[must_use]
    pub fn new(file: Option<PathBuf>) -> Self {
        Self { file }
    }

    /// That the list can be searched: it is there, and its first and last lines are what they should be.
    ///
    /// # Errors
    /// What is wrong, as a fragment.
    pub fn check(&self) -> std::result::Result<(), String> {
        let Some(path) = &self.file else { return Ok(()) };
        let look = || -> io::Result<bool> {
            let mut file = File::open(path)?;
            let length = file.seek(SeekFrom::End(0))?;
            let first = line_at(&mut file, 0, length)?;
            let last = line_at(&mut file, length.saturating_sub(LINE_MAX), length)?;
            let ordered = matches!((&first, &last), (Some(first), Some(last)) if first.hash <= last.hash);
            Ok(ordered || (first.is_some() && length <= LINE_MAX))
        };
        match look() {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!(
                "{} is not a list of SHA-1 hashes in their order, one on each line",
                path.display()
            )),
            Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
        }
    }

    /// Whether the password is on the list. A list that cannot be read any more lets it pass, with a line in the log: a broken disk
    /// shall not keep anybody from changing a password.
    ///
    /// # Errors
    /// The program is about to end.
    pub async fn contain(&self, password: &str) -> Result<bool> {
        let Some(path) = self.file.clone() else {
            return Ok(false);
        };
        let wanted = hex::encode_upper(Sha1::digest(password.as_bytes()));
        let found = tokio::task::spawn_blocking(move || search(&path, &wanted));
        match found.await.map_err(Error::internal)? {
            Ok(found) => Ok(found),
            Err(error) => {
                tracing::warn!(%error, "the list of breached passwords cannot be read");
                Ok(false)
            }
        }
    }
}

struct Line {
    hash: String,
    /// Where the next line begins.
    next: u64,
}

/// The first whole line that begins at `from` or behind it; from the very beginning of the file its first.
fn line_at(file: &mut File, from: u64, length: u64) -> io::Result<Option<Line>> {
    let mut begins = from;
    if from > 0 {
        // The line in whose middle this is ends first.
        file.seek(SeekFrom::Start(from - 1))?;
        let mut skipped = Vec::new();
        let skipped_bytes =
            BufReader::with_capacity(128, file.by_ref().take(LINE_MAX)).read_until(b'\n', &mut skipped)?;
        begins = from - 1 + u64::try_from(skipped_bytes).map_err(io::Error::other)?;
    }
    if begins >= length {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(begins))?;
    let mut text = Vec::new();
    let read = BufReader::with_capacity(128, file.by_ref().take(LINE_MAX)).read_until(b'\n', &mut text)?;
    let hash = text
        .get(..HASH_CHARS)
        .filter(|hash| hash.iter().all(u8::is_ascii_hexdigit));
    let Some(hash) = hash else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("no SHA-1 at byte {begins}"),
        ));
    };
    Ok(Some(Line {
        hash: String::from_utf8_lossy(hash).to_ascii_uppercase(),
        next: begins + u64::try_from(read).map_err(io::Error::other)?,
    }))
}

fn search(path: &Path, wanted: &str) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    let (mut low, mut high) = (0, length);
    // What is wanted begins, if anywhere, at `low` or behind it and before `high`.
    while low < high {
        let middle = low + (high - low) / 2;
        match line_at(&mut file, middle, length)? {
            Some(line) if line.hash == wanted => return Ok(true),
            Some(line) if line.hash.as_str() < wanted => low = line.next,
            _ => high = middle,
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn list(passwords: &[String], end: &str) -> tempfile::NamedTempFile {
        let mut lines: Vec<String> = passwords
            .iter()
            .enumerate()
            .map(|(number, text)| {
                format!(
                    "{}:{}{end}",
                    hex::encode_upper(Sha1::digest(text)),
                    number * 37 + 1
                )
            })
            .collect();
        lines.sort();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(lines.concat().as_bytes()).unwrap();
        file.flush().unwrap();
        file
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Each that is on the list is found, nothing else is, whatever ends the lines and however many there are.
        #[test]
        fn a_list_is_searched_by_halves(
            mut there in proptest::collection::hash_set("[a-z]{1,8}", 1..60),
            absent in "[A-Z]{1,8}",
            windows: bool,
        ) {
            let there: Vec<String> = there.drain().collect();
            let file = list(&there, if windows { "\r\n" } else { "\n" });
            let all = BreachedPasswords::new(Some(file.path().to_owned()));
            prop_assert!(all.check().is_ok());
            for text in &there {
                let hash = hex::encode_upper(Sha1::digest(text));
                prop_assert!(search(file.path(), &hash).unwrap(), "{}", text);
            }
            let hash = hex::encode_upper(Sha1::digest(&absent));
            prop_assert!(!search(file.path(), &hash).unwrap());
        }
    }

    #[tokio::test]
    async fn without_a_list_nothing_is_known_and_a_broken_one_is_told_at_the_start() {
        assert!(!BreachedPasswords::default().contain("password").await.unwrap());
        assert!(BreachedPasswords::default().check().is_ok());
        let missing = BreachedPasswords::new(Some("/nowhere/at/all".into()));
        assert!(missing.check().unwrap_err().contains("cannot be read"));
        assert!(!missing.contain("password").await.unwrap());
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"hello there\n").unwrap();
        let nonsense = BreachedPasswords::new(Some(file.path().to_owned()));
        assert!(nonsense.check().is_err());
        let one = list(&["password".into()], "\n");
        let one = BreachedPasswords::new(Some(one.path().to_owned()));
        assert!(one.check().is_ok());
        assert!(one.contain("password").await.unwrap());
        assert!(!one.contain("Password").await.unwrap());
    }
}
