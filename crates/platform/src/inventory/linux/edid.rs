//! What a monitor says of itself (VESA E-EDID 1.4), from bytes. Pure, for the bytes are the monitor's.

use farol_inventory::hardware::Monitor;

/// Most bytes read: the first block has all that is told here; extensions follow it.
pub(super) const LENGTH_MAX: u64 = 256;

const HEAD: [u8; 8] = [0, 255, 255, 255, 255, 255, 255, 0];
/// Where the four descriptors of 18 bytes begin.
const DESCRIPTORS: std::ops::Range<usize> = 54..126;
const SERIAL: u8 = 0xff;
const NAME: u8 = 0xfc;

/// `None` when it is none, or nothing is plugged in.
pub(super) fn monitor(edid: &[u8]) -> Option<Monitor> {
    if !edid.starts_with(&HEAD) {
        return None;
    }
    let letters = u16::from_be_bytes([*edid.get(8)?, *edid.get(9)?]);
    let product = u16::from_le_bytes([*edid.get(10)?, *edid.get(11)?]);
    let number = u32::from_le_bytes(edid.get(12..16)?.try_into().ok()?);
    let descriptors = edid.get(DESCRIPTORS)?;
    let centimeters = |at: usize| edid.get(at).map(|cm| u64::from(*cm) * 10).filter(|mm| *mm > 0);
    Some(Monitor {
        connector: None,
        maker: maker(letters),
        model: text(descriptors, NAME).or_else(|| Some(format!("{product:04x}"))),
        serial: text(descriptors, SERIAL).or_else(|| (number != 0).then(|| number.to_string())),
        // 255 in the week before says that it is the model's year.
        made_year: edid
            .get(17)
            .map(|year| 1990 + u64::from(*year))
            .filter(|year| *year > 1990),
        width_mm: centimeters(21),
        height_mm: centimeters(22),
    })
}

/// Three letters in five bits each.
fn maker(letters: u16) -> Option<String> {
    let letter = |shift: u16| {
        let number = u8::try_from(letters >> shift & 31)
            .ok()
            .filter(|number| (1..=26).contains(number))?;
        Some(char::from(b'A' - 1 + number))
    };
    Some([letter(10)?, letter(5)?, letter(0)?].iter().collect())
}

fn text(descriptors: &[u8], kind: u8) -> Option<String> {
    let found = descriptors
        .chunks_exact(18)
        .find(|descriptor| descriptor.starts_with(&[0, 0, 0, kind]))?;
    let text = found.get(5..)?.split(|byte| *byte == b'\n').next()?;
    let text = String::from_utf8_lossy(text).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A monitor of Dell, made in 2019.
    pub(in crate::inventory::linux) fn sample() -> Vec<u8> {
        let mut edid = vec![0; 128];
        edid[..8].copy_from_slice(&HEAD);
        edid[8..12].copy_from_slice(&[0x10, 0xac, 0x34, 0x12]);
        edid[12..16].copy_from_slice(&77_u32.to_le_bytes());
        edid[17] = 29;
        edid[21..23].copy_from_slice(&[60, 34]);
        edid[54..77].copy_from_slice(b"\0\0\0\xfc\0DELL U2719D\n \0\0\0\xff\0");
        edid[77..85].copy_from_slice(b"ABC123\n ");
        edid
    }

    #[test]
    fn a_usual_monitor() {
        let monitor = monitor(&sample()).unwrap();
        assert_eq!(monitor.maker.as_deref(), Some("DEL"));
        assert_eq!(monitor.model.as_deref(), Some("DELL U2719D"));
        assert_eq!(monitor.serial.as_deref(), Some("ABC123"));
        assert_eq!(monitor.made_year, Some(2019));
        assert_eq!((monitor.width_mm, monitor.height_mm), (Some(600), Some(340)));
    }

    #[test]
    fn one_that_says_little() {
        let mut edid = sample();
        edid[54..].fill(0);
        let found = monitor(&edid).unwrap();
        assert_eq!(found.model.as_deref(), Some("1234"));
        assert_eq!(found.serial.as_deref(), Some("77"));
        assert_eq!(monitor(&[]), None);
        assert_eq!(monitor(&HEAD), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), whole in any::<bool>()) {
            let bytes = if whole { [HEAD.to_vec(), bytes].concat() } else { bytes };
            let _survived = monitor(&bytes);
        }
    }
}
