//! SMBIOS, read from bytes (DMTF DSP0134): the serial numbers and the UUID of a machine, the two byte orders that its
//! UUID is told in, and its memory modules. Pure: where the bytes come from is the back ends'.

/// Structure types (DSP0134, 7): the whole machine, its main board, a slot for memory, the end of the table.
const SYSTEM: u8 = 1;
const BOARD: u8 = 2;
const MEMORY: u8 = 17;
const END: u8 = 127;

/// Header of every structure: type, length, handle.
const HEADER: usize = 4;

/// What the tables say of the machine as a whole; texts as firmware wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// As in [`super::Evidence::smbios_uuid`].
    pub uuid: Option<String>,
    /// Of type 1.
    pub product_serial: Option<String>,
    /// Of the first type 2 that has one.
    pub board_serial: Option<String>,
}

/// Version of SMBIOS, from an entry point of either kind; `None` when it is none.
#[must_use]
pub fn version(entry_point: &[u8]) -> Option<(u8, u8)> {
    let at = if entry_point.starts_with(b"_SM3_") {
        7
    } else if entry_point.starts_with(b"_SM_") {
        6
    } else {
        return None;
    };
    Some((*entry_point.get(at)?, *entry_point.get(at + 1)?))
}

/// Walks a table. Any bytes are fine: what is cut off or makes no sense is absent.
#[must_use]
pub fn identity(table: &[u8], version: (u8, u8)) -> Identity {
    let mut found = Identity::default();
    let mut rest = table;
    while let Some(structure) = Structure::take(&mut rest) {
        match structure.kind {
            SYSTEM => {
                found.product_serial = found.product_serial.or_else(|| structure.text(7));
                found.uuid = found.uuid.or_else(|| {
                    let raw = structure.formatted.get(8..24)?.try_into().ok()?;
                    uuid(raw, version)
                });
            }
            BOARD => found.board_serial = found.board_serial.or_else(|| structure.text(7)),
            END => break,
            _ => {}
        }
    }
    found
}

/// A slot for memory, with what is in it; texts as firmware wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemorySlot {
    /// Where it is: `DIMM_A1`.
    pub slot: Option<String>,
    /// Its bank.
    pub bank: Option<String>,
    /// Size of the module; `None` when the slot is empty.
    pub size_bytes: Option<u64>,
    /// `DDR4`, `LPDDR5`, …
    pub kind: Option<&'static str>,
    /// What the module could do, in million transfers a second.
    pub speed_mts: Option<u64>,
    /// Who made it.
    pub maker: Option<String>,
    /// Serial number of the module.
    pub serial: Option<String>,
    /// Number of the part.
    pub part: Option<String>,
}

/// The slots for memory, empty ones included, in the table's order (DSP0134, 7.18). Any bytes are fine.
#[must_use]
pub fn memory_slots(table: &[u8]) -> Vec<MemorySlot> {
    let mut slots = Vec::new();
    let mut rest = table;
    while let Some(structure) = Structure::take(&mut rest) {
        match structure.kind {
            MEMORY => slots.push(memory_slot(&structure)),
            END => break,
            _ => {}
        }
    }
    slots
}

fn memory_slot(structure: &Structure<'_>) -> MemorySlot {
    let slot = MemorySlot {
        slot: structure.text(0x10),
        bank: structure.text(0x11),
        ..MemorySlot::default()
    };
    let Some(size_bytes) = module_size(structure) else {
        return slot;
    };
    MemorySlot {
        size_bytes: Some(size_bytes),
        kind: structure.formatted.get(0x12).and_then(|kind| memory_kind(*kind)),
        speed_mts: structure
            .word(0x15)
            .filter(|speed| !matches!(speed, 0 | 0xffff))
            .map(u64::from),
        maker: structure.text(0x17),
        serial: structure.text(0x18),
        part: structure.text(0x1a),
        ..slot
    }
}

/// Megabytes, or kilobytes if the highest bit is set; larger modules have a field of their own.
fn module_size(structure: &Structure<'_>) -> Option<u64> {
    match structure.word(0x0c)? {
        0 | 0xffff => None,
        0x7fff => {
            let bytes = structure.formatted.get(0x1c..0x20)?.try_into().ok()?;
            Some(u64::from(u32::from_le_bytes(bytes) & 0x7fff_ffff) << 20)
        }
        size if size & 0x8000 != 0 => Some(u64::from(size & 0x7fff) << 10),
        size => Some(u64::from(size) << 20),
    }
    .filter(|size| *size > 0)
}

/// DSP0134, table 77: those that machines of this century have.
fn memory_kind(kind: u8) -> Option<&'static str> {
    Some(match kind {
        0x0f => "SDRAM",
        0x12 => "DDR",
        0x13 | 0x14 => "DDR2",
        0x18 => "DDR3",
        0x1a => "DDR4",
        0x1b => "LPDDR",
        0x1c => "LPDDR2",
        0x1d => "LPDDR3",
        0x1e => "LPDDR4",
        0x20 | 0x21 => "HBM",
        0x22 => "DDR5",
        0x23 => "LPDDR5",
        _ => return None,
    })
}

struct Structure<'a> {
    kind: u8,
    /// Header included, so that offsets are those of the standard.
    formatted: &'a [u8],
    /// Texts, each ended by a zero.
    texts: &'a [u8],
}

impl<'a> Structure<'a> {
    /// Takes the first structure off a table.
    fn take(table: &mut &'a [u8]) -> Option<Self> {
        let (&kind, &length) = (table.first()?, table.get(1)?);
        let length = usize::from(length);
        if length < HEADER {
            return None;
        }
        let (formatted, rest) = table.split_at_checked(length)?;
        // The texts end with an empty one; no text at all is two zeros as well.
        let end = rest.windows(2).position(|pair| pair == [0, 0])?;
        let texts = rest.get(..=end)?;
        *table = rest.get(end + 2..)?;
        Some(Self {
            kind,
            formatted,
            texts,
        })
    }

    fn word(&self, offset: usize) -> Option<u16> {
        let bytes = self.formatted.get(offset..offset + 2)?;
        Some(u16::from_le_bytes(bytes.try_into().ok()?))
    }

    /// The text whose number stands at `offset`; they count from 1, 0 is none.
    fn text(&self, offset: usize) -> Option<String> {
        let number = usize::from(*self.formatted.get(offset)?).checked_sub(1)?;
        let text = self.texts.split(|byte| *byte == 0).nth(number)?;
        Some(String::from_utf8_lossy(text).into_owned()).filter(|text| !text.is_empty())
    }
}

/// The text form of a UUID in a table. From version 2.6 on its first three fields are little-endian; before, the standard
/// did not say, and they are taken as they stand, as Linux does. All zeros and all ones mean that there is none (7.2.1).
#[must_use]
pub fn uuid(raw: [u8; 16], version: (u8, u8)) -> Option<String> {
    let bytes = if version >= (2, 6) { swap(raw) } else { raw };
    text(bytes)
}

/// A UUID text in its one form: lower case, with hyphens. Braces, upper case and missing hyphens are accepted. `None` when
/// it is no UUID, or one of the two that mean "none".
#[must_use]
pub fn canonical(text_form: &str) -> Option<String> {
    text(parse(text_form)?)
}

/// The same UUID as told by a program with the other idea of byte order: the first three fields reversed. Twice is the
/// canonical form again.
#[cfg(test)]
fn swapped(text_form: &str) -> Option<String> {
    text(swap(parse(text_form)?))
}

fn swap(mut bytes: [u8; 16]) -> [u8; 16] {
    bytes[..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
    bytes
}

fn parse(text: &str) -> Option<[u8; 16]> {
    let text = text.trim();
    let text = text
        .strip_prefix('{')
        .map_or(Some(text), |text| text.strip_suffix('}'))?;
    let mut digits = text.bytes().filter(|byte| *byte != b'-');
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        let mut digit = || char::from(digits.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    digits.next().is_none().then_some(bytes)
}

fn text(bytes: [u8; 16]) -> Option<String> {
    if bytes == [0; 16] || bytes == [0xff; 16] {
        return None;
    }
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
    }
    Some(text)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of DSP0134, 7.2.1.
    const EXAMPLE: &str = "00112233-4455-6677-8899-aabbccddeeff";
    const EXAMPLE_RAW: [u8; 16] = [
        0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
    ];

    fn structure(kind: u8, fields: &[u8], texts: &[&str]) -> Vec<u8> {
        let mut bytes = vec![kind, u8::try_from(HEADER + fields.len()).unwrap(), 0, kind];
        bytes.extend_from_slice(fields);
        for text in texts {
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(0);
        }
        if texts.is_empty() {
            bytes.push(0);
        }
        bytes.push(0);
        bytes
    }

    fn table() -> Vec<u8> {
        let mut system = vec![1, 2, 3, 4];
        system.extend_from_slice(&EXAMPLE_RAW);
        system.push(6);
        [
            structure(0, &[1, 2], &["Vendor", "1.0"]),
            structure(SYSTEM, &system, &["Maker", "Model", "1", "SYS-123"]),
            structure(BOARD, &[1, 2, 0, 0], &["Maker", "Riser"]),
            structure(BOARD, &[1, 2, 0, 3], &["Maker", "Board", "BRD-456"]),
            structure(END, &[], &[]),
            structure(BOARD, &[0, 0, 0, 1], &["behind the end"]),
        ]
        .concat()
    }

    #[test]
    fn a_table_is_read_as_the_standard_says() {
        let found = identity(&table(), (3, 2));
        assert_eq!(found.uuid.as_deref(), Some(EXAMPLE));
        assert_eq!(found.product_serial.as_deref(), Some("SYS-123"));
        assert_eq!(found.board_serial.as_deref(), Some("BRD-456"));
        let old = identity(&table(), (2, 4)).uuid;
        assert_eq!(old, swapped(EXAMPLE));
        assert_eq!(old.as_deref(), Some("33221100-5544-7766-8899-aabbccddeeff"));
        assert_eq!(identity(&[], (3, 0)), Identity::default());
    }

    /// A module of 16 GiB, an empty slot, and a module of 64 GiB.
    pub(crate) fn memory_table() -> Vec<u8> {
        let slot = |size: u16, extended: u32, texts: &[&str]| {
            let mut fields = vec![0; 0x22 - HEADER];
            fields[0x0c - HEADER..0x0e - HEADER].copy_from_slice(&size.to_le_bytes());
            fields[0x10 - HEADER] = 1;
            fields[0x12 - HEADER] = 0x1a;
            fields[0x15 - HEADER..0x17 - HEADER].copy_from_slice(&3200_u16.to_le_bytes());
            fields[0x17 - HEADER] = 2;
            fields[0x18 - HEADER] = 3;
            fields[0x1c - HEADER..0x20 - HEADER].copy_from_slice(&extended.to_le_bytes());
            structure(MEMORY, &fields, texts)
        };
        [
            slot(16 << 10, 0, &["DIMM_A1", "Samsung", "S-1"]),
            slot(0, 0, &["DIMM_A2", "NO DIMM", "NO DIMM"]),
            slot(0x7fff, 64 << 10, &["DIMM_B1", "Micron", "S-2"]),
            structure(END, &[], &[]),
            slot(1, 0, &["behind the end"]),
        ]
        .concat()
    }

    #[test]
    fn memory_as_the_standard_says() {
        let slots = memory_slots(&memory_table());
        let told: Vec<_> = slots
            .iter()
            .map(|slot| (slot.slot.as_deref().unwrap(), slot.size_bytes))
            .collect();
        assert_eq!(
            told,
            [
                ("DIMM_A1", Some(16 << 30)),
                ("DIMM_A2", None),
                ("DIMM_B1", Some(64 << 30))
            ]
        );
        assert_eq!((slots[0].kind, slots[0].speed_mts), (Some("DDR4"), Some(3200)));
        assert_eq!(slots[0].serial.as_deref(), Some("S-1"));
        assert_eq!((slots[1].kind, &slots[1].maker), (None, &None));
    }

    #[test]
    fn versions_of_both_entry_points() {
        let mut old = b"_SM_\x00\x1f\x02\x08".to_vec();
        assert_eq!(version(&old), Some((2, 8)));
        old.truncate(7);
        assert_eq!(version(&old), None);
        assert_eq!(version(b"_SM3_\x00\x18\x03\x02\x00"), Some((3, 2)));
        assert_eq!(version(b"_DMI_...."), None);
    }

    #[test]
    fn one_form_of_each_uuid_and_none_of_those_that_mean_none() {
        for given in [
            "00112233-4455-6677-8899-AABBCCDDEEFF",
            "{00112233-4455-6677-8899-aabbccddeeff}\n",
            "00112233445566778899aabbccddeeff",
        ] {
            assert_eq!(canonical(given).as_deref(), Some(EXAMPLE), "{given}");
        }
        for none in [
            "",
            "{",
            "Not Settable",
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "00112233-4455-6677-8899-aabbccddeeff0",
            "00112233-4455-6677-8899-aabbccddeef",
        ] {
            assert_eq!(canonical(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), version in any::<(u8, u8)>()) {
            let found = identity(&bytes, version);
            prop_assert!(found.uuid.is_none_or(|uuid| uuid.len() == 36));
            let _survived = (super::version(&bytes), memory_slots(&bytes));
        }

        #[test]
        fn a_damaged_table_is_survived(at in 0usize..200, byte in any::<u8>(), cut in 0usize..200) {
            let mut bytes = table();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(cut);
            let _survived = identity(&bytes, (3, 0));
        }

        #[test]
        fn swapping_twice_is_the_same_again(raw in any::<[u8; 16]>()) {
            let (new, old) = (uuid(raw, (2, 6)), uuid(raw, (2, 5)));
            if let (Some(new), Some(old)) = (new, old) {
                prop_assert_eq!(swapped(&new), Some(old.clone()));
                prop_assert_eq!(swapped(&old), Some(new.clone()));
                prop_assert_eq!(canonical(&new.to_uppercase()), Some(new));
            }
        }

        #[test]
        fn any_text_is_survived(given in "\\PC{0,50}|[{}0-9a-f-]{30,40}") {
            let _survived = (canonical(&given), swapped(&given));
        }
    }
}
