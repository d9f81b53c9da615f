//! The hash that links an entry to the one before.
//!
//! `hash = SHA-256("farol-audit-1\0" ‖ organization ‖ seq ‖ prev_hash ‖ at ‖ fields)`, numbers big-endian in 8 bytes, each
//! field as a 4-byte length and its bytes, an absent one as the length 0xffffffff. The first `prev_hash` is zero. The
//! organization's row keeps the last number and hash, so that entries cut off at the end are noticed as well.

use sha2::{Digest, Sha256};

use crate::store::entities::audit_entry::Model;

const PREFIX: &[u8] = b"farol-audit-1\0";

/// The hash before the first entry.
pub const GENESIS: [u8; 32] = [0; 32];

/// Computes an entry's hash over everything in its row but the hash itself.
pub(super) fn hash(row: &Model) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(PREFIX);
    digest.update(row.organization_id.bytes());
    digest.update(row.seq.to_be_bytes());
    digest.update(&row.prev_hash);
    digest.update(row.at.0.to_be_bytes());
    let id = row.id.to_string();
    for field in [
        Some(id.as_str()),
        Some(&row.actor_kind),
        row.actor_id.as_deref(),
        Some(&row.actor_name),
        Some(&row.action),
        row.target_kind.as_deref(),
        row.target_id.as_deref(),
        row.target_name.as_deref(),
        Some(&row.detail),
        row.request_id.as_deref(),
    ] {
        update(&mut digest, field);
    }
    digest.finalize().into()
}

fn update(digest: &mut Sha256, field: Option<&str>) {
    match field {
        Some(text) => {
            // Fields are capped far below 4 GiB.
            digest.update(u32::try_from(text.len()).unwrap_or(u32::MAX - 1).to_be_bytes());
            digest.update(text.as_bytes());
        }
        None => digest.update(u32::MAX.to_be_bytes()),
    }
}
