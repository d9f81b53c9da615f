//! The section `system`: the operating system and when it was installed and started. Uptime is the time since
//! `booted_at_ms`, and not told apart.

use serde::{Deserialize, Serialize};

use crate::fields::{Facts, Fields};

/// The operating system.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct System {
    /// The machine's own name, as a whole.
    pub hostname: Option<String>,
    /// `linux`, `windows`, `macos`.
    pub os_family: Option<String>,
    /// For people: `Debian GNU/Linux`, `Windows 11`.
    pub os_name: Option<String>,
    /// `Pro`, `Server Standard`, `Workstation`.
    pub os_edition: Option<String>,
    /// `12`, `23H2`; absent for rolling releases.
    pub os_version: Option<String>,
    /// `12.7`, `22631.3155`, the image's build.
    pub os_build: Option<String>,
    /// Release of the kernel.
    pub kernel: Option<String>,
    /// As Rust names it: `x86_64`, `aarch64`.
    pub arch: Option<String>,
    /// Language of the system as a tag: `pt-BR`.
    pub language: Option<String>,
    /// Name in the time zone database: `America/Sao_Paulo`.
    pub time_zone: Option<String>,
    /// When the system was installed.
    pub installed_at_ms: Option<i64>,
    /// When it was started, rounded to a minute.
    pub booted_at_ms: Option<i64>,
    /// What it runs in: `kvm`, `vmware`, `hyperv`, `xen`, `virtualbox`, `docker`, `lxc`, …; `none` on hardware of its own.
    pub virtualization: Option<String>,
}

impl Facts for System {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            hostname: fields.text("hostname"),
            os_family: fields.text("os_family"),
            os_name: fields.text("os_name"),
            os_edition: fields.text("os_edition"),
            os_version: fields.text("os_version"),
            os_build: fields.text("os_build"),
            kernel: fields.text("kernel"),
            arch: fields.text("arch"),
            language: fields.text("language"),
            time_zone: fields.text("time_zone"),
            installed_at_ms: fields.time("installed_at_ms"),
            booted_at_ms: fields.time("booted_at_ms"),
            virtualization: fields.text("virtualization"),
        }
    }
}
