//! What a machine's hardware and system say about which machine it is: [`Evidence`], its comparison, and the fingerprint
//! over it ([`MachineUid`]).
//!
//! Here: the values, how they are cleaned, which of them are worth nothing, how alike two sets are. Not here: reading them
//! (`farol-platform`), and what follows from likeness (the server's recognition rules).
//!
//! Evidence is a claim for matching, never a credential and never key material: anybody who has seen a machine can repeat
//! it. Host names, IP and MAC addresses are left out on purpose, because they belong to a place or a plug and not to a
//! machine.

mod compare;
mod known;

use std::fmt;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

pub use compare::{Hardware, Likeness, Sameness};
pub use known::is_known_non_unique;

use crate::limits::{DISKS_MAX, EVIDENCE_MAX};
use crate::wire::link as proto;
use crate::{ProtocolError, text};

/// What kind of thing a value identifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EvidenceKind {
    /// SMBIOS type 1 UUID.
    SmbiosUuid,
    /// The installed operating system.
    OsInstallId,
    /// SMBIOS type 2 serial number.
    BoardSerial,
    /// SMBIOS type 1 serial number.
    SystemSerial,
    /// A built-in disk's serial number.
    DiskSerial,
}

impl EvidenceKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::SmbiosUuid,
        Self::OsInstallId,
        Self::BoardSerial,
        Self::SystemSerial,
        Self::DiskSerial,
    ];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SmbiosUuid => "smbios_uuid",
            Self::OsInstallId => "os_install_id",
            Self::BoardSerial => "board_serial",
            Self::SystemSerial => "system_serial",
            Self::DiskSerial => "disk_serial",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One value that identifies a machine as far as it is unique, in the form in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EvidenceValue {
    /// What it identifies.
    pub kind: EvidenceKind,
    /// Lower case; a UUID in whichever of its two byte orders sorts first.
    pub value: String,
}

/// What was read of a machine. Fields are empty where the machine does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// SMBIOS type 1 UUID, lower case with hyphens, in the byte order of SMBIOS 2.6 and later.
    pub smbios_uuid: String,
    /// Identifies the installed operating system; never the system's own secret id itself.
    pub os_install_id: String,
    /// SMBIOS type 2 serial number.
    pub board_serial: String,
    /// SMBIOS type 1 serial number.
    pub system_serial: String,
    /// Serial numbers of built-in disks, sorted; at most [`DISKS_MAX`].
    pub disk_serials: Vec<String>,
}

/// A fingerprint of a machine's evidence that can be computed again after the agent's state is lost: SHA-256 over the
/// values that count. For people and logs; matching looks at the values.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MachineUid(pub [u8; 32]);

impl fmt::Display for MachineUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0[..16]))
    }
}

impl fmt::Debug for MachineUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MachineUid({self})")
    }
}

impl Evidence {
    /// The values that count, in the form in which they are compared: cleaned, without known non-unique ones, each once, in
    /// order.
    #[must_use]
    pub fn values(&self) -> Vec<EvidenceValue> {
        let singles = [
            (EvidenceKind::SmbiosUuid, &self.smbios_uuid),
            (EvidenceKind::OsInstallId, &self.os_install_id),
            (EvidenceKind::BoardSerial, &self.board_serial),
            (EvidenceKind::SystemSerial, &self.system_serial),
        ];
        let disks = self.disk_serials.iter().take(DISKS_MAX);
        let mut values: Vec<EvidenceValue> = singles
            .into_iter()
            .chain(disks.map(|disk| (EvidenceKind::DiskSerial, disk)))
            .filter_map(|(kind, value)| comparable(kind, value))
            .collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// The fingerprint; `None` when nothing of the evidence counts.
    #[must_use]
    pub fn uid(&self) -> Option<MachineUid> {
        let values = self.values();
        if values.is_empty() {
            return None;
        }
        let mut digest = Sha256::new();
        digest.update(b"farol-uid-1\0");
        for EvidenceValue { kind, value } in values {
            digest.update(kind.code());
            digest.update(b"\0");
            digest.update(value);
            digest.update(b"\0");
        }
        Some(MachineUid(digest.finalize().into()))
    }

    pub(crate) fn into_wire(self) -> proto::Evidence {
        let value = |text: String| text::clip(text, EVIDENCE_MAX);
        proto::Evidence {
            smbios_uuid: value(self.smbios_uuid),
            os_install_id: value(self.os_install_id),
            board_serial: value(self.board_serial),
            system_serial: value(self.system_serial),
            disk_serials: self.disk_serials.into_iter().take(DISKS_MAX).map(value).collect(),
        }
    }

    pub(crate) fn from_wire(evidence: proto::Evidence) -> Result<Self, ProtocolError> {
        Self::checked(Self {
            smbios_uuid: evidence.smbios_uuid,
            os_install_id: evidence.os_install_id,
            board_serial: evidence.board_serial,
            system_serial: evidence.system_serial,
            disk_serials: evidence.disk_serials,
        })
    }

    /// What somebody else says, cleaned for showing and keeping: one line each, without control and direction characters.
    ///
    /// # Errors
    /// When a value or the list of disks is longer than allowed.
    pub fn checked(said: Self) -> Result<Self, ProtocolError> {
        let value = |text| text::line(text, EVIDENCE_MAX, "evidence").map(|text| text.trim().to_owned());
        if said.disk_serials.len() > DISKS_MAX {
            return Err(ProtocolError::TooBig("list of disks"));
        }
        let mut disks = said
            .disk_serials
            .into_iter()
            .map(value)
            .collect::<Result<Vec<_>, _>>()?;
        disks.retain(|disk| !disk.is_empty());
        disks.sort_unstable();
        disks.dedup();
        Ok(Self {
            smbios_uuid: value(said.smbios_uuid)?,
            os_install_id: value(said.os_install_id)?,
            board_serial: value(said.board_serial)?,
            system_serial: value(said.system_serial)?,
            disk_serials: disks,
        })
    }
}

/// The form in which a value is compared; `None` when it identifies nothing.
fn comparable(kind: EvidenceKind, value: &str) -> Option<EvidenceValue> {
    let mut folded: String = value
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    if kind == EvidenceKind::SmbiosUuid {
        let twin = swapped_uuid(&folded)?;
        folded = folded.min(twin);
    }
    (!is_known_non_unique(kind, &folded)).then_some(EvidenceValue { kind, value: folded })
}

/// The same UUID read with the other byte order of its first three fields. SMBIOS before 2.6 did not say which one holds,
/// and tools differ to this day (DMTF DSP0134, 7.2.1); `None` for what is no UUID.
#[must_use]
pub fn swapped_uuid(uuid: &str) -> Option<String> {
    let hyphens = [8, 13, 18, 23];
    let shape = uuid.len() == 36
        && uuid.bytes().enumerate().all(|(at, byte)| {
            if hyphens.contains(&at) {
                byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        });
    if !shape {
        return None;
    }
    let reversed = |field: &str| -> String {
        let pairs: Vec<&str> = (0..field.len() / 2)
            .rev()
            .filter_map(|pair| field.get(pair * 2..pair * 2 + 2))
            .collect();
        pairs.concat()
    };
    let mut fields = uuid.splitn(4, '-');
    let (a, b, c, rest) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    Some(format!("{}-{}-{}-{rest}", reversed(a), reversed(b), reversed(c)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn machine() -> Evidence {
        Evidence {
            smbios_uuid: "4C4C4544-0042-3510-8054-B4C04F4E3533".into(),
            os_install_id: "0123456789abcdef0123456789abcde0".into(),
            board_serial: "/5BT4N53/CN1296  6A7/".into(),
            system_serial: "To be filled by O.E.M.".into(),
            disk_serials: vec!["S4EVNX0M".into()],
        }
    }

    #[test]
    fn the_uid_ignores_byte_order_case_and_values_that_mean_nothing() {
        let one = machine();
        let other = Evidence {
            smbios_uuid: "44454c4c-4200-1035-8054-b4c04f4e3533".into(),
            board_serial: "/5bt4n53/cn1296 6a7/".into(),
            system_serial: "Default string".into(),
            ..machine()
        };
        assert_eq!(one.uid(), other.uid());
        assert_eq!(one.values().len(), 4);
        let moved = Evidence {
            disk_serials: vec!["OTHER123".into()],
            ..machine()
        };
        assert_ne!(one.uid(), moved.uid());
        assert_eq!(Evidence::default().uid(), None);
    }

    #[test]
    fn hostile_values_are_refused_or_cleaned() {
        let long = Evidence {
            board_serial: "x".repeat(EVIDENCE_MAX + 1),
            ..Evidence::default()
        };
        assert!(Evidence::checked(long).is_err());
        let many = Evidence {
            disk_serials: vec!["a".into(); DISKS_MAX + 1],
            ..Evidence::default()
        };
        assert!(Evidence::checked(many).is_err());
        let odd = Evidence {
            board_serial: " a\u{202e}b\nc ".into(),
            ..Evidence::default()
        };
        assert_eq!(Evidence::checked(odd).unwrap().board_serial, "a b c");
    }

    proptest! {
        #[test]
        fn swapping_twice_changes_nothing(bytes in any::<[u8; 16]>()) {
            let hex = HEXLOWER.encode(&bytes);
            let uuid = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
            let twin = swapped_uuid(&uuid).unwrap();
            prop_assert_eq!(swapped_uuid(&twin).unwrap(), uuid.clone());
            let (a, b) = (
                Evidence { smbios_uuid: uuid, ..Evidence::default() },
                Evidence { smbios_uuid: twin.to_uppercase(), ..Evidence::default() },
            );
            prop_assert_eq!(a.uid(), b.uid());
        }

        #[test]
        fn anything_can_be_evidence(a in ".{0,80}", b in ".{0,80}", disks in proptest::collection::vec(".{0,70}", 0..10)) {
            let said = Evidence { smbios_uuid: a.clone(), os_install_id: b.clone(), board_serial: a, system_serial: b, disk_serials: disks };
            if let Ok(clean) = Evidence::checked(said) {
                let again = Evidence::from_wire(clean.clone().into_wire()).unwrap();
                prop_assert_eq!(&again, &clean);
                prop_assert_eq!(clean.likeness(&again).contradicts(), false);
            }
        }
    }
}
