//! Text as programs have it: not all of them keep to their encoding.

/// A text as it came, as UTF-8. Programs put a zero at the end now and then.
pub(super) fn decode(bytes: Vec<u8>, latin1: bool) -> String {
    let mut text: String = if latin1 {
        bytes.into_iter().map(char::from).collect()
    } else {
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    };
    text.truncate(text.trim_end_matches('\0').len());
    text
}

/// HTML as it came, as UTF-8. Some programs have it in UTF-16, and say so by a mark at the beginning.
pub(super) fn decode_html(bytes: Vec<u8>) -> String {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).skip(1).map(|pair| unit([pair[0], pair[1]]));
        let text: Vec<u16> = units.collect();
        String::from_utf16_lossy(&text)
    };
    let text = match bytes.get(..2) {
        Some([0xff, 0xfe]) => utf16(u16::from_le_bytes),
        Some([0xfe, 0xff]) => utf16(u16::from_be_bytes),
        _ => decode(bytes, false),
    };
    text.trim_start_matches('\u{feff}')
        .trim_end_matches('\0')
        .to_owned()
}

/// HTML for those who paste: programs take it for Latin-1 where nothing says otherwise.
pub(super) fn encode_html(html: &[u8]) -> Vec<u8> {
    const UTF_8: &[u8] = b"<meta http-equiv=\"content-type\" content=\"text/html; charset=utf-8\">";
    let says = html.windows(7).any(|word| word.eq_ignore_ascii_case(b"charset"));
    if says || html.is_ascii() {
        return html.to_vec();
    }
    [UTF_8, html].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_forgives() {
        assert_eq!(decode("é\0".into(), false), "é");
        assert_eq!(decode(vec![0xe9], true), "é");
        assert_eq!(decode(vec![b'a', 0xe9], false), "a\u{fffd}");
    }

    #[test]
    fn html_is_read_in_either_width() {
        let utf16 = |unit: fn(u16) -> [u8; 2]| "\u{feff}<b>ç</b>".encode_utf16().flat_map(unit).collect();
        for bytes in [
            "<b>ç</b>".into(),
            "\u{feff}<b>ç</b>\0".into(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            assert_eq!(decode_html(bytes), "<b>ç</b>");
        }
        assert_eq!(decode_html(Vec::new()), "");
        assert_eq!(decode_html(vec![0xff, 0xfe, b'<']), "");
    }

    #[test]
    fn html_says_its_encoding_where_it_matters() {
        assert_eq!(encode_html(b"<b>x</b>"), b"<b>x</b>");
        let own = "<meta Charset=utf-8>ç";
        assert_eq!(encode_html(own.as_bytes()), own.as_bytes());
        let said = String::from_utf8(encode_html("ç".as_bytes())).unwrap();
        assert!(
            said.starts_with("<meta ") && said.ends_with("utf-8\">ç"),
            "{said}"
        );
    }
}
