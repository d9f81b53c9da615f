//! The sections of the inventory, and the facts of one of them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical::List;
use crate::fields::{Facts, Fields};
use crate::{
    Disks, Hardware, Network, People, Posture, Software, System, disks, hardware, network, people, posture,
    software,
};

/// One part of the inventory, hashed, sent and kept by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// The operating system.
    System,
    /// What the machine is made of.
    Hardware,
    /// Disks and file systems.
    Disks,
    /// How it is connected.
    Network,
    /// Who has accounts, who is logged on.
    People,
    /// What is installed and runs.
    Software,
    /// What protects it.
    Posture,
}

impl Section {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 7] = [
        Self::System,
        Self::Hardware,
        Self::Disks,
        Self::Network,
        Self::People,
        Self::Software,
        Self::Posture,
    ];

    /// Stable name: on the wire, in rows and in routes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Hardware => "hardware",
            Self::Disks => "disks",
            Self::Network => "network",
            Self::People => "people",
            Self::Software => "software",
            Self::Posture => "posture",
        }
    }

    /// The section of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.name() == name)
    }

    /// Its lists of things that have a name, and those whose order means something.
    pub(crate) fn lists(self) -> &'static [List] {
        match self {
            Self::System => &[],
            Self::Hardware => hardware::LISTS,
            Self::Disks => disks::LISTS,
            Self::Network => network::LISTS,
            Self::People => people::LISTS,
            Self::Software => software::LISTS,
            Self::Posture => posture::LISTS,
        }
    }
}

impl std::fmt::Display for Section {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The facts of one section.
#[allow(
    clippy::large_enum_variant,
    reason = "a handful at a time, and their lists are elsewhere"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// See [`System`].
    System(System),
    /// See [`Hardware`].
    Hardware(Hardware),
    /// See [`Disks`].
    Disks(Disks),
    /// See [`Network`].
    Network(Network),
    /// See [`People`].
    People(People),
    /// See [`Software`].
    Software(Software),
    /// See [`Posture`].
    Posture(Posture),
}

impl Body {
    /// A section of which nothing is known.
    #[must_use]
    pub fn empty(section: Section) -> Self {
        match section {
            Section::System => Self::System(System::default()),
            Section::Hardware => Self::Hardware(Hardware::default()),
            Section::Disks => Self::Disks(Disks::default()),
            Section::Network => Self::Network(Network::default()),
            Section::People => Self::People(People::default()),
            Section::Software => Self::Software(Software::default()),
            Section::Posture => Self::Posture(Posture::default()),
        }
    }

    /// Which section it is.
    #[must_use]
    pub fn section(&self) -> Section {
        match self {
            Self::System(_) => Section::System,
            Self::Hardware(_) => Section::Hardware,
            Self::Disks(_) => Section::Disks,
            Self::Network(_) => Section::Network,
            Self::People(_) => Section::People,
            Self::Software(_) => Section::Software,
            Self::Posture(_) => Section::Posture,
        }
    }

    pub(crate) fn take(section: Section, fields: &mut Fields<'_>) -> Self {
        match section {
            Section::System => Self::System(System::take(fields)),
            Section::Hardware => Self::Hardware(Hardware::take(fields)),
            Section::Disks => Self::Disks(Disks::take(fields)),
            Section::Network => Self::Network(Network::take(fields)),
            Section::People => Self::People(People::take(fields)),
            Section::Software => Self::Software(Software::take(fields)),
            Section::Posture => Self::Posture(Posture::take(fields)),
        }
    }

    /// As JSON, absent members included.
    pub(crate) fn to_value(&self) -> Value {
        let value = match self {
            Self::System(facts) => serde_json::to_value(facts),
            Self::Hardware(facts) => serde_json::to_value(facts),
            Self::Disks(facts) => serde_json::to_value(facts),
            Self::Network(facts) => serde_json::to_value(facts),
            Self::People(facts) => serde_json::to_value(facts),
            Self::Software(facts) => serde_json::to_value(facts),
            Self::Posture(facts) => serde_json::to_value(facts),
        };
        // Plain structs of texts, numbers and lists always have a JSON form.
        value.unwrap_or_default()
    }

    /// Back from [`Self::to_value`]; `None` when it is something else.
    pub(crate) fn of_value(section: Section, value: Value) -> Option<Self> {
        fn typed<T: DeserializeOwned>(value: Value) -> Option<T> {
            serde_json::from_value(value).ok()
        }
        Some(match section {
            Section::System => Self::System(typed(value)?),
            Section::Hardware => Self::Hardware(typed(value)?),
            Section::Disks => Self::Disks(typed(value)?),
            Section::Network => Self::Network(typed(value)?),
            Section::People => Self::People(typed(value)?),
            Section::Software => Self::Software(typed(value)?),
            Section::Posture => Self::Posture(typed(value)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_json_and_lead_back() {
        for section in Section::ALL {
            assert_eq!(serde_json::to_value(section).unwrap(), section.name());
            assert_eq!(Section::of_name(section.name()), Some(section));
            assert_eq!(Body::empty(section).section(), section);
        }
        assert_eq!(Section::of_name("System"), None);
    }
}
