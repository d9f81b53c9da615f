//! Random secrets and their hashes: login cookies, one-time links, enrollment tokens, grants.
//!
//! A secret is 256 random bits, handed out once as 43 characters of base64url; the database keeps its SHA-256. With that
//! much entropy a plain hash is enough, and a look-up by hash needs no comparison in constant time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Length of a secret's text.
pub const SECRET_CHARS: usize = 43;

/// A secret just made. `Debug` does not show it.
pub struct Secret {
    text: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Makes a new one.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn random() -> Result<Self> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self {
            text: URL_SAFE_NO_PAD.encode(bytes),
        })
    }

    /// The text for its holder; show it once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        hash(&self.text)
    }
}

/// Hash of a secret as presented; never fails, so that nonsense simply is not found.
#[must_use]
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// An HMAC under a key of 32 bytes. HMAC itself fills keys up with zeros to a block, so this one refuses no key.
pub(crate) fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    Hmac::new((&block).into())
}

/// Whether `text` could be a secret: length and alphabet. Saves a query for nonsense.
#[must_use]
pub fn looks_like_secret(text: &str) -> bool {
    text.len() == SECRET_CHARS
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyed_hash_is_the_one_of_the_standard() {
        use hmac::Mac;

        let mut ours = keyed(&[7; 32]);
        let mut theirs = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
        ours.update(b"text");
        theirs.update(b"text");
        assert_eq!(ours.finalize().into_bytes(), theirs.finalize().into_bytes());
    }

    #[test]
    fn secrets_differ_and_are_recognized() {
        let (one, two) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_ne!(one.expose(), two.expose());
        assert_eq!(one.hash(), hash(one.expose()));
        assert!(looks_like_secret(one.expose()));
        assert!(!looks_like_secret("short"));
        assert!(!format!("{one:?}").contains(one.expose()));
    }
}
