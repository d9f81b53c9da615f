//! Checkpoints: places of a chain signed by the server's identity key.
//!
//! A chain alone shows that nobody changed a row; who can write to the database could still rewrite it whole and compute
//! every hash anew. A checkpoint names a place (`seq`, `hash`) and is signed with a key that is not in the database, so
//! the new chain no longer fits it. Checkpoints of an organization are numbered from 1 and each names the one before.
//! Each is accepted when the server holds its key, or when a later one does that leads back to it: so the proof outlives
//! the keys. A `pruned` checkpoint stands for the entries up to its place, which retention removed; the rest verifies from there.
//!
//! Signed are `"farol-audit-checkpoint-1\0" ‖ organization ‖ number ‖ kind ‖ seq ‖ hash ‖ at ‖ previous ‖ public key`:
//! numbers big-endian in 8 bytes, the kind as one byte (1 periodic, 2 pruned), `previous` the SHA-256 of what was signed
//! and the signature of the checkpoint before (zero for the first).

use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use super::noted::Mark;
use super::store;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::identity::Identity;
use crate::ids::OrganizationId;
use crate::store::WriteTx;
use crate::store::entities::audit_checkpoint::Model;

const PREFIX: &[u8] = b"farol-audit-checkpoint-1\0";

/// What comes before the first checkpoint.
pub(super) const FIRST: [u8; 32] = [0; 32];

/// Public half of an identity key.
pub type PublicKey = [u8; 32];

/// Why a checkpoint was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Time has passed, entries were added, or the server stops.
    Periodic,
    /// The entries up to here are removed.
    Pruned,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Periodic => "periodic",
            Self::Pruned => "pruned",
        }
    }
}

/// A place in a chain: an entry's number and hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) seq: i64,
    pub(super) hash: Vec<u8>,
}

/// Signs `place` and writes the checkpoint, in the caller's transaction. Writers of one organization wait for each other
/// here, as in `record`. Note what is returned (`noted::advance`) when the transaction has ended well.
pub(super) async fn write(
    tx: &WriteTx,
    identity: &Identity,
    now: Timestamp,
    organization: OrganizationId,
    (kind, place): (Kind, Place),
) -> Result<Mark> {
    let (number, last) = store::take_checkpoint(tx, organization).await?;
    let mut row = Model {
        organization_id: organization,
        number,
        kind: kind.as_str().to_owned(),
        seq: place.seq,
        hash: place.hash,
        at: now,
        previous: last.as_ref().map_or(FIRST, digest).to_vec(),
        public_key: identity.public_key().to_vec(),
        signature: Vec::new(),
    };
    row.signature = identity.sign(&transcript(&row)).to_vec();
    let mark = Mark::of(&row);
    store::insert_checkpoint(tx, row).await?;
    Ok(mark)
}

/// What the signature covers.
fn transcript(row: &Model) -> Vec<u8> {
    let kind = match row.kind.as_str() {
        "periodic" => 1,
        "pruned" => 2,
        // Never signed by this program.
        _ => 0,
    };
    let mut bytes = PREFIX.to_vec();
    bytes.extend(row.organization_id.bytes());
    bytes.extend(row.number.to_be_bytes());
    bytes.push(kind);
    bytes.extend(row.seq.to_be_bytes());
    bytes.extend(&row.hash);
    bytes.extend(row.at.0.to_be_bytes());
    bytes.extend(&row.previous);
    bytes.extend(&row.public_key);
    bytes
}

/// By which the next checkpoint names this one.
pub(super) fn digest(row: &Model) -> [u8; 32] {
    Sha256::new()
        .chain_update(transcript(row))
        .chain_update(&row.signature)
        .finalize()
        .into()
}

/// Whether the checkpoint says that one of the keys `known` made it.
pub(super) fn is_of(row: &Model, known: &[PublicKey]) -> bool {
    known.iter().any(|key| key.as_slice() == row.public_key)
}

/// Whether the key that the checkpoint names made it.
pub(super) fn is_signed(row: &Model) -> bool {
    // Lengths are part of what is checked: the transcript has no separators.
    let lengths = row.hash.len() == 32 && row.previous.len() == 32;
    let verified = || {
        let key = PublicKey::try_from(row.public_key.as_slice()).ok()?;
        let key = VerifyingKey::from_bytes(&key).ok()?;
        let signature = Signature::from_slice(&row.signature).ok()?;
        key.verify_strict(&transcript(row), &signature).ok()
    };
    lengths && verified().is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signed(identity: &Identity) -> Model {
        let mut row = Model {
            organization_id: OrganizationId::new(),
            number: 3,
            kind: "periodic".into(),
            seq: 1000,
            hash: vec![7; 32],
            at: Timestamp(1_772_366_400_000),
            previous: vec![8; 32],
            public_key: identity.public_key().to_vec(),
            signature: Vec::new(),
        };
        row.signature = identity.sign(&transcript(&row)).to_vec();
        row
    }

    proptest! {
        #[test]
        fn any_change_breaks_the_signature(column in 0_usize..9, at in 0_usize..32, bit in 0_u8..8) {
            let identity = Identity::random().unwrap();
            let mut row = signed(&identity);
            prop_assert!(is_signed(&row));
            match column {
                0 => row.organization_id = OrganizationId::new(),
                1 => row.number += 1,
                2 => row.kind = "pruned".into(),
                3 => row.seq -= 1,
                4 => row.hash[at] ^= 1 << bit,
                5 => row.at.0 += 1,
                6 => row.previous[at] ^= 1 << bit,
                7 => row.public_key[at] ^= 1 << bit,
                _ => row.signature[at * 2] ^= 1 << bit,
            }
            prop_assert!(!is_signed(&row));
        }
    }

    #[test]
    fn a_key_that_is_not_known_proves_nothing() {
        let (ours, theirs) = (Identity::random().unwrap(), Identity::random().unwrap());
        let row = signed(&theirs);
        assert!(is_signed(&row));
        assert!(!is_of(&row, &[ours.public_key()]));
        assert!(is_of(&row, &[ours.public_key(), theirs.public_key()]));
    }

    #[test]
    fn bytes_do_not_move_between_fields() {
        let identity = Identity::random().unwrap();
        let mut row = signed(&identity);
        let moved = row.hash.pop().unwrap();
        row.previous.insert(0, moved);
        row.signature = identity.sign(&transcript(&row)).to_vec();
        assert!(!is_signed(&row));
    }
}
