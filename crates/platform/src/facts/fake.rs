//! Facts of a machine that does not exist.

use super::{LoggedOnUser, OsFacts, SystemFacts};

/// Plausible facts, the same at every call.
pub fn facts(hostname: &str) -> SystemFacts {
    SystemFacts {
        hostname: hostname.to_owned(),
        os: OsFacts {
            family: "linux".into(),
            name: "Fake Linux".into(),
            version: "12".into(),
            kernel: "6.1.0-fake".into(),
            arch: "x86_64".into(),
        },
        users: vec![LoggedOnUser {
            name: "fred".into(),
            since: None,
            graphical: true,
        }],
    }
}
