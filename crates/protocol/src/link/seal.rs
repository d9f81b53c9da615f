//! What a link says after the challenge is sealed: nobody between the two ends reads it, changes it, or adds to it, whatever
//! carries it.
//!
//! ```text
//! nonces      = X25519 public keys, made for this link alone; both ends sign both (`identity.rs`)
//! shared      = X25519(own secret, the other's nonce)                                      RFC 7748
//! keys        = HKDF-SHA256(salt = SHA-256(context), secret = shared, info = direction)    RFC 5869
//! context     = "farol-link-3\0" ‖ agent nonce ‖ server nonce ‖ machine id ‖ claimed machine key ‖ server identity key
//! a message   = ChaCha20-Poly1305(key of its direction, nonce = 4 zero bytes ‖ count as u64 little-endian)   RFC 8439
//! ```
//! Each direction counts its messages from 0, so a message that is missing, repeated or out of order does not open. The
//! server's signature over both nonces makes the key the server's; the machine's, inside, makes it the machine's. Secrets
//! are forgotten with the handshake: who learns the long-lived keys later cannot read what was recorded.

use std::fmt;

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce as CipherNonce};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::ProtocolError;
use crate::identity::{LinkTranscript, MachinePublicKey, ServerPublicKey};
use crate::ids::Nonce;
use crate::limits::NONCE_BYTES;

const CONTEXT: &[u8] = b"farol-link-3\0";
const TO_SERVER: &[u8] = b"agent to server";
const TO_AGENT: &[u8] = b"server to agent";

/// One end's secret for one link; its public half travels as the nonce.
pub struct Ephemeral(StaticSecret);

impl Ephemeral {
    /// From 32 random bytes, to be used for one link and forgotten.
    #[must_use]
    pub fn from_seed(seed: [u8; NONCE_BYTES]) -> Self {
        Self(StaticSecret::from(seed))
    }

    /// The nonce of this end.
    #[must_use]
    pub fn nonce(&self) -> Nonce {
        PublicKey::from(&self.0).to_bytes()
    }
}

impl fmt::Debug for Ephemeral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ephemeral(…)")
    }
}

/// Whose end of the link it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Agent,
    Server,
}

/// What both ends must agree on before they can understand each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) transcript: &'a LinkTranscript,
    /// The key that the hello claims.
    pub(super) machine: &'a MachinePublicKey,
    pub(super) server: &'a ServerPublicKey,
}

impl Context<'_> {
    fn salt(&self) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(CONTEXT);
        hash.update(self.transcript.agent_nonce);
        hash.update(self.transcript.server_nonce);
        hash.update(self.transcript.machine.0);
        hash.update(self.machine.to_bytes());
        hash.update(self.server.to_bytes());
        hash.finalize().into()
    }
}

/// Seals what one end says, and opens what it hears. 80 bytes.
#[derive(Debug)]
pub(super) struct Seal {
    says: Direction,
    hears: Direction,
}

impl Seal {
    /// Agrees on the keys; `own` is used up.
    ///
    /// # Errors
    /// [`ProtocolError::Malformed`] when the other end's nonce would give a key that anybody can compute (RFC 7748,
    /// section 6.1).
    pub(super) fn agree(end: End, own: &Ephemeral, context: &Context<'_>) -> Result<Self, ProtocolError> {
        let theirs = match end {
            End::Agent => context.transcript.server_nonce,
            End::Server => context.transcript.agent_nonce,
        };
        let shared = own.0.diffie_hellman(&PublicKey::from(theirs));
        if !shared.was_contributory() {
            return Err(ProtocolError::Malformed("nonce"));
        }
        let secret = Hkdf::<Sha256>::new(Some(&context.salt()), shared.as_bytes());
        let (says, hears) = match end {
            End::Agent => (TO_SERVER, TO_AGENT),
            End::Server => (TO_AGENT, TO_SERVER),
        };
        Ok(Self {
            says: Direction::new(&secret, says)?,
            hears: Direction::new(&secret, hears)?,
        })
    }

    /// The next message to say, sealed: [`crate::limits::LINK_SEAL`] bytes longer. To be sent in this order.
    pub(super) fn seal(&mut self, message: &[u8]) -> Vec<u8> {
        let nonce = self.says.next();
        // Fails beyond 256 GiB alone; the other end refuses what is empty.
        self.says.cipher.encrypt(&nonce, message).unwrap_or_default()
    }

    /// Opens the next message heard.
    ///
    /// # Errors
    /// [`ProtocolError::NotSealed`] when it is not the next one that the other end sealed.
    pub(super) fn open(&mut self, sealed: &[u8]) -> Result<Vec<u8>, ProtocolError> {
        let nonce = self.hears.next();
        self.hears
            .cipher
            .decrypt(&nonce, sealed)
            .map_err(|_| ProtocolError::NotSealed)
    }
}

struct Direction {
    cipher: ChaCha20Poly1305,
    /// Messages so far. 64 bits do not run out.
    count: u64,
}

impl Direction {
    fn new(secret: &Hkdf<Sha256>, info: &[u8]) -> Result<Self, ProtocolError> {
        let mut key = Zeroizing::new([0; 32]);
        secret
            .expand(info, key.as_mut())
            .map_err(|_| ProtocolError::Malformed("key"))?;
        Ok(Self {
            cipher: ChaCha20Poly1305::new((&*key).into()),
            count: 0,
        })
    }

    fn next(&mut self) -> CipherNonce {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&self.count.to_le_bytes());
        self.count = self.count.wrapping_add(1);
        nonce.into()
    }
}

impl fmt::Debug for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Direction({})", self.count)
    }
}

#[cfg(test)]
mod tests;
