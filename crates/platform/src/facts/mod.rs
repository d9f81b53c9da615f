//! Facts about the machine that its record shows: name, operating system, who is logged on. What is in depth is
//! the inventory's.

use std::time::SystemTime;

pub mod fake;
#[cfg(target_os = "linux")]
pub(crate) mod linux;
#[cfg(target_os = "linux")]
pub(crate) mod utmp;

/// What a machine says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SystemFacts {
    /// The machine's own name, without domain where it has one without.
    pub hostname: String,
    /// Its operating system.
    pub os: OsFacts,
    /// Who is logged on, in order of logging on, at most [`USERS_MAX`].
    pub users: Vec<LoggedOnUser>,
}

/// An operating system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OsFacts {
    /// `linux`, `windows`, `macos`.
    pub family: String,
    /// For people: `Debian GNU/Linux`, `Windows 11 Pro`.
    pub name: String,
    /// The system's version: `12`, `23H2`; empty when it has none (rolling releases).
    pub version: String,
    /// The kernel's release or the build: `6.1.0-18-amd64`, `22631.3155`.
    pub kernel: String,
    /// Processor architecture as Rust names it: `x86_64`, `aarch64`.
    pub arch: String,
}

/// Somebody who is logged on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggedOnUser {
    /// Login name.
    pub name: String,
    /// When, if the system tells.
    pub since: Option<SystemTime>,
    /// True at a graphical desktop, false at a terminal or over the network.
    pub graphical: bool,
}

/// Most users told; a terminal server has some hundred, a record shows a few.
pub const USERS_MAX: usize = 64;

/// Reads the facts. Some file reads: a millisecond or so, more on machines with thousands of processes. Never fails:
/// what cannot be found out is empty.
pub fn system_facts() -> SystemFacts {
    #[cfg(target_os = "linux")]
    return linux::read();
    #[cfg(not(target_os = "linux"))]
    SystemFacts {
        os: OsFacts {
            family: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            ..OsFacts::default()
        },
        ..SystemFacts::default()
    }
}
