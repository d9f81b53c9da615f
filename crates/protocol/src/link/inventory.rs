//! What a link says about the inventory: hashes of sections, which of them are wanted, their bytes in pieces, and what became
//! of them. What a section holds is not known here.
//!
//! ```text
//! agent                                              server
//!   held (all after the welcome, later what changed) ──▶
//!                                                    ◀── wanted (those it does not have), or: not now
//!   parts of one section                             ──▶
//!                                                    ◀── kept, or refused
//! ```
//! The pieces are not compressed: the largest section of a machine is some 66 KB (300 KB with 3,000 packages) and travels when
//! something was installed, which took a hundred times as many bytes; a decompressor would be one more reader of hostile input.

use std::time::Duration;

use crate::limits::{
    CODE_MAX, DETAIL_MAX, INVENTORY_HASH_BYTES, INVENTORY_PART_MAX, INVENTORY_RETRY_MAX,
    INVENTORY_SECTION_MAX, INVENTORY_SECTIONS_MAX,
};
use crate::wire::link as proto;
use crate::{ProtocolError, text};

/// SHA-256 of a section's facts.
pub type InventoryHash = [u8; INVENTORY_HASH_BYTES];

/// A section and the hash of what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionHash {
    /// Stable name of the section; one that is not known may be of a newer program.
    pub section: String,
    /// Says whether anything changed.
    pub hash: InventoryHash,
}

/// A whole section, as it is cut into pieces and put together again.
#[derive(Clone, PartialEq, Eq)]
pub struct InventorySection {
    /// Which, and the hash it was announced with. Whether its bytes have that hash is for whoever reads them to see.
    pub of: SectionHash,
    /// At most [`INVENTORY_SECTION_MAX`] bytes, at least one.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for InventorySection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "InventorySection({}, {} bytes)",
            self.of.section,
            self.body.len()
        )
    }
}

/// Sections whose facts the server does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryWanted {
    /// Names, at most [`INVENTORY_SECTIONS_MAX`].
    pub sections: Vec<String>,
    /// Not now: to be offered again after this long and some jitter; at most [`INVENTORY_RETRY_MAX`].
    pub retry_after: Option<Duration>,
}

/// The server does not take a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryRefused {
    /// Which.
    pub of: SectionHash,
    /// Stable code.
    pub code: String,
    /// For people; may be empty.
    pub detail: String,
    /// When it may be offered again though its hash is the same; `None`: never.
    pub retry_after: Option<Duration>,
}

impl SectionHash {
    pub(crate) fn into_wire(self) -> proto::SectionHash {
        proto::SectionHash {
            section: self.section,
            hash: self.hash.to_vec(),
        }
    }

    fn from_wire(section: String, hash: &[u8]) -> Result<Self, ProtocolError> {
        Ok(Self {
            section: name(section)?,
            hash: hash
                .try_into()
                .map_err(|_| ProtocolError::Malformed("inventory hash"))?,
        })
    }
}

fn name(section: String) -> Result<String, ProtocolError> {
    if section.is_empty() {
        return Err(ProtocolError::Malformed("inventory section"));
    }
    text::code(section, CODE_MAX, "inventory section")
}

pub(crate) fn names_from_wire(sections: Vec<String>) -> Result<Vec<String>, ProtocolError> {
    if sections.len() > INVENTORY_SECTIONS_MAX {
        return Err(ProtocolError::TooBig("list of inventory sections"));
    }
    sections.into_iter().map(name).collect()
}

pub(crate) fn held_into_wire(held: Vec<SectionHash>) -> proto::InventoryHeld {
    let held = held.into_iter().take(INVENTORY_SECTIONS_MAX);
    proto::InventoryHeld {
        sections: held.map(SectionHash::into_wire).collect(),
    }
}

pub(crate) fn held_from_wire(said: proto::InventoryHeld) -> Result<Vec<SectionHash>, ProtocolError> {
    if said.sections.len() > INVENTORY_SECTIONS_MAX {
        return Err(ProtocolError::TooBig("list of inventory sections"));
    }
    said.sections
        .into_iter()
        .map(|said| SectionHash::from_wire(said.section, &said.hash))
        .collect()
}

pub(crate) fn kept_into_wire(of: SectionHash) -> proto::InventoryKept {
    proto::InventoryKept {
        section: of.section,
        hash: of.hash.to_vec(),
    }
}

pub(crate) fn kept_from_wire(said: proto::InventoryKept) -> Result<SectionHash, ProtocolError> {
    SectionHash::from_wire(said.section, &said.hash)
}

/// Rounded up: nothing else is "now" or "never" but nothing.
fn seconds(time: Option<Duration>) -> u32 {
    let time = time.unwrap_or_default();
    let more = u64::from(time.subsec_nanos() > 0);
    u32::try_from(time.as_secs().saturating_add(more)).unwrap_or(u32::MAX)
}

fn time(seconds: u32) -> Option<Duration> {
    (seconds > 0).then(|| Duration::from_secs(seconds.into()).min(INVENTORY_RETRY_MAX))
}

impl InventoryWanted {
    pub(crate) fn into_wire(self) -> proto::InventoryWanted {
        proto::InventoryWanted {
            sections: self.sections,
            retry_after_s: seconds(self.retry_after),
        }
    }

    pub(crate) fn from_wire(said: proto::InventoryWanted) -> Result<Self, ProtocolError> {
        Ok(Self {
            sections: names_from_wire(said.sections)?,
            retry_after: time(said.retry_after_s),
        })
    }
}

impl InventoryRefused {
    pub(crate) fn into_wire(self) -> proto::InventoryRefused {
        proto::InventoryRefused {
            section: self.of.section,
            hash: self.of.hash.to_vec(),
            code: self.code,
            detail: text::clip(self.detail, DETAIL_MAX),
            retry_after_s: seconds(self.retry_after),
        }
    }

    pub(crate) fn from_wire(said: proto::InventoryRefused) -> Result<Self, ProtocolError> {
        Ok(Self {
            of: SectionHash::from_wire(said.section, &said.hash)?,
            code: text::code(said.code, CODE_MAX, "inventory refusal")?,
            detail: text::line(said.detail, DETAIL_MAX, "inventory refusal")?,
            retry_after: time(said.retry_after_s),
        })
    }
}

/// A section on its way out: the next piece is cut when there is nothing else to say.
#[derive(Debug)]
pub(crate) struct Leaving {
    section: InventorySection,
    said: usize,
}

impl Leaving {
    /// `None` when it is empty or longer than is taken.
    pub(crate) fn new(section: InventorySection) -> Option<Self> {
        let fits = (1..=INVENTORY_SECTION_MAX).contains(&section.body.len());
        fits.then_some(Self { section, said: 0 })
    }

    pub(crate) fn is_of(&self, section: &str) -> bool {
        self.section.of.section == section
    }

    /// The next piece; `None` when all of it is said.
    pub(crate) fn next_part(&mut self) -> Option<proto::InventoryPart> {
        let left = self.section.body.get(self.said..)?;
        let piece = left.chunks(INVENTORY_PART_MAX).next()?;
        let part = proto::InventoryPart {
            section: self.section.of.section.clone(),
            hash: self.section.of.hash.to_vec(),
            offset: u32::try_from(self.said).ok()?,
            total: u32::try_from(self.section.body.len()).ok()?,
            body: piece.to_vec(),
        };
        self.said += piece.len();
        Some(part)
    }

    pub(crate) fn is_said(&self) -> bool {
        self.said >= self.section.body.len()
    }
}

/// A section on its way in, one at a time. Memory is taken as bytes arrive, at most [`INVENTORY_SECTION_MAX`].
#[derive(Debug, Default)]
pub(crate) struct Arriving {
    part: Option<InventorySection>,
    total: usize,
}

impl Arriving {
    /// Takes a piece; the section, once it is whole.
    ///
    /// A piece of a section of which nothing arrives, or that `is_wanted` does not know, is passed over: it was on its way
    /// when the server changed its mind.
    pub(crate) fn take(
        &mut self,
        said: proto::InventoryPart,
        is_wanted: impl FnOnce(&str) -> bool,
    ) -> Result<Option<InventorySection>, ProtocolError> {
        let of = SectionHash::from_wire(said.section, &said.hash)?;
        let (offset, total) = (usize_of(said.offset)?, usize_of(said.total)?);
        if total > INVENTORY_SECTION_MAX {
            return Err(ProtocolError::TooBig("inventory section"));
        }
        if said.body.len() > INVENTORY_PART_MAX {
            return Err(ProtocolError::TooBig("inventory part"));
        }
        if said.body.is_empty() || offset.saturating_add(said.body.len()) > total {
            return Err(ProtocolError::Malformed("inventory part"));
        }
        if !is_wanted(&of.section) {
            self.forget(&of.section);
            return Ok(None);
        }
        if offset == 0 {
            self.total = total;
            self.part = Some(InventorySection { of, body: said.body });
        } else {
            let Some(part) = self.part.as_mut().filter(|part| part.of.section == of.section) else {
                return Ok(None);
            };
            if part.of != of || total != self.total || offset != part.body.len() {
                return Err(ProtocolError::Unexpected("inventory part"));
            }
            part.body.extend_from_slice(&said.body);
        }
        Ok(self.part.take_if(|part| part.body.len() == self.total))
    }

    /// What arrived of this section is of no use any more.
    pub(crate) fn forget(&mut self, section: &str) {
        self.part.take_if(|part| part.of.section == section);
    }
}

fn usize_of(number: u32) -> Result<usize, ProtocolError> {
    usize::try_from(number).map_err(|_| ProtocolError::TooBig("inventory section"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(section: &str) -> SectionHash {
        SectionHash {
            section: section.into(),
            hash: [7; 32],
        }
    }

    fn part(section: &str, offset: u32, total: u32, body: &[u8]) -> proto::InventoryPart {
        proto::InventoryPart {
            section: section.into(),
            hash: vec![7; 32],
            offset,
            total,
            body: body.to_vec(),
        }
    }

    #[test]
    fn hours_and_moments_are_said_in_seconds() {
        assert_eq!((seconds(None), time(0)), (0, None));
        assert_eq!(seconds(Some(Duration::from_millis(1))), 1);
        assert_eq!(seconds(Some(Duration::MAX)), u32::MAX);
        assert_eq!(time(u32::MAX), Some(INVENTORY_RETRY_MAX));
    }

    #[test]
    fn what_is_no_section_does_not_leave() {
        let body = |length| InventorySection {
            of: of("software"),
            body: vec![1; length],
        };
        assert!(Leaving::new(body(0)).is_none());
        assert!(Leaving::new(body(INVENTORY_SECTION_MAX)).is_some());
        assert!(Leaving::new(body(INVENTORY_SECTION_MAX + 1)).is_none());
    }

    #[test]
    fn pieces_that_cannot_be_are_refused() {
        let too_big = ProtocolError::TooBig;
        let malformed = ProtocolError::Malformed("inventory part");
        let long = vec![1; INVENTORY_PART_MAX + 1];
        let cases = [
            (
                part("", 0, 1, b"a"),
                ProtocolError::Malformed("inventory section"),
            ),
            (
                part("a b", 0, 1, b"a"),
                ProtocolError::Malformed("inventory section"),
            ),
            (
                part(&"s".repeat(CODE_MAX + 1), 0, 1, b"a"),
                too_big("inventory section"),
            ),
            (part("s", 0, (2 << 20) + 1, b"a"), too_big("inventory section")),
            (part("s", 0, 1 << 20, &long), too_big("inventory part")),
            (part("s", 0, 0, b""), malformed),
            (part("s", 0, 5, b""), malformed),
            (part("s", 0, 2, b"abc"), malformed),
            (part("s", u32::MAX, 2, b"a"), malformed),
        ];
        for (said, error) in cases {
            assert_eq!(Arriving::default().take(said, |_| true), Err(error));
        }
        let mut short = part("s", 0, 1, b"a");
        short.hash.pop();
        assert_eq!(
            Arriving::default().take(short, |_| true),
            Err(ProtocolError::Malformed("inventory hash"))
        );
    }

    #[test]
    fn one_section_arrives_at_a_time_and_without_a_gap() {
        let gap = Err(ProtocolError::Unexpected("inventory part"));
        let begun = || {
            let mut arriving = Arriving::default();
            assert_eq!(arriving.take(part("s", 0, 4, b"ab"), |_| true), Ok(None));
            arriving
        };
        assert_eq!(begun().take(part("s", 3, 4, b"d"), |_| true), gap);
        assert_eq!(begun().take(part("s", 2, 5, b"c"), |_| true), gap);
        let mut other = part("s", 2, 4, b"c");
        other.hash = vec![8; 32];
        assert_eq!(begun().take(other, |_| true), gap);
        // Another one begins: what there was is forgotten, and its rest passed over.
        let mut arriving = begun();
        assert_eq!(arriving.take(part("t", 0, 2, b"x"), |_| true), Ok(None));
        assert_eq!(arriving.take(part("s", 2, 4, b"cd"), |_| true), Ok(None));
        let whole = arriving.take(part("t", 1, 2, b"y"), |_| true).unwrap().unwrap();
        assert_eq!((whole.of, whole.body), (of("t"), b"xy".to_vec()));
        // The same one begins anew.
        let mut arriving = begun();
        let whole = arriving.take(part("s", 0, 1, b"z"), |_| true).unwrap().unwrap();
        assert_eq!(whole.body, b"z");
    }

    #[test]
    fn what_is_not_wanted_any_more_takes_no_memory() {
        let mut arriving = Arriving::default();
        assert_eq!(arriving.take(part("s", 0, 4, b"ab"), |_| true), Ok(None));
        assert_eq!(arriving.take(part("s", 2, 4, b"cd"), |_| false), Ok(None));
        assert!(arriving.part.is_none());
        assert_eq!(arriving.take(part("s", 2, 4, b"cd"), |_| true), Ok(None));
        assert!(arriving.part.is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 32, ..ProptestConfig::default() })]

        #[test]
        fn what_is_cut_is_put_together(length in 1usize..200_000, first: u8) {
            let body: Vec<u8> = (0..length).map(|at| (at % 251) as u8 ^ first).collect();
            let section = InventorySection { of: of("software"), body };
            let mut leaving = Leaving::new(section.clone()).unwrap();
            let mut arriving = Arriving::default();
            let mut whole = None;
            while let Some(part) = leaving.next_part() {
                prop_assert!(whole.is_none() && part.body.len() <= INVENTORY_PART_MAX);
                whole = arriving.take(part, |_| true).unwrap();
                prop_assert_eq!(whole.is_some(), leaving.is_said());
            }
            prop_assert_eq!(whole, Some(section));
        }
    }
}
