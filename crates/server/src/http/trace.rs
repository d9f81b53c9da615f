//! `traceparent` (W3C Trace Context): what a request belongs to in its caller's own traces. It is believed to be nothing but a name.

use axum::http::HeaderMap;

/// The trace id of a request: 32 hexadecimal digits. None without the header, and with one that is not right, as the standard asks.
pub(super) fn id(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all("traceparent").iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let text = value.to_str().ok()?;
    let (head, rest) = text.split_at_checked(55)?;
    let mut parts = head.split('-');
    let (version, trace) = (hex(parts.next()?, 2)?, hex(parts.next()?, 32)?);
    let parent = hex(parts.next()?, 16)?;
    hex(parts.next()?, 2)?;
    // Later versions may say more behind it; version ff never comes.
    let whole = match version {
        "00" => rest.is_empty(),
        "ff" => false,
        _ => rest.is_empty() || rest.starts_with('-'),
    };
    let named = |id: &str| id.bytes().any(|digit| digit != b'0');
    (whole && parts.next().is_none() && named(trace) && named(parent)).then_some(trace)
}

fn hex(text: &str, digits: usize) -> Option<&str> {
    let right = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == digits && text.bytes().all(right)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn of(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("traceparent", value.parse().unwrap());
        }
        id(&headers).map(str::to_owned)
    }

    #[test]
    fn right_ones_are_read() {
        for text in [
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-will-be-like",
        ] {
            assert_eq!(of(&[text]).as_deref(), Some(TRACE), "{text}");
        }
    }

    /// After the test suite of the standard (github.com/w3c/trace-context).
    #[test]
    fn wrong_ones_are_as_if_they_were_not_there() {
        let right = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[right, right]), None);
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ".0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-000f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-.1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        ] {
            assert_eq!(of(&[text]), None, "{text}");
        }
        // Not at a border of letters.
        let mut headers = HeaderMap::new();
        let odd = "é".repeat(40);
        headers.append(
            "traceparent",
            axum::http::HeaderValue::from_bytes(odd.as_bytes()).unwrap(),
        );
        assert_eq!(id(&headers), None);
    }
}
