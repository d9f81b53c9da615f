//! The key file: a ring of keys, the one that seals first. Envelopes name their key by its id.
//!
//! One line per key, `farol-secrets-1 ` and 32 bytes in base64url; lines that start with `#` are for people. The id is made
//! from the key itself, so that a file that was put together by hand cannot mix them up.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::private_file;

/// Bytes of a key's id.
pub(super) const ID_BYTES: usize = 8;
/// What starts the line of a key.
const MARK: &str = "farol-secrets-1 ";
/// Most keys of one file: the one in use and those of rotations that were interrupted. More is no key file.
const KEYS_MAX: usize = 16;
/// Largest key file that is read.
const FILE_MAX: u64 = 16 * 1024;

const HEAD: &str = "# The key of the secrets in Farol's database. Without it they are lost: keep a copy, apart from copies of the database.";

/// Names a key without telling it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct KeyId(pub(super) [u8; ID_BYTES]);

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// One key.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) id: KeyId,
    pub(super) bytes: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

impl Key {
    pub(super) fn random() -> io::Result<Self> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        getrandom::fill(bytes.as_mut()).map_err(io::Error::other)?;
        Ok(Self::new(bytes))
    }

    fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"farol-secrets-key-id\0");
        hash.update(bytes.as_slice());
        let digest: [u8; 32] = hash.finalize().into();
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&digest[..ID_BYTES]);
        Self { id: KeyId(id), bytes }
    }

    fn parse(line: &str) -> Option<Self> {
        let text = line.strip_prefix(MARK)?.trim();
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().ok()?;
        Some(Self::new(Zeroizing::new(bytes)))
    }
}

/// All keys of the file; never empty.
#[derive(Debug, Clone)]
pub(super) struct KeyRing {
    /// Seals; opens, too.
    pub(super) current: Key,
    /// Only open.
    pub(super) retiring: Vec<Key>,
}

impl KeyRing {
    /// Reads the file.
    ///
    /// # Errors
    /// The system's; `InvalidData` with the line that is wrong.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        if std::fs::metadata(path)?.len() > FILE_MAX {
            return Err(damaged("it is too large for a key file"));
        }
        Self::parse(&Zeroizing::new(std::fs::read_to_string(path)?))
    }

    fn parse(text: &str) -> io::Result<Self> {
        let mut keys = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let key =
                Key::parse(line).ok_or_else(|| damaged(&format!("line {} is not a key", number + 1)))?;
            keys.push(key);
        }
        if keys.len() > KEYS_MAX {
            return Err(damaged("there are too many keys in it"));
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or_else(|| damaged("there is no key in it"))?;
        Ok(Self {
            current,
            retiring: keys.collect(),
        })
    }

    /// Makes the file with one new key unless it is there, and reads it.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let ring = Self {
            current: Key::random()?,
            retiring: Vec::new(),
        };
        private_file::create(path, &ring.text())?;
        Self::read(path)
    }

    /// Writes the file anew.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        // Where the file is a link (a mounted secret, say), what it points at is replaced, not the link.
        let place: PathBuf = std::fs::canonicalize(path)?;
        private_file::replace(&place, &self.text())
    }

    fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::from(HEAD));
        for key in std::iter::once(&self.current).chain(&self.retiring) {
            text.push('\n');
            text.push_str(MARK);
            text.push_str(&Zeroizing::new(URL_SAFE_NO_PAD.encode(key.bytes.as_slice())));
        }
        text
    }

    pub(super) fn find(&self, id: KeyId) -> Option<&Key> {
        std::iter::once(&self.current)
            .chain(&self.retiring)
            .find(|key| key.id == id)
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_survives_its_file_and_keeps_its_order() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secrets.key");
        let first = KeyRing::create(&path).unwrap();
        assert_eq!(
            KeyRing::create(&path).unwrap().current.id,
            first.current.id,
            "made once"
        );
        let ring = KeyRing {
            current: Key::random().unwrap(),
            retiring: vec![first.current.clone()],
        };
        ring.write(&path).unwrap();
        let read = KeyRing::read(&path).unwrap();
        assert_eq!(read.current.id, ring.current.id);
        assert!(read.find(first.current.id).is_some());
        assert!(!format!("{read:?}").contains(&URL_SAFE_NO_PAD.encode(ring.current.bytes.as_slice())));
    }

    #[test]
    fn a_damaged_file_names_its_line() {
        for (text, part) in [
            ("", "no key"),
            ("# only words", "no key"),
            ("# words\n\nfarol-secrets-1 AAAA", "line 3"),
            ("nonsense", "line 1"),
        ] {
            let error = KeyRing::parse(text).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
