//! The server's own identity: an Ed25519 key pair made at first start and kept in the data directory.
//!
//! Agents pin its public half at enrollment (the enrollment token carries its hash) and check it on every link.
//! What is signed, and with which prefix, is up to `enrollment` and `link`; this file only keeps the key.

use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};

/// Name of the key file inside the data directory.
pub const FILE: &str = "identity.key";

/// The key pair. Cloning shares it; `Debug` does not show the secret half.
#[derive(Clone)]
pub struct Identity(Arc<SigningKey>);

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.key_hash())
    }
}

impl Identity {
    /// Reads the key from `directory`, or makes one there (mode 0600) if there is none.
    ///
    /// Two processes that start at once agree on one key: the file appears complete or not at all.
    ///
    /// # Errors
    /// The file cannot be read or written, or holds something else than 32 bytes in base64url.
    pub fn load_or_create(directory: &Path) -> io::Result<Self> {
        let path = directory.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => return Self::parse(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut secret = [0_u8; 32];
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        write_new(directory, &path, &URL_SAFE_NO_PAD.encode(secret))?;
        Self::parse(&std::fs::read_to_string(&path)?)
    }

    /// An identity of its own for a test.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn random() -> io::Result<Self> {
        let mut secret = [0_u8; 32];
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        Ok(Self(Arc::new(SigningKey::from_bytes(&secret))))
    }

    fn parse(text: &str) -> io::Result<Self> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the identity key file is damaged");
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| damaged())?;
        let secret: [u8; 32] = bytes.try_into().map_err(|_| damaged())?;
        Ok(Self(Arc::new(SigningKey::from_bytes(&secret))))
    }

    /// The public half, 32 bytes.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// First eight bytes of the SHA-256 of the public half, 16 lower-case hex digits: what enrollment tokens carry.
    #[must_use]
    pub fn key_hash(&self) -> String {
        hex::encode(&Sha256::digest(self.public_key())[..8])
    }

    /// Signs `message`; the caller has put a prefix of its own in front.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    /// The key pair itself, for the state machines of `farol-protocol`.
    #[must_use]
    pub fn signing_key(&self) -> &SigningKey {
        &self.0
    }
}

/// Writes the file under a private name and links it into place, so that nobody sees half a key and the first of two
/// writers wins.
fn write_new(directory: &Path, path: &Path, text: &str) -> io::Result<()> {
    let temporary = directory.join(format!("{FILE}.{}", uuid::Uuid::now_v7().simple()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let written = options.open(&temporary).and_then(|mut file| {
        writeln!(file, "{text}")?;
        file.sync_all()
    });
    let linked = written.and_then(|()| match std::fs::hard_link(&temporary, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    std::fs::remove_file(&temporary)?;
    linked
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
    fn a_damaged_key_is_an_error_not_a_new_key() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(FILE), "nonsense").unwrap();
        assert!(Identity::load_or_create(directory.path()).is_err());
    }
}
