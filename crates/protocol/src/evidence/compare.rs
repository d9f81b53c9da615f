//! How alike two sets of evidence are. Pure; the values that a server has learned to be non-unique are taken out beforehand
//! by [`Evidence::without`].

use super::{Evidence, EvidenceKind, EvidenceValue};

/// Whether one kind of value agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sameness {
    /// Both sides tell, and it is the same.
    Same,
    /// Both sides tell, and it differs.
    Different,
    /// One side does not tell, or what it tells identifies nothing.
    Unknown,
}

/// What the hardware values say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hardware {
    /// Of hardware UUID, board and system something agrees, and nothing of them differs or the disks agree as well. Disks may
    /// have been changed.
    Same,
    /// Some of it is the same and some is not, or only disks tell: a repaired machine, a moved disk, or a copy.
    Doubtful,
    /// Nothing that both sides tell is the same.
    Different,
    /// There is nothing to compare.
    Unknown,
}

/// Two sets of evidence, compared kind by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likeness {
    /// SMBIOS UUID.
    pub uuid: Sameness,
    /// Installed operating system.
    pub os: Sameness,
    /// Serial number of the board.
    pub board: Sameness,
    /// Serial number of the system.
    pub system: Sameness,
    /// Disks: the same when at least one is.
    pub disks: Sameness,
}

impl Likeness {
    /// What the hardware says, taken together.
    #[must_use]
    pub fn hardware(&self) -> Hardware {
        let parts = [self.uuid, self.board, self.system];
        let same = parts.contains(&Sameness::Same);
        let different = parts.contains(&Sameness::Different);
        match (same, different, self.disks) {
            (true, false, _) | (true, true, Sameness::Same) => Hardware::Same,
            (true, true, _) | (false, _, Sameness::Same) => Hardware::Doubtful,
            (false, true, _) | (false, false, Sameness::Different) => Hardware::Different,
            (false, false, Sameness::Unknown) => Hardware::Unknown,
        }
    }

    /// Whether anything that both sides tell differs.
    #[must_use]
    pub fn contradicts(&self) -> bool {
        self.all()
            .iter()
            .any(|(_, sameness)| *sameness == Sameness::Different)
    }

    /// Whether nothing differs that both sides tell of the board, the system and its UUID.
    #[must_use]
    pub fn board_agrees(&self) -> bool {
        let parts = [self.uuid, self.board, self.system];
        parts.contains(&Sameness::Same) && !parts.contains(&Sameness::Different)
    }

    /// Each kind with its verdict.
    #[must_use]
    pub fn all(&self) -> [(EvidenceKind, Sameness); 5] {
        [
            (EvidenceKind::SmbiosUuid, self.uuid),
            (EvidenceKind::OsInstallId, self.os),
            (EvidenceKind::BoardSerial, self.board),
            (EvidenceKind::SystemSerial, self.system),
            (EvidenceKind::DiskSerial, self.disks),
        ]
    }
}

impl Evidence {
    /// Compares what was known with what is said now.
    #[must_use]
    pub fn likeness(&self, said: &Self) -> Likeness {
        let (known, said) = (self.values(), said.values());
        let of = |kind| {
            let of_kind = |values: &[EvidenceValue]| -> Vec<String> {
                let values = values.iter().filter(|value| value.kind == kind);
                values.map(|value| value.value.clone()).collect()
            };
            let (known, said) = (of_kind(&known), of_kind(&said));
            if known.is_empty() || said.is_empty() {
                Sameness::Unknown
            } else if known.iter().any(|value| said.contains(value)) {
                Sameness::Same
            } else {
                Sameness::Different
            }
        };
        Likeness {
            uuid: of(EvidenceKind::SmbiosUuid),
            os: of(EvidenceKind::OsInstallId),
            board: of(EvidenceKind::BoardSerial),
            system: of(EvidenceKind::SystemSerial),
            disks: of(EvidenceKind::DiskSerial),
        }
    }

    /// The evidence with what is said now; what is not said any more (an agent that lost the right to read it) stays.
    #[must_use]
    pub fn updated_by(&self, said: &Self) -> Self {
        let newer = |old: &String, new: &String| if new.is_empty() { old.clone() } else { new.clone() };
        Self {
            smbios_uuid: newer(&self.smbios_uuid, &said.smbios_uuid),
            os_install_id: newer(&self.os_install_id, &said.os_install_id),
            board_serial: newer(&self.board_serial, &said.board_serial),
            system_serial: newer(&self.system_serial, &said.system_serial),
            disk_serials: if said.disk_serials.is_empty() {
                self.disk_serials.clone()
            } else {
                said.disk_serials.clone()
            },
        }
    }

    /// The evidence without these values, which have turned out to stand on several machines.
    #[must_use]
    pub fn without(&self, non_unique: &[EvidenceValue]) -> Self {
        let counts = |kind, text: &str| {
            let value = super::comparable(kind, text);
            value.is_none_or(|value| !non_unique.contains(&value))
        };
        let keep = |kind, text: &String| {
            if counts(kind, text) {
                text.clone()
            } else {
                String::new()
            }
        };
        Self {
            smbios_uuid: keep(EvidenceKind::SmbiosUuid, &self.smbios_uuid),
            os_install_id: keep(EvidenceKind::OsInstallId, &self.os_install_id),
            board_serial: keep(EvidenceKind::BoardSerial, &self.board_serial),
            system_serial: keep(EvidenceKind::SystemSerial, &self.system_serial),
            disk_serials: self
                .disk_serials
                .iter()
                .filter(|disk| counts(EvidenceKind::DiskSerial, disk))
                .cloned()
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(uuid: u8, board: &str, disks: &[&str], os: &str) -> Evidence {
        Evidence {
            smbios_uuid: format!("4c4c4544-0042-3510-8054-b4c04f4e35{uuid:02x}"),
            os_install_id: os.into(),
            board_serial: board.into(),
            system_serial: String::new(),
            disk_serials: disks.iter().map(|disk| (*disk).to_owned()).collect(),
        }
    }

    #[test]
    fn a_changed_disk_is_the_same_hardware_a_copied_disk_is_not() {
        let known = evidence(1, "board-1", &["disk-1"], "system-1");
        let disk_changed = evidence(1, "board-1", &["disk-2"], "system-2");
        assert_eq!(known.likeness(&disk_changed).hardware(), Hardware::Same);
        let copied = evidence(2, "board-2", &["disk-2"], "system-1");
        assert_eq!(known.likeness(&copied).hardware(), Hardware::Different);
        let board_changed = evidence(2, "board-2", &["disk-1"], "system-1");
        assert_eq!(known.likeness(&board_changed).hardware(), Hardware::Doubtful);
        let uuid_kept = evidence(1, "board-2", &["disk-2"], "system-1");
        assert_eq!(known.likeness(&uuid_kept).hardware(), Hardware::Doubtful);
        assert_eq!(known.likeness(&Evidence::default()).hardware(), Hardware::Unknown);
    }

    #[test]
    fn learned_values_count_no_more() {
        let known = evidence(1, "board-1", &["disk-1"], "system-1");
        let other = evidence(2, "board-1", &["disk-2"], "system-2");
        let learned = [EvidenceValue {
            kind: EvidenceKind::BoardSerial,
            value: "board-1".into(),
        }];
        assert_eq!(known.likeness(&other).hardware(), Hardware::Doubtful);
        let (known, other) = (known.without(&learned), other.without(&learned));
        assert_eq!(known.likeness(&other).hardware(), Hardware::Different);
    }
}
