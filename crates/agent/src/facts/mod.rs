//! What the agent tells of its machine: facts of the system, the state of the screen, what it can do.

use std::time::{Duration, UNIX_EPOCH};

use farol_platform::SystemFacts;
use farol_protocol::evidence::Evidence;
use farol_protocol::link::{Facts, LoggedOnUser, OperatingSystem, ScreenStatus};
use farol_protocol::pipe::message::screen::ScreenState;

/// How often facts that nobody announces (who is logged on) are read again.
pub const REFRESH: Duration = Duration::from_secs(60);

/// What this agent offers: what the machine lacks just now (a display) is said by the screen's state, what the program
/// lacks is not in the list.
#[must_use]
pub fn capabilities() -> Vec<String> {
    ["screen", "input", "clipboard"].map(str::to_owned).to_vec()
}

/// The facts as they travel.
#[must_use]
pub fn facts(system: SystemFacts, screen: &ScreenState) -> Facts {
    let SystemFacts { hostname, os, users } = system;
    let user = |user: farol_platform::LoggedOnUser| {
        let since = user.since.and_then(|since| since.duration_since(UNIX_EPOCH).ok());
        let since_ms = since.and_then(|since| u64::try_from(since.as_millis()).ok());
        LoggedOnUser {
            name: user.name,
            since_ms,
        }
    };
    Facts {
        hostname,
        os: OperatingSystem {
            family: os.family,
            name: os.name,
            version: os.version,
            arch: os.arch,
        },
        users: users.into_iter().map(user).collect(),
        agent_version: crate::VERSION.into(),
        screen: Some(ScreenStatus {
            code: screen.condition.code().into(),
            detail: screen.detail.clone(),
        }),
    }
}

/// What the machine is recognized by, as it travels.
#[must_use]
pub fn evidence(read: farol_platform::Evidence) -> Evidence {
    Evidence {
        smbios_uuid: read.smbios_uuid.unwrap_or_default(),
        os_install_id: read.os_install_id.unwrap_or_default(),
        board_serial: read.board_serial.unwrap_or_default(),
        system_serial: read.product_serial.unwrap_or_default(),
        disk_serials: read.disk_serials,
    }
}
