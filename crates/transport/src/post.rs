//! One small HTTP request on a connection of its own: what an agent has to say outside its WebSockets.
//!
//! HTTP/1.1 without redirects or compression, so that nothing is told to anybody but the server that was dialed.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::url::ServerUrl;

/// Most bytes of an answer's head; ours are below 2 KiB, proxies add some.
const HEAD_MAX: usize = 16 * 1024;
/// What chunks may add to a body of so many bytes: ours and those of proxies come in pieces of kilobytes.
const fn framing_max(body_max: usize) -> usize {
    body_max + 1024
}
/// Most header lines.
const HEADERS_MAX: usize = 64;

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostAnswer {
    /// HTTP status.
    pub status: u16,
    /// The header Retry-After in seconds; its other form, a date, would need a clock that is right.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// What becomes of the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// It is used once more.
    Goes,
    /// It ends.
    Ends,
}

/// Sends `body` as JSON and reads the answer, of which at most `body_max` bytes may be body. In memory is at most a head, the
/// body and its framing.
///
/// # Errors
/// The connection broke, or what came is no answer or a larger one.
pub(crate) async fn post<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    server: &ServerUrl,
    (path, body): (&str, &str),
    (body_max, after): (usize, After),
) -> io::Result<PostAnswer> {
    let connection = match after {
        After::Goes => "keep-alive",
        After::Ends => "close",
    };
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\naccept: application/json\r\n\
         content-length: {}\r\nconnection: {connection}\r\n\r\n",
        server.authority(),
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.flush().await?;
    let mut received = Vec::new();
    loop {
        if let Some(answer) = parse(&received, body_max, false)? {
            return Ok(answer);
        }
        if received.len() > HEAD_MAX + body_max + framing_max(body_max) {
            return Err(invalid("the answer is too long"));
        }
        if stream.read_buf(&mut received).await? == 0 {
            return parse(&received, body_max, true)?.ok_or_else(|| invalid("the answer is cut off"));
        }
    }
}

/// The answer, once it is whole.
fn parse(received: &[u8], body_max: usize, ended: bool) -> io::Result<Option<PostAnswer>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut head = httparse::Response::new(&mut headers);
    let length = match head
        .parse(received)
        .map_err(|error| invalid(&error.to_string()))?
    {
        httparse::Status::Complete(length) if length <= HEAD_MAX => length,
        httparse::Status::Partial if received.len() <= HEAD_MAX => return Ok(None),
        _ => return Err(invalid("the head of the answer is too long")),
    };
    let status = head.code.ok_or_else(|| invalid("there is no status"))?;
    let rest = &received[length..];
    let header = |name: &str| {
        let found = head
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name));
        found
            .and_then(|header| std::str::from_utf8(header.value).ok())
            .map(str::trim)
    };
    let body = if header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        unchunked(rest, body_max)?
    } else if let Some(length) = header("content-length") {
        let length: usize = length.parse().map_err(|_| invalid("its length is no number"))?;
        if length > body_max {
            return Err(invalid("the answer is too long"));
        }
        rest.get(..length).map(<[u8]>::to_vec)
    } else {
        if rest.len() > body_max {
            return Err(invalid("the answer is too long"));
        }
        ended.then(|| rest.to_vec())
    };
    let retry_after = header("retry-after")
        .and_then(|text| text.parse().ok())
        .map(Duration::from_secs);
    Ok(body.map(|body| PostAnswer {
        status,
        retry_after,
        body,
    }))
}

/// A body in chunks (RFC 9112, 7.1), once the last is there.
fn unchunked(mut rest: &[u8], body_max: usize) -> io::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    loop {
        let (start, size) = match httparse::parse_chunk_size(rest)
            .map_err(|_| invalid("a chunk has no size"))?
        {
            httparse::Status::Complete(found) => found,
            httparse::Status::Partial if rest.len() > HEAD_MAX => return Err(invalid("a chunk has no size")),
            httparse::Status::Partial => return Ok(None),
        };
        if size == 0 {
            return Ok(Some(body));
        }
        let size = usize::try_from(size)
            .ok()
            .filter(|size| *size <= body_max - body.len());
        let size = size.ok_or_else(|| invalid("the answer is too long"))?;
        let Some(chunk) = rest.get(start..start + size) else {
            return Ok(None);
        };
        body.extend_from_slice(chunk);
        // The line break behind the chunk.
        match rest.get(start + size + 2..) {
            Some(next) => rest = next,
            None => return Ok(None),
        }
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> Option<(u16, Vec<u8>)> {
        parse(text.as_bytes(), 100, true)
            .unwrap()
            .map(|answer| (answer.status, answer.body))
    }

    #[test]
    fn answers_are_read_in_every_form() {
        let expected = Some((200, b"hello".to_vec()));
        assert_eq!(
            whole("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
            expected
        );
        assert_eq!(whole("HTTP/1.1 200 OK\r\n\r\nhello"), expected);
        let chunked =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n";
        assert_eq!(whole(chunked), expected);
        let wait = |value| {
            let text = format!("HTTP/1.1 503 X\r\nRetry-After: {value}\r\ncontent-length: 0\r\n\r\n");
            parse(text.as_bytes(), 100, false).unwrap().unwrap().retry_after
        };
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("Fri, 31 Dec 1999 23:59:59 GMT"), None);
        // Cut anywhere, it is not whole.
        for end in 0..chunked.len() - 4 {
            assert_eq!(
                parse(&chunked.as_bytes()[..end], 100, false).unwrap(),
                None,
                "{end}"
            );
        }
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_is_kept() {
        for text in [
            "HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n".to_owned(),
            format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(101)),
            format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n65\r\n{}",
                "x".repeat(50)
            ),
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n".to_owned(),
            format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(HEAD_MAX)),
        ] {
            assert!(parse(text.as_bytes(), 100, false).is_err(), "{text}");
        }
    }

    /// Chunks of one byte with long sizes would make much of little.
    #[tokio::test]
    async fn an_answer_takes_no_more_memory_than_it_may() {
        let server = ServerUrl::parse("http://127.0.0.1:1", false).unwrap();
        let (mut near, mut far) = tokio::io::duplex(1024);
        let serve = async {
            let chunk = format!("1;{}\r\nx\r\n", "x".repeat(900));
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            far.write_all(head.as_bytes()).await.unwrap();
            let mut sent = 0;
            while far.write_all(chunk.as_bytes()).await.is_ok() {
                sent += chunk.len();
            }
            sent
        };
        let ask = async {
            let answer = post(&mut near, &server, ("/x", "{}"), (1000, After::Ends)).await;
            drop(near);
            answer
        };
        let (answer, sent) = tokio::join!(ask, serve);
        assert!(answer.is_err(), "{answer:?}");
        assert!(sent < 2 * HEAD_MAX, "{sent} bytes were taken");
    }

    proptest! {
        #[test]
        fn nonsense_is_an_error_or_incomplete(bytes in prop::collection::vec(any::<u8>(), 0..300), ended: bool) {
            if let Ok(Some(answer)) = parse(&bytes, 100, ended) {
                prop_assert!(answer.body.len() <= 100);
            }
            if let Ok(Some(body)) = unchunked(&bytes, 100) {
                prop_assert!(body.len() <= 100);
            }
        }
    }
}
