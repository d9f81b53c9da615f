//! What identifies this hardware and the system installed on it, read without anything that the agent itself keeps, so
//! that a machine is recognized after its agent's state is lost.
//!
//! All of it is a claim for recognizing, never a credential: anybody who was once at the machine knows it. Not here: which
//! values say nothing because many machines share them (the server's business), and what a match means.

pub mod fake;
#[cfg(target_os = "linux")]
pub(crate) mod linux;
pub mod smbios;

/// Most disks told: a storage server has dozens, eight are plenty to recognize it by.
pub const DISKS_MAX: usize = 8;

/// Most bytes of one value: SMBIOS strings are at most 64 by its older editions, disk serials 20 to 40.
pub const VALUE_MAX: usize = 64;

/// What was found; each value is cleaned by [`clean`]. What the machine lacks, or what only full rights may read, is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// The UUID of the hardware or the virtual machine in lower case, in the byte order of SMBIOS 2.6 and later. Some
    /// programs tell it the other way round: `farol_protocol::evidence` compares both forms.
    pub smbios_uuid: Option<String>,
    /// Identifies the installed system, 32 hexadecimal digits. Derived one way: the system's own id is confidential
    /// (machine-id(5)) and never leaves the machine.
    pub os_install_id: Option<String>,
    /// Serial number of the main board.
    pub board_serial: Option<String>,
    /// Serial number of the whole, as on its label.
    pub product_serial: Option<String>,
    /// Serial numbers of fixed disks inside, sorted, each once, at most [`DISKS_MAX`].
    pub disk_serials: Vec<String>,
}

/// Reads the evidence: a handful of small files, a millisecond or so. Never fails: what cannot be read is absent.
#[must_use]
pub fn evidence() -> Evidence {
    #[cfg(target_os = "linux")]
    return linux::read(std::path::Path::new("/"));
    #[cfg(not(target_os = "linux"))]
    Evidence::default()
}

/// A value as firmware and drives tell it, made fit for comparing: letters, digits and printable ASCII, runs of white
/// space as one blank, none around, at most [`VALUE_MAX`] bytes. `None` when nothing is left.
#[must_use]
pub fn clean(raw: &str) -> Option<String> {
    let mut text = String::new();
    // Padding with zero bytes and blanks is the rule, not the exception.
    for word in raw.split(|c: char| c.is_whitespace() || c == '\0') {
        let kept = word
            .chars()
            .filter(|c| c.is_ascii_graphic() || c.is_alphanumeric());
        let blank = if text.is_empty() { "" } else { " " };
        for (at, c) in kept.enumerate() {
            let before = if at == 0 { blank } else { "" };
            if text.len() + before.len() + c.len_utf8() > VALUE_MAX {
                return Some(text).filter(|text| !text.is_empty());
            }
            text.push_str(before);
            text.push(c);
        }
    }
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_lose_padding_and_nothing_else() {
        assert_eq!(clean("  S3Z9NB0K   \0\0").as_deref(), Some("S3Z9NB0K"));
        assert_eq!(
            clean("To be\tfilled \n by O.E.M.").as_deref(),
            Some("To be filled by O.E.M.")
        );
        assert_eq!(clean("a\u{202e}b\u{7}c\u{fffd}é").as_deref(), Some("abcé"));
        assert_eq!(clean(" \0\u{200b} "), None);
        assert_eq!(clean(&"x".repeat(500)).map(|text| text.len()), Some(VALUE_MAX));
    }

    proptest! {
        #[test]
        fn cleaning_is_bounded_and_done_once(raw in "\\PC{0,80}|[ \\x00-\\x7f]{0,90}") {
            let once = clean(&raw);
            if let Some(text) = &once {
                prop_assert!(!text.is_empty() && text.len() <= VALUE_MAX);
                prop_assert!(!text.chars().any(char::is_control));
                prop_assert_eq!(clean(text), once.clone());
            }
        }
    }
}
