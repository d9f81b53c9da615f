//! The section `software`: packages of every manager, services, updates that wait. A service that runs for a moment from
//! time to time (a timer's) counts as stopped, or it would change with every reading.

use serde::{Deserialize, Serialize};

use crate::canonical::List;
use crate::fields::{Facts, Fields};
use crate::limits::{PACKAGES_MAX, SERVICES_MAX};

/// A new version of a package is one change.
pub(crate) const LISTS: &[List] = &[
    List::keyed(
        "packages",
        &[&["manager", "name", "arch"], &["manager", "name"]],
        &["name"],
    ),
    List::keyed("services", &[&["name"]], &["name"]),
    List::keyed("updates.packages", &[&["manager", "name"]], &["name"]),
];

/// What is installed and runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Software {
    /// Packages that are installed.
    pub packages: Vec<Package>,
    /// Services.
    pub services: Vec<Service>,
    /// Updates that wait.
    pub updates: Updates,
}

impl Facts for Software {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            packages: fields.list_to("packages", PACKAGES_MAX),
            services: fields.list_to("services", SERVICES_MAX),
            updates: fields.one("updates"),
        }
    }
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Package {
    /// `dpkg`, `rpm`, `flatpak`, `snap`, `msi`, …
    pub manager: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Version, as its manager writes it.
    pub version: Option<String>,
    /// Architecture, as its manager writes it; branch for a `flatpak`.
    pub arch: Option<String>,
    /// Who published it, where that is not the distribution.
    pub publisher: Option<String>,
}

impl Facts for Package {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            manager: fields.text("manager"),
            name: fields.text("name"),
            version: fields.text("version"),
            arch: fields.text("arch"),
            publisher: fields.text("publisher"),
        }
    }
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Name: `ssh.service`, `Spooler`.
    pub name: Option<String>,
    /// What it says it is.
    pub description: Option<String>,
    /// `running`, `stopped`, `failed`.
    pub state: Option<String>,
    /// `automatic`, `manual`, `disabled`.
    pub start: Option<String>,
    /// What it starts, secrets masked.
    pub command: Option<String>,
    /// Account it runs as; absent for the system's.
    pub account: Option<String>,
}

impl Facts for Service {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            description: fields.long_text("description"),
            state: fields.text("state"),
            start: fields.text("start"),
            command: fields.long_text("command"),
            account: fields.text("account"),
        }
    }
}

/// Updates that wait.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Updates {
    /// How many.
    pub pending: Option<u64>,
    /// How many of them close holes.
    pub security: Option<u64>,
    /// Which, where that is known.
    pub packages: Vec<Update>,
}

impl Facts for Updates {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            pending: fields.number("pending"),
            security: fields.number("security"),
            packages: fields.list("packages"),
        }
    }
}

/// An update.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Update {
    /// As in [`Package`].
    pub manager: Option<String>,
    /// Name of the package.
    pub name: Option<String>,
    /// Version that would come.
    pub version: Option<String>,
    /// Whether it closes a hole.
    pub security: Option<bool>,
}

impl Facts for Update {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            manager: fields.text("manager"),
            name: fields.text("name"),
            version: fields.text("version"),
            security: fields.flag("security"),
        }
    }
}
