//! One sealed secret: XChaCha20-Poly1305, bound to the key's id and to the place it is kept in.
//!
//! ```text
//! version 1 (1 byte) │ key id (8) │ nonce (24) │ ciphertext and tag (16 more than the secret)
//! ```
//! The nonce is random; with 24 bytes of it no counter is needed. The place is not stored but authenticated: an envelope
//! that somebody with write access to the database moves to another row or column does not open there.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::Place;
use super::keys::{ID_BYTES, Key, KeyId};

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const HEAD: usize = 1 + ID_BYTES + NONCE_BYTES;
const TAG: usize = 16;

/// The key an envelope was sealed with; `None` when it is no envelope.
pub(super) fn key_of(envelope: &[u8]) -> Option<KeyId> {
    if envelope.len() < HEAD + TAG || envelope[0] != VERSION {
        return None;
    }
    envelope[1..=ID_BYTES].try_into().ok().map(KeyId)
}

/// Seals `secret` for `place`.
///
/// # Errors
/// A fragment: no randomness, or a secret beyond what the cipher takes (256 GiB).
pub(super) fn seal(key: &Key, place: Place<'_>, secret: &[u8]) -> Result<Vec<u8>, String> {
    let mut nonce = [0_u8; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(|error| error.to_string())?;
    let sealed = cipher(key)
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: secret,
                aad: &bound(key.id, place),
            },
        )
        .map_err(|_| "the secret could not be sealed".to_owned())?;
    let mut envelope = Vec::with_capacity(HEAD + sealed.len());
    envelope.push(VERSION);
    envelope.extend_from_slice(&key.id.0);
    envelope.extend_from_slice(&nonce);
    envelope.extend_from_slice(&sealed);
    Ok(envelope)
}

/// Opens an envelope that was sealed with `key` for `place`; `None` when it was not, or was changed.
pub(super) fn open(key: &Key, place: Place<'_>, envelope: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if key_of(envelope)? != key.id {
        return None;
    }
    let nonce: [u8; NONCE_BYTES] = envelope[1 + ID_BYTES..HEAD].try_into().ok()?;
    let payload = Payload {
        msg: &envelope[HEAD..],
        aad: &bound(key.id, place),
    };
    cipher(key)
        .decrypt(&XNonce::from(nonce), payload)
        .ok()
        .map(Zeroizing::new)
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&*key.bytes).into())
}

/// Every part with its length in front, so that no two places look alike.
fn bound(key: KeyId, place: Place<'_>) -> Vec<u8> {
    let mut bytes = b"farol-sealed-1\0".to_vec();
    bytes.extend_from_slice(&key.0);
    for part in [place.table, place.column, place.row] {
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: Place<'static> = Place {
        table: "t",
        column: "c",
        row: "r",
    };

    proptest! {
        #[test]
        fn what_was_sealed_opens_in_its_place_and_in_no_other(
            secret in prop::collection::vec(any::<u8>(), 0..300),
            table in "[a-c]{0,3}", column in "[a-c]{0,3}", row in "[a-c]{0,3}",
        ) {
            let key = Key::random().unwrap();
            let place = Place { table: &table, column: &column, row: &row };
            let envelope = seal(&key, place, &secret).unwrap();
            let opened = open(&key, place, &envelope).unwrap();
            prop_assert_eq!(opened.as_slice(), secret.as_slice());
            prop_assert_eq!(key_of(&envelope), Some(key.id));
            // The same letters, cut elsewhere, are another place.
            let moved = Place { table: &format!("{table}{column}"), column: "", row: &row };
            if !column.is_empty() {
                prop_assert!(open(&key, moved, &envelope).is_none());
            }
            prop_assert!(open(&Key::random().unwrap(), place, &envelope).is_none());
        }

        #[test]
        fn a_changed_byte_is_noticed(at in 0_usize..80, bit in 0_u8..8) {
            let key = Key::random().unwrap();
            let mut envelope = seal(&key, HERE, b"a secret of thirty-one bytes !!").unwrap();
            let at = at % envelope.len();
            envelope[at] ^= 1 << bit;
            prop_assert!(open(&key, HERE, &envelope).is_none());
        }

        #[test]
        fn nonsense_is_no_envelope(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert!(open(&Key::random().unwrap(), HERE, &bytes).is_none());
        }
    }
}
