//! Reads an Xauthority file: the cookies that open displays. The format is that of libXau: records of a big-endian
//! family and four counted strings.

use std::io;
use std::path::Path;

/// Name and data of the cookie, as the connection setup wants them.
pub(super) type Cookie = (Vec<u8>, Vec<u8>);

const PROTOCOL: &[u8] = b"MIT-MAGIC-COOKIE-1";
const FAMILY_LOCAL: u16 = 256;
const FAMILY_WILD: u16 = 65535;
/// Real files have some hundred bytes; whatever is larger is not one.
const FILE_MAX: u64 = 256 * 1024;

/// The cookie for a display of this machine.
pub(super) fn local_cookie(file: &Path, display: u16) -> io::Result<Option<Cookie>> {
    use io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(file)?
        .take(FILE_MAX)
        .read_to_end(&mut bytes)?;
    Ok(pick(&bytes, display))
}

fn pick(mut bytes: &[u8], display: u16) -> Option<Cookie> {
    let display = display.to_string();
    while let Some((family, address_number_name_data)) = record(&mut bytes) {
        let [_address, number, name, data] = address_number_name_data;
        // The address is the host name at the time of logging on; machines get renamed while people are logged on, so
        // it is not compared: a local display number means this machine.
        let fits = matches!(family, FAMILY_LOCAL | FAMILY_WILD);
        if fits && name == PROTOCOL && (number.is_empty() || number == display.as_bytes()) {
            return Some((name.to_vec(), data.to_vec()));
        }
    }
    None
}

fn record<'a>(bytes: &mut &'a [u8]) -> Option<(u16, [&'a [u8]; 4])> {
    let family = number(bytes)?;
    Some((
        family,
        [string(bytes)?, string(bytes)?, string(bytes)?, string(bytes)?],
    ))
}

fn number(bytes: &mut &[u8]) -> Option<u16> {
    let (head, rest) = bytes.split_first_chunk::<2>()?;
    *bytes = rest;
    Some(u16::from_be_bytes(*head))
}

fn string<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = number(bytes)?.into();
    let (head, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(family: u16, number: &[u8], data: &[u8]) -> Vec<u8> {
        let mut bytes = family.to_be_bytes().to_vec();
        for part in [b"machine".as_slice(), number, PROTOCOL, data] {
            bytes.extend(u16::try_from(part.len()).unwrap().to_be_bytes());
            bytes.extend(part);
        }
        bytes
    }

    #[test]
    fn picks_by_number() {
        let file = [
            entry(0, b"1", b"tcp"),
            entry(256, b"0", b"zero"),
            entry(256, b"1", b"one"),
        ]
        .concat();
        assert_eq!(pick(&file, 1).unwrap().1, b"one");
        assert_eq!(pick(&file, 2), None);
        assert_eq!(
            pick(&[file, entry(65535, b"", b"any")].concat(), 2).unwrap().1,
            b"any"
        );
    }

    #[test]
    fn broken_files_have_no_cookie() {
        let file = entry(256, b"0", b"zero");
        for cut in 0..file.len() {
            assert_eq!(pick(&file[..cut], 0), None);
        }
    }
}
