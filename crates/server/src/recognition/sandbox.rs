//! Whether a newcomer looks like an analysis sandbox: antivirus services run every installer they meet, and the run enrolls.
//!
//! A heuristic over names that such systems are known to carry, kept short; it only ever makes somebody wait. Sources: the
//! names that Windows Sandbox, and the public reports on common analysis services, give to their accounts and machines.

/// Host names and account names of analysis systems, lower case; `*` at the end matches any ending.
const NAMES: &[&str] = &[
    "wdagutilityaccount",
    "cuckoo*",
    "sandbox*",
    "malware*",
    "maltest*",
    "virustotal*",
    "vmtoolsd-sandbox",
    "joe-pc",
    "hal9th",
    "johndoe",
    "john-pc",
    "tequilaboomboom",
    "anyrun*",
    "hybrid-analysis*",
    "currentuser-pc",
    "honeypot*",
];

/// Whether any of these host or account names is one of an analysis system.
#[must_use]
pub(super) fn looks_like_sandbox<'a>(names: impl IntoIterator<Item = &'a str>) -> bool {
    names.into_iter().any(|name| {
        let name = name.trim().to_lowercase();
        NAMES.iter().any(|known| match known.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == *known,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_found_and_ordinary_ones_are_not() {
        assert!(looks_like_sandbox(["box", "WDAGUtilityAccount"]));
        assert!(looks_like_sandbox(["Sandbox-7"]));
        for ordinary in ["pc-1", "john", "desktop-4f2k", "", "box"] {
            assert!(!looks_like_sandbox([ordinary]), "{ordinary}");
        }
    }
}
