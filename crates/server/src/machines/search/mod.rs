//! Machines in the search language (`crate::search`): which fields they have, and who answers.
//!
//! What a machine's row and the sections of its inventory say is written beside them, folded, when they are (`kept.rs`): one text to look
//! for words in, and a row for each value of a field. `facts.rs` and `sections.rs` say what that is, `software.rs` keeps titles of software
//! once for all machines, `sql.rs` asks the database for it, `memory.rs` a machine that is at hand. What changes without a row (presence,
//! names of sites and organizations) is asked where it is kept. `look.rs` helps whoever writes a search. Begin with [`MachineField`].

mod facts;
mod kept;
mod look;
mod memory;
mod sections;
mod software;
mod sql;

pub use facts::{Fact, Facts, Part};
pub use kept::{complete, keep, keep_section};
pub use look::{
    COUNT_MAX, MachineSearch, OFFERS_MAX, SearchCompletion, SearchMistake, SearchOffer, SearchOfferKind, look,
};
pub use memory::Known;
pub use software::forget_unused;
pub(super) use sql::Asked;

use crate::search::{Field, Kind, Unit};

/// What can be asked of machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MachineField {
    /// The name people gave it.
    Name,
    /// What it calls itself.
    Host,
    /// The name of its operating system, with the version.
    Os,
    /// The version of its operating system.
    OsVersion,
    /// What kind of operating system.
    OsFamily,
    /// Processor architecture.
    Arch,
    /// Version of its agent.
    Agent,
    /// Who is logged on.
    User,
    /// A tag.
    Tag,
    /// Department.
    Department,
    /// What kind of device.
    DeviceType,
    /// Where its agent last connected from, and what addresses it has.
    Ip,
    /// Hardware address of one of its interfaces.
    Mac,
    /// Who made it.
    Maker,
    /// Model, as its maker calls it.
    Model,
    /// Serial number of the machine, its board, a disk or a monitor.
    Serial,
    /// Model of its processor.
    Cpu,
    /// How much memory it has.
    Memory,
    /// How large one of its disks is.
    Disk,
    /// An account on it that is a person's: name it logs on with, or name of the person.
    Account,
    /// Who may do anything on it.
    Admin,
    /// A package that is installed.
    Software,
    /// Its time zone.
    Timezone,
    /// Whether the disk that its system is on is encrypted.
    Encrypted,
    /// Whether it waits for a restart.
    Reboot,
    /// What it runs in; nothing on hardware of its own.
    Virtual,
    /// Its site.
    Site,
    /// Its organization.
    Organization,
    /// How it is.
    Is,
    /// Whose agent speaks for it.
    Door,
    /// What its agent can do.
    Can,
    /// When it was last online; now, for those that are.
    Seen,
    /// When it got its record.
    Enrolled,
}

/// Values of [`MachineField::Is`].
pub(super) const ONLINE: &str = "online";
pub(super) const OFFLINE: &str = "offline";
pub(super) const BLOCKED: &str = "blocked";

impl Field for MachineField {
    const ALL: &'static [Self] = &[
        Self::Name,
        Self::Host,
        Self::Os,
        Self::OsVersion,
        Self::OsFamily,
        Self::Arch,
        Self::Agent,
        Self::User,
        Self::Tag,
        Self::Department,
        Self::DeviceType,
        Self::Ip,
        Self::Mac,
        Self::Maker,
        Self::Model,
        Self::Serial,
        Self::Cpu,
        Self::Memory,
        Self::Disk,
        Self::Account,
        Self::Admin,
        Self::Software,
        Self::Timezone,
        Self::Encrypted,
        Self::Reboot,
        Self::Virtual,
        Self::Site,
        Self::Organization,
        Self::Is,
        Self::Door,
        Self::Can,
        Self::Seen,
        Self::Enrolled,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Host => "host",
            Self::Os => "os",
            Self::OsVersion => "os.version",
            Self::OsFamily => "os.family",
            Self::Arch => "arch",
            Self::Agent => "agent",
            Self::User => "user",
            Self::Tag => "tag",
            Self::Department => "department",
            Self::DeviceType => "type",
            Self::Ip => "ip",
            Self::Mac => "mac",
            Self::Maker => "maker",
            Self::Model => "model",
            Self::Serial => "serial",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Account => "account",
            Self::Admin => "admin",
            Self::Software => "software",
            Self::Timezone => "timezone",
            Self::Encrypted => "encrypted",
            Self::Reboot => "reboot",
            Self::Virtual => "virtual",
            Self::Site => "site",
            Self::Organization => "organization",
            Self::Is => "is",
            Self::Door => "door",
            Self::Can => "can",
            Self::Seen => "seen",
            Self::Enrolled => "enrolled",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::OsVersion | Self::Agent => Kind::Version,
            Self::OsFamily => Kind::Choice(&["linux", "windows", "macos"]),
            Self::Ip => Kind::Address,
            Self::Memory | Self::Disk => Kind::Number(Unit::Bytes),
            Self::Encrypted | Self::Reboot => Kind::YesNo,
            Self::Is => Kind::Choice(&[ONLINE, OFFLINE, BLOCKED]),
            Self::Door => Kind::Choice(&["agent", "helpdesk"]),
            Self::Seen | Self::Enrolled => Kind::Time,
            _ => Kind::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_can_be_written() {
        assert!(crate::search::is_sound::<MachineField>());
    }
}
