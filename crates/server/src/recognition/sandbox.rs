//! Whether a newcomer looks like an analysis sandbox: antivirus services run every installer they meet, and the run enrolls.
//!
//! A heuristic over host names that such systems are known to carry, kept short; it only ever makes somebody wait. Source: the
//! names that the public reports on common analysis services give their machines. Who is signed in is not known when an agent
//! enrolls, so account names do not count.

/// Host names of analysis systems, lower case; `*` at the end matches any ending.
const NAMES: &[&str] = &[
    "cuckoo*",
    "sandbox*",
    "malware*",
    "maltest*",
    "virustotal*",
    "vmtoolsd-sandbox",
    "joe-pc",
    "hal9th",
    "john-pc",
    "tequilaboomboom",
    "anyrun*",
    "hybrid-analysis*",
    "currentuser-pc",
    "honeypot*",
];

/// Whether this host name is one of an analysis system.
#[must_use]
pub(super) fn looks_like_sandbox(hostname: &str) -> bool {
    let name = hostname.trim().to_lowercase();
    NAMES.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *known,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_found_and_ordinary_ones_are_not() {
        for known in ["Sandbox-7", " cuckoo1", "JOHN-PC"] {
            assert!(looks_like_sandbox(known), "{known}");
        }
        for ordinary in ["pc-1", "john", "desktop-4f2k", "", "box"] {
            assert!(!looks_like_sandbox(ordinary), "{ordinary}");
        }
    }
}
