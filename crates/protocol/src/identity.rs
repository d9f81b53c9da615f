//! Who is who: the machine's and the server's Ed25519 keys, and everything that is signed with them.
//!
//! Not here: making keys (randomness is the caller's), keeping them (the agent's state, the server's data), the
//! enrollment token ([`crate::token`]).

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::ProtocolError;
use crate::ids::{MachineId, Nonce};
use crate::token::EnrollmentToken;

/// Bytes of a key's secret seed and of its public half.
pub const KEY_BYTES: usize = 32;

/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// A signature as it travels.
pub type SignatureBytes = [u8; SIGNATURE_BYTES];

const LINK_SERVER: &[u8] = b"farol-link-3 server\0";
const LINK_AGENT: &[u8] = b"farol-link-3 agent\0";
const ENROLL: &[u8] = b"farol-enroll-1\0";
const ENROLL_AGENT: &[u8] = b"farol-enroll-1 agent\0";
const ENROLL_WAIT: &[u8] = b"farol-enroll-1 waiting\0";
const MACHINE_KEY: &[u8] = b"farol-machine-key-1\0";
const IDENTITY_NEXT: &[u8] = b"farol-identity-next-1\0";
const IDENTITY: &[u8] = b"farol-identity-1\0";
const SESSION: &[u8] = b"farol-session-1\0";

/// SHA-256 of a TLS certificate (DER).
pub type CertificateHash = [u8; 32];

macro_rules! key_pair {
    ($(#[$doc:meta])* $secret:ident, $(#[$public_doc:meta])* $public:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $secret(SigningKey);

        impl $secret {
            /// The key made from 32 random bytes.
            #[must_use]
            pub fn from_seed(seed: &[u8; KEY_BYTES]) -> Self {
                Self(SigningKey::from_bytes(seed))
            }

            /// The 32 bytes this key was made from, to be kept secret.
            #[must_use]
            pub fn seed(&self) -> [u8; KEY_BYTES] {
                self.0.to_bytes()
            }

            /// The public half.
            #[must_use]
            pub fn public(&self) -> $public {
                $public(self.0.verifying_key())
            }

            fn sign(&self, message: &[u8]) -> SignatureBytes {
                self.0.sign(message).to_bytes()
            }
        }

        impl fmt::Debug for $secret {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($secret), self.public().fingerprint())
            }
        }

        $(#[$public_doc])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub struct $public(VerifyingKey);

        impl $public {
            /// Reads the 32 bytes as they travel.
            ///
            /// # Errors
            /// When they are no point on the curve, or a weak one.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, ProtocolError> {
                let malformed = ProtocolError::Malformed("public key");
                let bytes: &[u8; KEY_BYTES] = bytes.try_into().map_err(|_| malformed)?;
                let key = VerifyingKey::from_bytes(bytes).map_err(|_| malformed)?;
                if key.is_weak() { Err(malformed) } else { Ok(Self(key)) }
            }

            /// Reads base64url without padding, as in JSON and files.
            ///
            /// # Errors
            /// As [`Self::from_slice`], and when the text is not base64url.
            pub fn from_base64url(text: &str) -> Result<Self, ProtocolError> {
                let bytes = BASE64URL_NOPAD
                    .decode(text.as_bytes())
                    .map_err(|_| ProtocolError::Malformed("public key"))?;
                Self::from_slice(&bytes)
            }

            /// The 32 bytes as they travel.
            #[must_use]
            pub fn to_bytes(&self) -> [u8; KEY_BYTES] {
                self.0.to_bytes()
            }

            /// Base64url without padding, as in JSON and files.
            #[must_use]
            pub fn to_base64url(&self) -> String {
                BASE64URL_NOPAD.encode(&self.to_bytes())
            }

            /// First 16 hex digits of the key's SHA-256.
            #[must_use]
            pub fn fingerprint(&self) -> String {
                HEXLOWER.encode(&self.hash8())
            }

            /// First 8 bytes of the key's SHA-256.
            #[must_use]
            pub fn hash8(&self) -> [u8; 8] {
                let digest: [u8; 32] = Sha256::digest(self.to_bytes()).into();
                let mut first = [0; 8];
                first.copy_from_slice(&digest[..8]);
                first
            }

            fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), ProtocolError> {
                let signature = Signature::from_slice(signature).map_err(|_| ProtocolError::BadSignature)?;
                self.0.verify_strict(message, &signature).map_err(|_| ProtocolError::BadSignature)
            }
        }

        impl fmt::Debug for $public {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($public), self.fingerprint())
            }
        }
    };
}

key_pair!(
    /// A machine's own key: made on the machine, never leaves it.
    MachineKey,
    /// The half of a machine's key that the server keeps.
    MachinePublicKey
);
key_pair!(
    /// The server's identity key, the same for all its nodes.
    ServerIdentity,
    /// The half of the server's identity that agents pin at enrollment.
    ServerPublicKey
);

/// What both sides of a link sign: each side's nonce and the machine in question, so that nothing can be replayed. The
/// nonces are the public keys that the link is sealed with ([`crate::link::Ephemeral`]), so that nothing can be passed on.
#[derive(Debug, Clone, Copy)]
pub struct LinkTranscript {
    /// From the agent's hello.
    pub agent_nonce: Nonce,
    /// From the server's challenge.
    pub server_nonce: Nonce,
    /// From the agent's hello.
    pub machine: MachineId,
}

impl LinkTranscript {
    fn nonces_and_machine(&self, mut message: Vec<u8>) -> Vec<u8> {
        message.extend_from_slice(&self.agent_nonce);
        message.extend_from_slice(&self.server_nonce);
        message.extend_from_slice(&self.machine.0);
        message
    }

    fn server_message(&self) -> Vec<u8> {
        self.nonces_and_machine(LINK_SERVER.to_vec())
    }

    fn agent_message(&self, identity: &ServerPublicKey, installation: &[u8]) -> Vec<u8> {
        let mut message = LINK_AGENT.to_vec();
        message.extend_from_slice(&identity.to_bytes());
        let mut message = self.nonces_and_machine(message);
        message.extend_from_slice(&Sha256::digest(installation));
        message
    }
}

impl ServerIdentity {
    /// The server's side of a link handshake.
    #[must_use]
    pub fn sign_challenge(&self, transcript: &LinkTranscript) -> SignatureBytes {
        self.sign(&transcript.server_message())
    }

    /// The answer to an enrollment that a person has to agree to first: the holder of `key`, who asked with `nonce`, waits
    /// at this server.
    #[must_use]
    pub fn sign_waiting(&self, nonce: &Nonce, key: &MachinePublicKey) -> SignatureBytes {
        self.sign(&waiting_message(nonce, key))
    }

    /// Makes `next` this server's identity for everybody who trusts the present one.
    #[must_use]
    pub fn sign_next(&self, next: &ServerPublicKey) -> SignatureBytes {
        self.sign(&next_message(&self.public(), next))
    }

    /// States a session to the agent of its machine: signs an encoded [`crate::link::SessionStatement`].
    #[must_use]
    pub fn sign_session(&self, statement: &[u8]) -> SignatureBytes {
        self.sign(&[SESSION, statement].concat())
    }

    /// The answer to an enrollment: this server gave `machine` to the holder of `key` who asked with `nonce`.
    #[must_use]
    pub fn sign_enrollment(
        &self,
        nonce: &Nonce,
        machine: MachineId,
        key: &MachinePublicKey,
    ) -> SignatureBytes {
        self.sign(&enrollment_message(nonce, machine, key))
    }

    /// The proof of this identity to whoever asked with `nonce`. `certificate` is what the TLS connection was given, when it
    /// ends in the server itself: whoever sees that certificate knows that nobody stands in between.
    #[must_use]
    pub fn sign_identity(&self, nonce: &Nonce, certificate: Option<&CertificateHash>) -> SignatureBytes {
        self.sign(&identity_message(nonce, certificate))
    }
}

impl ServerPublicKey {
    /// Checks the server's side of a link handshake.
    ///
    /// # Errors
    /// When the signature does not fit.
    pub fn verify_challenge(
        &self,
        transcript: &LinkTranscript,
        signature: &[u8],
    ) -> Result<(), ProtocolError> {
        self.verify(&transcript.server_message(), signature)
    }

    /// Checks the answer to an enrollment that has to wait.
    ///
    /// # Errors
    /// When the signature does not fit.
    pub fn verify_waiting(
        &self,
        nonce: &Nonce,
        key: &MachinePublicKey,
        signature: &[u8],
    ) -> Result<(), ProtocolError> {
        self.verify(&waiting_message(nonce, key), signature)
    }

    /// Checks what the server states about a session.
    ///
    /// # Errors
    /// When the signature does not fit.
    pub fn verify_session(&self, statement: &[u8], signature: &[u8]) -> Result<(), ProtocolError> {
        self.verify(&[SESSION, statement].concat(), signature)
    }

    /// Checks that the holder of this key named `next` as its successor.
    ///
    /// # Errors
    /// When the signature does not fit.
    pub fn verify_next(&self, next: &ServerPublicKey, signature: &[u8]) -> Result<(), ProtocolError> {
        self.verify(&next_message(self, next), signature)
    }

    /// Checks the answer to an enrollment.
    ///
    /// # Errors
    /// When the signature does not fit.
    pub fn verify_enrollment(
        &self,
        nonce: &Nonce,
        machine: MachineId,
        key: &MachinePublicKey,
        signature: &[u8],
    ) -> Result<(), ProtocolError> {
        self.verify(&enrollment_message(nonce, machine, key), signature)
    }

    /// Checks the proof of identity that was asked for with `nonce`.
    ///
    /// # Errors
    /// When the signature does not fit.
    pub fn verify_identity(
        &self,
        nonce: &Nonce,
        certificate: Option<&CertificateHash>,
        signature: &[u8],
    ) -> Result<(), ProtocolError> {
        self.verify(&identity_message(nonce, certificate), signature)
    }
}

impl MachineKey {
    /// The agent's side of a link handshake with the server that holds `identity`; covers the encoded installation.
    #[must_use]
    pub fn sign_proof(
        &self,
        transcript: &LinkTranscript,
        identity: &ServerPublicKey,
        installation: &[u8],
    ) -> SignatureBytes {
        self.sign(&transcript.agent_message(identity, installation))
    }

    /// Proves to hold this key when asking for enrollment with `token`.
    #[must_use]
    pub fn sign_enrollment(&self, nonce: &Nonce, token: &EnrollmentToken) -> SignatureBytes {
        self.sign(&ask_message(nonce, token, &self.public()))
    }

    /// One of the two signatures under a change of a machine's key from `old` to `new`; each key makes one.
    #[must_use]
    pub fn sign_rotation(
        &self,
        machine: MachineId,
        old: &MachinePublicKey,
        new: &MachinePublicKey,
    ) -> SignatureBytes {
        self.sign(&rotation_message(machine, old, new))
    }
}

impl MachinePublicKey {
    /// Checks the agent's side of a link handshake.
    ///
    /// # Errors
    /// When the signature does not fit.
    pub fn verify_proof(
        &self,
        transcript: &LinkTranscript,
        (identity, installation): (&ServerPublicKey, &[u8]),
        signature: &[u8],
    ) -> Result<(), ProtocolError> {
        self.verify(&transcript.agent_message(identity, installation), signature)
    }

    /// Checks that whoever asks for enrollment holds this key.
    ///
    /// # Errors
    /// When the signature does not fit.
    pub fn verify_enrollment(
        &self,
        nonce: &Nonce,
        token: &EnrollmentToken,
        signature: &[u8],
    ) -> Result<(), ProtocolError> {
        self.verify(&ask_message(nonce, token, self), signature)
    }

    /// Checks one of the two signatures under a change of a machine's key.
    ///
    /// # Errors
    /// When the signature does not fit.
    pub fn verify_rotation(
        &self,
        machine: MachineId,
        (old, new): (&MachinePublicKey, &MachinePublicKey),
        signature: &[u8],
    ) -> Result<(), ProtocolError> {
        self.verify(&rotation_message(machine, old, new), signature)
    }
}

fn ask_message(nonce: &Nonce, token: &EnrollmentToken, key: &MachinePublicKey) -> Vec<u8> {
    [ENROLL_AGENT, nonce, &token.secret_hash(), &key.to_bytes()].concat()
}

fn waiting_message(nonce: &Nonce, key: &MachinePublicKey) -> Vec<u8> {
    [ENROLL_WAIT, nonce, &key.to_bytes()].concat()
}

fn rotation_message(machine: MachineId, old: &MachinePublicKey, new: &MachinePublicKey) -> Vec<u8> {
    [MACHINE_KEY, &machine.0, &old.to_bytes(), &new.to_bytes()].concat()
}

fn next_message(old: &ServerPublicKey, next: &ServerPublicKey) -> Vec<u8> {
    [IDENTITY_NEXT, &old.to_bytes(), &next.to_bytes()].concat()
}

fn enrollment_message(nonce: &Nonce, machine: MachineId, key: &MachinePublicKey) -> Vec<u8> {
    let mut message = ENROLL.to_vec();
    message.extend_from_slice(nonce);
    message.extend_from_slice(&machine.0);
    message.extend_from_slice(&key.to_bytes());
    message
}

fn identity_message(nonce: &Nonce, certificate: Option<&CertificateHash>) -> Vec<u8> {
    let mut message = IDENTITY.to_vec();
    message.extend_from_slice(nonce);
    // No certificate has this hash.
    message.extend_from_slice(certificate.unwrap_or(&[0; 32]));
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSCRIPT: LinkTranscript = LinkTranscript {
        agent_nonce: [1; 32],
        server_nonce: [2; 32],
        machine: MachineId([3; 16]),
    };

    #[test]
    fn a_proof_fits_one_server_and_one_exchange_only() {
        let machine = MachineKey::from_seed(&[5; 32]);
        let server = ServerIdentity::from_seed(&[6; 32]).public();
        let other = ServerIdentity::from_seed(&[7; 32]).public();
        let proof = machine.sign_proof(&TRANSCRIPT, &server, b"installed");
        assert_eq!(
            machine
                .public()
                .verify_proof(&TRANSCRIPT, (&server, b"installed"), &proof),
            Ok(())
        );
        let bad = Err(ProtocolError::BadSignature);
        assert_eq!(
            machine
                .public()
                .verify_proof(&TRANSCRIPT, (&other, b"installed"), &proof),
            bad
        );
        let later = LinkTranscript {
            server_nonce: [9; 32],
            ..TRANSCRIPT
        };
        assert_eq!(
            machine
                .public()
                .verify_proof(&later, (&server, b"installed"), &proof),
            bad
        );
        assert_eq!(
            machine
                .public()
                .verify_proof(&TRANSCRIPT, (&server, b"another"), &proof),
            bad
        );
        assert_eq!(
            machine
                .public()
                .verify_proof(&TRANSCRIPT, (&server, b"installed"), &proof[..63]),
            bad
        );
    }

    #[test]
    fn the_three_kinds_of_signature_never_stand_in_for_each_other() {
        let server = ServerIdentity::from_seed(&[6; 32]);
        let key = MachineKey::from_seed(&[5; 32]).public();
        let challenge = server.sign_challenge(&TRANSCRIPT);
        let enrollment = server.sign_enrollment(&[1; 32], TRANSCRIPT.machine, &key);
        assert_eq!(server.public().verify_challenge(&TRANSCRIPT, &challenge), Ok(()));
        assert_eq!(
            server
                .public()
                .verify_enrollment(&[1; 32], TRANSCRIPT.machine, &key, &enrollment),
            Ok(())
        );
        assert!(
            server
                .public()
                .verify_challenge(&TRANSCRIPT, &enrollment)
                .is_err()
        );
        assert!(
            server
                .public()
                .verify_enrollment(&[1; 32], TRANSCRIPT.machine, &key, &challenge)
                .is_err()
        );
    }

    #[test]
    fn a_successor_is_named_by_the_present_key_only() {
        let (old, next) = (
            ServerIdentity::from_seed(&[6; 32]),
            ServerIdentity::from_seed(&[7; 32]),
        );
        let signature = old.sign_next(&next.public());
        assert_eq!(old.public().verify_next(&next.public(), &signature), Ok(()));
        assert!(next.public().verify_next(&next.public(), &signature).is_err());
        assert!(old.public().verify_next(&old.public(), &signature).is_err());
    }

    #[test]
    fn a_rotation_needs_both_keys_and_one_machine() {
        let (old, new) = (MachineKey::from_seed(&[5; 32]), MachineKey::from_seed(&[4; 32]));
        let keys = (&old.public(), &new.public());
        let signature = old.sign_rotation(TRANSCRIPT.machine, keys.0, keys.1);
        assert_eq!(
            keys.0.verify_rotation(TRANSCRIPT.machine, keys, &signature),
            Ok(())
        );
        assert!(
            keys.1
                .verify_rotation(TRANSCRIPT.machine, keys, &signature)
                .is_err()
        );
        assert!(
            keys.0
                .verify_rotation(MachineId([9; 16]), keys, &signature)
                .is_err()
        );
    }

    #[test]
    fn who_asks_for_enrollment_proves_the_key() {
        let key = MachineKey::from_seed(&[5; 32]);
        let server = ServerIdentity::from_seed(&[6; 32]).public();
        let (token, other) = (
            EnrollmentToken::new([1; 32], &server),
            EnrollmentToken::new([2; 32], &server),
        );
        let signature = key.sign_enrollment(&[3; 32], &token);
        assert_eq!(
            key.public().verify_enrollment(&[3; 32], &token, &signature),
            Ok(())
        );
        assert!(
            key.public()
                .verify_enrollment(&[3; 32], &other, &signature)
                .is_err()
        );
        assert!(
            key.public()
                .verify_enrollment(&[4; 32], &token, &signature)
                .is_err()
        );
    }

    #[test]
    fn a_proof_of_identity_fits_one_question_and_one_certificate() {
        let server = ServerIdentity::from_seed(&[6; 32]);
        let proof = server.sign_identity(&[1; 32], Some(&[2; 32]));
        let verify = |nonce: u8, certificate: Option<u8>| {
            let certificate = certificate.map(|byte| [byte; 32]);
            server
                .public()
                .verify_identity(&[nonce; 32], certificate.as_ref(), &proof)
        };
        assert_eq!(verify(1, Some(2)), Ok(()));
        assert_eq!(verify(9, Some(2)), Err(ProtocolError::BadSignature));
        assert_eq!(verify(1, Some(9)), Err(ProtocolError::BadSignature));
        assert_eq!(verify(1, None), Err(ProtocolError::BadSignature));
        let other = ServerIdentity::from_seed(&[7; 32]).public();
        assert!(other.verify_identity(&[1; 32], Some(&[2; 32]), &proof).is_err());
        let key = MachineKey::from_seed(&[5; 32]).public();
        let enrollment = server.sign_enrollment(&[1; 32], TRANSCRIPT.machine, &key);
        assert!(
            server
                .public()
                .verify_identity(&[1; 32], None, &enrollment)
                .is_err()
        );
    }

    #[test]
    fn keys_round_trip_and_stay_out_of_logs() {
        let key = MachineKey::from_seed(&[5; 32]);
        assert_eq!(MachineKey::from_seed(&key.seed()).public(), key.public());
        assert_eq!(
            MachinePublicKey::from_base64url(&key.public().to_base64url()),
            Ok(key.public())
        );
        assert_eq!(
            format!("{key:?}"),
            format!("MachineKey({})", key.public().fingerprint())
        );
        assert!(
            MachinePublicKey::from_slice(&[0; 32]).is_err(),
            "a weak key is refused"
        );
        assert!(MachinePublicKey::from_slice(&[1; 31]).is_err());
    }
}
