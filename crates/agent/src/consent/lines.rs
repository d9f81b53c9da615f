//! Lines of JSON between agent and helper, none longer than the reader's limit.

use std::io::{self, BufRead, Read, Write};

use farol_platform::notice::{CHAT_LINES_MAX, TEXT_MAX};
use farol_protocol::limits;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Longest view in bytes: eight names and a prompt, each character escaped at its longest, are a fifth of 64 KiB. A line of the
/// chat is a name and at most the 2 KiB that travel, of which each byte may be escaped by another one.
pub(super) const VIEW_MAX: usize =
    64 * 1024 + CHAT_LINES_MAX * (2 * limits::SAID_MAX + 2 * 4 * TEXT_MAX + 64);

/// Longest answer in bytes: what the end user says at once, of which each byte may be escaped by another one; anything else is
/// shorter.
pub(super) const SAID_MAX: usize = 2 * limits::SAID_MAX + 64;

/// A message as a line.
pub(super) fn line(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}

/// Writes a message at once.
pub(super) fn write(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    to.write_all(&line(message)?)?;
    to.flush()
}

/// Reads the next message, waiting for it; `None` at the end.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl BufRead, limit: usize) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    from.take(limit as u64 + 1).read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(serde_json::from_slice(&line)?)),
        Some(_) if line.len() >= limit => Err(too_long(limit)),
        // Half a line: who wrote it is gone.
        Some(_) => Ok(None),
    }
}

fn too_long(limit: usize) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("a line longer than {limit} bytes"),
    )
}

/// The reading side within tokio.
pub(super) struct Lines<R> {
    from: R,
    limit: usize,
    buffer: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(from: R, limit: usize) -> Self {
        Self {
            from,
            limit,
            buffer: Vec::new(),
        }
    }

    /// The next message; `None` at the end. Cancel safe.
    pub(super) async fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(Some(serde_json::from_slice(&line)?));
            }
            if self.buffer.len() > self.limit {
                return Err(too_long(self.limit));
            }
            let room = self.limit + 1 - self.buffer.len();
            let mut limited = (&mut self.from).take(room as u64);
            if limited.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_through_and_long_lines_do_not() {
        let mut bytes = Vec::new();
        write(&mut bytes, &"one\ntwo").unwrap();
        write(&mut bytes, &"three").unwrap();
        bytes.extend(b"\"half");
        let mut from = bytes.as_slice();
        assert_eq!(
            read::<String>(&mut from, 100).unwrap().as_deref(),
            Some("one\ntwo")
        );
        assert_eq!(read::<String>(&mut from, 100).unwrap().as_deref(), Some("three"));
        assert_eq!(read::<String>(&mut from, 100).unwrap(), None);
        let long = vec![b'1'; 1000];
        assert!(read::<u64>(&mut long.as_slice(), 100).is_err());
        assert!(read::<u64>(&mut b"nonsense\n".as_slice(), 100).is_err());
    }

    /// What a person can say at most, and what can be shown at most, fits.
    #[test]
    fn the_longest_chat_fits() {
        use farol_platform::notice::{Answer, Chat, ChatLine, SAY_CHARS_MAX, View};
        use farol_protocol::limits::{NAME_MAX, SAID_MAX as TRAVELS_MAX};

        use super::super::Said;

        const { assert!(SAY_CHARS_MAX * 4 <= TRAVELS_MAX && TEXT_MAX * 4 >= NAME_MAX) };
        for longest in ["\u{10ffff}", "\"", "\\"] {
            let said = Said::Answer(Answer::Say(longest.repeat(SAY_CHARS_MAX)));
            assert!(line(&said).unwrap().len() <= SAID_MAX);
            let lines = ChatLine {
                name: longest.repeat(TEXT_MAX),
                text: longest.repeat(TRAVELS_MAX / longest.len()),
                own: false,
                guest: true,
            };
            let chat = Chat {
                title: longest.repeat(TEXT_MAX),
                lines: vec![lines; CHAT_LINES_MAX],
                ..Chat::default()
            };
            let view = View {
                chat: Some(chat),
                ..View::default()
            };
            assert!(line(&view).unwrap().len() <= VIEW_MAX - 60 * 1024);
        }
    }

    #[tokio::test]
    async fn within_tokio_too() {
        let (mut near, far) = tokio::io::duplex(4096);
        let mut lines = Lines::new(far, 100);
        let bytes = [line(&"one").unwrap(), line(&"two").unwrap(), vec![b'1'; 1000]].concat();
        tokio::io::AsyncWriteExt::write_all(&mut near, &bytes)
            .await
            .unwrap();
        assert_eq!(lines.next::<String>().await.unwrap().as_deref(), Some("one"));
        assert_eq!(lines.next::<String>().await.unwrap().as_deref(), Some("two"));
        assert!(lines.next::<String>().await.is_err());
    }

    #[tokio::test]
    async fn the_end_is_the_end() {
        let mut lines = Lines::new(b"\"half".as_slice(), 100);
        assert_eq!(lines.next::<String>().await.unwrap(), None);
    }
}
