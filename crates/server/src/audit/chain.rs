//! The hash that links an entry to the one before.
//!
//! `hash = SHA-256(prefix ‖ organization ‖ seq ‖ prev_hash ‖ at ‖ fields)`, numbers big-endian in 8 bytes, each field as a
//! 4-byte length and its bytes, an absent one as the length 0xffffffff. The first `prev_hash` is zero. The organization's
//! row keeps the last number and hash, so that entries cut off at the end are noticed as well.
//!
//! The fields of version 1 (`farol-audit-1\0`) are id, actor kind, actor id, actor name, action, target kind, target id,
//! target name, detail, request id; version 2 (`farol-audit-2\0`) adds address, before, after. A chain may begin with
//! entries of version 1; new entries are of version 2. JSON fields are hashed as the text that the row keeps.

use sha2::{Digest, Sha256};

use crate::store::entities::audit_entry::Model;

/// Version of entries written now.
pub(super) const VERSION: i32 = 2;

/// The hash before the first entry.
pub const GENESIS: [u8; 32] = [0; 32];

/// Computes an entry's hash over everything in its row but the hash itself. `None` for a row that no version of this
/// program writes.
pub(super) fn hash(row: &Model) -> Option<[u8; 32]> {
    let (prefix, added): (&[u8], _) = match row.chain_version {
        // What version 1 does not cover must not be there either.
        1 if row.address.is_none() && row.before.is_none() && row.after.is_none() => {
            (b"farol-audit-1\0", None)
        }
        VERSION => (
            b"farol-audit-2\0",
            Some([&row.address, &row.before, &row.after].map(|field| field.as_deref())),
        ),
        _ => return None,
    };
    let mut digest = Sha256::new();
    digest.update(prefix);
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
    for field in added.into_iter().flatten() {
        update(&mut digest, field);
    }
    Some(digest.finalize().into())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::{AuditEntryId, OrganizationId};

    fn row(version: i32) -> Model {
        Model {
            id: AuditEntryId::new(),
            organization_id: OrganizationId::new(),
            seq: 7,
            prev_hash: GENESIS.to_vec(),
            hash: Vec::new(),
            at: Timestamp(1_772_366_400_000),
            actor_kind: "account".into(),
            actor_id: Some("a".into()),
            actor_name: "Ann".into(),
            action: "machine.renamed".into(),
            target_kind: Some("machine".into()),
            target_id: Some("b".into()),
            target_name: Some("PC".into()),
            detail: "{}".into(),
            request_id: None,
            chain_version: version,
            address: None,
            before: None,
            after: None,
        }
    }

    /// Changes the column that `column` picks; `text` is what goes into it.
    fn changed(mut row: Model, column: usize, text: String) -> Model {
        let option = |old: &mut Option<String>| {
            *old = if old.as_deref() == Some(&text) {
                None
            } else {
                Some(text.clone())
            };
        };
        match column {
            0 => row.id = AuditEntryId::new(),
            1 => row.organization_id = OrganizationId::new(),
            2 => row.seq += 1,
            3 => row.prev_hash[usize::from(*text.as_bytes().first().unwrap_or(&0)) % 32] ^= 1,
            4 => row.at.0 += 1,
            5 => row.actor_kind.push_str(&text),
            6 => option(&mut row.actor_id),
            7 => row.actor_name.push_str(&text),
            8 => row.action.push_str(&text),
            9 => option(&mut row.target_kind),
            10 => option(&mut row.target_id),
            11 => option(&mut row.target_name),
            12 => row.detail.push_str(&text),
            13 => option(&mut row.request_id),
            14 => row.chain_version = 3 - row.chain_version,
            15 => option(&mut row.address),
            16 => option(&mut row.before),
            _ => option(&mut row.after),
        }
        row
    }

    proptest! {
        #[test]
        fn every_column_is_covered(version in 1..=2, column in 0_usize..18, text in ".{1,20}") {
            let before = row(version);
            let after = changed(before.clone(), column, text);
            prop_assert_ne!(&before, &after);
            prop_assert_ne!(hash(&before), hash(&after));
        }

        /// Text moved from one field to its neighbor is a change as well: lengths are hashed.
        #[test]
        fn fields_do_not_run_together(one in ".{0,10}", two in ".{1,10}") {
            let mut whole = row(2);
            whole.target_id = Some(format!("{one}{two}"));
            whole.target_name = Some(String::new());
            let mut split = whole.clone();
            split.target_id = Some(one);
            split.target_name = Some(two);
            prop_assert_ne!(hash(&whole), hash(&split));
        }
    }

    #[test]
    fn version_1_is_hashed_as_it_always_was() {
        let mut row = row(1);
        row.id = AuditEntryId(uuid::Uuid::from_u128(1));
        row.organization_id = OrganizationId(uuid::Uuid::from_u128(2));
        // Computed apart from this program, from the description above.
        assert_eq!(
            hash(&row).map(hex::encode).as_deref(),
            Some("09e297a4584c43a6c7b242c8c13494a2f9b9d7599b5f2ef6a23d09e737f690ef")
        );
    }

    #[test]
    fn an_unknown_version_has_no_hash() {
        assert_eq!(hash(&row(3)), None);
    }
}
