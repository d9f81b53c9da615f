//! The server's own identity: Ed25519 key pairs, made at first start and kept in the data directory.
//!
//! Agents pin the public half at enrollment (the enrollment token carries its hash) and check it on every link. The present key
//! stands first in the file; older ones stay below it after a rotation, so that agents that trust one of them are still served
//! and are told of the present one, signed by the one they trust. What is signed, and with which prefix, is up to
//! `farol_protocol::identity`; this file only keeps the keys.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use farol_protocol::identity::{ServerIdentity, ServerPublicKey};
use hmac::Mac;

use crate::{private_file, secrets};

/// Name of the key file inside the data directory.
pub const FILE: &str = "identity.key";
/// Most keys held at once: the present one and those that some agents may still trust.
pub const KEYS_MAX: usize = 8;

/// The keys, the present one first. Cloning shares them; `Debug` shows no secret half.
#[derive(Clone)]
pub struct Identity(Arc<Parts>);

struct Parts {
    /// None for a test's identity.
    path: Option<PathBuf>,
    // Held for a copy of a few keys; never across a wait.
    keys: RwLock<Held>,
}

struct Held {
    /// Never empty.
    keys: Vec<SigningKey>,
    /// Tells whether the file is the one that was read: its time alone is too coarse.
    read_at: Option<(SystemTime, u64)>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.key_hash())
    }
}

impl Identity {
    /// Reads the keys from `directory`, or makes one there (mode 0600) if there is none.
    ///
    /// Two processes that start at once agree on one key: the file appears complete or not at all.
    ///
    /// # Errors
    /// The file cannot be read or written, or holds something else than lines of 32 bytes in base64url.
    pub fn load_or_create(directory: &Path) -> io::Result<Self> {
        let path = directory.join(FILE);
        if !path.try_exists()? {
            private_file::create(&path, &text(&[fresh()?]))?;
        }
        // Looked at before it is read: what another process changes in between is noticed by the next look.
        let read_at = modified(&path);
        let keys = parse(&std::fs::read_to_string(&path)?)?;
        Ok(Self(Arc::new(Parts {
            path: Some(path),
            keys: RwLock::new(Held { keys, read_at }),
        })))
    }

    /// An identity of its own for a test.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn random() -> io::Result<Self> {
        let held = Held {
            keys: vec![fresh()?],
            read_at: None,
        };
        Ok(Self(Arc::new(Parts {
            path: None,
            keys: RwLock::new(held),
        })))
    }

    fn keys(&self) -> Vec<SigningKey> {
        let held = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        held.keys.clone()
    }

    /// Secrets of 32 bytes for a purpose of this server's own, one for each key, the present one's first. Another purpose has others;
    /// none tells anything of the keys.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> Vec<[u8; 32]> {
        let secret = |key: &SigningKey| {
            let mut mac = secrets::keyed(key.as_bytes());
            mac.update(purpose.as_bytes());
            mac.finalize().into_bytes().into()
        };
        self.keys().iter().map(secret).collect()
    }

    /// All keys, the present one first.
    #[must_use]
    pub fn all(&self) -> Vec<ServerIdentity> {
        let keys = self.keys();
        keys.iter()
            .map(|key| ServerIdentity::from_seed(&key.to_bytes()))
            .collect()
    }

    /// The present key.
    #[must_use]
    pub fn current(&self) -> ServerIdentity {
        ServerIdentity::from_seed(&self.present().to_bytes())
    }

    fn present(&self) -> SigningKey {
        let held = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        // Never empty: reading refuses an empty file, and nothing removes the first.
        held.keys
            .first()
            .cloned()
            .unwrap_or_else(|| SigningKey::from_bytes(&[0; 32]))
    }

    /// The first key that `wanted` accepts, else the present one.
    #[must_use]
    pub fn named(&self, wanted: impl Fn(&ServerPublicKey) -> bool) -> ServerIdentity {
        let found = self.all().into_iter().find(|identity| wanted(&identity.public()));
        found.unwrap_or_else(|| self.current())
    }

    /// The public half of the present key, 32 bytes.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.present().verifying_key().to_bytes()
    }

    /// The public halves of all keys, the present one first.
    #[must_use]
    pub fn public_keys(&self) -> Vec<[u8; 32]> {
        self.keys()
            .iter()
            .map(|key| key.verifying_key().to_bytes())
            .collect()
    }

    /// First eight bytes of the SHA-256 of the public half, 16 lower-case hex digits: what enrollment tokens carry.
    #[must_use]
    pub fn key_hash(&self) -> String {
        self.current().public().fingerprint()
    }

    /// Signs `message` with the present key; the caller has put a prefix of its own in front.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.present().sign(message).to_bytes()
    }

    /// Prepares a new present key; the others stay behind it.
    ///
    /// # Errors
    /// Another change is under way, [`KEYS_MAX`] are held already, the file cannot be read, or the system has no randomness.
    pub fn prepare_rotation(&self) -> Result<Change, ChangeError> {
        let mut change = self.prepare()?;
        if change.after.len() >= KEYS_MAX {
            return Err(ChangeError::Full);
        }
        change.after.insert(0, fresh()?);
        Ok(change)
    }

    /// Prepares to give up every key but the present one: agents that trust another have to be enrolled again.
    ///
    /// # Errors
    /// Another change is under way, or the file cannot be read.
    pub fn prepare_retirement(&self) -> Result<Change, ChangeError> {
        let mut change = self.prepare()?;
        change.after.truncate(1);
        Ok(change)
    }

    /// Waits for nobody: two changes at once would each write what they read, and the first one's key would be lost.
    fn prepare(&self) -> Result<Change, ChangeError> {
        let alone = match &self.0.path {
            Some(path) => Some(private_file::alone(path)?.ok_or(ChangeError::UnderWay)?),
            None => None,
        };
        self.reload()?;
        let before = self.keys();
        Ok(Change {
            identity: self.clone(),
            after: before.clone(),
            before,
            _alone: alone,
        })
    }

    fn replace(&self, keys: &[SigningKey]) -> io::Result<()> {
        let read_at = match &self.0.path {
            Some(path) => {
                private_file::replace(path, &text(keys))?;
                modified(path)
            }
            None => None,
        };
        let mut held = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
        *held = Held {
            keys: keys.to_vec(),
            read_at,
        };
        Ok(())
    }

    /// Reads the file again when it changed: another process, the command line, may have rotated the keys.
    ///
    /// # Errors
    /// The file is gone or damaged; the keys held stay.
    pub fn reload(&self) -> io::Result<bool> {
        let Some(path) = &self.0.path else {
            return Ok(false);
        };
        let changed = modified(path);
        let same = {
            let held = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
            held.read_at == changed
        };
        if same {
            return Ok(false);
        }
        let keys = parse(&std::fs::read_to_string(path)?)?;
        let mut held = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
        *held = Held {
            keys,
            read_at: changed,
        };
        Ok(true)
    }
}

fn modified(path: &Path) -> Option<(SystemTime, u64)> {
    let data = std::fs::metadata(path).ok()?;
    Some((data.modified().ok()?, data.ino()))
}

fn fresh() -> io::Result<SigningKey> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    Ok(SigningKey::from_bytes(&secret))
}

fn parse(text: &str) -> io::Result<Vec<SigningKey>> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the identity key file is damaged");
    let keys = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let bytes = URL_SAFE_NO_PAD.decode(line).map_err(|_| damaged())?;
            let secret: [u8; 32] = bytes.try_into().map_err(|_| damaged())?;
            Ok(SigningKey::from_bytes(&secret))
        })
        .collect::<io::Result<Vec<_>>>()?;
    if keys.is_empty() || keys.len() > KEYS_MAX {
        return Err(damaged());
    }
    Ok(keys)
}

fn text(keys: &[SigningKey]) -> String {
    let lines = keys.iter().map(|key| URL_SAFE_NO_PAD.encode(key.to_bytes()));
    lines.collect::<Vec<_>>().join("\n")
}

/// Why the keys cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Somebody else changes them at this moment.
    #[error("another change is under way")]
    UnderWay,
    /// As many as can be held are.
    #[error("{KEYS_MAX} keys are held already; retire the older ones first")]
    Full,
    /// The file, or the system's randomness.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// A change of the keys that is prepared and not made yet. Nobody else changes them until this is dropped, in this process or
/// beside it.
pub struct Change {
    identity: Identity,
    before: Vec<SigningKey>,
    after: Vec<SigningKey>,
    _alone: Option<File>,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Change(to {})", self.present())
    }
}

impl Change {
    /// What the present key is called afterwards, as [`Identity::key_hash`] has it.
    #[must_use]
    pub fn present(&self) -> String {
        let present = self.after.first().map(SigningKey::to_bytes).unwrap_or_default();
        ServerIdentity::from_seed(&present).public().fingerprint()
    }

    /// Makes it: on disk and synced when this returns.
    ///
    /// # Errors
    /// The file cannot be written; the keys are as before.
    pub fn put(&self) -> io::Result<()> {
        self.identity.replace(&self.after)
    }

    /// Takes it back, when what belongs to it did not come about.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn take_back(&self) -> io::Result<()> {
        self.identity.replace(&self.before)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_kept_private() {
        let directory = tempfile::tempdir().unwrap();
        let first = Identity::load_or_create(directory.path()).unwrap();
        let second = Identity::load_or_create(directory.path()).unwrap();
        assert_eq!(first.public_key(), second.public_key());
        assert_eq!(first.key_hash().len(), 16);
        let mode = std::fs::metadata(directory.path().join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn keys_are_bounded_and_the_note_of_the_file_is_taken_before_it_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let identity = Identity::load_or_create(directory.path()).unwrap();
        assert!(!identity.reload().unwrap(), "nothing changed since it was made");
        for _ in 1..KEYS_MAX {
            identity.prepare_rotation().unwrap().put().unwrap();
        }
        assert!(!identity.reload().unwrap());
        assert!(matches!(identity.prepare_rotation(), Err(ChangeError::Full)));
        let again = Identity::load_or_create(directory.path()).unwrap();
        assert_eq!(again.public_keys(), identity.public_keys());
    }

    #[test]
    fn a_damaged_key_is_an_error_not_a_new_key() {
        let directory = tempfile::tempdir().unwrap();
        for damaged in ["nonsense", "", "\n"] {
            std::fs::write(directory.path().join(FILE), damaged).unwrap();
            assert!(Identity::load_or_create(directory.path()).is_err());
        }
    }

    #[test]
    fn a_rotation_keeps_the_older_key_until_it_is_retired() {
        let directory = tempfile::tempdir().unwrap();
        let identity = Identity::load_or_create(directory.path()).unwrap();
        let beside = Identity::load_or_create(directory.path()).unwrap();
        let old = identity.public_key();
        let change = identity.prepare_rotation().unwrap();
        assert!(
            matches!(beside.prepare_rotation(), Err(ChangeError::UnderWay)),
            "two would lose a key"
        );
        assert_eq!(identity.public_key(), old, "prepared is not done");
        change.put().unwrap();
        assert_eq!(change.present(), identity.key_hash());
        assert_ne!(identity.public_key(), old);
        assert_eq!(identity.public_keys()[1], old);
        assert_eq!(
            identity.named(|key| key.to_bytes() == old).public().to_bytes(),
            old
        );
        drop(change);
        assert_eq!(
            beside.prepare_rotation().unwrap().after.len(),
            3,
            "what is on disk counts"
        );
        assert_eq!(beside.public_keys(), identity.public_keys());
        let mode = std::fs::metadata(directory.path().join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let change = identity.prepare_retirement().unwrap();
        change.put().unwrap();
        assert_eq!(identity.public_keys().len(), 1);
        change.take_back().unwrap();
        assert_eq!(identity.public_keys(), beside.public_keys());
        change.put().unwrap();
        assert_eq!(identity.public_keys().len(), 1);
        let again = Identity::load_or_create(directory.path()).unwrap();
        assert_eq!(again.public_keys(), identity.public_keys());
    }
}
