//! The section `posture`: what protects the machine, and what is missing for that. How old definitions are is volatile.

use serde::{Deserialize, Serialize};

use crate::canonical::List;
use crate::fields::{Facts, Fields};

/// Programs by their name.
pub(crate) const LISTS: &[List] = &[List::keyed("antivirus", &[&["name"]], &["name"])];

/// What protects the machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Posture {
    /// Filter of what comes in.
    pub firewall: Firewall,
    /// Programs against viruses.
    pub antivirus: Vec<Antivirus>,
    /// Whether the disk that the system is on is encrypted.
    pub system_encrypted: Option<bool>,
    /// Whether the firmware starts signed systems alone.
    pub secure_boot: Option<bool>,
    /// Version of the security module: `2.0`; `none`.
    pub tpm: Option<String>,
    /// `selinux`, `apparmor`, …, if it enforces; `none`.
    pub access_control: Option<String>,
    /// Whether updates are installed without anybody.
    pub automatic_updates: Option<bool>,
    /// Whether a restart is waited for.
    pub reboot_pending: Option<bool>,
    /// What waits for it.
    pub reboot_reasons: Vec<String>,
    /// What changes by itself.
    pub volatile: PostureVolatile,
}

impl Facts for Posture {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            firewall: fields.one("firewall"),
            antivirus: fields.list("antivirus"),
            system_encrypted: fields.flag("system_encrypted"),
            secure_boot: fields.flag("secure_boot"),
            tpm: fields.text("tpm"),
            access_control: fields.text("access_control"),
            automatic_updates: fields.flag("automatic_updates"),
            reboot_pending: fields.flag("reboot_pending"),
            reboot_reasons: fields.texts("reboot_reasons"),
            volatile: fields.one("volatile"),
        }
    }
}

/// Filter of what comes in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Firewall {
    /// `ufw`, `firewalld`, `nftables`, `iptables`, `windows`.
    pub name: Option<String>,
    /// Whether it filters.
    pub active: Option<bool>,
}

impl Facts for Firewall {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            active: fields.flag("active"),
        }
    }
}

/// A program against viruses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Antivirus {
    /// Which.
    pub name: Option<String>,
    /// Whether it watches.
    pub active: Option<bool>,
}

impl Facts for Antivirus {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            active: fields.flag("active"),
        }
    }
}

/// What changes by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostureVolatile {
    /// How programs against viruses are.
    pub antivirus: Vec<AntivirusState>,
}

impl Facts for PostureVolatile {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            antivirus: fields.list("antivirus"),
        }
    }
}

/// How a program against viruses is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AntivirusState {
    /// Name of the [`Antivirus`].
    pub name: Option<String>,
    /// How old what it knows is.
    pub definitions_at_ms: Option<i64>,
}

impl Facts for AntivirusState {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            definitions_at_ms: fields.time("definitions_at_ms"),
        }
    }
}
