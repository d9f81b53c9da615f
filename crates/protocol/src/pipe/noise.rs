//! The handshake that seals a pipe's connections: `Noise_IK_25519_ChaChaPoly_SHA256`, by the `snow` library over the
//! primitives that this crate uses everywhere. Not here: what the handshake's payloads say (`greeting.rs`).
//!
//! The viewer knows the machine's key beforehand, and the agent the viewer's: one round trip proves both, and whoever
//! learns the long-lived keys later cannot read what was recorded. The prologue names the session, so that connections of
//! two sessions cannot be spliced. Each direction has its own key and counts its messages; after every
//! [`REKEY_AFTER`] of them the key is replaced (Noise specification, section 11.3).

use std::fmt;

use chacha20poly1305::aead::{AeadInOut, inout::InOutBuf};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce as CipherNonce};
use sha2::{Digest, Sha256};
use snow::params::{CipherChoice, DHChoice, HashChoice, NoiseParams};
use snow::resolvers::CryptoResolver;
use snow::types::{Cipher, Dh, Hash, Random};
use snow::{Builder, HandshakeState, TransportState};
use x25519_dalek::{PublicKey, StaticSecret};

use super::core::VERSION;
use super::{PipeKey, PipePublicKey, Side};
use crate::ProtocolError;
use crate::ids::{Nonce, SessionId};
use crate::limits::{PIPE_HANDSHAKE_MAX, PIPE_KEY_BYTES, PIPE_SEAL, SEALED_PACKET_MAX};

const NAME: &str = "Noise_IK_25519_ChaChaPoly_SHA256";
const PROLOGUE: &[u8] = b"farol-pipe\0";

/// Messages in one direction under one key.
pub(super) const REKEY_AFTER: u64 = 1 << 16;

/// What one end of a pipe needs for one connection.
#[derive(Clone)]
pub struct Connect {
    /// Both ends must mean the same one.
    pub session: SessionId,
    /// Own key.
    pub own: PipeKey,
    /// The other end's key; it is nobody else.
    pub peer: PipePublicKey,
    /// Fresh randomness, for this connection alone.
    pub ephemeral: Nonce,
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("session", &self.session)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// A handshake under way.
pub(super) struct Handshake {
    state: HandshakeState,
    peer: PipePublicKey,
}

impl Handshake {
    /// Begins one. The viewer writes first.
    ///
    /// # Errors
    /// Never for correct keys; the library's refusal is passed on as [`ProtocolError::Malformed`].
    pub(super) fn new(side: Side, connect: &Connect) -> Result<Self, ProtocolError> {
        let failed = |_: snow::Error| ProtocolError::Malformed("handshake keys");
        let params: NoiseParams = NAME.parse().map_err(failed)?;
        let prologue = [PROLOGUE, &[VERSION], &connect.session.0].concat();
        let (own, peer) = (connect.own.seed(), connect.peer.to_bytes());
        let builder = Builder::with_resolver(params, Box::new(Primitives(connect.ephemeral)))
            .prologue(&prologue)
            .and_then(|builder| builder.local_private_key(&own))
            .map_err(failed)?;
        let state = match side {
            Side::Viewer => builder
                .remote_public_key(&peer)
                .and_then(Builder::build_initiator),
            Side::Agent => builder.build_responder(),
        };
        Ok(Self {
            state: state.map_err(failed)?,
            peer: connect.peer,
        })
    }

    /// The next message, behind the version byte.
    pub(super) fn write(&mut self, payload: &[u8]) -> Result<Vec<u8>, ProtocolError> {
        let mut message = vec![0; 1 + PIPE_HANDSHAKE_MAX];
        message[0] = VERSION;
        let size = self
            .state
            .write_message(payload, &mut message[1..])
            .map_err(|_| ProtocolError::Malformed("handshake"))?;
        message.truncate(1 + size);
        Ok(message)
    }

    /// Opens the other end's message: its payload.
    ///
    /// # Errors
    /// [`ProtocolError::Version`], [`ProtocolError::NotSealed`] when it is not for this key and session or was changed,
    /// [`ProtocolError::WrongKey`] when it is from somebody else.
    pub(super) fn read(&mut self, message: &[u8]) -> Result<Vec<u8>, ProtocolError> {
        let sealed = match message.split_first() {
            Some((&VERSION, sealed)) => sealed,
            // The agent speaks another version and says which; nothing else makes a viewer give up.
            Some((0, [spoken])) if self.state.is_initiator() => {
                return Err(ProtocolError::Version((*spoken).into()));
            }
            Some((&other, _)) if !self.state.is_initiator() => {
                return Err(ProtocolError::Version(other.into()));
            }
            _ => return Err(ProtocolError::Malformed("handshake")),
        };
        if sealed.len() > PIPE_HANDSHAKE_MAX {
            return Err(ProtocolError::TooBig("handshake"));
        }
        let mut payload = vec![0; sealed.len()];
        let size = self
            .state
            .read_message(sealed, &mut payload)
            .map_err(|_| ProtocolError::NotSealed)?;
        payload.truncate(size);
        if self.state.get_remote_static() != Some(&self.peer.to_bytes()[..]) {
            return Err(ProtocolError::WrongKey);
        }
        Ok(payload)
    }

    /// The keys of the connection, once both messages were passed.
    pub(super) fn finish(self) -> Result<Seal, ProtocolError> {
        let transport = self.state.into_transport_mode();
        Ok(Seal {
            transport: transport.map_err(|_| ProtocolError::Unexpected("handshake"))?,
        })
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handshake({:?})", self.peer)
    }
}

/// Seals what one end sends on one connection, and opens what it receives.
pub(super) struct Seal {
    transport: TransportState,
}

impl Seal {
    /// The next packet, sealed: [`PIPE_SEAL`] bytes longer. To be sent in this order.
    pub(super) fn seal(&mut self, packet: &[u8]) -> Vec<u8> {
        let mut sealed = vec![0; packet.len() + PIPE_SEAL];
        let written = self.transport.write_message(packet, &mut sealed);
        // Packets are far below the library's limit, and 2^64 messages are not sent; an empty message is refused.
        sealed.truncate(written.unwrap_or(0));
        if self.transport.sending_nonce().is_multiple_of(REKEY_AFTER) {
            self.transport.rekey_outgoing();
        }
        sealed
    }

    /// Opens the next packet received.
    ///
    /// # Errors
    /// [`ProtocolError::NotSealed`] when it is not the next one that the other end sealed.
    pub(super) fn open(&mut self, sealed: &[u8]) -> Result<Vec<u8>, ProtocolError> {
        if sealed.len() > SEALED_PACKET_MAX {
            return Err(ProtocolError::TooBig("packet"));
        }
        let mut packet = vec![0; sealed.len()];
        let size = self
            .transport
            .read_message(sealed, &mut packet)
            .map_err(|_| ProtocolError::NotSealed)?;
        packet.truncate(size);
        if self.transport.receiving_nonce().is_multiple_of(REKEY_AFTER) {
            self.transport.rekey_incoming();
        }
        Ok(packet)
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Seal({} sent, {} received)",
            self.transport.sending_nonce(),
            self.transport.receiving_nonce()
        )
    }
}

/// What the library computes with. The randomness of one connection, for its ephemeral key.
struct Primitives(Nonce);

impl CryptoResolver for Primitives {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        Some(Box::new(Once(Some(self.0))))
    }

    fn resolve_dh(&self, choice: &DHChoice) -> Option<Box<dyn Dh>> {
        matches!(choice, DHChoice::Curve25519).then(|| Box::new(Curve::default()) as Box<dyn Dh>)
    }

    fn resolve_hash(&self, choice: &HashChoice) -> Option<Box<dyn Hash>> {
        matches!(choice, HashChoice::SHA256).then(|| Box::new(Sha(Sha256::new())) as Box<dyn Hash>)
    }

    fn resolve_cipher(&self, choice: &CipherChoice) -> Option<Box<dyn Cipher>> {
        matches!(choice, CipherChoice::ChaChaPoly).then(|| Box::new(ChaCha(None)) as Box<dyn Cipher>)
    }
}

/// Gives its bytes once: a handshake makes one key, and a second one from the same bytes would be a mistake.
struct Once(Option<Nonce>);

impl Random for Once {
    fn try_fill_bytes(&mut self, room: &mut [u8]) -> Result<(), snow::Error> {
        match self.0.take() {
            Some(bytes) if bytes.len() == room.len() => {
                room.copy_from_slice(&bytes);
                Ok(())
            }
            _ => Err(snow::Error::Rng),
        }
    }
}

/// X25519 (RFC 7748).
#[derive(Default)]
struct Curve {
    secret: Option<StaticSecret>,
    secret_bytes: zeroize::Zeroizing<[u8; PIPE_KEY_BYTES]>,
    public: [u8; PIPE_KEY_BYTES],
}

impl Dh for Curve {
    fn name(&self) -> &'static str {
        "25519"
    }

    fn pub_len(&self) -> usize {
        PIPE_KEY_BYTES
    }

    fn priv_len(&self) -> usize {
        PIPE_KEY_BYTES
    }

    fn set(&mut self, secret: &[u8]) {
        // The library checks the length first; anything else leaves no key, and every agreement fails.
        let Ok(bytes) = <[u8; PIPE_KEY_BYTES]>::try_from(secret) else {
            return;
        };
        let secret = StaticSecret::from(bytes);
        self.public = PublicKey::from(&secret).to_bytes();
        self.secret = Some(secret);
        *self.secret_bytes = bytes;
    }

    fn generate(&mut self, random: &mut dyn Random) -> Result<(), snow::Error> {
        let mut seed = zeroize::Zeroizing::new([0; PIPE_KEY_BYTES]);
        random.try_fill_bytes(seed.as_mut())?;
        self.set(seed.as_ref());
        Ok(())
    }

    fn pubkey(&self) -> &[u8] {
        &self.public
    }

    fn privkey(&self) -> &[u8] {
        self.secret_bytes.as_ref()
    }

    fn dh(&self, public: &[u8], out: &mut [u8]) -> Result<(), snow::Error> {
        let theirs = public.get(..PIPE_KEY_BYTES).ok_or(snow::Error::Dh)?;
        let theirs: [u8; PIPE_KEY_BYTES] = theirs.try_into().map_err(|_| snow::Error::Dh)?;
        let secret = self.secret.as_ref().ok_or(snow::Error::Dh)?;
        let shared = secret.diffie_hellman(&PublicKey::from(theirs));
        // A result that anybody could compute (RFC 7748, section 6.1).
        if !shared.was_contributory() {
            return Err(snow::Error::Dh);
        }
        let room = out.get_mut(..PIPE_KEY_BYTES).ok_or(snow::Error::Dh)?;
        room.copy_from_slice(shared.as_bytes());
        Ok(())
    }
}

/// SHA-256.
struct Sha(Sha256);

impl Hash for Sha {
    fn name(&self) -> &'static str {
        "SHA256"
    }

    fn block_len(&self) -> usize {
        64
    }

    fn hash_len(&self) -> usize {
        32
    }

    fn reset(&mut self) {
        self.0 = Sha256::new();
    }

    fn input(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn result(&mut self, out: &mut [u8]) {
        let hash = std::mem::take(&mut self.0).finalize();
        if let Some(room) = out.get_mut(..hash.len()) {
            room.copy_from_slice(&hash);
        }
    }
}

/// ChaCha20-Poly1305 (RFC 8439), with Noise's nonces: four zero bytes and the count, little-endian.
struct ChaCha(Option<ChaCha20Poly1305>);

fn cipher_nonce(count: u64) -> CipherNonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&count.to_le_bytes());
    nonce.into()
}

impl Cipher for ChaCha {
    fn name(&self) -> &'static str {
        "ChaChaPoly"
    }

    fn set(&mut self, key: &[u8; 32]) {
        self.0 = Some(ChaCha20Poly1305::new(key.into()));
    }

    fn encrypt(&self, count: u64, context: &[u8], plain: &[u8], out: &mut [u8]) -> usize {
        let mut sealed = || {
            let (room, rest) = out.split_at_mut_checked(plain.len())?;
            let tag = self.0.as_ref()?.encrypt_inout_detached(
                &cipher_nonce(count),
                context,
                InOutBuf::new(plain, room).ok()?,
            );
            rest.get_mut(..PIPE_SEAL)?.copy_from_slice(&tag.ok()?);
            Some(plain.len() + PIPE_SEAL)
        };
        // The library gives enough room and a key; nothing written is refused by the other end.
        sealed().unwrap_or(0)
    }

    fn decrypt(
        &self,
        count: u64,
        context: &[u8],
        sealed: &[u8],
        out: &mut [u8],
    ) -> Result<usize, snow::Error> {
        let mut opened = || {
            let (text, tag) = sealed.split_at_checked(sealed.len().checked_sub(PIPE_SEAL)?)?;
            let room = out.get_mut(..text.len())?;
            let tag = <[u8; PIPE_SEAL]>::try_from(tag).ok()?;
            let buffer = InOutBuf::new(text, room).ok()?;
            let opened =
                self.0
                    .as_ref()?
                    .decrypt_inout_detached(&cipher_nonce(count), context, buffer, &tag.into());
            opened.ok().map(|()| text.len())
        };
        opened().ok_or(snow::Error::Decrypt)
    }
}

#[cfg(test)]
mod tests;
