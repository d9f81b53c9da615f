//! Values that are known to stand on many machines, shipped as data (`non_unique.txt`). What a server learns by itself stands
//! in its database.

use super::{EvidenceKind, swapped_uuid};

const DATA: &str = include_str!("non_unique.txt");

/// Shortest value that can identify anything.
const SHORTEST: usize = 4;

/// Whether this value, in the form in which it is compared, is known to identify nothing.
#[must_use]
pub fn is_known_non_unique(kind: EvidenceKind, value: &str) -> bool {
    value.len() < SHORTEST || one_character(value) || listed(kind, value)
}

/// `00000000`, `xxxx-xxxx`, `........`: filler, whatever the maker's taste.
fn one_character(value: &str) -> bool {
    let mut characters = value
        .chars()
        .filter(|c| !matches!(c, '-' | ' ' | '.' | '_' | '/'));
    match characters.next() {
        Some(first) => characters.all(|c| c == first),
        None => true,
    }
}

fn listed(kind: EvidenceKind, value: &str) -> bool {
    let label = match kind {
        EvidenceKind::SmbiosUuid => "uuid",
        EvidenceKind::OsInstallId => "os",
        EvidenceKind::BoardSerial | EvidenceKind::SystemSerial => "serial",
        EvidenceKind::DiskSerial => "disk",
    };
    let twin = swapped_uuid(value);
    DATA.lines()
        .filter_map(|line| line.strip_prefix(label)?.strip_prefix(' '))
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => value.starts_with(start),
            None => pattern == value || twin.as_deref() == Some(pattern),
        })
        // A disk may say what a board says when its maker did not care.
        || (kind == EvidenceKind::DiskSerial && listed(EvidenceKind::BoardSerial, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_understood() {
        for line in DATA.lines().filter(|line| !line.starts_with('#')) {
            let (label, value) = line.split_once(' ').unwrap();
            assert!(["uuid", "serial", "disk", "os"].contains(&label), "{line}");
            assert_eq!(value, value.to_lowercase(), "{line}");
            if label == "uuid" {
                assert!(swapped_uuid(value).is_some(), "{line}");
            }
        }
    }

    #[test]
    fn filler_is_known_in_every_spelling() {
        for (kind, value) in [
            (EvidenceKind::SmbiosUuid, "03000200-0400-0500-0006-000700080009"),
            (EvidenceKind::SmbiosUuid, "00020003-0004-0005-0006-000700080009"),
            (EvidenceKind::BoardSerial, "default string"),
            (EvidenceKind::BoardSerial, "................"),
            (EvidenceKind::SystemSerial, "xxxxxxxxxxx"),
            (EvidenceKind::SystemSerial, "0000000"),
            (EvidenceKind::DiskSerial, "qm00001"),
            (EvidenceKind::DiskSerial, "none"),
            (EvidenceKind::DiskSerial, "overlayblk"),
            (EvidenceKind::DiskSerial, "vmware nvme_0000"),
            (EvidenceKind::DiskSerial, "persistent-disk-0"),
            (EvidenceKind::OsInstallId, ""),
        ] {
            assert!(is_known_non_unique(kind, value), "{value}");
        }
        assert!(!is_known_non_unique(
            EvidenceKind::BoardSerial,
            "/5bt4n53/cn12966a7/"
        ));
    }
}
