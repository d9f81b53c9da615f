//! The keys that pipes are opened with: X25519, one lasting pair per machine and one pair per viewer and session.
//! Not here: the handshake they are used in (`noise.rs`), where a machine's pair is kept (the agent's state).

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::ProtocolError;
use crate::limits::PIPE_KEY_BYTES;

/// What the words of a key are a hash of, so that they are of no use anywhere else.
const WORDS: &[u8] = b"farol-words-1\0";

/// Words that a key is compared by. 64 bits: who wants to stand in between has to make some 2^64 keys before a pipe is
/// opened, and cannot do it beforehand for all machines at once.
const WORD_COUNT: usize = 4;

/// The secret half of a key that pipes are opened with.
#[derive(Clone)]
pub struct PipeKey(StaticSecret);

impl PipeKey {
    /// The key made from 32 random bytes.
    #[must_use]
    pub fn from_seed(seed: [u8; PIPE_KEY_BYTES]) -> Self {
        Self(StaticSecret::from(seed))
    }

    /// The 32 bytes, to be kept secret.
    #[must_use]
    pub fn seed(&self) -> [u8; PIPE_KEY_BYTES] {
        self.0.to_bytes()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PipePublicKey {
        PipePublicKey(PublicKey::from(&self.0).to_bytes())
    }
}

impl fmt::Debug for PipeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PipeKey({})", self.public().words())
    }
}

/// The public half of a key that pipes are opened with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PipePublicKey([u8; PIPE_KEY_BYTES]);

impl PipePublicKey {
    /// Reads the 32 bytes as they travel. Any 32 bytes are a key (RFC 7748, section 5); one that would let anybody compute
    /// what is shared fails in the handshake.
    ///
    /// # Errors
    /// When there are not exactly 32.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let bytes = bytes.try_into();
        bytes.map(Self).map_err(|_| ProtocolError::Malformed("pipe key"))
    }

    /// Reads base64url without padding, as in JSON.
    ///
    /// # Errors
    /// When it is something else, or not 32 bytes.
    pub fn from_base64url(text: &str) -> Result<Self, ProtocolError> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes());
        Self::from_slice(&bytes.map_err(|_| ProtocolError::Malformed("pipe key"))?)
    }

    /// The 32 bytes as they travel.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; PIPE_KEY_BYTES] {
        self.0
    }

    /// Base64url without padding, as in JSON.
    #[must_use]
    pub fn to_base64url(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// What two people read to each other to be sure that they mean the same key: four words of five letters, speakable in
    /// any language, joined by hyphens. The first 64 bits of SHA-256("farol-words-1\0" ‖ key), 16 bits a word, as proquints
    /// (D. S. Wilkerson, "A Proposal for Proquints", 2009).
    #[must_use]
    pub fn words(&self) -> String {
        let hash: [u8; 32] = Sha256::new_with_prefix(WORDS)
            .chain_update(self.0)
            .finalize()
            .into();
        let pairs = hash.chunks_exact(2).take(WORD_COUNT);
        let words = pairs.map(|pair| word(u16::from_be_bytes([pair[0], pair[1]])));
        words.collect::<Vec<_>>().join("-")
    }
}

/// Consonant, vowel, consonant, vowel, consonant: 4 + 2 + 4 + 2 + 4 bits.
fn word(bits: u16) -> String {
    const CONSONANTS: [char; 16] = [
        'b', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z',
    ];
    const VOWELS: [char; 4] = ['a', 'i', 'o', 'u'];
    let consonant = |shift: u16| CONSONANTS[usize::from(bits >> shift & 0b1111)];
    let vowel = |shift: u16| VOWELS[usize::from(bits >> shift & 0b11)];
    [consonant(12), vowel(10), consonant(6), vowel(4), consonant(0)]
        .into_iter()
        .collect()
}

impl fmt::Debug for PipePublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PipePublicKey({})", self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_proposal() {
        // Two of its examples: 127.0.0.1 and 63.84.220.193.
        assert_eq!((word(0x7f00), word(0x0001)), ("lusab".into(), "babad".into()));
        assert_eq!((word(0x3f54), word(0xdcc1)), ("gutih".into(), "tugad".into()));
    }

    #[test]
    fn different_keys_have_different_words() {
        let [a, b] = [[1; 32], [2; 32]].map(|seed| PipeKey::from_seed(seed).public());
        assert_ne!(a.words(), b.words());
        assert_eq!(a.words().len(), WORD_COUNT * 5 + 3);
    }

    #[test]
    fn a_key_survives_json() {
        let key = PipeKey::from_seed([7; 32]).public();
        assert_eq!(PipePublicKey::from_base64url(&key.to_base64url()), Ok(key));
        assert!(PipePublicKey::from_base64url("AAAA").is_err());
        assert!(PipePublicKey::from_base64url("not base64!").is_err());
    }

    #[test]
    fn debug_shows_no_secret() {
        let text = format!("{:?}", PipeKey::from_seed([7; 32]));
        assert!(text.starts_with("PipeKey(") && !text.contains('7'), "{text}");
    }
}
